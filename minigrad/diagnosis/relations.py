"""What all that is claimed has to do with all that is right, in every draw.

:mod:`minigrad.slip` compares two arrays.  Here more is known: the arguments and the
value of f, the gradients by the other arguments, and what was returned before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.diagnosis.draws import Draw, is_number
from minigrad.diagnosis.problem import Leaves, Problem
from minigrad.slip import Slip, as_fraction, close, slips
from minigrad.transforms import jacobian

DOUBLE, SINGLE = 1e-6, 1e-3  # roads to one number agree better than slips by chance
SMALL = 200  # entries of an argument whose whole Jacobian may be asked for


def relations(
    problem: Problem, draws: Sequence[Draw], earlier: Sequence[Leaves]
) -> list[Slip]:
    """The relations that explain every wrong array at once."""
    n = len(problem.names)
    wrong = [k for k in range(n) if any(d.is_wrong(k) for d in draws)]
    found = [*_left_behind(draws, earlier)]
    if all(k in wrong or _is_zero(draws, k) for k in range(n)):
        found += _common(slips_of(draws, k) for k in wrong)
        found += _times_the_value(draws)
    if n > 1:
        found += _exchanged(problem, draws, wrong)
    if not is_number(draws[0].out):
        found += _of_a_pullback(problem, draws)
    return [*found, *_penalty(problem, draws, wrong)]


def _is_zero(draws: Sequence[Draw], k: int) -> bool:
    """Zero is right, and so is twice zero."""
    return not any(np.any(d.right.gradient[k]) for d in draws)


def slips_of(draws: Sequence[Draw], k: int) -> list[Slip]:
    """The relations of one array to the right one that hold wherever it is wrong."""
    pairs = [(d.claimed[k], d.right.gradient[k], d) for d in draws if d.is_wrong(k)]
    return list(_common(slips(c, r, _rtol(d)) for c, r, d in pairs))


def _common(lists: Iterable[list[Slip]]) -> Iterator[Slip]:
    """What stands in all of the lists, in the order of the first."""
    first, *rest = lists
    yield from (slip for slip in first if all(slip in other for other in rest))


def _rtol(draw: Draw) -> float:
    return SINGLE if draw.single else DOUBLE


# ---------------------------------------------------------------- what came before


def _left_behind(draws: Sequence[Draw], earlier: Sequence[Leaves]) -> Iterator[Slip]:
    """Results that do not belong to the arguments."""
    later = list(zip(draws, draws[1:], earlier[1:], strict=False))
    if not later:
        return
    if all(d.same(before.right.gradient) for before, d, _ in later):
        yield "stale", "it is the gradient at the arguments of the call before"
    elif all(d.same(draws[0].claimed) for d in draws) and not _constant(draws):
        yield "constant", "it does not depend on the arguments at all"
    elif all(d.same(_plus(d.right.gradient, returned)) for _, d, returned in later):
        yield (
            "stale",
            "it is the right gradient plus what an earlier call returned: "
            "set the gradients to zero first",
        )


def _constant(draws: Sequence[Draw]) -> bool:
    """Is what is right the same everywhere?"""
    first = draws[0].right.gradient
    return all(
        close(r, s, _rtol(d))
        for d in draws
        for r, s in zip(d.right.gradient, first, strict=True)
    )


def _plus(a: Leaves, b: Leaves) -> Leaves:
    pairs = zip(a, b, strict=True)
    return [x + y if np.shape(x) == np.shape(y) else np.nan for x, y in pairs]


# ---------------------------------------------------------------- factors and terms


def _times_the_value(draws: Sequence[Draw]) -> Iterator[Slip]:
    """A factor that changes from draw to draw as the value of f does."""
    if len(draws) < 2 or not is_number(draws[0].out):
        return
    factors, values = [_factor(d) for d in draws], [float(d.out) for d in draws]
    if not (all(factors) and all(values)) or np.ptp(values) <= 1e-3 * abs(values[0]):
        return
    ratios = np.array(factors, dtype=float) / np.array(values)
    products = np.array(factors, dtype=float) * np.array(values)
    for what, found in (("times", ratios), ("divided by", products)):
        if np.ptp(found) <= 1e-6 * abs(found[0]):
            number = as_fraction(float(found[0]))
            by = "" if number == "1" else f", times {number}"
            yield "value-factor", f"it is the right gradient {what} the value of f{by}"


def _factor(draw: Draw) -> float | None:
    """The one factor between all claimed and all right entries."""
    if not draw.shapes_fit:
        return None
    c, r = map(_flat, (draw.claimed, draw.right.gradient))
    factor = float(c @ r) / (float(r @ r) or 1.0)
    return factor if close(c, factor * r, _rtol(draw)) else None


def _flat(leaves: Leaves) -> Any:
    return np.concatenate([np.ravel(a) for a in leaves])


def _penalty(
    problem: Problem, draws: Sequence[Draw], wrong: Sequence[int]
) -> Iterator[Slip]:
    """A multiple of the argument itself is added, or one of its sign."""
    for what, of in (("", np.asarray), ("the sign of ", np.sign)):
        found = {_excess(d, k, of) for d in draws for k in wrong}
        if len(found) == 1 and None not in found:
            (number,) = found
            names = ", ".join(problem.names[k] for k in wrong)
            yield (
                "penalty",
                f"{number} times {what}{names} is added, the gradient of a penalty "
                "that f does not have",
            )


def _excess(draw: Draw, k: int, of: Callable[[Any], Any]) -> str | None:
    c, r, x = draw.claimed[k], draw.right.gradient[k], of(draw.x[k])
    if np.shape(c) != r.shape or r.size < 2 or not np.any(x):
        return None
    factor = float(np.vdot(c - r, x) / np.vdot(x, x))
    if abs(factor) < 1e-6 or not close(c - r, factor * x, 1e-5):
        return None
    return f"{factor:.4g}"


# ---------------------------------------------------------------- several arrays


def _exchanged(
    problem: Problem, draws: Sequence[Draw], wrong: Sequence[int]
) -> Iterator[Slip]:
    """A list in another order, or the gradient by another argument."""
    lists = [slips(d.claimed, d.right.gradient, _rtol(d)) for d in draws]
    yield from (slip for slip in _common(lists) if slip[0] in ("order", "shifted"))
    others = [_other(problem, draws, k) for k in wrong]
    if None not in others:
        names = [problem.names[k] for k in wrong]
        pairs = zip(names, others, strict=True)
        each = ", ".join(f"for {name} that by {other}" for name, other in pairs)
        yield "swapped", f"gradients are exchanged: {each}"


def _other(problem: Problem, draws: Sequence[Draw], k: int) -> str | None:
    for j, name in enumerate(problem.names):
        if j != k and all(_is_gradient_by(d, k, j) for d in draws):
            return name
    return None


def _is_gradient_by(draw: Draw, k: int, j: int) -> bool:
    r = draw.right.gradient[j]
    return bool(np.any(r)) and close(np.asarray(draw.claimed[k]), r, _rtol(draw))


# ---------------------------------------------------------------- cotangents


def _of_a_pullback(problem: Problem, draws: Sequence[Draw]) -> Iterator[Slip]:
    """Results that are arrays: what became of the cotangent u?"""
    changes: tuple[tuple[str, str, Callable[[Problem, Draw], Leaves]], ...] = (
        ("missing-upstream", "u is ignored: it is right for a u of ones", _for_ones),
        ("twice", "u is taken twice: it is right for u²", _for_squares),
        ("diagonal", "of the Jacobian only the diagonal is used", _by_diagonal),
        ("transpose", "it is J u where the gradient is Jᵀ u", _pushed),
    )
    for kind, text, change in changes:
        if all(_is(problem, d, change) for d in draws):
            yield kind, text


def _is(
    problem: Problem, draw: Draw, change: Callable[[Problem, Draw], Leaves]
) -> bool:
    try:
        return draw.same(change(problem, draw))
    except Exception:  # f does not run on the engine, or is no map of a space to itself
        return False


def _for_ones(problem: Problem, draw: Draw) -> Leaves:
    return problem.engine(draw.x, tree.map(np.ones_like, draw.cotangent))


def _for_squares(problem: Problem, draw: Draw) -> Leaves:
    return problem.engine(draw.x, tree.map(np.square, draw.cotangent))


def _by_diagonal(problem: Problem, draw: Draw) -> Leaves:
    (x,), J = draw.x, _jacobian(problem, draw)
    return [np.diag(J).reshape(x.shape) * draw.cotangent]


def _pushed(problem: Problem, draw: Draw) -> Leaves:
    (x,), J = draw.x, _jacobian(problem, draw)
    return [(J @ np.ravel(draw.cotangent)).reshape(x.shape)]


def _jacobian(problem: Problem, draw: Draw) -> Any:
    (x,) = draw.x
    if x.size > SMALL or np.shape(draw.out) != x.shape:
        raise ValueError("too large, or not square")
    return jacobian(problem.on_leaves)(x).reshape(x.size, x.size)
