"""RIGHT, WRONG, CANNOT TELL: when each is said, and that it is never said wrongly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from diagnoses import FAMILIES, named, verdict_on_right

import minigrad as mg
from minigrad.check import numerical_grad

rng = np.random.default_rng(7)
W, b, X = (
    rng.standard_normal((3, 5)),
    rng.standard_normal(3),
    rng.standard_normal((5, 7)),
)


def loss(W, b):
    return np.sum(np.tanh(W @ X + b[:, None]) ** 2)


def gradient(W, b):
    h = np.tanh(W @ X + b[:, None])
    da = 2 * h * (1 - h**2)
    return da @ X.T, da.sum(axis=1)


# ---------------------------------------------------------------- measured


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_faults_is_named(family):
    """A few draws of what `benchmarks/diagnoses.py` measures on many."""
    assert [named(family, k) for k in range(3)] == ["named"] * 3


def test_right_gradients_are_called_right():
    """Float64 and float32, at scales from 1e-9 to 1e9; the benchmark does 100 000."""
    assert {verdict_on_right(k) for k in range(70)} == {"RIGHT"}


# ---------------------------------------------------------------- right and wrong


def test_functions_and_values_may_be_claimed():
    """By all arguments, by the first, by chosen ones, in containers."""
    gW, gb = gradient(W, b)
    assert mg.diagnose(gradient, loss, (W, b))
    assert mg.diagnose((gW, gb), loss, (W, b))
    assert mg.diagnose(gW, loss, (W, b))
    assert mg.diagnose(gb, loss, (W, b), argnums=1)
    assert mg.diagnose(mg.grad(loss, argnums=(0, 1)), loss, (W, b))
    params = {"W": W, "b": [b]}
    f = lambda p: loss(p["W"], p["b"][0])
    found = mg.diagnose({"W": gW, "b": [-gb]}, f, (params,))
    assert found.verdict == "WRONG"
    assert "p.b[0] (3 of 3 entries); by p.W it is right" in found.summary


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_wrong_sign_is_wrong_at_every_scale(scale):
    """A wrong sign on 1e-8 sin x is as wrong as on sin x."""
    x = np.array([0.3, 1.0])
    f = lambda x: scale * np.sum(np.sin(x))
    assert mg.diagnose(lambda x: scale * np.cos(x), f, (x,))
    found = mg.diagnose(lambda x: -scale * np.cos(x), f, (x,))
    assert (found.verdict, found.kind) == ("WRONG", "sign")


def test_one_wrong_entry_of_many_is_found():
    """And it is named, with what is right there."""
    gW, gb = gradient(W, b)
    gW[1, 3] += 1e-4
    found = mg.diagnose((gW, gb), loss, (W, b))
    assert "W (1 of 15 entries)" in found.summary
    assert found.evidence[0].startswith("W[1, 3]: claimed ")
    assert any("W @ X" in line for line in found.evidence)
    assert found.kind is None
    assert "no simple slip" in found.next


def test_functions_that_do_not_run_on_the_engine_are_judged_by_values():
    """math.erf takes no tensors and no complex numbers; SciPy's takes the latter."""
    slope = lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x)
    assert mg.diagnose(slope, lambda x: math.erf(x), (0.3,))
    found = mg.diagnose(lambda x: 0.5 * slope(x), lambda x: math.erf(x), (0.3,))
    assert (found.verdict, found.kind) == ("WRONG", "factor")


def test_a_gradient_near_a_kink_is_right():
    """A kink 1e-4 away is stepped over by long steps only."""
    x = np.array([1e-4, -1e-4, 0.5])
    f = lambda x: np.sum(np.maximum(x, 0) + np.sin(x))
    assert mg.diagnose(lambda x: (x > 0) + np.cos(x), f, (x,))


