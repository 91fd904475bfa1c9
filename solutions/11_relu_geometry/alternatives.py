"""Right answers to chapter 11 by other roads; every check must accept them.

z pre-activations, J Jacobian, G Gram matrix.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import alternative

# activation_pattern ----------------------------------------------------------------


@alternative("activation_pattern")
def unit_by_unit(Ws, bs, X):
    """One sample after the other, one unit after the other."""
    hidden = sum(len(b) for b in bs[:-1])
    found = np.zeros((hidden, X.shape[1]), dtype=np.int8)
    for s in range(X.shape[1]):
        f, row = X[:, s], 0
        for W, b in zip(Ws[:-1], bs[:-1], strict=True):
            z = [np.dot(w, f) + c for w, c in zip(W, b, strict=True)]
            for value in z:
                found[row, s] = 0 if value < 0 else 1
                row += 1
            f = np.array([max(value, 0.0) for value in z])
    return found


@alternative("activation_pattern")
def with_a_row_of_ones(Ws, bs, X):
    """(W_h, b_h) times (f_{h-1}; 1), and the pattern multiplies in place of a relu."""
    n = X.shape[1]
    f, found = X, np.empty((0, n), dtype=np.uint8)
    for W, b in list(zip(Ws, bs, strict=True))[:-1]:
        z = np.column_stack([W, b]) @ np.vstack([f, np.ones(n)])
        pattern = np.where(z < 0, 0, 1).astype(np.uint8)
        f, found = z * pattern, np.vstack([found, pattern])
    return found


# functional_dimension --------------------------------------------------------------


def outputs(Ws, bs, X, gates):
    """f_H with the pattern held: a polynomial in the parameters, complex ones too."""
    f = X
    for h, (W, b) in enumerate(zip(Ws, bs, strict=True)):
        f = W @ f + b[:, None]
        if h < len(gates):
            f = f * gates[h]
    return f.T.ravel()


def gates_of(Ws, bs, X):
    """The pattern, layer by layer."""
    f, gates = X, []
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        z = W @ f + b[:, None]
        gates.append(z >= 0)
        f = z * gates[-1]
    return gates


@alternative("functional_dimension")
def with_complex_steps(Ws, bs, X):
    """A column of J for each parameter by a complex step, then singular values."""
    gates, columns = gates_of(Ws, bs, X), []
    for part in (0, 1):
        for k, A in enumerate((Ws, bs)[part]):
            for at in np.ndindex(A.shape):
                moved = [list(Ws), list(bs)]
                moved[part][k] = A.astype(complex)
                moved[part][k][at] += 1e-200j
                columns.append(outputs(*moved, X, gates).imag / 1e-200)
    J = np.array([c / np.linalg.norm(c) for c in columns if np.any(c)]).T
    s = np.linalg.svd(J, compute_uv=False)
    return int(np.sum(s > 1e-11 * s[0]))


@alternative("functional_dimension")
def by_elimination(Ws, bs, X):
    """Gram-Schmidt on unit columns, the longest that is left first."""
    n, gates = X.shape[1], gates_of(Ws, bs, X)
    rows = [[] for _ in range(n * len(bs[-1]))]
    for s in range(n):
        f = [X[:, s]]
        for h, gate in enumerate(gates):
            f.append(gate[:, s] * (Ws[h] @ f[-1] + bs[h]))
        for i in range(len(bs[-1])):
            row, g = rows[s * len(bs[-1]) + i], np.eye(len(bs[-1]))[i]
            for h in range(len(Ws) - 1, -1, -1):
                row.append(np.append(np.outer(g, f[h]).ravel(), g))
                if h:
                    g = gates[h - 1][:, s] * (Ws[h].T @ g)
    J = np.array([np.concatenate(row) for row in rows])
    length = np.sqrt((J * J).sum(axis=0))
    J = J / np.where(length > 0, length, 1.0)
    for rank in range(min(J.shape) + 1):
        left = np.sqrt((J * J).sum(axis=0))
        if left.max() < 1e-10:
            return rank
        q = J[:, left.argmax()] / left.max()
        J = J - np.outer(q, q @ J)
    return min(J.shape)
