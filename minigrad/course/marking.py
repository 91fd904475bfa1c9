"""One submission marked: its result and its feedback, as plain data.

A run hands submissions to a `Marker`: to `Here` in a process that has the course loaded
(see `staff`), or to `Elsewhere`, which can be pickled, in whatever process an executor
has.  What comes back is the same to the byte.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import minigrad
from minigrad.course.chapters import exercises_root
from minigrad.course.grading import Part, broken_grader, course, grade_submission
from minigrad.course.isolation import Limits, hide
from minigrad.course.message import explain
from minigrad.course.model import SubmissionResult
from minigrad.course.results import submission_from_json, submission_to_json
from minigrad.course.signals import undisturbed
from minigrad.course.spawning import Nurseries, Spawner
from minigrad.course.submission import Submission


@dataclass(frozen=True)
class Marked:
    """What became of a submission: nothing in it that its code returned."""

    result: SubmissionResult
    feedback: str


class Marker(Protocol):
    """Whoever marks a submission; a fault of ours is a result, not an exception."""

    def __call__(self, submission: Submission) -> Marked: ...


@dataclass(frozen=True)
class Here:
    """Marks in this process, with what is loaded in it."""

    parts: Sequence[Part]
    seed: int
    limits: Limits
    stop: threading.Event
    spawner: Spawner

    def __call__(self, submission: Submission) -> Marked:
        """Grade it; `KeyboardInterrupt` once ``stop`` is set."""
        try:
            result = grade_submission(
                submission, self.parts, self.seed, self.limits, self.stop, self.spawner
            )
        except Exception as error:  # of this submission only
            result = broken_grader(submission, self.parts, error)
        return marked(result)


@dataclass(frozen=True)
class Elsewhere:
    """Marks in any process that has the same minigrad and the same course.

    ``root`` is the folder of the chapters, or "" for the installed ones; ``digest`` is
    that of the course, which the other side has to find in its own files.
    """

    tasks: tuple[str, ...]
    root: str
    digest: str
    seed: int
    limits: Limits

    @classmethod
    def of(cls, parts: Sequence[Part], seed: int, limits: Limits) -> Elsewhere:
        """The marker for these parts, which it names and does not carry."""
        tasks = tuple(task.id for part in parts for task in part.tasks)
        root = parts[0].chapter.folder.parent if parts else exercises_root()
        told = "" if root == exercises_root() else str(root)
        return cls(tasks, told, course_digest(parts), seed, limits)

    def __call__(self, submission: Submission) -> Marked:
        """Grade it; raises RuntimeError where the course is another one."""
        parts = _loaded(self.tasks, self.root)
        if course_digest(parts) != self.digest:
            raise RuntimeError("it has another version of minigrad or of the course")
        hide()
        never = threading.Event()
        with Nurseries() as spawner:
            return Here(parts, self.seed, self.limits, never, spawner)(submission)


# Where they are ------------------------------------------------------------------


class Pool(Protocol):
    """Where submissions are marked, some at a time."""

    def submit(self, submission: Submission) -> Future[Marked]:
        """Have one marked."""

    def wait(self, seconds: float) -> None:
        """Until one of them has ended, or for these seconds."""


class Hosted:
    """An executor of `concurrent.futures`, and the marker that goes there."""

    def __init__(self, executor: Executor, marker: Marker) -> None:
        self._executor = executor
        self._marker = marker
        self._running: set[Future[Marked]] = set()

    def submit(self, submission: Submission) -> Future[Marked]:
        future = self._executor.submit(self._marker, submission)
        self._running.add(future)
        return future

    def wait(self, seconds: float) -> None:
        _, self._running = wait(self._running, seconds, FIRST_COMPLETED)


@contextmanager
def in_threads(
    parts: Sequence[Part], seed: int, limits: Limits, jobs: int
) -> Iterator[Hosted]:
    """Threads of this process, where it cannot fork (see `staff`)."""
    stop = threading.Event()
    threads = ThreadPoolExecutor(jobs)
    with Nurseries() as spawner:
        try:
            yield Hosted(threads, Here(parts, seed, limits, stop, spawner))
        finally:
            with undisturbed():
                stop.set()  # ends what runs, and its processes
                threads.shutdown(cancel_futures=True)


# What it makes of them -------------------------------------------------------------


@lru_cache(maxsize=4)
def _loaded(tasks: tuple[str, ...], root: str) -> tuple[Part, ...]:
    return course(tasks, Path(root) if root else None)


def course_digest(parts: Sequence[Part]) -> str:
    """The checks, their catalogues, the tasks asked for, and minigrad itself."""
    package = Path(minigrad.__path__[0])
    files = sorted(package.rglob("*.py"))
    files += [file for p in parts for file in sorted(p.chapter.folder.glob("*.py"))]
    whole = hashlib.sha256()
    for file in files:
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    whole.update(json.dumps([task.id for p in parts for task in p.tasks]).encode())
    return whole.hexdigest()


def marked(result: SubmissionResult) -> Marked:
    """A result without the calls and values behind it, and the words made of them."""
    plain = submission_from_json(submission_to_json(result))
    return Marked(plain, feedback(result))


def feedback(result: SubmissionResult) -> str:
    """What a student gets to read."""
    head = f"{result.id}: {result.score:g} of {result.max_score:g} points"
    notes = "\n".join(f"note: {note}" for note in result.notes)
    printed = result.output and f"Your code printed:\n{result.output}"
    parts = [head, notes, *map(explain, result.tasks), printed]
    return "\n\n".join(part for part in parts if part) + "\n"