def test_terms_that_cancel_are_no_fault():
    """sin² + cos² has the gradient 0 by one formula and 1e-17 by another."""
    x = rng.standard_normal(4)
    f = lambda x: np.sum(np.sin(x) ** 2 + np.cos(x) ** 2)
    assert mg.diagnose(lambda x: 0 * x, f, (x,))
    assert not mg.diagnose(lambda x: 2 * np.sin(x) * np.cos(x), f, (x,))


def test_float32_is_not_called_wrong_and_a_wrong_sign_in_it_is():
    """Three digits are asked for there."""
    x = rng.standard_normal(5).astype(np.float32)
    f = lambda x: np.sum(np.sin(x) ** 2)
    found = mg.diagnose(lambda x: 2 * np.sin(x) * np.cos(x), f, (x,))
    assert found.verdict == "RIGHT"
    assert "float32" in found.summary
    assert mg.diagnose(lambda x: -np.sin(2 * x), f, (x,)).kind == "sign"


def test_a_pullback_is_asked_with_random_cotangents():
    """A cotangent of ones cannot tell a wrong softmax rule from a right one."""
    z = rng.standard_normal((4, 3))

    def right(u, z):
        p = mg.softmax(z, axis=-1)
        return p * (u - np.sum(u * p, axis=-1, keepdims=True))

    f = lambda z: mg.softmax(z, axis=-1)
    assert mg.diagnose(right, f, (z,))
    assert not mg.diagnose(lambda u, z: 0 * z, f, (z,))
    p = mg.softmax(z[0])
    assert (
        mg.diagnose(lambda u, z: u * p * (1 - p), mg.softmax, (z[0],), draws=1).kind
        == "diagonal"
    )
    with pytest.raises(ValueError, match="cotangent=u"):
        mg.diagnose(np.zeros((4, 3)), f, (z,))
    assert mg.diagnose(right(np.ones_like(z), z), f, (z,), cotangent=np.ones_like(z))


def test_slips_inside_of_softmax_are_found():
    """An operation with one rule is taken apart into exp, sum and quotient."""
    z, X = rng.standard_normal(5), rng.standard_normal((6, 5))

    def without_sum(u, z):
        return mg.softmax(z) * u

    found = mg.diagnose(without_sum, mg.softmax, (z,))
    assert found.kind in ("overwritten", "missing-term")

    def f(W):
        return np.sum(mg.logsumexp(W @ X, axis=0))

    def without_shares(W):
        return np.exp(W @ X) @ X.T

    found = mg.diagnose(without_shares, f, (rng.standard_normal((3, 6)),))
    causes = dict(found.causes)
    assert "log in mg.logsumexp(W @ X, axis=0)" in causes["missing-local"]
    found = mg.diagnose(lambda x: 2 * x, np.linalg.norm, (z,))
    assert [kind for kind, _ in found.causes] == ["value-factor", "missing-local"]


def test_the_engines_own_wrong_rule_is_named():
    """A gradient from the engine is only as right as the rules that it is made of."""
    half = lambda g, x: g * x
    square = mg.primitive(x=mg.Rule(half, half))(lambda x: x * x)
    f = lambda x: np.sum(np.sin(x) * square(x))
    found = mg.diagnose(mg.grad(f), f, (np.ones(3),))
    assert (found.verdict, found.kind) == ("WRONG", "wrong-rule")
    assert "square(x)" in str(found)
    assert mg.diagnose(lambda x: np.cos(x) * x**2 + np.sin(x) * 2 * x, f, (np.ones(3),))


# ---------------------------------------------------------------- cannot tell


def test_at_a_kink_nobody_can_tell():
    """Any slope between those of the two sides may be wanted; no other one."""
    x = np.array([1.0, 0.0, -2.0])
    f = lambda x: np.sum(np.maximum(x, 0))
    found = mg.diagnose(lambda x: (x > 0) * 1.0, f, (x,))
    assert found.verdict == "CANNOT TELL"
    assert "x[1]: slope 0 to the left, 1 to the right" in found.summary
    assert (
        mg.diagnose(lambda x: np.where(x == 0, 2.0, x > 0), f, (x,)).verdict == "WRONG"
    )
    assert mg.diagnose(lambda x: (x >= 0) * 2.0, f, (x,)).verdict == "WRONG"


