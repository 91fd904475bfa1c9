"""What a run came to: every submission is counted once, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

from minigrad.course import tally
from minigrad.course.model import CheckResult, Diagnosis, SubmissionResult, TaskResult
from minigrad.course.results import ClassResult


def task(id, *statuses, kind=None):
    """A task whose checks c0, c1, ... have these statuses, a point each."""
    checks = tuple(
        CheckResult(f"c{i}", status, float(status == "passed"), 1.0)
        for i, status in enumerate(statuses)
    )
    worst = next((s for s in statuses if s != "passed"), "passed")
    return TaskResult(id, worst, checks, kind and Diagnosis(kind, f"about {kind}"))


def submission(id, *tasks, status="graded"):
    return SubmissionResult(id, status, tasks)


CLASS = ClassResult(
    (
        submission("ann", task("01_a/f", "passed", "failed", kind="sign")),
        submission("bob", task("01_a/f", "failed", "failed", kind="sign")),
        submission("cleo", task("01_a/f", "timeout", "not-run")),
        submission("dan", task("01_a/f", "missing", "missing")),
        submission(
            "eve", task("01_a/f", "grader-error", "passed"), status="needs-attention"
        ),
    ),
    seed=7,
    isolation="process",
    cached=frozenset({"ann", "cleo"}),
    before={
        "ann": {"01_a/f": 2.0, "02_b/g": 5.0},
        "bob": {"01_a/f": 0.0},
        "eve": {"01_a/f": 2.0},
    },
)


def test_each_submission_is_counted_once():
    """Who needs you or came too late is not also cached or graded."""
    found = tally.counts(CLASS)
    assert found.pop("submissions") == 5 == sum(found.values())
    assert found == {"graded": 2, "cached": 1, "timeouts": 1, "needs_you": 1}


def test_the_summary_is_one_line():
    """It says what there is to say, in the singular where there is one."""
    assert tally.summary(CLASS) == (
        "5 submissions, 2 graded, 1 cached, 1 timeout, 1 needs you; mean 0.4 of 2"
    )
    one = replace(CLASS, submissions=CLASS.submissions[1:2])
    assert tally.summary(one) == "1 submission, 1 graded; mean 0.0 of 2"
    assert tally.summary(ClassResult((), 7, "process")) == "0 submissions"


def test_a_check_is_hard_for_those_who_tried_it():
    """A missing function and a check that was not run say nothing of the check."""
    first, second = tally.hardest(CLASS)
    assert (first.check, first.failed, first.tried) == ("c0", 2, 3)
    assert (second.check, second.failed, second.tried) == ("c1", 2, 3)
    fewer = replace(CLASS, submissions=CLASS.submissions[:2])
    assert [h.check for h in tally.hardest(fewer)] == ["c1", "c0"]
    assert len(tally.hardest(fewer, most=1)) == 1


def test_a_score_moves_only_against_what_it_was():
    """Tasks that were not graded then, or not now, move nothing; nor does our fault."""
    (ann,) = tally.moved(CLASS)
    assert (ann.id, ann.tasks, ann.change) == ("ann", {"01_a/f": (2.0, 1.0)}, -1.0)
    assert tally.moved(replace(CLASS, before={})) == []


def test_the_words_say_what_the_data_say():
    """A golden text, and the same figures as JSON."""
    assert tally.told(CLASS).splitlines() == [
        "",
        "the hardest checks",
        "  67 %  f: c0 (2 of 3 who tried)",
        "  67 %  f: c1 (2 of 3 who tried)",
        "",
        "the commonest slips",
        "   2 ×  sign",
        "",
        "scores that moved since the last run",
        "  -1  ann: f 2 → 1",
        "",
    ]
    data = tally.to_json(CLASS)
    assert data["hardest"][0] == {
        "task": "01_a/f",
        "check": "c0",
        "failed": 2,
        "tried": 3,
        "share": 2 / 3,
    }
    assert data["diagnoses"] == [{"kind": "sign", "count": 2}]
    assert data["moved"] == [
        {"id": "ann", "tasks": {"01_a/f": (2.0, 1.0)}, "change": -1.0}
    ]
    assert tally.to_json(ClassResult((), 7, "process"))["mean"] == 0
