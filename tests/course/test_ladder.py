"""The ladder: the highest level there is, and no pretending to more."""

from __future__ import annotations

import sys

import pytest

from minigrad.course import ladder, reach
from minigrad.course.isolation import BWRAP, LANDLOCK, LEVELS, PROCESS, IsolationError
from minigrad.course.ladder import choose


def up_to(highest, reason="no such call"):
    """The probe of a machine on which this level is the highest."""
    return lambda level: "" if LEVELS.index(level) <= LEVELS.index(highest) else reason


@pytest.mark.parametrize("level", LEVELS)
def test_auto_is_the_highest_level_there_is(level):
    """Nobody has to know the ladder; only the lowest rung is worth a word."""
    chosen, note = choose(probe=up_to(level))
    assert chosen == level
    assert bool(note) == (level == PROCESS)


def test_a_lower_level_is_had_without_a_word():
    """Whoever asks for less knows it."""
    assert choose(PROCESS, probe=up_to(BWRAP)) == (PROCESS, "")
    assert choose(LANDLOCK, probe=up_to(BWRAP)) == (LANDLOCK, "")


def test_a_step_down_says_what_is_missing():
    """The note names the level, and the reason of the next one above."""
    _, note = choose(probe=up_to(PROCESS, "unshare: Operation not permitted"))
    expected = "isolation is process: no landlock here (unshare: Operation not"
    assert note.startswith(expected)


@pytest.mark.parametrize("level", [LANDLOCK, BWRAP])
def test_a_level_that_is_not_here_is_an_error(level):
    """To ask for it, or to require it, fails instead of giving less."""
    probe = up_to(PROCESS)
    with pytest.raises(IsolationError, match=f"{level} cannot be had here: no such"):
        choose(level, probe=probe)
    with pytest.raises(IsolationError, match=f"{level} is required, .*: no such call"):
        choose("auto", required=level, probe=probe)


def test_less_than_required_is_an_error():
    """Where more could be had, asking for less than is required fails too."""
    assert choose(required=LANDLOCK, probe=up_to(LANDLOCK)) == (LANDLOCK, "")
    assert choose(required=LANDLOCK, probe=up_to(BWRAP)) == (BWRAP, "")
    with pytest.raises(IsolationError, match="level process was asked for"):
        choose(PROCESS, required=LANDLOCK, probe=up_to(BWRAP))


def test_windows_is_told_where_to_go(monkeypatch):
    """Without processes as POSIX has them there is no level at all."""
    monkeypatch.setattr(ladder.os, "name", "nt")
    with pytest.raises(IsolationError, match="WSL"):
        choose()


def test_a_mac_has_the_first_level(monkeypatch):
    """Nothing is tried where the kernel is another one."""
    monkeypatch.setattr(ladder.sys, "platform", "darwin")
    level, note = choose()
    assert (level, "it needs Linux" in note) == (PROCESS, True)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_level_without_its_program_is_not_had(monkeypatch):
    """No bubblewrap: the reason says so."""
    monkeypatch.setattr(ladder.shutil, "which", lambda name: None)
    assert ladder.trouble(BWRAP) == "bwrap is not installed"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
@pytest.mark.skipif(ladder.trouble(LANDLOCK) != "", reason="no level landlock here")
def test_a_level_that_does_not_hold_is_not_had(monkeypatch):
    """A worker that can read the grader's files says so, and does not start."""
    shown = reach.shown()
    everything = (*shown, str(reach.HERE))
    monkeypatch.setattr(reach, "shown", lambda: everything)
    assert "reading is possible where it should not be" in ladder.trouble(LANDLOCK)
