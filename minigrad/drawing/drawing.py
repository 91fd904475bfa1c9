"""``draw`` and what it returns: one graph, written in whatever format is asked for."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minigrad.drawing import (
    dot,
    gallery,
    json,
    names,
    objects,
    render,
    stepper,
    svg,
    target,
    text,
    tikz,
)
from minigrad.drawing.build import graph
from minigrad.drawing.collapse import OPERATIONS, View, fit
from minigrad.drawing.errors import RendererMissing, RenderError, SaveError, TargetError
from minigrad.drawing.model import Graph
from minigrad.drawing.target import Target
from minigrad.tape import Adjoints, Tape, Tensor

FORMATS = ("svg", "png", "pdf", "html", "tex", "dot", "txt", "json")
RENDERED = ("png", "pdf")
OURS = ("minigrad", "minigrad.drawing")  # packages between draw and its caller
_serials = itertools.count(1)  # ids of drawings on one page must differ


class Drawing:
    """A computation graph that can be shown, saved, or read aloud."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @property
    def dot(self) -> str:
        """The drawing in Graphviz's language; any renderer makes the same picture."""
        return dot.write(self.graph)

    def svg(self, prefix: str = "minigrad-") -> str:
        """The picture as SVG with a title, a description and a dark mode."""
        return svg.finish(render.render(self.dot, "svg").decode(), self.graph, prefix)

    def html(self) -> str:
        """A page to go through both sweeps step by step, offline."""
        return stepper.write(self.graph)

    def text(self) -> str:
        """The drawing in words: layers, values, gradients, one a line."""
        return text.write(self.graph)

    def tex(self) -> str:
        """The drawing for LaTeX: a document that needs the package tikz."""
        return tikz.write(self.graph)

    def json(self) -> str:
        """The graph as data."""
        return json.write(self.graph)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Drawing of {self.graph.title}: {len(self.graph.cards)} values>"

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> Path:
        """Write the file, whole or not at all; the ending names the format.

        Raises TargetError for a format that is not one; RenderError if it cannot be
        drawn or written.  Where no Graphviz is found the DOT text is saved beside.
        """
        path = Path(path)
        format = _format(path, format)
        try:
            content = self._content(format)
        except RendererMissing as error:
            beside = path.with_suffix(".dot")
            if beside.exists() and not beside.read_bytes().startswith(dot.FIRST):
                raise  # somebody else's file
            _write(beside, self.dot.encode())
            raise RendererMissing(f"{error}\nwrote {beside} instead") from None
        _write(path, content)
        return path

    def _content(self, format: str) -> bytes:
        if format in RENDERED:
            return render.render(self.dot, format)
        writers: dict[str, Callable[[], str]] = {
            "svg": self.svg,
            "html": self.html,
            "dot": lambda: self.dot,
            "txt": self.text,
            "tex": self.tex,
            "json": self.json,
        }
        return writers[format]().encode()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """What a notebook shows: the picture, or the words if nothing can render."""
        bundle = {"text/plain": self.text()}
        try:
            bundle["image/svg+xml"] = self.svg(prefix=f"mg{next(_serials)}-")
        except RenderError as error:
            bundle["text/plain"] += f"\n({error})\n"
        return bundle


