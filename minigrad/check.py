"""How to trust a derivative: by differences, which know nothing of any rule.

The directional derivative of f at x along v is a number that two roads must reach,

    (f(x + h v) - f(x - h v)) / 2h   and   ⟨ū, J v⟩ = ⟨Jᵀ ū, v⟩ ,

one with only values of f, one through the rules.  Random directions v and random
cotangents ū make an accident unlikely: a wrong entry anywhere changes the number (by
more than the tolerance, or it is not seen), and
a cotangent of ones, for which many wrong softmax rules are right, is never used.

The step h is a compromise: the truncation error falls like h², the rounding error
grows like ε/h.  Two steps, h and h/2, are combined so that the h² term cancels
(Richardson), and their disagreement says how far the result can be trusted.  So the
tolerance is measured at each point instead of guessed.  What does not agree is looked
at again with all steps from 1/4 to 4e-9 (:mod:`minigrad.diagnosis.slopes`), so that a
kink nearby is not taken for a wrong rule, before the first wrong rule is searched for.

Not seen by differences: noise in f that is larger than the change.  For a gradient that
somebody wrote, :func:`minigrad.diagnose` finds out more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minigrad import reports, tree
from minigrad.nonfinite import find_nonfinite
from minigrad.transforms import jvp, vjp

if TYPE_CHECKING:  # what looks closer is loaded when something is wrong
    from minigrad.diagnosis.slopes import Sweep

Function = Callable[..., Any]


def numerical_grad(f: Function, x: Any, h: float | None = None) -> Any:
    """The gradient of scalar f at x by central differences, entry by entry.

    ∂f/∂x_i ≈ (f(x + h e_i) - f(x - h e_i)) / 2h, shaped like x: a number, an array or a
    container of them; integers are taken as floats.  By default the step is
    h = ε^(1/3) max(1, |x_i|), which balances truncation h² against rounding ε/h and
    leaves about ten right digits (five in float32).  2 n evaluations of f.

    >>> numerical_grad(lambda x: np.sum(x**2), np.array([1.0, -3.0])).round(6)
    array([ 2., -6.])
    """
    leaves, rebuild = tree.flatten(x)
    arrays = [_floats(leaf) for leaf in leaves]

    def value() -> Any:
        return f(rebuild(list(map(_lent, arrays, leaves))))

    gradients = []
    for array in arrays:
        gradient = np.empty_like(array)
        for index in np.ndindex(array.shape):
            here = array[index]
            step = _step(here) if h is None else h
            array[index] = here + step
            above = value()
            array[index] = here - step
            below = value()
            array[index] = here
            gradient[index] = (above - below) / (2 * step)
        gradients.append(gradient)
    return rebuild(list(map(_lent, gradients, leaves)))


def check_grads(
    f: Function,
    args: Sequence[Any],
    order: int = 2,
    modes: str | Sequence[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Raise AssertionError unless the derivatives of f at args agree with differences.

    Order 2 checks the derivative of the derivative as well, by checking the pullback
    and the tangent map as functions of their own.  Two draws of directions.

    rtol is relative to the size of the terms that make up the number and defaults to
    1e-6 (float64: differences with two steps leave about nine digits) or 1e-2
    (float32); atol defaults to 0, so that a wrong sign on 1e-8 sin x is seen.  ``eps``
    overrides the step.

    >>> check_grads(lambda x: np.sum(np.tanh(x) ** 2), (np.array([0.3, -0.2]),))
    """
    _require_finite(f, tuple(args))
    wanted = (modes,) if isinstance(modes, str) else tuple(modes)
    if not wanted or not set(wanted) <= {"fwd", "rev"}:
        raise ValueError(f"modes is {modes!r}; it is 'fwd', 'rev' or both")
    _check(f, tuple(args), order, wanted, _Tolerance(atol, rtol, eps), "")


