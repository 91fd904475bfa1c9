"""Gradescope's ``results.json``, as "Autograder Specifications: Output format" has it.

One file a submission.  All text is declared plain, so that no Markdown and no HTML in
it is rendered, and there is no leaderboard.
"""

from __future__ import annotations

import json
from typing import Any

from minigrad.course.model import (
    NOT_RUN,
    PASSED,
    CheckResult,
    SubmissionResult,
    TaskResult,
)
from minigrad.course.reports.order import Made, Order, file_name, sound
from minigrad.course.visible import one_line, visible
from minigrad.course.words import counted_as, verdict, what_happened

Json = dict[str, Any]


def to_gradescope(order: Order) -> Made:
    """One ``results.json``, or a folder with one in a folder for each submission.

    What the instructor has to look at first gets none: Gradescope then shows that the
    autograder failed, and not a zero.
    """
    found, worries = sound(order)
    if len(order.results.submissions) == 1:
        return Made(_dumps(found[0]))
    files = {f"{file_name(s.id)}/results.json": _dumps(s) for s in found}
    return Made(files, worries=worries)


def _dumps(submission: SubmissionResult) -> bytes:
    return (json.dumps(to_json(submission), indent=1) + "\n").encode("ascii")


def to_json(submission: SubmissionResult) -> Json:
    """A submission as Gradescope reads it; a test is a check."""
    tests = [
        _test(task, check, f"{number}.{place}")
        for number, task in enumerate(submission.tasks, 1)
        for place, check in enumerate(task.checks, 1)
    ]
    notes = [f"note: {one_line(note)}" for note in submission.notes]
    said = filter(None, [what_happened(submission), counted_as(submission)])
    return {
        "score": submission.total.score,
        "output": "\n".join([*map(one_line, said), *notes]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _test(task: TaskResult, check: CheckResult, number: str) -> Json:
    return {
        "name": one_line(f"{task.id}: {check.name}"),
        "number": number,
        "score": check.score,
        "max_score": check.max_score,
        "status": "passed" if check.status == PASSED else "failed",
        "output": explained(task, check),
        "visibility": "visible",
    }


def explained(task: TaskResult, check: CheckResult) -> str:
    """What is said of a check: all there is for the one that its task is about."""
    if check.status == PASSED:
        return ""
    first = next((c for c in task.checks if c.status == task.status), None)
    if check is first and task.told:
        return visible(task.told)
    said = verdict(check.status)
    if check.status != NOT_RUN and check.message:
        said += f": {check.message}"
    return visible(said)
