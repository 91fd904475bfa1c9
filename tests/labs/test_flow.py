"""Gradient flows are followed to their tolerance, or it is said that they are not.

Below a second on one core.
"""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.labs import flow as flows
from minigrad.labs.flow import FlowError, by_scipy, flow, runge_kutta


def descent(rng):
    """-∂R/∂W of a small tanh network, and weights."""
    x, y = rng.standard_normal((3, 5)), rng.standard_normal((2, 5))
    R = lambda W: np.sum((W[1] @ np.tanh(W[0] @ x) - y) ** 2) / 2
    field = lambda W: [-G for G in mg.grad(R)(W)]
    return field, [rng.standard_normal((7, 3)), rng.standard_normal((2, 7))]


def test_a_linear_flow_is_an_exponential():
    """dW/dt = -A W for a symmetric A, by its eigenvectors, on a list of two shapes."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 5))
    A = A @ A.T / 5
    values, Q = np.linalg.eigh(A)
    exact = Q * np.exp(-0.7 * values) @ Q.T
    start = [rng.standard_normal((5, 3)), rng.standard_normal(5)]
    ends = flow(lambda W: [-A @ part for part in W], start, 0.7)
    for W, V in zip(ends, start, strict=True):
        np.testing.assert_allclose(W, exact @ V, atol=1e-6)  # rtol, and |W| is near 1


def test_the_error_falls_with_the_fourth_power_of_the_step():
    """Halving the steps divides the error by 16, to the 15 % that h⁵ adds."""
    field, start = descent(np.random.default_rng(1))
    exact = runge_kutta(field, start, 0.5, 800)
    errors = [
        flows.distance(runge_kutta(field, start, 0.5, n), exact) for n in (50, 100)
    ]
    assert errors[0] / errors[1] == pytest.approx(16.0, rel=0.15)


@pytest.mark.parametrize("rtol", [1e-4, 1e-8])
def test_the_tolerance_is_kept(rtol):
    """Against an integrator of another order, and not by a wide margin either."""
    pytest.importorskip("scipy")
    field, start = descent(np.random.default_rng(2))
    end, exact = flow(field, start, 0.5, rtol), by_scipy(field, start, 0.5, 1e-12)
    error = flows.distance(end, exact) / flows.distance(exact, start)
    assert 1e-4 * rtol < error < rtol


def test_an_integrator_of_low_order_would_be_noticed(monkeypatch):
    """Euler's steps do not pass for those of order 4: they need more than allowed."""

    def euler(field, start, time, steps):
        W = start
        for _ in range(steps):
            W = flows.moved(W, time / steps, field(W))
        return W

    field, start = descent(np.random.default_rng(3))
    monkeypatch.setattr(flows, "runge_kutta", euler)
    monkeypatch.setattr(flows, "MOST", 64)
    with pytest.raises(FlowError, match="64 steps leave an error of"):
        flow(field, start, 0.5)


def test_a_flow_that_ends_nowhere_is_refused():
    """dW/dt = W² from 1 is infinite at time 1; nan is no agreement."""
    with np.errstate(all="ignore"), pytest.raises(FlowError, match="for less than 2"):
        flow(lambda W: [W[0] ** 2], [np.array(1.0)], 2.0)


def test_nothing_moves_where_the_field_is_zero():
    """A critical point stays, at time 0 all points do, and nothing is changed."""
    start = [np.ones((2, 3))]
    [end] = flow(lambda W: [0.0 * W[0]], start, 5.0)
    [same] = flow(lambda W: [-W[0]], start, 0.0)
    assert np.array_equal(end, start[0])
    assert np.array_equal(same, start[0])
