"""The graph that every writer draws: cards, rows, links, layers; no pixels, no markup.

    Card   a value: formula, array, gradient, and the leaves folded into it
    Row    an input, parameter or constant that only this card reads
    Link   from a card to one that reads it, with the local derivative
    Local  a local derivative: in symbols, entry by entry, and how much it passed

The gradient of a card is None until a backward sweep ran; after it, nothing arrived
means zero.  :mod:`minigrad.drawing.build` makes a graph from a tape.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

VANISHING = 1e-4  # of the largest
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


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
    count: int = 1  # repeats drawn as one
    inside: int = 1  # cards drawn as one
    first: str = ""  # the first of the repeats
    fade: tuple[float, ...] = ()  # the gradient's norm, repeat by repeat
    path: str = ""  # of a leaf

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
    detached: bool = False  # the values were used, the gradient stops here


@dataclass(frozen=True)
class Layer:
    """The parameters that are drawn as one layer."""

    parameters: int
    shapes: tuple[str, ...]  # "W (4, 3)"
    norm: float

    def with_(self, other: Layer) -> Layer:
        """Both as one."""
        return Layer(
            self.parameters + other.parameters,
            self.shapes + other.shapes,
            math.hypot(self.norm, other.norm),
        )


class Show(NamedTuple):
    """Which numbers a drawing has."""

    values: bool = True
    grads: bool = True
    local: bool = True
    shapes: bool = True
    entries: bool = True  # of arrays; else their norms


EVERYTHING = Show()


@dataclass(frozen=True, eq=False)
class Graph:
    """What is drawn."""

    title: str
    note: str
    cards: tuple[Card, ...]
    links: tuple[Link, ...]
    layers: dict[str, Layer]  # by title
    differentiated: bool
    show: Show = EVERYTHING

    @cached_property
    def card_of(self) -> dict[int, Card]:
        """The cards by their lines."""
        return {card.line: card for card in self.cards}

    @cached_property
    def most(self) -> float:
        """The most that a link passes back."""
        passed = (k.local.passed or 0.0 for k in self.links)
        return max(filter(math.isfinite, passed), default=0.0)

    def marked(self, path: str, mark: Mark) -> Graph:
        """The same graph with a mark on the card of a leaf, or on its one reader's."""
        cards = (
            replace(card, marks=(*card.marks, mark))
            if path in (card.path, *(row.path for row in card.rows))
            else card
            for card in self.cards
        )
        return replace(self, cards=tuple(cards))

    def vanishes(self, link: Link) -> bool:
        """Whether hardly anything passes, beside what passes elsewhere."""
        passed = link.local.passed
        return passed is not None and 0 < passed < VANISHING * self.most

    def border(self, link: Link) -> str | None:
        """``Δ²`` if it leaves layer 2: what comes back is its state's gradient."""
        source, target = self.card_of[link.source], self.card_of[link.target]
        if not source.layer or source.layer == target.layer or source.formula is None:
            return None
        number = list(self.layers).index(source.layer) + 1
        return "Δ" + str(number).translate(SUPERSCRIPTS)
