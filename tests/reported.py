"""Classes to make reports of: a small one, and one whose every text is an attack."""

from __future__ import annotations

from minigrad.course.model import CheckResult, Diagnosis, SubmissionResult, TaskResult
from minigrad.course.results import ClassResult

# Markup, a formula, a workflow command in both spellings, Markdown, a terminal escape,
# a mark that turns the reading order around, and what XML 1.0 does not allow.
EVIL = (
    "=cmd|' /C calc'!A0, line=1\n::error::x\n##[set-env name=A]b\r::stop-commands::y "
    "%0A%\n"
    "]]></failure><script>alert(1)</script>&lt;![x](y) \x1b[2J\x00\u202e\ufffe\ud800"
)
TOLD = """\
✗ f: raised an exception, 1 of 3 points
  called    f(x (5,))
  problem   raised ValueError: no
  at        a.py line 19: `return ρ / 0`
  likely    You went uphill."""


def submission(id, status="graded", text="", told=TOLD):
    """Two tasks: one with a point, a failure and an error, one not started."""
    checks = (
        CheckResult(f"by hand{text}", "passed", 1.0, 1.0),
        CheckResult(f"random{text}", "exception", 0.0, 1.0, f"raised ValueError{text}"),
        CheckResult(f"kink{text}", "failed", 0.0, 1.0, f"got 2, expected 1{text}"),
    )
    tasks = (
        TaskResult(
            f"01_a/f{text}",
            "exception",
            checks,
            Diagnosis(f"sign{text}", f"You went uphill.{text}"),
            told=told + text,
        ),
        TaskResult("01_a/g", "not-run", (CheckResult("any", "not-run", 0.0, 1.0),)),
    )
    return SubmissionResult(id, status, tasks, (f"a note{text}",), f"said{text}")


def complete(id):
    checks = (CheckResult("by hand", "passed", 4.0, 4.0),)
    return SubmissionResult(id, "graded", (TaskResult("01_a/f", "passed", checks),))


# A fault of the grader's own: the points that there are are not all there would be.
BROKEN = SubmissionResult(
    "eve",
    "graded",
    (
        TaskResult("01_a/f", "passed", (CheckResult("by hand", "passed", 3.0, 3.0),)),
        TaskResult(
            "01_a/g", "grader-error", (CheckResult("any", "grader-error", 0, 1),)
        ),
    ),
)
UNREADABLE = SubmissionResult("dan", "needs-attention", (), ("dan.zip is broken",))


def class_of(*submissions):
    return ClassResult(tuple(submissions), 7, "process")


ANN = class_of(submission("ann"))
EVERYONE = class_of(submission("ann"), complete("bob"), UNREADABLE)
ATTACK = class_of(submission(EVIL, text=EVIL))
