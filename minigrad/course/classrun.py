"""Grade a class: many submissions, some at a time, and nothing lost.

What a run finds out is in its journal before it is reported, so a run that was stopped,
by whatever means, goes on where it was.  Each submission gets a folder of its own, made
from its line in the journal; ``results.json`` is written at the end, and when the run
is interrupted.  No more of a result stays in memory than stands in that file, whatever
a submission returned.
"""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from minigrad.course.gathering import Gathering
from minigrad.course.grading import Part, broken_grader
from minigrad.course.isolation import PROCESS, Limits
from minigrad.course.journal import (
    DiskError,
    Journal,
    OutputError,
    replace_file,
    writing,
)
from minigrad.course.marking import (
    Elsewhere,
    Hosted,
    Marked,
    Pool,
    course_digest,
    in_threads,
    marked,
)
from minigrad.course.model import GRADER_ERROR, SCHEMA, TIMEOUT, SubmissionResult
from minigrad.course.results import (
    RESULTS,
    ClassResult,
    ResultsError,
    dumps,
    submission_from_json,
    submission_to_json,
    to_json,
)
from minigrad.course.spawning import CAN_FORK
from minigrad.course.staff import KilledError, Staff
from minigrad.course.submission import Source, Submission

RESULT = "result.json"
FEEDBACK = "feedback.txt"
DEATHS = 3  # of the grader while it graded one submission, before it is left alone
GLANCE = 1.0  # seconds between two looks at what runs

Progress = Callable[[int, int, SubmissionResult], None]  # done, of all, the latest
Adjust = Callable[[Marked], Marked]  # what counts in the end; the journal has it not
Watch = Callable[[dict[str, float]], None]  # what runs now, and for how many seconds


class RunInterruptedError(KeyboardInterrupt):
    """The run was stopped; the message says how far it was and how it goes on."""


@dataclass(frozen=True)
class ClassRun:
    """The grading of a class into the folder ``out``.

    Without a seed it is that of the folder's latest run, or else a new one; ``fresh``
    forgets what the folder knows.  Without an ``executor`` it runs on this machine.
    ``progress`` and ``watch`` are called in the thread of ``run``; ``adjust`` changes
    what is reported, and nothing that the journal keeps.
    """

    out: Path
    sources: Sequence[Source]
    parts: Sequence[Part]
    seed: int | None = None
    jobs: int = 1
    fresh: bool = False
    isolation: str = PROCESS
    limits: Limits = field(default_factory=Limits)
    executor: Executor | None = None
    progress: Progress | None = None
    watch: Watch | None = None
    adjust: Adjust | None = None

    @property
    def confined(self) -> Limits:
        """The limits, at the level of isolation."""
        return replace(self.limits, level=self.isolation)

    def run(self) -> ClassResult:
        """Grade what is not graded yet, and return everything.

        Raises `OutputError` for a folder that is not ours, `DiskError` when it cannot
        be written, `RunInterruptedError` after Ctrl-C.
        """
        with Journal(self.out, self.fresh) as journal:
            seeds = (self.seed, journal.seed, secrets.randbelow(1 << 32))
            seed = next(seed for seed in seeds if seed is not None)
            journal.begin(seed)
            try:
                found = _Run(self, journal, seed).finish()
            except RunInterruptedError as stopped:
                told = filter(None, [str(stopped), journal.mended()])
                raise RunInterruptedError("; ".join(told)) from None
            journal.end()
            return replace(found, warning=journal.mended())


@dataclass(frozen=True)
class _Turn:
    """A submission that waits for its turn; the key is made of all it depends on."""

    source: Source
    key: str


