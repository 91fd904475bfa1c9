"""One HTML file in which the two sweeps are gone through step by step, offline.

The page is whole without its script: every card with all its numbers, and the steps as
a list.  ``stepper.js`` hides what has not been computed yet and goes through the list.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from minigrad.drawing import figures, layout, text
from minigrad.drawing import palette as p
from minigrad.drawing.model import Card, Graph, Link, Local, Row
from minigrad.drawing.palette import Color
from minigrad.drawing.steps import Question, Step, steps

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>{title}, step by step</title>
<style>
{colors}
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{heading}</p>
{note}</header>
<div class="desk">
<section class="told" aria-label="This step">
<p class="count" id="count"></p>
<div id="said" role="status" aria-live="polite" aria-atomic="true"></div>
<form id="ask" hidden>
<label for="guess" id="question"></label>
<input id="guess" inputmode="text" autocomplete="off" size="10">
<button type="submit">Check</button>
<button type="button" id="reveal">Show</button>
<output id="verdict" for="guess"></output>
</form>
</section>
<nav class="controls" aria-label="Steps" hidden>
<button type="button" id="first" title="To the first step (Home)">First</button>
<button type="button" id="back" title="A step back (←)">◀</button>
<button type="button" id="play" title="Play or pause (space)">Play</button>
<button type="button" id="next" title="The next step (→)">▶</button>
<button type="button" id="last" title="To the last step (End)">Last</button>
<input type="range" id="slider" min="0" value="0" aria-label="Step">
<label class="predict"><input type="checkbox" id="predict"> predict each gradient
before it is shown</label>
<span class="keys">keys: ← → Home End space p</span>
</nav>
</div>
<main class="stage{hidden}" id="stage"><div class="sheet" id="sheet">
<svg class="links" id="links" aria-hidden="true"></svg>
{bands}
</div></main>
<p class="legend"><span>input</span><b class="parameter">parameter</b>
<span class="gradient">gradient</span><span class="local">local derivative</span>
<span>line width: |local × gradient|</span></p>
<details><summary>All steps as a list</summary>
<ol>
{listed}
</ol>
</details>
<script type="application/json" id="data">{data}</script>
<script>
{script}</script>
</body>
</html>
"""


def write(graph: Graph) -> str:
    """The page; it needs no other file and no network."""
    told = steps(graph)
    note = f'<p class="note">{_escape(graph.note)}</p>\n' if graph.note else ""
    return PAGE.format(
        title=_escape(graph.title),
        heading=_escape(text.heading(graph)),
        note=note,
        hidden="".join(f" no-{k}" for k, v in graph.show._asdict().items() if not v),
        colors=_colors(),
        style=_asset("stepper.css"),
        script=_asset("stepper.js"),
        bands="\n".join(_band(cards, graph) for cards in layout.bands(graph)),
        listed="\n".join(f"<li>{_escape(step.words)}</li>" for step in told),
        data=_data(graph, told),
    )


def _asset(name: str) -> str:
    return files("minigrad.drawing").joinpath(name).read_text(encoding="utf-8")


def _colors() -> str:
    """The palette as custom properties, and once more for the dark."""
    named = {name: c for name, c in vars(p).items() if isinstance(c, Color)}
    light, dark = (
        "".join(
            f"--{name.lower().replace('_', '-')}:{c[k]};" for name, c in named.items()
        )
        for k in (0, 1)
    )
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"


# ---------------------------------------------------------------- data for the script


def _data(graph: Graph, told: Sequence[Step]) -> str:
    """Links, bends and steps as JSON that cannot end its script element."""
    bends: dict[Link, list[layout.Cell]] = {}
    for cards in layout.bands(graph):
        bends |= layout.grid(cards, graph).bends
    links = [_link(link, graph, bends.get(link, [])) for link in graph.links]
    data = {"links": links, "steps": [_step(step) for step in told]}
    written = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return written.replace("<", "\\u003c")


def _link(link: Link, graph: Graph, bends: Sequence[layout.Cell]) -> dict[str, Any]:
    passed = link.local.passed
    known = passed is not None and math.isfinite(passed)
    return {
        "source": f"n{link.source}",
        "target": f"n{link.target}",
        "label": _label(link, graph),
        "passed": passed if known else None,
        "bends": [f"bend{link.source}-{link.target}-{cell.column}" for cell in bends],
    }


def _label(link: Link, graph: Graph) -> list[str]:
    lines = ["✂ detached"] if link.detached else list(_local(link.local))
    lines += ["▽ vanishing"] if graph.vanishes(link) else []
    border, grad = graph.border(link), graph.card_of[link.source].grad
    if border and grad is not None:
        lines.append(f"{border} norm {figures.number(figures.norm(grad), 3)}")
    return lines if graph.show.local else []


