"""What goes into a report and what comes out of it, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from minigrad.course.model import GRADER_ERROR, NEEDS_ATTENTION, SubmissionResult
from minigrad.course.results import ClassResult
from minigrad.course.words import what_happened


class ReportError(ValueError):
    """What was asked for cannot be made of these results, or with this template."""


class TemplateError(LookupError):
    """The template cannot be read; the message says why."""


@dataclass(frozen=True)
class Order:
    """The results, and what the instructor asked for."""

    results: ClassResult
    template: Path | None = None  # the file that Canvas or Moodle exported
    column: str | None = None  # of the template, where the points go
    scale: bool = False  # convert the points to the column's maximum
    feedback: bool = False  # fill the template's column of comments as well

    def only(self, what: str) -> SubmissionResult:
        """The one submission that a format is about, or a refusal."""
        found = self.results.submissions
        if len(found) != 1:
            raise ReportError(
                f"{what} is about one submission, and here are {len(found)}; "
                "name it with --submission ID"
            )
        return found[0]


@dataclass(frozen=True)
class Made:
    """One file, or several by the path each has in a folder.

    ``remarks`` are for the instructor to read; ``worries`` as well, and somebody has to
    do something about them.
    """

    files: bytes | Mapping[str, bytes]
    remarks: tuple[str, ...] = ()
    worries: tuple[str, ...] = field(default=())


def doubtful(submission: SubmissionResult) -> bool:
    """Has the submission no points that could be passed on?  It is never a zero."""
    failed = any(task.status == GRADER_ERROR for task in submission.tasks)
    return failed or submission.status == NEEDS_ATTENTION or not submission.tasks


def sound(order: Order) -> tuple[list[SubmissionResult], tuple[str, ...]]:
    """The submissions that have points, and what to say of the others."""
    found = order.results.submissions
    doubts = [s.id for s in found if doubtful(s)]
    if len(found) == len(doubts) == 1:
        raise ReportError(f"no points for {doubts[0]}: {what_happened(found[0])}")
    told = f"no file for {named(doubts)}: look at the results first"
    return [s for s in found if not doubtful(s)], (told,) if doubts else ()


def file_name(id: str) -> str:
    """The id as a name in a folder; results that were tampered with are refused."""
    if id in ("", ".", "..") or "/" in id or "\\" in id or not id.isprintable():
        raise ReportError(f"the id {id!r} cannot be the name of a file")
    return id


def named(ids: list[str]) -> str:
    """Some names in a sentence: `ann, bob, cleo and 4 more`."""
    few = ids if len(ids) <= 10 else ids[:9]
    more = f" and {len(ids) - len(few)} more" if len(few) < len(ids) else ""
    return ", ".join(few) + more
