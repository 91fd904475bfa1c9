"""Pairs of similar submissions to look at: a line each, JSON, a page side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from minigrad.course.lexing import text_of
from minigrad.course.markup import Html, tag
from minigrad.course.pieces import bar, document, masthead
from minigrad.course.results import Json
from minigrad.course.similarity import FEW, PART, Pair, Passage, Place
from minigrad.course.submission import Submission

NO_VERDICT = "Look at both sides before you think of anybody: this is no verdict."
LEAD = (
    "Names, numbers, texts, comments, spaces and the order of functions do not count; "
    "neither does what the exercises hand out, nor what more than {most} submissions "
    "have. Similar code has many reasons: a lecture, a book, a friend who explained, a "
    "formula that can hardly be written in another way."
)
SHOWN = 12  # passages of a pair


def to_json(pairs: Sequence[Pair], count: int) -> Json:
    """The pairs as data, of so many submissions."""
    return {"schema": 1, "submissions": count, "pairs": [asdict(p) for p in pairs]}


def to_text(pairs: Sequence[Pair], count: int) -> str:
    """A line a pair, those that share most first."""
    wide = max((len(f"{p.left}  {p.right}") for p in pairs), default=0)
    lines = [f"{f'{p.left}  {p.right}':{wide}}  {_told(p)}" for p in pairs]
    lines.append(f"{count} submissions, {_count(pairs)}")
    return "\n".join([*lines, NO_VERDICT] if pairs else lines)


def _count(pairs: Sequence[Pair]) -> str:
    pair = "1 pair" if len(pairs) == 1 else f"{len(pairs) or 'no'} pairs"
    return f"{pair} to look at"


def _told(pair: Pair) -> str:
    """``62 % of the smaller one, 23 lines in a row``."""
    longest = max(p.left.last - p.left.first + 1 for p in pair.passages)
    row = f"{longest} lines in a row" if longest > 1 else "1 line"
    return f"{100 * pair.share:.0f} % of the smaller one, {row}"


def to_html(pairs: Sequence[Pair], submissions: Mapping[str, Submission]) -> str:
    """The pairs on one page, each with its passages side by side."""
    count = len(submissions)
    facts = f"{count} submissions", _count(pairs)
    lead = LEAD.format(most=f"{max(FEW, PART * count):g}")
    return document(
        f"Similar submissions: {len(pairs)}",
        masthead("Similar submissions", *facts),
        tag("p", lead, " ", tag("b", NO_VERDICT), class_="lead"),
        *(_pair(pair, submissions) for pair in pairs),
        footer="Winnowing: Schleimer, Wilkerson, Aiken, SIGMOD 2003.",
    )


def _pair(pair: Pair, submissions: Mapping[str, Submission]) -> Html:
    ground = tag("rect", class_="ground", width=100, height=8)
    share = tag("rect", class_="you", width=f"{100 * pair.share:.2f}", height=8)
    summary = tag(
        "summary",
        tag("b", f"{pair.left} and {pair.right}"),
        bar([ground, share]),
        tag("span", f"{pair.shared}", class_="number"),
        tag("span", _told(pair), class_="said"),
    )
    left, right = submissions[pair.left], submissions[pair.right]
    shown = [_passage(passage, left, right) for passage in pair.passages[:SHOWN]]
    more = len(pair.passages) - SHOWN
    if more > 0:
        shown.append(tag("p", f"and {more} shorter ones", class_="soft"))
    return tag("details", summary, tag("div", *shown, class_="inside"), class_="card")


def _passage(passage: Passage, left: Submission, right: Submission) -> Html:
    sides = _side(left, passage.left), _side(right, passage.right)
    return tag("div", *sides, class_="passage")


def _side(submission: Submission, place: Place) -> Html:
    source = text_of(submission.files[place.file]).split("\n")
    lines = (
        tag("div", tag("span", str(number)), tag("code", text), class_="line")
        for number, text in enumerate(source[place.first - 1 : place.last], place.first)
    )
    where = tag("b", submission.id), f" {place.file}"
    return tag("div", tag("p", *where, class_="meta"), tag("pre", *lines))
