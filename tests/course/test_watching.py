"""The watch notices every save, keeps every key, and ends only when it is told to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time

import click
import pytest

from minigrad.course import grading
from minigrad.course.chapters import find
from minigrad.course.keys import NoKeys
from minigrad.course.message import SCREEN
from minigrad.course.signals import Ending
from minigrad.course.watching import Voice, Watch
from minigrad.course.workspace import start

RIGHT = "def double(x):\n    return 2 * x\n\n\n"
TOTAL = "def total(xs, weight):\n    return weight * sum(float(x.sum()) for x in xs)\n"
SQUARED = "def double(x):\n    return x**2\n"
ENDLESS = "def double(x):\n    while True:\n        pass\n"
PATIENCE = 20.0  # seconds for a machine that is busy with other tests


class Session:
    """A watch of the small course, and a person who reads, saves and types.

    The person is a generator: what it yields is typed, and it is asked at every look.
    """

    def __init__(self, course, folder):
        start(folder, course)
        self.course = course
        self.root = folder
        self.file = folder / "01_doubling" / "doubling.py"
        self.said = []
        self.left = False

    @property
    def text(self):
        return click.unstyle("\n".join(self.said))

    def save(self, text):
        self.file.write_text(text, encoding="utf-8")

    def watch(self, person, task=None):
        """Run it to its end; what it said."""
        self.person = person(self)
        parts = grading.course(root=self.course)
        scope = find(task, self.course).tasks if task else ()
        voice = Voice(self.said.append, lambda: SCREEN, lambda: "12:00:00")
        Watch(self.root, parts, self, voice, scope).run()
        return self.text

    def read(self, seconds):
        assert not self.left, "what is typed after q is for others to read"
        time.sleep(seconds)
        keys = next(self.person, "q")
        self.left = "q" in keys
        return keys

    def until(self, words, times=1):
        """Wait until something was said so often."""
        late = time.monotonic() + PATIENCE
        while self.text.count(words) < times:
            assert time.monotonic() < late, f"{words!r} is not in:\n{self.text}"
            yield ""


@pytest.fixture
def session(course, tmp_path):
    return Session(course, tmp_path / "mine")


# Saves ----------------------------------------------------------------------------


def test_it_checks_at_once_and_after_each_save(session):
    """First the stub, then what is saved; a line with the time stands above each."""

    def person(s):
        yield from s.until("double: not started")
        s.save(SQUARED)
        yield from s.until("You squared x.")

    session.watch(person)
    assert session.said[0] == "── 12:00:00 ".ljust(88, "─")
    assert session.text.count("── 12:00:00") == 2


def test_a_rename_is_a_save(session):
    """Editors write another file and put it in the place of the old one."""

    def person(s):
        yield from s.until("not started")
        new = s.file.with_name("4913")
        new.write_text(SQUARED)
        os.replace(new, s.file)
        yield from s.until("You squared x.")

    session.watch(person)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("def double(x", "file is no valid Python"),
        ("import nowhere", "file cannot be imported"),
        ("", "01_doubling/doubling.py is empty"),
        (None, "01_doubling/doubling.py is not there"),
        ("\0\0", "file is no valid Python"),
    ],
)
def test_a_broken_file_is_told_and_waited_for(session, state, says):
    """Half written, empty or gone: it is said, and the next save is checked."""

    def person(s):
        yield from s.until("not started")
        s.file.unlink() if state is None else s.save(state)
        yield from s.until(says)
        s.save(SQUARED)
        yield from s.until("You squared x.")

    session.watch(person)


def test_half_a_save_is_not_shown(session):
    """A file that is emptied and then written is checked once, when it is written."""

    def person(s):
        yield from s.until("not started")
        for part in range(1, 20):
            s.save(SQUARED[:part] if part % 2 else "")
            yield ""
        s.save(SQUARED)
        yield from s.until("You squared x.")

    session.watch(person)
    assert session.text.count("── 12:00:00") == 2


def test_the_newest_save_wins(session):
    """A run that does not end is ended by a save, well before the grader's deadline."""
    begun, threads = [], threading.active_count()

    def person(s):
        yield from s.until("not started")
        s.save(ENDLESS)
        yield from s.until("── 12:00:00", times=2)
        for _ in range(10):
            yield ""
        begun.append(time.monotonic())
        s.save(SQUARED)
        yield from s.until("You squared x.")
        begun.append(time.monotonic())
        yield from s.until("q quit", times=2)
        assert threading.active_count() == threads  # nothing else is still at work

    session.watch(person)
    assert "timeout" not in session.text
    assert begun[1] - begun[0] < 5.0  # of ten


def test_q_ends_a_run_that_does_not_end(session):
    """Nobody waits ten seconds for the deadline."""
    typed = []

    def person(s):
        for _ in range(10):
            yield ""
        typed.append(time.monotonic())

    session.save(ENDLESS)
    session.watch(person)
    assert time.monotonic() - typed[0] < 3.0
    assert "timeout" not in session.text


def test_without_a_save_nothing_is_checked_again(session):
    """One run, however long one looks at it."""

    def person(s):
        yield from s.until("not started")
        for _ in range(10):
            yield ""

    session.watch(person)
    assert session.text.count("── 12:00:00") == 1


# Going on -------------------------------------------------------------------------


