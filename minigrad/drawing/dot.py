"""The graph in Graphviz's language: a card per value, clusters for layers.

A card is one HTML-like table.  From top to bottom: the formula; what there is to
notice; the value and its gradient; the leaves folded into it, a row each.  Arrays up to
four by four stand in matrix brackets, entries aligned.
"""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from minigrad.drawing import figures, layout, text
from minigrad.drawing import palette as p
from minigrad.drawing.model import Card, Graph, Link, Local, Mark, Row, Show
from minigrad.drawing.palette import Color

FIRST = b"digraph minigrad {"
FONT = "Helvetica,Arial,sans-serif"
THINNEST, THICKEST = 0.6, 3.2  # points
DOTTED = "0.9"  # thinner dots are lost in print
# A table is stretched to the cell it stands in, by equal parts a column.  Sixty empty
# columns at the right take nearly all of that, and what is in the others stays put.
REST = '<TD COLSPAN="60" CELLPADDING="0"></TD>'
LONGEST_TITLE = 60  # characters
LARGE = 120  # cards
LONGEST_LINE = 14  # characters of a local derivative on one line of a card
DECADES = 4.0  # an edge that passes 10⁻⁴ of the largest is as thin as can be

BARE = 'graph [peripheries=0 label="" margin=0];'  # groups, and draws nothing
RULE = f'<TR><TD HEIGHT="1" BGCOLOR="{p.RULE.light}"></TD></TR>'
BORDERS = {
    "value": (p.CARD_EDGE, p.CARD, 1),
    "output": (p.OUTPUT, p.OUTPUT_FILL, 2),
    "parameter": (p.PARAMETER, p.PARAMETER_FILL, 1),
    "input": (p.INPUT_EDGE, p.INPUT, 1),
}


def write(graph: Graph) -> str:
    """The whole graph as DOT; the same graph gives the same text."""
    bands = layout.bands(graph) if len(graph.cards) <= LARGE else [list(graph.cards)]
    turns = _turns(graph, bands)
    lines = [FIRST.decode(), *_defaults(graph)]
    for k in reversed(range(len(bands))):  # Graphviz stacks clusters from the bottom
        entered = turns[k - 1].link.target if k and turns else None
        body = _band(bands[k], graph, k, entered)
        if len(bands) > 1:
            body = [f"  subgraph cluster_band{k} {{", f"    {BARE}", *body, "  }"]
        lines += body
        if k:
            lines += _gutter(turns[k - 1], graph)
    crossing = {turn.link for turn in turns}
    lines += [_edge(link, graph) for link in graph.links if link not in crossing]
    lines += [_to_and_from(turn, graph) for turn in turns]
    return "\n".join([*lines, "}", ""])


def _band(
    cards: Sequence[Card], graph: Graph, band: int, entered: int | None
) -> list[str]:
    """The cards in the clusters of their layers; a line may enter one from above."""
    clusters: dict[str | None, list[Card]] = {}
    for card in cards:
        clusters.setdefault(card.layer, []).append(card)
    lines = []
    for k, (layer, members) in enumerate(clusters.items()):
        nodes = [line for card in members for line in _node(card, graph.show)]
        if layer is not None:
            title = "b" if any(card.line == entered for card in members) else "t"
            nodes = _cluster(f"{band}_{k}", layer, graph, nodes, title)
        lines += nodes
    return lines


def _defaults(graph: Graph) -> list[str]:
    attributes = {
        "rankdir": "LR",
        "bgcolor": p.PAGE.light,
        "fontname": FONT,
        "fontcolor": p.MUTED.light,
        "fontsize": 9,
        "nodesep": 0.3,
        "ranksep": 0.35,
        "pad": 0.2,
        "labelloc": "b",
        "labeljust": "l",
    }
    if len(graph.cards) > LARGE:  # curves and the best places would take minutes
        attributes |= {"splines": "line", "nslimit": 0.1, "mclimit": 0.1}
    legend = f"  label=<{_legend(graph)}>;"
    return [
        f"  graph [{_attributes(attributes)}];",
        f'  node [shape=plain fontname="{FONT}" fontsize=9 fontcolor="{p.INK.light}"];',
        f'  edge [fontname="{FONT}" fontsize=9 fontcolor="{p.LOCAL.light}" '
        f'color="{p.ARROW.light}" arrowsize=0.6];',
        legend,
    ]


