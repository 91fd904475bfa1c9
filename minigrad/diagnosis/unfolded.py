"""Operations with one rule, written out in small ones, in each of which one can slip.

Whoever derives softmax by hand derives exp, a sum and a quotient.  So the tape is
written again for the search of slips, with such operations in their parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.tape import Line, Ref, Tape, Tensor
from minigrad.transforms import stop_gradient

LARGE = 500.0  # what exp may be asked for


def _softmax(x: Any, *, axis: Any) -> Any:
    e = np.exp(x - _shift(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def _logsumexp(x: Any, *, axis: Any, keepdims: bool) -> Any:
    shift = _shift(x, axis)
    total = np.sum(np.exp(x - shift), axis=axis, keepdims=keepdims)
    return np.log(total) + np.reshape(shift, total.shape)


def _shift(x: Any, axis: Any) -> Any:
    """What keeps exp finite: 0, as in the formula, where nothing is large."""
    largest = stop_gradient(np.max(x, axis=axis, keepdims=True))
    return largest if np.max(np.abs(largest)) > LARGE else 0 * largest


def _norm(x: Any, *, axis: Any, keepdims: bool) -> Any:
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


PARTS: dict[str, Callable[..., Any]] = {
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "norm": _norm,
}


def unfolded(tape: Tape, outs: Sequence[Any]) -> tuple[Sequence[Line], list[Any]]:
    """The lines of a tape and its results, with such operations in their parts."""
    old = tape.lines or []
    if not any(line.op and line.op.name in PARTS for line in old):
        return old, list(outs)
    new = Tape()
    tensors: list[Any] = []
    for line in old:
        start = new.size
        tensors.append(_again(new, line, tensors))
        _place(new, start, line)
    moved = [tensors[out.line] if isinstance(out, Tensor) else out for out in outs]
    return new.lines or [], moved


def _again(tape: Tape, line: Line, tensors: Sequence[Any]) -> Any:
    """The line once more, on another tape."""
    if line.op is None:
        return tape.watch(line.value, line.name)
    args = [tensors[a.line] if isinstance(a, Ref) else a for a in line.args]
    return PARTS.get(line.op.name, line.op)(*args, **line.kwargs)


def _place(tape: Tape, start: int, line: Line) -> None:
    """New lines stand where the old one stood; parts say what they are parts of."""
    lines = tape.lines or []
    for k in range(start, tape.size):
        place = line.place
        if place and lines[k].op and lines[k].op is not line.op:
            place = place._replace(text=f"{lines[k].op.name} in {place.text}")
        lines[k] = lines[k]._replace(place=place)
