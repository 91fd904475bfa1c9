"""Whether the walls stand: tried from inside, before a student's code is there.

A level is what was seen to hold, not what was asked for.  Standard library only, as
for `worker`; without `socket`, which takes longer to import than all of this.
"""

from __future__ import annotations

import _socket
import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path

# What the kernel says of a closed door; anything else is an open one.
CLOSED = {
    *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.EROFS),
    errno.ENETUNREACH,
}
ELSEWHERE = ("192.0.2.1", 9)  # an address that is reserved, and nobody's


class OpenError(RuntimeError):
    """What should be out of reach is not."""


def apart(outside: Mapping[str, int]) -> None:
    """Raise `OpenError` in a namespace of the grader's: it has named its own.

    Asked before the files are gone by which the kernel tells.
    """
    for name, number in outside.items():
        if os.stat(f"/proc/self/ns/{name}").st_ino == number:
            raise OpenError(f"the {name} namespace is the grader's")


def prove(folder: Path, secret: str) -> None:
    """Raise `OpenError` unless files and network are out of reach.

    ``secret`` is a file that whoever grades can read: one of the grader's own.
    """
    attempts: dict[str, Callable[[], object]] = {
        "listing": lambda: os.listdir("/"),  # shown, so that Landlock alone denies it
        "reading": lambda: os.open(secret, os.O_RDONLY),
        "changing": lambda: os.utime(secret),
        "writing": lambda: write(folder.with_name(f"{folder.name}-open")),
        "the network": connect,
    }
    for what, attempt in attempts.items():
        try:
            attempt()
        except OSError as error:
            if error.errno in CLOSED:
                continue
        raise OpenError(f"{what} is possible where it should not be")


def write(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    path.unlink()


def connect() -> None:
    _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM).connect(ELSEWHERE)
