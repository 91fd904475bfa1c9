"""What counts in the end: weights, optional tasks, lateness, and what is said of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reported import class_of, submission

from minigrad.course.adjusting import Adjusting, adjust
from minigrad.course.late import Policy, Tier
from minigrad.course.marking import Marked, feedback
from minigrad.course.model import CheckResult, SubmissionResult, TaskResult, Total
from minigrad.course.reports import make
from minigrad.course.results import submission_from_json, submission_to_json
from minigrad.course.settings import Late, Settings
from minigrad.course.story import student_page

DUE = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
DAY = timedelta(days=1)


def late(grace_days=0, **deadlines):
    policy = Policy((Tier(1, 90), Tier(3, 50)), grace_days)
    return Late(policy, None if deadlines else DUE, deadlines, None, Path("times.csv"))


def graded(**scores):
    """A submission of these tasks, ``chapter__task=(score, of)``."""
    tasks = [
        TaskResult(
            name.replace("__", "/"),
            "passed" if score == most else "failed",
            (CheckResult("all", "failed", score, most),),
        )
        for name, (score, most) in scores.items()
    ]
    return SubmissionResult("ann", "graded", tuple(tasks))


ANN = graded(a__f=(6.0, 10.0), a__g=(4.0, 4.0), b__h=(3.0, 6.0))


def total(settings, times=None, result=ANN):
    return adjust(result, settings, times).total


def test_without_settings_what_counts_is_the_score():
    """Nothing is added to a result, and nothing to its JSON."""
    marked = Marked(ANN, feedback(ANN))
    assert Adjusting(Settings())(marked) is marked
    assert ANN.total == Total(13.0, 20.0)
    assert "adjusted" not in submission_to_json(ANN)


def test_a_weight_multiplies_points():
    """A task's own goes before its chapter's: 2 x 6 + 0.5 x 4 + 3 of 20 + 2 + 6."""
    found = total(Settings(weights={"a": 2.0, "a/g": 0.5}))
    assert (found.score, found.max_score) == (17, 28)
    assert found.weights == "a counts 2 times, a/g counts 0.5 times"
    assert found.late == ""


def test_an_optional_task_makes_up_for_others_and_no_more():
    """It is not in the maximum, which nobody exceeds."""
    assert total(Settings(optional=("a/g",))) == Total(13, 16, "", "a/g is optional")
    assert total(Settings(optional=("b",))).score == 13
    assert total(Settings(optional=("b", "a/f"))) == Total(
        4, 4, "", "b is optional, a/f is optional"
    )


def test_lateness_is_by_chapter():
    """Each has its deadline, and what came has its time."""
    settings = Settings(late=late(a=DUE, b=DUE + 7 * DAY))
    found = total(settings, {"": DUE + 2 * DAY})
    assert (found.score, found.late) == (10 / 2 + 3, "a 2 days late: 50 %")
    found = total(settings, {"a": DUE, "b": DUE + 7.5 * DAY})
    assert (found.score, found.late) == (10 + 3 * 0.9, "b 12 h late: 90 %")


def test_one_hand_in_spends_grace_once():
    """Chapters that were due and came together were late together."""
    found = total(Settings(late=late(grace_days=2)), {"": DUE + 1.5 * DAY})
    assert found.score == 13
    assert found.late == "1 day 12 h late, 2 days of grace: 100 %"


def test_grace_is_not_spent_where_there_is_nothing_to_lose():
    """A chapter without points is not late; the reason names the one that is."""
    result = graded(a__f=(0.0, 10.0), b__h=(3.0, 6.0))
    settings = Settings(late=late(grace_days=1, a=DUE, b=DUE + DAY))
    found = total(settings, {"": DUE + 1.5 * DAY}, result)
    assert (found.score, found.late) == (3, "12 h late, 1 day of grace: 100 %")
    only_b = Settings(late=late(b=DUE))
    assert total(only_b, {"": DUE + 0.5 * DAY}).late == "b 12 h late: 90 %"


def test_who_came_at_an_unknown_time_loses_nothing():
    """And it says so; a zero by mistake is the worst of all."""
    for times in (None, {}):
        found = total(Settings(late=late()), times)
        assert found.score == 13
        assert "taken as on time" in found.late


points = st.tuples(st.integers(0, 10), st.integers(0, 10)).map(sorted)
results = st.fixed_dictionaries(dict.fromkeys(("a__f", "a__g", "b__h"), points))


@given(
    results,
    st.dictionaries(st.sampled_from(["a", "b", "a/f"]), st.floats(0, 9)),
    st.sets(st.sampled_from(["a/g", "b"])),
    st.timedeltas(-DAY, 5 * DAY),
)
def test_what_counts_stays_between_nothing_and_the_maximum(
    scores, weights, optional, after
):
    """Whatever the settings; who is on time and has everything gets the maximum."""
    settings = Settings(None, weights, tuple(optional), late())
    found = total(settings, {"": DUE + after}, graded(**scores))
    assert 0 <= found.score <= found.max_score
    whole = graded(**{name: (most, most) for name, (_, most) in scores.items()})
    assert total(settings, {"": DUE}, whole).score == found.max_score


def test_it_can_be_read_back():
    """As ``results.json`` has it: a key more, and ``score`` is as graded."""
    found = adjust(ANN, Settings({}, {"a": 2.0}, (), late()), {"": DUE + DAY})
    data = json.loads(json.dumps(submission_to_json(found)))
    assert (data["score"], data["max_score"]) == (13, 20)
    assert data["adjusted"] == {
        "score": 20.7,
        "max_score": 34,
        "late": "1 day late: 90 %",
        "weights": "a counts 2 times",
    }
    assert submission_from_json(data) == found


# In the reports -------------------------------------------------------------------

SETTINGS = Settings(weights={"01_a": 2.0}, late=late())
LATE = adjust(submission("ann"), SETTINGS, {"": DUE + DAY})
WHY = "1 day late: 90 %; 01_a counts 2 times"
COUNTS = f"counts as 1.8 of 8 points: {WHY}"
CLASS = class_of(LATE)


def test_the_student_is_told_on_the_second_line():
    """What counts and why, below what was graded."""
    ann = submission("ann")
    adjusting = Adjusting(SETTINGS, {"ann": {"": DUE + DAY}})
    told = adjusting(Marked(ann, feedback(ann))).feedback
    assert told.splitlines()[:2] == ["ann: 1 of 4 points", COUNTS]
    assert told.replace(f"{COUNTS}\n", "") == feedback(ann)


@pytest.mark.parametrize("format", ["pages", "html"])
def test_pages_say_it(format):
    """The total, what was graded, and the reason."""
    page = make(CLASS, format).files.decode()
    assert f"1 / 4 as graded; {COUNTS}" in page
    assert "1.8 / 8" in page


def test_a_table_has_three_columns_more():
    """After those that it has without settings."""
    text = make(CLASS, "csv").files.decode()
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert head[-6:] == ["score", "max_score", "notes", "counts", "of", "reason"]
    assert row[-6:] == ["1.0", "4.0", "a note", "1.8", "8.0", WHY]
    assert "reason" not in make(class_of(submission("ann")), "csv").files.decode()


def test_platforms_get_what_counts():
    """Gradescope's score, an annotation's title, JUnit's output; and the reason."""
    gradescope = json.loads(make(CLASS, "gradescope").files)
    assert gradescope["score"] == 1.8
    assert COUNTS in gradescope["output"]
    assert COUNTS in make(CLASS, "junit").files.decode()
    notices = make(CLASS, "github-notices").files.decode()
    assert "title=ann%3A 1.8 of 8 points" in notices
    assert COUNTS.replace("%", "%25") in notices


