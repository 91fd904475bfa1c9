"""How a worker's process comes to be: executed, or forked by one that has all loaded.

An executed worker loads Python and NumPy for itself, which takes longer than most
chapters' checks.  A run of many starts them `Forked`, from `Nurseries` that live as
long as the run.  What confines itself is always forked.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from minigrad.course import reach
from minigrad.course.isolation import PROCESS, Limits
from minigrad.course.nursery import END, KILL, LONGEST, READY

SINGLE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# Set by an instructor whose NumPy or interpreter does not start without them.
KEPT = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
FOLDER = "minigrad-nursery-"  # then the process whose it is
STARTING = 60.0  # seconds for Python and NumPy to load, even on a busy machine
CAN_FORK = sys.platform == "linux" and hasattr(os, "pidfd_open")


class Pipes(NamedTuple):
    """The worker's ends: it reads requests, writes replies, and prints."""

    requests: int
    replies: int
    prints: int


class Process(Protocol):
    """A worker's process, as its grader holds it."""

    def poll(self) -> int | None:
        """Its exit code, negative for a signal, or None while it runs."""

    def wait(self, timeout: float) -> int:
        """The same once it has ended; `subprocess.TimeoutExpired` after ``timeout``."""

    def terminate(self) -> None:
        """Ask its keeper to end it and all that it started."""

    def kill(self) -> None:
        """End it and its group at once."""


class Place(Protocol):
    """Where one worker is started."""

    @property
    def scratch(self) -> str | None:
        """The folder for the worker's own one, or None for the usual."""

    def start(self, folder: Path, pipes: Pipes) -> Process:
        """Start a worker in ``folder``, which has the submission in ``code``."""

    def leave(self) -> None:
        """The worker has ended, as far as it could be made to."""


class Spawner(Protocol):
    """Whoever gives places to workers."""

    def place(self, limits: Limits) -> Place:
        """A place for one worker with these limits; RuntimeError if none can be had."""


class Alone:
    """A place of its own for each worker, and nothing that stays afterwards."""

    def place(self, limits: Limits) -> Place:
        if limits.level == PROCESS:
            return Executing(limits)
        return Nursery(limits, Nursery.close)


class Nurseries:
    """Places that are kept for the next worker, until the end of the ``with``.

    Used by any number of threads; there are as many as were taken at a time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Nursery] = []
        self._open = True

    def __enter__(self) -> Nurseries:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._open = False  # what is in use now closes when it is left
        for nursery in self._idle:
            nursery.close()

    def place(self, limits: Limits) -> Place:
        if not CAN_FORK:
            return Executing(limits)
        with self._lock:
            for nursery in self._idle:
                if nursery.limits == limits:
                    self._idle.remove(nursery)
                    return nursery
        return Nursery(limits, self._keep)

    def _keep(self, nursery: Nursery) -> None:
        with self._lock:
            if self._open and nursery.idle:
                self._idle.append(nursery)
                return
        nursery.close()


# Executed --------------------------------------------------------------------------


class Executed(subprocess.Popen[bytes]):
    """A worker that has loaded everything itself."""

    def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


class Executing:
    """Starts a worker as a program of its own."""

    scratch = None

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def start(self, folder: Path, pipes: Pipes) -> Executed:
        ends = {"requests": pipes.requests, "replies": pipes.replies}
        return Executed(
            reach.command(self._limits, folder, **ends),
            stdin=subprocess.DEVNULL,
            stdout=pipes.prints,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(ends.values()),
            cwd=folder / "code",
            env=_environment(folder),
            start_new_session=True,
        )

    def leave(self) -> None:
        """Nothing stays."""


# Forked ----------------------------------------------------------------------------


class Nursery:
    """The grader's end of a `minigrad.course.nursery`."""

    def __init__(self, limits: Limits, leave: Callable[[Nursery], None]) -> None:
        self.limits = limits
        self.idle = True  # it has no child, and can have one
        self._leave = leave
        self._folder = tempfile.TemporaryDirectory(
            prefix=f"{FOLDER}{os.getpid()}-", ignore_cleanup_errors=True
        )
        self.scratch = self._folder.name
        os.chmod(self.scratch, 0o711)  # a worker is somebody else where root grades
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with all else
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = self._execute(theirs.fileno())
        self._greet()

    def start(self, folder: Path, pipes: Pipes) -> Forked:
        self.idle = False
        if self.limits.level != PROCESS:
            _give_away(folder)
        with suppress(OSError):  # it is lost, which will be heard
            socket.send_fds(self._socket, [os.fsencode(folder)], pipes)
        return Forked(self)

    def leave(self) -> None:
        self._leave(self)

    def say(self, word: bytes) -> None:
        with suppress(OSError):
            self._socket.send(word)

    def hear(self, seconds: float) -> int | None:
        """The exit code of the child, if it ends within these seconds."""
        word = self._hear(seconds)
        if word is None:
            return None
        self.idle = bool(word)
        return int(word) if word else self._process.wait()

    def close(self) -> None:
        """End it, and what its child left behind."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10.0)
        self._process.kill()
        self._process.wait()
        self._said.close()
        self._folder.cleanup()

    def _execute(self, control: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            reach.command(self.limits, Path(self.scratch), nursery=control),
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            pass_fds=(control,),
            cwd=self.scratch,
            env=_environment(Path(self.scratch)),
            start_new_session=True,
        )

    def _greet(self) -> None:
        """Wait until it has loaded everything."""
        if self._hear(STARTING) == READY:
            return
        self._said.seek(0)
        last = self._said.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        self.close()
        raise RuntimeError(f"a worker process did not start; {last}")

    def _hear(self, seconds: float) -> bytes | None:
        """What it says within these seconds; b"" when it has ended."""
        heard = select.poll()
        heard.register(self._socket, select.POLLIN)
        if not heard.poll(1000 * seconds):
            return None
        try:
            return self._socket.recv(LONGEST)
        except ConnectionResetError:
            return b""


class Forked:
    """A worker that a nursery has forked."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            self._code = self._nursery.hear(0.0)
        return self._code

    def wait(self, timeout: float) -> int:
        if self._code is None:
            self._code = self._nursery.hear(timeout)
        if self._code is None:
            raise subprocess.TimeoutExpired("worker", timeout)
        return self._code

    def terminate(self) -> None:
        if self.poll() is None:
            self._nursery.say(END)

    def kill(self) -> None:
        if self.poll() is None:
            self._nursery.say(KILL)


# Both ------------------------------------------------------------------------------


def _environment(scratch: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **dict.fromkeys(SINGLE, "1"),
        **kept,
        **dict.fromkeys(("HOME", "TMPDIR"), str(scratch)),
    }


def _give_away(folder: Path) -> None:
    """Let the worker own its folder: where root grades, it will be a nobody."""
    if os.geteuid():
        return
    from minigrad.course.namespaces import NOBODY  # there is no such thing on Windows

    os.chown(folder, NOBODY, NOBODY)
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(here, name), NOBODY, NOBODY)
