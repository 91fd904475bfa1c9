"""The student, as a check sees one: ``student.backprop_weights(x0, Ws, ...)``.

`Student` lends each call copies of its arguments, records what happened, and refuses a
function that changes what it was lent.  How the function is reached is a subclass's
matter: `LocalStudent` calls it in this process, the grader's student in another one.
"""

from __future__ import annotations

import linecache
import traceback
import warnings
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from types import ModuleType
from typing import Any

from minigrad.course.checks import CheckFailure
from minigrad.course.loading import run_file
from minigrad.course.model import (
    EXCEPTION,
    EXITED,
    IMPORT_ERROR,
    MEMORY,
    MISSING,
    NOT_RUN,
    SYNTAX_ERROR,
    Call,
)
from minigrad.course.values import copied, snapshot, type_name, unchanged

Parameters = Mapping[str, tuple[str, ...]]  # function -> the names of its arguments


class Student:
    """A student's functions as attributes; every call of one stands in ``calls``."""

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.calls: list[Call] = []
        self.parameters: Parameters = parameters or {}

    def invoke(self, name: str, args: tuple[Any, ...]) -> Any:
        """Call the function ``name``; raise `CheckFailure` for whatever goes wrong.

        ``args`` are lent: what the function changed in them must be found changed.
        """
        raise NotImplementedError

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: self._call(name, args)

    def _call(self, name: str, args: tuple[Any, ...]) -> Any:
        names = self.parameters.get(name, ())
        lent, kept = copied(args), copied(args)
        try:
            result = self.invoke(name, lent)
        except CheckFailure as failure:
            error = failure.error or failure.status
            self.calls.append(Call(name, kept, error=error, names=names))
            raise
        self.calls.append(Call(name, kept, snapshot(result), names=names))
        _refuse_changes(kept, lent, names)
        return result


def _refuse_changes(
    kept: tuple[Any, ...], lent: tuple[Any, ...], names: tuple[str, ...]
) -> None:
    for i, (before, after) in enumerate(zip(kept, lent, strict=True)):
        if not unchanged(before, after):
            name = f" `{names[i]}`" if i < len(names) else ""
            raise CheckFailure(
                f"changed its input{name} in place (argument {i + 1}); copy it first"
            )


class LocalStudent(Student):
    """A student's module, or a dict of functions, called in this very process."""

    def __init__(
        self,
        source: ModuleType | Mapping[str, Any],
        parameters: Parameters | None = None,
    ) -> None:
        super().__init__(parameters)
        self._functions: Mapping[str, Any] = (
            vars(source) if isinstance(source, ModuleType) else source
        )
        self._file = self._functions.get("__file__")

    def invoke(self, name: str, args: tuple[Any, ...]) -> Any:
        function = self._functions.get(name)
        if not callable(function):
            place = f" in {Path(self._file).name}" if self._file else ""
            raise CheckFailure(f"there is no function `{name}`{place}", MISSING)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an overflow is judged by its result
                return function(*args)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            code = getattr(function, "__code__", None)
            file = self._file or (code.co_filename if code else None)
            raise failure_of(error, file) from error


class BrokenStudent(Student):
    """A student whose file could not be loaded: every call fails with the reason."""

    def __init__(self, failure: CheckFailure) -> None:
        super().__init__()
        self._failure = failure

    def invoke(self, name: str, args: tuple[Any, ...]) -> Any:
        raise copy(self._failure)


def load_module(path: Path) -> ModuleType:
    """Import a student's file in this process; `CheckFailure` says why it cannot be."""
    if not path.is_file():
        raise CheckFailure(f"there is no file {path.name}", MISSING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run_file(path)
    except KeyboardInterrupt:
        raise
    except SyntaxError as error:
        place = f"{Path(error.filename or path).name} line {error.lineno}"
        place += f": `{error.text.strip()[:80]}`" if error.text else ""
        reason = f"{error.msg} at {place}"
        raise CheckFailure(reason, SYNTAX_ERROR, place=place) from error
    except BaseException as error:
        failure = failure_of(error, str(path.resolve()))
        status = failure.status if failure.status == EXITED else IMPORT_ERROR
        reason = failure.message
        if failure.status == NOT_RUN:
            reason = "raised NotImplementedError while it was imported"
        place = failure.evidence.place
        raise CheckFailure(f"{path.name} {reason}", status, place=place) from error


def open_student(path: Path, parameters: Parameters | None = None) -> Student:
    """The student whose answers are the file at ``path``, loadable or not."""
    try:
        return LocalStudent(load_module(path), parameters)
    except CheckFailure as failure:
        return BrokenStudent(failure)


# What went wrong ------------------------------------------------------------------


def failure_of(error: BaseException, file: str | None) -> CheckFailure:
    """An exception of a student's function as a `CheckFailure` with its status."""
    if isinstance(error, NotImplementedError):
        return CheckFailure("not started", NOT_RUN)
    if isinstance(error, SystemExit):
        return CheckFailure("called exit()", EXITED)
    kind, place = type_name(error), _deepest_line(error, file)
    text = f"raised {kind}{_message(error)}{place and ' at ' + place}"
    status = MEMORY if isinstance(error, MemoryError) else EXCEPTION
    return CheckFailure(text, status, error=kind, place=place)


def _message(error: BaseException) -> str:
    """The first line of an exception's text, if it has one and gives it away."""
    try:
        text = str(error).strip()
        return f": {text.splitlines()[0][:200]}" if text else ""
    except KeyboardInterrupt:
        raise
    except BaseException:  # its __str__ is the student's too
        return ""


def _deepest_line(error: BaseException, file: str | None) -> str:
    """``backprop.py line 12: `return x / 0```: the last line of the student's own."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == file]
    if not own or own[-1].lineno is None:
        return ""
    linecache.checkcache(own[-1].filename)
    source = linecache.getline(own[-1].filename, own[-1].lineno).strip()[:80]
    return f"{Path(own[-1].filename).name} line {own[-1].lineno}: `{source}`"
