"""Grade one submission: the chapters' checks here, the student's functions elsewhere.

Whatever a submission does, there is a result for it; whatever goes wrong on this side
is a grader error, which asks for the instructor and is never a zero.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minigrad.course import chapters
from minigrad.course.checks import CheckFailure
from minigrad.course.isolation import Limits
from minigrad.course.matching import find_module, laid_out
from minigrad.course.mistakes import Mistake, catalogue, diagnosed
from minigrad.course.model import (
    GRADED,
    GRADER_ERROR,
    MISSING,
    NEEDS_ATTENTION,
    PASSED,
    Chapter,
    CheckResult,
    Evidence,
    SubmissionResult,
    Task,
    TaskResult,
)
from minigrad.course.process import BEGINNING
from minigrad.course.remote import RemoteStudent
from minigrad.course.running import run_task
from minigrad.course.spawning import Spawner
from minigrad.course.student import BrokenStudent, Parameters
from minigrad.course.submission import Submission, collect

# A catalogued mistake runs in this process, where Python's warning filter is one.
_NAMING = threading.Lock()


@dataclass(frozen=True)
class Part:
    """What of a chapter is graded, and all that is needed for it, loaded once."""

    chapter: Chapter
    tasks: tuple[Task, ...]
    parameters: Parameters
    mistakes: tuple[Mistake, ...]


def course(only: Iterable[str] = (), root: Path | None = None) -> tuple[Part, ...]:
    """The parts of the course to grade: all of it, or the named chapters and tasks.

    Raises `chapters.UnknownTargetError` for a name that is none.
    """
    targets = [chapters.find(name, root) for name in only]
    if not targets:
        targets = [chapters.Target(chapter) for chapter in chapters.all_chapters(root)]
    wanted = {task.id for target in targets for task in target.tasks}
    found = {target.chapter.name: target.chapter for target in targets}
    return tuple(_part(found[name], wanted) for name in sorted(found))


def _part(chapter: Chapter, wanted: set[str]) -> Part:
    tasks = tuple(task for task in chapter.tasks if task.id in wanted)
    return Part(chapter, tasks, chapters.parameters(chapter), catalogue(chapter))


def grade_submission(
    submission: Submission | Path | str,
    parts: Sequence[Part],
    seed: int,
    limits: Limits | None = None,
    stop: threading.Event | None = None,
    spawner: Spawner | None = None,
) -> SubmissionResult:
    """All tasks of ``parts``, checked on one submission.

    Its processes are started by ``spawner``; many submissions share one.  Setting
    ``stop`` ends it with a KeyboardInterrupt within a tenth of a second.
    """
    if not isinstance(submission, Submission):
        submission = collect(submission)
    grading = _Grading(submission, seed, limits, stop, spawner)
    for part in parts:
        grading.grade(part)
    return grading.result()


class _Grading:
    """One submission on its way through the chapters."""

    def __init__(
        self,
        submission: Submission,
        seed: int,
        limits: Limits | None,
        stop: threading.Event | None,
        spawner: Spawner | None,
    ) -> None:
        self.submission = submission
        self.seed = seed
        self.limits = limits
        self.stop = stop
        self.spawner = spawner
        self.recognized = False
        self.tasks: list[TaskResult] = []
        self.notes = list(submission.notes)
        self.output = ""

    def grade(self, part: Part) -> None:
        module = find_module(self.submission.files, part.chapter)
        if module is None:
            reason = f"no file of the submission is {part.chapter.module}.py"
            nobody = BrokenStudent(CheckFailure(reason, MISSING))
            nobody.parameters = part.parameters
            self.tasks += [run_task(task, nobody, self.seed) for task in part.tasks]
            return
        self.recognized = True
        self.notes += [module.note] if module.note else []
        files, name = laid_out(self.submission.files, module, part.chapter)
        without = part.chapter.without
        with RemoteStudent(
            files, name, part.parameters, self.limits, self.stop, self.spawner, without
        ) as student:
            self.tasks += [self.task(task, part, student) for task in part.tasks]
            self.output += student.output

    def task(self, task: Task, part: Part, student: RemoteStudent) -> TaskResult:
        student.begin_task()
        try:
            result = run_task(task, student, self.seed)
        except Exception as error:
            return _grader_error(task, error)
        try:
            with _NAMING:
                result = diagnosed(result, task, self.seed, part.mistakes)
        except Exception as error:  # the verdict stands without its explanation
            self.notes.append(f"{task.id}: no slip was named ({_told(error)})")
        return _explicable(result)

    def result(self) -> SubmissionResult:
        fine = all(task.status != GRADER_ERROR for task in self.tasks)
        if not self.recognized:
            self.notes.append("no file of the course was found in it")
        return SubmissionResult(
            self.submission.id,
            GRADED if fine and self.recognized else NEEDS_ATTENTION,
            tuple(self.tasks),
            tuple(self.notes),
            self.output[:BEGINNING],
        )


def _explicable(result: TaskResult) -> TaskResult:
    """A result with the values that its explanation shows, and what can be drawn.

    No others: a hundred calls may have returned megabytes each.
    """
    checks = tuple(replace(check, calls=check.calls[-1:]) for check in result.checks)
    shown = next((c for c in checks if c.status == result.status != PASSED), None)
    return replace(result, checks=tuple(c if c is shown else _bare(c) for c in checks))


def _bare(check: CheckResult) -> CheckResult:
    where, failing = check.evidence.where, check.evidence.failing
    seen = Evidence(where=where, failing=failing) if failing else Evidence()
    return replace(check, calls=(), evidence=seen)


def broken_grader(
    submission: Submission, parts: Sequence[Part], error: Exception
) -> SubmissionResult:
    """The result of a submission that the grader could not even begin with."""
    tasks = (_grader_error(task, error) for part in parts for task in part.tasks)
    notes = (*submission.notes, _told(error))
    return SubmissionResult(submission.id, NEEDS_ATTENTION, tuple(tasks), notes)


def _grader_error(task: Task, error: Exception) -> TaskResult:
    checks = tuple(check.result(GRADER_ERROR, _told(error)) for check in task.checks)
    return TaskResult(task.id, GRADER_ERROR, checks)


def _told(error: Exception) -> str:
    return f"the grader failed: {type(error).__name__}: {error}"
