"""A student's folder is made once, found again, and never loses what was written."""

from __future__ import annotations

import json

import pytest

from minigrad.course import state, workspace
from minigrad.course.chapters import find
from minigrad.course.workspace import WorkspaceError, find_root, next_hint, reset, start


@pytest.fixture
def mine(course, tmp_path):
    """A folder just made by `start`."""
    start(tmp_path / "mine", course)
    return tmp_path / "mine"


@pytest.fixture
def double(course):
    """The target `double` of the small course."""
    return find("double", course)


def names(folder) -> set[str]:
    return {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}


def test_start_copies_what_a_student_needs_and_no_more(mine):
    """Statement, stub and checks; no hints at once, no mistakes, no solutions."""
    assert names(mine) == {
        "conftest.py",
        "pytest.ini",
        "01_doubling/README.md",
        "01_doubling/doubling.py",
        "01_doubling/test_doubling.py",
    }


def test_start_takes_an_empty_folder(course, tmp_path):
    """A folder just made by hand is as good as none."""
    (tmp_path / "empty").mkdir()
    made = start(tmp_path / "empty", course)
    assert [folder.name for folder in made] == ["01_doubling"]


def test_start_refuses_a_folder_that_holds_anything(mine, course):
    """Not even a second `start` overwrites."""
    before = names(mine)
    with pytest.raises(WorkspaceError, match="is not empty; name a new folder"):
        start(mine, course)
    assert names(mine) == before


def test_start_refuses_a_file(tmp_path, course):
    """A path that is a file cannot become a folder."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WorkspaceError, match="is a file; name a new folder"):
        start(tmp_path / "file", course)
    with pytest.raises(WorkspaceError, match="cannot write"):
        start(tmp_path / "file" / "below", course)


def test_start_without_exercises_says_so(tmp_path):
    """An installation that lost its exercises is not silently empty."""
    with pytest.raises(WorkspaceError, match="carries no exercises"):
        start(tmp_path / "mine", tmp_path / "nowhere")


def test_the_root_is_found_from_anywhere_inside(mine, course):
    """At, above, or in ``exercises`` below."""
    assert find_root(mine) == mine
    assert find_root(mine / "01_doubling") == mine
    assert find_root(course.parent) == course
    assert find_root(course.parent / "solutions") == course


def test_a_folder_outside_any_course_is_told_how_to_get_one(tmp_path):
    """The next step is part of the sentence."""
    with pytest.raises(WorkspaceError, match=r"make one with `minigrad start"):
        find_root(tmp_path)


def test_hints_come_one_by_one_and_stay_at_the_last(mine, double):
    """Each call goes a level further; the last hint is repeated."""
    hints = [next_hint(mine, double.chapter, double.task) for _ in range(4)]
    assert [hint.level for hint in hints] == [1, 2, 3, 3]
    assert hints[3].text == "Add it to itself."
    assert hints[0].levels == 3
    assert state.hints_read(mine, double.task.id) == 3


def test_a_task_without_hints_has_none(mine, double):
    """A chapter may not have written any."""
    (double.chapter.folder / "hints.md").unlink()
    assert next_hint(mine, double.chapter, double.task) is None


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"hints": 3}', '{"hints": {"01_doubling/double": "x"}}']
)
def test_a_broken_state_begins_anew(mine, double, broken):
    """Whatever stands in the file, the first hint is the first hint."""
    (mine / ".minigrad.json").write_text(broken)
    assert next_hint(mine, double.chapter, double.task).level == 1
    assert next_hint(mine, double.chapter, double.task).level == 2


def test_other_entries_of_the_state_are_kept(mine, double):
    """A later version's own entries survive."""
    (mine / ".minigrad.json").write_text('{"theme": "dark"}')
    next_hint(mine, double.chapter, double.task)
    found = json.loads((mine / ".minigrad.json").read_text())
    assert found == {"theme": "dark", "hints": {"01_doubling/double": 1}}
    assert [f.name for f in mine.glob(".*")] == [".minigrad.json"]


def test_a_failed_write_keeps_the_old_state(mine, double, monkeypatch):
    """A full disk forgets the level, and neither breaks the file nor the hint."""
    next_hint(mine, double.chapter, double.task)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state.os, "replace", full)
    assert next_hint(mine, double.chapter, double.task).level == 2
    assert state.hints_read(mine, double.task.id) == 1
    assert [f.name for f in mine.glob(".*")] == [".minigrad.json"]


WRITTEN = '''\
import numpy as np
import helper  # mine


@helper.timed
def double(x):
    """Mine."""
    return x + x  # a page break: \x0c here


def total(xs, weight):
    return 7
'''


