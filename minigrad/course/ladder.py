"""Which level of isolation can be had here: the highest that was seen to hold.

No version number, package or setting is believed.  A worker is started at the level; it
confines itself, tries the walls from inside, and only then says that it is ready.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace

from minigrad.course.isolation import BWRAP, LEVELS, PROCESS, IsolationError, Limits
from minigrad.course.process import Worker

Probe = Callable[[str], str]  # why a level cannot be had, or ""


def trouble(level: str) -> str:
    """Why a worker cannot run at this level here; "" where it can."""
    if level == PROCESS:
        return ""
    if sys.platform != "linux":
        return "it needs Linux"
    if level == BWRAP and shutil.which("bwrap") is None:
        return "bwrap is not installed"
    try:
        Worker({}, replace(Limits(), level=level)).close()
    except (RuntimeError, OSError) as error:
        return str(error).rpartition("; ")[2]
    return ""


def choose(
    asked: str = "auto", required: str = PROCESS, probe: Probe | None = None
) -> tuple[str, str]:
    """The level to run at, and what is to be said of it, if it is only the lowest.

    `IsolationError` where the level asked for or required cannot be had.

    >>> choose("auto", probe=lambda level: "" if level == "process" else "no such call")
    ('process', 'isolation is process: no landlock here (no such call)')
    """
    if os.name != "posix":
        raise IsolationError("grading needs Linux or macOS; on Windows use WSL")
    probe = probe or trouble
    level, lacking = (asked, probe(asked)) if asked != "auto" else highest(probe)
    if LEVELS.index(level) < LEVELS.index(required):
        reason = probe(required) or f"level {level} was asked for"
        raise IsolationError(f"level {required} is required, and not had: {reason}")
    if lacking and asked != "auto":
        raise IsolationError(f"level {asked} cannot be had here: {lacking}")
    return level, lacking


def highest(probe: Probe) -> tuple[str, str]:
    """The highest level that can be had, and what to say where it is the lowest."""
    reasons = {}
    for level in reversed(LEVELS):
        reasons[level] = probe(level)
        if not reasons[level]:
            break
    if level != PROCESS:
        return level, ""
    missing = LEVELS[1]
    return level, f"isolation is {level}: no {missing} here ({reasons[missing]})"