def draw(
    subject: Any,
    *args: Any,
    gradients: bool = True,
    **view: Any,
) -> Drawing:
    """Draw a computation: its values, gradients and local derivatives.

    subject : a function, with the arguments to call it with;
              ``"file.py:function"`` (see :func:`load_target`), or a Target;
              the name of a drawing in the gallery, ``"rnn"``;
              a Tensor of an explaining tape: what it was computed from;
              a Tape, and what its ``backward`` gave if gradients are wanted;
              a scalar of another engine (see :mod:`minigrad.drawing.objects`).

    ``gradients=False`` shows the forward pass alone, with a dash for each gradient.
    How much is drawn are keywords as well, the fields of :class:`View`: ``level=0`` for
    layers alone, ``around="z1", radius=1``, ``max_nodes=100``, ``local=False``, ...
    Raises TargetError for what cannot be drawn, TooLargeError beyond 20 000 values.

    >>> print(draw(lambda x: x**2 + 1.0, 3.0), end="")
    Computation graph of the function: 2 values. Result 10.
    <BLANKLINE>
    x²
        value     9
        gradient  1
        reads x, input
            value     3
            local     2 x = 6
            gradient  6
    <BLANKLINE>
    x² + 1, output
        value     10
        gradient  1
        reads x²
            local     1
            passes    1
    """
    if isinstance(subject, str) and subject in gallery.GALLERY:
        exhibit = gallery.GALLERY[subject]
        return draw(
            *(exhibit.function, *exhibit.arguments()),
            gradients=gradients,
            **(exhibit.view | view),
        )
    chosen = _view(view)
    if isinstance(subject, str):
        subject = target.load_target(subject)
    if isinstance(subject, Target):
        with target.running(subject.path):
            trace = target.trace(subject.function, subject.args)
        name = target.name_of(subject.function)
        title = f"{name} · {subject.path.name}"
        return _draw_trace(trace, name, gradients, chosen, title)
    if isinstance(subject, Tape):
        return _draw_tape(subject, args, _variables(), chosen)
    if isinstance(subject, Tensor):
        found = names.named(_variables(), subject.tape)
        trace = target.Trace(subject.tape, [subject], found)
        name = found.lines.get(subject.line, "a tensor")
        return _draw_trace(trace, name, gradients, chosen)
    if objects.is_drawable(subject):
        return Drawing(fit(objects.graph(subject, _variables()), chosen))
    if callable(subject):
        trace = target.trace(subject, args)
        return _draw_trace(trace, target.name_of(subject), gradients, chosen)
    kind = type(subject).__name__
    raise TargetError(
        f"cannot draw a {kind}; draw a function with its arguments, a Tensor, "
        'a Tape, or "file.py:function"'
    )


def _view(fields: dict[str, Any]) -> View:
    try:
        view = View(**fields)
    except TypeError:
        known = ", ".join(View.__dataclass_fields__)
        unknown = ", ".join(fields.keys() - View.__dataclass_fields__.keys())
        raise TargetError(f"draw has no setting {unknown}; there are {known}") from None
    if view.level not in range(4):
        raise TargetError(
            f"there is no level {view.level}; 0 layers, 1 tensors, 2 cards, 3 all"
        )
    if view.max_nodes < 3:
        raise TargetError(
            "max_nodes is at least 3: the first, the last, what is between"
        )
    return view


def _draw_trace(
    trace: target.Trace, name: str, gradients: bool, view: View, title: str = ""
) -> Drawing:
    outputs, tape = trace.outputs, trace.tape
    note = target.why_no_gradients(outputs, name) or ""
    adjoints = None
    if gradients and not note:
        adjoints = tape.backward(outputs[0])
    lines = [out.line for out in outputs]
    return _drawing(tape, lines, adjoints, trace.names, view, title or name, note)


def _draw_tape(
    tape: Tape, args: tuple[Any, ...], variables: dict[str, Any], view: View
) -> Drawing:
    adjoints = args[0] if args else None
    if args[1:] or not isinstance(adjoints, Adjoints | None):
        raise TargetError("with a tape comes nothing, or what its backward(...) gave")
    if not tape.size:
        raise TargetError("the tape is empty: watch an input and compute with it first")
    computed = {line for line, _, _, _ in tape.edges()}
    ends = sorted(computed - {parent for _, parent, _, _ in tape.edges()})
    found = names.named(variables, tape)
    title = found.lines.get(ends[-1], "") if len(ends) == 1 else ""
    return _drawing(tape, ends, adjoints, found, view, title or "a tape")


def _drawing(
    tape: Tape,
    ends: list[int],
    adjoints: Adjoints | None,
    found: names.Names,
    view: View,
    title: str,
    note: str = "",
) -> Drawing:
    fold = view.level < OPERATIONS
    whole = graph(tape, ends, adjoints, found, title=title, note=note, fold=fold)
    return Drawing(fit(whole, view))


def _variables() -> dict[str, Any]:
    """The variables where draw was called: they name the values of a tape."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__package__", "") in OURS:
        frame = frame.f_back
    return dict(frame.f_locals)


def _format(path: Path, format: str | None) -> str:
    chosen = (format or path.suffix.removeprefix(".")).lower()
    if chosen not in FORMATS:
        what = f"format {chosen!r}" if chosen else f"{path.name} without an ending"
        raise TargetError(f"cannot draw as {what}; there are {', '.join(FORMATS)}")
    return chosen


def _write(path: Path, content: bytes) -> None:
    """Beside the file first, then in its place: no reader meets a half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    except OSError as error:
        raise SaveError(f"cannot write {path}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
