"""What is read of a diagnosis: in a terminal, in a notebook, in a figure."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import minigrad as mg

rng = np.random.default_rng(11)
W, b, X = (
    rng.standard_normal((3, 5)),
    rng.standard_normal(3),
    rng.standard_normal((5, 7)),
)


def loss(W, b):
    return np.sum(np.tanh(W @ X + b[:, None]) ** 2)


def gradient(W, b, slip=None):
    h = np.tanh(W @ X + b[:, None])
    da = 2 * h if slip == "local" else 2 * h * (1 - h**2)
    if slip == "column":
        da[:, 2] = 0.0
    dW = da @ X.T
    return dW.T if slip == "transpose" else dW, da if slip == "sum" else da.sum(axis=1)


def claimed(slip):
    def my_gradient(W, b):
        return gradient(W, b, slip)

    return mg.diagnose(my_gradient, loss, (W, b))


GOLDEN = {
    None: """\
RIGHT: my_gradient is the gradient of loss, to 8 digits or more, at 3 points
  evidence  compared with minigrad and differences""",
    "local": """\
WRONG: my_gradient is not the gradient of loss by W (15 of 15 entries), b (3 of 3
  entries)
  cause     the local derivative of tanh at `np.tanh(W @ X + b[:, None])`
            (test_telling.py:21) is left out
  evidence  W[2, 0]: claimed 10.6413, right 1.72334 (minigrad and differences)
            f(x + hv) - f(x) - h<claimed, v> falls like h^1.0; like h^2 if it is right
  next      multiply by the local derivative there (entry by entry)""",
    "sum": """\
WRONG: my_gradient is not the gradient of loss by b (3 of 3 entries); by W it is right
  cause     b: summing it over axis 1 gives the right answer
  evidence  b: shape (3, 7) where (3,) is right
  next      sum over the axes along which the argument was broadcast""",
    "column": """\
WRONG: my_gradient is not the gradient of loss by W (15 of 15 entries), b (3 of 3
  entries)
  evidence  W[0, 1]: claimed 0.634871, right 1.54547 (minigrad and differences)
              a term of it, through `W @ X` (test_telling.py:21): 1.54547
            f(x + hv) - f(x) - h<claimed, v> falls like h^1.0; like h^2 if it is right
  next      no simple slip explains it: check the terms above one by one""",
}


@pytest.mark.parametrize("slip", GOLDEN)
def test_a_diagnosis_reads_like_this(slip):
    """Verdict, cause, evidence and next step, in eight lines of 88 columns."""
    text = str(claimed(slip))
    assert text == GOLDEN[slip]
    assert len(text.splitlines()) <= 8
    assert max(map(len, text.splitlines())) <= 88


def test_a_notebook_shows_a_table_and_the_figure():
    """What the user wrote is escaped; the figure is part of the page."""
    pytest.importorskip("matplotlib")
    page = claimed("local")._repr_html_()
    assert page.startswith(
        "<div><p><strong style='color:#D55E00'>WRONG</strong> my_gradient"
    )
    assert "h&lt;claimed, v&gt;" in page
    assert "src='data:image/png;base64," in page


def test_without_matplotlib_there_is_a_table_and_a_clear_error(monkeypatch):
    """Plots are an extra."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    found = claimed("local")
    assert "<img" not in found._repr_html_()
    with pytest.raises(ImportError):
        found.plot()


@pytest.mark.parametrize("slip", [None, "local", "sum", "transpose"])
def test_the_figure_shows_the_curve_the_remainder_and_the_map(slip):
    """Three panels; an array of another shape has no map."""
    pytest.importorskip("matplotlib")
    curve, remainder, errors = claimed(slip).plot().axes[:3]
    assert curve.get_title() == "V-curve"
    steps, off = curve.lines[0].get_data()
    bottom = steps[np.nanargmin(off)]
    assert 1e-9 < bottom < 1e-3  # differences are best in the middle
    lines = {line.get_label(): line.get_ydata() for line in remainder.lines}
    assert ("claimed: h" in lines) == (slip == "local")
    assert bool(errors.images) == (slip in (None, "local"))


def test_what_was_not_compared_has_no_figure():
    """Nothing was computed that could be drawn."""
    pytest.importorskip("matplotlib")
    found = mg.diagnose(lambda W: None, lambda W: np.sum(W), (W,))
    assert "it returns None" in found._repr_html_()
    with pytest.raises(ValueError, match="nothing to plot"):
        found.plot()
