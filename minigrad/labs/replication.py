"""Ranks of an experiment beside what a source reports, a word and a verdict a line.

A small replica may show what a large experiment shows, or not, or leave it open; a
table says which, line by line, and nothing is judged by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minigrad.labs.fit import of_few

GROWS, FALLS, STAYS, UNSURE = "grows", "falls", "stays", "cannot tell"
COMPARED = ("change", "here", "source", "verdict")
FIRST = "train"  # the set whose ranks are compared


class Experiment(NamedTuple):
    """Ranks over settings, and what the source reports of them."""

    name: str
    setting: str  # what x is
    x: list[float]
    ranks: dict[str, np.ndarray]  # by set of inputs, (repeats, len(x))
    bounds: list[int]  # on the ranks
    reported: list[str]  # of each setting but the first
    stepwise: bool = False  # compared with the setting before, not with the first


def lines(found: Experiment, sets: Sequence[str]) -> list[dict[str, Any]]:
    """A line a setting: mean ranks, and what became of the first set's."""
    table = []
    for k, x in enumerate(found.x):
        head = {"experiment": found.name, "setting": f"{found.setting} {x:g}"}
        means = {
            s: float(found.ranks[s][:, k].mean()) if s in found.ranks else None
            for s in sets
        }
        said = compared(found, k) if k else dict.fromkeys(COMPARED, "")
        table.append({**head, "bound": found.bounds[k], **means, **said})
    return table


def compared(found: Experiment, k: int) -> dict[str, str]:
    """What changed up to the k-th setting, beside what the source reports.

    A word needs the whole interval: above zero, below it, or within a tenth of what the
    bound has grown by.

    >>> ranks = {"train": np.array([[300, 340], [300, 350], [310, 370]])}
    >>> found = Experiment("noise", "σ", [0, 1], ranks, [500, 500], [GROWS])
    >>> print(*compared(found, 1).values())
    +50 [+25, +75] grows grows reproduced
    """
    train, before = found.ranks[FIRST], k - 1 if found.stepwise else 0
    value, low, high = of_few(train[:, k] - train[:, before])
    still = 0.1 * (found.bounds[k] - found.bounds[before])
    here, source = UNSURE, found.reported[k - 1]
    if -still <= low <= high <= still:
        here = STAYS
    elif low > 0 or high < 0:
        here = GROWS if low > 0 else FALLS
    same = "reproduced" if here == source else "not reproduced"
    return {
        "change": f"{value:+.0f} [{low:+.0f}, {high:+.0f}]",
        "here": here,
        "source": source,
        "verdict": UNSURE if here == UNSURE else same,
    }
