"""The empirical tangent kernel is J Jᵀ, without J; two seconds in all."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad import rows
from minigrad.labs.infinite_width import DUALS, kernels
from minigrad.labs.ntk import ntk


def mlp(p, X):
    h = np.tanh(X @ p["W"] / 3**0.5 + p["b"])
    return h @ p["V"] / 5**0.5


def by_rows_of_weights(p, X):
    """W.T in the products, as for (out, in) weights."""
    return np.sin(X @ p["W"].T.T) @ np.swapaxes(p["V"].T, 0, 1)


def tied(p, X):
    """One matrix read twice, once transposed: cross terms count."""
    return np.tanh(X @ p["W"]) @ p["W"].T @ p["W"] @ p["V"]


NETWORKS = {
    "a network": mlp,
    "transposed": by_rows_of_weights,
    "tied weights": tied,
    "one number a row": lambda p, X: np.sum(mlp(p, X) ** 2, axis=1),
    "scaled weights": lambda p, X: mg.relu(X @ (p["W"] * 0.7)) @ p["V"],
    "a product and more": lambda p, X: X @ p["W"] + np.sum(p["W"] ** 2, axis=0),
    "a filter": lambda p, X: X[:, 1:] * p["b"][0] + np.sin(X[:, :-1] * p["b"][1]),
    "rows that are mixed": lambda p, X: mlp(p, X) - np.mean(mlp(p, X), axis=0),
    "a vector of weights": lambda p, X: np.tanh(X @ p["W"]) @ p["b"],
    "not all parameters": lambda p, X: X @ p["W"],
}


def setting(rng):
    p = {
        "W": rng.standard_normal((3, 5)),
        "b": rng.standard_normal(5),
        "V": rng.standard_normal((5, 2)),
    }
    return p, rng.standard_normal((7, 3)), rng.standard_normal((4, 3))


def jacobian(f, p, X):
    """All derivatives by all parameters, (n, ..., parameters), by forward sweeps."""
    J = mg.jacobian(f, mode="fwd")(p, X)
    shape = np.shape(f(p, X))
    return np.concatenate([np.reshape(J[k], (*shape, -1)) for k in p], axis=-1)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_kernel_is_a_product_of_jacobians(name):
    """Those of forward mode, for one set of inputs and for two."""
    f, (p, X, Y) = NETWORKS[name], setting(np.random.default_rng(0))
    J, Jp = jacobian(f, p, X), jacobian(f, p, Y)
    size = np.abs(np.tensordot(J, J, (-1, -1))).max()
    for found, right in (
        (ntk(f, p, X), np.tensordot(J, J, (-1, -1))),
        (ntk(f, p, X, Y), np.tensordot(J, Jp, (-1, -1))),
        (ntk(f, p, X[:1], Y), np.tensordot(jacobian(f, p, X[:1]), Jp, (-1, -1)))
        if name != "rows that are mixed"
        else (ntk(f, p, Y), np.tensordot(Jp, Jp, (-1, -1))),
    ):
        # sums in another order: some hundred roundings
        np.testing.assert_allclose(found, right, atol=1e-12 * size)


def test_dense_layers_form_no_jacobian(monkeypatch):
    """No outer product is written out, whichever way the weights are stored."""
    written: list[rows.Outer] = []
    written_out = rows.Outer.written_out
    monkeypatch.setattr(
        rows.Outer, "written_out", lambda o: written.append(o) or written_out(o)
    )
    p, X, Y = setting(np.random.default_rng(0))
    for f in (mlp, by_rows_of_weights, tied):
        ntk(f, p, X, Y)
    assert written == []


def test_a_constant_network_has_the_kernel_zero():
    """And its shape; no parameter has a gradient to say what that is."""
    p, X, Y = setting(np.random.default_rng(0))
    assert np.array_equal(ntk(lambda p, X: X[:, :2], p, X, Y), np.zeros((7, 2, 4, 2)))


def test_the_kernel_is_as_precise_as_the_network():
    """Of float32, it is float32."""
    p, X, Y = mg.tree.map(lambda x: x.astype("f4"), setting(np.random.default_rng(0)))
    narrow = lambda p, X: np.tanh(X @ p["W"] + p["b"]) @ p["V"]
    assert ntk(narrow, p, X, Y).dtype == np.float32


def test_a_function_without_rows_is_refused():
    """The message names the shape, the number of rows, and what to do."""
    p, X, _ = setting(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"shape \(\), but xs has 7 rows; let it"):
        ntk(lambda p, X: np.sum(mlp(p, X)), p, X)


@pytest.mark.parametrize("name", DUALS)
def test_duals_are_gaussian_means(name):
    """Half a million draws: six standard errors, for both expectations."""
    rho = {"relu": mg.relu, "tanh": np.tanh, "erf": mg.erf}[name]
    rng = np.random.default_rng(0)
    s, c, t = 0.9, -0.4, 0.6
    a, b = rng.standard_normal((2, 500_000))
    u, v = s**0.5 * a, c / s**0.5 * a + (t - c * c / s) ** 0.5 * b
    slopes = [mg.grad(lambda z: np.sum(rho(z)))(z) for z in (u, v)]
    for found, draws in zip(
        DUALS[name](*map(np.array, (s, c, t))),
        (rho(u) * rho(v), slopes[0] * slopes[1]),
        strict=True,
    ):
        assert abs(found - draws.mean()) < 6 * draws.std() / 500_000**0.5


@pytest.mark.parametrize("name", DUALS)
def test_a_dual_is_the_derivative_of_the_other(name):
    """∂E[ρ(u) ρ(v)]/∂c = E[ρ'(u) ρ'(v)], by a central difference."""
    s, c, t, h = (np.array(z) for z in (0.9, 0.3, 0.6, 1e-5))
    above, below = (DUALS[name](s, c + k, t)[0] for k in (h, -h))
    # a difference of values near 0.3 over 2e-5 has eleven digits
    assert abs((above - below) / (2 * h) - DUALS[name](s, c, t)[1]) < 1e-9


def test_kernels_of_relu_on_the_diagonal():
    """Σ_J(x, x) = 2^(1-J) |x|²/d and Θ_J(x, x) = J times that, for J = 1..8."""
    X = np.random.default_rng(0).standard_normal((4, 3))
    for depth in range(1, 9):
        sigma, theta = kernels("relu", X, depth)
        right = 2.0 ** (1 - depth) * np.sum(X * X, axis=1) / 3
        np.testing.assert_allclose(np.diag(sigma), right, rtol=1e-7)  # arccos near 1
        np.testing.assert_allclose(np.diag(theta), depth * right, rtol=1e-7)
