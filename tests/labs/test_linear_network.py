"""Linear networks of known singular values, on other roads; a second on one core."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from minigrad.labs import linear_network as net


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def problem(rng):
    return net.problem(rng)


def test_a_problem_has_its_regression_and_its_singular_values(problem):
    """M by least squares; U and δ by an SVD; c_r by cutting it off."""
    M = np.linalg.lstsq(problem.X.T, problem.Y.T, rcond=None)[0].T
    np.testing.assert_allclose(problem.M, M, rtol=0, atol=1e-13)
    U, delta, Vt = np.linalg.svd(M @ problem.X)
    np.testing.assert_allclose(delta, net.DELTA, rtol=1e-13)
    np.testing.assert_allclose(np.abs(U.T @ problem.U), np.eye(3), atol=1e-13)
    for r, left in enumerate(net.LEFT):
        best = U[:, :r] * delta[:r] @ Vt[:r]
        assert np.sum((best - problem.Y) ** 2) == pytest.approx(left, abs=1e-13)


@pytest.mark.parametrize(("layers", "inner"), [(2, 0.0), (3, 1.0), (3, 0.0), (4, 0.0)])
def test_a_saddle_has_learned_the_first_direction(rng, problem, layers, inner):
    """Its product, its risk c_1, and no gradient by the formula."""
    Ws = net.saddle(rng, problem, layers, inner)
    W = np.linalg.multi_dot(Ws[::-1])
    P = np.outer(problem.U[:, 0], problem.U[:, 0])
    np.testing.assert_allclose(W, P @ problem.M, rtol=0, atol=1e-14)
    assert net.risk(Ws, problem) == pytest.approx(net.LEFT[1])
    for G in by_formula(Ws, problem):
        np.testing.assert_allclose(G, 0.0, atol=1e-13)


def by_formula(Ws, of):
    """∂R/∂W_h = -2 (W_H .. W_{h+1})ᵀ E Xᵀ (W_{h-1} .. W_1)ᵀ."""
    below, above = [np.eye(4)], [np.eye(3)]
    for W, V in zip(Ws, Ws[::-1], strict=True):
        below.append(W @ below[-1])
        above.append(above[-1] @ V)
    E = of.Y - below[-1] @ of.X
    H = len(Ws)
    return [-2 * above[H - 1 - h].T @ E @ of.X.T @ below[h].T for h in range(H)]


def test_many_networks_descend_as_each_alone(rng, problem):
    """Three steps of two networks, by the formula, with their risks and speeds."""
    Ws = [rng.standard_normal((2, *shape)) for shape in net.shapes(3, hidden=2)]
    together = list(islice(net.descent(Ws, problem, 0.01), 3))
    for k in range(2):
        one = [W[k] for W in Ws]
        for risks, speeds in together:
            slopes = by_formula(one, problem)
            W = np.linalg.multi_dot(one[::-1])
            risk = np.sum((W @ problem.X - problem.Y) ** 2)
            assert risks[k] == pytest.approx(risk)
            assert speeds[k] == pytest.approx(sum(np.sum(G**2) for G in slopes))
            one = [W - 0.01 * G for W, G in zip(one, slopes, strict=True)]


def test_the_hessian_is_the_slope_of_the_gradient(rng, problem):
    """Times a random direction, by differences of the formula."""
    Ws = [rng.standard_normal(shape) for shape in net.shapes(3, hidden=2)]
    V, h = [rng.standard_normal(W.shape) for W in Ws], 1e-5
    ends = [
        by_formula([W + s * v for W, v in zip(Ws, V, strict=True)], problem)
        for s in (h, -h)
    ]
    flat = lambda parts: np.concatenate([np.ravel(part) for part in parts])
    slope = (flat(ends[0]) - flat(ends[1])) / (2 * h)
    found = net.hessian(Ws, problem) @ flat(V)
    # h² times a third derivative, which is some hundred times as large.
    np.testing.assert_allclose(found, slope, rtol=0, atol=1e-7 * np.abs(slope).max())


def test_starts_lie_at_their_distances_in_the_same_directions(rng, problem):
    """All weights as one vector; from 0.3 to 0.1 a start comes three times nearer."""
    Ws = net.saddle(rng, problem, 3, 0.0)
    found = net.around(rng, Ws, [0.3, 0.1], 5)
    moves = [V - W for V, W in zip(found, Ws, strict=True)]
    size = np.sqrt(sum(np.sum(V**2, axis=(1, 2)) for V in moves))
    np.testing.assert_allclose(size, [0.3] * 5 + [0.1] * 5)
    for V in moves:
        np.testing.assert_allclose(V[:5], 3.0 * V[5:], rtol=0, atol=1e-14)
