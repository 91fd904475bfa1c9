"""The memory of a class run: an append-only file that no crash can spoil.

The first line says whose file it is; each further one is a run that began, with its
seed, a submission whose grading began, or one that was graded, under a key made of all
that its result depends on.  A line is synced before the next is begun.  What a crash
left half written is cut off, and graded again.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from minigrad.course.results import Json, dumps

JOURNAL = "journal.jsonl"
MARK = "minigrad class run"


class OutputError(ValueError):
    """The output folder is not ours to write in, or not now."""


class DiskError(RuntimeError):
    """The results could not be written; what was written before is kept."""


class Journal:
    """The journal of the folder ``folder``, held by this process while it is open.

    ``seed`` is that of the latest run in it, ``results`` maps keys to what was found,
    ``begun`` counts the gradings that began and never ended.
    """

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        self.folder = folder
        self.seed: int | None = None
        self.results: dict[str, Json] = {}
        self.begun: Counter[str] = Counter()
        self._content = hashlib.sha256()
        self._writing = threading.Lock()
        _claim(folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        with writing(folder):
            self._file = os.open(folder / JOURNAL, flags, 0o666)
        try:
            _lock(self._file, folder)
            self._read(fresh)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def begin(self, seed: int) -> None:
        """Note that a run begins, unless one with this seed did already."""
        if seed != self.seed:
            self._append({"journal": MARK, "seed": seed})
            self.seed = seed

    def start(self, key: str) -> None:
        """Note that a grading begins: if it ends this process, the next one knows."""
        self._append({"begun": key})
        self.begun[key] += 1

    def add(self, key: str, result: Json) -> None:
        """Keep a result; it is on the disk when this returns."""
        self._append({"key": key, "result": result})
        self.results[key] = result
        self.begun.pop(key, None)

    def mended(self) -> str:
        """Write the file anew if anybody else wrote to it; say so, or ""."""
        path = self.folder / JOURNAL
        if _digest(path) == self._content.hexdigest():
            return ""
        lines: list[Json] = [{"journal": MARK, "seed": self.seed}]
        lines += [{"key": key, "result": self.results[key]} for key in self.results]
        lines += [{"begun": key} for key in self.begun.elements()]
        replace_file(path, b"".join(map(dumps, lines)))
        return (
            f"something changed {path} while the class was graded; the results are "
            "those of this run, and the file was written anew"
        )

    def _read(self, fresh: bool) -> None:
        data = (self.folder / JOURNAL).read_bytes()
        whole = b"" if fresh else data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.ftruncate(self._file, len(whole))
        self._content.update(whole)
        for line in whole.splitlines():
            self._recall(_parsed(line))

    def _recall(self, entry: Json) -> None:
        if entry.get("journal") == MARK and isinstance(entry.get("seed"), int):
            self.seed = entry["seed"]
        elif isinstance(entry.get("key"), str) and isinstance(
            entry.get("result"), dict
        ):
            self.results[entry["key"]] = entry["result"]
            self.begun.pop(entry["key"], None)
        elif isinstance(entry.get("begun"), str):
            self.begun[entry["begun"]] += 1

    def _append(self, entry: Json) -> None:
        data = dumps(entry)
        with self._writing:
            before = os.fstat(self._file).st_size
            try:
                with writing(self.folder):
                    _write_all(self._file, data)
            except BaseException:
                with suppress(OSError):
                    os.ftruncate(self._file, before)
                raise
            self._content.update(data)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: whoever opens it sees the old or the new."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)  # a scrap of an earlier run, or a link somewhere
        with writing(path.parent), new.open("xb") as file:
            _write_all(file.fileno(), data)
            new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what can go wrong with a disk into a sentence."""
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"{folder} cannot be written: {error.strerror}; what was graded before is "
            "kept, and the same command goes on from there"
        ) from error


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def _claim(folder: Path) -> None:
    """Make the folder, or see that it is empty or ours."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; name a folder for the results")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not _is_ours(folder):
            raise OutputError(
                f"{folder} holds something else; name a new or an empty folder"
            )


def _is_ours(folder: Path) -> bool:
    journal = folder / JOURNAL
    if journal.is_file():
        with journal.open("rb") as file:
            if _parsed(file.readline(1000)).get("journal") == MARK:
                return True
    names = {entry.name for entry in folder.iterdir() if entry.name[0] != "."}
    return not names or (names == {JOURNAL} and b"\n" not in journal.read_bytes())


def _lock(file: int, folder: Path) -> None:
    import fcntl  # not on Windows, where nobody grades but students still learn

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(
            f"another run is writing to {folder} at this moment"
        ) from None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _parsed(line: bytes) -> Json:
    """The object on a line, or an empty one: a damaged line is only graded again."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}
