"""A graph becomes smaller without a gap, and says how."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import TargetError, draw
from minigrad.drawing.collapse import MOST_CARDS
from minigrad.drawing.text import bars

RNG = np.random.default_rng(1)


def rnn(params, h, xs):
    """h_t = tanh(W h + U x_t + b), its last state squared."""
    for x in xs:
        h = np.tanh(params["W"] @ h + params["U"] @ x + params["b"])
    return np.sum(h**2)


def rnn_arguments(T, gain=0.4):
    W = gain * np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    params = {"W": W, "U": RNG.standard_normal((3, 2)), "b": RNG.standard_normal(3)}
    return params, RNG.standard_normal(3), list(RNG.standard_normal((T, 2)))


def mlp(layers, x):
    for layer in layers:
        a = np.sin(layer["W"] @ x + layer["b"])
        x = np.tanh(a) * 0.5
    return np.sum(x)


def mlp_arguments(sizes):
    layers = [
        {"W": RNG.standard_normal((n, m)), "b": RNG.standard_normal(n)}
        for m, n in itertools.pairwise(sizes)
    ]
    return layers, RNG.standard_normal(sizes[0])


def acyclic(graph):
    """Every link goes from an earlier card to a later one."""
    place = {card.line: k for k, card in enumerate(graph.cards)}
    return all(place[k.source] < place[k.target] for k in graph.links)


def test_repeats_become_one_card_that_counts_them():
    """14 steps: the first, × 12, the last; and the loss as before."""
    graph = draw(rnn, *rnn_arguments(14), max_nodes=20).graph
    assert [card.count for card in graph.cards if card.count > 1] == [12]
    (loop,) = (card for card in graph.cards if card.count > 1)
    assert loop.title == "h₂ … h₁₃"
    assert acyclic(graph)
    assert "drawn as" in graph.note


def test_a_vanishing_gradient_fades_along_the_loop():
    """With ‖W‖ = 0.4 and |tanh'| <= 1 each step back loses more than half."""
    graph = draw(rnn, *rnn_arguments(14), max_nodes=20).graph
    (loop,) = (card for card in graph.cards if card.count > 1)
    ratios = np.array(loop.fade[:-1]) / np.array(loop.fade[1:])
    assert np.all(ratios <= 0.4 + 1e-12)
    assert len(loop.fade) == 12
    assert "× 12" in draw(rnn, *rnn_arguments(14), max_nodes=20).dot


def test_what_a_parameter_passes_to_a_loop_is_the_sum_over_its_steps():
    """All terms of W together are its gradient, however its readers are drawn."""
    args = rnn_arguments(14)
    graph = draw(rnn, *args, max_nodes=20).graph
    (W,) = (card for card in graph.cards if card.name == "W")
    terms = [k.local.term for k in graph.links if k.source == W.line]
    assert len(terms) == 3
    np.testing.assert_allclose(sum(terms), mg.grad(rnn)(*args)["W"], rtol=1e-9)


def test_equal_layers_are_repeats():
    """Layers of a deep network differ in numbers of names alone."""
    graph = draw(mlp, *mlp_arguments([3] * 13), max_nodes=15).graph
    assert max(card.count for card in graph.cards) == 10
    assert acyclic(graph)


@pytest.mark.parametrize("most", [3, 5, 12, 40])
@pytest.mark.parametrize("subject", ["rnn", "mlp", "uneven"])
def test_no_more_cards_than_asked_for(subject, most):
    """Repeats, then layers, then the middle: something always gives."""
    f, args = {
        "rnn": (rnn, rnn_arguments(20)),
        "mlp": (mlp, mlp_arguments([3, 5, 7, 4, 6, 2, 8, 3, 5])),
        "uneven": (lambda x: uneven(x, 60), (0.3,)),
    }[subject]
    graph = draw(f, *args, max_nodes=most).graph
    assert len(graph.cards) <= max(most, 3 if subject == "uneven" else most)
    assert acyclic(graph)
    known = {card.line for card in graph.cards}
    assert all({k.source, k.target} <= known for k in graph.links)
    assert [card.kind for card in graph.cards].count("output") == 1


def uneven(x, n):
    """No two neighborhoods are alike."""
    for k in range(n):
        x = (np.sin, np.exp, np.tanh)[k * k % 3 if k % 5 else 2](x * 0.5)
        x = x + x if k % 7 == 0 else x
    return x


