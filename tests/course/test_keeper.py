"""The keeper: nothing that a student started outlives the student's process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minigrad.course import keeper
from minigrad.course.model import CRASHED, EXITED
from minigrad.course.process import LostError, Worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

DAEMON = """
import os, signal, time

def daemon():
    end, start = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            os.write(start, str(os.getpid()).encode())
            time.sleep(60)
        os._exit(0)
    return int(os.read(end, 20))
"""


def alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone(pid, seconds=4.0):
    """Does the process end in time?"""
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def worker(body=""):
    made = Worker({"m.py": (DAEMON + body).encode()})
    assert made.ask({"file": "m.py", "module": "m"}, 10.0)["kind"] == "loaded"
    return made


def test_a_daemon_ends_with_its_worker():
    """It left the session and the group, and ignores what it can."""
    with worker() as made:
        pid = made.ask({"name": "daemon", "args": []}, 5.0)["value"]
        assert alive(pid)
    assert gone(pid, 0.5)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("def f(): daemon(); os._exit(3)", EXITED, "exit code 3"),
        ("def f(): daemon(); os.kill(os.getpid(), 15)", CRASHED, "SIGTERM"),
        ("def f(): os.kill(os.getppid(), 9); time.sleep(9)", CRASHED, "SIGKILL"),
    ],
)
def test_the_grader_hears_how_it_ended(body, status, says):
    """The keeper ends as the student's process did."""
    with worker(body) as made:
        with pytest.raises(LostError, match=says) as caught:
            made.ask({"name": "f", "args": []}, 5.0)
        assert caught.value.status == status


def test_when_the_grader_is_gone_all_is_cleared(tmp_path):
    """Killed without warning: process, daemon and folder go within a moment."""
    code = (
        "import sys, time; from minigrad.course.process import Worker; "
        "made = Worker({'m.py': sys.argv[1].encode()}); "
        "made.ask({'file': 'm.py', 'module': 'm'}, 10.0); "
        "print(made.ask({'name': 'daemon', 'args': []}, 9.0)['value'], flush=True); "
        "time.sleep(60)"
    )
    grader = subprocess.Popen(
        [sys.executable, "-c", code, DAEMON],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    daemon = int(grader.stdout.readline())
    assert len(list(tmp_path.iterdir())) == 1
    grader.kill()
    grader.communicate()
    assert gone(daemon)
    for _ in range(100):
        if not list(tmp_path.iterdir()):
            return
        time.sleep(0.02)
    pytest.fail("the folder is still there")


ADOPTED = """
import os, sys, time
from minigrad.course.orphans import adopting
with adopting():
    if os.fork() == 0:
        os.setsid()
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            os._exit(0)
        time.sleep(60)
    time.sleep(0.3)
"""


def test_orphans_of_the_grader_end_with_it():
    """Whoever ended the keeper first has won nothing."""
    done = subprocess.run(
        [sys.executable, "-c", ADOPTED], stdout=subprocess.PIPE, text=True, timeout=20
    )
    assert done.returncode == 0
    assert not alive(int(done.stdout))


def test_where_children_are_not_told_there_are_none(monkeypatch):
    """A kernel without the list: the grader still kills the group."""
    monkeypatch.setattr(keeper, "LIST", "/nowhere/{}")
    assert keeper.children() == []
