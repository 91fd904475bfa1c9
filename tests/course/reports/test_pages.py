"""A page a student: all of their own, nothing of another's, and a browser agrees."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from html.parser import HTMLParser

import pytest
from reported import ANN, ATTACK, EVERYONE, EVIL, UNREADABLE, class_of

from minigrad.course.page import to_html
from minigrad.course.reports import ReportError, make
from minigrad.course.visible import visible

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
in_a_browser = pytest.mark.skipif(not BROWSER, reason="there is no Chromium here")
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


def browse(path, *flags):
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", *flags]
    found = subprocess.run(
        [*command, "--enable-logging=stderr", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return found.stdout, [
        line for line in found.stderr.splitlines() if "CONSOLE" in line
    ]


def first_pixel(png):
    """The color of the upper left corner of a PNG of 8 bits a channel."""
    assert png[25] in (2, 6)  # RGB, perhaps with alpha
    chunks, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            chunks += png[at + 8 : at + 8 + size]
        at += 12 + size
    return tuple(zlib.decompress(chunks)[1:4])  # after the filter's byte


@in_a_browser
@pytest.mark.parametrize("make_page", [page, to_html])
@pytest.mark.parametrize(("scheme", "paper"), [(1, LIGHT), (0, DARK)])
def test_a_browser_shows_it_in_light_and_dark(tmp_path, make_page, scheme, paper):
    """The policy lets its style sheet through, and the paper follows the reader."""
    path, picture = tmp_path / "page.html", tmp_path / "page.png"
    path.write_text(make_page(ANN), encoding="utf-8")
    flags = f"--blink-settings=preferredColorScheme={scheme}"
    _, complaints = browse(path, flags, f"--screenshot={picture}")
    assert complaints == []
    assert first_pixel(picture.read_bytes()) == paper


@in_a_browser
@pytest.mark.parametrize("make_page", [page, to_html])
def test_a_browser_runs_nothing_of_a_students(tmp_path, make_page):
    """What it made of the attack is text: no script, and no complaint about one."""
    path = tmp_path / "page.html"
    path.write_text(make_page(ATTACK), encoding="utf-8")
    dom, complaints = browse(path, "--dump-dom")
    assert complaints == []
    assert "script" not in Reader(dom).tags
    assert visible(EVIL).splitlines()[0] in Reader(dom).text
