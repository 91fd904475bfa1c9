"""Drawings."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from minigrad import drawing
from minigrad.cli.terminal import PATH, root, say
from minigrad.course import chapters, completing, workspace
from minigrad.course.recording import first_call


def _switch(name: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}/--no-{name}", default=None, help=f"Show {name}.")


@click.command(epilog=f"The gallery: {', '.join(drawing.GALLERY)}.")
@click.argument("target", shell_complete=completing.drawable_items)
@click.option(
    "-o",
    "--output",
    required=True,
    type=PATH,
    help=f"The file to write; its ending is one of {' '.join(drawing.FORMATS)}.",
)
@click.option(
    "--level",
    type=click.IntRange(0, 3),
    help="0 layers, 1 tensors, 2 cards (the default), 3 every operation.",
)
@click.option("--depth", type=click.IntRange(1), help="How deep layers are nested.")
@click.option("--around", metavar="NODE", help="Only what is near this value.")
@click.option("--radius", type=click.IntRange(0), help="How near, in links (2).")
@click.option(
    "--max-nodes",
    type=click.IntRange(3),
    help=f"Collapse repeats, then layers, beyond so many ({drawing.MOST_CARDS}).",
)
@_switch("values")
@_switch("grads")
@_switch("local")
@_switch("shapes")
def graph(target: str, output: Path, **view: Any) -> None:
    """Draw TARGET, a function file.py:function, with its values and gradients.

    It is called with its parameters' defaults, or with what a function arguments() in
    the same file returns. In a course folder TARGET may be a task: your own function
    is called as the first check of the task calls it. TARGET may also be the name of
    a drawing in the gallery.
    """
    subject = target if _is_drawable(target) else _call_of(target)
    given = {key: value for key, value in view.items() if value is not None}
    drawn = drawing.draw(subject, **given)
    note = f"; {drawn.graph.note}" if drawn.graph.note else ""
    say(f"wrote {drawn.save(output)}{note}")


def _is_drawable(target: str) -> bool:
    return ":" in target or target.endswith(".py") or target in drawing.GALLERY


def _call_of(task: str) -> drawing.Target:
    try:
        home = root()
    except workspace.WorkspaceError:
        close = difflib.get_close_matches(task, drawing.GALLERY, 1)
        hint = f"did you mean {close[0]}?" if close else "a target is file.py:function"
        raise drawing.TargetError(
            f"there is no course folder here, and no drawing {task} in the gallery; "
            f"{hint}"
        ) from None
    return drawing.Target(*first_call(home, chapters.find(task)))
