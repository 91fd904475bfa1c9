"""Learning-rate schedules: functions of the step t = 1, 2, ... that give a rate.

Any function will do in their place: ``sgd(lambda t: 0.1 / t)``.
"""

from __future__ import annotations

import math

from minigrad.optim.optimizer import (
    Rate,
    Schedule,
    require_count,
    require_rate,
    schedule,
)


def linear(rate: float, steps: int, last: float = 0.0) -> Schedule:
    """From ``rate`` at t = 1 along a line to ``last`` at t = ``steps``, then constant.

    >>> [linear(1.0, 5)(t) for t in (1, 2, 5, 9)]
    [1.0, 0.75, 0.0, 0.0]
    """
    _require(rate, steps, last)
    return lambda t: rate + (last - rate) * _done(t, steps)


def cosine(rate: float, steps: int, last: float = 0.0) -> Schedule:
    """From ``rate`` to ``last`` along half a cosine (Loshchilov and Hutter 2017).

    last + (rate - last) (1 + cos(pi (t - 1)/(steps - 1))) / 2

    >>> [round(cosine(1.0, 5)(t), 4) for t in (1, 2, 3, 5)]
    [1.0, 0.8536, 0.5, 0.0]
    """
    _require(rate, steps, last)
    return lambda t: (
        last + (rate - last) * (1 + math.cos(math.pi * _done(t, steps))) / 2
    )


def exponential(rate: float, factor: float) -> Schedule:
    """rate factor^(t-1).

    >>> [exponential(8.0, 0.5)(t) for t in (1, 2, 3)]
    [8.0, 4.0, 2.0]
    """
    return step_decay(rate, factor, every=1)


def step_decay(rate: float, factor: float, every: int) -> Schedule:
    """Multiplied by ``factor`` after each ``every`` steps.

    >>> [step_decay(8.0, 0.5, every=2)(t) for t in (1, 2, 3, 4, 5)]
    [8.0, 8.0, 4.0, 4.0, 2.0]
    """
    require_rate("rate", rate)
    require_rate("factor", factor)
    require_count("every", every)
    return lambda t: float(rate * factor ** ((t - 1) // every))


def inverse_sqrt(rate: float) -> Schedule:
    """rate / sqrt(t): its sum diverges; that of its square too, though barely.

    >>> [inverse_sqrt(1.0)(t) for t in (1, 4, 16)]
    [1.0, 0.5, 0.25]
    """
    require_rate("rate", rate)
    return lambda t: rate / math.sqrt(t)


def warmup(rate: Rate, steps: int) -> Schedule:
    """Any rate or schedule, times t / steps during the first ``steps`` steps.

    >>> [warmup(1.0, 4)(t) for t in (1, 2, 4, 5)]
    [0.25, 0.5, 1.0, 1.0]
    """
    require_count("steps", steps)
    rate_at = schedule("rate", rate)
    return lambda t: min(1.0, t / steps) * rate_at(t)


def _done(t: int, steps: int) -> float:
    """The part of the way that is behind us at step t, from 0 to 1."""
    return min(1.0, (t - 1) / max(1, steps - 1))


def _require(rate: float, steps: int, last: float) -> None:
    require_rate("rate", rate)
    require_count("steps", steps)
    require_rate("last", last)
