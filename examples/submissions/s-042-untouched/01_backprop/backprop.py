"""Chapter 01: back-propagation through x_{j+1} = W_j ρ(x_j), by hand.

Replace each ``raise NotImplementedError``, then run ``minigrad check 01_backprop``.
The statement is in README.md beside this file.

ρ acts entry by entry and ρ' is its derivative; ℓ maps the last state to a number.
States and their gradients are 1-D arrays.  No function may change its arguments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]  # the result has the argument's shape


def layer_jacobians(
    x: np.ndarray, W: np.ndarray, rho: Elementwise, drho: Elementwise
) -> tuple[np.ndarray, np.ndarray]:
    """Both Jacobians of one layer, f(x, W) = W ρ(x).

    Parameters
    ----------
    x : array (n_in,)
        The state that enters the layer.
    W : array (n_out, n_in)
        The weights of the layer.
    rho, drho : callables
        ρ and ρ'.

    Returns
    -------
    Jx : array (n_out, n_in)
        ``Jx[i, l]`` is ∂f_i / ∂x_l.
    JW : array (n_out, n_out, n_in)
        ``JW[i, k, l]`` is ∂f_i / ∂W_kl.
    """
    raise NotImplementedError


def suffix_loss(
    xj: np.ndarray,
    j: int,
    Ws: list[np.ndarray],
    rho: Elementwise,
    loss: Callable[[np.ndarray], float],
) -> float:
    """The loss as a function of state j, ℓ_j(x_j) = ℓ(W_{J-1} ρ(... W_j ρ(x_j) ...)).

    Parameters
    ----------
    xj : array (n_j,)
        The state that enters layer j.
    j : int
        0, ..., J.  With ``j = J`` no layer is left, and ℓ_J = ℓ.
    Ws : list of J arrays
        ``Ws[k]`` is W_k, of shape (n_{k+1}, n_k).
    rho : callable
        ρ.
    loss : callable
        ℓ, from an array (n_J,) to a number.

    Returns
    -------
    float
        ℓ_j(x_j).
    """
    raise NotImplementedError


def backprop_states(
    x0: np.ndarray,
    Ws: list[np.ndarray],
    rho: Elementwise,
    drho: Elementwise,
    grad_loss: Elementwise,
) -> list[np.ndarray]:
    """The gradient of the loss in every state.

    Parameters
    ----------
    x0 : array (n_0,)
        The input of the network.
    Ws : list of J arrays
        ``Ws[j]`` is W_j, of shape (n_{j+1}, n_j).  The list may be empty.
    rho, drho : callables
        ρ and ρ'.
    grad_loss : callable
        ∇ℓ, from an array (n_J,) to an array (n_J,).

    Returns
    -------
    list of J + 1 arrays
        Entry j is ∇ℓ_j(x_j), of shape (n_j,).
    """
    raise NotImplementedError


def backprop_weights(
    x0: np.ndarray,
    Ws: list[np.ndarray],
    rho: Elementwise,
    drho: Elementwise,
    grad_loss: Elementwise,
) -> list[np.ndarray]:
    """The gradient of the loss in every weight matrix.

    Parameters
    ----------
    x0, Ws, rho, drho, grad_loss
        As in ``backprop_states``.

    Returns
    -------
    list of J arrays
        Entry j is ∇_{W_j} ℓ, of shape (n_{j+1}, n_j).
    """
    raise NotImplementedError