@pytest.fixture
def written(mine):
    """The student's file with both functions written."""
    file = mine / "01_doubling" / "doubling.py"
    file.write_text(WRITTEN, encoding="utf-8", newline="")
    return file


def test_reset_of_a_chapter_keeps_a_copy(mine, written, course):
    """The file is the stub again, and the student's work stands beside it."""
    done = reset(mine, find("01", course))
    stub = course / "01_doubling" / "doubling.py"
    assert written.read_text() == stub.read_text()
    assert done.backup.name == "doubling.py.bak-1"
    assert done.backup.read_text() == WRITTEN


def test_a_copy_is_never_overwritten(mine, written, course):
    """Each reset makes a new one."""
    first = reset(mine, find("01", course)).backup
    second = reset(mine, find("01", course)).backup
    assert second.name == "doubling.py.bak-2"
    assert first.read_text() == WRITTEN


def test_reset_of_a_function_leaves_the_others(mine, written, double):
    """Only the function's own lines, decorators included, become the stub's."""
    done = reset(mine, double)
    text = written.read_text()
    assert done.what == "01_doubling/double"
    assert "raise NotImplementedError" in text
    assert "return x + x" not in text
    assert "@helper.timed" not in text
    assert text.endswith("def total(xs, weight):\n    return 7\n")
    assert text.startswith("import numpy as np\nimport helper  # mine\n\n\ndef double(")
    assert done.backup.read_text() == WRITTEN


def test_lines_are_counted_as_python_counts_them(mine, written, course):
    """A form feed in a line above does not shift what is replaced."""
    reset(mine, find("total", course))
    text = written.read_text()
    assert "return x + x  # a page break: \x0c here\n\n\ndef total(" in text
    assert "return 7" not in text


def test_other_line_ends_are_kept(mine, written, double):
    """A file written on Windows keeps its line ends where it is not replaced."""
    written.write_bytes(WRITTEN.replace("\n", "\r\n").encode())
    reset(mine, double)
    assert b"return 7\r\n" in written.read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [("def double(x:\n", "was never closed"), ("x = 1\n", "it is not there")],
)
def test_reset_of_a_function_that_cannot_be_found_offers_the_chapter(
    mine, written, double, text, words
):
    """A file that does not parse is left alone, with the way out."""
    written.write_text(text)
    with pytest.raises(WorkspaceError, match="`minigrad reset 01_doubling`") as caught:
        reset(mine, double)
    assert words in str(caught.value)
    assert written.read_text() == text
    assert not list(written.parent.glob("*.bak-*"))


def test_reset_of_a_deleted_file_brings_it_back(mine, written, double):
    """Nothing is there to be kept."""
    written.unlink()
    assert reset(mine, double).backup is None
    assert "raise NotImplementedError" in written.read_text()


def test_the_stub_itself_is_not_reset(course, double):
    """In a clone the student's file is the stub: version control can restore it."""
    with pytest.raises(WorkspaceError, match="git checkout"):
        reset(course, double)


def test_a_failed_reset_leaves_the_file(mine, written, course, monkeypatch):
    """A full disk is a sentence, and the student's work is as it was."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state.os, "replace", full)
    with pytest.raises(WorkspaceError, match="No space left on device"):
        reset(mine, find("01", course))
    assert written.read_text() == WRITTEN


def test_old_line_ends_do_not_shift_what_is_replaced(mine, written, course):
    """Lines that end as on an old Mac, here and there, are lines to Python."""
    written.write_bytes(b"# pasted\r# from\r# there\r" + WRITTEN.encode())
    reset(mine, find("total", course))
    text = written.read_bytes().decode()
    assert text.startswith("# pasted\r# from\r# there\rimport numpy as np\n")
    assert "return x + x" in text
    assert "return 7" not in text


def test_a_byte_order_mark_is_no_obstacle(mine, written, double):
    """Some editors on Windows write one."""
    before = b"\xef\xbb\xbf" + WRITTEN.encode()
    written.write_bytes(before)
    assert reset(mine, double).backup.read_bytes() == before
    assert "return 7" in written.read_text()


@pytest.mark.parametrize("kind", [MemoryError, RecursionError])
def test_a_file_too_deep_to_parse_is_a_sentence(
    mine, written, double, kind, monkeypatch
):
    """However Python puts it, the whole chapter can be reset."""

    def fail(*_):
        raise kind

    monkeypatch.setattr(workspace.ast, "parse", fail)
    with pytest.raises(WorkspaceError, match=r"nested too deeply.*reset the whole"):
        reset(mine, double)
