"""JUnit's XML: every parser takes it, and its counts are those of what is in it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from reported import ANN, ATTACK, EVERYONE, TOLD, UNREADABLE, class_of

from minigrad.course.model import CheckResult, SubmissionResult, TaskResult
from minigrad.course.reports import make

# Who may hold whom, and which attributes there have to be, as the schemas in use agree.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase", "system-out"},
    "testcase": {"failure", "error", "skipped"},
}
COUNTS = {"tests", "failures", "errors", "skipped"}
NEEDED = {
    "testsuites": COUNTS,
    "testsuite": {"name", *COUNTS},
    "testcase": {"classname", "name"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
}
GOLDEN = """\
<?xml version='1.0' encoding='us-ascii'?>
<testsuites name="minigrad" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="ann" tests="4" failures="1" errors="1" skipped="1">
    <testcase classname="01_a.f" name="by hand" />
    <testcase classname="01_a.f" name="random">
      <error type="exception" message="raised ValueError">{told}</error>
    </testcase>
    <testcase classname="01_a.f" name="kink">
      <failure type="failed" message="got 2, expected 1">{said}</failure>
    </testcase>
    <testcase classname="01_a.g" name="any">
      <skipped message="not started" />
    </testcase>
    <system-out>said</system-out>
  </testsuite>
</testsuites>
"""


def read(results):
    return ElementTree.fromstring(make(results, "junit").files)


def test_it_is_this_text():
    """A golden text: suites, cases, outcomes, what was said."""
    told = TOLD.encode("ascii", "xmlcharrefreplace").decode()
    golden = GOLDEN.format(told=told, said="wrong result: got 2, expected 1")
    assert make(ANN, "junit").files.decode("ascii") == golden


@pytest.mark.parametrize("results", [ANN, EVERYONE, ATTACK, class_of()])
def test_it_follows_the_schema(results):
    """Elements are where they may be, with the attributes that they must have."""
    for element in read(results).iter():
        allowed = CHILDREN.get(element.tag, set())
        assert {child.tag for child in element} <= allowed, element.tag
        assert NEEDED.get(element.tag, set()) <= element.attrib.keys(), element.tag
        assert element.tag != "testcase" or len(element) <= 1


@pytest.mark.parametrize("results", [ANN, EVERYONE, ATTACK, class_of()])
def test_the_counts_agree(results):
    """What a suite says of itself is what is in it, counted."""
    root = read(results)
    names = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in (root, *root):
        counted = {key: len(list(suite.iter(tag))) for key, tag in names.items()}
        counted["tests"] = len(list(suite.iter("testcase")))
        assert {key: int(suite.get(key)) for key in counted} == counted


def test_what_could_not_be_graded_does_not_pass():
    """A suite without a case would be green; this one holds an error."""
    (suite,) = read(class_of(UNREADABLE))
    (error,) = suite.iter("error")
    assert error.get("message") == "needs you: dan.zip is broken"


@pytest.mark.parametrize("code", [*range(0x20), 0x7F, 0xFFFE, 0xFFFF, 0xD800, 0x202E])
def test_what_xml_forbids_is_spelled_out(code):
    """A parser reads the file, and a person the character."""
    text = f"a{chr(code)}b"
    task = TaskResult("01_a/f", "failed", (CheckResult(text, "failed", 0, 1, text),))
    root = read(class_of(SubmissionResult(text, "graded", (task,), (), text)))
    (output,), (failure,) = root.iter("system-out"), root.iter("failure")
    spelled = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    assert output.text in (f"a{spelled}b", text)
    assert output.text != text or code in (9, 10)
    assert failure.get("message") in (f"a{spelled}b", "a b")


def test_markup_of_a_students_is_text():
    """Nothing that it tries to close is closed."""
    assert [e.tag for e in read(ATTACK).iter()] == [e.tag for e in read(ANN).iter()]
