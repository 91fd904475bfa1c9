"""What holds for every program: derivatives against oracles that know no rule.

The programs are random (see ``programs.py``).  The numbers come from NumPy on complex
arrays, from differences, or from another road through the engine that must lead to the
same place.  ``MINIGRAD_EXAMPLES=5000`` looks at as many programs, other ones each time.
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from analytic import close, complex_step, cotangent, inner, same, size, slope
from hypothesis import given
from programs import Program, examples, programs

import minigrad as mg
from minigrad import ops, tree

# ---------------------------------------------------------------- the programs


def test_programs_speak_most_of_the_language():
    """Three quarters of all operations are heard within some hundred programs."""
    heard = set()

    @examples(400)
    @given(programs(kinks=True))
    def listen(p: Program):
        heard.update(*(re.findall(r"\.(\w+)\(", line) for line in p.lines))

    listen()
    spelt = {"subtract": "sub", "multiply": "mul", "true_divide": "div"}
    assert len({spelt.get(w, w) for w in heard} & set(ops.__all__)) >= 0.75 * len(
        ops.__all__
    )


@examples(400)
@given(programs(kinks=True))
def test_a_traced_program_computes_what_numpy_computes(p: Program):
    """Values under a trace are NumPy's, and so is their precision."""
    for dtype in (np.float64, np.float32):
        xs = p.inputs(dtype)
        expected = np.asarray(p.array()(*xs))
        out = np.asarray(mg.vjp(p.array(), *xs)[0])
        assert out.dtype == expected.dtype
        close(out, expected, rtol=1e-12 if dtype is np.float64 else 1e-3)
    close(p.array(oracle=True)(*p.inputs()), p.array()(*p.inputs()))


# ---------------------------------------------------------------- first order


@examples(200)
@given(programs(kinks=True))
def test_first_derivatives_agree_with_differences(p: Program):
    """Both modes along random directions, for several results in a container."""
    mg.check_grads(p.several(), p.inputs(), order=1)


@examples(400)
@given(programs(kinks=True, small=True))
def test_second_derivatives_agree_with_differences(p: Program):
    """Both modes of both modes."""
    # atol: terms as large as 20 may cancel, and of differences over steps of 0.001
    # nothing but their rounding is left
    mg.check_grads(p.array(), p.inputs(), order=2, atol=1e-9)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.sin(x) ** 2 + np.cos(x) ** 2),
        lambda x: np.sum(mg.softmax(x)),
        lambda x: mg.softmax(np.stack([x, x]), axis=0),
    ],
    ids=["sin^2 + cos^2", "the sum of a softmax", "a softmax of equals"],
)
def test_a_derivative_that_vanishes_is_not_called_wrong(f):
    """A function that is constant has a gradient of 1e-17, which differences miss."""
    mg.check_grads(f, (np.array([0.3, -0.7, 1.1]),))


@examples(200)
@given(programs(kinks=True))
def test_both_modes_are_the_complex_step(p: Program):
    """J v entry by entry and ⟨Jᵀ u, v⟩, by NumPy on complex numbers, to rounding."""
    xs, vs = p.inputs(), p.directions()
    expected = complex_step(p.several(oracle=True), xs, vs)
    out, pushed = mg.jvp(p.several(), xs, vs)
    close(pushed, expected)
    u = cotangent(out)
    pulled = mg.vjp(p.several(), *xs)[1](u)
    assert abs(inner(pulled, vs) - inner(u, expected)) <= 1e-9 * size(u, expected)


@examples(200)
@given(programs(kinks=True))
def test_the_gradient_is_the_complex_step_in_each_direction(p: Program):
    """∂f/∂x_i for every entry, so that no direction averages an error away."""
    xs = p.inputs()
    gradients = mg.grad(p.scalar(), argnums=tuple(range(len(xs))))(*xs)
    f = p.scalar(oracle=True)
    for k, (x, gradient) in enumerate(zip(xs, gradients, strict=True)):
        expected = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            vs = [np.zeros(y.shape) for y in xs]
            vs[k][index] = 1.0
            expected[index] = complex_step(f, xs, vs)
        close(gradient, expected)


@examples(200)
@given(programs(kinks=True))
def test_the_pullback_is_the_transpose_of_the_tangent_map(p: Program):
    """⟨u, J v⟩ = ⟨Jᵀ u, v⟩ to rounding, through containers with repetitions."""
    xs, vs = p.inputs(), p.directions()
    out, pushed = mg.jvp(p.several(), xs, vs)
    again, pullback = mg.vjp(p.several(), *xs)
    same(out, again)
    u = cotangent(out)
    difference = inner(u, pushed) - inner(pullback(u), vs)
    assert abs(difference) <= 1e-10 * size(u, pushed)


