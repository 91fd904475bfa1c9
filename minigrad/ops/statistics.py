"""What describes a sample: its spread, its middle, how its variables vary together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.ops.arrangements import diagonal, moveaxis, sort
from minigrad.ops.broadcasting import Array, Axis, from_end, shape_of, value_of
from minigrad.ops.contractions import outer
from minigrad.ops.elementwise import sqrt, where
from minigrad.ops.floats import dtype_of
from minigrad.ops.joining import as_array
from minigrad.ops.reductions import max, mean, min
from minigrad.ops.shapes import concatenate, reshape, scatter, squeeze, transpose
from minigrad.tape import Tensor

__all__ = [
    "bincount",
    "corrcoef",
    "cov",
    "median",
    "percentile",
    "ptp",
    "quantile",
]


def ptp(x: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """z = max - min over the axes; ties as there (decision 003)."""
    return max(x, axis, keepdims) - min(x, axis, keepdims)


# ---------------------------------------------------------------- in order of size


def quantile(
    x: Array,
    q: Any,
    axis: Axis = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
) -> Array:
    """The value that a share q of the entries lies below, between two entries linear.

    Its derivative goes to these two; ties as in ``sort`` (decision 003).
    """
    if method != "linear":
        raise NotImplementedError(
            f"quantile with method={method!r} has no rule; 'linear' has, and np.sort"
        )
    q = _share(q)
    in_order, shape = _sorted(x, axis)
    at = np.asarray(q * (shape_of(in_order)[-1] - 1))
    below = np.floor(at).astype(int)
    weight = (at - below).astype(dtype_of(x))
    above = np.ceil(at).astype(int)
    z = in_order[..., below] * (1 - weight) + in_order[..., above] * weight
    z = moveaxis(z, tuple(range(-q.ndim, 0)), tuple(range(q.ndim)))
    return reshape(z, q.shape + shape) if keepdims else z


def _share(q: Any) -> Array:
    if isinstance(q, Tensor):
        raise TypeError(
            "quantile has no derivative by q where it meets an entry; "
            "hold it constant: mg.stop_gradient(q)"
        )
    q = np.asarray(q, float)
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError(f"quantile: a share is between 0 and 1, not {q}")
    return q


def _sorted(x: Array, axis: Axis) -> tuple[Array, tuple[int, ...]]:
    """The reduced axes joined to a last one, in order; the shape with them kept.

    Where there is a nan all entries are, as in NumPy: nobody knows its place.
    """
    shape, ndim = shape_of(x), len(shape_of(x))
    named = range(ndim) if axis is None else axis if isinstance(axis, tuple) else [axis]
    gone = [from_end(k, ndim) + ndim for k in named]
    kept = [k for k in range(ndim) if k not in gone]
    n = math.prod(shape[k] for k in gone)
    z = sort(reshape(transpose(x, kept + gone), [shape[k] for k in kept] + [n]))
    last = z[..., -1:]
    if np.any(np.isnan(value_of(last))):
        z = where(np.isnan(value_of(last)), last, z)
    return z, tuple(1 if k in gone else m for k, m in enumerate(shape))


def percentile(
    x: Array,
    q: Any,
    axis: Axis = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
) -> Array:
    """The quantile for a share of q in a hundred; ties as there."""
    share = q if isinstance(q, Tensor) else np.asarray(q) / 100
    return quantile(x, share, axis, method=method, keepdims=keepdims)


def median(x: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    """The entry in the middle, or the mean of the two there; ties as in ``sort``."""
    in_order, shape = _sorted(x, axis)
    half, odd = divmod(shape_of(in_order)[-1], 2)
    z = in_order[..., half]
    z = z if odd else (in_order[..., half - 1] + z) / 2
    return reshape(z, shape) if keepdims else z


def bincount(x: Array, weights: Array = None, minlength: int = 0) -> Array:
    """z_k = Σ weights_i over all i with x_i = k, for integers x."""
    if isinstance(x, Tensor) or weights is None:
        raise TypeError("bincount counts integers; it is differentiated by weights")
    places = np.array(x)  # a copy, which nobody changes before the sweep
    if np.any(places < 0):
        raise ValueError("bincount: a label is negative; they count from 0")
    n = int(np.max(places, initial=-1)) + 1
    shape = (n if n > minlength else minlength,)
    return scatter(weights, shape=shape, index=places, z_ndim=1)


# ---------------------------------------------------------------- variables together


def cov(
    x: Array,
    y: Array = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
) -> Array:
    """z_ij = Σ (x_i - mean)(x_j - mean) / (n - ddof), over n columns (ddof = 1).

    Rows are variables, columns (not ``rowvar``) or the rows of y as well.
    """
    rows = _variables(x, rowvar)
    if y is not None:
        rows = concatenate([rows, _variables(y, rowvar)])
    d = rows - mean(rows, 1, keepdims=True)
    freedom = ddof if ddof is not None else 0 if bias else 1
    return squeeze(d @ transpose(d) / (shape_of(d)[1] - freedom))


def _variables(x: Array, rowvar: bool) -> Array:
    x = as_array(x)
    if len(shape_of(x)) > 2:
        raise ValueError(f"cov takes a vector or a matrix, not {shape_of(x)}")
    if len(shape_of(x)) < 2:
        return reshape(x, (1, -1))
    return x if rowvar else transpose(x)


def corrcoef(x: Array, y: Array = None, rowvar: bool = True) -> Array:
    """z_ij = c_ij / √(c_ii c_jj), of the covariances."""
    c = cov(x, y, rowvar)
    if shape_of(c) == ():
        return c / c
    scale = sqrt(diagonal(c))
    return c / outer(scale, scale)
