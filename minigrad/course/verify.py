"""The course checks itself: what a chapter promises, it keeps.

Stubs score nothing and solutions everything; every catalogued mistake is rejected and
named by its own sentence; every kept alternative passes; nonsense earns nothing and
never breaks a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, signature
from itertools import cycle
from pathlib import Path
from types import FunctionType
from typing import Any

from minigrad.course.chapters import hints, load, signatures, solution_folder
from minigrad.course.loading import run_file
from minigrad.course.mistakes import (
    Alternative,
    Mistake,
    alternatives,
    catalogue,
    name_slip,
    outcome,
)
from minigrad.course.model import (
    GRADER_ERROR,
    NOT_RUN,
    PASSED,
    Chapter,
    CheckResult,
    Task,
    TaskResult,
)
from minigrad.course.nonsense import Answer, nonsense
from minigrad.course.running import run_check, run_task
from minigrad.course.student import LocalStudent
from minigrad.course.values import is_sequence, type_name
from minigrad.course.without import reasons, refused_import
from minigrad.executors import results

SEEDS = (0, 1)
EMPTY = Parameter.empty
FEWEST = {"mistakes": 5, "alternatives": 2, "hints": 3, "checks": 3}  # a function

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Finding:
    """One promise that a chapter does not keep, and where."""

    task: str
    subject: str  # "stub", "solution", "mistake NAME", "alternative NAME", ...
    problem: str

    def __str__(self) -> str:
        return f"{self.task}: {self.subject} {self.problem}"


@dataclass(frozen=True)
class Verification:
    """What was verified, and every promise found broken."""

    chapters: int
    tasks: int
    mistakes: int
    alternatives: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


@dataclass(frozen=True)
class _Subject:
    """A task with everything its chapter holds about it."""

    chapter: Chapter
    task: Task
    stub: Mapping[str, Any]
    solution: Mapping[str, Any]
    mistakes: tuple[Mistake, ...]
    alternatives: tuple[Alternative, ...]

    def run(self, functions: Mapping[str, Any], seed: int) -> TaskResult:
        return run_task(self.task, LocalStudent(functions), seed)

    def answer(self, function: Answer, seed: int) -> TaskResult:
        return self.run({self.task.function: function}, seed)

    def finding(self, subject: str, problem: str) -> Finding:
        return Finding(self.task.id, subject, problem)


def verify(
    chapters: Sequence[Chapter],
    progress: Progress = lambda name: None,
    seeds: Sequence[int] = SEEDS,
    executor: Executor | None = None,
) -> Verification:
    """Verify chapters; ``progress`` is told a chapter's name after each of its seeds.

    ``executor`` is any of `concurrent.futures`, None for right here.  Raises
    `NoSolutionsError` where the worked solutions are not on this machine.
    """
    subjects = [subject for chapter in chapters for subject in _subjects(chapter)]
    findings = [finding for chapter in chapters for finding in _strays(chapter)]
    findings += [finding for subject in subjects for finding in _counts(subject)]
    folders = [chapter.folder for chapter in chapters for _ in seeds]
    calls = [partial(_broken, f, s) for f, s in zip(folders, cycle(seeds))]
    broken = dict[int, list[Finding]]()
    for n, found in results(calls, executor):
        broken[n] = found
        progress(folders[n].name)
    findings += [finding for n in range(len(calls)) for finding in broken[n]]
    return Verification(
        len(chapters),
        len(subjects),
        sum(len(subject.mistakes) for subject in subjects),
        sum(len(subject.alternatives) for subject in subjects),
        tuple(dict.fromkeys(findings)),
    )


def _broken(folder: Path, seed: int) -> list[Finding]:
    """The broken promises of a chapter, from plain values: any process may look."""
    subjects = list(_subjects(load(folder.name, folder.parent)))
    return [f for s in subjects for promise in PROMISES for f in promise(s, seed)]


def _subjects(chapter: Chapter) -> Iterator[_Subject]:
    file = f"{chapter.module}.py"
    solution = vars(run_file(solution_folder(chapter) / file))
    stub = vars(run_file(chapter.folder / file))
    wrong, right = catalogue(chapter), alternatives(chapter)
    for task in chapter.tasks:
        yield _Subject(
            chapter,
            task,
            stub,
            solution,
            tuple(m for m in wrong if m.task == task.function),
            tuple(a for a in right if a.task == task.function),
        )


# Promises that hold without running anything --------------------------------------


def _strays(chapter: Chapter) -> Iterator[Finding]:
    """Functions without checks, entries for no task, signatures that differ."""
    tasks = {task.function for task in chapter.tasks}
    file = f"{chapter.module}.py"
    stub = signatures(chapter.folder / file)
    solution = signatures(solution_folder(chapter) / file)
    for name in stub.keys() - tasks:
        yield Finding(f"{chapter.name}/{name}", "stub", "has no checks")
    for name in tasks - stub.keys():
        yield Finding(f"{chapter.name}/{name}", "stub", "is missing")
    for name in tasks & stub.keys() & solution.keys():
        if stub[name] != solution[name]:
            problem = f"takes {solution[name]}, the stub {stub[name]}"
            yield Finding(f"{chapter.name}/{name}", "solution", problem)
    refused = refused_import(solution_folder(chapter) / file, reasons(chapter.without))
    if refused:
        yield Finding(chapter.name, "solution", f"is not one: {refused[0]}")
    entries: list[Mistake | Alternative] = [*catalogue(chapter), *alternatives(chapter)]
    for entry in entries:
        if entry.task not in tasks:
            yield Finding(f"{chapter.name}/{entry.task}", entry.name, "is for no task")


def _counts(subject: _Subject) -> Iterator[Finding]:
    have = {
        "mistakes": len(subject.mistakes),
        "alternatives": len(subject.alternatives),
        "hints": len(hints(subject.chapter, subject.task.function)),
        "checks": len(subject.task.checks),
    }
    for what, fewest in FEWEST.items():
        if have[what] < fewest:
            yield subject.finding(what, f"number {have[what]}; at least {fewest}")
    names = [check.name for check in subject.task.checks]
    for name in {name for name in names if names.count(name) > 1}:
        yield subject.finding(f"check {name!r}", "exists twice")


# Promises about answers -----------------------------------------------------------


def _stub_scores_nothing(subject: _Subject, seed: int) -> Iterator[Finding]:
    result = subject.run(subject.stub, seed)
    if result.score or {check.status for check in result.checks} != {NOT_RUN}:
        yield subject.finding(
            "stub", f"is {result.status} with {result.score:g} points"
        )


def _solution_passes(subject: _Subject, seed: int) -> Iterator[Finding]:
    result = subject.run(subject.solution, seed)
    yield from _imperfect(subject, "solution", result)
    called = {call.function for check in result.checks for call in check.calls}
    for name in sorted(called - {subject.task.function}):
        yield subject.finding("checks", f"call another task's function, {name}")
    lent = {f for check in result.checks for c in check.calls for f in _lent(c.args)}
    for name in sorted(type_name(f) for f in lent if not _takes_one_value(f)):
        problem = f"give the student a {name}; give a plain function of one argument"
        yield subject.finding("checks", problem)


def _lent(value: Any) -> Iterator[Callable[..., Any]]:
    """The functions among the arguments of a call."""
    if is_sequence(value):
        for item in value:
            yield from _lent(item)
    elif callable(value):
        yield value


def _takes_one_value(function: Callable[..., Any]) -> bool:
    """Is it written in Python, with one parameter?  A student chooses the arguments."""
    if not isinstance(function, FunctionType):
        return False
    found = list(signature(function).parameters.values())
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return len(found) == 1 and found[0].kind in kinds and found[0].default is EMPTY


def _alternatives_pass(subject: _Subject, seed: int) -> Iterator[Finding]:
    for entry in subject.alternatives:
        result = subject.answer(entry.function, seed)
        yield from _imperfect(subject, f"alternative {entry.name}", result)


def _imperfect(subject: _Subject, name: str, result: TaskResult) -> Iterator[Finding]:
    check = _first_failure(result.checks)
    if check:
        yield subject.finding(name, f"fails {check.name!r}: {check.message}")


def _mistakes_are_named(subject: _Subject, seed: int) -> Iterator[Finding]:
    for entry in subject.mistakes:
        name = f"mistake {entry.name}"
        task = subject.task
        results = [outcome(entry, c, task.chapter, seed) for c in task.checks]
        check = _first_failure(results)
        if check is None:
            yield subject.finding(name, "passes every check")
        elif check.status == GRADER_ERROR:
            yield subject.finding(name, f"breaks {check.name!r}: {check.message}")
        else:  # run once more: what a mistake answers by chance is never named
            at = results.index(check)
            student = LocalStudent({entry.task: entry.function})
            results[at] = run_check(task.checks[at], task.chapter, student, seed)
            yield from _misnamed(subject, entry, results, seed)


def _misnamed(
    subject: _Subject, entry: Mistake, results: Sequence[CheckResult], seed: int
) -> Iterator[Finding]:
    named = name_slip(subject.task, results, seed, subject.mistakes)
    if named is None:
        yield subject.finding(f"mistake {entry.name}", "is rejected but not named")
    elif named.message != entry.message:
        problem = f"is told something else: {named.message}"
        yield subject.finding(f"mistake {entry.name}", problem)


def _nonsense_earns_nothing(subject: _Subject, seed: int) -> Iterator[Finding]:
    for name, function in nonsense(subject.solution.get(subject.task.function)):
        result = subject.answer(function, seed)
        broken = [c for c in result.checks if c.status == GRADER_ERROR]
        if broken:
            problem = f"breaks {broken[0].name!r}: {broken[0].message}"
            yield subject.finding(f"nonsense ({name})", problem)
        if result.score:
            passed = [c.name for c in result.checks if c.status == PASSED]
            yield subject.finding(f"nonsense ({name})", f"passes {passed[0]!r}")


def _first_failure(results: Sequence[CheckResult]) -> CheckResult | None:
    return next((check for check in results if check.status != PASSED), None)


PROMISES = (
    _stub_scores_nothing,
    _solution_passes,
    _alternatives_pass,
    _mistakes_are_named,
    _nonsense_earns_nothing,
)
