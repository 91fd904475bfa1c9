"""The class report: one self-contained page, offline, without a script.

Scores as bars and a grid, and every submission's story to unfold.  All text goes
through `markup.tag`, which escapes it; the policy in the head lets nothing run or load.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable
from statistics import fmean, median

from minigrad.course.markup import Html, tag
from minigrad.course.model import (
    GRADER_ERROR,
    NEEDS_ATTENTION,
    NOT_RUN,
    CheckResult,
    SubmissionResult,
    TaskResult,
)
from minigrad.course.results import ClassResult
from minigrad.course.style import CSS
from minigrad.course.words import (
    chapter_of,
    counted,
    function_of,
    label,
    what_happened,
)

FOOTER = "Every verdict was made outside of the processes that ran the submissions."
BINS = 10  # of the histogram
STATES = {
    "full": "full marks",
    "part": "some points",
    "zero": "no points",
    "open": "not started",
    "you": "needs you",
}
SIGNS = {"full": "✓", "part": "n", "zero": "✗", "open": "–", "you": "!"}


def to_html(results: ClassResult) -> str:
    """The whole report as a page of HTML."""
    body = tag(
        "body",
        _header(results),
        _figures(results),
        _tasks(results),
        _grid(results),
        tag("h2", "One by one"),
        *map(_story, results.submissions),
        tag("footer", FOOTER),
    )
    return f"<!doctype html>\n{tag('html', _head(results), body, lang='en')}\n"


def _head(results: ClassResult) -> Html:
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
        tag("title", f"Class report, {len(results.submissions)} submissions"),
        tag("style", Html(CSS)),
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
    return tag(
        "header",
        tag("p", "minigrad", class_="eyebrow"),
        tag("h1", "Class report"),
        tag("p", " · ".join(meta), class_="meta"),
    )


# Figures --------------------------------------------------------------------------


def _figures(results: ClassResult) -> Html:
    scores = [s.score for s in results.submissions] or [0.0]
    top = max((s.max_score for s in results.submissions), default=0.0)
    complete = sum(_state(s) == "full" for s in results.submissions)
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
    bins = Counter(min(int(BINS * _share(s)), BINS - 1) for s in submissions)
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
    states = Counter(map(_state, tasks))
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
    for state in ("full", "part", "zero"):
        width = 100 * states[state] / (whole or 1)
        marks.append(
            tag("rect", class_=state, x=f"{x:.2f}", width=f"{width:.2f}", height=8)
        )
        x += width
    return _bar(marks)


def _bar(marks: Iterable[Html]) -> Html:
    how = {"viewBox": "0 0 100 8", "preserveAspectRatio": "none", "aria_hidden": "true"}
    return tag("svg", *marks, class_="bar", **how)


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
    name = tag("a", submission.id, href=f"#{_anchor(submission)}")
    total = tag("td", _points(submission), class_="number")
    cells = (_cell(tasks.get(id)) for id in ids)
    return tag("tr", tag("th", name, scope="row"), *cells, total)


def _cell(task: TaskResult | None) -> Html:
    if task is None:
        return tag("td")
    state = _state(task)
    shown = f"{task.score:g}" if state == "part" else SIGNS[state]
    title = f"{task.id}: {label(task)}, {_points(task)}"
    return tag("td", tag("span", shown), class_=f"cell is-{state}", title=title)


# Stories --------------------------------------------------------------------------


def _story(submission: SubmissionResult) -> Html:
    """One submission, folded: its bar and words, inside its tasks and checks."""
    state = _state(submission)
    done = tag("rect", class_=state, width=f"{100 * _share(submission):.2f}", height=8)
    summary = tag(
        "summary",
        tag("b", submission.id),
        _bar([tag("rect", class_="ground", width=100, height=8), done]),
        tag("span", _points(submission), class_="number"),
        tag("span", what_happened(submission), class_="said"),
    )
    notes = tag("ul", *(tag("li", note) for note in submission.notes), class_="notes")
    inside = tag(
        "div",
        notes if submission.notes else "",
        *map(_task, submission.tasks),
        _output(submission),
        class_="inside",
    )
    return tag("details", summary, inside, id=_anchor(submission), class_="card")


def _task(task: TaskResult) -> Html:
    state = _state(task)
    header = tag(
        "header",
        tag("h3", task.id),
        tag("span", label(task), class_=f"pill is-{state}"),
        tag("span", _points(task), class_="number soft"),
    )
    if state in ("full", "open"):
        return tag("div", header, class_="task")
    slip = tag("p", task.diagnosis.message, class_="slip") if task.diagnosis else ""
    checks = tag("ul", *map(_check, task.checks), class_="checks")
    return tag("div", header, slip, checks, class_="task")


def _check(check: CheckResult) -> Html:
    state = _state(check)
    return tag(
        "li",
        tag("span", SIGNS[state], class_=f"sign ink-{state}", title=check.status),
        tag("span", check.name),
        tag("span", check.message, class_="said soft"),
        tag("span", _points(check), class_="number soft"),
    )


def _output(submission: SubmissionResult) -> Html:
    if not submission.output:
        return Html("")
    return tag(
        "div", tag("h3", "It printed"), tag("pre", submission.output), class_="task"
    )


# Small things ---------------------------------------------------------------------


def _state(result: SubmissionResult | TaskResult | CheckResult) -> str:
    """One of `STATES`."""
    if result.status in (NEEDS_ATTENTION, GRADER_ERROR):
        return "you"
    if result.score >= result.max_score > 0:
        return "full"
    if result.score > 0:
        return "part"
    return "open" if result.status == NOT_RUN else "zero"


def _share(result: SubmissionResult) -> float:
    return result.score / (result.max_score or 1.0)


def _points(result: SubmissionResult | TaskResult | CheckResult) -> str:
    return f"{result.score:g} / {result.max_score:g}"


def _anchor(submission: SubmissionResult) -> str:
    return f"s-{submission.id}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
