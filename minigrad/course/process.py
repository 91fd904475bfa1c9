"""One process that runs a submission's code: started, asked, killed.

Everything here is on the grader's side of the pipes.  The clock is the grader's, the
process is killed with its whole group, and nothing of it stays behind.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from minigrad.course import wire
from minigrad.course.callbacks import call_back
from minigrad.course.isolation import Limits
from minigrad.course.model import CRASHED, EXITED, OUTPUT_FLOOD, TAMPERED, TIMEOUT
from minigrad.course.signals import undisturbed
from minigrad.course.spawning import STARTING, Alone, Pipes, Process, Spawner
from minigrad.course.values import Opaque
from minigrad.course.wire import WireError, printable

Answer = dict[str, Any]  # what a worker said, none of it believed yet

PARTING = 2.0  # seconds for a worker to end by itself what it has started
BURYING = 10.0  # seconds for the kernel to end a worker that was killed
TICK = 50  # milliseconds between two looks at the clock
BEGINNING = 4096  # bytes of what a student printed that are kept
TRACE = 4096  # characters of a traceback


class LostError(Exception):
    """A process that cannot be asked any more; the message goes on from "it"."""

    def __init__(self, message: str, status: str) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Worker:
    """One process that runs a submission's code, and the pipes to it."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        limits: Limits | None = None,
        stop: threading.Event | None = None,
        spawner: Spawner | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._stop = stop or threading.Event()
        self._printed = bytearray()
        self._pipes: list[int] = []
        self._place = (spawner or Alone()).place(self._limits)
        self._folder = Path(
            tempfile.mkdtemp(prefix="minigrad-", dir=self._place.scratch)
        )
        try:
            _lay_out(self._folder / "code", files)
            self._process = self._spawn()
        except BaseException:
            self._sweep()
            raise
        self._greet()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def output(self) -> str:
        """The beginning of what was printed, safe to show."""
        return printable(self._printed.decode("utf-8", "replace"))

    def ask(self, message: Mapping[str, Any], seconds: float) -> Answer:
        """The answer to a request; `LostError` when there will be none.

        Functions among the arguments stay here and are called on the student's behalf.
        """
        nonce = secrets.token_hex(8)
        callables: list[Callable[..., Any]] = []
        frame = _request({"nonce": nonce, **message}, callables)
        self._set_clock(seconds)
        try:
            answer = self._exchange(frame, nonce)
            while said(answer, "kind") == "callback":
                reply = call_back(answer, callables, nonce)
                answer = self._exchange(reply, nonce)
        except WireError as error:
            raise LostError(f"wrote to the grader's pipe ({error})", TAMPERED) from None
        return answer

    def close(self) -> None:
        """Kill the process and its group, reap it, and leave nothing behind."""
        with undisturbed():
            self._process.terminate()  # its keeper first ends what has left the group
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PARTING)
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(BURYING)
            self._sweep()

    def _sweep(self) -> None:
        for pipe in self._pipes:
            os.close(pipe)
        self._pipes = []
        remove(self._folder)
        self._place.leave()

    # Starting ---------------------------------------------------------------------

    def _spawn(self) -> Process:
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        self._prints, prints = os.pipe()
        self._pipes = [self._requests, self._replies, self._prints]
        for ours in self._pipes:
            os.set_blocking(ours, False)
        try:
            return self._place.start(self._folder, Pipes(requests, replies, prints))
        finally:
            for theirs in (requests, replies, prints):
                os.close(theirs)

    def _greet(self) -> None:
        """Wait until it is ready; no student's code has run so far."""
        self._set_clock(STARTING)
        try:
            wire.read(self._receive)
        except KeyboardInterrupt:
            self.close()
            raise
        except (LostError, WireError) as error:
            self.close()
            last = self.output.strip().rpartition("\n")[2]
            reason = f"a worker process did not start: it {error}; {last}"
            raise RuntimeError(reason) from None

    # Asking -----------------------------------------------------------------------

    def _exchange(self, frame: bytes, nonce: str) -> Answer:
        self._look_at_clock()  # who asks without end never keeps us waiting
        self._send(frame)
        answer = wire.read(self._receive, {"opaque": opaque})
        self._drain()  # what was printed before the answer belongs to it
        if type(answer) is not dict or said(answer, "nonce") != nonce:
            raise WireError("an answer to no question")
        return answer

    def _send(self, frame: bytes) -> None:
        view = memoryview(frame)
        while view:
            try:
                view = view[os.write(self._requests, view) :]
            except BlockingIOError:
                self._wait_for(self._requests, select.POLLOUT)
            except BrokenPipeError:
                self._bury()

    def _receive(self, n: int) -> bytes:
        data = bytearray()
        while len(data) < n:
            try:
                part = os.read(self._replies, min(n - len(data), 1 << 20))
            except BlockingIOError:
                self._wait_for(self._replies, select.POLLIN)
                continue
            if not part:
                self._bury()
            data += part
        return bytes(data)

    def _wait_for(self, pipe: int, event: int) -> None:
        """Return when the pipe is ready; until then, read what the student prints."""
        poller = select.poll()
        poller.register(pipe, event)
        poller.register(self._prints, select.POLLIN)
        while True:
            self._look_at_clock()
            ready = dict(poller.poll(TICK))
            if self._prints in ready and not self._drain():
                poller.unregister(self._prints)
            if pipe in ready:  # also when nobody has its other end any more
                return
            if not ready and self._process.poll() is not None:
                self._bury()

    def _set_clock(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._volume = 0

    def _look_at_clock(self) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt
        if time.monotonic() > self._deadline:
            raise LostError(f"ran for more than {self._seconds:.3g} s", TIMEOUT)

    def _drain(self) -> bool:
        """Read what was printed, keep the beginning; False when that pipe is closed."""
        try:
            part = os.read(self._prints, 1 << 16)
        except BlockingIOError:
            return True
        self._printed += part[: BEGINNING - len(self._printed)]
        self._volume += len(part)
        if self._volume > self._limits.output:
            most = f"{self._limits.output / 2**20:.3g} MiB"
            raise LostError(f"printed more than {most}", OUTPUT_FLOOD)
        return bool(part)

    def _bury(self) -> NoReturn:
        """Say what the process died of."""
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            raise LostError("closed the grader's pipe", TAMPERED) from None
        self._drain()  # its last words may still be in the pipe, which holds 64 KiB
        if code < 0:
            raise LostError(f"crashed its process ({_signal_name(-code)})", CRASHED)
        raise LostError(f"ended its process (exit code {code})", EXITED)


# What crosses -------------------------------------------------------------------


def _request(message: Answer, callables: list[Callable[..., Any]]) -> bytes:
    try:
        return wire.encode(message, callables)
    except WireError as why:
        raise TypeError(
            f"a check gives the student a {why}, which cannot cross"
        ) from why


def said(answer: Answer, key: str) -> str:
    """A string of an answer, short and safe to show."""
    value = answer.get(key)
    if type(value) is not str:
        raise WireError(f"an answer without its {key}")
    return " ".join(printable(value[:300]).split())


def traced(answer: Answer) -> str:
    """The traceback of an answer: text of several lines, cut and safe to show."""
    value = answer.get("trace")
    if type(value) is not str:
        raise WireError("an answer without its trace")
    return printable(value[:TRACE])


def opaque(_: int, name: str) -> Opaque:
    return Opaque(printable(name[:40]))


# The machine --------------------------------------------------------------------


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a fresh copy of a submission."""
    folder.mkdir()
    for name, content in files.items():
        path = Path(os.path.normpath(folder / name))  # in a new folder: without links
        if not path.is_relative_to(folder):
            raise ValueError(f"{name} lies outside of the submission")
        os.makedirs(path.parent, exist_ok=True)
        path.write_bytes(content)


def remove(folder: Path) -> None:
    """Delete a folder in which a student may have locked or buried anything."""
    with suppress(RecursionError):  # more folders in folders than Python can follow
        shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    with suppress(RecursionError, OSError):
        for here, folders, _ in os.walk(folder):
            for path in (Path(here, name) for name in folders):
                if not path.is_symlink():
                    path.chmod(0o700)
    subprocess.run(["rm", "-rf", str(folder)], check=False, capture_output=True)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
