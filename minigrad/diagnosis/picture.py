"""A diagnosis in a notebook: a table, and the curves and the map behind it."""

from __future__ import annotations

import html
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from minigrad.diagnosis.draws import Draw
from minigrad.diagnosis.reference import inner
from minigrad.diagnosis.slopes import STEPS
from minigrad.diagnosis.telling import rows

if TYPE_CHECKING:
    from minigrad.diagnosis.result import Diagnosis

# Okabe and Ito's colors, which most color-blind readers tell apart
GREEN, VERMILION, AMBER, BLUE = "#009E73", "#D55E00", "#E69F00", "#0072B2"
COLORS = {"RIGHT": GREEN, "WRONG": VERMILION, "CANNOT TELL": AMBER}
ROW = (
    "<tr><th style='text-align:left;vertical-align:top;padding-right:1em'>{}</th>"
    "<td style='text-align:left'><pre style='margin:0;white-space:pre-wrap'>{}</pre>"
    "</td></tr>"
)
ALT = "V-curve of differences, Taylor remainder, and map of the error"


def as_html(d: Diagnosis) -> str:
    """A small table, and the figure where matplotlib is there to draw it."""
    body = "".join(ROW.format(label, html.escape(text)) for label, text in rows(d))
    verdict = f"<strong style='color:{COLORS[d.verdict]}'>{d.verdict}</strong>"
    head = f"<p>{verdict} {html.escape(d.summary)}</p>"
    return f"<div>{head}<table>{body}</table>{_image(d)}</div>"


def _image(d: Diagnosis) -> str:
    try:
        figure = as_figure(d)
    except (ImportError, ValueError):
        return ""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=110)
    data = b64encode(file.getvalue()).decode("ascii")
    return f"<img alt='{ALT}' src='data:image/png;base64,{data}'>"


def as_figure(d: Diagnosis) -> Any:
    """V-curve, Taylor remainder, and the map of the error of the worst array.

    Raises ImportError without matplotlib, and ValueError where nothing was compared.
    """
    from matplotlib.figure import Figure  # an extra, and slow to import

    if not d.draws:
        raise ValueError("there is nothing to plot: no gradient was compared")
    draw = next((x for x in d.draws if x.any_wrong), d.draws[0])
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    curve, remainder, errors = figure.subplots(1, 3)
    _plot_curve(curve, draw)
    _plot_remainder(remainder, draw)
    _plot_errors(errors, figure, draw, d.names)
    return figure


def _plot_curve(axes: Any, draw: Draw) -> None:
    """Truncation falls with h², rounding rises with 1/h."""
    _, sweep = draw.right.sweeps[0]
    off = np.abs(sweep.central - sweep.best.value)
    axes.loglog(STEPS, np.where(off > 0, off, np.nan), "o-", color=BLUE, ms=3)
    used = "step taken, extrapolated"
    axes.axvline(sweep.best.step, color="#999999", lw=0.8, ls=":", label=used)
    axes.legend(frameon=False)
    axes.set(title="V-curve", xlabel="step h", ylabel="|D(h) - best slope|")


def _plot_remainder(axes: Any, draw: Draw) -> None:
    v, sweep = draw.right.sweeps[0]
    right = sweep.remainder(sweep.best.value)
    axes.loglog(STEPS, right, "o-", color=GREEN, ms=3, label="right: h²")
    if draw.any_wrong and draw.shapes_fit and all(map(_is_finite, draw.claimed)):
        claimed = sweep.remainder(inner(draw.claimed, v))
        axes.loglog(STEPS, claimed, "s--", color=VERMILION, ms=3, label="claimed: h")
    axes.set(title="Taylor remainder", xlabel="step h")
    axes.set(ylabel="|f(x + hv) - f(x) - h slope|")
    axes.legend(frameon=False)


def _is_finite(x: Any) -> bool:
    return bool(np.all(np.isfinite(x)))


def _plot_errors(axes: Any, figure: Any, draw: Draw, names: tuple[str, ...]) -> None:
    k = int(np.argmax([np.sum(mask) for mask in draw.wrong]))
    c, r = draw.claimed[k], draw.right.gradient[k]
    axes.set(title=f"{names[k]}: claimed - right")
    if np.shape(c) != r.shape:
        axes.text(0.5, 0.5, f"shape {np.shape(c)}\nnot {r.shape}", ha="center")
        axes.set_axis_off()
        return
    error = np.reshape(c - r, (r.shape[0] if r.ndim > 1 else 1, -1))
    limit = float(np.nanmax(np.abs(error), initial=0.0)) or 1.0
    image = axes.imshow(error, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto")
    figure.colorbar(image, ax=axes)
