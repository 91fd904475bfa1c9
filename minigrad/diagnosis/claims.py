"""What is claimed: a function or its result, called and put in the order of the leaves.

What cannot be a gradient at all is refused here, with the reason.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.diagnosis.causes import Known
from minigrad.diagnosis.draws import Draw, cotangent_for, is_number
from minigrad.diagnosis.problem import Function, Leaves, Problem
from minigrad.slip import Slip


class Claim:
    """The claimed gradient as a function of a point; ``problem`` is what it is of."""

    def __init__(
        self,
        claimed: Any,
        f: Function,
        args: Sequence[Any],
        argnums: int | tuple[int, ...] | None,
        cotangent: Any,
    ) -> None:
        if isinstance(args, np.ndarray):
            raise TypeError("args is the tuple of the arguments of f: write (x,)")
        self.claimed = claimed
        self.name = _name(claimed, "the claimed array")
        self.changed = ""
        self.calls: list[Leaves] = []
        with np.errstate(all="ignore"):
            out = f(*[tree.map(_copied, a) for a in args])
            _require_value(out, _told(f))
            self.pullback = not is_number(out)
            if self.pullback:
                _require_cotangent(claimed, out, args, _told(f))
            if self.pullback and cotangent is None and not callable(claimed):
                raise ValueError(
                    f"{_told(f)} returns arrays, so say for which cotangent u "
                    "the claimed values are Jᵀ u: cotangent=u"
                )
            u = cotangent_for(out, cotangent, np.random.default_rng(0))
            first = self._call(u, [tree.map(_copied, a) for a in args])
        floats = _float_arguments(args)
        numbers = _guessed(first, args, floats) if argnums is None else argnums
        self.problem = Problem(f, args, numbers)
        self.single = isinstance(numbers, int)
        self.trouble = self._no_gradient(first)

    def __call__(self, x: Leaves, cotangent: Any, exact: bool = True) -> Leaves:
        """The claimed gradient at a point, leaf by leaf."""
        args = self.problem.arguments(x, exact)
        before = [tree.map(_copied, arg) for arg in args]
        leaves = self.leaves(self._call(cotangent, args))
        self._notice_changes(before, args)
        self.calls.append(leaves)
        return leaves

    def _call(self, u: Any, args: list[Any]) -> Any:
        if not callable(self.claimed):
            return self.claimed
        return self.claimed(*([u] if self.pullback else []), *args)

    def leaves(self, result: Any) -> Leaves:
        """What was returned, in the order of the leaves of the problem."""
        asked = self.problem.asked[0] if self.single else tuple(self.problem.asked)
        rows = tree.leaves_like(asked, result)
        return [
            np.zeros(leaf.shape) if row is None else row
            for row, leaf in zip(rows, self.problem.leaves, strict=True)
        ]

    def _no_gradient(self, result: Any) -> Slip | None:
        """Nothing, a container built in another way, strings, complex numbers."""
        if result is None:
            return "none", "it returns None: is there a return statement?"
        try:
            kinds = {np.asarray(row).dtype.kind for row in self.leaves(result)}
        except ValueError as error:
            return "structure", str(error)
        if "c" in kinds:
            return "type", "it returns complex numbers"
        return None if kinds <= set("fiub") else ("type", "it returns no numbers")

    def _notice_changes(self, before: list[Any], args: list[Any]) -> None:
        names = self.problem.parameters
        for k, (old, new) in enumerate(zip(before, args, strict=True)):
            if not _equal(old, new):
                self.changed = names[k] if k < len(names) else f"argument {k}"

    def earlier(self, draws: Sequence[Draw]) -> list[Leaves]:
        """What the call before that of each draw returned."""
        places = [
            next(k for k, call in enumerate(self.calls) if _equal(call, d.claimed))
            for d in draws
        ]
        return [self.calls[max(k - 1, 0)] for k in places]

    def of_mistake(self, wrong: Function, draws: Sequence[Draw]) -> Known:
        """What a known mistake is called, and what it returns in each draw.

        An entry of a chapter's ``mistakes.py`` brings its own kind and sentence.
        """
        marked = getattr(wrong, "mistake", None)
        kind = marked.kind if marked else wrong.__name__
        text = marked.message if marked else " ".join((wrong.__doc__ or kind).split())
        return kind, text, [self._answer(wrong, d) for d in draws]

    def _answer(self, wrong: Function, draw: Draw) -> Leaves:
        args = self.problem.arguments(draw.x, exact=True)
        first = [draw.cotangent] if self.pullback else []
        try:
            return self.leaves(wrong(*first, *args))
        except Exception:  # a mistake may fail at these very arguments
            return [np.nan for _ in draw.claimed]

    def nonfinite(self, draw: Draw) -> str | None:
        """Where a nan or an infinity of what is claimed comes from."""
        lost = [int(np.sum(~np.isfinite(c))) for c in draw.claimed]
        if not any(lost):
            return None
        k = int(np.argmax(np.array(lost) > 0))
        size, name = np.size(draw.claimed[k]), self.problem.names[k]
        text = f"{lost[k]} of {size} entries of {name} are nan or infinite"
        try:
            with np.errstate(divide="raise", invalid="raise", over="raise"):
                args = self.problem.arguments(draw.x, exact=True)
                self._call(draw.cotangent, args)
        except FloatingPointError as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}:{frame.lineno}"
            text += f": {error}\n  at {place}:  {frame.line}"
        return text


def _require_value(out: Any, name: str) -> None:
    if any(np.asarray(z).dtype.kind not in "fiub" for z in tree.flatten(out)[0]):
        kinds = sorted({type(z).__name__ for z in tree.flatten(out)[0]})
        raise TypeError(f"{name} returns {', '.join(kinds)}, and no real numbers")


def _require_cotangent(claimed: Any, out: Any, args: Sequence[Any], name: str) -> None:
    """Say so, if a claim for a number is made of a function that returns an array."""
    try:
        signature = inspect.signature(claimed)
        signature.bind(*args)
    except (TypeError, ValueError):
        return  # it takes one more, or nobody can know
    try:
        signature.bind(out, *args)
    except TypeError:
        shapes = " and ".join(str(np.shape(z)) for z in tree.flatten(out)[0])
        raise TypeError(
            f"{name} returns arrays of shape {shapes}, so its gradient is a pullback "
            f"that is called with a cotangent: claimed(u, *args); is {name} to return "
            "a number?"
        ) from None


def _guessed(
    result: Any, args: Sequence[Any], floats: tuple[int, ...]
) -> int | tuple[int, ...]:
    """By which arguments a gradient is: the first, or as many as a tuple has items."""
    if not floats:
        return 0  # which Problem refuses, with its name
    first = args[floats[0]]
    if not isinstance(result, tuple) or isinstance(first, tuple):
        return floats[0]
    if isinstance(first, list) and len(floats) < len(result) == len(first):
        return floats[0]  # a tuple for a list, of which there is only one
    return floats[: len(result)] if len(result) > 1 or len(floats) == 1 else floats[:1]


def _float_arguments(args: Sequence[Any]) -> tuple[int, ...]:
    return tuple(
        k
        for k, arg in enumerate(args)
        if (leaves := tree.flatten(arg)[0])
        and all(
            isinstance(x, (float, np.floating, np.ndarray))
            and np.asarray(x).dtype.kind == "f"
            for x in leaves
        )
    )


def _equal(a: Any, b: Any) -> bool:
    """Are all arrays of two containers the same, entry by entry?"""
    pairs = zip(tree.flatten(a)[0], tree.flatten(b)[0], strict=True)
    arrays = ((np.asarray(x), y) for x, y in pairs if isinstance(x, np.ndarray))
    return all(np.array_equal(x, y, equal_nan=x.dtype.kind == "f") for x, y in arrays)


def _copied(leaf: Any) -> Any:
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def _name(f: Any, otherwise: str) -> str:
    name = getattr(f, "__name__", otherwise)
    return "the claimed gradient" if name == "<lambda>" else str(name)


def _told(f: Function) -> str:
    return str(getattr(f, "__name__", "f")).replace("<lambda>", "f")
