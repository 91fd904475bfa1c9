"""GitHub Classroom: a runner's result for its reporter, and annotations of a workflow.

The result is what the actions ``classroom-resources/autograding-*`` hand on: JSON in
base64 as the step's output ``result``.  The reporter prints what is in it, and a runner
obeys what is printed; so nothing here begins a line with a command.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from minigrad.course.model import (
    FAILED,
    NOT_RUN,
    PASSED,
    WRONG_SHAPE,
    WRONG_TYPE,
    CheckResult,
    SubmissionResult,
    TaskResult,
)
from minigrad.course.reports.order import Made, Order, doubtful
from minigrad.course.visible import one_line, visible
from minigrad.course.words import (
    chapter_of,
    counted_as,
    function_of,
    verdict,
    what_happened,
)

VERSION = 1
WRONG = {FAILED, WRONG_TYPE, WRONG_SHAPE, NOT_RUN}  # what else there is is an error
LINE = re.compile(r"^ +at:? +\S+ line (\d+)", re.MULTILINE)  # in a task's message


# The result of a runner -----------------------------------------------------------


def to_github(order: Order) -> Made:
    """``result=...``, a line for the file that ``$GITHUB_OUTPUT`` names."""
    text = json.dumps(to_json(order.only("a result of GitHub Classroom")))
    return Made(b"result=" + base64.b64encode(text.encode()) + b"\n")


def to_json(submission: SubmissionResult) -> dict[str, Any]:
    """A submission as the reporter reads it; a test is a task.

    Without a maximum the reporter passes no points on, which is right for what the
    instructor has to look at first.
    """
    doubt = doubtful(submission)
    tests = [_test(task) for task in submission.tasks]
    if line := counted_as(submission):  # the reporter adds up the scores of the tests
        change = submission.total.score - submission.score
        tests.append(_entry(_quiet(line), "pass", change, ""))
    if doubt:
        said = _quiet(what_happened(submission))
        tests.append(_entry("submission", "error", 0.0, said))
    whole = all(test["status"] == "pass" for test in tests)
    return {
        "version": VERSION,
        "status": "error" if doubt else "pass" if whole else "fail",
        "max_score": 0.0 if doubt else submission.total.max_score,
        "tests": tests,
    }


def _test(task: TaskResult) -> dict[str, Any]:
    wrong = "fail" if task.status in WRONG else "error"
    status = "pass" if task.status == PASSED else wrong
    points = f"{task.score:g} of {task.max_score:g} points"
    said = f"{verdict(task.status)}, {points}"
    if task.diagnosis:
        said += f": {task.diagnosis.message}"
    return _entry(_quiet(task.id), status, task.score, _quiet(said))


def _entry(name: str, status: str, score: float, message: str) -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "score": score,
        "message": "" if status == "pass" else message,
        "test_code": "",  # ours to grade with, not to print
        "filename": "",
        "line_no": 0,
        "duration": 0,
    }


def _quiet(text: str) -> str:
    """One line that a runner obeys in neither of its two spellings of a command."""
    return re.sub("(?<=#)(?=#)|(?<=:)(?=:)", " ", one_line(text))


# Annotations ----------------------------------------------------------------------


def to_notices(order: Order) -> Made:
    """Workflow commands, to be printed in a step: the points, and a line a slip."""
    lines = [line for s in order.results.submissions for line in _notices(s)]
    return Made("".join(f"{line}\n" for line in lines).encode("utf-8"))


def _notices(submission: SubmissionResult) -> Iterator[str]:
    total = submission.total
    points = f"{total.score:g} of {total.max_score:g} points"
    said = "; ".join(filter(None, [what_happened(submission), counted_as(submission)]))
    if doubtful(submission):
        yield command("error", said, title=submission.id)
        return
    yield command("notice", said, title=f"{submission.id}: {points}")
    for task in submission.tasks:
        if task.status not in (PASSED, NOT_RUN):
            yield _error(submission, task)


def _error(submission: SubmissionResult, task: TaskResult) -> str:
    chapter = chapter_of(task.id)
    line = LINE.search(task.told)
    return command(
        "error",
        task.told or _first(task.checks),
        file=f"{chapter}/{chapter.partition('_')[2]}.py",
        line=line[1] if line else None,
        title=f"{submission.id}: {function_of(task.id)}: {verdict(task.status)}",
    )


def _first(checks: tuple[CheckResult, ...]) -> str:
    return next((c.message for c in checks if c.status != PASSED), "")


def command(name: str, text: str, **properties: str | None) -> str:
    r"""``::error file=a.py,title=b::text``, escaped as GitHub's own toolkit does it.

    >>> command("notice", "50 %\nis :: half", title="a: b, c")
    '::notice title=a%3A b%2C c::50 %25%0Ais :: half'
    """
    pairs = (f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {','.join(pairs)}::{_data(visible(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
