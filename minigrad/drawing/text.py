"""The graph in words, for terminals and for those who listen.

Indentation is the only structure: layers, cards, and what each card reads.  ``local``
is the derivative of the card by what it reads; ``passes`` is the norm of
|local x gradient|, which goes back along the link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from minigrad.drawing import figures
from minigrad.drawing.model import Card, Graph, Layer, Link, Local, Row, Show

MOST_SHAPES = 4  # of a layer's parameters
BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 24
DECADES = 4.0  # a gradient of 10⁻⁴ of the largest has the lowest bar


def heading(graph: Graph) -> str:
    """One sentence: what is drawn, how much of it, and the result."""
    count = len(graph.cards)
    size = f"{count} value" + "s" * (count != 1)
    if graph.layers:
        size += f" in {len(graph.layers)} layer" + "s" * (len(graph.layers) != 1)
    results = [card for card in graph.cards if card.kind == "output"]
    result = f" Result {figures.brief(results[0].value)}." if len(results) == 1 else ""
    return f"Computation graph of {graph.title}: {size}.{result}"


def layer(found: Layer) -> str:
    """The parameters of a layer: their shapes, how many, and their norm."""
    size = f"{found.parameters:,} parameters"
    if not found.parameters:
        return "no parameters"
    shapes = ", ".join(found.shapes[:MOST_SHAPES]) + ", …" * (
        len(found.shapes) > MOST_SHAPES
    )
    return f"{shapes}, {size}, norm {figures.number(found.norm, 3)}"


def repeats(card: Card) -> list[str]:
    """What stands in a card that is several, and how the gradient fares there."""
    lines = []
    if card.count > 1:
        lines.append(f"× {card.count}, the first is {card.first}")
    elif card.inside > 1:
        lines.append(f"{card.inside} operations")
    if card.fade:
        first, last = (figures.number(x, 2) for x in (card.fade[0], card.fade[-1]))
        lines.append(f"|grad| {first} {bars(card.fade)} {last}")
    return lines


def bars(norms: Sequence[float]) -> str:
    """A norm a bar, by decades below the largest: ▁▃▅▇█ fades toward the left.

    >>> bars([1e-4, 1e-2, 1.0])
    '▁▅█'
    """
    known = [x if math.isfinite(x) else 0.0 for x in norms]
    shown = [known[k * len(known) // MOST_BARS] for k in range(MOST_BARS)]
    shown = shown if len(known) > MOST_BARS else known
    most = max(shown)

    def bar(x: float) -> str:
        share = 1 + math.log10(x / most) / DECADES if x > 0 else 0.0
        return BARS[max(0, min(int(share * len(BARS)), len(BARS) - 1))]

    return "".join(map(bar, shown))


def write(graph: Graph) -> str:
    """The whole graph, one thing a line."""
    lines = [heading(graph)]
    if graph.note:
        lines.append(graph.note[0].upper() + graph.note[1:] + ".")
    titles = {card.line: card.name or card.formula or "" for card in graph.cards}
    incoming: dict[int, list[Link]] = {}
    for link in graph.links:
        incoming.setdefault(link.target, []).append(link)
    here: str | None = None
    for card in graph.cards:
        if card.layer != here and card.layer:
            lines += ["", f"{card.layer}: {layer(graph.layers[card.layer])}"]
        here = card.layer
        body = _card(card, incoming.get(card.line, []), titles, graph)
        pad = "    " if card.layer else ""
        lines += ["", *(pad + line for line in body)]
    return "\n".join(lines) + "\n"


def _card(
    card: Card, links: list[Link], titles: dict[int, str], graph: Graph
) -> Iterable[str]:
    show = graph.show
    kind = "" if card.kind == "value" else card.kind
    shape = _shape(card.value) if show.shapes else ""
    yield ", ".join(filter(None, (card.title, kind, shape)))
    for words in repeats(card):
        yield f"    {words}"
    for mark in card.marks:
        yield f"    {'! ' if mark.alarm else ''}{mark.words}"
    if show.values:
        yield f"    value     {_number(card.value, show)}"
    if show.grads:
        yield f"    gradient  {_grad(card.grad, show)}"
    for link in links:
        yield f"    reads {titles[link.source]}"
        if link.detached:
            yield "        detached: no gradient goes back"
            continue
        if show.local:
            yield from _local(link.local)
        if link.local.passed is not None and show.grads:
            faint = ", vanishing" if graph.vanishes(link) else ""
            yield f"        passes    {figures.number(link.local.passed, 3)}{faint}"
    for row in card.rows:
        yield from _row(row, show)


def _row(row: Row, show: Show) -> Iterable[str]:
    name = f"    reads {row.path}"
    shape = _shape(row.value) if show.shapes else ""
    yield ", ".join(filter(None, (name, row.kind, shape)))
    if show.values:
        yield f"        value     {_number(row.value, show)}"
    if row.local is not None and show.local:
        yield from _local(row.local)
    if row.local is not None and show.grads:
        yield f"        gradient  {_grad(row.grad, show)}"


def _number(value: Any, show: Show) -> str:
    return figures.brief(value) if show.entries else figures.size(value)


def _shape(value: object) -> str:
    shape = figures.shape(value)
    return f"shape {shape}" if shape else ""


def _grad(grad: Any, show: Show) -> str:
    return "not computed" if grad is None else _number(grad, show)


def _local(local: Local) -> Iterable[str]:
    number = None
    if local.value is not None:
        number = figures.uniform(local.value) or figures.brief(local.value)
    words = [word for word in dict.fromkeys([local.symbol, number]) if word]
    if words:
        yield f"        local     {' = '.join(words)}"
