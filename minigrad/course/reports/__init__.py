"""Results for other programs and for people, each format a function of its own.

A format is an entry of `FORMATS`: a function that makes files of an `Order`.  What a
student wrote is text in every one of them: it steers no terminal, no page and no sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from minigrad.course.failing import left_out
from minigrad.course.report import to_csv, to_html
from minigrad.course.reports.canvas import to_canvas
from minigrad.course.reports.github import to_github, to_notices
from minigrad.course.reports.gradescope import to_gradescope
from minigrad.course.reports.junit import to_junit
from minigrad.course.reports.moodle import to_moodle
from minigrad.course.reports.order import Made, Order, ReportError, TemplateError
from minigrad.course.reports.pages import to_pages
from minigrad.course.results import ClassResult

__all__ = ["FORMATS", "FORMATS_HELP", "Made", "ReportError", "TemplateError", "make"]

FORMATS: dict[str, Callable[[Order], Made]] = {
    "csv": lambda order: _text(to_csv(order.results)),
    "html": lambda order: _text(to_html(order.results), _left_out(order)),
    "pages": to_pages,
    "gradescope": to_gradescope,
    "github": to_github,
    "github-notices": to_notices,
    "junit": to_junit,
    "canvas:TEMPLATE": to_canvas,
    "moodle:TEMPLATE": to_moodle,
}

FORMATS_HELP = f"One of: {', '.join(FORMATS)}."


def make(
    results: ClassResult,
    format: str,
    submission: str | None = None,
    column: str | None = None,
    scale: bool = False,
    feedback: bool = False,
) -> Made:
    """A report in a format, by its name in `FORMATS` with the template's in place.

    Raises `ReportError` for what cannot be made, `TemplateError` for a missing file.
    """
    name, colon, file = format.partition(":")
    wanted = f"{name}:TEMPLATE" if colon else name
    if wanted not in FORMATS or (colon and not file):
        raise ReportError(f"no format {format!r}; there are {', '.join(FORMATS)}")
    if (column or scale or feedback) and not colon:
        raise ReportError("--column, --scale and --feedback are for canvas and moodle")
    template = Path(file) if colon else None
    order = Order(results, template, column, scale, feedback)
    return FORMATS[wanted](_narrowed(order, submission))


def _narrowed(order: Order, submission: str | None) -> Order:
    """The order, about one submission alone where one is named."""
    if submission is None:
        return order
    found = tuple(s for s in order.results.submissions if s.id == submission)
    if not found:
        raise ReportError(f"there is no submission {submission!r} in these results")
    return replace(order, results=replace(order.results, submissions=found))


def _left_out(order: Order) -> tuple[str, ...]:
    return left_out(order.results.submissions)


def _text(text: str, remarks: tuple[str, ...] = ()) -> Made:
    return Made(text.encode("utf-8", "backslashreplace"), remarks)
