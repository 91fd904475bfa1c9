"""Every operation, against differences: both modes, second order, batches, float32."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import cases
import numpy as np
import pytest
from cases import CASES, NUMPY, Case

import minigrad as mg
from minigrad import ops
from minigrad.ops import transcendental
from minigrad.primitive import Primitive
from minigrad.tape import Ref, Rule, Tape

FAMILIES = [part for part in vars(ops).values() if isinstance(part, ModuleType)]
PRIMITIVES: dict[str, Primitive] = {
    value.primitive.name: value.primitive
    for family in FAMILIES
    for value in vars(family).values()
    if hasattr(value, "primitive")
}
WITHOUT_RULE = {("where", "condition"), ("ldexp", "n")}  # booleans and integers
RULES = {(op.name, argument) for op in PRIMITIVES.values() for argument in op.rules}
each_case = pytest.mark.parametrize("case", CASES, ids=repr)


def test_every_operation_has_a_case():
    """An operation that nobody checks cannot be added by accident."""
    assert {case.op for case in CASES} == PRIMITIVES.keys() | set(ops.__all__)


def test_every_argument_has_a_rule_in_both_modes():
    """Of all array arguments, but for the named ones that are no real numbers."""
    arguments = {(op.name, x) for op in PRIMITIVES.values() for x in op.arrays}
    assert arguments - RULES == WITHOUT_RULE
    for op in PRIMITIVES.values():
        for argument, rule in op.rules.items():
            assert all(map(callable, rule)), (op.name, argument)


def test_every_rule_is_used_by_a_case():
    """A case under the name of an operation that does not call it would check nothing.

    So the lines of all cases are collected, each with the arguments that were tensors.
    """
    used = set()
    for case in CASES:
        tape = Tape()
        case.f(*(tape.watch(x) for x in case.inputs(np.random.default_rng(0))))
        for line in tape.lines:
            for i, argument in enumerate(line.args if line.op else ()):
                if isinstance(argument, Ref):
                    used.add(
                        (line.op.name, line.op.arrays[0 if line.op.variadic else i])
                    )
    assert used == RULES


def test_every_operation_is_called_by_a_case_of_its_name(monkeypatch):
    """The same for operations that are composed of others and write no line themselves.

    Operators and indexing reach theirs without the name in ``mg``.
    """
    calls = set[str]()

    def counted(name: str, f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **settings: calls.add(name) or f(*args, **settings)

    checked = {case.op for case in CASES if case.f is getattr(mg, case.op, None)}
    for name in ops.__all__:
        monkeypatch.setattr(mg, name, counted(name, getattr(mg, name)))
    for case in CASES:
        calls.clear()
        case.f(*case.inputs(np.random.default_rng(0)))
        checked |= calls & {case.op}
    assert set(ops.__all__) - checked == BY_OPERATOR


BY_OPERATOR = {"add", "sub", "mul", "div", "neg", "power", "square", "getitem"}


@each_case
def test_rules_agree_with_differences_to_second_order(case: Case):
    """Both modes, and both modes of both modes, along random directions."""
    inputs = case.inputs(np.random.default_rng(1))
    mg.check_grads(case.f, inputs, order=2)


@each_case
def test_the_adjoint_is_the_transpose_of_the_tangent_map(case: Case):
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩ to rounding, which differences could not show."""
    rng = np.random.default_rng(2)
    inputs = case.inputs(rng)
    out, pullback = mg.vjp(case.f, *inputs)
    u = rng.standard_normal(np.shape(out))
    v = tuple(rng.standard_normal(x.shape) for x in inputs)
    pushed = mg.jvp(case.f, inputs, v)[1]
    pulled = pullback(u)
    left = np.sum(u * pushed)
    right = sum(np.sum(p * t) for p, t in zip(pulled, v, strict=True))
    scale = np.sum(np.abs(u * pushed)) + sum(
        np.sum(np.abs(p * t)) for p, t in zip(pulled, v, strict=True)
    )
    # both sides are sums of the same products in another order: rounding of the terms
    assert abs(left - right) <= 1e-12 * scale


