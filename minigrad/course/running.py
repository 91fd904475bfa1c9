"""Run the checks of a task on a student, and decide what came of it.

Every student goes through here: a file on its author's machine, an isolated process, a
catalogued mistake, the worked solution.
"""

from __future__ import annotations

import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.course.checks import CheckFailure
from minigrad.course.model import (
    CRASHED,
    EXITED,
    GRADER_ERROR,
    MEMORY,
    NOT_RUN,
    OUTPUT_FLOOD,
    PASSED,
    TAMPERED,
    TIMEOUT,
    Check,
    CheckResult,
    Task,
    TaskResult,
)
from minigrad.course.student import Student

# After one of these the student's process is gone, or not to be called again.
FATAL = frozenset({TIMEOUT, CRASHED, MEMORY, EXITED, OUTPUT_FLOOD, TAMPERED})


def run_task(task: Task, student: Student, seed: int) -> TaskResult:
    """All checks of a task in order, each on its own random stream."""
    results: list[CheckResult] = []
    reason = ""
    for check in task.checks:
        if reason:
            results.append(check.result(NOT_RUN, reason))
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
    try:
        result = _verdict(check, chapter, student, seed)
        return replace(result, calls=tuple(student.calls))
    finally:
        student.let_go()


def _verdict(check: Check, chapter: str, student: Student, seed: int) -> CheckResult:
    rng = check.rng(seed, chapter)
    try:
        with np.errstate(all="ignore"):  # a student may return 1e308
            check.function(student, rng)
        _require_own_stream(student, rng)
    except CheckFailure as failure:
        return check.result(failure.status, failure.message, failure.evidence)
    except Exception as error:
        message = f"the check itself failed: {_last_words(error)}"
        return check.result(GRADER_ERROR, message)
    return check.result(PASSED)


def _require_own_stream(student: Student, rng: np.random.Generator) -> None:
    """Who is lent the stream of a check, or its child, knows what it will draw next."""
    entropy = _entropy(rng)
    for arg in (arg for call in student.calls for arg in call.args):
        if type(arg) is np.random.Generator and np.array_equal(_entropy(arg), entropy):
            raise TypeError("it lends its rng; lend one of its own, as default_rng(1)")


def _entropy(rng: np.random.Generator) -> Any:
    return getattr(rng.bit_generator.seed_seq, "entropy", None)


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
