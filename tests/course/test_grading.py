"""One submission graded: a result whatever it is, and never a zero for our faults."""

from __future__ import annotations

from dataclasses import replace

import pytest

from minigrad.course import chapters, grading
from minigrad.course.grading import grade_submission
from minigrad.course.isolation import Limits
from minigrad.course.model import GRADED, NEEDS_ATTENTION, Evidence
from minigrad.course.submission import Submission

QUICK = Limits(load=1.5, call=1.0, task=2.0, memory=1 << 30, output=100_000)
RIGHT = "import numpy as np\ndef double(x): return 2 * x\n"
TOTAL = "def total(xs, weight): return weight * sum(float(x.sum()) for x in xs)\n"


@pytest.fixture
def parts(course):
    return grading.course(root=course)


def grade(parts, files, **how):
    """The result of a submission of these files, or of one doubling.py."""
    files = files if isinstance(files, dict) else {"doubling.py": files}
    content = {name: text.encode() for name, text in files.items()}
    return grade_submission(Submission("s", content), parts, 7, QUICK, **how)


def test_a_right_submission_gets_everything(parts):
    """Full marks, no note, nothing printed."""
    result = grade(parts, RIGHT + TOTAL)
    assert (result.score, result.max_score, result.status) == (6.0, 6.0, GRADED)
    assert [task.status for task in result.tasks] == ["passed", "passed"]
    assert (result.notes, result.output) == ((), "")


def test_a_slip_is_named(parts):
    """A catalogued mistake is known again through the process boundary."""
    double, total = grade(parts, "def double(x): return x ** 2\n" + TOTAL).tasks
    assert (double.status, double.diagnosis.kind) == ("failed", "power")
    assert "Multiply by 2" in double.diagnosis.message
    assert (total.status, total.diagnosis) == ("passed", None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("raise NotImplementedError", "not-run"),
        ("\n    while True: pass", "timeout"),
        ("import os; os._exit(0)", "exited"),
        ("raise SystemExit", "exited"),
        ("import ctypes; ctypes.string_at(0)", "crashed"),
        ("return bytearray(1 << 31)", "memory"),
        ("print('x' * 200_000)", "output-flood"),
        ("raise ValueError('no')", "exception"),
        ("return list(2 * x)", "wrong-type"),
        ("return 2 * x[None]", "wrong-shape"),
        ("return x", "failed"),
        ("x *= 2; return x", "failed"),
        ("return None", "wrong-type"),
    ],
)
def test_each_outcome_has_its_status(body, status, parts):
    """One task ends this way; the other is graded as if nothing had happened."""
    double, total = grade(parts, f"def double(x): {body}\n{TOTAL}").tasks
    assert (double.status, double.score) == (status, 0.0)
    assert (total.status, total.score) == ("passed", 2.0)


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def double(x:\n", "syntax-error"),
        ("import no_such_module\n", "import-error"),
        ("while True: pass\n", "timeout"),
        ("import os; os._exit(0)\n", "exited"),
        ("x = 1\n", "missing"),
    ],
)
def test_a_module_that_does_not_load_is_told_for_each_task(source, status, parts):
    """All tasks have the status, and the submission is graded: it is the student's."""
    result = grade(parts, source)
    assert [task.status for task in result.tasks] == [status, status]
    assert (result.status, result.score) == (GRADED, 0.0)


def test_a_renamed_file_is_graded_with_a_note(parts):
    """The student gets the points, the instructor is told."""
    result = grade(parts, {"doubling (1).py": RIGHT + TOTAL})
    assert (result.score, result.status) == (6.0, GRADED)
    assert result.notes == ("read `doubling (1).py` as doubling.py",)


def test_no_course_file_is_for_the_instructor(parts):
    """Whoever handed in something else gets no verdict without a look at it."""
    result = grade(parts, {"poem.py": "roses = 'red'\n"})
    assert [task.status for task in result.tasks] == ["missing", "missing"]
    assert result.status == NEEDS_ATTENTION
    assert result.notes == ("no file of the course was found in it",)


def test_each_task_has_its_own_time(course):
    """What one task used up is not taken from the next."""
    limits = Limits(task=1.0)
    slow = "import time\nfrom fast import f, g\n"
    slow += "def double(x): time.sleep(0.2); return f(x)\n"
    slow += "def total(xs, weight): time.sleep(0.25); return g(xs, weight)\n"
    fast = (RIGHT + TOTAL).replace("double", "f").replace("total", "g")
    files = {"doubling.py": slow.encode(), "fast.py": fast.encode()}
    parts = grading.course(root=course)
    assert grade_submission(Submission("s", files), parts, 7, limits).score == 6.0


