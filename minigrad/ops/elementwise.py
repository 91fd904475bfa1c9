"""Arithmetic and choices, entry by entry, each operation with its local derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minigrad.ops.broadcasting import Array, elementwise, value_of

__all__ = [
    "abs",
    "add",
    "clip",
    "div",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "power",
    "reciprocal",
    "relu",
    "select",
    "sqrt",
    "square",
    "sub",
    "where",
]


LISTS = {list, tuple}  # their own + and * join and repeat them

# Operators, because NumPy's numbers are ten times as fast under them as under ufuncs.


@elementwise(x=lambda g: g, y=lambda g: g)
def add(x: Array, y: Array) -> Array:
    """z = x + y."""
    if type(x) in LISTS or type(y) in LISTS:
        return np.add(x, y)
    return x + y


@elementwise(x=lambda g: g, y=lambda g: -g)
def sub(x: Array, y: Array) -> Array:
    """z = x - y."""
    if type(x) in LISTS or type(y) in LISTS:
        return np.subtract(x, y)
    return x - y


@elementwise(x=lambda g, y: g * y, y=lambda g, x: g * x)
def mul(x: Array, y: Array) -> Array:
    """z = x y."""
    if type(x) in LISTS or type(y) in LISTS:
        return np.multiply(x, y)
    return x * y


@elementwise(x=lambda g, y: g / y, y=lambda g, z, y: g * (-z / y))
def div(x: Array, y: Array) -> Array:
    """z = x / y."""
    if type(x) in LISTS or type(y) in LISTS:
        return np.true_divide(x, y)
    return x / y


@elementwise(x=lambda g, z: g * (-z * z))
def reciprocal(x: Array) -> Array:
    """z = 1 / x."""
    return np.true_divide(1.0, x)


@elementwise(x=lambda g: -g)
def neg(x: Array) -> Array:
    """z = -x."""
    return np.negative(x) if type(x) in LISTS else -x


def _power_x(g: Array, x: Array, y: Array) -> Array:
    # x⁰ is the constant 1: its derivative is 0 at x = 0 too, where y x^(y-1) is 0·inf.
    corner = np.equal(value_of(x), 0) & np.equal(value_of(y), 0)
    if np.any(corner):
        x = np.where(corner, 1.0, x)
    return g * y * np.power(x, y - 1)


def _power_y(g: Array, z: Array, x: Array) -> Array:
    # 0^y is 0 for y > 0, constant in y; log 0 must not be touched there.
    if isinstance(x, (int, float)):
        x = np.asarray(x, z.dtype)  # a Python number must not widen a float32
    return g * z * np.log(np.where(np.equal(value_of(x), 0), 1.0, x))


@elementwise(x=_power_x, y=_power_y)
def power(x: Array, y: Array) -> Array:
    """z = x^y."""
    return np.power(x, y)


@elementwise(x=lambda g, x: g * (x + x))
def square(x: Array) -> Array:
    """z = x²."""
    return np.square(x)


@elementwise(x=lambda g, z: g * (0.5 / z))
def sqrt(x: Array) -> Array:
    """z = √x."""
    return np.sqrt(x)


@elementwise(x=lambda g, x: g * _sign(x))
def abs(x: Array) -> Array:
    """z = |x|; the derivative at 0 is 0, the middle of [-1, 1] (decision 003)."""
    return np.abs(x)


@elementwise(x=lambda g, x: g * (x > 0))
def relu(x: Array) -> Array:
    """z = max(x, 0); the derivative at 0 is 0, where maximum(x, 0) has 1/2."""
    return np.maximum(x, 0)


def _sign(x: Array) -> Array:
    """The sign as a constant: its derivative is zero wherever it has one."""
    return np.sign(value_of(x))


def _share(x: Array, y: Array) -> Array:
    """1 where x is the larger, 1/2 at a tie: both are then equally responsible."""
    x, y = value_of(x), value_of(y)
    share = np.greater(x, y) + 0.5 * np.equal(x, y)
    return share.astype(np.result_type(x, y))


@elementwise(x=lambda g, x, y: g * _share(x, y), y=lambda g, x, y: g * _share(y, x))
def maximum(x: Array, y: Array) -> Array:
    """z = max(x, y) entry by entry; a tie splits equally, 1/2 each (see relu)."""
    return np.maximum(x, y)


@elementwise(x=lambda g, x, y: g * _share(y, x), y=lambda g, x, y: g * _share(x, y))
def minimum(x: Array, y: Array) -> Array:
    """z = min(x, y) entry by entry; a tie splits equally (decision 003)."""
    return np.minimum(x, y)


@elementwise(
    x=lambda g, condition: np.where(condition, g, 0.0),
    y=lambda g, condition: np.where(condition, 0.0, g),
)
def _where(condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition, x, y)


def where(condition: Array, x: Array, y: Array) -> Array:
    """z = x where the condition holds, else y; the other branch gets exactly zero.

    A branch that is not taken must still have a finite derivative: its zero adjoint is
    multiplied by it.  Guard the *argument*:
    ``where(x > 0, log(where(x > 0, x, 1)), 0)``.
    """
    return _where(value_of(condition), x, y)


def select(
    condlist: Sequence[Array], choicelist: Sequence[Array], default: Array = 0.0
) -> Array:
    """The choice whose condition holds first, else the default: ``where``, nested."""
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"select needs one choice a condition, but got {len(choicelist)} choices "
            f"for {len(condlist)} conditions"
        )
    z = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        z = where(condition, choice, z)
    return z


def clip(x: Array, a_min: Array = None, a_max: Array = None) -> Array:
    """z = min(max(x, a_min), a_max); at a bound it is a tie, 1/2 (decision 003)."""
    x = x if a_min is None else maximum(x, a_min)
    return x if a_max is None else minimum(x, a_max)
