r"""The graph for LaTeX: a document of its own, or ``\input`` its picture.

Needs nothing but the package ``tikz``; any LaTeX compiles it.  Cards stand in a matrix,
whose cells TeX measures, so fonts and sizes can be changed without a number here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from minigrad.drawing import figures, layout, text
from minigrad.drawing import palette as p
from minigrad.drawing.layout import Cell, Grid
from minigrad.drawing.model import Card, Graph, Link, Local, Row
from minigrad.drawing.palette import Color

HEAD = r"""% {title}
\documentclass{{article}}
\usepackage{{tikz}}
\usetikzlibrary{{matrix,fit,arrows.meta}}
{colors}
\pagestyle{{empty}}\setlength\parindent{{0pt}}
\newsavebox\drawing
\begin{{lrbox}}\drawing
\begin{{tikzpicture}}[
  font=\sffamily\footnotesize,
  card/.style={{draw=card-edge, fill=card, rounded corners=3pt, inner sep=4pt}},
  value/.style={{}},
  output/.style={{draw=output, fill=output-fill, thick}},
  parameter/.style={{draw=parameter, fill=parameter-fill}},
  input/.style={{draw=input-edge, fill=input}},
  alarm/.style={{draw=alarm, very thick}},
  link/.style={{draw=arrow, -{{Latex[length=2mm,width=1.6mm]}}}},
  local/.style={{font=\sffamily\scriptsize, text=local, align=center, fill=white,
    inner sep=1pt}},
]
"""
FOOT = r"""\end{tikzpicture}
\end{lrbox}
% A page as large as the picture, whichever TeX this is.
\setlength\paperwidth{\dimexpr\wd\drawing+10mm}
\setlength\paperheight{\dimexpr\ht\drawing+\dp\drawing+10mm}
\ifdefined\pdfpagewidth\pdfpagewidth=\paperwidth\pdfpageheight=\paperheight\fi
\ifdefined\pagewidth\pagewidth=\paperwidth\pageheight=\paperheight\fi
\hoffset=\dimexpr5mm-1in\relax \voffset=\dimexpr5mm-1in\relax
\oddsidemargin=0pt \topmargin=0pt \headheight=0pt \headsep=0pt \topskip=0pt
\textwidth=\wd\drawing \textheight=\dimexpr\paperheight-10mm\relax
\begin{document}
\noindent\usebox\drawing
\end{document}
"""

# What plain LaTeX in its usual fonts has no letter for.
SIGNS = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "-": "$-$",
    "−": "$-$",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "⁻": "$^{-}$",
    "ᵀ": r"$^{\mathsf T}$",
    "…": r"\dots{}",
    "—": "---",
    "Δ": r"$\Delta$",
    "θ": r"$\theta$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "▲": r"$\bigtriangleup$",
    "○": r"$\circ$",
}
SIGNS |= {c: f"$_{k}$" for k, c in enumerate("₀₁₂₃₄₅₆₇₈₉")}
SIGNS |= {c: f"$^{k}$" for k, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


def write(graph: Graph) -> str:
    """A whole document; the picture in it is one tikzpicture."""
    bands = layout.bands(graph)
    grids = [layout.grid(cards, graph) for cards in bands]
    lines = [HEAD.format(title=_comment(graph.title), colors=_colors())]
    for k, (cards, grid) in enumerate(zip(bands, grids, strict=True)):
        lines += _matrix(k, cards, grid, graph)
    band_of = {line: k for k, grid in enumerate(grids) for line in grid.cards}
    for link in graph.links:
        band = band_of[link.source]
        if band == band_of[link.target]:
            lines.append(_within(link, grids[band], graph, band))
        else:
            lines.append(_between(link, graph, band))
    lines.append(_legend(graph, len(bands)))
    return "\n".join([*lines, FOOT])


def _ends(link: Link) -> tuple[int, int]:
    return link.source, link.target


def _colors() -> str:
    named = {name: c for name, c in vars(p).items() if isinstance(c, Color)}
    lines = (
        rf"\definecolor{{{name.lower().replace('_', '-')}}}{{HTML}}"
        rf"{{{color.light[1:].upper()}}}"
        for name, color in named.items()
    )
    return "\n".join(lines)


# ---------------------------------------------------------------- cards


def _matrix(band: int, cards: Sequence[Card], grid: Grid, graph: Graph) -> list[str]:
    """A band: cells with a card, cells that a link passes, empty cells."""
    cells: dict[Cell, str] = {}
    for card in cards:
        cells[grid.cards[card.line]] = _node(card, graph)
    for cell in itertools.chain.from_iterable(grid.bends.values()):
        cells[cell] = rf"\coordinate (c{band}-{cell.column}-{cell.row});"
    columns = max(cell.column for cell in cells) + 1
    rows = max(cell.row for cell in cells) + 1
    gap = max((len(w) for link in graph.links for w in _words(link.local)), default=0)
    options = f"row sep=5mm, column sep={max(12, 1.5 * gap + 7):.0f}mm"
    place = "]"
    if band:
        place = f", anchor=north west] at ([yshift=-14mm]band{band - 1}.south west)"
    head = (
        rf"\matrix (band{band}) [ampersand replacement=\nextcell, {options}{place} {{"
    )
    body = [
        r" \nextcell ".join(
            cells.get(Cell(column, row), "") for column in range(columns)
        )
        + r" \\"
        for row in range(rows)
    ]
    return [head, *body, "};"]


def _node(card: Card, graph: Graph) -> str:
    alarm = ", alarm" if any(mark.alarm for mark in card.marks) else ""
    lines = list(_lines(card, graph))
    table = r"\begin{tabular}{@{}l@{}}" + r" \\{} ".join(lines) + r"\end{tabular}"
    return rf"\node [card, {card.kind}{alarm}] (n{card.line}) {{{table}}};"


def _lines(card: Card, graph: Graph) -> Iterable[str]:
    show = graph.show
    name = rf"\textbf{{{_tex(card.name)}}}" if card.name else ""
    equals = " = " if card.name and card.formula else ""
    shape = figures.shape(card.value) if show.shapes else ""
    yield f"{name}{equals}{_tex(card.formula or '')} {_color(_tex(shape), 'muted')}"
    for words in text.repeats(card):
        yield _color(_tex(_without_bars(words)), "muted")
    for mark in card.marks:
        sign, color = ("▲", "alarm") if mark.alarm else ("○", "muted")
        yield _color(rf"\textbf{{{_tex(f'{sign} {mark.words}')}}}", color)
    if show.values:
        yield f"value {_array(card.value, 'ink', graph)}"
    if show.grads:
        yield f"{_color('grad', 'gradient')} {_array(card.grad, 'gradient', graph)}"
    if card.rows:
        yield _rows(card.rows, graph)


def _without_bars(words: str) -> str:
    return " ".join(word for word in words.split() if word[0] not in text.BARS)


def _rows(rows: Sequence[Row], graph: Graph) -> str:
    show = graph.show
    heads = ["", *(["value"] if show.values else [])]
    heads += [_color("local", "local")] if show.local else []
    heads += [_color("grad", "gradient")] if show.grads else []
    lines = [heads, *([*_row(row, graph)] for row in rows)]
    body = r" \\{} ".join(" & ".join(line) for line in lines)
    return rf"\begin{{tabular}}{{@{{}}{'l' * len(heads)}@{{}}}}{body}\end{{tabular}}"


def _row(row: Row, graph: Graph) -> Iterable[str]:
    color = "parameter" if row.kind == "parameter" else "muted"
    yield _color(rf"\textbf{{{_tex(row.name)}}}", color)
    if graph.show.values:
        yield _array(row.value, "ink", graph)
    if row.local is None:
        yield _color("constant", "muted")
        return
    if graph.show.local:
        yield _color(" = ".join(map(_tex, _words(row.local))), "local")
    if graph.show.grads:
        yield _array(row.grad, "gradient", graph)


def _array(value: Any, color: str, graph: Graph) -> str:
    if value is None:
        return _color("---", color)
    if not graph.show.entries:
        return _color(_tex(figures.size(value)), color)
    cells = figures.grid(value)
    if cells is None or figures.uniform(value) == "0":
        words = ["0"] if cells else figures.summary(value)
        return _color(_tex(", ".join(words)), color)
    if np.ndim(value) == 0:
        return _color(_tex(cells[0][0]), color)
    body = r" \\{} ".join(" & ".join(map(_tex, line)) for line in cells)
    columns = "r" * len(cells[0])
    matrix = rf"\begin{{array}}{{@{{}}{columns}@{{}}}}{_math(body)}\end{{array}}"
    return _color(rf"$\left[\arraycolsep=3pt {matrix}\right]$", color)


def _math(words: str) -> str:
    """Numbers in mathematics: their minus needs no dollars."""
    return words.replace("$", "")


# ---------------------------------------------------------------- links


def _within(link: Link, grid: Grid, graph: Graph, band: int) -> str:
    """Through its free cells; links between the same two cards stand side by side."""
    several = [k for k in graph.links if _ends(k) == _ends(link)]
    y = 9 * (several.index(link) - (len(several) - 1) / 2)
    cards = {cell: graph.card_of[line] for line, cell in grid.cards.items()}
    path = f"([yshift={y:.1f}pt]n{link.source}.east) to[out=0,in=180]"
    path += _label(link, graph)
    for cell in grid.bends[link]:
        west, east = _across(f"c{band}-{cell.column}-{cell.row}", cell, cards)
        path += f" {west} -- {east} to[out=0,in=180]"
    end = f"([yshift={y:.1f}pt]n{link.target}.west)"
    return rf"\path [{_style(link, graph)}] {path} {end};"


def _across(point: str, cell: Cell, cards: Mapping[Cell, Card]) -> tuple[str, str]:
    """Both ends of a free cell, as wide as the widest card of its column."""
    column = (card for at, card in cards.items() if at.column == cell.column)
    widest = max(column, key=layout.width, default=None)
    if widest is None:
        return f"({point})", f"({point})"
    name = f"n{widest.line}"
    return f"({name}.west |- {point})", f"({name}.east |- {point})"


def _between(link: Link, graph: Graph, band: int) -> str:
    """Down to the gap between two bands, back to the left, and down."""
    middle = f"([yshift=-7mm]band{band}.south)"
    return (
        rf"\path [{_style(link, graph)}] (n{link.source}.south) |- {middle}"
        rf"{_label(link, graph)} -| (n{link.target}.north);"
    )


def _style(link: Link, graph: Graph) -> str:
    passed = link.local.passed
    width = 0.6
    if passed and math.isfinite(passed) and graph.most:
        share = max(0.0, 1 + math.log10(passed / graph.most) / 4)
        width = 0.4 + 1.8 * share**2
    dash = ", dotted" if link.detached or graph.vanishes(link) else ""
    dash = ", dashed" if passed == 0 and not dash else dash
    return f"link, line width={width:.2f}pt{dash}"


def _label(link: Link, graph: Graph) -> str:
    words = list(_words(link.local)) if graph.show.local else []
    words += ["detached"] if link.detached else []
    words += ["vanishing"] if graph.vanishes(link) else []
    border, grad = graph.border(link), graph.card_of[link.source].grad
    lines = [_tex(word) for word in words]
    if border and grad is not None and graph.show.grads:
        size = figures.number(figures.norm(grad), 3)
        lines.append(_color(_tex(f"{border} norm {size}"), "gradient"))
    together = r" \\{} ".join(lines)
    return rf" node [local, midway] {{{together}}}" if lines else ""


def _words(local: Local) -> Iterable[str]:
    number = None
    if local.value is not None:
        number = figures.uniform(local.value) or figures.brief(local.value)
    return dict.fromkeys(word for word in (local.symbol, number) if word)


def _legend(graph: Graph, bands: int) -> str:
    words = [_color("input", "muted"), _color(r"\textbf{parameter}", "parameter")]
    words += [_color("gradient", "gradient"), _color("local derivative", "local")]
    legend = r" $\cdot$ ".join(words)
    note = rf"\textbf{{{_tex(graph.note)}}} \\ " if graph.note else ""
    at = f"([yshift=-4mm]band{bands - 1}.south west)"
    return rf"\node [anchor=north west, align=left] at {at} {{{note}{legend}}};"


# ---------------------------------------------------------------- words


def _color(words: str, color: str) -> str:
    return rf"\textcolor{{{color}}}{{{words}}}" if words.strip() else ""


def _tex(words: str) -> str:
    """Text that means itself in LaTeX; what it has no letter for is a question mark."""
    return "".join(
        SIGNS.get(c, c if c.isascii() and c.isprintable() else "?") for c in words
    )


def _comment(words: str) -> str:
    return "".join(c if c.isprintable() else " " for c in words)
