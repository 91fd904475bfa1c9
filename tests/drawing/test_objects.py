"""Scalars of another engine are drawn if they have value, grad and parents."""

from __future__ import annotations

import pytest

from minigrad.drawing import TargetError, draw


class Var:
    """As chapter 03 might build it, with as little as can be drawn."""

    def __init__(self, value, parents=(), op=""):
        self.value, self.grad, self.parents, self.op = value, 0.0, parents, op

    def __add__(self, other):
        return Var(self.value + other.value, ((self, 1.0), (other, 1.0)), "+")

    def __mul__(self, other):
        parents = ((self, other.value), (other, self.value))
        return Var(self.value * other.value, parents, "*")

    def backward(self):
        order, seen = [], set()

        def visit(v):
            if v not in seen:
                seen.add(v)
                for parent, _ in v.parents:
                    visit(parent)
                order.append(v)

        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            for parent, local in v.parents:
                parent.grad += local * v.grad


def test_a_students_var_is_drawn():
    """f = (x y + x) x y at 3, -2: by calculus ∂f/∂x = 2 x y² + 2 x y = 12."""
    x, y = Var(3.0), Var(-2.0)
    a = x * y
    f = a * (a + x)
    f.backward()
    graph = draw(f).graph
    cards = {card.title: card for card in graph.cards}
    assert list(cards) == ["x", "y", "a = x * y", "a + x", "f = a * (a + x)"]
    assert cards["x"].grad == 2 * 3.0 * 4 + 2 * 3.0 * -2.0
    assert cards["f = a * (a + x)"].kind == "output"
    passed = {graph.card_of[k.source].title: k.local.passed for k in graph.links}
    assert passed["a + x"] == 6.0
    assert passed["y"] == 27.0  # |x ∂f/∂a| = |3 · -9|
    assert "grad" in draw(f).dot


def test_before_backward_there_are_dashes():
    """All gradients zero: nobody has computed them."""
    x = Var(3.0)
    assert not draw(x * x).graph.differentiated


def test_bare_parents_will_do():
    """Without local derivatives the symbols are still known."""
    x, y = Var(3.0), Var(4.0)
    f = Var(12.0, (x, y), "*")
    f.grad, x.grad, y.grad = 1.0, 4.0, 3.0
    assert [link.local.symbol for link in draw(f).graph.links] == ["y", "x"]


def test_a_chain_of_ten_thousand_is_no_recursion():
    """It collapses like any other."""
    x = Var(1.0)
    for _ in range(10_000):
        x = x + Var(0.5)
    assert len(draw(x).graph.cards) <= 40


def test_what_lacks_parents_is_refused():
    """As before."""
    with pytest.raises(TargetError, match="cannot draw a list"):
        draw([1.0])
