"""Gradient flow: dW/dt as a function of W, followed for a while.

``flow`` takes classical Runge-Kutta steps and halves them until that changes nothing,
so that it is the same on every machine; ``by_scipy`` asks SciPy's integrators of high
order, where SciPy is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Weights = list[np.ndarray]
Field = Callable[[Weights], Sequence[np.ndarray]]  # dW/dt, item by item

MOST = 4096  # steps; a smooth flow of a few time constants takes some twenty


class FlowError(RuntimeError):
    """The flow was not followed to the tolerance; the message says how far it got."""


def flow(
    field: Field, start: Sequence[np.ndarray], time: float, rtol: float = 1e-6
) -> Weights:
    """W(time) for dW/dt = field(W) and W(0) = start.

    The steps are halved until |W_h - W_2h| / 15, which is the error of the smaller ones
    to leading order, is at most rtol |W_h - W(0)|.  Where the flow crosses kinks of the
    field (relu), the order is lower and the error up to 15 times larger.  Raises
    FlowError after 4096 steps.  Hairer, Nørsett and Wanner 1993, II.1 and II.4.

    >>> [end] = flow(lambda W: [-W[0]], [np.array([1.0, 2.0])], time=3.0, rtol=1e-9)
    >>> print(np.round(np.exp(3.0) * end, 7))
    [1. 2.]
    """
    start = [np.asarray(W, dtype=np.float64) for W in start]
    steps, coarse = 8, runge_kutta(field, start, time, 8)
    while True:
        steps *= 2
        fine = runge_kutta(field, start, time, steps)
        error = distance(fine, coarse) / 15.0
        if error <= rtol * distance(fine, start):
            return fine
        if not steps < MOST:
            raise FlowError(
                f"{steps} steps leave an error of {error:.2g}; follow the flow for "
                f"less than {time:g}, or ask for less than rtol = {rtol:g}"
            )
        coarse = fine


def runge_kutta(
    field: Field, start: Sequence[np.ndarray], time: float, steps: int
) -> Weights:
    """W(time) by classical Runge-Kutta steps of one size; the error is O(steps⁻⁴).

    >>> [end] = runge_kutta(lambda W: [-W[0]], [np.array(1.0)], time=1.0, steps=8)
    >>> print(f"{end - np.exp(-1.0):.0e}")
    8e-07
    """
    h, W = time / steps, list(start)
    for _ in range(steps):
        a = field(W)
        b = field(moved(W, h / 2.0, a))
        c = field(moved(W, h / 2.0, b))
        d = field(moved(W, h, c))
        slopes = zip(a, b, c, d, strict=True)
        W = moved(W, h / 6.0, [a + 2.0 * (b + c) + d for a, b, c, d in slopes])
    return W


def by_scipy(
    field: Field, start: Sequence[np.ndarray], time: float, rtol: float = 1e-10
) -> Weights:
    """W(time) by SciPy's DOP853, of order 8; ImportError where SciPy is missing."""
    from scipy.integrate import solve_ivp

    shapes = [np.shape(W) for W in start]
    ends = np.cumsum([np.size(W) for W in start])[:-1]

    def flat(parts: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([np.ravel(part) for part in parts])

    def parts(w: np.ndarray) -> Weights:
        pieces = zip(np.split(w, ends), shapes, strict=True)
        return [piece.reshape(shape) for piece, shape in pieces]

    solved = solve_ivp(
        lambda _, w: flat(field(parts(w))),
        (0.0, time),
        flat(start),
        method="DOP853",
        rtol=rtol,
        atol=1e-3 * rtol,
        t_eval=[time],
    )
    if not solved.success:
        raise FlowError(f"SciPy did not follow the flow: {solved.message}")
    return parts(solved.y[:, -1])


def moved(W: Sequence[np.ndarray], h: float, V: Sequence[np.ndarray]) -> Weights:
    """W + h V."""
    return [w + h * v for w, v in zip(W, V, strict=True)]


def distance(W: Sequence[np.ndarray], V: Sequence[np.ndarray]) -> float:
    """The length of W - V as one vector."""
    return float(np.sqrt(sum(np.sum((w - v) ** 2) for w, v in zip(W, V, strict=True))))
