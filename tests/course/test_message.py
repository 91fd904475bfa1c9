"""Messages as students get them: golden texts of real runs, and what holds for all.

``MINIGRAD_GOLDEN=write python -m pytest tests/course/test_message.py`` writes the texts
in ``golden/`` anew; read what `git diff` says of them before you keep it.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from minigrad.course.chapters import all_chapters, parameters
from minigrad.course.checks import expect
from minigrad.course.grading import course, grade_submission
from minigrad.course.isolation import Limits
from minigrad.course.message import Paper, explain, explain_check
from minigrad.course.mistakes import catalogue, diagnosed
from minigrad.course.model import (
    NOT_RUN,
    PASSED,
    Check,
    CheckResult,
    Diagnosis,
    Evidence,
    Task,
    TaskResult,
)
from minigrad.course.running import run_task
from minigrad.course.student import LocalStudent
from minigrad.course.submission import Submission

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[2]
QUICK = Limits(load=10.0, call=0.5, task=1.0, memory=1 << 30, output=100_000)
CHAPTER, TASK = "01_backprop", "layer_jacobians"
HEAD = "import numpy as np\n\n\ndef layer_jacobians(x, W, rho, drho):\n"
RIGHT = "    Jx, JW = W * drho(x), np.einsum('ik,l->ikl', np.eye(len(W)), rho(x))\n"
HELPER = "def slope(x):\n    return x / 0\n\n\n"
LOOP = "    while True:\n        pass\n"
BROAD = "    if W.shape[0] == W.shape[1]:\n        return Jx.T, JW\n    return Jx, JW\n"

# What a student hands in: a file that the worker loads, as `minigrad check` does.
FILES = {
    "stub": (ROOT / "exercises" / CHAPTER / "backprop.py").read_text("utf-8"),
    "passed": HEAD + RIGHT + "    return Jx, JW\n",
    "exception_in_a_helper": HELPER + HEAD + "    return W * slope(1), W\n",
    "exception_in_numpy": HEAD + "    return rho(x) @ W, W\n",
    "none": HEAD + RIGHT,
    "list_for_array": HEAD + RIGHT + "    return Jx.tolist(), JW\n",
    "tuple_too_short": HEAD + RIGHT + "    return (Jx,)\n",
    "wrong_shape": HEAD + RIGHT + "    return Jx[:2], JW\n",
    "float32": HEAD + RIGHT + "    return Jx.astype('f4'), JW\n",
    "nan": HEAD + RIGHT + "    Jx[1, 2] = np.nan\n    return Jx, JW\n",
    "timeout": HEAD + LOOP,
    "syntax_error": "def layer_jacobians(x, W, rho, drho:\n    return x\n",
    "import_error": "import nothing_of_this_name\n",
    "missing_function": "def layer_jacobian(x, W, rho, drho):\n    return W\n",
    "changed_input": HEAD + RIGHT + "    x += 1\n    return Jx, JW\n",
    "output_flood": HEAD + "    while True:\n        print('x' * 1000)\n",
    "exit": HEAD + "    raise SystemExit\n",
    "partly_right": HEAD + RIGHT + BROAD,
    "not_finished": HEAD + RIGHT + "    if len(x) == 4:\n"
    "        raise NotImplementedError\n    return Jx, JW\n",
}
MISTAKES = [
    "layer_jacobians/rho_taken_after_the_product",
    "suffix_loss/asked_for_W_J",
    "backprop_states/states_without_the_last",
    "backprop_weights/weights_outer_product_swapped",
    "backprop_weights/weights_of_the_other_layer",
]
NARROW = ["exception_in_a_helper", "partly_right", "wrong_shape"]
ASCII = ["partly_right"]


@cache
def handed_in(name: str) -> TaskResult:
    """A file through the real grader, in a process of its own."""
    files = {"backprop.py": FILES[name].encode()}
    parts = course([f"{CHAPTER}/{TASK}"])
    return grade_submission(Submission("you", files), parts, 0, QUICK).tasks[0]


@cache
def mistaken() -> dict[str, TaskResult]:
    """Every catalogued mistake of every chapter, checked and diagnosed."""
    return {
        f"{task.id}/{m.name}": diagnosed(
            run_task(task, LocalStudent({m.task: m.function}, parameters(chapter)), 0),
            task,
            0,
            mistakes,
        )
        for chapter in all_chapters()
        for mistakes in [catalogue(chapter)]
        for task in chapter.tasks
        for m in mistakes
        if m.task == task.function
    }


def agrees(name: str, text: str) -> bool:
    """Is this the text in ``golden/``?  When asked to, write it there first."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("MINIGRAD_GOLDEN") == "write":
        file.write_text(text + "\n", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text + "\n"
    return True


# Golden texts ----------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_told_in_these_words(name):
    """At 80 columns, letter by letter."""
    assert agrees(name, explain(handed_in(name), Paper(80)))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_these_words(name):
    """The catalogue's sentence has room beside the numbers."""
    text = explain(mistaken()[f"{CHAPTER}/{name}"], Paper(80))
    assert agrees(name.replace("/", "-"), text)


@pytest.mark.parametrize("name", NARROW)
def test_forty_columns_are_told_in_these_words(name):
    """Labels stand in the text, and lines are wrapped."""
    assert agrees(f"{name}-40", explain(handed_in(name), Paper(40)))


@pytest.mark.parametrize("name", ASCII)
def test_ascii_is_told_in_these_words(name):
    """Marks and dots are spelled, and the lines still fit."""
    text = explain(handed_in(name), Paper(80, "ascii"))
    assert text.isascii()
    assert agrees(f"{name}-ascii", text)


def test_all_is_told_with_a_traceback_on_request():
    """``check -v``: the student's frames, and none of the grader's."""
    text = explain(handed_in("exception_in_a_helper"), Paper(80, whole=True))
    lines = [line for line in text.splitlines() if set(line) - set(" ~^") or not line]
    assert agrees("exception_in_a_helper-v", "\n".join(lines))  # each Python has its ^


def test_no_golden_text_is_left_over():
    """Each file in golden/ belongs to a case here."""
    names = {*FILES, *(name.replace("/", "-") for name in MISTAKES)}
    names |= {f"{name}-40" for name in NARROW} | {f"{name}-ascii" for name in ASCII}
    names.add("exception_in_a_helper-v")
    assert {file.stem for file in GOLDEN.iterdir()} == names


def test_the_readme_shows_a_message_as_it_is():
    """What `feedback.txt` says is what the README says it does."""
    swapped = mistaken()["01_backprop/backprop_weights/weights_outer_product_swapped"]
    assert explain(swapped) in (ROOT / "README.md").read_text(encoding="utf-8")


# What holds for all ----------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 88])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_no_message_of_a_mistake_is_longer_than_eight_lines(width, encoding):
    """Nor wider than the terminal, for any mistake of any chapter."""
    paper = Paper(width, encoding)
    assert mistaken()
    for name, result in mistaken().items():
        first = next(c for c in result.checks if c.status != PASSED)
        for text in (explain(result, paper), explain_check(first, result, paper)):
            lines = text.splitlines()
            assert len(lines) <= 8, (name, text)
            assert max(map(len, lines)) <= width, (name, text)
            assert text.isascii() or encoding != "ascii", (name, text)


def test_no_message_of_a_mistake_is_cut_where_it_matters():
    """At 80 columns there are all of the verdict, the slip and the next step."""
    for name, result in mistaken().items():
        lines = explain(result, Paper(80)).splitlines()
        assert lines[0].endswith("points"), name
        assert result.diagnosis.message in " ".join(" ".join(lines).split()), name
        assert lines[-1].startswith("  next"), name
        assert "…" not in lines[-1], name


@pytest.mark.parametrize("chapter", ["01_backprop", "02_delta_recursion"])
def test_short_names_leave_room_for_all_checks(chapter):
    """How far a student has come is told in one line."""
    results = {k: r for k, r in mistaken().items() if k.startswith(chapter)}
    assert results
    for name, result in results.items():
        assert "…" not in explain(result, Paper(80)).splitlines()[-2], name


@pytest.mark.parametrize("width", [30, 40, 59, 60, 79])
def test_a_narrow_terminal_cuts_no_explanation(width):
    """Lines are as wide as the terminal at most, and the slip is there in full."""
    for name, result in mistaken().items():
        text = explain(result, Paper(width))
        assert max(map(len, text.splitlines())) <= width, (name, text)
        words = " ".join(text.split())
        assert result.diagnosis.message in words, (name, text)


def told(message="", status="failed", width=80, likely="", **evidence):
    """The message of a made-up result of one check."""
    seen = Evidence(**evidence)
    check = CheckResult("all", status, 0.0, 1.0, message, evidence=seen, short="all")
    slip = Diagnosis("x", likely) if likely else None
    return explain(TaskResult("01_a/f", status, (check,), slip), Paper(width))


def test_whatever_a_student_says_is_eight_lines():
    """A thousand words, one endless word, line breaks: no message grows."""
    for text in ("word " * 1000, "x" * 5000, "a\nb\r\nc\n" * 50):
        place = f"f.py line 1: `{text}`"
        for said in (
            told(text, likely=text),
            told(f"raised {text} at {place}", "exception", likely=text, place=place),
            told(text, "wrong-type", wanted=text, got=text, likely=text),
        ):
            assert len(said.splitlines()) <= 8
            assert max(map(len, said.splitlines())) <= 80


def test_numbers_that_look_alike_are_told_apart():
    """Six digits, or as many more as it takes."""
    text = told(got=1.0, expected=1.0 + 1e-8)
    assert "got       1\n" in text
    assert "expected  1.00000001\n" in text


def test_the_first_entry_that_differs_is_named():
    """In an item of a list, with the shape; the type only where it differs."""
    got, expected = np.ones((2, 3), "f4"), np.ones((2, 3))
    expected[1, 2] = 1.25
    text = told(got=[got], expected=[expected], where=(0,), entry=(1, 2))
    assert "got       result[0][1, 2] = 1 in float32 array (2, 3): [[1." in text
    assert "expected  result[0][1, 2] = 1.25 in float64 array (2, 3)" in text


def checked(answer, expected):
    """A task of one check that calls the student's function f() once."""

    def check(student, rng):
        expect(student.f()).close_to(expected)

    task = Task("01_x", "f", (Check("f", "f", "It.", 1.0, check, "f"),))
    return explain(run_task(task, LocalStudent({"f": answer}), 0), Paper(80))


def test_a_word_is_compared_as_numbers_are():
    """Strings, booleans and None stand side by side."""
    text = checked(lambda: ["min"], ["saddle"])
    assert "got       result[0] = 'min'\n  expected  result[0] = 'saddle'\n" in text


def test_numbers_of_any_size_are_told():
    """An int that no float holds, a number in an array, a bool, a nan alone."""
    assert "got       inf\n  expected  2\n" in checked(lambda: 10**400, 2.0)
    assert "got       3\n  expected  2\n" in checked(lambda: np.array(3.0), 2.0)
    flags = np.array([True, False])
    assert "result[0] = 0 in array" in checked(lambda: ~flags, flags)
    for nan in (np.nan, np.array(np.nan)):
        text = told(status="failed", got=nan, wanted="a finite number")
        assert "got       nan\n  expected  a finite number\n" in text


class Talkative:
    """A student's object that would print on being shown."""

    def __str__(self):
        raise AssertionError("was asked for its text")

    __repr__ = __format__ = __eq__ = __getattr__ = __str__


def test_an_object_of_a_student_is_only_named():
    """No method of it is called to make a message."""
    assert "got       a Talkative\n" in checked(Talkative, 1.0)
    assert "result[0] is a Talkative\n" in checked(lambda: [Talkative()], [1.0])


def test_a_call_without_names_shows_shapes_and_numbers():
    """Where the stub does not tell, positions do."""

    def check(student, rng):
        expect(student.f([np.zeros(2), np.zeros(1)], 0.5)).close_to(1.0)

    task = Task("01_x", "f", (Check("f", "f", "It.", 1.0, check, "f"),))
    text = explain(run_task(task, LocalStudent({"f": lambda xs, w: "x"}), 0))
    assert "called    f([(2,), (1,)], 0.5)" in text


def test_a_stub_has_two_lines():
    """Its verdict, and where to begin."""
    text = told("not started", NOT_RUN)
    assert text.startswith("· f: not started, 0 of 1 points\n  next ")
    assert len(text.splitlines()) == 2
