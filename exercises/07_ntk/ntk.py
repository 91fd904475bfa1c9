"""Chapter 07: the neural tangent kernel, at finite width and in the limit.

Replace each ``raise NotImplementedError``, then run ``minigrad check 07_ntk``.  The
statement is in README.md beside this file.

The network is Φ_1 = W_1 x / √w_1 and Φ_j = W_j ρ(Φ_{j-1}) / √w_j for j = 2..J, with
W_j of shape (w_{j+1}, w_j).  ρ acts entry by entry and ρ' is its derivative; inputs may
have any sign.  In the limit of infinite width Σ_j is the covariance of an entry of Φ_j,
and Σ'_{j+1} is E[ρ'(u) ρ'(v)] for (u, v) with the covariances Σ_j.  No function may
change its arguments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]  # the result has the argument's shape


def ntk_forward(
    Ws: list[np.ndarray], x: np.ndarray, rho: Elementwise
) -> list[np.ndarray]:
    """All layers Φ_1, ..., Φ_J.

    Parameters
    ----------
    Ws : list of J arrays (w_{j+1}, w_j)
        The weights W_1, ..., W_J; there is at least one.
    x : array (w_1,)
        The input.  ρ is not applied to it.
    rho : callable
        ρ.

    Returns
    -------
    list of J arrays (w_{j+1},)
    """
    raise NotImplementedError


def empirical_ntk(
    Ws: list[np.ndarray],
    x: np.ndarray,
    xp: np.ndarray,
    rho: Elementwise,
    drho: Elementwise,
) -> np.ndarray:
    """K(x, x') = Σ_j ∂Φ(x)/∂W_j ∂Φ(x')/∂W_jᵀ, with Φ = Φ_J.

    Parameters
    ----------
    Ws, rho
        As in ``ntk_forward``.
    x, xp : arrays (w_1,)
        The inputs x and x'.
    drho : callable
        ρ'.

    Returns
    -------
    array (w_{J+1}, w_{J+1})
        Entry (i, k) is the inner product of the gradients of Φ_i(x) and Φ_k(x').
    """
    raise NotImplementedError


def ntk_step(
    WJ: np.ndarray,
    phi: np.ndarray,
    phip: np.ndarray,
    Kprev: np.ndarray,
    rho: Elementwise,
    drho: Elementwise,
) -> np.ndarray:
    """K_J(x, x') from K_{J-1}(x, x'): what one more layer does to the kernel.

    Parameters
    ----------
    WJ : array (w_{J+1}, w_J)
        The weights of the new layer.
    phi, phip : arrays (w_J,)
        Φ_{J-1}(x) and Φ_{J-1}(x').
    Kprev : array (w_J, w_J)
        K_{J-1}(x, x'): any matrix, it need not be symmetric.
    rho, drho
        As in ``empirical_ntk``.

    Returns
    -------
    array (w_{J+1}, w_{J+1})
    """
    raise NotImplementedError


def relu_dual(sxx: float, sxy: float, syy: float) -> tuple[float, float]:
    """E[relu(u) relu(v)] and E[relu'(u) relu'(v)] for Gaussian (u, v).

    Parameters
    ----------
    sxx, sxy, syy : floats
        Var u, Cov(u, v), Var v: both variances positive, and |sxy| at most √(sxx syy),
        but for rounding.

    Returns
    -------
    pair of floats
    """
    raise NotImplementedError


def gh_dual(
    rho: Elementwise, drho: Elementwise, sxx: float, sxy: float, syy: float, n: int
) -> tuple[float, float]:
    """E[ρ(u) ρ(v)] and E[ρ'(u) ρ'(v)] by n-point Gauss-Hermite quadrature.

    Parameters
    ----------
    rho, drho : callables
        A smooth ρ, and ρ'.
    sxx, sxy, syy
        As in ``relu_dual``.
    n : int
        The number of points for each of two independent variables.

    Returns
    -------
    pair of floats
    """
    raise NotImplementedError


def nngp(x: np.ndarray, xp: np.ndarray, J: int) -> float:
    """Σ_J(x, x') for ReLU: Σ_1 = x.x' / w_1 and Σ_{j+1} = E[relu(u) relu(v)].

    Parameters
    ----------
    x, xp : arrays (w_1,)
        The inputs, neither of them zero.
    J : int
        The number of layers, 1 or more.

    Returns
    -------
    float
    """
    raise NotImplementedError


def ntk_infinite(x: np.ndarray, xp: np.ndarray, J: int) -> float:
    """The limit Σ_j Σ_j Σ'_{j+1} ... Σ'_J at (x, x') of the kernel, for ReLU.

    Parameters
    ----------
    x, xp, J
        As in ``nngp``.

    Returns
    -------
    float
        The factor of the identity.
    """
    raise NotImplementedError
