"""The checks that check everything else: they must fail when they should."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.check import numerical_grad
from minigrad.slip import likely_slip, slips


def wrong_rule(factor):
    same = lambda g, x: factor * g * np.cos(x)
    return mg.primitive(x=mg.Rule(same, same))(np_sin)


def np_sin(x):
    return np.sin(x)


@pytest.mark.parametrize("factor", [-1.0, 1.0001, 0.0, 2.0])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_wrong_rule_is_wrong_at_every_scale(factor, scale):
    """A wrong sign on 1e-8 sin x is as wrong as on sin x."""
    sine = wrong_rule(factor)
    with pytest.raises(AssertionError, match="WRONG"):
        mg.check_grads(lambda x: scale * sine(x), (np.array([0.3, 1.0]),), order=1)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_a_right_rule_is_right_at_every_scale(scale):
    """And the right one passes, to second order."""
    sine = wrong_rule(1.0)
    mg.check_grads(lambda x: scale * sine(x), (np.array([0.3, 1.0]),))


@pytest.mark.parametrize(("f", "x"), [(np.log, 1e-4), (np.sin, 1e8), (np.sqrt, 1e-12)])
def test_points_of_unusual_size_are_not_called_wrong(f, x):
    """The direction is small where the point is, and rounding of the point counts."""
    mg.check_grads(f, (np.array([x]),), order=1)


def test_a_wrong_second_derivative_is_seen():
    """A rule right in value but cut for the second derivative fails at order 2 only."""
    cut = lambda g, x: g * np.cos(mg.stop_gradient(x))
    sine = mg.primitive(x=mg.Rule(cut, cut))(np_sin)
    x = (np.array([0.3, 1.0]),)
    mg.check_grads(sine, x, order=1)
    with pytest.raises(AssertionError, match="rev of "):
        mg.check_grads(sine, x, order=2, modes=("rev",))


def test_one_wrong_mode_is_named():
    """A wrong tangent map beside a right adjoint is found in forward mode."""
    right = lambda g, x: g * np.cos(x)
    wrong = lambda t, x: t * np.sin(x)
    sine = mg.primitive(x=mg.Rule(right, wrong))(np_sin)
    mg.check_grads(sine, (np.array([0.3]),), order=1, modes=("rev",))
    with pytest.raises(AssertionError, match=r"\(fwd\)"):
        mg.check_grads(sine, (np.array([0.3]),), order=1)


def test_float32_is_not_called_wrong():
    """Right gradients in single precision pass, on a network."""
    rng = np.random.default_rng(0)
    W = rng.standard_normal((3, 5)).astype(np.float32)
    x = rng.standard_normal(5).astype(np.float32)
    mg.check_grads(lambda W, x: np.sum(np.tanh(W @ x) ** 2), (W, x))


def test_a_value_that_is_not_finite_is_named_by_its_origin():
    """Neither right nor wrong: the operation that made the first nan or infinity."""
    with pytest.raises(AssertionError, match=r"CANNOT TELL.*\nlog: -inf in 1 of 2"):
        mg.check_grads(lambda p: np.sum(p * np.log(p)), (np.array([0.5, 0.0]),))
    with pytest.raises(AssertionError, match="the derivative of sqrt: inf"):
        mg.check_grads(np.sqrt, (0.0,))


def test_infinite_constants_that_do_no_harm_are_no_obstacle():
    """A masked softmax reads -inf and is finite, and so is its gradient."""
    mask, c = np.array([True, True, False]), np.array([1.0, 2.0, 3.0])
    masked = lambda p: np.sum(mg.softmax(np.where(mask, p, -np.inf)) * c)
    mg.check_grads(masked, (np.ones(3),))


def test_counts_among_the_results_are_exact():
    """An integer beside the value has no derivative to check."""
    mg.check_grads(lambda x: {"y": x * x, "n": 3}, (1.5,), order=1)


def test_gradcheck_says_yes_or_no():
    """PyTorch's spelling: True, or False, or the reason as an exception."""
    x = np.array([0.3, 1.0])
    assert mg.gradcheck(np.tanh, x)
    assert not mg.gradcheck(wrong_rule(-1.0), (x,), raise_exception=False)
    with pytest.raises(AssertionError, match="opposite sign"):
        mg.gradcheck(wrong_rule(-1.0), (x,))


def test_numerical_grad_of_containers():
    """Floats stay floats, lists stay lists, and the input is not touched."""
    x = {"a": 2.0, "b": [np.array([1.0, 3.0])]}
    f = lambda x: x["a"] * np.sum(x["b"][0] ** 2)
    gradient = numerical_grad(f, x)
    assert gradient["a"] == pytest.approx(10.0, rel=1e-9)
    np.testing.assert_allclose(gradient["b"][0], [4.0, 12.0], rtol=1e-9)
    np.testing.assert_array_equal(x["b"][0], [1.0, 3.0])


