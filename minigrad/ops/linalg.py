"""Matrix products, linear systems, inverses and determinants.

Why X̄ = G Yᵀ: with Z = X Y a tangent Ẋ moves Z by Ẋ Y, and the adjoint G of Z weighs
that by

    ⟨G, Ẋ Y⟩ = tr(Gᵀ Ẋ Y) = tr(Y Gᵀ Ẋ) = ⟨G Yᵀ, Ẋ⟩ ,

so G Yᵀ is what weighs Ẋ: the transpose of Ẋ ↦ Ẋ Y, applied to G.  Likewise Ȳ = Xᵀ G.
Differentiating A Z = B gives Ȧ Z + A Ż = Ḃ, hence Ż = A⁻¹ (Ḃ - Ȧ Z).
The rest is from Giles 2008, "Collected matrix derivative results".

``@`` takes vectors as well and repeats matrices over leading axes.  The rules turn
vectors into one-row or one-column matrices, work on the last two axes (the *core*), and
undo the repetition with ``unbroadcast``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from minigrad.ops.broadcasting import (
    Array,
    Shape,
    align,
    unbroadcast,
    value_of,
)
from minigrad.primitive import Primitive, primitive
from minigrad.tape import Rule

__all__ = [
    "det",
    "inv",
    "matmul",
    "matrix_power",
    "matrix_transpose",
    "pinv",
    "slogdet",
    "solve",
]


@primitive(x=Rule(vjp=lambda g: g.mT, jvp=lambda t: t.mT))
def matrix_transpose(x: Array) -> Array:
    """The last two axes exchanged."""
    return np.swapaxes(x, -1, -2)


def product(x: Array, y: Array) -> Array:
    """x @ y by the quickest way NumPy has; one of the two may be a stack of matrices.

    ``dot`` takes half the time of ``@`` for small matrices.  A stack times one matrix
    is one product of a tall matrix, and so is one matrix times a stack of columns.
    Columns times rows just multiply.
    """
    if type(x) is np.ndarray and type(y) is np.ndarray:
        if x.ndim == 2 == y.ndim:
            return x.dot(y)
        if x.ndim > 2 == y.ndim and x.size and x.shape[-1] > 1:
            tall: Array = x.reshape(-1, x.shape[-1]).dot(y)
            return tall.reshape(x.shape[:-1] + y.shape[-1:])
        if x.ndim == 2 < y.ndim and y.shape[-1] == 1 and y.size:
            return product(y[..., 0], x.T)[..., None]
    if x.ndim > 2 and x.shape[-1] == 1 == y.shape[-2]:
        return x * y
    return x @ y


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
    G = _as_matrix(g, len(x_shape), len(y_shape))
    X = product(G, matrix_transpose(_column(y, len(y_shape))))
    if len(x_shape) == 1:
        X = X[..., 0, :]
    core = min(len(x_shape), 2)
    return unbroadcast(X, x_shape, _batch_ndim(x_shape, y_shape) + core)


def _matmul_y(g: Array, x: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Ȳ = Xᵀ G."""
    G = _as_matrix(g, len(x_shape), len(y_shape))
    Y = product(matrix_transpose(_row(x, len(x_shape))), G)
    if len(y_shape) == 1:
        Y = Y[..., 0]
    core = min(len(y_shape), 2)
    return unbroadcast(Y, y_shape, _batch_ndim(x_shape, y_shape) + core)


