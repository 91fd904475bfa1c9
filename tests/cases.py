"""One line per operation: how to call it, and on inputs of which shapes.

A case is tried in both modes, to second order, batched and in float32.  An operation
without a case fails ``test_ops.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg


class Case(NamedTuple):
    """A call of operation ``op``; ``domain`` says which inputs it is smooth on."""

    op: str
    f: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    domain: str = "real"

    def __repr__(self) -> str:
        return f"{self.op}-" + "-".join(
            "x".join(map(str, s)) or "0d" for s in self.shapes
        )

    def inputs(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        if self.domain == "apart":
            return apart(rng, self.shapes)
        return tuple(DOMAINS[self.domain](rng, shape) for shape in self.shapes)


def apart(
    rng: np.random.Generator, shapes: tuple[tuple[int, ...], ...]
) -> tuple[np.ndarray, ...]:
    """Arrays whose entries are all distinct and not near zero: no kinks, no ties."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    n = 2 * sum(sizes)  # an even number of cells, symmetric around zero
    grid = (2.0 * rng.permutation(n)[: sum(sizes)] + 1.0 - n) / n
    pieces = np.split(grid + rng.uniform(-0.2, 0.2) / n, np.cumsum(sizes)[:-1])
    return tuple(p.reshape(shape) for p, shape in zip(pieces, shapes, strict=True))


DOMAINS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    "real": lambda rng, shape: np.asarray(rng.standard_normal(shape)),
    "positive": lambda rng, shape: np.asarray(rng.uniform(0.5, 2.0, shape)),
    "regular": lambda rng, shape: (
        rng.standard_normal(shape)
        + (4 * np.eye(5) if shape[-2:] == (5, 5) else 0)  # far from singular
    ),
}

ROWS, COLUMNS = np.array([0, 2, 2, 4]), np.array([1, 0, 1, 2])
MASK = np.array([True, False, True, True, False])

