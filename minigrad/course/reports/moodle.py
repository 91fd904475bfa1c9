"""Moodle: the points filled into the grading worksheet, or into a gradebook's export.

The worksheet is an assignment's "Download grading worksheet"; the gradebook is "Export
as plain text file", to be imported as CSV.  Both name their columns in English here.
"""

from __future__ import annotations

import re

from minigrad.course.reports.filling import Row, Sheet, fill, key, keys, names_of_person
from minigrad.course.reports.order import Made, Order, ReportError
from minigrad.course.reports.table import Table

PERSON = ("ID number", "Username", "Email address", "Full name")
FIRST, LAST = ("First name",), ("Last name", "Surname")
REAL = "(real)"  # of the gradebook's columns those that hold points
# A folder of "Download all submissions": Jane Doe_<participant>_assignsubmission_file_
DOWNLOADED = re.compile(r".*_(\d+)_assignsubmission_", re.IGNORECASE)


def to_moodle(order: Order) -> Made:
    """The exported file with the points, and if wanted the comments, filled in."""
    if order.template is None:
        raise ReportError("name the file that Moodle exported")
    table = Table.read(order.template)
    worksheet = table.place("Identifier") is not None
    if not worksheet and all(table.place(n) is None for n in (*PERSON, *FIRST)):
        raise ReportError(
            f"{table.name} is neither Moodle's grading worksheet nor its gradebook: it "
            "has no column Identifier, Email address, ID number or Full name"
        )
    column = _grade(table, order.column) if worksheet else _real(table, order.column)
    sheet = _sheet(table, column)
    if order.feedback and sheet.comments is None:
        raise ReportError(f"{table.name} has no column Feedback comments")
    return fill(order, sheet)


def _sheet(table: Table, grade: int) -> Sheet:
    most, changed = table.place("Maximum Grade"), table.place("Grade can be changed")
    return Sheet(
        table=table,
        students=table.rows[1:],
        names=lambda row: _names(table, row),
        names_of=_names_of,
        grade=grade,
        most=lambda row: table.at(row, most),
        locked=lambda row: table.at(row, changed).casefold() == "no",
        comments=table.place("Feedback comments"),
    )


# The column -----------------------------------------------------------------------


def _grade(table: Table, wanted: str | None) -> int:
    """A worksheet is about one assignment: its column is always the same."""
    place = table.place(wanted or "Grade")
    if place is None or table.place("Maximum Grade") is None:
        missing = wanted or "Grade" if place is None else "Maximum Grade"
        raise ReportError(f"{table.name} has no column {missing}")
    return place


def _real(table: Table, wanted: str | None) -> int:
    """A gradebook's column of points: the one that was named, or the only one."""
    found = [i for i, name in enumerate(table.header) if name.casefold().endswith(REAL)]
    places = [i for i in found if wanted is None or _is(table.header[i], wanted)]
    if len(places) == 1:
        return places[0]
    said = f"no column {wanted!r}" if wanted and not places else "not one column"
    there = ", ".join(table.header[i] for i in found) or "none"
    raise ReportError(f"{table.name} has {said} of points; --column names one: {there}")


def _is(name: str, wanted: str) -> bool:
    """``Assignment: Backprop (Real)`` is meant by all of it, or by ``Backprop``."""
    title = name[: -len(REAL)].strip()
    return wanted.strip() in (name, title, title.partition(":")[2].strip())


# The students ---------------------------------------------------------------------


def _names(table: Table, row: Row) -> set[str]:
    known = [table.at(row, table.place(name)) for name in PERSON]
    first = table.at(row, table.place(*FIRST))
    last = table.at(row, table.place(*LAST))
    people = names_of_person(last, first) if first and last else []
    participant = re.search(r"\d+$", table.at(row, table.place("Identifier")))
    number = {f"#{participant[0]}"} if participant else set()
    return keys([*known, *people]) | number


def _names_of(id: str) -> set[str]:
    downloaded = DOWNLOADED.match(id)
    if downloaded:
        return {f"#{downloaded[1]}"}
    participant = re.fullmatch(r"participant[-_]?(\d+)", key(id))
    return {key(id)} | ({f"#{participant[1]}"} if participant else set())
