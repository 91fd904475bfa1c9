"""Where work of many independent pieces is done: here, or on a Dask cluster.

Whatever is given out is a function of plain values, so that any executor of
`concurrent.futures` does, and the results are the same wherever they were computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple

LOCAL, DASK = "local", "dask:"
ANSWERING, JOINING = 10.0, 10.0  # seconds for a scheduler, and for its first worker


class ExecutorError(RuntimeError):
    """The executor that was asked for cannot be had; the message says what to do."""


class Crew(NamedTuple):
    """An executor, and how many pieces of work it does at a time."""

    executor: Executor
    size: int


def address_of(name: str) -> str:
    """The scheduler's address in the name of an executor, "" for the local one.

    Raises `ValueError` for what is no executor.

    >>> address_of("local"), address_of("dask:tcp://127.0.0.1:8786")
    ('', 'tcp://127.0.0.1:8786')
    >>> address_of("dusk:tcp://127.0.0.1:8786")
    Traceback (most recent call last):
    ValueError: 'dusk:tcp://127.0.0.1:8786' is no executor; it is local, or ...
    """
    if name == LOCAL:
        return ""
    address = name.removeprefix(DASK)
    if address in ("", name):
        raise ValueError(
            f"{name!r} is no executor; it is local, or dask:ADDRESS "
            "as in dask:tcp://127.0.0.1:8786"
        )
    return address


@contextmanager
def cluster(address: str) -> Iterator[Crew]:
    """The workers of the Dask scheduler at ``address``.

    A worker that dies loses nothing: the scheduler gives its piece of work to another.
    Raises `ExecutorError` without `distributed`, a scheduler or a worker.
    """
    if find_spec("distributed") is None:
        raise ExecutorError(
            "a cluster needs Dask: python -m pip install 'minigrad[cluster]'"
        )
    import distributed

    try:
        client = distributed.Client(address, timeout=ANSWERING)
    except (OSError, ValueError) as error:
        raise ExecutorError(
            f"no Dask scheduler answers at {address}; start one with `dask scheduler`"
        ) from error
    with client:
        size = _threads(client)
        if not size:
            raise ExecutorError(
                f"the Dask scheduler at {address} has no workers; "
                f"start some with `dask worker {address}`"
            )
        with client.get_executor(pure=False) as executor:
            yield Crew(executor, size)


def _threads(client: Any) -> int:
    """What runs at a time on all workers, once there is a first one."""
    try:
        client.wait_for_workers(1, timeout=JOINING)
    except TimeoutError:
        return 0
    return sum(client.nthreads().values())
