"""Chapter 04, momentum and Newton's method: twelve functions to write.

Gradients g_1, ..., g_t are the rows of ``gs``; v_0 = 0.  H is symmetric.  No function
changes its inputs.  The statement is in README.md beside this file.
"""

from __future__ import annotations

import numpy as np


def ema_to_momentum(beta: float, delta: float) -> tuple[float, float]:
    """The momentum method that makes the same updates as a moving average.

    moving average: v_t = beta v_{t-1} + (1 - beta) g_t, update -delta v_t;
    momentum:       v_t = alpha v_{t-1} + eps g_t,       update -v_t.

    Parameters
    ----------
    beta : float
        In [0, 1).
    delta : float
        Positive.

    Returns
    -------
    alpha, eps : floats
    """
    raise NotImplementedError


def ema_updates(gs: np.ndarray, beta: float, delta: float) -> np.ndarray:
    """All updates -delta v_1, ..., -delta v_t of the moving average.

    Parameters
    ----------
    gs : array (t, n)
        Row i - 1 is the gradient g_i.
    beta : float
        In [0, 1).
    delta : float
        Positive.

    Returns
    -------
    array (t, n)
        Row i - 1 is -delta v_i.
    """
    raise NotImplementedError


def ema_weights(beta: float, t: int) -> np.ndarray:
    """What each gradient counts for in v_t of the moving average.

    Parameters
    ----------
    beta : float
        In [0, 1); with 0 the average has no memory.
    t : int
        At least 1.

    Returns
    -------
    array (t,)
        Entry i - 1 is the factor of g_i in v_t, so the oldest gradient comes first.
    """
    raise NotImplementedError


def momentum_weights(alpha: float, eps: float, t: int) -> np.ndarray:
    """What each gradient counts for in v_t of the method with momentum.

    Parameters
    ----------
    alpha : float
        In [0, 1).
    eps : float
        Positive.
    t : int
        At least 1.

    Returns
    -------
    array (t,)
        Entry i - 1 is the factor of g_i in v_t, so the oldest gradient comes first.
    """
    raise NotImplementedError


def debias(v: np.ndarray, beta: float, t: int) -> np.ndarray:
    """The estimate of the mean gradient that is right on average, from v_t.

    Parameters
    ----------
    v : array (n,)
        The moving average v_t.
    beta : float
        In [0, 1).
    t : int
        At least 1.

    Returns
    -------
    array (n,)
        Its expectation is E[g] if all gradients have the same expectation E[g].
    """
    raise NotImplementedError


def ema_variance(beta: float, t: int, s2: float) -> float:
    """The variance of v_t when the gradients are independent numbers of variance s2.

    Parameters
    ----------
    beta : float
        In [0, 1).
    t : int
        At least 1.
    s2 : float
        The variance of each g_i, positive.

    Returns
    -------
    float
        Var v_t.
    """
    raise NotImplementedError


def taylor_after_step(f0: float, g: np.ndarray, H: np.ndarray, eps: float) -> float:
    """The quadratic model after one gradient step, m(-eps g).

    m(s) = f0 + g.s + s.H s / 2

    Parameters
    ----------
    f0 : float
        The value of f at the current point.
    g : array (n,)
        Its gradient there.
    H : array (n, n)
        Its Hessian there, symmetric.
    eps : float
        The rate, not negative.

    Returns
    -------
    float
        m(-eps g).
    """
    raise NotImplementedError


def max_step(g: np.ndarray, H: np.ndarray) -> float:
    """The supremum of the rates whose gradient step strictly decreases the model.

    Parameters
    ----------
    g : array (n,)
        Gradient.
    H : array (n, n)
        Hessian, symmetric, definite or not.

    Returns
    -------
    float
        sup { eps > 0 : m(-eps g) < m(0) }; ``np.inf`` if every rate decreases the
        model, and 0.0 if ``g`` is 0.
    """
    raise NotImplementedError


def cauchy_step(g: np.ndarray, H: np.ndarray, radius: float) -> np.ndarray:
    """The Cauchy point: the best step along -g that is no longer than ``radius``.

    Parameters
    ----------
    g : array (n,)
        Gradient.
    H : array (n, n)
        Hessian, symmetric, definite or not.
    radius : float
        The length that a step may have, positive.

    Returns
    -------
    array (n,)
        The s = -tau g, with tau >= 0 and |s| <= radius, for which m(s) is smallest;
        zeros if ``g`` is 0.
    """
    raise NotImplementedError


def newton_step(x: np.ndarray, g: np.ndarray, H: np.ndarray) -> np.ndarray:
    """The point at which the model has no slope.

    Parameters
    ----------
    x : array (n,)
        The current point.
    g : array (n,)
        Gradient at x.
    H : array (n, n)
        Hessian at x, symmetric and invertible.

    Returns
    -------
    array (n,)
        x - H^-1 g.
    """
    raise NotImplementedError


def newton_kind(H: np.ndarray) -> str:
    """What the model has at the point that a Newton step goes to.

    Parameters
    ----------
    H : array (n, n)
        Hessian, symmetric.

    Returns
    -------
    str
        ``"singular"`` if some eigenvalue is zero, which means not larger in size than
        1e-12 max(1, largest size of an eigenvalue); else ``"min"``, ``"max"`` or
        ``"saddle"``.
    """
    raise NotImplementedError


def damped_newton_step(
    x: np.ndarray, g: np.ndarray, H: np.ndarray, mu: float
) -> np.ndarray:
    """Newton's step with every eigenvalue of H raised by mu.

    Parameters
    ----------
    x : array (n,)
        The current point.
    g : array (n,)
        Gradient at x.
    H : array (n, n)
        Hessian at x, symmetric.
    mu : float
        Damping, not negative; H + mu I is invertible.

    Returns
    -------
    array (n,)
        x - (H + mu I)^-1 g.
    """
    raise NotImplementedError
