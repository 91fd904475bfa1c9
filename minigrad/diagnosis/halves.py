"""Among too many entries to look at, one that is claimed wrongly, by halves."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.diagnosis.problem import Leaves, Problem
from minigrad.diagnosis.reference import Along, Reference, inner, terms
from minigrad.diagnosis.slopes import Sweep, sweep


def look_where_it_differs(
    found: Reference, problem: Problem, x: Leaves, cotangent: Any, claimed: Leaves
) -> None:
    """Of entries that nobody looked at, find one that is claimed wrongly, by halves.

    A direction through all of them tells whether there is any.
    """
    for v, s in found.sweeps:
        if not _contradicted(claimed, v, s):
            continue
        unseen = np.flatnonzero(
            np.concatenate([np.isnan(g.ravel()) for g in found.gradient])
        )
        while len(unseen) > 1:
            half = unseen[: len(unseen) // 2]
            part = _only(v, half)
            phi = Along(problem, x, part, cotangent)
            wrong = _contradicted(claimed, part, sweep(phi, phi.rounding()))
            unseen = half if wrong else unseen[len(unseen) // 2 :]
        part = _only(v, unseen)
        phi = Along(problem, x, part, cotangent)
        best = sweep(phi, phi.rounding()).best
        for k, b in enumerate(part):
            at = b != 0
            found.gradient[k][at] = best.value / b[at]
            found.doubt[k][at] = 3 * best.doubt / np.abs(b[at])
        return


def _contradicted(claimed: Leaves, v: Leaves, s: Sweep) -> bool:
    """Do differences, which are sure of themselves, say otherwise?"""
    scale = terms(claimed, v)
    if s.kinked or not s.settled(scale):
        return False
    return abs(inner(claimed, v) - s.best.value) > 1e-6 * scale + 5 * s.best.doubt


def _only(v: Leaves, entries: Any) -> Leaves:
    """A direction of nothing but these entries, counted through all arrays."""
    whole = np.concatenate([np.ravel(b) for b in v])
    kept = np.zeros(whole.shape)
    kept[entries] = whole[entries]
    ends = np.cumsum([b.size for b in v])[:-1]
    return [a.reshape(b.shape) for a, b in zip(np.split(kept, ends), v, strict=True)]
