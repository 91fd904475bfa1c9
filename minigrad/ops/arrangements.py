"""NumPy's ways to arrange entries, composed of the few in :mod:`minigrad.ops.shapes`.

No rules stand here: a slice, a transposition, a concatenation and a scatter have
theirs, and what is composed of them is differentiated like any other program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad.ops.broadcasting import Array, Axis, Shape, from_end, shape_of, value_of
from minigrad.ops.elementwise import select, where
from minigrad.ops.reductions import sum
from minigrad.ops.shapes import (
    broadcast_to,
    concatenate,
    getitem,
    ravel,
    reshape,
    scatter,
    swapaxes,
    transpose,
)

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "choose",
    "compress",
    "diag",
    "diagflat",
    "diagonal",
    "extract",
    "flip",
    "fliplr",
    "flipud",
    "moveaxis",
    "pad",
    "repeat",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "sort",
    "take",
    "take_along_axis",
    "tile",
    "trace",
    "tril",
    "triu",
]

# ---------------------------------------------------------------- axes


def _axes(axis: Axis, ndim: int) -> list[int]:
    """The named axes, counted from the front; None means all of them."""
    named = range(ndim) if axis is None else axis if isinstance(axis, tuple) else [axis]
    return [from_end(k, ndim) + ndim for k in named]


def moveaxis(x: Array, source: Axis, destination: Axis) -> Array:
    """Axes moved to other places; the rest stay in order."""
    ndim = len(shape_of(x))
    froms, tos = _axes(source, ndim), _axes(destination, ndim)
    order = [k for k in range(ndim) if k not in froms]
    for to, moved in sorted(zip(tos, froms, strict=True)):
        order.insert(to, moved)
    return transpose(x, order)


def rollaxis(x: Array, axis: int, start: int = 0) -> Array:
    """One axis moved to stand before the axis ``start``."""
    ndim = len(shape_of(x))
    axis, start = from_end(axis, ndim) + ndim, start + ndim * (start < 0)
    return moveaxis(x, axis, start - (axis < start))


def atleast_1d(*xs: Array) -> Any:
    """A number as an array of one entry."""
    return _each([reshape(x, shape_of(x) or (1,)) for x in xs])


def atleast_2d(*xs: Array) -> Any:
    """A number or a vector as a row."""
    ones = [(1,) * (2 - len(shape_of(x))) for x in xs]
    return _each([reshape(x, n + shape_of(x)) for n, x in zip(ones, xs, strict=True)])


def atleast_3d(*xs: Array) -> Any:
    """A vector as (1, n, 1), a matrix as (m, n, 1)."""
    rows = [atleast_2d(x) for x in xs]
    return _each(
        [x if len(shape_of(x)) > 2 else reshape(x, (*shape_of(x), 1)) for x in rows]
    )


def _each(arrays: list[Array]) -> Any:
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def along(x: Array, index: Any, axis: int) -> Array:
    """x[:, ..., index, ..., :] with the index at the axis."""
    before = from_end(axis, len(shape_of(x))) + len(shape_of(x))
    return getitem(x, (slice(None),) * before + (index,))


# ---------------------------------------------------------------- copies and order


def tile(x: Array, reps: int | Sequence[int]) -> Array:
    """The whole array ``reps`` times along each axis."""
    times = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
    ndim = max(len(times), len(shape_of(x)))
    times = (1,) * (ndim - len(times)) + times
    shape = (1,) * (ndim - len(shape_of(x))) + shape_of(x)
    pairs = list(zip(times, shape, strict=True))
    apart = reshape(x, [k for _, n in pairs for k in (1, n)])
    copies = broadcast_to(apart, tuple(k for pair in pairs for k in pair))
    return reshape(copies, [t * n for t, n in pairs])


def repeat(x: Array, repeats: int | Sequence[int], axis: int | None = None) -> Array:
    """Each entry along the axis ``repeats`` times (one number, or one for each)."""
    if axis is None:
        x, axis = ravel(x), 0
    return along(x, np.repeat(np.arange(shape_of(x)[axis]), repeats), axis)


def flip(x: Array, axis: Axis = None) -> Array:
    """Entries in reverse order along the axes (all by default)."""
    ndim = len(shape_of(x))
    axes = _axes(axis, ndim)
    return getitem(
        x, tuple(slice(None, None, -1 if k in axes else 1) for k in range(ndim))
    )


def flipud(x: Array) -> Array:
    """Rows in reverse order."""
    return flip(x, 0)


def fliplr(x: Array) -> Array:
    """Columns in reverse order."""
    return flip(x, 1)


def rot90(x: Array, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """Turned by k right angles, from the first of the axes towards the second."""
    first, second = axes
    if k % 4 == 2:
        return flip(x, (first, second))
    if k % 4 == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second) if k % 4 else x


def roll(x: Array, shift: int | Sequence[int], axis: Axis = None) -> Array:
    """Entries moved on by ``shift``; what leaves at the end enters at the front."""
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), shape_of(x))
    for by, k in np.broadcast(shift, axis):
        n = shape_of(x)[k]
        cut = -int(by) % n if n else 0
        ends = [along(x, slice(cut, None), k), along(x, slice(cut), k)]
        x = concatenate(ends, int(k)) if cut else x
    return x


def take(
    x: Array, indices: Array, axis: int | None = None, *, mode: str = "raise"
) -> Array:
    """The entries at these places along the axis, by default of the raveled array.

    A place beyond the end is an error, or counts modulo the length (``mode="wrap"``),
    or is the nearest end ("clip").
    """
    if axis is None:
        x, axis = ravel(x), 0
    return along(x, _inside(np.asarray(indices), shape_of(x)[axis], mode), axis)


def _inside(indices: Array, n: int, mode: str) -> Array:
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"mode is {mode!r}; it is 'raise', 'wrap' or 'clip'")
    if mode == "wrap":
        return indices % n
    return np.clip(indices, 0, n - 1) if mode == "clip" else indices


def choose(index: Array, choices: Sequence[Array], *, mode: str = "raise") -> Array:
    """z_i = choices[index_i]_i, for indices and choices that broadcast together."""
    index, n = np.asarray(index), len(choices)
    if mode == "raise" and not np.all((index >= 0) & (index < n)):
        raise ValueError(f"choose: an index is not between 0 and {n - 1}")
    index = _inside(index, n, mode)
    return select([index == k for k in range(n)], choices)


def compress(condition: Array, x: Array, axis: int | None = None) -> Array:
    """The entries along the axis where the condition holds."""
    return take(x, np.flatnonzero(value_of(condition)), axis)


def extract(condition: Array, x: Array) -> Array:
    """The entries where the condition holds, one after the other."""
    return compress(np.ravel(value_of(condition)), x)


def resize(x: Array, new_shape: int | Sequence[int]) -> Array:
    """The entries in another shape, from the beginning again where they run out."""
    places = np.resize(np.arange(math.prod(shape_of(x))), new_shape)
    return take(x, places)


def take_along_axis(x: Array, indices: Array, axis: int | None = -1) -> Array:
    """z[i, j] = x[i, indices[i, j]], and likewise along other axes."""
    if axis is None:
        x, axis = ravel(x), 0
    places = list(np.indices(shape_of(x), sparse=True))
    places[axis] = np.asarray(indices)
    return getitem(x, tuple(places))


def sort(
    x: Array, axis: int | None = -1, kind: str | None = None, *, stable: Any = None
) -> Array:
    """Ascending along the axis; each adjoint returns to where its entry came from.

    Equal entries keep their order, whatever the ``kind`` (decision 003).
    """
    if axis is None:
        x, axis = ravel(x), 0
    order = np.argsort(value_of(x), axis, kind="stable")
    return take_along_axis(x, order, axis)


# ---------------------------------------------------------------- diagonals, triangles


def _on_diagonal(rows: int, columns: int, offset: int) -> tuple[slice, int]:
    """Where a diagonal lies in the raveled matrix, and how long it is."""
    first = offset if offset >= 0 else -offset * columns
    length = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    return slice(first, first + length * (columns + 1), columns + 1), length


def diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The entries x[i, i + offset] of two axes, along a new last one."""
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    *rest, rows, columns = shape_of(x)
    places, length = _on_diagonal(rows, columns, offset)
    flat = reshape(x, (*rest, rows * columns))
    return flat[..., places if length else slice(0)]


