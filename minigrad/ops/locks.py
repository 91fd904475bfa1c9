"""Arrays that rules will read, marked as read-only until the last sweep is over.

Memory is shared by the whole process, so this is counted over all tapes and threads:
an array that two of them hold is given back by the second.  A view can be writable only
if the array that owns its memory is, so owners are given back first, and a view waits
for an owner that somebody else still holds.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

Kept = dict[int, Any]  # what one tape holds, by id; kept alive, so that ids stay theirs


class _Held:
    """How many tapes hold an array, and views that wait for it."""

    def __init__(self) -> None:
        self.count = 0
        self.waiting: list[Any] = []


_held: dict[int, _Held] = {}
_mutex = threading.RLock()  # the garbage collector may drop a tape while we hold it


def lock(array: Any, kept: Kept) -> None:
    """Hold an array and what it is a view of, if they are NumPy's and writable."""
    if type(array) is not np.ndarray or id(array) in kept:
        return
    owner = array.base
    if owner is None:
        _hold(array, kept)
    elif type(owner) is not np.ndarray:
        return  # memory of somebody who may not let us unlock it
    elif id(owner) not in kept or array.flags.writeable:
        _hold(array, kept)
        _hold(owner, kept)


def _hold(array: Any, kept: Kept) -> None:
    with _mutex:
        held = _held.get(id(array))
        if held is None:
            if not array.flags.writeable:
                return  # the user's own doing, or a view of what is held
            array.flags.writeable = False
            held = _held[id(array)] = _Held()
        if id(array) not in kept:
            held.count += 1
            kept[id(array)] = array


def unlock(kept: Kept) -> None:
    """Give back what a tape holds."""
    with _mutex:
        for array in sorted(kept.values(), key=lambda array: array.base is not None):
            held = _held[id(array)]
            held.count -= 1
            if held.count == 0:
                del _held[id(array)]
                for free in (array, *held.waiting):
                    _free(free)
        kept.clear()


def _free(array: Any) -> None:
    """Let it be written to, once its owner may be."""
    if id(array.base) in _held:
        _held[id(array.base)].waiting.append(array)
    else:
        array.flags.writeable = True
