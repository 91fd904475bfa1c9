"""Chapter 08: lazy training, or how little the weights of a wide network move.

Replace each ``raise NotImplementedError``, then run ``minigrad check 08``.  The
statement is in README.md beside this file.

The network is Φ_1 = W_1 x / √w_1, Φ_j = W_j ρ(Φ_{j-1}) / √w_j for j = 2..J, where W_j
has shape (w_{j+1}, w_j) and is ``Ws[j - 1]``.  ρ acts entry by entry, and not on the
input.  Vectors are 1-D arrays, ‖.‖ is the spectral norm of a matrix.  No function may
change its arguments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]  # the result has the argument's shape


def weight_velocity(
    Ws: list[np.ndarray],
    x: np.ndarray,
    gradR: np.ndarray,
    rho: Elementwise,
    drho: Elementwise,
    lam: float,
) -> list[np.ndarray]:
    """dW_j/dt of the gradient flow dW/dt = -lam ∂_W R(Φ(x)), for j = 1..J.

    Parameters
    ----------
    Ws : list of J arrays (w_{j+1}, w_j)
        The weights now.
    x : array (w_1,)
        The one sample.
    gradR : array (w_{J+1},)
        ∇R, the gradient of the loss at the output Φ(x).
    rho, drho : callables
        ρ and ρ'.
    lam : float
        The rate, positive.

    Returns
    -------
    list of J arrays
        Item j has the shape of ``Ws[j]``.
    """
    raise NotImplementedError


def velocity_bound(
    Ws: list[np.ndarray],
    Ws0: list[np.ndarray],
    x: np.ndarray,
    gradR: np.ndarray,
    lam: float,
) -> float:
    """The bound lam |x| |∇R| ‖u‖^(J-1) / Π_k √w_k on every ‖dW_j/dt‖.

    u_j = ‖W_j - W_j(0)‖ + ‖W_j(0)‖, and ‖u‖ is the length of the vector (u_1, .., u_J).

    Parameters
    ----------
    Ws, Ws0 : lists of J arrays (w_{j+1}, w_j)
        The weights now, and at time 0.
    x, gradR, lam
        As in ``weight_velocity``.

    Returns
    -------
    float
    """
    raise NotImplementedError


def predicted_displacement(
    r0: float, S: np.ndarray, D: np.ndarray, lam: float, t: float
) -> np.ndarray:
    """The limits of ‖W_j(t) - W_j(0)‖ as the widths go to infinity, for j = 1..J.

    One sample, one output, the loss (Φ - y)²/2.

    Parameters
    ----------
    r0 : float
        The residual Φ(x) - y at time 0, of any sign.
    S : array (J,)
        Σ_1, ..., Σ_J at (x, x), positive.
    D : array (J - 1,)
        dotΣ_2, ..., dotΣ_J at (x, x), positive.
    lam, t : floats
        The rate, positive, and the time, 0 or more.

    Returns
    -------
    array (J,)
    """
    raise NotImplementedError


def kernel_drift_bound(J0: np.ndarray, Jt: np.ndarray) -> float:
    """The bound (‖Jt‖ + ‖J0‖) ‖Jt - J0‖ on ‖Jt Jtᵀ - J0 J0ᵀ‖.

    Parameters
    ----------
    J0, Jt : arrays (m, p)
        The Jacobian of m outputs in p weights, at time 0 and at time t.

    Returns
    -------
    float
    """
    raise NotImplementedError


def linearized_output(
    K: np.ndarray, f0: np.ndarray, y: np.ndarray, lam: float, t: float
) -> np.ndarray:
    """f(t) for df/dt = -lam K (f - y) with f(0) = f0 and a K that does not move.

    Parameters
    ----------
    K : array (n, n)
        The kernel of the n samples: symmetric, no negative eigenvalue, maybe singular.
    f0, y : arrays (n,)
        The outputs at time 0, and the targets.
    lam, t : floats
        The rate, positive, and the time, 0 or more.

    Returns
    -------
    array (n,)
    """
    raise NotImplementedError
