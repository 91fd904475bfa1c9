"""The formulas of the course against the engine and against differences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import minigrad as mg
from minigrad.course.chapters import load, solution_folder
from minigrad.course.loading import run_file


def solution(chapter):
    chapter = load(chapter)
    return run_file(solution_folder(chapter) / f"{chapter.module}.py")


def error(got, expected):
    """The largest difference relative to the largest entry, over a list of arrays."""
    scale = max(np.max(np.abs(e), initial=0.0) for e in expected)
    return (
        max(
            np.max(np.abs(g - e), initial=0.0)
            for g, e in zip(got, expected, strict=True)
        )
        / scale
    )


ARCHITECTURES = {
    "depth 1": (5, 3),
    "depth 2": (5, 3, 7),
    "depth 3": (3, 7, 5, 2),
    "depth 4": (5, 3, 7, 4, 6),
    "depth 5": (2, 5, 3, 7, 4, 1),
    "square": (4, 4, 4, 4),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("sizes", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_backprop_weights_agrees_with_engine_and_differences(sizes, seed):
    """The outer products, the tape and central differences are one gradient."""
    rng = np.random.default_rng(seed)
    x0, u = rng.standard_normal(sizes[0]), rng.standard_normal(sizes[-1])
    Ws = [rng.standard_normal((m, n)) for n, m in pairwise(sizes)]

    def loss(Ws):
        x = x0
        for W in Ws:
            x = W @ np.tanh(x)
        return np.sum(u * np.sin(x))

    chapter = solution("01_backprop")
    drho, grad_loss = (lambda x: 1 - np.tanh(x) ** 2), (lambda x: u * np.cos(x))
    got = chapter.backprop_weights(x0, Ws, np.tanh, drho, grad_loss)
    assert error(got, mg.grad(loss)(Ws)) < 1e-12
    assert error(got, mg.numerical_grad(loss, Ws)) < 1e-6


@pytest.mark.parametrize("n", [1, 6], ids=["one sample", "batch"])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("sizes", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_mlp_grads_agrees_with_engine_and_differences(sizes, seed, n):
    """The Delta recursion, the tape and central differences are one gradient."""
    rng = np.random.default_rng(seed)
    X, U = rng.standard_normal((sizes[0], n)), rng.standard_normal((sizes[-1], n))
    Ws = [rng.standard_normal((m, k)) for k, m in pairwise(sizes)]
    # biases of 2 keep the hidden units away from the kink, where differences fail
    bs = [rng.standard_normal(m) + 2.0 * rng.choice([-1, 1], m) for m in sizes[1:]]

    def loss(Ws, bs):
        f = X
        for h, (W, b) in enumerate(zip(Ws, bs, strict=True)):
            f = W @ f + b[:, None]
            f = np.maximum(f, 0.0) if h < len(Ws) - 1 else f
        return np.sum(U * np.sin(f))

    f = X
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        f = np.maximum(W @ f + b[:, None], 0.0)
    dL = U * np.cos(Ws[-1] @ f + bs[-1][:, None])
    gW, gb = solution("02_delta_recursion").mlp_grads(Ws, bs, X, dL)
    by_W, by_b = mg.grad(loss, argnums=(0, 1))(Ws, bs)
    assert error([*gW, *gb], [*by_W, *by_b]) < 1e-12
    by_W = mg.numerical_grad(lambda Ws: loss(Ws, bs), Ws)
    by_b = mg.numerical_grad(lambda bs: loss(Ws, bs), bs)
    assert error([*gW, *gb], [*by_W, *by_b]) < 1e-6
