"""`minigrad grade` with settings: applied to results, which are not made again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from minigrad.cli import main

SOLUTION = Path(__file__).parents[2] / "solutions" / "01_backprop" / "backprop.py"
SEED = 3141592653
SETTINGS = """
seed = {seed}
[weights]
suffix_loss = {weight}
[late]
deadline = 2026-11-20T23:59:00Z
times = "times.csv"
tiers = [{{days = 1, percent = {percent}}}]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two submissions, one of them late, and the settings beside the results."""
    for name in ("ann", "bob"):
        (tmp_path / "class" / name).mkdir(parents=True)
        shutil.copy(SOLUTION, tmp_path / "class" / name)
    times = "id,time\nann,2026-11-20T20:00Z\nbob,2026-11-21T20:00Z\n"
    (tmp_path / "times.csv").write_text(times)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settle(folder, percent=80, weight=1, seed=SEED):
    text = SETTINGS.format(percent=percent, weight=weight, seed=seed)
    (folder / "minigrad.toml").write_text(text)


def run(*args):
    done = CliRunner().invoke(main, [*args])
    return done.exit_code, done.output


def grade(*args):
    """The exit code, the words, and what counts of each submission."""
    tasks = ("--only", "suffix_loss", "--isolation", "process", "--jobs", "1")
    code, said = run("grade", "class", *tasks, *args)
    data = json.loads(Path("graded", "results.json").read_text())
    found = {s["id"]: s["adjusted"]["score"] for s in data["submissions"]}
    return code, said, found, data


def test_settings_apply_to_what_is_graded(folder, graded):
    """Corrected afterwards they grade nothing again; another seed grades all."""
    settle(folder)
    code, said, counts, data = grade()
    assert (code, counts) == (0, {"ann": 8.0, "bob": 6.4})
    assert "settings: minigrad.toml" in said
    assert [s["score"] for s in data["submissions"]] == [8.0, 8.0]
    assert graded == ["ann", "bob"]
    settle(folder, percent=50, weight=2)
    code, said, counts, _ = grade()
    assert (code, counts) == (0, {"ann": 16.0, "bob": 8.0})
    assert "2 cached" in said
    assert graded == ["ann", "bob"]
    feedback = Path("graded", "bob", "feedback.txt").read_text()
    assert "counts as 8 of 16 points: 20 h 1 min late: 50 %; 01_backprop/" in feedback
    settle(folder, seed=1)
    grade()
    assert graded == ["ann", "bob"] * 2


def test_no_student_sees_the_seed(folder):
    """Not in a page, a file or a comment; only in what is the instructor's own."""
    settle(folder)
    _, _, _, data = grade()
    assert data["seed"] == SEED
    for format in ("pages", "gradescope", "junit", "github-notices"):
        assert run("report", "graded", "--format", format, "-o", format)[0] == 0
    code, _ = run(
        *("report", "graded", "--format", "github"),
        *("--submission", "ann", "-o", "github"),
    )
    assert code == 0
    theirs = [
        *(p for name in ("pages", "gradescope") for p in Path(name).rglob("*.*")),
        *(p for name in ("ann", "bob") for p in Path("graded", name).iterdir()),
        *map(Path, ("junit", "github-notices", "github")),
    ]
    assert len(theirs) == 11
    told = [path for path in theirs if str(SEED) in path.read_text(encoding="utf-8")]
    assert told == []
    assert str(SEED) in Path("graded", "report.html").read_text(encoding="utf-8")


def test_an_unknown_time_needs_the_instructor(folder):
    """It costs nothing, is said, and the exit code is that of what needs you."""
    settle(folder)
    (folder / "times.csv").write_text("id,time\nann,2026-11-20T20:00Z\n")
    code, said, counts, _ = grade()
    assert (code, counts["bob"]) == (1, 8.0)
    assert "for bob: taken as on time" in said


def test_wrong_settings_grade_nothing(folder, graded):
    """One sentence each, exit code 2; a file that is not there has exit code 3."""
    (folder / "minigrad.toml").write_text("sed = 1\nseed = 'x'\n")
    code, said = run("grade", "class", "--isolation", "process")
    assert (code, graded) == (2, [])
    assert "there is no key sed; did you mean seed?" in said
    assert "seed = 'x': a whole number" in said
    code, said = run("grade", "class", "--config", "no.toml")
    assert (code, graded) == (3, [])
    assert "no.toml cannot be read" in said
    settle(folder)
    code, said = run("grade", "class", "--seed", "7")
    assert (code, graded) == (2, [])
