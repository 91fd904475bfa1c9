"""A page a student: all of their own, nothing of another's, and a browser agrees."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from browser import browse, first_pixel, in_a_browser, pages_of, printed
from reported import ANN, ATTACK, EVERYONE, EVIL, UNREADABLE, class_of, submission

from minigrad.course.alike import to_html as pairs_to_html
from minigrad.course.page import to_html
from minigrad.course.reports import ReportError, make
from minigrad.course.similarity import similar
from minigrad.course.submission import Submission
from minigrad.course.visible import visible

LIGHT, DARK = (250, 249, 246), (21, 23, 27)  # --paper in `style.CSS`


class Reader(HTMLParser):
    """The elements, attributes and text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, name, attributes):
        self.tags.append(name)
        self.attributes += attributes

    def handle_data(self, data):
        self.text += data


def page(results):
    return make(results, "pages").files.decode("utf-8")


def test_it_tells_what_failed_and_why():
    """Points, slip, the call, what was wrong and where, checks, notes, output."""
    text = Reader(page(ANN)).text
    for part in (
        *("1 / 4", "sign", "You went uphill.", "called", "f(x (5,))", "a.py line 19"),
        *("by hand", "got 2, expected 1", "a note", "said", "not started"),
    ):
        assert part in text, part
    assert "seed" not in text
    assert text.count("You went uphill.") == 1


def test_a_class_is_a_folder_of_pages_about_one_each():
    """No name of another's on a page; who has no points is named to the instructor."""
    made = make(EVERYONE, "pages")
    assert list(made.files) == ["ann.html", "bob.html"]
    assert made.worries == ("no file for dan: look at the results first",)
    ann, bob = (Reader(data.decode()).text for data in made.files.values())
    assert not re.search(r"\b(bob|dan)\b", ann)
    assert not re.search(r"\b(ann|dan)\b", bob)
    with pytest.raises(ReportError, match="no points for dan"):
        make(class_of(UNREADABLE), "pages")


def test_text_of_a_students_is_only_text():
    """The same elements whatever it says, and all of it to be read."""
    attacked, calm = Reader(page(ATTACK)), Reader(page(ANN))
    assert set(attacked.tags) == set(calm.tags)
    assert not [key for key, _ in attacked.attributes if key.startswith("on")]
    assert attacked.text.count(visible(EVIL)) >= 6


@pytest.mark.parametrize("make_page", [page, to_html])
def test_nothing_steers_the_reader(make_page):
    """No terminal escape, no mark that turns the reading order, in either page."""
    text = make_page(ATTACK)
    assert not [c for c in text if not (c.isprintable() or c == "\n")]


# In a browser ---------------------------------------------------------------------


def alike(_):
    """The page of similar submissions, one pair in it."""
    source = EVIL + "\n" + "x = f(a + b * c) / np.dot(d, e[1:]) - g(h)\n" * 20
    files = {"a.py": source.encode("utf-8", "replace")}
    two = {id: Submission(id, files) for id in ("ann", "bob")}
    pairs = similar([*two.values()])
    assert len(pairs) == 1
    return pairs_to_html(pairs, two)


PAGES = [page, to_html, alike]


@in_a_browser
@pytest.mark.parametrize("make_page", PAGES)
@pytest.mark.parametrize(("scheme", "paper"), [(1, LIGHT), (0, DARK)])
def test_a_browser_shows_it_in_light_and_dark(tmp_path, make_page, scheme, paper):
    """The policy lets its style sheet through, and the paper follows the reader."""
    path, picture = tmp_path / "page.html", tmp_path / "page.png"
    path.write_text(make_page(ANN), encoding="utf-8")
    flags = f"--blink-settings=preferredColorScheme={scheme}"
    found = browse(path, flags, f"--screenshot={picture}")
    assert (found.complaints, found.requests) == ([], [])
    assert first_pixel(picture.read_bytes()) == paper


@in_a_browser
@pytest.mark.parametrize("make_page", PAGES)
def test_a_browser_runs_nothing_of_a_students(tmp_path, make_page):
    """What it made of the attack is text: no script, no complaint, no request."""
    path = tmp_path / "page.html"
    path.write_text(make_page(ATTACK), encoding="utf-8")
    found = browse(path, "--dump-dom")
    assert (found.complaints, found.requests) == ([], [])
    assert "script" not in Reader(found.output).tags
    assert visible(EVIL).splitlines()[0] in Reader(found.output).text


@in_a_browser
def test_a_request_would_be_seen(tmp_path):
    """The test above can fail: a page without the policy reaches for its picture."""
    path = tmp_path / "page.html"
    path.write_text('<img src="http://pictures.invalid/a.png">', encoding="utf-8")
    assert any(
        "pictures.invalid" in line for line in browse(path, "--dump-dom").requests
    )


@in_a_browser
def test_a_printed_class_is_unfolded(tmp_path):
    """On paper there is nothing to click on: closed or open, it takes as many pages."""
    closed = to_html(class_of(*(submission(f"s{i}") for i in range(8))))
    path, counts = tmp_path / "page.html", []
    for text in (closed, closed.replace("<details ", "<details open ")):
        path.write_text(text, encoding="utf-8")
        counts.append(pages_of(printed(path)))
    assert counts[0] == counts[1] >= 3
