"""Canvas: the instructor's own gradebook comes back, with one column filled in."""

from __future__ import annotations

import csv
import io

import pytest
from reported import UNREADABLE, class_of, complete, submission

from minigrad.course.reports import ReportError, TemplateError, make

# As Canvas exports it: a BOM, quotes where it needs them, the muted row, the points.
EXPORT = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Notes,Homework 1 (501),"
    '"Quiz, short (502)",Current Score,Final Grade\r\n'
    ",,,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,,4.00,10.00,(read only),(read only)\r\n"
    '"Lovelace, Ann",101,s-1,ann@uni.edu,"Group ""A"", 1",=1+1,,3.00,30,C\r\n'
    '"Émile, Bob",102,s-2,bob,B,,"2.50",,,\r\n'
    '"Doe, Cleo",103,s-3,cleo,B,,EX,,,\r\n'
    '"Student, Test",104,,f00ba7,B,,,,,\r\n'
)


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_bytes(EXPORT.encode("utf-8"))
    return path


def filled(export, results, **options):
    return make(results, f"canvas:{export}", column="Homework 1", **options)


def changed(made):
    """The cells that are not those of the export, by row and column."""
    before = csv.reader(io.StringIO(EXPORT, newline=""))
    after = csv.reader(io.StringIO(made.files.decode("utf-8"), newline=""))
    return {
        (old[0].partition(",")[0], place): (cell, new[place])
        for old, new in zip(before, after, strict=True)
        for place, cell in enumerate(old)
        if cell != new[place]
    }


def test_only_the_points_change(export):
    """Every other byte is what Canvas wrote: mark, quotes, line ends, formulas."""
    made = filled(export, class_of(submission("ann"), complete("bob")))
    expected = EXPORT.replace("=1+1,,3.00", "=1+1,1,3.00").replace('"2.50"', '"4"')
    assert made.files == expected.encode("utf-8")


@pytest.mark.parametrize(
    "id",
    [
        *("101", "s-1", "S-1", "ann@uni.edu", "ann-uni-edu", "ann", "Lovelace-Ann"),
        *("ann_lovelace".replace("_", "-"), "lovelaceann"),
        *("lovelaceann_101_9001_backprop", "lovelaceann_LATE_101_9001_backprop-1"),
    ],
)
def test_a_student_is_known_by_any_column(export, id):
    """IDs, login, name in both orders, and the names of Canvas's own downloads."""
    made = filled(export, class_of(submission(id)))
    assert changed(made) == {("Lovelace", 6): ("", "1")}
    assert made.worries == ()


def test_nobody_is_guessed(export):
    """Who is not there, twice there, or has two submissions gets no points."""
    found = class_of(
        *(submission(id) for id in ("ann", "s-1", "nobody", "102", "Doe_103_1_x"))
    )
    made = filled(export, found)
    assert changed(made) == {("Émile", 6): ("2.50", "1")}
    assert made.worries == (
        "no row for nobody",
        "more than one row or submission for ann, s-1",
        "their cell is not to be changed: Doe_103_1_x",
    )


def test_two_rows_of_one_name_are_left_alone(tmp_path):
    """Namesakes are told apart by their ID only."""
    text = EXPORT.replace('"Émile, Bob"', '"Lovelace, Ann"')
    (tmp_path / "grades.csv").write_text(text, encoding="utf-8", newline="")
    made = filled(tmp_path / "grades.csv", class_of(submission("lovelace-ann")))
    assert made.files == text.encode("utf-8")
    assert made.worries == ("more than one row or submission for lovelace-ann",)


def test_what_is_not_graded_is_no_zero(export):
    """Its cell stays as it is, and the instructor is told."""
    dan = UNREADABLE.__class__("bob", "needs-attention", (), ("broken",))
    made = filled(export, class_of(dan))
    assert changed(made) == {}
    assert made.worries == ("not graded, look at the results first: bob",)


def test_who_handed_in_nothing_is_named(export):
    """Their rows stay as they are; that alone is no reason to fail."""
    made = filled(export, class_of(submission("ann")))
    assert made.remarks == (
        "no submission, left as they are: Émile, Bob, Doe, Cleo, Student, Test",
    )
    assert made.worries == ()


def test_points_are_scaled_only_when_told(export):
    """Another maximum is refused; with --scale, 1 of 4 is 2.5 of 10."""
    results = class_of(submission("ann"))
    options = {"column": "Quiz, short"}
    with pytest.raises(ReportError, match="counts to 10, the results to 4; --scale"):
        make(results, f"canvas:{export}", **options)
    made = make(results, f"canvas:{export}", scale=True, **options)
    assert changed(made) == {("Lovelace", 7): ("3.00", "2.5")}


@pytest.mark.parametrize("column", ["Homework 1", "Homework 1 (501)", "501"])
def test_a_column_is_meant_by_title_or_number(export, column):
    """By either, or by both as the header has them."""
    made = make(class_of(submission("ann")), f"canvas:{export}", column=column)
    assert changed(made) == {("Lovelace", 6): ("", "1")}


@pytest.mark.parametrize(
    ("old", "new", "options", "says"),
    [
        ("", "", {}, "has not one assignment; name one with --column: Homework 1"),
        ("", "", {"column": "Homework 9"}, "no assignment 'Homework 9'; name one"),
        ("", "", {"column": "Current Score"}, "no assignment 'Current Score'"),
        ("", "", {"column": "501", "feedback": True}, "holds no comments"),
        (",Section,", ",Part,", {"column": "501"}, "it lacks Section"),
        ("Student,", "Name,", {"column": "501"}, "it lacks Student"),
        ("    Points", "    Marks", {"column": "501"}, "it lacks Points Possible"),
        ("4.00", "(read only)", {"column": "501"}, "no assignment '501'"),
        ("4.00", "", {"column": "501", "scale": True}, "has no maximum to scale"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(export, old, new, options, says):
    """In a sentence that says what is missing and what there is."""
    export.write_bytes(EXPORT.replace(old, new, 1).encode("utf-8"))
    with pytest.raises(ReportError, match=says):
        make(class_of(submission("ann")), f"canvas:{export}", **options)


def test_a_template_that_is_not_there_is_a_sentence(tmp_path):
    """Nothing is made up in its place."""
    with pytest.raises(TemplateError, match=r"none\.csv cannot be read: No such file"):
        make(class_of(submission("ann")), f"canvas:{tmp_path / 'none.csv'}")


def test_first_and_last_names_may_have_columns_of_their_own(tmp_path):
    """Canvas exports them so when it is set to."""
    text = (
        "LastName,FirstName,ID,SIS Login ID,Section,HW (5)\n"
        "    Points Possible,,,,,4\nLovelace,Ann,101,x,A,\n"
    )
    (tmp_path / "g.csv").write_text(text)
    made = make(class_of(submission("lovelaceann")), f"canvas:{tmp_path / 'g.csv'}")
    assert made.files.decode() == text.replace("x,A,", "x,A,1")
