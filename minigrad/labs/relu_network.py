"""A fully connected relu network: trained, and its Jacobian by all parameters.

Samples are rows here, X (n, d), so that minigrad sweeps a batch row by row; parameters
are a flat list, W_1 (d, n_1), b_1 (n_1,), W_2, b_2, ...  The output layer has no relu:
its numbers are logits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.labs.rank import PRIME

Params = list[np.ndarray]

RATE, BATCH = 0.1, 32  # of stochastic gradient descent
ENTRIES = 2**24  # of a block of the Jacobian: 128 MiB


def logits(params: Sequence[Any], X: Any) -> Any:
    """The outputs, (n, n_H)."""
    f = X
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        f = mg.relu(f @ W + b)
    return f @ params[-2] + params[-1]


def patterns(params: Params, X: np.ndarray) -> list[np.ndarray]:
    """Where relu has slope 1: for each hidden layer an array (n, n_h) of booleans."""
    f, found = X, []
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        z = f @ W + b
        found.append(z > 0)
        f = np.maximum(z, 0.0)
    return found


def glorot(rng: np.random.Generator, widths: Sequence[int]) -> Params:
    """Weights uniform within ±√(6 / (in + out)), biases 0. Glorot and Bengio 2010."""
    params = []
    for k, m in pairwise(widths):
        end = np.sqrt(6.0 / (k + m))
        params += [rng.uniform(-end, end, (k, m)), np.zeros(m)]
    return params


def trained(
    params: Params, X: np.ndarray, y: np.ndarray, epochs: int, rng: np.random.Generator
) -> Params:
    """After so many epochs of stochastic gradient descent on the mean cross-entropy."""
    init, update = mg.optim.sgd(RATE)
    state, truth = init(params), np.eye(len(params[-1]))[y]

    def loss(params: Any, X: np.ndarray, truth: np.ndarray) -> Any:
        z = logits(params, X)
        return np.mean(mg.logsumexp(z, axis=1) - np.sum(z * truth, axis=1))

    gradient = mg.grad(loss)
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for start in range(0, len(y), BATCH):
            batch = order[start : start + BATCH]
            slopes = gradient(params, X[batch], truth[batch])
            params, state = update(params, slopes, state)
    return params


def accuracy(params: Params, X: np.ndarray, y: np.ndarray) -> float:
    """The share of samples whose largest logit is the right one."""
    return float(np.mean(np.argmax(logits(params, X), axis=1) == y))


def symmetric(params: Params, rng: np.random.Generator) -> Params:
    """The same function: hidden units in another order, each times 10⁹, 1 or 10⁻⁹."""
    moved = list(params)
    for h in range(0, len(params) - 2, 2):
        width = len(params[h + 1])
        order, scale = rng.permutation(width), rng.choice([1e-9, 1.0, 1e9], width)
        moved[h] = moved[h][:, order] * scale
        moved[h + 1] = moved[h + 1][order] * scale
        moved[h + 2] = moved[h + 2][order] / scale[:, None]
    return moved


def jacobian(params: Params, X: np.ndarray) -> Iterator[np.ndarray]:
    """Blocks of rows of the Jacobian of the logits, by minigrad: (n n_H, p) in all."""
    sizes = [A.size for A in params]
    step = max(1, ENTRIES // (len(params[-1]) * sum(sizes)))
    for start in range(0, len(X), step):
        some = X[start : start + step]
        parts = mg.jacobian(lambda w, some=some: logits(w, some))(params)
        flat = zip(parts, sizes, strict=True)
        yield np.concatenate([J.reshape(-1, size) for J, size in flat], axis=1)


def residual_jacobian(
    params: Params, gates: Sequence[np.ndarray], X: np.ndarray, prime: int = PRIME
) -> np.ndarray:
    """The Jacobian modulo a prime, of whole numbers and with the pattern held.

    By hand, so that it is a second road: B is ∂f/∂z_h, one matrix a sample; W_h gets
    the products of B and the state below.  Weights stay within ±2¹⁰, or the products
    of a layer would not fit into 64 bits.
    """
    states = [X % prime]
    for h, gate in enumerate(gates):
        z = states[-1] @ params[2 * h] + params[2 * h + 1]
        states.append(gate * z % prime)
    n, outputs = len(X), len(params[-1])
    B = np.broadcast_to(np.eye(outputs, dtype=np.int64), (n, outputs, outputs))
    blocks: list[np.ndarray] = []
    for h in range(len(gates), -1, -1):
        by_weights = states[h][:, None, :, None] * B[:, :, None, :] % prime
        blocks[:0] = [by_weights.reshape(n * outputs, -1), B.reshape(n * outputs, -1)]
        if h > 0:
            B = gates[h - 1][:, None, :] * (B @ params[2 * h].T) % prime
    return np.concatenate(blocks, axis=1)
