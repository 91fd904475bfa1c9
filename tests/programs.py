"""Random programs: what a user might write, as text that can be read and run.

A program is a list of lines such as ``d = np.tanh(a) @ mg.exp(b)``.  It runs on arrays
and on tensors with NumPy and minigrad under their names, and on complex numbers with
:data:`analytic.plain` under both.  When Hypothesis finds a counterexample it prints the
program, ready to be pasted.

Programs are drawn line by line while they run: the values so far say which operation
has them in its domain (else a *guard* maps them there, ``np.log(1.5 + np.sin(d))``),
and a line is dropped when it leaves a box of values and slopes, or comes near a kink.
So every program is smooth on a neighborhood of its inputs, wide enough for
differences.
"""

from __future__ import annotations

import ast
import os
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from analytic import H, plain
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from vocabulary import KINKED, SMOOTH, Dice, Known, Shape

import minigrad as mg

Draw = Any

LARGEST = 60  # entries of a value
EXAMPLES = int(os.environ.get("MINIGRAD_EXAMPLES", "0"))
ORACLE = {"np": plain, "mg": plain, "abs": plain.abs}
BOX = 20.0  # values and slopes stay below


@dataclass(frozen=True, repr=False)
class Program:
    """Inputs by their shapes, and lines that each name a new value."""

    shapes: tuple[Shape, ...]
    seed: int
    lines: tuple[str, ...]
    equal: bool = False

    def __repr__(self) -> str:
        names = [f"{name}: {s}" for name, s in zip(NAMES, self.shapes, strict=False)]
        head = f"inputs of seed {self.seed}: {', '.join(names)}"
        return "\n    ".join(["", head, *self.lines, ""])

    @property
    def last(self) -> str:
        return NAMES[len(self.shapes) + len(self.lines) - 1]

    @property
    def ends(self) -> list[str]:
        """The last value and some that no line reads; the others end nowhere."""
        nodes = [node for line in self.lines for node in ast.walk(ast.parse(line))]
        loads = [n for n in nodes if isinstance(n, ast.Name)]
        read = {n.id for n in loads if isinstance(n.ctx, ast.Load)}
        loose = [line[0] for line in self.lines[:-1] if line[0] not in read]
        return [self.last, *loose[::2]]

    def inputs(self, dtype: Any = float) -> tuple[np.ndarray, ...]:
        return draw_inputs(self.seed, self.shapes, dtype, self.equal)

    def directions(self, salt: int = 1) -> tuple[np.ndarray, ...]:
        """Something shaped like the inputs, to go along."""
        rng = np.random.default_rng((self.seed, salt))
        return tuple(np.asarray(rng.standard_normal(s)) for s in self.shapes)

    def array(self, **how: Any) -> Callable[..., Any]:
        """The function that returns the last value."""
        return self.returning(self.last, **how)

    def scalar(self, **how: Any) -> Callable[..., Any]:
        """The function that returns a number, to which all entries contribute."""
        terms = [f"np.sum(np.sin({end} + 1.0))" for end in self.ends]
        return self.returning(" + ".join(terms), **how)

    def several(self, **how: Any) -> Callable[..., Any]:
        """A container with some values, an input, and one value twice."""
        others = ", ".join([*self.ends, "a"])
        result = f"{{'last': {self.last}, 'others': [{others}]}}"
        return self.returning(result, **how)

    def returning(
        self,
        result: str,
        *,
        oracle: bool = False,
        spy: Callable[[Any], Any] | None = None,
    ) -> Callable[..., Any]:
        """Compile; ``spy`` is shown each value as it is computed."""
        lines = [f"{line}; spy({line[0]})" if spy else line for line in self.lines]
        source = [f"def f({', '.join(NAMES[: len(self.shapes)])}):", *lines]
        space = dict(ORACLE if oracle else {"np": np, "mg": mg}, spy=spy)
        exec("\n    ".join([*source, f"return {result}"]), space)
        return space.pop("f")


NAMES = string.ascii_lowercase


def draw_inputs(
    seed: int, shapes: Sequence[Shape], dtype: Any = float, equal: bool = False
) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    xs = [np.asarray(rng.standard_normal(s), dtype) for s in shapes]
    return tuple(xs[:1] * len(xs) if equal else xs)


# ---------------------------------------------------------------- the strategy


def shape(dice: Dice, largest: int, empty: bool) -> Shape:
    """0 to 4 axes of lengths that tell them apart; seldom one of length 0."""
    ndim = dice.one_of([0, 1, 2, 3, 1, 2, 3, 4, 2])
    lengths = [dice.one_of([1, 2, 3, 5, 2, 3]) for _ in range(ndim)]
    while np.prod(lengths) > largest:
        lengths.pop(0)
    if empty and lengths and dice.integer(0, 15) == 15:
        lengths[dice.integer(0, len(lengths) - 1)] = 0
    return tuple(lengths)


def related(dice: Dice, to: Shape) -> Shape:
    """A shape that broadcasts with this one: axes left out in front, or of length 1."""
    kept = to[dice.integer(0, len(to)) :]
    return tuple(dice.one_of([n, n, 1]) for n in kept)


@st.composite
def programs(
    draw: Draw,
    *,
    kinks: bool = False,
    inputs: int | None = None,
    equal: bool = False,
    empty: bool = True,
    small: bool = False,
) -> Program:
    """A random program.

    With ``kinks`` it may compare, sort and take extrema; ``equal`` inputs are one
    array under several names; ``small`` ones are fit for a Jacobian.
    """
    seed = draw(st.integers(0, 99))
    dice = Dice(draw)
    largest = 12 if small else 30
    first = shape(dice, largest, empty)
    all_shapes = [first]
    for _ in range((inputs or dice.integer(1, 3)) - 1):
        alike, other = related(dice, first), shape(dice, largest, empty)
        all_shapes.append(first if equal else dice.one_of([alike, other, alike]))
    xs = draw_inputs(seed, all_shapes, equal=equal)
    vs = draw_inputs(seed + 1000, all_shapes)
    zs = [x + 1j * H * v for x, v in zip(xs, vs, strict=True)]
    env = [Known(name, z) for name, z in zip(NAMES, zs, strict=False)]
    families = SMOOTH + KINKED * kinks
    lines: list[str] = []
    for _ in range(3 * draw(st.integers(1, 8))):
        z = _value(text := dice.one_of(families)(dice, env), env)
        if z is not None:
            env.append(Known(name := NAMES[len(env)], z))
            lines.append(f"{name} = {text}")
        if len(lines) == 8:
            break
    if not lines:
        lines = [f"{NAMES[len(all_shapes)]} = np.sin(a)"]
    return Program(tuple(all_shapes), seed, tuple(lines), equal)


def _value(text: str | None, env: Sequence[Known]) -> np.ndarray | None:
    """Run a line on what is known; None if it does not fit or leaves the box."""
    if text is None:
        return None
    space = ORACLE | {known.name: known.z for known in env}
    try:
        with np.errstate(all="ignore"):
            z = np.asarray(eval(text, space), complex)
    except (ValueError, IndexError):  # NumPy refuses shapes that do not fit
        return None
    if z.size > LARGEST or z.ndim > 5:
        return None
    inside = np.all(np.abs(z.real) < BOX) and np.all(np.abs(z.imag) < BOX * H)
    return z if inside else None


def examples(n: int):
    """The same n programs at every run, unless more are asked for."""
    return settings(
        max_examples=EXAMPLES or n,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
