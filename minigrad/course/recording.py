"""A call of a student's own function, as a check makes it: something to draw."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from minigrad.course import chapters, workspace
from minigrad.course.checks import CheckFailure
from minigrad.course.running import run_check
from minigrad.course.student import LocalStudent, load_module


class NoCallError(ValueError):
    """There is no call of the student's function; the message says why."""


class Recorded(NamedTuple):
    """A function, the arguments that it was given, and the file that defines it."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    path: Path


def first_call(root: Path, target: chapters.Target, seed: int = 0) -> Recorded:
    """The first call that the first check of a task makes, on this machine.

    Raises `NoCallError` if the function cannot be called, or was not started.
    """
    task = workspace.one_task(target)
    file = workspace.answer_file(root, target.chapter).resolve()
    try:
        module = load_module(file)
    except CheckFailure as failure:
        raise NoCallError(f"{task.id} cannot be called: {failure}") from failure
    student = LocalStudent(module)
    check = run_check(task.checks[0], task.chapter, student, seed)
    calls = [call for call in check.calls if call.function == task.function]
    if not calls or calls[0].error is not None:
        raise NoCallError(f"{task.id} cannot be drawn: {check.message}")
    function = getattr(module, task.function)
    code = getattr(inspect.unwrap(function), "__code__", None)  # maybe a neighbor's
    return Recorded(function, calls[0].args, Path(code.co_filename) if code else file)
