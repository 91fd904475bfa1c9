"""Points into a table of students that a platform exported: who is who, and how much.

Nobody is guessed.  A submission whose student is not clear, or that has no points yet,
is named and its cell stays as it is; a student without a submission is named, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from minigrad.course.markup import join, tag
from minigrad.course.model import SubmissionResult
from minigrad.course.reports.order import Made, Order, ReportError, doubtful, named
from minigrad.course.reports.table import Cell, Table
from minigrad.course.words import counted_as, what_happened

Row = list[Cell]


@dataclass(frozen=True)
class Roster:
    """The rows of students, and what they are called."""

    students: list[Row]
    names: Callable[[Row], set[str]]  # all that a student is known by, as `key` has it
    names_of: Callable[[str], set[str]]  # all that a submission's id may stand for


@dataclass(frozen=True)
class Sheet(Roster):
    """What a platform's file means: its students, their names, and the grades."""

    table: Table
    grade: int
    most: Callable[[Row], str]  # the column's maximum, as it is written
    locked: Callable[[Row], bool]  # is the cell not to be filled in?
    comments: int | None = None


def key(name: str) -> str:
    """A name as the ids of submissions have it, in any case.

    >>> key("Müller, Eva"), key("eva.mueller@uni.edu")
    ('müller-eva', 'eva-mueller-uni-edu')
    """
    name = unicodedata.normalize("NFC", name)
    return re.sub(r"[^\w-]+", "-", name).strip("-").casefold()[:80]


def keys(values: Iterable[str]) -> set[str]:
    """The keys of some names; of a mail address what is before the @ as well."""
    both = {part for value in values for part in (value, value.partition("@")[0])}
    return {key(value) for value in both} - {""}


def names_of_person(last: str, first: str) -> list[str]:
    """``Doe, Jane``: both orders, and Canvas's ``doejane``."""
    return [f"{last} {first}", f"{first} {last}", f"{last}{first}".replace(" ", "")]


# Who is who -----------------------------------------------------------------------


@dataclass(frozen=True)
class Match:
    """Submissions with the row of their student, and those without a clear one."""

    rows: dict[str, Row]
    unclear: list[str]
    nobody: list[str]


def match(ids: Iterable[str], roster: Roster) -> Match:
    """Each submission's row: the only one that it can mean, and that only it means."""
    rows: dict[str, list[int]] = {}
    for number, row in enumerate(roster.students):
        for name in roster.names(row):
            rows.setdefault(name, []).append(number)
    meant = {
        id: {number for name in roster.names_of(id) for number in rows.get(name, [])}
        for id in ids
    }
    claims = Counter(number for numbers in meant.values() for number in numbers)
    clear = {
        id: numbers
        for id, numbers in meant.items()
        if len(numbers) == 1 and all(claims[number] == 1 for number in numbers)
    }
    return Match(
        {id: roster.students[number] for id, (number,) in clear.items()},
        [id for id, numbers in meant.items() if numbers and id not in clear],
        [id for id, numbers in meant.items() if not numbers],
    )


# How much -------------------------------------------------------------------------


def fill(order: Order, sheet: Sheet) -> Made:
    """The table with the points of the class in it, and what has to be said of it."""
    found = match((s.id for s in order.results.submissions), sheet)
    doubts, locked = [], []
    for submission in order.results.submissions:
        row = found.rows.get(submission.id)
        if row is None:
            continue
        if doubtful(submission):
            doubts.append(submission.id)
        elif len(row) <= sheet.grade or sheet.locked(row):
            locked.append(submission.id)
        else:
            _fill_row(order, sheet, row, submission)
    worries = {
        "no row for": found.nobody,
        "more than one row or submission for": found.unclear,
        "not graded, look at the results first:": doubts,
        "their cell is not to be changed:": locked,
    }
    told = [f"{what} {named(ids)}" for what, ids in worries.items() if ids]
    return Made(sheet.table.data(), _absent(sheet, found), tuple(told))


def _fill_row(
    order: Order, sheet: Sheet, row: Row, submission: SubmissionResult
) -> None:
    points = _points(order, sheet, row, submission)
    sheet.table.fill(row[sheet.grade], points)
    if order.feedback and sheet.comments is not None and len(row) > sheet.comments:
        sheet.table.fill(row[sheet.comments], comment(submission))


def _absent(sheet: Sheet, found: Match) -> tuple[str, ...]:
    """Students without a submission, by the first cell of their row."""
    taken = {id(row) for row in found.rows.values()}
    absent = [row[0].value for row in sheet.students if id(row) not in taken]
    return (f"no submission, left as they are: {named(absent)}",) if absent else ()


def _points(order: Order, sheet: Sheet, row: Row, submission: SubmissionResult) -> str:
    """The points as the column counts them."""
    most, total = number(sheet.most(row)), submission.total
    where = f"{sheet.table.header[sheet.grade]!r} of {sheet.table.name}"
    if order.scale:
        if not most:
            raise ReportError(f"{where} has no maximum to scale the points to")
        return f"{round(total.score * most / total.max_score, 2):g}"
    if most is not None and most != total.max_score:
        raise ReportError(
            f"{where} counts to {most:g}, the results to {total.max_score:g}; "
            "--scale converts them"
        )
    return f"{total.score:.10g}"


def number(text: str) -> float | None:
    """A number as people write it, ``100.00`` or ``100,00``, or None."""
    text = text.strip().replace(",", ".")
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else None


def comment(submission: SubmissionResult) -> str:
    """What a student reads, as HTML: the platform shows comments as a page."""
    points = f"{submission.score:g} of {submission.max_score:g} points: "
    told = (tag("pre", task.told) for task in submission.tasks if task.told)
    counts = [tag("p", line) for line in [counted_as(submission)] if line]
    return join(tag("p", points, what_happened(submission)), *counts, *told)
