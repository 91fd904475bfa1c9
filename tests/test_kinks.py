"""Decision 003: each derivative at a kink is as written, and no kink is unwritten."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases import CASES, Case

import minigrad as mg

RECORD = Path(__file__).parents[1] / "docs" / "decisions" / "003-kinks.md"
CHOSEN, LEFT = (
    [
        (name, at, derivative)
        for functions, at, derivative in re.findall(
            r"^\| (`.*?) \| (.*?) \| (.*?) \|", part, re.MULTILINE
        )
        for name in re.findall(r"`(\w+)`", functions)
    ]
    for part in RECORD.read_text(encoding="utf-8").split("Left as they are")
)
EYE, TIE = np.eye(3), np.array([2.0, 1.0, 2.0])


def by_all(f: Callable[..., Any], *inputs: Any) -> Any:
    """The gradients of the sum of all results."""
    return mg.vjp(f, *inputs)[1](np.ones_like(f(*inputs)))


def slope(f: Callable[[Any], Any], *at: float) -> Any:
    return [mg.grad(f)(x) for x in at]


ORDERS = [1, 2, 2.5, 3, np.inf, -np.inf]
NORMS = ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]


def tie(f: Callable[..., Any]) -> Any:
    return mg.grad(f, argnums=(0, 1))(1.0, 1.0)


def by_position(f: Callable[..., Any], *settings: Any) -> Any:
    return mg.jacobian(lambda x: f(x, *settings))(TIE)


def norms_at_zero(f: Callable[..., Any], orders: list[Any], zero: np.ndarray) -> Any:
    return [mg.grad(lambda x, p=p: f(x, ord=p))(zero) for p in orders]


def turned(f: Callable[[Any], Any]) -> Any:
    """The tangent of a factor of the identity, which is moved by a matrix of ones."""
    return mg.jvp(f, (EYE,), (np.ones((3, 3)),))[1]


def error(f: Callable[[Any], Any], x: np.ndarray) -> str:
    with pytest.raises(np.linalg.LinAlgError) as refusal:
        by_all(f, x)
    return f"NumPy's {refusal.typename}"


HALVES, NAN, INF = (0.5, 0.5), np.nan, np.inf
BETWEEN, STILL = "in order of position", "no turning between their vectors"
BESIDE, SINGULAR = "mean of the slopes beside", "NumPy's LinAlgError"
STATED: dict[tuple[str, str, str], Callable[[], tuple[Any, Any]]] = {
    ("relu", "0", "0"): lambda: (slope(mg.relu, 0.0), [0]),
    ("abs", "0", "0"): lambda: (slope(mg.abs, 0.0), [0]),
    ("copysign", "0", "0"): lambda: (slope(lambda x: mg.copysign(x, -1.0), 0.0), [0]),
    ("maximum", "tie", "1/2 to each"): lambda: (tie(mg.maximum), HALVES),
    ("minimum", "tie", "1/2 to each"): lambda: (tie(mg.minimum), HALVES),
    ("fmax", "tie", "1/2 to each"): lambda: (tie(mg.fmax), HALVES),
    ("fmin", "tie", "1/2 to each"): lambda: (tie(mg.fmin), HALVES),
    ("max", "tie", "equal shares"): lambda: (by_position(mg.max), [0.5, 0, 0.5]),
    ("min", "tie", "equal shares"): lambda: (mg.grad(mg.min)(-TIE), [0.5, 0, 0.5]),
    ("ptp", "tie", "equal shares"): lambda: (by_position(mg.ptp), [0.5, -1, 0.5]),
    ("norm", "0", "0"): lambda: (
        norms_at_zero(mg.norm, [None, *ORDERS], 0 * TIE),
        np.zeros((7, 3)),
    ),
    ("vector_norm", "0", "0"): lambda: (
        norms_at_zero(mg.vector_norm, ORDERS, 0 * TIE),
        np.zeros((6, 3)),
    ),
    ("matrix_norm", "0", "0"): lambda: (
        norms_at_zero(mg.matrix_norm, NORMS, 0 * EYE),
        np.zeros((8, 3, 3)),
    ),
    ("hypot", "origin", "0"): lambda: (mg.grad(mg.hypot, (0, 1))(0.0, 0.0), (0, 0)),
    ("std", "all entries equal", "0"): lambda: (mg.grad(mg.std)(np.ones(3)), [0, 0, 0]),
    ("clip", "a bound", "1/2"): lambda: (
        slope(lambda x: mg.clip(x, 0.0, 1.0), 0.0, 1.0),
        HALVES,
    ),
    ("interp", "a point xp", BESIDE): lambda: (
        slope(lambda x: mg.interp(x, [0, 1, 3], [0, 2, 10]), -1.0, 0.0, 1.0, 3.0),
        [0, (0 + 2) / 2, (2 + 4) / 2, (4 + 0) / 2],
    ),
    ("sort", "tie", BETWEEN): lambda: (
        by_position(mg.sort),
        [[0, 1, 0], [1, 0, 0], [0, 0, 1]],
    ),
    ("median", "tie", BETWEEN): lambda: (by_position(mg.median), [1, 0, 0]),
    ("quantile", "tie", BETWEEN): lambda: (
        by_position(mg.quantile, 0.75),
        [0.5, 0, 0.5],
    ),
    ("percentile", "tie", BETWEEN): lambda: (by_position(mg.percentile, 99.0), LAST),
    ("matrix_norm", "equal singular values", "equal shares"): lambda: (
        mg.grad(lambda x: mg.matrix_norm(x, ord=2))(EYE),
        EYE / 3,
    ),
    ("cond", "equal singular values", "equal shares"): lambda: (
        mg.grad(mg.cond)(EYE),
        0 * EYE,
    ),
    ("eigh", "equal values", STILL): lambda: (
        turned(lambda x: mg.eigh(x).eigenvectors),
        0 * EYE,
    ),
    ("eigvalsh", "equal values", STILL): lambda: (turned(mg.eigvalsh), [1, 1, 1]),
    ("svd", "equal values", STILL): lambda: (turned(lambda x: mg.svd(x)[0]), 0 * EYE),
    ("svdvals", "equal values", STILL): lambda: (turned(mg.svdvals), [1, 1, 1]),
    # ------------------------------------------------------------ left as they are
    ("log", "0", "inf"): lambda: (slope(mg.log, 0.0), [INF]),
    ("log2", "0", "inf"): lambda: (slope(mg.log2, 0.0), [INF]),
    ("log10", "0", "inf"): lambda: (slope(mg.log10, 0.0), [INF]),
    ("sqrt", "0", "inf"): lambda: (slope(mg.sqrt, 0.0), [INF]),
    ("cbrt", "0", "inf"): lambda: (slope(mg.cbrt, 0.0), [INF]),
    ("log1p", "-1", "inf"): lambda: (slope(mg.log1p, -1.0), [INF]),
    ("arcsin", "-1 and 1", "inf"): lambda: (slope(mg.arcsin, -1.0, 1.0), [INF, INF]),
    ("arctanh", "-1 and 1", "inf"): lambda: (slope(mg.arctanh, -1.0, 1.0), [INF, INF]),
    ("arccos", "-1 and 1", "-inf"): lambda: (slope(mg.arccos, -1.0, 1.0), [-INF, -INF]),
    ("arccosh", "1", "inf"): lambda: (slope(mg.arccosh, 1.0), [INF]),
    ("arctan2", "origin", "nan"): lambda: (
        mg.grad(mg.arctan2, (0, 1))(0.0, 0.0),
        (NAN, NAN),
    ),
    ("power", "x below 0, by y", "nan"): lambda: (
        slope(lambda y: mg.power(-1.0, y), 2.0),
        [NAN],
    ),
    ("qr", "dependent columns", SINGULAR): lambda: (
        error(lambda x: mg.qr(x).Q, 0 * EYE),
        SINGULAR,
    ),
    ("det", "singular matrix", SINGULAR): lambda: (error(mg.det, 0 * EYE), SINGULAR),
}
LAST = [0.04 / 2, 0, 1 - 0.04 / 2]  # 99 % of two steps is 0.98 of the second


def test_every_row_of_the_record_is_computed_here():
    """The two tables of decision 003 and the values below say the same."""
    assert sorted(CHOSEN + LEFT) == sorted(STATED)


@pytest.mark.parametrize("row", STATED, ids=lambda row: f"{row[0]} at {row[1]}")
def test_the_derivative_is_as_written(row):
    """What the record says at a kink is what the engine gives."""
    with np.errstate(all="ignore"):
        computed, expected = STATED[row]()
    if isinstance(expected, str):
        assert computed == expected
    else:  # up to rounding
        np.testing.assert_allclose(computed, expected, rtol=0, atol=1e-15)


# ---------------------------------------------------------------- looking for kinks

CORNERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "zeros": np.zeros_like,
    "ones": np.ones_like,
    "minus ones": lambda x: -np.ones_like(x),
    "integers": np.round,
    "identity": lambda x: (
        np.zeros_like(x) + (np.eye(*x.shape[-2:]) if x.ndim > 1 else 1)
    ),
}


def at_corners(case: Case) -> list[tuple[np.ndarray, ...]]:
    inputs = case.inputs(np.random.default_rng(11))
    return [tuple(map(corner, inputs)) for corner in CORNERS.values()]


def bends(case: Case, inputs: tuple[np.ndarray, ...], rng: np.random.Generator) -> bool:
    """Whether the slopes to the left and to the right differ, by differences alone."""
    h = 1e-6  # of a smooth function they differ by h times the second derivative
    way = [rng.standard_normal(x.shape) for x in inputs]
    values = [
        np.asarray(case.f(*(x + s * h * v for x, v in zip(inputs, way, strict=True))))
        for s in (-1, 0, 1)
    ]
    before, after = np.diff(values, axis=0) / h
    bend = np.abs(after - before) / (1 + np.abs(after + before))
    return bool(np.all(np.isfinite(bend)) and np.any(bend > 0.01))


def has_kink(case: Case) -> bool:
    rng = np.random.default_rng(12)
    with np.errstate(all="ignore"):
        return any(
            bends(case, inputs, rng)
            for inputs in at_corners(case)
            if is_defined(case.f, inputs)
            for _ in range(3)
        )


def is_defined(f: Callable[..., Any], inputs: tuple[np.ndarray, ...]) -> bool:
    try:
        return bool(np.all(np.isfinite(f(*inputs))))
    except np.linalg.LinAlgError:
        return False


def has_pole(case: Case) -> bool:
    """Whether the value is finite somewhere, but not the derivative."""
    with np.errstate(all="ignore"):
        return not all(
            is_defined(
                lambda *xs: np.stack([np.sum(g) for g in by_all(case.f, *xs)]), x
            )
            for x in at_corners(case)
            if is_defined(case.f, x)
        )


def test_every_kink_is_in_the_record_and_nothing_else():
    """Slopes that differ at zeros, ties and identities, found by differences."""
    found = {case.op for case in CASES if has_kink(case)}
    chosen, left = ({name for name, *_ in rows} for rows in (CHOSEN, LEFT))
    assert found - left == chosen


def test_operations_that_are_tested_away_from_kinks_have_one_in_the_record():
    """A case on the domain "apart" or "spread" claims that there is a kink."""
    apart = {case.op for case in CASES if case.domain in ("apart", "spread")}
    assert apart <= {name for name, *_ in CHOSEN + LEFT}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_derivatives_are_finite_where_values_are(case):
    """At zeros, ones and ties, unless the record says that they are left infinite."""
    assert case.op in {name for name, *_ in LEFT} or not has_pole(case)
