"""Chapter 06: gradients through time, in a recurrent network.

Replace each ``raise NotImplementedError``, then run ``minigrad check 06_rnn``.  The
statement is in README.md beside this file.

σ acts entry by entry and σ' is its derivative, |σ'| <= gamma.  States are 1-D arrays,
‖.‖ is the spectral norm, λ_1 the largest eigenvalue of a symmetric matrix.  No function
may change its arguments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]  # the result has the argument's shape


def rnn_h(
    W: np.ndarray,
    U: np.ndarray,
    b: np.ndarray,
    h0: np.ndarray,
    xs: np.ndarray,
    sigma: Elementwise,
) -> np.ndarray:
    """All states of h_t = W σ(h_{t-1}) + U x_t + b.

    Parameters
    ----------
    W, U, b : arrays (n, n), (n, d), (n,)
        The weights and the bias, the same at every step.
    h0 : array (n,)
        The first state.
    xs : array (T, d)
        The inputs: x_t is row t - 1.  There may be none, T = 0.
    sigma : callable
        σ.

    Returns
    -------
    array (T + 1, n)
        The states h_0, ..., h_T as rows.
    """
    raise NotImplementedError


def rnn_jacobian(
    W: np.ndarray,
    U: np.ndarray,
    b: np.ndarray,
    g0: np.ndarray,
    xs: np.ndarray,
    sigma: Elementwise,
    dsigma: Elementwise,
) -> np.ndarray:
    """∂g_T / ∂g_0 for g_t = σ(W g_{t-1} + U x_t + b).

    Parameters
    ----------
    W, U, b, xs, sigma
        As in ``rnn_h``.
    g0 : array (n,)
        The first state.
    dsigma : callable
        σ'.

    Returns
    -------
    array (n, n)
        Entry (i, k) is the derivative of entry i of g_T in entry k of g_0.
    """
    raise NotImplementedError


def jacobian_bound(W: np.ndarray, gamma: float, T: int) -> float:
    """The bound (gamma √λ_1(WᵀW))^T on ‖∂g_T / ∂g_0‖.

    Parameters
    ----------
    W : array (n, n)
        Any square matrix.
    gamma : float
        The largest slope of σ, positive.
    T : int
        The number of steps, 0 or more.

    Returns
    -------
    float
    """
    raise NotImplementedError


def gradient_can_explode(W: np.ndarray, gamma: float) -> bool:
    """Whether W fulfills the necessary condition λ_1(WᵀW) > 1/gamma².

    Parameters
    ----------
    W, gamma
        As in ``jacobian_bound``.

    Returns
    -------
    bool
    """
    raise NotImplementedError


def vanishing_example(n: int, T: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A network that fulfills the condition, and whose gradient vanishes.

    g_t = tanh(W g_{t-1} + b), without inputs.  Wanted is ‖∂g_T / ∂g_0‖ <= 10^-6 though
    all eigenvalues of WᵀW are 4 or more, so that W doubles every length at least.

    Parameters
    ----------
    n : int
        The number of units, 1 or more.
    T : int
        The number of steps, 20 or more.

    Returns
    -------
    W, b, g0 : arrays (n, n), (n,), (n,)
        No entry larger than 100.
    """
    raise NotImplementedError


def exploding_example(n: int, T: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A network that fulfills the condition, and whose gradient explodes.

    As in ``vanishing_example``, but wanted are λ_1(WᵀW) >= 4 and ‖∂g_T / ∂g_0‖ >= 10^6.

    Parameters
    ----------
    n, T
        As in ``vanishing_example``.

    Returns
    -------
    W, b, g0 : arrays (n, n), (n,), (n,)
        No entry larger than 100.
    """
    raise NotImplementedError