@examples(120)
@given(programs(kinks=True))
def test_the_pullback_is_linear_and_can_be_called_again(p: Program):
    """Jᵀ(2u - 3w) = 2 Jᵀu - 3 Jᵀw, and a second call finds what the first found."""
    out, pullback = mg.vjp(p.several(), *p.inputs())
    u, w = cotangent(out, 1), cotangent(out, 2)
    first, other = pullback(u), pullback(w)
    both = pullback(tree.map(lambda a, b: 2 * a - 3 * b, u, w))
    close(both, tree.map(lambda a, b: 2 * a - 3 * b, first, other), rtol=1e-11)
    same(pullback(u), first)


@examples(120)
@given(programs(kinks=True))
def test_a_tape_and_the_transforms_agree(p: Program):
    """mg.Tape, explaining or not, finds the gradients of mg.grad."""
    xs = p.inputs()
    expected = mg.grad(p.scalar(), argnums=tuple(range(len(xs))))(*xs)
    for explain in (True, False):
        tape = mg.Tape(explain=explain)
        watched = [tape.watch(x) for x in xs]
        adjoints = tape.backward(p.scalar()(*watched))
        # the seeds are a number and an array of shape (): sums may take another order
        close([adjoints[x] for x in watched], expected, rtol=1e-12)


@examples(120)
@given(programs(kinks=True))
def test_arguments_that_are_not_asked_for_are_constants(p: Program):
    """The gradient by some arguments is that part of the gradient by all."""
    xs = p.inputs()
    value, all_of_them = mg.value_and_grad(p.scalar(), tuple(range(len(xs))))(*xs)
    for k, expected in enumerate(all_of_them):
        again, gradient = mg.value_and_grad(p.scalar(), k)(*xs)
        close(again, value)
        close(gradient, expected, rtol=1e-12)


# ---------------------------------------------------------------- Jacobians


@examples(120)
@given(programs(kinks=True, small=True))
def test_jacobians_are_stacks_of_single_sweeps(p: Program):
    """In mode fwd, rev and auto; row by row vjps, column by column jvps."""
    xs, f = p.inputs(), p.array()
    out, pullback = mg.vjp(f, *xs)
    n, m = xs[0].size, np.size(out)
    shape = np.shape(out) + xs[0].shape
    rows = [pullback(e.reshape(np.shape(out)))[0] for e in np.eye(m)]
    by_rows = np.reshape(rows, shape)
    rest = [np.zeros(x.shape) for x in xs[1:]]
    moved = [mg.jvp(f, xs, (e.reshape(xs[0].shape), *rest))[1] for e in np.eye(n)]
    by_columns = np.reshape(moved, (n, m)).T.reshape(shape)
    close(by_rows, by_columns, rtol=1e-12)
    for mode in ("fwd", "rev", "auto"):
        close(mg.jacobian(f, mode=mode)(*xs), by_rows, rtol=1e-12)


@examples(80)
@given(programs(kinks=True, small=True, inputs=1))
def test_jacobians_of_jacobians_are_stacks_too(p: Program):
    """Batches inside batches: all four pairs of modes, against jvps of Jacobians."""
    (x,), (v,) = p.inputs(), p.directions()
    f = p.array()
    along = mg.jvp(mg.jacobian(f, mode="fwd"), (x,), (v,))[1]
    for first in ("fwd", "rev"):
        for second in ("fwd", "rev"):
            twice = mg.jacobian(mg.jacobian(f, mode=first), mode=second)(x)
            assert np.shape(twice) == np.shape(f(x)) + 2 * x.shape
            close(np.tensordot(twice, v, axes=x.ndim), along)


# ---------------------------------------------------------------- second order


@examples(200)
@given(programs(kinks=True))
def test_a_hessian_vector_product_is_the_slope_of_the_gradient(p: Program):
    """Along v, by differences of the engine's gradient and of NumPy's complex step."""
    xs, vs, ws = p.inputs(), p.directions(1), p.directions(2)
    product = mg.hvp(p.scalar(), xs, vs)
    product = product if len(xs) > 1 else (product,)
    f, k = p.scalar(oracle=True), tuple(range(len(xs)))
    at = lambda t: [x + t * v for x, v in zip(xs, vs, strict=True)]
    by_gradients = slope(lambda t: inner(mg.grad(p.scalar(), k)(*at(t)), ws))
    by_complex_steps = slope(lambda t: complex_step(f, at(t), ws))
    # extrapolated differences leave nine digits of what is as large as the terms
    scale = size(product, ws) + size(xs, xs)
    assert abs(inner(product, ws) - by_gradients) <= 1e-6 * scale
    assert abs(inner(product, ws) - by_complex_steps) <= 1e-6 * scale


