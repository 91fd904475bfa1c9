"""The memory of a class run: an append-only file that no crash can spoil.

The first line says whose file it is; each further one is a run that began, with its
seed, or ended, or a submission under a key made of all that its result depends on: its
grading began, came too late and shall be done again, or was done.  A line is synced
before the next is begun.  What a crash left half written is cut off, and graded again.
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
from typing import Any

from minigrad.course.model import GRADED
from minigrad.course.results import Json, ResultsError, dumps, submission_from_json

JOURNAL = "journal.jsonl"
MARK = "minigrad class run"

Scores = dict[str, dict[str, float]]  # of the tasks of each submission, by their ids


class OutputError(ValueError):
    """The output folder is not ours to write in, or not now."""


class DiskError(RuntimeError):
    """The results could not be written; what was written before is kept."""


class Journal:
    """The journal of the folder ``folder``, held by this process while it is open.

    ``seed`` is that of the latest run in it, ``results`` and ``feedback`` map keys to
    what was found, ``begun`` counts the gradings that began and never ended, ``again``
    has those to be done once more.  ``scores`` are those of each submission's tasks
    when the last run ended that was not stopped.
    """

    def __init__(self, folder: Path, fresh: bool = False) -> None:
        self.folder = folder
        self.seed: int | None = None
        self.results: dict[str, Json] = {}
        self.feedback: dict[str, str] = {}
        self.begun: Counter[str] = Counter()
        self.again: set[str] = set()
        self.scores: Scores = {}
        self._latest: Scores = {}
        self._ended = False
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
            self.seed = seed
            self._append(self._head())

    def start(self, key: str) -> None:
        """Note that a grading begins: if it ends this process, the next one knows."""
        self._note({"begun": key})

    def stop(self, key: str) -> None:
        """Note that a grading was ended by whoever stopped the run."""
        self._note({"stopped": key})

    def defer(self, key: str) -> None:
        """Note that a grading ended without a result, and shall be done once more."""
        self._note({"again": key})

    def add(self, key: str, result: Json, feedback: str = "") -> None:
        """Keep a result; it is on the disk when this returns."""
        self._note({"key": key, "result": result, "feedback": feedback})

    def end(self) -> None:
        """Note that a run came to its end: what is known now is what it reported."""
        self._append({"ended": True})  # `scores` stay, for who reports this run
        self._ended = True

    def mended(self) -> str:
        """Write the file anew if anybody else wrote to it; say so, or ""."""
        path = self.folder / JOURNAL
        if _digest(path) == self._content.hexdigest():
            return ""
        lines = [self._head()]
        lines += [self._line(key) for key in self.results]
        lines += [{"begun": key} for key in self.begun.elements()]
        lines += [{"again": key} for key in sorted(self.again)]
        lines += [{"ended": True}] * self._ended
        replace_file(path, b"".join(map(dumps, lines)))
        return (
            f"something changed {path} while the class was graded; the results are "
            "those of this run, and the file was written anew"
        )

    def _head(self) -> Json:
        """The line that says whose file it is; it keeps what --fresh forgot."""
        head: Json = {"journal": MARK, "seed": self.seed}
        return {**head, "scores": self.scores} if self.scores else head

    def _line(self, key: str) -> Json:
        result, feedback = self.results[key], self.feedback[key]
        return {"key": key, "result": result, "feedback": feedback}

    def _read(self, fresh: bool) -> None:
        data = (self.folder / JOURNAL).read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._recall(_parsed(line))
        if fresh:
            self._forget()
            whole = b""
        if len(whole) < len(data):
            os.ftruncate(self._file, len(whole))
        self._content.update(whole)

    def _forget(self) -> None:
        """Forget everything but the scores, which tell what a fresh run changed."""
        self.seed, self.again = None, set()
        for known in (self.results, self.feedback, self.begun):
            known.clear()

    def _recall(self, entry: Json) -> None:
        match entry:
            case {"journal": str(mark), "seed": int(seed)} if mark == MARK:
                self.seed = seed
                self.scores.update(_as_scores(entry.get("scores")))
            case {"key": str(key), "result": dict(result), "feedback": str(feedback)}:
                self.results[key], self.feedback[key] = result, feedback
                self.begun.pop(key, None)
                self.again.discard(key)
                _note_scores(result, self._latest)
            case {"begun": str(key)}:
                self.begun[key] += 1
            case {"stopped": str(key)}:
                self.begun[key] = max(0, self.begun[key] - 1)
            case {"again": str(key)}:
                self.begun.pop(key, None)
                self.again.add(key)
            case {"ended": True}:
                self.scores |= {id: dict(had) for id, had in self._latest.items()}

    def _note(self, entry: Json) -> None:
        self._append(entry)
        self._recall(entry)

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


def _note_scores(result: Json, scores: Scores) -> None:
    """Enter the scores of a result, as far as they are ones: a line may be forged."""
    with suppress(ResultsError):
        found = submission_from_json(result)
        if found.status == GRADED:
            had = scores.setdefault(found.id, {})
            had.update({task.id: task.score for task in found.tasks})


def _as_scores(data: Any) -> Scores:
    """Scores of a head, unless somebody wrote something else in their place."""
    if not isinstance(data, dict):
        return {}
    return {
        id: {t: float(x) for t, x in had.items() if isinstance(x, int | float)}
        for id, had in data.items()
        if isinstance(had, dict)
    }


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
