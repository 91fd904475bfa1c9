"""What was handed in: read with limits, and never in the way of the others."""

from __future__ import annotations

import os
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from handed_in import CODE, lay, packed

from minigrad.course import submission
from minigrad.course.submission import collect

# Reading folders ------------------------------------------------------------------


def test_only_the_students_python_files_are_read(tmp_path):
    """The course's files, hidden ones, caches and other kinds stay out."""
    lay(
        tmp_path,
        *("backprop.py", "lib/helper.py", "UPPER.PY"),
        *("conftest.py", "test_backprop.py", "mistakes.py", "sitecustomize.py"),
        *("__pycache__/x.py", ".hidden.py", ".venv/x.py", "venv/x.py", "notes.txt"),
    )
    read = collect(tmp_path)
    assert sorted(read.files) == ["UPPER.PY", "backprop.py", "lib/helper.py"]
    assert read.notes == ()


def noted(path):
    """The one note of a submission that gave up one file and kept the other."""
    read = collect(path)
    assert list(read.files) == ["good.py"], read
    (note,) = read.notes
    return note


def test_a_pipe_is_not_waited_for(tmp_path):
    """A FIFO with the name of a module would block whoever opens it."""
    os.mkfifo(lay(tmp_path, "good.py") / "backprop.py")
    assert noted(tmp_path) == "skipped backprop.py: it is no regular file"


def test_links_are_not_followed(tmp_path):
    """Neither to a device, nor to a file or folder of somebody else's."""
    lay(tmp_path, "theirs/secret.py", "s/good.py")
    (tmp_path / "s/backprop.py").symlink_to("/dev/zero")
    assert noted(tmp_path / "s") == "skipped backprop.py: it is no regular file"
    (tmp_path / "s/backprop.py").unlink()
    (tmp_path / "s/more").symlink_to(tmp_path / "theirs")
    assert list(collect(tmp_path / "s").files) == ["good.py"]
    (tmp_path / "link").symlink_to(tmp_path / "s")
    read = collect(tmp_path / "link")
    assert (read.files, "is a link" in read.notes[0]) == ({}, True)


def test_a_vast_file_is_not_read(tmp_path):
    """A sparse file of a terabyte costs a megabyte of reading."""
    with (lay(tmp_path, "good.py") / "backprop.py").open("wb") as file:
        file.truncate(1 << 40)
    assert noted(tmp_path) == "skipped backprop.py: it is larger than 1 MiB"


def test_all_files_together_have_a_limit(tmp_path, monkeypatch):
    """Many small files make a large submission."""
    monkeypatch.setattr(submission, "TOTAL", 2 * len(CODE))
    read = collect(lay(tmp_path, "a.py", "b.py", "c.py"))
    assert list(read.files) == ["a.py", "b.py"]
    assert "exceed" in read.notes[0]


def test_the_number_of_files_has_a_limit(tmp_path, monkeypatch):
    """And so has the number of names that are looked at."""
    lay(tmp_path, *(f"{i}.py" for i in range(9)))
    monkeypatch.setattr(submission, "COUNT", 4)
    assert len(collect(tmp_path).files) == 4
    monkeypatch.setattr(submission, "ENTRIES", 3)
    read = collect(tmp_path)
    assert (len(read.files), read.notes) == (
        3,
        ("only the first 3 entries were looked at",),
    )


def test_folders_in_folders_have_a_limit(tmp_path):
    """A path of any length is not followed to its end."""
    lay(tmp_path, "good.py", *(f"{'d/' * n}x.py" for n in range(1, 100)))
    read = collect(tmp_path)
    assert len(read.files) == submission.DEPTH
    assert "good.py" in read.files


@pytest.mark.parametrize("name", [b"\xff\xfe.py", b"a\nb.py", b"\x1b[31m.py"])
def test_a_name_that_is_no_text_is_skipped(name, tmp_path):
    """Such a name is neither written to a terminal nor to a folder."""
    lay(tmp_path, "good.py")
    Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_text(CODE)
    note = noted(tmp_path)
    assert note.endswith("its name is not plain text")
    assert note.isprintable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_note(tmp_path):
    """No permission: the others are read."""
    (lay(tmp_path, "good.py", "bad.py") / "bad.py").chmod(0)
    assert noted(tmp_path) == "skipped bad.py: Permission denied"


