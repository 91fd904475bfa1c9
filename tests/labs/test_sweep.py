"""A sweep finds the same on any executor, and fails or stops cleanly."""

from __future__ import annotations

import gc
import tracemalloc
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing import active_children

import numpy as np
import pytest

from minigrad import labs
from minigrad.executors import processes
from minigrad.labs.sweep import stack, sweep

GRID = [{"x": x} for x in (1.0, 2.0, 3.0)]


def measure(seed: np.random.SeedSequence, x: float) -> dict[str, object]:
    A = x * np.random.default_rng(seed).standard_normal((40, 40))
    return {"norm": float(np.linalg.norm(A @ A, 2)), "first": A[0, :2].tolist()}


def fails(seed: np.random.SeedSequence, x: float) -> dict[str, object]:
    raise ZeroDivisionError(f"at {x}")


class Backwards(Executor):
    """Runs what it was given last first, as a cluster might."""

    def __init__(self):
        self.waiting = []

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        self.waiting.append((future, function, args, kwargs))
        if len(self.waiting) == 6:
            for future, function, args, kwargs in reversed(self.waiting):
                future.set_result(function(*args, **kwargs))
        return self.waiting[-1][0]


def test_rows_are_the_same_on_every_executor():
    """Here, on threads, on processes, and in another order: to the digit."""
    here = sweep(measure, GRID, 2, seed=5)
    assert [(row["x"], row["repeat"]) for row in here] == [
        (x, k) for x in (1.0, 2.0, 3.0) for k in (0, 1)
    ]
    assert sweep(measure, GRID, 2, 5, Backwards()) == here
    with ThreadPoolExecutor(3) as threads:
        assert sweep(measure, GRID, 2, 5, threads) == here
    with processes(2) as executor:
        assert sweep(measure, GRID, 2, 5, executor) == here
    assert not active_children()


class Counting(Executor):
    """Runs what it was given when the next wait begins; counts what is out."""

    def __init__(self):
        self.threads = ThreadPoolExecutor(8)
        self.out, self.most, self.order = 0, 0, []

    def submit(self, function, /, *args, **kwargs):
        self.out += 1
        self.most = max(self.most, self.out)
        self.order.append(function.keywords["width"])
        return self.threads.submit(function, *args, **kwargs)

    def one_less(self, done):
        self.out -= done


def wide(seed: np.random.SeedSequence, width: int) -> dict[str, object]:
    return {"sum": float(np.random.default_rng(seed).standard_normal(width).sum())}


def test_the_widest_come_first_and_no_more_are_out_than_were_allowed():
    """Rows are in the order of the grid all the same."""
    grid = [{"width": width} for width in (2, 8, 4)]
    counting = Counting()
    rows = sweep(wide, grid, 2, 0, counting, counting.one_less, at_once=2)
    assert counting.order == [8, 8, 4, 4, 2, 2]
    assert counting.most == 2
    assert rows == sweep(wide, grid, 2, 0)
    assert [row["width"] for row in rows] == [2, 2, 8, 8, 4, 4]


def working(lab: labs.Lab, points: list[dict[str, object]], repeats: int) -> int:
    """The most bytes that a sweep has in use, beside the rows that it gives."""
    gc.collect()
    tracemalloc.start()
    try:
        rows = sweep(lab.measure, points, repeats, seed=0)
        held, peak = tracemalloc.get_traced_memory()
        rows.clear()
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - (held - left)


@pytest.mark.parametrize("name", ["ntk-limit", "lazy-training", "width-scaling"])
def test_a_sweep_takes_the_memory_of_its_widest_network(name):
    """When the next network is drawn nothing is left of the last but its row."""
    lab = labs.find(name)
    points = lab.points(quick=True)
    widths = [point["width"] for point in points]
    widest, narrowest = (
        [point for point in points if point["width"] == width]
        for width in (max(widths), min(widths))
    )
    working(lab, narrowest, 1)  # whatever is made once, is made here
    alone = max(working(lab, [point], 1) for point in widest)
    grid = [*widest, *points]
    seeds = 2 * len(grid) * 2048  # and keys: 1.5 kB each, beside 200 to 3000 in all
    assert working(lab, grid, 2) < 1.1 * alone + seeds


def test_repeats_and_points_have_seeds_of_their_own():
    """No two measurements see the same numbers, and another seed sees others."""
    same = [{"x": 1.0}, {"x": 1.0}]
    values = [row["norm"] for seed in (0, 1) for row in sweep(measure, same, 2, seed)]
    assert len(set(values)) == 8


def test_a_larger_number_of_repeats_keeps_the_first_ones():
    """A seed belongs to a place in the grid, not to how many there are."""
    few, many = (stack(sweep(measure, GRID, n, 0), "norm", x=2.0) for n in (2, 4))
    assert np.array_equal(few, many[:2])


def test_progress_counts_every_measurement():
    """One at a time, as they end."""
    done = []
    sweep(measure, GRID, 2, 0, progress=done.append)
    with ThreadPoolExecutor(2) as threads:
        sweep(measure, GRID, 2, 0, threads, done.append)
    assert done == [1] * 12


def test_a_failure_in_a_process_ends_the_sweep_and_the_processes():
    """The error itself comes out, and nothing is left behind."""
    with (
        pytest.raises(ZeroDivisionError, match=r"at [123]\.0"),
        processes(2) as executor,
    ):
        sweep(fails, GRID, 1, 0, executor)
    assert not active_children()


def test_rows_that_are_not_there_are_an_error():
    """A misspelled point is no empty array."""
    with pytest.raises(KeyError, match="no row has"):
        stack(sweep(measure, GRID, 1, 0), "norm", x=9.0)