def _attributes(values: dict[str, Any]) -> str:
    return " ".join(f'{k}="{v}"' for k, v in values.items())


def _legend(graph: Graph) -> str:
    words = [_font("input", p.MUTED), f"<B>{_font('parameter', p.PARAMETER)}</B>"]
    words += [_font("gradient", p.GRADIENT), _font("local derivative", p.LOCAL)]
    if graph.differentiated:
        words.append(_font("line width: |local × gradient|", p.MUTED))
    legend = _font("   ·   ", p.MUTED).join(words)
    lines = [[_cell(legend)]]
    if graph.note:
        lines.insert(0, [_cell(f"<B>{_font(graph.note, p.INK, 11)}</B>")])
    return _table(lines, 6)


def _cluster(
    key: str, layer: str, graph: Graph, nodes: list[str], place: str
) -> list[str]:
    size = _font(f"   {text.layer(graph.layers[layer])}", p.MUTED, 9)
    title = f"<B>{_font(layer, p.INK, 11)}</B>{size}"
    return [
        f"  subgraph cluster_{key} {{",
        f'    graph [style="rounded,filled" fillcolor="{p.LAYER.light}" '
        f'color="{p.LAYER_EDGE.light}" margin=12 labelloc="{place}" class="layer"];',
        f"    label=<{title}>;",
        *("  " + node for node in nodes),
        "  }",
    ]


# ---------------------------------------------------------------- cards


def _node(card: Card, show: Show) -> list[str]:
    edge, fill, width = BORDERS[card.kind]
    if any(mark.alarm for mark in card.marks):
        edge, width = p.ALARM, 3
    return [
        f'  n{card.line} [class="card {card.kind}" label=<',
        f'    <TABLE BORDER="{width}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" '
        f'STYLE="ROUNDED" COLOR="{edge.light}" BGCOLOR="{fill.light}">',
        *(f"    {line}" for line in _body(card, show)),
        "    </TABLE>>];",
    ]


def _body(card: Card, show: Show) -> Iterable[str]:
    several = (_font(_cut(words), p.MUTED) for words in text.repeats(card))
    words = (_title(card, show), *map(_mark, card.marks), *several)
    yield _part([[_cell(line)] for line in words])
    for table in (_numbers(card, show), _rows(card.rows, show) if card.rows else []):
        if table:
            yield RULE
            yield _part(table)


def _part(table: Sequence[Sequence[str]]) -> str:
    return f'<TR><TD CELLPADDING="3">{_table(table)}</TD></TR>'


def _title(card: Card, show: Show) -> str:
    color = p.PARAMETER if card.kind == "parameter" else p.INK
    name = f"<B>{_font(card.name, color, 12)}</B>" if card.name else ""
    equals = " = " if card.name and card.formula else ""
    formula = _font(equals + _cut(card.formula or ""), p.INK, 12)
    shape = figures.shape(card.value) if show.shapes else ""
    # A space behind: bold letters are a little wider than Graphviz thinks.
    return name + formula + _font(f"   {shape} ", p.MUTED)


def _mark(mark: Mark) -> str:
    words = f"▲ {mark.words} " if mark.alarm else f"○ {mark.words} "
    return f"<B>{_font(words, p.ALARM if mark.alarm else p.MUTED)}</B>"


def _numbers(card: Card, show: Show) -> list[list[str]]:
    table = []
    if show.values:
        value = _array(card.value, p.INK, show)
        table.append([_cell(_font("value", p.MUTED)), _cell(value)])
    if show.grads:
        grad = _array(card.grad, p.GRADIENT, show)
        table.append([_cell(_font("grad", p.GRADIENT)), _cell(grad)])
    return table


def _rows(rows: Sequence[Row], show: Show) -> list[list[str]]:
    differentiated = any(row.local for row in rows)
    heads = [
        ("", p.MUTED, True),
        ("value", p.MUTED, show.values),
        ("local", p.LOCAL, differentiated and show.local),
        ("grad", p.GRADIENT, differentiated and show.grads),
    ]
    table = [[_cell(_font(word, color)) for word, color, shown in heads if shown]]
    table += [list(map(_cell, _row(row, show))) for row in rows]
    return table


