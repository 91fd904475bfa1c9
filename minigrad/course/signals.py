"""How a run is ended from outside, and when it is not to be disturbed.

Only the main thread has signals; in another one nothing here does anything.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

ENDING = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    if hasattr(signal, name)
)
IGNORED = signal.SIG_IGN


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP be what Ctrl-C is: what is done is kept, all is cleared.

    One that is ignored, as under ``nohup``, stays ignored.
    """
    heard = [s for s in ENDING if signal.getsignal(s) != IGNORED]
    with _handled(heard, signal.default_int_handler):
        yield


class Ending:
    """Whether a signal has come that ends us, for a loop that looks by itself.

    What a handler raises may come up inside a finalizer, and is lost there.
    """

    def __init__(self) -> None:
        self._come = False

    def note(self, *_: Any) -> None:
        self._come = True

    def heed(self) -> None:
        """Raise the KeyboardInterrupt that the signal asks for."""
        if self._come:
            raise KeyboardInterrupt


@contextmanager
def ended_when_heeded() -> Iterator[Ending]:
    """Let Ctrl-C, SIGTERM and SIGHUP wait until somebody heeds them."""
    ending = Ending()
    heard = [s for s in (signal.SIGINT, *ENDING) if signal.getsignal(s) != IGNORED]
    with _handled(heard, ending.note):
        yield ending


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nothing of this kind interrupt a clean-up, however impatient it is sent."""
    with _handled([signal.SIGINT, *ENDING], signal.SIG_IGN):
        yield


@contextmanager
def _handled(signals: Iterable[signal.Signals], handler: Any) -> Iterator[None]:
    main = threading.current_thread() is threading.main_thread()
    before = {s: signal.signal(s, handler) for s in (signals if main else ())}
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before or signal.SIG_DFL)
