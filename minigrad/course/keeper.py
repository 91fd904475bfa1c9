"""The process between the grader and a student's code: it only cleans up (Linux).

A student's process may start others, and these may leave its session and outlive it.
The keeper is told of every such orphan by the kernel, which makes it their parent, and
ends with all of them: when the student's process ends, when the grader asks for it,
when the grader is gone.  Who ends the keeper first leaves orphans to the grader, which
adopts them (see `orphans`).  Standard library only, as for `worker`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

SUBREAPER, DEATH_SIGNAL = 36, 1  # PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG
CALLS = ("SIGCHLD", "SIGTERM", "SIGALRM")  # by name: Windows, too, imports this
EXITING = 0x4  # PF_EXITING, among a process's flags
LIST = "/proc/self/task/{}/children"
GLANCE = 0.5  # seconds between two looks at whether the grader is there


def stay_behind(grader: int, lifetime: int, pipes: tuple[int, ...]) -> None:
    """Return in a child, where the student's code shall run; never in this process."""
    folder = Path.cwd().parent  # now: a student could move it
    prctl(SUBREAPER, 1)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, calls())
    child = os.fork()
    if child == 0:
        prctl(DEATH_SIGNAL, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.alarm(lifetime)  # a fork leaves the alarm behind
        return
    for pipe in pipes:
        os.close(pipe)
    status = watch(child, grader)
    found = end_all(child)
    if os.getppid() != grader or exiting(grader):  # nobody else is left to do it
        shutil.rmtree(folder, ignore_errors=True)
    end_as(found if status is None else status)


def prctl(option: int, value: Any) -> None:
    with suppress(OSError, AttributeError):  # no such thing on this system
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def calls() -> set[signal.Signals]:
    """The signals that the keeper waits for: a child ended, the grader asks, time."""
    return {getattr(signal, name) for name in CALLS}


def watch(child: int, grader: int) -> int | None:
    """Reap orphans until there is reason to end: the child's status, if it is that."""
    while os.getppid() == grader:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            return status
        called = None if pid else signal.sigtimedwait(calls(), GLANCE)
        if called and called.si_signo != signal.SIGCHLD:
            break
    return None


def exiting(pid: int) -> bool:
    """Is a process on its way out?

    Its pipes close before its children are told, so that a student's process may see
    the grader's end, and be gone, before the keeper has another parent.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # no such thing on this system
        return False
    flags = stat.rpartition(")")[2].split()[6]
    return bool(int(flags) & EXITING)


def end_all(child: int = 0, others: Iterable[int] = ()) -> int:
    """Kill all children but ``others``, and theirs as they come to be ours.

    The status of ``child``, or 0.
    """
    found = 0
    while pids := set(children()).difference(others):
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        while pids:  # in whatever order: the first of a namespace waits for the rest
            pid, status = os.waitpid(-1, 0)
            pids.discard(pid)
            found = status if pid == child else found
    return found


def children() -> list[int]:
    try:
        text = Path(LIST.format(os.getpid())).read_text()
    except OSError:  # a kernel without it: the group is still killed by the grader
        return []
    return [int(pid) for pid in text.split()]


def end_as(status: int) -> None:
    """End this process as the child ended, so that the grader can say what happened."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        with suppress(OSError, ValueError):  # nobody handles SIGKILL
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        os.kill(os.getpid(), -code)
    os._exit(abs(code))
