"""The graph in words, for terminals and for those who listen.

Indentation is the only structure: layers, cards, and what each card reads.  ``local``
is the derivative of the card by what it reads; ``passes`` is the norm of
|local x gradient|, which goes back along the link.
"""

from __future__ import annotations

from collections.abc import Iterable

from minigrad.drawing import figures
from minigrad.drawing.model import Card, Graph, Link, Local, Row


def heading(graph: Graph) -> str:
    """One sentence: what is drawn, how much of it, and the result."""
    count = len(graph.cards)
    size = f"{count} value" + "s" * (count != 1)
    if graph.layers:
        size += f" in {len(graph.layers)} layer" + "s" * (len(graph.layers) != 1)
    results = [card for card in graph.cards if card.kind == "output"]
    result = f" Result {figures.brief(results[0].value)}." if len(results) == 1 else ""
    return f"Computation graph of {graph.title}: {size}.{result}"


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
            lines += ["", f"{card.layer}, {graph.layers[card.layer]} parameters"]
        here = card.layer
        body = _card(card, incoming.get(card.line, []), titles)
        pad = "    " if card.layer else ""
        lines += ["", *(pad + line for line in body)]
    return "\n".join(lines) + "\n"


def _card(card: Card, links: list[Link], titles: dict[int, str]) -> Iterable[str]:
    kind = "" if card.kind == "value" else card.kind
    yield ", ".join(filter(None, (card.title, kind, _shape(card.value))))
    for mark in card.marks:
        yield f"    {'! ' if mark.alarm else ''}{mark.words}"
    yield f"    value     {figures.brief(card.value)}"
    yield f"    gradient  {_grad(card.grad)}"
    for link in links:
        yield f"    reads {titles[link.source]}"
        yield from _local(link.local)
        if link.local.passed is not None:
            yield f"        passes    {figures.number(link.local.passed, 3)}"
    for row in card.rows:
        yield from _row(row)


def _row(row: Row) -> Iterable[str]:
    name = f"    reads {row.path}"
    yield ", ".join(filter(None, (name, row.kind, _shape(row.value))))
    yield f"        value     {figures.brief(row.value)}"
    if row.local is not None:
        yield from _local(row.local)
        yield f"        gradient  {_grad(row.grad)}"


def _shape(value: object) -> str:
    shape = figures.shape(value)
    return f"shape {shape}" if shape else ""


def _grad(grad: object) -> str:
    return "not computed" if grad is None else figures.brief(grad)


def _local(local: Local) -> Iterable[str]:
    number = None
    if local.value is not None:
        number = figures.uniform(local.value) or figures.brief(local.value)
    words = [word for word in dict.fromkeys([local.symbol, number]) if word]
    if words:
        yield f"        local     {' = '.join(words)}"
