"""Methods that look at gradients alone.

w parameters, g gradients, v velocity or mean of gradients, s mean of squares, t step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad import tree
from minigrad.optim.optimizer import (
    Optimizer,
    Rate,
    Tree,
    require_fraction,
    require_rate,
    stepping,
    zeros,
)


def sgd(rate: Rate) -> Optimizer:
    """Plain gradient descent, w' = w - rate g.

    On a quadratic with Hessian H the error is multiplied by I - rate H.
    Raises ValueError for a negative rate (Robbins and Monro 1951).

    >>> init, update = sgd(0.5)
    >>> update(3.0, 2.0, init(3.0))[0]
    2.0
    """

    def step(g: Tree, memory: None, rate: float, t: int) -> tuple[Tree, None]:
        return tree.map(lambda g: rate * g, g), None

    return stepping(rate, lambda w: None, step)


def momentum(rate: Rate, alpha: float = 0.9) -> Optimizer:
    """The heavy ball: v = alpha v + rate g, w' = w - v.

    The rate is inside the velocity (Polyak 1964), so a schedule changes the new
    gradients alone; in `ema_momentum` it changes old ones too.  At constant rate the
    two are one method: alpha = beta, and this rate is (1 - beta) times the other.
    Raises ValueError unless 0 <= alpha < 1.

    >>> init, update = momentum(1.0, alpha=0.5)
    >>> w, state = update(0.0, 1.0, init(0.0))
    >>> update(w, 1.0, state)[0]
    -2.5
    """
    require_fraction("alpha", alpha)

    def step(g: Tree, v: Tree, rate: float, t: int) -> tuple[Tree, Tree]:
        v = tree.map(lambda v, g: alpha * v + rate * g, v, g)
        return v, v

    return stepping(rate, zeros, step)


def ema_momentum(rate: Rate, beta: float = 0.9) -> Optimizer:
    """An exponential moving average: v = beta v + (1 - beta) g, w' = w - rate v.

    v_t = (1 - beta) sum_i beta^(t-i) g_i, whose weights add up to 1 - beta^t.
    Raises ValueError unless 0 <= beta < 1.

    >>> init, update = ema_momentum(2.0, beta=0.5)
    >>> w, state = update(0.0, 1.0, init(0.0))
    >>> update(w, 1.0, state)[0]
    -2.5
    """
    require_fraction("beta", beta)

    def step(g: Tree, v: Tree, rate: float, t: int) -> tuple[Tree, Tree]:
        v = tree.map(lambda v, g: beta * v + (1 - beta) * g, v, g)
        return tree.map(lambda v: rate * v, v), v

    return stepping(rate, zeros, step)


def nesterov(rate: Rate, alpha: float = 0.9) -> Optimizer:
    """Nesterov's acceleration: v = alpha v + rate g, w' = w - (alpha v + rate g).

    The method looks ahead: with x the point of Sutskever et al. 2013 (eq. 3 and 4),
    whose gradient is taken at x - alpha v, our w *is* that x - alpha v.  So the
    gradient is asked for where it is needed.  Raises ValueError unless 0 <= alpha < 1.

    >>> init, update = nesterov(1.0, alpha=0.5)
    >>> update(0.0, 1.0, init(0.0))[0]
    -1.5
    """
    require_fraction("alpha", alpha)

    def step(g: Tree, v: Tree, rate: float, t: int) -> tuple[Tree, Tree]:
        v = tree.map(lambda v, g: alpha * v + rate * g, v, g)
        return tree.map(lambda v, g: alpha * v + rate * g, v, g), v

    return stepping(rate, zeros, step)


def adam(
    rate: Rate = 1e-3, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8
) -> Optimizer:
    """Adam: means of g and of g^2, both debiased, and a step of about one rate.

    v = b1 v + (1 - b1) g,   s = b2 s + (1 - b2) g^2,
    w' = w - rate v / (1 - b1^t) / (sqrt(s / (1 - b2^t)) + eps).

    Kingma and Ba 2015, algorithm 1.  Raises ValueError unless 0 <= b1, b2 < 1 and
    eps > 0.

    >>> init, update = adam(0.1)
    >>> w, _ = update(np.zeros(2), np.array([3.0, -0.01]), init(np.zeros(2)))
    >>> w.round(4)
    array([-0.1,  0.1])
    """
    require_fraction("b1", b1)
    require_fraction("b2", b2)
    require_rate("eps", eps)
    if eps == 0.0:
        raise ValueError("eps is 0; it has to be positive, for gradients may be 0")

    def step(
        g: Tree, memory: tuple[Tree, Tree], rate: float, t: int
    ) -> tuple[Tree, tuple[Tree, Tree]]:
        v = tree.map(lambda v, g: b1 * v + (1 - b1) * g, memory[0], g)
        s = tree.map(lambda s, g: b2 * s + (1 - b2) * g**2, memory[1], g)

        def move(v: Any, s: Any) -> Any:
            return rate * (v / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + eps)

        return tree.map(move, v, s), (v, s)

    return stepping(rate, lambda w: (zeros(w), zeros(w)), step)
