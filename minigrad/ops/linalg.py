"""Matrix products and linear systems.

Why X̄ = G Yᵀ: with Z = X Y a tangent Ẋ moves Z by Ẋ Y, and the adjoint G of Z weighs
that by

    ⟨G, Ẋ Y⟩ = tr(Gᵀ Ẋ Y) = tr(Y Gᵀ Ẋ) = ⟨G Yᵀ, Ẋ⟩ ,

so G Yᵀ is what weighs Ẋ: the transpose of Ẋ ↦ Ẋ Y, applied to G.  Likewise Ȳ = Xᵀ G.
Differentiating A Z = B gives Ȧ Z + A Ż = Ḃ, hence Ż = A⁻¹ (Ḃ - Ȧ Z).

``@`` takes vectors as well and repeats matrices over leading axes.  The rules turn
vectors into one-row or one-column matrices, work on the last two axes (the *core*), and
undo the repetition with ``unbroadcast``.
"""

from __future__ import annotations

import numpy as np

from minigrad.ops.broadcasting import Array, Shape, align, unbroadcast
from minigrad.primitive import primitive
from minigrad.tape import Rule

__all__ = [
    "matmul",
    "matrix_transpose",
    "solve",
]


def matrix_transpose(x: Array) -> Array:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def _row(x: Array, ndim: int) -> Array:
    """A vector operand on the left of @ is a row."""
    return x[..., None, :] if ndim == 1 else x


def _column(x: Array, ndim: int) -> Array:
    """A vector operand on the right of @ is a column."""
    return x[..., None] if ndim == 1 else x


def _as_matrix(g: Array, x_ndim: int, y_ndim: int) -> Array:
    """The adjoint of x @ y with the axes that vector operands left out."""
    return _row(_column(g, y_ndim), x_ndim)


def _batch_ndim(x_shape: Shape, y_shape: Shape) -> int:
    return max(len(x_shape) - 2, len(y_shape) - 2, 0)


def _matmul_x(g: Array, y: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """X̄ = G Yᵀ."""
    if len(x_shape) == len(y_shape) == 2:
        return g @ matrix_transpose(y)
    G = _as_matrix(g, len(x_shape), len(y_shape))
    X = G @ matrix_transpose(_column(y, len(y_shape)))
    if len(x_shape) == 1:
        X = X[..., 0, :]
    core = min(len(x_shape), 2)
    return unbroadcast(X, x_shape, _batch_ndim(x_shape, y_shape) + core)


def _matmul_y(g: Array, x: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Ȳ = Xᵀ G."""
    if len(x_shape) == len(y_shape) == 2:
        return matrix_transpose(x) @ g
    G = _as_matrix(g, len(x_shape), len(y_shape))
    Y = matrix_transpose(_row(x, len(x_shape))) @ G
    if len(y_shape) == 1:
        Y = Y[..., 0]
    core = min(len(y_shape), 2)
    return unbroadcast(Y, y_shape, _batch_ndim(x_shape, y_shape) + core)


def _matmul_dx(t: Array, y: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Ż = Ẋ Y."""
    ndim = _batch_ndim(x_shape, y_shape) + 2
    T = align(_row(t, len(x_shape)), max(len(x_shape), 2), ndim)
    return _drop(T @ _column(y, len(y_shape)), x_shape, y_shape)


def _matmul_dy(t: Array, x: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Ż = X Ẏ."""
    ndim = _batch_ndim(x_shape, y_shape) + 2
    T = align(_column(t, len(y_shape)), max(len(y_shape), 2), ndim)
    return _drop(_row(x, len(x_shape)) @ T, x_shape, y_shape)


def _drop(z: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Leave out the axes that vector operands do not have."""
    if len(x_shape) == 1:
        z = z[..., 0, :]
    return z[..., 0] if len(y_shape) == 1 else z


@primitive(x=Rule(_matmul_x, _matmul_dx), y=Rule(_matmul_y, _matmul_dy))
def matmul(x: Array, y: Array) -> Array:
    """z = x @ y for vectors, matrices and stacks of matrices."""
    return np.matmul(x, y)


def _solve_a(g: Array, a: Array, z: Array, a_shape: Shape, b_shape: Shape) -> Array:
    """Ā = -(A⁻ᵀ Z̄) Zᵀ."""
    b_ndim = len(b_shape)
    S = np.linalg.solve(matrix_transpose(a), _column(g, b_ndim))
    A = -(S @ matrix_transpose(_column(z, b_ndim)))
    return unbroadcast(A, a_shape, _solve_ndim(a_shape, b_shape))


def _solve_b(g: Array, a: Array, a_shape: Shape, b_shape: Shape) -> Array:
    """B̄ = A⁻ᵀ Z̄."""
    b_ndim = len(b_shape)
    B = np.linalg.solve(matrix_transpose(a), _column(g, b_ndim))
    B = unbroadcast(B, b_shape + (1,) * (b_ndim == 1), _solve_ndim(a_shape, b_shape))
    return B[..., 0] if b_ndim == 1 else B


def _solve_da(t: Array, a: Array, z: Array, a_shape: Shape, b_shape: Shape) -> Array:
    """Ż = -A⁻¹ Ȧ Z."""
    b_ndim = len(b_shape)
    T = align(t, len(a_shape), _solve_ndim(a_shape, b_shape))
    Z = -np.linalg.solve(a, T @ _column(z, b_ndim))
    return Z[..., 0] if b_ndim == 1 else Z


def _solve_db(t: Array, a: Array, a_shape: Shape, b_shape: Shape) -> Array:
    """Ż = A⁻¹ Ḃ."""
    b_ndim = len(b_shape)
    T = align(_column(t, b_ndim), max(b_ndim, 2), _solve_ndim(a_shape, b_shape))
    Z = np.linalg.solve(a, T)
    return Z[..., 0] if b_ndim == 1 else Z


def _solve_ndim(a_shape: Shape, b_shape: Shape) -> int:
    return max(len(a_shape), len(b_shape), 2)


@primitive(a=Rule(_solve_a, _solve_da), b=Rule(_solve_b, _solve_db))
def solve(a: Array, b: Array) -> Array:
    """z = A⁻¹ b, for a vector b (1-D) or the columns of a matrix."""
    return np.linalg.solve(a, b)
