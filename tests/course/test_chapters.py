"""Where chapters are, what they hold, and what a name on the command line means."""

from __future__ import annotations

import pytest

from minigrad.course import chapters
from minigrad.course.chapters import NoSolutionsError, UnknownTargetError


def test_a_chapter_holds_its_tasks_in_teaching_order(course):
    """Tasks and checks come as the test file has them."""
    chapter = chapters.load("01_doubling", course)
    assert (chapter.title, chapter.module) == ("Doubling", "doubling")
    assert [task.id for task in chapter.tasks] == [
        "01_doubling/double",
        "01_doubling/total",
    ]
    names = [check.name for check in chapter.tasks[0].checks]
    assert names == ["two numbers", "random numbers", "slope is two"]
    assert (chapter.tasks[0].points, chapter.points) == (4.0, 6.0)


def test_a_chapter_without_a_readme_is_called_after_its_folder(course):
    """A title is always there."""
    (course / "01_doubling" / "README.md").unlink()
    assert chapters.load("01_doubling", course).title == "01_doubling"


def test_only_numbered_folders_are_chapters(course):
    """Caches and notes lie beside chapters without being any."""
    (course / "__pycache__").mkdir()
    (course / "notes").mkdir()
    (course / "02_file").write_text("no folder")
    assert chapters.chapter_names(course) == ("01_doubling",)
    assert chapters.chapter_names(course / "nowhere") == ()


@pytest.mark.parametrize(
    "target", ["01_doubling", "01", "1", "doubling", "01_doubling/", " doubling "]
)
def test_a_chapter_is_found_by_name_number_and_topic(course, target):
    """However it is called, the whole chapter is meant."""
    found = chapters.find(target, course)
    assert found.chapter.name == "01_doubling"
    assert found.task is None
    assert len(found.tasks) == 2


@pytest.mark.parametrize("target", ["01_doubling/total", "1/total", "total"])
def test_a_task_is_found_with_and_without_its_chapter(course, target):
    """A function's own name is enough while it is the only one."""
    found = chapters.find(target, course)
    assert [task.id for task in found.tasks] == ["01_doubling/total"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("doublin", "no chapter or task `doublin`; did you mean doubling or"),
        ("01_doubling/totl", "did you mean 01_doubling/total or"),
        ("9", "no chapter or task `9`; the chapters are 01_doubling"),
        ("", "the chapters are 01_doubling"),
        ("elsewhere/total", "no chapter or task `elsewhere/total`"),
        ("01_doubling/total/x", "no chapter or task"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(course, target, words):
    """A slip of the finger is answered with what was probably meant."""
    with pytest.raises(UnknownTargetError) as caught:
        chapters.find(target, course)
    assert words in str(caught.value)


def test_a_function_of_two_chapters_must_be_told_apart(course):
    """A name that two chapters share is refused, with both."""
    other = course / "02_again"
    other.mkdir()
    text = (course / "01_doubling" / "test_doubling.py").read_text()
    (other / "test_again.py").write_text(text)
    with pytest.raises(
        UnknownTargetError, match="01_doubling/total and 02_again/total"
    ):
        chapters.find("total", course)
    assert chapters.find("02/total", course).tasks[0].chapter == "02_again"


def test_hints_come_level_by_level(course):
    """The text below each ### of the function's own ##."""
    chapter = chapters.load("01_doubling", course)
    assert chapters.hints(chapter, "double") == [
        "Once more.",
        "`x` and\n`x`.",
        "Add it to itself.",
    ]
    assert chapters.hints(chapter, "total") == ["Sum, then weigh."]
    assert chapters.hints(chapter, "nothing") == []


def test_parameters_are_those_of_the_stub(course):
    """The names of arguments come from the statement's own stub."""
    chapter = chapters.load("01_doubling", course)
    assert chapters.parameters(chapter) == {"double": ("x",), "total": ("xs", "weight")}


def test_a_file_that_does_not_parse_has_no_signatures(tmp_path):
    """A half-written file loses the names, nothing else."""
    file = tmp_path / "half.py"
    file.write_text("def f(:")
    assert chapters.signatures(file) == {}
    assert chapters.signatures(tmp_path / "missing.py") == {}


def test_solutions_lie_beside_the_exercises_or_are_missed_in_words(course):
    """A wheel carries no solutions, and says so."""
    chapter = chapters.load("01_doubling", course)
    folder = chapters.solution_folder(chapter)
    assert folder == course.parent / "solutions" / "01_doubling"
    folder.parent.rename(course.parent / "elsewhere")
    with pytest.raises(NoSolutionsError, match="come with a clone"):
        chapters.solution_folder(chapter)


def test_the_course_of_this_checkout_is_found():
    """Without a root, the chapters beside the package are meant."""
    assert "01_backprop" in chapters.chapter_names()
    assert chapters.solutions_root() is not None
