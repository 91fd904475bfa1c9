"""What was handed in, read with limits.

The submission itself may be the attack, or merely a mess: nothing in it is parsed or
compiled here, links are not followed, and whatever is odd becomes a note, never an
exception.  A class run does not stop for one folder.
"""

from __future__ import annotations

import codecs
import errno
import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from minigrad.course.wire import printable

FILE = 1 << 20  # bytes of one file
TOTAL = 8 << 20  # of all files together
ARCHIVE = 16 << 20  # of a zip as it is on disk
COUNT = 200  # Python files
ENTRIES = 10_000  # names that are looked at
DEPTH = 6  # folders in folders
NOTES = 20

# The course's own files, the machine's, and those that Python would run by itself.
SKIPPED = re.compile(
    r"conftest\.py|test_.*\.py|(mistakes|alternatives)\.py|(site|user)customize\.py"
    r"|\.(?!\.$).*|__pycache__|__MACOSX|venv|site-packages|node_modules"
)


class SubmissionError(ValueError):
    """A path that the instructor gave leads to no submission."""


@dataclass(frozen=True)
class Source:
    """Where a submission is, and what it is called in the results."""

    id: str
    path: Path


@dataclass(frozen=True)
class Submission:
    """The Python files of a submission, by their paths in it, and what was odd."""

    id: str
    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The same for the same content, whatever its name and date."""
        whole = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            whole.update(f"{name}\0{len(content)}\0".encode())
            whole.update(content)
        return whole.hexdigest()


# Reading one ----------------------------------------------------------------------


def collect(path: str | os.PathLike[str], name: str | None = None) -> Submission:
    """Read a submission: a folder, a ``.py`` or a ``.zip``.

    Never raises for what it finds: what could not be read stands in the notes.
    """
    path = Path(path)
    pile = _Pile()
    try:
        _gather(path, pile)
    except OSError as error:
        pile.note(f"{path.name} cannot be read: {error.strerror}")
    if not pile.files:
        holding = f"; it holds {', '.join(pile.others)}" if pile.others else ""
        pile.note(f"{path.name}: no Python file was read{holding}")
    return Submission(name or id_of(path), pile.files, tuple(pile.notes))


def id_of(path: Path) -> str:
    """What a submission is called by its path: safe as the name of a folder."""
    name = path.name if path.is_dir() else path.stem
    name = name.encode("utf-8", "replace").decode()
    return re.sub(r"[^\w-]+", "-", name).strip("-")[:80] or "submission"


def _gather(path: Path, pile: _Pile) -> None:
    if path.is_symlink():
        pile.note(f"{path.name} is a link; it was not followed")
    elif path.is_dir():
        _read_folder(path, pile)
    elif path.suffix.lower() == ".zip":
        _read_zip(path, pile)
    elif path.suffix.lower() == ".py":
        pile.add(path.name, _content(path))
    else:
        pile.note(f"{path.name} is no folder, no .py and no .zip")


@dataclass
class _Pile:
    """The files read so far, within the limits."""

    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # a few names that are no Python
    size: int = 0
    looked: int = 0  # Python files that were looked at, read or not

    def note(self, text: str) -> None:
        if len(self.notes) < NOTES:
            self.notes.append(_shown(text))

    def wants(self, name: str) -> bool:
        """Is this a file to read?  If it looks like one and is not, a note says why."""
        path = PurePosixPath(name)
        if any(SKIPPED.fullmatch(part) for part in path.parts):
            return False
        if path.suffix.lower() != ".py":
            self.others += [_shown(path.name[:60])] if len(self.others) < 3 else []
            return False
        reason = self.objection(name, path)
        if reason:
            self.note(f"skipped {name[:100]}: {reason}")
        return not reason

    def objection(self, name: str, path: PurePosixPath) -> str:
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            return "its name leads out of the submission"
        if len(path.parts) > DEPTH:
            return f"it lies more than {DEPTH} folders deep"
        self.looked += 1
        if self.looked > COUNT:
            return f"there are more than {COUNT} Python files"
        if _shown(name) != name:
            return "its name is not plain text"
        if len(name.encode()) > 500 or any(len(p.encode()) > 250 for p in path.parts):
            return "its name is too long"
        if any(part.lower().endswith(".py") for part in path.parts[:-1]):
            return "a folder has the name of a Python file"
        if name.casefold() in map(str.casefold, self.files):
            return "another file has its name"
        return ""

    def add(self, name: str, content: bytes) -> None:
        if len(content) > FILE:
            self.note(f"skipped {name}: it is larger than {FILE >> 20} MiB")
        elif self.size + len(content) > TOTAL:
            self.note(f"skipped {name}: all files together exceed {TOTAL >> 20} MiB")
        else:
            self.files[name] = self.spelled(name, content)
            self.size += len(self.files[name])

    def spelled(self, name: str, content: bytes) -> bytes:
        """A source as Python can read it: no UTF-16, as editors on Windows write it."""
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            with suppress(UnicodeError):
                content = content.decode("utf-16").encode()
                self.note(f"read {name} as UTF-16")
        return content


def _shown(text: str) -> str:
    return printable(text.encode("utf-8", "replace").decode()).replace("\n", " ")


# Folders --------------------------------------------------------------------------


def _read_folder(folder: Path, pile: _Pile) -> None:
    zips = []
    for name, path in _walk(folder, pile):
        if _is_zip(name):
            zips.append((name, path))
        if pile.wants(name):
            try:
                pile.add(name, _content(path))
            except OSError as error:
                pile.note(f"skipped {name}: {error.strerror}")
    if not pile.files and len(zips) == 1:  # a platform put a folder around it
        ((name, path),) = zips
        pile.note(f"read {name}")
        _read_zip(path, pile)


def _is_zip(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(SKIPPED.fullmatch(part) for part in path.parts)
    return path.suffix.lower() == ".zip" and not hidden


def _walk(folder: Path, pile: _Pile) -> Iterator[tuple[str, Path]]:
    """Every file below, the nearest first, with its path from here."""
    waiting, seen = [("", folder)], 0
    for prefix, here in waiting:
        for entry in _entries(here, pile):
            seen += 1
            name = f"{prefix}{entry.name}"
            if seen > ENTRIES:
                return pile.note(f"only the first {ENTRIES} entries were looked at")
            if not entry.is_dir(follow_symlinks=False):
                yield name, Path(entry.path)
            elif name.count("/") < DEPTH and not SKIPPED.fullmatch(entry.name):
                waiting.append((f"{name}/", Path(entry.path)))


def _entries(folder: Path, pile: _Pile) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(islice(entries, ENTRIES + 1), key=lambda entry: entry.name)
    except OSError as error:
        pile.note(f"the folder {folder.name} cannot be read: {error.strerror}")
        return []


def _content(path: Path) -> bytes:
    """The bytes of a regular file, at most one more than a file may have."""
    with _opened(path) as file:
        return file.read(FILE + 1)


def _opened(path: Path) -> BinaryIO:
    """A regular file for reading: no link is followed, no pipe or device waited for."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # exchanged in between
        file.close()
        raise OSError(errno.EINVAL, "it is no regular file")
    return file


