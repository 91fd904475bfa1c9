"""One submission told: its tasks with the call that failed, and what was expected.

Folded in the report of a class, or on a page of its own for the student.
"""

from __future__ import annotations

from collections.abc import Callable

from minigrad.course.failing import drawings
from minigrad.course.markup import Html, tag
from minigrad.course.model import CheckResult, Drawn, SubmissionResult, TaskResult
from minigrad.course.pieces import (
    SIGNS,
    document,
    masthead,
    points,
    share_bar,
    state,
)
from minigrad.course.results import ClassResult
from minigrad.course.words import counted_as, label, what_happened

Show = Callable[[Drawn], Html]  # a drawing in its place, or a link to it
TEXT = 12  # the column of a message where its text begins; labels stand before it
SAID_ELSEWHERE = ("likely", "so far")  # in the box of the slip, by the list of checks


def story(submission: SubmissionResult, show: Show) -> Html:
    """Folded: its bar and words; inside: its tasks and checks, and drawings."""
    summary = tag(
        "summary",
        tag("b", submission.id),
        share_bar(submission),
        tag("span", points(submission.total), class_="number"),
        tag("span", what_happened(submission), class_="said"),
    )
    inside = tag("div", *_inside(submission, show), class_="inside")
    return tag("details", summary, inside, id=anchor(submission), class_="card")


def student_page(results: ClassResult, submission: SubmissionResult) -> str:
    """A page for the student alone: nobody else is on it, and not the seed."""
    total = points(submission.total)
    figures = drawings([submission])
    facts = (
        f"{total} points",
        what_happened(submission),
        f"isolation level {results.isolation}",
    )
    inside = _inside(submission, lambda drawn: figures.get(drawn, Html("")))
    return document(
        f"{submission.id}: {total}",
        masthead(submission.id, *facts),
        tag("div", share_bar(submission), class_="whole"),
        tag("main", *inside, class_="card inside"),
    )


def anchor(submission: SubmissionResult) -> str:
    """The name of a story in its page."""
    return f"s-{submission.id}"


def _inside(submission: SubmissionResult, show: Show) -> list[Html]:
    notes = tag("ul", *(tag("li", note) for note in submission.notes), class_="notes")
    parts = [notes] if submission.notes else []
    if line := counted_as(submission):
        graded = f"{points(submission)} as graded; {line}"
        parts.insert(0, tag("p", graded, class_="slip"))
    parts += (_task(task, show) for task in submission.tasks)
    if submission.output:
        printed = tag("pre", submission.output)
        parts.append(tag("section", tag("h3", "It printed"), printed, class_="task"))
    return parts


def _task(task: TaskResult, show: Show) -> Html:
    how = state(task)
    header = tag(
        "header",
        tag("h3", task.id),
        tag("span", label(task), class_=f"pill is-{how}"),
        tag("span", points(task), class_="number soft"),
    )
    if how in ("full", "open"):
        return tag("section", header, class_="task")
    slip = tag("p", task.diagnosis.message, class_="slip") if task.diagnosis else ""
    checks = tag("ul", *map(_check, task.checks), class_="checks")
    drawn = show(task.drawn) if task.drawn else ""
    return tag("section", header, slip, _evidence(task), checks, drawn, class_="task")


def _evidence(task: TaskResult) -> Html:
    """The call, what came back and what was expected, as the student was told."""
    rows = [row for row in told_rows(task.told) if row[0] not in SAID_ELSEWHERE]
    pairs = (part for name, text in rows for part in (tag("dt", name), tag("dd", text)))
    return tag("dl", *pairs, class_="evidence") if rows else Html("")


def told_rows(told: str) -> list[tuple[str, str]]:
    r"""The labels of a message and their texts, however many lines these take.

    >>> told_rows("✗ f: wrong\n  got       [1 2\n            3]\n  at        a.py")
    [('got', '[1 2 3]'), ('at', 'a.py')]
    """
    rows: list[tuple[str, str]] = []
    for line in told.splitlines()[1:]:
        name, text = line[:TEXT].strip(), line[TEXT:]
        if name:
            rows.append((name, text))
        elif rows:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]} {text}")
    return rows


def _check(check: CheckResult) -> Html:
    how = state(check)
    return tag(
        "li",
        tag("span", SIGNS[how], class_=f"sign ink-{how}", title=check.status),
        tag("span", check.name),
        tag("span", check.message, class_="said soft"),
        tag("span", points(check), class_="number soft"),
    )
