"""Scalars of somebody else's engine, such as the ``Var`` that chapter 03 builds.

An object can be drawn if it has

    value      a number (``data`` is read as well)
    grad       the derivative of the result by it; all zero means not computed yet
    parents    what it was computed from: such objects, or pairs (object, local
               derivative); ``_parents`` and ``_prev`` are read as well

and it may have ``op``, the operation's name (or ``_op``), and ``name`` (or ``label``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from minigrad.drawing import formula, paths
from minigrad.drawing.formula import Text
from minigrad.drawing.model import Card, Graph, Link, Local, Mark

VALUES = ("value", "data")
PARENTS = ("parents", "_parents", "_prev")
OPS = ("op", "_op")
NAMES = ("name", "label")
OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "power"}


class _Parent(NamedTuple):
    value: Any
    local: float | None


def is_drawable(subject: Any) -> bool:
    """Whether it has a value, a gradient, and parents."""
    return (
        hasattr(subject, "grad")
        and any(hasattr(subject, key) for key in VALUES)
        and any(hasattr(subject, key) for key in PARENTS)
    )


def graph(result: Any, variables: Mapping[str, Any], title: str = "") -> Graph:
    """The graph of what the object was computed from, however long the chain."""
    order = list(_in_order(result))
    number = {id(x): k for k, x in enumerate(order)}
    named = {id(x): name for name, x in variables.items()}
    done = any(x.grad for x in order)
    texts: list[Text] = []
    cards, links = [], []
    for here, x in enumerate(order):
        parents = _parents(x)
        name = named.get(id(x)) or _first(x, NAMES) or None
        args = [texts[number[id(p.value)]] for p in parents]
        words = _formula(x, args) if parents else None
        name = name or (None if words else f"v{here}")
        texts.append(Text(name) if name else words or Text(f"v{here}"))
        for position, p in enumerate(parents):
            local = _local(x, position, p, args, texts[here], done)
            links.append(Link(number[id(p.value)], here, local))
        last = x is result and parents
        kind = "value" if parents else paths.kind(name or "x")
        cards.append(
            Card(
                line=here,
                kind="output" if last else kind,
                name=name,
                formula=words and words.words,
                value=_first(x, VALUES),
                grad=x.grad if done else None,
                rows=(),
                layer=None,
                marks=(Mark("zero gradient"),) if done and not x.grad else (),
            )
        )
    title = title or named.get(id(result)) or type(result).__name__
    return Graph(title, "", tuple(cards), tuple(links), {}, done)


def _in_order(result: Any) -> Iterator[Any]:
    """Each object once, behind its parents; without recursion."""
    seen: set[int] = set()
    stack = [(result, False)]
    while stack:
        x, ready = stack.pop()
        if ready:
            yield x
        elif id(x) not in seen:
            seen.add(id(x))
            stack.append((x, True))
            stack += [(p.value, False) for p in reversed(_parents(x))]


def _parents(x: Any) -> list[_Parent]:
    listed: Iterable[Any] = _first(x, PARENTS) or ()
    return [_Parent(*p) if isinstance(p, tuple) else _Parent(p, None) for p in listed]


def _first(x: Any, keys: Iterable[str]) -> Any:
    return next((getattr(x, key) for key in keys if hasattr(x, key)), None)


def _operation(x: Any) -> str:
    op = str(_first(x, OPS) or "f")
    return OPERATORS.get(op, op)


def _formula(x: Any, args: list[Text]) -> Text:
    words = formula.formula(_operation(x), args, {}, 0)
    return words if len(words.words) < 60 else Text("…")


def _local(
    x: Any, position: int, p: _Parent, args: list[Text], text: Text, done: bool
) -> Local:
    symbol = formula.local(_operation(x), position, args, text)
    if p.local is None or not done:
        return Local(symbol, p.local, None)
    term = p.local * x.grad
    return Local(symbol, p.local, abs(term), term)
