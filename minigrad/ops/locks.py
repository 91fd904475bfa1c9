"""Arrays that rules will read, marked as read-only while a user's program could run.

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


_holders: dict[int, int] = {}  # how many tapes hold an array
_waiting: dict[int, list[Any]] = {}  # views, by the owner that is still held
_mutex = threading.RLock()  # the garbage collector may drop a tape while we hold it


def lock(array: Any, kept: Kept) -> None:
    """Hold an array and what it is a view of, if they are NumPy's and writable."""
    owner = array if array.base is None else array.base
    if type(owner) is not np.ndarray or not owner.flags.owndata:
        return  # memory of somebody else, who may not let us unlock it
    if owner.flags.writeable or id(owner) in _holders:
        if owner is not array:
            _hold(array, kept)
        _hold(owner, kept)


def _hold(array: Any, kept: Kept) -> None:
    key = id(array)
    with _mutex:
        holders = _holders.get(key, 0)
        if not holders:
            if not array.flags.writeable:
                return  # the user's own doing, or a view of what is held
            array.flags.writeable = False
        if key not in kept:
            _holders[key] = holders + 1
            kept[key] = array


def unlock(kept: Kept) -> None:
    """Give back what a tape holds."""
    with _mutex:
        free = []
        for key, array in kept.items():
            _holders[key] -= 1
            if not _holders[key]:
                del _holders[key]
                free += [array, *_waiting.pop(key, ())]
        kept.clear()
        for array in sorted(free, key=_is_view) if len(free) > 1 else free:
            if id(array.base) in _holders:
                _waiting.setdefault(id(array.base), []).append(array)
            else:
                _give_back(array)


def _give_back(array: Any) -> None:
    try:
        array.flags.writeable = True
    except ValueError:
        return  # the user locked its owner


def _is_view(array: Any) -> bool:
    return array.base is not None