def test_a_file_that_vanishes_is_a_note(tmp_path, monkeypatch):
    """Whatever the disk says, collecting does not raise."""
    lay(tmp_path, "good.py", "bad.py")
    opened = submission._opened

    def fail(path):
        if path.name == "bad.py":
            raise OSError(5, "Input/output error")
        return opened(path)

    monkeypatch.setattr(submission, "_opened", fail)
    assert noted(tmp_path) == "skipped bad.py: Input/output error"


def test_no_python_file_at_all_says_what_there_is(tmp_path):
    """A report in Word is not graded, and the note names it."""
    lay(tmp_path / "s", "report.docx", "homework.ipynb")
    (note,) = collect(tmp_path / "s").notes
    assert note == "s: no Python file was read; it holds homework.ipynb, report.docx"


def test_the_digest_is_of_the_content(tmp_path):
    """The same files have the same digest wherever they lie; a changed byte tells."""
    one = collect(lay(tmp_path / "1", "a.py", "b/c.py"))
    two = collect(lay(tmp_path / "2", "b/c.py", "a.py"))
    three = collect(lay(tmp_path / "3", "a.py", "b/c.py", text=CODE + "\n"))
    assert one.digest == two.digest != three.digest


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read(codec, tmp_path):
    """Editors on Windows write it, with a mark in front; Python reads none of it."""
    mark = "" if codec == "utf-16" else "\ufeff"
    (tmp_path / "a.py").write_bytes((mark + "x = 'é'\n").encode(codec))
    read = collect(tmp_path)
    assert read.files == {"a.py": "x = 'é'\n".encode()}
    assert read.notes == ("read a.py as UTF-16",)


def test_what_only_begins_like_utf_16_stays_as_it_is(tmp_path):
    """An odd number of bytes, or half a pair: nothing is lost, nothing raised."""
    for content in (b"\xff\xfex", b"\xff\xfe\x00\xd8"):
        (tmp_path / "a.py").write_bytes(content)
        assert collect(tmp_path).files == {"a.py": content}


# Reading archives -----------------------------------------------------------------


def test_a_zip_is_read_like_a_folder(tmp_path):
    """With one folder around everything, in Windows' way of writing, and a Mac's."""
    members = [
        ("hw 1/backprop.py", CODE),
        ("hw 1\\lib\\helper.py", CODE),
        ("hw 1/report.pdf", "..."),
        ("__MACOSX/hw 1/._backprop.py", "..."),
    ]
    read = collect(packed(tmp_path / "ann.ZIP", members))
    assert (read.id, read.notes) == ("ann", ())
    assert sorted(read.files) == ["hw 1/backprop.py", "hw 1/lib/helper.py"]


