"""The drawing in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from minigrad.drawing import draw

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "two_layer.py"


@pytest.mark.parametrize("name", ["loss", "neuron"])
def test_the_example_reads_as_it_did(name):
    """After a change that is wanted: minigrad graph TARGET -o golden/NAME.txt."""
    golden = HERE / "golden" / f"{name}.txt"
    assert draw(f"{EXAMPLE}:{name}").text() == golden.read_text(encoding="utf-8")


def test_every_value_and_row_is_told():
    """Who cannot see the picture misses nothing in it."""
    drawing = draw(f"{EXAMPLE}:loss")
    words = drawing.text()
    for card in drawing.graph.cards:
        assert card.title in words
        for row in card.rows:
            assert f"reads {row.path}" in words


@pytest.mark.filterwarnings("ignore:invalid value")
def test_an_alarm_is_told():
    """An exclamation mark stands for the red border."""
    assert "! not finite, first here" in draw(np.log, np.array([-1.0, 1.0])).text()


def test_what_is_not_computed_is_not_zero():
    """A gradient that nobody asked for has no number."""
    words = draw(lambda x: x * 2.0, 1.0, gradients=False).text()
    assert words.count("gradient  not computed") == 2
    assert "passes" not in words


def test_a_result_that_is_no_scalar_is_said():
    """Without gradients, and why."""
    words = draw(np.tanh, np.ones(2)).text()
    assert "Tanh returned shape (2,), not a scalar: drawn without gradients." in words