def test_it_goes_on_to_the_next_task_by_itself(session):
    """The first one not done, and so on; the earlier ones again before all is done."""

    def person(s):
        yield from s.until("double: not started")
        s.save(RIGHT + "def total(xs, weight):\n    raise NotImplementedError\n")
        yield from s.until("total: not started")
        s.save(RIGHT + TOTAL)
        yield from s.until("Everything is done.")

    session.watch(person)
    assert re.findall(r"✓ (\w+)", session.text) == [
        "double",
        "total",
        "double",
    ]
    assert "n next" not in session.text


def test_a_task_that_was_asked_for_is_stayed_with(session):
    """It is ``n`` that goes on, and it is shown once the task passes."""

    def person(s):
        yield "n"  # too early: it makes no sense and does nothing
        yield from s.until("double: not started")
        assert "n next" not in s.text
        s.save(RIGHT + TOTAL)
        yield from s.until("n next")
        assert "total" not in s.text
        yield "n"
        yield from s.until("✓ total: passed")
        yield from s.until("Everything is done.")

    session.watch(person, "double")


# Keys -----------------------------------------------------------------------------


def test_keys_that_come_during_a_run_are_obeyed_after_it(session):
    """None is lost, and they are obeyed in their order."""

    def person(s):
        yield "h"
        yield "hr"
        yield from s.until("── 12:00:00", times=2)
        assert "You squared x." in s.text
        yield from s.until("You squared x.", times=2)

    session.save("import time\ntime.sleep(1)\n" + SQUARED)
    text = session.watch(person)
    assert text.index("hint 1 of 3") < text.index("hint 2 of 3")
    assert text.index("hint 2 of 3") < text.rindex("── 12:00:00")


def test_keys_before_q_are_obeyed_first(session):
    """A hint and the end, typed in one go: the hint is read."""

    def person(s):
        yield from s.until("not started")
        yield "hq"

    assert "01_doubling/double, hint 1 of 3" in session.watch(person)


def test_hints_are_offered_as_long_as_there_are_any(session):
    """After the last one the key is gone, and does nothing."""

    def person(s):
        yield from s.until("not started")
        yield "hhhh"
        yield from s.until("r run again", times=4)
        yield ""

    session.watch(person)
    offers = [line for line in session.said if line.endswith("q quit")]
    assert [line.startswith("h hint") for line in offers] == [True, True, True, False]
    assert session.said[-1] == "l list · r run again · q quit"


def test_the_list_is_shown_and_outlives_a_save(session):
    """``l`` shows all tasks; a save in between is checked first."""

    def person(s):
        yield from s.until("You squared x.")
        yield "l"
        yield from s.until("── 12:00:00", times=2)
        s.save("import time\ntime.sleep(0.5)\n" + RIGHT + TOTAL)
        yield from s.until("6 of 6 points")

    session.save("import time\ntime.sleep(0.5)\n" + SQUARED)
    text = session.watch(person)
    assert text.index("Everything is done.") < text.index("██████████ 6 of 6 points")


def test_a_save_just_before_a_key_is_checked(session):
    """Whoever saves and types in one breath gets both."""

    def person(s):
        yield from s.until("not started")
        yield from s.until("q quit")
        s.save(SQUARED)
        yield "l"
        yield from s.until("You squared x.")
        yield from s.until("0 of 6 points")

    session.watch(person)


def test_after_three_failures_alike_a_hint_is_offered(session):
    """Versions of the code count, not runs; a hint that was read ends the offer."""

    def person(s):
        for version in range(3):
            s.save(f"{SQUARED}# {version}\n")
            yield from s.until("You squared x.", times=2 * version + 1)
            yield "r"
            yield from s.until("You squared x.", times=2 * version + 2)
            assert ("stuck?" in s.text) == (version == 2)
        yield "h"
        s.save(f"{SQUARED}# 4\n")
        yield from s.until("You squared x.", times=7)

    assert session.watch(person).count("stuck? minigrad hint 01_doubling/double") == 2


def test_a_failing_grader_does_not_end_the_watch(session, monkeypatch):
    """What goes wrong on our side is a sentence, and the next save is checked."""
    from minigrad.course import desk

    grade = desk.grade_submission

    def full(*args, **how):
        monkeypatch.setattr(desk, "grade_submission", grade)
        raise OSError(28, "No space left on device")

    def person(s):
        yield from s.until("the grader failed: OSError")
        s.save(SQUARED)
        yield from s.until("You squared x.")

    monkeypatch.setattr(desk, "grade_submission", full)
    session.watch(person)


def test_where_there_are_no_terminals_it_can_be_imported():
    """Windows has no termios; the command line works, and a watch has no keys."""
    code = (
        "import sys; sys.modules.update(termios=None, tty=None, fcntl=None); "
        "import minigrad.cli; from minigrad.course.keys import pressed\n"
        "with pressed(sys.stdin, None) as keys: print(type(keys).__name__)"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == "NoKeys\n"


def test_without_a_terminal_there_are_no_keys_to_show(session, monkeypatch):
    """From a pipe it watches all the same, and takes its time between two looks."""
    looks = []

    class Piped(NoKeys):
        def read(self, seconds):
            looks.append(super().read(seconds))
            if "not started" in session.text:
                raise KeyboardInterrupt
            return ""

    session.read = None
    parts = grading.course(root=session.course)
    begun = time.monotonic()
    voice = Voice(session.said.append, lambda: SCREEN, str)
    with pytest.raises(KeyboardInterrupt):
        Watch(session.root, parts, Piped(Ending()), voice).run()
    assert "quit" not in session.text
    assert len(looks) < 25 * (time.monotonic() - begun) + 2
