"""Values that came from a student: which to trust, how to show, copy and compare them.

A value is *plain* when its exact type is one of ours to know: None, bool, int, float,
str, list, tuple, dict, a NumPy number, or an ndarray of numbers.  Of anything else only
the name of its type is ever used: no method of an unknown object is called, not even
``repr``, because a student wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.course.handles import Handle
from minigrad.course.objects import name_of

NUMERIC_KINDS = "biufc"  # dtype.kind: bool, int, unsigned, float, complex
NUMBER_TYPES: tuple[type, ...] = (
    int,
    float,
    *{np.dtype(code).type for code in np.typecodes["AllInteger"]},
    *{np.dtype(code).type for code in np.typecodes["Float"]},
)
Where = tuple[int, ...]  # (2, 0) is the item result[2][0]
DEEPEST = 6  # levels of lists that are copied or shown; what lies below is opaque
WIDEST = 64  # characters of a value in a message


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is not plain data; only the name of its type is known."""

    type_name: str


def type_name(value: object) -> str:
    """The name of a value's type, read so that a hostile class cannot interfere."""
    if type(value) is Opaque:
        return value.type_name
    return value._type if type(value) is Handle else name_of(value)


def is_number(value: object) -> bool:
    """Is this an int, a float, a NumPy real number or a 0-d array of one (no bool)?"""
    if type(value) is np.ndarray:
        return value.ndim == 0 and value.dtype.kind in "iuf"
    return any(type(value) is number for number in NUMBER_TYPES)


def is_array(value: object) -> bool:
    """Is this exactly an ndarray (no subclass), and one of numbers?"""
    return type(value) is np.ndarray and value.dtype.kind in NUMERIC_KINDS


def is_sequence(value: object) -> bool:
    """Is this exactly a list or a tuple?"""
    return type(value) is list or type(value) is tuple


def is_word(value: object) -> bool:
    """Is this None, a bool or a string: something to compare by equality?"""
    kinds = (type(None), bool, np.bool_, str)
    return any(type(value) is kind for kind in kinds)


def as_word(value: Any) -> Any:
    """NumPy's strings and booleans as Python's, also one in an array without axes."""
    if type(value) is np.ndarray and value.ndim == 0 and value.dtype.kind == "b":
        return bool(value)
    if type(value) is np.bool_:
        return bool(value)
    return str(value) if type(value) is np.str_ else value


def as_float(value: Any) -> float:
    """A number as a float; an int too large for one is infinite."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def item(value: Any, where: Where) -> Any:
    """The item of a list of lists at ``where``; the value itself at ``()``."""
    for i in where:
        value = value[i]
    return value


def as_floats(value: Any) -> np.ndarray | list[np.ndarray] | None:
    """Numbers as a float64 array, a flat list of them as a list; else None."""
    if not is_sequence(value):
        return _as_array(value)
    parts = [_as_array(part) for part in value]
    arrays = [part for part in parts if part is not None]
    return arrays if len(arrays) == len(parts) else None


def _as_array(value: Any) -> np.ndarray | None:
    if is_number(value):
        return np.array(as_float(value))
    real = is_array(value) and value.dtype.kind in "iuf"
    return np.array(value, dtype=np.float64) if real else None


# Words ---------------------------------------------------------------------------


def kind_of(value: Any) -> str:
    """What a value is, with its article: ``a list of 3``, ``an int``."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return _kind_of_array(value)
    if is_sequence(value):
        return f"a {type(value).__name__} of {len(value)}"
    name = "string" if type(value) is str else type_name(value)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _kind_of_array(value: np.ndarray) -> str:
    contents = {"b": " of booleans", "c": " of complex numbers"}.get(
        value.dtype.kind, "" if is_array(value) else f" of dtype {value.dtype.name}"
    )
    return f"an array{contents} of shape {value.shape}"


def item_name(where: Where) -> str:
    """``result[2][0]``: how a message calls an item."""
    return "result" + "".join(f"[{i}]" for i in where)


def index(entry: Sequence[Any]) -> str:
    """``[0, 2]``: an entry of an array as one writes it in Python."""
    return "[" + ", ".join(str(int(i)) for i in entry) + "]"


