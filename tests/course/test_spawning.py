"""Workers that are forked from a process that has everything loaded, at every level."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
import pytest

from minigrad.course import ladder, nursery, process
from minigrad.course.isolation import BWRAP, LEVELS, PROCESS, Limits
from minigrad.course.keeper import children
from minigrad.course.model import CRASHED, EXITED, TIMEOUT
from minigrad.course.process import LostError, Worker
from minigrad.course.spawning import CAN_FORK, Nurseries

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="nurseries need Linux")

SOURCE = b"""
import os, random, signal, sys, time
import numpy as np
memory = []
def double(x): return 2 * x
def remember(x): memory.append(x); np.remembered = x; return len(memory)
def remembered(): return [len(memory), getattr(np, "remembered", None)]
def leave(): os._exit(7)
def crash(): os.kill(os.getpid(), signal.SIGSEGV)
def loop():
    while True: pass
def parent(): return os.getppid()
def where(): return os.getcwd()
def write(name): open(name, "w").close(); return sorted(os.listdir(".."))
def draws(): return [random.random(), float(np.random.rand())]
def descriptors(): return sorted(int(n) for n in os.listdir("/proc/self/fd"))
"""


@pytest.fixture(params=LEVELS)
def level(request):
    """Each level that this machine has."""
    if request.param == BWRAP and shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    if request.param != PROCESS and (why := ladder.trouble(request.param)):
        pytest.skip(f"no level {request.param} here: {why}")
    return request.param


@pytest.fixture
def nurseries(tmp_path, monkeypatch):
    """Nurseries that must leave no file, descriptor or process behind."""
    tmp_path.chmod(0o711)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        os.chmod(folder, os.stat(folder).st_mode | 0o011)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before, others = os.listdir("/proc/self/fd"), children()
    with Nurseries() as made:
        yield made
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == len(before)
    assert children() == others


def worker(nurseries, level=PROCESS):
    made = Worker({"m.py": SOURCE}, Limits(level=level), spawner=nurseries)
    assert made.ask({"file": "m.py", "module": "m"}, 10.0)["kind"] == "loaded"
    return made


def call(made, name, *args, seconds=5.0):
    answer = made.ask({"name": name, "args": list(args)}, seconds)
    assert answer["kind"] == "value", answer
    return answer["value"]


def test_one_process_is_loaded_for_many_workers(nurseries, level):
    """Each worker is another process, in a folder of its own."""
    seen = set()
    for _ in range(4):
        with worker(nurseries, level) as made:
            assert np.array_equal(call(made, "double", np.arange(3.0)), [0, 2, 4])
            seen.add(call(made, "where"))
    assert len(seen) == 4
    assert len(nurseries._idle) == 1


def test_nothing_of_a_submission_reaches_the_next(nurseries, level):
    """Neither what it kept, nor what it did to NumPy, nor the files it wrote."""
    with worker(nurseries, level) as made:
        assert call(made, "remember", 5) == 1
        assert call(made, "write", "left")
    with worker(nurseries, level) as made:
        assert call(made, "remembered") == [0, None]
        assert call(made, "write", "other") == ["code"]


def test_workers_at_a_time_do_not_share_a_nursery(nurseries, level):
    """Of two, each ends by itself, and the other answers on."""
    with worker(nurseries, level) as one:
        with worker(nurseries, level) as other:
            assert call(one, "double", 1) == call(other, "double", 1)
        assert call(one, "double", 2) == 4
    assert len(nurseries._idle) == 2


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("leave", EXITED, "exit code 7"),
        ("crash", CRASHED, "SIGSEGV"),
        ("loop", TIMEOUT, "more than 0.5 s"),
    ],
)
def test_the_grader_hears_how_a_fork_ended(nurseries, level, name, status, says):
    """As of an executed worker; the nursery then serves the next one."""
    with worker(nurseries, level) as made:
        with pytest.raises(LostError, match=says) as caught:
            call(made, name, seconds=0.5)
        assert caught.value.status == status
    with worker(nurseries, level) as made:
        assert call(made, "double", 3) == 6
    assert len(nurseries._idle) == 1


def test_unseeded_numbers_are_the_same_in_every_worker(nurseries, level):
    """So that the verdict on who draws them is the same in every run."""
    drawn = []
    for _ in range(2):
        with worker(nurseries, level) as made:
            drawn.append(call(made, "draws"))
    assert drawn[0] == drawn[1]
    assert drawn[0][0] != drawn[0][1]


def test_a_worker_has_no_descriptor_of_its_nursery(nurseries):
    """It could speak in the nursery's name."""
    with worker(nurseries) as made:
        inside = call(made, "descriptors")
    assert len(inside) == 3 + 2 + 1  # standard ones, its pipes, and the listing itself