def test_a_path_can_be_graded(parts, tmp_path):
    """A path is collected first."""
    (tmp_path / "doubling.py").write_text(RIGHT)
    assert grade_submission(tmp_path / "doubling.py", parts, 7).score == 4.0


def test_the_same_seed_gives_the_same_result(parts):
    """Nothing but the submission, the course and the seed is in a result."""
    source = "def double(x): return x + 2\n" + TOTAL
    assert grade(parts, source) == grade(parts, source)


def test_output_is_kept(parts):
    """The beginning of what it printed is in the result."""
    assert grade(parts, "print('hello')\n" + RIGHT).output == "hello\n"


# Faults of ours -------------------------------------------------------------------


def broken(parts, task, fault):
    """The course with one task whose checks raise ``fault``."""

    def check(student, rng):
        raise fault

    (part,) = parts
    tasks = tuple(
        replace(t, checks=tuple(replace(c, function=check) for c in t.checks))
        if t.function == task
        else t
        for t in part.tasks
    )
    return (replace(part, tasks=tasks),)


def test_a_broken_check_is_a_grader_error(parts):
    """The task has no verdict, the others do, and the instructor is asked."""
    result = grade(broken(parts, "double", KeyError("W")), RIGHT + TOTAL)
    assert [task.status for task in result.tasks] == ["grader-error", "passed"]
    assert result.status == NEEDS_ATTENTION


def test_a_broken_grader_is_a_grader_error(parts, monkeypatch):
    """So is whatever else breaks on this side."""

    def fail(*_):
        raise OSError("no process")

    monkeypatch.setattr(grading, "run_task", fail)
    double, _ = (result := grade(parts, RIGHT)).tasks
    assert result.status == NEEDS_ATTENTION
    assert double.status == "grader-error"
    assert double.max_score == 4.0
    assert "OSError: no process" in double.checks[0].message


def test_a_worker_that_does_not_start_is_a_grader_error(parts, monkeypatch):
    """A machine without processes to spare is no student's fault."""

    def fail(*_):
        raise RuntimeError("a worker process did not start")

    monkeypatch.setattr(grading.RemoteStudent, "_running", fail)
    result = grade(parts, RIGHT)
    assert result.status == NEEDS_ATTENTION
    assert {task.status for task in result.tasks} == {"grader-error"}


def test_a_verdict_stands_without_its_explanation(parts, monkeypatch):
    """When a slip cannot be named there is a note, and the verdict is as it was."""

    def fail(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(grading, "diagnosed", fail)
    result = grade(parts, "def double(x): return x\n" + TOTAL)
    assert [task.status for task in result.tasks] == ["failed", "passed"]
    assert result.status == GRADED
    assert "no slip was named" in result.notes[0]


def test_ctrl_c_is_no_verdict(parts):
    """An interrupt passes through everything."""
    with pytest.raises(KeyboardInterrupt):
        grade(broken(parts, "double", KeyboardInterrupt()), RIGHT)


# What is graded -------------------------------------------------------------------


def test_only_what_was_asked_for_is_graded(course):
    """A chapter, or one task of it, by every name that `find` knows."""
    whole = grading.course(["01"], course)
    one = grading.course(["01_doubling/total"], course)
    both = grading.course(["total", "double"], course)
    names = [
        [task.function for part in parts for task in part.tasks]
        for parts in (whole, one, both)
    ]
    assert names == [["double", "total"], ["total"], ["double", "total"]]
    with pytest.raises(chapters.UnknownTargetError, match="did you mean"):
        grading.course(["01_doubling/doble"], course)


def test_a_result_holds_only_the_values_that_it_shows(parts):
    """What is explained keeps its values; the others, at most what is drawn."""
    double, total = grade(parts, "def double(x): return x ** 2\n" + TOTAL).tasks
    first, *others = double.checks
    assert (len(first.calls), first.evidence.got is not None) == (1, True)
    rest = [*others, *total.checks]
    assert all(
        (c.calls, c.evidence.got, c.evidence.expected) == ((), None, None) for c in rest
    )
    assert [c.name for c in rest if c.evidence != Evidence()] == ["slope is two"]