def test_a_long_loop_is_drawn_at_once():
    """350 steps, 1405 values: three cards for the loop, whatever its length."""
    args = rnn_arguments(350)
    start = time.perf_counter()
    drawing = draw(rnn, *args)
    assert len(drawing.graph.cards) < 12
    assert len(drawing.dot) < 60_000
    assert time.perf_counter() - start < 30  # about 2; a layout in full takes minutes


def test_levels_are_ever_finer():
    """Layers, tensors, cards, operations: more cards each time."""
    args = mlp_arguments([2, 3, 4])
    counts = [
        len(draw(mlp, *args, level=k, max_nodes=99).graph.cards) for k in range(4)
    ]
    assert counts == sorted(set(counts))


def test_level_0_is_a_card_a_layer():
    """The numbers of the last value in it; a layer's parameters are inside."""
    graph = draw(mlp, *mlp_arguments([2, 3, 4]), level=0).graph
    assert [card.name for card in graph.cards] == ["layers[0]", "layers[1]", "mlp"]


def test_level_1_is_a_card_a_variable():
    """`a = sin(...)` and `x = ...`; what has no name is part of who reads it."""
    graph = draw(mlp, *mlp_arguments([2, 3, 4]), level=1).graph
    assert [card.name for card in graph.cards] == ["a₁", "x₁", "a₂", "x₂", "mlp"]
    dot = draw(mlp, *mlp_arguments([2, 3, 4]), level=1).dot
    assert "norm" in dot
    assert 'SIDES="' not in dot  # no matrix entry by entry


def test_level_3_folds_nothing():
    """Each input, parameter and operation for itself."""
    graph = draw(mlp, *mlp_arguments([2, 3]), level=3).graph
    titles = [card.title for card in graph.cards]
    assert {"W", "b", "x", "W @ x", "W @ x + b"} <= set(titles)
    assert not any(card.rows for card in graph.cards)


def test_depth_joins_nested_layers():
    """encoder.first and encoder.second are one layer, one deep."""

    def f(params, x):
        for part in params["encoder"].values():
            x = np.tanh(part["W"] @ x)
        return np.sum(x)

    weights = {k: {"W": RNG.standard_normal((3, 3))} for k in ("first", "second")}
    args = {"encoder": weights}, np.ones(3)
    assert list(draw(f, *args).graph.layers) == ["encoder.first", "encoder.second"]
    layers = draw(f, *args, depth=1).graph.layers
    assert list(layers) == ["encoder"]
    assert layers["encoder"].parameters == 18


def test_around_shows_a_neighborhood():
    """Within one link of the second layer's input, and the note counts."""
    graph = draw(mlp, *mlp_arguments([2, 3, 4]), around="x₁", radius=1).graph
    assert len(graph.cards) == 3
    assert graph.note.startswith("3 of ")
    with pytest.raises(TargetError, match=r"no value is called y₁; there are .*x₁"):
        draw(mlp, *mlp_arguments([2, 3, 4]), around="y₁")


@pytest.mark.parametrize(
    ("view", "gone"),
    [
        ({"values": False}, "value     "),
        ({"grads": False}, "gradient  "),
        ({"local": False}, "local     "),
        ({"shapes": False}, "shape ("),
    ],
)
def test_numbers_can_be_left_out(view, gone):
    """In words and in the picture."""
    args = mlp_arguments([2, 3])
    assert gone in draw(mlp, *args).text()
    assert gone not in draw(mlp, *args, **view).text()
    assert len(draw(mlp, *args, **view).dot) < len(draw(mlp, *args).dot)


@pytest.mark.parametrize(
    ("view", "says"),
    [
        ({"level": 7}, "no level 7; 0 layers"),
        ({"levle": 1}, "no setting levle; there are level, depth"),
        ({"max_nodes": 2}, "max_nodes is at least 3"),
    ],
)
def test_a_view_that_is_none_is_refused(view, says):
    """With what there is."""
    with pytest.raises(TargetError, match=says):
        draw(np.sin, 1.0, **view)


def test_a_small_graph_has_no_note():
    """Nothing was left out."""
    assert draw(mlp, *mlp_arguments([2, 3])).graph.note == ""
    assert MOST_CARDS >= 30


def test_bars_fade_by_decades():
    """Four decades from full to none; zero and nan have the lowest bar."""
    assert bars([1.0, 1e-2, 1e-4, 0.0, float("nan")]) == "█▅▁▁▁"
    assert len(bars([1.0] * 1000)) == 24
    assert bars([0.0, 0.0]) == "▁▁"