def test_whoever_kills_the_nursery_ends_nobody_else(nurseries):
    """At level process it can be done; that submission crashed, no other one."""
    with worker(nurseries) as made:
        os.kill(parent_of(call(made, "parent")), signal.SIGKILL)
        with pytest.raises(LostError):
            call(made, "loop", seconds=5.0)
    with worker(nurseries) as made:
        assert call(made, "double", 3) == 6


def test_a_nursery_that_hangs_is_replaced(nurseries, monkeypatch):
    """Stopped while its child runs, it is killed and not used again."""
    monkeypatch.setattr(process, "PARTING", 0.2)
    monkeypatch.setattr(process, "BURYING", 0.2)
    with worker(nurseries) as made:
        os.kill(parent_of(call(made, "parent")), signal.SIGSTOP)
    with worker(nurseries) as made:
        assert call(made, "double", 3) == 6


def test_where_nothing_loads_the_reason_is_told(nurseries, monkeypatch):
    """The last line of what the nursery said."""
    monkeypatch.setattr("minigrad.course.reach.PACKAGES", ())
    with pytest.raises(RuntimeError, match=r"did not start.*No module named 'numpy'"):
        worker(nurseries)


def test_threads_take_turns_with_nurseries(nurseries):
    """No two workers ever have the same one at a time."""

    def use(number):
        with worker(nurseries) as made:
            found.append(call(made, "double", number) == 2 * number)

    found: list[bool] = []
    threads = [threading.Thread(target=use, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4


def test_a_nursery_hears_that_its_grader_has_gone():
    """Also from one that did not read the last word, whose connection is reset."""
    grader, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        nursery.tell(ours, b"0")
        grader.close()
        assert nursery.hear(ours) == (b"", [])
        nursery.tell(ours, b"0")
        assert nursery.hear(ours) == (b"", [])


SCRIPT = """
import os, sys, threading, time
from minigrad.course.isolation import Limits
from minigrad.course.process import Worker
from minigrad.course.spawning import Nurseries
level, state = sys.argv[1:]
limits, nurseries = Limits(level=level), Nurseries()
if state == "loading":
    threading.Thread(target=nurseries.place, args=[limits], daemon=True).start()
    while not os.listdir(os.environ["TMPDIR"]):
        time.sleep(0.01)
    time.sleep(0.05)
else:
    Worker({}, limits, spawner=nurseries).close()
kept = state == "busy" and Worker({}, limits, spawner=nurseries)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("state", ["loading", "idle", "busy"])
def test_a_killed_grader_leaves_nothing(tmp_path, level, state):
    """Killed without warning: processes and folders go within a moment."""
    for folder in (tmp_path, *tmp_path.parents[:3]):
        os.chmod(folder, os.stat(folder).st_mode | 0o011)
    grader = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, level, state],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert grader.stdout.readline() == "ready\n"
    assert len(list(tmp_path.iterdir())) == 1
    grader.kill()
    grader.communicate()
    until = time.monotonic() + 5.0
    while list(tmp_path.iterdir()) or mentions(tmp_path):
        assert time.monotonic() < until, [*tmp_path.rglob("*"), mentions(tmp_path)]
        time.sleep(0.02)


def mentions(folder):
    """The processes that were started for this folder."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/environ", "rb") as text:
                if entry.isdigit() and os.fsencode(folder) in text.read():
                    found.append(int(entry))
        except OSError:  # it has ended, or is nobody's to look at
            continue
    return found


def parent_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])
