"""When submissions came: from a table that the instructor or a platform wrote.

Never from the files handed in: whoever makes them sets their dates.  Known are

    id, time                          a table of the instructor's; a column that has the
                                      name of a chapter holds the times of this chapter
    Submission Time                   Gradescope: "Download Grades"
    Last modified (submission)        Moodle: "Download grading worksheet"

and any other column by its name.  Canvas exports no such table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from minigrad.course.chapters import chapter_names
from minigrad.course.late import Times
from minigrad.course.reports.filling import (
    Roster,
    Row,
    key,
    keys,
    match,
    names_of_person,
)
from minigrad.course.reports.order import named
from minigrad.course.reports.table import Table
from minigrad.course.settings import Late, SettingsError

COLUMNS = ("time", "Submission Time", "Last modified (submission)")
PERSON = (
    *("id", "Identifier", "ID number", "SID", "Username"),
    *("Email", "Email address", "Full name", "Name", "Submission ID"),
)
NOTHING = ("", "-")  # how platforms say that nothing was handed in
MOODLE = "%d %B %Y, %I:%M %p"  # "Friday, 20 November 2026, 11:58 PM", after the comma
ALLOWED = "2026-11-20 23:59:00, perhaps with an offset, is allowed"


@dataclass(frozen=True)
class Found:
    """The times of submissions, and what has to be said of those that have none."""

    times: Mapping[str, Times]
    worries: tuple[str, ...]


def read_times(late: Late, ids: Iterable[str]) -> Found:
    """When each of these submissions came.

    Raises `SettingsError` where the table is none of times, `TemplateError` where there
    is no table.
    """
    table = Table.read(late.times)
    columns = dict(_columns(table, late.column))
    roster = Roster(table.rows[1:], lambda row: _names(table, row), _names_of)
    ids = tuple(ids)
    found = match(ids, roster)
    times = {
        id: {
            chapter: time
            for chapter, place in columns.items()
            if (time := _time(table, row, place, late.zone))
        }
        for id, row in found.rows.items()
    }
    lacking = [id for id in ids if not times.get(id)]
    told = f"{table.name} has no time, or more than one row, for {named(lacking)}: "
    return Found(times, (f"{told}taken as on time",) if lacking else ())


def _columns(table: Table, wanted: str | None) -> Iterator[tuple[str, int]]:
    """The columns that hold times: of a chapter, or "" of all that has no own one."""
    place = table.place(*([wanted] if wanted else COLUMNS))
    if place is not None:
        yield "", place
    chapters = {name: table.place(name) for name in chapter_names()}
    found = [(name, i) for name, i in chapters.items() if i is not None]
    if (place is None and wanted) or (place is None and not found):
        raise SettingsError(
            f"{table.name} has no column {wanted or 'time'}; there are "
            f"{', '.join(filter(None, table.header))}: late.column names one"
        )
    yield from found


def _time(table: Table, row: Row, place: int, zone: tzinfo | None) -> datetime | None:
    text = table.at(row, place)
    if text in NOTHING:
        return None
    where = f"{table.name}, {row[0].value}: {table.header[place]} = {text[:60]!r}"
    try:
        time = _read(text)
    except ValueError:
        raise SettingsError(f"{where}: {ALLOWED}") from None
    if time.tzinfo is None and zone is None:
        raise SettingsError(f"{where} has no time zone; set late.zone")
    return time if time.tzinfo else time.replace(tzinfo=zone)


def _read(text: str) -> datetime:
    """A time as ISO 8601 has it, with a space before the offset or not, or Moodle."""
    try:
        return datetime.fromisoformat(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", text))
    except ValueError:
        return datetime.strptime(text.partition(", ")[2], MOODLE)


# Who is who -----------------------------------------------------------------------


def _names(table: Table, row: Row) -> set[str]:
    """All that a submission of this row's student may be called."""
    known = [table.at(row, table.place(name)) for name in PERSON]
    first = table.at(row, table.place("First name"))
    last = table.at(row, table.place("Last name", "Surname"))
    people = names_of_person(last, first) if first and last else []
    numbers = re.findall(
        r"\d+$", table.at(row, table.place("Identifier", "Submission ID"))
    )
    return keys([*known, *people]) | {f"#{number}" for number in numbers}


def _names_of(id: str) -> set[str]:
    """``submission_1871`` of Gradescope, ``Jane-Doe_1871_assignsubmission_file_``."""
    number = re.search(r"_(\d+)_assignsubmission_|^submission[-_](\d+)$", id)
    return {key(id)} | ({f"#{number[1] or number[2]}"} if number else set())
