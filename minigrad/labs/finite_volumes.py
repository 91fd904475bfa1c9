"""Densities on an interval: how they flow, where they come to rest, how far apart.

``rho`` are the averages in M cells of one width, ``edges`` the M + 1 ends of these.
Fluxes are those through the M - 1 inner edges; nothing flows through the outer two.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def centers(edges: np.ndarray) -> np.ndarray:
    """The middle of each cell."""
    return np.asarray((edges[1:] + edges[:-1]) / 2.0)


def normalized(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The density that is proportional to these values: its mass is 1."""
    return np.asarray(values / (np.sum(values) * (edges[1] - edges[0])))


def upwind(rho: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The fluxes of a density that is carried at the velocities v of the inner edges.

    >>> upwind(np.array([1.0, 2.0, 4.0]), np.array([1.0, -1.0]))
    array([ 1., -4.])
    """
    return np.asarray(np.maximum(v, 0.0) * rho[:-1] + np.minimum(v, 0.0) * rho[1:])


def exponential(rho: np.ndarray, psi: np.ndarray, T: float, dx: float) -> np.ndarray:
    """The fluxes of -ρ ∂Ψ - T ∂ρ, which are 0 for ρ = exp(-Ψ/T), on every grid.

    J = (T/dx) (B(d) ρ_left - B(-d) ρ_right),  d = ΔΨ/T,  B(d) = d/(e^d - 1)
    Scharfetter and Gummel 1969.  psi (M,) are values at the centers.

    >>> psi = np.array([0.0, 2.0, 1.0])
    >>> bool(np.abs(exponential(np.exp(-psi / 0.5), psi, T=0.5, dx=0.1)).max() < 1e-15)
    True
    """
    d = np.diff(psi) / T
    return np.asarray(T / dx * (_bernoulli(d) * rho[:-1] - _bernoulli(-d) * rho[1:]))


def _bernoulli(d: np.ndarray) -> np.ndarray:
    flat = d == 0.0
    return np.asarray(np.where(flat, 1.0, d / np.expm1(np.where(flat, 1.0, d))))


def advanced(rho: np.ndarray, flux: np.ndarray, dx: float, dt: float) -> np.ndarray:
    """The averages after the time dt: each cell loses what flows out of it."""
    return np.asarray(rho - dt / dx * np.diff(np.concatenate(([0.0], flux, [0.0]))))


def boltzmann(
    psi: Callable[[np.ndarray], np.ndarray], T: float, edges: np.ndarray
) -> np.ndarray:
    """The density ρ = exp(-Ψ(ρ)/T)/Z, by damped iteration.

    ``psi(rho)`` (M,) are values at the centers.  Raises ArithmeticError after 10 000
    iterations.

    >>> edges = np.linspace(0.0, 1.0, 5)
    >>> boltzmann(lambda rho: rho, T=1.0, edges=edges)
    array([1., 1., 1., 1.])
    """
    rho = normalized(np.ones(len(edges) - 1), edges)
    for _ in range(10_000):
        above = psi(rho)
        new = normalized(np.exp(-(above - np.min(above)) / T), edges)
        if np.abs(new - rho).max() < 1e-14:
            return new
        rho = 0.9 * rho + 0.1 * new
    raise ArithmeticError(f"no fixed point at T = {T:g}; try a higher temperature")


def histogram(theta: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The density of particles (...) in the cells."""
    shares = np.histogram(theta, edges)[0] / theta.size
    return np.asarray(shares / (edges[1] - edges[0]))


def wasserstein(theta: np.ndarray, rho: np.ndarray, edges: np.ndarray) -> float:
    """W₁ between particles and a density: sorted, each against its quantile.

    >>> edges = np.linspace(0.0, 4.0, 5)
    >>> wasserstein(np.array([3.0, 1.0]) + 0.5, np.full(4, 0.25), edges)
    0.5
    """
    levels = (np.arange(len(theta)) + 0.5) / len(theta)
    cumulated = np.concatenate(([0.0], np.cumsum(rho))) * (edges[1] - edges[0])
    quantiles = np.interp(levels, cumulated, edges)
    return float(np.mean(np.abs(np.sort(theta) - quantiles)))
