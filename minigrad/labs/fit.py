"""Estimates with their confidence intervals, by resampling the repeats.

Samples are (repeats, points).  A resample draws whole rows with replacement, since the
points of one repeat may hang together (the layers of one network do).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RESAMPLES = 2000  # the ends of the interval then move by some 3 % of its width
BLOCKS = 20  # of resamples, one in memory at a time


class Estimate(NamedTuple):
    """A number and the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float

    @classmethod
    def exact(cls, value: float) -> Estimate:
        """What was computed and not sampled: its interval is a point."""
        return cls(float(value), float(value), float(value))


# What is averaged over the repeats, the first axis, and may have any others -----------


def mean(samples: np.ndarray) -> np.ndarray:
    """The mean over the repeats."""
    return np.asarray(np.mean(samples, axis=0))


def log_rms(samples: np.ndarray) -> np.ndarray:
    """The logarithm of the root mean square over the repeats."""
    return np.asarray(0.5 * np.log(np.mean(samples**2, axis=0)))


# Estimates --------------------------------------------------------------------------


def bootstrap(
    statistic: Callable[[np.ndarray], np.ndarray],
    samples: np.ndarray,
    rng: np.random.Generator,
) -> Estimate:
    """A statistic of the samples, with the 95 % percentile interval.

    The statistic is handed many resamples at once, (repeats, resamples, ...).

    >>> samples = np.random.default_rng(0).normal(5.0, 1.0, size=100)
    >>> found = bootstrap(mean, samples, np.random.default_rng(1))
    >>> found.low < 5.0 < found.high and found.high - found.low < 0.5
    True
    """
    samples = np.asarray(samples)
    draws = rng.integers(len(samples), size=(len(samples), RESAMPLES))
    blocks = np.array_split(draws, BLOCKS, axis=1)
    found = np.concatenate([statistic(samples[block]) for block in blocks])
    low, high = np.percentile(found, [2.5, 97.5])
    return Estimate(float(statistic(samples)), float(low), float(high))


# 97.5 % quantiles of Student's t for 1 to 10 degrees of freedom
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


def of_few(samples: np.ndarray) -> Estimate:
    """The mean of 2 to 11 samples, with the interval for a Gaussian of any width.

    Mean ± t s/√n.  Where resampling has little to draw from, its interval is too short:
    from two samples, always the two themselves.

    >>> of_few(np.array([1.0, 3.0]))
    Estimate(value=2.0, low=-10.706, high=14.706)
    """
    n = len(samples)
    if not 2 <= n <= len(STUDENT) + 1:
        raise ValueError(f"{n} samples; bootstrap more than {len(STUDENT) + 1}")
    middle, off = np.mean(samples), STUDENT[n - 2] * np.std(samples, ddof=1) / n**0.5
    return Estimate(float(middle), float(middle - off), float(middle + off))


def slope(
    x: np.ndarray,
    samples: np.ndarray,
    rng: np.random.Generator,
    average: Callable[[np.ndarray], np.ndarray] = mean,
) -> Estimate:
    """The slope of the least-squares line through ``average(samples)`` over x.

    x is (points,), samples (repeats, points), and average gives (points,).

    >>> x, rng = np.log([1.0, 10.0, 100.0]), np.random.default_rng(0)
    >>> samples = np.log([[3.0, 30.0, 300.0]]) + rng.normal(0.0, 0.1, (20, 3))
    >>> found = slope(x, samples, rng)
    >>> found.low < 1.0 < found.high
    True
    """
    x = np.asarray(x, dtype=np.float64)
    if np.ptp(x) == 0.0:
        raise ValueError(f"a slope needs two different x, but x is {x}")
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    return bootstrap(lambda rows: np.asarray(average(rows) @ weights), samples, rng)
