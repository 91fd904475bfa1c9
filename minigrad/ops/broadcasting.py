"""What all rules share: broadcasting undone, leading axes, and values under tensors."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from minigrad import tape as tapes
from minigrad.ops import locks
from minigrad.primitive import Primitive
from minigrad.tape import Rule, Tape, Tensor, Values

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
    if g.ndim == z_ndim == 2 and shape == g.shape[1:]:  # a bias: a product sums fastest
        ones = _ones(g.shape[0], g.dtype)
        return ones.dot(g) if type(g) is np.ndarray else ones @ g
    lead = g.ndim - z_ndim
    new = z_ndim - len(shape)
    axes = [lead + k for k in range(new)]
    axes += [lead + new + k for k, n in enumerate(shape) if n == 1]
    copied = tuple(axis for axis in axes if g.shape[axis] != 1)
    if copied:
        g = np.sum(g, axis=copied, keepdims=True)
    wanted = g.shape[:lead] + shape
    return g if g.shape == wanted else np.reshape(g, wanted)


@functools.lru_cache(64)
def _ones(n: int, dtype: Any) -> Array:
    return np.ones(n, dtype)


def align(t: Array, x_ndim: int, z_ndim: int) -> Array:
    """Insert axes behind the leading ones, so that a tangent of x broadcasts like x."""
    lead = t.ndim - x_ndim
    if lead == 0 or x_ndim == z_ndim:
        return t
    return np.reshape(t, t.shape[:lead] + (1,) * (z_ndim - x_ndim) + t.shape[lead:])


def stretched(x: Array, shape: Shape) -> Array:
    """x copied along new and length-one axes; np.broadcast_to takes its time."""
    if type(x) is not np.ndarray:
        return np.broadcast_to(x, shape)
    z = np.empty(shape, x.dtype)
    z[...] = x
    return z


def from_end(axis: int, ndim: int) -> int:
    """Axes are counted from the end, where leading axes cannot shift them."""
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} is out of bounds for an array of {ndim} axes")
    return axis - ndim if axis >= 0 else axis


def _broadcasting(rule: Callable[..., Array]) -> Rule:
    """An elementwise rule for an argument that was broadcast."""

    def vjp(g: Array, shape: Shape, z_shape: Shape, *saved: Any) -> Array:
        return unbroadcast(rule(g, *saved), shape, len(z_shape))

    def jvp(t: Array, shape: Shape, z_shape: Shape, *saved: Any) -> Array:
        full = t.shape[: t.ndim - len(shape)] + z_shape
        z = rule(align(t, len(shape), len(z_shape)), *saved)
        return z if z.shape == full else stretched(z, full)

    return Rule(vjp, jvp)


class Elementwise(Primitive):
    """A primitive whose rules multiply by a local derivative, entry by entry.

    Where an argument has the result's shape its rule is used as it stands; else it was
    broadcast, and that has to be undone.
    """

    def __init__(
        self, function: Callable[..., Any], rules: Mapping[str, Callable[..., Array]]
    ) -> None:
        super().__init__(function, {name: Rule(f, f) for name, f in rules.items()})

    def edge_text(self, name: str) -> str:
        """The edge with one rule or the other; alone an argument is never broadcast."""
        plain = super().edge_text(name)
        if name not in self.rules or len(self.arrays) == 1:
            return plain
        reads = self.reads[name]
        shapes = f"{name}.shape, z.shape, {reads[1:]}"
        wide = f"(line, {name}_line, {name}_broadcast, ({shapes})"
        numbers = [f"type({x}) is float" for x in self.arrays if x != name]
        same = f"{' and '.join(numbers)} or {name}.shape == z.shape"
        return f"{plain} if {same} else {wide}"

    def edges_text(self, tensors: Sequence[str]) -> str:
        """Two arguments of one shape are not compared with the result as well."""
        chosen = super().edges_text(tensors)
        if len(tensors) != 2 or len(self.arrays) != 2:
            return chosen
        x, y = tensors
        plain = "".join(f"edges += {Primitive.edge_text(self, k)}\n" for k in tensors)
        plain, chosen = textwrap.indent(plain, "    "), textwrap.indent(chosen, "    ")
        return f"if {x}.shape == {y}.shape:\n{plain}else:\n{chosen}"

    def named(self) -> dict[str, Any]:
        """Besides, each rule with broadcasting undone."""
        wide = {f"{k}_broadcast": _broadcasting(r.vjp) for k, r in self.rules.items()}
        return super().named() | wide


def elementwise(
    **rules: Callable[..., Array],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make an elementwise operation; one function g, ... -> g · ∂z/∂x per argument."""
    return lambda function: Elementwise(function, rules).quick


