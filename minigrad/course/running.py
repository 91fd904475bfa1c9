"""Run the checks of a task on a student, and say what came of it.

Every student goes through here: a file on its author's machine, an isolated process, a
catalogued mistake, the worked solution.
"""

from __future__ import annotations

import textwrap
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.course.checks import CheckFailure
from minigrad.course.model import (
    CRASHED,
    EXITED,
    FAILED,
    GRADER_ERROR,
    MEMORY,
    NOT_RUN,
    OUTPUT_FLOOD,
    PASSED,
    TAMPERED,
    TIMEOUT,
    Call,
    Check,
    CheckResult,
    Diagnosis,
    Task,
    TaskResult,
)
from minigrad.course.student import Student
from minigrad.course.values import (
    is_array,
    is_number,
    is_sequence,
    is_word,
    item,
    item_name,
    show,
)

# After one of these the student's process is gone, or not to be called again.
FATAL = frozenset({TIMEOUT, CRASHED, MEMORY, EXITED, OUTPUT_FLOOD, TAMPERED})
WIDTH = 88


def run_task(task: Task, student: Student, seed: int) -> TaskResult:
    """All checks of a task in order, each on its own random stream."""
    results: list[CheckResult] = []
    reason = ""
    for check in task.checks:
        if reason:
            results.append(_not_run(check, reason))
            continue
        results.append(run_check(check, task.chapter, student, seed))
        reason = _reason_to_stop(results)
    return TaskResult(task.id, _status(results), tuple(results))


def _status(results: list[CheckResult]) -> str:
    """That of the first check that did not pass; but no verdict hides our own fault."""
    statuses = [result.status for result in results if result.status != PASSED]
    return GRADER_ERROR if GRADER_ERROR in statuses else next(iter(statuses), PASSED)


def run_check(check: Check, chapter: str, student: Student, seed: int) -> CheckResult:
    """One check: its verdict, and the calls it made."""
    student.calls.clear()
    result = _verdict(check, chapter, student, seed)
    return replace(result, calls=tuple(student.calls))


def _verdict(check: Check, chapter: str, student: Student, seed: int) -> CheckResult:
    try:
        with np.errstate(all="ignore"):  # a student may return 1e308
            check.function(student, check.rng(seed, chapter))
    except CheckFailure as failure:
        return CheckResult(
            check.name,
            failure.status,
            0.0,
            check.points,
            failure.message,
            got=failure.got,
            expected=failure.expected,
            where=failure.where,
        )
    except Exception as error:
        message = f"the check itself failed: {_last_words(error)}"
        return CheckResult(check.name, GRADER_ERROR, 0.0, check.points, message)
    return CheckResult(check.name, PASSED, check.points, check.points)


def _last_words(error: Exception) -> str:
    """The last line of a traceback, and where in the check it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = traceback.format_exception_only(error)[-1].strip()
    return f"{text} ({Path(frame.filename).name} line {frame.lineno})"


def _reason_to_stop(results: list[CheckResult]) -> str:
    last = results[-1]
    if last.status in FATAL:
        return f"not run: an earlier check ended in {last.status} ({last.message})"
    return last.message if last.status == NOT_RUN and len(results) == 1 else ""


def _not_run(check: Check, reason: str) -> CheckResult:
    return CheckResult(check.name, NOT_RUN, 0.0, check.points, reason)


# Words ----------------------------------------------------------------------------


def explain(result: TaskResult) -> str:
    """A task's result in a handful of lines: called, got, expected, likely, next."""
    points = f"{result.score:g} of {result.max_score:g} points"
    if result.status == PASSED:
        return f"{result.id}: passed, {points}"
    check = next(c for c in result.checks if c.status == result.status)
    if result.status == NOT_RUN and not result.score:
        return f"{result.id}: {check.message}, {points}"
    body = explain_check(check, result.id, result.diagnosis)
    return f"{result.id}: {result.status}, {points}\n{body}"


def explain_check(check: CheckResult, task: str, diagnosis: Diagnosis | None) -> str:
    """One check that did not pass, as the indented lines below a task's own."""
    lines = [_line("check", check.name)]
    if check.calls:
        lines.append(_line("called", show_call(check.calls[-1])))
    lines += _got_and_expected(check) or [_line("problem", check.message)]
    if diagnosis:
        lines.append(_line("likely", diagnosis.message))
    if check.status != GRADER_ERROR:
        lines.append(_line("next", f"minigrad hint {task}"))
    return "\n".join(lines)


def _got_and_expected(check: CheckResult) -> list[str]:
    """The numbers side by side, where it is numbers that differ."""
    if check.status != FAILED or check.expected is None:
        return []
    got, expected = item(check.got, check.where), item(check.expected, check.where)
    if is_word(expected):
        return []
    before = f"{item_name(check.where)}: " if check.where else ""
    # Of two numbers the difference is plain to see.
    message = "" if is_number(expected) else f"; {check.message.removeprefix(before)}"
    return [
        _line("got", before + show(got)),
        _line("expected", f"{before}{show(expected)}{message}"),
    ]


def show_call(call: Call) -> str:
    """``mlp_grads(Ws [(3, 5), (2, 3)], X (5, 4), j=1)``: names, shapes, numbers.

    >>> import numpy as np
    >>> show_call(Call("f", (np.zeros((3, 5)), 2, np.tanh), names=("W", "j", "rho")))
    'f(W (3, 5), j=2, rho)'
    """
    names = (*call.names, *[""] * (len(call.args) - len(call.names)))
    return f"{call.function}({', '.join(map(_argument, names, call.args))})"


def _argument(name: str, value: Any) -> str:
    if is_array(value) or (is_sequence(value) and all(map(is_array, value))):
        return f"{name} {_shapes(value)}".strip()
    if callable(value):
        return name or "a function"
    return f"{name}={show(value)}" if name else show(value)


def _shapes(value: Any) -> str:
    if is_array(value):
        return str(value.shape)
    return f"[{', '.join(_shapes(item) for item in value)}]"


def _line(label: str, text: str) -> str:
    first = f"  {label:<10}"
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first)
    )
