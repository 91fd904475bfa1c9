"""What a verdict rests on, in a few lines: the worst entry, and how remainders fall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from minigrad.diagnosis.draws import Draw
from minigrad.diagnosis.problem import Problem
from minigrad.diagnosis.ran import Program
from minigrad.diagnosis.reference import inner

Index = tuple[int, ...]


def evidence(problem: Problem, draw: Draw, explained: bool) -> Iterator[str]:
    """The worst entry, its terms if nothing explains it, and how remainders fall."""
    k, index = worst_entry(draw)
    c, r, name = draw.claimed[k], draw.right.gradient[k], problem.names[k]
    if np.shape(c) != r.shape:
        yield f"{name}: shape {np.shape(c)} where {r.shape} is right"
        return
    right = f"right {r[index]:.6g} ({draw.right.road})"
    if np.isnan(r[index]):
        left, other = draw.right.left[k][index], draw.right.right[k][index]
        right = f"but to the left {left:.6g} and to the right {other:.6g}"
    pattern = where_wrong(draw.wrong[k])
    yield f"{entry(name, index)}: claimed {c[index]:.6g}, {right}{pattern}"
    if not explained and draw.right.engine is not None:
        yield from _chain_rule(problem, draw, k, index)
    yield from _remainder(draw)


def worst_entry(draw: Draw) -> tuple[int, Index]:
    """The entry that is off the most; () in an array that has another shape."""
    found: list[tuple[float, int, Index]] = []
    for k, mask in enumerate(draw.wrong):
        c, r = draw.claimed[k], draw.right.gradient[k]
        if not np.any(mask):
            continue
        if np.shape(c) != r.shape:
            return k, ()
        off = np.where(mask, np.nan_to_num(np.abs(c - r), nan=np.inf), -1.0)
        where = np.unravel_index(np.argmax(off), off.shape)
        found.append((float(np.max(off)), k, tuple(map(int, where))))
    _, k, index = max(found, key=lambda entry: entry[0])
    return k, index


def where_wrong(mask: Any) -> str:
    """What the wrong entries have in common, where some entries are right.

    >>> where_wrong(np.array([[False, True, False], [False, True, False]]))
    '; wrong are those with index 1 along axis 1'
    >>> where_wrong(np.eye(3, dtype=bool))
    '; wrong is the diagonal'
    """
    if np.all(mask) or np.sum(mask) < 2:
        return ""
    for axis in range(mask.ndim):
        rows = np.unique(np.nonzero(mask)[axis])
        if len(rows) == 1:
            return f"; wrong are those with index {rows[0]} along axis {axis}"
    if mask.ndim == 2:
        diagonal = np.eye(*mask.shape) == 1
        if np.array_equal(mask, diagonal):
            return "; wrong is the diagonal"
        if not np.any(mask & diagonal) and np.all(mask | diagonal):
            return "; right is the diagonal alone"
    return ""


def kinks(problem: Problem, draw: Draw) -> Iterator[tuple[str, float, float]]:
    """The entries at a kink, and the slopes of its two sides."""
    for k, name in enumerate(problem.names):
        for where in np.argwhere(~np.isnan(draw.right.left[k])):
            at = tuple(map(int, where))
            left, right = draw.right.left[k][at], draw.right.right[k][at]
            yield entry(name, at), float(left), float(right)


def entry(name: str, index: Index) -> str:
    """``W[2, 1]``.

    >>> entry("W", (2, 1)), entry("x", ())
    ('W[2, 1]', 'x')
    """
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _chain_rule(problem: Problem, draw: Draw, k: int, index: Index) -> Iterator[str]:
    """Where nothing explains it: the terms that the right entry is made of."""
    program = Program(problem, draw.x, draw.cotangent)
    for at, term in list(program.terms(k))[:3]:
        yield f"  a term of it, through {at}: {term[index]:.6g}"


def _remainder(draw: Draw) -> Iterator[str]:
    """How what is left of a first-order expansion falls with the step."""
    if not draw.shapes_fit or not draw.right.sweeps:
        return
    v, sweep = draw.right.sweeps[0]
    order = sweep.order(inner(draw.claimed, v))
    if order is not None:
        yield (
            f"f(x + hv) - f(x) - h<claimed, v> falls like h^{order:.1f}; "
            "like h^2 if it is right"
        )
