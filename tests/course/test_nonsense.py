"""What earns nothing from any task; and `verify` asks each task about all of it."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.course.chapters import load
from minigrad.course.nonsense import CONSTANTS, nonsense
from minigrad.course.verify import verify

X = np.ones((2, 3))


def right(x, n):
    """A right answer with arrays, a number and a list in it."""
    return x, [1.5, x[:1]], {"n": x[0]}


ANSWERS = dict(nonsense(right))


@pytest.mark.parametrize("name", [name for name in ANSWERS if "right shape" in name])
def test_it_has_the_shape_of_the_right_answer_and_none_of_its_numbers(name):
    """Structure and shapes are those of the worked solution, the numbers are not."""
    first, (number, second), named = ANSWERS[name](2 * X, 3)
    for value, wanted in [(first, 2 * X), (second, 2 * X[:1]), (named["n"], 2 * X[0])]:
        if name.startswith(("an axis too many", "empty lists")):
            assert np.shape(value) != wanted.shape
        else:
            assert value.shape == wanted.shape
            # handing back the input is the right answer of this example, and no other
            assert "argument" in name or not np.array_equal(value, wanted)
    assert np.ndim(number) in (0, 1)


def test_the_arguments_are_handed_back():
    """Each of them, all of them, and where they have the shape that is asked for."""
    assert ANSWERS["argument 1"](X, 3) is X
    assert ANSWERS["argument 2"](X, 3) == 3
    assert ANSWERS["the arguments"](X, 3) == (X, 3)
    two = dict(nonsense(lambda x, y: x - y))
    assert two["the first argument of the right shape"](X, 2 * X) is not None
    assert np.array_equal(two["the last argument of the right shape"](X, 2 * X), 2 * X)


def test_it_is_the_same_every_time():
    """Random numbers come from a seed, so that a finding can be found again."""
    name = "random numbers in the right shape"
    one, two = (dict(nonsense(right))[name](X, 3)[0] for _ in range(2))
    assert np.array_equal(one, two)


def test_a_task_that_takes_anything_takes_all_of_it(course):
    """A check that cannot fail is found once for each kind of nonsense."""
    checks = course / "01_doubling" / "test_doubling.py"
    text = checks.read_text(encoding="utf-8")
    asked = "expect(student.double(x)).close_to(x + x)"
    assert asked in text
    checks.write_text(text.replace(asked, "student.double(x)"), encoding="utf-8")
    subjects = {
        finding.subject
        for finding in verify([load("01_doubling", course)]).findings
        if finding.task == "01_doubling/double"
    }
    names = dict(nonsense(lambda x: 2 * x))
    assert len(names) > len(CONSTANTS) + 12
    assert {f"nonsense ({name})" for name in names} <= subjects