@each_case
@pytest.mark.parametrize("lead", [(4,), (2, 3)], ids=["4", "2x3"])
def test_leading_axes_are_a_batch_of_sweeps(case: Case, lead: tuple[int, ...]):
    """One sweep with a batch of (co)tangents equals the sweeps one by one."""
    rng = np.random.default_rng(3)
    tape = Tape()
    inputs = [tape.watch(x) for x in case.inputs(rng)]
    out = case.f(*inputs)
    us = rng.standard_normal(lead + out.shape)
    batched = tape.sweep_up({out.line: us})
    for k in np.ndindex(lead):
        single = tape.sweep_up({out.line: us[k]})
        for x in inputs:
            close(batched[x.line][k], single[x.line])
    vs = {x.line: rng.standard_normal(lead + x.shape) for x in inputs}
    pushed = tape.sweep_down(vs, [out.line])[out.line]
    assert pushed.shape == lead + out.shape
    for k in np.ndindex(lead):
        one = {line: v[k] for line, v in vs.items()}
        close(pushed[k], tape.sweep_down(one, [out.line])[out.line])


@each_case
def test_float32_stays_float32(case: Case):
    """Values, adjoints and tangents keep the precision of the inputs."""
    rng = np.random.default_rng(4)
    inputs = tuple(x.astype(np.float32) for x in case.inputs(rng))
    out, pullback = mg.vjp(case.f, *inputs)
    assert np.asarray(out).dtype == np.float32
    assert {p.dtype for p in pullback(np.ones_like(out))} == {np.dtype(np.float32)}
    pushed = mg.jvp(case.f, inputs, inputs)[1]
    assert np.asarray(pushed).dtype == np.float32


@each_case
def test_numpy_under_its_own_name_gives_value_and_derivative(
    case: Case, monkeypatch: pytest.MonkeyPatch
):
    """The call with NumPy's functions for ours: the same value, the same adjoints."""
    inputs = case.inputs(np.random.default_rng(5))
    out, pullback = mg.vjp(case.f, *inputs)
    f = getattr(NUMPY, case.op) if case.f is getattr(mg, case.op, None) else case.f
    monkeypatch.setattr(cases, "mg", NUMPY)
    close(out, f(*inputs))
    theirs, their_pullback = mg.vjp(f, *inputs)
    close(out, theirs)
    for ours, numpys in zip(pullback(out), their_pullback(out), strict=True):
        close(ours, numpys)


def close(a, b):
    # the same products summed in another order: a few units in the last place
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_a_wrong_rule_is_caught():
    """The check that guards all others fails when it should."""
    wrong = lambda g, x: 3.00001 * g * x**2
    cube = mg.primitive(x=Rule(wrong, wrong))(lambda x: x**3)
    with pytest.raises(AssertionError, match="WRONG"):
        mg.check_grads(cube, (np.array([1.0, 2.0]),), order=1)


def test_second_derivatives_at_kinks_are_those_of_a_constant_choice():
    """‖x‖ has Hessian 0 at 0; np.maximum is mg.maximum, tie and all (decision 003)."""
    np.testing.assert_array_equal(mg.hessian(mg.norm)(np.zeros(3)), np.zeros((3, 3)))
    assert mg.grad(lambda x: np.maximum(x, 0.0))(0.0) == 0.5


def test_sinc_is_smooth_at_zero():
    """sin(πx)/(πx) = 1 - π²x²/6 + π⁴x⁴/120 - ...: four derivatives of the series."""
    f, derivatives = mg.sinc, []
    for _ in range(4):
        f = mg.grad(f)
        derivatives.append(f(0.0))
    expected = [0, -(math.pi**2) / 3, 0, math.pi**4 / 5]
    np.testing.assert_allclose(derivatives, expected, rtol=1e-14)


def test_nan_is_passed_over_by_fmax_and_fmin_alone():
    """Where one argument is nan the other gets the whole adjoint."""
    x, y = np.array([np.nan, 1.0, 3.0]), np.array([2.0, np.nan, 3.0])
    for f in (mg.fmax, mg.fmin, np.fmax):
        by_x, by_y = mg.grad(lambda x, y, f=f: mg.sum(f(x, y)), argnums=(0, 1))(x, y)
        np.testing.assert_array_equal(by_x, [0, 1, 0.5])
        np.testing.assert_array_equal(by_y, [1, 0, 0.5])


def test_astype_is_a_cast_in_both_directions():
    """x.astype(np.float32) rounds to float32, and its adjoint returns as float64."""
    f = lambda x: np.sum(x.astype(np.float32) ** 2)
    value, gradient = mg.value_and_grad(f)(np.array([0.1, 3.0]))
    assert value.dtype == np.float32
    assert gradient.dtype == np.float64
    np.testing.assert_array_equal(gradient, 2 * np.array([0.1, 3.0], np.float32))
    pushed = mg.jvp(lambda x: x.astype("float32"), (np.ones(2),), (np.ones(2),))[1]
    assert pushed.dtype == np.float32


