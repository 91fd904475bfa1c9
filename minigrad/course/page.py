"""The class report: one self-contained page, offline, without a script.

Scores as bars and a grid, and every submission's story to unfold.  All text goes
through `markup.tag`, which escapes it; the policy in the head lets nothing run or load.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import fmean, median

from minigrad.course.failing import drawings
from minigrad.course.markup import Html, tag
from minigrad.course.model import NEEDS_ATTENTION, Drawn, SubmissionResult, TaskResult
from minigrad.course.pieces import (
    SIGNS,
    STATES,
    bar,
    document,
    masthead,
    points,
    share,
    state,
)
from minigrad.course.results import ClassResult
from minigrad.course.story import anchor, story
from minigrad.course.words import chapter_of, counted, function_of, label

BINS = 10  # of the histogram


def to_html(results: ClassResult) -> str:
    """The whole report as a page of HTML."""
    figures = drawings(results.submissions)
    return document(
        f"Class report, {_count(len(results.submissions), 'submission')}",
        _header(results),
        _figures(results),
        _tasks(results),
        _grid(results),
        tag("h2", "One by one"),
        *(story(s, lambda drawn: _link(drawn, figures)) for s in results.submissions),
        *_drawings(figures.values()),
    )


def _header(results: ClassResult) -> Html:
    chapters = dict.fromkeys(map(chapter_of, results.task_ids))
    meta = [
        _count(len(results.submissions), "submission"),
        _count(len(chapters), "chapter"),
        _count(len(results.task_ids), "task"),
        f"seed {results.seed}",
        f"isolation level {results.isolation}",
    ]
    return masthead("Class report", *meta)


# Figures --------------------------------------------------------------------------


def _figures(results: ClassResult) -> Html:
    totals = [s.total for s in results.submissions]
    scores = [total.score for total in totals] or [0.0]
    top = max((total.max_score for total in totals), default=0.0)
    complete = sum(state(s) == "full" for s in results.submissions)
    worries = sum(s.status == NEEDS_ATTENTION for s in results.submissions)
    return tag(
        "section",
        _figure(f"{fmean(scores):.1f}", f"mean of {top:g} points"),
        _figure(f"{median(scores):g}", "median"),
        _figure(str(complete), "complete"),
        _figure(str(worries), "need you"),
        _histogram(results.submissions),
        class_="figures",
    )


def _figure(value: str, caption: str) -> Html:
    return tag("div", tag("b", value), tag("span", caption), class_="card figure")


def _histogram(submissions: Iterable[SubmissionResult]) -> Html:
    """How many submissions reached each tenth of the points."""
    bins = Counter(min(int(BINS * share(s.total)), BINS - 1) for s in submissions)
    tallest = max(bins.values(), default=1)
    marks = [tag("line", x1=0, x2=300, y1=66, y2=66)]
    for place in range(BINS):
        height = 52 * bins[place] / tallest
        x = 30 * place
        if height:
            bar = {"x": x + 3, "y": f"{66 - height:.1f}", "width": 24, "rx": 3}
            marks.append(tag("rect", **bar, height=f"{height:.1f}"))
            marks.append(
                tag("text", str(bins[place]), x=x + 15, y=f"{62 - height:.1f}")
            )
    marks += [tag("text", f"{p} %", x=3 * p, y=79) for p in (0, 25, 50, 75, 100)]
    drawing = tag(
        "svg", *marks, viewBox="-12 0 328 82", role="img", aria_label="scores"
    )
    return tag("div", drawing, class_="card histogram")


# Tasks ----------------------------------------------------------------------------


def _tasks(results: ClassResult) -> Html:
    rows = [_task_row(results, id) for id in results.task_ids]
    head = tag("tr", *(tag("th", text) for text in ("task", "", "passed", "slips")))
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="tasks")
    return tag("section", tag("h2", "Tasks"), tag("div", table, class_="card wide"))


def _task_row(results: ClassResult, id: str) -> Html:
    tasks = [t for s in results.submissions for t in s.tasks if t.id == id]
    states = Counter(map(state, tasks))
    common = Counter(t.diagnosis.kind for t in tasks if t.diagnosis).most_common(3)
    return tag(
        "tr",
        tag(
            "td", tag("span", f"{chapter_of(id)[:2]} ", class_="soft"), function_of(id)
        ),
        tag("td", _strip(states, len(tasks)), class_="strip"),
        tag("td", f"{states['full']} of {len(tasks)}", class_="number"),
        tag("td", ", ".join(counted(*pair) for pair in common), class_="soft"),
    )


def _strip(states: Counter[str], whole: int) -> Html:
    """One bar for the class: full marks, some points, none, the rest not started."""
    marks, x = [tag("rect", class_="ground", width=100, height=8)], 0.0
    for how in ("full", "part", "zero"):
        width = 100 * states[how] / (whole or 1)
        marks.append(
            tag("rect", class_=how, x=f"{x:.2f}", width=f"{width:.2f}", height=8)
        )
        x += width
    return bar(marks)


# The grid -------------------------------------------------------------------------


def _grid(results: ClassResult) -> Html:
    """Submissions by tasks: a number and a color in each cell."""
    ids = results.task_ids
    chapters = Counter(map(chapter_of, ids))
    spans = (tag("th", c, colspan=n, class_="chapter") for c, n in chapters.items())
    names = (tag("th", tag("span", function_of(id)), class_="up") for id in ids)
    table = tag(
        "table",
        tag(
            "thead",
            tag("tr", tag("td"), *spans, tag("td")),
            tag("tr", tag("td"), *names, tag("th", "total", class_="number")),
        ),
        tag("tbody", *(_grid_row(s, ids) for s in results.submissions)),
        class_="grid",
    )
    legend = (
        tag("span", f"{SIGNS[k]} {STATES[k]}", class_=f"pill is-{k}") for k in STATES
    )
    return tag(
        "section",
        tag("h2", "Submissions"),
        tag("div", table, class_="card wide"),
        tag("p", *legend, class_="legend"),
    )


def _grid_row(submission: SubmissionResult, ids: Iterable[str]) -> Html:
    tasks = {task.id: task for task in submission.tasks}
    name = tag("a", submission.id, href=f"#{anchor(submission)}")
    why = submission.total.reason or None
    total = tag("td", points(submission.total), class_="number", title=why)
    cells = (_cell(tasks.get(id)) for id in ids)
    return tag("tr", tag("th", name, scope="row"), *cells, total)


def _cell(task: TaskResult | None) -> Html:
    if task is None:
        return tag("td")
    how = state(task)
    shown = f"{task.score:g}" if how == "part" else SIGNS[how]
    title = f"{task.id}: {label(task)}, {points(task)}"
    return tag("td", tag("span", shown), class_=f"cell is-{how}", title=title)


# Drawings -------------------------------------------------------------------------


def _link(drawn: Drawn, figures: Mapping[Drawn, Html]) -> Html:
    """To the drawing, which is there once for all whose gradient was wrong."""
    if drawn not in figures:
        return Html("")
    number = [*figures].index(drawn) + 1
    words = f"Drawing {number}: the computation whose gradient is wrong"
    return tag("p", tag("a", words, href=f"#drawing-{number}"))


def _drawings(figures: Iterable[Html]) -> list[Html]:
    cards = [tag("div", figure, class_="card inside") for figure in figures]
    return [tag("h2", "Failing computations"), *cards] if cards else []


# Small things ---------------------------------------------------------------------


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
