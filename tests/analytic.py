"""An oracle without rules: derivatives of a program from NumPy on complex numbers.

For an analytic f the *complex step* gives the derivative along v to rounding,

    f(x + i h v) = f(x) + i h J v + O(h²),   so   J v = Im f(x + i h v) / h ,

since nothing is subtracted and h may be as small as 1e-30 (Squire and Trapp 1998).
``plain`` stands for both ``np`` and ``mg`` in a program: it is NumPy, with formulas
where NumPy has no complex function, takes an absolute value, or lacks the name.  What
has kinks decides by real parts, and is analytic on either side.

No formula here is a derivative: a wrong one changes a value, which a test compares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from minigrad import tree

H = 1e-30


def complex_step(f: Callable[..., Any], xs: Sequence[Any], vs: Sequence[Any]) -> Any:
    """J v, built like the result, for a function that was written for ``plain``."""
    moved = [
        np.asarray(x) + 1j * H * np.asarray(v) for x, v in zip(xs, vs, strict=True)
    ]
    return tree.map(lambda z: np.imag(z) / H, f(*moved))


def slope(f: Callable[[float], Any], h: float = 2.0**-9) -> Any:
    """f'(0) by central differences, three steps extrapolated: the error is O(h⁶)."""
    a, b, c = ((f(k) - f(-k)) / (2 * k) for k in (h, h / 2, h / 4))
    b, c = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * c - b) / 15


def _count(x: Any, mean: Any) -> float:
    return np.size(x) / max(np.size(mean), 1)


def _var(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    mean = np.mean(x, axis=axis, keepdims=True)
    total = np.sum((x - mean) ** 2, axis=axis, keepdims=keepdims)
    return total / (_count(x, mean) - ddof)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord == 1:
        return np.sum(_abs(x), axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return np.max(_abs(x), axis=axis, keepdims=keepdims)
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def _softmax(x: Any, axis: Any = -1) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def _average(
    x: Any, axis: Any = None, weights: Any = None, keepdims: bool = False
) -> Any:
    return np.sum(x * weights, axis=axis, keepdims=keepdims) / np.sum(
        weights, axis=axis, keepdims=keepdims
    )


def _erf(x: Any) -> Any:
    """The power series; 60 terms are enough for |x| ≤ 3."""
    term = total = x
    for n in range(1, 60):
        term = term * (-x * x) / n
        total = total + term / (2 * n + 1)
    return 2 / math.sqrt(math.pi) * total


def _gelu(x: Any) -> Any:
    return x / (1 + np.exp(-math.sqrt(8 / math.pi) * (x + 0.044715 * x**3)))


def _cholesky(x: Any) -> Any:
    """Column by column (without the conjugates of a Hermitian factorization)."""
    L = np.zeros_like(x)
    for k in range(x.shape[-1]):
        rest = x[..., k:, k] - np.sum(L[..., k:, :k] * L[..., k, None, :k], axis=-1)
        L[..., k:, k] = rest / np.sqrt(rest[..., :1])
    return L


def _pinv(x: Any) -> Any:
    xt = np.swapaxes(x, -1, -2)
    tall = x.shape[-2] >= x.shape[-1]
    return np.linalg.inv(xt @ x) @ xt if tall else xt @ np.linalg.inv(x @ xt)


def _abs(x: Any) -> Any:
    return np.where(np.real(x) < 0, -x, x)


class _Plain(SimpleNamespace):
    """NumPy's functions, and those of its linear algebra, but for the ones named."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name, None) or getattr(np.linalg, name)


plain = _Plain(
    sub=np.subtract,
    mul=np.multiply,
    div=np.true_divide,
    neg=np.negative,
    abs=_abs,
    relu=lambda x: np.where(np.real(x) > 0, x, 0 * x),
    cbrt=lambda x: x ** (1 / 3),
    hypot=lambda x, y: np.sqrt(x * x + y * y),
    arctan2=lambda y, x: np.arctan(y / x),  # x > 0
    logaddexp=lambda x, y: np.log(np.exp(x) + np.exp(y)),
    logaddexp2=lambda x, y: np.log2(2**x + 2**y),
    sigmoid=lambda x: 1 / (1 + np.exp(-x)),
    softplus=lambda x: np.log(1 + np.exp(x)),
    erf=_erf,
    gelu=_gelu,
    deg2rad=lambda x: x * (math.pi / 180),
    rad2deg=lambda x: x * (180 / math.pi),
    clip=lambda x, a, b: np.minimum(np.maximum(x, a), b),
    var=_var,
    std=lambda x, axis=None, ddof=0, keepdims=False: np.sqrt(
        _var(x, axis, ddof, keepdims)
    ),
    average=_average,
    norm=_norm,
    vector_norm=_norm,
    logsumexp=_logsumexp,
    softmax=_softmax,
    vdot=lambda x, y: np.sum(np.ravel(x) * np.ravel(y)),
    cholesky=_cholesky,
    pinv=_pinv,
    slogdet=lambda x: (1.0, np.log(np.linalg.det(x))),  # det > 0
    stop_gradient=np.real,
)
plain.linalg = plain


# ---------------------------------------------------------------- agreement


def inner(xs, ys) -> float:
    return float(
        sum(np.sum(np.multiply(x, y)) for x, y in zip(*leaves(xs, ys), strict=True))
    )


def size(xs, ys) -> float:
    """The sum of the absolute values of the terms of ``inner``, and at least 1.

    Inside of a program terms of the size 1 cancel, so rounding is relative to that.
    """
    return 1 + inner(tree.map(np.abs, xs), tree.map(np.abs, ys))


def leaves(*trees):
    return [tree.flatten(t)[0] for t in trees]


def cotangent(out, salt: int = 0):
    """Random numbers in the shape of a result."""
    rng = np.random.default_rng((7, salt))
    return tree.map(lambda z: np.asarray(rng.standard_normal(np.shape(z))), out)


def close(found, expected, rtol: float = 1e-9):
    """Equal up to the rounding of terms as large as the largest entry, or as 1."""
    for a, b in zip(*leaves(found, expected), strict=True):
        assert np.shape(a) == np.shape(b)
        scale = 1 + np.max(np.abs(b), initial=0.0)
        np.testing.assert_allclose(a, b, rtol=0, atol=rtol * scale)


def same(found, expected):
    for a, b in zip(*leaves(found, expected), strict=True):
        np.testing.assert_array_equal(a, b)
