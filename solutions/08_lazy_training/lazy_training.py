"""Chapter 08, solved: lazy training, or how little the weights of a wide network move.

W weights, w widths, x sample, u sizes of the weights, S and D the kernels Σ and dotΣ,
K the tangent kernel; the derivation is in README.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]


def weight_velocity(
    Ws: list[np.ndarray],
    x: np.ndarray,
    gradR: np.ndarray,
    rho: Elementwise,
    drho: Elementwise,
    lam: float,
) -> list[np.ndarray]:
    """-(lam/√w_j) B_jᵀ ∇R ρ(Φ_{j-1})ᵀ, where ρ(Φ_0) is x."""
    inputs, slopes = [x], []
    for W in Ws[:-1]:
        phi = W @ inputs[-1] / np.sqrt(W.shape[1])
        inputs.append(rho(phi))
        slopes.append(drho(phi))
    b, velocity = gradR, []  # b is B_jᵀ ∇R
    for j in reversed(range(len(Ws))):
        scale = 1.0 / np.sqrt(Ws[j].shape[1])
        velocity.append(-lam * scale * np.outer(b, inputs[j]))
        if j > 0:
            b = scale * slopes[j - 1] * (Ws[j].T @ b)
    return velocity[::-1]


def velocity_bound(
    Ws: list[np.ndarray],
    Ws0: list[np.ndarray],
    x: np.ndarray,
    gradR: np.ndarray,
    lam: float,
) -> float:
    """lam |x| |∇R| ‖u‖^(J-1) / Π_k √w_k."""
    norm = np.linalg.norm
    u = [norm(W - W0, 2) + norm(W0, 2) for W, W0 in zip(Ws, Ws0, strict=True)]
    widths = [W.shape[1] for W in Ws]
    size = lam * norm(x) * norm(gradR) * norm(u) ** (len(Ws) - 1)
    return float(size / np.prod(np.sqrt(widths)))


def predicted_displacement(
    r0: float, S: np.ndarray, D: np.ndarray, lam: float, t: float
) -> np.ndarray:
    """|r0| (1 - e^(-lam K t)) / K √K_j, where K is the sum of the K_j."""
    above = np.cumprod([1.0, *D[::-1]])[::-1]  # the empty product belongs to j = J
    shares = S * above  # K_j
    K = np.sum(shares)
    return np.asarray(abs(r0) * -np.expm1(-lam * K * t) / K * np.sqrt(shares))


def kernel_drift_bound(J0: np.ndarray, Jt: np.ndarray) -> float:
    """(‖Jt‖ + ‖J0‖) ‖Jt - J0‖."""
    norm = np.linalg.norm
    return float((norm(Jt, 2) + norm(J0, 2)) * norm(Jt - J0, 2))


def linearized_output(
    K: np.ndarray, f0: np.ndarray, y: np.ndarray, lam: float, t: float
) -> np.ndarray:
    """y + e^(-lam K t) (f0 - y), one exponential for each eigenvector of K."""
    values, Q = np.linalg.eigh(K)
    return np.asarray(y + Q @ (np.exp(-lam * values * t) * (Q.T @ (f0 - y))))
