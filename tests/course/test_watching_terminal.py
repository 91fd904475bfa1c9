"""``minigrad watch`` as a process on a real terminal: quick, and a good guest there."""

from __future__ import annotations

import fcntl
import os
import re
import select
import shutil
import signal
import struct
import sys
import time
from pathlib import Path

import pytest

from minigrad.course.workspace import start

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

WATCH = [sys.executable, "-m", "minigrad", "watch"]
SOLUTION = Path(__file__).parents[2] / "solutions" / "01_backprop" / "backprop.py"
WRONG = "def layer_jacobians(x, W, rho, drho):\n    return 1\n"
ENDLESS = "def layer_jacobians(x, W, rho, drho):\n    while True:\n        pass\n"
OFFER = "q quit"
PATIENCE = 20.0


class Terminal:
    """A terminal, 80 columns wide if not said otherwise, and what runs in it."""

    def __init__(self, folder, command=WATCH, columns=80, **env):
        self.text = ""
        self.status = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            # Not as readline, which pytest loads, has changed it behind our back.
            os.execvpe(command[0], command, {**os.environ, **env})
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)

    def read(self, seconds=0.02):
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                self.text += os.read(self.fd, 65536).decode()
            except OSError:  # the other end is closed
                time.sleep(seconds)

    def until(self, words, times=1):
        """Read until something stands there so often; the seconds that took."""
        begun = time.monotonic()
        while self.text.count(words) < times:
            assert time.monotonic() - begun < PATIENCE, f"no {words!r} in {self.text!r}"
            self.read()
        return time.monotonic() - begun

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def modes(self):
        """How the terminal treats lines and echo; its other modes."""
        return termios.tcgetattr(self.fd)

    def in_lines(self):
        return bool(self.modes()[3] & termios.ICANON and self.modes()[3] & termios.ECHO)

    def end(self):
        """Wait for the process; its exit code, minus the signal that ended it."""
        begun = time.monotonic()
        while self.status is None:
            assert time.monotonic() - begun < PATIENCE, self.text
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def mine(tmp_path):
    start(tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def file(mine):
    return mine / "01_backprop" / "backprop.py"


@pytest.fixture
def terminal(mine):
    """A terminal in the student's folder, closed at the end whatever happened."""
    opened = []

    def open_(*args, **how):
        opened.append(Terminal(mine, *args, **how))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


# Quick ----------------------------------------------------------------------------


def test_a_result_comes_half_a_second_after_the_save(terminal, file):
    """Plus the time that the checks take: the quickest of five, as machines go."""
    screen, took = terminal(), []
    screen.until(OFFER)
    for n in range(5):
        file.write_text(f"{WRONG}# {n}\n", encoding="utf-8")
        took.append(screen.until("layer_jacobians: wrong type", times=n + 1))
        screen.until(OFFER, times=n + 2)
    screen.type("r")
    run = screen.until("layer_jacobians: wrong type", times=6)
    assert min(took) < run + 0.5, (took, run)


def test_a_storm_of_saves_ends_in_the_newest(terminal, file):
    """Twenty in a second: what is shown last is the last."""
    screen = terminal()
    screen.until(OFFER)
    for _ in range(20):
        file.write_text(WRONG, encoding="utf-8")
        screen.read(0.05)
    shutil.copy(SOLUTION, file)
    screen.until("mlp_grads: not started")
    screen.type("q")
    assert screen.end() == 0
    assert screen.text.rindex("layer_jacobians: passed") > screen.text.rfind(
        "wrong type"
    )


# Keys -----------------------------------------------------------------------------


def test_no_key_is_lost(terminal, file):
    """Typed before the watch begins, and while a check runs: all are obeyed."""
    file.write_text("import time\ntime.sleep(1)\n" + WRONG, encoding="utf-8")
    screen = terminal()
    screen.type("h")  # Python is still being loaded
    screen.until("── ")
    screen.type("hh")
    screen.until("hint 3 of")
    assert screen.text.index("wrong type") < screen.text.index("hint 1 of")
    screen.type("q")
    assert screen.end() == 0


def test_q_and_a_save_end_an_endless_loop(terminal, file):
    """Long before the deadline of ten seconds."""
    screen = terminal()
    screen.until(OFFER)
    file.write_text(ENDLESS, encoding="utf-8")
    screen.until("── ", times=2)
    screen.read(0.5)
    file.write_text(WRONG, encoding="utf-8")
    assert screen.until("wrong type") < 5
    file.write_text(ENDLESS, encoding="utf-8")
    screen.until("── ", times=4)
    screen.read(0.5)
    begun = time.monotonic()
    screen.type("q")
    assert screen.end() == 0
    assert time.monotonic() - begun < 5
    assert "timeout" not in screen.text


# A good guest ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "code"),
    [("q", 0), ("\x03", 130), (signal.SIGTERM, 130), (signal.SIGINT, 130)],
)
@pytest.mark.parametrize("busy", [False, True])
def test_the_terminal_is_given_back(terminal, file, ending, code, busy):
    """However it ends, idle or at work: lines and echo are as they were."""
    screen = terminal()
    before = screen.modes()
    screen.until(OFFER)
    assert not screen.in_lines()
    if busy:
        file.write_text(ENDLESS, encoding="utf-8")
        screen.until("── ", times=2)
    screen.type(ending) if isinstance(ending, str) else os.kill(screen.pid, ending)
    assert screen.end() == code
    assert screen.modes() == before
    assert "Traceback" not in screen.text


