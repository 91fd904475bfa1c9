"""What the documents show is true: every example in them runs."""

from __future__ import annotations

import doctest
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("exercises/*/*.md"),
    *ROOT.glob("solutions/*/*.md"),
]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_examples_run(path):
    """Each `>>>` line gives what stands below it."""
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    text = re.sub(r"^```.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0)
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


@pytest.mark.parametrize(
    "path", [p for p in DOCUMENTS if p.name == "README.md"], ids=relative
)
def test_links_lead_somewhere(path):
    """A link to a file of the repository leads to a file that exists."""
    for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_statements_and_solutions_show_examples():
    """A chapter's README is not an empty promise: its errata are computed."""
    for path in ROOT.glob("exercises/*/README.md"):
        assert path.read_text(encoding="utf-8").count(">>>") >= 10, path


def test_the_readme_shows_the_table_that_grading_gives(tmp_path):
    """The first command of the README prints what stands below it."""
    out = tmp_path / "graded"
    command = [sys.executable, "-m", "minigrad", "grade", "examples/submissions"]
    found = subprocess.run(
        [*command, "--only", "01", "--only", "02", "--out", str(out)],
        cwd=ROOT,
        env=dict(os.environ, COLUMNS="100"),
        capture_output=True,
        text=True,
        check=True,
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("first command prints -->\n```text\n")[2].partition("```")[
        0
    ]
    level = re.compile(r"(?<=isolation: )\w+")  # the highest that this machine has
    assert level.sub("", shown) == level.sub(
        "", found.stdout.replace(str(out), "graded")
    )


def test_the_first_evening_is_recorded(monkeypatch):
    """The page is what the terminal says now, command by command."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    evening = importlib.import_module("first_evening")
    assert evening.PAGE.read_text(encoding="utf-8") == evening.record()
    assert "34 of 34" in evening.PAGE.read_text(encoding="utf-8")


# The instructor's guide -----------------------------------------------------------

GUIDE = ROOT / "docs" / "instructors-guide.md"
STEP = re.compile(
    r"<!-- file (?P<file>\S+)(?: -->\n```\w+)?\n(?P<text>.*?)(?:```|-->)"
    r"|```text\n(?P<session>\$ .*?)```",
    re.DOTALL,
)
HANDED_IN = ("s-011-complete", "s-017-einsum", "s-023-halfway", "s-064-prints")


@pytest.fixture
def classroom(tmp_path):
    """A folder with a small class in it, one of whom sent something else."""
    for name in HANDED_IN:
        place = tmp_path / "hand-in" / name
        shutil.copytree(ROOT / "examples" / "submissions" / name, place)
    (tmp_path / "hand-in" / "s-101-broken.zip").write_text("this is no archive")
    return tmp_path


def commands(session):
    """The commands of a terminal session, each with what it printed."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        yield part.partition("\n")[::2]


def said(command, folder):
    """What a command prints, and its exit code."""
    program, *rest = shlex.split(command, comments=True)
    words = {"minigrad": [sys.executable, "-m", "minigrad"]}.get(program, [program])
    done = subprocess.run(
        [*words, *rest],
        cwd=folder,
        env=dict(os.environ, COLUMNS="88", NO_COLOR="1", PYTHONUTF8="1"),
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout + done.stderr, done.returncode


def test_the_instructors_guide_runs(classroom):
    """Command by command, with what it prints and its exit code."""
    ran, flags = [], doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    for step in STEP.finditer(GUIDE.read_text(encoding="utf-8")):
        if step["file"]:
            (classroom / step["file"]).write_text(step["text"], encoding="utf-8")
            continue
        for command, shown in commands(step["session"]):
            output, code = said(command, classroom)
            expected = re.search(r"# exit code (\d)", command)
            assert code == (int(expected[1]) if expected else 0), (command, output)
            right = doctest.OutputChecker().check_output(shown, output, flags)
            assert right, (command, output)
            ran.append(command)
    assert len(ran) == GUIDE.read_text(encoding="utf-8").count("\n$ ") == 9
    for name in ("report.html", "grades.csv", "results.json", "journal.jsonl"):
        assert (classroom / "graded" / name).is_file()
