"""Many entries into one: sums, extrema, softmax, lengths."""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable

import numpy as np

from minigrad.ops.broadcasting import (
    Array,
    Axes,
    Axis,
    Shape,
    from_end,
    shape_of,
    value_of,
)
from minigrad.ops.shapes import broadcast_to, reshape
from minigrad.primitive import primitive
from minigrad.tape import Rule

__all__ = [
    "average",
    "logsumexp",
    "max",
    "mean",
    "min",
    "softmax",
    "std",
    "sum",
    "var",
]


@functools.lru_cache(256)
def _axes(axis: Axis, ndim: int) -> Axes:
    """The reduced axes, counted from the end; None means all of them."""
    if axis is None:
        return tuple(range(-ndim, 0))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(from_end(k, ndim) for k in axes)


def _restore(g: Array, x_shape: Shape, axis: Axes, keepdims: bool) -> Array:
    """Put the reduced axes of g back with length one, so that it broadcasts with x."""
    if keepdims:
        return g
    gone = {len(x_shape) + k for k in axis}
    ones = tuple(1 if k in gone else n for k, n in enumerate(x_shape))
    lead = g.ndim - (len(x_shape) - len(gone))
    return np.reshape(g, g.shape[:lead] + ones)


_add_up: Callable[..., Array] = np.add.reduce  # np.sum, at half the time when small


def _sum_vjp(g: Array, x_shape: Shape, axis: Axes, keepdims: bool) -> Array:
    if type(g) is np.float64 or type(g) is np.float32:
        copies = np.empty(x_shape, g.dtype)
        copies.fill(g)  # three times as fast as broadcasting to a small array
        return copies
    g = _restore(g, x_shape, axis, keepdims)
    return np.broadcast_to(g, g.shape[: g.ndim - len(x_shape)] + x_shape)


def _sum_jvp(t: Array, x_shape: Shape, axis: Axes, keepdims: bool) -> Array:
    return _sum(t, axis=axis, keepdims=keepdims)