def zipped(*members):
    """The bytes of a zip of these (name, content) pairs."""
    with zipfile.ZipFile(made := BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def test_the_only_zip_of_a_folder_or_a_zip_is_read(tmp_path):
    """A platform puts a folder, or a zip, around what was handed in; a note says so."""
    inner = zipped(("hw/a.py", CODE))
    (tmp_path / "s").mkdir()
    (tmp_path / "s/hw.zip").write_bytes(inner)
    for path in (tmp_path / "s", packed(tmp_path / "t.zip", [("hw.zip", inner)])):
        assert collect(path).files == {"hw/a.py": CODE.encode()}
        assert collect(path).notes == ("read hw.zip",)


def test_which_of_several_zips_is_meant_nobody_can_know(tmp_path):
    """None is read; nor is one beside Python files, or in a zip that is in a zip."""
    inner = zipped(("a.py", CODE))
    two = packed(tmp_path / "two.zip", [("1.zip", inner), ("2.zip", inner)])
    assert collect(two).files == {}
    beside = packed(tmp_path / "beside.zip", [("b.py", CODE), ("old.zip", inner)])
    assert (list(collect(beside).files), collect(beside).notes) == (["b.py"], ())
    deep = packed(tmp_path / "deep.zip", [("1.zip", zipped(("2.zip", inner)))])
    assert collect(deep).files == {}


@pytest.mark.parametrize(
    "name", ["../evil.py", "/etc/evil.py", "a/../../evil.py", "C:/evil.py", "..\\e.py"]
)
def test_a_zip_does_not_leave_its_place(name, tmp_path):
    """Names that lead out of the archive are skipped."""
    path = packed(tmp_path / "s.zip", [("good.py", CODE), (name, CODE)])
    assert noted(path).endswith("its name leads out of the submission")


def test_a_link_in_a_zip_is_skipped(tmp_path):
    """A link cannot bring in what lies elsewhere."""
    link = zipfile.ZipInfo("backprop.py")
    link.external_attr = 0o120777 << 16
    path = packed(tmp_path / "s.zip", [("good.py", CODE), (link, "/etc/passwd")])
    assert noted(path) == "skipped backprop.py: it is a link"


def test_a_zip_bomb_is_small_here(tmp_path):
    """Many megabytes of zeros are unpacked only up to the limit of a file."""
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.py", CODE)
        with archive.open("bomb.py", "w") as bomb:
            for _ in range(64):
                bomb.write(bytes(1 << 20))
    tracemalloc.start()
    try:
        assert noted(path) == "skipped bomb.py: it is larger than 1 MiB"
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_compressions_are_skipped(method, tmp_path):
    """They unpack as much as they like at once."""
    path = packed(tmp_path / "s.zip", [("a.py", CODE)], method)
    assert "its compression is neither" in collect(path).notes[0]


def test_an_encrypted_zip_is_named(tmp_path):
    """Nobody here has the password."""
    path = packed(tmp_path / "s.zip", [("a.py", CODE)], zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the local header, and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert collect(path).notes[0] == "skipped a.py: it is encrypted"


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "checksum", "directory"])
def test_a_broken_zip_is_a_note(damage, tmp_path):
    """Whatever is wrong with an archive, there is a sentence and no exception."""
    path = packed(tmp_path / "s.zip", [("a.py", CODE * 50)], zipfile.ZIP_STORED)
    whole = path.read_bytes()
    start = whole.index(b"PK\x01\x02")
    broken = {
        "empty": b"",
        "text": b"this is no archive",
        "cut": whole[: len(whole) // 2],
        "checksum": whole.replace(b"def", b"fed", 1),
        "directory": whole[:start] + b"PK\x01\x02" + b"\xff" * 60 + whole[start + 64 :],
    }
    path.write_bytes(broken[damage])
    read = collect(path)
    assert read.files == {}
    assert "s.zip is a broken zip" in read.notes[0]


def test_a_zip_of_any_size_is_not_opened(tmp_path, monkeypatch):
    """Somebody packed the virtual environment as well."""
    monkeypatch.setattr(submission, "ARCHIVE", 100)
    path = packed(tmp_path / "s.zip", [("a.py", CODE)])
    assert "is larger than" in collect(path).notes[0]


def test_a_name_can_be_there_once(tmp_path):
    """Of two members of one name the first is read, and a note says so."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = packed(tmp_path / "s.zip", [("good.py", CODE), ("good.py", "x = 1")])
    assert noted(path) == "skipped good.py: another file has its name"
    assert collect(path).files["good.py"] == CODE.encode()


def test_a_name_is_the_same_with_a_dot_before_it(tmp_path):
    """./a.py and a.py are one place on the disk: the second is not read over it."""
    path = packed(tmp_path / "s.zip", [("good.py", CODE), ("./good.py", "x = 1")])
    assert noted(path) == "skipped good.py: another file has its name"
    path = packed(tmp_path / "t.zip", [("./good.py", CODE)])
    assert list(collect(path).files) == ["good.py"]


@pytest.mark.parametrize(
    "name",
    ["é" * 126 + ".py", "a" * 300 + ".py", "d" * 250 + "/" + "d" * 250 + "/a.py"],
)
def test_a_name_that_no_disk_takes_is_skipped(name, tmp_path):
    """A copy of the submission has to be laid out; its other files are graded."""
    path = packed(tmp_path / "s.zip", [("good.py", CODE), (name, CODE)])
    assert noted(path).endswith("its name is too long")


def test_a_zip_of_many_large_files_is_not_unpacked(tmp_path, monkeypatch):
    """Each is refused for the size it gives, and after so many none is looked at."""
    members = [(f"x{i}.py", bytes(submission.FILE + 1)) for i in range(5)]
    path, opened, unpack = packed(tmp_path / "s.zip", members), [], zipfile.ZipFile.open
    monkeypatch.setattr(submission, "COUNT", 3)
    monkeypatch.setattr(
        zipfile.ZipFile, "open", lambda *a: opened.append(a[1]) or unpack(*a)
    )
    notes = collect(path).notes
    assert opened == []
    assert notes[2] == "skipped x2.py: it is larger than 1 MiB"
    assert notes[3] == "skipped x3.py: there are more than 3 Python files"