class _Run:
    """One run while it goes on; all of this is in its own thread."""

    def __init__(self, plan: ClassRun, journal: Journal, seed: int) -> None:
        self.plan = plan
        self.journal = journal
        self.seed = seed
        self.course = course_digest(plan.parts)
        self.gathering = Gathering(plan.sources)
        self.done: dict[str, SubmissionResult] = {}
        self.cached: set[str] = set()

    def finish(self) -> ClassResult:
        try:
            self.grade()
        except (KeyboardInterrupt, BrokenExecutor) as error:
            broken = isinstance(error, BrokenExecutor)
            why = "the executor is broken" if broken else "interrupted"
            raise RunInterruptedError(
                f"{why}: {len(self.done)} of {len(self.plan.sources)} "
                "submissions are graded; the same command goes on from there"
            ) from None
        finally:
            results = self.results()
            data = dumps(to_json(results), indent=1)
            replace_file(self.plan.out / RESULTS, data)
        return results

    def results(self) -> ClassResult:
        """What is done so far, in the order of the submissions."""
        ids = [source.id for source in self.plan.sources if source.id in self.done]
        found = tuple(self.done[id] for id in ids)
        before = self.journal.scores
        return ClassResult(
            found,
            self.seed,
            self.plan.isolation,
            cached=frozenset(self.cached),
            before={id: before[id] for id in ids if id in before},
        )

    # Who comes when ---------------------------------------------------------------

    def grade(self) -> None:
        """Grade what is not graded: what may have killed a grader last, and alone."""
        turns = [self.turn(source) for source in self.plan.sources]
        calm = [turn for turn in turns if not self.recall(turn)]
        begun, again = self.journal.begun, self.journal.again
        suspects = [turn for turn in calm if begun[turn.key]]
        alone = [turn for turn in calm if turn.key in again and turn not in suspects]
        calm = [turn for turn in calm if turn not in suspects and turn not in alone]
        suspects.sort(key=lambda turn: begun[turn.key])
        with self.marking() as pool:
            for turn, future in self.finished(calm, self.plan.jobs, pool):
                if _was_killed(future):
                    suspects.append(turn)
                elif self.came_too_late(future):
                    self.journal.defer(turn.key)
                    alone.append(turn)
                else:
                    self.keep(turn, future)
            while alone := alone + suspects:
                suspects = []
                for turn, future in self.finished(alone, 1, pool):
                    if _was_killed(future):
                        suspects.append(turn)
                    else:
                        self.keep(turn, future)
                alone = []

    def turn(self, source: Source) -> _Turn:
        """The submission and all that its result depends on, in one line."""
        plan, submission = self.plan, self.gathering.print_of(source)
        made_by = [SCHEMA, platform.python_version(), np.__version__, self.course]
        made_for = [self.seed, plan.isolation, asdict(plan.limits), *submission]
        key = hashlib.sha256(json.dumps(made_by + made_for).encode())
        return _Turn(source, key.hexdigest())

    def marking(self) -> AbstractContextManager[Pool]:
        """Where submissions are marked, and by whom; all has ended afterwards."""
        plan, how = self.plan, (self.plan.parts, self.seed, self.plan.confined)
        if plan.executor is not None:
            return nullcontext(Hosted(plan.executor, Elsewhere.of(*how)))
        return Staff(*how) if CAN_FORK else in_threads(*how, plan.jobs)

    def finished(
        self, turns: Iterable[_Turn], most: int, pool: Pool
    ) -> Iterator[tuple[_Turn, Future[Marked]]]:
        """The turns as they end, at most so many of them at a time."""
        waiting, ready = deque(turns), list[tuple[_Turn, "Future[Marked]"]]()
        running: dict[Future[Marked], tuple[_Turn, float]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < most:
                    turn = waiting.popleft()
                    running[self.begin(turn, pool)] = turn, time.monotonic()
                yield from ready  # what is written to the disk keeps nobody waiting
                self.tell(running.values())
                if not any(future.done() for future in running):
                    pool.wait(GLANCE)
                ended = [future for future in running if future.done()]
                ready = [(running.pop(future)[0], future) for future in ended]
            yield from ready
        finally:  # nobody is to blame for what is at work now
            for future, (turn, _) in running.items():
                future.cancel()
                with suppress(DiskError):
                    self.journal.stop(turn.key)

    def begin(self, turn: _Turn, pool: Pool) -> Future[Marked]:
        """Hand a submission to the pool, and note in the journal that it begins."""
        instead: Future[Marked] = Future()
        try:
            submission = self.gathering.take(turn.source)
            if self.journal.begun[turn.key] >= DEATHS:
                raise _DeadlyError(
                    f"the grader was killed {DEATHS} times while it graded this; look "
                    "at it before it runs"
                )
            self.journal.start(turn.key)
            return pool.submit(submission)
        except Exception as error:  # told as what came of it
            instead.set_exception(error)
        return instead

    def tell(self, running: Iterable[tuple[_Turn, float]]) -> None:
        if self.plan.watch:
            now = time.monotonic()
            self.plan.watch({turn.source.id: now - since for turn, since in running})

    # What became of them ----------------------------------------------------------

    def came_too_late(self, future: Future[Marked]) -> bool:
        """Did a deadline pass while others ran?  Then it gets another try, alone."""
        if self.plan.jobs == 1 or future.exception() is not None:
            return False
        return any(task.status == TIMEOUT for task in future.result().result.tasks)

    def keep(self, turn: _Turn, future: Future[Marked]) -> None:
        """Write a result down, in the journal first."""
        error = future.exception()
        if isinstance(error, BrokenExecutor) or not isinstance(error, Exception | None):
            raise error
        if error is None:
            found = future.result()
        else:  # of ours, or of the machine that should have marked it
            nothing = Submission(turn.source.id, {})
            found = marked(broken_grader(nothing, self.plan.parts, error))
        if not isinstance(error, _DeadlyError):
            kept = submission_to_json(found.result)
            self.journal.add(turn.key, kept, found.feedback)
        self.report(found)

    def count(self, result: SubmissionResult) -> None:
        self.done[result.id] = result
        if self.plan.progress:
            self.plan.progress(len(self.done), len(self.plan.sources), result)

    def recall(self, turn: _Turn) -> bool:
        """Take a result from the journal, unless it is none or the grader had failed.

        Its folder is made whole: the run may have ended before that was written.
        """
        try:
            result = submission_from_json(self.journal.results.get(turn.key))
        except ResultsError:
            return False
        failed = any(task.status == GRADER_ERROR for task in result.tasks)
        feedback = self.journal.feedback.get(turn.key)
        if failed or feedback is None or result.id != turn.source.id:
            return False
        self.cached.add(result.id)
        self.report(Marked(result, feedback))
        return True

    def report(self, found: Marked) -> None:
        """What counts of a result goes into its folder and to whoever listens."""
        if self.plan.adjust:
            found = self.plan.adjust(found)
        self.write(found)
        self.count(found.result)

    def write(self, found: Marked) -> None:
        """The folder of a submission: its result, and what its author gets to read."""
        folder = self.plan.out / found.result.id
        if folder.is_symlink():
            raise OutputError(f"{folder} is a link; remove it, or name a new folder")
        with writing(self.plan.out):
            folder.mkdir(exist_ok=True)
        _write(folder / RESULT, dumps(submission_to_json(found.result), indent=1))
        _write(folder / FEEDBACK, found.feedback.encode("utf-8", "backslashreplace"))


def _was_killed(future: Future[Marked]) -> bool:
    return isinstance(future.exception(), KilledError)


class _DeadlyError(RuntimeError):
    """A submission has ended the grader so often that it is not begun again."""


def _write(path: Path, data: bytes) -> None:
    """Replace a file, unless it is what it should be; never through a link."""
    try:
        same = not path.is_symlink() and path.read_bytes() == data
    except OSError:
        same = False
    if not same:
        replace_file(path, data)
