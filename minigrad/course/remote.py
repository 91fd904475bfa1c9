"""A student whose functions run in a process of their own.

`RemoteStudent` is the `Student` that the checks see; it starts a `Worker` when it needs
one, and another after one has died.  No verdict is made over there: what comes back is
a value, and it is looked at here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.course.checks import CheckFailure
from minigrad.course.handles import Handle
from minigrad.course.isolation import Limits
from minigrad.course.model import (
    EXCEPTION,
    EXITED,
    IMPORT_ERROR,
    MEMORY,
    MISSING,
    NOT_RUN,
    SYNTAX_ERROR,
    TAMPERED,
    TIMEOUT,
)
from minigrad.course.objects import METHOD
from minigrad.course.process import (
    BEGINNING,
    Answer,
    LostError,
    Worker,
    opaque,
    said,
    traced,
)
from minigrad.course.spawning import Spawner
from minigrad.course.student import Kept, Parameters, Student, places
from minigrad.course.wire import WireError
from minigrad.course.without import reasons


class RemoteStudent(Student):
    """A submission's functions, called in a `Worker`.

    ``files`` is all of the submission that is copied, ``file`` the one of them that is
    the chapter's module, and ``without`` are packages that it may not import.  What its
    import does wrong is paid for once, not once a task.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        file: str,
        parameters: Parameters | None = None,
        limits: Limits | None = None,
        stop: threading.Event | None = None,
        spawner: Spawner | None = None,
        without: Sequence[str] = (),
    ) -> None:
        super().__init__(parameters)
        self._without = reasons(without)
        self._files = files
        self._file = file
        self._limits = limits or Limits()
        self._stop = stop
        self._spawner = spawner
        self._left = self._limits.task
        self._worker: Worker | None = None
        self._broken: CheckFailure | None = None
        self._output = ""

    def __enter__(self) -> RemoteStudent:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    @property
    def output(self) -> str:
        """The beginning of what the submission printed, safe to show."""
        return self._output + (self._worker.output if self._worker else "")

    def begin_task(self) -> None:
        """Give the next task its time."""
        self._left = self._limits.task

    def invoke(self, name: str, args: tuple[Any, ...]) -> Any:
        return self._request({"name": name}, name, args)

    def use(self, kind: str, name: str, args: tuple[Any, ...], times: int) -> Any:
        how = {"use": kind, "name": name, "times": times}
        return self._request(how, name, args)

    def drop_objects(self) -> None:
        """Have the worker forget them; if it will not, the next call starts another."""
        if self._worker is not None:
            with suppress(CheckFailure):
                self._ask(self._worker, {"free": True})

    def _request(self, message: Answer, name: str, args: tuple[Any, ...]) -> Any:
        worker = self._running()
        held, token = places(args), next(self._tokens)
        plain = [None if type(arg) is Handle else arg for arg in args]
        request = {**message, "args": plain, "held": held, "keep": token}
        answer = self._ask(worker, request)
        return self._result(answer, name, args, token)

    def _ask(self, worker: Worker, request: Answer) -> Answer:
        """The answer to a request, within the time that the task has left."""
        if self._left <= 0:
            raise CheckFailure(f"took more than {self._limits.task:g} s", TIMEOUT)
        started = time.monotonic()
        try:
            return worker.ask(request, min(self._limits.call, self._left))
        except (LostError, WireError) as error:
            raise self._lost(error) from None
        finally:
            self._left -= time.monotonic() - started

    def _result(
        self, answer: Answer, name: str, args: tuple[Any, ...], token: int
    ) -> Any:
        try:
            kind = said(answer, "kind")
            if kind == "method":
                return METHOD
            if kind in ("value", "object"):
                _give_back(args, answer.get("changed"))
            if kind == "value" and "value" in answer:
                return answer["value"]
            if kind == "object":
                return Kept(token, said(answer, "type")[:40])
            if kind == "refused":
                return opaque(0, said(answer, "what"))
            if kind != "missing":
                raise self._raised(answer)
        except WireError as error:
            raise self._lost(error) from None
        reason = f"there is no function `{name}` in {Path(self._file).name}"
        raise CheckFailure(reason, MISSING)

    # Loading ----------------------------------------------------------------------

    def _running(self) -> Worker:
        """The worker, its module loaded; or the failure that loading it ended in."""
        if self._broken is not None:
            raise copy(self._broken)
        if self._worker is not None:
            return self._worker
        self._worker = Worker(self._files, self._limits, self._stop, self._spawner)
        try:
            return self._load(self._worker)
        except CheckFailure as failure:
            self._broken = failure
            raise

    def _load(self, worker: Worker) -> Worker:
        file = Path(self._file)
        try:
            request: Answer = {"file": self._file, "module": file.stem}
            request["without"] = self._without
            answer = worker.ask(request, self._limits.load)
            if said(answer, "kind") != "loaded":
                raise self._raised(answer, loading=True)
        except (LostError, WireError) as error:
            failure = self._lost(error)
            reason = f"{file.name} {failure.message} while it was imported"
            raise CheckFailure(reason, failure.status) from None
        return worker

    def _drop(self) -> None:
        """End the worker; the next call starts another."""
        if self._worker is not None:
            self._worker.close()
            self._output = self.output[:BEGINNING]
            self._worker = None

    # What went wrong --------------------------------------------------------------

    def _lost(self, error: LostError | WireError) -> CheckFailure:
        self._drop()
        status = error.status if isinstance(error, LostError) else TAMPERED
        return CheckFailure(str(error), status)

    def _raised(self, answer: Answer, loading: bool = False) -> CheckFailure:
        """The student's exception, told as `student.failure_of` tells it."""
        family, name, message, place = (
            said(answer, key) for key in ("family", "type", "message", "place")
        )
        if family == "MemoryError":
            self._drop()  # what filled the memory may still be there
        seen = {"place": place, "trace": traced(answer)}
        place = place and f" at {place}"
        told = f"raised {name}{message and f': {message}'}{place}"
        if loading:
            file = Path(self._file).name
            reason, status = _import_failure(file, family, told, message + place)
            return CheckFailure(reason, status, **seen)
        reason, status = ACCOUNTS.get(family, (told, EXCEPTION))
        if status not in (EXCEPTION, MEMORY):
            return CheckFailure(reason, status)
        return CheckFailure(reason, status, error=name, **seen)


