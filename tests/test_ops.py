"""Every operation, against differences: both modes, second order, batches, float32."""

from __future__ import annotations

import numpy as np
import pytest
from cases import CASES, Case

import minigrad as mg
from minigrad.ops import elementwise, linalg, reductions, shapes
from minigrad.primitive import Primitive
from minigrad.tape import Rule, Tape

PRIMITIVES = {
    value.name
    for family in (elementwise, linalg, reductions, shapes)
    for value in vars(family).values()
    if isinstance(value, Primitive)
}
each_case = pytest.mark.parametrize("case", CASES, ids=repr)


def test_every_operation_has_a_case():
    """An operation that nobody checks cannot be added by accident."""
    assert {case.op for case in CASES} == PRIMITIVES


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
    pushed = tape.sweep_down(vs)[out.line]
    assert pushed.shape == lead + out.shape
    for k in np.ndindex(lead):
        close(pushed[k], tape.sweep_down({n: v[k] for n, v in vs.items()})[out.line])


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


def close(a, b):
    # the same products summed in another order: a few units in the last place
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_a_wrong_rule_is_caught():
    """The check that guards all others fails when it should."""
    wrong = lambda g, x: 3.00001 * g * x**2
    cube = mg.primitive(x=Rule(wrong, wrong))(lambda x: x**3)
    with pytest.raises(AssertionError, match="WRONG"):
        mg.check_grads(cube, (np.array([1.0, 2.0]),), order=1)


def test_kinks_take_the_decided_values():
    """relu'(0) = 0, |x|' = 0 at 0, ties split equally, ‖x‖' = 0 at 0 (decision 003)."""
    assert mg.grad(mg.relu)(0.0) == 0.0
    assert mg.grad(mg.abs)(0.0) == 0.0
    assert mg.grad(lambda x: mg.maximum(x, 0.0))(0.0) == 0.5
    assert mg.grad(lambda x: np.maximum(x, 0.0))(0.0) == 0.5
    assert mg.grad(mg.minimum, argnums=(0, 1))(1.0, 1.0) == (0.5, 0.5)
    np.testing.assert_array_equal(mg.grad(mg.norm)(np.zeros(3)), np.zeros(3))
    np.testing.assert_array_equal(mg.hessian(mg.norm)(np.zeros(3)), np.zeros((3, 3)))
    np.testing.assert_array_equal(
        mg.grad(mg.max)(np.array([2.0, 1.0, 2.0])), [0.5, 0.0, 0.5]
    )


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
