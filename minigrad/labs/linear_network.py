"""Linear networks of known singular values, their saddles, and their descents.

R = ‖W_H .. W_1 X - Y‖² for four inputs and three outputs.  M is the regression of Y on
X, and M X has the singular values δ = DELTA and the left singular vectors U; nothing is
left of Y beside it.  The best map of rank r leaves c_r = Σ_{i > r} δ_i².  Weights may
have an axis more in front: many networks at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg

Weights = list[np.ndarray]  # W_1, .., W_H

DELTA = np.array([2.0, 1.0, 0.7])
LEFT = np.array([np.sum(DELTA[r:] ** 2) for r in range(4)])  # c_0, .., c_3
LENGTHS = np.array([0.6, 0.9, 1.2, 1.5])  # singular values of X


class Problem(NamedTuple):
    """Samples and targets, with U and M."""

    X: np.ndarray
    Y: np.ndarray
    U: np.ndarray
    M: np.ndarray


def problem(rng: np.random.Generator) -> Problem:
    """X of singular values LENGTHS, M X of DELTA, in random directions."""
    left, U, right = (orthonormal(rng, n, n) for n in (4, 3, 4))
    Y = (U * DELTA) @ right[:3]
    return Problem(left * LENGTHS, Y, U, Y / LENGTHS @ left.T)


def orthonormal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random columns that are orthonormal, or rows where there are fewer of these.

    >>> W = orthonormal(np.random.default_rng(0), 5, 2, 3)
    >>> W.shape, np.allclose(W @ np.swapaxes(W, -1, -2), np.eye(2))
    ((5, 2, 3), True)
    """
    square = rng.standard_normal((*shape[:-2], max(shape[-2:]), max(shape[-2:])))
    return np.asarray(np.linalg.qr(square)[0][..., : shape[-2], : shape[-1]])


def shapes(layers: int, hidden: int) -> list[tuple[int, int]]:
    """Those of W_1, .., W_H for so many units in each hidden layer."""
    return [(m, n) for n, m in pairwise([4, *[hidden] * (layers - 1), 3])]


def saddle(rng: np.random.Generator, of: Problem, layers: int, inner: float) -> Weights:
    """A critical point of the first direction, in random bases of the hidden layers.

    Beside that direction W_1 and W_H are 0, and the layers between are ``inner`` times
    the identity: the pivot (H, 1) is tightened exactly if H > 2 and ``inner`` is 0.
    """
    Ws = [np.zeros(shape) for shape in shapes(layers, hidden=3)]
    Ws[0][0], Ws[-1][:, 0] = of.U[:, 0] @ of.M, of.U[:, 0]
    Ws[1:-1] = [np.diag([1.0, inner, inner])] * (layers - 2)
    for h in range(layers - 1):
        D = orthonormal(rng, 3, 3)
        Ws[h], Ws[h + 1] = D @ Ws[h], Ws[h + 1] @ D.T
    return Ws


def around(
    rng: np.random.Generator, Ws: Weights, distances: Sequence[float], starts: int
) -> Weights:
    """So many networks at each distance from W, in the same directions at all."""
    moves = [rng.standard_normal((starts, *W.shape)) for W in Ws]
    squares = [np.sum(V**2, axis=(1, 2), keepdims=True) for V in moves]
    size = np.sqrt(np.sum(squares, axis=0))
    return [
        np.concatenate([W + far * V / size for far in distances])
        for W, V in zip(Ws, moves, strict=True)
    ]


def risk(Ws: Sequence[Any], of: Problem) -> Any:
    """R of one network, or of each of many."""
    f = of.X
    for W in Ws:
        f = W @ f
    return np.sum((f - of.Y) ** 2, axis=(-2, -1))


def slopes(Ws: Weights, of: Problem) -> Weights:
    """The gradient of R, by minigrad."""
    return list(mg.grad(lambda Ws: risk(Ws, of))(Ws))


def hessian(Ws: Weights, of: Problem) -> np.ndarray:
    """The second derivatives of R in all weights, (p, p), by minigrad."""
    ends = np.cumsum([W.size for W in Ws])[:-1]

    def flat(w: Any) -> Any:
        parts = zip(np.split(w, ends), Ws, strict=True)
        return risk([np.reshape(part, W.shape) for part, W in parts], of)

    return np.asarray(mg.hessian(flat)(np.concatenate([np.ravel(W) for W in Ws])))


def descent(
    Ws: Weights, of: Problem, rate: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The risks of many networks and |∇R|² of each, at every step."""

    def total(Ws: Sequence[Any]) -> Any:
        risks = risk(Ws, of)
        return np.sum(risks), risks

    both = mg.value_and_grad(total, has_aux=True)
    while True:
        (_, risks), gradients = both(Ws)
        yield risks, np.sum([np.sum(G**2, axis=(1, 2)) for G in gradients], axis=0)
        Ws = [W - rate * G for W, G in zip(Ws, gradients, strict=True)]
