"""A student's own objects, held by number where the student's code runs.

The process of a submission loads this file by its path, as it does ``wire``; a student
on the own machine is held here too.  Standard library and NumPy only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

# All that can be done with an object besides reading attributes and calling methods.
OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "negative": operator.neg,
}
# What crosses as a value, or as the name of its type where something in it cannot.
CROSSING = (type(None), bool, int, float, complex, str, list, tuple, dict, np.ndarray)
METHOD = object()  # what stands for the value of an attribute that can be called


def is_object(value: object) -> bool:
    """Does this stay where it is?  Only its exact type is asked; it has no say."""
    kind = type(value)
    known = any(kind is crossing for crossing in CROSSING) or value is METHOD
    return not known and not issubclass(kind, np.generic)


def name_of(value: object) -> str:
    """The name of a value's type, read so that a hostile class cannot interfere."""
    return str(type.__dict__["__name__"].__get__(type(value)))[:40]


class Objects:
    """The objects that a check holds handles of, each under the check's own number."""

    def __init__(self) -> None:
        self._held: dict[int, Any] = {}

    def keep(self, token: int, value: object) -> str:
        """Hold an object under a number; the name of its type is all that is told."""
        self._held[token] = value
        return name_of(value)

    def clear(self) -> None:
        self._held.clear()

    def filled(self, args: list[Any], held: list[list[int]]) -> list[Any]:
        """The arguments of a request, with the objects in their places."""
        args = [*args]
        for place, token in held:
            args[place] = self._held[token]
        return args

    def use(self, kind: str, name: str, args: list[Any], times: int) -> Any:
        """What comes of an operator, a method or an attribute of ``args[0]``.

        An operator is applied ``times`` times in a row, each time to what came last.
        """
        if kind == "read":
            value = getattr(args[0], name)
            return METHOD if callable(value) else value
        if kind == "method":
            return getattr(args[0], name)(*args[1:])
        value, apply = args[0], OPERATORS[name]
        for _ in range(times):
            value = apply(value, *args[1:])
        return value
