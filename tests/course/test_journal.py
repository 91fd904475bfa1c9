"""The journal: what is in it survives whatever happens."""

from __future__ import annotations

import errno
import os

import pytest

from minigrad.course import journal
from minigrad.course.journal import DiskError, Journal, OutputError, replace_file


def kept(folder, **how):
    """What a new reader finds: the seed and the results."""
    with Journal(folder, **how) as found:
        return found.seed, found.results


def filled(folder, *keys):
    with Journal(folder) as book:
        book.begin(7)
        for key in keys:
            book.add(key, {"score": 1.0, "name": "ä\n\ud800"})
    return folder


def test_results_come_back(tmp_path):
    """The next run finds the seed and every result."""
    seed, results = kept(filled(tmp_path / "new" / "out", "a", "b"))
    assert (seed, list(results)) == (7, ["a", "b"])
    assert results["a"] == {"score": 1.0, "name": "ä\n\ud800"}


def test_the_same_run_is_noted_once(tmp_path):
    """Going on with the same seed adds no line; another seed does."""
    filled(filled(tmp_path))
    assert len((tmp_path / journal.JOURNAL).read_text().splitlines()) == 1
    with Journal(tmp_path) as book:
        book.begin(8)
    assert kept(tmp_path)[0] == 8


def test_fresh_forgets(tmp_path):
    """On demand everything is graded again."""
    assert kept(filled(tmp_path, "a"), fresh=True) == (None, {})
    assert kept(tmp_path) == (None, {})


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_line_cut_by_a_crash_is_dropped(cut, tmp_path):
    """The lines before it are kept, and the next line stands alone."""
    file = filled(tmp_path, "a", "b") / journal.JOURNAL
    with file.open("r+b") as text:
        text.truncate(len(file.read_bytes()) - cut)
    with Journal(tmp_path) as book:
        assert list(book.results) == ["a"]
        book.add("c", {})
    assert list(kept(tmp_path)[1]) == ["a", "c"]


def test_damage_costs_only_its_own_line(tmp_path):
    """A line that is no JSON is graded again; the others are not."""
    file = filled(tmp_path, "a", "b", "c") / journal.JOURNAL
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(
        b"".join([*lines[:2], b'{"key": "b", "result\n', b"[]\n", lines[3]])
    )
    assert list(kept(tmp_path)[1]) == ["a", "c"]


def test_a_crash_at_the_very_beginning_is_no_obstacle(tmp_path):
    """A journal with nothing whole in it is ours when it lies alone."""
    (tmp_path / journal.JOURNAL).write_bytes(b'{"journal": "minig')
    assert kept(tmp_path) == (None, {})


@pytest.mark.parametrize(
    "names", [["thesis.tex"], ["journal.jsonl", "thesis.tex"], ["journal.jsonl"]]
)
def test_a_folder_of_somebody_elses_is_refused(names, tmp_path):
    """Nothing in it is touched."""
    for name in names:
        (tmp_path / name).write_text("mine\n")
    with pytest.raises(OutputError, match="holds something else"):
        Journal(tmp_path)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == dict.fromkeys(
        names, "mine\n"
    )


def test_hidden_files_do_not_count(tmp_path):
    """An empty folder of a Mac holds a .DS_Store."""
    (tmp_path / ".DS_Store").touch()
    assert kept(tmp_path) == (None, {})


def test_a_file_is_no_folder(tmp_path):
    """A path to a file is refused with a sentence."""
    (tmp_path / "out").touch()
    with pytest.raises(OutputError, match="is a file"):
        Journal(tmp_path / "out")


def test_two_runs_do_not_share_a_folder(tmp_path):
    """The second one is told so, and the first goes on."""
    with Journal(tmp_path) as book:
        book.begin(7)
        with pytest.raises(OutputError, match="another run"):
            Journal(tmp_path)
        book.add("a", {})
    assert list(kept(tmp_path)[1]) == ["a"]


def full(monkeypatch, after=0):
    """A disk that takes some more bytes and then no more."""
    write, left = os.write, [after]

    def limited(file, data):
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        size = write(file, bytes(data)[: left[0]])
        left[0] -= size
        return size

    monkeypatch.setattr(journal.os, "write", limited)


@pytest.mark.parametrize("after", [0, 1, 30])
def test_a_full_disk_is_a_sentence_and_loses_nothing(after, tmp_path, monkeypatch):
    """What did not fit leaves no trace; what was there before is whole."""
    filled(tmp_path, "a")
    before = (tmp_path / journal.JOURNAL).read_bytes()
    full(monkeypatch, after)
    with Journal(tmp_path) as book, pytest.raises(DiskError, match="No space left"):
        book.add("b", {"score": 1.0})
    assert (tmp_path / journal.JOURNAL).read_bytes() == before


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    """When the disk is full the old content stays, and no scrap beside it."""
    file = tmp_path / "results.json"
    replace_file(file, b"old")
    replace_file(file, b"new")
    full(monkeypatch, after=2)
    with pytest.raises(DiskError):
        replace_file(file, b"newer")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    """No permission: the reason is given."""
    tmp_path.chmod(0o500)
    with pytest.raises(DiskError, match="Permission denied"):
        Journal(tmp_path / "out")
