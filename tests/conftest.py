"""What all tests have in common."""

from __future__ import annotations

import os
import signal

import pytest

# Processes that run tests beside one another would wait for each other's threads.  Read
# when NumPy is imported, which is later; what a test starts has it from here.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(autouse=True, scope="session")
def hanging_up_ends():
    """Tests of SIGHUP mean what it does by default, also when run under nohup."""
    if not hasattr(signal, "SIGHUP"):  # Windows
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(autouse=True, scope="session")
def no_width_is_given():
    """Terminals are as wide as they are, also in the processes of pytest-xdist."""
    os.environ.pop("COLUMNS", None)
