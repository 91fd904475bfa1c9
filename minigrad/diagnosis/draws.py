"""What is claimed beside what is right, at the user's point and at points around it.

Only the arguments that are differentiated are moved: labels stay one-hot, masks stay
masks.  Tolerances: the engine's gradient is known to about 14 digits, and a formula
derived another way loses some of them, so 8 must agree in float64 and 3 in float32.
Where terms cancel more are lost; how many is measured, by moving the arguments by a few
units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.diagnosis.problem import Leaves, Problem
from minigrad.diagnosis.reference import Reference, reference

# The claimed gradient at a point, leaf by leaf, for a cotangent of the result.
Claim = Callable[[Leaves, Any], list[Any]]

DOUBLE, SINGLE = 1e-8, 1e-3  # relative; of the largest entry a hundredth of it
ROUNDING = 100.0  # times what a few units in the last place change


@dataclass
class Draw:
    """One point: what was claimed there, what is right, and where they differ."""

    x: Leaves
    cotangent: Any
    out: Any
    claimed: list[Any]
    right: Reference
    single: bool
    wrong: list[Any] = field(default_factory=list)  # masks; whole leaves of other shape
    again: list[Any] | None = None  # what a second call returned, if it differed

    @property
    def rtol(self) -> float:
        """How many digits must agree before anything is lost."""
        if self.single:
            return SINGLE
        return 1e-6 if self.right.road == "differences" else DOUBLE

    @property
    def eps(self) -> float:
        """The unit in the last place."""
        return float(np.finfo(np.float32 if self.single else float).eps)

    @property
    def any_wrong(self) -> bool:
        """Is any entry of any array wrong?"""
        return any(map(self.is_wrong, range(len(self.wrong))))

    def is_wrong(self, k: int) -> bool:
        """Is any entry of the k-th array wrong?"""
        return bool(np.any(self.wrong[k]))

    @property
    def shapes_fit(self) -> bool:
        """Is everything that is claimed shaped like what is right?"""
        pairs = zip(self.claimed, self.right.gradient, strict=True)
        return all(np.shape(c) == r.shape for c, r in pairs)

    def same(self, other: Sequence[Any]) -> bool:
        """Is this what was claimed, in the digits that can be told?"""
        rtol = max(self.rtol, 1e-7)
        return all(
            np.shape(c) == np.shape(o) and same(c, o, rtol)
            for c, o in zip(self.claimed, other, strict=True)
        )


def same(a: Any, b: Any, rtol: float) -> bool:
    """Do all entries agree, up to a share of each and a smaller one of the largest?"""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.maximum(np.abs(a), np.abs(b))
    allowed = rtol * (size + 0.01 * np.max(size, initial=0.0))
    return bool(np.all(np.abs(a - b) <= allowed))


def compare(problem: Problem, claim: Claim, draw: Draw) -> None:
    """Mark the entries of a draw that differ by more than rounding can."""
    for k, c in enumerate(draw.claimed):
        draw.wrong.append(_differ(draw, k, c))
    if not draw.any_wrong:
        return
    again = claim(draw.x, draw.cotangent)
    if all(map(np.array_equal, again, draw.claimed)):
        _forgive_rounding(problem, claim, draw)
    else:
        draw.again = again


def _differ(draw: Draw, k: int, c: Any) -> Any:
    right = draw.right.gradient[k]
    if np.shape(c) != right.shape:
        return np.ones(right.shape or (1,), dtype=bool)
    known = ~np.isnan(right)
    off = ~(np.abs(c - right) <= _allowed(draw, k))
    outside = _outside(draw, k, c)
    return (known & off) | outside


def _allowed(draw: Draw, k: int) -> Any:
    """How far each entry of the k-th array may be off.

    In float32 a slope like 1 - tanh² near 1 keeps few digits, though none of the
    arguments moves it; such entries are small beside the largest of all arrays.
    """
    right = [np.abs(np.nan_to_num(r)) for r in draw.right.gradient]
    largest = max(np.max(r, initial=0.0) for r in right)
    relative = right[k] + 0.01 * np.max(right[k], initial=0.0)
    last_places = 64 * draw.eps * largest
    return draw.rtol * relative + last_places + np.nan_to_num(draw.right.doubt[k])


def _outside(draw: Draw, k: int, c: Any) -> Any:
    """At a kink every slope between those of the two sides may be claimed."""
    if not draw.right.left:
        return False
    left, right = draw.right.left[k], draw.right.right[k]
    room = 1e-5 * np.maximum(np.abs(left), np.abs(right))
    low, high = np.minimum(left, right) - room, np.maximum(left, right) + room
    return ~np.isnan(left) & ~((low <= c) & (c <= high))


def _forgive_rounding(problem: Problem, claim: Claim, draw: Draw) -> None:
    """An entry that moves as much when its arguments are rounded was not wrong."""
    rng = np.random.default_rng(0)
    for _ in range(2):
        moved = [
            a * (1 + 4 * draw.eps * rng.choice([-1.0, 1.0], a.shape)) for a in draw.x
        ]
        again = [(draw.claimed, claim(moved, draw.cotangent))]
        if draw.right.engine is not None:
            again.append((draw.right.engine, problem.engine(moved, draw.cotangent)))
        for before, after in again:
            for k, (c, d) in enumerate(zip(before, after, strict=True)):
                shapes = {np.shape(c), np.shape(d), np.shape(draw.claimed[k])}
                if shapes == {draw.right.gradient[k].shape}:
                    off = np.abs(draw.claimed[k] - draw.right.gradient[k])
                    lost = ROUNDING * np.abs(np.subtract(c, d)) + _allowed(draw, k)
                    draw.wrong[k] &= ~(off <= lost)


def points(problem: Problem, number: int, seed: int) -> list[Leaves]:
    """The user's point, and others around it: no sign changes, zeros move freely."""
    found = [problem.leaves]
    for k in range(1, number):
        rng = np.random.default_rng([seed, k])
        found.append([_moved(a, rng) for a in problem.leaves])
    return found