def gradcheck(
    f: Function,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """PyTorch's name and defaults for a first-order :func:`check_grads`.

    >>> gradcheck(lambda x: x**3, (2.0,))
    True
    """
    args = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    try:
        check_grads(f, args, order=1, atol=atol, rtol=rtol, eps=eps)
    except AssertionError:
        if raise_exception:
            raise
        return False
    return True


def _require_finite(f: Function, args: tuple[Any, ...]) -> None:
    """A value or gradient that is not finite is named by its origin."""
    with np.errstate(all="ignore"):
        out, pullback = vjp(f, *args)
        found = tree.flatten([out, pullback(tree.map(np.ones_like, out))])[0]
        if all(np.all(np.isfinite(leaf)) for leaf in found):
            return
    origin = find_nonfinite(f, *args)
    raise AssertionError(f"CANNOT TELL: not everything is finite\n{origin}")


class _Tolerance(NamedTuple):
    atol: float | None
    rtol: float | None
    eps: float | None


class _Slope(NamedTuple):
    """A directional derivative found by differences."""

    value: float
    scale: float  # the sum of the absolute values of the terms that make it up
    doubt: float  # how far the value may be off
    step: float

    def agrees(self, found: float, tolerance: _Tolerance, small: bool) -> bool:
        rtol = tolerance.rtol or (1e-2 if small else 1e-6)
        # a margin of 3 on the doubt, which is an estimate and no bound
        allowed = (tolerance.atol or 0.0) + rtol * self.scale + 3 * self.doubt
        return bool(abs(found - self.value) <= allowed)


def _check(
    f: Function,
    args: tuple[Any, ...],
    order: int,
    modes: tuple[str, ...],
    tolerance: _Tolerance,
    path: str,
) -> None:
    rng = np.random.default_rng(0)
    for _ in range(2):
        v = _directions(rng, args)
        out, pullback = vjp(f, *args)
        u = _directions(rng, tree.map(np.ones_like, out))
        slope = _difference(f, args, v, u, tolerance.eps)
        found = {}
        if "rev" in modes:
            found["rev"] = _inner(pullback(u), v)
        if "fwd" in modes:
            found["fwd"] = _inner(u, jvp(f, args, v)[1])
        single = _is_float32((args, out))
        for mode, number in found.items():
            all_steps = None
            if not slope.agrees(number, tolerance, single):
                slope, all_steps = _again(f, args, v, u, slope, tolerance)
            if all_steps and all_steps.kinked:
                raise AssertionError(reports.kink(path + mode, number, all_steps, f))
            unsure = all_steps and not all_steps.settled(max(slope.scale, abs(number)))
            if unsure and not slope.agrees(number, tolerance, single):
                raise AssertionError(reports.unsettled(path + mode, number, slope, f))
            if not slope.agrees(number, tolerance, single):
                raise AssertionError(reports.wrong(path + mode, number, slope, f, args))
    if order > 1 and "rev" in modes:
        _check(_backward(f), (args, u), order - 1, modes, tolerance, f"{path}rev of ")
    if order > 1 and "fwd" in modes:
        _check(_forward(f), (args, v), order - 1, modes, tolerance, f"{path}fwd of ")


def _backward(f: Function) -> Function:
    return lambda args, u: vjp(f, *args)[1](u)


def _forward(f: Function) -> Function:
    return lambda args, v: jvp(f, args, v)[1]


def _difference(
    f: Function, args: tuple[Any, ...], v: Any, u: Any, eps: float | None
) -> _Slope:
    """⟨u, J v⟩ from values of f alone."""
    # ε^(1/5) balances the h⁴ truncation left by Richardson against rounding ε/h
    h = eps or _precision(args) ** 0.2

    def central(step: float) -> Any:
        above = f(*tree.map(lambda x, t: _moved(x, step, t), args, v))
        below = f(*tree.map(lambda x, t: _moved(x, -step, t), args, v))
        return tree.map(lambda a, b: (a - b) / (2 * step), above, below)

    coarse, fine = central(h), central(h / 2)
    best = tree.map(lambda c, d: (4 * d - c) / 3, coarse, fine)
    value = _inner(u, best)
    scale = _inner(tree.map(np.abs, u), tree.map(np.abs, best))
    # What the better of two central differences is off by is a third of their distance,
    # and the extrapolation is better still; rounding it cannot cure.
    noise = _noise(f(*args), u) + _jitter(f, args, v, u)
    doubt = abs(value - _inner(u, fine)) / 15 + noise / h
    ones = tree.map(np.ones_like, v)
    way = _inner(ones, tree.map(np.abs, v))
    astray = _noise(args, ones) / way if way else 0.0  # since x + h v is rounded
    return _Slope(value, scale, doubt + scale * astray / h, h)


def _again(
    f: Function, args: tuple[Any, ...], v: Any, u: Any, slope: _Slope, t: _Tolerance
) -> tuple[_Slope, Sweep | None]:
    """The slope with whichever step suits it best, unless the step was given."""
    if t.eps:
        return slope, None
    from minigrad.diagnosis.slopes import sweep

    def phi(h: float) -> float:
        return _inner(u, f(*tree.map(_moved_by(h), args, v)))

    found = sweep(phi, _noise(f(*args), u))
    best = found.best
    return _Slope(best.value, slope.scale, best.doubt, best.step), found


def _jitter(f: Function, args: tuple[Any, ...], v: Any, u: Any) -> float:
    """How values change over steps so short that nothing but rounding is left.

    Terms that cancel inside of f leave rounding as large as they were, which the size
    of the result does not tell: sin² + cos² has the slope 1e-17, and is right.
    """
    here, unit = f(*args), 8 * _precision(args)
    changes = [
        tree.map(
            lambda a, b: np.abs(a - b), f(*tree.map(_moved_by(k * unit), args, v)), here
        )
        for k in (-2, -1, 1, 2)
    ]
    return max(_inner(tree.map(np.abs, u), change) for change in changes)


def _moved_by(step: float) -> Callable[[Any, Any], Any]:
    return lambda x, t: _moved(x, step, t)


def _precision(args: Any) -> float:
    return float(np.finfo(np.float32 if _is_float32(args) else float).eps)


def _noise(x: Any, weights: Any) -> float:
    """Some units in the last place of x, weighted: what rounding makes of it."""
    total = 0.0
    for a, w in zip(tree.flatten(x)[0], tree.flatten(weights)[0], strict=True):
        if np.asarray(a).dtype.kind != "f":
            continue  # counts and labels are exact
        eps = float(np.finfo(np.asarray(a).dtype).eps)
        total += 4 * eps * float(np.sum(np.abs(np.multiply(a, w))))
    return total


# ---------------------------------------------------------------- small pieces


def _step(x: Any) -> float:
    """ε^(1/3) times the size of x, rounded to a power of two so that x ± h is exact."""
    ideal = float(np.finfo(x.dtype).eps) ** (1 / 3) * max(1.0, abs(float(x)))
    return float(2.0 ** np.round(np.log2(ideal)))


def _floats(leaf: Any) -> Any:
    """A copy to step in, in the precision of the leaf."""
    array = np.array(leaf)
    return array if array.dtype.kind == "f" else array.astype(float)


def _lent(array: Any, leaf: Any) -> Any:
    """A copy for f, which may keep or change it; a number where x had one."""
    return array.copy() if isinstance(leaf, np.ndarray) else array[()].item()


def _moved(x: Any, step: float, t: Any) -> Any:
    moved = x + step * t
    return moved.astype(x.dtype) if isinstance(x, np.ndarray) else moved


def _directions(rng: np.random.Generator, x: Any) -> Any:
    """Random directions to move x in, small where x is small: log at 1e-4 stays log."""

    def draw(leaf: Any) -> Any:
        size = np.minimum(np.abs(leaf), 1.0)
        sample = rng.standard_normal(np.shape(leaf)) * np.where(size == 0, 1.0, size)
        return sample.astype(leaf.dtype) if hasattr(leaf, "dtype") else float(sample)

    return tree.map(draw, x)


def _inner(a: Any, b: Any) -> float:
    products = tree.map(lambda x, y: float(np.sum(np.multiply(x, y))), a, b)
    return float(sum(tree.flatten(products)[0]))


def _is_float32(x: Any) -> bool:
    return any(
        getattr(leaf, "dtype", None) == np.float32 for leaf in tree.flatten(x)[0]
    )
