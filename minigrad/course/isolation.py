"""How far a submission is kept from everything else: the levels, and the limits.

    process    own process and session, empty environment, resource limits, deadlines
    landlock   and the files, network and processes of the machine out of reach
    bwrap      and a file system of its own

Each level stops more than the one before it.  This version has the first, which stops
accidents and what would forge a verdict; a submission can still read what the user who
grades can read, and reach the network.  Grade strangers on a machine made for it.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from dataclasses import dataclass

PROCESS = "process"
PR_SET_DUMPABLE = 4
LEVELS = (PROCESS, "landlock", "bwrap")


class IsolationError(RuntimeError):
    """What was asked for is more than this version can do on this machine."""


def available() -> str:
    """The highest level that can be had here: the one place where the ladder grows.

    (What a level does is done in ``worker.confine``, before NumPy is imported.)
    """
    if os.name != "posix":
        raise IsolationError("grading needs Linux or macOS; on Windows use WSL")
    return PROCESS


def hide() -> None:
    """Keep this process's memory and files from others of the same user, on Linux."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def choose(asked: str = "auto", required: str = PROCESS) -> str:
    """The level to run at; `IsolationError` where that would be too low.

    >>> choose("auto")
    'process'
    >>> choose("landlock")
    Traceback (most recent call last):
    minigrad.course.isolation.IsolationError: this version isolates at level process;
    landlock is not available here
    """
    highest = available()
    level = highest if asked == "auto" else asked
    for wanted in (level, required):
        if LEVELS.index(wanted) > LEVELS.index(highest):
            raise IsolationError(
                f"this version isolates at level {highest}; "
                f"{wanted} is not available here"
            )
    if LEVELS.index(level) < LEVELS.index(required):
        raise IsolationError(f"level {level} is below the required level {required}")
    return level


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds on the grader's clock, and bytes."""

    load: float = 10.0  # to import a module
    call: float = 10.0  # for one call of a function
    task: float = 30.0  # for all the calls of one task
    lifetime: int = 900  # for a process, should nobody end it
    memory: int = 2 << 30
    file: int = 16 << 20
    output: int = 1 << 20  # printed in one call

    @property
    def rlimits(self) -> dict[str, int]:
        """What the kernel enforces.  It counts processes per user, so not tightly."""
        return {
            "AS": self.memory,
            "FSIZE": self.file,
            "CPU": self.lifetime,
            "NOFILE": 256,
            "NPROC": 4096,
            "CORE": 0,
        }
