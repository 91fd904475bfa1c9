"""Files are run as modules of their own, and leave nothing behind."""

from __future__ import annotations

import sys

import pytest

from minigrad.course.loading import marks, run_file


@pytest.fixture
def write(tmp_path):
    """Write a file into a folder of its own and return its path."""

    def write(folder: str, text: str, name: str = "answers.py"):
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_nothing_is_left_in_sys_modules_or_beside_the_file(write):
    """Two folders hold modules and helpers of the same names; each has its own."""
    before, path = set(sys.modules), list(sys.path)
    for folder, value in (("a", 1), ("b", 2)):
        write(folder, f"x = {value}\n", "helper_of_mine.py")
        file = write(folder, "import helper_of_mine\nx = helper_of_mine.x\n")
        assert run_file(file).x == value
        assert len(list(file.parent.iterdir())) == 2
    assert set(sys.modules) == before
    assert sys.path == path


def test_an_error_passes_through_and_leaves_nothing(write):
    """A file that fails to load is gone again."""
    before, path = set(sys.modules), list(sys.path)
    writing = sys.dont_write_bytecode
    with pytest.raises(ZeroDivisionError):
        run_file(write("a", "1 / 0\n"))
    assert set(sys.modules) == before
    assert sys.path == path
    assert sys.dont_write_bytecode == writing


def test_future_imports_of_ours_are_not_the_files(write):
    """Annotations are evaluated in a file that does not ask for otherwise."""
    module = run_file(write("a", "def f(x: int): pass\n"))
    assert module.f.__annotations__ == {"x": int}


def test_marks_are_read_off_functions_only(write):
    """A class or an object that happens to have the attribute is none."""
    text = (
        "class check: check = 1\n"
        "def f(): pass\n"
        "f.check = 'first'\n"
        "def g(): pass\n"
        "g.check = 'second'\n"
    )
    assert marks(run_file(write("a", text)), "check") == ["first", "second"]
