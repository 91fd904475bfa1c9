"""Chapter 10: the landscape of the loss of a network.

Replace each ``raise NotImplementedError``, then run ``minigrad check 10_landscape``.
The statement is in README.md beside this file.

Samples are columns.  Layer h = 1..H reads n_{h-1} numbers and gives n_h; W_h has shape
(n_h, n_{h-1}) and is ``Ws[h - 1]``.  No function may change its arguments.
"""

from __future__ import annotations

import numpy as np


def grad_lower_bound(
    Ws: list[np.ndarray], dmin: np.ndarray, A: np.ndarray, dL: np.ndarray
) -> float:
    """The bound s_n(A) Π_{h≥2} s_{n_h}(W_h) Π_h dmin_h ‖dL‖_F on the gradient.

    The gradient of E in W_1 and b_1 together is at least as long.  s_k(M) is the k-th
    largest singular value of M, and 0 if M has fewer than k rows or columns.

    Parameters
    ----------
    Ws : list of H arrays (n_h, n_{h-1})
        The weights, H ≥ 1.
    dmin : array (H,)
        ``dmin[h - 1]`` is the smallest |σ_h'| over the units and samples of layer h.
    A : array (n_0 + 1, n)
        The samples over a row of ones, [X; 1].
    dL : array (n_H, n)
        The gradient of the loss at the output of the network.

    Returns
    -------
    float
    """
    raise NotImplementedError


def critical_point_kind(g: np.ndarray, H: np.ndarray, tol: float) -> str:
    """What gradient and Hessian say about a point, and whether they say anything.

    A semidefinite Hessian, of either sign, decides nothing.

    Parameters
    ----------
    g : array (p,)
        The gradient there; zero if ‖g‖ ≤ tol.
    H : array (p, p)
        The Hessian there, symmetric; an eigenvalue is zero if its size is ≤ tol.
    tol : float
        What counts as zero, positive.

    Returns
    -------
    str
        "not critical", "minimum", "maximum", "strict saddle" or "undetermined".
    """
    raise NotImplementedError
