"""Submissions that attack the grader, and the outcome that each of them must have."""

from __future__ import annotations

import pytest

from minigrad.course import grading
from minigrad.course.isolation import Limits
from minigrad.course.model import EXCEPTION, GRADED
from minigrad.course.submission import Submission

QUICK = Limits(call=5.0, task=10.0)


def graded(source, task):
    """The task's result for a submission with this ``backprop.py``."""
    files = {"backprop.py": f"import numpy as np\n{source}".encode()}
    submission = Submission("mallory", files)
    return grading.grade_submission(submission, grading.course([task]), 7, QUICK)


LEAKS = {
    "memory that was never written": "rho(np.zeros(2), where=False)",
    "memory that was never written, by position": "rho(np.zeros(2), None, where=False)",
    "a result of gigabytes": "rho(np.zeros(2), shape=(1 << 28,))",
    "an argument that fans out": "rho(np.zeros((1 << 18, 1), np.int8))",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_function_of_the_check_gives_nothing_away(leak):
    """Misusing an activation is the student's own exception, and earns nothing."""
    source = f"def suffix_loss(xj, j, Ws, rho, loss):\n    return {LEAKS[leak]}\n"
    (task,) = graded(source, "suffix_loss").tasks
    assert task.score == 0
    assert {check.status for check in task.checks} == {EXCEPTION}


@pytest.mark.parametrize("value", ["np.full((5, 5), 1e308)", "1e308", "10 ** 400"])
def test_a_huge_value_is_a_wrong_answer(value, capfd):
    """Nothing overflows aloud in the grader."""
    source = f"def bn_backward(z, gamma, G, eps):\n    return {value}\n"
    files = {"delta_recursion.py": f"import numpy as np\n{source}".encode()}
    parts = grading.course(["bn_backward"])
    result = grading.grade_submission(Submission("m", files), parts, 7, QUICK)
    assert (result.status, result.score) == (GRADED, 0)
    assert capfd.readouterr().err == ""
