"""Chapter 05, weight normalization: seven functions to write.

w = g u / |u|: a length g and a direction u.  Samples are rows.  No function changes its
inputs.  The statement is in README.md beside this file.
"""

from __future__ import annotations

import numpy as np


def bn_linear(X: np.ndarray, w: np.ndarray, b: float) -> np.ndarray:
    """The outputs X w + b, batch-normalized.

    Parameters
    ----------
    X : array (N, n)
        The batch, one sample a row.
    w : array (n,)
        Weights of one unit.
    b : float
        Its bias.

    Returns
    -------
    array (N,)
        The N numbers of X w + b, minus their mean, over their standard deviation; the
        variance is the biased one, divided by N, and nothing is added to it.
    """
    raise NotImplementedError


def wn_linear(X: np.ndarray, u: np.ndarray, g: float) -> np.ndarray:
    """The outputs of a weight-normalized unit without bias.

    Parameters
    ----------
    X : array (N, n)
        The batch, one sample a row.
    u : array (n,)
        Direction, not zero and of any length.
    g : float
        Length of the weights; may be negative.

    Returns
    -------
    array (N,)
        X w with w = g u / |u|.
    """
    raise NotImplementedError


def bn_variance(w: np.ndarray, C: np.ndarray) -> float:
    """The variance of w.x for random inputs x.

    Parameters
    ----------
    w : array (n,)
        Weights.
    C : array (n, n)
        The covariance matrix of x.

    Returns
    -------
    float
        Var(w.x).
    """
    raise NotImplementedError


def wn_backward(u: np.ndarray, g: float, dw: np.ndarray) -> tuple[np.ndarray, float]:
    """The gradients of the loss in u and g, from its gradient in w = g u / |u|.

    Parameters
    ----------
    u : array (n,)
        Direction, not zero.
    g : float
        Length.
    dw : array (n,)
        dL/dw.

    Returns
    -------
    du : array (n,)
        dL/du.
    dg : float
        dL/dg.
    """
    raise NotImplementedError


def norm_sq_after_step(u: np.ndarray, g: float, dw: np.ndarray, eps: float) -> float:
    """The squared norm of u after one plain gradient step.

    Parameters
    ----------
    u, g, dw
        As in ``wn_backward``.
    eps : float
        The rate: u' = u - eps dL/du.

    Returns
    -------
    float
        |u'|^2.
    """
    raise NotImplementedError


def momentum_norm_growth(vs: list[np.ndarray], alpha: float) -> float:
    """By how much the heavy ball changes |u|^2 in its last step, from velocities alone.

    v_s = alpha v_{s-1} + eps dL/du(u_s),  u_{s+1} = u_s - v_s,  v_0 = 0.

    Parameters
    ----------
    vs : list of t arrays (n,)
        The velocities v_1, ..., v_t, so ``vs[s - 1]`` is v_s; t is at least 1.
    alpha : float
        In [0, 1).

    Returns
    -------
    float
        |u_{t+1}|^2 - |u_t|^2.
    """
    raise NotImplementedError


def wd_equilibrium_norm(c: float, eps: float, lam: float) -> float:
    """The norm of u that plain steps with weight decay keep.

    u' = (1 - eps lam) u - eps dL/du, where dL/du is orthogonal to u and has the norm
    c / |u|.

    Parameters
    ----------
    c : float
        The norm of the gradient where |u| = 1, positive.
    eps : float
        The rate, positive.
    lam : float
        The decay, positive; eps lam is at most 1.

    Returns
    -------
    float
        The |u| for which |u'| = |u|.
    """
    raise NotImplementedError
