"""Drawings of a computation: every value, its gradient, and the chain rule between.

    import minigrad as mg
    mg.draw(loss, params, x, y).save("loss.svg")     # or html png pdf tex txt ...
    mg.draw("examples/two_layer.py:loss")            # in a notebook, the picture itself
    mg.draw("rnn", level=3, max_nodes=100)           # of the gallery, in full

One graph model (``model.py``), made from a tape (``build.py``) or from the scalars of
another engine (``objects.py``), and made smaller where it is too large
(``collapse.py``).  Independent writers read nothing else: ``dot.py``, ``text.py``,
``json.py``, and ``tikz.py`` and ``stepper.py``, which place cards by ``layout.py``.
``render.py`` finds a Graphviz and ``svg.py`` finishes what it gives; ``target.py`` says
what is drawn, and ``gallery.py`` has a drawing for each chapter.
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
from minigrad.drawing.given import made_up
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
    "made_up",
]
