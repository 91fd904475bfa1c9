"""DOT in, picture out, through whichever Graphviz the machine has.

``dot`` on PATH comes first, then pygraphviz, whose wheels carry a Graphviz of their
own.  Either runs as a process under a deadline, so that a layout without end or a crash
in native code is a sentence here and nothing worse.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from minigrad.drawing import fonts
from minigrad.drawing.errors import RendererMissing, RenderError

DEADLINE = 60.0  # seconds
RESOLUTION = {"png": "192"}  # dots per inch; twice the usual, for projectors

MISSING = """no Graphviz was found to draw with; any one of these brings one:
  python -m pip install "minigrad[dot]"    (pygraphviz, whose wheels carry Graphviz)
  apt install graphviz                     (brew install graphviz, and so on)
  conda install -c conda-forge graphviz
or write the drawing as .dot or .txt, which needs none"""

FONTLESS = (
    "this machine has no fonts, so a {} would show empty boxes; "
    'save it as .svg, or run python -m pip install "minigrad[plot]", which brings some'
)

_PYGRAPHVIZ = """
import sys
import pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
if len(sys.argv) > 2:
    graph.graph_attr["dpi"] = sys.argv[2]
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""


class Renderer(NamedTuple):
    """A command that reads DOT from stdin, and whether its fonts are the machine's."""

    command: list[str]
    needs_fonts: bool


def render(dot: str, format: str, deadline: float = DEADLINE) -> bytes:
    """The picture as ``svg``, ``png`` or ``pdf``; raises RenderError if there is none.

    If one renderer fails (a ``dot`` built without PNG, say) the next one is tried.
    """
    failure: RenderError | None = None
    for command, needs_fonts in renderers(format):
        try:
            with _fonts(format, needs_fonts) as environment:
                return _run(command, dot, deadline, environment)
        except RenderError as error:
            failure = failure or error
    raise failure or RendererMissing(MISSING)


def renderers(format: str) -> Iterator[Renderer]:
    """What could render here, best first."""
    resolution = RESOLUTION.get(format)
    program = shutil.which("dot")
    if program:
        dpi = [f"-Gdpi={resolution}"] if resolution else []
        yield Renderer([program, f"-T{format}", *dpi], needs_fonts=False)
    if importlib.util.find_spec("pygraphviz"):
        # -P: a file called pygraphviz.py in the current folder is not the package.
        command = [sys.executable, "-P", "-c", _PYGRAPHVIZ, format]
        yield Renderer([*command, *([resolution] if resolution else [])], True)


@contextmanager
def _fonts(format: str, needed: bool) -> Iterator[Mapping[str, str]]:
    """The environment to render in; with borrowed fonts where there are no others."""
    if not needed or fonts.installed():
        yield os.environ
        return
    lent = fonts.lent()
    if lent is None:
        if format != "svg":  # whoever looks at an SVG brings the fonts
            raise RenderError(FONTLESS.format(format))
        yield os.environ
        return
    with tempfile.TemporaryDirectory() as folder:
        yield {**os.environ, **fonts.configuration(lent, Path(folder))}


def _run(
    command: list[str], dot: str, deadline: float, environment: Mapping[str, str]
) -> bytes:
    try:
        done = subprocess.run(
            command,
            input=dot.encode(),
            capture_output=True,
            timeout=deadline,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"Graphviz did not finish within {deadline:g} seconds; "
            "draw a smaller graph, or save it as .dot"
        ) from None
    except OSError as error:
        raise RenderError(f"Graphviz did not start: {error}") from None
    if done.returncode < 0:
        raise RenderError(f"Graphviz crashed (signal {-done.returncode})")
    if done.returncode or not done.stdout:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise RenderError(f"Graphviz failed: {lines[-1] if lines else 'no output'}")
    return done.stdout
