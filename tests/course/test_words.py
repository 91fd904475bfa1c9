"""The results of a submission in a few words."""

from __future__ import annotations

import pytest

from minigrad.course.model import CheckResult, Diagnosis, SubmissionResult, TaskResult
from minigrad.course.results import ClassResult
from minigrad.course.words import label, slips, what_happened


def task(function, status, kind=None, message=""):
    check = CheckResult("check", status, float(status == "passed"), 1.0, message)
    return TaskResult(
        f"01_a/{function}", status, (check,), kind and Diagnosis(kind, "...")
    )


CASES = {
    "complete": [("f", "passed"), ("g", "passed")],
    "not started": [("f", "not-run"), ("g", "not-run")],
    "syntax error": [("f", "syntax-error"), ("g", "syntax-error")],
    "sign: f": [("f", "failed", "sign"), ("g", "passed")],
    "sign: f, g; timeout: h": [
        ("f", "failed", "sign"),
        ("g", "failed", "sign"),
        ("h", "timeout"),
    ],
    "sign ×3, timeout": [
        ("f", "failed", "sign"),
        ("g", "timeout"),
        ("h", "failed", "sign"),
        ("i", "failed", "sign"),
    ],
    "failed, wrong type, not started": [
        ("f", "failed"),
        ("g", "wrong-type"),
        ("h", "not-run"),
    ],
}


@pytest.mark.parametrize("words", CASES)
def test_a_submission_in_a_few_words(words):
    """Slips and statuses in the order of the tasks; the places when they are few."""
    tasks = tuple(task(*case) for case in CASES[words])
    assert what_happened(SubmissionResult("s", "graded", tasks)) == words


def test_what_needs_the_instructor_says_why():
    """A grader error in its own words, or else the notes."""
    broken = task("f", "grader-error", message="KeyError: 'W'")
    worried = SubmissionResult("s", "needs-attention", (broken,), ("a note",))
    assert what_happened(worried) == "needs you: KeyError: 'W'"
    worried = SubmissionResult("s", "needs-attention", (), ("a note", "another"))
    assert what_happened(worried) == "needs you: a note; another"


def test_a_named_slip_goes_before_a_status():
    """The kind of a diagnosis says more than "failed"."""
    assert label(task("f", "failed", "sign")) == "sign"
    assert label(task("f", "import-error")) == "import error"


def test_slips_are_counted_over_the_class():
    """Each task that has a diagnosis counts once."""
    tasks = (task("f", "failed", "sign"), task("g", "failed", "axis"))
    twice = SubmissionResult("s", "graded", tasks)
    assert slips(ClassResult((twice, twice), 7, "process")) == {"sign": 2, "axis": 2}
