"""What a folder remembers is never in the way: lost, broken, shared or read-only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from minigrad.course import state
from minigrad.course.model import Diagnosis, TaskResult
from minigrad.course.state import hints_read, read_hint, stuck

TASK = "01_backprop/suffix_loss"


def failed(kind="sign", status="failed"):
    """A result of the task; without a kind no slip was named."""
    return TaskResult(TASK, status, (), Diagnosis(kind, "...") if kind else None)


def offers(root, *results):
    """Is a hint offered after each of these results, each of other code?"""
    return [stuck(root, r, str(n).encode()) for n, r in enumerate(results)]


# Stuck ----------------------------------------------------------------------------


def test_the_third_failure_alike_offers_a_hint(tmp_path):
    """And so does each further one, until a hint is read."""
    assert offers(tmp_path, *[failed()] * 4) == [False, False, True, True]
    read_hint(tmp_path, TASK, 3)
    assert not stuck(tmp_path, failed(), b"another")


def test_the_same_code_counts_once(tmp_path):
    """Checking a file again tells nothing new."""
    assert not any(stuck(tmp_path, failed(), b"same") for _ in range(5))


@pytest.mark.parametrize("between", [failed("shape"), failed("", "passed")])
def test_another_slip_or_a_pass_begins_anew(tmp_path, between):
    """Who fails in another way gets somewhere."""
    alike = [failed(), failed(), between, failed(), failed()]
    assert offers(tmp_path, *alike) == [False] * 5


def test_without_a_slip_the_status_is_the_kind(tmp_path):
    """Three timeouts are alike; two and an exception are not."""
    timeout, other = failed("", "timeout"), failed("", "exception")
    assert offers(tmp_path, timeout, timeout, other) == [False] * 3
    assert offers(tmp_path, timeout, timeout, timeout) == [False, False, True]


@pytest.mark.parametrize("status", ["not-run", "syntax-error", "missing"])
def test_what_no_hint_speaks_of_is_passed_over(tmp_path, status):
    """A half-written file neither counts nor breaks the row."""
    noise = failed("", status)
    assert not any(offers(tmp_path, *[noise] * 5))
    assert offers(tmp_path, *[failed(), noise] * 3) == [False] * 4 + [True, False]


def test_what_passes_leaves_no_file(tmp_path):
    """Nothing to remember, nothing written."""
    stuck(tmp_path, failed("", "passed"), b"code")
    assert list(tmp_path.iterdir()) == []


# The file -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"failures": []}',
        b'{"failures": {"01_backprop/suffix_loss": 3}}',
        b'{"failures": {"01_backprop/suffix_loss": {"kind": "sign", "times": "x"}}}',
    ],
)
def test_a_broken_file_counts_as_empty(tmp_path, broken):
    """Whatever stands in it, counting begins at one."""
    (tmp_path / state.STATE).write_bytes(broken)
    assert offers(tmp_path, *[failed()] * 3) == [False, False, True]
    assert hints_read(tmp_path, TASK) == 0


def test_deleting_it_loses_only_the_count(tmp_path):
    """The next failure is the first again."""
    offers(tmp_path, failed(), failed())
    (tmp_path / state.STATE).unlink()
    assert offers(tmp_path, *[failed()] * 3) == [False, False, True]


def test_two_at_once_lose_nothing(tmp_path):
    """Eight readers of forty hints each: three hundred and twenty were read."""

    def read():
        for _ in range(40):
            read_hint(tmp_path, TASK, 10_000)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert hints_read(tmp_path, TASK) == 320
    assert [f.name for f in tmp_path.iterdir()] == [state.STATE]


HOLDING = """
import sys, time
from pathlib import Path
from minigrad.course.state import _locked
with _locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_killed_process_leaves_no_lock(tmp_path, holder):
    """The next one need not wait."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    begun = time.monotonic()
    assert read_hint(tmp_path, TASK, 3) == 1
    assert time.monotonic() - begun < state.PATIENCE / 2


def test_a_process_that_hangs_is_not_waited_for_long(tmp_path, holder, monkeypatch):
    """It is only about hints: after a while we go on without the lock."""
    monkeypatch.setattr(state, "PATIENCE", 0.3)
    begun = time.monotonic()
    assert read_hint(tmp_path, TASK, 3) == 1
    assert 0.3 <= time.monotonic() - begun < 1.5


def test_a_folder_that_cannot_be_written_just_forgets(tmp_path, monkeypatch):
    """The hint is shown all the same, every time the first."""

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(state.tempfile, "mkstemp", refused)
    assert [read_hint(tmp_path, TASK, 3) for _ in range(2)] == [1, 1]
    assert offers(tmp_path, *[failed()] * 4) == [False] * 4


def test_it_can_be_read_by_anybody(tmp_path):
    """One JSON file, as its module describes it."""
    read_hint(tmp_path, TASK, 3)
    stuck(tmp_path, failed(), b"code")
    found = json.loads((tmp_path / state.STATE).read_text(encoding="utf-8"))
    assert found["hints"] == {TASK: 1}
    assert found["failures"][TASK].keys() == {"kind", "times", "code"}
