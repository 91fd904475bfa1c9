"""What a wrong answer has to do with the right one, when the relation is simple.

Only arrays are compared, nothing is run: the sign, a constant factor, a transposition,
an axis summed or reversed, a row left out, a list that is shifted.  Who knows more is
asked first: :mod:`minigrad.course.mistakes` the mistakes of an exercise, and
:mod:`minigrad.diagnosis` the function whose gradient it should be.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

Slip = tuple[str, str]


def likely_slip(got: Any, expected: Any, rtol: float = 1e-7) -> Slip | None:
    """What one array or list of arrays has to do with the right one, if it is simple.

    Returns ``(kind, sentence)``, or None when nothing simple relates them.

    >>> likely_slip(np.array([1.0, -2.0]), np.array([-1.0, 2.0]))
    ('sign', 'it is the right answer with the opposite sign')
    """
    chance = {"clipped"}  # what one pair may show by chance, several do not
    if isinstance(got, (int, float)) or getattr(got, "size", 0) == 1:
        chance.add("factor")
    found = (slip for slip in slips(got, expected, rtol) if slip[0] not in chance)
    return next(found, None)


def slips(got: Any, expected: Any, rtol: float = 1e-7) -> list[Slip]:
    """All simple relations that hold, the most particular one first.

    Of several pairs, a relation that always holds is the likely one.

    >>> slips(np.array([2.0, 2.0]), np.array([1.0, 1.0]))[0]
    ('factor', 'it is 2 times the right answer')
    """
    try:
        if isinstance(got, (list, tuple)) and isinstance(expected, (list, tuple)):
            return list(_list_slips(list(got), list(expected), rtol))
        got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError, OverflowError):  # not numbers, or ragged
        return []
    with np.errstate(all="ignore"):
        if got.shape != expected.shape:
            return list(_shape_slips(got, expected, rtol))
        return list(_value_slips(got, expected, rtol))


def close(a: Any, b: Any, rtol: float) -> bool:
    """Do two arrays agree, up to a share of the largest entry?"""
    return a.shape == b.shape and bool(
        np.max(np.abs(a - b), initial=0.0) <= rtol * np.max(np.abs(b), initial=0.0)
    )


# ---------------------------------------------------------------- another shape


def _shape_slips(got: Any, expected: Any, rtol: float) -> Iterator[Slip]:
    if got.ndim == 2 and close(got.T, expected, rtol):
        yield "transpose", "it is the transpose of the right answer"
    if 2 < got.ndim == expected.ndim < 6:
        for axes in permutations(range(got.ndim)):
            if close(got.transpose(axes), expected, rtol):
                yield "axes", f"its axes are in another order: transpose them to {axes}"
    if got.size == expected.size and close(got.ravel(), expected.ravel(), rtol):
        yield "shape", f"the entries are right; reshape them to {expected.shape}"
    for axis in range(got.ndim):
        if got.shape[axis] > 1:
            yield from _reduced(got, expected, axis, rtol)
    for axis in range(expected.ndim):
        yield from _reduced_too_far(got, expected, axis, rtol)


def _reduced(got: Any, expected: Any, axis: int, rtol: float) -> Iterator[Slip]:
    for keep in (False, True):
        if close(got.sum(axis=axis, keepdims=keep), expected, rtol):
            yield "broadcast", f"summing it over axis {axis} gives the right answer"
        elif close(got.mean(axis=axis, keepdims=keep), expected, rtol):
            yield "broadcast", f"its mean over axis {axis} is the right answer"


def _reduced_too_far(got: Any, expected: Any, axis: int, rtol: float) -> Iterator[Slip]:
    for keep in (False, True):
        if _near(got, expected.sum(axis=axis, keepdims=keep), expected, rtol):
            yield "summed", f"it is the right answer summed over its axis {axis}"
        elif _near(got, expected.mean(axis=axis, keepdims=keep), expected, rtol):
            yield "summed", f"it is the mean of the right answer over its axis {axis}"
    if got.ndim == expected.ndim and got.size:
        n = got.shape[axis]
        for where, kept in (("first", expected.shape[axis] - n), ("last", 0)):
            part = np.take(expected, range(kept, kept + n), axis, mode="clip")
            if n < expected.shape[axis] and close(got, part, rtol):
                yield "missing-row", f"the {where} rows along axis {axis} are missing"


# ---------------------------------------------------------------- the same shape


def _value_slips(got: Any, expected: Any, rtol: float) -> Iterator[Slip]:
    if not (np.all(np.isfinite(got)) and np.any(expected)):
        return
    if close(got + expected, expected, 1e-13):
        yield "zero", "it is all zeros"
        yield from _spread(got, expected, 1e-12)
        return
    if close(got, expected, 1e-12):
        return  # the numbers are right; their form is what was refused
    if close(got, expected, 1e-5):
        yield (
            "precision",
            "it is right to a few digits only, as float32 or finite differences are",
        )
        return
    opposite = close(-got, expected, rtol)
    if opposite:
        yield "sign", "it is the right answer with the opposite sign"
    if got.ndim == 2 and close(got.T, expected, rtol):
        yield "transpose", "it is the transpose of the right answer"
    length = np.linalg.norm(expected)
    if got.size > 1 and length != 1 and close(got, expected / length, rtol):
        yield "normalized", "it is the right answer scaled to length 1"
    factor = float(np.vdot(expected, got) / np.vdot(expected, expected))
    if factor and not opposite and close(got / factor, expected, rtol):
        yield "factor", f"it is {as_fraction(factor)} times the right answer"
    if expected.size > 1:
        yield from _arrangements(got, expected, rtol)
        yield from _parts(got, expected, rtol)
        yield from _distortions(got, expected, rtol)


def _arrangements(got: Any, expected: Any, rtol: float) -> Iterator[Slip]:
    """The right entries in the wrong places."""
    for axis, n in enumerate(got.shape):
        if n > 1 and close(np.flip(got, axis), expected, rtol):
            yield "order", f"it is the right answer reversed along axis {axis}"
        for by in (1, -1) if n > 2 else ():
            if close(np.roll(got, -by, axis), expected, rtol) or _shifted(
                got, expected, by, axis, rtol
            ):
                late = "late" if by > 0 else "early"
                yield "shifted", f"along axis {axis} its entries stand one place {late}"
    if got.ndim > 1 and close(got.ravel(), expected.ravel("F"), rtol):
        yield "flattened", "its entries were flattened in the other order of the axes"


def _shifted(got: Any, expected: Any, by: int, axis: int, rtol: float) -> bool:
    """Is all but the row that was pushed in the right answer, moved by one?"""
    n = got.shape[axis]
    later, earlier = np.arange(1, n), np.arange(n - 1)
    mine, right = (later, earlier) if by > 0 else (earlier, later)
    moved, kept = np.take(got, mine, axis), np.take(expected, right, axis)
    return bool(np.any(kept)) and close(moved, kept, rtol)


def _parts(got: Any, expected: Any, rtol: float) -> Iterator[Slip]:
    """Some of the right entries, and zeros."""
    for axis, n in enumerate(got.shape):
        others = tuple(k for k in range(got.ndim) if k != axis)
        empty = ~np.any(got, axis=others) & np.any(expected, axis=others)
        if n > 1 and np.any(empty) and _same_where(~empty, axis, got, expected, rtol):
            which = ", ".join(map(str, np.flatnonzero(empty)[:5]))
            names = f"row {which}" if np.sum(empty) == 1 else f"rows {which}"
            yield (
                "missing-row",
                f"{names} along axis {axis} are zero, the rest is right",
            )
    if got.ndim == 2 and min(got.shape) > 1:
        for cut, word in ((np.tril, "lower"), (np.triu, "upper")):
            if any(close(got, cut(expected, k), rtol) for k in (0, 1, -1)):
                yield "triangle", f"only the {word} triangle is right, the rest is zero"


def _same_where(where: Any, axis: int, got: Any, expected: Any, rtol: float) -> bool:
    kept = np.flatnonzero(where)
    mine, right = np.take(got, kept, axis), np.take(expected, kept, axis)
    return bool(np.any(right)) and close(mine, right, rtol)


def _distortions(got: Any, expected: Any, rtol: float) -> Iterator[Slip]:
    """The right entries, each or all of them changed in one way."""
    yield from _spread(got, expected, rtol)
    if close(got, np.abs(expected), rtol):
        yield "absolute", "it is the absolute value of the right answer"
    if close(got, np.sign(expected), rtol):
        yield "absolute", "it is only the sign of the right answer"
    limit = np.max(np.abs(got))
    clipped = np.clip(expected, -limit, limit)
    if close(got, clipped, rtol):
        yield "clipped", f"it is the right answer cut off at ±{limit:.6g}"
    offset = got - expected
    if np.ptp(offset) <= rtol * np.max(np.abs(offset)):
        yield "offset", f"{np.mean(offset):.6g} is added to every entry"


def _spread(got: Any, expected: Any, rtol: float) -> Iterator[Slip]:
    """Added up along an axis, and copied along it again."""
    for axis, n in enumerate(got.shape):
        for name, reduce in (("sum", np.sum), ("mean", np.mean)):
            whole = reduce(expected, axis=axis, keepdims=True)
            whole = np.broadcast_to(whole, got.shape)
            if n > 1 and _near(got, whole, expected, rtol):
                yield (
                    "spread",
                    f"each entry is the {name} of the right ones along axis {axis}",
                )


def _near(got: Any, whole: Any, expected: Any, rtol: float) -> bool:
    """Sums may cancel, so what counts is the size of their terms."""
    size = np.max(np.abs(expected), initial=0.0)
    return got.shape == whole.shape and bool(
        np.max(np.abs(got - whole), initial=0.0) <= rtol * size
    )


def as_fraction(factor: float) -> str:
    """A factor as people write it: 1/7 rather than 0.142857, but 1.5.

    >>> as_fraction(2.0000000001), as_fraction(-1 / 7), as_fraction(1.5)
    ('2', '-1/7', '1.5')
    """
    near = Fraction(factor).limit_denominator(200)
    is_it = bool(near) and abs(float(near) - factor) <= 1e-7 * abs(factor)
    short = round(factor, 2) == round(factor, 9) and abs(near.numerator) > 1
    return str(near) if is_it and not short else f"{factor:.6g}"


# ---------------------------------------------------------------- lists


def _list_slips(got: list[Any], expected: list[Any], rtol: float) -> Iterator[Slip]:
    if len(got) != len(expected) or not expected:
        return
    each = [slips(g, e, rtol) for g, e in zip(got, expected, strict=True)]
    yield from (slip for slip in each[0] if all(slip in rest for rest in each))
    if len(got) > 1 and _all_close(got[::-1], expected, rtol):
        yield "order", "it is the right list in reverse order"
    if len(got) > 2 and _all_close(got[1:], expected[:-1], rtol):
        yield "shifted", "its entries stand one place too late"
    if len(got) > 2 and _all_close(got[:-1], expected[1:], rtol):
        yield "shifted", "its entries stand one place too early"


def _all_close(got: list[Any], expected: list[Any], rtol: float) -> bool:
    return all(
        close(np.asarray(g), np.asarray(e), rtol)
        for g, e in zip(got, expected, strict=True)
    )
