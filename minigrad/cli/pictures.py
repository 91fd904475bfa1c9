"""Drawings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from minigrad import drawing
from minigrad.cli.terminal import PATH, root, say
from minigrad.course import chapters, completing
from minigrad.course.recording import first_call


def _switch(name: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}/--no-{name}", default=True, help=f"Show {name}.")


@click.command()
@click.argument("target", shell_complete=completing.drawable_items)
@click.option(
    "-o",
    "--output",
    required=True,
    type=PATH,
    help="The file to write; its ending names the format: svg png pdf html dot txt.",
)
@click.option(
    "--level",
    type=click.IntRange(0, 3),
    default=2,
    show_default=True,
    help="0 layers, 1 tensors, 2 cards, 3 every operation.",
)
@click.option("--depth", type=click.IntRange(1), help="Of nested layers.")
@click.option("--around", metavar="NODE", help="Only what is near this value.")
@click.option(
    "--radius",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="How near, in links.",
)
@click.option(
    "--max-nodes",
    type=click.IntRange(3),
    default=drawing.MOST_CARDS,
    show_default=True,
    help="Collapse repeats, then layers, beyond so many cards.",
)
@_switch("values")
@_switch("grads")
@_switch("local")
@_switch("shapes")
def graph(target: str, output: Path, **view: Any) -> None:
    """Draw TARGET, a function file.py:function, with its values and gradients.

    It is called with its parameters' defaults, or with what a function arguments() in
    the same file returns. In a course folder TARGET may be a task: your own function
    is called as the first check of the task calls it.
    """
    subject = target if _names_a_file(target) else _call_of(target)
    drawn = drawing.draw(subject, **view)
    note = f"; {drawn.graph.note}" if drawn.graph.note else ""
    say(f"wrote {drawn.save(output)}{note}")


def _names_a_file(target: str) -> bool:
    return ":" in target or target.endswith(".py")


def _call_of(task: str) -> drawing.Target:
    return drawing.Target(*first_call(root(), chapters.find(task)))
