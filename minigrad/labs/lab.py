"""What a lab is, and how one is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from minigrad.labs.sweep import Kept, Measure, Point, Progress, Row, sweep
from minigrad.labs.verdict import Verdict

# Each is a file of this folder with a LAB in it, in the order of the chapters.
NAMES = (
    *("gradient-profile", "newton", "weight-norm", "rnn-gradient"),
    *("ntk-limit", "lazy-training", "width-scaling"),
    *("landscape", "functional-dimension", "saddle-escape", "mean-field"),
)

Table = list[dict[str, Any]]  # a dict a line, all with the same keys
Conclude = Callable[[list[Row], np.random.Generator], tuple[Table, list[Verdict]]]


class UnknownLabError(ValueError):
    """There is no lab of this name; the message lists those that are."""


@dataclass(frozen=True)
class Option:
    """What one lab can be told that others cannot: ``--name METAVAR``.

    Its text, or None, is handed to the lab's ``points`` under its name.
    """

    name: str
    metavar: str
    help: str


@dataclass(frozen=True)
class Lab:
    """A sweep, what follows from it, and how that is drawn."""

    name: str
    chapter: str
    summary: str  # one line
    caption: str  # below the figure
    points: Callable[..., Sequence[Point]]  # points(quick, **options)
    repeats: tuple[int, int]  # full, quick
    measure: Measure  # a function of its module, so that processes find it
    conclude: Conclude
    panels: tuple[Callable[..., Mapping[str, Any]], ...]  # panel(result, ax=None)
    options: tuple[Option, ...] = ()  # of its own

    def size(self, quick: bool, **options: str | None) -> int:
        """How many measurements a run makes."""
        return len(self.points(quick, **options)) * self.repeats[quick]


@dataclass(frozen=True)
class Result:
    """What a run of a lab found; the same seed finds the same, to the digit."""

    lab: Lab
    seed: int
    quick: bool
    rows: list[Row]
    table: Table
    verdicts: list[Verdict]
    options: Mapping[str, str] = field(default_factory=dict)  # what the lab was told

    @property
    def agrees(self) -> bool:
        return all(verdict.agrees for verdict in self.verdicts)


def find(name: str) -> Lab:
    """The lab of this name; `UnknownLabError` lists the names there are."""
    if name not in NAMES:
        known = ", ".join(NAMES)
        raise UnknownLabError(f"no lab `{name}`; the labs are {known}")
    lab: Lab = import_module(f"minigrad.labs.{name.replace('-', '_')}").LAB
    return lab


def all_labs() -> list[Lab]:
    """Every lab, in the order of the chapters."""
    return [find(name) for name in NAMES]


def run(
    lab: Lab | str,
    seed: int = 0,
    quick: bool = False,
    executor: Executor | None = None,
    progress: Progress = lambda done: None,
    at_once: int | None = None,
    kept: Kept | None = None,
    **options: str | None,
) -> Result:
    """Run a lab, here or on an executor of ``concurrent.futures``.

    ``at_once`` is how many measurements are given out at a time, None for all; what is
    in ``kept`` is not measured again, and what is measured goes there; ``options`` are
    those of the lab alone.

    Raises `UnknownLabError`, ValueError for a seed below 0, and what the lab raises
    where it lacks something, before anything is measured.
    """
    lab = find(lab) if isinstance(lab, str) else lab
    if seed < 0:
        raise ValueError(f"a seed is 0 or more, not {seed}")
    repeats = lab.repeats[quick]
    grid = lab.points(quick, **options)
    rows = sweep(lab.measure, grid, repeats, seed, executor, progress, at_once, kept)
    table, verdicts = lab.conclude(rows, np.random.default_rng(seed))
    told = {name: value for name, value in options.items() if value is not None}
    return Result(lab, seed, quick, rows, table, verdicts, told)
