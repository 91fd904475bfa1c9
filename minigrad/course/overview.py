"""What a student sees of the own tasks: their marks, states and points."""

from __future__ import annotations

from collections.abc import Sequence

import click

from minigrad.course.grading import Part
from minigrad.course.message import Paper, explain
from minigrad.course.model import NOT_RUN, PASSED, TaskResult
from minigrad.course.plain import plain
from minigrad.course.words import function_of, mark, verdict
from minigrad.course.workspace import Hint

BAR = 10  # blocks of the progress bar


def told(task: TaskResult, paper: Paper) -> str:
    """A task in the words of the grader, with its mark in color."""
    text = explain(task, paper)
    sign = plain(mark(task.status), paper.encoding)
    return click.style(sign, fg=_color(task)) + text.removeprefix(sign)


def _color(task: TaskResult) -> str:
    return {PASSED: "green", NOT_RUN: "bright_black"}.get(task.status, "red")


def overview(parts: Sequence[Part], tasks: Sequence[TaskResult], paper: Paper) -> str:
    """Chapters with their tasks, points and states; how far that is; what is next."""
    by_id = {task.id: task for task in tasks}
    room = max((len(function_of(task.id)) for task in tasks), default=0)
    lines: list[str] = []
    for part in parts:
        mine = [by_id[task.id] for task in part.tasks]
        title = f"{part.chapter.name}  {part.chapter.title}  {_points(mine)}"
        lines += [click.style(line, bold=True) for line in paper.wrap(title)]
        lines += [_row(task, room, paper) for task in mine]
    lines.append(f"{_bar(tasks)} {_points(tasks)} points")
    waiting = next((t.id for t in tasks if t.status != PASSED), None)
    last = f"next: minigrad check {waiting}" if waiting else "Everything is done."
    return "\n".join([*lines, *paper.wrap(last)])


def told_hint(hint: Hint, paper: Paper) -> str:
    """A hint under the name of its task, and which of how many it is."""
    head = f"{hint.task}, hint {hint.level} of {hint.levels}"
    lines = [click.style(line, bold=True) for line in paper.wrap(head)]
    for paragraph in hint.text.split("\n\n"):
        as_it_is = paragraph.startswith(("    ", "```", "- "))  # code, or a list
        text = (
            [paragraph] if as_it_is else paper.wrap(" ".join(paragraph.split()), "", "")
        )
        lines += ["", *text] if len(lines) > 1 else text
    return "\n".join(lines)


def _points(tasks: Sequence[TaskResult]) -> str:
    score, most = sum(t.score for t in tasks), sum(t.max_score for t in tasks)
    return f"{score:g} of {most:g}"


def _bar(tasks: Sequence[TaskResult]) -> str:
    """``██████░░░░``: it is full, or empty, only where that is so."""
    score, most = sum(t.score for t in tasks), sum(t.max_score for t in tasks)
    filled = int(BAR * score / most) if most else 0
    filled = max(filled, 1) if score else filled
    return "█" * filled + "░" * (BAR - filled)


def _row(task: TaskResult, room: int, paper: Paper) -> str:
    """A task's mark, name, points and state; on a second line what has no room."""
    sign = plain(mark(task.status), paper.encoding)
    points = f"{task.score:g}/{task.max_score:g}"
    row = f"{function_of(task.id):<{room}} {points:>5}  {verdict(task.status)}"
    first = f"  {sign} "
    text = "\n".join(paper.wrap(row, first, " " * len(first)))
    return first.replace(sign, click.style(sign, fg=_color(task))) + text[len(first) :]
