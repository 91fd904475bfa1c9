"""Exponentials, logarithms, angles and what activations are made of, entry by entry.

Where a derivative is a function of the value z, the rule reads z and not x: the tape
then keeps nothing that was not there already.  The local derivative is computed first
and then multiplied by g, which may be a batch of adjoints and many times as large.
Constants are Python numbers, which leave a float32 as it is.
"""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable

import numpy as np

from minigrad.ops.broadcasting import Array, elementwise, value_of
from minigrad.ops.elementwise import where

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cbrt",
    "cos",
    "cosh",
    "deg2rad",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "gelu",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "rad2deg",
    "sigmoid",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "tan",
    "tanh",
]

LOG_2, LOG_10 = math.log(2.0), math.log(10.0)
# Of sin t / t in powers of t²: for t < π/2 the next one would add less than 1e-22.
SINC = [(-1) ** k / math.factorial(2 * k + 1) for k in range(13)]

# ---------------------------------------------------------------- exponentials


@elementwise(x=lambda g, z: g * z)
def exp(x: Array) -> Array:
    """z = eˣ."""
    return np.exp(x)


@elementwise(x=lambda g, z: g * (z * LOG_2))
def exp2(x: Array) -> Array:
    """z = 2ˣ."""
    return np.exp2(x)


@elementwise(x=lambda g, z: g * (z + 1))
def expm1(x: Array) -> Array:
    """z = eˣ - 1, exact for small x."""
    return np.expm1(x)


@elementwise(x=lambda g, x: g / x)
def log(x: Array) -> Array:
    """z = log x."""
    return np.log(x)


@elementwise(x=lambda g, x: g / (x * LOG_2))
def log2(x: Array) -> Array:
    """z = log x / log 2."""
    return np.log2(x)


@elementwise(x=lambda g, x: g / (x * LOG_10))
def log10(x: Array) -> Array:
    """z = log x / log 10."""
    return np.log10(x)


@elementwise(x=lambda g, x: g / (1 + x))
def log1p(x: Array) -> Array:
    """z = log(1 + x), exact for small x."""
    return np.log1p(x)


@elementwise(x=lambda g, z, x: g * np.exp(x - z), y=lambda g, z, y: g * np.exp(y - z))
def logaddexp(x: Array, y: Array) -> Array:
    """z = log(eˣ + eʸ) without overflow."""
    return np.logaddexp(x, y)


@elementwise(x=lambda g, z, x: g * np.exp2(x - z), y=lambda g, z, y: g * np.exp2(y - z))
def logaddexp2(x: Array, y: Array) -> Array:
    """z = log₂(2ˣ + 2ʸ) without overflow."""
    return np.logaddexp2(x, y)


@elementwise(x=lambda g, z: g / (3 * z * z))
def cbrt(x: Array) -> Array:
    """z = ∛x; the derivative is infinite at 0."""
    return np.cbrt(x)


# ---------------------------------------------------------------- angles


def deg2rad(x: Array) -> Array:
    """z = x π / 180."""
    return x * (math.pi / 180)


def rad2deg(x: Array) -> Array:
    """z = x 180 / π."""
    return x * (180 / math.pi)


@elementwise(x=lambda g, x: g * np.cos(x))
def sin(x: Array) -> Array:
    """z = sin x."""
    return np.sin(x)


def sinc(x: Array) -> Array:
    """z = sin(πx) / (πx), and 1 at 0; near 0 its power series, which is smooth there.

    The quotient rule would subtract numbers of size 1/x there, and be 0/0 at 0.
    """
    near = np.abs(value_of(x)) < 0.5
    t = x * math.pi
    small, large = where(near, t, 0.0), where(near, 1.0, t)
    u, series = small * small, SINC[-1]
    for coefficient in SINC[-2::-1]:
        series = series * u + coefficient
    return where(near, series, sin(large) / large)


@elementwise(x=lambda g, x: g * -np.sin(x))
def cos(x: Array) -> Array:
    """z = cos x."""
    return np.cos(x)


@elementwise(x=lambda g, z: g * (1 + z * z))
def tan(x: Array) -> Array:
    """z = tan x."""
    return np.tan(x)


@elementwise(x=lambda g, x: g / np.sqrt((1 - x) * (1 + x)))
def arcsin(x: Array) -> Array:
    """z = arcsin x; the derivative is infinite at -1 and 1."""
    return np.arcsin(x)


