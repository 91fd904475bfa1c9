"""What is no ratio to NumPy: a chain of numbers, the import, a checkpoint's memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from workloads import recurrent_gradient, rnn

import minigrad as mg


def chain(x: Any, operations: int) -> Any:
    """x a + b, again and again."""
    for _ in range(operations // 2):
        x = x * 1.0000001 + 1e-9
    return x


def scalar_chain() -> Iterator[tuple[str, float, float]]:
    """Microseconds and bytes a node: minigrad, then the peers that are installed."""
    for name, run in CHAINS.items():
        try:
            yield name, _chain_time(run), _chain_memory(name)
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


def _chain_memory(name: str) -> float:
    """Bytes an operation that a recorded chain keeps, in a process of its own."""
    if name not in TAPES:
        return float("nan")
    code = f"import others; print(others.grown({name!r}))"
    command = [sys.executable, "-c", code]
    here = Path(__file__).parent
    found = subprocess.run(command, cwd=here, check=True, capture_output=True)
    return float(found.stdout)


def grown(name: str, nodes: int = 500_000) -> float:
    """How much a recorded chain makes the resident set grow, by operation."""
    TAPES[name](1000)
    before = _resident()
    kept = TAPES[name](nodes)
    after = _resident()
    del kept
    return (after - before) / nodes


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def _minigrad_chain(nodes: int) -> Any:
    return mg.grad(lambda x: chain(x, nodes))(1.0)


def _minigrad_tape(nodes: int) -> Any:
    tape = mg.Tape(explain=False)
    return chain(tape.watch(1.0), nodes)


def _torch_leaf() -> Any:
    import torch

    return torch.tensor(1.0, dtype=torch.float64, requires_grad=True)


def _torch_chain(nodes: int) -> Any:
    x = _torch_leaf()
    return chain(x, nodes).backward()


def _torch_tape(nodes: int) -> Any:
    return chain(_torch_leaf(), nodes)


def _autograd_chain(nodes: int) -> Any:
    import autograd

    return autograd.grad(lambda x: chain(x, nodes))(1.0)


CHAINS: dict[str, Callable[[int], Any]] = {
    "minigrad": _minigrad_chain,
    "torch": _torch_chain,
    "autograd": _autograd_chain,
}
TAPES = {"minigrad": _minigrad_tape, "torch": _torch_tape}


def import_time(rounds: int) -> tuple[float, float, float]:
    """Quartiles of `import minigrad` by `import numpy`, whole processes in turn.

    Both from compiled files, as pip leaves them, which the first two starts write.
    """
    with tempfile.TemporaryDirectory() as cache:
        for module in ("minigrad", "numpy"):
            _start(module, cache)
        each = [
            _start("minigrad", cache) / _start("numpy", cache) for _ in range(rounds)
        ]
    low, median, high = statistics.quantiles(each, n=4)
    return low, median, high


def _start(module: str, cache: str) -> float:
    """Seconds of a process that only imports the module."""
    dropped = "PYTHONDONTWRITEBYTECODE"
    env = {k: v for k, v in os.environ.items() if k != dropped}
    start = perf_counter()
    subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env=env | {"PYTHONPYCACHEPREFIX": cache},
        check=True,
    )
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
    times = {name: _best_time(run, workload.params) for name, run in runs.items()}
    forward = _best_time(lambda p: _recorded(_steps, h0, p, xs), workload.params)
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


def _recorded(steps: Callable[..., Any], h0: Any, params: Any, xs: Any) -> Any:
    """A forward run as it is when a gradient is wanted."""
    tape = mg.Tape(explain=False)
    return steps(h0, *map(tape.watch, params), xs)


def _peak(run: Callable[[Any], Any], params: Any) -> float:
    tracemalloc.start()
    run(params)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak)


def _best_time(run: Callable[[Any], Any], params: Any) -> float:
    times = []
    for _ in range(9):
        start = perf_counter()
        run(params)
        times.append(perf_counter() - start)
    return min(times)
