"""The nouns of the course: chapters, tasks, checks, and what grading says of them.

Everything here is a frozen value.  A verdict is made of these and of nothing else,
so what is written to ``results.json`` is what was decided, field by field.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

SCHEMA = 1  # of results.json; it grows only by adding keys

PASSED = "passed"
FAILED = "failed"
WRONG_TYPE = "wrong-type"
WRONG_SHAPE = "wrong-shape"
EXCEPTION = "exception"
TIMEOUT = "timeout"
MEMORY = "memory"
CRASHED = "crashed"
EXITED = "exited"
MISSING = "missing"
IMPORT_ERROR = "import-error"
SYNTAX_ERROR = "syntax-error"
OUTPUT_FLOOD = "output-flood"
TAMPERED = "tampered"
NOT_RUN = "not-run"  # a stub that was not started, or a check after a fatal one
GRADER_ERROR = "grader-error"  # never a zero: the submission needs attention

GRADED = "graded"
NEEDS_ATTENTION = "needs-attention"


@dataclass(frozen=True)
class Check:
    """One claim about a student's function, worth ``points``."""

    task: str
    name: str
    claim: str
    points: float
    function: Callable[..., None]
    short: str = ""  # the name in a word or two

    def result(
        self, status: str, message: str = "", evidence: Evidence | None = None
    ) -> CheckResult:
        """The check with its verdict: all of its points, or none."""
        score = self.points if status == PASSED else 0.0
        return CheckResult(
            self.name,
            status,
            score,
            self.points,
            message,
            evidence=evidence or Evidence(),
            short=self.short,
        )

    def rng(self, seed: int, chapter: str) -> np.random.Generator:
        """The check's own random stream: the same inputs whoever is checked."""
        key = zlib.crc32(f"{chapter}/{self.task}/{self.name}".encode())
        return np.random.default_rng([seed, key])


@dataclass(frozen=True)
class Task:
    """One function to write, and the checks it has to pass in teaching order."""

    chapter: str
    function: str
    checks: tuple[Check, ...]

    @property
    def id(self) -> str:
        return f"{self.chapter}/{self.function}"

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks)


@dataclass(frozen=True)
class Chapter:
    """A folder ``NN_topic`` of the course: a statement, a stub, and its tasks."""

    name: str
    title: str
    folder: Path
    tasks: tuple[Task, ...]
    without: tuple[str, ...] = ()  # packages that a submission may not import

    @property
    def module(self) -> str:
        """The module a student writes: ``01_backprop`` -> ``backprop``."""
        return self.name.partition("_")[2]

    @property
    def points(self) -> float:
        return sum(task.points for task in self.tasks)


@dataclass(frozen=True)
class Call:
    """One call of a student's function as the trusted side saw it."""

    function: str
    args: tuple[Any, ...]
    result: Any = None
    error: str | None = None  # the type of the exception, when it raised
    names: tuple[str, ...] = ()  # of the arguments, as the statement calls them
    program: tuple[str, ...] = ()  # the last statements, where objects are at work


@dataclass(frozen=True)
class Diagnosis:
    """The likely slip behind a failed task: a kind to count and a sentence to read."""

    kind: str
    message: str


@dataclass(frozen=True)
class Computation:
    """A scalar function of a check's own, and where its gradient was claimed."""

    f: Callable[[Any], Any]
    at: Any


@dataclass(frozen=True)
class Evidence:
    """What a message shows beside its verdict; only what applies is there."""

    got: Any = None
    expected: Any = None
    where: tuple[int, ...] = ()  # the item of got and expected that differs
    entry: tuple[int, ...] = ()  # the first entry of that item that does
    wanted: str = ""  # what was expected, in words
    place: str = ""  # the student's own line: "backprop.py line 12: `return x / 0`"
    trace: str = ""  # the traceback from the student's first frame on
    failing: Computation | None = None  # what a wrong gradient was claimed of


@dataclass(frozen=True)
class Drawn:
    """A failing computation, drawn, as far as no renderer is needed for it."""

    title: str  # what it is, and what was wrong
    words: str  # the drawing for who cannot see it
    dot: str


@dataclass(frozen=True)
class CheckResult:
    name: str
    status: str
    score: float
    max_score: float
    message: str = ""
    calls: tuple[Call, ...] = field(default=(), repr=False, compare=False)
    evidence: Evidence = field(default=Evidence(), repr=False, compare=False)
    short: str = field(default="", compare=False)  # as of the check


@dataclass(frozen=True)
class TaskResult:
    id: str
    status: str
    checks: tuple[CheckResult, ...]
    diagnosis: Diagnosis | None = None
    told: str = field(default="", compare=False)  # its message, read back from a file
    drawn: Drawn | None = field(default=None, compare=False)  # read back as well

    @property
    def score(self) -> float:
        return sum(check.score for check in self.checks)

    @property
    def max_score(self) -> float:
        return sum(check.max_score for check in self.checks)


@dataclass(frozen=True)
class Total:
    """What counts of a submission, and why it is not what the checks gave."""

    score: float
    max_score: float
    late: str = ""  # "1 day 3 h late: 90 %"
    weights: str = ""  # "01_backprop counts 2 times"

    @property
    def reason(self) -> str:
        return "; ".join(filter(None, [self.late, self.weights]))


@dataclass(frozen=True)
class SubmissionResult:
    """A submission as it was graded; ``adjusted`` where the instructor has settings."""

    id: str
    status: str
    tasks: tuple[TaskResult, ...]
    notes: tuple[str, ...] = ()  # "read hw1.py as backprop.py", "skipped a link", ...
    output: str = ""  # the beginning of what the submission printed
    adjusted: Total | None = None

    @property
    def total(self) -> Total:
        """What counts in the end."""
        return self.adjusted or Total(self.score, self.max_score)

    @property
    def score(self) -> float:
        return sum(task.score for task in self.tasks)

    @property
    def max_score(self) -> float:
        return sum(task.max_score for task in self.tasks)
