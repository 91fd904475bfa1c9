"""GitHub Classroom: what its reporter reads, and commands that a runner obeys."""

from __future__ import annotations

import base64
import json
import re

import pytest
from reported import ANN, ATTACK, BROKEN, EVERYONE, TOLD, UNREADABLE, class_of, complete

from minigrad.course.reports import ReportError, make
from minigrad.course.visible import visible

# A runner obeys ``::name`` at the begin of a line, and ``##[name`` wherever it stands.
COMMAND = re.compile(r"(?m)^\s*::|##\[")


def read(results):
    name, _, encoded = make(results, "github").files.decode("ascii").partition("=")
    assert (name, encoded[-1]) == ("result", "\n")
    return json.loads(base64.b64decode(encoded, validate=False))


def points(result):
    """What autograding-grading-reporter tells the Classroom (notify-classroom.js)."""
    if not result["max_score"]:
        return None
    return sum(test["score"] for test in result["tests"]), result["max_score"]


def test_the_reporter_reads_the_points():
    """It sums up the tests' scores, and fails the step as the status says."""
    assert points(read(ANN)) == (1.0, 4.0)
    assert read(ANN)["status"] == "fail"
    right = read(class_of(complete("bob")))
    assert (points(right), right["status"], right["version"]) == ((4.0, 4.0), "pass", 1)


def test_a_test_is_a_task():
    """With one of the reporter's three words for what became of it."""
    first, second = read(ANN)["tests"]
    assert (first["name"], first["status"]) == ("01_a/f", "error")
    assert first["message"].startswith("raised an exception, 1 of 3 points: You went")
    assert (second["name"], second["status"]) == ("01_a/g", "fail")


@pytest.mark.parametrize("doubtful", [UNREADABLE, BROKEN])
def test_what_the_instructor_must_see_is_no_zero(doubtful):
    """No maximum: then the reporter passes no points on, and the step fails."""
    found = read(class_of(doubtful))
    assert (points(found), found["status"]) == (None, "error")
    last = found["tests"][-1]
    assert (last["name"], last["status"]) == ("submission", "error")


def test_a_repository_holds_one_submission():
    """Of a class, one has to be named."""
    with pytest.raises(ReportError, match="here are 3; name it with --submission ID"):
        make(EVERYONE, "github")


def test_what_the_reporter_prints_is_no_command():
    """Names and messages of a student's, printed line by line, do nothing."""
    for test in read(ATTACK)["tests"]:
        for key in ("name", "message", "test_code"):
            assert not COMMAND.search(test[key]), test[key]
            assert "\n" not in test[key]
            assert test[key].isprintable()


NOTICES = """\
::notice title=ann%3A 1 of 4 points::sign: f; not started: g
::error file=01_a/a.py,line=19,title=ann%3A f%3A raised an exception::{told}
::notice title=bob%3A 4 of 4 points::complete
::error title=dan::needs you: dan.zip is broken
"""


def test_a_step_tells_points_and_slips():
    """A golden text: a notice a submission, an error a slip, at the student's line."""
    made = make(EVERYONE, "github-notices")
    told = TOLD.replace("\n", "%0A")
    assert made.files.decode("utf-8") == NOTICES.format(told=told)


def obeyed(line):
    """A command as the runner takes it apart (ActionCommand.cs): properties, data."""
    head, _, data = line[2:].partition("::")
    name, _, pairs = head.partition(" ")
    properties = dict(pair.split("=", 1) for pair in pairs.split(","))
    for code, c in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}.items():
        properties = {k: v.replace(code, c) for k, v in properties.items()}
        data = data.replace(code, c) if c in "\r\n" else data
    unescaped = {k: v.replace("%25", "%") for k, v in properties.items()}
    return name, unescaped, data.replace("%25", "%")


def test_a_runner_reads_back_what_was_said():
    """Percent signs, line ends, colons and commas arrive as they were sent."""
    notice, error = make(ATTACK, "github-notices").files.decode("utf-8").splitlines()
    assert obeyed(notice)[1].keys() == {"title"}
    name, properties, data = obeyed(error)
    assert (name, properties.keys()) == ("error", {"file", "line", "title"})
    assert data == visible(ATTACK.submissions[0].tasks[0].told)


def test_a_student_starts_no_command():
    """As many commands as there are lines, each of them ours."""
    text = make(ATTACK, "github-notices").files.decode("utf-8")
    assert [line.split(" ")[0] for line in text.split("\n")] == [
        "::notice",
        "::error",
        "",
    ]
    assert "\r" not in text
