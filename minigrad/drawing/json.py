"""The graph as JSON, for programs: every number in full, nan and infinity as text."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from minigrad.drawing import figures
from minigrad.drawing.model import Card, Graph, Link, Local, Row

SCHEMA = 1


def write(graph: Graph) -> str:
    """One object: title, note, layers, cards in the program's order, links."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "title": graph.title,
            "note": graph.note,
            "differentiated": graph.differentiated,
            "layers": {title: asdict(layer) for title, layer in graph.layers.items()},
            "cards": [_card(card) for card in graph.cards],
            "links": [_link(link, graph) for link in graph.links],
        },
        ensure_ascii=False,
        allow_nan=False,
        indent=1,
    )


def _card(card: Card) -> dict[str, Any]:
    return {
        "id": card.line,
        "kind": card.kind,
        "name": card.name,
        "formula": card.formula,
        "layer": card.layer,
        "shape": list(np.shape(card.value)),
        "value": _numbers(card.value),
        "grad": _numbers(card.grad),
        "marks": [asdict(mark) for mark in card.marks],
        "count": card.count,
        "inside": card.inside,
        "fade": [_number(x) for x in card.fade],
        "rows": [_row(row) for row in card.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "path": row.path,
        "value": _numbers(row.value),
        "grad": _numbers(row.grad),
        "local": row.local and _local(row.local),
    }


def _link(link: Link, graph: Graph) -> dict[str, Any]:
    return {
        "source": link.source,
        "target": link.target,
        "detached": link.detached,
        "vanishing": graph.vanishes(link),
        "local": _local(link.local),
    }


def _local(local: Local) -> dict[str, Any]:
    passed = None if local.passed is None else _number(local.passed)
    numbers = {"value": _numbers(local.value), "term": _numbers(local.term)}
    return {"symbol": local.symbol, "passed": passed, **numbers}


def _numbers(value: Any) -> Any:
    """Nested lists of a small array; of a large one what a picture shows."""
    if value is None:
        return None
    if figures.grid(value) is None:
        return {"summary": figures.summary(value)}
    return _plain(np.asarray(value).tolist())


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(x) for x in value]
    return value if isinstance(value, bool | int) else _number(value)


def _number(x: float) -> float | str:
    return float(x) if math.isfinite(x) else str(x)
