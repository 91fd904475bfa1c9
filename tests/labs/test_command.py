"""``minigrad lab``: what it prints, writes and exits with."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minigrad import labs

COMMAND = [sys.executable, "-m", "minigrad", "lab"]
QUICK = ["gradient-profile", "--quick"]


def run(*args, **kwargs):
    return subprocess.run(
        [*COMMAND, *map(str, args)], capture_output=True, text=True, **kwargs
    )


def test_alone_it_lists_the_labs():
    """A line each: name, chapter, what it is about."""
    done = run()
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(labs.NAMES)
    assert all(len(line) < 100 for line in lines)


def test_the_result_does_not_depend_on_the_number_of_jobs(tmp_path):
    """The same bytes of JSON with one job and with two, and the same table as CSV."""
    path = tmp_path / "table.csv"
    one = run(*QUICK, "--json", "--jobs", 1, "--seed", 3)
    two = run(*QUICK, "--json", "--jobs", 2, "--seed", 3, "-o", path)
    assert one.stdout == two.stdout
    said = json.loads(one.stdout)
    assert (said["lab"], said["seed"], said["quick"]) == ("gradient-profile", 3, True)
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    slopes = [line["slope a layer"] for line in said["table"]]
    assert [float(row["slope a layer"]) for row in rows] == slopes


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nothing"], "no lab `nothing`; the labs are gradient-profile"),
        ([*QUICK, "-o", "plot.gif"], "plot.gif should end in one of .png .svg"),
        ([*QUICK, "-o", "nowhere/plot.png"], "there is no folder nowhere"),
        ([*QUICK, "--jobs", "0"], "--jobs"),
        ([*QUICK, "--seed", "-1"], "--seed"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_work(args, message):
    """Usage errors exit with 2."""
    done = run(*args)
    assert done.returncode == 2
    assert message in done.stderr


DIMENSION = ["functional-dimension", "--quick"]


def test_a_lab_has_options_of_its_own():
    """Its help has them, wherever its name stands; another lab does not take them."""
    own = run("functional-dimension", "--help")
    assert "--mnist DIR" in own.stdout
    assert "--mnist" not in run("--help").stdout + run("newton", "--help").stdout
    refused = run("newton", "--mnist", "folder", "--quick")
    assert refused.returncode == 2
    assert "No such option" in refused.stderr
    before = run("--mnist", "no-such-folder", *DIMENSION)
    assert before.stderr.endswith("no-such-folder with MNIST's files\n")


@pytest.mark.parametrize(
    ("args", "modules", "message"),
    [
        (["--mnist", "."], [], "there is no train-images-idx3-ubyte in "),
        ([], ["sklearn"], 'python -m pip install "minigrad[digits]"'),
    ],
)
def test_images_that_are_not_there_are_one_sentence(tmp_path, args, modules, message):
    """Before the work; the exit code is 3, nothing is printed or written."""
    for name in modules:
        (tmp_path / f"{name}.py").write_text("raise ImportError('not here')")
    env = dict(os.environ, PYTHONPATH=str(tmp_path))
    done = run(*DIMENSION, *args, "-o", "figure.png", env=env, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "figure.png").exists()


def test_without_matplotlib_there_is_all_but_the_plot(tmp_path):
    """Table and verdicts are printed; the exit code is 3, with the way to get it."""
    (tmp_path / "matplotlib.py").write_text("raise ImportError('not here')")
    path = tmp_path / "plot.png"
    env = dict(os.environ, PYTHONPATH=str(tmp_path))
    done = run(*QUICK, "-o", path, env=env)
    assert done.returncode == 3
    assert "plain, gain 1: theory -0.347" in done.stdout
    assert 'python -m pip install "minigrad[plot]"' in done.stderr
    assert not path.exists()


def gone(group: int, seconds: float = 5.0) -> bool:
    """Whether nobody of a process group is left, soon."""
    for _ in range(int(10 * seconds)):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the workers")
def test_ctrl_c_leaves_nothing_behind(tmp_path):
    """The whole group hears it, as in a terminal: exit code 130, one line, no file."""
    path = tmp_path / "plot.png"
    command = [*COMMAND, "weight-norm", "--jobs", "2", "-o", str(path)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while len(children.read_text().split()) < 2:  # its workers, or the first of them
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "minigrad: interrupted\n")
    assert not path.exists()
    assert gone(process.pid)
