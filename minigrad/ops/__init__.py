"""Every operation beside its rules; what the engine knows of arrays is here.

How to read a rule.  In ``z = f(x, y)`` the letters are the values; g is the adjoint of
z in reverse mode, and the tangent of the argument in forward mode:

    @elementwise(
        x=lambda g, y: g * y,      # x̄ = g y
        y=lambda g, x: g * x,      # ȳ = g x
    )
    def mul(x, y): ...

An elementwise operation multiplies by its local derivative in both directions, so one
function serves both modes, and broadcasting is undone in one place.  Other operations
give a :class:`~minigrad.tape.Rule`, a pair of transposed linear maps.

Rules are written in plain NumPy.  When their arguments are tensors, because somebody
differentiates the derivative, NumPy hands the calls back to these operations (see
:mod:`minigrad.tensor`), and the rule is differentiated like any other code.

Adjoints and tangents may carry *leading axes*, as many as they like: a batch of them
goes through in one sweep, and a Jacobian needs no loop.  So rules count axes from the
end, and ``lead`` is the number, or the shape, of those in front.

To add an operation: write it in its family's file with its rules, name it in
``__all__`` there, and add a line to ``tests/cases.py``.  Where NumPy has the name,
NumPy's function leads to it from then on.
"""

from __future__ import annotations

from minigrad.ops import (
    arrangements,
    contractions,
    decompositions,
    elementwise,
    floats,
    grids,
    joining,
    linalg,
    norms,
    reductions,
    scans,
    shapes,
    statistics,
    transcendental,
)
from minigrad.ops.arrangements import *
from minigrad.ops.contractions import *
from minigrad.ops.decompositions import *
from minigrad.ops.elementwise import *
from minigrad.ops.floats import *
from minigrad.ops.grids import *
from minigrad.ops.joining import *
from minigrad.ops.linalg import *
from minigrad.ops.norms import *
from minigrad.ops.reductions import *
from minigrad.ops.scans import *
from minigrad.ops.shapes import *
from minigrad.ops.statistics import *
from minigrad.ops.transcendental import *

__all__: list[str] = []
__all__ += arrangements.__all__
__all__ += contractions.__all__
__all__ += decompositions.__all__
__all__ += elementwise.__all__
__all__ += floats.__all__
__all__ += grids.__all__
__all__ += joining.__all__
__all__ += linalg.__all__
__all__ += norms.__all__
__all__ += reductions.__all__
__all__ += scans.__all__
__all__ += shapes.__all__
__all__ += statistics.__all__
__all__ += transcendental.__all__
