"""The words of a path say what an input is."""

from __future__ import annotations

import pytest

from minigrad.drawing import paths


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("W", "parameter"),
        ("b2", "parameter"),
        ("W_hidden", "parameter"),
        ("Whh", "parameter"),
        ("params[3][0]", "parameter"),
        ("model.encoder.gain", "parameter"),
        ("x1", "input"),
        ("y_true", "input"),
        ("data.y", "input"),
        ("labels", "input"),
        ("temperature", "input"),
    ],
)
def test_a_path_says_whether_it_is_trained(path, kind):
    """Weights by their letters, and whatever a container of no data holds."""
    assert paths.kind(path) == kind


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        ("params.encoder.layer1.W", "encoder.layer1"),
        ("params.blocks[2].W", "blocks[2]"),
        ("params[0][1]", "params[0]"),
        ("params[0]", None),
        ("x1", None),
        ("W_2", "layer 2"),
    ],
)
def test_a_path_says_which_layer(path, layer):
    """A prefix names it, or the digits at the end."""
    assert paths.layer(path) == layer


def test_names_that_would_be_mistaken_stay_whole():
    """Two W outside any layer keep their paths."""
    names = paths.short_names(["p.a.W", "q.W", "q.b"], {"p.a.W": "a"})
    assert names == {"p.a.W": "W", "q.W": "W", "q.b": "b"}
    names = paths.short_names(["p.W", "q.W"], {})
    assert names == {"p.W": "p.W", "q.W": "q.W"}
