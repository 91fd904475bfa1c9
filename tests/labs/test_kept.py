"""What was measured is kept, to the digit, whatever ended the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from minigrad.labs import Kept, KeptError
from minigrad.labs.sweep import sweep

GRID = [{"x": 1.0}, {"x": 2.0}, {"x": 1.0}]
COMMAND = [sys.executable, "-m", "minigrad", "lab", "gradient-profile", "--quick"]


def measure(calls: list, seed: np.random.SeedSequence, x: float) -> dict[str, object]:
    calls.append(x)
    if len(calls) == 5:
        raise KeyboardInterrupt
    values = x * np.random.default_rng(seed).standard_normal(3)
    return {"values": values.tolist(), "first": float(values[0]), "none": float("nan")}


def test_a_sweep_goes_on_where_it_was_stopped(tmp_path):
    """What was measured is not measured again, and rows are those of a run in one."""
    calls, done, path = [], [], tmp_path / "rows.jsonl"
    stopped = partial(measure, calls)
    with pytest.raises(KeyboardInterrupt), Kept(path, "a lab") as kept:
        sweep(stopped, GRID, 2, 0, kept=kept)
    with Kept(path, "a lab") as kept:
        assert len(kept) == 4
        rows = sweep(stopped, GRID, 2, 0, progress=done.append, kept=kept)
    assert (len(calls), sum(done)) == (7, 6)
    assert str(rows) == str(sweep(partial(measure, [None] * 9), GRID, 2, 0))


def test_other_seeds_points_and_places_are_measured(tmp_path):
    """Only the same seed, at the same place of the grid, is the same measurement."""
    quiet = partial(measure, [None] * 9)
    with Kept(tmp_path / "rows.jsonl", "a lab") as kept:
        for grid, seed in ((GRID, 0), (GRID, 1), (GRID[1:], 0)):
            rows = sweep(quiet, grid, 2, seed, kept=kept)
            assert str(rows) == str(sweep(quiet, grid, 2, seed))
        assert len(kept) == 6 + 6 + 4


@pytest.mark.parametrize("cut", [1, 40, 100])
def test_a_line_that_was_cut_short_is_measured_again(tmp_path, cut):
    """As after a power cut: the head as well as a measurement may be half written."""
    path = tmp_path / "rows.jsonl"
    with Kept(path, "a lab") as kept:
        kept["a"] = {"loss": 0.1}
        kept["b"] = {"loss": 0.2}
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with Kept(path, "a lab") as kept:
        for key, loss in (("a", 0.1), ("b", 0.2)):
            if key not in kept:
                kept[key] = {"loss": loss}
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"lab": "other", "minigrad": "0.0"}\n', "has measurements of other, by"),
        (b"print('hello')\n", "does not hold measurements"),
        (b"my notes", "does not hold measurements"),
        (b"[1, 2]\n", "does not hold measurements"),
        (b"[" * 10**5 + b"\n", "does not hold measurements"),
        (b'{"lab": "a\\nb", "minigrad": [1]}\n', "does not hold measurements"),
    ],
)
def test_a_file_of_something_else_is_left_alone(tmp_path, content, message):
    """Its content is not touched, and the sentence says what to do."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(KeptError, match=rf"{message}.*name a new file"):
        Kept(path, "a lab")
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        (b'"loss": 0.1', b'"loss": 0.2'),
        (b'"loss": 0.1', b'"lost": 0.1'),
        (b'{"loss": 0.1}', b"7"),
        (b'"key": "a"', b'"key": ["a"]'),
        (b'"key": "a", ', b""),
        (b'"crc"', b'"sum"'),
    ],
)
def test_a_line_that_somebody_changed_is_not_trusted(tmp_path, change):
    """A whole line that this program did not write makes the file another's."""
    path = tmp_path / "rows.jsonl"
    with Kept(path, "a lab") as kept:
        kept["a"] = {"loss": 0.1}
        kept["b"] = {"loss": float("nan")}
    changed = path.read_bytes().replace(*change)
    path.write_bytes(changed)
    with pytest.raises(KeptError, match="does not hold measurements"):
        Kept(path, "a lab")
    assert path.read_bytes() == changed


def test_a_pipe_or_a_device_keeps_nothing(tmp_path):
    """A pipe would be waited for without end, as /dev/zero would be read."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/null"), Path("/dev/zero"), Path("/dev/full")):
        with pytest.raises(KeptError, match=r"is no file on a disk; name a new file"):
            Kept(path, "a lab")


def test_where_nothing_can_be_kept_is_said(tmp_path):
    """A folder, and a file that another run has open."""
    with pytest.raises(KeptError, match="cannot be written: Is a directory"):
        Kept(tmp_path, "a lab")
    path = tmp_path / "rows.jsonl"
    with Kept(path, "a lab"), pytest.raises(KeptError, match="another run keeps its"):
        Kept(path, "a lab")


def test_a_lab_that_was_killed_goes_on(tmp_path):
    """SIGKILL after some lines; the next run prints what one left alone does."""
    path = tmp_path / "rows.jsonl"
    command = [*COMMAND, "--json", "--jobs", "2", "--resume", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, process_group=0)
    while not path.exists() or path.read_bytes().count(b"\n") < 4:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    lines = path.read_bytes().splitlines()
    resumed = subprocess.run(command, capture_output=True, check=True)
    alone = subprocess.run([*COMMAND, "--json"], capture_output=True, check=True)
    assert resumed.stdout == alone.stdout
    assert path.read_bytes().splitlines()[: len(lines) - 1] == lines[:-1]


def test_measurements_are_not_written_over(tmp_path):
    """-o and --resume with one file, by whatever name: exit code 2, all is kept."""
    path, link = tmp_path / "rows.json", tmp_path / "link.json"
    with Kept(path, "gradient-profile") as kept:
        kept["a"] = {"loss": 0.1}
    link.symlink_to(path)
    whole = path.read_bytes()
    for output in (path, link):
        options = ["--resume", str(path), "-o", str(output)]
        done = subprocess.run([*COMMAND, *options], capture_output=True, text=True)
        assert done.returncode == 2
        assert "-o and --resume both name" in done.stderr
        assert path.read_bytes() == whole


def test_a_file_that_cannot_be_used_ends_with_a_sentence(tmp_path):
    """Exit code 2, before anything is measured."""
    path = tmp_path / "notes"
    path.write_text("mine\n")
    done = subprocess.run(
        [*COMMAND, "--resume", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "does not hold measurements; name a new file" in done.stderr
