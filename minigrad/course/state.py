"""What a student's folder remembers: one small file that anybody can read.

``.minigrad.json`` says how many hints of a task were read, and how often it failed in
the same way, one version of the code after another:

    {"hints": {"01_backprop/suffix_loss": 1},
     "failures": {"01_backprop/suffix_loss":
                  {"kind": "sign", "times": 2, "code": "5f1c…"}}}

Deleting it loses that and nothing else.  A broken file is an empty one, and a folder
that cannot be written just forgets.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from minigrad.course.model import (
    GRADER_ERROR,
    IMPORT_ERROR,
    MISSING,
    NOT_RUN,
    PASSED,
    SYNTAX_ERROR,
    TaskResult,
)

STATE = ".minigrad.json"
STUCK = 3  # failures of one kind
# Of these no hint speaks: the function was not begun, or nobody could call it.
UNTOLD = frozenset({NOT_RUN, MISSING, IMPORT_ERROR, SYNTAX_ERROR, GRADER_ERROR})
PATIENCE = 2.0  # seconds for another process to write a few hundred bytes


# Hints ----------------------------------------------------------------------------


def hints_read(root: Path, task: str) -> int:
    """How many hints of a task were read in this folder."""
    return _count(_section(_read(root), "hints").get(task))


def read_hint(root: Path, task: str, levels: int) -> int:
    """The level of the next hint of ``levels``, now read; after the last, the last."""
    with _updating(root) as state:
        read = _section(state, "hints")
        level = min(_count(read.get(task)) + 1, levels)
        state["hints"] = {**read, task: level}
    return level


# Failures -------------------------------------------------------------------------


def stuck(root: Path, result: TaskResult, code: bytes) -> bool:
    """Remember a result; is it the third failure alike, or more, with no hint read?

    Alike are failures by the same slip, or else of the same status.  Code that did not
    change is counted once; code that does not load leaves the count as it is.
    """
    if result.status in UNTOLD:
        return False
    with _updating(root) as state:
        failures = _section(state, "failures")
        found = _counted(failures.pop(result.id, None), result, code)
        failures |= {result.id: found} if found else {}
        if failures != _section(state, "failures"):
            state["failures"] = failures
    return found.get("times", 0) >= STUCK and not hints_read(root, result.id)


def _counted(before: Any, result: TaskResult, code: bytes) -> dict[str, Any]:
    """The entry of a task after another result; of one that passes there is none."""
    if result.status == PASSED:
        return {}
    before = before if isinstance(before, dict) else {}
    kind = result.diagnosis.kind if result.diagnosis else result.status
    digest = hashlib.sha256(code).hexdigest()[:12]
    times = _count(before.get("times")) if before.get("kind") == kind else 0
    more = not times or before.get("code") != digest
    return {"kind": kind, "times": times + more, "code": digest}


# The file -------------------------------------------------------------------------


def replace_text(path: Path, text: str) -> None:
    """Give a file new contents in one step: after a crash it is the old or the new."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _updating(root: Path) -> Iterator[dict[str, Any]]:
    """The state, to be changed in place; no other process changes it meanwhile."""
    with _locked(root):
        state = _read(root)
        before = dict(state)
        yield state
        if state != before:
            with suppress(OSError):
                replace_text(root / STATE, json.dumps(state, indent=2) + "\n")


def _read(root: Path) -> dict[str, Any]:
    try:
        state = json.loads((root / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def _section(state: dict[str, Any], name: str) -> dict[str, Any]:
    """A copy of one part of the state, {} if it is not what it should be."""
    section = state.get(name)
    return dict(section) if isinstance(section, dict) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Be the only one here; the system takes the lock from whoever is killed.

    Where there is no lock to be had in time, go on without: it is only about hints.
    """
    lock = _opened_lock(root)
    try:
        patience = time.monotonic() + PATIENCE
        while lock is not None and time.monotonic() < patience and not _take(lock):
            time.sleep(0.01)
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _opened_lock(root: Path) -> int | None:
    with suppress(OSError):
        if sys.platform == "win32":
            return os.open(root / f"{STATE}.lock", os.O_RDWR | os.O_CREAT)
        return os.open(root, os.O_RDONLY)  # a folder can be locked, nothing is left
    return None


def _take(lock: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
