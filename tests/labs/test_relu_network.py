"""The network of `functional-dimension`, its Jacobian by two roads, its symmetries."""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad.labs import relu_network as net
from minigrad.labs.rank import PRIME

WIDTHS = (5, 3, 7, 2)


def whole(seed, n=6):
    """Parameters and inputs of whole numbers in float64, and their pattern."""
    rng = np.random.default_rng(seed)
    params = [rng.integers(-9, 10, A.shape) for A in net.glorot(rng, WIDTHS)]
    X = rng.integers(-5, 6, (n, 5))
    floats = [A.astype(float) for A in params]
    return params, floats, X, net.patterns(floats, X.astype(float))


def test_the_engine_and_residues_agree_on_the_jacobian():
    """minigrad in floating point, by hand modulo a prime: the same whole numbers."""
    for seed in range(3):
        params, floats, X, gates = whole(seed)
        right = np.concatenate(list(net.jacobian(floats, X.astype(float))))
        found = net.residual_jacobian(params, gates, X)
        assert not ((found - right.astype(np.int64)) % PRIME).any()


def test_blocks_of_the_jacobian_are_its_rows(monkeypatch):
    """Two samples a block and all at once: the same rows in the same order."""
    _, floats, X, _ = whole(0, n=5)
    [at_once] = net.jacobian(floats, X.astype(float))
    monkeypatch.setattr(net, "ENTRIES", 2 * at_once[:2].size)
    blocks = list(net.jacobian(floats, X.astype(float)))
    assert [len(block) for block in blocks] == [4, 4, 2]
    assert np.array_equal(np.concatenate(blocks), at_once)


def test_symmetric_parameters_are_the_same_function_and_others():
    """Hidden units in another order, in other units: logits stay, weights do not."""
    rng = np.random.default_rng(0)
    params, X = net.glorot(rng, (5, 30, 30, 2)), rng.standard_normal((9, 5))
    params = [A + 0.1 for A in params]
    moved = net.symmetric(params, rng)
    right = net.logits(params, X)
    assert np.abs(net.logits(moved, X) - right).max() < 1e-12 * np.abs(right).max()
    assert np.ptp(np.log10(np.abs(moved[0]).max(axis=0))) > 8
    assert np.array_equal(moved[-1], params[-1])


def test_the_pattern_is_the_slope_of_relu():
    """What minigrad hands through each layer at the first sample."""
    _, floats, X, gates = whole(1)
    for h, gate in enumerate(gates):
        b = 2 * h + 1
        through = mg.jacobian(
            lambda c, b=b: net.logits([*floats[:b], c, *floats[b + 1 :]], X[:1] * 1.0)
        )(floats[b])
        off = np.flatnonzero(~gate[0])
        assert not through[0][:, off].any()


def test_training_learns_and_is_repeatable():
    """Two clouds are told apart; the same seed gives the same weights."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=80)
    X = rng.standard_normal((80, 5)) + 3.0 * y[:, None]
    start = net.glorot(rng, WIDTHS)
    one, two = (net.trained(start, X, y, 20, np.random.default_rng(1)) for _ in "ab")
    assert net.accuracy(one, X, y) > 0.95
    assert all(map(np.array_equal, one, two))
    assert all(map(np.array_equal, start, net.trained(start, X, y, 0, rng)))