def _moved(a: Any, rng: np.random.Generator) -> Any:
    reach = np.where(a == 0, 1.0, np.minimum(np.abs(a), 1.0))
    moved = a + reach * rng.uniform(-0.5, 0.5, a.shape)
    return moved.astype(np.float32).astype(float) if _was_single(a) else moved


def _was_single(a: Any) -> bool:
    """What float32 holds exactly stays so: the claimed gradient may be given that."""
    return bool(np.all(a.astype(np.float32) == a))


def cotangent_for(out: Any, given: Any, rng: np.random.Generator) -> Any:
    """1 for a number; random numbers in the shape of anything else."""
    if given is not None:
        return given
    if is_number(out):
        return 1.0
    return tree.map(lambda z: rng.standard_normal(np.shape(z)), out)


def is_number(out: Any) -> bool:
    return not isinstance(out, (dict, list, tuple)) and np.ndim(out) == 0


def draw_at(
    problem: Problem,
    claim: Claim,
    x: Leaves,
    given: Any,
    rng: np.random.Generator,
) -> Draw | None:
    """Everything about one point; None where f is not finite there."""
    with np.errstate(all="ignore"):
        out = problem(x)
        if not all(np.all(np.isfinite(z)) for z in tree.flatten(out)[0]):
            return None
        u = cotangent_for(out, given, rng)
        claimed = claim(x, u)
        single = problem.single or any(map(_is_float32, claimed)) or _is_float32(out)
        arrays = [np.asarray(c, dtype=float) for c in claimed]
        draw = Draw(x, u, out, arrays, reference(problem, x, u, rng), single)
        if all(np.all(np.isfinite(c)) for c in arrays):
            compare(problem, claim, draw)
        else:
            draw.wrong = [
                _lost(c, r) for c, r in zip(arrays, draw.right.gradient, strict=True)
            ]
    return draw


def _lost(c: Any, right: Any) -> Any:
    """Entries that are not finite, where the right ones are."""
    return ~np.isfinite(c) & (~np.isnan(right) if right.shape == np.shape(c) else True)


def _is_float32(x: Any) -> bool:
    return getattr(x, "dtype", None) in (np.float32, np.float16)
