"""Checks are run in order, stop when they must, and explain themselves."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.course.chapters import load, parameters
from minigrad.course.checks import CheckFailure, expect
from minigrad.course.message import explain
from minigrad.course.mistakes import catalogue, diagnosed
from minigrad.course.model import (
    FAILED,
    GRADER_ERROR,
    NOT_RUN,
    PASSED,
    TIMEOUT,
    Check,
    Task,
)
from minigrad.course.running import run_task
from minigrad.course.student import LocalStudent, Student


@pytest.fixture
def double(course):
    """Check an answer to the task `double` of the small course."""
    chapter = load("01_doubling", course)

    def run(answer):
        student = LocalStudent({"double": answer}, parameters(chapter))
        result = run_task(chapter.tasks[0], student, seed=0)
        return diagnosed(result, chapter.tasks[0], 0, catalogue(chapter))

    return run


def statuses(result) -> list[str]:
    return [check.status for check in result.checks]


def test_a_right_answer_gets_all_points(double):
    """Every check passes, and its calls are kept."""
    result = double(lambda x: x * 2)
    assert (result.status, result.score, result.max_score) == (PASSED, 4.0, 4.0)
    assert [len(check.calls) for check in result.checks] == [1, 1, 1]
    assert explain(result) == "✓ double: passed, 4 of 4 points"


def test_each_check_counts_on_its_own(double):
    """A slip at size 2 only costs that one check."""
    result = double(lambda x: x * (2 if len(x) > 2 else 3))
    assert statuses(result) == [FAILED, PASSED, PASSED]
    assert (result.status, result.score) == (FAILED, 3.0)


@pytest.mark.parametrize(
    ("lent", "status"),
    [
        (lambda rng: rng, GRADER_ERROR),
        (lambda rng: rng.spawn(1)[0], GRADER_ERROR),
        (lambda rng: np.random.default_rng(1), PASSED),
        (lambda rng: np.random.default_rng(np.arange(3)), PASSED),
    ],
)
def test_a_check_does_not_lend_its_own_stream(lent, status):
    """A copy of it would say what the check draws next."""

    def check(student, rng):
        expect(student.draw(lent(rng))).number()

    task = Task("01_x", "draw", (Check("draw", "a check", "", 1.0, check),))
    answer = LocalStudent({"draw": lambda rng: rng.standard_normal()})
    assert run_task(task, answer, seed=0).status == status


def test_a_check_gets_the_same_numbers_whoever_is_checked(double):
    """The random stream belongs to seed and check, not to the order of calls."""
    one = double(lambda x: x)
    two = double(lambda x: 2 * x + rng_spoiler())
    pairs = zip(one.checks, two.checks, strict=True)
    for a, b in pairs:
        assert np.array_equal(a.calls[0].args[0], b.calls[0].args[0])


def rng_spoiler() -> float:
    """A random number, from a generator that is not the check's."""
    return float(np.random.default_rng().random())


def test_a_stub_is_not_started_and_nothing_else(double):
    """The first call says it all; the other checks are not run."""

    def stub(x):
        calls.append(x)
        raise NotImplementedError

    calls: list = []
    result = double(stub)
    assert statuses(result) == [NOT_RUN] * 3
    assert {check.message for check in result.checks} == {"not started"}
    assert len(calls) == 1
    assert explain(result).startswith("· double: not started, 0 of 4 points\n")


def test_a_case_not_written_yet_costs_its_own_check(double):
    """NotImplementedError in a later check leaves what was passed."""

    def half_done(x):
        if len(x) == 5:
            raise NotImplementedError
        return 2 * x

    result = double(half_done)
    assert statuses(result) == [PASSED, NOT_RUN, PASSED]
    assert "not finished, 2 of 4 points" in explain(result)


class Slow(Student):
    """A student who takes too long over five numbers."""

    def invoke(self, name, args):
        if len(args[0]) == 5:
            raise CheckFailure("ran for more than 10 s", TIMEOUT)
        return 2 * args[0]


def test_after_a_fatal_end_nothing_more_is_asked(course):
    """What was passed before stays passed; the rest says why it was not run."""
    task = load("01_doubling", course).tasks[0]
    result = run_task(task, Slow(), 0)
    assert statuses(result) == [PASSED, TIMEOUT, NOT_RUN]
    assert result.status == TIMEOUT
    assert "an earlier check ended in timeout" in result.checks[2].message


def test_a_fault_of_the_check_is_a_grader_error():
    """An exception outside the student's functions is never held against them."""

    def broken(student, rng):
        """Claims nothing."""
        raise KeyError("W")

    task = Task("01_x", "f", (Check("f", "broken", "claims", 1.0, broken),))
    result = run_task(task, LocalStudent({}), 0)
    assert result.status == GRADER_ERROR
    message = result.checks[0].message
    assert message.startswith("the check itself failed: KeyError: 'W' (test_running.py")
    assert "hint" not in explain(result)


def wrong(student, rng):
    """It is 1."""
    expect(student.f()).close_to(1.0)


def divided(student, rng):
    """Divides by what was returned."""
    1 / student.f()


def test_a_fault_of_the_check_is_not_hidden_by_an_earlier_failure():
    """A zero with a broken check behind it is for the instructor to look at."""
    claims = {"wrong": wrong, "broken": divided}
    checks = tuple(Check("f", name, "It.", 1.0, f) for name, f in claims.items())
    task = Task("01_x", "f", checks)
    result = run_task(task, LocalStudent({"f": lambda: 0.0}), 0)
    assert [check.status for check in result.checks] == ["failed", GRADER_ERROR]
    assert result.status == GRADER_ERROR
    assert "ZeroDivisionError" in explain(result)


def test_a_huge_value_makes_no_noise_here():
    """What overflows in a check is judged; it neither warns nor raises."""
    squares = lambda student, rng: expect(np.float64(student.f()) ** 2).close_to(1.0)
    task = Task("01_x", "f", (Check("f", "squares", "It.", 1.0, squares),))
    result = run_task(task, LocalStudent({"f": lambda: 1e308}), 0)
    assert result.status == "failed"
