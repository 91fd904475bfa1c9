"""A derivative along a line, from values alone, and how far it can be trusted.

φ(t) = ⟨ū, f(x + t v)⟩ is a function of one number, and what is asked for is φ'(0).
The central difference (φ(h) - φ(-h)) / 2h is off by h² times a third derivative, and by
ε/h, since φ is rounded: drawn against h it is a V, and a good step lies at its bottom.
Nobody knows beforehand where that is.  So all steps from 1/4 to 4e-9 are tried, each
pair of neighbors is combined so that the h² term cancels (Richardson), and the step is
taken where neighbors agree best.  Their disagreement is the *doubt*.

Each side alone gives a slope as well, from φ(h) - φ(0) or φ(0) - φ(-h).  Where the two
differ by more than their doubts there is a kink, and no derivative.

Long steps may agree with each other and see nothing: of a narrow bump the flat ground
beside it, of a pole what lies behind it.  So an estimate is also in doubt by whatever
shorter steps say otherwise, unless that is rounding.

    h  a step        φ  the function along the line        D  a difference quotient
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Line = Callable[[float], float]

RATIO = 4.0
STEPS = RATIO ** -np.arange(1.0, 15.0)
UNSEEN = 1e-5  # of all that φ varies: rounding to float32 on the way, which nobody told
SINGLE = 1e-6  # of the size of φ: a few units in the last place of float32


class Estimate(NamedTuple):
    """A slope, how far it may be off, and the step that it was found with."""

    value: float
    doubt: float
    step: float


class Sweep(NamedTuple):
    """Difference quotients of φ for every step, and what they come to."""

    here: float
    above: Any  # φ(h) for every step
    below: Any  # φ(-h)
    noise: float  # how far a value may be rounded

    @property
    def central(self) -> Any:
        """(φ(h) - φ(-h)) / 2h for every step."""
        return (self.above - self.below) / (2 * STEPS)

    @property
    def spread(self) -> float:
        """How much φ varies over all steps."""
        apart = np.abs(np.append(self.above, self.below) - self.here)
        return float(np.max(apart[np.isfinite(apart)], initial=0.0))

    @property
    def stair(self) -> float:
        """How far values are rounded, if they stand still on short steps."""
        sides = self.above - self.here, self.below - self.here
        return sum(_stair(side, self.here) for side in sides)

    @property
    def best(self) -> Estimate:
        """The derivative, if there is one."""
        return _settled(self.central, 2, self.noise, self.spread)

    @property
    def right(self) -> Estimate:
        """The slope of φ to the right of 0."""
        quotients = (self.above - self.here) / STEPS
        return _settled(quotients, 1, 2 * self.noise, self.spread)

    @property
    def left(self) -> Estimate:
        """The slope of φ to the left of 0."""
        quotients = (self.here - self.below) / STEPS
        return _settled(quotients, 1, 2 * self.noise, self.spread)

    @property
    def kinked(self) -> bool:
        """Do the slopes of the two sides differ, by more than can be doubt?"""
        right, left = self.right, self.left
        sure = 5 * (right.doubt + left.doubt)
        size = max(abs(right.value), abs(left.value))
        return abs(right.value - left.value) > sure + 1e-6 * size

    def settled(self, scale: float) -> bool:
        """Is the derivative known to a few digits of ``scale``, and so is each side?

        The central quotients of √|t| are all 0, and those of a side grow for ever.
        """
        three = (self.best, self.right, self.left)
        size = max(scale, *(abs(estimate.value) for estimate in three))
        return all(estimate.doubt <= 1e-2 * size for estimate in three)

    def remainder(self, slope: float) -> Any:
        """|φ(h) - φ(0) - h slope| for every step: it falls as h² if the slope is right.

        As h¹ if it is wrong.  Nan where it is lost in rounding.
        """
        rest = np.abs(self.above - self.here - STEPS * slope)
        return np.where(rest > 30 * self.noise, rest, np.nan)

    def order(self, slope: float) -> float | None:
        """The power of h with which the remainder falls; None where rounding hides it.

        >>> found = sweep(np.exp)
        >>> round(found.order(1.0), 1), round(found.order(1.1), 1)
        (2.0, 1.0)
        """
        rest = self.remainder(slope)
        with np.errstate(all="ignore"):
            powers = np.log(rest[:-1] / rest[1:]) / np.log(RATIO)
        powers = powers[np.isfinite(powers)]
        return float(np.median(powers[-5:])) if len(powers) > 1 else None


def sweep(phi: Line, rounding: float = 0.0) -> Sweep:
    """Evaluate φ at every step to both sides; ``rounding`` is that of its values.

    Terms that cancel inside of φ leave rounding as large as they were, which the size
    of the value does not tell; so φ is also moved by next to nothing.

    >>> found = sweep(np.sin).best
    >>> abs(found.value - 1.0) < 1e-10, found.doubt < 1e-9
    (True, True)
    >>> sweep(abs).kinked, sweep(np.sin).kinked
    (True, False)
    """
    eps = float(np.finfo(float).eps)
    with np.errstate(all="ignore"):
        here = phi(0.0)
        above = np.array([phi(h) for h in STEPS])
        below = np.array([phi(-h) for h in STEPS])
        nearby = [phi(k * 8 * eps) - here for k in (-2, -1, 1, 2)]
    jitter = float(np.max(np.abs(nearby)))
    noise = rounding + 4 * eps * abs(here) + (jitter if np.isfinite(jitter) else 0.0)
    found = Sweep(here, above, below, noise)
    return found._replace(noise=noise + found.stair)


def complex_step(phi: Callable[[complex], complex]) -> float | None:
    """Im φ(ih) / h: the derivative of an analytic φ, to the last digit.

    Nothing is subtracted, so h may be as small as it likes.  None where φ does not take
    complex numbers.  A φ that is not analytic gives a wrong number here, so it is to be
    compared with differences.

    >>> complex_step(np.sin)
    1.0
    """
    h = 1e-25
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a cast to real, which is to be expected
            value = complex(phi(1j * h)).imag / h
    except Exception:  # a user's function, which may refuse them as it likes
        return None
    return value if np.isfinite(value) else None


def _settled(quotients: Any, order: int, noise: float, spread: float) -> Estimate:
    """The quotients extrapolated to h = 0, at the step where neighbors agree best."""
    gain = RATIO**order
    with np.errstate(all="ignore"):
        better = (gain * quotients[1:] - quotients[:-1]) / (gain - 1)
        apart = np.abs(np.diff(better))
        doubt = np.append(apart, apart[-1]) + np.append(apart[:1], apart)
        doubt = doubt + noise / STEPS[1:]
    doubt = np.maximum(doubt, _contradiction(better, max(8 * noise, UNSEEN * spread)))
    doubt[~np.isfinite(doubt)] = np.inf
    k = int(np.argmin(doubt))
    return Estimate(float(better[k]), float(doubt[k]), float(STEPS[k + 1]))


def _contradiction(slopes: Any, rounding: float) -> Any:
    """How far the slope of each step is from those of shorter ones, beyond rounding."""
    with np.errstate(all="ignore"):
        apart = np.triu(np.abs(slopes[:, None] - slopes))
        apart[~(apart * STEPS[1:] > rounding)] = 0.0
    return np.max(apart, axis=1)


def _stair(changes: Any, here: float) -> float:
    """How far values are rounded that stand still on short steps, and then jump.

    By float32 on the way, that is: what moves at once by more than that had been flat.
    """
    moved = np.abs(changes[np.isfinite(changes) & (changes != 0)])
    if changes[-1] != 0 or not len(moved):
        return 0.0
    height = float(np.min(moved))
    return 4 * height if height <= SINGLE * (abs(here) + np.max(moved)) else 0.0
