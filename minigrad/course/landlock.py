"""Landlock: a process denies itself files, ports and signals, and cannot take it back.

Linux 5.13 and later; each version of the interface knows more to deny, and is asked
for all it knows.  Standard library only, as for `worker`.

Landlock does not see `stat`, `chmod` or a socket that is a file.  What it leaves open
is closed by the namespaces, where none of these can be named.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
CREATE, ADD, RESTRICT = 444, 445, 446  # numbers of the calls, on every processor
VERSION, BENEATH = 1, 1

WRITE_FILE, READ_FILE, READ_FOLDER, TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
REMOVE, MAKE = 0b11 << 4, (1 << 7) | (1 << 8)  # folders and files, nothing else
READ = READ_FILE | READ_FOLDER
WRITE = READ | WRITE_FILE | REMOVE | MAKE | TRUNCATE
ON_FILES = WRITE_FILE | READ_FILE | TRUNCATE  # the rest makes sense for folders only

# All that version n of the interface can deny: bits of files, ports, scopes.
FILES = (0, (1 << 13) - 1, (1 << 14) - 1, *[(1 << 15) - 1] * 2, (1 << 16) - 1)
PORTS, SINCE_PORTS = 0b11, 4  # to bind TCP, to connect TCP
SCOPES, SINCE_SCOPES = 0b11, 6  # abstract sockets, signals


def syscall(number: int, *args: object) -> int:
    result: int = LIBC.syscall(number, *args)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, f"landlock: {os.strerror(error)}")
    return result


def version() -> int:
    """The version of the interface; OSError where the kernel has none."""
    return syscall(CREATE, None, ctypes.c_size_t(0), VERSION)


def restrict(reads: Iterable[str], writes: Iterable[str]) -> None:
    """From here on, read beneath ``reads`` and write beneath ``writes``, no more."""
    known = version()
    files = FILES[min(known, len(FILES) - 1)]
    ports = PORTS if known >= SINCE_PORTS else 0
    scopes = SCOPES if known >= SINCE_SCOPES else 0
    size = 8 * (1 + (known >= SINCE_PORTS) + (known >= SINCE_SCOPES))
    denied = (ctypes.c_uint64 * 3)(files, ports, scopes)
    rules = syscall(CREATE, denied, ctypes.c_size_t(size), 0)
    for paths, rights in ((reads, READ), (writes, WRITE)):
        for path in paths:
            allow(rules, path, rights & files)
    syscall(RESTRICT, rules, 0)
    os.close(rules)


def allow(rules: int, path: str, rights: int) -> None:
    """Except from the rules what is beneath ``path``, unless it is not there."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    rights = rights if Path(path).is_dir() else rights & ON_FILES
    beneath = rights.to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
    try:
        syscall(ADD, rules, BENEATH, beneath, 0)
    finally:
        os.close(place)
