"""A wrong gradient leaves a drawing of what it should be the gradient of."""

from __future__ import annotations

import re

import numpy as np
import pytest
from devtools import CHROMIUM, Browser

from minigrad.course import chapters, failing, grading
from minigrad.course.checks import CheckFailure, Expectation, expect
from minigrad.course.model import FAILED, PASSED, Computation, TaskResult
from minigrad.course.page import to_html
from minigrad.course.reports import make
from minigrad.course.results import (
    ClassResult,
    ResultsError,
    submission_from_json,
    submission_to_json,
)
from minigrad.course.running import run_check
from minigrad.course.student import LocalStudent, load_module
from minigrad.drawing import render

SOLUTIONS = chapters.solutions_root()
needs_graphviz = pytest.mark.skipif(
    not any(render.renderers("svg")), reason="no Graphviz here"
)
in_a_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here")


def square(x):
    return np.sum(x**2)


def failed(claim):
    """The result of a task of one check that fails in ``claim``."""
    with pytest.raises(CheckFailure) as caught:
        claim()
    failure = caught.value
    check = chapters.all_chapters()[0].tasks[0].checks[0]
    result = check.result(failure.status, failure.message, failure.evidence)
    return TaskResult("01_a/f", failure.status, (result,))


def wrong():
    """A task whose claimed gradient is all zero."""
    return failed(lambda: expect(np.zeros(3)).gradient_of(square, np.ones(3)))


def test_the_argument_is_marked_in_words():
    """The title and the card say whose gradient it is."""
    drawn = failing.draw_failing(wrong())
    assert drawn.title.endswith("differentiates: the gradient claimed for x is wrong.")
    assert "the gradient claimed for x is wrong" in drawn.dot
    assert "gradient  [2 2 2]" in drawn.words


def test_of_several_arguments_the_wrong_one_is_marked():
    """Right for the first, wrong for the second."""
    at = [np.ones(3), np.full(2, 3.0)]
    claimed = [2 * at[0], at[1]]

    def f(xs):
        return np.sum(xs[0] ** 2) + np.sum(xs[1] ** 2)

    drawn = failing.draw_failing(failed(lambda: expect(claimed).gradient_of(f, at)))
    assert "result[1], the gradient claimed for xs[1], is wrong" in drawn.title
    assert drawn.dot.count("the gradient claimed for xs[1] is wrong") == 1


def test_other_failures_have_no_drawing():
    """Nor has a task that passed."""
    assert failing.draw_failing(failed(lambda: expect(1.0).close_to(2.0))) is None
    assert failing.draw_failing(TaskResult("01_a/f", PASSED, ())) is None


def test_what_cannot_be_drawn_is_left_out(monkeypatch):
    """The verdict stands: a function that fails now, and one that is too large."""
    task = wrong()
    monkeypatch.setattr(failing, "draw", lambda *args, **view: 1 / 0)
    assert failing.draw_failing(task) is None
    monkeypatch.undo()
    monkeypatch.setattr(failing, "MOST_TEXT", 1000)
    assert failing.draw_failing(task) is None
    assert task.status == FAILED


@pytest.mark.skipif(SOLUTIONS is None, reason="a wheel carries no solutions")
@pytest.mark.parametrize("chapter", chapters.all_chapters(), ids=lambda c: c.name)
def test_every_gradient_of_the_course_can_be_drawn(chapter, monkeypatch):
    """Small enough, and never twice different: each is taken for wrong once."""

    def refuse(self, f, at, rtol=0.0):
        raise CheckFailure("wrong", failing=Computation(f, at))

    monkeypatch.setattr(Expectation, "gradient_of", refuse)
    module = load_module(SOLUTIONS / chapter.name / f"{chapter.module}.py")
    student = LocalStudent(module)
    for task in chapter.tasks:
        for check in task.checks:
            result = run_check(check, chapter.name, student, 0)
            if result.evidence.failing:
                one, two = (
                    failing.draw_failing(TaskResult(task.id, FAILED, (result,)))
                    for _ in range(2)
                )
                assert one, check.name
                assert one == two


# In results and on pages ----------------------------------------------------------


@pytest.fixture
def graded(course, tmp_path):
    """Somebody who squares where doubling was asked for."""
    part = grading.course(root=course)[0]
    file = tmp_path / "doubling.py"
    file.write_text("def double(x): return x * x\n", encoding="utf-8")
    return grading.grade_submission(file, [part], seed=7)


@pytest.fixture
def read(graded):
    return submission_from_json(submission_to_json(graded))


def test_a_result_keeps_its_drawing(graded, read):
    """Beside the keys of the contract; a task without a drawing has no such key."""
    double, total = submission_to_json(graded)["tasks"]
    assert set(double["drawing"]) == {"title", "words", "dot"}
    assert "“slope is two” of 01_doubling/double" in double["drawing"]["title"]
    assert "drawing" not in total
    assert submission_to_json(read)["tasks"][0] == double


@pytest.mark.parametrize("dot", ["graph {}", 7, "digraph minigrad {" + " " * 60_000])
def test_a_drawing_of_another_kind_is_refused(graded, dot):
    """What goes to the renderer is ours, and small."""
    data = submission_to_json(graded)
    data["tasks"][0]["drawing"]["dot"] = dot
    with pytest.raises(ResultsError):
        submission_from_json(data)


@needs_graphviz
def test_pages_show_it_and_a_class_shows_it_once(read):
    """Every id is there once, also where two students have the same drawing."""
    page = make(ClassResult((read,), 7, "process"), "pages").files.decode()
    assert page.count("<figure") == page.count(
        "the gradient claimed for z is wrong.</t"
    )
    two = tuple(type(read)(id, read.status, read.tasks) for id in ("ann", "bob"))
    whole = to_html(ClassResult(two, 7, "process"))
    assert (whole.count("<figure"), whole.count('href="#drawing-1"')) == (1, 2)
    for text in (page, whole):
        ids = re.findall(r' id="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        assert not re.search(r"https?:|url\(|\bsrc=|\bstyle=", text)


def test_without_a_renderer_one_remark_says_so(read, monkeypatch):
    """The page is as it was without drawings."""
    monkeypatch.setattr(render, "renderers", lambda kind: iter(()))
    failing._picture.cache_clear()
    for format in ("pages", "html"):
        made = make(ClassResult((read, read), 7, "process"), format)
        assert made.remarks == (failing.NO_RENDERER,)
        pages = made.files.values() if format == "pages" else [made.files]
        assert not any(b"<figure" in page for page in pages)
    failing._picture.cache_clear()


@needs_graphviz
@in_a_browser
def test_a_browser_shows_it_in_light_and_dark(read, tmp_path):
    """The policy lets its colors through; nothing is asked for or complained of."""
    path = tmp_path / "page.html"
    results = ClassResult((read,), 7, "process")
    card = "getComputedStyle(document.querySelector('figure path[stroke=\"#b3121d\"]'))"
    with Browser(tmp_path / "profile") as browser:
        for text in (make(results, "pages").files.decode(), to_html(results)):
            path.write_text(text, encoding="utf-8")
            for scheme, red in (("light", "179, 18, 29"), ("dark", "255, 123, 128")):
                browser.media(prefers_color_scheme=scheme)
                browser.open(path.as_uri())
                assert browser.run(f"{card}.stroke") == f"rgb({red})"
        assert browser.complaints() == []
        assert set(browser.requested()) == {path.as_uri()}
