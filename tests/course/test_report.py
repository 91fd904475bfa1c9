"""Results for people: rows for a spreadsheet, and a table that fits the terminal."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest

from minigrad.course.model import CheckResult, Diagnosis, SubmissionResult, TaskResult
from minigrad.course.report import to_csv, to_text
from minigrad.course.results import ClassResult
from minigrad.course.visible import visible

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def task(id, status="passed", score=0.0, kind=None, message=""):
    """A task of one check worth four points, and another that has the score."""
    checks = (
        CheckResult("first", status, score, 4.0, message),
        CheckResult("second", status, 0.0, 0.0),
    )
    return TaskResult(id, status, checks, kind and Diagnosis(kind, f"about {kind}"))


def submission(id, *tasks, status="graded", notes=()):
    return SubmissionResult(id, status, tasks, notes)


def right(id):
    return task(id, "passed", 4.0)


CLASS = ClassResult(
    (
        submission("ann", right("01_a/f"), right("01_a/g"), right("02_b/h")),
        submission(
            "bob",
            task("01_a/f", "failed", 2.0, "sign"),
            task("01_a/g", "timeout"),
            right("02_b/h"),
        ),
        submission(
            "cleo",
            *(task(id, "not-run") for id in ("01_a/f", "01_a/g", "02_b/h")),
        ),
        submission(
            "dan",
            *(task(id, "missing") for id in ("01_a/f", "01_a/g", "02_b/h")),
            status="needs-attention",
            notes=("dan.zip is a broken zip",),
        ),
    ),
    seed=7,
    isolation="process",
)


# CSV ------------------------------------------------------------------------------


def rows(results):
    return list(csv.reader(io.StringIO(to_csv(results), newline="")))


def test_csv_has_a_row_a_submission_and_a_column_a_task():
    """Then the sums, and what was odd."""
    head, ann, bob, *_, dan = rows(CLASS)
    tasks = ["01_a/f", "01_a/g", "02_b/h"]
    assert head == ["id", "status", *tasks, "score", "max_score", "notes"]
    assert ann == ["ann", "graded", "4.0", "4.0", "4.0", "12.0", "12.0", ""]
    assert bob == ["bob", "graded", "2.0", "0.0", "4.0", "6.0", "12.0", ""]
    assert dan[-1] == "dan.zip is a broken zip"


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_computes_nothing(sign):
    """Text of a student's that begins like a formula is marked as text."""
    evil = f"{sign}cmd|' /C calc'!A0"
    results = ClassResult((submission(evil, right("01_a/f"), notes=(evil,)),), 7, "x")
    _, row = rows(results)
    shown = visible(f"'{evil}")
    assert (row[0], row[-1]) == (shown, shown)
    assert row[0][0] == "'"
    assert row[2] == "4.0"


def test_text_with_quotes_commas_and_lines_stays_in_its_cell():
    """The number of columns is the same in every row."""
    evil = 'a","b\nc,"d'
    results = ClassResult((submission(evil, right("01_a/f")),), 7, "x")
    assert rows(results)[1][0] == evil


# The table ------------------------------------------------------------------------

TABLE = """\
submission  01  02  total              what happened
ann          8   4  12/12  ██████████  complete
bob          2   4   6/12  █████░░░░░  sign: f; timeout: g
cleo         0   0   0/12  ░░░░░░░░░░  not started
dan          0   0   0/12  ░░░░░░░░░░  needs you: dan.zip is a broken zip

4 submissions, 2 graded, 1 timeout, 1 needs you; mean 4.5 of 12"""


def test_the_table_shows_scores_and_what_happened():
    """A golden text: what the README shows is made by this."""
    assert to_text(CLASS, width=80) == TABLE


def columns(line):
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) + wide


@pytest.mark.parametrize("width", [48, 60, 80, 120])
@pytest.mark.parametrize("name", ["a" * 60, "漢字" * 20, "ann"])
def test_the_table_fits_the_terminal(width, name):
    """Chapters give way, then the bar; names and words are cut."""
    long = submission(
        name,
        *(task(f"{i:02}_x/f{i}", "failed", 1.0, f"missing-{i}") for i in range(13)),
    )
    table = to_text(ClassResult((long, *CLASS.submissions[:1]), 7, "process"), width)
    for line in table.splitlines()[:-1]:
        assert columns(line) <= max(width, 28 + 7 + 24 + 8), line
    assert "…" in table


def test_color_changes_nothing_but_color():
    """Without its colors the table is the plain one, and only then are there any."""
    plain, painted = to_text(CLASS, 80), to_text(CLASS, 80, color=True)
    assert "\x1b" not in plain
    assert ESCAPE.sub("", painted) == plain
    tones = [re.search(r"\x1b\[(\d+)m", line) for line in painted.splitlines()[:5]]
    assert [int(tone[1]) for tone in tones] == [1, 32, 33, 31, 34]


def test_an_empty_class_is_a_table_too():
    """Interrupted before the first: a head and nothing below it."""
    assert (
        to_text(ClassResult((), 7, "process")).splitlines()[0].startswith("submission")
    )


@pytest.mark.parametrize("note", ["a;=1+1", "a; =1+1", "a;\t@x", "=a;b; -c"])
def test_a_spreadsheet_that_splits_at_semicolons_computes_nothing(note):
    """What would begin a cell there is text as well."""
    (_, row) = rows(ClassResult((submission("ann", notes=(note,)),), 0, "process"))
    for cell in row[-1].split(";"):
        assert cell.strip(" ")[:1] not in [*"=+-@\t"], row
