"""Optimizers as pairs of functions: what a method remembers is passed, not kept.

>>> import numpy as np
>>> import minigrad as mg
>>> init, update = mg.optim.momentum(0.1, alpha=0.5)
>>> loss = lambda w: np.sum((w["a"] - 1.0) ** 2)
>>> w = {"a": np.zeros(2)}
>>> state = init(w)
>>> for _ in range(60):
...     w, state = update(w, mg.grad(loss)(w), state)
>>> w["a"].round(6)
array([1., 1.])

Parameters are containers of arrays, gradients are built like them, and nothing is
changed in place.  A rate is a number, or a schedule t -> rate with t = 1, 2, ...
"""

from __future__ import annotations

from minigrad.optim.decay import coupled_decay, decoupled_decay
from minigrad.optim.first_order import (
    adam,
    ema_momentum,
    momentum,
    nesterov,
    sgd,
)
from minigrad.optim.optimizer import Optimizer, State
from minigrad.optim.reparametrization import (
    WeightNorm,
    normalize,
    weight_norm,
    weights,
)
from minigrad.optim.schedules import (
    cosine,
    exponential,
    inverse_sqrt,
    linear,
    step_decay,
    warmup,
)
from minigrad.optim.second_order import newton, newton_cg

__all__ = [
    "Optimizer",
    "State",
    "WeightNorm",
    "adam",
    "cosine",
    "coupled_decay",
    "decoupled_decay",
    "ema_momentum",
    "exponential",
    "inverse_sqrt",
    "linear",
    "momentum",
    "nesterov",
    "newton",
    "newton_cg",
    "normalize",
    "sgd",
    "step_decay",
    "warmup",
    "weight_norm",
    "weights",
]
