"""Chapter 12: critical points of linear networks.

Replace each ``raise NotImplementedError``, then run
``minigrad check 12_linear_networks``.  The statement is in README.md beside this file.

The risk is R(W) = ‖W_H .. W_1 X - Y‖², summed over all entries; samples are columns.
d_y <= d_x <= n, X has full row rank, X Yᵀ has rank d_y, and the singular values δ of
M X, where M = Y Xᵀ (X Xᵀ)⁻¹, differ from each other.  No function may change its
arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def critical_value(X: np.ndarray, Y: np.ndarray, S: Sequence[int]) -> float:
    """The risk at the critical points that are associated with S.

    Parameters
    ----------
    X, Y : arrays (d_x, n), (d_y, n)
        The samples and their targets.
    S : sequence of ints
        Indices of singular directions, from 0, in any order; 0 is the largest δ.

    Returns
    -------
    float
        tr Σ_YY minus the δ_i² with i in S.
    """
    raise NotImplementedError


def critical_point(
    arch: Sequence[int], X: np.ndarray, Y: np.ndarray, S: Sequence[int]
) -> list[np.ndarray]:
    """A critical point whose product is U_S U_Sᵀ M; any one will do.

    Parameters
    ----------
    arch : sequence of ints
        The widths d_x, n_1, .., n_{H-1}, d_y, for two layers or more.
    X, Y, S
        As in ``critical_value``; S is no longer than the smallest width.

    Returns
    -------
    list of H arrays
        W_1, .., W_H; item h - 1 has the shape (arch[h], arch[h - 1]).
    """
    raise NotImplementedError


def classify(Ws: list[np.ndarray], X: np.ndarray, Y: np.ndarray) -> str:
    """What kind of critical point W is.

    Parameters
    ----------
    Ws : list of H arrays
        W_1, .., W_H with H >= 2: a critical point of R, up to rounding.
    X, Y : arrays (d_x, n), (d_y, n)
        The samples and their targets.

    Returns
    -------
    str
        "global" for a global minimum, "strict" for a saddle at which the Hessian has a
        negative eigenvalue, "nonstrict" for a saddle at which it has none.
    """
    raise NotImplementedError


def best_B_and_is_critical(
    A: np.ndarray, X: np.ndarray, Y: np.ndarray
) -> tuple[np.ndarray, bool]:
    """The best first layer for a given last one, and whether both are critical.

    Parameters
    ----------
    A : array (d_y, n_1)
        The last layer of a network of two, of full column rank.
    X, Y : arrays (d_x, n), (d_y, n)
        The samples and their targets.

    Returns
    -------
    B : array (n_1, d_x)
        The minimum of ‖A B X - Y‖² over B.
    critical : bool
        Whether (A, B) is a critical point of ‖A B X - Y‖².
    """
    raise NotImplementedError
