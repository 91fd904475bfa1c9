"""Arrays put together of others, and cut into pieces.

All of it is ``concatenate``, ``broadcast_to`` and slices, which have the rules.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from minigrad.ops.arrangements import (
    along,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    moveaxis,
    take,
)
from minigrad.ops.broadcasting import Array, shape_of
from minigrad.ops.shapes import broadcast_to, concatenate, ravel, reshape, swapaxes

__all__ = [
    "append",
    "array_split",
    "block",
    "broadcast_arrays",
    "column_stack",
    "delete",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "insert",
    "meshgrid",
    "split",
    "unstack",
    "vsplit",
    "vstack",
]


def as_array(x: Array) -> Array:
    """A list of numbers as an array."""
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


# ---------------------------------------------------------------- joining


def hstack(tup: Sequence[Array]) -> Array:
    """Columns beside columns; vectors one after the other."""
    arrays = [atleast_1d(x) for x in tup]
    return concatenate(arrays, axis=0 if len(shape_of(arrays[0])) == 1 else 1)


def vstack(tup: Sequence[Array]) -> Array:
    """Rows below rows."""
    return concatenate([atleast_2d(x) for x in tup], axis=0)


def dstack(tup: Sequence[Array]) -> Array:
    """Joined along the third axis."""
    return concatenate([atleast_3d(x) for x in tup], axis=2)


def column_stack(tup: Sequence[Array]) -> Array:
    """Columns beside columns, where a vector is one column."""
    arrays = [as_array(x) for x in tup]
    columns = [x if len(shape_of(x)) > 1 else reshape(x, (-1, 1)) for x in arrays]
    return concatenate(columns, axis=1)


def block(arrays: Any) -> Array:
    """A nested list put together: the innermost lists along the last axis."""
    leaves, depth = _leaves(arrays), _depth(arrays)
    ndim = max([depth, *(len(shape_of(x)) for x in leaves)])

    return _put_together(arrays, -depth, ndim)


def _put_together(part: Any, axis: int, ndim: int) -> Array:
    if isinstance(part, list):
        return concatenate([_put_together(x, axis + 1, ndim) for x in part], axis)
    return reshape(part, (1,) * (ndim - len(shape_of(part))) + shape_of(part))


def _leaves(part: Any) -> list[Array]:
    return [x for p in part for x in _leaves(p)] if isinstance(part, list) else [part]


def _depth(part: Any) -> int:
    if not isinstance(part, list):
        return 0
    depths = {_depth(x) for x in part}
    if len(depths) != 1:
        raise ValueError(f"block: lists nested {sorted(depths)} deep stand in one list")
    return 1 + depths.pop()


def append(x: Array, values: Array, axis: int | None = None) -> Array:
    """``concatenate`` for two arrays, by default of their raveled entries."""
    return concatenate([as_array(x), as_array(values)], axis)


def insert(x: Array, obj: Any, values: Array, axis: int | None = None) -> Array:
    """The values put in before the places ``obj`` along the axis."""
    values = as_array(values)
    if axis is None:
        x, axis = ravel(x), 0
    shape = list(shape_of(x))
    n = shape[axis]
    places = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj)
    missing = (1,) * (len(shape) - len(shape_of(values)))
    values = reshape(values, missing + shape_of(values))
    if places.ndim == 0:  # NumPy's rule: a vector of values goes along the axis
        values = moveaxis(values, 0, axis)
    shape[axis] = places.size if places.size != 1 else shape_of(values)[axis]
    both = concatenate([x, broadcast_to(values, tuple(shape))], axis)
    order = np.insert(np.arange(n), places, n + np.arange(shape[axis]))
    return take(both, order, axis)


def delete(x: Array, obj: Any, axis: int | None = None) -> Array:
    """Without the places ``obj`` along the axis."""
    if axis is None:
        x, axis = ravel(x), 0
    return take(x, np.delete(np.arange(shape_of(x)[axis]), obj), axis)


# ---------------------------------------------------------------- copies side by side


def broadcast_arrays(*xs: Array) -> tuple[Array, ...]:
    """Each repeated to the shape that all of them have together."""
    arrays = [as_array(x) for x in xs]
    shape = np.broadcast_shapes(*map(shape_of, arrays))
    return tuple(broadcast_to(x, shape) for x in arrays)


def meshgrid(
    *xs: Array, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Array, ...]:
    """The coordinates of a grid's points, an array each; x runs along axis 1 ("xy")."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing is {indexing!r}; it is 'xy' or 'ij'")
    n = len(xs)
    lines = [
        reshape(as_array(x), (1,) * k + (-1,) + (1,) * (n - 1 - k))
        for k, x in enumerate(xs)
    ]
    if indexing == "xy" and n > 1:
        lines = [swapaxes(x, 0, 1) for x in lines]
    return tuple(lines) if sparse else broadcast_arrays(*lines)


# ---------------------------------------------------------------- cutting


def array_split(x: Array, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """Pieces along an axis: as many as ``sections`` says, or cut at these places."""
    n = shape_of(x)[axis]
    if isinstance(sections, (int, np.integer)):
        each, longer = divmod(n, int(sections))
        cuts = [k * each + min(k, longer) for k in range(int(sections) + 1)]
    else:
        cuts = [0, *map(int, sections), n]
    return [along(x, slice(a, b), axis) for a, b in itertools.pairwise(cuts)]


def split(x: Array, sections: int | Sequence[int], axis: int = 0) -> list[Array]:
    """``array_split`` into pieces of equal length."""
    n = shape_of(x)[axis]
    if isinstance(sections, (int, np.integer)) and n % sections:
        raise ValueError(
            f"split: {n} entries do not divide into {sections} equal pieces; "
            "np.array_split makes unequal ones"
        )
    return array_split(x, sections, axis)


def hsplit(x: Array, sections: int | Sequence[int]) -> list[Array]:
    """Pieces side by side: cut along the second axis, a vector along its only one."""
    return split(x, sections, 0 if len(shape_of(x)) == 1 else 1)


def vsplit(x: Array, sections: int | Sequence[int]) -> list[Array]:
    """Pieces one below the other: cut along the first axis."""
    return split(x, sections, 0)


def dsplit(x: Array, sections: int | Sequence[int]) -> list[Array]:
    """Cut along the third axis."""
    return split(x, sections, 2)


def unstack(x: Array, *, axis: int = 0) -> tuple[Array, ...]:
    """The slices along an axis, without it: the inverse of ``stack``."""
    return tuple(along(x, k, axis) for k in range(shape_of(x)[axis]))
