"""What is no ratio to NumPy: a chain of numbers, the import, a checkpoint's memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
from workloads import recurrent_gradient, rnn

import minigrad as mg

Row = tuple[str, dict[str, str]]


def chain(x: Any, operations: int) -> Any:
    """x a + b, again and again."""
    for _ in range(operations // 2):
        x = x * 1.0000001 + 1e-9
    return x


def scalar_chain() -> Iterator[tuple[str, float, float]]:
    """Microseconds and bytes a node: minigrad, then the peers that are installed."""
    yield "minigrad", _chain_time(_minigrad_chain), _chain_memory(_minigrad_tape)
    for name, run, tape in (
        ("torch", _torch_chain, _torch_tape),
        ("autograd", _autograd_chain, None),
    ):
        try:
            memory = _chain_memory(tape) if tape else float("nan")
            yield name, _chain_time(run), memory
        except ImportError:
            continue


def _chain_time(run: Callable[[int], Any]) -> float:
    """Microseconds an operation, the best of three: forward, backward, freeing."""
    nodes = 1_000_000 if run is _minigrad_chain else 100_000
    best = float("inf")
    for _ in range(3):
        start = perf_counter()
        run(nodes)
        best = min(best, perf_counter() - start)
    return 1e6 * best / nodes


def _chain_memory(tape: Callable[[int], Any]) -> float:
    """Bytes an operation that a recorded chain keeps: growth of the resident set."""
    nodes = 200_000
    tape(1000)
    before = _resident()
    kept = tape(nodes)
    grown = _resident() - before
    del kept
    return grown / nodes


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def _minigrad_chain(nodes: int) -> Any:
    return mg.grad(lambda x: chain(x, nodes))(1.0)


def _minigrad_tape(nodes: int) -> Any:
    tape = mg.Tape(explain=False)
    return chain(tape.watch(1.0), nodes)


def _torch_chain(nodes: int) -> Any:
    import torch

    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(chain(x, nodes), x)


def _torch_tape(nodes: int) -> Any:
    import torch

    return chain(torch.tensor(1.0, dtype=torch.float64, requires_grad=True), nodes)


def _autograd_chain(nodes: int) -> Any:
    import autograd

    limit = sys.getrecursionlimit()
    try:
        return autograd.grad(lambda x: chain(x, nodes))(1.0)
    finally:
        sys.setrecursionlimit(limit)


def import_time(rounds: int) -> tuple[float, float, float]:
    """Quartiles of `import minigrad` by `import numpy`, whole processes in turn."""
    each = [_start("minigrad") / _start("numpy") for _ in range(rounds)]
    low, median, high = statistics.quantiles(each, n=4)
    return low, median, high


def _start(module: str) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return perf_counter() - start


def checkpointing(steps: int = 1000, piece: int = 32) -> dict[str, float]:
    """The long RNN in pieces: how many times less memory, and how much more time."""
    workload = rnn(steps)
    h0, xs, y = workload.data

    def loss(step: Callable[..., Any]) -> Callable[[Any], Any]:
        def f(params: Any) -> Any:
            h = h0
            for t in range(0, steps, piece):
                h = step(h, *params, xs[t : t + piece])
            return np.mean((h - y) ** 2)

        return mg.value_and_grad(f)

    plain, saving = loss(_steps), loss(mg.checkpoint(_steps))
    runs = {"plain": plain, "checkpoint": saving}
    peaks = {name: _peak(run, workload.params) for name, run in runs.items()}
    times = {name: _median_time(run, workload.params) for name, run in runs.items()}
    forward = _median_time(lambda p: _steps(h0, *p, xs), workload.params)
    wanted = recurrent_gradient(workload.params, *workload.data)[1]
    for got, want in zip(saving(workload.params)[1], wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)
    return {
        "memory": peaks["plain"] / peaks["checkpoint"],
        "time": times["checkpoint"] / times["plain"],
        "extra forwards": (times["checkpoint"] - times["plain"]) / forward,
    }


def _steps(h: Any, W: Any, U: Any, b: Any, xs: Any) -> Any:
    for t in range(len(xs)):
        h = np.tanh(h @ W + xs[t] @ U + b)
    return h


def _peak(run: Callable[[Any], Any], params: Any) -> float:
    tracemalloc.start()
    run(params)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak)


def _median_time(run: Callable[[Any], Any], params: Any) -> float:
    times = []
    for _ in range(5):
        start = perf_counter()
        run(params)
        times.append(perf_counter() - start)
    return statistics.median(times)