def test_numerical_grad_of_integers_and_float32():
    """Integers are taken as floats; float32 gets a step of its own."""
    by_hand = numerical_grad(lambda x: np.sum(x**2), np.array([1, 2, 3]))
    np.testing.assert_allclose(by_hand, [2.0, 4.0, 6.0])
    assert numerical_grad(lambda x: x**3, 2) == pytest.approx(12.0)
    x = np.array([0.3, 1.0], np.float32)
    got = numerical_grad(lambda x: np.sum(np.exp(x)), x)
    assert got.dtype == np.float32
    np.testing.assert_allclose(
        got, np.exp(x), rtol=1e-3
    )  # ε^(2/3) of float32, and room


def test_an_empty_array_has_nothing_to_check():
    """No entries, no directions, no complaint."""
    mg.check_grads(lambda x: np.sum(x**2), (np.zeros((0, 3)),))


def test_unknown_modes_are_refused():
    """A misspelled mode does not pass by checking nothing."""
    for modes in ("reverse", (), ("rev", "up")):
        with pytest.raises(ValueError, match="'fwd', 'rev' or both"):
            mg.check_grads(np.sin, (np.array([0.3]),), modes=modes)
    with pytest.raises(AssertionError):
        mg.check_grads(wrong_rule(0.0), (np.array([0.3]),), modes="rev")


def test_numerical_grad_survives_a_function_that_writes():
    """A function that changes its input in place is differenced all the same."""

    def rude(x):
        total = np.sum(x**2)
        x[:] = 0.0
        return total

    np.testing.assert_allclose(numerical_grad(rude, np.array([1.0, 3.0])), [2.0, 6.0])


A = np.array([[1.0, 2.0, -3.0], [4.0, 5.0, 7.0]])
S = np.array([[1.0, 2.0], [5.0, -4.0]])


@pytest.mark.parametrize(
    ("got", "expected", "kind"),
    [
        (-A, A, "sign"),
        (A.T, A, "transpose"),
        (S.T, S, "transpose"),
        (0.5 * A, A, "factor"),
        (0 * A, A, "zero"),
        ((A / 3).astype(np.float32), A / 3, "precision"),
        (A.ravel(), A, "shape"),
        (A, A.sum(axis=0), "broadcast"),
        (A[:, ::-1], A, "order"),
        (np.roll(A, 1, axis=1), A, "shifted"),
        (np.vstack([A[1:], A[:1]]), A, "order"),
        (A * [[1.0], [0.0]], A, "missing-row"),
        (A[:1], A, "missing-row"),
        (np.tril(S), S, "triangle"),
        (A.sum(axis=1), A, "summed"),
        (A.mean(axis=0), A, "summed"),
        (np.broadcast_to(A.mean(axis=0), A.shape), A, "spread"),
        (A.T.reshape(2, 3), A, "flattened"),
        (np.abs(A), A, "absolute"),
        (A / np.linalg.norm(A), A, "normalized"),
        (A + 1, A, "offset"),
        (np.ones((2, 3, 4)).cumsum(1).T, np.ones((2, 3, 4)).cumsum(1), "axes"),
        ([S, A], [A, S], "order"),
        ([-A, -S], [A, S], "sign"),
        ([S, A, 2 * S], [A, 2 * S, S], "shifted"),
    ],
)
def test_a_simple_slip_is_named(got, expected, kind):
    """The relation between a wrong answer and the right one, when it is simple."""
    assert likely_slip(got, expected)[0] == kind


def test_what_one_pair_may_show_by_chance_is_not_guessed():
    """A limit, or the factor of a number, is named where several pairs agree on it."""
    assert likely_slip(np.clip(A, -3.0, 3.0), A) is None
    assert slips(np.clip(A, -3.0, 3.0), A) == [
        ("clipped", "it is the right answer cut off at ±3")
    ]
    assert likely_slip(2.0, 1.0) is None
    assert slips(2.0, 1.0) == [("factor", "it is 2 times the right answer")]


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (A**3 + A, A),
        ("x", A),
        (None, A),
        (10**400, 1.0),
        ([A, [1.0, [2.0]]], [A, S]),
        (A * np.nan, A),
        ([A], [A, S]),
        (A, 0 * A),
        (A, A),
    ],
)
def test_no_slip_is_made_up(got, expected):
    """Where nothing simple fits, nothing is said."""
    assert likely_slip(got, expected) is None
