"""A graph made smaller without a gap: what is merged stands in one card that says so.

    levels      0 layers, 1 tensors, 2 cards, 3 every operation (:class:`View`)
    repeats     the steps of a loop, a network's equal layers: one card, × 12, with
                the norm of the gradient step by step
    around      only what lies within some links of a value
    the middle  of what is still too long, as one card

Cards merge with their one reader or with their neighbors in the program's order, so
what was no cycle stays none.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from minigrad.drawing import figures
from minigrad.drawing.errors import TargetError
from minigrad.drawing.model import Card, Graph, Link, Local, Mark, Show

LAYERS, TENSORS, CARDS, OPERATIONS = range(4)
MOST_CARDS = 40  # as many as a page shows in a size that is read
FEWEST = 4  # repeats that are worth a card of their own
LONGEST_BLOCK = 80  # cards of one repeat
DIGITS = re.compile(r"[\d₀-₉]+")


@dataclass(frozen=True)
class View:
    """How much of a graph is drawn, and how much of each card."""

    level: int = CARDS
    depth: int | None = None  # of nested layers: encoder.layer1 is 2 deep
    around: str | None = None  # the name or formula of a card
    radius: int = 2  # links from there
    max_nodes: int = MOST_CARDS
    values: bool = True
    grads: bool = True
    local: bool = True
    shapes: bool = True


def fit(graph: Graph, view: View) -> Graph:
    """The part of the graph that the view asks for, no larger than it allows."""
    whole = len(graph.cards)
    entries = view.level >= CARDS
    show = Show(view.values, view.grads, view.local, view.shapes, entries)
    graph = replace(graph, show=show)
    if view.depth is not None:
        graph = _to_depth(graph, view.depth)
    if view.level <= TENSORS:
        graph = _tensors(graph)
    if view.level == LAYERS:
        graph = _layers(graph)
    if view.around is not None:
        graph = _around(graph, view.around, view.radius)
    if len(graph.cards) <= view.max_nodes:
        return graph
    smaller = graph
    for step in (_repeats, _layers, _without_middle):
        if len(smaller.cards) > view.max_nodes:
            smaller = step(smaller, view.max_nodes)
    words = (
        f"{whole:,} values drawn as {len(smaller.cards)} cards; max_nodes shows more"
    )
    return replace(smaller, note="; ".join(filter(None, (graph.note, words))))


# ---------------------------------------------------------------- levels


def _to_depth(graph: Graph, depth: int) -> Graph:
    """Layers by the first steps of their paths."""

    def cut(title: str) -> str:
        return ".".join(title.split(".")[: max(depth, 1)])

    layers: dict[str, Any] = {}
    for title, layer in graph.layers.items():
        short = cut(title)
        layers[short] = layers[short].with_(layer) if short in layers else layer
    cards = (replace(c, layer=c.layer and cut(c.layer)) for c in graph.cards)
    return replace(graph, cards=tuple(cards), layers=layers)


def _tensors(graph: Graph) -> Graph:
    """What the program gave no name is drawn with its one reader."""
    reader: dict[int, int] = {}
    uses = Counter(link.source for link in graph.links)
    layer = {card.line: card.layer for card in graph.cards}
    for link in graph.links:
        reader[link.source] = link.target
    joined: dict[int, int] = {}
    for card in reversed(graph.cards):
        lonely = card.name is None and uses[card.line] == 1 and card.kind == "value"
        if lonely and layer[reader[card.line]] == card.layer:
            host = reader[card.line]
            joined[card.line] = joined.get(host, host)
    groups: dict[int, list[Card]] = {}
    for card in graph.cards:
        if card.line in joined:
            groups.setdefault(joined[card.line], []).append(card)
    whole = {card.line: card for card in graph.cards}
    merged = {
        line: replace(whole[line], marks=_marks([*members, whole[line]]))
        for line, members in groups.items()
    }
    graph = _merged(graph, joined, merged)
    return replace(graph, cards=tuple(replace(c, rows=()) for c in graph.cards))


def _layers(graph: Graph, max_nodes: int = 0) -> Graph:
    """A card a layer; a layer that the program comes back to has several."""
    reads = {link.target for link in graph.links}
    first: dict[int, int] = {}
    for link in graph.links:
        first.setdefault(link.source, link.target)
    runs: list[list[Card]] = []
    run_of: dict[int, list[Card]] = {}
    current: list[Card] | None = None
    for card in graph.cards:
        if card.line not in reads and not card.rows:
            continue  # a leaf waits for its reader
        if card.layer is None or current is None or current[-1].layer != card.layer:
            current = []
            runs.append(current)
        current.append(card)
        run_of[card.line] = current
    for card in graph.cards:
        run = run_of.get(first.get(card.line, -1))
        if (
            card.line not in run_of
            and run
            and run[0].layer == card.layer
            and card.layer
        ):
            run.insert(0, card)
    joined: dict[int, int] = {}
    merged: dict[int, Card] = {}
    for run in runs:
        if len(run) > 1 and run[0].layer:
            last = run[-1]
            joined |= {card.line: last.line for card in run[:-1]}
            merged[last.line] = _group(run, run[0].layer, 1)
    return _merged(graph, joined, merged)


def _group(members: Sequence[Card], title: str, count: int) -> Card:
    """One card for several, as the last of them is seen from outside."""
    last = members[-1]
    kinds = {card.kind for card in members}
    return Card(
        line=last.line,
        kind="output" if "output" in kinds else "value",
        name=title,
        formula=None,
        value=last.value,
        grad=last.grad,
        rows=(),
        layer=last.layer,
        marks=_marks(members),
        count=count,
        inside=len(members),
    )


def _marks(members: Iterable[Card]) -> tuple[Mark, ...]:
    return tuple(dict.fromkeys(mark for card in members for mark in card.marks))


# ---------------------------------------------------------------- repeats


def _repeats(graph: Graph, max_nodes: int) -> Graph:
    """Of each run of equal blocks three cards: the first, those between, the last."""
    cards = graph.cards
    kinds = [_pattern(card) for card in cards]
    joined: dict[int, int] = {}
    merged: dict[int, Card] = {}
    here = 0
    while here < len(cards):
        period, times = _longest_run(kinds, here)
        if times < FEWEST:
            here += 1
            continue
        start = _aligned(cards, here, period)
        times -= start > here
        blocks = [cards[start + k * period :][:period] for k in range(times)]
        for run in (blocks[:1], blocks[1:-1], blocks[-1:]):
            group = _run(run)
            merged[group.line] = group
            members = (card for block in run for card in block)
            joined |= {c.line: group.line for c in members if c.line != group.line}
        here = start + times * period
    return _merged(graph, joined, merged)


def _aligned(cards: Sequence[Card], here: int, period: int) -> int:
    """Where the first block begins, so that blocks end with a value that has a name."""
    ends = range(here, here + period)
    named = (k for k in ends if cards[k + period - 1].name)
    return next(named, here)


def _run(blocks: Sequence[Sequence[Card]]) -> Card:
    """A block as one card, or several as one."""
    ends = [block[-1] for block in blocks]
    members = [card for block in blocks for card in block]
    if len(members) == 1:
        return ends[0]
    if len(ends) == 1:
        return replace(
            _group(members, "", 1), name=ends[0].name, formula=ends[0].formula
        )
    group = _group(members, f"{_short(ends[0])} … {_short(ends[-1])}", len(ends))
    norms = [figures.norm(c.grad) for c in ends if c.grad is not None]
    return replace(group, fade=tuple(norms), first=ends[0].title)


def _pattern(card: Card) -> tuple[Any, ...]:
    """What repeats of a card have in common: all but the numbers in names."""
    title, layer = (DIGITS.sub("", words) for words in (card.title, card.layer or ""))
    return card.kind, title, np.shape(card.value), layer


def _longest_run(kinds: Sequence[Any], here: int) -> tuple[int, int]:
    """The period and the number of repeats that cover most from here on."""
    best, covered = (1, 1), 0
    for period in range(1, min(LONGEST_BLOCK, (len(kinds) - here) // FEWEST) + 1):
        end = here + period
        while end < len(kinds) and kinds[end] == kinds[end - period]:
            end += 1
        times = (end - here) // period
        if times >= FEWEST and times * period > covered:
            best, covered = (period, times), times * period
    return best


def _short(card: Card) -> str:
    return card.name or card.formula or ""


def _without_middle(graph: Graph, max_nodes: int) -> Graph:
    """The first and the last cards, and one that stands for all between."""
    keep = max(max_nodes - 1, 2) // 2
    middle = graph.cards[keep : len(graph.cards) - keep]
    joined = {card.line: middle[-1].line for card in middle[:-1]}
    count = sum(max(card.inside, 1) for card in middle)
    group = _group(middle, f"… {count:,} values …", 1)
    return _merged(graph, joined, {group.line: group})


# ---------------------------------------------------------------- neighborhood


def _around(graph: Graph, name: str, radius: int) -> Graph:
    near = {
        card.line
        for card in graph.cards
        if name in (card.name, card.formula, card.title)
    }
    if not near:
        known = [card.name or card.formula or "" for card in graph.cards]
        close = difflib.get_close_matches(name, known, 3) or known[:8]
        raise TargetError(f"no value is called {name}; there are {', '.join(close)}")
    for _ in range(radius):
        near |= {
            k for link in graph.links for k in _ends(link) if near & {*_ends(link)}
        }
    cards = tuple(card for card in graph.cards if card.line in near)
    links = tuple(link for link in graph.links if near >= {*_ends(link)})
    part = len(cards) < len(graph.cards)
    words = (
        f"{len(cards)} of {len(graph.cards)} values: within {radius} links of {name}"
    )
    note = "; ".join(filter(None, (graph.note, words if part else "")))
    return replace(graph, cards=cards, links=links, note=note)


def _ends(link: Link) -> tuple[int, int]:
    return link.source, link.target


# ---------------------------------------------------------------- merging


def _merged(graph: Graph, joined: dict[int, int], merged: dict[int, Card]) -> Graph:
    """Cards replaced by the groups they joined; links inside of one disappear."""
    cards = tuple(
        merged.get(card.line, card) for card in graph.cards if card.line not in joined
    )
    between: dict[tuple[int, int], list[Link]] = {}
    links: list[Link | tuple[int, int]] = []
    for link in graph.links:
        source, target = (joined.get(k, k) for k in _ends(link))
        if source == target:
            continue
        if (source, target) == _ends(link) and not {source, target} & merged.keys():
            links.append(link)
            continue
        if (source, target) not in between:
            links.append((source, target))
        between.setdefault((source, target), []).append(link)
    together = (
        k if isinstance(k, Link) else Link(*k, _together(between[k], k[1]))
        for k in links
    )
    return replace(graph, cards=cards, links=tuple(together))


def _together(links: Sequence[Link], target: int) -> Local:
    """What several links pass together; the terms of one source add up.

    A link that ended inside of a group has the local derivative of an operation that
    is not seen any more: of it remains what it passes.
    """
    if len(links) == 1 and links[0].target == target:
        return links[0].local
    terms = [link.local.term for link in links if link.local.term is not None]
    if not terms or len({link.source for link in links}) > 1:
        passed = [k.local.passed for k in links if k.local.passed is not None]
        return Local(None, None, max(passed, default=None))
    total = sum(terms[1:], start=terms[0])
    return Local(None, None, figures.norm(total), total)