def _matmul_dx(t: Array, y: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Ż = Ẋ Y."""
    ndim = _batch_ndim(x_shape, y_shape) + 2
    T = align(_row(t, len(x_shape)), max(len(x_shape), 2), ndim)
    return _drop(product(T, _column(y, len(y_shape))), x_shape, y_shape)


def _matmul_dy(t: Array, x: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Ż = X Ẏ."""
    ndim = _batch_ndim(x_shape, y_shape) + 2
    T = align(_column(t, len(y_shape)), max(len(y_shape), 2), ndim)
    return _drop(product(_row(x, len(x_shape)), T), x_shape, y_shape)


def _drop(z: Array, x_shape: Shape, y_shape: Shape) -> Array:
    """Leave out the axes that vector operands do not have."""
    if len(x_shape) == 1:
        z = z[..., 0, :]
    return z[..., 0] if len(y_shape) == 1 else z


def _times(x: Array, y: Array) -> Array:
    """The vector x, or each of a batch of them, times the matrix y."""
    if y.ndim == 2:
        return product(x, y)
    return product(x[..., None, :], y)[..., 0, :]  # and times a matrix of its own


class Matmul(Primitive):
    """A matrix and a matrix or a vector need none of the care for stacks."""

    flat = MappingProxyType(
        {
            "x": Rule(lambda g, y: product(g, y.mT), product),
            "y": Rule(lambda g, x: product(x.mT, g), lambda t, x: product(x, t)),
        }
    )
    vector = MappingProxyType(
        {
            (2, 1, "x"): Rule(lambda g, y: g[..., None] * y, lambda t, y: t @ y),
            (2, 1, "y"): Rule(_times, lambda t, x: _times(t, x.mT)),
            (1, 2, "x"): Rule(lambda g, y: _times(g, y.mT), _times),
            (1, 2, "y"): Rule(
                lambda g, x: x[:, None] * g[..., None, :], lambda t, x: x @ t
            ),
        }
    )

    def edge_text(self, name: str) -> str:
        """The edge with one rule or the other."""
        other = "y" if name == "x" else "x"
        edge = "(line, {x}_line, {rule}, ({y}, ))"
        flat = edge.format(x=name, y=other, rule=f"flat[{name!r}]")
        vector = edge.format(x=name, y=other, rule=f"vector[x.ndim, y.ndim, {name!r}]")
        return (
            f"{flat} if x.ndim == 2 == y.ndim else "
            f"{vector} if x.ndim + y.ndim == 3 else {super().edge_text(name)}"
        )

    def named(self) -> dict[str, Any]:
        """Besides, the rules for a matrix and a matrix or a vector."""
        return super().named() | {"flat": self.flat, "vector": self.vector}


def _matmul(x: Array, y: Array) -> Array:
    """z = x @ y for vectors, matrices and stacks of matrices."""
    if type(x) is np.ndarray and type(y) is np.ndarray and x.ndim == 2 == y.ndim:
        return x.dot(y)  # takes half the time for small matrices
    return np.matmul(x, y)


matmul = Matmul(
    _matmul, {"x": Rule(_matmul_x, _matmul_dx), "y": Rule(_matmul_y, _matmul_dy)}
).quick


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


# ---------------------------------------------------------------- inverses


def _inv_vjp(g: Array, z: Array) -> Array:
    """Ā = -Zᵀ Z̄ Zᵀ."""
    Zt = matrix_transpose(z)
    return -(Zt @ g @ Zt)


@primitive(x=Rule(vjp=_inv_vjp, jvp=lambda t, z: -(z @ t @ z)))
def inv(x: Array) -> Array:
    """z = A⁻¹; to solve a system, ``solve`` is faster and more accurate."""
    return np.linalg.inv(x)


def _pinv_vjp(g: Array, x: Array, z: Array) -> Array:
    Xt, Zt, Gt = map(matrix_transpose, (x, z, g))
    outside = (Gt - Zt @ (Xt @ Gt)) @ (z @ Zt)  # (I - A Z) and (I - Z A) are symmetric
    inside = (Zt @ z) @ (Gt - (Gt @ z) @ x)
    return outside + inside - Zt @ g @ Zt


def _pinv_jvp(t: Array, x: Array, z: Array) -> Array:
    Tt, Zt = matrix_transpose(t), matrix_transpose(z)
    outside = (z @ Zt) @ (Tt - (Tt @ x) @ z)
    inside = (Tt - z @ (x @ Tt)) @ (Zt @ z)
    return outside + inside - z @ t @ z


@primitive(x=Rule(_pinv_vjp, _pinv_jvp))
def pinv(x: Array) -> Array:
    """The pseudo-inverse of a matrix of full rank, or of a rank that does not change.

    Ż = -Z Ȧ Z + Z Zᵀ Ȧᵀ (I - A Z) + (I - Z A) Ȧᵀ Zᵀ Z      Golub and Pereyra 1973
    Where the rank does change, Z jumps and there is no derivative.
    """
    return np.linalg.pinv(x)


def matrix_power(x: Array, n: int) -> Array:
    """z = A A ⋯ A, n times, by squaring; negative n for powers of the inverse."""
    if n < 0:
        return matrix_power(inv(x), -n)
    if n == 0:
        return np.linalg.matrix_power(value_of(x), 0)
    if n == 1:
        return x
    half = matrix_power(x, n // 2)
    return half @ half @ x if n % 2 else half @ half


# ---------------------------------------------------------------- determinants


def _times_inverse(g: Array, x: Array) -> Array:
    """Ā = z̄ A⁻ᵀ, for z = log |det A|."""
    return g[..., None, None] * matrix_transpose(np.linalg.inv(x))


def _trace_inverse(t: Array, x: Array) -> Array:
    """ż = tr(A⁻¹ Ȧ)."""
    return np.sum(matrix_transpose(np.linalg.inv(x)) * t, axis=(-2, -1))


@primitive(
    x=Rule(
        vjp=lambda g, x, z: _times_inverse(g * z, x),
        jvp=lambda t, x, z: z * _trace_inverse(t, x),
    )
)
def det(x: Array) -> Array:
    """z = det A of an invertible matrix: ∂z/∂A = z A⁻ᵀ (slogdet cannot overflow)."""
    return np.linalg.det(x)


class Slogdet(NamedTuple):
    """Sign and logarithm of the absolute value of a determinant."""

    sign: Array
    logabsdet: Array


@primitive(x=Rule(_times_inverse, _trace_inverse))
def _logabsdet(x: Array) -> Array:
    return np.linalg.slogdet(x).logabsdet


def slogdet(x: Array) -> Slogdet:
    """The sign, a constant, and z = log |det A|: ∂z/∂A = A⁻ᵀ."""
    return Slogdet(np.linalg.slogdet(value_of(x)).sign, _logabsdet(x))
