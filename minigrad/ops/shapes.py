"""The same entries in another arrangement: shape, order, joining, indexing.

All of these are linear, so the tangent goes where the value goes; the adjoint goes
back to where the entry came from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from minigrad.ops.broadcasting import (
    Array,
    Axes,
    Axis,
    Shape,
    align,
    from_end,
    shape_of,
    unbroadcast,
)
from minigrad.primitive import primitive
from minigrad.tape import Rule, Tensor

__all__ = [
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "getitem",
    "ravel",
    "reshape",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
]

Index = Any


def _reshape_vjp(g: Array, x_shape: Shape, z_shape: Shape) -> Array:
    return np.reshape(g, g.shape[: g.ndim - len(z_shape)] + x_shape)


def _reshape_jvp(t: Array, x_shape: Shape, z_shape: Shape) -> Array:
    return np.reshape(t, t.shape[: t.ndim - len(x_shape)] + z_shape)


@primitive(x=Rule(_reshape_vjp, _reshape_jvp))
def _reshape(x: Array, *, shape: Shape) -> Array:
    return np.reshape(x, shape)


def reshape(x: Array, shape: int | Sequence[int]) -> Array:
    """The same entries in another shape; one length may be -1."""
    return _reshape(x, shape=tuple(shape) if isinstance(shape, Sequence) else (shape,))


def _transpose_vjp(g: Array, axes: Axes) -> Array:
    back = tuple(int(k) - len(axes) for k in np.argsort(axes))
    return np.transpose(g, _behind(g.ndim - len(axes), back))


def _transpose_jvp(t: Array, axes: Axes) -> Array:
    return np.transpose(t, _behind(t.ndim - len(axes), axes))


def _behind(lead: int, axes: Axes) -> Axes:
    """Leading axes stay in front; negative axes count from the end as they did."""
    return tuple(range(lead)) + tuple(axis + len(axes) + lead for axis in axes)


@primitive(x=Rule(_transpose_vjp, _transpose_jvp))
def _transpose(x: Array, *, axes: Axes) -> Array:
    return np.transpose(x, axes)


def transpose(x: Array, axes: Sequence[int] | None = None) -> Array:
    """Axes in another order, by default the reverse."""
    ndim = len(shape_of(x))
    order = range(ndim)[::-1] if axes is None else axes
    return _transpose(x, axes=tuple(from_end(axis, ndim) for axis in order))


def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged."""
    order = list(range(len(shape_of(x))))
    axis1, axis2 = from_end(axis1, len(order)), from_end(axis2, len(order))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(x, order)


def ravel(x: Array) -> Array:
    """All entries along one axis."""
    return reshape(x, (math.prod(shape_of(x)),))


def expand_dims(x: Array, axis: int) -> Array:
    """A new axis of length one at ``axis`` of the result."""
    shape = list(shape_of(x))
    ndim = len(shape) + 1
    shape.insert(from_end(axis, ndim) + ndim, 1)
    return reshape(x, shape)


def squeeze(x: Array, axis: Axis = None) -> Array:
    """Without the axes of length one (all, or those named)."""
    shape = shape_of(x)
    if axis is None:
        return reshape(x, tuple(n for n in shape if n != 1))
    named = axis if isinstance(axis, tuple) else (axis,)
    drop = {from_end(k, len(shape)) + len(shape) for k in named}
    for k in drop:
        if shape[k] != 1:
            raise ValueError(f"squeeze: axis {k} has length {shape[k]}, not 1")
    return reshape(x, tuple(n for k, n in enumerate(shape) if k not in drop))


