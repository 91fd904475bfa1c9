"""Derivatives of functions: against closed forms, of each other, and nested."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import minigrad as mg


def layers(rng, sizes=(5, 3, 7)):
    return [rng.standard_normal((m, n)) for n, m in pairwise(sizes)]


def test_grad_of_a_quadratic_is_its_matrix():
    """∇ ½ xᵀAx = ½ (A + Aᵀ) x, the Hessian ½ (A + Aᵀ), for A not symmetric."""
    rng = np.random.default_rng(0)
    A, x = rng.standard_normal((5, 5)), rng.standard_normal(5)
    f = lambda x: 0.5 * x @ A @ x
    symmetric = 0.5 * (A + A.T)
    np.testing.assert_allclose(mg.grad(f)(x), symmetric @ x, rtol=1e-12)
    np.testing.assert_allclose(mg.hessian(f)(x), symmetric, rtol=1e-12)
    np.testing.assert_allclose(mg.hvp(f, (x,), (A[0],)), symmetric @ A[0], rtol=1e-12)


def test_no_perturbation_confusion():
    """The inner derivative holds x constant: d/dx x · (d/dy xy) = d/dx x² = 2x."""
    assert mg.grad(lambda x: x * mg.grad(lambda y: x * y)(2.0))(5.0) == 10.0
    inner = lambda x: mg.jvp(lambda y: x * y, (2.0,), (1.0,))[1]
    assert mg.jvp(lambda x: x * inner(x), (5.0,), (1.0,))[1] == 10.0
    assert (
        mg.grad(lambda x: x * mg.jvp(lambda y: x * y, (2.0,), (1.0,))[1])(5.0) == 10.0
    )


def test_five_derivatives_of_the_sine():
    """Nesting goes as deep as one likes: sin, cos, -sin, -cos, sin, cos."""
    f, x = np.sin, 0.7
    for expected in (np.cos(x), -np.sin(x), -np.cos(x), np.sin(x), np.cos(x)):
        f = mg.grad(f)
        assert f(x) == pytest.approx(expected, rel=1e-14)


def test_results_are_plain():
    """Outside a trace there are floats and arrays of one's own, never tensors."""
    x = np.ones(3)
    value, gradient = mg.value_and_grad(np.sum)(x)
    assert type(value) is float
    assert type(gradient) is np.ndarray
    gradient += 1.0  # not a read-only view, and not the input
    np.testing.assert_array_equal(x, np.ones(3))
    assert type(mg.grad(lambda x: x**2)(3.0)) is float
    both = mg.grad(lambda x, y: np.sum(x + y), argnums=(0, 1))(x, x)
    assert both[0] is not both[1]


def test_containers_keep_their_structure():
    """Gradients by a list in a dict come as a list in a dict."""
    rng = np.random.default_rng(1)
    params = {"W": layers(rng), "scale": 2.0}
    loss = lambda p, x: p["scale"] * np.sum(np.tanh(p["W"][1] @ np.tanh(p["W"][0] @ x)))
    x = rng.standard_normal(5)
    gradient = mg.grad(loss)(params, x)
    assert list(gradient) == ["W", "scale"]
    assert [g.shape for g in gradient["W"]] == [(3, 5), (7, 3)]
    assert gradient["scale"] == pytest.approx(loss(params, x) / 2.0)
    differences = mg.numerical_grad(lambda p: loss(p, x), params)
    # central differences leave ten digits of the largest entry
    for g, d in zip(gradient["W"], differences["W"], strict=True):
        np.testing.assert_allclose(g, d, atol=1e-9)


def test_argnums_and_aux():
    """argnums picks arguments, also from the end; aux rides along as plain values."""
    f = lambda x, y: x * y**2
    assert mg.grad(f, argnums=1)(3.0, 2.0) == 12.0
    assert mg.grad(f, argnums=-1)(3.0, 2.0) == 12.0
    assert mg.grad(f, argnums=(0, 1))(3.0, 2.0) == (4.0, 12.0)
    with_aux = lambda x: (x**2, {"twice": 2.0 * x})
    assert mg.grad(with_aux, has_aux=True)(3.0) == (6.0, {"twice": 6.0})
    assert mg.value_and_grad(with_aux, has_aux=True)(3.0) == (
        (9.0, {"twice": 6.0}),
        6.0,
    )


