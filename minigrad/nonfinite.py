"""Where the first nan or infinity comes from: the operation, the line, the values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad import tree
from minigrad.ops.broadcasting import value_of
from minigrad.places import Place
from minigrad.tape import Line, Ref, Tape, Tensor


class NonFinite(NamedTuple):
    """The first operation that makes a nan or an infinity of finite values."""

    op: str
    backward: bool  # its rule, while its value is finite
    what: str  # "-inf in 1 of 5 entries"
    place: Place | None
    operands: tuple[str, ...]  # "p (5,) from 0 to 0.7"

    def __str__(self) -> str:
        text = f"{'the derivative of ' if self.backward else ''}{self.op}: {self.what}"
        if self.place is not None:
            text += f"\n  at {self.place}:  {self.place.text}"
        return "\n".join([text, *(f"  {words}" for words in self.operands)])


def find_nonfinite(f: Callable[..., Any], *args: Any) -> NonFinite | None:
    """The first operation of f at these arguments whose value or rule is not finite.

    Going down the tape, the first line with a nan or an infinity that was computed from
    finite values; if there is none, going up from the sum of the results, the first
    rule that makes one of a finite adjoint.  None if all is finite.

    >>> found = find_nonfinite(lambda p: np.sum(p * np.log(p)), np.array([0.5, 0.0]))
    >>> found.op, found.backward, found.what
    ('log', False, '-inf in 1 of 2 entries')
    """
    tape = Tape()
    with np.errstate(all="ignore"):
        traced = [_watched(tape, a, f"argument {k}") for k, a in enumerate(args)]
        outs = tree.flatten(f(*traced))[0]
        return _first_value(tape) or _first_rule(tape, outs)


def _watched(tape: Tape, x: Any, name: str) -> Any:
    """The floats of an argument on the tape; integers and strings as they are."""
    leaves, rebuild = tree.flatten(x)
    floats = (float, np.floating, np.ndarray, Tensor)
    return rebuild(
        [
            tape.watch(leaf, name)
            if isinstance(leaf, floats) and np.asarray(value_of(leaf)).dtype.kind == "f"
            else leaf
            for leaf in leaves
        ]
    )


def _first_value(tape: Tape) -> NonFinite | None:
    """The first in order: of what it read only constants may not be finite."""
    for line in tape.lines or ():
        if not _finite(line.value):
            if line.op is not None:
                return _told(tape, line, line.value, backward=False)
            return NonFinite(line.name or "input", False, _count(line.value), None, ())
    return None


def _first_rule(tape: Tape, outs: list[Any]) -> NonFinite | None:
    adjoints: dict[int, Any] = {}
    for out in outs:
        if isinstance(out, Tensor) and out.tape is tape:
            adjoints[out.line] = np.ones_like(value_of(out))
    lines = tape.lines or []
    for here in range(tape.size - 1, -1, -1):
        edges = reversed(lines[here].edges) if here in adjoints else ()
        for _, parent, rule, saved in edges:
            term = rule.vjp(adjoints[here], *saved)
            if not _finite(term):
                return _told(tape, lines[here], term, backward=True)
            before = adjoints.get(parent)
            adjoints[parent] = term if before is None else before + term
    return None


def _told(tape: Tape, line: Line, found: Any, backward: bool) -> NonFinite:
    values = [_value(tape, a) for a in line.args]
    names = line.place.operands(len(values)) if line.place else [""] * len(values)
    rows = [f"{n} {_range(v)}" for n, v in zip(names, values, strict=True)]
    return NonFinite(line.op.name, backward, _count(found), line.place, tuple(rows))


def _value(tape: Tape, arg: Any) -> Any:
    return tape.lines[arg.line].value if isinstance(arg, Ref) and tape.lines else arg


def _finite(value: Any) -> bool:
    array = np.asarray(value_of(value))
    return array.dtype.kind != "f" or bool(np.all(np.isfinite(array)))


def _count(value: Any) -> str:
    """What kind of thing is not finite, and how often."""
    array = np.asarray(value_of(value))
    kinds = {
        "nan": np.isnan(array),
        "inf": np.isposinf(array),
        "-inf": np.isneginf(array),
    }
    found = [kind for kind, where in kinds.items() if np.any(where)]
    bad = int(np.sum(~np.isfinite(array)))
    where = f" in {bad} of {array.size} entries" if array.shape else ""
    return f"{' and '.join(found)}{where}"


def _range(value: Any) -> str:
    array = np.asarray(value_of(value))
    if not array.size or array.dtype.kind not in "fiu":
        return f"{array.shape}" if array.shape else f"= {value!r}"
    if not array.shape:
        return f"= {array[()]:.6g}"
    return f"{array.shape} from {np.min(array):.6g} to {np.max(array):.6g}"