def broadcast_to(x: Array, shape: int | tuple[int, ...]) -> Array:
    """Copies along new and length-one axes until x has ``shape``."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return _broadcast_to(x, shape=shape)


@primitive(
    x=Rule(
        vjp=lambda g, x_shape, shape: unbroadcast(g, x_shape, len(shape)),
        jvp=lambda t, x_shape, shape: np.broadcast_to(
            align(t, len(x_shape), len(shape)),
            np.shape(t)[: np.ndim(t) - len(x_shape)] + shape,
        ),
    )
)
def _broadcast_to(x: Array, *, shape: Shape) -> Array:
    return np.broadcast_to(x, shape)


def _part(g: Array, i: int, shapes: tuple[Shape, ...], axis: int) -> Array:
    """The slice of a concatenation that came from argument i."""
    start = sum(shape[axis] for shape in shapes[:i])
    index = (..., slice(start, start + shapes[i][axis])) + (slice(None),) * (-1 - axis)
    return g[index]


def _among_zeros(t: Array, i: int, shapes: tuple[Shape, ...], axis: int) -> Array:
    lead = t.shape[: t.ndim - len(shapes[i])]
    parts = [np.zeros(lead + shape, t.dtype) for shape in shapes]
    parts[i] = t
    return np.concatenate(parts, axis=axis)


@primitive(xs=Rule(_part, _among_zeros))
def _concatenate(*xs: Array, axis: int) -> Array:
    return np.concatenate(xs, axis=axis)


def concatenate(arrays: Sequence[Array], axis: int | None = 0) -> Array:
    """The arrays one after the other along an axis."""
    if axis is None:
        arrays, axis = [reshape(x, -1) for x in arrays], 0
    return _concatenate(*arrays, axis=from_end(axis, len(shape_of(arrays[0]))))


def stack(arrays: Sequence[Array], axis: int = 0) -> Array:
    """The arrays side by side along a new axis."""
    return concatenate([expand_dims(x, axis) for x in arrays], axis)


def _getitem_vjp(g: Array, x_shape: Shape, z_shape: Shape, index: Index) -> Array:
    return scatter(g, shape=x_shape, index=index, z_ndim=len(z_shape))


def _getitem_jvp(t: Array, x_shape: Shape, z_shape: Shape, index: Index) -> Array:
    return _pick(t, x_shape, index)


@primitive(x=Rule(_getitem_vjp, _getitem_jvp))
def _getitem(x: Array, *, index: Index) -> Array:
    return x[index]


def getitem(x: Array, index: Index) -> Array:
    """z = x[index], basic or advanced; an entry picked twice collects both adjoints."""
    if any(isinstance(k, Tensor) for k in _as_tuple(index)):
        raise TypeError("a tensor is no index; make one with np.argmax or a comparison")
    if type(index) is list:
        index = np.array(index)
    elif type(index) is tuple:
        index = tuple([np.array(k) if type(k) is list else k for k in index])
    below = x
    while type(below) is Tensor:  # every tape will read the index again
        for k in _as_tuple(index):
            below.tape.values.keep(k, below.tape.kept)
        below = below.value
    return _getitem(x, index=index)


def _scatter_vjp(a: Array, shape: Shape, index: Index, z_ndim: int) -> Array:
    return _pick(a, shape, index)


def _scatter_jvp(t: Array, shape: Shape, index: Index, z_ndim: int) -> Array:
    return scatter(t, shape=shape, index=index, z_ndim=z_ndim)


@primitive(g=Rule(_scatter_vjp, _scatter_jvp))
def scatter(g: Array, *, shape: Shape, index: Index, z_ndim: int) -> Array:
    """Zeros of ``shape`` with g added at ``index``: the transpose of indexing."""
    lead = g.shape[: g.ndim - z_ndim]
    if picks_once(index):
        out = np.zeros(lead + shape, g.dtype)
        out[_inner(index, len(lead))] = g
        return out
    out = np.zeros((*lead, math.prod(shape)), g.dtype)
    np.add.at(out, _inner(_positions(shape, index), len(lead)), g)
    return out.reshape(lead + shape)


def _pick(t: Array, shape: Shape, index: Index) -> Array:
    """Index behind the leading axes of t : (*lead, *shape)."""
    lead = t.ndim - len(shape)
    if lead and not picks_once(index):
        t = np.reshape(t, (*t.shape[:lead], math.prod(shape)))
        index = _positions(shape, index)
    return t[_inner(index, lead)]


def _positions(shape: Shape, index: Index) -> Array:
    """Which flat entries an index picks.

    NumPy may move the axes of advanced indices to the front, in front of the leading
    ones too; one integer array along one flat axis stays where it is.
    """
    picked: Array = np.arange(math.prod(shape)).reshape(shape)[index]
    return picked


def _inner(index: Index, lead: int) -> tuple[Any, ...]:
    return (slice(None),) * lead + _as_tuple(index)


def _as_tuple(index: Index) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def picks_once(index: Index) -> bool:
    """Basic indices (slices, integers, new axes, ...) pick each entry at most once."""
    return all(
        k is None
        or (
            isinstance(k, (int, np.integer, slice, EllipsisType))
            and not isinstance(k, bool)
        )
        for k in _as_tuple(index)
    )
