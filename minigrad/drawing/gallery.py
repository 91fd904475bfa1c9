"""A drawing for each chapter of the course, by name: ``minigrad graph rnn -o rnn.svg``.

Each is a small program with the numbers to call it with; its docstring says what to
look for in the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad import ops

Array = Any


class Exhibit(NamedTuple):
    """A function, what to call it with, and how to draw it."""

    chapter: str
    function: Callable[..., Any]
    arguments: Callable[[], tuple[Any, ...]]
    view: dict[str, Any]

    @property
    def words(self) -> str:
        """What there is to see."""
        return (self.function.__doc__ or "").strip()


GALLERY: dict[str, Exhibit] = {}


def _exhibit(
    chapter: str, arguments: Callable[[], tuple[Any, ...]], **view: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__.replace("_", "-")
        GALLERY[name] = Exhibit(chapter, function, arguments, view)
        return function

    return enter


def _draws(seed: int) -> Callable[..., Array]:
    """Random numbers that are the same each time, rounded to be read."""
    rng = np.random.default_rng(seed)
    return lambda *shape: np.round(rng.standard_normal(shape), 1)


def _two_layers() -> tuple[Any, ...]:
    first = {
        "W": np.array([[0.5, -0.9, 0.2], [-0.3, 0.8, 0.4], [1.1, 0.1, -0.6]]),
        "b": np.array([0.1, 0.0, -0.2]),
    }
    second = {"W": np.array([[0.6, -0.4, 0.9], [-0.7, 0.5, 0.2]]), "b": np.zeros(2)}
    params = {"layer1": first, "layer2": second}
    return params, np.array([1.0, 0.5, -0.5]), np.array([1.0, 0.0])


@_exhibit("01_backprop", _two_layers)
def two_layer(params: Any, x: Array, y: Array) -> Array:
    """A two-layer network: each value with its gradient, each link with its slope."""
    first, second = params["layer1"], params["layer2"]
    h = np.tanh(first["W"] @ x + first["b"])
    z = second["W"] @ h + second["b"]
    return 0.5 * np.sum((z - y) ** 2)


def _batch() -> tuple[Any, ...]:
    draw = _draws(2)
    Ws = [{"W": draw(3, 2)}, {"W": draw(3, 3)}, {"W": draw(2, 3)}]
    return Ws, draw(2, 4), draw(2, 4)


@_exhibit("02_delta_recursion", _batch)
def delta(layers: Any, X: Array, Y: Array) -> Array:
    """The Δ recursion: where a link leaves layer h, Δʰ comes back along it."""
    f = X
    for layer in layers[:-1]:
        f = ops.relu(layer["W"] @ f)
    f = layers[-1]["W"] @ f
    return np.sum((f - Y) ** 2)


@_exhibit("03_tape", lambda: (3.0, -2.0))
def used_twice(x: float, y: float) -> Any:
    """A value used twice collects a term from each reader; the terms add up."""
    a = x * y
    b = a + x
    return a * b


def _quadratic() -> tuple[Any, ...]:
    H = np.array([[2.0, 0.5], [0.5, 1.0]])
    return np.array([3.0, -1.0]), np.array([1.0, 2.0]), H


@_exhibit("04_optimizers", _quadratic)
def newton(x: Array, c: Array, H: Array) -> Array:
    """Newton on a quadratic: the decrease it predicts is all there is to lose."""
    g = H @ (x - c)
    step = np.linalg.solve(H, g)
    return 0.5 * (g @ step)


def _normalized() -> tuple[Any, ...]:
    return np.array([3.0, -4.0]), 2.0, np.array([[1.0, 2.0], [0.5, -1.0], [-1.5, 1.0]])


@_exhibit("05_weight_norm", _normalized)
def weight_norm(u: Array, g: float, X: Array) -> Array:
    """Weight normalization: w = g u/‖u‖; the gradient by u is orthogonal to u."""
    w = g * u / np.linalg.norm(u)
    return np.sum(np.tanh(X @ w))


def _sequence() -> tuple[Any, ...]:
    draw = _draws(6)
    turn = np.array([[0.0, -0.6], [0.6, 0.0]])
    params = {"W": turn, "U": 0.5 * draw(2, 2), "b": np.array([0.1, -0.1])}
    return params, np.array([0.5, -0.5]), list(draw(14, 2))


@_exhibit("06_rnn", _sequence, max_nodes=20)
def rnn(params: Any, h: Array, xs: Any) -> Array:
    """A recurrent network: its gradient fades, step by step, toward the past."""
    for x in xs:
        h = np.tanh(params["W"] @ h + params["U"] @ x + params["b"])
    return np.sum(h)


def _kernel() -> tuple[Any, ...]:
    draw = _draws(7)
    return draw(3, 2), draw(3), np.array([1.0, 0.5]), np.array([0.5, 1.0])


@_exhibit("07_ntk", _kernel, level=1)
def ntk(W: Array, a: Array, x: Array, xp: Array) -> Array:
    """An entry of the tangent kernel: one term a layer, a product of two passes."""
    phi = W @ x / np.sqrt(2.0)
    phip = W @ xp / np.sqrt(2.0)
    last = np.tanh(phi) @ np.tanh(phip) / 3
    slope = (1 - np.tanh(phi) ** 2) * (1 - np.tanh(phip) ** 2)
    first = (a**2) @ slope * (x @ xp) / 6
    return last + first


def _sample() -> tuple[Any, ...]:
    return *_kernel()[:3], 0.5


@_exhibit("08_lazy_training", _sample)
def lazy(W1: Array, W2: Array, x: Array, y: float) -> Array:
    """At width w each weight receives a gradient of size 1/√w: it hardly moves."""
    h = np.tanh(W1 @ x / np.sqrt(2.0))
    f = W2 @ h / np.sqrt(3.0)
    return 0.5 * (f - y) ** 2


def _linear() -> tuple[Any, ...]:
    draw = _draws(9)
    return draw(3), draw(3, 3), draw(3, 2), np.array([1.0, -0.5])


@_exhibit("09_width_scaling", _linear)
def width(beta: Array, A: Array, u: Array, x: Array) -> Array:
    """Φ = m^(-α) βᵀ(A/√m) u x at m = 3 and α = 1/2: who gets how much gradient."""
    s = u @ x
    t = A @ s / np.sqrt(3.0)
    return beta @ t / np.sqrt(3.0)


@_exhibit("10_landscape", lambda: (np.array([1.5, -0.5]),))
def landscape(w: Array) -> Any:
    """(w₁w₂ - 1)²: the loss of a linear network of two weights, and not convex."""
    product = w[0] * w[1]
    return (product - 1.0) ** 2


def _dead() -> tuple[Any, ...]:
    W1 = np.array([[1.0, 0.5], [-1.0, -1.0], [0.5, -0.5]])
    return (
        W1,
        np.array([0.0, -2.0, 0.5]),
        np.array([[1.0, -1.0, 2.0]]),
        np.array([1.0, 2.0]),
    )


@_exhibit("11_relu_geometry", _dead)
def relu(W1: Array, b1: Array, W2: Array, x: Array) -> Array:
    """Units that are off: a pattern of zeros and ones, no gradient behind a zero."""
    z = W1 @ x + b1
    h = ops.relu(z)
    return np.sum(W2 @ h)


def _factors() -> tuple[Any, ...]:
    return (
        np.array([[2.0, 0.0]]),
        np.array([[1.0], [0.0]]),
        np.eye(2),
        np.diag([2.0, 1.0]),
    )


@_exhibit("12_linear_networks", _factors)
def saddle(W1: Array, W2: Array, X: Array, Y: Array) -> Array:
    """A strict saddle of ‖W₂W₁X - Y‖²: all gradients of the weights are zero."""
    f = W2 @ (W1 @ X)
    return np.sum((f - Y) ** 2)


def _particles() -> tuple[Any, ...]:
    draw = _draws(13)
    return draw(4), draw(4, 2), np.array([1.0, -1.0]), 0.5


@_exhibit("13_mean_field", _particles)
def particles(a: Array, W: Array, x: Array, y: float) -> Array:
    """A network as a mean over particles: each receives 1/M of the gradient."""
    each = a * np.tanh(W @ x)
    return 0.5 * (np.mean(each) - y) ** 2
