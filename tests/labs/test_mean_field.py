"""The parts of mean-field, against closed forms, other discretizations and SciPy.

Two seconds on one core.
"""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.labs import finite_volumes as fv
from minigrad.labs import particles
from minigrad.labs.particles import COARSE, FINE, TIME, T, Y

# Finite volumes ---------------------------------------------------------------------


def contracted(cells):
    """The error of upwind fluxes at time 1/2 for v = -θ, where it is known."""
    edges = np.linspace(-4.0, 4.0, cells + 1)
    dx, at = edges[1] - edges[0], fv.centers(edges)
    rho = particles.start(edges)
    steps = round(0.5 / (0.1 * dx))
    for _ in range(steps):
        flux = fv.upwind(rho, -edges[1:-1])
        rho = fv.advanced(rho, flux, dx, 0.5 / steps)
    assert rho.sum() * dx == pytest.approx(1.0, abs=1e-12)
    assert rho.min() >= 0.0
    narrow = np.exp(0.5 - (at * np.exp(0.5)) ** 2 / 2) / np.sqrt(2 * np.pi)
    return np.sum(np.abs(rho - narrow)) * dx


def test_upwind_fluxes_are_right_to_first_order():
    """A density that is drawn together by v = -θ; half of dx, half of the error."""
    errors = [contracted(cells) for cells in (200, 400)]
    assert errors[0] < 0.05
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.05)


def test_exponential_fluxes_diffuse_and_drift():
    """Ψ = θ²/2 at temperature T: the variance obeys s' = 2T - 2s, from 1."""
    edges = np.linspace(-6.0, 6.0, 241)
    dx, at, rho = edges[1] - edges[0], fv.centers(edges), particles.start(edges)
    for _ in range(500):
        flux = fv.exponential(rho, at**2 / 2, 0.3, dx)
        rho = fv.advanced(rho, flux, dx, 1e-3)
    right = 0.3 + 0.7 * np.exp(-1.0)
    assert np.sum(rho * at**2) * dx == pytest.approx(right, rel=2e-3)  # dt and dx²


def test_cold_exponential_fluxes_are_upwind():
    """As T goes to 0 one cell alone counts, and it is the one upwind."""
    rng = np.random.default_rng(0)
    rho, psi = rng.uniform(0.5, 1.5, 7), rng.standard_normal(7)
    cold = fv.exponential(rho, psi, 5e-3, dx=0.1)
    np.testing.assert_allclose(cold, fv.upwind(rho, -np.diff(psi) / 0.1), atol=1e-9)


def test_without_a_fixed_point_iteration_says_so():
    """A crowd that jumps to where it is not: at low temperature damping is too weak."""
    edges = np.linspace(0.0, 1.0, 3)
    with pytest.raises(ArithmeticError, match=r"at T = 0\.001; try a higher"):
        fv.boltzmann(lambda rho: 5.0 * rho + np.array([0.0, 0.1]), 1e-3, edges)


def test_distances_are_those_of_scipy():
    """Particles against a density: W₁ of SciPy for many small weights."""
    stats = pytest.importorskip("scipy.stats")
    rho, rng = particles.best(FINE), np.random.default_rng(1)
    for shift in (0.0, 0.5):
        theta = rng.standard_normal(1000) + shift
        right = stats.wasserstein_distance(theta, fv.centers(FINE), None, rho)
        assert fv.wasserstein(theta, rho, FINE) == pytest.approx(right, abs=0.01)


# The network ------------------------------------------------------------------------


def test_the_best_density_has_no_risk():
    """On the coarse grid as on the fine one, whose output is the target."""
    for edges in (FINE, COARSE):
        off = particles.output(particles.best(edges), edges) - Y
        assert np.abs(off).max() < 1e-10  # what is cut off at ±6


def test_the_force_is_that_of_the_potentials():
    """∇Ψ = ∇V + 1/N Σ ∇U, with the slope tanh² - 1 written out."""
    theta = np.random.default_rng(2).standard_normal(5)
    sig = particles.neurons(theta)
    slopes = np.tanh(particles.X - theta[:, None]) ** 2 - 1.0
    V = -np.mean(slopes * Y, axis=1)
    U = np.mean(slopes[:, None] * sig[None, :], axis=2)
    np.testing.assert_allclose(particles.force(theta), V + U.mean(axis=1), rtol=1e-12)


def test_the_continuity_equation_carries_quantiles():
    """Particles at the quantiles of the start, no draws: they end where ρ says."""
    levels = (np.arange(1000) + 0.5) / 1000
    mass = np.cumsum(particles.start(FINE)) * (FINE[1] - FINE[0])
    theta = np.interp(levels, np.concatenate(([0.0], mass)), FINE)
    for _ in range(100):
        theta = theta - TIME / 100 * particles.force(theta)
    # upwind diffusion: a variance of |v| dx TIME, some 0.01 beside one of 2
    assert fv.wasserstein(theta, particles.carried(), FINE) < 0.01


def test_the_free_energy_is_least_at_rest():
    """Every change of the density, of any kind, costs energy."""
    limit, rng = particles.at_rest(), np.random.default_rng(3)
    least = particles.free_energy(limit)
    for _ in range(20):
        other = fv.normalized(limit * np.exp(0.1 * rng.standard_normal(60)), COARSE)
        assert particles.free_energy(other) > least
    psi = particles.potential(limit)
    assert np.ptp(psi + T * np.log(limit)) < 1e-12


def test_the_potential_is_half_the_slope_of_the_risk():
    """Differences of R/2 and of the decay in the mass of one cell."""
    rho, h = particles.start(COARSE), 1e-6
    dx = COARSE[1] - COARSE[0]
    entropy = lambda rho: -dx * rho @ np.log(rho)
    energy = lambda rho: particles.free_energy(rho) + T * entropy(rho)
    psi = particles.potential(rho)
    for cell in (20, 30, 41):
        step = h * np.eye(60)[cell] / dx
        slope = (energy(rho + step) - energy(rho - step)) / (2 * h)
        assert slope == pytest.approx(psi[cell], abs=1e-8)