def _row(row: Row, show: Show) -> Iterable[str]:
    yield _row_name(row)
    if show.values:
        yield _array(row.value, p.INK, show)
    if row.local is None:
        yield _font("constant", p.MUTED)
        return
    if show.local:
        yield _local(row.local, one_line=True)
    if show.grads:
        yield _array(row.grad, p.GRADIENT, show)


def _row_name(row: Row) -> str:
    if row.kind == "parameter":
        return f"<B>{_font(row.name, p.PARAMETER, 10)}</B>"
    return _font(row.name, p.MUTED, 10)


# ---------------------------------------------------------------- numbers


def _array(value: Any, color: Color, show: Show) -> str:
    """A number, a matrix in brackets, or what there is to say of a large array."""
    if value is None:
        return _font("—", color)
    if not figures.finite(value):
        color = p.ALARM
    if not show.entries:
        return _font(figures.size(value), color)
    same = figures.uniform(value)
    if same == "0":
        return _font("0", color)
    cells = figures.grid(value)
    if cells is None:
        return _font(figures.summary(value), color)
    if figures.shape(value) == "":
        return _font(cells[0][0], color)
    return _matrix(cells, color)


def _matrix(cells: figures.Grid, color: Color) -> str:
    """Entries in columns, between brackets drawn as the sides of two narrow cells."""
    left, right = (
        f'<TD WIDTH="4" CELLPADDING="0" BORDER="1" SIDES="{sides}" '
        f'COLOR="{color.light}"></TD>'
        for sides in ("LTB", "RTB")
    )
    columns = "".join(
        f'<TD ALIGN="RIGHT">{_font(column, color, to="RIGHT")}</TD>'
        for column in zip(*cells, strict=True)
    )
    return (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"><TR>'
        f"{left}{columns}{right}{REST}</TR></TABLE>"
    )


def _local(local: Local, one_line: bool = False) -> str:
    """Symbol over number, or whichever of the two there is."""
    number = _local_number(local)
    parts = [local.symbol] if local.symbol else []
    if number and number != local.symbol:
        parts.append(number)
    short = one_line and len("".join(parts)) <= LONGEST_LINE
    return _font(" = ".join(parts) if short else parts, p.LOCAL)


def _local_number(local: Local) -> str | None:
    """One number if there is one, a row of four at most, else the norm."""
    if local.value is None:
        return None
    same = figures.uniform(local.value)
    if same is not None:
        return same
    cells = figures.grid(local.value)
    if cells is not None and len(cells) == 1:
        return f"[{'  '.join(cells[0])}]"
    return f"norm {figures.number(figures.norm(local.value), 3)}"


# ---------------------------------------------------------------- links


def _edge(link: Link, graph: Graph) -> str:
    style = _attributes(_line_style(link, graph))
    return f"  n{link.source} -> n{link.target} [{style}{_label(link, graph)}];"


def _line_style(link: Link, graph: Graph) -> dict[str, Any]:
    attributes = {"penwidth": _width(link.local.passed, graph.most), "class": "link"}
    if link.detached or graph.vanishes(link):
        attributes |= {"style": "dotted", "penwidth": DOTTED}
    elif link.local.passed == 0:
        attributes["style"] = "dashed"
    if link.local.passed is not None and not math.isfinite(link.local.passed):
        attributes["color"] = p.ALARM.light
    return attributes


def _label(link: Link, graph: Graph) -> str:
    """The local derivative; what there is to notice; Δ where a layer is left."""
    local = link.local if graph.show.entries else replace(link.local, value=None)
    lines = [_local(local)] if graph.show.local else []
    if link.detached:
        lines = [_font("✂ detached", p.MUTED)]
    elif graph.vanishes(link):
        lines.append(_font(f"▽ passes {figures.number(link.local.passed, 2)}", p.MUTED))
    elif link.local.passed == 0:
        lines.append(_font("○ passes 0", p.MUTED))
    lines.append(_delta(link, graph))
    cells = [[_cell(line)] for line in lines if line]
    return f" label=<{_table(cells, 4)}>" if cells else ""


