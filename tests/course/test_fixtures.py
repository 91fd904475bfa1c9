"""``pytest exercises/NN_topic``, as a student runs it: in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minigrad.course.chapters import exercises_root
from minigrad.course.workspace import start


def run_pytest(*args: str, cwd: Path, **env: str) -> tuple[int, str]:
    """Exit code and output of pytest with these arguments in this folder."""
    command = [sys.executable, "-m", "pytest", *args]
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "COLUMNS": "80", **env},
    )
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
    code, output = run_pytest(
        "exercises/01_backprop", "exercises/03_tape", cwd=checkout
    )
    assert (code, " passed" in output, "Traceback" in output) == (1, False, False)
    assert "not started" in output


# The section at the end ------------------------------------------------------------

SECTION = """\
✗ double: wrong result, 3 of 4 points
  likely    It is 1.5 times the right answer.
  so far    wrong: two numbers; ok: random numbers, slope is two
· total: not started, 0 of 2 points
3 of 6 points
"""
STUB = "def total(xs, weight):\n    raise NotImplementedError\n"


@pytest.fixture
def half(mine):
    """A folder in which the first of three checks fails, and a stub."""
    answer(mine, f"def double(x):\n    return (2 + (len(x) == 2)) * x\n\n\n{STUB}")
    return mine


def section(output: str) -> str:
    """What stands below the line `=== minigrad ===`, up to the next such line."""
    below = output.partition("= minigrad =")[2].partition("\n")[2].lstrip("\n")
    return below[: below.index("points\n", below.rindex(" of ")) + len("points\n")]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "-q",
        "-v",
        "--tb=no",
        "--tb=short",
        "--tb=long",
        "--lf",
        "--ff",
        "-s -p no:cacheprovider",
    ],
)
def test_the_end_says_what_check_says(half, asked):
    """Points, verdict and slip of each task, in its order, and the sum."""
    code, output = run_pytest(*asked.split(), cwd=half)
    assert (code, section(output)) == (1, SECTION)


@pytest.mark.skipif(not importlib.util.find_spec("xdist"), reason="needs pytest-xdist")
def test_the_end_is_the_same_from_several_processes(half):
    """The entries cross with the reports."""
    _, output = run_pytest("-n", "2", cwd=half)
    assert section(output) == SECTION


SOME = {
    "-k random": "✓ double: passed, 2 of 4 points (1 of 3 checks run)\n2 of 4",
    "01_doubling/test_doubling.py::test_slope_is_two": (
        "✓ double: passed, 1 of 4 points (1 of 3 checks run)\n1 of 4"
    ),
    "-x": "✗ double: wrong result, 0 of 4 points (1 of 3 checks run)\n",
}


@pytest.mark.parametrize("asked", SOME)
def test_a_check_that_was_not_run_has_not_failed(half, asked):
    """It is said how many were, and the points are out of all."""
    _, output = run_pytest(*asked.split(), cwd=half)
    assert section(output).startswith(SOME[asked])


def test_only_what_failed_is_run_again(half):
    """After --lf the section is about these checks."""
    run_pytest(cwd=half)
    answer(half, f"def double(x):\n    return 2 * x\n\n\n{STUB}")
    code, output = run_pytest("--lf", "-k", "not weight and not list", cwd=half)
    assert code == 0
    assert section(output).startswith(
        "✓ double: passed, 1 of 4 points (1 of 3 checks run)\n"
    )


def test_without_a_terminal_there_is_no_section(half):
    """No reporter, no trouble."""
    assert run_pytest("-p", "no:terminal", cwd=half) == (1, "")


def test_tests_of_ones_own_are_left_alone(half):
    """A test without @task fails and passes as anywhere, and is no task."""
    own = half / "01_doubling" / "test_own.py"
    own.write_text("def test_good(): pass\n\n\ndef test_bad(): assert 1 == 2\n")
    code, output = run_pytest(str(own), cwd=half)
    assert (code, "assert 1 == 2" in output, "minigrad =" in output) == (1, True, False)


def test_a_broken_check_is_not_the_students_fault(half):
    """It keeps its traceback, and the section says whom to tell."""
    checks = half / "01_doubling" / "test_doubling.py"
    broken = checks.read_text(encoding="utf-8").replace("x + x)", "x + oops)")
    checks.write_text(broken, encoding="utf-8")
    _, output = run_pytest("-k", "random", cwd=half)
    assert "NameError: name 'oops'" in output
    assert section(output).startswith("✗ double: not graded, 0 of 4 points")


def test_an_ascii_terminal_gets_ascii(half):
    """Marks are spelled, and pytest has nothing to escape."""
    _, output = run_pytest(cwd=half, PYTHONIOENCODING="ascii")
    assert output.isascii()
    assert "\\u" not in output
    assert "\nx double: wrong result, 3 of 4 points\n" in output


def test_a_narrow_terminal_is_respected(half):
    """40 columns for the messages."""
    _, output = run_pytest("--tb=no", cwd=half, COLUMNS="40")
    assert max(map(len, section(output).splitlines())) <= 40
    assert "  likely: It is 1.5 times the right\n    answer.\n" in section(output)
