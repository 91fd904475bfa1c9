"""What a student sees of the own tasks: their marks, states and points."""

from __future__ import annotations

from collections.abc import Sequence

import click

from minigrad.course.grading import Part
from minigrad.course.message import Paper, explain
from minigrad.course.model import NOT_RUN, PASSED, TaskResult
from minigrad.course.plain import plain
from minigrad.course.words import mark, verdict


def told(task: TaskResult, paper: Paper) -> str:
    """A task in the words of the grader, with its mark in color."""
    text = explain(task, paper)
    sign = plain(mark(task.status), paper.encoding)
    return click.style(sign, fg=_color(task)) + text.removeprefix(sign)


def _color(task: TaskResult) -> str:
    return {PASSED: "green", NOT_RUN: "bright_black"}.get(task.status, "red")


def overview(parts: Sequence[Part], tasks: Sequence[TaskResult]) -> str:
    """Chapters with their tasks, points and states; and what is next."""
    by_id, lines = {task.id: task for task in tasks}, []
    for part in parts:
        lines.append(
            click.style(f"{part.chapter.name}  {part.chapter.title}", bold=True)
        )
        lines += [_row(by_id[task.id]) for task in part.tasks]
    score, most = sum(t.score for t in tasks), sum(t.max_score for t in tasks)
    lines.append(f"{score:g} of {most:g} points")
    waiting = next((t.id for t in tasks if t.status != PASSED), None)
    lines.append(
        f"next: minigrad check {waiting}" if waiting else "Everything is done."
    )
    return "\n".join(lines)


def _row(task: TaskResult) -> str:
    sign = click.style(mark(task.status), fg=_color(task))
    name = task.id.partition("/")[2]
    points = f"{task.score:g}/{task.max_score:g}"
    return f"  {sign} {name:<24} {points:>6}  {verdict(task.status)}"
