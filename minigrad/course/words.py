"""Results in a few words: a verdict, a task, a submission, a class."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from minigrad.course.model import (
    CRASHED,
    EXCEPTION,
    EXITED,
    FAILED,
    GRADER_ERROR,
    IMPORT_ERROR,
    MEMORY,
    MISSING,
    NEEDS_ATTENTION,
    NOT_RUN,
    OUTPUT_FLOOD,
    PASSED,
    SYNTAX_ERROR,
    TAMPERED,
    TIMEOUT,
    SubmissionResult,
    TaskResult,
    Total,
)

if TYPE_CHECKING:  # results speak in these words, too
    from minigrad.course.results import ClassResult

# The words of a student for a status of results.json.
VERDICTS = {
    FAILED: "wrong result",
    EXCEPTION: "raised an exception",
    TIMEOUT: "too slow",
    MEMORY: "out of memory",
    CRASHED: "crashed",
    EXITED: "ended the program",
    MISSING: "no such function",
    IMPORT_ERROR: "file cannot be imported",
    SYNTAX_ERROR: "file is no valid Python",
    OUTPUT_FLOOD: "printed too much",
    TAMPERED: "changed the grader",
    NOT_RUN: "not started",
    GRADER_ERROR: "not graded",
}


def verdict(status: str) -> str:
    """A status in plain words: "wrong shape", "too slow", "not started"."""
    return VERDICTS.get(status, status.replace("-", " "))


def mark(status: str) -> str:
    """The sign before a verdict."""
    return {PASSED: "✓", NOT_RUN: "·"}.get(status, "✗")


def headline(task: TaskResult, most: float | None = None) -> str:
    """A task in one line, `✗ backprop_weights: wrong shape, 0 of 9 points`.

    Where only some checks were run, ``most`` is what all of them are worth.
    """
    unfinished = task.status == NOT_RUN and task.score
    said = "not finished" if unfinished else verdict(task.status)
    points = f"{task.score:g} of {most or task.max_score:g} points"
    return f"{mark(task.status)} {function_of(task.id)}: {said}, {points}"


def what_happened(submission: SubmissionResult) -> str:
    """A submission in a few words, in the order of its tasks.

    "complete", "not started", "sign: mlp_grads, bn_backward; timeout: suffix_loss",
    "transpose, not started ×3, overflow".
    """
    if submission.status == NEEDS_ATTENTION:
        return f"needs you: {_worry(submission)}"
    places: dict[str, list[str]] = {}
    for task in submission.tasks:
        if task.status != PASSED:
            places.setdefault(label(task), []).append(function_of(task.id))
    if not places:
        return "complete"
    if len(places) == 1 and len(*places.values()) == len(submission.tasks):
        return next(iter(places))
    if len(places) > 2 or max(map(len, places.values())) > 2:
        return ", ".join(counted(what, len(where)) for what, where in places.items())
    return "; ".join(f"{what}: {', '.join(where)}" for what, where in places.items())


def counted_as(submission: SubmissionResult) -> str:
    """What counts in the end and why, where that is not what the checks gave.

    "counts as 61.2 of 68 points: 1 day 3 h late: 90 %".
    """
    total = submission.adjusted
    if total is None or total == Total(submission.score, submission.max_score):
        return ""
    line = f"counts as {total.score:g} of {total.max_score:g} points"
    return f"{line}: {total.reason}" if total.reason else line


def label(task: TaskResult) -> str:
    """A task's slip by its kind, or else its status, in plain words."""
    if task.status == NOT_RUN:
        return "not started"
    return task.diagnosis.kind if task.diagnosis else task.status.replace("-", " ")


def _worry(submission: SubmissionResult) -> str:
    checks = (check for task in submission.tasks for check in task.checks)
    errors = (check.message for check in checks if check.status == GRADER_ERROR)
    return next(errors, None) or "; ".join(submission.notes) or "see its results"


def counted(what: str, number: int) -> str:
    return what if number == 1 else f"{what} ×{number}"


def slips(results: ClassResult) -> Counter[str]:
    """How often each kind of slip was named."""
    tasks = (task for s in results.submissions for task in s.tasks)
    return Counter(task.diagnosis.kind for task in tasks if task.diagnosis)


def chapter_of(task_id: str) -> str:
    return task_id.partition("/")[0]


def function_of(task_id: str) -> str:
    return task_id.partition("/")[2]