def _step(step: Step) -> dict[str, Any]:
    told = {"kind": step.kind, "place": step.place, "title": step.title}
    asked = _question(step.question) if step.question else None
    return {**told, "lines": [_minus(line) for line in step.lines], "question": asked}


def _question(question: Question) -> dict[str, Any]:
    return {
        "words": question.words,
        "answer": question.answer,
        "terms": question.terms,
    }


# ---------------------------------------------------------------- cards


def _band(cards: Sequence[Card], graph: Graph) -> str:
    grid = layout.grid(cards, graph)
    body = [_card(card, grid.cards[card.line]) for card in cards]
    body += [
        f'<i class="bend" id="bend{link.source}-{link.target}-{cell.column}" '
        f'style="{_place(cell)}"></i>'
        for link, way in grid.bends.items()
        for cell in way
    ]
    return '<div class="band">\n' + "\n".join(body) + "\n</div>"


def _place(cell: layout.Cell) -> str:
    """Every second column of the page is a gap, as wide as its labels need."""
    return f"grid-column:{2 * cell.column + 1};grid-row:{cell.row + 1}"


def _card(card: Card, cell: layout.Cell) -> str:
    alarm = " alarm" if any(mark.alarm for mark in card.marks) else ""
    layer = f' data-layer="{_escape(card.layer)}"' if card.layer else ""
    return (
        f'<article class="card {card.kind}{alarm}" id="n{card.line}"{layer} '
        f'style="{_place(cell)}">{"".join(_parts(card))}</article>'
    )


def _parts(card: Card) -> Iterable[str]:
    name = f"<b>{_escape(card.name)}</b>" if card.name else ""
    equals = " = " if card.name and card.formula else ""
    shape = f" <small>{figures.shape(card.value)}</small>"
    formula = _escape(_minus(card.formula or ""))
    yield f"<h2>{name}{equals}{formula}{shape}</h2>"
    for words in text.repeats(card):
        yield f'<p class="several">{_escape(words)}</p>'
    for mark in card.marks:
        sign = "▲" if mark.alarm else "○"
        yield f'<p class="mark">{sign} {_escape(mark.words)}</p>'
    yield f"<dl><dt>value</dt><dd>{_number(card.value, 'value')}</dd>"
    grad = _number(card.grad, "gradient")
    yield f'<dt class="gradient">grad</dt><dd>{grad}</dd></dl>'
    if card.rows:
        rows = "".join(_row(card, k, row) for k, row in enumerate(card.rows))
        heads = '<th></th><th>value</th><th class="local">local</th>'
        heads += '<th class="gradient">grad</th>'
        yield f"<table><tr>{heads}</tr>{rows}</table>"


def _row(card: Card, k: int, row: Row) -> str:
    cells = [
        f'<th class="{row.kind}">{_escape(row.name)}</th>',
        f"<td>{_number(row.value, 'value')}</td>",
    ]
    if row.local is None:
        cells.append('<td colspan="2">constant</td>')
    else:
        local = "<br>".join(map(_escape, _local(row.local)))
        cells.append(f'<td class="local">{local}</td>')
        cells.append(f"<td>{_number(row.grad, 'gradient')}</td>")
    return f'<tr id="n{card.line}-r{k}">{"".join(cells)}</tr>'


def _number(value: Any, kind: str) -> str:
    """The number, and the dash that stands for it until it was computed."""
    if value is None:
        return f'<span class="{kind}">—</span>'
    return (
        f'<span class="number {kind}">{_array(value)}</span>'
        f'<span class="dash {kind}" aria-hidden="true">—</span>'
    )


def _array(value: Any) -> str:
    cells = figures.grid(value)
    if cells is None:
        return "<br>".join(map(_escape, map(_minus, figures.summary(value))))
    if np.ndim(value) == 0:
        return _escape(_minus(cells[0][0]))
    rows = "".join(
        "<span>" + "".join(f"<span>{_minus(x)}</span>" for x in row) + "</span>"
        for row in cells
    )
    return f'<span class="matrix">{rows}</span>'


def _local(local: Local) -> Iterable[str]:
    """Symbol and number, or whichever there is."""
    number = None
    if local.value is not None:
        number = figures.uniform(local.value) or figures.brief(local.value)
    words = dict.fromkeys(filter(None, (local.symbol, number)))
    return [_minus(word) for word in words]


def _minus(words: str) -> str:
    return words.replace("-", "−")


def _escape(words: str) -> str:
    shown = "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words
    )
    return html.escape(shown)
