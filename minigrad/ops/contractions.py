"""Sums of products over shared axes: all of them are one matrix product, rearranged.

    einsum("bij,bjk->bik", x, y)

Letters that both operands have and the result has not are summed (j), letters that
all three have are repeated over (b), the rest belong to one operand (i, k).  With the
axes in the order (b, i, j) and (b, j, k), and those of one kind joined, this is
``x @ y``.  So there are no rules here either: ``matmul``, ``transpose`` and
``reshape`` have theirs.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from minigrad.ops.arrangements import diagonal, moveaxis, roll
from minigrad.ops.broadcasting import Array, Shape, from_end, shape_of
from minigrad.ops.elementwise import mul
from minigrad.ops.joining import as_array
from minigrad.ops.linalg import inv, matmul, solve
from minigrad.ops.reductions import sum
from minigrad.ops.shapes import ravel, reshape, transpose

__all__ = [
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "matvec",
    "multi_dot",
    "outer",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "vdot",
    "vecdot",
    "vecmat",
]


def tensordot(
    x: Array, y: Array, axes: int | tuple[int | Sequence[int], int | Sequence[int]] = 2
) -> Array:
    """Sum over pairs of axes: the last of x with the first of y, or those named."""
    x, y = as_array(x), as_array(y)
    n, m = len(shape_of(x)), len(shape_of(y))
    if isinstance(axes, int):
        axes = (range(n - axes, n), range(axes))
    xs, ys = (_counted(k, ndim) for k, ndim in zip(axes, (n, m), strict=True))
    if [shape_of(x)[k] for k in xs] != [shape_of(y)[k] for k in ys]:
        raise ValueError(
            f"tensordot: axes {xs} of {shape_of(x)} and {ys} of {shape_of(y)} differ"
        )
    rows = [k for k in range(n) if k not in xs]
    columns = [k for k in range(m) if k not in ys]
    z = matmul(_as_matrix(x, rows, xs), _as_matrix(y, ys, columns))
    return reshape(
        z, [shape_of(x)[k] for k in rows] + [shape_of(y)[k] for k in columns]
    )


def _counted(axes: int | Sequence[int], ndim: int) -> list[int]:
    named = [axes] if isinstance(axes, int) else axes
    return [from_end(k, ndim) + ndim for k in named]


def _as_matrix(x: Array, rows: list[int], columns: list[int]) -> Array:
    shape = shape_of(x)
    sizes = [math.prod(shape[k] for k in axes) for axes in (rows, columns)]
    return reshape(transpose(x, rows + columns), sizes)


def dot(x: Array, y: Array) -> Array:
    """The last axis of x with the last but one of y (its only one for a vector)."""
    x, y = as_array(x), as_array(y)
    if shape_of(x) == () or shape_of(y) == ():
        return mul(x, y)
    return matmul(x, y) if len(shape_of(y)) <= 2 else tensordot(x, y, (-1, -2))


def inner(x: Array, y: Array) -> Array:
    """The last axis of x with the last of y."""
    x, y = as_array(x), as_array(y)
    if shape_of(x) == () or shape_of(y) == ():
        return mul(x, y)
    return tensordot(x, y, (-1, -1))


def vdot(x: Array, y: Array) -> Array:
    """z = Σ x y over all entries."""
    return matmul(ravel(as_array(x)), ravel(as_array(y)))


def outer(x: Array, y: Array) -> Array:
    """z_ij = x_i y_j of the raveled arrays."""
    return reshape(as_array(x), (-1, 1)) * reshape(as_array(y), (1, -1))


def kron(x: Array, y: Array) -> Array:
    """The blocks x_ij Y: each entry of x times the whole of y."""
    x, y = as_array(x), as_array(y)
    ndim = max(len(shape_of(x)), len(shape_of(y)))
    sizes = [(1,) * (ndim - len(shape)) + shape for shape in map(shape_of, (x, y))]
    coarse = reshape(x, [k for n in sizes[0] for k in (n, 1)])
    fine = reshape(y, [k for n in sizes[1] for k in (1, n)])
    return reshape(coarse * fine, [n * m for n, m in zip(*sizes, strict=True)])


def cross(x: Array, y: Array, *, axis: int | None = None) -> Array:
    """z = x × y for vectors of three along the axis, by default the last."""
    axis = -1 if axis is None else axis
    x, y = (moveaxis(as_array(v), axis, -1) for v in (x, y))
    if shape_of(x)[-1] != 3 or shape_of(y)[-1] != 3:
        raise ValueError(
            f"cross takes vectors of three, not {shape_of(x)[-1]} and "
            f"{shape_of(y)[-1]}; in the plane it is x[0] * y[1] - x[1] * y[0]"
        )
    z = roll(x, -1, -1) * roll(y, 1, -1) - roll(x, 1, -1) * roll(y, -1, -1)
    return moveaxis(z, -1, axis)


# ---------------------------------------------------------------- vectors in stacks


def vecdot(x: Array, y: Array, *, axis: int = -1) -> Array:
    """z = Σ x_i y_i along the axis, for stacks of vectors that broadcast."""
    x, y = (moveaxis(as_array(v), axis, -1) for v in (x, y))
    return matmul(_row(x), _column(y))[..., 0, 0]


def matvec(x: Array, y: Array) -> Array:
    """z = X y, for stacks of matrices and of vectors that broadcast."""
    return matmul(as_array(x), _column(as_array(y)))[..., 0]


def vecmat(x: Array, y: Array) -> Array:
    """z = xᵀ Y, for stacks of vectors and of matrices that broadcast."""
    return matmul(_row(as_array(x)), as_array(y))[..., 0, :]


def _row(x: Array) -> Array:
    return reshape(x, (*shape_of(x)[:-1], 1, shape_of(x)[-1]))


def _column(x: Array) -> Array:
    return reshape(x, (*shape_of(x), 1))


# ---------------------------------------------------------------- systems of tensors


def tensorinv(x: Array, ind: int = 2) -> Array:
    """The inverse of the map that x is from its last axes to its first ``ind`` ones."""
    first, last = shape_of(x)[:ind], shape_of(x)[ind:]
    return reshape(inv(reshape(x, (math.prod(first), -1))), last + first)


def tensorsolve(a: Array, b: Array, axes: Sequence[int] | None = None) -> Array:
    """The z with ``tensordot(a, z, z.ndim) == b``; ``axes`` of a go last before."""
    if axes is not None:
        a = moveaxis(a, tuple(axes), tuple(range(-len(axes), 0)))
    unknown = shape_of(a)[len(shape_of(b)) :]
    matrix = reshape(a, (-1, math.prod(unknown)))
    return reshape(solve(matrix, ravel(as_array(b))), unknown)


# ---------------------------------------------------------------- einsum


class _Term(NamedTuple):
    """An operand and the letters of its axes."""

    letters: str
    array: Array

    @property
    def sizes(self) -> dict[str, int]:
        return dict(zip(self.letters, shape_of(self.array), strict=True))


def einsum(subscripts: str, *operands: Array, optimize: Any = False) -> Array:
    """Sum of products in Einstein's notation, as in NumPy, two operands at a time.

    "ij,jk->ik" is x @ y, "ii" the trace, "...i,i" sums over i; without an arrow the
    result has the letters that occur once, in alphabetical order.  ``optimize`` chooses
    the order of more than two operands as in NumPy.

    >>> einsum("ij,ij->i", np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([1., 4.])
    """
    if not isinstance(subscripts, str):
        raise TypeError("einsum takes the letters first, as a string: 'ij,jk->ik'")
    arrays = [as_array(x) for x in operands]
    shapes = [shape_of(x) for x in arrays]
    inputs, result = _spelled_out(subscripts, shapes)
    terms = _without_ones(
        [_distinct(*pair) for pair in zip(inputs, arrays, strict=True)]
    )
    for group in _order(subscripts, shapes, optimize):
        chosen = [terms[k] for k in group]
        terms = [term for k, term in enumerate(terms) if k not in group]
        while len(chosen) > 1:
            x, y, *later = chosen
            keep = set(result).union(*(term.letters for term in later + terms))
            chosen = [_contracted(x, y, keep), *later]
        terms += chosen
    return _arranged(_summed(terms[0], result), result)


def multi_dot(arrays: Sequence[Array]) -> Array:
    """The product of a chain of matrices in the order that takes the least work.

    The first may be a row vector and the last a column vector.
    """
    chain = [as_array(x) for x in arrays]
    letters = [chr(ord("a") + k) for k in range(len(chain) + 1)]
    terms = [left + right for left, right in itertools.pairwise(letters)]
    result = letters[0] + letters[-1]
    if len(shape_of(chain[0])) == 1:
        terms[0], result = letters[1], result[1:]
    if len(shape_of(chain[-1])) == 1:
        terms[-1], result = letters[-2], result[:-1]
    return einsum(",".join(terms) + "->" + result, *chain, optimize=True)


def _spelled_out(subscripts: str, shapes: list[Shape]) -> tuple[list[str], str]:
    """The letters of each operand and of the result; "..." as letters of its own."""
    text, arrow, result = subscripts.replace(" ", "").partition("->")
    inputs = text.split(",")
    if len(inputs) != len(shapes):
        raise ValueError(
            f"einsum {subscripts!r} is for {len(inputs)} operands, not {len(shapes)}"
        )
    named = [len(letters.replace("...", "")) for letters in inputs]
    free = [len(shape) - n for shape, n in zip(shapes, named, strict=True)]
    for letters, n, shape in zip(inputs, free, shapes, strict=True):
        if n < 0 or (n > 0 and "..." not in letters):
            raise ValueError(f"einsum: {letters!r} does not fit the shape {shape}")
    extra = [chr(ord("Α") + k) for k in range(max(free, default=0))]  # Greek capitals
    inputs = [
        letters.replace("...", "".join(extra[len(extra) - n :]))
        for letters, n in zip(inputs, free, strict=True)
    ]
    counts = Counter("".join(inputs))
    if not arrow:
        once = (k for k, count in counts.items() if count == 1 and k not in extra)
        result = "..." + "".join(sorted(once))
    result = result.replace("...", "".join(extra))
    if len(set(result)) < len(result) or not set(result) <= counts.keys():
        raise ValueError(f"einsum {subscripts!r}: the result needs letters of operands")
    return inputs, result


def _distinct(letters: str, x: Array) -> _Term:
    """A letter that occurs twice in one operand is its diagonal."""
    for letter, count in Counter(letters).items():
        for _ in range(count - 1):
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            x = diagonal(x, axis1=first, axis2=second)
            without = letters[:first] + letters[first + 1 : second]
            letters = without + letters[second + 1 :] + letter
    return _Term(letters, x)


def _without_ones(terms: list[_Term]) -> list[_Term]:
    """An axis of length one broadcasts against a longer one: it is left out."""
    sizes = dict[str, int]()
    for term in terms:
        for letter, n in term.sizes.items():
            if 1 not in (n, sizes.get(letter, 1)) and n != sizes[letter]:
                raise ValueError(f"einsum: {letter} is {sizes[letter]} and {n}")
            sizes[letter] = n if sizes.get(letter, 1) == 1 else sizes[letter]
    kept = ["".join(k for k, n in t.sizes.items() if n == sizes[k]) for t in terms]
    return [
        term
        if letters == term.letters
        else _Term(letters, reshape(term.array, [sizes[k] for k in letters]))
        for term, letters in zip(terms, kept, strict=True)
    ]


def _order(subscripts: str, shapes: list[Shape], optimize: Any) -> list[Sequence[int]]:
    """Which operands to contract, group by group; results go to the end of the list."""
    if len(shapes) <= 2 or optimize is False:
        return [tuple(range(len(shapes)))]
    stand_ins = [np.broadcast_to(0.0, shape) for shape in shapes]
    path: list[Any] = np.einsum_path(subscripts, *stand_ins, optimize=optimize)[0]
    return path[1:]


def _contracted(x: _Term, y: _Term, keep: Collection[str]) -> _Term:
    """Two operands multiplied, and summed over what nobody needs any more."""
    x, y = _summed(x, {*keep, *y.letters}), _summed(y, {*keep, *x.letters})
    both = [k for k in x.letters if k in y.letters]
    summed = "".join(k for k in both if k not in keep)
    batch = "".join(k for k in both if k in keep)
    left = "".join(k for k in x.letters if k not in both)
    right = "".join(k for k in y.letters if k not in both)
    if summed:
        z = matmul(_joined(x, batch, left, summed), _joined(y, batch, summed, right))
    else:
        z = _joined(x, batch, left, "") * _joined(y, batch, "", right)
    sizes = x.sizes | y.sizes
    letters = batch + left + right
    return _Term(letters, reshape(z, [sizes[k] for k in letters]))


def _joined(term: _Term, batch: str, rows: str, columns: str) -> Array:
    """The operand as matrices: the rows' axes joined to one, and the columns'."""
    sizes = [term.sizes[k] for k in batch]
    sizes += [math.prod(term.sizes[k] for k in group) for group in (rows, columns)]
    x = _arranged(term, batch + rows + columns)
    return x if shape_of(x) == tuple(sizes) else reshape(x, sizes)


def _summed(term: _Term, keep: Collection[str]) -> _Term:
    gone = tuple(i for i, letter in enumerate(term.letters) if letter not in keep)
    left = "".join(letter for letter in term.letters if letter in keep)
    return _Term(left, sum(term.array, gone)) if gone else term


def _arranged(term: _Term, letters: str) -> Array:
    order = [term.letters.index(k) for k in letters]
    return term.array if letters == term.letters else transpose(term.array, order)
