"""Containers of arrays."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from minigrad import tree


class Layer(NamedTuple):
    """A named tuple keeps its type."""

    W: float
    b: float


def test_structure_survives_a_round_trip():
    """Dicts, lists, tuples and named tuples come back as they were."""
    params = {"a": [1.0, (2.0, Layer(3.0, 4.0))], "b": {}, "c": []}
    leaves, rebuild = tree.flatten(params)
    assert leaves == [1.0, 2.0, 3.0, 4.0]
    assert rebuild(leaves) == params
    assert type(rebuild(leaves)["a"][1][1]) is Layer


def test_paths_read_like_python():
    """Each leaf is named as one would reach it."""
    paths = [path for path, _ in tree.items({"layers": [Layer(1.0, 2.0)], "s": 3.0})]
    assert paths == ["layers[0][0]", "layers[0][1]", "s"]


def test_map_goes_leaf_by_leaf():
    """Several trees of one structure are combined; another count is refused."""
    assert tree.map(lambda a, b: a + b, {"x": [1, 2]}, {"x": [10, 20]}) == {
        "x": [11, 22]
    }
    with pytest.raises(ValueError, match="tree 1 has 1 leaves, the first has 2"):
        tree.map(max, [1, 2], [1])
