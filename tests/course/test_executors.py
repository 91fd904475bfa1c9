"""A class graded by the workers of a Dask cluster, on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from clusters import started_scheduler, worker
from cohort import make_class

from minigrad import executors
from minigrad.cli import main
from minigrad.course import grading
from minigrad.course.classrun import ClassRun
from minigrad.course.finding import discover

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
pytestmark = pytest.mark.filterwarnings("default")  # Dask's own are not ours to heed


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A machine that runs tests may be busy."""
    monkeypatch.setattr(executors, "ANSWERING", 120.0)
    monkeypatch.setattr(executors, "JOINING", 120.0)


@pytest.fixture(scope="module")
def scheduler():
    with started_scheduler() as address:
        yield address


@pytest.fixture
def run(course, tmp_path):
    """A class of eight, each a little slow."""
    folder = make_class(tmp_path / "class", 8, 5, grading.course(root=course))
    for file in folder.glob("*/01_doubling/doubling.py"):
        file.write_text(f"import time\ntime.sleep(0.3)\n{file.read_text()}")
    parts, sources = grading.course(root=course), discover([folder])
    return ClassRun(tmp_path / "here", sources, parts, seed=7, jobs=2)


def test_a_cluster_finds_the_same_bytes_though_a_worker_dies(run, scheduler, tmp_path):
    """Its submission is given to the other worker, and nothing is lost."""
    run.run()
    ended = []

    def end_one(number, of, latest):
        if number == 2:
            ended.append(first.pid)
            os.kill(first.pid, signal.SIGKILL)

    with (
        worker(scheduler, tmp_path / "w1") as first,
        worker(scheduler, tmp_path / "w2"),
        distributed.Client(scheduler) as client,
    ):
        client.wait_for_workers(2, timeout=120)
        with executors.cluster(scheduler) as crew:
            assert crew.size == 2
            there = ClassRun(
                tmp_path / "there",
                run.sources,
                run.parts,
                seed=7,
                jobs=crew.size,
                executor=crew.executor,
                progress=end_one,
            )
            found = there.run()
    assert ended
    assert {s.status for s in found.submissions} == {"graded"}
    one, two = (Path(r.out, "results.json") for r in (run, there))
    assert one.read_bytes() == two.read_bytes()


def test_the_command_line_grades_on_a_cluster(scheduler, tmp_path):
    """The real course, with the command as it is documented."""
    folder = make_class(tmp_path / "class", 2, 1, grading.course(["01"]))
    command = [str(folder), "--only", "01", "--seed", "1", "--isolation", "process"]

    def grade(name, *more):
        args = ["grade", *command, "--out", str(tmp_path / name), *more]
        subprocess.run([sys.executable, "-m", "minigrad", *args], check=True)
        return (tmp_path / name / "results.json").read_bytes()

    with (
        worker(scheduler, tmp_path / "w"),
        distributed.Client(scheduler) as client,
    ):
        client.wait_for_workers(1, timeout=120)
        there = grade("there", "--executor", f"dask:{scheduler}")
    assert there == grade("here")


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("dusk:8786", 2, "'dusk:8786' is no executor; it is local, or dask:ADDRESS"),
        ("dask:", 2, "'dask:' is no executor"),
        ("dask:tcp://127.0.0.1:1", 3, "no Dask scheduler answers at tcp://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(name, code, says, tmp_path, monkeypatch):
    """And the exit code that goes with it; nothing is graded."""
    monkeypatch.setattr(executors, "ANSWERING", 0.5)
    (tmp_path / "backprop.py").write_text("")
    args = ["grade", str(tmp_path / "backprop.py"), "--executor", name]
    done = CliRunner().invoke(main, [*args, "--out", str(tmp_path / "out")])
    assert done.exit_code == code
    assert says in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_scheduler_without_workers_is_told(scheduler, monkeypatch):
    """Else the run would wait for ever."""
    monkeypatch.setattr(executors, "JOINING", 0.2)
    with (
        pytest.raises(executors.ExecutorError, match="has no workers"),
        executors.cluster(scheduler),
    ):
        pass
