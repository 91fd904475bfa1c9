"""Chapter 07, solved: the neural tangent kernel, at finite width and in the limit.

Φ layers, a what a layer multiplies by its weights, B_j the derivative of Φ_J by Φ_j, S
covariance; a p (prime) marks what belongs to x'.  The derivation is in README.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]


def ntk_forward(
    Ws: list[np.ndarray], x: np.ndarray, rho: Elementwise
) -> list[np.ndarray]:
    """Φ_1 = W_1 x / √w_1, Φ_j = W_j ρ(Φ_{j-1}) / √w_j."""
    Phis, a = [], x  # no ρ on the input
    for W in Ws:
        Phis.append(W @ a / np.sqrt(len(a)))
        a = rho(Phis[-1])
    return Phis


def empirical_ntk(
    Ws: list[np.ndarray],
    x: np.ndarray,
    xp: np.ndarray,
    rho: Elementwise,
    drho: Elementwise,
) -> np.ndarray:
    """Σ_j (a_{j-1}.a'_{j-1} / w_j) B_j B'_jᵀ: no Jacobian is formed."""
    Phis, Phips = ntk_forward(Ws, x, rho), ntk_forward(Ws, xp, rho)
    a, ap = [x, *map(rho, Phis)], [xp, *map(rho, Phips)]
    n_out = len(Ws[-1])
    K, B, Bp = np.zeros((n_out, n_out)), np.eye(n_out), np.eye(n_out)
    for j in range(len(Ws) - 1, -1, -1):
        w = Ws[j].shape[1]
        K += (a[j] @ ap[j] / w) * (B @ Bp.T)
        if j:  # each B has slopes of its own: at x, and at x'
            B = B @ Ws[j] * drho(Phis[j - 1]) / np.sqrt(w)
            Bp = Bp @ Ws[j] * drho(Phips[j - 1]) / np.sqrt(w)
    return K


def ntk_step(
    WJ: np.ndarray,
    phi: np.ndarray,
    phip: np.ndarray,
    Kprev: np.ndarray,
    rho: Elementwise,
    drho: Elementwise,
) -> np.ndarray:
    """⟨ρ(φ), ρ(φ')⟩ I / w_J + W_J diag ρ'(φ) K_{J-1} diag ρ'(φ') W_Jᵀ / w_J."""
    new = (rho(phi) @ rho(phip)) * np.eye(len(WJ))
    old = (WJ * drho(phi)) @ Kprev @ (WJ * drho(phip)).T
    return (new + old) / len(phi)


def relu_dual(sxx: float, sxy: float, syy: float) -> tuple[float, float]:
    """√(s s') (sin θ + (π - θ) cos θ) / 2π and (π - θ) / 2π."""
    size = np.sqrt(sxx * syy)
    c = np.clip(sxy / size, -1.0, 1.0)  # rounding may carry it beyond 1
    theta = np.arccos(c)
    first = size * (np.sin(theta) + (np.pi - theta) * c) / (2.0 * np.pi)
    return float(first), float((np.pi - theta) / (2.0 * np.pi))


def gh_dual(
    rho: Elementwise, drho: Elementwise, sxx: float, sxy: float, syy: float, n: int
) -> tuple[float, float]:
    """Two independent variables a, b; u = √sxx a, and v has sxy/√sxx of a, rest b."""
    z, weights = np.polynomial.hermite_e.hermegauss(n)
    weights = weights / np.sqrt(2.0 * np.pi)
    rest = max(syy - sxy**2 / sxx, 0.0)  # 0 if u and v are proportional
    u = np.sqrt(sxx) * z
    v = sxy / np.sqrt(sxx) * z[:, None] + np.sqrt(rest) * z
    first, second = (weights @ (f(u)[:, None] * f(v)) @ weights for f in (rho, drho))
    return float(first), float(second)


def nngp(x: np.ndarray, xp: np.ndarray, J: int) -> float:
    """Σ_1 = x.x' / w_1, then J - 1 times the dual of ReLU; variances halve."""
    sxx, sxy, syy = x @ x / len(x), x @ xp / len(x), xp @ xp / len(x)
    for _ in range(J - 1):
        sxy = relu_dual(sxx, sxy, syy)[0]
        sxx, syy = sxx / 2.0, syy / 2.0
    return float(sxy)


def ntk_infinite(x: np.ndarray, xp: np.ndarray, J: int) -> float:
    """Θ_1 = Σ_1, Θ_{j+1} = Σ_{j+1} + Σ'_{j+1} Θ_j."""
    sxx, sxy, syy = x @ x / len(x), x @ xp / len(x), xp @ xp / len(x)
    theta = sxy
    for _ in range(J - 1):
        sxy, slope = relu_dual(sxx, sxy, syy)
        sxx, syy = sxx / 2.0, syy / 2.0
        theta = sxy + slope * theta
    return float(theta)
