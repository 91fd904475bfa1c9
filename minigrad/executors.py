"""Where work of many independent pieces is done: processes here, or a Dask cluster.

Whatever is given out is a function of plain values, so that any executor of
`concurrent.futures` does, and the results are the same wherever they were computed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import islice
from multiprocessing import active_children, get_context
from typing import Any, NamedTuple, TypeVar

Found = TypeVar("Found")

LOCAL, DASK = "local", "dask:"
ANSWERING, JOINING = 10.0, 10.0  # seconds for a scheduler, and for its first worker

# A sum over two threads may round otherwise than over one.
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1"
)


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


def results(
    calls: Sequence[Callable[[], Found]],
    executor: Executor | None = None,
    order: Sequence[int] | None = None,
    at_once: int | None = None,
) -> Iterator[tuple[int, Found]]:
    """The number of each call and its result, as they end; a failure ends them all.

    They are given out in ``order``, no more than ``at_once`` at a time, None for all;
    ``executor`` is any of ``concurrent.futures``, None for right here.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from functools import partial
    >>> with ThreadPoolExecutor(2) as executor:
    ...     sorted(results([partial(pow, 2, n) for n in range(4)], executor))
    [(0, 1), (1, 2), (2, 4), (3, 8)]
    """
    waiting = iter(range(len(calls)) if order is None else order)
    if executor is None:
        yield from ((n, calls[n]()) for n in waiting)
        return
    out = dict[Future[Found], int]()
    while True:
        with _interrupts_held():  # a worker is born deaf to Ctrl-C; we end it
            for n in islice(waiting, (at_once or len(calls)) - len(out)):
                out[executor.submit(calls[n])] = n
        if not out:
            return
        ended, _ = wait(out, return_when=FIRST_COMPLETED)
        for future in sorted(ended, key=out.__getitem__):
            yield out.pop(future), future.result()


@contextmanager
def processes(jobs: int) -> Iterator[Executor]:
    """An executor of ``jobs`` processes with one thread each, gone when left."""
    others = set(active_children())
    with _environment(ONE_THREAD):
        executor = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        try:
            yield executor
        except BaseException:
            for child in set(active_children()) - others:
                child.terminate()  # nobody waits for what they are at
            executor.shutdown(cancel_futures=True)
            raise
        executor.shutdown()


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


@contextmanager
def _interrupts_held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
