"""What a wrong answer has to do with the right one, when the relation is simple.

Only arrays are compared, nothing is run: the sign, a constant factor, a transposition,
an axis summed or reversed, a list that is shifted.  :mod:`minigrad.course.mistakes`
knows the particular mistakes of an exercise and is asked first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Slip = tuple[str, str]


def likely_slip(got: Any, expected: Any, rtol: float = 1e-7) -> Slip | None:
    """What one array or list of arrays has to do with the right one, if it is simple.

    Returns ``(kind, sentence)``, or None when nothing simple relates them.

    >>> likely_slip(np.array([1.0, -2.0]), np.array([-1.0, 2.0]))
    ('sign', 'it is the right answer with the opposite sign')
    """
    try:
        if isinstance(got, (list, tuple)) and isinstance(expected, (list, tuple)):
            return _list_slip(list(got), list(expected), rtol)
        got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError, OverflowError):  # not numbers, or ragged
        return None
    if got.shape != expected.shape:
        return _shape_slip(got, expected, rtol)
    return _value_slip(got, expected, rtol)


def _close(a: Any, b: Any, rtol: float) -> bool:
    return bool(
        np.max(np.abs(a - b), initial=0.0) <= rtol * np.max(np.abs(b), initial=0.0)
    )


def _shape_slip(got: Any, expected: Any, rtol: float) -> Slip | None:
    if (
        got.ndim == 2
        and got.T.shape == expected.shape
        and _close(got.T, expected, rtol)
    ):
        return "transpose", "it is the transpose of the right answer"
    if got.size == expected.size and _close(got.ravel(), expected.ravel(), rtol):
        return "shape", f"the entries are right; reshape them to {expected.shape}"
    for axis in range(got.ndim):
        summed = got.sum(axis=axis)
        if summed.shape == expected.shape and _close(summed, expected, rtol):
            return "broadcast", f"summing it over axis {axis} gives the right answer"
    return None


def _value_slip(got: Any, expected: Any, rtol: float) -> Slip | None:
    if not (np.all(np.isfinite(got)) and np.any(expected)):
        return None
    if not np.any(got):
        return "zero", "it is all zeros"
    if _close(got, expected, 1e-12):
        return None  # the numbers are right; their form is what was refused
    if _close(got, expected, 1e-5):
        return (
            "precision",
            "it is right to a few digits only, as float32 or finite differences are",
        )
    if _close(-got, expected, rtol):
        return "sign", "it is the right answer with the opposite sign"
    square = got.ndim == 2 and got.shape[0] == got.shape[1]
    if square and _close(got.T, expected, rtol):
        return "transpose", "it is the transpose of the right answer"
    factor = float(np.vdot(expected, got) / np.vdot(expected, expected))
    if expected.size > 1 and factor and _close(got / factor, expected, rtol):
        return "factor", f"it is {factor:.6g} times the right answer"
    for axis in range(got.ndim):
        if got.shape[axis] > 1 and _close(np.flip(got, axis), expected, rtol):
            return "order", f"it is the right answer reversed along axis {axis}"
    return None


def _list_slip(got: list[Any], expected: list[Any], rtol: float) -> Slip | None:
    if len(got) != len(expected) or not expected:
        return None
    slips = [likely_slip(g, e, rtol) for g, e in zip(got, expected, strict=True)]
    if slips[0] and all(slip == slips[0] for slip in slips):
        return slips[0]
    if len(got) > 1 and _all_close(got[::-1], expected, rtol):
        return "order", "it is the right list in reverse order"
    if len(got) > 2 and _all_close(got[1:], expected[:-1], rtol):
        return "shifted", "its entries stand one place too late"
    if len(got) > 2 and _all_close(got[:-1], expected[1:], rtol):
        return "shifted", "its entries stand one place too early"
    return None


def _all_close(got: list[Any], expected: list[Any], rtol: float) -> bool:
    return all(
        np.shape(g) == np.shape(e) and _close(np.asarray(g), np.asarray(e), rtol)
        for g, e in zip(got, expected, strict=True)
    )