def test_vjp_and_jvp_are_transposes():
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩, with several results in a tuple."""
    rng = np.random.default_rng(2)
    W, x = rng.standard_normal((3, 5)), rng.standard_normal(5)
    f = lambda W, x: (np.tanh(W @ x), np.sum(W, axis=0) * x)
    v = rng.standard_normal((3, 5)), rng.standard_normal(5)
    u = rng.standard_normal(3), rng.standard_normal(5)
    pulled = mg.vjp(f, W, x)[1](u)
    pushed = mg.jvp(f, (W, x), v)[1]
    left = sum(np.sum(a * b) for a, b in zip(u, pushed, strict=True))
    right = sum(np.sum(a * b) for a, b in zip(pulled, v, strict=True))
    assert left == pytest.approx(right, rel=1e-13)


def test_a_pullback_can_be_called_again():
    """It is a function: the same cotangent gives the same answer."""
    out, pullback = mg.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [2.0, 4.0])
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [2.0, 4.0])
    np.testing.assert_array_equal(out, [1.0, 4.0])


@pytest.mark.parametrize("mode", ["fwd", "rev", "auto"])
def test_jacobians_agree_with_the_closed_form(mode):
    """∂ tanh(Wx)_i/∂W_kl = δ_ik (1 - tanh²) x_l, shape (3, 3, 5); by x too."""
    rng = np.random.default_rng(3)
    W, x = rng.standard_normal((3, 5)), rng.standard_normal(5)
    d = 1 - np.tanh(W @ x) ** 2
    f = lambda W, x: np.tanh(W @ x)
    by_W = np.einsum("ik,k,l->ikl", np.eye(3), d, x)
    np.testing.assert_allclose(mg.jacobian(f, mode=mode)(W, x), by_W, rtol=1e-13)
    np.testing.assert_allclose(
        mg.jacobian(f, argnums=1, mode=mode)(W, x), d[:, None] * W, rtol=1e-13
    )


def test_many_tangents_go_down_in_blocks():
    """Columns that do not go together are put together, inside a derivative too."""
    rng = np.random.default_rng(0)
    A, x = rng.standard_normal((500, 70)), 0.1 * rng.standard_normal(70)  # 3 blocks
    slope = 1 - np.tanh(A @ x) ** 2
    J = mg.jacobian(lambda x: (np.tanh(A @ x), x), mode="fwd")(x)
    np.testing.assert_allclose(J[0], slope[:, None] * A, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(J[1], np.eye(70))
    f = lambda x: np.sum(np.log(np.cosh(A @ x)))
    np.testing.assert_allclose(mg.hessian(f)(x), A.T @ (slope[:, None] * A), rtol=1e-10)
    trace = lambda x: np.trace(mg.hessian(f)(x))  # Σ_ij A_ij² slope_i
    wanted = -2 * A.T @ (np.sum(A**2, axis=1) * slope * np.tanh(A @ x))
    np.testing.assert_allclose(mg.grad(trace)(x), wanted, rtol=1e-10)


def test_jacobian_of_a_constant_is_zero():
    """What does not depend on x has derivative zero in the right shape."""
    for mode in ("fwd", "rev"):
        J = mg.jacobian(lambda x: np.ones((7, 3)), mode=mode)(np.ones(5))
        np.testing.assert_array_equal(J, np.zeros((7, 3, 5)))
    assert mg.grad(lambda x: 1.0)(2.0) == 0.0


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_jacobians_of_containers_are_containers_of_jacobians(mode):
    """Each block is the Jacobian of one result by one array, built like both."""
    rng = np.random.default_rng(5)
    p = {"W": rng.standard_normal((3, 5)), "c": [2.0, rng.standard_normal(3)]}
    f = lambda p, x: (p["W"] @ x + p["c"][1], {"scaled": p["c"][0] * x})
    x = rng.standard_normal(5)
    first, second = mg.jacobian(f, mode=mode)(p, x)
    np.testing.assert_allclose(first["W"], np.einsum("ik,l->ikl", np.eye(3), x))
    np.testing.assert_array_equal(first["c"][0], np.zeros(3))
    np.testing.assert_array_equal(first["c"][1], np.eye(3))
    np.testing.assert_array_equal(second["scaled"]["c"][0], x)
    np.testing.assert_array_equal(second["scaled"]["W"], np.zeros((5, 3, 5)))
    by_both = mg.jacobian(f, argnums=(1, 0), mode=mode)(p, x)
    np.testing.assert_array_equal(by_both[0][0], p["W"])
    np.testing.assert_array_equal(by_both[0][1]["W"], first["W"])


def test_hessians_of_containers_are_containers_of_blocks():
    """H["a"]["b"] is ∂²f/∂a∂b; for f = a² b the mixed block is 2a."""
    H = mg.hessian(lambda p: np.sum(p["a"] ** 2) * p["b"])
    blocks = H({"a": np.array([3.0, 4.0]), "b": 2.0})
    np.testing.assert_array_equal(blocks["a"]["a"], 4.0 * np.eye(2))
    np.testing.assert_array_equal(blocks["a"]["b"], [6.0, 8.0])
    np.testing.assert_array_equal(blocks["b"]["a"], [6.0, 8.0])
    assert blocks["b"]["b"] == 0.0


def test_third_derivatives_by_nesting():
    """∂³ Σ x³ = 6 on the diagonal: a Jacobian of a Hessian, batched twice."""
    x = np.array([1.0, 2.0, 3.0])
    third = mg.jacobian(mg.hessian(lambda x: np.sum(x**3)))(x)
    expected = np.zeros((3, 3, 3))
    expected[[0, 1, 2], [0, 1, 2], [0, 1, 2]] = 6.0
    np.testing.assert_allclose(third, expected, atol=1e-14)


def test_hvp_of_several_primals():
    """The mixed second derivatives of x²y couple the two entries."""
    f = lambda x, y: np.sum(x**2 * y)
    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    v, w = np.array([1.0, 0.5]), np.array([-1.0, 2.0])
    by_x, by_y = mg.hvp(f, (x, y), (v, w))
    np.testing.assert_allclose(by_x, 2 * y * v + 2 * x * w)
    np.testing.assert_allclose(by_y, 2 * x * v)


def test_hessian_of_a_network_agrees_with_differences():
    """Forward over reverse equals differences of the gradient, and is symmetric."""
    rng = np.random.default_rng(4)
    W, x = rng.standard_normal((3, 5)), rng.standard_normal(5)
    f = lambda x: mg.logsumexp(np.tanh(W @ x))
    H = mg.hessian(f)(x)
    rows = [mg.numerical_grad(lambda x, i=i: mg.grad(f)(x)[i], x) for i in range(5)]
    np.testing.assert_allclose(H, np.stack(rows), atol=1e-9)
    np.testing.assert_allclose(H, H.T, atol=1e-14)


def test_float32_is_respected():
    """No transform widens float32."""
    x = np.ones(3, np.float32)
    f = lambda x: np.sum(2.0 * np.tanh(x) ** 3 / 5)
    value, gradient = mg.value_and_grad(f)(x)
    assert value.dtype == gradient.dtype == np.float32
    assert mg.hessian(f)(x).dtype == np.float32
    assert mg.jvp(f, (x,), (x,))[1].dtype == np.float32


def test_empty_arrays_pass():
    """A batch of no samples has a loss of zero and empty gradients."""
    X = np.zeros((0, 3))
    f = lambda W: np.sum(np.tanh(X @ W) ** 2)
    np.testing.assert_array_equal(mg.grad(f)(np.ones((3, 2))), np.zeros((3, 2)))
    assert mg.grad(lambda X: np.sum(X**2))(X).shape == (0, 3)


def double(x):
    return x * 2.0


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: mg.grad(double)(np.ones(3)),
            TypeError,
            r"double returned shape \(3,\)",
        ),
        (lambda: mg.grad(lambda x: (x, x))(1.0), TypeError, "returned a tuple"),
        (lambda: mg.grad(double)(3), TypeError, "argument 0 is 3.* as a float"),
        (lambda: mg.grad(double)(np.arange(3)), TypeError, r"int64.*\.astype\(float\)"),
        (lambda: mg.grad(double)({"W": "x"}), TypeError, "argument 0 at W is a str"),
        (
            lambda: mg.grad(double, argnums=1)(1.0),
            TypeError,
            "called with 1 positional",
        ),
        (lambda: mg.grad(double, has_aux=True)(1.0), TypeError, "a pair"),
        (lambda: mg.vjp(double, 1.0)[1](np.ones(2)), ValueError, r"shape \(2,\)"),
        (
            lambda: mg.vjp(double, 1.0)[1]((1.0, 1.0)),
            ValueError,
            "an array, but got 2 items",
        ),
        (lambda: mg.jvp(double, (1.0,), (np.ones(2),)), ValueError, "the tangent"),
        (
            lambda: mg.jvp(double, (1.0,), (1.0, 1.0)),
            ValueError,
            "expected 1 items, but got 2",
        ),
        (lambda: mg.jvp(double, (1.0,), (None,)), TypeError, "is a NoneType"),
        (lambda: mg.grad(lambda x: x * 1j)(1.0), TypeError, "the complex128 .*1j"),
        (lambda: mg.vjp(lambda x: x * 1j, 1.0), TypeError, "complex number"),
        (lambda: mg.grad(double, argnums=(0, -1))(1.0), TypeError, "twice"),
        (lambda: mg.grad(np.sum)(np.ma.ones(3)), TypeError, "MaskedArray"),
        (lambda: mg.jacobian(double, argnums=5)(1.0), TypeError, "argnums is 5"),
        (lambda: mg.jvp(double, 1.0, 1.0), TypeError, r"jvp\(f, \(x,\), \(v,\)\)"),
        (lambda: mg.hvp(double, 1.0, 1.0), TypeError, r"hvp\(f, \(x,\), \(v,\)\)"),
        (lambda: mg.jacobian(double, mode="up")(1.0), ValueError, "'up'"),
    ],
)
def test_misuse_is_explained(call, error, says):
    """A wrong call names the thing, the value and the next step."""
    with pytest.raises(error, match=says):
        call()


def test_dicts_are_matched_by_key():
    """A tangent or cotangent in another order of keys means the same."""
    f = lambda p: 10.0 * p["a"] + p["b"] ** 2
    p = {"a": 1.0, "b": 2.0}
    assert mg.jvp(f, (p,), ({"b": 0.0, "a": 1.0},))[1] == 10.0
    assert mg.hvp(f, (p,), ({"b": 1.0, "a": 0.0},)) == {"a": 0.0, "b": 2.0}
    _, pullback = mg.vjp(lambda x: {"a": 10.0 * x, "b": x}, 1.0)
    assert pullback({"b": 0.0, "a": 1.0}) == (10.0,)
    with pytest.raises(ValueError, match=r"expected the keys \['a', 'b'\]"):
        pullback({"c": 1.0, "d": 1.0})


def test_a_forgotten_return_is_told():
    """None, truth values and texts have no derivative; a plain number has zero."""
    for out, says in [
        (None, "forget `return`"),
        ("a", "str"),
        (True, "bool"),
        (2j, "c"),
    ]:
        with pytest.raises(TypeError, match=f"returned .*{says}"):
            mg.grad(lambda x, out=out: out)(1.0)
    with pytest.raises(TypeError, match="bool"):
        mg.grad(lambda x: x > 1)(1.0)
    assert mg.grad(lambda x: 3)(1.0) == 0.0


def test_a_tensor_that_outlived_its_function_is_refused():
    """It would come back as a tensor later on; the sentence says what to do."""
    kept = []
    mg.grad(lambda x: kept.append(x * 2.0) or x)(1.0)
    with pytest.raises(RuntimeError, match="has_aux"):
        kept[0] * 2.0


def test_parameters_keep_their_precision():
    """float32 parameters get a float32 gradient from float64 data."""
    W, x = np.ones(3, np.float32), np.ones(3)
    assert mg.grad(lambda W: np.sum(W * x))(W).dtype == np.float32


def test_a_pullback_has_its_own_copy_of_the_inputs():
    """Changing an input between forward and backward changes nothing."""
    x = np.array([1.0, 2.0])
    _, pullback = mg.vjp(lambda x: x * x, x)
    x[:] = 100.0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [2.0, 4.0])


def test_stop_gradient_of_a_container():
    """Every array in it becomes a constant."""
    f = lambda p: np.sum(p["W"] * mg.stop_gradient(p)["W"])
    np.testing.assert_array_equal(mg.grad(f)({"W": np.array([3.0])})["W"], [3.0])


def test_results_can_be_written_to():
    """What vjp and jvp return is nobody else's memory."""
    x = np.array([0.5, 1.0])
    out, pullback = mg.vjp(np.exp, x)
    out[:] = 0.0
    np.testing.assert_allclose(pullback(np.ones(2))[0], np.exp(x))
    same, tangent = mg.jvp(lambda x: x, (x,), (x,))
    assert same is not x
    assert tangent is not x


def test_lists_of_numbers_are_arrays_beside_a_tensor():
    """A list is never taken for a number."""
    x = np.array([1.0, 2.0])
    f = lambda x: (
        np.dot([3.0, 4.0], x) + x @ [1.0, 1.0] + np.sum(np.maximum(x, [3.0, 0]))
    )
    np.testing.assert_array_equal(mg.grad(f)(x), [4.0, 6.0])
    stacked = lambda x: np.sum(mg.concatenate([x, [5.0, 6.0]]) ** 2)
    np.testing.assert_array_equal(mg.grad(stacked)(x), [2.0, 4.0])
    with pytest.raises(TypeError, match=r"wrap it in np.array"):
        mg.sum([1.0, 2.0])
