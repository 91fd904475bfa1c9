"""Chapter 02, the delta recursion: five functions to write.

Samples are columns.  relu(t) = max(t, 0) has value 0 and derivative 0 at and below 0.
No function changes its inputs.  The statement is in README.md beside this file.
"""

from __future__ import annotations

import numpy as np


def mlp_grads(
    Ws: list[np.ndarray], bs: list[np.ndarray], X: np.ndarray, dL: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Gradients of the loss in every weight and every bias of a network.

    f_0 = X, f_h = relu(W_h f_{h-1} + b_h) for h < H, and f_H = W_H f_{H-1} + b_H.

    Parameters
    ----------
    Ws : list of H arrays
        ``Ws[h]`` is W_{h+1}, of shape (n_{h+1}, n_h).
    bs : list of H arrays
        ``bs[h]`` is b_{h+1}, of shape (n_{h+1},).
    X : array (n_0, n)
        The batch, one sample a column.
    dL : array (n_H, n)
        Gradient of the loss, a sum over the samples, at the output f_H.

    Returns
    -------
    gW, gb : lists of H arrays
        ``gW[h]`` has the shape of ``Ws[h]`` and ``gb[h]`` that of ``bs[h]``.
    """
    raise NotImplementedError


def softmax_ce_delta(Z: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Gradient of the summed cross-entropy at the logits.

    E = -sum_s log p_{k(s), s}, where column p_s is the softmax of column z_s
    and k(s) is the row of the 1 in column s of ``Y``.

    Parameters
    ----------
    Z : array (n_H, n)
        Logits, one sample a column; entries of 1000 or -1000 are ordinary input.
    Y : array (n_H, n)
        One-hot columns: the true class of each sample.

    Returns
    -------
    array (n_H, n)
        dE/dZ.
    """
    raise NotImplementedError


def rescale(
    Ws: list[np.ndarray], bs: list[np.ndarray], lam: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Other parameters of the same ReLU network, scaled by powers of ``lam``.

    W_1 is multiplied by lam^(H-1), every other W_h is divided by lam, and b_h is
    multiplied by lam^(H-h), h = 1..H.

    Parameters
    ----------
    Ws, bs : lists of H arrays
        As in ``mlp_grads``: ``Ws[h]`` (n_{h+1}, n_h) and ``bs[h]`` (n_{h+1},).
    lam : float
        A positive number.

    Returns
    -------
    Ws2, bs2 : lists of H arrays
        The rescaled parameters, with the same shapes.
    """
    raise NotImplementedError


def resblock_backward(
    f: np.ndarray,
    W1: np.ndarray,
    b1: np.ndarray,
    W2: np.ndarray,
    b2: np.ndarray,
    G: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of a residual block relu(W2 relu(W1 f + b1) + b2 + f).

    Parameters
    ----------
    f : array (p, n)
        Input of the block, one sample a column.
    W1, b1 : arrays (q, p), (q,)
        The layer inside.
    W2, b2 : arrays (p, q), (p,)
        The layer whose output meets the skip.
    G : array (p, n)
        Gradient of the loss, a sum over the samples, at the block's output.

    Returns
    -------
    df, dW1, db1, dW2, db2 : arrays
        Gradients with the shapes of ``f``, ``W1``, ``b1``, ``W2``, ``b2``.
    """
    raise NotImplementedError


def bn_backward(
    z: np.ndarray, gamma: np.ndarray, G: np.ndarray, eps: float
) -> np.ndarray:
    """Gradient of batch normalization at its input.

    y = gamma (z - mean) / sqrt(var + eps), with the mean and the biased variance
    (divided by n) of each row, taken over the batch.

    Parameters
    ----------
    z : array (p, n)
        Pre-activations, one sample a column.
    gamma : array (p,)
        The gain of each row.
    G : array (p, n)
        Gradient of the loss at y.
    eps : float
        Positive, added to the variance under the root.

    Returns
    -------
    array (p, n)
        dE/dz.
    """
    raise NotImplementedError
