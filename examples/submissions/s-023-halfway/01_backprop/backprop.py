"""Chapter 01: back-propagation through x_{j+1} = W_j ρ(x_j), by hand.

Replace each ``raise NotImplementedError``, then run ``minigrad check 01_backprop``.
The statement is in README.md beside this file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]  # the result has the argument's shape


def layer_jacobians(
    x: np.ndarray, W: np.ndarray, rho: Elementwise, drho: Elementwise
) -> tuple[np.ndarray, np.ndarray]:
    """Both Jacobians of one layer, f(x, W) = W ρ(x)."""
    slope = drho(x)
    r = rho(x)
    n_out, n_in = W.shape
    Jx = np.empty((n_out, n_in))
    JW = np.zeros((n_out, n_out, n_in))
    for i in range(n_out):
        for l in range(n_in):
            Jx[i, l] = W[i, l] * slope[l]
            JW[i, i, l] = r[l]
    return Jx, JW


def suffix_loss(
    xj: np.ndarray,
    j: int,
    Ws: list[np.ndarray],
    rho: Elementwise,
    loss: Callable[[np.ndarray], float],
) -> float:
    """The loss as a function of state j, ℓ_j(x_j) = ℓ(W_{J-1} ρ(... W_j ρ(x_j) ...))."""
    J = len(Ws)
    for k in range(j, J):
        xj = Ws[k] @ rho(xj)
    return loss(xj)


def backprop_states(
    x0: np.ndarray,
    Ws: list[np.ndarray],
    rho: Elementwise,
    drho: Elementwise,
    grad_loss: Elementwise,
) -> list[np.ndarray]:
    """The gradient of the loss in every state."""
    # forward
    x = x0
    states = [x0]
    for W in Ws:
        x = W @ rho(x)
        states.append(x)
    # backward
    states.pop()
    g = grad_loss(x)
    result = [g]
    while states:
        W = Ws[len(states) - 1]
        g = drho(states.pop()) * (W.T @ g)
        result.append(g)
    return result  # TODO why does the check want something else?? numbers look right


def backprop_weights(
    x0: np.ndarray,
    Ws: list[np.ndarray],
    rho: Elementwise,
    drho: Elementwise,
    grad_loss: Elementwise,
) -> list[np.ndarray]:
    """The gradient of the loss in every weight matrix."""
    # TODO after backprop_states works
    raise NotImplementedError
