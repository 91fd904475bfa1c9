"""Every point of a grid, several times over, on whatever runs functions.

A point is a dict of plain values.  One measurement is a pure function of a point and
of a seed that belongs to its place in the grid, so that rows are the same whoever
computed them, and in whichever order.  What has a width is measured widest first: the
longest work does not come last, and if there is not the memory for it, that is known
at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np

from minigrad.executors import results

Point = Mapping[str, Any]  # numbers, strings, and lists of these
Row = dict[str, Any]  # a point, its repeat, and what was measured
Measure = Callable[..., Mapping[str, Any]]  # measure(seed, **point)
Kept = MutableMapping[str, Mapping[str, Any]]
Progress = Callable[[int], None]  # is told how many measurements were done


def sweep(
    measure: Measure,
    points: Sequence[Point],
    repeats: int,
    seed: int,
    executor: Executor | None = None,
    progress: Progress = lambda done: None,
    at_once: int | None = None,
    kept: Kept | None = None,
) -> list[Row]:
    """Measure each point ``repeats`` times; rows come in the order of the grid.

    ``executor`` is any of ``concurrent.futures``, or what keeps to its interface as
    ``distributed.Client(address).get_executor()`` does; None measures right here.  No
    more than ``at_once`` measurements are given out at a time, None for all: what it
    takes is then the memory of that many at the widest point.  What is in ``kept``
    by its seed and point is not measured again; what is measured goes there.

    >>> def measure(seed, x):
    ...     return {"y": x + np.random.default_rng(seed).integers(10)}
    >>> rows = sweep(measure, [{"x": 10}, {"x": 20}], repeats=2, seed=0)
    >>> [(row["x"], row["repeat"], int(row["y"])) for row in rows]
    [(10, 0, 10), (10, 1, 15), (20, 0, 24), (20, 1, 24)]
    """
    tasks = [(i, k) for i in range(len(points)) for k in range(repeats)]
    seeds = [np.random.SeedSequence(seed, spawn_key=task) for task in tasks]
    calls = [
        partial(measure, own, **points[i])
        for (i, _), own in zip(tasks, seeds, strict=True)
    ]
    order = sorted(
        range(len(tasks)), key=lambda n: -points[tasks[n][0]].get("width", 0)
    )
    keys = [json.dumps([seed, *task, points[task[0]]]) for task in tasks]
    measured = {} if kept is None else kept
    waiting = [n for n in order if keys[n] not in measured]
    if len(waiting) < len(tasks):
        progress(len(tasks) - len(waiting))
    for n, found in results(calls, executor, waiting, at_once):
        measured[keys[n]] = found
        progress(1)
    rows = zip(tasks, keys, strict=True)
    return [{**points[i], "repeat": k, **measured[key]} for (i, k), key in rows]


def stack(rows: Sequence[Row], key: str, **point: Any) -> np.ndarray:
    """What was measured under ``key`` at the rows that match ``point``, repeats first.

    Raises KeyError if no row matches.
    """
    chosen = [
        row[key] for row in rows if all(row[k] == value for k, value in point.items())
    ]
    if not chosen:
        raise KeyError(f"no row has {point}")
    return np.array(chosen, dtype=np.float64)