# What an exception of these families comes to; any other is an exception.
ACCOUNTS = {
    "NotImplementedError": ("not started", NOT_RUN),
    "SystemExit": ("called exit()", EXITED),
    "MemoryError": ("needed more memory than it may have", MEMORY),
}


def _import_failure(file: str, family: str, told: str, syntax: str) -> tuple[str, str]:
    """What is said of a module that cannot be loaded, and its status."""
    if family == "SyntaxError":
        return syntax, SYNTAX_ERROR
    if family in ("SystemExit", "MemoryError"):
        reason, status = ACCOUNTS[family]
        return f"{file} {reason}", status
    if family == "NotImplementedError":
        told = f"raised {family} while it was imported"
    return f"{file} {told}", IMPORT_ERROR


# Arguments that were changed -----------------------------------------------------


def _give_back(args: tuple[Any, ...], changed: Any) -> None:
    """Leave in the arguments what the call left in them; `Student` will find it."""
    if type(changed) is not list:
        raise WireError("an answer without its changes")
    for pair in changed:
        if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not int:
            raise WireError("a change that is no place and value")
        if not 0 <= pair[0] < len(args):
            raise WireError("a change of no argument")
        _become(args[pair[0]], pair[1])


def _become(lent: Any, found: Any) -> None:
    if type(lent) is np.ndarray:
        if type(found) is np.ndarray and found.dtype == lent.dtype:
            lent.resize(found.shape, refcheck=False)
            lent[...] = found
        else:
            lent.resize((0,), refcheck=False)  # changed, and beyond telling
    elif type(lent) is list:
        lent[:] = found if type(found) is list else []
    elif type(lent) is dict:
        lent.clear()
        lent.update(found if type(found) is dict else {})
    elif type(lent) is tuple and type(found) is tuple:
        for inner, value in zip(lent, found, strict=False):
            _become(inner, value)
