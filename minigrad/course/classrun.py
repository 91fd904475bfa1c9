"""Grade a class: many submissions, some at a time, and nothing lost.

What a run finds out is in its journal before it is reported, so a run that was stopped,
by whatever means, goes on where it was.  Each submission gets a folder of its own;
``results.json`` is written at the end, and when the run is interrupted.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path

import minigrad
from minigrad.course.grading import Part, broken_grader, grade_submission
from minigrad.course.isolation import PROCESS, Limits
from minigrad.course.journal import Journal, replace_file, writing
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
from minigrad.course.running import explain
from minigrad.course.submission import Source, Submission, collect

RESULT = "result.json"
FEEDBACK = "feedback.txt"

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
            return _Run(self, journal, seed).finish()


class _Run:
    """One run while it goes on; only its own thread writes."""

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
        pool = ThreadPoolExecutor(self.plan.jobs)
        try:
            tasks = [pool.submit(self.outcome, source) for source in self.plan.sources]
            for task in as_completed(tasks):
                self.keep(*task.result())
        finally:
            self.stop.set()  # ends what runs, and its processes
            pool.shutdown(cancel_futures=True)

    def outcome(self, source: Source) -> tuple[SubmissionResult, str]:
        """A submission's result, and the key to keep it under; "" when it is kept."""
        submission = collect(source.path, source.id)
        key = self.key(submission)
        if known := self.known(key, source):
            return known, ""
        return self.graded(submission), key

    def graded(self, submission: Submission) -> SubmissionResult:
        plan = self.plan
        try:
            return grade_submission(
                submission, plan.parts, self.seed, plan.limits, self.stop
            )
        except Exception as error:  # a fault of ours, and of this one only
            return broken_grader(submission, plan.parts, error)

    def keep(self, result: SubmissionResult, key: str) -> None:
        if key:
            self.write_result(result)
            self.journal.add(key, submission_to_json(result))
        self.done[result.id] = result
        if key:
            self.write_feedback(result)
        if self.plan.progress:
            self.plan.progress(len(self.done), len(self.plan.sources), result)

    def write_result(self, result: SubmissionResult) -> None:
        folder = self.plan.out / result.id
        with writing(self.plan.out):
            folder.mkdir(exist_ok=True)
            (folder / FEEDBACK).unlink(missing_ok=True)  # of another version
        data = dumps(submission_to_json(result), indent=1)
        replace_file(folder / RESULT, data)

    def write_feedback(self, result: SubmissionResult) -> None:
        """The last file of a folder: one that has it is whole."""
        text = feedback(result).encode("utf-8", "backslashreplace")
        replace_file(self.plan.out / result.id / FEEDBACK, text)

    # What is known already --------------------------------------------------------

    def known(self, key: str, source: Source) -> SubmissionResult | None:
        """The kept result, unless its folder is not whole or the grader had failed."""
        if not (self.plan.out / source.id / FEEDBACK).is_file():
            return None
        try:
            result = submission_from_json(self.journal.results.get(key))
        except ResultsError:
            return None
        failed = any(task.status == GRADER_ERROR for task in result.tasks)
        return None if failed else result

    def key(self, submission: Submission) -> str:
        """All that a result depends on, in one line."""
        plan = self.plan
        parts = [
            *(SCHEMA, self.course, self.seed, plan.isolation, asdict(plan.limits)),
            *(submission.id, submission.digest, submission.notes),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


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


def feedback(result: SubmissionResult) -> str:
    """What a student gets to read."""
    head = f"{result.id}: {result.score:g} of {result.max_score:g} points"
    notes = "\n".join(f"note: {note}" for note in result.notes)
    printed = result.output and f"Your code printed:\n{result.output}"
    parts = [head, notes, *map(explain, result.tasks), printed]
    return "\n\n".join(part for part in parts if part) + "\n"
