"""Gradescope's results.json: its documented keys, and nobody's zero by mistake."""

from __future__ import annotations

import json

import pytest
from reported import ANN, ATTACK, EVERYONE, UNREADABLE, class_of, complete

from minigrad.course.reports import ReportError, make

# Of "Autograder Specifications", "Output format".
OUTER = {
    *("score", "execution_time", "output", "output_format", "test_output_format"),
    *("test_name_format", "visibility", "stdout_visibility", "extra_data", "tests"),
}
INNER = {
    *("score", "max_score", "status", "name", "name_format", "number", "output"),
    *("output_format", "tags", "visibility", "extra_data"),
}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def read(results):
    return json.loads(make(results, "gradescope").files)


def test_it_is_what_the_documentation_says():
    """Its keys, its words, its types; the leaderboard is not among them."""
    found = read(ANN)
    assert found.keys() <= OUTER
    assert {found["visibility"], found["stdout_visibility"]} <= VISIBILITIES
    for test in found["tests"]:
        assert test.keys() <= INNER
        assert test["visibility"] in VISIBILITIES
        assert test["status"] in ("passed", "failed")
        assert 0 <= test["score"] <= test["max_score"]


def test_it_says_what_the_results_say():
    """A test a check, in order, with its points; the sums agree."""
    found = read(ANN)
    tests = [(t["number"], t["name"], t["score"], t["status"]) for t in found["tests"]]
    assert tests == [
        ("1.1", "01_a/f: by hand", 1.0, "passed"),
        ("1.2", "01_a/f: random", 0.0, "failed"),
        ("1.3", "01_a/f: kink", 0.0, "failed"),
        ("2.1", "01_a/g: any", 0.0, "failed"),
    ]
    assert found["score"] == sum(test["score"] for test in found["tests"]) == 1.0
    assert found["output"] == "sign: f; not started: g\nnote: a note"
    outputs = [test["output"] for test in found["tests"]]
    assert outputs[0] == ""
    assert "called    f(x (5,))" in outputs[1]
    assert outputs[2:] == ["wrong result: got 2, expected 1", "not started"]


def test_a_class_is_a_folder_of_them():
    """One a submission, named as Gradescope wants it; who has no points is named."""
    made = make(EVERYONE, "gradescope")
    assert list(made.files) == ["ann/results.json", "bob/results.json"]
    assert made.worries == ("no file for dan: look at the results first",)
    alone = make(EVERYONE, "gradescope", submission="bob")
    assert json.loads(alone.files)["score"] == 4.0


def test_what_the_instructor_must_see_is_no_zero():
    """No file at all: Gradescope then says that the autograder failed."""
    with pytest.raises(ReportError, match=r"no points for dan: needs you: dan\.zip"):
        make(class_of(UNREADABLE), "gradescope")


def test_text_of_a_students_is_only_text():
    """It is declared plain, and steers no terminal on its way."""
    data = make(ATTACK, "gradescope").files
    data.decode("ascii")
    found = json.loads(data)
    formats = ("output_format", "test_output_format", "test_name_format")
    assert {found[key] for key in formats} == {"text"}
    texts = [found["output"], *(t["output"] + t["name"] for t in found["tests"])]
    assert not [c for text in texts for c in text if not (c.isprintable() or c == "\n")]


@pytest.mark.parametrize("id", ["..", "a/b", "a\\b", "", "a\nb"])
def test_a_file_goes_nowhere_else(id):
    """Results that were tampered with name no folder outside of the one asked for."""
    with pytest.raises(ReportError, match="cannot be the name of a file"):
        make(class_of(complete("ann"), complete(id)), "gradescope")
