"""A world of its own for a student's process: no other processes, network or files.

Linux only, no root and no package needed.  There are four steps, each in its process:

    unplug   in the nursery: no network.  It takes the kernel ten times as long as the
             rest; only one student's process at a time is in there, and none stays
    leave    in the keeper, while there is one thread: own user and message namespaces,
             and for all later children their own process numbers
    settle   in the student's process: a root folder that holds what is shown, no more
    drop     there, at last: no capability stays, and root becomes a nobody

The keeper stays outside of the process numbers, so nothing inside can name it: else a
process of the same user could be signalled, slowed and given limits (`prlimit`).
Standard library only, as for `worker`.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_USER, NEW_PID, NEW_NET, NEW_IPC, NEW_MOUNTS = (
    *(0x10000000, 0x20000000, 0x40000000, 0x08000000),
    0x00020000,
)
NOSUID, NODEV, NOEXEC, BIND, RECURSIVE, PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
DETACH = 2  # for umount2
MOUNT_SETATTR = 442  # the number on every processor
EVERYWHERE, READ_ONLY = 0x8000, 1  # AT_RECURSIVE, MOUNT_ATTR_RDONLY
DEATH_SIGNAL, NO_NEW_PRIVILEGES, DROP_BOUND = 1, 38, 24
CAPABILITIES_3 = 0x20080522

NOBODY = 65534  # whom root becomes, as seen from inside and from outside
OLD = "/.old"  # where the old root is while the new one is furnished


def call(name: str, *args: Any) -> None:
    """Call the C library; OSError, with the name of the call, when it fails."""
    if getattr(LIBC, name)(*args) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


# In the nursery --------------------------------------------------------------------


def unplug() -> None:
    """Leave the machine's network for one that leads nowhere."""
    unshare(NEW_USER | NEW_NET)


# In the keeper --------------------------------------------------------------------


def leave() -> None:
    """Leave the machine's other namespaces."""
    unshare(NEW_USER | NEW_PID | NEW_IPC)
    if os.fork() == 0:
        be_first()


def leave_root() -> None:
    """For bubblewrap, which knows one user only: let root become a nobody in it."""
    if os.geteuid() == 0:
        unshare(NEW_USER)


def unshare(namespaces: int) -> None:
    """Unshare while a helper outside says who is who inside; only it may, for root."""
    user = os.getpid(), os.geteuid(), os.getegid()
    wait, go = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(go)
        told = os.read(wait, 1)  # nothing when the other one has failed
        os._exit(0 if told and identified(*user) else 1)
    try:
        call("unshare", namespaces)
        os.write(go, b"x")
    finally:
        os.close(go)
        os.close(wait)
        _, status = os.waitpid(helper, 0)
    if status:
        raise PermissionError("a user namespace without users")


def identified(pid: int, uid: int, gid: int) -> bool:
    """Map a process's user, and for root a nobody beside it, to themselves."""
    nobody = f"\n{NOBODY} {NOBODY} 1" if uid == 0 else ""
    try:
        if uid:  # else groups could be dropped that are denied something
            Path(f"/proc/{pid}/setgroups").write_text("deny")
        Path(f"/proc/{pid}/uid_map").write_text(f"{uid} {uid} 1{nobody}")
        Path(f"/proc/{pid}/gid_map").write_text(f"{gid} {gid} 1{nobody}")
    except OSError:
        return False
    return True


def be_first() -> NoReturn:
    """Be process 1 of the new numbers: buries orphans; all inside ends with it."""
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))
    LIBC.prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)  # when the keeper ends
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        signal.pause()


# In the student's process ---------------------------------------------------------


def settle(folder: Path, shown: Iterable[str], hidden: Iterable[str]) -> None:
    """Exchange the root for one with ``folder`` and, read-only, ``shown``.

    What is ``hidden`` lies inside of shown folders, and may have shown ones inside.
    """
    os.setsid()  # a signal to "my group" went to the keeper as well
    here = Path.cwd()
    sources = {path: os.path.realpath(path) for path in shown}
    call("unshare", NEW_MOUNTS)
    call("mount", None, b"/", None, RECURSIVE | PRIVATE, None)
    root = bytes(folder)
    call("mount", b"none", root, b"tmpfs", NOSUID | NODEV, b"size=1m,mode=755")
    os.mkdir(f"{folder}{OLD}")
    call("pivot_root", root, f"{folder}{OLD}".encode())
    os.chdir("/")
    for path in sorted({*sources, *hidden}):  # what is outside comes first
        hide(path) if path in hidden else show(sources[path], path)
    show(str(folder), str(folder), read_only=False)
    call("umount2", OLD.encode(), DETACH)
    os.rmdir(OLD)
    seal("/", READ_ONLY, 0)
    os.chdir(here)


def show(source: str, path: str, read_only: bool = True) -> None:
    """Make what the old root has at ``source`` visible at ``path``."""
    if os.path.isdir(OLD + source):
        os.makedirs(path, exist_ok=True)
    elif not os.path.exists(path):  # it may lie in a folder that is shown
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).touch()
    call("mount", f"{OLD}{source}".encode(), path.encode(), None, BIND | RECURSIVE, 0)
    device = path.startswith("/dev/")
    seal(path, NOSUID | (0 if device else NODEV) | (READ_ONLY if read_only else 0))


def hide(path: str) -> None:
    """Put an empty folder in the place of one that is there."""
    call("mount", b"none", path.encode(), b"tmpfs", NOSUID | NODEV, b"size=1m")


def seal(path: str, attributes: int, where: int = EVERYWHERE) -> None:
    """Set attributes of a mount, by default also of those below it."""
    wanted = (ctypes.c_uint64 * 4)(attributes)
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    at = ctypes.c_int(-100)  # AT_FDCWD
    call("syscall", MOUNT_SETATTR, at, path.encode(), where, wanted, size)


def become_nobody() -> None:
    """Root would own files, and have as many processes as it likes."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def drop() -> None:
    """Give up every capability, for good."""
    call("prctl", NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for capability in range(64):
        LIBC.prctl(DROP_BOUND, capability, 0, 0, 0)  # fails beyond the last one
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_3, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())
