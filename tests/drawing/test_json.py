"""The graph as data: any JSON reader can read it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import draw


def written(*args, **view):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    return json.loads(draw(*args, **view).json(), parse_constant=refuse)


def test_values_and_gradients_are_in_full():
    """No digit less than the engine found."""
    f = lambda W, x: np.sum(np.tanh(W @ x))
    W, x = np.array([[0.1, -0.7], [1 / 3, 2.0]]), np.array([1.0, 0.3])
    (card, *_) = written(f, W, x)["cards"]
    rows = {row["name"]: row for row in card["rows"]}
    assert rows["W"]["grad"] == mg.grad(f)(W, x).tolist()
    assert card["value"] == (W @ x).tolist()


def test_links_name_cards():
    """Source and target are ids of cards."""
    graph = written("used-twice")
    ids = {card["id"] for card in graph["cards"]}
    assert all({k["source"], k["target"]} <= ids for k in graph["links"])
    assert len(graph["links"]) == 5


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_nan_is_a_word():
    """JSON has no number for it."""
    graph = written(lambda x: np.log(x) * 2.0, -1.0)
    assert graph["cards"][0]["value"] == "nan"


def test_a_large_array_is_summed_up():
    """As in the picture: a file stays small."""
    (card,) = written(lambda x: np.sum(x), np.arange(99.0))["cards"]
    assert card["rows"][0]["value"]["summary"][0].startswith("mean 49")
