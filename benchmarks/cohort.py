"""A class of any size, made of the worked solutions and the catalogued mistakes.

A submission is the solution of each chapter with some of its functions replaced by a
mistake of that task's catalogue; every tenth one was never started, and every twelfth
lacks a function.  The same seed makes the same class.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from minigrad.course.chapters import solution_folder
from minigrad.course.grading import Part, course

DECORATOR = re.compile(r"^@mistake\(.*?\)\n", re.MULTILINE | re.DOTALL)
IMPORT = "from minigrad.course import mistake\n"


def make_class(
    folder: Path, size: int, seed: int = 0, parts: Sequence[Part] | None = None
) -> Path:
    """Write ``size`` submissions below ``folder``, and return it."""
    rng = np.random.default_rng(seed)
    for number in range(size):
        for part in course() if parts is None else parts:
            hand_in(folder / f"s-{number:04}", part, number, rng)
    return folder


def hand_in(folder: Path, part: Part, number: int, rng: np.random.Generator) -> None:
    """One student's chapter: a module, and beside it what it takes mistakes from."""
    chapter = part.chapter
    here = folder / chapter.name
    here.mkdir(parents=True)
    stub = chapter.folder / f"{chapter.module}.py"
    solution = solution_folder(chapter) / stub.name
    source = (stub if number % 10 == 9 else solution).read_text("utf-8")
    if number % 10 != 9:
        lines = [mistaken(part, task.function, rng) for task in chapter.tasks]
        source += "".join(line for line in lines if rng.random() < 0.5)
    if number % 12 == 11:
        source += f"del {chapter.tasks[0].function}\n"
    (here / stub.name).write_text(source, "utf-8")
    slips = (chapter.folder / "mistakes.py").read_text("utf-8")
    slips = DECORATOR.sub("", slips).replace(IMPORT, "")
    (here / f"slips_{chapter.module}.py").write_text(slips, "utf-8")


def mistaken(part: Part, function: str, rng: np.random.Generator) -> str:
    """The line that takes a mistake in the place of a function."""
    slips = [slip.name for slip in part.mistakes if slip.task == function]
    if not slips:
        return ""
    slip = slips[int(rng.integers(len(slips)))]
    return f"from slips_{part.chapter.module} import {slip} as {function}\n"