def test_the_classroom_adds_up_to_what_counts():
    """Its reporter sums the tests: the change is one of them, with its reason."""
    from minigrad.course.reports.github import to_json

    found = to_json(LATE)
    assert sum(test["score"] for test in found["tests"]) == pytest.approx(1.8)
    assert found["max_score"] == 8
    assert found["tests"][-1]["name"] == COUNTS


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (
            "canvas",
            'Student,ID,Section,HW (1)\n    Points Possible,,,8\n"A, B",ann,1,\n',
        ),
        (
            "moodle",
            "Identifier,Full name,Email address,Grade,Maximum Grade,Feedback comments\n"
            "Participant 1,A B,ann@x.y,,8,\n",
        ),
    ],
)
def test_gradebooks_get_what_counts(tmp_path, format, text):
    """Against a maximum that is weighted, too."""
    file = tmp_path / "book.csv"
    file.write_text(text)
    feedback = format == "moodle"
    filled = make(CLASS, f"{format}:{file}", feedback=feedback).files.decode()
    assert "1.8" in filled
    assert (COUNTS in filled) == feedback


def test_an_unchanged_score_is_not_explained():
    """Who is on time reads nothing of it."""
    on_time = adjust(submission("ann"), Settings(late=late()), {"": DUE})
    assert "counts as" not in student_page(class_of(on_time), on_time)
