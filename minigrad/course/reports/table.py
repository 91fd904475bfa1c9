"""A file of cells that somebody else wrote, changed in a few cells and nowhere else.

The separator, the quotes, the line ends and the encoding stay what they are: the text
between the changed cells is copied, byte for byte.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from minigrad.course.reports.order import ReportError, TemplateError

SEPARATORS = ",;\t"
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # of UTF-32, too, the first two
MOST = 64 * 1024 * 1024  # bytes; no class has more


@dataclass(frozen=True)
class Cell:
    """One cell: what it says, and where in the text it stands, with its quotes."""

    value: str
    start: int
    end: int
    row: int
    quoted: bool


class Table:
    """The rows of a CSV file, to read and to fill in."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._encoding, text = _decoded(data, name)
        self._text = text
        self._separator = _separator(text)
        self._changes: dict[int, tuple[Cell, str]] = {}
        cells = _cells(text, self._separator, name)
        rows = (list(row) for _, row in groupby(cells, lambda cell: cell.row))
        self.rows = [row for row in rows if any(cell.value for cell in row)]
        if not self.rows:
            raise ReportError(f"{name} is empty")
        self.header = [cell.value.strip() for cell in self.rows[0]]

    @classmethod
    def read(cls, path: Path) -> Table:
        """The table in a file; `TemplateError` where there is none."""
        try:
            with path.open("rb") as file:
                data = file.read(MOST + 1)
        except OSError as error:
            raise TemplateError(f"{path} cannot be read: {error.strerror}") from None
        if len(data) > MOST:
            raise ReportError(f"{path.name} is larger than a gradebook can be")
        return cls(data, path.name)

    def place(self, *names: str) -> int | None:
        """The column with one of these names, in any case; None where there is none."""
        wanted = {name.casefold() for name in names}
        found = [i for i, name in enumerate(self.header) if name.casefold() in wanted]
        return found[0] if found else None

    def at(self, row: list[Cell], place: int | None) -> str:
        """What a row says in a column; "" where it is too short to have it."""
        return (
            row[place].value.strip() if place is not None and place < len(row) else ""
        )

    def fill(self, cell: Cell, value: str) -> None:
        """Change one cell; it keeps its quotes, or gets them where it needs them."""
        needs = cell.quoted or any(c in value for c in f'"\r\n{self._separator}')
        quoted = '"' + value.replace('"', '""') + '"' if needs else value
        self._changes[cell.start] = (cell, quoted)

    def data(self) -> bytes:
        """The file as it is now."""
        parts, here = [], 0
        for start, (cell, value) in sorted(self._changes.items()):
            parts += [self._text[here:start], value]
            here = cell.end
        text = "".join([*parts, self._text[here:]])
        return text.encode(self._encoding, "xmlcharrefreplace")


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    """The encoding, and the text with its mark; what is no UTF-8 stays as it is."""
    if data.startswith(WIDE):
        raise ReportError(f"{name} is in UTF-16; save it as CSV in UTF-8")
    try:
        return "utf-8", data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1", data.decode("latin-1")


def _separator(text: str) -> str:
    """What the first line has most of, outside of quotes."""
    line = re.split("[\r\n]", re.sub('"[^"]*"', "", text), maxsplit=1)[0]
    return max(SEPARATORS, key=line.count)


def _cells(text: str, separator: str, name: str) -> Iterator[Cell]:
    """Every cell in turn, as the standard library's `csv` reads them."""
    cell = re.compile(rf'"((?:[^"]|"")*)"([^{separator}\r\n]*)|([^{separator}\r\n]*)')
    ending = re.compile(rf"{separator}|\r\n|\r|\n")
    here, row = int(text.startswith("\ufeff")), 0
    more = here < len(text)
    while more:
        found = cell.match(text, here)
        assert found  # it may be empty
        inside, rest, bare = found.groups()
        if bare and bare[0] == '"':
            raise ReportError(f"{name}: row {row + 1} has a quote that never ends")
        value = bare if inside is None else inside.replace('""', '"') + rest
        yield Cell(value, here, found.end(), row, inside is not None)
        end = ending.match(text, found.end())
        here = end.end() if end else len(text)
        new_row = end is not None and end[0] != separator
        more = end is not None and (not new_row or here < len(text))
        row += new_row
