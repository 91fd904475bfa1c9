"""Results as data: what is written can be read, and is what the contract says."""

from __future__ import annotations

import json

import pytest

from minigrad.course.message import explain
from minigrad.course.model import (
    Call,
    CheckResult,
    Diagnosis,
    Evidence,
    SubmissionResult,
    TaskResult,
)
from minigrad.course.results import ClassResult, ResultsError, dumps, load, to_json

CLASS = ClassResult(
    (
        SubmissionResult(
            "s-041",
            "graded",
            (
                TaskResult(
                    "04_optimizers/newton_step",
                    "failed",
                    (
                        CheckResult("one step", "passed", 1.0, 1.0),
                        CheckResult("many steps", "failed", 0.0, 2.0, "off by ü\ud800"),
                    ),
                    Diagnosis("sign", "You went uphill."),
                ),
            ),
            ("a note",),
            "printed",
        ),
        SubmissionResult("s-042", "needs-attention", ()),
    ),
    seed=7,
    isolation="process",
)


def test_the_schema_is_the_contracts():
    """Keys may be added; these are never changed."""
    assert to_json(CLASS) == {
        "schema": 1,
        "course": "minigrad",
        "isolation": "process",
        "seed": 7,
        "submissions": [
            {
                "id": "s-041",
                "status": "graded",
                "score": 1.0,
                "max_score": 3.0,
                "notes": ["a note"],
                "output": "printed",
                "tasks": [
                    {
                        "id": "04_optimizers/newton_step",
                        "status": "failed",
                        "score": 1.0,
                        "max_score": 3.0,
                        "checks": [
                            {
                                "name": "one step",
                                "status": "passed",
                                "score": 1.0,
                                "max_score": 1.0,
                                "message": "",
                            },
                            {
                                "name": "many steps",
                                "status": "failed",
                                "score": 0.0,
                                "max_score": 2.0,
                                "message": "off by ü\ud800",
                            },
                        ],
                        "diagnosis": {"kind": "sign", "message": "You went uphill."},
                        "told": explain(CLASS.submissions[0].tasks[0]),
                    }
                ],
            },
            {
                "id": "s-042",
                "status": "needs-attention",
                "score": 0,
                "max_score": 0,
                "notes": [],
                "output": "",
                "tasks": [],
            },
        ],
    }


@pytest.mark.parametrize("indent", [None, 1])
def test_results_come_back_whole(indent, tmp_path):
    """From the file, or from the folder that holds it; half a surrogate included."""
    (tmp_path / "results.json").write_bytes(dumps(to_json(CLASS), indent))
    assert load(tmp_path) == load(tmp_path / "results.json") == CLASS


def test_what_a_student_was_told_is_kept(tmp_path):
    """The message of a task comes back with it, though its call and values are gone."""
    call, seen = Call("f", (2, 3), names=("x", "y")), Evidence(got=5.0, expected=6.0)
    check = CheckResult("by hand", "failed", 0.0, 1.0, "off", (call,), seen)
    task = TaskResult("01_a/f", "failed", (check,))
    whole = ClassResult((SubmissionResult("ann", "graded", (task,)),), 7, "process")
    (tmp_path / "results.json").write_bytes(dumps(to_json(whole)))
    told = load(tmp_path).submissions[0].tasks[0].told
    assert "called    f(x=2, y=3)" in told
    assert "expected  6" in told
    assert to_json(load(tmp_path)) == to_json(whole)


def test_results_of_an_earlier_version_say_less(tmp_path):
    """A file without the messages is read as well."""
    data = json.loads(spoiled("submissions", 0, "tasks", 0, "told"))
    (tmp_path / "results.json").write_text(json.dumps(data))
    assert load(tmp_path).submissions[0].tasks[0].told == ""


def test_a_journal_line_is_one_line():
    """Whatever is in a text, a result takes a single line."""
    assert dumps({"a": "x\ny\r\u2028"}).count(b"\n") == 1


def test_unknown_keys_are_passed_over(tmp_path):
    """A later version may have more to say."""
    data = to_json(CLASS) | {"late": {"days": 2}}
    (tmp_path / "results.json").write_text(json.dumps(data))
    assert load(tmp_path) == CLASS


def spoiled(*path, value=...):
    """The JSON of CLASS with one value replaced, or with one key taken out."""
    data = json.loads(json.dumps(to_json(CLASS)))
    here = data
    for key in path[:-1]:
        here = here[key]
    if value is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no results"),
        ("[" * 100_000, "holds no results"),
        ("[]", "`schema` is missing"),
        ("{}", "`schema` is missing"),
        (spoiled("schema", value=2), "schema 1 of minigrad"),
        (spoiled("course", value="other"), "schema 1 of minigrad"),
        (spoiled("seed"), "`seed` is missing"),
        (spoiled("submissions", value={}), "`submissions`"),
        (spoiled("submissions", 0, value=7), "`id`"),
        (spoiled("submissions", 0, "tasks", 0, "diagnosis", "kind"), "`kind`"),
        (spoiled("submissions", 0, "tasks", 0, "checks", 0, "score"), "`score`"),
        (spoiled("submissions", 0, "notes", 0, value=3), "notes"),
    ],
)
def test_what_is_no_results_file_is_a_sentence(text, says, tmp_path):
    """The message names the file and what is wrong with it."""
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(ResultsError, match=says) as caught:
        load(tmp_path)
    assert "results.json" in str(caught.value)


def test_a_folder_without_results_is_a_sentence(tmp_path):
    """So is a file that is not there."""
    with pytest.raises(ResultsError, match="cannot be read: No such file"):
        load(tmp_path)
