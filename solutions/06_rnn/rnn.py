"""Chapter 06, solved: gradients through time, in a recurrent network.

W, U, b weights, h and g states before and after σ, J Jacobian; the derivation is in
README.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]


def rnn_h(
    W: np.ndarray,
    U: np.ndarray,
    b: np.ndarray,
    h0: np.ndarray,
    xs: np.ndarray,
    sigma: Elementwise,
) -> np.ndarray:
    """h_t = W σ(h_{t-1}) + U x_t + b, all of them."""
    hs = [h0]
    for x in xs:
        hs.append(W @ sigma(hs[-1]) + U @ x + b)
    return np.array(hs)


def rnn_jacobian(
    W: np.ndarray,
    U: np.ndarray,
    b: np.ndarray,
    g0: np.ndarray,
    xs: np.ndarray,
    sigma: Elementwise,
    dsigma: Elementwise,
) -> np.ndarray:
    """D_T W ... D_1 W with D_t = diag σ'(W g_{t-1} + U x_t + b)."""
    g, J = g0, np.eye(len(g0))
    for x in xs:
        z = W @ g + U @ x + b
        J = dsigma(z)[:, None] * (W @ J)  # the newest factor stands on the left
        g = sigma(z)
    return J


def jacobian_bound(W: np.ndarray, gamma: float, T: int) -> float:
    """(gamma ‖W‖)^T, for √λ_1(WᵀW) is the largest singular value."""
    return float((gamma * np.linalg.norm(W, 2)) ** T)


def gradient_can_explode(W: np.ndarray, gamma: float) -> bool:
    """gamma ‖W‖ > 1."""
    return bool(np.linalg.eigvalsh(W.T @ W)[-1] > 1.0 / gamma**2)


def vanishing_example(n: int, T: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A bias that saturates every unit: tanh' is below 10^-5 from the first step on."""
    return 2.0 * np.eye(n), np.full(n, 10.0), np.zeros(n)


def exploding_example(n: int, T: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At the fixed point 0, tanh' is 1, and the Jacobian is W^T."""
    return 3.0 * np.eye(n), np.zeros(n), np.zeros(n)
