"""Whole functions as one line: checkpoints, and rules that somebody gave."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import minigrad as mg


def steps(h, W, b, xs):
    for x in xs:
        h = np.tanh(h @ W + x + b)
    return h


def recurrent(rng, T=12, n=3, batch=2):
    W, b = rng.standard_normal((n, n)), rng.standard_normal(n)
    return rng.standard_normal((batch, n)), W, b, rng.standard_normal((T, batch, n))


def in_pieces(step, size):
    def loss(h, W, b, xs):
        for t in range(0, len(xs), size):
            h = step(h, W, b, xs[t : t + size])
        return np.sum(h**2)

    return loss


def test_a_checkpoint_changes_no_derivative():
    """Gradients by all arguments and Hessian-vector products are those of f."""
    args = recurrent(np.random.default_rng(0))
    plain = in_pieces(steps, 4)
    saving = in_pieces(mg.checkpoint(steps), 4)
    for transform in (
        lambda f: mg.grad(f, argnums=(0, 1, 2, 3))(*args),
        lambda f: mg.jvp(f, args, args),
        lambda f: mg.hvp(f, args, args),
        lambda f: mg.hessian(lambda b: f(args[0], args[1], b, args[3]))(args[2]),
        lambda f: mg.grad(lambda W: np.sum(mg.grad(f, 1)(args[0], W, *args[2:]) ** 2))(
            args[1]
        ),
    ):
        wanted, found = (mg.tree.flatten(transform(f))[0] for f in (plain, saving))
        for want, got in zip(wanted, found, strict=True):
            # the same operations in the same order, summed in another
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


def test_a_checkpoint_takes_and_gives_containers():
    """Named arguments, dicts and several results, one of them unused."""

    @mg.checkpoint
    def cell(state, *, scale):
        h = np.tanh(state["h"] * scale)
        return {"h": h, "norm": np.sum(h**2)}, 3.0 * h

    def loss(h, scale):
        out, _ = cell({"h": h}, scale=scale)
        return out["norm"] * np.sum(out["h"])

    mg.check_grads(loss, (np.array([0.3, -1.0, 0.5]), 1.5))


def test_batches_go_through_a_checkpoint():
    """A Jacobian in both modes is that of the function."""
    f = lambda x: (np.sin(x) * x[::-1], np.sum(x**2))
    x = np.array([0.3, -1.0, 0.5])
    for mode in ("fwd", "rev"):
        for a, b in zip(
            mg.jacobian(f, mode=mode)(x),
            mg.jacobian(mg.checkpoint(f), mode=mode)(x),
            strict=True,
        ):
            np.testing.assert_allclose(a, b, rtol=1e-14)


def test_a_checkpoint_keeps_only_its_arguments():
    """A chain in √T pieces needs a fraction of the memory (traced by the allocator)."""
    args = recurrent(np.random.default_rng(1), T=400, n=32, batch=32)

    def peak(step):
        gradient = mg.grad(in_pieces(step, 20), argnums=1)
        gc.collect()
        tracemalloc.start()
        gradient(*args)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(mg.checkpoint(steps)) < peak(steps) / 5


def test_a_checkpoint_runs_its_function_once_more():
    """Once forward and once backward, however many arguments it has."""
    runs = []

    def f(x, y):
        runs.append(1)
        return x * y

    mg.grad(mg.checkpoint(f), argnums=(0, 1))(2.0, 3.0)
    assert len(runs) == 2
    ones = np.ones(3)
    mg.jacobian(mg.checkpoint(f), argnums=(0, 1), mode="rev")(ones, ones)
    assert len(runs) == 4


def test_terms_belong_to_the_adjoint_they_were_computed_for():
    """A sweep that stopped half way leaves nothing to the next one."""
    tape = mg.Tape()
    x, y = tape.watch(2.0), tape.watch(3.0)
    mg.checkpoint(lambda x, y: x * y)(x, y)
    *_, (_, _, rule, saved) = tape.edges()  # the sweep begins with the last argument
    assert [float(rule.vjp(g, *saved)) for g in (np.float64(1), np.float64(5))] == [
        2,
        10,
    ]


def test_a_checkpoint_refuses_what_it_cannot_see():
    """A tensor from outside would lose its derivative."""
    with pytest.raises(TypeError, match="not among its arguments"):
        mg.grad(lambda w: mg.checkpoint(lambda x: x * w)(w * 2.0))(1.0)
    assert mg.checkpoint(lambda x: x * 2.0)(3.0) == 6.0


def test_a_checkpoint_is_freed_without_the_collector():
    """The line holds values, not tensors: no cycle through its tape."""
    gc.disable()
    try:
        tape = mg.Tape()
        x = tape.watch(np.ones(3))
        y = mg.checkpoint(np.sin)(x)
        adjoint = tape.backward(np.sum(y))[x]
        np.testing.assert_array_equal(adjoint, np.cos(np.ones(3)))
        assert "checkpoint(sin)(%0)" in str(tape)
        freed = weakref.finalize(tape, lambda: None)
        del tape, x, y
        assert not freed.alive
    finally:
        gc.enable()


def log1pexp():
    @mg.custom_vjp
    def f(x):
        return np.log(1.0 + np.exp(x))

    f.defvjp(
        lambda x: (np.log(1.0 + np.exp(x)), x),
        lambda x, g: (g / (1.0 + np.exp(-x)),),
    )
    return f


def test_a_custom_rule_is_used_and_differentiated_again():
    """The derivative is the given one, and its derivative that of the given one."""
    f = log1pexp()
    x = np.array([0.3, -1.0])
    s = 1 / (1 + np.exp(-x))
    total = lambda x: np.sum(f(x))
    np.testing.assert_allclose(mg.grad(total)(x), s, rtol=1e-14)
    by_reverse = mg.jacobian(mg.grad(total), mode="rev")(x)
    np.testing.assert_allclose(by_reverse, np.diag(s * (1 - s)), atol=1e-15)
    np.testing.assert_allclose(mg.hessian(total)(x), np.diag(s * (1 - s)), atol=1e-15)
    v = np.array([2.0, 5.0])  # no forward mode: hvp goes forward over reverse
    np.testing.assert_allclose(mg.hvp(total, (x,), (v,)), s * (1 - s) * v, rtol=1e-14)
    np.testing.assert_allclose(mg.jacobian(f, mode="rev")(x), np.diag(s), rtol=1e-14)
    assert f(0.0) == np.log(2.0)


def test_a_custom_rule_sees_containers_and_may_say_none():
    """One entry for each argument, built like it; None is zero."""

    @mg.custom_vjp
    def f(p, x):
        return {"y": p["a"] * x, "z": x}

    f.defvjp(
        lambda p, x: (f.f(p, x), (p, x)),
        lambda saved, g: ({"a": 10.0 * g["y"]}, None),
    )
    loss = lambda p, x: np.sum(f(p, x)["y"]) + np.sum(f(p, x)["z"])
    by_p, by_x = mg.grad(loss, argnums=(0, 1))({"a": np.ones(2)}, np.ones(2))
    np.testing.assert_array_equal(by_p["a"], [10.0, 10.0])
    np.testing.assert_array_equal(by_x, [0.0, 0.0])


@pytest.mark.parametrize(
    ("backward", "error", "says"),
    [
        (lambda r, g: g, TypeError, "a tuple with an entry for each of its 1"),
        (lambda r, g: (g, g), TypeError, "returned 2 entries"),
        (lambda r, g: (g * np.ones(3),), ValueError, r"shape \(3,\) for .* shape \(\)"),
    ],
)
def test_a_custom_rule_that_gives_the_wrong_thing_is_told(backward, error, says):
    """Each refusal names the function and what was expected."""
    f = mg.custom_vjp(lambda x: x * 2.0)
    f.defvjp(lambda x: (x * 2.0, None), backward)
    with pytest.raises(error, match=says):
        mg.grad(f)(1.0)


def test_a_newer_tensor_from_outside_is_refused():
    """It would lose its derivative, whichever tape the arguments are on."""
    held = mg.custom_vjp(lambda a: a)
    for make in (
        lambda y: mg.checkpoint(lambda a: a * y),
        lambda y: held.defvjp(lambda a: (a * y, None), lambda r, g: (g,)) or held,
    ):
        with pytest.raises(TypeError, match="not among its arguments"):
            mg.grad(lambda x, make=make: mg.grad(lambda y: make(y)(x))(2.0))(5.0)


def test_a_custom_rule_is_for_positional_arguments():
    """A tensor by name would be differentiated by the chain rule inside."""
    with pytest.raises(TypeError, match="pass the tensor without its name"):
        mg.grad(lambda x: log1pexp()(x=x))(1.0)


def test_automatic_mode_goes_backward_where_forward_has_no_rule():
    """A rule without a tangent map serves a Jacobian all the same."""
    square = mg.primitive(x=mg.Rule(lambda g, x: 2 * g * x))(lambda x: x * x)
    J = mg.jacobian(lambda x: square(x) * np.ones(100))(3.0)
    np.testing.assert_array_equal(J, 6.0 * np.ones(100))


def test_misuse_of_a_custom_rule_is_explained():
    """No rule yet, no pair, no forward mode."""
    f = mg.custom_vjp(np.sin)
    with pytest.raises(TypeError, match="sin has no rule yet"):
        f(1.0)
    f.defvjp(np.sin, lambda r, g: (g,))
    with pytest.raises(TypeError, match="returns a pair"):
        mg.grad(f)(1.0)
    with pytest.raises(TypeError, match="reverse mode only"):
        mg.jvp(log1pexp(), (1.0,), (1.0,))
