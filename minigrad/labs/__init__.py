"""Labs: a claim of the course, measured, fitted, drawn and judged.

A lab is one file.  Its ``measure`` turns one point of a grid and one seed into numbers;
its ``conclude`` makes of all rows a table and verdicts, "theory -0.500, measured -0.498
[-0.541, -0.465]: agrees"; its panels draw them.  ``lab.py`` runs it with the help of
``sweep.py`` (points, seeds), ``kept.py`` (what a run that was stopped had measured),
``fit.py`` (estimates with their intervals), ``verdict.py``, ``report.py`` (text, CSV,
JSON) and ``figure.py``.  What several labs measure has modules of its own: ``ntk.py``
the tangent kernel of any network, ``infinite_width.py`` its limit, ``lanczos.py``
spectra by products, ``dense.py`` networks whose parameters are one vector,
``linear_network.py`` saddles and descents, ``particles.py`` and ``finite_volumes.py``
networks of many neurons and their density, ``rank.py`` ranks with their gap, and exact
ones, ``images.py`` handwritten digits, ``replication.py`` what of a source is found.

>>> from minigrad import labs
>>> found = labs.run("rnn-gradient", quick=True)
>>> print(found.verdicts[0])
largest ‖J_T‖ over its bound: theory at most 1.000, measured 1.000: agrees
>>> from minigrad.labs import rnn_gradient
>>> drawn = rnn_gradient.bounded(found, ax=None)    # doctest: +SKIP
"""

from __future__ import annotations

from minigrad.labs.figure import NoPlotError, draw
from minigrad.labs.images import NoDataError
from minigrad.labs.kept import Kept, KeptError
from minigrad.labs.lab import NAMES, Lab, Result, UnknownLabError, all_labs, find, run
from minigrad.labs.verdict import Verdict

__all__ = [
    "NAMES",
    "Kept",
    "KeptError",
    "Lab",
    "NoDataError",
    "NoPlotError",
    "Result",
    "UnknownLabError",
    "Verdict",
    "all_labs",
    "draw",
    "find",
    "run",
]
