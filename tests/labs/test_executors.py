"""A lab measured by the workers of a Dask cluster, on this machine."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner
from clusters import started_scheduler, worker

from minigrad import executors
from minigrad.cli import main

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")
pytestmark = pytest.mark.filterwarnings("default")  # Dask's own are not ours to heed


def test_a_cluster_finds_the_same_digits(tmp_path):
    """Two workers, and the command as it is documented: the same bytes of JSON."""

    def measured(*where):
        args = ["lab", "width-scaling", "--quick", "--json", "--seed", "3", *where]
        command = [sys.executable, "-m", "minigrad", *args]
        return subprocess.run(command, check=True, capture_output=True).stdout

    with (
        started_scheduler() as scheduler,
        worker(scheduler, tmp_path / "w1"),
        worker(scheduler, tmp_path / "w2"),
        distributed.Client(scheduler) as client,
    ):
        client.wait_for_workers(2, timeout=120)
        there = measured("--executor", f"dask:{scheduler}")
    assert there == measured("--jobs", "2")


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("dusk:8786", 2, "'dusk:8786' is no executor; it is local, or dask:ADDRESS"),
        ("dask:tcp://127.0.0.1:1", 3, "no Dask scheduler answers at tcp://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(name, code, says, monkeypatch):
    """As for `grade`: the same option."""
    monkeypatch.setattr(executors, "ANSWERING", 0.5)
    done = CliRunner().invoke(main, ["lab", "newton", "--quick", "--executor", name])
    assert done.exit_code == code
    assert says in done.stderr
