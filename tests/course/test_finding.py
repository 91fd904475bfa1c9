"""Which submissions a path means, whatever else lies there."""

from __future__ import annotations

import os

import pytest
from handed_in import CODE, lay, packed

from minigrad.course.finding import discover
from minigrad.course.journal import OutputError
from minigrad.course.submission import SubmissionError, collect


def ids(*paths):
    return [source.id for source in discover(paths)]


LAYOUTS = {
    "flat": (["s/backprop.py"], ["s"]),
    "by chapter": (["s/01_backprop/backprop.py"], ["s"]),
    "with a helper package": (["s/backprop.py", "s/tools/a.py"], ["s"]),
    "renamed, alone": (["s/hw1.py", "s/notes.txt"], ["s"]),
    "a class of folders": (["s/ann/backprop.py", "s/bob/hw.py"], ["ann", "bob"]),
    "a class by chapter": (["s/ann/01_backprop/x.py", "s/bob/x.py"], ["ann", "bob"]),
    "a mixed class": (["s/ann/a.py", "s/bob_hw.py"], ["ann", "bob_hw"]),
    "folders in folders": (["s/ann/hw/backprop.py", "s/bob/"], ["ann", "bob"]),
    "hidden and foreign": (
        ["s/.git/x", "s/__MACOSX/x", "s/ann/a.py", "s/list.csv"],
        ["ann"],
    ),
    "archives we cannot read": (["s/ann/a.py", "s/bob.rar"], ["ann", "bob"]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_submissions_are_found_in_every_layout(layout, tmp_path):
    """One folder is a submission, or it holds submissions; nobody vanishes."""
    names, expected = LAYOUTS[layout]
    assert ids(lay(tmp_path, *names) / "s") == expected


def test_a_zip_makes_the_folder_a_class(tmp_path):
    """Downloaded archives lie beside loose files, each of them a submission."""
    packed(tmp_path / "s/ann.zip", [("backprop.py", CODE)])
    lay(tmp_path, "s/bob_backprop.py")
    assert ids(tmp_path / "s") == ["ann", "bob_backprop"]


def test_files_can_be_named_one_by_one(tmp_path):
    """Each path is a submission of its own, in the order given, and counts once."""
    lay(tmp_path, "b.py", "a.py")
    assert ids(tmp_path / "b.py", tmp_path / "a.py", tmp_path / "b.py") == ["b", "a"]


def test_ids_are_unique_even_where_case_does_not_count(tmp_path):
    """Two of the same name get numbers; a name makes a safe folder."""
    lay(tmp_path, "1/hw.py", "2/hw.py", "3/HW.py", "4/ä b..(2)=.py", "5/...py")
    found = ids(*sorted(tmp_path.glob("*/*.py")))
    assert found == ["hw", "hw-2", "HW-3", "ä-b-2", "submission"]


def test_a_link_that_was_named_is_followed(tmp_path):
    """The instructor's own links are the instructor's business."""
    lay(tmp_path, "real/backprop.py")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (source,) = discover([tmp_path / "link"])
    assert collect(source.path).files == {"backprop.py": CODE.encode()}


@pytest.mark.parametrize(
    ("names", "path", "says"),
    [
        ([], "nowhere", "there is no "),
        (["empty/"], "empty", "holds no submission"),
        (["texts/a.txt", "texts/b.pdf"], "texts", "holds no submission"),
        (["a.txt"], "a.txt", "no folder, no .py and no .zip"),
        ([], "x" * 300, "cannot be read: File name too long"),
    ],
)
def test_a_path_to_no_submission_is_a_sentence(names, path, says, tmp_path):
    """What the instructor typed leads nowhere: that stops, and says why."""
    lay(tmp_path, *names)
    with pytest.raises(SubmissionError, match=says):
        discover([tmp_path / path])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_of_the_class_is_a_note(tmp_path):
    """Nobody may look into Ann's folder; Bob's is graded."""
    lay(tmp_path, "s/ann/a.py", "s/bob.py")
    (tmp_path / "s/ann").chmod(0)
    ann, bob = discover([tmp_path / "s"])
    assert "Permission denied" in collect(ann.path).notes[0]
    assert collect(bob.path).files
    (tmp_path / "s/ann").chmod(0o700)


# One thing in the wrong place ------------------------------------------------------

STRAYS = {
    "a file": (["s/backprop.py"], ["ann", "backprop", "bob"]),
    "a chapter": (["s/01_backprop/backprop.py"], ["01_backprop", "ann", "bob"]),
    "both": (
        ["s/backprop.py", "s/02_delta_recursion/x.py"],
        ["02_delta_recursion", "ann", "backprop", "bob"],
    ),
}


@pytest.mark.parametrize("stray", STRAYS)
def test_one_name_does_not_swallow_the_class(stray, tmp_path):
    """A file or folder of the course beside submissions is one more of them."""
    names, expected = STRAYS[stray]
    lay(tmp_path, "s/ann/01_backprop/backprop.py", "s/bob/backprop.py", *names)
    assert ids(tmp_path / "s") == expected


def test_one_name_does_not_swallow_a_class_of_zips(tmp_path):
    """Neither where everybody else handed in an archive."""
    lay(tmp_path, "s/backprop.py")
    for name in ("ann", "bob"):
        packed(tmp_path / f"s/{name}.zip", [("backprop.py", CODE)])
    assert ids(tmp_path / "s") == ["ann", "backprop", "bob"]


def test_a_submission_with_its_archive_is_one(tmp_path):
    """A folder of chapters, tools, and the zip of the same is one student's."""
    lay(tmp_path, "s/01_backprop/backprop.py", "s/tools/plot.py")
    packed(tmp_path / "s/all.zip", [("backprop.py", CODE)])
    assert ids(tmp_path / "s") == ["s"]


@pytest.mark.parametrize("name", ["test_bob.py", "venv/", "mistakes.py", "x.ipynb"])
def test_a_student_of_any_name_is_in_the_list(name, tmp_path):
    """What is skipped inside of a submission is a submission in a class."""
    lay(tmp_path, "s/ann/backprop.py", f"s/{name}")
    other = name.partition(".")[0].rstrip("/")
    assert sorted(ids(tmp_path / "s")) == sorted(["ann", other])


def test_the_results_are_no_submission(tmp_path):
    """A second run does not grade what the first one wrote."""
    lay(tmp_path, "s/ann/backprop.py", "s/graded/ann/")
    found = discover([tmp_path / "s"], apart=tmp_path / "s" / "graded")
    assert [source.id for source in found] == ["ann"]


@pytest.mark.parametrize("place", ["s/ann/graded", "s/ann/a/b"])
def test_results_do_not_go_into_a_submission(place, tmp_path):
    """Nothing is written to what was handed in."""
    lay(tmp_path, "s/ann/backprop.py", "s/bob/backprop.py")
    with pytest.raises(OutputError, match="lies in the submission"):
        discover([tmp_path / "s"], apart=tmp_path / place)