# Archives -------------------------------------------------------------------------


def _read_zip(path: Path, pile: _Pile) -> None:
    with _opened(path) as file:
        _unpack(file, path.name, pile)


def _unpack(file: IO[bytes], name: str, pile: _Pile, outer: bool = True) -> None:
    """Read an archive; where it is the ``outer`` one, also the one in it."""
    if file.seek(0, os.SEEK_END) > ARCHIVE:
        return pile.note(f"{name} is larger than {ARCHIVE >> 20} MiB")
    try:
        with zipfile.ZipFile(file) as archive:
            _read_members(archive, pile)
            zips = [m for m in _members(archive) if _is_zip(m.filename)]
            if outer and not pile.files and len(zips) == 1 and not _unfit(zips[0]):
                pile.note(f"read {zips[0].filename}")
                with archive.open(zips[0]) as inner:
                    content = BytesIO(inner.read(ARCHIVE + 1))
                _unpack(content, zips[0].filename, pile, outer=False)
    except Exception as error:  # zipfile raises whatever an archive provokes
        pile.note(f"{name} is a broken zip: {_shown(str(error)[:200])}")
    return None


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The first of them, the nearest to the root of the archive before the others."""
    members = archive.infolist()[:ENTRIES]
    return sorted(members, key=lambda m: (m.filename.count("/"), m.filename))


def _read_members(archive: zipfile.ZipFile, pile: _Pile) -> None:
    for member in _members(archive):
        # "a\\b" as some archivers write it, and "./a" as others do
        name = str(PurePosixPath(member.filename.replace("\\", "/")))
        if member.is_dir() or not pile.wants(name):
            continue
        if reason := _unfit(member):
            pile.note(f"skipped {name}: {reason}")
            continue
        if member.file_size > FILE:  # were that a lie, what is read is limited as well
            pile.note(f"skipped {name}: it is larger than {FILE >> 20} MiB")
            continue
        with archive.open(member) as file:
            pile.add(name, file.read(FILE + 1))


def _unfit(member: zipfile.ZipInfo) -> str:
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link"
    if member.flag_bits & 1:
        return "it is encrypted"
    # The other methods decompress as much as the archive likes, whatever is asked for.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "its compression is neither store nor deflate"
    return ""
