"""What the documents show is true: every example in them runs."""

from __future__ import annotations

import doctest
import importlib
import os
import re
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
