"""Single keys from a terminal, which is given back as it was found.

The terminal is looked at anew each time: it may have been somebody else's meanwhile,
after Ctrl-Z, ``bg``, ``fg``.  In the background it is neither read nor changed, for
which the system would stop us.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TextIO

from minigrad.course.signals import Ending

try:
    import termios
    import tty

    TERMINALS = True
except ImportError:  # as on Windows: it watches without keys
    TERMINALS = False

AGAIN = "r"  # the key that whoever comes back from Ctrl-Z has pressed, in effect


class Keys(Protocol):
    """Where keys come from."""

    def read(self, seconds: float) -> str:
        """The next key that was typed, or "" if there is none in that time.

        Raises KeyboardInterrupt for Ctrl-C and whatever else is to end us.
        """
        ...


class NoKeys:
    """No terminal: nothing is ever typed."""

    def __init__(self, ending: Ending) -> None:
        self._ending = ending

    def read(self, seconds: float) -> str:
        self._ending.heed()
        time.sleep(seconds)
        return ""


class Terminal:
    """The terminal at a file descriptor, without lines and echo while it is ours."""

    def __init__(self, file: int, ending: Ending) -> None:
        self._file = file
        self._ending = ending
        self._before = termios.tcgetattr(file)
        self._resumed = ""
        self._gone = False

    def read(self, seconds: float) -> str:
        self._ending.heed()
        resumed, self._resumed = self._resumed, ""
        if self._gone or not self._in_front():
            time.sleep(seconds)
            return resumed
        with suppress(OSError, termios.error):  # it was hung up
            self._claim()
            if not select.select([self._file], [], [], seconds)[0]:
                return resumed
            if key := os.read(self._file, 1):  # what follows ``q`` is not for us
                return resumed + key.decode("ascii", "replace").lower()
        self._gone = True
        return resumed

    def _in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._file) == os.getpgrp()
        except OSError:  # a terminal that controls nobody
            return True

    def _claim(self) -> None:
        """Have keys one by one.  What was typed before is kept: nothing is flushed."""
        if termios.tcgetattr(self._file)[3] & termios.ICANON:
            tty.setcbreak(self._file, termios.TCSANOW)

    def give_back(self) -> None:
        """Leave the terminal as it was found."""
        with suppress(OSError, termios.error):
            if self._in_front():
                termios.tcsetattr(self._file, termios.TCSANOW, self._before)

    def pause(self, *_: Any) -> None:
        """Stop, as on Ctrl-Z; what was running meanwhile has to run again."""
        self.give_back()
        ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, ours)
        self._resumed = AGAIN


@contextmanager
def pressed(stream: TextIO | None, ending: Ending) -> Iterator[Keys]:
    """The keys of the terminal that a stream comes from; from elsewhere, none."""
    if not TERMINALS or stream is None or not stream.isatty():
        yield NoKeys(ending)
        return
    terminal = Terminal(stream.fileno(), ending)
    before = signal.signal(signal.SIGTSTP, terminal.pause)
    try:
        yield terminal
    finally:
        terminal.give_back()
        signal.signal(signal.SIGTSTP, before)
