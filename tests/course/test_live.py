"""The lines of a run on a terminal."""

from __future__ import annotations

from minigrad.course.live import Live
from minigrad.course.model import SubmissionResult


def test_a_worker_keeps_its_line():
    """Who is done leaves a gap, which the next one fills."""
    live = Live(5, 80, lambda text: None)
    live.watch({"ann": 0.0, "bob": 0.0})
    live.watch({"bob": 1.0})
    assert live.lines()[1:] == ["  1", "  2  bob  1 s"]
    live.watch({"bob": 2.0, "cleo": 0.0, "dan": 0.0})
    assert live.lines()[1:] == ["  1  cleo  0 s", "  2  bob  2 s", "  3  dan  0 s"]


def test_what_was_painted_is_painted_over_and_then_gone():
    """It goes up as many lines as it painted, and at the end clears them all."""
    painted = []
    live = Live(2, 80, painted.append)
    live.watch({"ann": 0.0})
    live.progress(1, 2, SubmissionResult("ann", "graded", ()))
    live.close()
    assert painted[1].startswith("\x1b[2F")
    assert "1 of 2" in painted[1]
    assert "ann" not in painted[1]
    assert painted[2] == "\x1b[2F\x1b[J"


def test_lines_fit_the_terminal():
    """A line that wrapped would not be painted over."""
    live = Live(2, 20, lambda text: None)
    live.watch({"a" * 40: 0.0})
    assert max(map(len, live.lines())) < 20