@primitive(x=Rule(_sum_vjp, _sum_jvp))
def _sum(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    return _add_up(x, axis=axis, keepdims=keepdims)


def sum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Sum over the axes (all by default); every entry receives the adjoint."""
    return _sum(x, axis=_axes(axis, len(shape_of(x))), keepdims=keepdims)


def _mean_vjp(g: Array, x_shape: Shape, axis: Axes, keepdims: bool) -> Array:
    return _sum_vjp(g / _terms(x_shape, axis), x_shape, axis, keepdims)


def _mean_jvp(t: Array, x_shape: Shape, axis: Axes, keepdims: bool) -> Array:
    return _sum_jvp(t, x_shape, axis, keepdims) / _terms(x_shape, axis)


@functools.lru_cache(256)
def _terms(shape: Shape, axis: Axes) -> int:
    return math.prod(shape[k] for k in axis)


@primitive(x=Rule(_mean_vjp, _mean_jvp))
def _mean(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    total = _add_up(x, axis=axis, keepdims=keepdims)
    return total / _terms(shape_of(x), axis)


def mean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Mean over the axes (all by default)."""
    return _mean(x, axis=_axes(axis, len(shape_of(x))), keepdims=keepdims)


def _count(x: Array, axis: Axis) -> int:
    shape = shape_of(x)
    return _terms(shape, _axes(axis, len(shape)))


def var(x: Array, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """Mean squared distance from the mean; divides by n - ddof."""
    d = x - mean(x, axis, keepdims=True)
    return sum(d * d, axis, keepdims) / (_count(x, axis) - ddof)


def std(x: Array, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Array:
    """Root of the variance, the norm of the deviations over √(n - ddof).

    So its derivative is 0 where all entries are equal (decision 003).
    """
    d = x - mean(x, axis, keepdims=True)
    freedom = builtins.max(_count(x, axis) - ddof, 0)
    return euclidean(d, axis, keepdims) / math.sqrt(freedom)


def average(
    x: Array, axis: Axis = None, weights: Array = None, *, keepdims: bool = False
) -> Array:
    """z = Σ w x / Σ w over the axes; weights like x, or a vector for one axis."""
    if weights is None:
        return mean(x, axis, keepdims)
    w, shape = (
        np.asarray(weights) if isinstance(weights, list) else weights,
        shape_of(x),
    )
    if shape_of(w) != shape:
        if not isinstance(axis, int) or shape_of(w) != (shape[axis],):
            raise ValueError(f"average: weights of {shape_of(w)} for x of {shape}")
        w = reshape(w, shape_of(w) + (1,) * (-1 - from_end(axis, len(shape))))
        w = broadcast_to(w, shape)
    return sum(x * w, axis, keepdims) / sum(w, axis, keepdims)


def _winners(x: Array, z: Array, axis: Axes, keepdims: bool) -> Array:
    """The share of each entry in the extremum: ties split equally (decision 003)."""
    x, z = value_of(x), value_of(z)
    hit = np.equal(x, _restore(z, x.shape, axis, keepdims)).astype(x.dtype)
    return hit / np.sum(hit, axis=axis, keepdims=True)


def _weighted(weights: Callable[..., Array]) -> Rule:
    """The rule of a reduction whose local derivative by each entry is its weight."""

    def vjp(g: Array, x: Array, z: Array, axis: Axes, keepdims: bool) -> Array:
        return _restore(g, x.shape, axis, keepdims) * weights(x, z, axis, keepdims)

    def jvp(t: Array, x: Array, z: Array, axis: Axes, keepdims: bool) -> Array:
        return np.sum(t * weights(x, z, axis, keepdims), axis=axis, keepdims=keepdims)

    return Rule(vjp, jvp)


@primitive(x=_weighted(_winners))
def _max(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    return np.max(x, axis=axis, keepdims=keepdims)


@primitive(x=_weighted(_winners))
def _min(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    return np.min(x, axis=axis, keepdims=keepdims)


def max(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest entry over the axes (all by default)."""
    return _max(x, axis=_axes(axis, len(shape_of(x))), keepdims=keepdims)


def min(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest entry over the axes (all by default)."""
    return _min(x, axis=_axes(axis, len(shape_of(x))), keepdims=keepdims)


def _softmax_vjp(g: Array, z: Array, axis: Axes) -> Array:
    # The Jacobian diag z - z zᵀ is symmetric, so tangents go through the same line.
    return z * (g - np.sum(g * z, axis=axis, keepdims=True))


@primitive(x=Rule(_softmax_vjp, _softmax_vjp))
def _softmax(x: Array, *, axis: Axes) -> Array:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax(x: Array, axis: Axis = -1) -> Array:
    """z = eˣ / Σ eˣ along the axis, shifted by its maximum: safe for logits of 1000."""
    return _softmax(x, axis=_axes(axis, len(shape_of(x))))


def _shares(x: Array, z: Array, axis: Axes, keepdims: bool) -> Array:
    """e^(x - z), the softmax: z is the logarithm of its denominator."""
    return np.exp(x - _restore(z, x.shape, axis, keepdims))


@primitive(x=_weighted(_shares))
def _logsumexp(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)  # inf - inf is no shift
    with np.errstate(divide="ignore"):  # log 0 = -inf is the answer for all -inf
        z = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return z if keepdims else np.squeeze(z, axis=axis)[()]


def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """z = log Σ eˣ over the axes, shifted by the maximum: safe for logits of 1000."""
    return _logsumexp(x, axis=_axes(axis, len(shape_of(x))), keepdims=keepdims)


def _direction(x: Array, z: Array, axis: Axes, keepdims: bool) -> Array:
    """x / ‖x‖, and 0 at the origin (decision 003)."""
    z = _restore(z, x.shape, axis, keepdims)
    return np.where(z == 0, 0.0, x / np.where(z == 0, 1.0, z))


@primitive(x=_weighted(_direction))
def _norm(x: Array, *, axis: Axes, keepdims: bool) -> Array:
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


def euclidean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """z = √(Σ x²) over the axes; the derivative at 0 is 0 (see ops/norms.py)."""
    return _norm(x, axis=_axes(axis, len(shape_of(x))), keepdims=keepdims)
