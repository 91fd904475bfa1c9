"""Which operation has a wrong rule: each line of a tape is differentiated by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from minigrad import tree
from minigrad.diagnosis.slopes import sweep
from minigrad.ops.broadcasting import value_of
from minigrad.places import Place
from minigrad.tape import Edge, Line, Ref, Tape, Tensor

MOST = 3000  # lines to look at
AGREE = 1e-6


class WrongRule(NamedTuple):
    """An operation whose rule and whose values disagree, and by how much."""

    op: str
    argument: str
    mode: str  # "vjp" or "jvp"
    place: Place | None
    found: float
    right: float

    def __str__(self) -> str:
        text = (
            f"the {self.mode} of {self.op} by {self.argument} gives {self.found:.6g} "
            f"along a random direction, and differences of {self.op} {self.right:.6g}"
        )
        return text + (f"\n  at {self.place}:  {self.place.text}" if self.place else "")


def find_wrong_rule(f: Callable[..., Any], *args: Any) -> WrongRule | None:
    """The first operation of f at these arguments whose rule contradicts its values.

    Every line of the tape is moved along a random direction of one of its arguments,
    ⟨ū, op(x + h v)⟩, and compared with ⟨vjp(ū), v⟩ and ⟨ū, jvp(v)⟩.  None if no line
    disagrees.  The cost is some thirty runs of f.

    >>> import minigrad as mg
    >>> half = lambda g, x: g * x                      # should be 2 g x
    >>> square = mg.primitive(x=mg.Rule(half, half))(lambda x: x * x)
    >>> found = mg.find_wrong_rule(lambda x: np.sum(np.sin(x) + square(x)), np.ones(3))
    >>> found.argument, found.mode, round(found.right / found.found, 6)
    ('x', 'vjp', 2.0)
    """
    tape = Tape()
    watch = lambda leaf: tape.watch(leaf) if _is_float(leaf) else leaf
    with np.errstate(all="ignore"):
        f(*(tree.map(watch, arg) for arg in args))
        rng = np.random.default_rng(0)
        for line in (tape.lines or [])[:MOST]:
            for wrong in _wrong_edges(tape, line, rng):
                return wrong
    return None


def _is_float(leaf: Any) -> bool:
    floats = (float, np.floating, np.ndarray, Tensor)
    return isinstance(leaf, floats) and np.asarray(value_of(leaf)).dtype.kind == "f"


def _wrong_edges(
    tape: Tape, line: Line, rng: np.random.Generator
) -> Iterator[WrongRule]:
    lines = tape.lines or []
    values = [lines[a.line].value if isinstance(a, Ref) else a for a in line.args]
    moving = [i for i, a in enumerate(line.args) if isinstance(a, Ref)]
    for i, edge in zip(moving, line.edges, strict=True):
        u = rng.standard_normal(np.shape(line.value))
        v = rng.standard_normal(np.shape(values[i])) * _reach(values[i])
        along = sweep(_Moved(line, values, i, u, v))
        if along.kinked or not along.settled(0.0):
            continue
        for mode, slope, scale in _slopes(edge, u, v):
            if abs(slope - along.best.value) > AGREE * scale + 5 * along.best.doubt:
                name = _argument(line, i)
                at, right = line.place, along.best.value
                yield WrongRule(line.op.name, name, mode, at, slope, right)


class _Moved:
    """⟨u, op(..., x + t v, ...)⟩ with everything else as it was."""

    def __init__(self, line: Line, values: list[Any], i: int, u: Any, v: Any) -> None:
        self.line, self.values, self.i, self.u, self.v = line, values, i, u, v

    def __call__(self, t: float) -> float:
        values = list(self.values)
        values[self.i] = np.asarray(values[self.i] + t * self.v)[()]
        return float(np.sum(self.u * self.line.op(*values, **self.line.kwargs)))


def _slopes(edge: Edge, u: Any, v: Any) -> Iterator[tuple[str, float, float]]:
    """The slope by each of the two functions of a rule, and the size of its terms."""
    _, _, rule, saved = edge
    term = rule.vjp(u[()], *saved)
    yield "vjp", float(np.sum(term * v)), float(np.sum(np.abs(term * v)))
    try:
        tangent = rule.jvp(v[()], *saved) if rule.jvp else None
    except TypeError:  # a custom_vjp has none, and says so
        tangent = None
    if tangent is not None:
        yield "jvp", float(np.sum(u * tangent)), float(np.sum(np.abs(u * tangent)))


def _reach(x: Any) -> Any:
    size = np.minimum(np.abs(x), 1.0)
    return np.where(size == 0, 1.0, size)


def _argument(line: Line, i: int) -> str:
    names = getattr(line.op, "arrays", [])
    return names[i] if i < len(names) else f"argument {i}"
