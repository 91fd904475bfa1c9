"""The student, as a check sees one: ``student.backprop_weights(x0, Ws, ...)``.

`Student` lends each call copies of its arguments, records what happened, and refuses a
function that changes what it was lent.  How the function is reached is a subclass's
matter: `LocalStudent` calls it in this process, the grader's student in another one.
"""

from __future__ import annotations

import linecache
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import count
from pathlib import Path
from string import ascii_lowercase
from types import ModuleType
from typing import Any, NamedTuple

from minigrad.course.checks import CheckFailure, expect
from minigrad.course.handles import Handle
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
from minigrad.course.objects import METHOD, Objects, is_object
from minigrad.course.values import copied, show, snapshot, type_name, unchanged
from minigrad.course.without import reasons, refused_import

Parameters = Mapping[str, tuple[str, ...]]  # function -> the names of its arguments
Run = Callable[[tuple[Any, ...]], Any]
MOST = 10_000  # objects that a check may hold at a time
SHOWN = 12  # of the last statements are kept with a call


class Kept(NamedTuple):
    """An object that stays where it is, under a number that the grader gave it."""

    token: int
    type_name: str


class Student:
    """A student's functions as attributes; every call of one stands in ``calls``.

    An object that a function returns stays with the student's code.  What the check
    gets is a `Handle`, good until the check ends.
    """

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.calls: list[Call] = []
        self.parameters: Parameters = parameters or {}
        self._tokens = count()  # never used twice: an old handle finds nothing
        self._live: set[int] = set()
        self._program: list[str] = []

    def invoke(self, name: str, args: tuple[Any, ...]) -> Any:
        """Call the function ``name``; raise `CheckFailure` for whatever goes wrong.

        ``args`` are lent: what the function changed in them must be found changed.
        An object among the results is `Kept`.
        """
        raise NotImplementedError

    def use(self, kind: str, name: str, args: tuple[Any, ...], times: int) -> Any:
        """Use an object as `Objects.use` does; the rest is as in ``invoke``."""
        raise NotImplementedError

    def drop_objects(self) -> None:
        """Let go of the objects that are held, wherever they are."""

    def let_go(self) -> None:
        """End a check: its handles are worth nothing from now on."""
        if self._live:
            self.drop_objects()
        self._live.clear()
        self._program.clear()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: self._call(name, args)

    def _call(self, name: str, args: tuple[Any, ...]) -> Any:
        run = lambda lent: self.invoke(name, lent)
        return self._recorded(run, name, args, lambda: _call_of(name, args))

    # Objects ----------------------------------------------------------------------

    def apply(self, symbol: str, *operands: Any, times: int = 1) -> Handle:
        """The object that an operator makes of objects and numbers."""
        text = _formula(symbol, *map(_spelled, operands))
        text += f", {times} times" if times > 1 else ""
        result = self._used("operator", symbol, operands, text, times)
        return expect(result).an_object()

    def attribute(self, handle: Handle, name: str) -> Any:
        """The value of an attribute; or of a method what calls it."""
        result = self._used("read", name, (handle,), f"{handle._name}.{name}")
        if result is not METHOD:
            return result

        def method(*args: Any) -> Any:
            text = f"{handle._name}.{_call_of(name, args)}"
            return self._used("method", name, (handle, *args), text)

        return method

    def _used(
        self, kind: str, name: str, args: tuple[Any, ...], text: str, times: int = 1
    ) -> Any:
        origin = next(arg._origin for arg in args if type(arg) is Handle)
        use = lambda lent: self.use(kind, name, lent, times)
        return self._recorded(use, origin, args, lambda: text)

    def _recorded(
        self, run: Run, function: str, args: tuple[Any, ...], text: Callable[[], str]
    ) -> Any:
        """What came of running it, recorded as a call, whatever that was."""
        self._require_own(args)
        names = self.parameters.get(function, ())
        lent, kept = copied(args), copied(args)
        try:
            result = run(lent)
        except CheckFailure as failure:
            error = failure.error or failure.status
            self._enter(Call(function, kept, error=error, names=names), text)
            raise
        if result is METHOD:  # looking it up is half of a call
            return result
        if type(result) is Kept:
            result = self._handle(result, function)
        self._enter(Call(function, kept, snapshot(result), names=names), text, result)
        _refuse_changes(kept, lent, names)
        return result

    def _enter(self, call: Call, text: Callable[[], str], result: Any = None) -> None:
        """Record a call; with the statements before it where objects are at work."""
        if self._live:
            made = f"{result._name} = " if type(result) is Handle else ""
            self._program.append(made + text())
        if any(type(arg) is Handle for arg in call.args):
            call = replace(call, program=tuple(self._program[-SHOWN:]))
        self.calls.append(call)

    def _handle(self, kept: Kept, origin: str) -> Handle:
        letters, n = ascii_lowercase, len(self._live)
        name = letters[n % 26] + (str(n // 26 + 1) if n >= 26 else "")
        self._live.add(kept.token)
        if len(self._live) > MOST:
            raise RuntimeError(f"a check may hold {MOST} objects at a time")
        return Handle(self, kept.token, kept.type_name, name, origin)

    def _require_own(self, args: tuple[Any, ...]) -> None:
        for arg in args:
            if type(arg) is Handle and not self._holds(arg):
                raise TypeError(
                    f"{arg!r} is of another student, or of a check that has ended"
                )

    def _holds(self, handle: Handle) -> bool:
        return handle._owner is self and handle._token in self._live


def _call_of(name: str, args: tuple[Any, ...]) -> str:
    return f"{name}({', '.join(map(_spelled, args))})"


def _spelled(value: Any) -> str:
    """An argument in a statement: a handle's name, a number, or what else it is."""
    return value._name if type(value) is Handle else show(value)


def _formula(symbol: str, left: str, right: str = "") -> str:
    return f"{left} {symbol} {right}" if right else f"-{left}"


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
        self._objects = Objects()

    def invoke(self, name: str, args: tuple[Any, ...]) -> Any:
        function = self._functions.get(name)
        if not callable(function):
            place = f" in {Path(self._file).name}" if self._file else ""
            raise CheckFailure(f"there is no function `{name}`{place}", MISSING)
        code = getattr(function, "__code__", None)
        file = self._file or (code.co_filename if code else None)
        return self._guarded(lambda: function(*self._filled(args)), file)

    def use(self, kind: str, name: str, args: tuple[Any, ...], times: int) -> Any:
        use = lambda: self._objects.use(kind, name, self._filled(args), times)
        return self._guarded(use, self._file)

    def drop_objects(self) -> None:
        self._objects.clear()

    def _filled(self, args: tuple[Any, ...]) -> list[Any]:
        return self._objects.filled([*args], places(args))

    def _guarded(self, run: Callable[[], Any], file: str | None) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an overflow is judged by its result
                value = run()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise failure_of(error, file) from error
        return self._kept(value) if is_object(value) else value

    def _kept(self, value: object) -> Kept:
        token = next(self._tokens)
        return Kept(token, self._objects.keep(token, value))


def places(args: tuple[Any, ...]) -> list[list[int]]:
    """Where among the arguments there are handles, each with its number."""
    return [[i, arg._token] for i, arg in enumerate(args) if type(arg) is Handle]


class BrokenStudent(Student):
    """A student whose file could not be loaded: every call fails with the reason."""

    def __init__(self, failure: CheckFailure) -> None:
        super().__init__()
        self._failure = failure

    def invoke(self, name: str, args: tuple[Any, ...]) -> Any:
        raise copy(self._failure)


def load_module(path: Path, without: Sequence[str] = ()) -> ModuleType:
    """Import a student's file in this process; `CheckFailure` says why it cannot be.

    ``without`` are the packages that it may not import.
    """
    if not path.is_file():
        raise CheckFailure(f"there is no file {path.name}", MISSING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _refuse_imports(path, without)
            return run_file(path)
    except CheckFailure:
        raise
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


def _refuse_imports(path: Path, without: Sequence[str]) -> None:
    refused = refused_import(path, reasons(without)) if without else None
    if refused:
        reason, line = refused
        place = _located(str(path), line)
        told = f"{path.name} raised ImportError: {reason} at {place}"
        raise CheckFailure(told, IMPORT_ERROR, place=place)


def open_student(
    path: Path, parameters: Parameters | None = None, without: Sequence[str] = ()
) -> Student:
    """The student whose answers are the file at ``path``, loadable or not."""
    try:
        return LocalStudent(load_module(path, without), parameters)
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
    return _located(own[-1].filename, own[-1].lineno)


def _located(file: str, line: int) -> str:
    linecache.checkcache(file)
    source = linecache.getline(file, line).strip()[:80]
    return f"{Path(file).name} line {line}: `{source}`"
