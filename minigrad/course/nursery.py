"""A process with everything loaded, which forks a worker for each submission (Linux).

Python and NumPy take a quarter of a second to load, a fork takes a millisecond.  No
student's code ever runs in the nursery: it forks, says how the child ended, and waits
for the next request, one child at a time.  What one submission does to its process is
gone with it.  Standard library only, as for `worker`.

The grader is at the other end of a socket and sends a folder with three descriptors
(requests, replies, output); then, perhaps, END or KILL.  It is told READY once, and the
exit code of each child.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import shutil
import signal
import socket
from contextlib import suppress
from typing import NoReturn

READY, END, KILL = b"ready", b"end", b"kill"
PARTING = 2.0  # seconds for a child to end by itself, when the grader has gone
LONGEST = 4096  # bytes of a message
DUMPABLE = 4  # PR_SET_DUMPABLE


def next_child(control: int) -> tuple[int, int]:
    """Return in a child, with its two pipes, for each request; never in this process.

    The child has its own session, working folder and output, as if it were executed.
    """
    grader = socket.socket(fileno=control)
    tell(grader, READY)
    keep_memory(False)
    gc.freeze()  # else the first collection in each child would copy all of it
    while True:
        folder, descriptors = hear(grader)
        if not folder:
            leave()
        child = os.fork()
        if child == 0:
            grader.close()
            return settled(folder.decode(), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        code = attend(child, grader)
        tell(grader, str(code).encode())


def tell(grader: socket.socket, word: bytes) -> None:
    with suppress(ConnectionError):  # it has gone, which will be heard
        grader.send(word)


def hear(grader: socket.socket) -> tuple[bytes, list[int]]:
    """What the grader says, with its descriptors; b"" when it has gone."""
    try:
        word, descriptors, *_ = socket.recv_fds(grader, LONGEST, 3)
    except ConnectionResetError:  # it went without reading our last word
        return b"", []
    return word, descriptors


def settled(folder: str, requests: int, replies: int, prints: int) -> tuple[int, int]:
    """Make this child what an executed worker is."""
    keep_memory(True)  # it has to write the files of its own in /proc
    os.setsid()
    os.chdir(f"{folder}/code")
    os.environ.update(HOME=folder, TMPDIR=folder)
    os.dup2(prints, 1)
    os.dup2(prints, 2)
    os.close(prints)
    return requests, replies


def keep_memory(readable: bool) -> None:
    """Let others of the same user read and trace this process, or not."""
    ctypes.CDLL(None).prctl(DUMPABLE, int(readable), 0, 0, 0)


def attend(child: int, grader: socket.socket) -> int:
    """Do to the child what the grader asks for, until it has ended: its exit code."""
    ending = os.pidfd_open(child)
    watched = select.poll()
    for descriptor in (ending, grader.fileno()):
        watched.register(descriptor, select.POLLIN)
    while ending not in dict(watched.poll()):
        word, _ = hear(grader)
        if not word:
            abandon(child, ending)
        end(child, word)
    os.close(ending)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def end(child: int, word: bytes) -> None:
    """End our child; its number is nobody else's until it was waited for."""
    if word == END:
        os.kill(child, signal.SIGTERM)
    else:
        with suppress(ProcessLookupError):  # it has not come to its own group yet
            os.killpg(child, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)


def abandon(child: int, ending: int) -> NoReturn:
    """The grader has gone while there is a child."""
    end(child, END)
    select.select([ending], [], [], PARTING)
    end(child, KILL)
    os.waitpid(child, 0)
    leave()


def leave() -> NoReturn:
    """The grader has gone, and may have been killed: leave no file behind."""
    shutil.rmtree(os.getcwd(), ignore_errors=True)
    os._exit(0)


def sweep_after(command: list[str]) -> NoReturn:
    """Run a command, then leave as it did: bubblewrap keeps its nursery from that."""
    child = os.fork()
    if child == 0:
        os.execv(command[0], command)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    shutil.rmtree(os.getcwd(), ignore_errors=True)
    os._exit(code if code >= 0 else 128 - code)
