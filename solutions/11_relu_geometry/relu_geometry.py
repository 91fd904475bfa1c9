"""Chapter 11, solved: activation patterns and functional dimension.

z pre-activations, f states, B derivative of the output in a z; README.md derives it.
"""

from __future__ import annotations

import numpy as np

Arrays = list[np.ndarray]


def states(Ws: Arrays, bs: Arrays, X: np.ndarray) -> tuple[Arrays, Arrays]:
    """f_0, ..., f_{H-1}, and the patterns of the hidden layers."""
    fs, patterns = [X], []
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        z = W @ fs[-1] + b[:, None]
        patterns.append((z >= 0).astype(int))
        fs.append(np.maximum(z, 0.0))
    return fs, patterns


def activation_pattern(Ws: Arrays, bs: Arrays, X: np.ndarray) -> np.ndarray:
    """The patterns of the hidden layers, one below the other."""
    _, patterns = states(Ws, bs, X)
    none = np.zeros((0, X.shape[1]), dtype=int)  # all there is if H = 1
    return np.concatenate([none, *patterns])


def jacobian(Ws: Arrays, bs: Arrays, X: np.ndarray) -> np.ndarray:
    """(n n_H, p): within a cell relu is a multiplication by the pattern."""
    fs, patterns = states(Ws, bs, X)
    n, outputs = X.shape[1], len(bs[-1])
    B = np.broadcast_to(np.eye(outputs), (n, outputs, outputs))  # ∂f_H/∂z_H
    blocks = []
    for h in reversed(range(len(Ws))):
        by_weights = B[:, :, :, None] * fs[h].T[:, None, None, :]
        blocks += [B, by_weights.reshape(n, outputs, -1)]
        if h > 0:
            B = (B @ Ws[h]) * patterns[h - 1].T[:, None, :]
    return np.concatenate(blocks, axis=2).reshape(n * outputs, -1)


def functional_dimension(Ws: Arrays, bs: Arrays, X: np.ndarray) -> int:
    """The rank of the Jacobian with columns of length one."""
    J = jacobian(Ws, bs, X)
    lengths = np.linalg.norm(J, axis=0)
    moving = lengths > 0  # a column of zeros stays one
    return int(np.linalg.matrix_rank(J[:, moving] / lengths[moving]))
