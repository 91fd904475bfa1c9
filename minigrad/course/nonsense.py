"""Answers that deserve nothing, whatever the task: no check may be content with one.

Some are the same for every question; some hand back what was given; some have the
structure and the shapes of the right answer, and none of its numbers.  Nobody lists
them for a chapter: the worked solution tells what a right answer looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from typing import Any

import numpy as np

from minigrad.course.values import is_array, is_number, is_sequence

Answer = Callable[..., Any]
Fill = Callable[[tuple[int, ...]], Any]  # what stands for an array of this shape
Change = Callable[[np.ndarray], Any]


def nonsense(solution: Any) -> Iterator[tuple[str, Answer]]:
    """Names and functions; those of the right shape ask ``solution`` for it."""
    for name, value in CONSTANTS.items():
        yield name, lambda *args, value=value: value
    yield "the arguments", lambda *args: args
    if not callable(solution):
        return
    for i in range(len(signature(solution).parameters)):
        yield f"argument {i + 1}", lambda *args, i=i: args[i]
    for name, fill in FILLS.items():
        yield f"{name} in the right shape", _filled(solution, fill)
    draw = np.random.default_rng(0).standard_normal
    yield "random numbers in the right shape", _filled(solution, draw)
    for which, at in (("first", 0), ("last", -1)):
        yield f"the {which} argument of the right shape", _given_back(solution, at)


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


CONSTANTS: Mapping[str, Any] = {
    "None": None,
    "a string": "x",
    "a bool": True,
    "zero": 0.0,
    "one": 1,
    "NaN": np.nan,
    "a huge integer": 10**400,
    "an empty list": [],
    "a pair of empty lists": ([], []),
    "an empty array": np.zeros(0),
    "an array of objects": np.array([None, "x"], dtype=object),
    "nested lists": _nested(500),
    "a list of strings": ["x", "y"],
}
FILLS: Mapping[str, Fill] = {
    "zeros": np.zeros,
    "ones": np.ones,
    "a constant": lambda shape: np.full(shape, -2.5),
    "the numbers 0, 1, 2": lambda shape: np.arange(float(np.prod(shape))).reshape(
        shape
    ),
    "NaN": lambda shape: np.full(shape, np.nan),
    "infinity": lambda shape: np.full(shape, np.inf),
    "strings": lambda shape: np.full(shape, "x"),
    "an axis too many, zeros": lambda shape: np.zeros((*shape, 2)),
    "empty lists": lambda shape: [],
}


def _filled(solution: Answer, fill: Fill) -> Answer:
    """The right answer with every array and number in it exchanged."""

    def change(right: np.ndarray) -> Any:
        found = fill(right.shape)
        return found[()] if isinstance(found, np.ndarray) else found

    return lambda *args: _mapped(solution(*args), change)


def _given_back(solution: Answer, at: int) -> Answer:
    """The right answer, each array in it exchanged for a given one of its shape."""

    def answer(*args: Any) -> Any:
        given = dict[tuple[int, ...], list[np.ndarray]]()
        for array in _arrays(args):
            given.setdefault(array.shape, []).append(array)

        def change(right: np.ndarray) -> Any:
            return given.get(right.shape, [np.zeros(right.shape)])[at][()]

        return _mapped(solution(*args), change)

    return answer


def _mapped(right: Any, change: Change) -> Any:
    """The structure of a right result, with every number in it changed."""
    if is_sequence(right):
        return type(right)(_mapped(item, change) for item in right)
    if type(right) is dict:
        return {key: _mapped(item, change) for key, item in right.items()}
    if is_array(right):
        return change(right)
    return change(np.asarray(right)) if is_number(right) else None


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """All arrays and numbers among the arguments of a call."""
    if is_sequence(value):
        for item in value:
            yield from _arrays(item)
    elif type(value) is dict:
        yield from _arrays(list(value.values()))
    elif is_array(value) or is_number(value):
        yield np.asarray(value, dtype=np.float64)
