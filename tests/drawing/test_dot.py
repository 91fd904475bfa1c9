"""The DOT text: golden for the example, and what must hold of any."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import draw, palette

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "two_layer.py"


@pytest.mark.parametrize("name", ["loss", "neuron"])
def test_the_example_is_drawn_as_it_was(name):
    """After a change that is wanted: minigrad graph TARGET -o golden/NAME.dot."""
    golden = HERE / "golden" / f"{name}.dot"
    assert draw(f"{EXAMPLE}:{name}").dot == golden.read_text(encoding="utf-8")


def test_the_same_graph_gives_the_same_text():
    """No addresses, no times, no order of a set."""
    f = lambda w, x: np.sum(np.tanh(w * x) + x)
    texts = {draw(f, np.ones(2), np.ones(2)).dot for _ in range(3)}
    assert len(texts) == 1


def test_only_colors_of_the_palette_appear():
    """Each has a counterpart in the dark; another color would stay light there."""
    used = set(re.findall(r"#[0-9a-f]{6}", draw(f"{EXAMPLE}:loss").dot))
    assert used <= {color.light for color in palette.COLORS}


def test_the_palette_tells_its_colors_apart():
    """Dark colors are found by the light ones, so each is there once."""
    lights = [color.light for color in palette.COLORS]
    assert len(set(lights)) == len(lights)


def luminance(color):
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read(mode):
    """WCAG's 4.5 to 1 for every text color on every background it stands on."""
    texts = [palette.INK, palette.MUTED, palette.GRADIENT, palette.LOCAL, palette.ALARM]
    grounds = [palette.CARD, palette.INPUT, palette.PARAMETER_FILL, palette.OUTPUT_FILL]
    texts.append(palette.PARAMETER)
    for text in texts:
        for ground in [*grounds, palette.PAGE, palette.LAYER]:
            ratio = contrast(getattr(text, mode), getattr(ground, mode))
            assert ratio >= 4.5, (text, ground, ratio)


def width(drawing, link):
    return float(re.search(rf'{link} \[penwidth="([\d.]+)"', drawing.dot)[1])


def test_a_path_that_vanishes_goes_thin():
    """Both paths join in a sum; one has a slope of a millionth."""

    def f(x):
        strong = x * 1.0
        weak = x * 1e-6
        return strong + weak

    drawing = draw(f, 1.0)
    assert width(drawing, "n0 -> n1") > 3
    assert width(drawing, "n0 -> n2") < 1


def test_a_path_that_passes_nothing_is_dashed():
    """Zero is shown by the kind of line, not by width alone."""
    dot = draw(lambda x: np.sum(mg.relu(x - 5.0)), np.ones(2)).dot
    assert re.search(r'n1 -> n2 \[penwidth="0.6" class="link" style="dashed"', dot)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_nan_is_red_and_framed_in_red():
    """A thick border and words as well: red alone is not seen by everybody."""
    dot = draw(np.log, np.array([-1.0, 1.0])).dot
    red = palette.ALARM.light
    assert re.search(rf'BORDER="3" [^>]* COLOR="{red}"', dot)
    assert f'<FONT COLOR="{red}">nan</FONT>' in dot
    assert "▲ not finite, first here" in dot


def test_before_backward_gradients_are_dashes():
    """And widths say nothing."""
    dot = draw(lambda x: np.sin(x * 2.0), 1.0, gradients=False).dot
    assert dot.count("—") == 3
    assert 'penwidth="1.2"' in dot
    assert "line width" not in dot


def test_small_arrays_are_shown_whole_and_large_ones_summed_up():
    """Four by four is the largest matrix in full."""
    small = draw(lambda X: np.sum(X), np.arange(16.0).reshape(4, 4)).dot
    large = draw(lambda X: np.sum(X), np.arange(20.0).reshape(4, 5)).dot
    assert ">13<" in small
    assert "norm" not in small
    assert ">13<" not in large
    assert "mean 9.5 ± 5.77" in large


def test_names_cannot_break_the_markup():
    """A key may hold anything."""
    params = {'<b>&"x"\n\0': np.ones(2)}
    dot = draw(lambda params: np.sum(next(iter(params.values()))), params).dot
    assert "&lt;b&gt;&amp;" in dot
    assert "\0" not in dot


def test_numbers_have_a_real_minus():
    """A hyphen is too short to be seen from the back of a lecture hall."""
    assert ">−2<" in draw(lambda x: -x, 2.0).dot
