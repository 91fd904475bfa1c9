"""Chapter 05, weight normalization, solved.

w = g u / |u|, du and dg gradients of the loss; the derivations are in README.md.
"""

from __future__ import annotations

import numpy as np


def bn_linear(X: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """(z - mean z) / std z with z = X w + b; the bias drops out."""
    z = X @ w + b
    return (z - z.mean()) / z.std()


def wn_linear(X: np.ndarray, u: np.ndarray, g: float) -> np.ndarray:
    """X (g u / |u|)."""
    return X @ (g / np.linalg.norm(u) * u)


def bn_variance(w: np.ndarray, C: np.ndarray) -> float:
    """w.C w, the double sum of w_i w_j Cov(x_i, x_j)."""
    return float(w @ C @ w)


def wn_backward(u: np.ndarray, g: float, dw: np.ndarray) -> tuple[np.ndarray, float]:
    """dg = n.dw and du = (g / |u|)(dw - n (n.dw)), with n = u / |u|."""
    length = np.linalg.norm(u)
    n = u / length
    dg = n @ dw
    return g / length * (dw - n * dg), float(dg)


def norm_sq_after_step(u: np.ndarray, g: float, dw: np.ndarray, eps: float) -> float:
    """|u|^2 + eps^2 |du|^2 by Pythagoras: du is orthogonal to u."""
    du, _ = wn_backward(u, g, dw)
    return float(u @ u + eps**2 * (du @ du))


def momentum_norm_growth(vs: list[np.ndarray], alpha: float) -> float:
    """|v_t|^2 + 2 sum_{k >= 1} alpha^k |v_{t-k}|^2."""
    last, *earlier = [v @ v for v in reversed(vs)]
    return float(last + 2 * sum(alpha**k * s for k, s in enumerate(earlier, start=1)))


def wd_equilibrium_norm(c: float, eps: float, lam: float) -> float:
    """(eps^2 c^2 / (1 - (1 - eps lam)^2))^(1/4)."""
    shrink = eps * lam * (2 - eps * lam)  # 1 - (1 - eps lam)^2 without cancellation
    return float((eps**2 * c**2 / shrink) ** 0.25)
