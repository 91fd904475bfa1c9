"""What the report of a class and the page of a student are made of.

All text goes through `markup.tag`, which escapes it; the policy in the head lets
nothing run or load.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from minigrad.course.markup import Html, tag
from minigrad.course.model import (
    GRADER_ERROR,
    NEEDS_ATTENTION,
    NOT_RUN,
    CheckResult,
    SubmissionResult,
    TaskResult,
    Total,
)
from minigrad.course.style import CSS

FOOTER = "Every verdict was made outside of the processes that ran the submissions."
STATES = {
    "full": "full marks",
    "part": "some points",
    "zero": "no points",
    "open": "not started",
    "you": "needs you",
}
SIGNS = {"full": "✓", "part": "n", "zero": "✗", "open": "–", "you": "!"}


def document(title: str, *inside: Html, footer: str = FOOTER) -> str:
    """A whole page, offline and without a script."""
    body = tag("body", *inside, tag("footer", footer))
    return f"<!doctype html>\n{tag('html', _head(title), body, lang='en')}\n"


def _head(title: str) -> Html:
    digest = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(CSS)),
    )


def masthead(title: str, *facts: str) -> Html:
    """The head of the page: its title, and what it is about in a line."""
    return tag(
        "header",
        tag("p", "minigrad", class_="eyebrow"),
        tag("h1", title),
        tag("p", " · ".join(facts), class_="meta"),
    )


def bar(marks: Iterable[Html]) -> Html:
    """Marks from 0 to 100 on a bar of any width."""
    how = {"viewBox": "0 0 100 8", "preserveAspectRatio": "none", "aria_hidden": "true"}
    return tag("svg", *marks, class_="bar", **how)


def share_bar(submission: SubmissionResult) -> Html:
    """How much of the points counts."""
    whole = tag("rect", class_="ground", width=100, height=8)
    width = f"{100 * share(submission.total):.2f}"
    return bar([whole, tag("rect", class_=state(submission), width=width, height=8)])


def state(result: SubmissionResult | TaskResult | CheckResult) -> str:
    """One of `STATES`."""
    if result.status in (NEEDS_ATTENTION, GRADER_ERROR):
        return "you"
    if result.score >= result.max_score > 0:
        return "full"
    if result.score > 0:
        return "part"
    return "open" if result.status == NOT_RUN else "zero"


def share(result: Total) -> float:
    """Between 0 and 1, of the points."""
    return result.score / (result.max_score or 1.0)


def points(result: Total | SubmissionResult | TaskResult | CheckResult) -> str:
    """``12 / 68``."""
    return f"{result.score:g} / {result.max_score:g}"
