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
    assert tree.map(max, {"a": 1, "b": 2}, {"b": 20, "a": 10}) == {"a": 10, "b": 20}


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ([1], "expected 2 items, but got 1 items"),
        ([1, 2], r"expected the keys \['a'\] at \[1\], but got a int"),
        ([1, {"b": 1}], r"at \[1\], but got the keys \['b'\]"),
        ([1, {"a": [2]}], r"expected an array at \[1\].a, but got 1 items"),
    ],
)
def test_trees_of_another_structure_are_refused(other, says):
    """The place where they differ is named."""
    with pytest.raises(ValueError, match=says):
        tree.map(max, [1, {"a": 2}], other)
