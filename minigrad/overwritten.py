"""What to say when a function writes to an array that its gradient will read.

The tape marks such arrays as read-only, so NumPy refuses the write, at its very line
but in words that name nothing.  Here the function runs once more, on a tape that notes
places, to find which operation reads the array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from minigrad.places import Place, place_of
from minigrad.tape import Line, Tape


class OverwrittenError(ValueError):
    """An array was about to be changed that a rule reads in the backward sweep."""


def is_refused_write(error: BaseException) -> bool:
    """Whether this is NumPy's refusal to write to a locked array."""
    told = isinstance(error, OverwrittenError)
    return isinstance(error, ValueError) and not told and "read-only" in str(error)


def overwritten(
    error: BaseException, kept: Sequence[Any], again: Callable[[Tape], Any]
) -> BaseException:
    """The refusal told; or the error itself, if the array was not locked by us."""
    found = _written(error.__traceback__)
    if found is None or not any(np.may_share_memory(found[2], k) for k in kept):
        return error
    where, name, array = found
    tape = Tape()
    try:
        again(tape)
    except ValueError as second:  # it stops where it did, with arrays of its own
        repeated = _written(second.__traceback__)
        array = repeated[2] if repeated else array
    reader = next((line for line in tape.lines or () if _reads(line, array)), None)
    text = f"{name} cannot be changed yet: the gradient is computed from it"
    if reader is not None:
        text += f" by {reader.op.name}"
        text += f"\n  read at    {reader.place}:  {reader.place.text}"
    text += f"\n  changed at {where}:  {where.text}"
    return OverwrittenError(f"{text}\nmake a new array, {name} = ..., or use a copy")


def _written(step: TracebackType | None) -> tuple[Place, str, Any] | None:
    """The innermost frame of the user, and the array that is named there."""
    found = None
    while step is not None:
        where = place_of(step.tb_frame, step.tb_lasti, step.tb_lineno)
        if where is not None:
            name = where.text.partition("[")[0].partition(".")[0].split("=")[0].strip()
            name = name.rstrip("+-*/ ")
            array = step.tb_frame.f_locals.get(name, step.tb_frame.f_globals.get(name))
            if isinstance(array, np.ndarray):
                found = where, name, array
        step = step.tb_next
    return found


def _reads(line: Line, array: Any) -> bool:
    """Whether an operation reads memory of the array, as an argument or a setting."""
    values = [*line.args, *line.kwargs.values()]
    flat = [k for v in values for k in (v if isinstance(v, tuple) else (v,))]
    return line.op is not None and any(
        isinstance(v, np.ndarray) and np.may_share_memory(v, array) for v in flat
    )
