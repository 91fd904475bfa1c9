"""What every optimizer is: a pair (init, update) and the state that goes between.

w parameters, g gradients, t the number of the step from 1.  A sentence about bad input
names the argument and the value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad import tree
from minigrad.ops.broadcasting import value_of

Tree = Any  # an array, or a dict, list or tuple of trees
Schedule = Callable[[int], float]
Rate = float | Schedule


class State(NamedTuple):
    """How many steps were taken, and what the method remembers of them."""

    t: int
    memory: Any


class Optimizer(NamedTuple):
    """``state = init(w)``, and at each step ``w, state = update(w, grads, state)``."""

    init: Callable[[Tree], State]
    update: Callable[[Tree, Tree, State], tuple[Tree, State]]


def stepping(
    rate: Rate,
    remember: Callable[[Tree], Any],
    step: Callable[[Tree, Any, float, int], tuple[Tree, Any]],
) -> Optimizer:
    """The optimizer w' = w - step, where ``step(g, memory, rate_t, t)`` remembers."""
    rate_at = schedule("rate", rate)

    def init(w: Tree) -> State:
        require_arrays("w", w)
        return State(0, remember(w))

    def update(w: Tree, grads: Tree, state: State) -> tuple[Tree, State]:
        require_gradients(w, grads)
        t = state.t + 1
        move, memory = step(grads, state.memory, rate_at(t), t)
        return tree.map(operator.sub, w, move), State(t, memory)

    return Optimizer(init, update)


def zeros(w: Tree) -> Tree:
    """A tree like w, with every entry 0."""
    return tree.map(lambda x: 0.0 * x, w)


# Bad input -------------------------------------------------------------------------


def schedule(name: str, rate: Rate) -> Schedule:
    """A rate as a function of the step; its values are checked when they are used."""
    if not callable(rate):
        require_rate(name, rate)
        return lambda t: rate

    def checked(t: int) -> float:
        value = rate(t)
        require_rate(f"{name}({t})", value)
        return value

    return checked


def require_rate(name: str, value: Any) -> None:
    """A finite number that is not negative."""
    if not 0.0 <= _number(name, value) < np.inf:
        raise ValueError(f"{name} is {value}; it is a finite number >= 0")


def require_fraction(name: str, value: Any) -> None:
    """A number in [0, 1): with 1 the past would never fade."""
    if not 0.0 <= _number(name, value) < 1.0:
        raise ValueError(f"{name} is {value}; it has to lie in [0, 1)")


def _number(name: str, value: Any) -> Any:
    """The value as NumPy sees it; it may be on a tape, but not an array or a word."""
    number = np.asarray(value_of(value))
    if number.shape or number.dtype.kind not in "fiu":
        raise TypeError(f"{name} is {value!r}; it has to be a number")
    return number


def require_count(name: str, value: Any) -> None:
    """A whole number of steps, at least one."""
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} is {value!r}; it is a whole number of steps >= 1")


def require_arrays(name: str, w: Tree) -> None:
    """At least one array, none of them empty, of floating-point numbers."""
    found = list(tree.items(w, name))
    if not found:
        raise ValueError(f"{name} is {w!r}: it holds no array to optimize")
    for path, leaf in found:
        value = np.asarray(value_of(leaf))
        if value.dtype.kind != "f":
            raise TypeError(
                f"{path} has dtype {value.dtype}; parameters are floating-point arrays"
            )
        if not value.size:
            raise ValueError(f"{path} has shape {value.shape}: it has no entries")


def require_gradients(w: Tree, grads: Tree) -> None:
    """Gradients are built like the parameters, shaped like them, and finite."""
    try:
        leaves = tree.leaves_like(w, grads)
    except ValueError as error:
        raise ValueError(f"grads is not built like w: {error}") from None
    for (path, x), g in zip(tree.items(w), leaves, strict=True):
        name = _inside("grads", path)
        got, wanted = np.shape(value_of(g)), np.shape(value_of(x))
        if got != wanted:
            raise ValueError(
                f"{name} has shape {got}, but {_inside('w', path)} has shape {wanted}"
            )
        values = np.asarray(value_of(g))
        if values.dtype.kind not in "fiu":
            raise TypeError(
                f"{name} has dtype {values.dtype}; gradients are real numbers"
            )
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            raise FloatingPointError(
                f"{name} is {values[tuple(bad[0])]} at {bad[0].tolist()}; is the rate "
                "too large, or the batch empty? (a mean over no samples is nan)"
            )


def _inside(name: str, path: str) -> str:
    return name + (path if path.startswith("[") or not path else f".{path}")
