"""Processes that check submissions, forked with all that the run has loaded.

Threads would take turns, for the checks cost more than the calls they make.  One that
is killed, by a submission or for want of memory, was at one submission, which is known;
the others go on.  They share nothing: no lock that somebody could die with.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

from minigrad.course.grading import Part
from minigrad.course.isolation import Limits
from minigrad.course.keeper import DEATH_SIGNAL, children, prctl
from minigrad.course.marking import Here, Marked
from minigrad.course.orphans import sweep
from minigrad.course.process import remove
from minigrad.course.signals import ENDING, undisturbed
from minigrad.course.spawning import FOLDER, Nurseries
from minigrad.course.submission import Submission

PARTING = 5.0  # seconds for a check to end, once the run is stopped


class KilledError(RuntimeError):
    """The process that graded a submission was killed."""


class Hired(NamedTuple):
    """A process that marks, and the pipe to it."""

    process: Any  # a multiprocessing.Process; its type depends on the system
    pipe: Connection


class Staff:
    """As many processes as submissions are marked at a time, kept for the next ones.

    Used by one thread, which forks them.
    """

    def __init__(self, parts: Sequence[Part], seed: int, limits: Limits) -> None:
        self._what = (parts, seed, limits)
        self._idle: list[Hired] = []
        self._busy: dict[Future[Marked], Hired] = {}
        self._others = frozenset(children())

    def __enter__(self) -> Staff:
        return self

    def __exit__(self, *_: object) -> None:
        """End them all, in a moment unless a check takes longer."""
        with undisturbed():
            for hired in self._hired():
                hired.process.terminate()
                hired.pipe.close()
            deadline = time.monotonic() + PARTING
            for hired in self._hired():
                hired.process.join(max(0.0, deadline - time.monotonic()))
            for hired in self._hired():
                self._bury(hired)

    def submit(self, submission: Submission) -> Future[Marked]:
        """Give a submission to one that has nothing to do; `KilledError` may come."""
        future: Future[Marked] = Future()
        while True:
            hired = self._idle.pop() if self._idle else self._hire()
            try:
                hired.pipe.send(submission)
            except OSError:  # killed when it had nothing to do: nobody's fault
                self._bury(hired)
                continue
            self._busy[future] = hired
            return future

    def wait(self, seconds: float) -> None:
        """Until one has ended, or for these seconds."""
        futures = {hired.pipe: future for future, hired in self._busy.items()}
        ended = wait([*futures], seconds)
        for pipe, future in futures.items():
            if pipe in ended:
                self._take_back(future)

    def _take_back(self, future: Future[Marked]) -> None:
        hired = self._busy.pop(future)
        try:
            found = hired.pipe.recv()
        except (EOFError, OSError):
            self._bury(hired)
            future.set_exception(KilledError("the process that graded it was killed"))
            return
        self._idle.append(hired)
        if isinstance(found, Exception):
            future.set_exception(found)
        else:
            future.set_result(found)

    def _hired(self) -> list[Hired]:
        return [*self._idle, *self._busy.values()]

    def _hire(self) -> Hired:
        ours, theirs = get_context("fork").Pipe()
        inherited = [ours, *(hired.pipe for hired in self._hired())]
        given = (theirs, inherited, os.getpid(), *self._what)
        process = get_context("fork").Process(target=serve, args=given, daemon=True)
        with _held():  # Ctrl-C within a fork would be lost
            process.start()
        theirs.close()
        return Hired(process, ours)

    def _bury(self, hired: Hired) -> None:
        """See to it that it has ended, and clear away what it could not."""
        hired.pipe.close()
        hired.process.kill()  # it may have been stopped
        hired.process.join()
        if not hired.process.exitcode:
            return
        sweep(self._others | {other.process.pid for other in self._hired()})
        place = Path(tempfile.gettempdir())
        for folder in place.glob(f"{FOLDER}{hired.process.pid}-*"):
            remove(folder)


def serve(
    pipe: Connection,
    inherited: Sequence[Connection],
    parent: int,
    parts: Sequence[Part],
    seed: int,
    limits: Limits,
) -> None:
    """Mark what comes through the pipe, until it is closed, or on SIGTERM."""
    for other in inherited:  # else nobody would see the end of it
        other.close()
    stop = threading.Event()
    for number in (signal.SIGINT, *ENDING):  # the whole terminal's, if it is sent
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT, *ENDING])
    prctl(DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        return
    with Nurseries() as spawner, suppress(KeyboardInterrupt, EOFError, OSError):
        here = Here(parts, seed, limits, stop, spawner)
        while True:
            pipe.send(_answer(here, pipe.recv()))


def _answer(here: Here, submission: Submission) -> Marked | Exception:
    """What came of it; a fault of ours as one that can be pickled."""
    try:
        return here(submission)
    except Exception as error:
        return RuntimeError(f"{type(error).__name__}: {error}")


@contextmanager
def _held() -> Iterator[None]:
    """Keep what would end this process until it is left."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, *ENDING])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
