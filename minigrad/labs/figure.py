"""Figures that a lecturer would project; matplotlib is loaded when one is drawn.

Colors are those of Okabe and Ito, which differ for every kind of color vision, each
with a marker of its own.  Theory is dashed, what was measured is solid with a band.
"""

from __future__ import annotations

import io
import textwrap
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from minigrad.labs.lab import Result

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, AMBER, SKY = "#CC79A7", "#E69F00", "#56B4E9"
BLACK = "#000000"
COLORS = (BLUE, VERMILION, GREEN, PURPLE, AMBER, SKY, BLACK)
MARKERS = "osD^vPX"
FORMATS = (".png", ".svg", ".pdf")

STYLE: dict[Any, Any] = {
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E3E7EB",
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 2.0,
    "lines.markersize": 5,
    "svg.hashsalt": "minigrad",  # or every run would write another file
    "figure.dpi": 120,
}


class NoPlotError(ImportError):
    """matplotlib is not there; the message says how to get it."""


def draw(result: Result) -> Any:
    """The panels of a lab side by side over its caption, as a matplotlib Figure."""
    with _style():
        from matplotlib.figure import Figure

        panels = result.lab.panels
        columns = len(panels) if len(panels) < 4 else 2
        rows = -(-len(panels) // columns)
        lines = textwrap.wrap(result.lab.caption, 62 * columns)
        height = 4.2 * rows + 0.25 * len(lines)
        figure = Figure(figsize=(5.2 * columns, height), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False)
        for panel, ax in zip(panels, axes.flat, strict=False):
            panel(result, ax=ax)
        figure.supxlabel("\n".join(lines), fontsize=11, color="#444B54")
    return figure


def image(result: Result, ending: str) -> bytes:
    """The figure as a file; the same result gives the same bytes."""
    stamp = {".png": "Software", ".svg": "Date", ".pdf": "CreationDate"}[ending]
    file, drawn = io.BytesIO(), draw(result)
    with _style():
        drawn.savefig(file, format=ending[1:], metadata={stamp: None}, dpi=150)
    return file.getvalue()


def on(ax: Any) -> Any:
    """The axes to draw on: those given, else pyplot's current ones."""
    if ax is not None:
        return ax
    _matplotlib()
    from matplotlib import pyplot

    return pyplot.gca()


def curve(
    ax: Any, x: np.ndarray, samples: np.ndarray, k: int, label: str, lw: float = 2.0
) -> None:
    """The median over the repeats (rows), in the band of their middle 80 %."""
    low, middle, high = np.percentile(samples, [10, 50, 90], axis=0)
    color, marker = COLORS[k], MARKERS[k]
    every = max(1, len(x) // 8)
    ax.fill_between(x, low, high, color=color, alpha=0.25, lw=0)
    style = {"color": color, "marker": marker, "markevery": every, "lw": lw}
    ax.plot(x, middle, **style, label=label)


def theory(ax: Any, x: np.ndarray, y: np.ndarray, k: int) -> Any:
    """The prediction for the curve of the same number, dashed; gives the line."""
    [line] = ax.plot(x, y, color=COLORS[k], ls="--", lw=1.4, zorder=3)
    return line


def _style() -> AbstractContextManager[None]:
    context: AbstractContextManager[None] = _matplotlib().rc_context(STYLE)
    return context


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise NoPlotError(
            "all is done but the plot, which needs matplotlib; get it with: "
            'python -m pip install "minigrad[plot]"'
        ) from error
    return matplotlib
