"""Canvas: the points filled into the gradebook that the instructor exported.

The columns are those of Canvas's own exporter and importer: names, ID, perhaps SIS IDs,
Section, custom columns, then ``Title (number)`` for each assignment, and totals.
"""

from __future__ import annotations

import re

from minigrad.course.reports.filling import Row, Sheet, fill, key, keys, names_of_person
from minigrad.course.reports.order import Made, Order, ReportError
from minigrad.course.reports.table import Table

STUDENT = ("ID", "SIS User ID", "SIS Login ID", "Integration ID", "Student")
ASSIGNMENT = re.compile(r"(.*?)\s*\((\d+)\)")
MUTED = re.compile(r"\s*(muted|manual posting.*)?\s*", re.IGNORECASE)
POINTS = "points possible"
NOT_OURS = {"EX", "N/A"}  # excused, and not assigned to this student
# A file of "Download Submissions": doejane_LATE_<user>_<attachment>_backprop.py
DOWNLOADED = re.compile(r"[^_]+(?:_late)?_(\d+)_\d+_", re.IGNORECASE)


def to_canvas(order: Order) -> Made:
    """The exported gradebook with one column filled in."""
    if order.template is None or order.feedback:
        raise ReportError("a gradebook of Canvas holds no comments; leave --feedback")
    table = Table.read(order.template)
    _refuse_another_file(table)
    points = next((row for row in table.rows if _is_points(row)), [])
    grade = _column(table, points, order.column)
    return fill(order, _sheet(table, points, grade))


def _sheet(table: Table, points: Row, grade: int) -> Sheet:
    return Sheet(
        table=table,
        students=[row for row in table.rows[1:] if _is_student(row)],
        names=lambda row: _names(table, row),
        names_of=_names_of,
        grade=grade,
        most=lambda row: table.at(points, grade),
        locked=lambda row: table.at(row, grade).upper() in NOT_OURS,
    )


def _refuse_another_file(table: Table) -> None:
    need = [["Student", "LastName"], ["ID"], ["Section"]]
    missing = [names[0] for names in need if table.place(*names) is None]
    if not any(map(_is_points, table.rows)):
        missing.append("Points Possible (a row)")
    if missing:
        raise ReportError(
            f"{table.name} is no gradebook that Canvas exported: it lacks "
            f"{', '.join(missing)}"
        )


def _is_points(row: Row) -> bool:
    return POINTS in row[0].value.casefold()


def _is_student(row: Row) -> bool:
    """Not the points, and not the line that says which grades are muted."""
    return not _is_points(row) and not all(MUTED.fullmatch(c.value) for c in row)


# The column -----------------------------------------------------------------------


def _column(table: Table, points: Row, wanted: str | None) -> int:
    """The assignment that was named, or the only one there is."""
    section = table.place("Section") or 0
    found = {
        place: name
        for place, name in enumerate(table.header)
        if place > section
        and ASSIGNMENT.fullmatch(name)
        and "read only" not in table.at(points, place).casefold()
    }
    places = [p for p, name in found.items() if wanted is None or _is(name, wanted)]
    if len(places) == 1:
        return places[0]
    said = (
        f"no assignment {wanted!r}" if wanted and not places else "not one assignment"
    )
    there = ", ".join(found.values()) or "none"
    raise ReportError(f"{table.name} has {said}; name one with --column: {there}")


def _is(name: str, wanted: str) -> bool:
    """Is a column meant by its whole name, by its title, or by its number?"""
    parts = ASSIGNMENT.fullmatch(name)
    return wanted.strip() in (name, *(parts.groups() if parts else ()))


# The students ---------------------------------------------------------------------


def _names(table: Table, row: Row) -> set[str]:
    known = [table.at(row, table.place(name)) for name in STUDENT]
    last, _, first = table.at(row, table.place("Student")).partition(",")
    if table.place("LastName") is not None:
        last = table.at(row, table.place("LastName"))
        first = table.at(row, table.place("FirstName"))
    people = names_of_person(last.strip(), first.strip()) if first.strip() else []
    return {*keys([*known, *people]), f"#{key(known[0])}"}


def _names_of(id: str) -> set[str]:
    downloaded = DOWNLOADED.match(id)
    return {f"#{downloaded[1]}"} if downloaded else {key(id)}