CASES = [
    Case("add", lambda x, y: x + y, ((5, 3), (5, 3))),
    Case("add", lambda x, y: x + y, ((5, 1), (3,))),
    Case("add", lambda x, y: x + y, ((), (5, 3))),
    Case("sub", lambda x, y: x - y, ((3,), (5, 3))),
    Case("sub", lambda x: 1.0 - x, ((5,),)),
    Case("mul", lambda x, y: x * y, ((5, 3), (5, 3))),
    Case("mul", lambda x, y: x * y, ((7, 1, 3), (5, 1))),
    Case("mul", lambda x, y: x * y, ((), (5,))),
    Case("div", lambda x, y: x / y, ((5, 3), (3,)), "positive"),
    Case("div", lambda x: 2.0 / x, ((5,),), "positive"),
    Case("neg", lambda x: -x, ((5, 3),)),
    Case("power", lambda x, y: x**y, ((5, 3), (3,)), "positive"),
    Case("power", lambda x: x**3, ((5,),)),
    Case("power", lambda x: x**-0.5, ((5,),), "positive"),
    Case("power", lambda y: 2.0**y, ((5,),)),
    Case("power", lambda x, y: x ** (y - y), ((5, 3), (3,)), "positive"),
    Case("power", lambda x, y: x ** (1.0 + y - y), ((5, 3), (3,)), "positive"),
    Case("square", lambda x: x**2, ((5, 3),)),
    Case("exp", mg.exp, ((5, 3),)),
    Case("log", mg.log, ((5, 3),), "positive"),
    Case("sin", mg.sin, ((5, 3),)),
    Case("cos", mg.cos, ((5, 3),)),
    Case("tanh", mg.tanh, ((5, 3),)),
    Case("tanh", mg.tanh, ((),)),
    Case("sigmoid", mg.sigmoid, ((5, 3),)),
    Case("sqrt", mg.sqrt, ((5, 3),), "positive"),
    Case("abs", mg.abs, ((5, 3),), "apart"),
    Case("relu", mg.relu, ((5, 3),), "apart"),
    Case("maximum", mg.maximum, ((5, 3), (3,)), "apart"),
    Case("minimum", mg.minimum, ((5, 3), (5, 1)), "apart"),
    Case("where", lambda x, y: mg.where(MASK, x, y), ((5,), ())),
    Case("where", lambda x, y: mg.where(MASK[:, None], x, y), ((5, 1), (7, 5, 3))),
    Case("reshape", lambda x: mg.reshape(x, (3, -1)), ((5, 3),)),
    Case("transpose", lambda x: x.T, ((5, 3),)),
    Case("transpose", lambda x: mg.transpose(x, (1, 2, 0)), ((5, 3, 7),)),
    Case("broadcast_to", lambda x: mg.broadcast_to(x, (7, 5, 3)), ((5, 1),)),
    Case("concatenate", lambda x, y: mg.concatenate([x, y, x]), ((5, 3), (7, 3))),
    Case("concatenate", lambda x, y: mg.concatenate([x, y], axis=1), ((5, 3), (5, 7))),
    Case("concatenate", lambda x, y: mg.stack([x, y], axis=1), ((5, 3), (5, 3))),
    Case("getitem", lambda x: x[1:4, ::-1], ((5, 3),)),
    Case("getitem", lambda x: x[..., None, 0], ((5, 3),)),
    Case("getitem", lambda x: x[ROWS], ((5, 3),)),
    Case("getitem", lambda x: x[ROWS, COLUMNS], ((5, 3),)),
    Case("getitem", lambda x: x[MASK], ((5, 3),)),
    Case("getitem", lambda x: x[ROWS, :, COLUMNS], ((5, 7, 3),)),
    Case("getitem", lambda x: x[-1], ((5,),)),
    Case("scatter", mg.grad(lambda x: mg.sum(x[ROWS, COLUMNS] ** 3)), ((5, 3),)),
    Case("scatter", mg.grad(lambda x: mg.sum(x[ROWS, :, COLUMNS] ** 3)), ((5, 2, 3),)),
    Case("scatter", mg.grad(lambda x: mg.sum(x[1:, ::2] ** 3)), ((5, 3),)),
    Case("sum", mg.sum, ((5, 3),)),
    Case("sum", lambda x: mg.sum(x, axis=(0, -1)), ((5, 3, 7),)),
    Case("sum", lambda x: mg.sum(x, axis=1, keepdims=True), ((5, 3),)),
    Case("sum", lambda x: mg.mean(x, axis=0), ((5, 3),)),
    Case("sum", lambda x: mg.var(x, axis=0, ddof=1), ((5, 3),)),
    Case("sum", lambda x: mg.std(x), ((5, 3),)),
    Case("max", mg.max, ((5, 3),), "apart"),
    Case("max", lambda x: mg.max(x, axis=1), ((5, 3),), "apart"),
    Case("min", lambda x: mg.min(x, axis=0, keepdims=True), ((5, 3),), "apart"),
    Case("softmax", mg.softmax, ((5, 3),)),
    Case("softmax", lambda x: mg.softmax(x, axis=0), ((5, 3),)),
    Case("logsumexp", mg.logsumexp, ((5, 3),)),
    Case("logsumexp", lambda x: mg.logsumexp(x, axis=0, keepdims=True), ((5, 3),)),
    Case("norm", mg.norm, ((5, 3),)),
    Case("norm", lambda x: mg.norm(x, axis=1), ((5, 3),)),
    Case("norm", lambda x: mg.norm(x, 1), ((5,),), "apart"),
    Case("norm", lambda x: mg.norm(x, np.inf, axis=0), ((5, 3),), "apart"),
    Case("matmul", mg.matmul, ((3,), (3,))),
    Case("matmul", mg.matmul, ((5, 3), (3,))),
    Case("matmul", mg.matmul, ((3,), (3, 7))),
    Case("matmul", mg.matmul, ((5, 3), (3, 7))),
    Case("matmul", mg.matmul, ((3,), (2, 3, 7))),
    Case("matmul", mg.matmul, ((2, 5, 3), (3,))),
    Case("matmul", mg.matmul, ((2, 5, 3), (3, 7))),
    Case("matmul", mg.matmul, ((5, 3), (2, 3, 7))),
    Case("matmul", mg.matmul, ((4, 1, 5, 3), (2, 3, 7))),
    Case("solve", mg.solve, ((5, 5), (5,)), "regular"),
    Case("solve", mg.solve, ((5, 5), (5, 3)), "regular"),
    Case("solve", mg.solve, ((5, 5), (2, 5, 3)), "regular"),
    Case("solve", mg.solve, ((2, 5, 5), (5,)), "regular"),
]
