"""The check's own functions, called here on what a student gives them.

This is the one place where a student's values reach code of the trusted process: one
value, of an exact type, of a size that a network has.  Functions of NumPy take more
than that: ``where=False`` would show what this process has in its memory, ``shape``
would fill it, and a long column would fan out against a check's row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.course import wire
from minigrad.course.wire import WireError

ENTRIES = 1 << 16  # of an array that a student may give
KINDS = "iufc"  # dtype.kind: complex too, for who checks slopes by complex steps


def call_back(
    answer: dict[str, Any], callables: list[Callable[..., Any]], nonce: str
) -> bytes:
    """The frame with the value of one of ``callables``, or with its exception.

    Exceptions are the student's: they go back, whatever the values provoked.  Raises
    `WireError` for what no stub of ours asks.
    """
    place, args, kwargs = (answer.get(key) for key in ("place", "args", "kwargs"))
    if type(place) is not int or not 0 <= place < len(callables):
        raise WireError("a call of no function")
    if type(args) is not list or type(kwargs) is not dict:
        raise WireError("a call without its arguments")
    try:
        argument = _the_only(args, kwargs)
        with np.errstate(all="ignore"):
            value = callables[place](argument)
        return wire.encode({"nonce": nonce, "value": value})
    except Exception as error:
        told = [type(error).__name__, str(error)[:200]]
        return wire.encode({"nonce": nonce, "error": told})


def _the_only(args: list[Any], kwargs: dict[Any, Any]) -> Any:
    """The one argument, a number or a modest array of numbers."""
    if kwargs or len(args) != 1:
        raise TypeError("it takes one argument, and no keywords")
    value = args[0]
    if type(value) in (int, float, complex):
        return value
    if type(value) is not np.ndarray or value.dtype.kind not in KINDS:
        raise TypeError("it takes a number or a NumPy array of numbers")
    if value.size > ENTRIES:
        raise ValueError(f"it takes arrays of at most {ENTRIES} entries")
    return value
