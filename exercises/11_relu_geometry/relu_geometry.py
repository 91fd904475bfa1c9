"""Chapter 11: activation patterns, and how many directions a ReLU network can move in.

Replace each ``raise NotImplementedError``, then run ``minigrad check 11``.  The
statement is in README.md beside this file.

A network of H layers sends a batch up, one sample a *column*: f_0 = X,
z_h = W_h f_{h-1} + b_h 1ᵀ, f_h = relu(z_h) for h < H, and f_H = z_H.  W_h is
``Ws[h - 1]``, b_h is ``bs[h - 1]``.  Biases are 1-D arrays.  No function may change
its arguments.
"""

from __future__ import annotations

import numpy as np


def activation_pattern(
    Ws: list[np.ndarray], bs: list[np.ndarray], X: np.ndarray
) -> np.ndarray:
    """1 where a hidden unit has z >= 0 at a sample, 0 elsewhere.

    Parameters
    ----------
    Ws : list of H arrays (n_h, n_{h-1})
        The weights; H may be 1.
    bs : list of H arrays (n_h,)
        The biases.
    X : array (n_0, n)
        The samples, one a column.

    Returns
    -------
    array of ints (n_1 + ... + n_{H-1}, n)
        The units of layer 1 first, then those of layer 2, and so on; no output units.
    """
    raise NotImplementedError


def functional_dimension(
    Ws: list[np.ndarray], bs: list[np.ndarray], X: np.ndarray
) -> int:
    """The rank of the Jacobian of f_H(X), n n_H numbers, in all weights and biases.

    The rank at these parameters, whatever units they are in: it stays what it is when
    a hidden unit's weights and bias are multiplied by 10^9 and what reads it is
    divided by 10^9.

    Parameters
    ----------
    Ws, bs, X
        As in ``activation_pattern``.

    Returns
    -------
    int
    """
    raise NotImplementedError
