"""The computation on which a claimed gradient is wrong, as a drawing.

It is a scalar function of the check's own (`Expectation.gradient_of`), so nothing of a
submission runs or is shown here.  A result keeps the drawing as text, the same to the
byte wherever it was made; the pages of a report make the picture of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

import numpy as np

from minigrad import tree
from minigrad.course.markup import Html, tag
from minigrad.course.model import (
    CheckResult,
    Computation,
    Drawn,
    SubmissionResult,
    TaskResult,
)
from minigrad.course.values import item_name
from minigrad.drawing import Drawing, RenderError, dot, draw, render, svg
from minigrad.drawing.model import Mark

MOST_CARDS = 25
MOST_TEXT = 60_000  # characters of a drawing; the course's own have half as many
DEADLINE = 10.0  # seconds for a picture of that size
NO_RENDERER = (
    "the drawings of failing computations are left out: no Graphviz was found; "
    'python -m pip install "minigrad[dot]" brings one'
)


def draw_failing(task: TaskResult) -> Drawn | None:
    """The drawing of the first check that failed with a gradient claimed.

    What cannot be drawn, or not small, is left out: the verdict stands without it.
    """
    for check in task.checks:
        if failing := check.evidence.failing:
            with suppress(Exception):
                drawn = _draw(check, failing, task.id)
                return drawn if is_drawn(drawn) else None
    return None


def _draw(check: CheckResult, failing: Computation, task: str) -> Drawn:
    argument = next(iter(inspect.signature(failing.f).parameters))
    paths = [path for path, _ in tree.items(failing.at, argument)]
    where = check.evidence.where
    wrong = paths[where[0]] if where else argument
    with np.errstate(all="ignore"):
        picture = draw(failing.f, failing.at, max_nodes=MOST_CARDS)
    mark = Mark(f"the gradient claimed for {wrong} is wrong", alarm=True)
    picture = Drawing(picture.graph.marked(wrong, mark))
    claimed = f"the gradient claimed for {wrong}"
    if where:
        claimed = f"{item_name(where)}, {claimed},"
    title = f"What “{check.name}” of {task} differentiates: {claimed} is wrong."
    return Drawn(title, picture.text(), picture.dot)


def is_drawn(drawn: Drawn) -> bool:
    """Is it a drawing of ours, of a size for a page?"""
    size = sum(map(len, (drawn.title, drawn.words, drawn.dot)))
    return drawn.dot.startswith(dot.FIRST.decode()) and size <= MOST_TEXT


# On a page -------------------------------------------------------------------------


def drawings(submissions: Iterable[SubmissionResult]) -> dict[Drawn, Html]:
    """Each different drawing once, as a figure named ``drawing-1``, ``drawing-2``, ...

    Empty where there is no renderer.
    """
    tasks = (task for s in submissions for task in s.tasks)
    found = dict.fromkeys(task.drawn for task in tasks if task.drawn)
    figures = {}
    for number, drawn in enumerate(found, 1):
        if picture := _picture(drawn.dot):
            figures[drawn] = _figure(drawn, picture, f"drawing-{number}")
    return figures


def _figure(drawn: Drawn, picture: str, name: str) -> Html:
    image = Html(svg.embed(picture, drawn.title, drawn.words, f"{name}-"))
    inside = tag("figcaption", drawn.title), tag("div", image, class_="wide")
    return tag("figure", *inside, id=name, class_="drawing")


@lru_cache(maxsize=256)  # a class makes the same mistakes
def _picture(text: str) -> str:
    """The SVG as Graphviz gives it, or nothing."""
    try:
        return render.render(text, "svg", DEADLINE).decode()
    except RenderError:
        return ""


def left_out(submissions: Iterable[SubmissionResult]) -> tuple[str, ...]:
    """The remark that drawings are missing on a page for want of a renderer."""
    wanted = any(task.drawn for s in submissions for task in s.tasks)
    return (NO_RENDERER,) if wanted and not any(render.renderers("svg")) else ()
