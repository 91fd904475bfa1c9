"""The first operation whose rule contradicts its values is named, with its line."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg


def sine(vjp, jvp):
    return mg.primitive(x=mg.Rule(vjp, jvp))(np_sin)


def np_sin(x):
    return np.sin(x)


right = lambda g, x: g * np.cos(x)
wrong = lambda g, x: g * np.sin(x)
x = np.array([[0.3, 1.0, -0.7]])


@pytest.mark.parametrize(
    ("vjp", "jvp", "mode"), [(wrong, right, "vjp"), (right, wrong, "jvp")]
)
def test_the_wrong_half_of_a_rule_is_named(vjp, jvp, mode):
    """Forward and backward are looked at apart."""
    op = sine(vjp, jvp)
    found = mg.find_wrong_rule(lambda x: np.sum(np.tanh(x) @ op(x).T), x)
    assert (found.op, found.argument, found.mode) == ("np_sin", "x", mode)
    assert found.place.text == "op(x)"
    assert "test_wrong_rule.py" in str(found)


def test_of_two_wrong_rules_the_first_is_named():
    """In the order in which the program ran."""
    double, triple = (
        mg.primitive(x=mg.Rule(lambda g: g, lambda g: g))(f)
        for f in (lambda x: 2 * x, lambda x: 3 * x)
    )
    found = mg.find_wrong_rule(lambda x: np.sum(triple(double(x))), x)
    assert found.right / found.found == pytest.approx(2.0)


def test_right_rules_are_passed_over():
    """Also at a kink, in integers, in checkpoints and for custom functions."""

    def f(x, n):
        y = mg.relu(x) + mg.checkpoint(lambda x: np.tanh(x) ** 2)(x)
        return np.sum(y[:, ::-1] * x) + n

    assert mg.find_wrong_rule(f, np.array([[0.0, 1.0, -0.7]]), 3) is None


def test_a_wrong_custom_vjp_is_named():
    """A custom function is one line, and is moved as a whole."""
    cube = mg.custom_vjp(lambda x: x**3)
    cube.defvjp(lambda x: (x**3, x), lambda x, g: (2 * x * g,))
    found = mg.find_wrong_rule(lambda x: np.sum(np.sin(cube(x))), x)
    assert found is not None
    assert found.mode == "vjp"
    assert found.op == "f"


def test_check_grads_names_the_rule():
    """The report says which operation, which argument and where."""
    op = sine(wrong, wrong)
    with pytest.raises(
        AssertionError, match=r"the vjp of np_sin by x gives .*\n +at .*op\(x\)"
    ):
        mg.check_grads(lambda x: np.sum(np.exp(op(x))), (x,), order=1)
