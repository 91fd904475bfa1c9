"""A tape becomes cards, rows, links and layers."""

from __future__ import annotations

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import TooLargeError, build, draw


def two_layers(params, x):
    for layer in params:
        x = np.tanh(layer["W"] @ x + layer["b"])
    return np.sum(x)


def flat(W1, b1, W2, b2, x):
    h = mg.relu(W1 @ x + b1)
    return np.sum(W2 @ h + b2)


PARAMS = [
    {"W": np.full((3, 2), 0.1), "b": np.zeros(3)},
    {"W": np.full((1, 3), 0.2), "b": np.zeros(1)},
]


def cards(f, *args, **options):
    """The cards of a drawing by their titles."""
    return {card.title: card for card in draw(f, *args, **options).graph.cards}


def test_a_leaf_read_once_is_a_row_and_read_twice_a_card():
    """`w` is folded into the product that reads it; `x` stands for itself."""
    found = cards(lambda w, x: (w * x) + x, 2.0, 3.0)
    assert list(found) == ["x", "w * x", "w * x + x"]
    assert [row.name for row in found["w * x"].rows] == ["w"]
    assert found["x"].rows == ()


def test_a_product_is_drawn_with_its_bias():
    """W @ x + b is one card; the rows' local derivatives are those of the whole."""
    f = lambda W, x, b: np.sum(W @ x + b)
    card = cards(f, np.ones((2, 3)), np.ones(3), np.ones(2))["W @ x + b"]
    assert {row.name: row.local.symbol for row in card.rows} == {
        "W": "xᵀ",
        "x": "Wᵀ",
        "b": "1",
    }


def test_a_product_with_a_name_keeps_its_card():
    """`s = W @ x` was given a name because it matters."""

    def f(W, x, b):
        s = W @ x
        return np.sum(s + b)

    assert "s = W @ x" in cards(f, np.ones((2, 3)), np.ones(3), np.ones(2))


def test_a_product_that_its_bias_stretches_keeps_its_card():
    """A (2,) product under a (3, 2) bias has another shape than the sum."""
    f = lambda W, x, B: np.sum(W @ x + B)
    assert "W @ x" in cards(f, np.ones((2, 3)), np.ones(3), np.ones((3, 2)))


def test_gradients_are_those_of_the_engine():
    """Cards and rows show what mg.grad computes."""
    graph = draw(two_layers, PARAMS, np.ones(2)).graph
    rows = {row.path: row for card in graph.cards for row in card.rows}
    expected = mg.grad(two_layers)(PARAMS, np.ones(2))
    np.testing.assert_array_equal(rows["params[0].W"].grad, expected[0]["W"])
    np.testing.assert_array_equal(rows["params[1].b"].grad, expected[1]["b"])


def test_without_a_backward_sweep_there_is_no_gradient():
    """None is drawn as a dash; zero would be a claim."""
    for card in draw(two_layers, PARAMS, np.ones(2), gradients=False).graph.cards:
        assert card.grad is None
        assert all(row.grad is None for row in card.rows)


@pytest.mark.parametrize(
    ("f", "slopes"),
    [
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (np.exp, np.exp),
        (lambda x: x * np.arange(3.0), lambda x: np.arange(3.0)),
        (lambda x: x * np.ones((4, 3)), lambda x: np.ones((4, 3))),
        (np.sum, np.ones_like),
        (np.linalg.norm, lambda x: x / np.linalg.norm(x)),
    ],
)
def test_local_derivatives_are_slopes(f, slopes):
    """Entry by entry, also where the argument is broadcast; calculus says which."""
    x = np.array([0.5, -1.0, 2.0])
    first = draw(lambda x: np.sum(f(x)), x).graph.cards[0]
    np.testing.assert_allclose(first.rows[0].local.value, slopes(x), rtol=1e-12)


def test_a_link_passes_the_local_derivative_times_the_gradient():
    """y = x²; z = 5 y: what z passes to y is 5, and y passes 2 x · 5."""

    def f(x):
        a = x * 1.0
        y = a**2
        return 5.0 * y

    links = {link.source: link.local.passed for link in draw(f, 3.0).graph.links}
    assert list(links.values()) == [30.0, 5.0]


def test_layers_are_found_by_paths():
    """params[0].W and params[0].b make a layer, and tanh of its output joins it."""
    graph = draw(two_layers, PARAMS, np.ones(2)).graph
    layers = [card.layer for card in graph.cards]
    assert layers == ["params[0]"] * 2 + ["params[1]"] * 2 + [None]
    sizes = {title: layer.parameters for title, layer in graph.layers.items()}
    assert sizes == {"params[0]": 9, "params[1]": 4}
    assert graph.layers["params[0]"].shapes == ("W (3, 2)", "b (3,)")
    assert np.isclose(graph.layers["params[0]"].norm, np.sqrt(6 * 0.1**2))


def test_layers_are_found_by_digits():
    """W1 and b1 make layer 1; a loss belongs to none."""
    args = np.ones((3, 2)), np.ones(3), np.ones((1, 3)), np.ones(1), np.ones(2)
    graph = draw(flat, *args).graph
    assert [c.layer for c in graph.cards] == ["layer 1", "layer 1", "layer 2", None]


def test_kinds_are_told_apart():
    """Inputs, parameters, the output, and what is between."""

    def f(w, x):
        return w * x + w * (x - 1.0)

    kinds = {card.title: card.kind for card in draw(f, 1.0, 2.0).graph.cards}
    assert kinds["w"] == "parameter"
    assert kinds["x"] == "input"
    assert kinds["w * x"] == "value"
    assert kinds["f = w * x + w * (x - 1)"] == "output"


