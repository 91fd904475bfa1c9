"""A dense network whose parameters are one vector, so that its Hessian is one matrix.

F_0 = X, Z_h = W_h F_{h-1} + b_h 1ᵀ, F_h = σ_h(Z_h) for h = 1..H; samples are columns.
θ is W_1, b_1, .., W_H, b_H, entry after entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Activation = Callable[[Any], Any]
Layers = list[tuple[Any, Any]]  # (W_h, b_h)


def identity(z: Any) -> Any:
    return z


def square(z: Any) -> Any:
    return z**2


class Dense(NamedTuple):
    """Sizes n_0..n_H, and an activation a layer."""

    sizes: tuple[int, ...]
    sigmas: tuple[Activation, ...]

    @classmethod
    def of(cls, sigma: Activation, *sizes: int) -> Dense:
        """The same activation everywhere, and none at the output."""
        return cls(sizes, (*[sigma] * (len(sizes) - 2), identity))

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [shape for n, m in pairwise(self.sizes) for shape in ((m, n), (m,))]

    @property
    def parameters(self) -> int:
        """How many numbers θ has."""
        return sum(math.prod(shape) for shape in self.shapes)

    def layers(self, theta: Any) -> Layers:
        """(W_h, b_h) for h = 1..H, as parts of θ that differentiate."""
        ends = np.cumsum([math.prod(shape) for shape in self.shapes])
        parts = [
            np.reshape(theta[end - math.prod(shape) : end], shape)
            for end, shape in zip(ends, self.shapes, strict=True)
        ]
        return list(zip(parts[::2], parts[1::2], strict=True))

    def states(self, theta: Any, X: np.ndarray) -> list[Any]:
        """Z_1..Z_H."""
        Zs, F = [], X
        for (W, b), sigma in zip(self.layers(theta), self.sigmas, strict=True):
            Zs.append(W @ F + b[:, None])
            F = sigma(Zs[-1])
        return Zs

    def output(self, theta: Any, X: np.ndarray) -> Any:
        """F_H, (n_H, n)."""
        return self.sigmas[-1](self.states(theta, X)[-1])

    def loss(
        self, X: np.ndarray, Y: np.ndarray, L: Activation = square
    ) -> Callable[[Any], Any]:
        """E(θ), the sum of L over all entries of F_H - Y."""
        return lambda theta: np.sum(L(self.output(theta, X) - Y))

    def start(self, rng: np.random.Generator, gain: float = 1.0) -> np.ndarray:
        """Gaussian weights of deviation gain/√n_{h-1}, and biases of deviation 1/2."""
        draws = [
            rng.standard_normal(s) * (gain / s[1] ** 0.5 if len(s) == 2 else 0.5)
            for s in self.shapes
        ]
        return np.concatenate([np.ravel(draw) for draw in draws])


def vector(layers: Sequence[tuple[Any, Any]]) -> np.ndarray:
    """θ of these layers.

    >>> vector([(np.ones((1, 2)), np.zeros(1)), (2 * np.ones((1, 1)), np.zeros(1))])
    array([1., 1., 0., 2., 0.])
    """
    return np.concatenate([np.ravel(part) for pair in layers for part in pair])


# Other parameters of the same function ----------------------------------------------


def rescaled(net: Dense, theta: np.ndarray, lam: float) -> np.ndarray:
    """W_1, b_1 times λ^(H-1), every other W_h over λ, b_h times λ^(H-h).

    The same function, for λ > 0 and activations with σ(λt) = λσ(t) below the output.
    """
    H, layers = len(net.sigmas), net.layers(theta)
    return vector(
        [
            (W * (lam ** (H - 1) if h == 1 else 1.0 / lam), b * lam ** (H - h))
            for h, (W, b) in enumerate(layers, start=1)
        ]
    )


def unit_rescaled(net: Dense, theta: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Each unit of layer 1 by itself: its row of W_1, b_1 times c_i, its column over.

    The same function for ReLU and c > 0, and no choice of λ gives it unless c is one.
    """
    (W1, b1), (W2, b2), *rest = net.layers(theta)
    return vector([(c[:, None] * W1, c * b1), (W2 / c, b2), *rest])


def permuted(net: Dense, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The units of each hidden layer in another order: the same function, any σ."""
    layers, before = [], np.arange(net.sizes[0])
    for h, (W, b) in enumerate(net.layers(theta), start=1):
        last = h == len(net.sigmas)
        after = np.arange(len(b)) if last else rng.permutation(len(b))
        layers.append((W[np.ix_(after, before)], b[after]))
        before = after
    return vector(layers)
