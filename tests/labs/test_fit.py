"""Intervals cover what they should, and verdicts have three words."""

from __future__ import annotations

import math

import numpy as np
import pytest

from minigrad.labs.fit import Estimate, bootstrap, log_rms, mean, slope
from minigrad.labs.verdict import at_least, at_most, near


def test_nineteen_of_twenty_intervals_cover_the_slope():
    """300 fits of a known line, with noise that the points of a repeat share.

    The percentile interval of 12 repeats is a little short: 88 to 97 % is what 300
    fits can tell from 92 %.
    """
    rng = np.random.default_rng(0)
    x, covered = np.log([16.0, 32.0, 64.0, 128.0]), 0
    for _ in range(300):
        walks = np.cumsum(rng.normal(0.0, 0.3, (12, 4)), axis=1)
        found = slope(x, -0.5 * x + walks, rng)
        covered += found.low <= -0.5 <= found.high
    assert 0.88 <= covered / 300 <= 0.97


def test_a_slope_of_root_mean_squares():
    """Deviations that fall like N^-1/2, each seen through 400 draws."""
    rng = np.random.default_rng(0)
    N = np.array([10.0, 100.0, 1000.0])
    found = slope(np.log(N), rng.normal(0.0, N**-0.5, (400, 3)), rng, log_rms)
    assert found.low < -0.5 < found.high
    assert found.high - found.low < 0.05


def test_what_does_not_vary_has_a_point_for_an_interval():
    """Equal samples, and a single one."""
    for samples in (np.full(7, 3.0), np.array([3.0])):
        found = bootstrap(mean, samples, np.random.default_rng(0))
        assert found == Estimate.exact(3.0)


def test_a_slope_over_one_point_is_refused():
    """The message says which x."""
    with pytest.raises(ValueError, match="two different x"):
        slope(np.ones(3), np.ones((4, 3)), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.96, 1.04, "agrees"),
        (0.90, 1.04, "cannot tell"),
        (0.90, 1.10, "cannot tell"),
        (1.06, 1.10, "differs"),
        (0.80, 0.94, "differs"),
        (math.nan, math.nan, "differs"),
    ],
)
def test_a_verdict_asks_where_the_whole_interval_lies(low, high, word):
    """Inside of the band, outside, or neither; nan is no agreement."""
    assert near("x", 1.0, Estimate((low + high) / 2, low, high), 0.05).word == word


def test_one_sided_claims():
    """A limit may be met, not passed."""
    one = Estimate.exact(1.0)
    assert at_most("x", 1.0, one).word == at_least("x", 1.0, one).word == "agrees"
    assert at_most("x", 0.9, one).word == at_least("x", 1.1, one).word == "differs"
    assert at_most("x", math.nan, one).word == "cannot tell"
