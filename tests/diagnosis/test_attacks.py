"""Right gradients that are hard to see, and wrong ones that hide."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg

rng = np.random.default_rng(1)
N = np.arange(8.0)
HILBERT = 1 / (N[:, None] + N + 1)

# ---------------------------------------------------------------- right ones


def test_a_narrow_bump_is_not_taken_for_the_flat_ground_beside_it():
    """Long steps agree that the slope is 0, and short ones know better."""
    k = 1e9
    x = 0.5 + np.array([0.3, -1.0, 0.7]) / np.sqrt(k)
    f = lambda x: np.sum(np.exp(-k * (x - 0.5) ** 2))
    right = lambda x: -2 * k * (x - 0.5) * np.exp(-k * (x - 0.5) ** 2)
    assert mg.diagnose(right, f, (x,), draws=1).verdict == "RIGHT"
    assert mg.diagnose(lambda x: -right(x), f, (x,), draws=1).verdict == "WRONG"


def test_an_ill_conditioned_system_is_not_judged_from_beyond_its_pole():
    """A Hilbert matrix is 1e-10 away from a singular one, and no step is that short."""
    b = rng.standard_normal(8)
    f = lambda A, b: np.linalg.solve(A, b)

    def right(u, A, b):
        db = np.linalg.solve(A.T, u)
        return -np.outer(db, f(A, b)), db

    assert mg.diagnose(right, f, (HILBERT, b)).verdict == "RIGHT"


def test_the_end_of_the_domain_is_no_kink():
    """Beside arcsin(1 - 1e-7) only one side has long steps."""
    x = np.array([1 - 1e-9, 1e-7 - 1])
    right = lambda x: 1 / np.sqrt(1 - x * x)
    assert mg.diagnose(right, lambda x: np.sum(np.arcsin(x)), (x,)).verdict != "WRONG"


def test_the_rounding_of_large_arguments_is_no_kink():
    """Beside 1e6 a step of 4e-9 is rounded to a multiple of 1e-10."""
    x = 1e6 + 1e-5 * rng.standard_normal((20, 5))

    def normalized(x):
        mu = np.mean(x, axis=0)
        return (x - mu) / np.sqrt(np.mean((x - mu) ** 2, axis=0) + 1e-12)

    def right(u, x):
        mu = x.mean(0)
        s = 1 / np.sqrt(((x - mu) ** 2).mean(0) + 1e-12)
        h = (x - mu) * s
        return s * (u - u.mean(0) - h * (u * h).mean(0))

    assert mg.diagnose(right, normalized, (x,)).verdict != "WRONG"


def normalized_loss(b):
    """A bias before batch normalization, which takes it away again."""
    a = DATA + b
    return np.mean((normalized(a) - TARGET) ** 2)


def normalized(a):
    mu = np.mean(a, axis=0)
    return (a - mu) / np.sqrt(np.mean((a - mu) ** 2, axis=0) + 1e-5)


def normalized_loss_gradient(b):
    a = DATA + b
    mu = a.mean(0)
    s = 1 / np.sqrt(((a - mu) ** 2).mean(0) + 1e-5)
    h = (a - mu) * s
    u = 2 * (h - TARGET) / h.size
    return (s * (u - u.mean(0) - h * (u * h).mean(0))).sum(0)


DATA, TARGET = rng.standard_normal((2, 20, 5))


@pytest.mark.parametrize("kind", [float, np.float32])
def test_a_gradient_that_cancels_to_zero_is_not_wrong_in_its_rounding(kind):
    """4e-17 is as right as -3e-18, and as 0, where terms of size 1 cancel."""
    b = rng.standard_normal(5).astype(kind)
    assert mg.diagnose(normalized_loss_gradient, normalized_loss, (b,))
    assert mg.diagnose(lambda b: 0 * b, normalized_loss, (b,))
    assert not mg.diagnose(lambda b: 0 * b + 1e-6, normalized_loss, (b,))


def test_both_conventions_for_symmetric_matrices_are_right():
    """The gradient of log det S is S⁻¹, and twice its lower triangle to Cholesky."""
    A, x = rng.standard_normal((4, 4)), rng.standard_normal(4)
    S = A @ A.T + 4 * np.eye(4)
    log_det = lambda S: 2 * np.sum(np.log(np.diag(np.linalg.cholesky(S))))
    assert mg.diagnose(np.linalg.inv, log_det, (S,))
    assert mg.diagnose(mg.grad(log_det), log_det, (S,))
    y = lambda S: np.linalg.solve(S, x)
    assert mg.diagnose(lambda S: -np.outer(y(S), y(S)), lambda S: x @ y(S), (S,))
    top = lambda S: np.linalg.eigh(S)[1][:, -1]
    of_top = lambda S: np.linalg.eigh(S)[0][-1]
    assert mg.diagnose(lambda S: np.outer(top(S), top(S)), of_top, (S,))
    assert not mg.diagnose(lambda S: 2 * np.linalg.inv(S), log_det, (S,))


def test_float32_inside_of_a_function_hides_no_right_gradient():
    """Values that stand still on short steps tell how they are rounded."""
    x = rng.standard_normal(6)
    f = lambda x: float(np.sum(np.asarray(x, dtype=np.float32) ** 3))
    assert mg.diagnose(lambda x: 3 * x**2, f, (x,)).verdict != "WRONG"
    assert mg.diagnose(lambda x: -3 * x**2, f, (x,)).verdict == "WRONG"


# ---------------------------------------------------------------- wrong ones


def test_a_wrong_sign_in_a_small_float32_array_beside_a_large_one():
    """Asked for in float64 it cannot hide in the rounding of the other."""
    x = rng.standard_normal(6).astype(np.float32)
    f = lambda a, b: np.sum(a**2) + 1e-8 * np.sum(np.sin(b))
    assert mg.diagnose(lambda a, b: (2 * a, 1e-8 * np.cos(b)), f, (x, x))
    assert not mg.diagnose(lambda a, b: (2 * a, -1e-8 * np.cos(b)), f, (x, x))


def test_of_many_entries_a_wrong_one_is_found_by_halves():
    """Twenty entries are looked at, and all of them along a random direction."""
    x = rng.standard_normal(50_000)
    f = lambda x: float(np.sum(np.asarray(x).real ** 2))
    odd = np.arange(x.size) == 5
    found = mg.diagnose(lambda x: 2 * x + 1e4 * odd, f, (x,), draws=1)
    assert found.verdict == "WRONG"
    assert found.evidence[0].startswith("x[5]: ")
    right = mg.diagnose(lambda x: 2 * x, f, (x,), draws=1)
    assert right.verdict == "RIGHT"
    assert any("of 50000 entries one by one" in line for line in right.evidence)


def test_no_more_digits_are_promised_than_agree():
    """Differences with a step of 1e-12 agree to three or four."""
    x = rng.standard_normal(6)
    f = lambda x: np.sum(np.tanh(x) ** 3)
    by_steps = lambda x: np.array(
        [(f(x + 1e-12 * e) - f(x - 1e-12 * e)) / 2e-12 for e in np.eye(6)]
    )
    assert "8 digits" not in str(mg.diagnose(by_steps, f, (x,)))


# ---------------------------------------------------------------- cannot tell


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.minimum(np.abs(x[0]), np.abs(x[1])),
        lambda x: x[0] * x[1] / np.hypot(x[0], x[1]) if np.any(x) else 0.0,
    ],
)
def test_a_kink_that_no_axis_crosses(f):
    """Both slopes along the axes are 0, and the function is not differentiable."""
    found = mg.diagnose(lambda x: 0 * x, f, (np.zeros(2),), draws=1)
    assert (found.verdict, found.kind) == ("CANNOT TELL", "kink")


def test_nan_at_a_kink_does_not_lie_between_two_slopes():
    """Which is what was said of it."""
    x = np.array([0.0, 1.0])
    claims = lambda x: np.where(x == 0, np.nan, np.sign(x))
    found = mg.diagnose(claims, lambda x: np.sum(np.abs(x)), (x,))
    assert found.verdict == "CANNOT TELL"
    assert "between" not in str(found)


# ---------------------------------------------------------------- causes


def test_what_is_wrong_at_a_kink_only_has_no_made_up_cause():
    """Elsewhere nothing is wrong, so that every relation holds of nothing."""
    x = np.array([0.0, 1.0])
    wrong = lambda x, y: (np.where(x == 0, 2.0, np.sign(x)), 1.0 + 0 * y)
    f = lambda x, y: np.sum(np.abs(x)) + np.sum(y)
    found = mg.diagnose(wrong, f, (x, x))
    assert (found.verdict, found.causes) == ("WRONG", ())


def test_a_claim_that_does_not_repeat_itself_is_told_first():
    """Every second call is 3/2 times the right answer, which is not the cause."""
    calls = []

    def every_second(x):
        calls.append(x)
        return np.cos(x) * (1 if len(calls) % 2 else 1.5)

    found = mg.diagnose(every_second, lambda x: np.sum(np.sin(x)), (np.ones(3),))
    assert (found.verdict, found.kind) == ("WRONG", "nondeterministic")


def test_no_wrong_sweep_takes_gigabytes():
    """A derivative of a mean, taken twice, would be a matrix of 1e5 times 1e5."""
    x = rng.standard_normal(100_000)
    f = lambda x: np.mean(x**2)
    found = mg.diagnose(lambda x: -2 * x / x.size, f, (x,), draws=2)
    assert (found.verdict, found.kind) == ("WRONG", "sign")


# ---------------------------------------------------------------- arguments


def test_what_is_passed_in_another_form_is_explained():
    """A bare array, a result of one entry, no result, a tuple for a list."""
    x = np.ones(3)
    with pytest.raises(TypeError, match=r"write \(x,\)"):
        mg.diagnose(lambda x: 2 * x, lambda x: np.sum(x**2), x)
    with pytest.raises(TypeError, match=r"shape \(1, 1\).*to return a number"):
        mg.diagnose(lambda x: 2 * x, lambda x: x[None] @ x[:, None], (x,))
    with pytest.raises(TypeError, match="returns NoneType"):
        mg.diagnose(lambda x: 2 * x, lambda x: None, (x,))
    f = lambda p: sum(np.sum(a**2) for a in p)
    assert mg.diagnose(lambda p: tuple(2 * a for a in p), f, ([x, x],))


def test_a_numpy_number_stays_one():
    """It has methods that a float lacks."""
    f = lambda x: np.sin(x.reshape(1))[0]
    assert mg.diagnose(np.cos, f, (np.float64(0.3),))


# ---------------------------------------------------------------- check_grads


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda A: np.linalg.solve(A, np.arange(8.0)), HILBERT),
        (lambda x: np.sum(np.arcsin(x)), np.array([1 - 1e-9, 1e-7 - 1])),
    ],
)
def test_check_grads_blames_no_right_rule_beside_a_pole(f, x):
    """Where no difference settles it says that it cannot tell, and not WRONG."""
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match="CANNOT TELL"):
        mg.check_grads(f, (x,), order=1)
