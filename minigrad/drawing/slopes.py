"""Local derivatives as numbers, read off the rules of the tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.ops.broadcasting import Elementwise, value_of
from minigrad.tape import Adjoints, Edge, Line, shape_of


def slopes(line: Line, parent: Any, edge: Edge) -> Any:
    """The local derivative entry by entry, where one number an entry tells it all.

    An elementwise result moves with its own entry of the argument only: pushing ones
    forward reads those slopes off.  A scalar has one slope by each entry of the
    argument, which pulling a one back gives.  Elsewhere (products) the result is None.
    """
    _, _, rule, saved = edge
    with np.errstate(all="ignore"):
        if isinstance(line.op, Elementwise) and rule.jvp:
            return value_of(rule.jvp(np.ones(shape_of(parent)), *saved))
        if shape_of(line.value) == ():
            return value_of(rule.vjp(np.ones(()), *saved))
    return None


def term(line: int, edge: Edge, adjoints: Adjoints | None) -> Any:
    """local x gradient, which the edge hands to its parent; None before backward."""
    if adjoints is None:
        return None
    _, _, rule, saved = edge
    adjoint = adjoints.at(line)
    if adjoint is None:
        return 0.0
    with np.errstate(all="ignore"):
        return value_of(rule.vjp(adjoint, *saved))


def units_off(value: Any) -> tuple[int, int]:
    """How many units (entries of the last axis) no sample turns on, and of how many."""
    batch = np.reshape(value, (-1, np.shape(value)[-1] if np.ndim(value) else 1))
    on = np.any(batch > 0, axis=0)
    return on.size - int(np.count_nonzero(on)), on.size
