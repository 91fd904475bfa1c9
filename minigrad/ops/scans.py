"""Running sums and products, and the product of all entries.

The textbook rule z / xᵢ for ∂(x₁ ⋯ xₙ)/∂xᵢ fails where xᵢ = 0, although the product is
a polynomial.  Nothing is divided here: the product of the *other* entries is that of
those before times that of those after, which is right at zeros to any order.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from minigrad.ops.broadcasting import Array, Axis, from_end, shape_of, value_of
from minigrad.ops.shapes import concatenate, ravel, reshape, transpose
from minigrad.primitive import primitive
from minigrad.tape import Rule

__all__ = [
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "prod",
]


@primitive(
    x=Rule(
        # entry i is in the sums i, i + 1, ...: the same sum from the other end
        vjp=lambda g, axis: np.flip(np.cumsum(np.flip(g, axis), axis), axis),
        jvp=lambda t, axis: np.cumsum(t, axis),
    )
)
def _cumsum(x: Array, *, axis: int) -> Array:
    return np.cumsum(x, axis)


def cumsum(x: Array, axis: int | None = None) -> Array:
    """z_k = x_1 + ... + x_k along the axis, by default of the raveled array."""
    if axis is None:
        x, axis = ravel(x), 0
    return _cumsum(x, axis=from_end(axis, len(shape_of(x))))


def cumprod(x: Array, axis: int | None = None) -> Array:
    """z_k = x_1 ⋯ x_k along the axis, by default of the raveled array.

    By doubling: products of 1, 2, 4, ... neighbors (Hillis and Steele 1986).  They are
    plain multiplications, so zeros are no exception and no rule is needed.
    """
    if axis is None:
        x, axis = ravel(x), 0
    axis = from_end(axis, len(shape_of(x)))
    inner = (slice(None),) * (-1 - axis)
    reach = 1
    while reach < shape_of(x)[axis]:
        first, late = (..., slice(reach), *inner), (..., slice(reach, None), *inner)
        early = (..., slice(-reach), *inner)
        x = concatenate([x[first], x[late] * x[early]], axis)
        reach *= 2
    return x


def cumulative_sum(
    x: Array, *, axis: int | None = None, include_initial: bool = False
) -> Array:
    """``cumsum`` of a vector, or along the axis; with the empty sum 0 in front."""
    return _from_initial(cumsum, x, axis, 0.0 if include_initial else None)


def cumulative_prod(
    x: Array, *, axis: int | None = None, include_initial: bool = False
) -> Array:
    """``cumprod`` of a vector, or along the axis; with the empty product 1 in front."""
    return _from_initial(cumprod, x, axis, 1.0 if include_initial else None)


def _from_initial(
    scan: Callable[..., Array], x: Array, axis: int | None, initial: float | None
) -> Array:
    if axis is None and len(shape_of(x)) != 1:
        raise ValueError(f"name the axis of {shape_of(x)} along which to cumulate")
    axis = 0 if axis is None else axis
    z = scan(x, axis)
    if initial is None:
        return z
    shape = list(shape_of(x))
    shape[axis] = 1
    return concatenate([np.full(shape, initial, value_of(x).dtype), z], axis)


def _others(x: Array) -> Array:
    """For each entry the product of all others along the last axis."""
    one = np.ones_like(x[..., :1])
    before = np.concatenate([one, np.cumprod(x[..., :-1], -1)], -1)
    after = np.concatenate([one, np.cumprod(x[..., :0:-1], -1)], -1)[..., ::-1]
    return before * after


@primitive(
    x=Rule(
        vjp=lambda g, x: g[..., None] * _others(x),
        jvp=lambda t, x: np.sum(t * _others(x), axis=-1),
    )
)
def _prod(x: Array) -> Array:
    return np.prod(x, axis=-1)


def prod(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """z = x_1 ⋯ x_n over the axes (all by default); right where entries are zero."""
    shape = shape_of(x)
    ndim = len(shape)
    named = range(ndim) if axis is None else axis if isinstance(axis, tuple) else [axis]
    gone = [from_end(k, ndim) + ndim for k in named]
    kept = [k for k in range(ndim) if k not in gone]
    flat = [shape[k] for k in kept] + [math.prod(shape[k] for k in gone)]
    z = _prod(reshape(transpose(x, kept + gone), flat))
    if not keepdims:
        return z
    return reshape(z, [1 if k in gone else n for k, n in enumerate(shape)])
