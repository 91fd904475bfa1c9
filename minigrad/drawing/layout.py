"""Where the cards stand: columns from left to right, and rows of a picture too wide.

A card stands one column right of what it reads; an input as near to its reader as it
can.  A picture much wider than high is cut, like a line of text, where a single link
crosses; the pieces are *bands*, read from the top.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from minigrad.drawing import figures
from minigrad.drawing.model import Card, Graph, Link, Row

WIDEST = 3.2  # width over height beyond which a picture is cut
WANTED = 2.4  # the ratio to come near
TURN = 0.15  # what a cut costs, in the logarithm of that ratio
LETTER, FRAME, LINE, GAP = 5.5, 40.0, 16.0, 45.0  # points, roughly
MOST_LINES = 24
SLACKS = (1.0, 1.1, 1.25)
SWEEPS = 4  # over the columns, to have fewer links cross


class Cell(NamedTuple):
    """A place in the grid of a band."""

    column: int
    row: int


class Grid(NamedTuple):
    """A band: where its cards are, and the free cells that a long link goes through."""

    cards: dict[int, Cell]
    bends: dict[Link, list[Cell]]


def columns(graph: Graph) -> dict[int, int]:
    """The column of each card, by its longest way from an input."""
    column = {card.line: 0 for card in graph.cards}
    first: dict[int, int] = {}  # the leftmost reader
    reads: dict[int, list[int]] = {}
    for link in graph.links:
        reads.setdefault(link.target, []).append(link.source)
    for card in graph.cards:
        behind = [column[k] + 1 for k in reads.get(card.line, [])]
        column[card.line] = max(behind, default=0)
    for link in graph.links:
        at = column[link.target]
        first[link.source] = min(first.get(link.source, at), at)
    for card in graph.cards:
        if card.line not in reads and card.line in first:
            column[card.line] = first[card.line] - 1
    return column


def bands(graph: Graph) -> list[list[Card]]:
    """The cards band by band; a single band unless the picture would be too wide.

    Cut between columns where one link crosses; of all ways to fill lines up to some
    width, the one whose picture comes nearest to the wanted ratio.
    """
    column = columns(graph)
    count = max(column.values(), default=-1) + 1
    stacks: list[list[Card]] = [[] for _ in range(count)]
    for card in graph.cards:
        stacks[column[card.line]].append(card)
    wide = [max(width(c) for c in stack) + GAP if stack else 0.0 for stack in stacks]
    high = [sum(height(c) for c in stack) for stack in stacks]
    whole = sum(wide) / max(high, default=1.0) if count else 0.0
    cuts = _cuts(graph, column, stacks)
    if whole <= WIDEST or not cuts:
        return [list(graph.cards)]
    ends = [0, *cuts, count]
    least = max(sum(wide[a:b]) for a, b in itertools.pairwise(ends))
    # Lines of equal length, or somewhat longer; never below what cannot be cut.
    lines = range(1, min(len(ends), MOST_LINES))
    limits = {max(least, sum(wide) / k * slack) for k in lines for slack in SLACKS}
    ways = [_filled(cuts, wide, limit) for limit in sorted(limits)]

    def cost(way: list[tuple[int, int]]) -> float:
        return abs(math.log(_ratio(way, wide, high) / WANTED)) + TURN * len(way)

    best = min(ways, key=cost)
    return [
        [card for card in graph.cards if start <= column[card.line] < end]
        for start, end in best
    ]


def _cuts(graph: Graph, column: dict[int, int], stacks: list[list[Card]]) -> list[int]:
    """The columns that a single link reaches, from a lone card to a lone one.

    A layer is not cut: its frame and its name stay in one piece.
    """
    crossing = [0] * (len(stacks) + 1)
    for link in graph.links:
        crossing[column[link.source] + 1] += 1
        crossing[column[link.target] + 1] -= 1
    alone = {k: stack[0].layer for k, stack in enumerate(stacks) if len(stack) == 1}
    passing = list(itertools.accumulate(crossing))
    return [
        k
        for k in range(1, len(stacks))
        if passing[k] == 1 and k in alone and k - 1 in alone
        if alone[k] is None or alone[k] != alone[k - 1]
    ]


def _filled(cuts: list[int], wide: list[float], limit: float) -> list[tuple[int, int]]:
    """Lines as long as the limit allows: ``(first column, behind the last)``."""
    upto = [0.0, *itertools.accumulate(wide)]
    lines, start, last = [], 0, 0
    for cut in [*cuts, len(wide)]:
        if last > start and upto[cut] - upto[start] > limit:
            lines.append((start, last))
            start = last
        last = cut
    return [*lines, (start, len(wide))]


def _ratio(way: list[tuple[int, int]], wide: list[float], high: list[float]) -> float:
    across = max(sum(wide[a:b]) for a, b in way)
    down = sum(max(high[a:b], default=0.0) + GAP for a, b in way)
    return across / down


def grid(cards: Sequence[Card], graph: Graph) -> Grid:
    """Columns and rows for a band; neighbors in a chain share a row if they can."""
    column = columns(graph)
    left = min((column[card.line] for card in cards), default=0)
    at = {card.line: column[card.line] - left for card in cards}
    links = [k for k in graph.links if k.source in at and k.target in at]
    stacks: dict[int, list[object]] = {}
    for card in cards:
        stacks.setdefault(at[card.line], []).append(card.line)
    chains: dict[Link, list[object]] = {}
    for link in links:
        steps = range(at[link.source] + 1, at[link.target])
        chains[link] = [(link, k) for k in steps]
        for k in steps:
            stacks.setdefault(k, []).append((link, k))
    row = _rows(stacks, _neighbors(chains))
    return Grid(
        {line: Cell(k, row[line]) for line, k in at.items()},
        {
            link: [Cell(at[link.source] + 1 + k, row[c]) for k, c in enumerate(chain)]
            for link, chain in chains.items()
        },
    )


def _neighbors(chains: dict[Link, list[object]]) -> dict[object, list[object]]:
    near: dict[object, list[object]] = {}
    for link, chain in chains.items():
        way: list[object] = [link.source, *chain, link.target]
        for a, b in itertools.pairwise(way):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    return near


def _rows(
    stacks: dict[int, list[object]], near: dict[object, list[object]]
) -> dict[object, int]:
    """Each stack in the order of its neighbors' mean rows, to and fro."""
    row = {x: k for stack in stacks.values() for k, x in enumerate(stack)}
    order = sorted(stacks)
    for sweep in range(SWEEPS):
        for k in order if sweep % 2 == 0 else reversed(order):
            wish = {
                x: _mean([row[y] for y in near.get(x, [])], row[x]) for x in stacks[k]
            }
            free = 0
            for x in sorted(stacks[k], key=lambda x: (wish[x], row[x])):
                row[x] = free = max(free, round(wish[x]))
                free += 1
    taken = {r: k for k, r in enumerate(sorted(set(row.values())))}
    return {x: taken[r] for x, r in row.items()}


def _mean(numbers: list[int], default: int) -> float:
    return sum(numbers) / len(numbers) if numbers else default


def width(card: Card) -> float:
    """About how wide a card will be, in points."""
    lines = [card.title + figures.shape(card.value)]
    lines += [
        f"value {figures.brief(v)}" for v in (card.value, card.grad) if v is not None
    ]
    return FRAME + LETTER * max(*map(len, lines), *map(_row_width, card.rows), 0)


def _row_width(row: Row) -> int:
    arrays = [a for a in (row.value, row.grad) if a is not None]
    return len(row.name) + 6 + sum(map(_across, arrays))


def _across(value: object) -> int:
    cells = figures.grid(value)
    if cells is None:
        return max(map(len, figures.summary(value)))
    return 2 + max(sum(len(entry) + 1 for entry in line) for line in cells)


def height(card: Card) -> float:
    """About how high a card will be, in points."""
    down = 1 + len(card.marks) + _down(card.value) + _down(card.grad)
    return FRAME + LINE * (down + sum(_down(row.value) for row in card.rows))


def _down(value: object) -> int:
    cells = [] if value is None else figures.grid(value)
    return 2 if cells is None else max(len(cells), 1)
