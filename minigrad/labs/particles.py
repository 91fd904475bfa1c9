"""A two-layer network of one number a neuron: as particles and as a density.

f(x) = (1/N) Σ σ(x; θ_i) with σ = tanh(x - θ), a step at θ.  R is the mean square
distance to f of the density ``best``, Ψ half of its derivative.  With noise and decay
the density has a free energy, and comes to rest where Boltzmann has it.  Particles are
(..., N): a row a network, and as many at once as there are rows.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad.labs import finite_volumes as fv

X = np.linspace(-4.0, 4.0, 21)  # the samples
FINE = np.linspace(-6.0, 6.0, 961)  # edges; upwind fluxes diffuse by |v| dx/2
COARSE = np.linspace(-6.0, 6.0, 61)  # for T Δρ, whose steps must be below dx²/(2T)
TIME = 20.0  # of training
T, DECAY = 0.0125, 0.0125  # temperature, and weight decay: without it Z is infinite
COOLING = 320.0  # time for the density to come to rest


# The network ------------------------------------------------------------------------


def neurons(theta: Any) -> Any:
    """σ(x; θ) at all samples, (..., N, n)."""
    return np.tanh(X - theta[..., None])


def network(theta: Any) -> Any:
    """f at all samples, (..., n)."""
    return np.mean(neurons(theta), axis=-2)


def bumps(edges: np.ndarray, *modes: tuple[float, float, float]) -> np.ndarray:
    """A mixture of Gaussians: mean, deviation and height of each."""
    at = fv.centers(edges)
    heights = [h * np.exp(-((at - m) ** 2) / (2.0 * s**2)) for m, s, h in modes]
    return fv.normalized(np.sum(heights, axis=0), edges)


def start(edges: np.ndarray) -> np.ndarray:
    """The standard normal density, which training begins with."""
    return bumps(edges, (0.0, 1.0, 1.0))


def best(edges: np.ndarray) -> np.ndarray:
    """The density whose network is the target."""
    return bumps(edges, (-2.0, 0.5, 1.0), (1.5, 0.7, 0.6))


def output(rho: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """f_ρ at all samples."""
    return np.asarray(rho * (edges[1] - edges[0]) @ neurons(fv.centers(edges)))


Y = output(best(FINE), FINE)


def risk(theta: Any) -> Any:
    """R_N of each network, (...)."""
    return np.mean((network(theta) - Y) ** 2, axis=-1)


def gradient(theta: np.ndarray) -> np.ndarray:
    """The gradient of each network's risk, by minigrad."""
    return np.asarray(mg.grad(lambda theta: np.sum(risk(theta)))(theta))


def force(theta: np.ndarray) -> np.ndarray:
    """∇Ψ at each particle: N/2 times the gradient of the risk."""
    return np.asarray(theta.shape[-1] / 2.0 * gradient(theta))


# Its limits -------------------------------------------------------------------------


@cache
def carried() -> np.ndarray:
    """The density at TIME, by the continuity equation; v is minigrad's gradient."""
    rho, time, dx = start(FINE), 0.0, FINE[1] - FINE[0]
    while time < TIME:
        off = output(rho, FINE) - Y
        psi = lambda theta, off=off: np.sum(np.mean(neurons(theta) * off, axis=1))
        v = -mg.grad(psi)(FINE[1:-1])
        dt = min(0.4 * dx / np.max(np.abs(v)), TIME - time)
        rho, time = fv.advanced(rho, fv.upwind(rho, v), dx, dt), time + dt
    return rho


def potential(rho: np.ndarray) -> np.ndarray:
    """Ψ(θ, ρ) at the centers of coarse cells, with the decay."""
    at = fv.centers(COARSE)
    off = output(rho, COARSE) - Y
    return np.asarray(np.mean(neurons(at) * off, axis=1) + DECAY / 2.0 * at**2)


def free_energy(rho: np.ndarray) -> float:
    """R/2 - T S, and the decay."""
    mass = rho * (COARSE[1] - COARSE[0])
    decay = DECAY / 2.0 * mass @ fv.centers(COARSE) ** 2
    entropy = -mass @ np.log(np.where(rho > 0.0, rho, 1.0))
    return float(np.mean((output(rho, COARSE) - Y) ** 2) / 2.0 + decay - T * entropy)


class Cooled(NamedTuple):
    """A density at rest, and its free energy on the way."""

    times: np.ndarray
    energies: np.ndarray
    rho: np.ndarray


@cache
def cooled() -> Cooled:
    """The density with noise, from the start to COOLING."""
    dx = float(COARSE[1] - COARSE[0])
    dt = 0.2 * dx**2 / T
    times = dt * np.arange(round(COOLING / dt) + 1)
    rho = start(COARSE)
    energies = [free_energy(rho)]
    for _ in times[1:]:
        flux = fv.exponential(rho, potential(rho), T, dx)
        rho = fv.advanced(rho, flux, dx, dt)
        energies.append(free_energy(rho))
    return Cooled(times, np.array(energies), rho)


def above_rest(rho: np.ndarray) -> float:
    """F(ρ) - F(ρ*) as T KL(ρ|ρ*) + ∫∫U dq dq/2 with q = ρ - ρ*, which is exact."""
    limit, dx = at_rest(), COARSE[1] - COARSE[0]
    divergence = rho @ np.log(rho / limit) * dx
    return float(T * divergence + np.mean(output(rho - limit, COARSE) ** 2) / 2.0)


@cache
def at_rest() -> np.ndarray:
    """Boltzmann's fixed point, by iteration and not by time."""
    return fv.boltzmann(potential, T, COARSE)
