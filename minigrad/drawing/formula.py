"""A line of the tape as people write it: the formula and its local derivatives.

mul(%1, %0) of values called a and x     a * x       by a: x      by x: a
tanh(%2) of a value called z             tanh(z)     by z: 1 - tanh(z)²

x, y   the texts of the arguments        z   the text of the result
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from minigrad.drawing.figures import number

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)  # how tightly a text holds together
LONGEST_LOCAL = 16  # a longer symbol would crowd the edge it stands on


class Text(NamedTuple):
    """A formula and how tightly it holds together, to know where brackets go."""

    words: str
    level: int = ATOM

    def within(self, level: int) -> str:
        """The words as an operand of an operator of that level."""
        return self.words if self.level >= level else f"({self.words})"


INFIX = {
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", PRODUCT),
    "div": ("/", PRODUCT),
    "matmul": ("@", PRODUCT),
}

# The local derivative by each argument in turn; a product reads as what multiplies.
LOCALS: dict[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "sub": ("1", "-1"),
    "mul": ("{y}", "{x}"),
    "div": ("1/{y}", "-{z}/{y}"),
    "neg": ("-1",),
    "square": ("2 {x}",),
    "exp": ("{z}",),
    "log": ("1/{x}",),
    "sin": ("cos {x}",),
    "cos": ("-sin {x}",),
    "tanh": ("1 - {z}²",),
    "sigmoid": ("{z} (1 - {z})",),
    "sqrt": ("1/(2 {z})",),
    "abs": ("sign {x}",),
    "relu": ("[{x} > 0]",),
    "maximum": ("[{x} > {y}]", "[{y} > {x}]"),
    "minimum": ("[{x} < {y}]", "[{y} < {x}]"),
    "where": ("", "[{x}]", "[not {x}]"),
    "sum": ("1",),
    "max": ("[{x} = {z}]",),
    "min": ("[{x} = {z}]",),
    "norm": ("{x}/{z}",),
    "logsumexp": ("softmax {x}",),
    "matmul": ("{y}ᵀ", "{x}ᵀ"),
    "dot": ("{y}", "{x}"),  # matmul of two vectors
    "solve": ("", "{x}⁻ᵀ"),
}


def formula(
    name: str,
    args: Sequence[Text],
    kwargs: Mapping[str, Any],
    ndim: int,
    name_of: Callable[[Any], str | None] = lambda array: None,
) -> Text:
    """The operation applied to its arguments; ndim counts the first one's axes.

    ``name_of`` may know what an array among the settings is called (``x[labels]``).

    >>> a, b = Text("a"), Text("b + c", SUM)
    >>> formula("mul", [a, b], {}, 0).words
    'a * (b + c)'
    >>> formula("sum", [a], {"axis": (-1,), "keepdims": False}, 2).words
    'sum(a, axis=-1)'
    """
    if name in INFIX and len(args) == 2:
        sign, level = INFIX[name]
        # a - (b - c) needs its brackets; a + (b + c) would not, but says what ran.
        return Text(
            f"{args[0].within(level)} {sign} {args[1].within(level + 1)}", level
        )
    if name == "neg":
        return Text(f"-{args[0].within(SIGN)}", SIGN)
    if name == "square":
        return Text(f"{args[0].within(ATOM)}²", POWER)
    if name == "power":
        return Text(f"{args[0].within(ATOM)}**{args[1].within(POWER)}", POWER)
    if name == "getitem":
        return Text(f"{args[0].within(ATOM)}[{_index(kwargs['index'], name_of)}]")
    if name == "transpose" and ndim == 2:
        return Text(f"{args[0].within(ATOM)}.T")
    words = [arg.words for arg in args] + _settings(kwargs, ndim)
    return Text(f"{name}({', '.join(words)})")


def local(name: str, position: int, args: Sequence[Text], result: Text) -> str | None:
    """The local derivative by one argument in symbols, where that is short.

    >>> local("tanh", 0, [Text("z1")], Text("h"))
    '1 - h²'
    """
    if name == "power":
        return _short(_power(position, args, result))
    templates = LOCALS.get(name, ())
    if position >= len(templates) or not templates[position]:
        return None
    x, y, z = (a.within(ATOM) for a in (args[0], args[-1], result))
    if templates[position] in ("{x}", "{y}", "{z}"):  # alone it needs no brackets
        x, y, z = args[0].words, args[-1].words, result.words
    return _short(templates[position].format(x=x, y=y, z=z))


def constant(value: Any) -> Text | None:
    """A plain number among the arguments as text; None for an array."""
    if not isinstance(value, (bool, int, float, np.generic)) and np.shape(value) != ():
        return None
    words = number(np.asarray(value)[()])
    return Text(words, SIGN if words.startswith("-") else ATOM)


def _power(position: int, args: Sequence[Text], result: Text) -> str:
    x, y, z = (a.within(ATOM) for a in (args[0], args[1], result))
    if position == 1:
        return f"{z} log {x}"
    try:
        below = number(float(args[1].words) - 1)
    except ValueError:
        return f"{y} {z}/{x}"
    return f"{y} {x}**{below}" if below != "1" else f"{y} {x}"


def _short(symbol: str) -> str | None:
    return symbol if len(symbol) <= LONGEST_LOCAL else None


def _settings(kwargs: Mapping[str, Any], ndim: int) -> list[str]:
    words = []
    for key, value in kwargs.items():
        every_axis = key == "axis" and isinstance(value, tuple) and len(value) == ndim
        if value is None or value is False or every_axis:
            continue
        if key == "axis":
            value = _axis(value, ndim)
        words.append(f"{key}={value}" if key != "shape" else str(value))
    return words


def _axis(axis: Any, ndim: int) -> Any:
    """Axes as people count them: from the front, and -1 for the last."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    counted = tuple(k if k == -1 else k % ndim for k in axes)
    return counted if len(counted) > 1 else counted[0]


def _index(index: Any, name_of: Callable[[Any], str | None]) -> str:
    if isinstance(index, tuple):
        return ", ".join(_index(k, name_of) for k in index)
    if isinstance(index, slice):
        ends = [
            "" if k is None else str(k) for k in (index.start, index.stop, index.step)
        ]
        return ":".join(ends[: 3 if ends[2] else 2])
    if index is Ellipsis:
        return "..."
    if np.ndim(index):
        entries = np.asarray(index)
        small = entries.ndim == 1 and entries.size <= 4
        written = f"[{', '.join(map(str, entries))}]" if small else "index"
        return name_of(index) or written
    return str(index)
