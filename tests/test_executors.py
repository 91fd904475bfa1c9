"""Executors by name, where Dask is not installed."""

from __future__ import annotations

import pytest

from minigrad import executors


def test_without_dask_the_extra_is_named(monkeypatch):
    """Not an ImportError."""
    monkeypatch.setattr(executors, "find_spec", lambda name: None)
    with (
        pytest.raises(executors.ExecutorError, match=r"minigrad\[cluster\]"),
        executors.cluster("tcp://127.0.0.1:1"),
    ):
        pass
