"""Threads differentiate at once, and find exactly what one finds alone."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from analytic import same
from hypothesis import given
from hypothesis import strategies as st
from programs import Program, examples, programs

import minigrad as mg


@pytest.fixture(autouse=True, scope="module")
def _restless() -> Iterator[None]:
    """Threads are interrupted as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(jobs: list[Callable[[], Any]], times: int) -> list[list[Any]]:
    """Each job in a thread of its own, over and over, all starting at once."""
    start = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(k: int) -> None:
        start.wait()
        try:
            results[k] = [jobs[k]() for _ in range(times)]
        except Exception as error:
            results[k] = error

    threads = [threading.Thread(target=run, args=(k,)) for k in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def derivatives(p: Program, xs: Any) -> Callable[[], Any]:
    """Of first, second and third order, in both modes, batched and nested."""
    f, g, vs = p.array(), p.scalar(), p.directions()
    nested = lambda x: np.sum(x * mg.grad(g)(x, *xs[1:]))

    def work() -> Any:
        out, pullback = mg.vjp(f, *xs)
        tape = mg.Tape()
        x, *rest = map(tape.watch, xs)
        return [
            out,
            pullback(out),
            mg.jvp(f, xs, vs),
            mg.grad(g, argnums=tuple(range(len(xs))))(*xs),
            mg.hvp(g, xs, vs),
            mg.jacobian(f, mode="fwd")(*xs),
            mg.jacobian(f, mode="rev")(*xs),
            mg.grad(nested)(xs[0]),
            mg.hvp(nested, xs[:1], vs[:1]),
            tape.backward(g(x, *rest))[x],
        ]

    return work


small = programs(kinks=True, small=True, empty=False)


@pytest.mark.parametrize("count", [2, 8])
def test_threads_with_functions_of_their_own(count: int):
    """Different programs, each with its own data."""

    @examples(8)
    @given(st.lists(small, min_size=count, max_size=count))
    def check(ps: list[Program]):
        jobs = [derivatives(p, p.inputs()) for p in ps]
        alone = [job() for job in jobs]
        for expected, found in zip(alone, together(jobs, 4), strict=True):
            for each in found:
                same(each, expected)

    check()


@pytest.mark.parametrize("count", [2, 8])
def test_threads_with_one_function_and_one_set_of_data(count: int):
    """The same functions, closures and arrays in all threads."""

    @examples(12)
    @given(small)
    def check(p: Program):
        job = derivatives(p, p.inputs())
        expected = job()
        for found in together([job] * count, 4):
            for each in found:
                same(each, expected)

    check()


def test_threads_share_a_pullback():
    """A recorded tape may be swept by several threads at once."""

    @examples(20)
    @given(small)
    def check(p: Program):
        out, pullback = mg.vjp(p.several(), *p.inputs())
        expected = pullback(out)
        for found in together([lambda: pullback(out)] * 4, 10):
            for each in found:
                same(each, expected)

    check()


def test_a_failing_thread_does_not_disturb_another():
    """Exceptions in the middle of one trace, right results of the other."""

    def fails() -> None:
        def f(x):
            y = mg.grad(lambda y: np.sum(np.sin(x * y)))(x)
            raise ArithmeticError(np.sum(y))

        with pytest.raises(ArithmeticError):
            mg.grad(f)(np.ones(3))

    @examples(10)
    @given(small)
    def check(p: Program):
        job = derivatives(p, p.inputs())
        expected = job()
        for each in together([fails, job, fails, job], 10)[1]:
            same(each, expected)

    check()
