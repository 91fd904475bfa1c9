"""The results of a class in a few words."""

from __future__ import annotations

from collections import Counter

from minigrad.course.model import (
    GRADER_ERROR,
    NEEDS_ATTENTION,
    NOT_RUN,
    PASSED,
    SubmissionResult,
    TaskResult,
)
from minigrad.course.results import ClassResult


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
