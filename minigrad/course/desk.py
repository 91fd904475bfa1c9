"""A student's folder as it is at one moment, and what the grader says of it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from minigrad.course.grading import Part, grade_submission
from minigrad.course.model import PASSED, TaskResult
from minigrad.course.state import stuck
from minigrad.course.submission import Submission, collect


@dataclass(frozen=True)
class Desk:
    """What lies in a student's folder, read once."""

    root: Path
    submission: Submission
    seed: int

    def results(
        self, parts: Iterable[Part], stop: threading.Event | None = None
    ) -> Iterator[tuple[TaskResult, ...]]:
        """The results of each part in turn.

        Setting ``stop`` ends it with a KeyboardInterrupt.
        """
        for part in parts:
            graded = grade_submission(self.submission, [part], self.seed, stop=stop)
            yield graded.tasks

    def offer(self, task: TaskResult) -> str:
        """Remember a result; a line for who goes on failing the same way, or ""."""
        chapter = task.id.partition("/")[0]
        file = f"{chapter}/{chapter.partition('_')[2]}.py"
        code = self.submission.files.get(file, b"")
        return f"stuck? minigrad hint {task.id}" * stuck(self.root, task, code)


def read_desk(root: Path, seed: int) -> Desk:
    """The student's folder as it is now."""
    return Desk(root, collect(root), seed)


def until_failure(results: Iterable[Sequence[TaskResult]]) -> Iterator[TaskResult]:
    """The tasks in order, up to the first that is not done."""
    for task in (task for tasks in results for task in tasks):
        yield task
        if task.status != PASSED:
            return