def diag(x: Array, k: int = 0) -> Array:
    """The k-th diagonal of a matrix, or the matrix with this one."""
    shape = shape_of(x)
    if len(shape) == 2:
        return diagonal(x, k)
    if len(shape) != 1:
        raise ValueError(f"diag takes a vector or a matrix, not an array of {shape}")
    n = shape[0] + abs(k)
    places, _ = _on_diagonal(n, n, k)
    return reshape(scatter(x, shape=(n * n,), index=places, z_ndim=1), (n, n))


def diagflat(x: Array, k: int = 0) -> Array:
    """The matrix that has the raveled array as its k-th diagonal."""
    return diag(ravel(x), k)


def trace(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """z = Σ x[i, i + offset]."""
    return sum(diagonal(x, offset, axis1, axis2), -1)


def tril(x: Array, k: int = 0) -> Array:
    """Zero above the k-th diagonal."""
    return where(_below(shape_of(x), k), x, 0.0)


def triu(x: Array, k: int = 0) -> Array:
    """Zero below the k-th diagonal."""
    return where(_below(shape_of(x), k - 1), 0.0, x)


def _below(shape: Shape, k: int) -> Array:
    """Which entries of the last two axes are not above the k-th diagonal."""
    rows, columns = shape[-2:] if len(shape) > 1 else 2 * shape
    return np.tri(rows, columns, k, bool)


def pad(
    x: Array, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0
) -> Array:
    """A frame around the array, of constants or of copies; ``pad_width`` as in NumPy.

    The modes "edge", "reflect", "symmetric" and "wrap" repeat entries of the array.
    """
    shape = shape_of(x)
    widths = np.broadcast_to(np.asarray(pad_width), (len(shape), 2)).tolist()
    if mode == "constant":
        return _framed(x, widths, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise NotImplementedError(
            f"pad with mode={mode!r} has no rule; join the pieces with np.concatenate"
        )
    for axis, width in enumerate(widths):
        copied: Any = mode  # NumPy's types want one of the words themselves
        places = np.pad(np.arange(shape[axis]), width, copied)
        x = along(x, places, axis) if any(width) else x
    return x


def _framed(x: Array, widths: list[list[int]], constants: Any) -> Array:
    shape = shape_of(x)
    inside = tuple(slice(a, a + n) for (a, _), n in zip(widths, shape, strict=True))
    padded: Shape = tuple(a + n + b for (a, b), n in zip(widths, shape, strict=True))
    z = scatter(x, shape=padded, index=inside, z_ndim=len(shape))
    zeros = np.zeros(shape, value_of(x).dtype)
    frame = np.pad(zeros, widths, constant_values=constants)
    return z + frame if np.any(frame) else z