def value_of(x: Array) -> Array:
    """The plain array below a tensor, however deeply derivatives are nested."""
    while isinstance(x, Tensor):
        x = x.value
    return x


class Arrays(Values):
    """What a tape asks of its values, answered for arrays."""

    def admit(self, value: Any, name: str | None, copy: bool) -> Any:
        """A float, a real floating array or a tensor; everything else is refused."""
        if type(value) is float:
            return np.float64(value)
        if type(value) is not np.ndarray or value.dtype.kind != "f":
            if type(value) is Tensor:
                return value
            _refuse_input(value, name or "the input")
        return value.copy() if copy else value

    def constant(self, value: Any) -> Any:
        """A list of numbers is an array; a list of tensors has to be stacked."""
        if not isinstance(value, (list, tuple)):
            return value
        if any(isinstance(item, Tensor) for item in value):
            raise TypeError("a list of tensors is no array; join them with np.stack")
        return np.asarray(value)

    def keep(self, value: Any, kept: dict[int, Any]) -> Any:
        """Arrays, and what they are views of, are read-only from now on."""
        if type(value) is not np.ndarray:
            return self.constant(value)
        owner = value if value.base is None else value.base
        if id(owner) not in kept or value.flags.writeable:
            locks.lock(value, kept)
        return value

    def unlock(self, kept: dict[int, Any]) -> None:
        """Let it be written to again, if no other tape holds it."""
        locks.unlock(kept)

    def computed(self, value: float) -> Any:
        """NumPy's number, which has a shape and a dtype."""
        return np.float64(value)

    def add_to(self, total: Any, term: Any) -> Any:
        """In place where it can be: a recurrent weight collects a term a step."""
        if type(total) is np.ndarray and type(term) is np.ndarray:
            total += term
            return total
        return total + term

    def seed(self, output: Any, cotangent: Any) -> Any:
        """1 for a scalar, or the cotangent as an array in the output's shape."""
        shape, dtype = shape_of(output), np.asarray(value_of(output)).dtype
        if cotangent is None and shape != ():
            raise TypeError(
                f"backward needs a scalar, but the output has shape {shape}; "
                "sum it, or pass a cotangent of that shape"
            )
        if not isinstance(cotangent, Tensor):
            cotangent = np.asarray(1 if cotangent is None else cotangent, dtype)
        if cotangent.shape != shape:
            raise ValueError(
                f"the cotangent has shape {cotangent.shape}, but the output has {shape}"
            )
        return cotangent

    def result(self, adjoint: Any, value: Any) -> Any:
        """A copy, which the caller may write to; or zeros."""
        dtype = value_of(value).dtype
        if adjoint is None:
            adjoint = np.zeros(shape_of(value), dtype)
        return adjoint if isinstance(adjoint, Tensor) else np.array(adjoint, dtype)[()]


def _refuse_input(value: Any, what: str) -> None:
    """Say why something cannot be watched, if it cannot, and what to do about it."""
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
    if isinstance(value, np.ndarray) and value.dtype.kind == "c":
        raise TypeError(
            f"{what} is complex; differentiate by its real and imaginary parts"
        )
    if isinstance(value, np.ndarray) and value.dtype.kind != "f":
        raise TypeError(
            f"{what} is an array of {value.dtype}, which has no derivative; "
            "convert it with .astype(float)"
        )


Tape.values = Arrays()
