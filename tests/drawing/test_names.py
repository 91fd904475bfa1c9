"""Values are called what the program calls them."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import draw


def names(f, *args):
    return [card.name for card in draw(f, *args).graph.cards if card.formula]


def test_a_variable_names_its_value():
    """`z = ...` is drawn as z; a lone result is called like the function."""

    def loss(x):
        z = x * 2.0
        return z + 1.0

    assert names(loss, 1.0) == ["z", "loss"]


def test_a_variable_that_held_several_values_numbers_them():
    """Each pass through the loop has a name of its own."""

    def f(x):
        h = x * 2.0
        for _ in range(2):
            h = np.tanh(h)
        return np.sin(h)

    assert names(f, 1.0) == ["h₁", "h₂", "h₃", "f"]


def test_an_input_keeps_its_own_name():
    """A variable that starts as the input does not count it."""

    def f(params):
        h = params["x0"]
        h = h * 2.0
        return np.sin(h)

    assert names(f, {"x0": 1.0}) == ["h", "f"]


def test_the_caller_names_what_a_helper_made():
    """`z1` of the program, not `out` of the helper; nor the helper's parameter."""

    def layer(w, x):
        out = w * x
        out.shape  # noqa: B018 - it is looked at, so it had to have a name
        return out

    def square(a):
        return a**2

    def f(w, x):
        z1 = layer(w, x)
        return square(z1) + square(x * 3.0)

    assert names(f, 1.0, 2.0) == ["z1", None, None, None, "f"]


def test_an_exception_leaves_no_tracer_behind():
    """The interpreter's tracing is restored whatever the function does."""

    def f(x):
        raise RuntimeError("oh")

    before = sys.gettrace()
    with pytest.raises(RuntimeError, match="oh"):
        draw(f, 1.0)
    assert sys.gettrace() is before


def test_variables_beside_a_tape_name_its_values():
    """draw(tape) looks at the variables of whoever calls it."""
    tape = mg.Tape()
    x = tape.watch(0.5, name="x")
    half = x * 0.5
    end = np.sin(half)
    assert [c.title for c in draw(tape).graph.cards] == [
        "half = x * 0.5",
        "end = sin(half)",
    ]
    assert mg.draw(end).graph.cards[0].title == "half = x * 0.5"


def test_an_index_array_is_called_by_its_name():
    """`scores[labels]`, not the numbers."""
    f = lambda scores, labels: np.sum(scores[labels])
    graph = draw(f, np.ones(9), np.arange(7)).graph
    assert graph.cards[0].formula == "scores[labels]"