@examples(120)
@given(programs(kinks=True, small=True, inputs=1))
def test_four_roads_to_the_second_derivative(p: Program):
    """Modes over modes, batched or not, lead to one symmetric Hessian."""
    (x,), (v,) = p.inputs(), p.directions()
    f = p.scalar()
    gradient = mg.grad(f)
    slope_along = lambda x: mg.jvp(f, (x,), (v,))[1]
    roads = [
        mg.hvp(f, (x,), (v,)),
        mg.jvp(gradient, (x,), (v,))[1],
        mg.vjp(gradient, x)[1](v)[0],
        mg.grad(lambda x: np.sum(gradient(x) * v))(x),
        mg.grad(slope_along)(x),
        mg.jacobian(slope_along, mode="fwd")(x),
    ]
    H = mg.hessian(f)(x)
    matrix = np.reshape(H, (x.size, x.size))
    close(matrix, matrix.T)
    for road in roads:
        close(road, np.tensordot(H, v, axes=x.ndim))
    close(mg.jvp(slope_along, (x,), (v,))[1], np.sum(roads[0] * v))


@examples(60)
@given(programs(kinks=True, small=True, inputs=1))
def test_third_derivatives_do_not_depend_on_the_road(p: Program):
    """All eight orders of modes along three directions give one number."""
    (x,), vs = p.inputs(), [p.directions(salt)[0] for salt in range(3)]

    def along(f, v, mode):
        if mode == "fwd":
            return lambda x: mg.jvp(f, (x,), (v,))[1]
        return lambda x: np.sum(mg.grad(f)(x) * v)

    numbers = []
    for modes in np.ndindex(2, 2, 2):
        f = p.scalar()
        for v, mode in zip(vs, modes, strict=True):
            f = along(f, v, ("fwd", "rev")[mode])
        numbers.append(f(x))
    close(numbers, [numbers[0]] * 8, rtol=1e-8)


# ---------------------------------------------------------------- nested derivatives


@examples(120)
@given(programs(kinks=True, inputs=2, equal=True))
def test_nested_derivatives_do_not_confuse_perturbations(p: Program):
    """d/dx ⟨x, ∂f(x, y)/∂y⟩ at y = x holds the right things constant.

    The inner derivative is a complex step of NumPy, the outer one its slope.
    """
    (x, _), (v, _) = p.inputs(), p.directions()
    f, plain_f = p.scalar(), p.scalar(oracle=True)
    by_grad = lambda x: np.sum(x * mg.grad(lambda y: f(x, y))(x))
    by_argnum = lambda x: np.sum(x * mg.grad(f, argnums=1)(x, x))
    by_vjp = lambda x: np.sum(x * mg.vjp(lambda y: f(x, y), x)[1](1.0)[0])
    by_jvp = lambda x: mg.jvp(lambda y: f(x, y), (x,), (x,))[1]
    g = lambda t: complex_step(plain_f, (x + t * v, x + t * v), (0 * x, x + t * v))
    value, expected = g(0.0), slope(g)
    scale = 10 + abs(expected) + float(np.sum(x * x))
    for inner_road in (by_grad, by_argnum, by_vjp, by_jvp):
        found, gradient = mg.value_and_grad(inner_road)(x)
        close(found, value, rtol=1e-8)
        pushed = mg.jvp(inner_road, (x,), (v,))[1]
        assert abs(np.sum(gradient * v) - pushed) <= 1e-9 * size(gradient, v)
        assert abs(pushed - expected) <= 1e-6 * scale


@examples(120)
@given(programs(kinks=True, inputs=2, equal=True))
def test_an_inner_variable_is_not_the_outer_one(p: Program):
    """x · ∂f(x, y)/∂y at a *constant* y: only the explicit x is differentiated."""
    (x, y), (v, _) = p.inputs(), p.directions()
    f, plain_f = p.scalar(), p.scalar(oracle=True)
    outer = lambda x: np.sum(x * mg.grad(lambda y: f(x, y))(y))
    g = lambda t: complex_step(plain_f, (x + t * v, y), (0 * x, x + t * v))
    gradient = mg.grad(outer)(x)
    scale = 10 + abs(slope(g)) + float(np.sum(x * x))
    assert abs(np.sum(gradient * v) - slope(g)) <= 1e-6 * scale


@examples(80)
@given(programs())
def test_a_stopped_gradient_is_a_constant_at_every_level(p: Program):
    """f(x, stop(x)) has the derivative of f by its first argument, inside grads too."""
    xs, vs = p.inputs(), p.directions()
    f = p.array()
    stopped = lambda *xs: np.sum(f(*xs) * mg.stop_gradient(f(*xs)))
    expected = np.sum(complex_step(p.array(oracle=True), xs, vs) * f(*xs))
    assert abs(mg.jvp(stopped, xs, vs)[1] - expected) <= 1e-8 * (1 + abs(expected))
    k = tuple(range(len(xs)))
    assert abs(inner(mg.grad(stopped, k)(*xs), vs) - expected) <= 1e-8 * (
        1 + abs(expected)
    )
    nested = lambda *xs: mg.jvp(stopped, xs, vs)[1]
    again = mg.vjp(lambda *xs: np.sum(mg.jvp(f, xs, vs)[1] * f(*p.inputs())), *xs)
    close(mg.vjp(nested, *xs)[1](1.0), again[1](1.0), rtol=1e-8)
