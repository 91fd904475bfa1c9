"""What is asked: a function, the point, and which of its arguments are differentiated.

However the arguments are nested, a problem is seen here as a function of a flat list of
float64 arrays, its *leaves*, each with the name that the user gave it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.transforms import vjp

Function = Callable[..., Any]
Leaves = list[Any]


class Problem:
    """f as a function of the arrays in the arguments ``argnums``."""

    def __init__(
        self, f: Function, args: Sequence[Any], argnums: int | tuple[int, ...]
    ) -> None:
        self.f = f
        self.args = list(args)
        self.argnums = argnums
        self.numbers = (argnums,) if isinstance(argnums, int) else argnums
        for k in self.numbers:
            if not -len(self.args) <= k < len(self.args):
                raise ValueError(f"argnums is {argnums}, but args has {len(args)}")
        self.asked = [self.args[k] for k in self.numbers]
        given, self._rebuild = tree.flatten(self.asked)
        self.given = given
        self.name = getattr(f, "__name__", "f").replace("<lambda>", "f")
        self.parameters = _parameters(f)
        self.names = _names(self.parameters, self.numbers, self.asked)
        for name, leaf in zip(self.names, given, strict=True):
            if not _is_float(leaf):
                raise TypeError(
                    f"{name} is {_told(leaf)}, by which nothing can be differentiated; "
                    "pass floats, or name other arguments with argnums"
                )
        self.leaves = [np.array(leaf, dtype=float) for leaf in given]
        self.single = _is_single(given)

    def arguments(self, leaves: Leaves, exact: bool = False) -> list[Any]:
        """The arguments of f with these leaves, which it may keep or change.

        ``exact`` leaves come in the type of the user's own: numbers, float32.
        """
        rows = [
            _like(leaf, like) if exact else _lent(leaf, like)
            for leaf, like in zip(leaves, self.given, strict=True)
        ]
        args = [tree.map(_copied, arg) for arg in self.args]
        for k, arg in zip(self.numbers, self._rebuild(rows), strict=True):
            args[k] = arg
        return args

    def __call__(self, leaves: Leaves) -> Any:
        """The value of f."""
        return self.f(*self.arguments(leaves))

    def engine(self, leaves: Leaves, cotangent: Any) -> Leaves:
        """What minigrad finds: the pullback of the cotangent, leaf by leaf."""
        pullback = vjp(self.on_leaves, *leaves)[1]
        return [np.asarray(g, dtype=float) for g in pullback(cotangent)]

    def on_leaves(self, *leaves: Any) -> Any:
        """f as a function of nothing but its leaves, tensors perhaps."""
        args = list(self.args)
        for k, arg in zip(self.numbers, self._rebuild(list(leaves)), strict=True):
            args[k] = arg
        return self.f(*args)

    def built(self, leaves: Leaves) -> Any:
        """Leaves put together like the argument, or like a tuple of arguments."""
        built = self._rebuild(leaves)
        return built[0] if isinstance(self.argnums, int) else tuple(built)


def _parameters(f: Function) -> list[str]:
    """The names of the positional parameters; functions written in C may have none."""
    try:
        given = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return [p.name for p in given if p.kind in positional]


def _names(
    parameters: Sequence[str], numbers: Sequence[int], asked: Sequence[Any]
) -> list[str]:
    """``W``, ``Ws[0]``, ``params.b``: the parameter of f and the path within."""
    names = []
    for k, arg in zip(numbers, asked, strict=True):
        name = parameters[k] if k < len(parameters) else f"argument {k}"
        for path, _ in tree.items(arg):
            join = "." if path and not path.startswith("[") else ""
            names.append(f"{name}{join}{path}")
    return names


def _is_float(leaf: Any) -> bool:
    return isinstance(leaf, (float, np.ndarray, np.floating)) and (
        np.asarray(leaf).dtype.kind == "f"
    )


def _is_single(leaves: Sequence[Any]) -> bool:
    """Does anything here have the precision of float32, or less?"""
    return any(
        isinstance(leaf, (np.ndarray, np.floating))
        and leaf.dtype.kind == "f"
        and np.finfo(leaf.dtype).eps > np.finfo(float).eps
        for leaf in leaves
    )


def _lent(leaf: Any, like: Any) -> Any:
    """A copy for f; a number where the user had one, of NumPy if it was."""
    if isinstance(like, np.ndarray):
        return leaf.copy()
    return leaf[()] if isinstance(like, np.generic) else leaf[()].item()


def _like(leaf: Any, like: Any) -> Any:
    if isinstance(like, np.ndarray):
        return leaf.astype(like.dtype)
    return like.dtype.type(leaf) if isinstance(like, np.floating) else float(leaf)


def _copied(leaf: Any) -> Any:
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def _told(leaf: Any) -> str:
    if isinstance(leaf, np.ndarray):
        return f"an array of {leaf.dtype}"
    return f"{leaf!r}" if isinstance(leaf, (int, str)) else f"a {type(leaf).__name__}"
