"""How long a drawing takes: a hundred cards as text, a thousand operations as SVG.

    python benchmarks/drawings.py

The second includes tracing the program, both sweeps, and Graphviz in a process of its
own; a thousand operations are collapsed to what a page can show.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

import minigrad as mg

ROUNDS = 5
OPERATIONS = (np.sin, np.exp, np.tanh, np.cos, np.sqrt)


def program(operations: int) -> Callable[[float], float]:
    """A chain of so many operations, in an order without a period."""

    def f(x: float) -> float:
        for k in range(operations // 2):
            x = OPERATIONS[k * k % 7 % 5](x) + 2.0
        return x

    return f


def median(task: Callable[[], object]) -> float:
    """Seconds, after a round that warms up."""
    task()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return sorted(times)[ROUNDS // 2]


TASKS = {
    "100 cards to DOT": (0.2, lambda: mg.draw(program(100), 0.5, max_nodes=100).dot),
    "1000 operations to SVG": (2.0, lambda: mg.draw(program(1000), 0.5).svg()),
}


def main() -> int:
    """Print each median beside its limit; 1 if one is beyond."""
    late = False
    for name, (limit, task) in TASKS.items():
        seconds = median(task)
        late = late or seconds > limit
        print(f"{name:<24} {seconds:6.3f} s   (at most {limit} s)")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
