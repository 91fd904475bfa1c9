"""The catalogue of a chapter: wrong answers that explain themselves, right ones kept.

    @mistake("layer_jacobians", kind="transpose")
    def state_jacobian_transposed(x, W, rho, drho):
        \"\"\"What was done, why it is wrong, what to do: the student reads this.\"\"\"

A student who gets what a catalogued mistake gets, call for call, made that mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from minigrad.course.chapters import load, solution_folder
from minigrad.course.loading import marks, run_file
from minigrad.course.model import (
    EXCEPTION,
    FAILED,
    PASSED,
    WRONG_SHAPE,
    WRONG_TYPE,
    Call,
    Chapter,
    Check,
    CheckResult,
    Diagnosis,
    Task,
    TaskResult,
)
from minigrad.course.running import run_check
from minigrad.course.student import LocalStudent
from minigrad.course.values import as_floats, item, item_name, same
from minigrad.slip import likely_slip

Answer = TypeVar("Answer", bound=Callable[..., Any])
Trace = tuple[tuple[Call, ...], ...]  # the calls of each check of a task

LARGEST = 100_000  # entries of a wrong answer for which it is worth the time
EXPLAINED = frozenset({FAILED, WRONG_TYPE, WRONG_SHAPE, EXCEPTION})


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students give, and the sentence that explains it."""

    task: str
    kind: str
    message: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.function.__name__


@dataclass(frozen=True)
class Alternative:
    """A right answer written another way, which every check must accept."""

    task: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.function.__name__


def mistake(task: str, kind: str) -> Callable[[Answer], Answer]:
    """Enter a wrong answer to ``task`` in the catalogue; its docstring explains it."""

    def enter(function: Answer) -> Answer:
        if not function.__doc__:
            raise TypeError(f"{function.__name__} needs a docstring for the student")
        message = " ".join(function.__doc__.split())
        vars(function)["mistake"] = Mistake(task, kind, message, function)
        return function

    return enter


def alternative(task: str) -> Callable[[Answer], Answer]:
    """Keep a right answer to ``task`` that is written another way."""

    def keep(function: Answer) -> Answer:
        vars(function)["alternative"] = Alternative(task, function)
        return function

    return keep


# Catalogues -----------------------------------------------------------------------


def catalogue(chapter: Chapter) -> tuple[Mistake, ...]:
    """The mistakes of a chapter in the order of its ``mistakes.py``; () without one."""
    path = chapter.folder / "mistakes.py"
    return tuple(marks(run_file(path), "mistake")) if path.is_file() else ()


def alternatives(chapter: Chapter) -> tuple[Alternative, ...]:
    """The right answers of ``solutions/NN_topic/alternatives.py``; () without one."""
    path = solution_folder(chapter) / "alternatives.py"
    return tuple(marks(run_file(path), "alternative")) if path.is_file() else ()


# Naming a slip --------------------------------------------------------------------


def name_slip(
    task: Task,
    results: Sequence[CheckResult],
    seed: int,
    mistakes: Sequence[Mistake] | None = None,
) -> Diagnosis | None:
    """The likely slip behind the results of a task's checks, or None.

    A catalogued mistake that would have given the same results in every call, else a
    guess from what was got and expected.  ``mistakes`` is the catalogue to look in, by
    default the one of the installed chapter.
    """
    first = next((r for r in results if r.status != PASSED), None)
    if first is None or first.status not in EXPLAINED:
        return None
    if mistakes is None:
        mistakes = _installed(task.chapter)
    trace = tuple(result.calls for result in results)
    fitting = [
        m for m in mistakes if m.task == task.function and _fits(m, task, seed, trace)
    ]
    if fitting:
        messages = dict.fromkeys(m.message for m in fitting)
        return Diagnosis(fitting[0].kind, " Or: ".join(messages))
    return _guess(first)


def diagnosed(
    result: TaskResult, task: Task, seed: int, mistakes: Sequence[Mistake] | None = None
) -> TaskResult:
    """The result of a task with its likely slip named, where there is one."""
    diagnosis = name_slip(task, result.checks, seed, mistakes)
    return replace(result, diagnosis=diagnosis)


def _fits(m: Mistake, task: Task, seed: int, trace: Trace) -> bool:
    """Does it make the same calls?  Check by check: the first difference ends it."""
    return any(trace) and all(
        _same_calls(outcome(m, check, task.chapter, seed).calls, calls)
        for check, calls in zip(task.checks, trace, strict=True)
    )


@lru_cache
def _installed(chapter: str) -> tuple[Mistake, ...]:
    return catalogue(load(chapter))


@lru_cache(maxsize=8192)
def outcome(m: Mistake, check: Check, chapter: str, seed: int) -> CheckResult:
    """What a check says of a mistake, kept for the whole class."""
    return run_check(check, chapter, LocalStudent({m.task: m.function}), seed)


def _same_calls(a: tuple[Call, ...], b: tuple[Call, ...]) -> bool:
    return len(a) == len(b) and all(map(_same_outcome, a, b))


def _same_outcome(a: Call, b: Call) -> bool:
    return (a.function, a.error) == (b.function, b.error) and same(a.result, b.result)


# Guessing -------------------------------------------------------------------------


def _guess(check: CheckResult) -> Diagnosis | None:
    """What the numbers alone suggest: of the whole result, else of the part refused."""
    seen = check.evidence
    if seen.expected is None:
        return None
    for depth in range(len(seen.where) + 1):
        where = seen.where[:depth]
        slip = _simple_slip(item(seen.got, where), item(seen.expected, where))
        if slip:
            kind, text = slip
            place = (
                f"{item_name(where)}: {text}" if where else text[0].upper() + text[1:]
            )
            return Diagnosis(kind, f"{place}.")
    return None


def _simple_slip(got: Any, expected: Any) -> tuple[str, str] | None:
    with np.errstate(all="ignore"):
        mine, right = as_floats(got), as_floats(expected)
        if mine is None or right is None or _entries(mine) > LARGEST:
            return None
        return likely_slip(mine, right)


def _entries(value: np.ndarray | list[np.ndarray]) -> int:
    return sum(part.size for part in value) if isinstance(value, list) else value.size