def test_a_gradient_below_the_rounding_of_f_cannot_be_told():
    """Unless complex steps, which subtract nothing, can see it."""
    big = lambda x: 1e20 + math.sin(x)
    found = mg.diagnose(math.cos, big, (0.3,))
    assert (found.verdict, found.kind) == ("CANNOT TELL", "below-noise")
    assert mg.diagnose(np.cos, lambda x: 1e20 + np.sin(x), (0.3,)).verdict == "RIGHT"
    assert mg.diagnose(np.sin, lambda x: 1e20 + np.sin(x), (0.3,)).verdict == "WRONG"


def test_a_jump_cannot_be_told():
    """Difference quotients grow for ever."""
    found = mg.diagnose(lambda x: 0.0, lambda x: float(x > 0), (0.0,))
    assert (found.verdict, found.kind) == ("CANNOT TELL", "rough")


def test_random_numbers_in_f_cannot_be_told():
    """Dropout that is not seeded."""
    dice = np.random.default_rng(0)
    f = lambda x: np.sum(x * dice.random(3))
    found = mg.diagnose(lambda x: x, f, (np.ones(3),))
    assert (found.verdict, found.kind) == ("CANNOT TELL", "nondeterministic")


def test_a_value_that_is_not_finite_names_its_origin():
    """The operation and the line, as check_grads does."""
    found = mg.diagnose(
        lambda p: 1 + np.log(p),
        lambda p: np.sum(p * np.log(p)),
        (np.array([0.5, 0.0]),),
    )
    assert found.verdict == "CANNOT TELL"
    assert "log: -inf in 1 of 2 entries" in str(found)


# ---------------------------------------------------------------- causes


def test_known_mistakes_come_first():
    """Those of a catalogue, with their own sentence; only if they fit."""

    def forgot_the_square(W, b):
        """You took the derivative of tanh where f has its square."""
        h = np.tanh(W @ X + b[:, None])
        return (1 - h**2) @ X.T, (1 - h**2).sum(axis=1)

    def crashes(W, b):
        """Never."""
        raise RuntimeError

    found = mg.diagnose(
        forgot_the_square, loss, (W, b), mistakes=[crashes, forgot_the_square]
    )
    assert found.causes == (
        (
            "forgot_the_square",
            "You took the derivative of tanh where f has its square.",
        ),
    )


def test_a_known_mistake_must_fit_at_every_point():
    """That it returns the same at one of them is no explanation."""
    claimed = lambda W, b: (3 * gradient(W, b)[0], 3 * gradient(W, b)[1])
    there = claimed(W, b)
    found = mg.diagnose(claimed, loss, (W, b), mistakes=[lambda W, b: there])
    assert found.kind == "factor"


def test_noise_is_not_explained_by_a_slip_that_changes_nothing():
    """Applying the derivative of a sum twice is harmless, and so explains nothing."""
    noise = 1 + 5e-8 * rng.standard_normal(W.shape)
    claimed = lambda W, b: (gradient(W, b)[0] * noise, gradient(W, b)[1])
    found = mg.diagnose(claimed, loss, (W, b))
    assert [kind for kind, _ in found.causes] == ["precision"]


def test_a_sample_that_a_loop_leaves_out_is_named():
    """The last column of the batch, in one product."""

    def one_sample_short(W, b):
        h = np.tanh(W @ X + b[:, None])
        da = 2 * h * (1 - h**2)
        dW = sum(np.outer(da[:, i], X[:, i]) for i in range(X.shape[1] - 1))
        return dW, da.sum(axis=1)

    found = mg.diagnose(one_sample_short, loss, (W, b))
    assert found.kind == "missing-row"
    assert "through `W @ X` " in found.causes[0][1]
    assert "leaves out the last entry along axis 1" in found.causes[0][1]


