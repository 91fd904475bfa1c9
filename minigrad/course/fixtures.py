"""The glue between pytest and the checks: ``pytest exercises/01_backprop``.

``exercises/conftest.py`` imports these names.  It works in a clone and in a student's
own folder: the chapter is the folder of the test file, the answers are the module in
it, or in the tree given by ``--answers``.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minigrad.course.chapters import exercises_root, load, parameters
from minigrad.course.checks import CheckFailure
from minigrad.course.message import WIDEST, Paper, explain_check
from minigrad.course.mistakes import catalogue, diagnosed
from minigrad.course.model import (
    GRADER_ERROR,
    NOT_RUN,
    PASSED,
    Chapter,
    Check,
    CheckResult,
    Task,
)
from minigrad.course.running import run_task
from minigrad.course.student import Student, open_student
from minigrad.course.summary import PROPERTY, entries, entry, summary


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("minigrad")
    group.addoption(
        "--answers",
        metavar="DIR",
        help="check the answers in DIR (modules side by side, or in NN_topic folders)",
    )
    group.addoption(
        "--seed", type=int, default=0, help="seed of the random inputs (default 0)"
    )


def pytest_configure(config: pytest.Config) -> None:
    answers = _answers(config)
    if answers and not answers.is_dir():
        raise pytest.UsageError(f"--answers: there is no folder {answers}")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Only the checks are tests: a student's half-written file is not collected."""
    python = collection_path.suffix == ".py"
    return True if python and not collection_path.name.startswith("test_") else None


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Student:
    """The student whose file is being checked; a broken file fails at the call."""
    return _student(request.node)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """The check's own random stream, as the grader gives it."""
    node: Any = request.node
    return _check(node).rng(_seed(node.config), node.path.parent.name)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A failed check is a few lines for a student, not a traceback."""
    check = vars(pyfuncitem.function).get("check")
    if not isinstance(check, Check):
        return (yield)
    try:
        value = yield
    except CheckFailure as failure:
        text = _explanation(pyfuncitem, failure)
    except Exception as error:
        _enter(pyfuncitem, check.result(GRADER_ERROR, str(error)))
        raise
    else:
        _enter(pyfuncitem, check.result(PASSED))
        return value
    pytest.fail(text, pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The tasks in the words of `minigrad check`, at the end."""
    if found := entries(terminalreporter.stats):
        terminalreporter.section("minigrad")
        for line in summary(found, _paper()):
            terminalreporter.write_line(line)


def _explanation(item: pytest.Function, failure: CheckFailure) -> str:
    """The failure with the slip behind it, which takes all checks of the task to tell.

    The task runs again for that; if the check passes then, the first verdict stands.
    """
    check, task, seed = _check(item), _task(item), _seed(item.config)
    result = run_task(task, _student(item), seed)
    result = diagnosed(result, task, seed, catalogue(_chapter(item)))
    own = next(c for c in result.checks if c.name == check.name)
    if own.status in (PASSED, NOT_RUN):
        own = check.result(failure.status, failure.message, failure.evidence)
    _enter(item, own, result.diagnosis.message if result.diagnosis else "")
    started = own.status != NOT_RUN
    return explain_check(own, result, _paper()) if started else own.message


def _enter(item: pytest.Function, result: CheckResult, likely: str = "") -> None:
    item.user_properties.append((PROPERTY, entry(_task(item), result, likely)))


def _task(item: pytest.Function) -> Task:
    name = _check(item).task
    return next(t for t in _chapter(item).tasks if t.function == name)


def _paper() -> Paper:
    """The terminal; pytest's own stream, for sys.stdout is caught during a test."""
    columns = shutil.get_terminal_size((WIDEST, 24)).columns
    return Paper.fitting(columns, getattr(sys.__stdout__, "encoding", None))


def _student(item: Any) -> Student:
    chapter = _chapter(item)
    return open_student(_answer_file(item), parameters(chapter), chapter.without)


def _chapter(item: Any) -> Chapter:
    """The chapter of a test file, with the catalogue that a student's copy lacks."""
    folder = item.path.parent
    copied = not (folder / "mistakes.py").is_file()
    installed = exercises_root() / folder.name
    home = installed if copied and installed.is_dir() else folder
    return load(home.name, home.parent)


def _answer_file(item: Any) -> Path:
    folder = item.path.parent
    name = f"{folder.name.partition('_')[2]}.py"
    answers = _answers(item.config)
    if answers is None:
        return Path(folder / name)
    nested = answers / folder.name / name
    return nested if nested.is_file() else answers / name


def _answers(config: pytest.Config) -> Path | None:
    given = config.getoption("answers", default=None)
    return config.invocation_params.dir / given if given else None


def _seed(config: pytest.Config) -> int:
    return int(config.getoption("seed", default=0) or 0)


def _check(item: Any) -> Check:
    check = vars(item.function).get("check")
    if not isinstance(check, Check):
        raise pytest.UsageError(f"{item.name} needs @task(...) to use rng or student")
    return check
