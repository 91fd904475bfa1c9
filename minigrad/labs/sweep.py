"""Every point of a grid, several times over, on whatever runs functions.

A point is a dict of plain values.  One measurement is a pure function of a point and
of a seed that belongs to its place in the grid, so that rows are the same whoever
computed them, and in whichever order.  What has a width is measured widest first: the
longest work does not come last, and if there is not the memory for it, that is known
at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from functools import partial
from itertools import islice
from multiprocessing import active_children, get_context
from typing import Any

import numpy as np

Point = Mapping[str, Any]  # numbers, strings, and lists of these
Row = dict[str, Any]  # a point, its repeat, and what was measured
Measure = Callable[..., Mapping[str, Any]]  # measure(seed, **point)
Call = Callable[[], Mapping[str, Any]]
Progress = Callable[[int], None]  # is told how many measurements were done

# A sum over two threads may round otherwise than over one.
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1"
)


def sweep(
    measure: Measure,
    points: Sequence[Point],
    repeats: int,
    seed: int,
    executor: Executor | None = None,
    progress: Progress = lambda done: None,
    at_once: int | None = None,
) -> list[Row]:
    """Measure each point ``repeats`` times; rows come in the order of the grid.

    ``executor`` is any of ``concurrent.futures``, or what keeps to its interface as
    ``distributed.Client(address).get_executor()`` does; None measures right here.  No
    more than ``at_once`` measurements are given out at a time, None for all: what it
    takes is then the memory of that many at the widest point.

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
    measured = {}
    for n, found in _results(calls, order, executor, at_once or len(tasks)):
        measured[n] = found
        progress(1)
    return [{**points[i], "repeat": k, **measured[n]} for n, (i, k) in enumerate(tasks)]


def _results(
    calls: Sequence[Call], order: Sequence[int], executor: Executor | None, at_once: int
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The number of each call and its result, as they end; a failure ends them all."""
    if executor is None:
        yield from ((n, calls[n]()) for n in order)
        return
    waiting, out = iter(order), dict[Future[Mapping[str, Any]], int]()
    while True:
        with _interrupts_held():  # a worker is born deaf to Ctrl-C; we end it
            for n in islice(waiting, at_once - len(out)):
                out[executor.submit(calls[n])] = n
        if not out:
            return
        ended, _ = wait(out, return_when=FIRST_COMPLETED)
        for future in sorted(ended, key=out.__getitem__):
            yield out.pop(future), future.result()


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


@contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """An executor of ``jobs`` processes with one thread each, gone when left."""
    others = set(active_children())
    with _environment(ONE_THREAD):
        executor = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        try:
            yield executor
        except BaseException:
            for child in set(active_children()) - others:
                child.terminate()  # nobody waits for what they are at
            executor.shutdown(cancel_futures=True)
            raise
        executor.shutdown()


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


@contextmanager
def _interrupts_held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
