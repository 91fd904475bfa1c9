"""The HTML report: whole, offline, without scripts, and deaf to what is in it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from minigrad.course.markup import join, tag
from minigrad.course.model import CheckResult, Diagnosis, SubmissionResult, TaskResult
from minigrad.course.page import to_html
from minigrad.course.results import ClassResult

EVIL = "</style></pre><script>alert('1')</script><img src=x onerror=\"1\">&lt;"


def submission(id, status="graded", text="", score=1.0):
    checks = (
        CheckResult(f"first {text}", "passed", score, 1.0),
        CheckResult("second", "failed", 0.0, 2.0, f"off {text}"),
    )
    tasks = (
        TaskResult(f"01_a/f{text}", "failed", checks, Diagnosis(f"sign{text}", text)),
        TaskResult("01_a/g", "not-run", (CheckResult("g", "not-run", 0.0, 1.0),)),
    )
    return SubmissionResult(id, status, tasks, (f"note {text}",), f"said {text}")


CLASS = ClassResult((submission("ann"), submission("bob", score=0.0)), 7, "process")


class Reader(HTMLParser):
    """Notes the elements and attributes, and that every element is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = [], [], [], ""

    def handle_starttag(self, name, attributes):
        self.tags.append(name)
        self.attributes += attributes
        if name != "meta":
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.text += data


def read(results):
    reader = Reader()
    reader.feed(to_html(results))
    assert reader.open == []
    return reader


def test_the_page_tells_everything():
    """Seed, level, names, scores, checks, slips, notes and output are in it."""
    text = read(CLASS).text
    for part in (
        "seed 7",
        "isolation level process",
        "2 submissions",
        "ann",
        "1 / 4",
        "first",
        "off",
        "sign",
        "note",
        "said",
        "not started",
    ):
        assert part in text, part


def test_each_submission_can_be_reached_and_unfolded():
    """The grid leads to the stories; they need no script."""
    reader = read(CLASS)
    anchors = {value for key, value in reader.attributes if key == "id"}
    links = [value for key, value in reader.attributes if key == "href"]
    assert links == ["#s-ann", "#s-bob"]
    assert {link[1:] for link in links} <= anchors
    assert reader.tags.count("details") == reader.tags.count("summary") == 2


def test_text_of_a_students_is_only_text():
    """Markup in a name, a message, a slip, a note or the output does nothing."""
    evil = ClassResult((submission(EVIL, text=EVIL),), 7, EVIL)
    reader = read(evil)
    assert not {"script", "img"} & set(reader.tags)
    assert not [key for key, _ in reader.attributes if key.startswith("on")]
    assert reader.text.count(EVIL) >= 8
    assert reader.tags == read(ClassResult((submission("x"),), 7, "process")).tags


def test_the_policy_lets_nothing_in():
    """No script, no image, no request; one style sheet, known by its hash."""
    page = to_html(CLASS)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(read(CLASS).attributes)["content"]
    (policy,) = re.findall(r'Security-Policy" content="(.*?)"', page)
    assert policy.startswith("default-src &#x27;none&#x27;; style-src")
    assert f"sha256-{digest}" in policy
    assert "unsafe" not in policy
    assert page.index("Security-Policy") < page.index("<style>")


def test_the_page_needs_nothing_else():
    """No address of another file or host, and no inline style the policy forbids."""
    page = to_html(CLASS)
    assert not re.search(r"https?:|url\(|@import|\bsrc=|\bstyle=", page)


def test_light_and_dark():
    """The colors follow the reader's preference."""
    assert "@media screen and (prefers-color-scheme: dark)" in to_html(CLASS)


def test_the_histogram_counts_everybody():
    """Its bars add up to the class."""
    page = to_html(ClassResult((submission("a"), submission("b")), 7, "process"))
    (drawing,) = re.findall(r'aria-label="scores">(.*?)</svg>', page, re.DOTALL)
    counts = re.findall(r">(\d+)</text>", drawing)
    assert counts == ["2"]


@pytest.mark.parametrize("results", [ClassResult((), 7, "process"), CLASS])
def test_a_class_of_any_size_has_a_page(results):
    """Even one that was interrupted before the first."""
    assert read(results).tags[0] == "html"


def test_tags_escape_what_is_not_markup():
    """In attributes as well; and text never becomes markup by being joined."""
    assert (
        tag("a", "<b>", href='"><i>') == '<a href="&quot;&gt;&lt;i&gt;">&lt;b&gt;</a>'
    )
    assert join("<", tag("b", "&"), ">") == "&lt;<b>&amp;</b>&gt;"
    assert tag("p", str(tag("b"))) == "<p>&lt;b&gt;&lt;/b&gt;</p>"
