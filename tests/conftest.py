"""What all tests have in common."""

from __future__ import annotations

import os
import signal
from collections import UserList
from pathlib import Path

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


class Names(UserList[str]):
    """Names in a file: processes that were forked write to it, too."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.clear()

    @property
    def data(self) -> list[str]:
        return self.file.read_text().split()

    def append(self, name: str) -> None:
        with self.file.open("a") as file:
            file.write(f"{name}\n")

    def clear(self) -> None:
        self.file.write_text("")


@pytest.fixture
def graded(monkeypatch, tmp_path):
    """The ids that were really graded, in order, not taken from the journal."""
    from minigrad.course import marking  # NumPy is not to be loaded above

    names, grade = Names(tmp_path / "names"), marking.grade_submission
    monkeypatch.setattr(
        marking,
        "grade_submission",
        lambda s, *args: names.append(s.id) or grade(s, *args),
    )
    return names
