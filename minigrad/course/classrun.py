"""Grade a class: many submissions, some at a time, and nothing lost.

What a run finds out is in its journal before it is reported, so a run that was stopped,
by whatever means, goes on where it was.  Each submission gets a folder of its own;
``results.json`` is written at the end, and when the run is interrupted.  No more of a
result stays in memory than stands in that file, whatever a submission returned.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import minigrad
from minigrad.course.gathering import Gathering
from minigrad.course.grading import Part, broken_grader, grade_submission
from minigrad.course.isolation import PROCESS, Limits
from minigrad.course.journal import Journal, OutputError, replace_file, writing
from minigrad.course.message import explain
from minigrad.course.model import GRADER_ERROR, SCHEMA, SubmissionResult
from minigrad.course.results import (
    RESULTS,
    ClassResult,
    ResultsError,
    dumps,
    submission_from_json,
    submission_to_json,
    to_json,
)
from minigrad.course.signals import undisturbed
from minigrad.course.submission import Source, Submission

RESULT = "result.json"
FEEDBACK = "feedback.txt"
DEATHS = 3  # of the grader while it graded one submission, before it is left alone

Progress = Callable[[int, int, SubmissionResult], None]  # done, of all, the latest


class RunInterruptedError(KeyboardInterrupt):
    """The run was stopped; the message says how far it was and how it goes on."""


@dataclass(frozen=True)
class ClassRun:
    """The grading of a class into the folder ``out``.

    Without a seed it is that of the folder's latest run, or else a new one; ``fresh``
    forgets what the folder knows.  ``progress`` is called in the thread of ``run``.
    """

    out: Path
    sources: Sequence[Source]
    parts: Sequence[Part]
    seed: int | None = None
    jobs: int = 1
    fresh: bool = False
    isolation: str = PROCESS
    limits: Limits = field(default_factory=Limits)
    progress: Progress | None = None

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
            return replace(found, warning=journal.mended())


@dataclass(frozen=True)
class _Outcome:
    """What became of a submission, as plain data: nothing that its code returned."""

    result: SubmissionResult
    feedback: str = ""  # "" for a result that was known, and is on the disk
    key: str = ""  # to be known by the next run; "" when it shall try again


@dataclass(frozen=True)
class _Turn:
    """A submission that waits for its turn; the key is made of all it depends on."""

    source: Source
    key: str


class _Run:
    """One run while it goes on.

    Its own thread keeps the results; the others only note what they begin.
    """

    def __init__(self, plan: ClassRun, journal: Journal, seed: int) -> None:
        self.plan = plan
        self.journal = journal
        self.seed = seed
        self.course = course_digest(plan.parts)
        self.stop = threading.Event()
        self.done: dict[str, SubmissionResult] = {}

    def finish(self) -> ClassResult:
        try:
            self.grade()
        except KeyboardInterrupt:
            raise RunInterruptedError(
                f"interrupted: {len(self.done)} of {len(self.plan.sources)} "
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
        return ClassResult(found, self.seed, self.plan.isolation)

    def grade(self) -> None:
        gathering, begun = Gathering(self.plan.sources), self.journal.begun
        turns = [_Turn(s, self.key(gathering.print_of(s))) for s in self.plan.sources]
        calm = [turn for turn in turns if not begun[turn.key]]
        # Each of these may have ended an earlier run: they are the last, and alone.
        suspects = [turn for turn in turns if begun[turn.key]]
        suspects.sort(key=lambda turn: begun[turn.key])
        pool = ThreadPoolExecutor(self.plan.jobs)
        try:
            tasks = [pool.submit(self.outcome, turn, gathering) for turn in calm]
            for task in as_completed(tasks):
                self.keep(task.result())
            for turn in suspects:
                self.keep(pool.submit(self.outcome, turn, gathering).result())
        finally:
            with undisturbed():
                self.stop.set()  # ends what runs, and its processes
                pool.shutdown(cancel_futures=True)

    def outcome(self, turn: _Turn, gathering: Gathering) -> _Outcome:
        """What is known of a submission, or else what its grading comes to."""
        if known := self.known(turn):
            return _Outcome(known)
        if self.journal.begun[turn.key] >= DEATHS:
            reason = f"grading it has ended {DEATHS} runs; look at it before it runs"
            nothing = Submission(turn.source.id, {})
            result = broken_grader(nothing, self.plan.parts, RuntimeError(reason))
            return _Outcome(result, feedback(result))
        self.journal.start(turn.key)
        result = self.graded(turn.source, gathering)
        return _Outcome(plain(result), feedback(result), turn.key)

    def graded(self, source: Source, gathering: Gathering) -> SubmissionResult:
        plan, submission = self.plan, Submission(source.id, {})
        try:
            submission = gathering.take(source)
            limits = replace(plan.limits, level=plan.isolation)
            return grade_submission(
                submission, plan.parts, self.seed, limits, self.stop
            )
        except Exception as error:  # a fault of ours, and of this one only
            return broken_grader(submission, plan.parts, error)

    def keep(self, outcome: _Outcome) -> None:
        result = outcome.result
        if outcome.feedback:
            self.write_result(result)
        if outcome.key:
            self.journal.add(outcome.key, submission_to_json(result))
        if outcome.feedback:
            self.write_feedback(result.id, outcome.feedback)
        self.done[result.id] = result
        if self.plan.progress:
            self.plan.progress(len(self.done), len(self.plan.sources), result)

    def write_result(self, result: SubmissionResult) -> None:
        folder = self.plan.out / result.id
        if folder.is_symlink():
            raise OutputError(f"{folder} is a link; remove it, or name a new folder")
        with writing(self.plan.out):
            folder.mkdir(exist_ok=True)
            (folder / FEEDBACK).unlink(missing_ok=True)  # of another version
        data = dumps(submission_to_json(result), indent=1)
        replace_file(folder / RESULT, data)

    def write_feedback(self, id: str, text: str) -> None:
        """The last file of a folder: one that has it is whole."""
        data = text.encode("utf-8", "backslashreplace")
        replace_file(self.plan.out / id / FEEDBACK, data)

    # What is known already --------------------------------------------------------

    def known(self, turn: _Turn) -> SubmissionResult | None:
        """The kept result, unless its folder is not whole or the grader had failed."""
        if not (self.plan.out / turn.source.id / FEEDBACK).is_file():
            return None
        try:
            result = submission_from_json(self.journal.results.get(turn.key))
        except ResultsError:
            return None
        failed = any(task.status == GRADER_ERROR for task in result.tasks)
        return None if failed or result.id != turn.source.id else result

    def key(self, submission: list[str]) -> str:
        """All that a result depends on, in one line."""
        plan = self.plan
        parts = [SCHEMA, self.course, self.seed, plan.isolation, asdict(plan.limits)]
        return hashlib.sha256(json.dumps([*parts, *submission]).encode()).hexdigest()


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


def plain(result: SubmissionResult) -> SubmissionResult:
    """A result without the calls and values behind it, as results.json has it."""
    return submission_from_json(submission_to_json(result))


def feedback(result: SubmissionResult) -> str:
    """What a student gets to read."""
    head = f"{result.id}: {result.score:g} of {result.max_score:g} points"
    notes = "\n".join(f"note: {note}" for note in result.notes)
    printed = result.output and f"Your code printed:\n{result.output}"
    parts = [head, notes, *map(explain, result.tasks), printed]
    return "\n\n".join(part for part in parts if part) + "\n"
