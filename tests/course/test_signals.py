"""Signals: those that end a run, and those that must wait."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from minigrad.course.signals import (
    ENDING,
    ended_like_ctrl_c,
    ended_when_heeded,
    undisturbed,
)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_that_ends_is_an_interrupt(number):
    """SIGTERM and SIGHUP unwind as Ctrl-C does; afterwards all is as before."""
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_nohup_is_respected():
    """A signal that is ignored stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_like_ctrl_c():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING])
def test_a_clean_up_is_not_disturbed(number):
    """However impatient: what clears up goes on, and Ctrl-C works again afterwards."""
    before = signal.getsignal(number)
    with undisturbed():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_another_thread_changes_no_signal():
    """Python lets only the main thread do that; elsewhere it is no error."""
    failed = []

    def elsewhere():
        try:
            with ended_like_ctrl_c(), undisturbed():
                pass
        except ValueError as error:
            failed.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert failed == []


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING])
def test_an_end_can_wait_until_it_is_heeded(number):
    """Nothing is raised in between, where a finalizer would swallow it."""
    before = signal.getsignal(number)
    with ended_when_heeded() as ending:
        ending.heed()
        os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            ending.heed()
    assert signal.getsignal(number) is before
