"""Chapter 03, the tape, solved.

Legend: g adjoint of what came out, p softmax probabilities.  The derivations are in
README.md beside this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count

import numpy as np

# The derivatives of z = op(x, y) in each of its inputs.
PARTIALS: dict[str, Callable[..., tuple[float, ...]]] = {
    "input": lambda z: (),
    "add": lambda z, x, y: (1.0, 1.0),
    "mul": lambda z, x, y: (y, x),
    "sin": lambda z, x: (math.cos(x),),
    "exp": lambda z, x: (z,),
}


NUMBERS = count()  # Vars are numbered as they are made


def central_difference(
    f: Callable[[np.ndarray], float], x: np.ndarray, h: float
) -> np.ndarray:
    """Gradient of a scalar function: (f(x + h e) - f(x - h e)) / 2h, for each entry."""
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        grad[i] = (f(x + step) - f(x - step)) / (2 * h)
    return grad


def tape_backward(
    tape: list[tuple[str, tuple[int, ...], float]], seed: float
) -> list[float]:
    """The adjoint of every line of a tape: read upward, each line hands its own on."""
    adjoint = [0.0] * len(tape)
    adjoint[-1] = seed
    for line in reversed(range(len(tape))):
        op, inputs, value = tape[line]
        values = [tape[i][2] for i in inputs]
        for i, partial in zip(inputs, PARTIALS[op](value, *values), strict=True):
            adjoint[i] += adjoint[line] * partial  # "add 3 3" comes by twice
    return adjoint


def backward_order(parents: list[list[int]]) -> list[int]:
    """The nodes that the last one depends on, each after all its consumers.

    A node is ready once all who read it have been written down.
    """
    last = len(parents) - 1
    waiting = {last: 0}  # reads of a reachable node that are still to come
    found = [last]
    for node in found:
        for parent in parents[node]:
            if parent not in waiting:
                waiting[parent] = 0
                found.append(parent)
            waiting[parent] += 1
    order = [last]
    for node in order:
        for parent in parents[node]:
            waiting[parent] -= 1
            if not waiting[parent]:
                order.append(parent)
    return order


class Var:
    """A number that remembers what it was made of, and the local slopes."""

    def __init__(
        self,
        value: float,
        parents: tuple[Var, ...] = (),
        slopes: tuple[float, ...] = (),
    ) -> None:
        self.value = value
        self.grad = 0.0
        self._number = next(NUMBERS)
        self._parents = parents
        self._slopes = slopes

    def __add__(self, other: Var | float) -> Var:
        b = _var(other)
        return Var(self.value + b.value, (self, b), (1.0, 1.0))

    def __mul__(self, other: Var | float) -> Var:
        b = _var(other)
        return Var(self.value * b.value, (self, b), (b.value, self.value))

    def __pow__(self, n: float) -> Var:
        slope = n * self.value ** (n - 1) if n else 0.0
        return Var(self.value**n, (self,), (slope,))

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Var:
        return self * -1.0

    def __sub__(self, other: Var | float) -> Var:
        return self + -_var(other)

    def __rsub__(self, other: float) -> Var:
        return -self + other

    def __truediv__(self, other: Var | float) -> Var:
        return self * _var(other) ** -1.0

    def __rtruediv__(self, other: float) -> Var:
        return self**-1.0 * other

    def exp(self) -> Var:
        z = math.exp(self.value)
        return Var(z, (self,), (z,))

    def log(self) -> Var:
        return Var(math.log(self.value), (self,), (1 / self.value,))

    def tanh(self) -> Var:
        z = math.tanh(self.value)
        return Var(z, (self,), (1 - z * z,))

    def relu(self) -> Var:
        on = self.value > 0
        return Var(self.value if on else 0.0, (self,), (float(on),))

    def backward(self) -> None:
        """Set ``grad`` on this Var and on all that it was made of."""
        nodes = self._ancestors()
        for node in nodes:
            node.grad = 0.0  # of an earlier sweep
        self.grad = 1.0
        # What reads a Var was made after it, so the youngest has all it will get.
        for node in sorted(nodes, key=lambda node: node._number, reverse=True):
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad += node.grad * slope

    def _ancestors(self) -> set[Var]:
        """All that this Var was made of, and itself."""
        found, waiting = {self}, [self]
        while waiting:  # a recursion would end at a depth of 1000
            parents = set(waiting.pop()._parents) - found
            found |= parents
            waiting += parents
        return found


def _var(x: Var | float) -> Var:
    return x if isinstance(x, Var) else Var(x)


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An adjoint summed back to the shape of what was broadcast."""
    new = g.ndim - len(shape)  # axes that broadcasting put in front
    g = g.sum(axis=tuple(range(new)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=stretched, keepdims=True)


def matmul_vjp(
    g: np.ndarray, A: np.ndarray, B: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The adjoints of both factors of A @ B: dA = g Bᵀ, dB = Aᵀ g."""
    return g @ B.T, A.T @ g


def softmax_vjp(g: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The adjoint of the argument of softmax: p (g - sum(p g)), row by row."""
    p = _softmax(z)
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


def logsumexp_vjp(g: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The adjoint of the argument of log-sum-exp: g times softmax(z)."""
    return np.expand_dims(g, -1) * _softmax(z)


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=-1, keepdims=True))  # each row's own maximum
    return e / e.sum(axis=-1, keepdims=True)


def take_vjp(g: np.ndarray, x_shape: tuple[int, ...], index: np.ndarray) -> np.ndarray:
    """The adjoint of x where y = x[index] was read: every reading is added."""
    dx = np.zeros(x_shape)
    np.add.at(dx, index, g)  # dx[index] += g would keep one of the repeated readings
    return dx
