"""What a check may claim, and how a value that does not fit is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import minigrad
from minigrad.course.checks import CheckFailure, expect, task
from minigrad.course.model import FAILED, WRONG_SHAPE, WRONG_TYPE


class Hostile:
    """Every way of asking it anything ends the process."""

    def __getattribute__(self, name):
        raise SystemExit(name)

    __repr__ = __str__ = __eq__ = __float__ = __array__ = __len__ = __iter__ = (
        __getattribute__
    )
    __hash__ = object.__hash__


class Subclass(np.ndarray):
    """An ndarray whose arithmetic is not NumPy's."""

    def __sub__(self, other):
        return np.zeros(1)


def refusal(got, expected, **options) -> CheckFailure:
    """The failure of ``expect(got).close_to(expected)``, which must fail."""
    with pytest.raises(CheckFailure) as caught:
        expect(got).close_to(expected, **options)
    return caught.value


PAIRS = {
    "numbers": (2, 2.0),
    "a NumPy number": (np.float32(0.5), 0.5),
    "a 0-d array": (np.array(3.0), 3.0),
    "integers for floats": (np.array([1, 2]), np.array([1.0, 2.0])),
    "empty arrays": (np.zeros((0, 3)), np.zeros((0, 3))),
    "a tuple for a list": ((np.ones(2), 1.0), [np.ones(2), 1.0]),
    "strings": ("saddle", "saddle"),
    "a NumPy bool": (np.bool_(True), True),
    "a bool in an array": (np.array(True), True),
    "a NumPy string": (np.str_("strict"), "strict"),
    "None": (None, None),
    "narrow integers": (np.array([3], dtype=np.uint8), np.array([3])),
    "infinity": (float("inf"), np.inf),
    "infinity in an array": (np.array([1.0, np.inf]), np.array([1.0, np.inf])),
    "rounding": (1.0 + 5e-10, 1.0),
    "rounding about zero": (np.array([5e-10]), np.array([0.0])),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_value_that_fits_is_accepted(name):
    """Exact types, whatever the container or the width of the numbers."""
    expect(PAIRS[name][0]).close_to(PAIRS[name][1])


REFUSED = {
    "a list": ([1.0, 2.0], np.ones(2), WRONG_TYPE, "wrap it in np.array(...)"),
    "a subclass": (np.ones(2).view(Subclass), np.ones(2), WRONG_TYPE, "a Subclass"),
    "objects": (np.array([None]), np.ones(1), WRONG_TYPE, "dtype object"),
    "strings": (np.array(["1"]), np.ones(1), WRONG_TYPE, "dtype str"),
    "booleans": (np.array([True]), np.ones(1), WRONG_TYPE, "of booleans"),
    "complex": (np.array([1j]), np.ones(1), WRONG_TYPE, "of complex numbers"),
    "a bool": (True, 1.0, WRONG_TYPE, "returned a bool; expected a number"),
    "an int for a bool": (1, True, WRONG_TYPE, "returned an int; expected a bool"),
    "None": (None, np.ones(2), WRONG_TYPE, "returned None"),
    "a number": (1.0, np.ones(2), WRONG_TYPE, "returned a float; expected an array"),
    "an array": (np.ones(1), 1.0, WRONG_SHAPE, "of shape (1,); expected a number"),
    "a hostile object": (Hostile(), np.ones(2), WRONG_TYPE, "returned a Hostile;"),
    "turned": (np.ones((5, 3)), np.ones((3, 5)), WRONG_SHAPE, "(transposed?)"),
    "short": ([1.0], [1.0, 2.0], WRONG_SHAPE, "a list of 1; expected a list of 2"),
    "no list": (np.ones(2), [1.0, 2.0], WRONG_TYPE, "expected a list of 2"),
    "an item": ([1.0, Hostile()], [1.0, 2.0], WRONG_TYPE, "result[1] is a Hostile"),
    "nan": (np.array([[0, np.nan]]), np.ones((1, 2)), FAILED, "entry [0, 1] of the"),
    "infinite": (10**400, 1.0, FAILED, "the result is inf"),
    "finite": (1.0, np.inf, FAILED, "1 instead of inf"),
    "wrapped": (np.array([-(2**63)]), np.array([2**63 - 1]), FAILED, "1.84e+19"),
    "far": (np.array([1e308]), np.array([-1e308]), FAILED, "difference inf at [0]"),
    "another string": ("min", "max", FAILED, "returned 'min'; expected 'max'"),
    "no string": (b"min", "min", WRONG_TYPE, "returned a bytes; expected a string"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_that_does_not_fit_is_refused_in_words(name):
    """The status says what kind of wrong it is, the message what was there instead."""
    got, expected, status, words = REFUSED[name]
    failure = refusal(got, expected)
    assert failure.status == status
    assert words in str(failure)


def test_a_difference_is_located():
    """The message names the item and entry that are farthest off, and both values."""
    failure = refusal([np.zeros(2), np.array([1.0, 5.0])], (np.zeros(2), np.ones(2)))
    assert str(failure) == "result[1]: largest difference 4 at [1] (5 instead of 1)"
    assert failure.evidence.where == (1,)


def test_tolerance_is_relative_to_the_largest_expected_entry():
    """1e-9 of the max norm passes, a little more does not; `scale` replaces it."""
    expected = np.array([1e6, 1.0])
    expect(expected + np.array([0.0, 9e-4])).close_to(expected)
    refusal(expected + np.array([0.0, 2e-3]), expected)
    expect(1e-7).close_to(0.0, scale=1e3)
    refusal(1e-7, 0.0)


def test_array_gives_a_copy_to_work_with():
    """What a check goes on with is float64 and no longer the student's."""
    returned = np.array([1, 2])
    accepted = expect(returned).array((2,))
    returned[0] = 7
    assert accepted.dtype == np.float64
    assert accepted.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("value", [None, [1.0, 2.0], np.array([1.0, np.nan])])
def test_array_refuses_what_is_no_finite_array(value):
    """A list, None and NaN never reach the arithmetic of a check."""
    with pytest.raises(CheckFailure):
        expect(value).array((2,))


def test_arrays_checks_every_shape():
    """A list of arrays is accepted item by item."""
    one, two = expect((np.ones(2), np.ones((1, 3)))).arrays([(2,), (1, 3)])
    assert (one.shape, two.shape) == ((2,), (1, 3))
    with pytest.raises(CheckFailure, match=r"result\[1\] is an array of shape \(3,\)"):
        expect([np.ones(2), np.ones(3)]).arrays([(2,), (1, 3)])


def test_number_refuses_what_is_no_finite_number():
    """NaN, a bool and a one-element array are no numbers."""
    assert expect(np.float32(2)).number() == 2.0
    for value in (float("nan"), True, np.ones(1), "1", Hostile()):
        with pytest.raises(CheckFailure):
            expect(value).number()


def test_gradient_of_compares_with_the_engine_and_differences():
    """The right gradient of Σ x³ passes, twice it does not."""
    x = np.array([1.0, -2.0, 0.5])
    expect(3 * x**2).gradient_of(lambda z: (z**3).sum(), x)
    with pytest.raises(CheckFailure, match="largest difference 12"):
        expect(6 * x**2).gradient_of(lambda z: (z**3).sum(), x)


def test_gradient_of_takes_a_list_of_arrays():
    """A list of arguments has a list of gradients."""
    at = [np.array([1.0, 2.0]), np.array([[3.0], [4.0]])]
    right = [at[1][:, 0], at[0][:, None]]
    expect(right).gradient_of(lambda ab: ab[0] @ ab[1][:, 0], at)
    with pytest.raises(CheckFailure, match=r"result\[1\]"):
        expect([right[0], -right[1]]).gradient_of(lambda ab: ab[0] @ ab[1][:, 0], at)


def test_a_check_at_a_kink_is_the_chapters_fault(monkeypatch):
    """Engine and differences that disagree are a grader error, never a failure."""
    fake = SimpleNamespace(
        grad=lambda f: lambda x: np.ones_like(x), numerical_grad=lambda f, x: 0 * x
    )
    monkeypatch.setattr(minigrad, "grad", fake.grad)
    monkeypatch.setattr(minigrad, "numerical_grad", fake.numerical_grad)
    with pytest.raises(RuntimeError, match="disagree by 1 "):
        expect(np.ones(2)).gradient_of(lambda x: x.sum(), np.zeros(2))


def test_is_true_carries_its_message():
    """Anything else is claimed with a sentence of the check's own."""
    expect(1).is_true(True, "unused")
    with pytest.raises(CheckFailure, match="the steps must shrink"):
        expect(1).is_true(False, "the steps must shrink")


def test_task_marks_a_function_with_name_claim_and_points():
    """The name is read off the function, the claim off its docstring."""

    @task("newton_step", points=2)
    def test_one_step_suffices(student, rng):
        """One step
        lands on the center.
        """

    check = vars(test_one_step_suffices)["check"]
    assert (check.task, check.name) == ("newton_step", "one step suffices")
    assert (check.claim, check.points) == ("One step lands on the center.", 2.0)


def test_a_check_without_a_claim_is_refused():
    """A check must say in its docstring what it claims."""
    with pytest.raises(TypeError, match="test_it needs a docstring"):

        @task("f")
        def test_it(student, rng):
            pass
