"""What all rules share: broadcasting undone, leading axes, and values under tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from minigrad import tape as tapes
from minigrad.tape import Edge, Primitive, Rule, Tape, Tensor

Array = Any  # an ndarray, a NumPy or Python number, or a Tensor
Shape = tuple[int, ...]
Axes = tuple[int, ...]  # counted from the end: all negative
Axis = int | tuple[int, ...] | None  # as the user writes it


def shape_of(x: Array) -> Shape:
    """The shape of an array, a number or a tensor; a list is not taken for a number."""
    if isinstance(x, (list, tuple)):
        raise TypeError(f"a {type(x).__name__} is no array; wrap it in np.array(...)")
    return tapes.shape_of(x)


def unbroadcast(g: Array, shape: Shape, z_ndim: int) -> Array:
    """Sum an adjoint of a broadcast result back to the argument's shape.

    An entry that was copied along an axis contributes through each of its copies.
    g : (*lead, *z_shape), result : (*lead, *shape).
    """
    lead = g.ndim - z_ndim
    new = z_ndim - len(shape)
    axes = [lead + k for k in range(new)]
    axes += [lead + new + k for k, n in enumerate(shape) if n == 1]
    copied = tuple(axis for axis in axes if g.shape[axis] != 1)
    if copied:
        g = np.sum(g, axis=copied, keepdims=True)
    wanted = g.shape[:lead] + shape
    return g if g.shape == wanted else np.reshape(g, wanted)


def align(t: Array, x_ndim: int, z_ndim: int) -> Array:
    """Insert axes behind the leading ones, so that a tangent of x broadcasts like x."""
    lead = np.ndim(t) - x_ndim
    if lead == 0 or x_ndim == z_ndim:
        return t
    return np.reshape(t, t.shape[:lead] + (1,) * (z_ndim - x_ndim) + t.shape[lead:])


def from_end(axis: int, ndim: int) -> int:
    """Axes are counted from the end, where leading axes cannot shift them."""
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} is out of bounds for an array of {ndim} axes")
    return axis - ndim if axis >= 0 else axis


def _broadcasting(rule: Callable[..., Array]) -> Rule:
    """An elementwise rule for an argument that was broadcast."""

    def vjp(g: Array, shape: Shape, z_shape: Shape, *saved: Any) -> Array:
        full = g.shape[: g.ndim - len(z_shape)] + z_shape
        return unbroadcast(_expand(rule(g, *saved), full), shape, len(z_shape))

    def jvp(t: Array, shape: Shape, z_shape: Shape, *saved: Any) -> Array:
        lead = np.shape(t)[: np.ndim(t) - len(shape)]
        t = align(t, len(shape), len(z_shape))
        return _expand(rule(t, *saved), lead + z_shape)

    return Rule(vjp, jvp)


def _expand(g: Array, shape: Shape) -> Array:
    return g if shape_of(g) == shape else np.broadcast_to(g, shape)


class Elementwise(Primitive):
    """A primitive whose rules multiply by a local derivative, entry by entry."""

    def __init__(
        self, function: Callable[..., Any], rules: Mapping[str, Callable[..., Array]]
    ) -> None:
        super().__init__(function, {k: Rule(f, f) for k, f in rules.items()})
        self.broadcasting = [r and _broadcasting(r.vjp) for r in self.rules]

    def edges(
        self,
        out: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        parents: Sequence[tuple[int, int]],
    ) -> tuple[Edge, ...]:
        """Where an argument has the result's shape, its rule is used as it stands."""
        z_shape = shape_of(out)
        edges = []
        for i, parent in parents:
            rule = self.rules[i] or self.no_rule(i)
            saved = self.readers[i](out, args, kwargs, i)
            shape = shape_of(args[i])
            if shape != z_shape:
                rule = self.broadcasting[i] or rule
                saved = (shape, z_shape, *saved)
            edges.append((parent, rule, saved))
        return tuple(edges)


def elementwise(
    **rules: Callable[..., Array],
) -> Callable[[Callable[..., Any]], Elementwise]:
    """Make an elementwise operation; one function g, ... -> g · ∂z/∂x per argument."""
    return lambda function: Elementwise(function, rules)


def value_of(x: Array) -> Array:
    """The plain array below a tensor, however deeply derivatives are nested."""
    while isinstance(x, Tensor):
        x = x.value
    return x


def stop_gradient(x: Array) -> Array:
    """The value of x as a constant: nothing is differentiated through it.

    >>> import minigrad as mg
    >>> mg.grad(lambda x: x * mg.stop_gradient(x))(3.0)
    3.0
    """
    return value_of(x)


def floating(value: Any, name: str | None = None) -> Any:
    """What may be watched: a float, a real floating array, or a tensor; else refuse."""
    if isinstance(value, Tensor):
        return value
    what = name or "the input"
    if isinstance(value, (bool, int, np.integer, np.bool_)):
        raise TypeError(
            f"{what} is {value!r}, which has no derivative; write it as a float"
        )
    if not isinstance(value, (float, np.floating, np.ndarray)):
        kind = type(value).__name__
        raise TypeError(f"{what} is a {kind}; differentiate by arrays and floats")
    if isinstance(value, (np.ma.MaskedArray, np.matrix)):
        kind = type(value).__name__
        raise TypeError(f"{what} is a {kind}; pass np.asarray(...) of it")
    if isinstance(value, np.ndarray) and value.dtype.kind != "f":
        raise TypeError(
            f"{what} is an array of {value.dtype}, which has no derivative; "
            "convert it with .astype(float)"
        )
    return np.float64(value) if type(value) is float else value


Tape.admit = staticmethod(floating)
Tape.constant = staticmethod(np.asarray)
