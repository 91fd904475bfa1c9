"""Chapter 13, solved: two-layer networks as interacting particles.

sig values of the neurons at the samples, V and U potentials, Ψ = V + ∫ U dρ, ρ a
distribution of neurons, p its weights; the derivation is in README.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def potentials(sig: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """E[y²], -E[y σ_i] and E[σ_i σ_j]: neurons are drawn to y, and repel their like."""
    n = len(y)
    return float(y @ y / n), -sig @ y / n, sig @ sig.T / n


def particle_step(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, eps: float
) -> np.ndarray:
    """θ_i + ε E[(y - f) ∇σ(x; θ_i)]: no 1/N, and all at once."""
    a, b, w = theta[:, :1], theta[:, 1:2], theta[:, 2:]
    t = np.tanh(w @ X + b)
    weight = (y - np.mean(a * t, axis=0)) / len(y)  # (y - f)/n, for means over samples
    inside = a * (1.0 - t**2) * weight  # by w.x + b
    rows = [t @ weight, inside.sum(axis=1), *(inside @ X.T).T]
    return theta + eps * np.column_stack(rows)


def expected_gap(sig: np.ndarray, p: np.ndarray, N: int) -> float:
    """(Σ p_i U_ii - Σ p_i p_j U_ij) / N: the variance of a neuron, over N."""
    f = p @ sig
    return float(np.mean(p @ (sig - f) ** 2) / N)


def continuity_step(rho: np.ndarray, v: np.ndarray, dx: float, dt: float) -> np.ndarray:
    """ρ_i - dt/dx (F_{i+1} - F_i), each flux with the density that flows."""
    inner = v[1:-1]
    flux = np.maximum(inner, 0.0) * rho[:-1] + np.minimum(inner, 0.0) * rho[1:]
    return np.asarray(rho - dt / dx * np.diff(np.concatenate(([0.0], flux, [0.0]))))


def prox_step(Q: np.ndarray, c: np.ndarray, z: np.ndarray, eps: float) -> np.ndarray:
    """(I + ε Q)^-1 (z + ε c): the gradient is taken where the step ends."""
    return np.linalg.solve(np.eye(len(z)) + eps * Q, z + eps * c)


def noisy_step(
    theta: np.ndarray,
    grad_psi: Callable[[np.ndarray], np.ndarray],
    eta: float,
    T: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """θ - η ∇Ψ + √(2 T η) g: a density spreads by T Δρ, a variance by 2 T η."""
    noise = rng.standard_normal(theta.shape)
    return np.asarray(theta - eta * grad_psi(theta) + np.sqrt(2.0 * T * eta) * noise)


def free_energy(
    rho: np.ndarray, dx: float, Rsharp: float, V: np.ndarray, U: np.ndarray, T: float
) -> float:
    """R/2 - T S, where 0 log 0 is 0."""
    p = rho * dx
    risk = Rsharp + 2.0 * p @ V + p @ U @ p
    entropy = -p @ np.log(np.where(rho > 0.0, rho, 1.0))
    return float(risk / 2.0 - T * entropy)
