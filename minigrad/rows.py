"""The Jacobian of a batch: each row of the result depends on its own row alone.

A network maps n samples to n rows of results, f(x_1), ..., f(x_n), so of the Jacobian
by any value on the way, (n rows) x (n rows), only the diagonal blocks are not zero.
They are all that is swept here: with m entries in a row, one sweep with a batch of m
cotangents instead of n m.  Such an adjoint is *by rows*,

    A : (m, n, *row),   standing for   J[s, j, t] = A[j, s] where s = t, else 0 ,

and an operation that works row by row takes it from its result to its argument by the
rule that it has, with m leading axes.  A parameter that all rows share gathers what
each row contributes: there the rows become leading axes themselves, in the adjoint and
in what the rule reads, and the same rule gives one term a sample, (n, m, *shape), with
no sum over the samples.  These are the per-sample gradients.

A shared matrix of h @ W gathers an outer product a sample, h[s] A[j, s]ᵀ.  Who only
wants inner products of such gradients, as a tangent kernel does, asks for the factors
(:class:`Outer`): they are smaller by the width of the layer.

Where rows are mixed (a mean over the batch) the blocks are written out, and the sweep
goes on as usual: nothing here is a condition, only a saving.

    n  rows        m  entries in a row of the result        z, x  result and argument
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from minigrad import ops
from minigrad.ops.broadcasting import Elementwise, value_of
from minigrad.ops.linalg import Matmul
from minigrad.ops.shapes import picks_once
from minigrad.tape import Edge, Line, Ref, Tape, Tensor, shape_of

Shape = tuple[int, ...]

BY_ROWS, SHARED, MIXED = "by rows", "shared", "mixed"


def has_rows(out: Any) -> bool:
    """Whether the result has rows that are worth telling apart."""
    shape = shape_of(out)
    return len(shape) > 0 and shape[0] > 1


class Outer(NamedTuple):
    """What one product gives each sample: left[s, j] right[s, j]ᵀ, not multiplied.

    left : (n, m or 1, rows), right : (n, m or 1, columns), for a matrix (rows, columns)
    """

    left: Any
    right: Any

    def written_out(self) -> Any:
        """The gradients themselves, (n, m, rows, columns)."""
        return self.left[..., :, None] * self.right[..., None, :]


Factors = dict[int, list[Outer]]  # by the line of the input


def sweep(tape: Tape, out: Tensor, factors: Factors | None = None) -> list[Any]:
    """The Jacobian of ``out`` by each input line, (n, m, *shape); None for zero.

    The tape has to keep its lines, which tell what each operation does to rows.  What
    an input gets from products of matrices goes to ``factors``, where these are asked
    for, and is not in the result.
    """
    assert tape.lines is not None
    found: list[Any] = [None] * tape.size
    found[out.line] = (True, _unit_rows(out))
    for here in range(out.line, -1, -1):
        line = tape.lines[here]
        if found[here] is None or line.op is None:
            continue
        by_rows, g = found[here]
        found[here] = None
        edges = list(_edges(line))
        if by_rows and any(_way(tape.lines, k, edge) == MIXED for k, edge in edges):
            by_rows, g = False, _written_out(by_rows, g)
        for k, edge in reversed(edges):  # the order in which a call gives its terms
            if by_rows and factors is not None:
                owner, outer = _outer(tape.lines, k, edge, g)
                if outer is not None:
                    factors.setdefault(owner, []).append(outer)
                    continue
            term = _term(tape.lines, k, edge, by_rows, g)
            found[edge[1]] = _added(found[edge[1]], term)
    return [None if entry is None else _written_out(*entry) for entry in found]


def cost(tape: Tape, out: Tensor) -> int:
    """How many entries a sweep up from ``out`` makes, in all adjoints of all lines."""
    assert tape.lines is not None
    entries = math.prod(shape_of(out))
    a_row = entries // shape_of(out)[0] if has_rows(out) else entries
    batch, total = {out.line: a_row}, 0  # how many adjoints each line gets
    for here in range(out.line, -1, -1):
        each = batch.get(here, 0)
        total += each * math.prod(shape_of(tape.lines[here].value))
        for k, edge in _edges(tape.lines[here]) if each else ():
            by_rows = each < entries and _way(tape.lines, k, edge) == BY_ROWS
            passed = a_row if by_rows else entries
            batch[edge[1]] = max(passed, batch.get(edge[1], 0))
    return total


def _edges(line: Line) -> Iterator[tuple[int, Edge]]:
    """Each edge with the position of its argument."""
    places = [k for k, a in enumerate(line.args) if isinstance(a, Ref)]
    return zip(places, line.edges, strict=True)


def _term(lines: Sequence[Line], k: int, edge: Edge, by_rows: bool, g: Any) -> Any:
    """What an edge hands on: whether it is by rows, and the adjoint."""
    _, _, rule, saved = edge
    way = _way(lines, k, edge) if by_rows else None
    if way == BY_ROWS:
        return True, rule.vjp(g, *saved)
    if way == SHARED:
        lifted = _lifted(lines, k, edge)
        return False, rule.vjp(np.swapaxes(g, 0, 1)[:, :, None], *lifted)
    return False, rule.vjp(g, *saved)


def _outer(
    lines: Sequence[Line], k: int, edge: Edge, g: Any
) -> tuple[int, Outer | None]:
    """An input that is the matrix in h @ W, or transposed is, and its two factors."""
    here, owner, _, saved = edge
    shapes = [_shape(lines, a) for a in lines[here].args]
    if not isinstance(lines[here].op, Matmul) or k == 0 or {*map(len, shapes)} != {2}:
        return owner, None
    outer = Outer(saved[0][:, None], np.swapaxes(g, 0, 1))
    while lines[owner].op in TRANSPOSES and len(shape_of(lines[owner].value)) == 2:
        if lines[owner].kwargs.get("axes") == (-2, -1):
            break  # nothing was exchanged
        outer, owner = Outer(*outer[::-1]), lines[owner].edges[0][1]
    return owner, outer if lines[owner].op is None else None


def _lifted(lines: Sequence[Line], k: int, edge: Edge) -> list[Any]:
    """What the rule of a shared argument reads, the rows as leading axes.

    An array (n, *row) becomes (n, 1, 1, *row), one row for each n and m, and a shape
    (n, *row) becomes (1, *row).
    """
    here, _, _, saved = edge
    line = lines[here]
    z = shape_of(line.value)
    if isinstance(line.op, Matmul):
        other, *shapes = saved
        if shapes:
            shapes[1 - k] = (1, *shapes[1 - k][1:])
        return [other[:, None, None], *shapes]
    return [_lifted_one(read, z) for read in saved]


def _lifted_one(read: Any, z: Shape) -> Any:
    """One thing that an elementwise rule reads: it has rows if it is aligned with z."""
    if isinstance(read, tuple):
        return (1, *read[1:]) if read == z else read
    shape = shape_of(read)
    return read[:, None, None] if len(shape) == len(z) and shape[0] == z[0] else read


def _added(before: Any, term: Any) -> Any:
    if before is None:
        return term
    if before[0] != term[0]:
        before, term = ((False, _written_out(*entry)) for entry in (before, term))
    return before[0], before[1] + term[1]


def _written_out(by_rows: bool, A: Any) -> Any:
    """The blocks of an adjoint by rows in their places, zeros elsewhere."""
    if not by_rows:
        return A
    blocks = np.swapaxes(A, 0, 1)  # (n, m, *row)
    n, row = blocks.shape[0], blocks.shape[2:]
    diagonal = np.eye(n, dtype=value_of(A).dtype).reshape(n, 1, n, *[1] * len(row))
    return diagonal * blocks[:, :, None]


def _unit_rows(out: Tensor) -> Any:
    """The unit vectors of a row, the same for each: (m, n, *row)."""
    n, *row = shape_of(out)
    m = math.prod(row)
    units = np.eye(m, dtype=value_of(out).dtype).reshape(m, 1, *row)
    return np.broadcast_to(units, (m, n, *row))


# ---------------------------------------------------------------- who keeps rows apart


def _way(lines: Sequence[Line], k: int, edge: Edge) -> str:
    """How the k-th argument of a line is related to the rows of its result."""
    line, parent = lines[edge[0]], lines[edge[1]]
    z, x = shape_of(line.value), shape_of(parent.value)
    if isinstance(line.op, Elementwise) or line.op is BROADCAST:
        return BY_ROWS if len(x) == len(z) and x[0] == z[0] else SHARED
    if isinstance(line.op, Matmul):
        shapes = [_shape(lines, a) for a in line.args]
        return _product(z, shapes, k)
    keeps = UNARY.get(line.op)
    same = len(x) > 0 and x[0] == z[0]
    return BY_ROWS if keeps and same and keeps(line, x) else MIXED


def _shape(lines: Sequence[Line], arg: Any) -> Shape:
    return shape_of(lines[arg.line].value if isinstance(arg, Ref) else arg)


def _product(z: Shape, shapes: Sequence[Shape], k: int) -> str:
    """Rows of x @ y are rows of x; of stacks of matrices, those of both."""
    x, y = shapes
    if len(x) == 2 and len(y) <= 2:
        return BY_ROWS if k == 0 else SHARED
    if len(z) > 2:
        left_out = (len(x) == 1) + (len(y) == 1)  # axes that vectors do not have
        same = len(shapes[k]) == len(z) + left_out and shapes[k][0] == z[0]
        return BY_ROWS if same else SHARED
    return MIXED


def _not_reduced(line: Line, x: Shape) -> bool:
    axis = line.kwargs["axis"]
    return -len(x) not in (axis if isinstance(axis, tuple) else (axis,))


def _first_stays(line: Line, x: Shape) -> bool:
    return bool(line.kwargs["axes"][0] == -len(x))


def _whole_rows(line: Line, x: Shape) -> bool:
    index = line.kwargs["index"]
    if not picks_once(index):  # NumPy may move what it picks to the front
        return False
    first = index[0] if isinstance(index, tuple) and index else index
    return isinstance(first, slice) and first == slice(None)


def _always(line: Line, x: Shape) -> bool:
    return True


def _stacked(line: Line, x: Shape) -> bool:
    return len(x) > 2


def _primitive(name: str) -> Any:
    """The operation behind a function of :mod:`minigrad.ops`."""
    for family in (ops.reductions, ops.shapes, ops.scans, ops.linalg):
        for word in (name, f"_{name}"):
            if hasattr(getattr(family, word, None), "primitive"):
                return getattr(family, word).primitive
    raise KeyError(name)


BROADCAST = _primitive("broadcast_to")
TRANSPOSES = (_primitive("transpose"), _primitive("matrix_transpose"))
UNARY: dict[Any, Callable[[Line, Shape], bool]] = {
    **{
        _primitive(name): _not_reduced
        for name in ("sum", "mean", "max", "min", "norm", "logsumexp", "softmax")
    },
    _primitive("cumsum"): _not_reduced,
    _primitive("concatenate"): _not_reduced,
    _primitive("reshape"): _always,
    _primitive("transpose"): _first_stays,
    _primitive("matrix_transpose"): _stacked,
    _primitive("getitem"): _whole_rows,
}
