"""A lab's result as text, CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np

from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.verdict import AGREES, number

SCHEMA = 1


def to_text(result: Result) -> str:
    """The table and the verdicts."""
    lab, mode = result.lab, ", quick" if result.quick else ""
    told = "".join(f", {name} {value}" for name, value in result.options.items())
    head = f"{lab.name} (chapter {lab.chapter}), seed {result.seed}{mode}{told}"
    marks = [
        f"{'✓' if verdict.word == AGREES else '✗'} {verdict}"
        for verdict in result.verdicts
    ]
    return "\n".join([head, "", *_columns(result.table), "", *marks])


def to_csv(result: Result) -> str:
    """The table, every number in full."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(result.table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(result.table)
    return text.getvalue()


def to_json(result: Result) -> dict[str, Any]:
    """Everything, and nothing that another run would find otherwise."""
    return {
        "schema": SCHEMA,
        "lab": result.lab.name,
        "chapter": result.lab.chapter,
        "seed": result.seed,
        "quick": result.quick,
        "options": dict(result.options),
        "agrees": result.agrees,
        "verdicts": [
            {
                "claim": verdict.claim,
                "theory": verdict.theory,
                **_plain(verdict.measured._asdict()),
                "verdict": verdict.word,
                "text": str(verdict),
            }
            for verdict in result.verdicts
        ],
        "table": _plain(result.table),
        "rows": _plain(result.rows),
    }


def listing(labs: list[Lab]) -> str:
    """The labs, a line each."""
    width = max(len(lab.name) for lab in labs)
    return "\n".join(
        f"{lab.name:{width}}  {lab.chapter}  {lab.summary}" for lab in labs
    )


def _columns(table: Table) -> list[str]:
    """Words to the left, numbers to the right."""
    cells = [list(table[0]), *([_cell(v) for v in line.values()] for line in table)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    words = [isinstance(value, str) for value in table[0].values()]
    return [
        "  ".join(
            f"{cell:{'<' if word else '>'}{width}}"
            for cell, word, width in zip(line, words, widths, strict=True)
        ).rstrip()
        for line in cells
    ]


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return number(value) if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """What JSON has: no arrays, no numbers of NumPy's, null for what is not finite."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
