"""Chapter 09: how a network scales with its width.

Replace each ``raise NotImplementedError``, then run
``minigrad check 09_width_scaling``.  The statement is in README.md beside this file.

The network is Φ = m^-α βᵀ (m^-1/2 A) u x, with one number x for an input and m² + 2m
weights.  At the start they are independent standard normal.  Vectors are 1-D arrays.
No function may change its arguments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def init_moments(m: int, alpha: float, x: float) -> tuple[float, float, float]:
    """Three moments at the start, over all weights: no weight is held fixed.

    Parameters
    ----------
    m : int
        The width, 1 or more.
    alpha : float
        α.
    x : float
        The input, not 0.

    Returns
    -------
    second, kurtosis, variance : floats
        E Φ², then E Φ⁴ / (E Φ²)², then the variance of ‖m^-1/2 A u x‖², the squared
        length of the last hidden layer.
    """
    raise NotImplementedError


def tangent_grads(
    beta: np.ndarray, A: np.ndarray, u: np.ndarray, x: float, alpha: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of Φ in its three groups of weights.

    Parameters
    ----------
    beta, A, u : arrays (m,), (m, m), (m,)
        The weights.
    x, alpha : floats
        The input and α.

    Returns
    -------
    grad_beta, grad_A, grad_u : arrays (m,), (m, m), (m,)
    """
    raise NotImplementedError


def delta_product(
    beta0: np.ndarray, A0: np.ndarray, dbeta: np.ndarray, dA: np.ndarray
) -> np.ndarray:
    """β₁ᵀA₁ - β₀ᵀA₀ for β₁ = β₀ + Δβ and A₁ = A₀ + ΔA, written in the increments.

    Parameters
    ----------
    beta0, dbeta : arrays (p,)
        β₀ and Δβ.
    A0, dA : arrays (p, q)
        A₀ and ΔA.  In the network p = q = m; the identity does not need it.

    Returns
    -------
    array (q,)
    """
    raise NotImplementedError


def delta_grad_u_loss(
    beta: np.ndarray,
    A: np.ndarray,
    u: np.ndarray,
    x: float,
    alpha: float,
    eta: float,
    dF: Callable[[float], float],
) -> np.ndarray:
    """How much the gradient of the loss in u changes in one step of gradient descent.

    The step is taken in β, A and u at once, along the gradients of F(Φ).

    Parameters
    ----------
    beta, A, u, x, alpha
        As in ``tangent_grads``: the weights before the step.
    eta : float
        The learning rate η.
    dF : callable
        F', the derivative of the loss; a number for a number.

    Returns
    -------
    array (m,)
        ∇_u F(Φ) after the step, minus ∇_u F(Φ) before.
    """
    raise NotImplementedError
