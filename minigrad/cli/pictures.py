"""Drawings."""

from __future__ import annotations

from pathlib import Path

import click

from minigrad import drawing
from minigrad.cli.terminal import PATH, root, say
from minigrad.course import chapters, completing
from minigrad.course.recording import first_call


@click.command()
@click.argument("target", shell_complete=completing.drawable_items)
@click.option(
    "-o",
    "--output",
    required=True,
    type=PATH,
    help="The file to write; its ending names the format: svg png pdf html dot txt.",
)
def graph(target: str, output: Path) -> None:
    """Draw TARGET, a function file.py:function, with its values and gradients.

    It is called with its parameters' defaults, or with what a function arguments() in
    the same file returns. In a course folder TARGET may be a task: your own function
    is called as the first check of the task calls it.
    """
    drawn = drawing.draw(target if _names_a_file(target) else _call_of(target))
    note = f"; {drawn.graph.note}" if drawn.graph.note else ""
    say(f"wrote {drawn.save(output)}{note}")


def _names_a_file(target: str) -> bool:
    return ":" in target or target.endswith(".py")


def _call_of(task: str) -> drawing.Target:
    return drawing.Target(*first_call(root(), chapters.find(task)))
