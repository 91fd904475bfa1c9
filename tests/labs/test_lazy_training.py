"""The parts of lazy-training, against other integrators, draws and closed forms.

Two seconds on one core.
"""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.labs import flow as flows
from minigrad.labs import lazy_training
from minigrad.labs.lazy_training import NETS, T, duals, limits, train


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("tanh, J = 2", 1e-5), ("tanh, 2 samples", 1e-5), ("relu, J = 2", 15e-3)],
)
def test_training_follows_the_flow(name, tolerance):
    """SciPy's integrator of order 8 ends at the same weights.

    At a kink the order is not 4, and dividing by 15 is optimistic by so much.
    """
    pytest.importorskip("scipy")
    net, rng = NETS[name], np.random.default_rng(0)
    start = net.start(rng, 64)
    y = net.outputs(start) - net.residuals
    field = mg.grad(lambda Ws: -np.sum((net.outputs(Ws) - y) ** 2) / 2)
    exact = flows.by_scipy(field, start, T, 1e-9)
    off = flows.distance(train(net, start, y), exact)
    assert off < tolerance * flows.distance(exact, start)


@pytest.mark.parametrize("rho", [np.tanh, mg.relu], ids=["tanh", "relu"])
def test_duals_are_means_over_gaussians(rho):
    """Four standard errors of 400 000 draws, for a variance that is not 1."""
    z = 0.7 * np.random.default_rng(1).standard_normal(400_000)
    slopes = mg.grad(lambda z: np.sum(rho(z)))(z)
    for found, draws in zip(duals(rho, 0.49), (rho(z) ** 2, slopes**2), strict=True):
        error = np.std(draws) / np.sqrt(len(z))
        assert abs(found - np.mean(draws)) < 4 * error


def test_limits_are_those_on_record():
    """tanh: by an independent quadrature; relu: (1 - e^-KT)/√(KJ), K = J 2^(1-J)."""
    assert limits(NETS["tanh, J = 2"]) == pytest.approx([0.7680, 0.7077], abs=5e-5)
    assert limits(NETS["tanh, J = 3"]) == pytest.approx([0.664, 0.612, 0.594], abs=5e-4)
    assert limits(NETS["relu, J = 2"]) == pytest.approx([(1 - np.exp(-T)) / 2**0.5] * 2)


def test_the_linear_model_obeys_its_equation():
    """d/dT of the outputs is -K times the residual, by differences in T."""
    rng = np.random.default_rng(2)
    A, f0, y = rng.standard_normal((3, 5)), *rng.standard_normal((2, 3))
    K, h, at = A @ A.T, 1e-5, []
    with pytest.MonkeyPatch.context() as patch:
        for time in (0.3 - h, 0.3, 0.3 + h):
            patch.setattr(lazy_training, "T", time)
            at.append(lazy_training.linearized(K, f0, y))
    slope = (at[2] - at[0]) / (2 * h)
    np.testing.assert_allclose(slope, -K @ (at[1] - y), rtol=1e-6)  # h² of the scheme
