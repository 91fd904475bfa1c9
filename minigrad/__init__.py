"""Reverse-mode automatic differentiation that one person can read in an evening.

>>> import numpy as np
>>> import minigrad as mg
>>> def loss(W, x, y):
...     return np.sum((mg.relu(W @ x) - y) ** 2)
>>> mg.grad(loss)(np.eye(2), np.array([1.0, 2.0]), np.array([0.0, 1.0]))
array([[2., 4.],
       [2., 4.]])

Read it in this order: ``tape.py`` (the chain rule), ``primitive.py`` (how a call
becomes a line), ``ops/`` (the rules), ``tensor.py`` (how NumPy finds them),
``trace.py`` and ``transforms.py`` (derivatives of functions), ``check.py`` (how to
trust one).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from minigrad import ops
from minigrad import tensor as _tensor  # noqa: F401 - installs Tensor's operators
from minigrad.check import check_grads, gradcheck, numerical_grad
from minigrad.custom import checkpoint, custom_vjp
from minigrad.nonfinite import find_nonfinite
from minigrad.ops import *
from minigrad.primitive import Primitive, primitive
from minigrad.tape import Adjoints, Rule, Tape, Tensor
from minigrad.transforms import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)

if TYPE_CHECKING:
    from minigrad import optim
    from minigrad.diagnosis import Diagnosis, diagnose, find_wrong_rule
    from minigrad.drawing import draw

# What is rarely needed is loaded when it is first asked for.
LATER = {
    "Diagnosis": "minigrad.diagnosis",
    "diagnose": "minigrad.diagnosis",
    "find_wrong_rule": "minigrad.diagnosis",
    "draw": "minigrad.drawing",
}
MODULES_LATER = ("optim",)

__version__ = "0.1.0"

__all__ = [
    "Adjoints",
    "Diagnosis",
    "Primitive",
    "Rule",
    "Tape",
    "Tensor",
    "check_grads",
    "checkpoint",
    "custom_vjp",
    "diagnose",
    "draw",
    "find_nonfinite",
    "find_wrong_rule",
    "grad",
    "gradcheck",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "numerical_grad",
    "optim",
    "primitive",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
__all__ += ops.__all__


def __getattr__(name: str) -> Any:
    if name in MODULES_LATER:
        return importlib.import_module(f"minigrad.{name}")
    if name not in LATER:
        raise AttributeError(f"module 'minigrad' has no attribute {name!r}")
    return getattr(importlib.import_module(LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER, *MODULES_LATER})
