"""Numbers as a drawing shows them: few digits, the same decimals down a column.

An array of at most four by four is shown entry by entry, a larger one by its mean,
deviation and norm.  All text is ASCII; a writer may set a nicer minus.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minigrad.ops.broadcasting import value_of

LARGEST = 4  # rows and columns that are still shown entry by entry

ROUNDING = 1e-12  # a mean so far below the deviation is what rounding left

Grid = list[list[str]]


def number(x: Any, digits: int = 4) -> str:
    """A number with so many significant digits.

    >>> [number(x) for x in (0.0, 0.5, 3.14159, 12340.0, 2e-7, float("nan"))]
    ['0', '0.5', '3.142', '1.234e4', '2e-7', 'nan']
    """
    if isinstance(x, (bool, int, np.bool_, np.integer)):
        return str(int(x))
    x = float(x)
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else str(x)
    if 1e-3 <= abs(x) < 10 ** max(digits, 4):
        return _trimmed(f"{x:.{max(digits - 1 - math.floor(math.log10(abs(x))), 0)}f}")
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    return f"{_trimmed(mantissa)}e{int(exponent)}"


def grid(value: Any) -> Grid | None:
    """The entries as rows of text if there are at most four by four, else None.

    >>> grid(np.array([[0.5, -1.25], [2.0, 0.0]]))
    [['0.50', '-1.25'], ['2.00', '0']]
    """
    a = np.asarray(value_of(value))
    if a.ndim == 0:
        return [[number(a[()])]]
    if a.ndim > 2 or a.size == 0 or max(a.shape) > LARGEST:
        return None
    decimals = _decimals(a)
    return [[_entry(x, decimals) for x in row] for row in np.atleast_2d(a)]


def uniform(value: Any) -> str | None:
    """The one number that every entry is, or None: ones read as 1.

    >>> uniform(np.ones((2, 3))), uniform(np.array([1.0, 2.0]))
    ('1', None)
    """
    a = np.asarray(value_of(value))
    if a.size == 0 or not np.all(a == a.flat[0]):
        return None
    return number(a.flat[0])


def summary(value: Any) -> list[str]:
    """A large array in two short phrases.

    >>> summary(np.arange(6.0))
    ['mean 2.5 ± 1.71', 'norm 7.42']
    """
    a = np.asarray(value_of(value))
    if a.size == 0:
        return ["empty"]
    same = uniform(a)
    if same is not None:
        return ["0" if same == "0" else f"all {same}"]
    if a.dtype.kind == "b":
        return [f"{int(a.sum())} of {a.size} true"]
    finite = a[np.isfinite(a)]
    phrases = []
    if finite.size < a.size:
        phrases.append(f"{a.size - finite.size} of {a.size} not finite")
    if finite.size:
        mean, deviation = finite.mean(), finite.std()
        mean = 0.0 if abs(mean) < ROUNDING * deviation else mean
        phrases.append(f"mean {number(mean, 3)} ± {number(deviation, 3)}")
        phrases.append(f"norm {number(norm(finite), 3)}")
    return phrases


def brief(value: Any) -> str:
    """A value on one line, as terminals and screen readers want it.

    >>> brief(np.array([[1.0, 2.0], [3.0, 4.5]])), brief(np.zeros(9))
    ('[1.0 2.0; 3.0 4.5]', '0')
    """
    a = np.asarray(value_of(value))
    cells = grid(a)
    if a.ndim and uniform(a) == "0":
        return "0"
    if cells is None:
        return ", ".join(summary(a))
    if a.ndim == 0:
        return cells[0][0]
    return "[" + "; ".join(" ".join(row) for row in cells) + "]"


def size(value: Any) -> str:
    """A number as it is, an array by its norm.

    >>> size(2.5), size(np.array([3.0, 4.0]))
    ('2.5', 'norm 5')
    """
    a = np.asarray(value_of(value))
    if a.ndim == 0:
        return number(a[()])
    return f"norm {number(norm(a), 3)}"


def shape(value: Any) -> str:
    """The shape as code writes it, nothing for a number.

    >>> shape(np.ones((4, 3))), shape(1.0)
    ('(4, 3)', '')
    """
    dims = np.shape(value_of(value))
    return str(tuple(map(int, dims))) if dims else ""


def norm(value: Any) -> float:
    """The Euclidean norm of all entries."""
    a = np.asarray(value_of(value), dtype=float)
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.sum(a * a)))


def finite(value: Any) -> bool:
    """Whether every entry is a number."""
    a = np.asarray(value_of(value))
    return a.dtype.kind not in "fc" or bool(np.all(np.isfinite(a)))


def _decimals(a: Any) -> int | None:
    """Decimals for three digits of the largest entry; None: each entry for itself."""
    if a.dtype.kind not in "f":
        return None
    sizes = np.abs(a[np.isfinite(a)])
    top = float(sizes.max()) if sizes.size else 0.0
    if top == 0 or not 1e-3 <= top < 1e5:
        return None
    most = max(2 - math.floor(math.log10(top)), 1)
    exact = (k for k in range(most) if np.all(np.round(sizes, k) == sizes))
    return next(exact, most)


def _entry(x: Any, decimals: int | None) -> str:
    if decimals is None or x == 0 or not math.isfinite(x):
        return number(x, 3)
    text = f"{x:.{decimals}f}"
    return number(x, 1) if float(text) == 0 else text


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