def apart(a: Any, b: Any) -> tuple[str, str]:
    """Two numbers with six digits, or as many more as tell them apart.

    >>> apart(1.0, 2.0), apart(1.0, 1.0 + 1e-8)
    (('1', '2'), ('1', '1.00000001'))
    """
    for digits in (6, 9, 12, 17):
        pair = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair


def show(value: Any, depth: int = 0) -> str:
    """A value in one short line: ``array (3, 5): [[0.12 ... ]]``."""
    if type(value) is np.ndarray and is_array(value) and value.ndim:
        return f"array {value.shape}: {_cut(_numbers(value))}"
    if is_number(value):
        return f"{as_float(value):.6g}"
    if is_sequence(value) and depth < 2:
        return _show_sequence(value, depth)
    if type(value) is str:
        return _cut(repr(value[:WIDEST]))
    return str(value) if is_word(value) else kind_of(value)


def _show_sequence(value: Any, depth: int) -> str:
    items = [show(item, depth + 1) for item in value[:4]]
    if len(value) > len(items):
        items.append("...")
    return f"{type(value).__name__} of {len(value)}: {_cut('; '.join(items))}"


def _numbers(array: np.ndarray) -> str:
    """All entries of a small array, the corners of a large one."""
    edge = 2 if array.ndim == 1 else 1
    with np.errstate(all="ignore"):
        text = np.array2string(
            array, precision=4, threshold=12, edgeitems=edge, max_line_width=1000
        )
    return " ".join(text.split())


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 4] + " ..."


# Copies ---------------------------------------------------------------------------


def copied(value: Any) -> Any:
    """Arguments of a call, copied down to the arrays; callables stay themselves.

    A generator is copied, too: who draws from one changes no argument of the check's.
    """
    if type(value) is np.ndarray:
        return value.copy()
    if type(value) is np.random.Generator:
        return deepcopy(value)
    if is_sequence(value):
        return type(value)(copied(item) for item in value)
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return value


def snapshot(value: Any, depth: int = 0) -> Any:
    """A result as plain data for the trace: what is not plain becomes `Opaque`."""
    if is_array(value):
        return value.copy()
    if is_sequence(value) and depth < DEEPEST:
        return type(value)(snapshot(item, depth + 1) for item in value)
    if type(value) is Handle:  # a class of another name may make the same mistake
        return Opaque("object")
    value = as_word(value)
    return value if is_word(value) or is_number(value) else Opaque(type_name(value))


def unchanged(before: Any, after: Any) -> bool:
    """Is an argument after the call, bit for bit, what it was before?"""
    if type(before) is not type(after):
        return False
    if type(before) is np.ndarray:
        layout = before.shape == after.shape and before.dtype == after.dtype
        return bool(layout and before.tobytes() == after.tobytes())
    if is_sequence(before):
        return len(before) == len(after) and all(map(unchanged, before, after))
    if type(before) is dict:
        return list(before) == list(after) and all(
            unchanged(before[key], after[key]) for key in before
        )
    if is_word(before) or is_number(before):
        return bool(before == after or (before != before and after != after))
    return True


def same(a: Any, b: Any, rtol: float = 1e-9) -> bool:
    """Do two results of a trace agree: same structure, numbers within rounding?

    NaN equals NaN, a list equals a tuple, and 1e-15 of noise equals zero.
    """
    if is_sequence(a) and is_sequence(b):
        return len(a) == len(b) and all(
            same(x, y, rtol) for x, y in zip(a, b, strict=True)
        )
    if is_number(a) and is_number(b):
        return _same_numbers(np.array(as_float(a)), np.array(as_float(b)), rtol)
    if is_array(a) and is_array(b):
        return _same_numbers(a, b, rtol)
    return type(a) is type(b) and bool(a == b)


def _same_numbers(a: np.ndarray, b: np.ndarray, rtol: float) -> bool:
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        finite = np.abs(a[np.isfinite(a)])
        atol = rtol * finite.max(initial=0.0) + 1e-15
        return bool(np.allclose(a, b, rtol=0.0, atol=atol, equal_nan=True))
