"""DOT in, picture out, through whichever Graphviz the machine has.

``dot`` on PATH comes first, then pygraphviz, whose wheels carry a Graphviz of their
own.  Either runs as a process under a deadline, so that a layout without end or a crash
in native code is a sentence here and nothing worse.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator

DEADLINE = 60.0  # seconds
RESOLUTION = {"png": "192"}  # dots per inch; twice the usual, for projectors

MISSING = """no Graphviz was found to draw with; any one of these brings one:
  python -m pip install "minigrad[dot]"      (pygraphviz, whose wheels carry Graphviz)
  your package manager's graphviz            (apt install graphviz, brew install graphviz)
  conda install -c conda-forge graphviz
or write the drawing as .dot or .txt, which needs none"""

_PYGRAPHVIZ = """
import sys
import pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
if len(sys.argv) > 2:
    graph.graph_attr["dpi"] = sys.argv[2]
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""


class RenderError(RuntimeError):
    """Graphviz was found and did not draw."""


class RendererMissing(RenderError):
    """No Graphviz was found; the message lists the ways to get one."""


def render(dot: str, format: str, deadline: float = DEADLINE) -> bytes:
    """The picture as ``svg``, ``png`` or ``pdf``; raises RenderError if there is none.

    If one renderer fails (a ``dot`` built without PNG, say) the next one is tried.
    """
    failure: RenderError | None = None
    for command in commands(format):
        try:
            return _run(command, dot, deadline)
        except RenderError as error:
            failure = failure or error
    raise failure or RendererMissing(MISSING)


def commands(format: str) -> Iterator[list[str]]:
    """The command lines that could render, best first; each reads DOT from stdin."""
    resolution = RESOLUTION.get(format)
    program = shutil.which("dot")
    if program:
        yield [program, f"-T{format}", *([f"-Gdpi={resolution}"] if resolution else [])]
    if importlib.util.find_spec("pygraphviz"):
        # -P: a file called pygraphviz.py in the current folder is not the package.
        command = [sys.executable, "-P", "-c", _PYGRAPHVIZ, format]
        yield [*command, *([resolution] if resolution else [])]


def _run(command: list[str], dot: str, deadline: float) -> bytes:
    try:
        done = subprocess.run(
            command, input=dot.encode(), capture_output=True, timeout=deadline
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
