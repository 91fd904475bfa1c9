"""Which file of a submission is taken for which chapter's module."""

from __future__ import annotations

from pathlib import Path

import pytest

from minigrad.course.matching import find_module, laid_out
from minigrad.course.model import Chapter, Task

NAMES = ("forward", "back")
CHAPTER = Chapter(
    "01_backprop",
    "Back-propagation",
    Path("01_backprop"),
    tuple(Task("01_backprop", name, ()) for name in NAMES),
)
ALL = b"import numpy as np\n\n\ndef forward(x):\n    ...\ndef back(x):\n    ...\n"
HALF = b"def back(x): pass\n"
NONE = b"x = 1\n"

CASES = {
    "its name": ({"backprop.py": NONE}, "backprop.py"),
    "its name, not another's content": (
        {"backprop.py": HALF, "a.py": ALL},
        "backprop.py",
    ),
    "its name in capitals": ({"Backprop.PY": ALL}, "Backprop.PY"),
    "its folder first": (
        {"backprop.py": ALL, "01_backprop/backprop.py": HALF},
        "01_backprop/backprop.py",
    ),
    "a copy of a copy": ({"backprop (2).py": ALL, "a.py": NONE}, "backprop (2).py"),
    "the student's name in front": ({"smith_backprop.py": ALL}, "smith_backprop.py"),
    "the fuller of two": (
        {"backprop_a.py": HALF, "backprop_b.py": ALL},
        "backprop_b.py",
    ),
    "a name like it before more functions": (
        {"a.py": ALL, "my_backprop.py": HALF},
        "my_backprop.py",
    ),
    "the functions": ({"hw1.py": ALL, "hw2.py": NONE}, "hw1.py"),
    "functions before a mere name": (
        {"backprop_notes.py": NONE, "hw1.py": ALL},
        "hw1.py",
    ),
    "a mere name": ({"backprop_v2.py": NONE, "a.py": NONE}, "backprop_v2.py"),
    "a mere folder": ({"01_backprop/hw.py": NONE, "a.py": NONE}, "01_backprop/hw.py"),
    "an async function": ({"hw.py": b"async def back(x): ..."}, "hw.py"),
    "a class": ({"hw.py": b"class back: ..."}, "hw.py"),
    "nothing": ({"a.py": NONE}, None),
    "a longer name": ({"a.py": b"def backwards(x): ..."}, None),
    "a nested function": ({"a.py": b"if 1:\n    def back(x): ..."}, None),
    "a comment": ({"a.py": b"# def back(x)"}, None),
    "no file": ({}, None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_module_is_found_by_name_then_by_content(case):
    """Names come first, and what a file defines decides among them."""
    files, expected = CASES[case]
    found = find_module(files, CHAPTER)
    assert (found and found.file) == expected


def test_the_expected_name_needs_no_note():
    """What everybody would read is read without a word."""
    assert find_module({"01_backprop/backprop.py": ALL}, CHAPTER).note == ""


def test_a_guess_is_told():
    """The note says what was read as what, and what was not."""
    assert find_module({"hw1(2).py": ALL}, CHAPTER).note == (
        "read `hw1(2).py` as backprop.py"
    )
    two = {"backprop1.py": ALL, "backprop2.py": ALL}
    assert find_module(two, CHAPTER).note == (
        "read `backprop1.py` as backprop.py, not `backprop2.py`"
    )


def test_a_copy_beside_the_right_name_is_told():
    """A browser's second download may be what was meant; a helper is none."""
    files = {"backprop.py": NONE, "backprop (1).py": ALL, "helper.py": HALF}
    assert find_module(files, CHAPTER).note == (
        "read `backprop.py` as backprop.py, not `backprop (1).py`"
    )


def test_binary_content_is_only_looked_through():
    """Bytes that are no text do not disturb the search."""
    assert find_module({"a.py": bytes(range(256)) + b"\ndef back("}, CHAPTER)


def test_a_guessed_module_gets_its_expected_name():
    """It lies where its neighbors are, and keeps its own name as well."""
    files = {"hw/hw1.py": ALL, "hw/lib.py": NONE}
    copies, name = laid_out(files, find_module(files, CHAPTER), CHAPTER)
    assert name == "hw/backprop.py"
    assert copies == {**files, "hw/backprop.py": ALL}
