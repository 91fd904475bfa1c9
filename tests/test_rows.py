"""Jacobians of batches: the blocks of n m sweeps, by m."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import rows
from minigrad.tape import Tape

N = 5  # rows; also the width of some layers, so that axes of one length meet


def network(p, X):
    h = np.tanh(X @ p["W"] + p["b"])
    return h @ p["V"]


def params(rng):
    return {
        "W": rng.standard_normal((3, N)),
        "b": rng.standard_normal(N),
        "V": rng.standard_normal((N, 2)),
    }


APART = {
    "a network": network,
    "one number a row": lambda p, X: np.sum(network(p, X) ** 2, axis=1),
    "kept axes": lambda p, X: network(p, X) / np.sum(X, axis=1, keepdims=True),
    "a vector of weights": lambda p, X: np.tanh(X @ p["W"]) @ p["b"],
    "softmax": lambda p, X: (
        mg.logsumexp(network(p, X), axis=-1) + np.max(mg.softmax(network(p, X)), axis=1)
    ),
    "columns": lambda p, X: network(p, X)[:, 1] * (X @ p["W"])[:, ::-1][:, 0],
    "joined": lambda p, X: np.concatenate([X @ p["W"], network(p, X)], axis=1),
    "reshaped": lambda p, X: np.reshape(X @ p["W"] @ p["V"], (N, 2, 1)) * p["b"],
    "a scalar and a row": lambda p, X: p["b"][0] * X + p["W"][:1, :3],
    "stacks": lambda p, X: (X[:, :, None] * p["b"]).mT @ (X[:, :, None] * p["V"][0]),
    "a stack and a matrix": lambda p, X: (X[:, None] * p["b"][:2, None]) @ p["W"],
    "a matrix and a stack": lambda p, X: p["V"].T @ (X[:, None] * p["b"][:, None]),
    "a tall stack and a vector": lambda p, X: (
        (X[:, None, None] * p["b"][:2, None, None] * np.ones((4, 1))) @ p["W"][:, 0]
    ),
    "a vector and a tall stack": lambda p, X: (
        p["V"][0] @ (X[:, None, None] * p["b"][:4, None, None] * np.ones((2, 1)))
    ),
    "where": lambda p, X: np.where(X[:, :1] > 0, X @ p["W"], p["b"]),
    "by name": lambda p, X: np.einsum("ni,ij->nj", X, p["W"]),
}
MIXED = {
    "batch normalization": lambda p, X: (
        (X @ p["W"] - np.mean(X @ p["W"], axis=0)) / np.std(X @ p["W"], axis=0)
    ),
    "reversed": lambda p, X: network(p, X)[::-1],
    "picked": lambda p, X: network(p, X)[np.array([0, 2, 2, 4, 1])],
    "a kernel": lambda p, X: (X @ p["W"]) @ (X @ p["W"]).T,
    "both": lambda p, X: network(p, X) + np.sum(network(p, X)),
    "transposed": lambda p, X: (p["V"] @ np.ones((2, N))).T * p["b"],
    "a vector on the left": lambda p, X: p["b"] @ p["V"] @ np.ones((2, N)),
    "no row twice": lambda p, X: np.linalg.solve(p["V"] @ p["V"].T + np.eye(N), X),
    "summed over samples": lambda p, X: np.sum(X @ p["W"], axis=0),
    "softmax over samples": lambda p, X: mg.softmax(X @ p["W"], axis=0),
    "running sums": lambda p, X: np.cumsum(X @ p["W"], axis=0),
    "indices moved in front": lambda p, X: (X @ p["W"])[:, :, None][:, 0, None, [0, 0]],
    "indices apart": lambda p, X: np.reshape(X @ p["W"], (N, N, 1, 1))[
        :, [0, 1, 2, 3, 4], :, [0, 0, 0, 0, 0]
    ],
    "sorted": lambda p, X: np.sort(X @ p["W"], axis=0),
}
PROGRAMS = APART | MIXED


@pytest.mark.parametrize("name", PROGRAMS)
def test_blocks_are_those_of_forward_mode(name):
    """By all parameters and by the data, which has one row for each row of results."""
    rng = np.random.default_rng(0)
    p, X, f = params(rng), rng.standard_normal((N, 3)), PROGRAMS[name]
    found = mg.jacobian(f, argnums=(0, 1), mode="rev")(p, X)
    wanted = mg.jacobian(f, argnums=(0, 1), mode="fwd")(p, X)
    leaves = (mg.tree.flatten(x)[0] for x in (found, wanted))
    for a, b in zip(*leaves, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def swept(f):
    """The entries that a sweep makes, estimated; p has 30 entries, X 15."""
    rng = np.random.default_rng(0)
    tape = Tape()
    p = {key: tape.watch(value) for key, value in params(rng).items()}
    return rows.cost(tape, f(p, rng.standard_normal((N, 3))))


def test_the_cost_of_a_sweep_counts_its_adjoints():
    """m = 2 for each entry by rows, n m = 10 for each entry of a parameter."""
    assert swept(network) == 2 * (10 + 3 * 25) + 10 * 30
    # backwards each row of the result depends on another row: all in full
    assert swept(MIXED["reversed"]) == 2 * 10 + 10 * (10 + 3 * 25) + 10 * 30
    # the sum is one number that all rows share; behind it everything is swept in full
    both = swept(MIXED["both"])
    assert both == 2 * (10 + 10 + 3 * 25) + 10 * (1 + 10 + 3 * 25) + 10 * 30


def test_no_adjoint_of_a_batch_has_two_axes_of_samples():
    """The largest thing made for a network is its Jacobian, not n times that."""
    rng = np.random.default_rng(1)
    p, X = params(rng), rng.standard_normal((200, 3))
    sizes = []
    watch = lambda g, x: sizes.append(np.size(g)) or g * np.cos(x)
    sine = mg.primitive(x=mg.Rule(watch, watch))(lambda x: np.sin(x))
    elementwise = mg.ops.broadcasting.elementwise(x=watch)(lambda x: np.sin(x))
    mg.jacobian(lambda p: elementwise(X @ p["W"]) @ p["V"], mode="rev")(p)
    assert max(sizes) == 2 * 200 * N
    mg.jacobian(lambda p: sine(X @ p["W"]) @ p["V"], mode="rev")(p)
    assert max(sizes) == 2 * 200 * 200 * N  # what is not known to keep rows is safe


def test_gradients_of_a_jacobian():
    """The blocks are differentiated like any other program."""
    rng = np.random.default_rng(2)
    p, X = params(rng), rng.standard_normal((N, 3))

    def penalty(mode):
        J = lambda p: mg.jacobian(network, mode=mode)(p, X)
        return mg.grad(lambda p: np.sum(J(p)["W"] ** 2) + np.sum(J(p)["b"] ** 3))(p)

    for key in ("W", "b", "V"):
        np.testing.assert_allclose(penalty("rev")[key], penalty("fwd")[key], rtol=1e-11)


def test_per_sample_gradients_sum_to_the_gradient():
    """The Jacobian of the losses of all samples, summed, is the gradient of the sum."""
    rng = np.random.default_rng(3)
    p, X = params(rng), rng.standard_normal((7, 3))
    losses = lambda p: np.sum(network(p, X) ** 2, axis=1)
    each = mg.jacobian(losses)(p)
    total = mg.grad(lambda p: np.sum(losses(p)))(p)
    for key in p:
        assert each[key].shape == (7, *p[key].shape)
        np.testing.assert_allclose(each[key].sum(axis=0), total[key], rtol=1e-12)
