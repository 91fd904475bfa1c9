"""Chapter 09, solved: how a network scales with its width.

c is the factor x m^(-α - 1/2) of every gradient; the derivation is in README.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def init_moments(m: int, alpha: float, x: float) -> tuple[float, float, float]:
    """Gaussian given β and u; their lengths are what the moments average over."""
    second = x**2 * m ** (1.0 - 2.0 * alpha)
    kurtosis = 3.0 * (1.0 + 2.0 / m) ** 2
    variance = x**4 * (4.0 * m + 4.0)
    return second, kurtosis, variance


def tangent_grads(
    beta: np.ndarray, A: np.ndarray, u: np.ndarray, x: float, alpha: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """c A u, c β uᵀ and c Aᵀ β."""
    c = x * len(u) ** (-alpha - 0.5)
    return c * (A @ u), c * np.outer(beta, u), c * (A.T @ beta)


def delta_product(
    beta0: np.ndarray, A0: np.ndarray, dbeta: np.ndarray, dA: np.ndarray
) -> np.ndarray:
    """Δβᵀ ΔA + Δβᵀ A₀ + β₀ᵀ ΔA: all plus, the signs are in the increments."""
    return dbeta @ dA + dbeta @ A0 + beta0 @ dA


def delta_grad_u_loss(
    beta: np.ndarray,
    A: np.ndarray,
    u: np.ndarray,
    x: float,
    alpha: float,
    eta: float,
    dF: Callable[[float], float],
) -> np.ndarray:
    """F'(Φ₁) ∇_u Φ₁ - F'(Φ₀) ∇_u Φ₀, each factor at its own weights."""
    g_beta, g_A, g_u = tangent_grads(beta, A, u, x, alpha)
    step = eta * dF(g_u @ u)  # Φ = ∇_u Φ . u, for Φ is linear in u
    u1 = u - step * g_u
    _, _, g_u1 = tangent_grads(beta - step * g_beta, A - step * g_A, u1, x, alpha)
    return dF(g_u1 @ u1) * g_u1 - dF(g_u @ u) * g_u
