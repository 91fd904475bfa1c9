"""Moodle: its grading worksheet and its gradebook come back, with points in them."""

from __future__ import annotations

import csv
import io

import pytest
from reported import ATTACK, class_of, complete, submission

from minigrad.course.reports import ReportError, make

WORKSHEET = (
    'Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade",'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\n'
    '"Participant 1871","Ann Lovelace",s-1,ann@uni.edu,"Submitted for grading - ",,'
    '4.00,Yes,"Friday, 6 March 2026, 9:00 AM",-,\n'
    '"Participant 1872","Bob Émile",s-2,bob@uni.edu,"No submission - ","2,50",'
    '"4,00",Yes,-,-,"<p>late</p>"\n'
    '"Participant 1873","Cleo Doe",s-3,cleo@uni.edu,"No submission - ",,4.00,No,-,-,\n'
)
GRADEBOOK = (
    '"First name","Last name","ID number","Email address",'
    '"Assignment: Backprop (Real)","Course total (Real)","Last downloaded"\n'
    "Ann,Lovelace,s-1,ann@uni.edu,-,-,1700000000\n"
)


def write(tmp_path, text):
    (tmp_path / "moodle.csv").write_text(text, encoding="utf-8", newline="")
    return f"moodle:{tmp_path / 'moodle.csv'}"


def test_only_the_points_change(tmp_path):
    """Every other byte is what Moodle wrote, and a quoted cell stays quoted."""
    results = class_of(submission("ann"), complete("bob"))
    made = make(results, write(tmp_path, WORKSHEET))
    expected = WORKSHEET.replace('grading - ",,', 'grading - ",1,').replace("2,50", "4")
    assert made.files.decode("utf-8") == expected
    assert made.worries == ()


@pytest.mark.parametrize(
    "id",
    [
        *("Participant-1871", "participant_1871", "s-1", "ann-uni-edu", "ann"),
        *("Ann-Lovelace", "Ann-Lovelace_1871_assignsubmission_file_"),
        "Another-Name_1871_assignsubmission_file_",
    ],
)
def test_a_student_is_known_by_any_column(tmp_path, id):
    """Participant, number, mail, name, and the folders of Moodle's own download."""
    made = make(class_of(submission(id)), write(tmp_path, WORKSHEET))
    assert made.files.decode("utf-8") == WORKSHEET.replace('ing - ",,', 'ing - ",1,')


def test_a_grade_that_may_not_change_does_not(tmp_path):
    """Moodle says so in the worksheet."""
    made = make(class_of(submission("cleo")), write(tmp_path, WORKSHEET))
    assert made.files.decode("utf-8") == WORKSHEET
    assert made.worries == ("their cell is not to be changed: cleo",)


def test_comments_are_filled_in_when_told(tmp_path):
    """As HTML, for Moodle shows them as a page: what a student wrote is text there."""
    ann = ATTACK.submissions[0].__class__("ann", "graded", ATTACK.submissions[0].tasks)
    made = make(class_of(ann), write(tmp_path, WORKSHEET), feedback=True)
    _, row, *_ = csv.reader(io.StringIO(made.files.decode("utf-8")))
    assert row[-1].startswith("<p>1 of 4 points: ")
    assert "<script" not in row[-1]
    assert "&lt;script&gt;" in row[-1]
    assert "f(x (5,))" in row[-1]
    assert not [c for c in row[-1] if not (c.isprintable() or c == "\n")]


def test_points_are_scaled_only_when_told(tmp_path):
    """Each row has its own maximum, written with a point or a comma."""
    format = write(tmp_path, WORKSHEET.replace("4.00", "10.00").replace("4,00", "5,00"))
    results = class_of(submission("ann"), complete("bob"))
    with pytest.raises(ReportError, match="counts to 10, the results to 4"):
        make(results, format)
    made = make(results, format, scale=True)
    _, ann, bob, _ = csv.reader(io.StringIO(made.files.decode("utf-8")))
    assert (ann[5], bob[5]) == ("2.5", "5")


@pytest.mark.parametrize("column", ["Backprop", "Assignment: Backprop (Real)"])
def test_a_gradebook_is_filled_in_by_its_column(tmp_path, column):
    """One of points, by all of its name or by the activity's."""
    results = class_of(submission("lovelace-ann"))
    made = make(results, write(tmp_path, GRADEBOOK), column=column)
    assert made.files.decode("utf-8") == GRADEBOOK.replace("edu,-", "edu,1")


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (GRADEBOOK, {}, "has not one column of points; --column names one: Assignm"),
        (GRADEBOOK, {"column": "Quiz"}, "has no column 'Quiz' of points"),
        (GRADEBOOK, {"column": "Backprop", "scale": True}, "has no maximum to scale"),
        (GRADEBOOK, {"column": "Backprop", "feedback": True}, "no column Feedback"),
        (WORKSHEET.replace("Grade,", "Note,", 1), {}, "has no column Grade"),
        (WORKSHEET.replace("Maximum Grade", "Most"), {}, "no column Maximum Grade"),
        ("a,b\n1,2\n", {}, "is neither Moodle's grading worksheet nor its gradebook"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(tmp_path, text, options, says):
    """In a sentence that says what is missing and what there is."""
    with pytest.raises(ReportError, match=says):
        make(class_of(submission("ann")), write(tmp_path, text), **options)