def test_an_array_that_is_constant_is_a_row_without_gradient():
    """Integers are not differentiated, and the row says `constant`."""
    found = cards(lambda x, mask: np.sum(x * mask), np.ones(2), np.array([0, 1]))
    rows = {row.name: row for row in found["x * mask"].rows}
    assert rows["mask"].kind == "constant"
    assert rows["mask"].local is None


def marks(f, *args):
    return {c.title: [m.words for m in c.marks] for c in draw(f, *args).graph.cards}


@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_birthplace_of_a_nan_is_marked():
    """The first value that is not finite, and those that have it from there."""

    def f(x):
        y = np.log(x)
        return np.sum(2.0 * y)

    found = marks(f, np.array([1.0, -1.0]))
    assert found["y = log(x)"] == ["not finite, first here"]
    assert found["2 * y"] == ["not finite"]


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_gradient_that_is_not_finite_is_marked():
    """√x at 0 has a value and no finite slope."""
    found = marks(lambda x: np.sum(np.sqrt(x * 1.0)), np.array([0.0, 1.0]))
    assert found["x * 1"] == ["gradient not finite"]


def test_zero_gradients_and_dead_units_are_marked():
    """A relu that is off passes nothing back; some units off is a note."""
    all_off = marks(lambda x: np.sum(mg.relu(x - 5.0)), np.ones(3))
    assert all_off["x - 5"] == ["zero gradient"]
    assert all_off["relu(x - 5)"] == ["dead: no unit is on"]
    x = np.array([[1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]])
    some_off = marks(lambda x: np.sum(mg.relu(x - 0.5)), x)
    assert some_off["relu(x - 0.5)"] == ["1 of 3 units off"]


def test_an_input_nobody_reads_is_marked():
    """A forgotten parameter is drawn, since it is what one looks for."""
    f = lambda x, w: x * 2.0
    assert marks(f, 1.0, 1.0)["w"] == ["not used"]
    assert cards(f, 1.0, 1.0)["w"].grad == 0.0


def test_a_long_formula_is_called_by_a_number():
    """Formulas do not grow with the program."""

    def f(x):
        return np.exp(np.sin(np.cos(np.tanh(np.sqrt(np.exp(x)) * 2.0) + 3.0)) - 1.0)

    titles = list(cards(f, 1.0))
    assert any(re.match(r"v\d+ = ", title) for title in titles)
    assert max(map(len, titles)) < 45


def test_a_graph_too_large_is_refused(monkeypatch):
    """The sentence has the number and the way out."""
    monkeypatch.setattr(build, "MOST", 99)

    def chain(x):
        for _ in range(99):
            x = np.sin(x)
        return x

    with pytest.raises(TooLargeError, match=r"100 values.*draw fewer layers"):
        draw(chain, 0.5)


def test_a_chain_of_a_thousand_is_drawn():
    """Nothing recurses."""

    def chain(x):
        for _ in range(1200):
            x = np.sin(x)
        return x

    drawing = draw(chain, 0.5, max_nodes=1200)
    assert len(drawing.graph.cards) == 1200
    assert "x₁₁₉₉ = sin(x₁₁₉₈)" in drawing.text()
    assert drawing.dot.count("->") == 1199


def test_a_stopped_gradient_is_drawn_and_marked():
    """The value is used, so it is linked; nothing goes back along the link."""

    def f(x):
        y = np.sin(x)
        return np.sum(mg.stop_gradient(y) * x)

    graph = draw(f, np.array([0.3, 1.7])).graph
    card = next(card for card in graph.cards if card.name == "y")
    assert "detached: its reader stops the gradient" in [m.words for m in card.marks]
    (link,) = (k for k in graph.links if k.source == card.line)
    assert link.detached
    assert "stop(y) * x" in [c.formula for c in graph.cards]
    assert "detached" in draw(f, np.array([0.3, 1.7])).dot


def test_a_plain_constant_is_not_taken_for_a_stopped_gradient():
    """A 1 or an array of ones may equal a value by chance."""
    f = lambda x: np.sum(np.exp(x) * np.ones(2) + x * 2.0)
    assert not any(link.detached for link in draw(f, np.zeros(2)).graph.links)


def test_a_constant_read_before_its_like_is_computed_is_no_copy_of_it():
    """The same array stands before and after a line that comes to the same numbers."""
    c = np.array([0.3, 1.7])

    def f(x):
        return np.sum((x * c) * c)

    assert not any(link.detached for link in draw(f, np.ones(2)).graph.links)


def test_the_gradient_at_the_border_of_a_layer_is_its_delta():
    """Δ¹ is the gradient by the state that leaves layer 1, after its activation."""
    drawing = draw(two_layers, PARAMS, np.ones(2))
    graph = drawing.graph
    borders = {graph.card_of[k.source].title: graph.border(k) for k in graph.links}
    assert [b for b in borders.values() if b] == ["Δ¹", "Δ²"]
    (h,) = (c for c in graph.cards if c.name == "x₁")
    f1 = np.tanh(PARAMS[0]["W"] @ np.ones(2))
    slope = 1 - np.tanh(PARAMS[1]["W"] @ f1) ** 2
    np.testing.assert_allclose(h.grad, PARAMS[1]["W"].T @ slope, rtol=1e-12)
    assert f"Δ¹  norm {np.linalg.norm(h.grad):.3f}"[:13] in drawing.dot
