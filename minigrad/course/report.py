"""The results of a class for people: CSV, a table for the terminal, an HTML page.

Pure functions of a `ClassResult`; printing and writing is for others.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

from minigrad.course.model import NEEDS_ATTENTION, SubmissionResult
from minigrad.course.page import to_html
from minigrad.course.results import ClassResult
from minigrad.course.tally import summary
from minigrad.course.visible import visible
from minigrad.course.words import chapter_of, slips, what_happened

__all__ = ["slips", "summary", "to_csv", "to_html", "to_text", "what_happened"]

BAR = 10  # cells of the bar in the table
IDS = 28  # columns for an id
LEAST = 24  # columns for what happened; others give way to it
BOLD, RED, GREEN, YELLOW, BLUE = 1, 31, 32, 33, 34  # as a terminal knows them
# Where a formula begins: in some countries a cell ends at a semicolon, too.
FORMULA = re.compile(r"(^|; *)(?=[=+\-@\t\r\n＝＋－＠])")


# CSV ------------------------------------------------------------------------------


def to_csv(results: ClassResult) -> str:
    """One row a submission, one column a task, then the sums and the notes.

    What counts in the end follows where there are settings for it.  As RFC 4180 has it,
    lines end in CR LF.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    ids = results.task_ids
    head = ["id", "status", *ids, "score", "max_score", "notes"]
    adjusted = any(s.adjusted for s in results.submissions)
    writer.writerow([*head, *(("counts", "of", "reason") if adjusted else ())])
    for submission in results.submissions:
        scores = {task.id: task.score for task in submission.tasks}
        row = [submission.id, submission.status, *(scores.get(i, "") for i in ids)]
        row += [submission.score, submission.max_score, "; ".join(submission.notes)]
        total = submission.total
        row += [total.score, total.max_score, total.reason] if adjusted else []
        writer.writerow([_neutral(cell) for cell in row])
    return out.getvalue()


def _neutral(cell: object) -> object:
    """A text that a spreadsheet would compute is marked as text by an apostrophe,
    and what would steer whoever reads it is spelled out.

    >>> _neutral("=HYPERLINK(...)")
    "'=HYPERLINK(...)"
    """
    return visible(FORMULA.sub(r"\1'", cell)) if isinstance(cell, str) else cell


# The table ------------------------------------------------------------------------


def to_text(results: ClassResult, width: int = 100, color: bool = False) -> str:
    """The class as a table that fits the terminal, and a line that sums it up."""
    chapters = list(dict.fromkeys(chapter_of(i) for i in results.task_ids))
    head = ["submission", *(name.partition("_")[0] for name in chapters), "total", ""]
    rows = _fitted([head, *(_row(s, chapters) for s in results.submissions)], width)
    sizes = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    said = ["what happened", *map(_said, results.submissions)]
    tones = [BOLD, *map(_tone, results.submissions)] if color else [0] * len(rows)
    lines = [
        _line(row, sizes, text, tone, width)
        for row, text, tone in zip(rows, said, tones, strict=True)
    ]
    return "\n".join([*lines, "", summary(results)])


def _said(submission: SubmissionResult) -> str:
    late = submission.total.late
    return f"{late}; {what_happened(submission)}" if late else what_happened(submission)


def _row(submission: SubmissionResult, chapters: Sequence[str]) -> list[str]:
    scores = dict.fromkeys(chapters, 0.0)
    for task in submission.tasks:
        scores[chapter_of(task.id)] += task.score
    counts = submission.total
    total = f"{counts.score:g}/{counts.max_score:g}"
    filled = round(BAR * counts.score / (counts.max_score or 1))
    bar = "█" * filled + "░" * (BAR - filled)
    name = _cut(submission.id, IDS)
    return [name, *(f"{score:g}" for score in scores.values()), total, bar]


def _fitted(rows: list[list[str]], width: int) -> list[list[str]]:
    """The columns that leave room for words: without chapters, without the bar."""
    for keep in (slice(0, None), slice(-2, None), slice(-2, -1)):
        kept = [[row[0], *row[1:][keep]] for row in rows]
        sizes = [max(map(_columns, column)) for column in zip(*kept, strict=True)]
        if sum(sizes) + 2 * len(sizes) + LEAST <= width:
            return kept
    return kept


def _line(
    row: Sequence[str], sizes: Sequence[int], text: str, tone: int, width: int
) -> str:
    first, *rest = (" " * (n - _columns(c)) for c, n in zip(row, sizes, strict=True))
    cells = [
        row[0] + first,
        *(gap + cell for gap, cell in zip(rest, row[1:], strict=True)),
    ]
    text = _cut(text, max(LEAST, width - sum(sizes) - 2 * len(sizes)))
    if tone:
        cells[1:] = (f"\x1b[{tone}m{cell}\x1b[0m" for cell in cells[1:])
    return "  ".join([*cells, text]).rstrip()


def _tone(submission: SubmissionResult) -> int:
    if submission.status == NEEDS_ATTENTION:
        return BLUE
    if submission.score == submission.max_score:
        return GREEN
    return YELLOW if submission.score else RED


def _columns(text: str) -> int:
    """The width of a text on a terminal: some letters take two columns."""
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _cut(text: str, room: int) -> str:
    if _columns(text) <= room:
        return text
    while _columns(text) > room - 1:
        text = text[:-1]
    return f"{text}…"
