"""The section ``minigrad`` that ends a run of pytest: tasks in the words of the course.

Each check leaves an entry in the ``user_properties`` of its test: plain data, which
pytest-xdist carries from its processes to the one that prints.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minigrad.course.message import Paper, so_far
from minigrad.course.model import NOT_RUN, PASSED, CheckResult, Task, TaskResult
from minigrad.course.words import headline

PROPERTY = "minigrad"
Entry = dict[str, Any]


def entry(task: Task, result: CheckResult, likely: str = "") -> Entry:
    """What is to be known, in the end, of one check of a task."""
    kept = ("name", "status", "score", "max_score", "message", "short")
    return {
        "task": task.id,
        "checks": len(task.checks),
        "points": task.points,
        "check": {name: getattr(result, name) for name in kept},
        "likely": likely,
    }


def entries(stats: dict[str, list[Any]]) -> list[Entry]:
    """The entries of all tests that pytest has reports of, in the order of the files.

    Others may run first: those that failed last time, or those of another process.
    """
    reports = [r for kind in ("passed", "failed") for r in stats.get(kind, ())]
    reports.sort(key=lambda report: report.location[:2])
    return [v for r in reports for name, v in r.user_properties if name == PROPERTY]


def summary(found: Iterable[Entry], paper: Paper) -> list[str]:
    """A task's points and verdict, what of it went wrong, and the sum of all."""
    tasks: dict[str, list[Entry]] = {}
    for one in found:
        tasks.setdefault(one["task"], []).append(one)
    lines = [line for task in tasks.values() for line in _task(task, paper)]
    score = sum(one["check"]["score"] for task in tasks.values() for one in task)
    most = sum(task[0]["points"] for task in tasks.values())
    return [*lines, f"{score:g} of {most:g} points"]


def _task(found: list[Entry], paper: Paper) -> list[str]:
    """One task; a check that was deselected has not failed."""
    first, run = found[0], len(found)
    checks = tuple(CheckResult(**one["check"]) for one in found)
    status = next((c.status for c in checks if c.status != PASSED), PASSED)
    result = TaskResult(first["task"], status, checks)
    text = headline(result, first["points"])
    if run < first["checks"]:
        text += f" ({run} of {first['checks']} checks run)"
    lines = paper.wrap(text)
    if status == PASSED or (status == NOT_RUN and not result.score):
        return lines
    likely = next((e["likely"] for e in found if e["likely"]), "")
    lines += paper.row(("likely", likely)) if likely else []
    return [*lines, *paper.row(("so far", so_far(checks)))]
