"""Ratios that can be trusted: results compared first, then all in turn, many rounds."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg


class Ratio(NamedTuple):
    """Time by the time of hand-written NumPy in the same round, over all rounds."""

    low: float  # lower quartile
    median: float
    high: float  # upper quartile


def disagreement(found: Any, wanted: Any) -> float:
    """The largest difference, relative to the largest entry of what is wanted."""
    found, wanted = (_flat(x) for x in (found, wanted))
    if found.shape != wanted.shape:
        return float("inf")
    scale = np.max(np.abs(wanted), initial=0.0) or 1.0
    return float(np.max(np.abs(found - wanted), initial=0.0) / scale)


def _flat(x: Any) -> Any:
    return np.concatenate([np.ravel(np.asarray(leaf)) for leaf in _leaves(x)])


def _leaves(x: Any) -> list[Any]:
    return mg.tree.flatten(x)[0]


def ratios(
    base: Callable[[], Any], runs: Mapping[str, Callable[[], Any]], seconds: float
) -> tuple[dict[str, Ratio], float]:
    """Each run by the base, A B C A B C ..., and the median seconds of the base.

    A round repeats each function until it takes at least five milliseconds, so that
    the clock does not matter; there are at least seven rounds.  What was there before,
    engines and data, is not the garbage of anyone who is timed, nor is that of others.
    """
    gc.freeze()
    everything = {"": base, **runs}
    repeats = {name: _repeats(run) for name, run in everything.items()}
    times: dict[str, list[float]] = {name: [] for name in everything}
    start = perf_counter()
    while len(times[""]) < 7 or perf_counter() - start < seconds:
        for name, run in everything.items():
            times[name].append(_time(run, repeats[name]))
    found = {}
    for name in runs:
        each = [t / t0 for t, t0 in zip(times[name], times[""], strict=True)]
        found[name] = Ratio(*statistics.quantiles(each, n=4))
    return found, statistics.median(times[""])


def _time(run: Callable[[], Any], repeats: int) -> float:
    gc.collect()
    start = perf_counter()
    for _ in range(repeats):
        run()
    return (perf_counter() - start) / repeats


def _repeats(run: Callable[[], Any]) -> int:
    run()
    return max(1, round(0.005 / _time(run, 1)))