@pytest.mark.parametrize("name", ["bash", "dash"])
def test_ctrl_z_and_fg(terminal, file, name):
    """A shell gets its terminal as it was; back in front, the watch checks again.

    Bash would put the terminal right by itself; dash takes it as it is.
    """
    if not shutil.which(name):
        pytest.skip(f"there is no {name} here")
    options = ["--norc", "--noprofile"] if name == "bash" else []
    shell = terminal([name, *options, "-i"], PS1="shell$ ", ENV="")
    shell.until("shell$ ")
    shell.type(f"{' '.join(WATCH)}\n")
    shell.until(OFFER)
    shell.type("\x1a")
    shell.until("Stopped")
    shell.type("stty -a\n")
    shell.until("icanon")
    assert " icanon" in shell.text
    assert "-icanon" not in shell.text
    file.write_text(WRONG, encoding="utf-8")
    shell.type("fg\n")
    shell.until("wrong type")
    shell.type("\x1a")
    shell.until("Stopped", times=2)
    shell.type("fg\n")
    shell.until("wrong type", times=2)  # though nothing was saved
    shell.type("h")  # one key, without Enter
    shell.until("hint 1 of")
    shell.type("q")
    shell.type("echo over $((40 + 2))\n")
    shell.until("over 42")


def test_in_the_background_it_watches_and_leaves_the_terminal_alone(terminal, file):
    """With ``&`` the keys are the shell's, and the system has no reason to stop it."""
    shell = terminal(["bash", "--norc", "--noprofile", "-i"], PS1="shell$ ")
    shell.until("shell$ ")
    shell.type(f"{' '.join(WATCH)} &\n")
    shell.until(OFFER)
    file.write_text(WRONG, encoding="utf-8")
    shell.until("wrong type")
    shell.type("kill -TERM %1; wait; echo over $((40 + 2))\n")
    shell.until("over 42")
    assert "Stopped" not in shell.text


def test_the_end_of_the_terminal_is_the_end(terminal):
    """A window that is closed leaves no process behind."""
    screen = terminal()
    screen.until(OFFER)
    os.close(screen.fd)
    screen.fd = os.open(os.devnull, os.O_RDONLY)
    assert screen.end() != 0


def test_a_narrow_screen_has_a_short_line(terminal):
    """Twenty columns: the line with the time fits."""
    screen = terminal(columns=20, NO_COLOR="1")
    screen.until(OFFER)
    rules = re.findall(r"── .*", screen.text)
    assert [len(rule.strip()) for rule in rules] == [20]
    assert "\x1b" not in screen.text


def test_an_encoding_without_signs_gets_letters(terminal):
    """ASCII only, where that is all there is."""
    screen = terminal(PYTHONIOENCODING="ascii", NO_COLOR="1")
    screen.until(OFFER)
    screen.type("l")
    screen.until("---------- 0 of 128 points")
    assert screen.text.isascii()
    assert re.search(r"^-- \d\d:\d\d:\d\d -+\r$", screen.text, re.MULTILINE)
