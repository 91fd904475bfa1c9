"""Drawings of a computation: every value, its gradient, and the chain rule between.

    import minigrad as mg
    mg.draw(loss, params, x, y).save("loss.svg")     # also png, pdf, dot, txt
    mg.draw("examples/two_layer.py:loss")            # in a notebook, the picture itself

One graph model (``model.py``, made from a tape by ``build.py``) and independent writers
that read nothing else: ``dot.py`` and ``text.py``.  ``render.py`` finds a Graphviz and
``svg.py`` finishes what it gives; ``target.py`` says what is drawn.
"""

from __future__ import annotations

from minigrad.drawing.collapse import MOST_CARDS, View
from minigrad.drawing.drawing import FORMATS, Drawing, draw
from minigrad.drawing.errors import (
    RendererMissing,
    RenderError,
    SaveError,
    TargetError,
    TooLargeError,
)
from minigrad.drawing.gallery import GALLERY
from minigrad.drawing.target import Target, load_target

__all__ = [
    "FORMATS",
    "GALLERY",
    "MOST_CARDS",
    "Drawing",
    "RenderError",
    "RendererMissing",
    "SaveError",
    "Target",
    "TargetError",
    "TooLargeError",
    "View",
    "draw",
    "load_target",
]
