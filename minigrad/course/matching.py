"""Which file of a submission is which chapter's.

Students rename: ``backprop (2).py``, ``smith_backprop.py``, ``hw1_final.py``.  A guess
is made from names and from the beginnings of lines, never by parsing, and a note says
what was read as what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from minigrad.course.model import Chapter

DEFINITION = re.compile(rb"^(?:async[ \t]+def|def|class)[ \t]+(\w+)", re.MULTILINE)
SAME_NAME, LIKE_NAME, BY_CONTENT, GUESS, NO_FIT = range(5)


@dataclass(frozen=True)
class Module:
    """The file taken for a chapter's module, and what to say when that was a guess."""

    file: str
    note: str = ""


def find_module(files: Mapping[str, bytes], chapter: Chapter) -> Module | None:
    """The file that is meant as the chapter's module, or None.

    The one of the right name; else one that defines the chapter's functions, rather
    with the module's name in its own; else one with that name or in that folder alone.
    """
    ranked = sorted((_rank(name, files[name], chapter), name) for name in files)
    fitting = [(rank, name) for rank, name in ranked if rank.how < NO_FIT]
    if not fitting:
        return None
    best, file = fitting[0]
    most = max(best.how, LIKE_NAME)  # beside `backprop.py`, `backprop (1).py` is one
    rivals = [f"`{name}`" for rank, name in fitting[1:] if rank.how <= most]
    note = f"read `{file}` as {chapter.module}.py"
    if rivals:
        return Module(file, f"{note}, not {' or '.join(rivals[:3])}")
    return Module(file, "" if best.how == SAME_NAME else note)


class _Rank(NamedTuple):
    """How well a file fits a chapter; the smallest fits best."""

    how: int
    elsewhere: bool  # not in the chapter's own folder
    absent: int  # functions of the chapter that it does not define
    depth: int


def _rank(name: str, content: bytes, chapter: Chapter) -> _Rank:
    path = PurePosixPath(name)
    stem, module = path.stem.casefold(), chapter.module.casefold()
    present = sum(task.function in _defined(content) for task in chapter.tasks)
    elsewhere = chapter.name not in path.parts[:-1]
    if stem == module:
        how = SAME_NAME
    elif present:
        how = LIKE_NAME if module in stem else BY_CONTENT
    else:
        how = NO_FIT if elsewhere and module not in stem else GUESS
    return _Rank(how, elsewhere, len(chapter.tasks) - present, len(path.parts))


@lru_cache(maxsize=64)  # each chapter asks it of all files of a submission
def _defined(content: bytes) -> frozenset[str]:
    """What lines begin to define, as far as they look like it: nothing is parsed."""
    found = DEFINITION.findall(content)
    return frozenset(name.decode() for name in found)


def laid_out(
    files: Mapping[str, bytes], module: Module, chapter: Chapter
) -> tuple[dict[str, bytes], str]:
    """The files with the module under its expected name, and that name."""
    name = str(PurePosixPath(module.file).with_name(f"{chapter.module}.py"))
    return {**files, name: files[module.file]}, name
