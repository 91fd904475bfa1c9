"""What is said of similar submissions: to be looked at, and all of it as text."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from minigrad.cli import main
from minigrad.course.alike import NO_VERDICT, to_html, to_json, to_text
from minigrad.course.similarity import similar
from minigrad.course.submission import Submission

EXAMPLES = Path(__file__).parents[2] / "examples" / "submissions"
SIGNS = ("+-", "*/", "@+", "-*", "/@", "+*", "-/", "*@", "+/", "-@")
LINES = (f"    y = g(x[0] {a} 3, x.sum() {b} h(x)) ** (2 / x)\n" for a, b in SIGNS)
CODE = f"def f(x):\n{''.join(LINES)}"
EVIL = "</pre><script>alert(1)</script>\x1b[31m\u202e"
COPIES = {
    "ann": Submission("ann", {"a.py": f"# one\n# two\n{CODE}".encode()}),
    "bob": Submission("bob", {"b.py": CODE.replace("x", f"z  # {EVIL}\n").encode()}),
}
PAIRS = similar([*COPIES.values()])


def test_a_pair_is_a_line():
    """Who, how much of the smaller one, the longest run of lines; and no verdict."""
    first, count, last = to_text(PAIRS, 2).splitlines()
    words = r"ann  bob  100 % of the smaller one, \d+ lines in a row"
    assert re.fullmatch(words, first)
    assert (count, last) == ("2 submissions, 1 pair to look at", NO_VERDICT)
    assert to_text([], 7) == "7 submissions, no pairs to look at"


def test_both_sides_stand_beside_each_other():
    """Each with its file and the numbers of its lines."""
    page = to_html(PAIRS, COPIES)
    assert page.index(" a.py") < page.index(" b.py")
    assert "<span>3</span><code>def f(x):</code>" in page
    assert NO_VERDICT in page


def test_code_is_only_text():
    """Markup, escapes and marks that turn the reading order are shown, not obeyed."""
    page = to_html(PAIRS, COPIES)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not [c for c in page if not (c.isprintable() or c == "\n")]


def test_the_numbers_are_data():
    """For those who go on with them elsewhere."""
    (pair,) = json.loads(json.dumps(to_json(PAIRS, 2)))["pairs"]
    assert (pair["left"], pair["right"], pair["share"]) == ("ann", "bob", 1.0)
    assert pair["passages"][0]["left"]["file"] == "a.py"


def test_the_command_reads_and_runs_nothing(tmp_path):
    """A class is compared with the stubs taken off; the exit code is no opinion."""
    page = tmp_path / "pairs.html"
    done = CliRunner().invoke(main, ["similar", str(EXAMPLES), "--out", str(page)])
    assert done.exit_code == 0
    assert done.output == f"13 submissions, no pairs to look at\nwrote {page}\n"
    assert "no pairs to look at" in page.read_text(encoding="utf-8")
    done = CliRunner().invoke(main, ["similar", str(EXAMPLES), "--json"])
    assert json.loads(done.output)["submissions"] == 13