@elementwise(x=lambda g, x: g / -np.sqrt((1 - x) * (1 + x)))
def arccos(x: Array) -> Array:
    """z = arccos x; the derivative is infinite at -1 and 1."""
    return np.arccos(x)


@elementwise(x=lambda g, x: g / (1 + x * x))
def arctan(x: Array) -> Array:
    """z = arctan x."""
    return np.arctan(x)


@elementwise(
    y=lambda g, y, x: g * (x / (x * x + y * y)),
    x=lambda g, y, x: g * (-y / (x * x + y * y)),
)
def arctan2(y: Array, x: Array) -> Array:
    """The angle of the point (x, y); it has no derivative at the origin: nan."""
    return np.arctan2(y, x)


# ---------------------------------------------------------------- hyperbolic functions


@elementwise(x=lambda g, x: g * np.cosh(x))
def sinh(x: Array) -> Array:
    """z = (eˣ - e⁻ˣ) / 2."""
    return np.sinh(x)


@elementwise(x=lambda g, x: g * np.sinh(x))
def cosh(x: Array) -> Array:
    """z = (eˣ + e⁻ˣ) / 2."""
    return np.cosh(x)


@elementwise(x=lambda g, z: g * (1.0 - z**2))
def tanh(x: Array) -> Array:
    """z = tanh x."""
    return np.tanh(x)


@elementwise(x=lambda g, x: g / np.sqrt(x * x + 1))
def arcsinh(x: Array) -> Array:
    """z = arsinh x."""
    return np.arcsinh(x)


@elementwise(x=lambda g, x: g / np.sqrt((x - 1) * (x + 1)))
def arccosh(x: Array) -> Array:
    """z = arcosh x for x ≥ 1; the derivative is infinite at 1."""
    return np.arccosh(x)


@elementwise(x=lambda g, x: g / ((1 - x) * (1 + x)))
def arctanh(x: Array) -> Array:
    """z = artanh x for -1 < x < 1."""
    return np.arctanh(x)


# ---------------------------------------------------------------- lengths, activations


def _cosine(x: Array, z: Array) -> Array:
    """x / z, and 0 at the origin, as for the norm (decision 003)."""
    return np.where(z == 0, 0.0, x / np.where(z == 0, 1.0, z))


@elementwise(x=lambda g, z, x: g * _cosine(x, z), y=lambda g, z, y: g * _cosine(y, z))
def hypot(x: Array, y: Array) -> Array:
    """z = √(x² + y²) without overflow; the derivative at the origin is 0."""
    return np.hypot(x, y)


@elementwise(x=lambda g, z: g * (z * (1 - z)))
def sigmoid(x: Array) -> Array:
    """z = 1 / (1 + e⁻ˣ), written with e^(-|x|) so that nothing overflows."""
    e = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, e) / (1 + e)


@elementwise(x=lambda g, x: g * sigmoid(x))
def softplus(x: Array) -> Array:
    """z = log(1 + eˣ), the smooth relu; its derivative is the sigmoid."""
    return np.logaddexp(x, 0)


def gelu(x: Array) -> Array:
    """z = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).

    The approximation of x Φ(x) by Hendrycks and Gimpel 2016, arXiv:1606.08415, which
    differs from it by less than 0.0005; ``x * (1 + mg.erf(x / 2**0.5)) / 2`` is exact.
    """
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@elementwise(x=lambda g, x: g * ((2 / math.sqrt(math.pi)) * np.exp(-x * x)))
def erf(x: Array) -> Array:
    """z = 2/√π ∫₀ˣ exp(-t²) dt; by SciPy where it is present, else entry by entry."""
    return _erf()(x)


@functools.cache
def _erf() -> Callable[[Array], Array]:
    """SciPy is not imported before somebody needs it; Python's erf is 20 times slower.

    The answer is kept: Python would look for a missing module at every call.
    """
    try:
        special: Array = importlib.import_module("scipy.special")
    except ImportError:
        slow = np.frompyfunc(math.erf, 1, 1)
        return lambda x: np.asarray(slow(x), np.asarray(x).dtype)[()]
    by_scipy: Callable[[Array], Array] = special.erf
    return by_scipy
