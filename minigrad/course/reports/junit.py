"""JUnit's XML as CI servers read it: a suite a submission, a case a check."""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from minigrad.course.model import (
    FAILED,
    NOT_RUN,
    PASSED,
    WRONG_SHAPE,
    WRONG_TYPE,
    CheckResult,
    SubmissionResult,
    TaskResult,
)
from minigrad.course.reports.gradescope import explained
from minigrad.course.reports.order import Made, Order, doubtful
from minigrad.course.visible import one_line, visible
from minigrad.course.words import counted_as, verdict, what_happened

FAILURES = {FAILED, WRONG_TYPE, WRONG_SHAPE}  # any other way not to pass is an error
OUTCOMES = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def to_junit(order: Order) -> Made:
    """The class as XML in ASCII, which every stream and every parser takes."""
    suites = [_suite(s) for s in order.results.submissions]
    root = Element("testsuites", {"name": "minigrad", **_counts(suites)})
    root.extend(suites)
    indent(root)
    return Made(tostring(root, "us-ascii", xml_declaration=True) + b"\n")


def _suite(submission: SubmissionResult) -> Element:
    cases = [_case(task, check) for task in submission.tasks for check in task.checks]
    if doubtful(submission):  # or a suite without a case would pass for a good one
        cases.append(_doubt(submission))
    suite = Element("testsuite", {"name": one_line(submission.id), **_counts(cases)})
    suite.extend(cases)
    said = list(filter(None, [counted_as(submission), submission.output]))
    if said:
        SubElement(suite, "system-out").text = visible("\n".join(said))
    return suite


def _case(task: TaskResult, check: CheckResult) -> Element:
    case = Element("testcase", classname=_class(task.id), name=one_line(check.name))
    if check.status == NOT_RUN:
        SubElement(case, "skipped", message=verdict(check.status))
    elif check.status != PASSED:
        kind = "failure" if check.status in FAILURES else "error"
        message = one_line(check.message or verdict(check.status))
        said = {"type": check.status, "message": message}
        SubElement(case, kind, said).text = explained(task, check)
    return case


def _class(id: str) -> str:
    """Chapter and function as a package and its class: CI servers group by the dot."""
    return one_line(id).replace("/", ".")


def _doubt(submission: SubmissionResult) -> Element:
    case = Element("testcase", classname="minigrad", name="submission")
    message = one_line(what_happened(submission))
    SubElement(case, "error", type=submission.status, message=message)
    return case


def _counts(elements: list[Element]) -> dict[str, str]:
    """What is inside of cases, or of suites, counted."""
    cases = [case for element in elements for case in element.iter("testcase")]
    found = Counter(child.tag for case in cases for child in case)
    counts = {plural: str(found[name]) for name, plural in OUTCOMES.items()}
    return {"tests": str(len(cases)), **counts}
