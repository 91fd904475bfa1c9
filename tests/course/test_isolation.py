"""The ladder: one level in this version, and no pretending to more."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from minigrad.course import isolation
from minigrad.course.isolation import IsolationError, Limits, choose


def test_auto_is_the_highest_level_there_is():
    """Nobody has to know the ladder."""
    assert choose() == choose("auto") == choose("process") == isolation.available()


@pytest.mark.parametrize("level", ["landlock", "bwrap"])
def test_a_level_that_is_not_here_is_an_error(level):
    """To ask for it, or to require it, fails instead of giving less."""
    with pytest.raises(IsolationError, match=f"level process; {level} is not"):
        choose(level)
    with pytest.raises(IsolationError, match=f"level process; {level} is not"):
        choose("auto", required=level)


def test_less_than_required_is_an_error(monkeypatch):
    """Where more could be had, asking for less than is required fails too."""
    monkeypatch.setattr(isolation, "available", lambda: "landlock")
    assert choose("auto", required="landlock") == "landlock"
    with pytest.raises(IsolationError, match="below the required level landlock"):
        choose("process", required="landlock")


def test_windows_is_told_where_to_go(monkeypatch):
    """Without processes as POSIX has them there is no level at all."""
    monkeypatch.setattr(isolation.os, "name", "nt")
    with pytest.raises(IsolationError, match="WSL"):
        choose()


def test_each_limit_is_one_the_kernel_knows():
    """A misspelt limit would be passed over in silence."""
    for name in Limits().rlimits:
        assert hasattr(resource, f"RLIMIT_{name}")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_hidden_process_stays_hidden():
    """Its memory is nobody's to read; PR_GET_DUMPABLE says so."""
    code = (
        "import ctypes; from minigrad.course.isolation import hide; hide(); "
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "0\n"
