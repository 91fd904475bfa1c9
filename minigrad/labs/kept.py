"""Measurements kept in a file as they end, so that a sweep that was stopped goes on.

The first line says of which lab, the others are a measurement each, with a checksum:
what somebody else has changed is no measurement.  A line is on the disk before the next
one is begun; one that was cut short is measured again.
"""

from __future__ import annotations

import json
import os
import stat
import zlib
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import minigrad

Measured = Mapping[str, Any]  # numbers, and lists of these


class KeptError(ValueError):
    """The file cannot keep these measurements; the message says what to do."""


class Kept(MutableMapping[str, Measured]):
    """What was measured, by a key, in the file ``path`` that is made if need be.

    Numbers come back to the digit.  Raises `KeptError` for a file that holds anything
    else, another lab's measurements or those of another version, that another run has
    open, or that cannot be written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "rows.jsonl")
    >>> with Kept(path, "newton") as kept:
    ...     kept["first"] = {"loss": 0.1}
    >>> with Kept(path, "newton") as kept:
    ...     dict(kept)
    {'first': {'loss': 0.1}}
    >>> Kept(path, "ntk-limit")
    Traceback (most recent call last):
    minigrad.labs.kept.KeptError: .../rows.jsonl has measurements of newton, ...
    """

    def __init__(self, path: Path, lab: str) -> None:
        self._known: dict[str, Measured] = {}
        self._path = path
        with _writing(path):
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            _require_file(self._file, path)
            _lock(self._file, path)
            self._read(path, {"lab": lab, "minigrad": minigrad.__version__})
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others use the file."""
        os.close(self._file)

    def __getitem__(self, key: str) -> Measured:
        return self._known[key]

    def __setitem__(self, key: str, measured: Measured) -> None:
        self._append(_summed(key, measured))
        self._known[key] = measured

    def __delitem__(self, key: str) -> None:
        raise TypeError("what was measured is kept")

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _read(self, path: Path, head: Mapping[str, str]) -> None:
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        lines = [_parsed(line) for line in whole.splitlines()]
        if lines[:1] != [head] and (lines or not _line(head).startswith(data)):
            raise _foreign(path, lines[0] if lines else {}, head)
        for entry in lines[1:]:
            if not _is_summed(entry):
                raise _foreign(path, entry, head)
            self._known[entry["key"]] = entry["measured"]
        os.ftruncate(self._file, len(whole))
        if not lines:
            self._append(head)

    def _append(self, entry: Mapping[str, Any]) -> None:
        view = memoryview(_line(entry))
        with _writing(self._path):
            while view:
                view = view[os.write(self._file, view) :]
            os.fsync(self._file)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeptError(f"{path} cannot be written: {error.strerror}") from error


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any]:
    """The object on a line, or an empty one."""
    with suppress(ValueError, RecursionError):
        entry = json.loads(line)
        if isinstance(entry, dict):
            return entry
    return {}


def _summed(key: str, measured: Measured) -> dict[str, Any]:
    """A measurement as it stands on a line."""
    entry = {"key": key, "measured": measured}
    return {**entry, "crc": zlib.crc32(_line(entry))}


def _is_summed(entry: Mapping[str, Any]) -> bool:
    if entry.keys() != {"key", "measured", "crc"} or not isinstance(entry["key"], str):
        return False
    return bool(entry["crc"] == _summed(entry["key"], entry["measured"])["crc"])


def _foreign(
    path: Path, found: Mapping[str, Any], head: Mapping[str, str]
) -> KeptError:
    said = [found.get(name) for name in head]
    if not all(isinstance(word, str) and word.isprintable() for word in said):
        return KeptError(f"{path} does not hold measurements; name a new file")
    return KeptError(
        f"{path} has measurements of {found['lab']}, by minigrad {found['minigrad']}; "
        f"for {head['lab']}, by minigrad {head['minigrad']}, name a new file"
    )


def _require_file(file: int, path: Path) -> None:
    """A pipe or a device keeps nothing, and may never come to an end."""
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise KeptError(f"{path} is no file on a disk; name a new file")


def _lock(file: int, path: Path) -> None:
    with suppress(ImportError):  # Windows has no fcntl
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KeptError(f"another run keeps its measurements in {path}") from None
        except OSError as error:  # some network drives
            raise KeptError(f"{path} cannot be locked: {error.strerror}") from error
