"""A slip that is in the catalogue is named; one that is not is guessed at, or not."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.course.chapters import load
from minigrad.course.checks import expect
from minigrad.course.mistakes import (
    Mistake,
    alternatives,
    catalogue,
    mistake,
    name_slip,
)
from minigrad.course.model import Check, Diagnosis, Task
from minigrad.course.running import run_task
from minigrad.course.student import LocalStudent


@pytest.fixture
def slip(course):
    """The diagnosis of an answer to the task `double`."""
    chapter = load("01_doubling", course)
    task = chapter.tasks[0]

    def slip(answer, mistakes=None, seed=0):
        checks = run_task(task, LocalStudent({"double": answer}), seed).checks
        return name_slip(task, checks, seed, mistakes or catalogue(chapter))

    return slip


def test_the_catalogue_holds_functions_kinds_and_sentences(course):
    """A docstring of several lines is one paragraph for the student."""
    entries = catalogue(load("01_doubling", course))
    assert [entry.name for entry in entries[:2]] == ["squared", "tripled"]
    assert entries[0].message == "You squared x. Multiply by 2 instead."
    assert (entries[0].task, entries[0].kind) == ("double", "power")
    assert entries[0].function(3) == 9


def test_a_chapter_may_have_no_catalogue(course):
    """A student's own folder has none."""
    chapter = load("01_doubling", course)
    (chapter.folder / "mistakes.py").unlink()
    assert catalogue(chapter) == ()


def test_alternatives_are_right_answers_kept(course):
    """They are read from the solution's folder."""
    kept = alternatives(load("01_doubling", course))
    assert [(entry.task, entry.name) for entry in kept] == [
        ("double", "added"),
        ("double", "halved_divisor"),
    ]


def test_a_mistake_without_a_sentence_is_refused():
    """The docstring is what the student reads, so it must be there."""
    with pytest.raises(TypeError, match="silent needs a docstring"):

        @mistake("double", kind="power")
        def silent(x):
            return x


@pytest.mark.parametrize("seed", [0, 1])
def test_a_catalogued_slip_is_named_however_it_is_written(slip, seed):
    """The trace decides, not the code: rounding and containers do not matter."""
    named = Diagnosis("factor", "You took three of them.")
    assert slip(lambda x: x + x + x, seed=seed) == named
    assert slip(lambda x: tuple(v + v for v in x), seed=seed).kind == "type"


def test_a_right_answer_has_no_slip(slip):
    """A mistake explains a failure, never a success."""
    assert slip(lambda x: 2 * x) is None


def test_a_slip_must_agree_in_every_call(slip):
    """Squaring only two numbers is not the catalogued squaring."""
    assert slip(lambda x: x**2 if len(x) == 2 else 2 * x) is None


@pytest.mark.parametrize("error", [NotImplementedError, SystemExit, MemoryError])
def test_only_wrong_answers_have_a_slip(slip, error):
    """A stub, an exit and an exhausted memory are what they say."""

    def answer(x):
        raise error

    assert slip(answer, [Mistake("double", "same", "The same.", answer)]) is None


def test_an_exception_is_a_slip_when_a_mistake_raises_the_same(slip):
    """The type of the exception is compared, its text is not."""

    @mistake("double", kind="index")
    def one_too_far(x):
        """You read past the end."""
        return x[len(x)]

    entry = vars(one_too_far)["mistake"]
    assert slip(lambda x: list(x)[99], [entry]).message == "You read past the end."
    assert slip(lambda x: {}[99], [entry]) is None


def test_two_mistakes_that_fit_are_both_said(slip):
    """The checks cannot tell them apart, so the student hears both."""
    entries = [
        Mistake("double", "power", "You squared.", lambda x: x**2),
        Mistake("double", "product", "You multiplied x by x.", lambda x: x * x),
        Mistake("total", "other", "Of another task.", lambda x: x * x),
    ]
    diagnosis = slip(lambda x: x * x, entries)
    assert diagnosis == Diagnosis("power", "You squared. Or: You multiplied x by x.")


def test_an_uncatalogued_slip_is_guessed_from_the_numbers(slip):
    """A constant factor shows in the result alone."""
    diagnosis = slip(lambda x: -2 * x)
    assert diagnosis.kind == "sign"
    assert diagnosis.message.startswith("It is the right answer with the opposite sign")


def guess(got, expected) -> str:
    """What is guessed about an answer that no catalogue knows."""

    def check(student, rng):
        """The right answer."""
        expect(student.f()).close_to(expected)

    task = Task("01_x", "f", (Check("f", "it", "The right answer.", 1.0, check),))
    results = run_task(task, LocalStudent({"f": lambda: got}), 0).checks
    diagnosis = name_slip(task, results, 0, ())
    return diagnosis.message if diagnosis else ""


def test_a_guess_is_about_the_part_that_was_refused():
    """Of a pair, the second is transposed, or the first list is reversed."""
    W = np.arange(9.0).reshape(3, 3)
    lists = [np.ones((3, 3)), 2 * W], [np.ones(3), np.ones(3)]
    reversed_first = lists[0][::-1], lists[1]
    assert guess((np.ones(2), W.T), (np.ones(2), W)).startswith(
        "result[1]: it is the transpose"
    )
    assert guess(reversed_first, lists).startswith(
        "result[0]: it is the right list in reverse order"
    )
    assert guess(7.0, 3.0) == ""


NOT_NUMERIC = [object(), "x", [[1.0], [2.0, 3.0]], np.array([None]), 10**400, None]


@pytest.mark.parametrize("rest", NOT_NUMERIC, ids=range(len(NOT_NUMERIC)))
def test_a_guess_does_not_touch_what_is_not_numeric(rest):
    """Items behind the refused one were never looked at, and may be anything."""
    message = guess((-np.ones(3), rest), (np.ones(3), np.ones(2)))
    assert message.startswith("result[0]: it is the right answer with the opposite")


def test_a_guess_survives_a_bottomless_list():
    """What is nested ten thousand deep is not followed."""
    nested: list = []
    for _ in range(10_000):
        nested = [nested]
    assert guess((np.zeros(2), nested), (np.ones(2), np.ones(2))) != ""


def test_a_guess_is_not_made_about_a_vast_answer():
    """Sums over twenty axes take the grader's time, and nobody returns that by slip."""
    assert guess(np.ones((2,) * 16), np.ones(1 << 16)).startswith("The entries are")
    assert guess(np.ones((2,) * 17), np.ones(1 << 17)) == ""
