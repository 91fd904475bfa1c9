"""Drawings."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from minigrad import drawing
from minigrad.cli.terminal import PATH, root, say, seed_option
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
@click.option(
    "--arg",
    "words",
    multiple=True,
    metavar="NAME=SHAPE",
    help="An argument made up: x=5,3 at random, x=3.0 a number.",
)
@seed_option
@_switch("values")
@_switch("grads")
@_switch("local")
@_switch("shapes")
def graph(
    target: str, output: Path, words: tuple[str, ...], seed: int, **view: Any
) -> None:
    """Draw TARGET, a function file.py:function, with its values and gradients.

    It is called with its parameters' defaults, with what a function arguments() in
    the same file returns, or with arguments made up by --arg, one each. In a course
    folder TARGET may be a task: your own function is called as the first check of the
    task calls it. TARGET may also be the name of a drawing in the gallery.
    """
    subject = _made_up(target, words, seed) if words else _subject(target)
    given = {key: value for key, value in view.items() if value is not None}
    drawn = drawing.draw(subject, **given)
    note = f"; {drawn.graph.note}" if drawn.graph.note else ""
    say(f"wrote {drawn.save(output)}{note}")


def _subject(target: str) -> str | drawing.Target:
    return target if _is_drawable(target) else _call_of(target)


def _made_up(target: str, words: tuple[str, ...], seed: int) -> drawing.Target:
    if target in drawing.GALLERY or not _is_drawable(target):
        raise drawing.TargetError(
            f"--arg is for file.py:function, and {target} is none"
        )
    return drawing.load_target(target, drawing.made_up(words, seed))


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
