"""What a student sees of the own tasks: their marks, states and points."""

from __future__ import annotations

from collections.abc import Sequence

import click

from minigrad.course.grading import Part
from minigrad.course.message import Paper, explain
from minigrad.course.model import NOT_RUN, PASSED, TaskResult
from minigrad.course.plain import plain
from minigrad.course.words import mark, verdict
from minigrad.course.workspace import Hint

BAR = 10  # blocks of the progress bar


def told(task: TaskResult, paper: Paper) -> str:
    """A task in the words of the grader, with its mark in color."""
    text = explain(task, paper)
    sign = plain(mark(task.status), paper.encoding)
    return click.style(sign, fg=_color(task)) + text.removeprefix(sign)


def _color(task: TaskResult) -> str:
    return {PASSED: "green", NOT_RUN: "bright_black"}.get(task.status, "red")


def overview(parts: Sequence[Part], tasks: Sequence[TaskResult]) -> str:
    """Chapters with their tasks, points and states; how far that is; what is next."""
    by_id = {task.id: task for task in tasks}
    lines: list[str] = []
    for part in parts:
        mine = [by_id[task.id] for task in part.tasks]
        title = click.style(f"{part.chapter.name}  {part.chapter.title}", bold=True)
        lines += [f"{title}  {_points(mine)}", *map(_row, mine)]
    lines.append(f"{_bar(tasks)} {_points(tasks)} points")
    waiting = next((t.id for t in tasks if t.status != PASSED), None)
    lines.append(
        f"next: minigrad check {waiting}" if waiting else "Everything is done."
    )
    return "\n".join(lines)


def told_hint(hint: Hint) -> str:
    """A hint under the name of its task, and which of how many it is."""
    head = f"{hint.task}, hint {hint.level} of {hint.levels}"
    return f"{click.style(head, bold=True)}\n{hint.text}"


def _points(tasks: Sequence[TaskResult]) -> str:
    score, most = sum(t.score for t in tasks), sum(t.max_score for t in tasks)
    return f"{score:g} of {most:g}"


def _bar(tasks: Sequence[TaskResult]) -> str:
    """``██████░░░░``: it is full, or empty, only where that is so."""
    score, most = sum(t.score for t in tasks), sum(t.max_score for t in tasks)
    filled = int(BAR * score / most) if most else 0
    filled = max(filled, 1) if score else filled
    return "█" * filled + "░" * (BAR - filled)


def _row(task: TaskResult) -> str:
    sign = click.style(mark(task.status), fg=_color(task))
    name = task.id.partition("/")[2]
    points = f"{task.score:g}/{task.max_score:g}"
    return f"  {sign} {name:<24} {points:>6}  {verdict(task.status)}"
