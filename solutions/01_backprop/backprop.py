"""Chapter 01, solved: back-propagation through x_{j+1} = W_j ρ(x_j).

x state, W weight matrix (n_out, n_in), J depth; the derivation is in README.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]


def layer_jacobians(
    x: np.ndarray, W: np.ndarray, rho: Elementwise, drho: Elementwise
) -> tuple[np.ndarray, np.ndarray]:
    """Jx = W diag ρ'(x) and JW[i, k, l] = δ_ik ρ(x)_l."""
    Jx = W * drho(x)  # broadcasting scales column l by ρ'(x_l)
    JW = np.multiply.outer(np.eye(len(W)), rho(x))
    return Jx, JW


def suffix_loss(
    xj: np.ndarray,
    j: int,
    Ws: list[np.ndarray],
    rho: Elementwise,
    loss: Callable[[np.ndarray], float],
) -> float:
    """ℓ_j(x_j): run layers j, ..., J-1, then the loss."""
    for W in Ws[j:]:
        xj = W @ rho(xj)
    return float(loss(xj))


def forward(x0: np.ndarray, Ws: list[np.ndarray], rho: Elementwise) -> list[np.ndarray]:
    """Every state, [x_0, ..., x_J]."""
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    return xs


def backprop_states(
    x0: np.ndarray,
    Ws: list[np.ndarray],
    rho: Elementwise,
    drho: Elementwise,
    grad_loss: Elementwise,
) -> list[np.ndarray]:
    """∇ℓ_J = ∇ℓ(x_J), then ∇ℓ_j = ρ'(x_j) * W_jᵀ ∇ℓ_{j+1} for j = J-1, ..., 0."""
    xs = forward(x0, Ws, rho)
    grads = [grad_loss(xs[-1])]
    for j in reversed(range(len(Ws))):
        grads.append(drho(xs[j]) * (Ws[j].T @ grads[-1]))
    return grads[::-1]


def backprop_weights(
    x0: np.ndarray,
    Ws: list[np.ndarray],
    rho: Elementwise,
    drho: Elementwise,
    grad_loss: Elementwise,
) -> list[np.ndarray]:
    """∇_{W_j} ℓ = ∇ℓ_{j+1} ρ(x_j)ᵀ: what came down times what went up."""
    xs = forward(x0, Ws, rho)
    grads = backprop_states(x0, Ws, rho, drho, grad_loss)
    return [np.outer(grads[j + 1], rho(xs[j])) for j in range(len(Ws))]