def _delta(link: Link, graph: Graph) -> str:
    border, grad = graph.border(link), graph.card_of[link.source].grad
    if not border or grad is None or not graph.show.grads:
        return ""
    return _font(f"{border}  norm {figures.number(figures.norm(grad), 3)}", p.GRADIENT)


def _width(passed: float | None, most: float) -> str:
    """By decades below the largest, since vanishing is a matter of orders."""
    if passed is None or not math.isfinite(most) or not math.isfinite(passed):
        return "1.2"
    if passed == 0 or most == 0:
        return f"{THINNEST}"
    share = max(0.0, 1 + math.log10(passed / most) / DECADES)
    return f"{THINNEST + (THICKEST - THINNEST) * share**2:.1f}"


# ---------------------------------------------------------------- from band to band


class _Turn(NamedTuple):
    """The link that goes on in the next band: back to the left between the two."""

    link: Link
    above: int  # the column of its source, counted in its band
    below: int  # and of its target

    def at(self, column: int) -> str:
        """The point of the gutter over or under that column."""
        return f"turn{self.link.target}_{column}"


def _turns(graph: Graph, bands: Sequence[Sequence[Card]]) -> list[_Turn]:
    column = layout.columns(graph)
    band = {card.line: k for k, cards in enumerate(bands) for card in cards}
    start = [min((column[card.line] for card in cards), default=0) for cards in bands]

    def at(line: int) -> int:
        return column[line] - start[band[line]]

    crossing = [k for k in graph.links if band[k.source] != band[k.target]]
    crossing.sort(key=lambda link: band[link.source])
    return [_Turn(link, at(link.source), at(link.target)) for link in crossing]


def _gutter(turn: _Turn, graph: Graph) -> list[str]:
    """Invisible points at both columns, which a line joins; one more at the left."""
    points = sorted({0, turn.above, turn.below})
    lines = [f"    {turn.at(k)} [shape=point width=0.01 style=invis];" for k in points]
    for a, b in itertools.pairwise(points):
        shown = min(turn.above, turn.below) <= a
        style = _line_style(turn.link, graph) if shown else {"style": "invis"}
        label = _label(turn.link, graph) if b == max(turn.above, turn.below) else ""
        values = _attributes(style | {"dir": "none", "minlen": b - a})
        lines.append(f"    {turn.at(a)} -> {turn.at(b)} [{values}{label}];")
    name = f"cluster_turn{turn.link.target}"
    return [f"  subgraph {name} {{", f"    {BARE}", *lines, "  }"]


def _to_and_from(turn: _Turn, graph: Graph) -> str:
    """Down to the gutter and from it; written upward, as Graphviz stacks."""
    line = _line_style(turn.link, graph) | {"constraint": "false"}
    source, target = f"n{turn.link.source}", f"n{turn.link.target}"
    down = _attributes(line | {"dir": "none", "headport": "s"})
    into = _attributes(line | {"dir": "back", "tailport": "n"})
    return (
        f"  {turn.at(turn.above)} -> {source} [{down}];\n"
        f"  {target} -> {turn.at(turn.below)} [{into}];"
    )


# ---------------------------------------------------------------- markup


def _table(rows: Sequence[Sequence[str]], padding: int = 3) -> str:
    body = "".join(f"<TR>{''.join(row)}{REST}</TR>" for row in rows)
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">'
        f"{body}</TABLE>"
    )


def _cell(content: str) -> str:
    return f'<TD ALIGN="LEFT">{content or " "}</TD>'


def _font(
    words: str | Sequence[str], color: Color, size: int | None = None, to: str = "LEFT"
) -> str:
    """Words in a color; several are lines."""
    lines = [words] if isinstance(words, str) else words
    if not any(lines):
        return ""
    points = f' POINT-SIZE="{size}"' if size else ""
    end = f'<BR ALIGN="{to}"/>' if len(lines) > 1 else ""
    inner = "".join(_escape(_minus(line)) + end for line in lines)
    return f'<FONT COLOR="{color.light}"{points}>{inner}</FONT>'


def _minus(words: str) -> str:
    return words.replace("-", "−")


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1] + "…"


def _escape(words: str) -> str:
    shown = "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words
    )
    return html.escape(shown, quote=False)