def test_a_matrix_of_the_layer_below_is_named():
    """In a loop, what is read a turn too early."""
    Ws = [rng.standard_normal((4, 4)) / 2 for _ in range(4)]
    start, c = rng.standard_normal(4), rng.standard_normal(4)

    def deep(Ws):
        h = start
        for W in Ws:
            h = np.tanh(W @ h)
        return c @ h

    def one_layer_off(Ws):
        hs = [start]
        for W in Ws:
            hs.append(np.tanh(W @ hs[-1]))
        dh, grads = c, []
        for j in reversed(range(len(Ws))):
            da = dh * (1 - hs[j + 1] ** 2)
            grads.append(np.outer(da, hs[j]))
            dh = Ws[j - 1].T @ da
        return grads[::-1]

    found = mg.diagnose(one_layer_off, deep, (Ws,))
    assert found.kind == "wrong-point"
    assert "`W @ h`" in found.causes[0][1]
    assert "Ws[" in found.causes[0][1]


def test_the_cause_is_named_with_the_users_line():
    """The expression, the file and the line of f."""

    def without_slope(W, b):
        h = np.tanh(W @ X + b[:, None])
        return 2 * h @ X.T, (2 * h).sum(axis=1)

    found = mg.diagnose(without_slope, loss, (W, b))
    assert found.kind == "missing-local"
    assert "`np.tanh(W @ X + b[:, None])` (test_verdict.py:" in found.causes[0][1]


def test_what_changes_its_arguments_is_told():
    """The arguments of the caller stay as they are."""
    before = W.copy()

    def rude(W, b):
        found = gradient(W, b)
        W[:] = 0.0
        return found

    found = mg.diagnose(rude, loss, (W, b))
    assert found.verdict == "RIGHT"
    assert any("changes W in place" in line for line in found.evidence)
    np.testing.assert_array_equal(W, before)


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (None, "none"),
        ("x", "type"),
        (1j * np.ones(3), "type"),
        ([1.0, 2.0, 3.0], "structure"),
        (np.ones((3, 1)), "shape"),
    ],
)
def test_what_is_no_gradient_is_refused(result, kind):
    """Nothing, text, complex numbers, a list for an array, another shape."""
    found = mg.diagnose(lambda x: result, lambda x: np.sum(x), (np.arange(3.0),))
    assert (found.verdict, found.kind) == ("WRONG", kind)


def test_integers_cannot_be_differentiated_by():
    """The way out is named."""
    with pytest.raises(TypeError, match=r"x is an array of int64.*pass floats"):
        mg.diagnose(lambda x: x, lambda x: np.sum(x), (np.arange(3),))
    with pytest.raises(ValueError, match="argnums is 2, but args has 1"):
        mg.diagnose(lambda x: x, lambda x: np.sum(x), (np.ones(3),), argnums=2)


def test_differences_pass_for_a_gradient_of_few_digits():
    """Six digits are not eight: the formula is asked for."""
    by_steps = lambda W, b: (
        numerical_grad(lambda W: loss(W, b), W, h=1e-4),
        gradient(W, b)[1],
    )
    found = mg.diagnose(by_steps, loss, (W, b))
    assert (found.verdict, found.kind) == ("WRONG", "precision")


def test_the_same_seed_gives_the_same_diagnosis():
    """Nothing is left to chance, and nothing global is touched."""
    state = np.random.get_state()[1].copy()
    claims = lambda W, b: (gradient(W, b)[0] * 2, gradient(W, b)[1])
    assert mg.diagnose(claims, loss, (W, b)) == mg.diagnose(claims, loss, (W, b))
    np.testing.assert_array_equal(np.random.get_state()[1], state)
