"""The right gradient at a point, by roads that know nothing of one another.

The engine's gradient is taken when differences agree with it along random directions;
then it is known to the last digits.  If they do not, or f does not run on the engine,
each entry is found from values of f alone: by complex steps where these agree with
differences, else by differences.

Where the two sides of a point have slopes of their own there is no right gradient, and
where a slope drowns in rounding nobody knows it: that is what ``trouble`` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.diagnosis.problem import Leaves, Problem
from minigrad.diagnosis.slopes import Sweep, complex_step, sweep

DIRECTIONS = 2
MOST = 400  # entries that are swept one by one; of more, so many are drawn,
SWEPT = 2e6  # or fewer, if each takes as long as an argument of this many numbers
STEPPED = 1e8  # the same for complex steps, of which one is enough
AGREE = 1e-7  # of the terms that make up a slope; a wrong rule is off by more


@dataclass
class Reference:
    """The right gradient, leaf by leaf: nan for an entry that nobody looked at."""

    gradient: Leaves
    doubt: Leaves
    road: str
    sweeps: list[tuple[Leaves, Sweep]]  # directions, and f along them
    engine: Leaves | None = None
    trouble: str | None = None
    left: Leaves = field(default_factory=list)  # slopes beside kinks, nan elsewhere
    right: Leaves = field(default_factory=list)

    @property
    def unseen(self) -> int:
        """How many entries nobody looked at, since there are so many."""
        return (
            0 if self.trouble else sum(int(np.sum(np.isnan(g))) for g in self.gradient)
        )

    @property
    def engine_is_wrong(self) -> bool:
        """Did the engine say something that differences contradict?"""
        return self.engine is not None and "minigrad" not in self.road


def reference(
    problem: Problem, x: Leaves, cotangent: Any, rng: np.random.Generator
) -> Reference:
    """The gradient of ⟨cotangent, f⟩ at x, and how it is known."""
    engine = _engine(problem, x, cotangent)
    directions = [directions_at(x, rng) for _ in range(DIRECTIONS)]
    along = [Along(problem, x, v, cotangent) for v in directions]
    sweeps = [sweep(phi, phi.rounding()) for phi in along]
    found = Reference([], [], "", list(zip(directions, sweeps, strict=True)), engine)
    exact = [complex_step(phi) for phi in along]
    if engine is not None:
        scales = [terms(engine, v) for v in directions]
        slopes = [inner(engine, v) for v in directions]
        if all(map(_confirmed, slopes, scales, sweeps)):
            return _by_engine(found, "minigrad and differences")
        lost = _rounding(problem, x, cotangent, engine, directions)
        if all(map(_confirmed_exactly, slopes, scales, sweeps, exact, lost)):
            return _by_engine(found, "minigrad and complex steps")
    analytic = all(
        number is not None and _confirmed(number, abs(number), s)
        for number, s in zip(exact, sweeps, strict=True)
    )
    if analytic:
        return _by_complex_steps(found, problem, x, cotangent, rng)
    return _by_differences(found, problem, x, cotangent, rng)


class Along:
    """φ(t) = ⟨cotangent, f(x + t v)⟩; t may be imaginary."""

    def __init__(self, problem: Problem, x: Leaves, v: Leaves, cotangent: Any) -> None:
        self.problem, self.x, self.v, self.cotangent = problem, x, v, cotangent

    def __call__(self, t: Any) -> Any:
        moved = [a + t * b for a, b in zip(self.x, self.v, strict=True)]
        return inner_any(self.cotangent, self.problem(moved))

    def rounding(self) -> float:
        """A few units in the last place of the terms that are added up, and of x.

        Where x is large, x + t v is rounded by more than a short step is long.
        """
        out = tree.flatten(self.problem(self.x))[0]
        total = 0.0
        for u, z in zip(tree.flatten(self.cotangent)[0], out, strict=True):
            kind = np.asarray(z).dtype
            eps = float(np.finfo(kind).eps) if kind.kind == "f" else 0.0
            total += 4 * eps * float(np.sum(np.abs(np.multiply(u, z))))
        here = inner_any(self.cotangent, self.problem(self.x))
        apart = [abs(self._rounded(sign) - here) for sign in (-1.0, 1.0)]
        return total + max([float(a) for a in apart if np.isfinite(a)], default=0.0)

    def _rounded(self, sign: float) -> Any:
        """φ where each large entry is one place beside the one that it should be."""
        place = sign * float(np.finfo(float).eps)
        moved = [
            a * (1 + place * np.sign(b) * (np.abs(a) > 1))
            for a, b in zip(self.x, self.v, strict=True)
        ]
        return inner_any(self.cotangent, self.problem(moved))


# ---------------------------------------------------------------- roads


def _engine(problem: Problem, x: Leaves, cotangent: Any) -> Leaves | None:
    """None where f does not run on the engine, for whatever reason."""
    try:
        with np.errstate(all="ignore"):
            found = problem.engine(x, cotangent)
    except Exception:  # a user's function, which may use anything
        return None
    return found if all(np.all(np.isfinite(g)) for g in found) else None


def _confirmed(slope: float, scale: float, s: Sweep) -> bool:
    """Do differences, which are sure of themselves, say the same?"""
    if s.kinked or not s.settled(scale):
        return False
    return abs(slope - s.best.value) <= AGREE * scale + 3 * s.best.doubt


def _rounding(
    problem: Problem, x: Leaves, u: Any, engine: Leaves, directions: Sequence[Leaves]
) -> list[float]:
    """How slopes by rules and by complex steps change with the last digits of x.

    Where terms cancel, as in sin² + cos², that is all there is to see.
    """
    eps, rng = float(np.finfo(float).eps), np.random.default_rng(0)
    lost = [0.0] * len(directions)
    for _ in range(4):
        near = [a * (1 + 8 * eps * rng.choice([-1.0, 1.0], a.shape)) for a in x]
        again = _engine(problem, near, u) or engine
        moved = [a - b for a, b in zip(again, engine, strict=True)]
        for i, v in enumerate(directions):
            steps = [complex_step(Along(problem, at, v, u)) or 0.0 for at in (x, near)]
            change = terms(moved, v) + abs(steps[1] - steps[0])
            lost[i] = max(lost[i], 100 * change)
    return lost


def _confirmed_exactly(
    slope: float, scale: float, s: Sweep, exact: float | None, lost: float
) -> bool:
    """Does a complex step say the same, and do differences not say otherwise?"""
    if exact is None or s.kinked or not np.isfinite(s.best.doubt):
        return False
    astray = abs(slope - s.best.value) > 3 * s.best.doubt + AGREE * scale
    return not astray and abs(slope - exact) <= 1e-10 * scale + lost


def _by_engine(found: Reference, road: str) -> Reference:
    assert found.engine is not None
    found.gradient, found.road = found.engine, road
    found.doubt = [np.zeros(g.shape) for g in found.gradient]
    return found


def _by_complex_steps(
    found: Reference,
    problem: Problem,
    x: Leaves,
    cotangent: Any,
    rng: np.random.Generator,
) -> Reference:
    found.road = "complex steps and differences"
    found.gradient = [np.full(leaf.shape, np.nan) for leaf in x]
    found.doubt = [np.zeros(leaf.shape) for leaf in x]
    for k, index in _entries(x, rng, STEPPED):
        slope = complex_step(Along(problem, x, _unit(x, k, index), cotangent))
        if slope is not None:
            found.gradient[k][index] = slope / _reach(x[k])[index]
    return found


def _by_differences(
    found: Reference,
    problem: Problem,
    x: Leaves,
    cotangent: Any,
    rng: np.random.Generator,
) -> Reference:
    found.road = "differences"
    shapes = [leaf.shape for leaf in x]
    found.gradient, found.doubt, found.left, found.right = (
        [np.full(shape, np.nan) for shape in shapes] for _ in range(4)
    )
    unsettled = None
    stair = max(s.stair for _, s in found.sweeps)  # one entry alone may move nothing
    for k, index in _entries(x, rng, SWEPT):
        phi = Along(problem, x, _unit(x, k, index), cotangent)
        s, reach = sweep(phi, phi.rounding() + stair), _reach(x[k])[index]
        if s.kinked:
            found.left[k][index] = s.left.value / reach
            found.right[k][index] = s.right.value / reach
        elif s.settled(_size(found)):
            found.gradient[k][index] = s.best.value / reach
            found.doubt[k][index] = 3 * s.best.doubt / reach
        else:
            unsettled = s
    found.trouble = _trouble(found, unsettled)
    if not found.trouble and not found.unseen and any(map(_bent, *_lines(found))):
        found.trouble = "corner"
    return found


def _lines(found: Reference) -> tuple[list[float], list[float], list[Sweep]]:
    """Slopes along the directions by the gradient, how far off, and the sweeps."""
    slopes = [inner(found.gradient, v) for v, _ in found.sweeps]
    doubts = [terms(found.doubt, v) for v, _ in found.sweeps]
    scales = [terms(found.gradient, v) for v, _ in found.sweeps]
    off = [d + 1e-5 * scale for d, scale in zip(doubts, scales, strict=True)]
    return slopes, off, [s for _, s in found.sweeps]


def _bent(slope: float, off: float, s: Sweep) -> bool:
    """Has f no tangent plane, but a slope along each axis, like min(|x|, |y|)?"""
    astray = abs(slope - s.best.value) > off + 5 * s.best.doubt
    return s.kinked or (astray and s.settled(0.0))


def _size(found: Reference) -> float:
    """How large slopes are here: what is small beside them need not be known well."""
    return max(abs(s.best.value) for _, s in found.sweeps)


def _trouble(found: Reference, unsettled: Sweep | None) -> str | None:
    if any(not np.all(np.isnan(side)) for side in found.left):
        return "kink"
    if unsettled is None:
        return None
    best, noise = unsettled.best, unsettled.noise
    lost = best.doubt <= 30 * noise / best.step
    size = np.nanmax(np.abs([unsettled.here, *unsettled.above, *unsettled.below]))
    return "noise" if lost and noise <= 1e-3 * size else "rough"  # or f jumps


def _entries(
    x: Leaves, rng: np.random.Generator, affordable: float
) -> list[tuple[int, tuple[int, ...]]]:
    """All entries, or as many as can be afforded."""
    entries = [(k, index) for k, a in enumerate(x) for index in np.ndindex(a.shape)]
    most = int(affordable // max(len(entries), 1))
    most = min(MOST, max(most, 20)) if affordable == SWEPT else max(most, MOST)
    if len(entries) <= most:
        return entries
    return [entries[i] for i in sorted(rng.choice(len(entries), most, replace=False))]


# ---------------------------------------------------------------- small pieces


def directions_at(x: Leaves, rng: np.random.Generator) -> Leaves:
    """Random directions to move x in, small where x is small: log at 1e-4 stays log."""
    return [rng.standard_normal(a.shape) * _reach(a) for a in x]


def _reach(a: Any) -> Any:
    size = np.minimum(np.abs(a), 1.0)
    return np.where(size == 0, 1.0, size)


def _unit(x: Leaves, k: int, index: tuple[int, ...]) -> Leaves:
    """The direction of one entry, as long as the entry allows."""
    v = [np.zeros(a.shape) for a in x]
    v[k][index] = _reach(x[k])[index]
    return v


def inner(a: Leaves, b: Leaves) -> float:
    """⟨a, b⟩ over all leaves."""
    return float(sum(np.vdot(p, q) for p, q in zip(a, b, strict=True)))


def inner_any(a: Any, b: Any) -> Any:
    """The same of containers, and of complex numbers without conjugation."""
    pairs = zip(tree.flatten(a)[0], tree.flatten(b)[0], strict=True)
    return sum(np.sum(np.multiply(p, q)) for p, q in pairs)


def terms(a: Leaves, b: Leaves) -> float:
    """How large the terms of ⟨a, b⟩ are."""
    return float(sum(np.sum(np.abs(p * q)) for p, q in zip(a, b, strict=True)))
