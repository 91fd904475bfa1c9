"""Levels and limits as data, and the grader's own memory."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from minigrad.course.isolation import LEVELS, Limits


def test_a_submission_is_at_the_lowest_level_unless_told():
    """The student's own day needs no walls; `grade` asks for the highest."""
    assert Limits().level == LEVELS[0] == "process"


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
