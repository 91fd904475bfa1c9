"""What belongs to floating-point numbers: precision, signs, powers of two, nan.

In ``ldexp`` and ``copysign`` the second argument is an integer or a sign.  By those
there is no derivative, and a tensor there is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.ops.broadcasting import Array, elementwise, value_of
from minigrad.ops.elementwise import abs, maximum, minimum, where
from minigrad.primitive import primitive
from minigrad.tape import Rule, Tensor

__all__ = [
    "astype",
    "copysign",
    "fmax",
    "fmin",
    "ldexp",
]


def dtype_of(*xs: Array) -> np.dtype[Any]:
    """The dtype that these have together; a Python number does not widen a float32."""
    return np.result_type(*map(value_of, xs))


@primitive(
    x=Rule(
        vjp=lambda g, dtype, back: g.astype(back),
        jvp=lambda t, dtype, back: t.astype(dtype),
    )
)
def _astype(x: Array, *, dtype: Any, back: Any) -> Array:
    return np.asarray(x, dtype)[()]


def astype(x: Array, dtype: Any, *, copy: bool = True) -> Array:
    """The same numbers in another precision; adjoints return in the one of x.

    What is no real floating-point type would cut the graph, and is refused.
    """
    dtype, back = np.dtype(dtype), dtype_of(x)
    if dtype.kind != "f":
        raise TypeError(
            f"astype({dtype}) would cut the graph: the derivative could not pass; "
            f"say so: mg.stop_gradient(x).astype({dtype})"
        )
    return x if dtype == back else _astype(x, dtype=dtype, back=back)


@elementwise(x=lambda g, n: np.ldexp(g, n))
def _ldexp(x: Array, n: Array) -> Array:
    return np.ldexp(x, n)


def ldexp(x: Array, n: Array) -> Array:
    """z = x 2ⁿ for integers n."""
    if isinstance(n, Tensor):
        raise TypeError("ldexp takes integers n, and a tensor is real; x * 2.0**n")
    return _ldexp(x, n)


def copysign(x: Array, y: Array) -> Array:
    """z = |x| with the sign of y; the derivative at x = 0 is 0 (decision 003)."""
    if isinstance(y, Tensor):
        raise TypeError(
            "copysign is constant in the number that gives the sign, but for a jump; "
            "say so: np.copysign(x, mg.stop_gradient(y))"
        )
    return abs(x) * np.copysign(np.ones((), dtype_of(x)), y)


def _unless_nan(x: Array, y: Array, z: Array) -> Array:
    """z, but x where y is nan and y where x is nan."""
    x_is_nan, y_is_nan = np.isnan(value_of(x)), np.isnan(value_of(y))
    if np.any(x_is_nan) or np.any(y_is_nan):
        z = where(x_is_nan, y, where(y_is_nan, x, z))
    return z


def fmax(x: Array, y: Array) -> Array:
    """z = max(x, y), or the one that is not nan; a tie splits equally."""
    return _unless_nan(x, y, maximum(x, y))


def fmin(x: Array, y: Array) -> Array:
    """z = min(x, y), or the one that is not nan; a tie splits equally."""
    return _unless_nan(x, y, minimum(x, y))
