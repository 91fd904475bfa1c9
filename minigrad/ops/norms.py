"""How large a vector or a matrix is, in the norms of NumPy.

    vectors    p        (Σ |x_i|ᵖ)^(1/p)            inf, -inf   max |x_i|, min |x_i|
    matrices   fro      (Σ x_ij²)^(1/2)             1, -1       max, min of Σ_i |x_ij|
               2, -2    max, min of s_k             inf, -inf   max, min of Σ_j |x_ij|
               nuc      Σ s_k                       s_k         the singular values

The derivative is 0 at the origin, where all of them have a kink (decision 003).  So
singular values, which are not negative, are taken by their absolute value: it changes
no number, but has derivative 0 where a singular value is exactly 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.ops.arrangements import moveaxis
from minigrad.ops.broadcasting import Array, Axis, shape_of
from minigrad.ops.decompositions import svdvals
from minigrad.ops.elementwise import abs, where
from minigrad.ops.linalg import inv
from minigrad.ops.reductions import euclidean, max, min, sum
from minigrad.ops.shapes import expand_dims

__all__ = [
    "cond",
    "matrix_norm",
    "norm",
    "vector_norm",
]


def vector_norm(
    x: Array, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2
) -> Array:
    """z = (Σ |x|ᵖ)^(1/p) over all the axes, p = ``ord``; the derivative at 0 is 0."""
    if ord == 2:
        return euclidean(x, axis, keepdims)
    if ord in (np.inf, -np.inf):
        return (max if ord > 0 else min)(abs(x), axis, keepdims)
    if ord == 1:
        return sum(abs(x), axis, keepdims)
    if isinstance(ord, str) or ord <= 0:
        raise NotImplementedError(
            f"norm of a vector with ord={ord!r} has no rule; ord > 0 and ±inf have"
        )
    total = sum(abs(x) ** ord, axis, keepdims)
    zero = total == 0
    return where(zero, 0.0, where(zero, 1.0, total) ** (1 / ord))


def matrix_norm(x: Array, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """The norm of matrices, the last two axes: "fro", "nuc", ±2, ±1, ±inf."""
    if ord == "fro":
        return euclidean(x, (-2, -1), keepdims)
    if ord == "nuc":
        z = sum(_singular(x), -1)
    elif ord in (2, -2):
        z = (max if ord > 0 else min)(_singular(x), -1)
    elif ord in (1, -1, np.inf, -np.inf):
        sums = sum(abs(x), -1 if np.isinf(ord) else -2)
        z = (max if ord > 0 else min)(sums, -1)
    else:
        raise NotImplementedError(
            f"norm of a matrix with ord={ord!r} has no rule; "
            "'fro', 'nuc', ±2, ±1, ±inf have"
        )
    return expand_dims(expand_dims(z, -1), -1) if keepdims else z


def _singular(x: Array) -> Array:
    return abs(svdvals(x))


def norm(x: Array, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Array:
    """Of all entries without ``ord``, else of a vector (one axis) or matrix (two).

    The derivative at 0 is 0 (decision 003).
    """
    ndim = len(shape_of(x))
    axes = axis if isinstance(axis, tuple) else range(ndim) if axis is None else (axis,)
    if ord is None or len(axes) == 1:
        named = 2 if ord is None else ord
        return vector_norm(x, axis=axis, keepdims=keepdims, ord=named)
    if len(axes) != 2:
        raise ValueError(
            f"norm with ord={ord!r} over {len(axes)} axes: it takes one or two; name "
            "them with axis"
        )
    z = matrix_norm(moveaxis(x, tuple(axes), (-2, -1)), keepdims=keepdims, ord=ord)
    return moveaxis(z, (-2, -1), tuple(axes)) if keepdims else z


def cond(x: Array, p: Any = None) -> Array:
    """z = ‖A‖ ‖A⁻¹‖ in the norm p; by default the largest over the smallest s_k."""
    if p in (None, 2, -2):
        s = svdvals(x)
        large, small = max(s, -1), min(s, -1)
        return small / large if p == -2 else large / small
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)
