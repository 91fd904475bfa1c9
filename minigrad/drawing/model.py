"""The graph that every writer draws: cards, rows, links, layers; no pixels, no markup.

    Card   a value: formula, array, gradient, and the leaves folded into it
    Row    an input, parameter or constant that only this card reads
    Link   from a card to one that reads it, with the local derivative
    Local  a local derivative: in symbols, entry by entry, and how much it passed

The gradient of a card is None until a backward sweep ran; after it, nothing arrived
means zero.  :mod:`minigrad.drawing.build` makes a graph from a tape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Local:
    """∂(reader)/∂(argument)."""

    symbol: str | None  # "1 - h²"
    value: Any  # entry by entry where one number an entry tells all, else None
    passed: float | None  # the norm of |local x gradient|, None before backward
    term: Any = None  # local x gradient itself, the reader's part in a sum
    after: bool = False  # stands behind the gradient: ∂W = ḡ xᵀ, while ∂x = Wᵀ ḡ


@dataclass(frozen=True, eq=False)
class Row:
    """A leaf folded into the one card that reads it."""

    kind: str  # input, parameter, constant
    name: str
    path: str
    value: Any
    grad: Any
    local: Local | None


@dataclass(frozen=True)
class Mark:
    """Something to notice, in words; an alarm is an error to look for."""

    words: str
    alarm: bool = False


@dataclass(frozen=True, eq=False)
class Card:
    """A value of the program."""

    line: int
    kind: str  # input, parameter, value, output
    name: str | None
    formula: str | None
    value: Any
    grad: Any
    rows: tuple[Row, ...]
    layer: str | None
    marks: tuple[Mark, ...]

    @property
    def title(self) -> str:
        """``z1 = W @ x``, or what there is of it."""
        return " = ".join(filter(None, (self.name, self.formula)))


@dataclass(frozen=True, eq=False)
class Link:
    """One card reads another."""

    source: int
    target: int
    local: Local


@dataclass(frozen=True, eq=False)
class Graph:
    """What is drawn."""

    title: str
    note: str
    cards: tuple[Card, ...]
    links: tuple[Link, ...]
    layers: dict[str, int]  # title -> number of parameters
    differentiated: bool
