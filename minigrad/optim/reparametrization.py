"""Weight normalization: any layer in the coordinates length and direction.

A weight W (n_out, n_in) becomes W_i = g_i u_i / |u_i|, row by row; a vector is one row.
Salimans and Kingma 2016, equation 2.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad.ops.broadcasting import value_of


class WeightNorm(NamedTuple):
    """A weight by its directions u, shaped like it, and its lengths g, one a row."""

    u: Any
    g: Any


def normalize(W: Any) -> WeightNorm:
    """The weight that is W now, in the new coordinates: u = W and g_i = |W_i|.

    Raises ValueError for a row of zeros, which has no direction, and for no entries.

    >>> normalize(np.array([[3.0, 4.0], [0.0, 2.0]])).g
    array([5., 2.])
    """
    return WeightNorm(np.array(value_of(W)), _lengths("W", W))


def weights(params: Any) -> Any:
    """The same container with each `WeightNorm` in it replaced by its weight.

    >>> weights({"W": WeightNorm(np.array([3.0, 4.0]), 10.0), "b": 1.0})
    {'W': array([6., 8.]), 'b': 1.0}
    """
    if isinstance(params, WeightNorm):
        u, g = params
        lengths = _lengths("u", u)
        if np.shape(value_of(g)) != np.shape(value_of(lengths)):
            raise ValueError(
                f"g has shape {np.shape(value_of(g))}; for u of shape "
                f"{np.shape(value_of(u))} it has shape {np.shape(value_of(lengths))}"
            )
        return np.expand_dims(g / lengths, -1) * u
    if isinstance(params, dict):
        return {key: weights(child) for key, child in params.items()}
    if isinstance(params, (list, tuple)):
        children = [weights(child) for child in params]
        if hasattr(params, "_fields"):
            return type(params)(*children)
        return type(params)(children)
    return params


def weight_norm(layer: Callable[..., Any]) -> Callable[..., Any]:
    """Any function of parameters, as one that takes `WeightNorm` where a weight was.

    The gradient in u is (g/|u|)(I - u u^T/|u|^2) dL/dw, in g it is u . dL/dw / |u|.

    >>> import minigrad as mg
    >>> loss = lambda w, x: w @ x
    >>> w = WeightNorm(np.array([3.0, 4.0]), 10.0)
    >>> x = np.array([1.0, 0.0])
    >>> mg.grad(weight_norm(loss))(w, x)
    WeightNorm(u=array([ 1.28, -0.96]), g=0.6...)
    """

    @functools.wraps(layer)
    def normalized(params: Any, *args: Any, **kwargs: Any) -> Any:
        return layer(weights(params), *args, **kwargs)

    return normalized


def _lengths(name: str, u: Any) -> Any:
    """The norms along the last axis, none of which may be 0."""
    shape = np.shape(value_of(u))
    if not shape or 0 in shape:
        raise ValueError(f"{name} has shape {shape}; a weight has at least one entry")
    lengths = np.linalg.norm(u, axis=-1)
    zero = np.argwhere(value_of(lengths) == 0.0)
    if len(zero):
        where = "" if not zero.size else f" (row {zero[0].tolist()})"
        raise ValueError(f"{name} is 0{where}: zero has no direction")
    return lengths
