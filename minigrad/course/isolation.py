"""How far a submission is kept from everything else: the levels, and the limits.

    process    own process and session, empty environment, resource limits, deadlines
    landlock   and the files, network and processes of the machine out of reach
    bwrap      and the file system made by bubblewrap, from outside

Each level stops more than the one before it: docs/isolation.md says what.  The first
stops accidents and what would forge a verdict; there a submission can still read what
the user who grades can read, and reach the network.  `ladder` finds the highest.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from dataclasses import dataclass

PROCESS, LANDLOCK, BWRAP = LEVELS = ("process", "landlock", "bwrap")
PR_SET_DUMPABLE = 4


class IsolationError(RuntimeError):
    """What was asked for or required is more than can be had on this machine."""


def hide() -> None:
    """Keep this process's memory and files from others of the same user, on Linux."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


@dataclass(frozen=True)
class Limits:
    """What a submission may reach and use: a level, seconds of the grader's, bytes."""

    level: str = PROCESS
    load: float = 10.0  # to import a module
    call: float = 10.0  # for one call of a function
    task: float = 30.0  # for all the calls of one task
    lifetime: int = 900  # for a process, should nobody end it
    memory: int = 2 << 30
    file: int = 16 << 20
    output: int = 1 << 20  # printed in one call
    processes: int = 64  # and threads, where they are counted for each worker

    @property
    def rlimits(self) -> dict[str, int]:
        """What the kernel enforces; it counts this user's processes, so not tightly."""
        return {
            "AS": self.memory,
            "FSIZE": self.file,
            "CPU": self.lifetime,
            "NOFILE": 256,
            "NPROC": 4096,
            "CORE": 0,
        }