def test_lists_are_arrays_in_arithmetic_too():
    """They are added and multiplied, neither joined nor repeated."""
    for op, expected in [(mg.add, [3, 4]), (mg.mul, [2, 4]), (mg.sub, [1, 0])]:
        np.testing.assert_array_equal(op(2, [1.0, 2.0]), expected)
        np.testing.assert_array_equal(op((2, 2), [1.0, 2.0]), expected)
    np.testing.assert_array_equal(mg.div([2.0, 4.0], 2), [1, 2])


def test_powers_at_zero_are_finite():
    """x⁰ and 0^y have derivatives where the formula reads 0·inf or log 0."""
    f = lambda p: p[0] ** p[1]
    hessian = mg.hessian(f)(np.array([2.0, 0.0]))
    log2 = np.log(2.0)
    np.testing.assert_allclose(hessian, [[0, 0.5], [0.5, log2**2]], rtol=1e-14)
    assert mg.grad(lambda x: x**0)(0.0) == 0.0
    assert mg.grad(lambda x: x**1)(0.0) == 1.0
    assert mg.grad(lambda y: 0.0**y)(2.0) == 0.0


def test_a_guarded_where_is_safe():
    """The branch not taken contributes exactly zero when its input is guarded."""
    safe_log = lambda x: mg.where(x > 0, mg.log(mg.where(x > 0, x, 1.0)), 0.0)
    np.testing.assert_array_equal(
        mg.grad(lambda x: mg.sum(safe_log(x)))(np.array([-1.0, 0.0, 2.0])), [0, 0, 0.5]
    )


def test_large_logits_do_not_overflow():
    """softmax, logsumexp and sigmoid are right for logits of 1000 and -1000."""
    x = np.array([1000.0, 0.0, -1000.0])
    np.testing.assert_array_equal(mg.softmax(x), [1, 0, 0])
    assert mg.logsumexp(x) == 1000.0
    assert mg.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
    np.testing.assert_array_equal(mg.grad(mg.logsumexp)(x), [1, 0, 0])
    np.testing.assert_array_equal(mg.sigmoid(x), [1, 0.5, 0])
    np.testing.assert_array_equal(
        mg.grad(lambda x: mg.sum(mg.sigmoid(x)))(x), [0, 0.25, 0]
    )


def test_products_are_right_where_entries_are_zero():
    """xyz at (0, 0, 3): the gradient is 0, and ∂²/∂x∂y = 3; no division by zero."""
    x = np.array([0.0, 0.0, 3.0])
    np.testing.assert_array_equal(mg.grad(mg.prod)(x), [0, 0, 0])
    np.testing.assert_array_equal(
        mg.hessian(mg.prod)(x), [[0, 3, 0], [3, 0, 0], [0, 0, 0]]
    )
    np.testing.assert_array_equal(
        mg.grad(mg.prod)(np.array([2.0, 0.0, 3.0])), [0, 6, 0]
    )
    last = mg.hessian(lambda x: mg.cumprod(x)[-1])(x)
    np.testing.assert_array_equal(last, [[0, 3, 0], [3, 0, 0], [0, 0, 0]])


def test_empty_arrays_have_empty_derivatives():
    """A sum of nothing is 0, a product of nothing 1, and nothing has a derivative."""
    nothing = np.zeros((0, 3))
    for f in (mg.sum, mg.prod, lambda x: mg.sum(mg.cumsum(x, 0) * mg.cumprod(x, 0))):
        value, gradient = mg.value_and_grad(f)(nothing)
        assert value == (f is mg.prod)
        assert gradient.shape == (0, 3)
    assert mg.jacobian(lambda x: mg.einsum("ij,ik->jk", x, x))(nothing).size == 0
    assert mg.vjp(mg.diagonal, np.zeros((2, 0)))[1](np.zeros(0))[0].shape == (2, 0)


