"""Which submissions a path means: one, or all that a folder of a class holds.

Nobody vanishes: what a student can have meant as a submission becomes one, and what is
wrong with it stands in its notes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from minigrad.course.chapters import FOLDER, chapter_names
from minigrad.course.journal import OutputError
from minigrad.course.submission import SKIPPED, Source, SubmissionError, id_of

# In a class a name is a student's: these alone are nobody's.
MACHINES = re.compile(r"\..*|__pycache__|__MACOSX|conftest\.py")
UNREADABLE = {".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".ipynb"}


def discover(
    paths: Iterable[str | os.PathLike[str]], apart: Path | None = None
) -> list[Source]:
    """The submissions that the paths mean, in order, each with an id of its own.

    A path is a submission, or a folder of submissions (see `_is_one`).  The folder
    ``apart``, where results go, is none.  Raises `SubmissionError` for a path that is
    missing or leads to none, `OutputError` where ``apart`` lies inside of a submission.
    """
    results = Path(os.path.realpath(apart)) if apart else None
    found = [item for path in paths for item in _expanded(Path(path), results)]
    for item in found:
        if results and results.is_relative_to(item):
            raise OutputError(f"{apart} lies in the submission {item}; name another")
    return _with_ids(list(dict.fromkeys(found)))


def _expanded(path: Path, results: Path | None) -> list[Path]:
    real = Path(os.path.realpath(path))  # a link that was named may be followed
    try:
        if not real.exists():
            raise SubmissionError(f"there is no {path}")
        entries = sorted(real.iterdir()) if real.is_dir() else None
    except OSError as error:
        raise SubmissionError(f"{path} cannot be read: {error.strerror}") from None
    if entries is None:
        if real.suffix.lower() not in (".py", ".zip"):
            raise SubmissionError(f"{path} is no folder, no .py and no .zip")
        return [real]
    if _is_one(entries):
        return [real]
    submissions = [e for e in entries if _may_be_one(e) and e != results]
    if not submissions:
        raise SubmissionError(
            f"{path} holds no submission: no Python file, no folder, no zip"
        )
    return submissions


def _is_one(entries: Sequence[Path]) -> bool:
    """Is a folder of these entries one submission, not a folder of submissions?

    It is when it holds ``NN_topic`` folders or a file with the name of a chapter's
    module, and beside them no folder that does as well and not several zips: one file
    in the wrong place makes no submission of a class.  Or else it is when it holds
    Python files, and beside them no folder with Python files, no zip.
    """
    entries = [entry for entry in entries if not SKIPPED.fullmatch(entry.name)]
    if _is_course(entries):
        others = [entry for entry in entries if not FOLDER.fullmatch(entry.name)]
        zips = sum(other.suffix.lower() == ".zip" for other in others)
        return zips < 2 and not any(
            _is_course(_inside(other) or []) for other in others
        )
    return any(map(_is_python, entries)) and not any(map(_looks_like_one, entries))


def _is_course(entries: Sequence[Path]) -> bool:
    modules = {name.partition("_")[2] for name in chapter_names()}
    return any(
        FOLDER.fullmatch(entry.name) or (_is_python(entry) and entry.stem in modules)
        for entry in entries
    )


def _looks_like_one(entry: Path) -> bool:
    inside = _inside(entry)
    if inside is None:  # it will have a note of its own
        return True
    return entry.suffix.lower() == ".zip" or any(
        _is_python(e) or FOLDER.fullmatch(e.name) for e in inside
    )


def _is_python(entry: Path) -> bool:
    return entry.suffix.lower() == ".py"


def _inside(entry: Path) -> list[Path] | None:
    """The entries of a folder, none of anything else; None if nobody may look."""
    try:
        real = entry.is_dir() and not entry.is_symlink()
        found = list(entry.iterdir()) if real else []
    except OSError:
        return None
    return [entry for entry in found if not SKIPPED.fullmatch(entry.name)]


def _may_be_one(entry: Path) -> bool:
    """What a student can have meant as one; better a note than a name that vanished."""
    if MACHINES.fullmatch(entry.name):
        return False
    handed_in = {".py", ".zip", *UNREADABLE}
    return entry.suffix.lower() in handed_in or entry.is_symlink() or entry.is_dir()


def _with_ids(paths: Sequence[Path]) -> list[Source]:
    """Ids made of the names: safe as folders, unique even where case does not count."""
    taken: set[str] = set()
    sources = []
    for path in paths:
        name = id_of(path)
        choices = (name, *(f"{name}-{n}" for n in range(2, len(paths) + 2)))
        chosen = next(choice for choice in choices if choice.casefold() not in taken)
        taken.add(chosen.casefold())
        sources.append(Source(chosen, path))
    return sources
