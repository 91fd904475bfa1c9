"""``pytest exercises/NN_topic``, as a student runs it: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from minigrad.course.chapters import exercises_root
from minigrad.course.workspace import start


def run_pytest(*args: str, cwd: Path) -> tuple[int, str]:
    """Exit code and output of pytest with these arguments in this folder."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def mine(course, tmp_path):
    """A student's folder of the small course, with a way to write the answers."""
    folder = tmp_path / "mine"
    start(folder, course)
    return folder


def answer(folder: Path, text: str) -> None:
    (folder / "01_doubling" / "doubling.py").write_text(text, encoding="utf-8")


def test_a_stub_reads_not_started(mine):
    """No traceback, no file name: the exercise was simply not begun."""
    code, output = run_pytest(cwd=mine)
    assert code == 1
    assert "5 failed" in output
    assert "not started" in output
    assert "Traceback" not in output
    assert "NotImplementedError" not in output


def test_a_wrong_answer_gets_a_few_lines(mine):
    """Called, got, expected, and no line of the checks' own source."""
    answer(mine, "def double(x):\n    return -2 * x\n")
    code, output = run_pytest("01_doubling", "-k", "two_numbers", cwd=mine)
    assert code == 1
    wanted = """\
✗ double (two numbers): wrong result
  called    double(x (2,))
  got       result[0] = -2 in array (2,): [-2. 6.]
  expected  result[0] = 2 in array (2,): [ 2. -6.]
"""
    assert wanted in output
    assert "def test_" not in output


def test_a_catalogued_slip_is_named_in_a_checkout(course):
    """Where the catalogue is at hand, pytest says the sentence too."""
    answer(course, "def double(x):\n    return x * x\n")
    _, output = run_pytest("exercises/01_doubling", cwd=course.parent)
    assert "likely    You squared x. Multiply by 2 instead." in output


def test_a_broken_file_is_a_short_failure(mine):
    """A syntax error is told with its line, even where all modules are collected."""
    answer(mine, "def double(x:\n    return x\n")
    code, output = run_pytest("--doctest-modules", cwd=mine)
    assert code == 1
    assert "file is no valid Python" in output
    assert "doubling.py line 1" in output
    assert "Traceback" not in output


def test_answers_may_be_elsewhere_in_either_layout(course, mine):
    """A tree of NN_topic folders, or modules side by side; from anywhere."""
    solutions = course.parent / "solutions"
    for tree in (solutions, solutions / "01_doubling"):
        code, output = run_pytest(".", f"--answers={tree}", cwd=mine)
        assert (code, "5 passed" in output) == (0, True), output


def test_a_missing_answers_folder_is_a_usage_error(mine):
    """A sentence and pytest's code for wrong usage."""
    code, output = run_pytest(".", "--answers", "nowhere", cwd=mine)
    assert code == 4
    assert "--answers: there is no folder" in output
    assert "Traceback" not in output


def test_it_works_from_inside_a_chapter(mine):
    """The folder made by `start` is pytest's root from anywhere in it."""
    answer(mine, "def double(x):\n    return 2 * x\n")
    code, output = run_pytest("-k", "double or numbers", cwd=mine / "01_doubling")
    assert (code, "2 passed" in output) == (0, True), output


def test_a_copy_without_any_configuration_works(mine):
    """A folder that was copied by hand has no pytest.ini."""
    (mine / "pytest.ini").unlink()
    answer(mine, "def double(x):\n    return 2 * x\n")
    code, output = run_pytest("01_doubling", "-k", "numbers", cwd=mine)
    assert (code, "2 passed" in output) == (0, True), output


def test_the_seed_changes_the_numbers(mine):
    """Another seed, other inputs; the same seed, the same ones."""
    answer(mine, "def double(x):\n    print('x is', x)\n    return 0 * x\n")
    asked = ["-k", "random_numbers"]
    runs = [run_pytest(*asked, "--seed", seed, cwd=mine)[1] for seed in "778"]
    lines = [next(s for s in run.splitlines() if "x is" in s) for run in runs]
    assert lines[0] == lines[1] != lines[2]


def test_nothing_is_written_beside_the_answers(mine):
    """No bytecode of a student's file, which a later run might read instead."""
    answer(mine, "def double(x):\n    return 2 * x\n")
    run_pytest(cwd=mine)
    assert not list(mine.rglob("doubling*.pyc"))


def test_the_solutions_pass_and_the_stubs_are_not_started():
    """The course's own checks, run by pytest in this checkout."""
    checkout = exercises_root().parent
    code, output = run_pytest("exercises", "--answers", "solutions", cwd=checkout)
    assert (code, " failed" in output) == (0, False), output
    code, output = run_pytest("exercises", cwd=checkout)
    assert (code, " passed" in output, "Traceback" in output) == (1, False, False)
    assert "not started" in output
