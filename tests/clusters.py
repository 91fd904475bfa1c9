"""A Dask scheduler and its workers on this machine, for tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

QUIET = {**os.environ, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}
# What `dask worker` sets for its workers, unless there is no nanny to do it.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


@contextmanager
def dask(*args):
    """A `dask` command on loopback, ended with the test."""
    command = [sys.executable, "-m", "dask", *map(str, args)]
    env = QUIET | ONE_THREAD
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def started_scheduler():
    """The address of a scheduler, which answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = ("--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
    with dask("scheduler", *where):
        until = time.monotonic() + 120
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < until, "the scheduler does not answer"
            time.sleep(0.1)
        yield f"tcp://127.0.0.1:{port}"


def worker(scheduler, folder):
    """A worker with one thread and no nanny that would bring it back."""
    how = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    return dask("worker", scheduler, *how, "--local-directory", folder)
