"""What is claimed beside what is right, at the user's point and at points around it.

Only the arguments that are differentiated are moved: labels stay one-hot, masks stay
masks.  Tolerances: the engine's gradient is known to about 14 digits, and a formula
derived another way loses some of them, so 8 must agree in float64 and 3 in float32.
Where terms cancel more are lost; how many is measured, by moving the arguments by a few
units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.diagnosis.halves import look_where_it_differs
from minigrad.diagnosis.problem import Leaves, Problem
from minigrad.diagnosis.reference import Reference, reference

# The claimed gradient at a point, leaf by leaf, for a cotangent of the result.
# ``exact=False`` asks for it in float64, though the arguments were float32.
Claim = Callable[..., list[Any]]

DOUBLE, SINGLE = 1e-8, 1e-3  # relative; of the largest entry a hundredth of it
TRIES, OWN_TRIES = 6, 2  # what cancels to 1e-17 stays the same now and then
SHARE = 0.1  # of what the entry loses that moves the most
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
    symmetric: list[bool] = field(default_factory=list)  # which arguments were
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

    @property
    def digits(self) -> int:
        """How many agree with what is right, of the largest entry of all arrays."""
        right = [np.nan_to_num(r) for r in self.right.gradient]
        known = [expected(self, k, c) for k, c in enumerate(self.claimed)]
        pairs = zip(self.claimed, known, strict=True)
        off = max(
            float(np.max(np.nan_to_num(np.abs(c - r)), initial=0.0)) for c, r in pairs
        )
        size = max(float(np.max(np.abs(r), initial=0.0)) for r in right)
        return int(min(-np.log10(max(off / size, 1e-16)), 16)) if size else 16

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
    if draw.right.unseen and draw.shapes_fit:
        look_where_it_differs(draw.right, problem, draw.x, draw.cotangent, draw.claimed)
    for k, c in enumerate(draw.claimed):
        draw.wrong.append(_differ(draw, k, c))
    if not draw.any_wrong:
        _look_closer(claim, draw)
        return
    again = claim(draw.x, draw.cotangent)
    if all(map(np.array_equal, again, draw.claimed)):
        _forgive_rounding(problem, claim, draw)
    else:
        draw.again = again


def _look_closer(claim: Claim, draw: Draw) -> None:
    """A small array beside a large one is lost in float32; in float64 it shows.

    What computes in float32 whatever it is given cannot be blamed.
    """
    if not draw.single or len(draw.claimed) == 1:
        return
    try:
        again = claim(draw.x, draw.cotangent, exact=False)
    except Exception:  # a user's function, which may ask for float32
        return
    for k, (c, right) in enumerate(zip(again, draw.right.gradient, strict=True)):
        if np.asarray(c).dtype.itemsize < 8 or np.shape(c) != right.shape:
            continue
        largest = np.max(np.abs(np.nan_to_num(right)), initial=0.0)
        small = 1e-6 * max(np.max(np.abs(r), initial=0.0) for r in again)
        if 0 < largest < small:
            off = np.abs(c - right) - np.nan_to_num(draw.right.doubt[k])
            draw.wrong[k] = off > SINGLE * largest


def _differ(draw: Draw, k: int, c: Any) -> Any:
    right = draw.right.gradient[k]
    if np.shape(c) != right.shape:
        return np.ones(right.shape or (1,), dtype=bool)
    right = expected(draw, k, c)
    known = ~np.isnan(right)
    off = ~(np.abs(c - right) <= _allowed(draw, k))
    outside = _outside(draw, k, c)
    return (known & off) | outside


def expected(draw: Draw, k: int, c: Any) -> Any:
    """What is right for the k-th array; for a symmetric claim along symmetric changes.

    Of a symmetric matrix only, where both conventions are in use.
    """
    right = draw.right.gradient[k]
    if (
        draw.symmetric[k]
        and np.shape(c) == right.shape
        and np.allclose(c, np.transpose(c), 1e-9, 0)
    ):
        return (right + right.T) / 2
    return right


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
    """What moves as much when its arguments are rounded was not wrong.

    Each entry speaks for itself, and in part that of its array which moves the most:
    they are sums of similar terms, and where these cancel to 1e-17, some entries stay
    the same by accident.
    """
    lost = [np.zeros(np.shape(c)) for c in draw.claimed]
    rng = np.random.default_rng(0)
    for i in range(TRIES):
        # first by four places, then by no round number of them: those of float32 are
        # too few for a float64 sum to notice
        places = _whole if i < OWN_TRIES else _broken
        moved = [a * (1 + draw.eps * places(rng, a.shape)) for a in draw.x]
        if i < OWN_TRIES:
            mine = claim(moved, draw.cotangent)
            _lose(lost, map(_apart, mine, draw.claimed))
        if draw.right.engine is not None:
            right = problem.engine(moved, draw.cotangent)
            _lose(lost, map(_right_apart, right, draw.right.engine))
    for k, c in enumerate(draw.claimed):
        if np.shape(c) == draw.right.gradient[k].shape:
            off = np.abs(c - expected(draw, k, c))
            draw.wrong[k] &= ~(off <= ROUNDING * lost[k] + _allowed(draw, k))


def _whole(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return 4 * rng.choice([-1.0, 1.0], shape)


def _broken(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.uniform(-6.0, 6.0, shape)


def _lose(lost: list[Any], changes: Iterable[Any]) -> None:
    for k, change in enumerate(changes):
        if np.shape(change) in ((), np.shape(lost[k])):
            lost[k] = np.fmax(lost[k], change)


def _apart(a: Any, b: Any) -> Any:
    return np.abs(np.subtract(a, b)) if np.shape(a) == np.shape(b) else 0.0


def _right_apart(a: Any, b: Any) -> Any:
    apart = _apart(a, b)
    return np.fmax(apart, SHARE * np.max(apart, initial=0.0))


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
    if is_symmetric(a):
        moved = np.tril(moved) + np.tril(moved, -1).T
    return moved.astype(np.float32).astype(float) if _was_single(a) else moved


def is_symmetric(a: Any) -> bool:
    """Like a covariance, and not like the zeros or the identity that weights may be.

    A formula may then rely on it, and give the gradient along symmetric changes:
    NumPy's cholesky and eigh read one triangle only, and S⁻¹ is as right for log det.
    """
    if a.ndim != 2 or len(a) < 2 or not np.array_equal(a, a.T):
        return False
    return bool(np.any(a != np.diag(np.diag(a))) and np.ptp(a) > 0)


def _was_single(a: Any) -> bool:
    """What float32 holds exactly stays so: the claimed gradient may be given that."""
    with np.errstate(over="ignore"):
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
        draw.symmetric = [is_symmetric(a) for a in problem.leaves]
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
