"""A function as it ran: its lines, its edges, and sweeps over them that may go wrong.

A loop writes one expression on many lines.  These lines are a *loop* here, and each has
its *turn*; an expression outside of loops is a loop of one turn.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.diagnosis.problem import Leaves, Problem
from minigrad.diagnosis.unfolded import unfolded
from minigrad.ops.broadcasting import value_of
from minigrad.tape import Edge, Line, Ref, Tape, Tensor

# (what ran, which edge, the adjoint of its line) -> what the edge passes on, or None
Term = Callable[["Program", int, Any], Any]


class Program:
    """f at one point: what it wrote on a tape, and the adjoints of its results."""

    def __init__(self, problem: Problem, x: Leaves, cotangent: Any) -> None:
        tape = Tape()
        inputs = list(map(tape.watch, x, problem.names))
        outs = tree.flatten(problem.on_leaves(*inputs))[0]
        self.lines, outs = unfolded(tape, outs)
        self.edges: list[Edge] = [e for line in self.lines for e in line.edges]
        self.shapes = [np.shape(value_of(leaf)) for leaf in x]
        self.seeds: dict[int, Any] = {}
        for out, u in zip(outs, tree.flatten(cotangent)[0], strict=True):
            if isinstance(out, Tensor):
                seed = np.asarray(u, dtype=float)
                self.seeds[out.line] = _sum(self.seeds.get(out.line), seed)
        self.size = sum(np.size(value_of(line.value)) for line in self.lines) or 1
        self.loops = _loops(self.lines)
        each = (enumerate(loop) for loop in self.loops)
        self.turns = {
            k: (loop, i)
            for loop, pairs in zip(self.loops, each, strict=True)
            for i, k in pairs
        }
        self.right = self.gradient()

    def right_term(self, k: int, g: Any) -> Any:
        """What the k-th edge passes on of an adjoint."""
        return self.edges[k][2].vjp(g, *self.edges[k][3])

    def gradient(
        self, wrong_edges: Sequence[int] = (), wrong: Term | None = None
    ) -> Leaves:
        """The adjoints of the inputs, by a sweep that goes wrong at some edges."""
        at = set(wrong_edges)

        def term(k: int, g: Any) -> Any:
            if not wrong or k not in at:
                return self.right_term(k, g)
            found, parent = wrong(self, k, g), self.lines[self.edges[k][1]].value
            if found is not None and np.shape(found) != np.shape(value_of(parent)):
                raise ValueError("a term of another shape")
            return found

        adjoints = [self.seeds.get(k) for k in range(len(self.lines))]
        for _ in self._sweep(adjoints, term):
            pass
        inputs = zip(adjoints, self.shapes, strict=False)  # they are the first lines
        return [np.zeros(shape) if g is None else g for g, shape in inputs]

    def terms(self, line: int) -> Iterator[tuple[str, Any]]:
        """The right terms of a line's adjoint, with the expressions they come by."""
        adjoints = [self.seeds.get(k) for k in range(len(self.lines))]
        for k, term in self._sweep(adjoints, self.right_term):
            here, parent, _, _ = self.edges[k]
            if parent == line:
                yield self.where(here), term

    def _sweep(
        self, adjoints: list[Any], choose: Callable[[int, Any], Any]
    ) -> Iterator[tuple[int, Any]]:
        """Edge by edge upward, as :meth:`minigrad.tape.Tape.sweep_up` goes."""
        for k in range(len(self.edges) - 1, -1, -1):
            line, parent, _, _ = self.edges[k]
            term = None if adjoints[line] is None else choose(k, adjoints[line])
            if term is not None:
                adjoints[parent] = _sum(adjoints[parent], term)
                yield k, term

    def value(self, arg: Any) -> Any:
        """What an argument of a line was."""
        return self.lines[arg.line].value if isinstance(arg, Ref) else arg

    def beside(self, line: int, loop: tuple[int, ...], shift: int) -> int | None:
        """The line that another loop wrote in the turn of this line, or one beside."""
        mine, turn = self.turns[line]
        if len(loop) not in (1, len(mine)) or (len(loop) == 1 and shift):
            return None
        there = turn + shift if len(loop) > 1 else 0
        return loop[there] if 0 <= there < len(loop) else None

    def sites(self) -> list[tuple[int, ...]]:
        """The edges from the turns of a loop to the same argument, the first first."""
        found: dict[Any, list[int]] = {}
        edges = iter(range(len(self.edges)))
        for k, line in enumerate(self.lines):
            for j, _ in enumerate(line.edges):
                found.setdefault((self.turns[k][0], j), []).append(next(edges))
        return list(map(tuple, found.values()))

    def told(self, line: int) -> str:
        """How the user wrote what stands on a line: ``np.tanh(a)``, or ``W``."""
        row = self.lines[line]
        if row.op is None:
            return f"`{row.name}`"
        text = (
            textwrap.shorten(row.place.text, 60, placeholder=" …") if row.place else ""
        )
        return f"`{text}`" if text else str(row.op.name)

    def where(self, line: int) -> str:
        """The same with its place in the user's file."""
        place = self.lines[line].place
        at = f" ({Path(place.file).name}:{place.line})" if place else ""
        return f"{self.told(line)}{at}"


def _loops(lines: Sequence[Line]) -> list[tuple[int, ...]]:
    """Lines of the same expression; the arrays of one list belong together as well."""
    found: dict[Any, list[int]] = {}
    for k, line in enumerate(lines):
        list_name = (line.name or "").partition("[")[0]
        key = (line.place, line.op.name) if line.op else list_name or k
        found.setdefault(key, []).append(k)
    return list(map(tuple, found.values()))


def _sum(before: Any, term: Any) -> Any:
    return term if before is None else before + term
