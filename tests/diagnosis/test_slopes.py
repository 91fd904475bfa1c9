"""A derivative along a line, found from values alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from minigrad.diagnosis.slopes import complex_step, sweep

SMOOTH = {
    "sin": (lambda t: math.sin(1 + t), math.cos(1)),
    "steep": (lambda t: math.sin(1000 * t + 1), 1000 * math.cos(1)),
    "flat": (lambda t: 7.0, 0.0),
    "cubic": (lambda t: (1 + t) ** 3, 3.0),
    "tiny": (lambda t: 1e-12 * math.sin(t), 1e-12),
    "a kink nearby": (lambda t: max(t - 1e-4, 0.0) + 2 * t, 2.0),
    "dead here, not there": (lambda t: max(t - 0.01, 0.0), 0.0),
    "pole nearby": (lambda t: 1 / (0.3 + t), -1 / 0.09),
    "undefined for long steps": (
        lambda t: math.log(max(0.01 + t, -1)) if t > -0.01 else math.nan,
        100.0,
    ),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_the_slope_is_within_its_doubt(name):
    """The best step is found for steep and flat functions, and beside a kink."""
    phi, slope = SMOOTH[name]
    found = sweep(phi)
    assert abs(found.best.value - slope) <= found.best.doubt + 1e-14 * abs(slope)
    assert found.best.doubt <= 1e-6 * abs(slope) + 1e-12
    assert not found.kinked
    assert found.settled(abs(slope) or 1.0)


def test_twelve_digits_are_found():
    """Richardson cancels the h² term; without it there would be ten."""
    assert sweep(lambda t: math.sin(1 + t)).best.value == pytest.approx(
        math.cos(1), rel=2e-12
    )


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_kink_is_seen_at_every_scale(scale):
    """Two slopes, and neither is the derivative."""
    found = sweep(lambda t: scale * (abs(t) + 0.5 * t))
    assert found.kinked
    assert found.right.value == pytest.approx(1.5 * scale, rel=1e-9)
    assert found.left.value == pytest.approx(-0.5 * scale, rel=1e-9)


@pytest.mark.parametrize(
    "phi",
    [lambda t: abs(t) ** 0.5, lambda t: float(t > 0), lambda t: 1e16 + math.sin(t)],
    ids=["cusp", "jump", "lost in rounding"],
)
def test_what_has_no_visible_slope_does_not_settle(phi):
    """A cusp, whose central differences are all 0; a jump; a value far too large."""
    assert not sweep(phi).settled(1.0)


def test_values_rounded_to_float32_are_no_plateau():
    """Steps too short to move a float32 see 0 and are not believed."""
    found = sweep(lambda t: float(np.float32(np.sin(np.float32(1 + t)))))
    assert found.best.value == pytest.approx(math.cos(1), rel=1e-4)


def test_the_remainder_falls_as_h_squared_for_the_right_slope_alone():
    """Taylor: order 2 if right, 1 if wrong by a little or by a sign."""
    found = sweep(lambda t: math.exp(t))
    assert found.order(1.0) == pytest.approx(2.0, abs=0.05)
    assert found.order(1.001) == pytest.approx(1.0, abs=0.05)
    assert found.order(-1.0) == pytest.approx(1.0, abs=0.05)
    assert sweep(lambda t: 2 * t).order(2.0) is None


def test_complex_steps_are_exact_or_nothing():
    """To the last digit where φ is analytic, None where it refuses or is not finite."""
    assert complex_step(lambda t: np.exp(np.sin(t)) * (1 + t)) == pytest.approx(
        2.0, rel=1e-15
    )
    assert complex_step(lambda t: math.sin(t)) is None
    assert complex_step(lambda t: t / (0 * t)) is None