def test_derivatives_of_matrices_are_those_of_the_literature():
    """∂ log|det A| = A⁻ᵀ, ∂ Σλ = I, ∂ Σλ² = 2A, ∂ ‖A‖² by singular values = 2A."""
    A = cases.DOMAINS["regular"](np.random.default_rng(6), (5, 5))
    S = A + A.T
    symmetric = lambda f: lambda x: f(np.linalg.eigh((x + x.T) / 2))
    close(mg.grad(lambda x: mg.slogdet(x)[1])(A), np.linalg.inv(A).T)
    close(mg.grad(symmetric(lambda e: np.sum(e.eigenvalues)))(S), np.eye(5))
    close(mg.grad(symmetric(lambda e: np.sum(e.eigenvalues**2)))(S), 2 * S)
    close(mg.grad(lambda x: np.sum(mg.svdvals(x) ** 2))(A), 2 * A)
    U, _, Vh = np.linalg.svd(A)
    close(mg.grad(lambda x: np.sum(mg.svdvals(x)))(A), U @ Vh)
    L = np.linalg.cholesky(S @ S)
    close(
        mg.grad(lambda x: np.sum(np.log(np.diagonal(np.linalg.cholesky(x @ x.T)))))(L),
        np.linalg.inv(L).T,
    )


def test_factors_reproduce_the_matrix():
    """L Lᵀ, Q R, U S Vᵀ and V w Vᵀ are constant maps A -> A: their Jacobian is 1."""

    def product_of_svd(x):
        U, s, Vh = np.linalg.svd(x, full_matrices=False)
        return U * s @ Vh

    def product_of_eigh(x):
        w, V = np.linalg.eigh((x + x.T) / 2)
        return V * w @ V.T

    rng = np.random.default_rng(7)
    tall, v = rng.standard_normal((2, 5, 3))
    square = tall.T @ tall
    lower = lambda x: np.linalg.cholesky((x + x.T) / 2)
    for f, x, t in [
        (product_of_svd, tall, v),
        (lambda x: np.linalg.qr(x)[0] @ np.linalg.qr(x)[1], tall, v),
        (product_of_eigh, square, v[:3] + v[:3].T),
        (lambda x: lower(x) @ lower(x).T, square, v[:3] + v[:3].T),
    ]:
        out, pushed = mg.jvp(f, (x,), (t,))
        np.testing.assert_allclose(out, x, rtol=0, atol=1e-13)
        # conditions of these matrices are below 100
        np.testing.assert_allclose(pushed, t, rtol=0, atol=1e-12)


def test_equal_eigenvalues_do_no_harm_to_what_does_not_see_the_basis():
    """At the identity Σλ² has the gradient 2A, and nothing is nan to second order."""
    f = lambda x: np.sum(np.linalg.eigvalsh((x + x.T) / 2) ** 2)
    np.testing.assert_array_equal(mg.grad(f)(np.eye(3)), 2 * np.eye(3))
    assert np.all(np.isfinite(mg.hvp(f, (np.eye(3),), (np.ones((3, 3)),))))
    g = lambda x: np.sum(np.linalg.svd(x, compute_uv=False) ** 2)
    np.testing.assert_allclose(mg.grad(g)(np.eye(3)), 2 * np.eye(3), atol=1e-15)


def test_tails_are_exact():
    """Far out no activation overflows, and small arguments keep their digits."""
    x = np.array([-1000.0, 0.0, 1000.0])
    np.testing.assert_array_equal(
        mg.grad(lambda x: mg.sum(mg.softplus(x)))(x), [0, 0.5, 1]
    )
    np.testing.assert_array_equal(mg.grad(lambda x: mg.sum(mg.gelu(x)))(x), [0, 0.5, 1])
    assert mg.grad(mg.logaddexp)(1000.0, -1000.0) == 1.0
    assert mg.expm1(1e-20) == mg.log1p(1e-20) == 1e-20


def test_erf_needs_no_scipy(monkeypatch):
    """Without SciPy Python's own erf answers, in the precision of its argument."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    transcendental._erf.cache_clear()
    x = np.array([-0.5, 0.0, 2.0])
    np.testing.assert_array_equal(mg.erf(x), [math.erf(v) for v in x])
    assert mg.erf(x.astype(np.float32)).dtype == np.float32
    transcendental._erf.cache_clear()


def test_gelu_is_close_to_the_exact_one():
    """The hyperbolic form differs from x Φ(x) by less than 0.0005."""
    x = np.linspace(-6, 6, 1001)
    assert np.max(np.abs(mg.gelu(x) - x * (1 + mg.erf(x / 2**0.5)) / 2)) < 5e-4
