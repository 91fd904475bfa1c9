"""Functions known at points: differences, integrals, interpolation, polynomials.

    x_k   where a function is known       h_k = x_(k+1) - x_k
    y_k   its values there                d_k = (y_(k+1) - y_k) / h_k, the slopes

All are linear in the values, and composed of slices and products.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.ops.arrangements import along, flip, moveaxis, pad
from minigrad.ops.broadcasting import Array, from_end, shape_of, value_of
from minigrad.ops.elementwise import where
from minigrad.ops.floats import dtype_of
from minigrad.ops.joining import as_array
from minigrad.ops.linalg import matmul
from minigrad.ops.reductions import sum
from minigrad.ops.shapes import broadcast_to, concatenate, getitem, reshape

__all__ = [
    "convolve",
    "correlate",
    "diff",
    "interp",
    "linspace",
    "polyval",
    "trapezoid",
    "vander",
]


def linspace(
    start: Array, stop: Array, num: int = 50, endpoint: bool = True, *, axis: int = 0
) -> Array:
    """z_k = (1 - t_k) start + t_k stop, with t_k from 0 to 1 in equal steps."""
    start, stop = as_array(start), as_array(stop)
    ndim = max(len(shape_of(start)), len(shape_of(stop)))
    t = np.linspace(0.0, 1.0, num, endpoint, dtype=dtype_of(start, stop))
    t = t.reshape((num,) + (1,) * ndim)
    return moveaxis(start * (1 - t) + stop * t, 0, axis)


# ---------------------------------------------------------------- differences


def diff(
    x: Array, n: int = 1, axis: int = -1, prepend: Array = None, append: Array = None
) -> Array:
    """z_k = x_(k+1) - x_k along the axis, n times."""
    if n < 0:
        raise ValueError(f"diff: n is {n}; it counts how often to take differences")
    ends = [None if v is None else _end(v, x, axis) for v in (prepend, append)]
    parts = [v for v in (ends[0], x, ends[1]) if v is not None]
    x = concatenate(parts, axis) if len(parts) > 1 and n else x
    for _ in range(n):
        x = along(x, slice(1, None), axis) - along(x, slice(-1), axis)
    return x


def _end(value: Array, x: Array, axis: int) -> Array:
    """One number stands for a slice of them."""
    value, shape = as_array(value), list(shape_of(x))
    shape[axis] = 1
    return broadcast_to(value, tuple(shape)) if shape_of(value) == () else value


def gradient(x: Array, *spacing: Array, axis: Any = None, edge_order: int = 1) -> Any:
    """dy/dx at the points: the mean of the slopes beside, each weighted by the other h.

    That is exact for parabolas; at the ends it is the slope there, or with
    ``edge_order=2`` that of a parabola.  ``spacing`` is one step, or for each axis a
    step or the coordinates.  It has no name in ``mg``, which has ``grad``: NumPy's
    name leads here.
    """
    ndim = len(shape_of(x))
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else [axis]
    steps = spacing or (1.0,)
    steps = steps * len(axes) if len(steps) == 1 else steps
    slopes = [_slopes(x, h, k, edge_order) for h, k in zip(steps, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slopes(x: Array, spacing: Array, axis: int, edge_order: int) -> Array:
    x, spacing = moveaxis(x, axis, -1), as_array(spacing)
    n = shape_of(x)[-1]
    if n <= edge_order:
        raise ValueError(f"np.gradient needs {edge_order + 1} points along the axis")
    h = diff(spacing) if shape_of(spacing) else _step(spacing, x, n - 1)
    d = diff(x) / h
    before, after, both = d[..., :-1], d[..., 1:], h[1:] + h[:-1]
    inner = (before * h[1:] + after * h[:-1]) / both
    first, last = d[..., :1], d[..., -1:]
    if edge_order == 2:
        bend = (after - before) / both
        first = first - bend[..., :1] * h[:1]
        last = last + bend[..., -1:] * h[-1:]
    return moveaxis(concatenate([first, inner, last], -1), -1, axis)


def _step(h: Array, x: Array, n: int) -> Array:
    """The one step n times, in the precision of x if it is a Python number."""
    return broadcast_to(np.asarray(h, dtype_of(x, h)) if np.isscalar(h) else h, (n,))


def trapezoid(y: Array, x: Array = None, dx: Array = 1.0, axis: int = -1) -> Array:
    """z = Σ h_k (y_k + y_(k+1)) / 2 along the axis."""
    y, x = as_array(y), as_array(x)
    if x is None:
        h = dx
    elif len(shape_of(x)) == 1:
        h = reshape(diff(x), (-1,) + (1,) * (-1 - from_end(axis, len(shape_of(y)))))
    else:
        h = diff(x, axis=axis)
    middle = (along(y, slice(1, None), axis) + along(y, slice(-1), axis)) / 2
    return sum(h * middle, axis)


# ---------------------------------------------------------------- interpolation


def interp(
    x: Array, xp: Array, fp: Array, left: Array = None, right: Array = None
) -> Array:
    """The broken line through the points (xp, fp), xp ascending; level beyond them.

    At a point xp the derivative by x is the mean of the slopes beside (decision 003).
    A nan among x, which no place in the order is right for, stays one.
    """
    x, xp, fp = map(as_array, (x, xp, fp))
    after = np.searchsorted(value_of(xp), value_of(x), "right")
    before = np.searchsorted(value_of(xp), value_of(x), "left")
    z = _piece(x, xp, fp, after)
    if not np.array_equal(after, before):
        z = (z + _piece(x, xp, fp, before)) / 2
    if np.any(np.isnan(value_of(x))):
        z = where(np.isnan(value_of(x)), x, z)
    if left is not None:
        z = where(value_of(x) < value_of(xp)[0], left, z)
    return z if right is None else where(value_of(x) > value_of(xp)[-1], right, z)


def _piece(x: Array, xp: Array, fp: Array, k: Array) -> Array:
    """The line from point k - 1 to point k, or a level one before and after all."""
    last = shape_of(xp)[0] - 1
    low, high = np.maximum(k - 1, 0), np.minimum(k, last)
    level = low == high
    h = where(level, 1.0, getitem(xp, high) - getitem(xp, low))
    t = where(level, 0.0, (x - getitem(xp, low)) / h)
    return getitem(fp, low) * (1 - t) + getitem(fp, high) * t


# ---------------------------------------------------------------- polynomials


def convolve(x: Array, y: Array, mode: str = "full") -> Array:
    """z_k = Σ x_i y_(k-i), the coefficients of a product of polynomials."""
    return _window(_convolved(as_array(x), as_array(y)), x, y, mode, early=True)


def correlate(x: Array, y: Array, mode: str = "valid") -> Array:
    """z_k = Σ x_(k+i) y_i: convolution with y in reverse order."""
    x, y = as_array(x), as_array(y)
    early = shape_of(y)[0] <= shape_of(x)[0]
    return _window(_convolved(x, flip(y)), x, y, mode, early)


def _convolved(x: Array, y: Array) -> Array:
    """Each entry is the product of y, reversed, with a window of x."""
    n, m = (shape_of(v)[0] for v in (x, y))
    if n < m:
        return _convolved(y, x)
    windows = np.arange(n + m - 1)[:, None] + np.arange(m)
    return matmul(getitem(pad(x, m - 1), windows), flip(y))


def _window(z: Array, x: Array, y: Array, mode: str, early: bool) -> Array:
    """All, as many as the longer has, or those where the shorter is inside."""
    short, long = sorted(np.size(value_of(v)) for v in (x, y))
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode is {mode!r}; it is 'full', 'same' or 'valid'")
    if mode == "full":
        return z
    if mode == "valid":
        return z[short - 1 : long]
    start = (short - early) // 2
    return z[start : start + long]


def polyval(p: Array, x: Array) -> Array:
    """z = p_0 xⁿ + p_1 xⁿ⁻¹ + ... + p_n, by Horner's rule."""
    p, x = as_array(p), as_array(x)
    z = broadcast_to(p[0], shape_of(x))
    for k in range(1, shape_of(p)[0]):
        z = z * x + p[k]
    return z


def vander(x: Array, N: int | None = None, increasing: bool = False) -> Array:
    """z_ij = x_i^(N-1-j), or x_i^j if ``increasing``: the rows of a polynomial fit."""
    x = as_array(x)
    n = shape_of(x)[0] if N is None else N
    exponents = np.arange(n, dtype=dtype_of(x))
    return reshape(x, (-1, 1)) ** (exponents if increasing else exponents[::-1])
