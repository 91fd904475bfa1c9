"""The chain rule is told line by line, and its numbers are right."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import draw
from minigrad.drawing.steps import steps

EXAMPLE = Path(__file__).parents[2] / "examples" / "two_layer.py"


def twice(x):
    a = x * x
    return a * x + a


def told(f, *args, **options):
    return steps(draw(f, *args, **options).graph)


def test_values_come_first_then_the_seed_then_the_way_back():
    """Each card once forward; the sweep back begins at the result."""
    kinds = [step.kind for step in told(f"{EXAMPLE}:loss")]
    assert kinds == ["forward"] * 7 + ["seed"] + ["backward"] * 12


def test_a_line_of_the_chain_rule_has_symbols_then_numbers():
    """d tanh(z)/dz at z = 2: the reader's 1 - f² times the seed."""
    step = [s for s in told(lambda x: np.tanh(x * 2.0), 0.5) if s.place == "n1"][1]
    slope = 1 - np.tanh(1.0) ** 2
    assert step.lines[0].endswith(" · ∂tanh(x * 2)/∂tanh(x * 2)")
    assert step.lines[1:] == (f"= {slope:.2f} · 1", f"= {slope:.2f}")


def test_an_accumulation_is_spelt_out():
    """f = x³ + x²: three readings of x, and by calculus 3 x² + 2 x = 33 at 3."""
    last = told(twice, 3.0)[-1]
    assert last.lines == (
        "∂f/∂x = x · ∂f/∂a + x · ∂f/∂a + a · ∂f/∂(a * x)".replace("f", "twice"),
        "= 3 · 4 + 3 · 4 + 9 · 1",
        "= 12 + 12 + 9",
        "= 33",
        "x is read 3 times, so 3 terms add up",
    )


def test_terms_add_up_to_what_the_engine_finds():
    """Every question's terms sum to its answer, an entry of mg.grad's gradient."""
    rng = np.random.default_rng(3)
    x, w = rng.standard_normal((5, 3)), rng.standard_normal(3)

    def f(x, w):
        y = np.tanh(x * w)
        return np.sum(y * x + y @ w[:, None])

    asked = {s.question.words: s.question for s in told(f, x, w) if s.question}
    for question in asked.values():
        assert np.isclose(sum(question.terms), question.answer, rtol=1e-12)
    for name, grad in zip("xw", mg.grad(f, argnums=(0, 1))(x, w), strict=True):
        (words,) = (words for words in asked if words.startswith(f"∂f/∂{name},"))
        where = tuple(map(int, re.findall(r"\d+", words)))
        assert np.isclose(asked[words].answer, grad[where], rtol=1e-12)
        assert abs(grad[where]) == np.max(np.abs(grad))


def test_the_gradient_stands_where_the_product_wants_it():
    """∂W = ∂z xᵀ, but ∂x = Wᵀ ∂z: the order of matrices is not free."""
    f = lambda W, x: np.sum(W @ x)
    lines = {s.place: s.lines[0] for s in told(f, np.ones((2, 3)), np.ones(3))}
    assert lines["n2-r0"].endswith("∂sum(W @ x)/∂(W @ x) · xᵀ")
    assert lines["n2-r1"].endswith("Wᵀ · ∂sum(W @ x)/∂(W @ x)")


def test_entries_are_multiplied_entry_by_entry():
    """Two vectors side by side would read as a dot product."""
    lines = [
        line
        for s in told(lambda x: np.sum(x**2 * 1.5), np.array([1.0, 2.0]))
        for line in s.lines
    ]
    assert "= [2 4] ⊙ [1.5 1.5]" in lines


def test_what_was_repeated_is_said_to_be_added_up():
    """A bias that every row got collects a gradient from each."""
    f = lambda b: np.sum((np.ones((5, 3)) * 2.0 + b * 1.0) ** 2)
    assert any(
        "added up over the axes" in line
        for s in told(f, np.ones(3))
        for line in s.lines
    )


def test_a_value_nobody_read_has_gradient_zero_and_why():
    """Zero because it is not used, not because the slopes are."""
    step = next(
        s
        for s in told(lambda x, w: x * 2.0, 1.0, 1.0)
        if s.place == "n1" and s.kind == "backward"
    )
    assert step.lines == ("∂(x * 2)/∂w = 0", "(x * 2) was computed without w")


def test_without_gradients_there_is_only_the_way_up():
    """No seed, no questions."""
    assert {s.kind for s in told(twice, 3.0, gradients=False)} == {"forward"}


@pytest.mark.filterwarnings("ignore:invalid value")
def test_nobody_is_asked_to_predict_a_nan():
    """It is told, and marked."""
    f = lambda x: np.sum(np.sqrt(x))
    asked = {s.place: s.question for s in told(f, np.array([-1.0, 2.0]))}
    assert asked["n1"] is not None
    assert asked["n1-r0"] is None


def test_through_a_group_only_what_passes_is_told():
    """The inner operation's Wᵀ times the outer gradient would be a wrong line."""
    graph = draw("rnn").graph
    grouped = {card.line for card in graph.cards if card.inside > 1}
    entering = [k for k in graph.links if k.target in grouped]
    assert entering
    assert all(k.local.symbol is None for k in entering)
    last = next(s for s in steps(graph) if s.title == "The gradient of rnn by W")
    assert last.lines[1].count("[") == 3  # three terms, each a matrix
    assert "·" not in last.lines[1]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_every_level_can_be_stepped_through(level):
    """Whatever was merged."""
    for name in ("two-layer", "delta", "rnn", "ntk"):
        assert steps(draw(name, level=level, max_nodes=12).graph)
