"""The two sweeps told step by step: values forward, the seed, then the chain rule.

A step back is one line of the chain rule, first in symbols, then with its numbers.
What is read more than once receives a term from each reader, and the sum is spelt out:

    ∂f/∂x = y · ∂f/∂z + 2 x · ∂f/∂w = 3 · 1 + 4 · 5 = 3 + 20 = 23
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.drawing import figures
from minigrad.drawing.model import Card, Graph, Local


@dataclass(frozen=True)
class Question:
    """One number of a gradient, to be predicted before it is shown."""

    words: str
    answer: float
    terms: tuple[float, ...]  # what each reader contributes to it


@dataclass(frozen=True)
class Step:
    """What appears, where, and the sentence that says why."""

    kind: str  # forward, seed, backward
    place: str  # n7, or n7-r0 for the first row of that card
    title: str
    lines: tuple[str, ...]
    question: Question | None = None

    @property
    def words(self) -> str:
        """The whole step in one breath, as it is read aloud."""
        return ". ".join((self.title, *self.lines)) + "."


@dataclass(frozen=True)
class _Term:
    """What one reader hands to a value: local derivative and the reader's gradient."""

    reader: str
    local: Local
    grad: Any

    def symbols(self, of: str) -> str:
        ahead = self.local.symbol or f"∂{self.reader}/∂{of}"
        return self._product(_bracketed(ahead), f"∂ₗ/∂{self.reader}")

    def numbers(self) -> str:
        value = self.local.value
        if value is None and self.local.symbol is None:
            return _bracketed(_whole(self.local.term))
        if value is None:
            ahead = self.local.symbol or ""
        else:
            ahead = figures.uniform(value) or figures.brief(value)
        return self._product(_bracketed(ahead), _bracketed(figures.brief(self.grad)))

    def _product(self, local: str, grad: str) -> str:
        if self.local.after:
            return f"{grad} · {local}"
        return f"{local} {'⊙' if self._entrywise() else '·'} {grad}"

    def _entrywise(self) -> bool:
        local = self.local.value
        arrays = local is not None and np.ndim(local) and np.ndim(self.grad)
        return bool(arrays) and figures.uniform(local) is None

    def was_repeated(self) -> bool:
        """Broadcast on the way up, so what comes back is added up."""
        arrays = self.local.value is not None and np.ndim(self.grad)
        return bool(arrays) and np.shape(self.local.term) != np.shape(self.grad)


def steps(graph: Graph) -> list[Step]:
    """Each step of the forward sweep, and of the backward sweep where there was one."""
    told = [_forward(card) for card in graph.cards]
    results = [card for card in graph.cards if card.kind == "output"]
    if not graph.differentiated or len(results) != 1:
        return told
    (result,) = results
    told.append(_seed(result))
    names = {card.line: _name(card) for card in graph.cards}
    grads = {card.line: card.grad for card in graph.cards}
    terms: dict[int, list[_Term]] = {card.line: [] for card in graph.cards}
    for link in graph.links:
        reader = _Term(names[link.target], link.local, grads[link.target])
        terms[link.source].append(reader)
    for card in reversed(graph.cards):
        if card is not result:
            place, name = f"n{card.line}", names[card.line]
            told.append(_back(place, name, card.grad, terms[card.line], result))
        told += _rows(card, names[card.line], result)
    return told


def _forward(card: Card) -> Step:
    value = figures.brief(card.value)
    what = "given" if card.formula is None else "computed"
    lines = [f"{card.title} = {value}"]
    lines += [f"with {row.name} = {figures.brief(row.value)}" for row in card.rows]
    lines += [mark.words for mark in card.marks if "grad" not in mark.words]
    return Step("forward", f"n{card.line}", f"{_name(card)} is {what}", tuple(lines))


def _seed(result: Card) -> Step:
    name = _name(result)
    lines = (
        f"∂{name}/∂{name} = 1",
        f"the sweep begins here: {name} moves with itself, one to one",
    )
    return Step("seed", f"n{result.line}", f"The seed at {name}", lines)


def _rows(card: Card, name: str, result: Card) -> Iterable[Step]:
    for k, row in enumerate(card.rows):
        if row.local is not None:
            terms = [_Term(name, row.local, card.grad)]
            yield _back(f"n{card.line}-r{k}", row.name, row.grad, terms, result)


def _back(
    place: str, name: str, grad: Any, terms: Sequence[_Term], result: Card
) -> Step:
    title = f"The gradient of {_name(result)} by {name}"
    left = f"∂{_name(result)}/∂{name}"
    if not terms:
        lines = [f"{left} = 0", f"{_name(result)} was computed without {name}"]
        return Step("backward", place, title, tuple(lines))
    symbols = " + ".join(t.symbols(name) for t in terms)
    symbols = symbols.replace("∂ₗ", f"∂{_name(result)}")
    numbers = " + ".join(t.numbers() for t in terms)
    lines = [f"{left} = {symbols}", f"= {numbers}"]
    if len(terms) > 1:
        lines.append(f"= {_sum([t.local.term for t in terms])}")
    lines.append(f"= {figures.brief(grad)}")
    if any(t.was_repeated() for t in terms):
        lines.append(f"added up over the axes along which {name} was repeated")
    if len(terms) > 1:
        lines.append(f"{name} is read {len(terms)} times, so {len(terms)} terms add up")
    return Step("backward", place, title, tuple(lines), _question(left, grad, terms))


def _whole(term: Any) -> str:
    return "…" if term is None else figures.brief(term)


def _sum(parts: Sequence[Any]) -> str:
    if any(part is None for part in parts):
        return "…"
    if any(figures.grid(part) is None for part in parts):
        return " + ".join(f"(norm {figures.number(figures.norm(p), 3)})" for p in parts)
    return " + ".join(_bracketed(figures.brief(part)) for part in parts)


def _question(left: str, grad: Any, terms: Sequence[_Term]) -> Question | None:
    """The largest entry: it is seldom zero, and says most."""
    a = np.asarray(grad, dtype=float)
    if not a.size or not np.all(np.isfinite(a)):
        return None
    if any(t.local.term is None for t in terms):
        return None  # drawn as one card, from which several values are read
    where = np.unravel_index(int(np.argmax(np.abs(a))), a.shape)
    entry = f", entry [{', '.join(map(str, where))}]" if where else ""
    parts = (np.broadcast_to(t.local.term, a.shape)[where] for t in terms)
    return Question(left + entry, float(a[where]), tuple(map(float, parts)))


def _name(card: Card) -> str:
    return card.name or _bracketed(card.formula or "")


def _bracketed(words: str) -> str:
    """A sum, a product or a negative number as a factor; a call holds together."""
    depth, loose = 0, words.startswith("-")
    for c in words:
        depth += (c in "([") - (c in ")]")
        loose = loose or (c == " " and depth == 0)
    return f"({words})" if loose else words
