"""The page that goes through the sweeps, as Chromium shows it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import pytest
from devtools import CHROMIUM, Browser

import minigrad as mg
from minigrad.drawing import draw
from minigrad.drawing.steps import steps

EXAMPLE = Path(__file__).parents[2] / "examples" / "two_layer.py"

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")


def twice(x, w):
    """x is read three times, w twice; one link passes other cards."""
    a = x * x
    b = a * x + w * a
    return np.exp(-b / 30.0) + a + w


def three_layers(params, x):
    for layer in params:
        x = mg.relu(layer["W"] @ x + layer["b"])
    return np.sum(x**2)


RNG = np.random.default_rng(5)
PARAMS = [
    {"W": RNG.standard_normal((n, m)), "b": RNG.standard_normal(n)}
    for n, m in ((3, 2), (7, 3), (5, 7))
]
SUBJECTS = {
    "two-layer": (f"{EXAMPLE}:loss",),
    "used-twice": (twice, 3.0, -0.5),
    "rnn": ("rnn",),
    "three-layers": (three_layers, PARAMS, RNG.standard_normal(2)),
}


def test_the_page_is_one_file_without_an_address():
    """Neither a link nor a request; the policy in its head forbids them as well."""
    page = draw(f"{EXAMPLE}:loss").html()
    assert not re.findall(
        r"(?:https?:)?//\w", page.replace("http://www.w3.org/2000/svg", "")
    )
    assert "default-src 'none'" in page


def test_the_page_tells_all_without_its_script():
    """Every step stands in a list, and every number in its card."""
    drawing = draw(f"{EXAMPLE}:loss")
    page = html.unescape(drawing.html())
    for step in steps(drawing.graph):
        assert f"<li>{step.words}</li>" in page
    assert "0.1609" in page


def test_names_cannot_end_the_script_or_the_markup():
    """A key may hold anything."""
    evil = "</script><b>&"
    page = draw(lambda params: np.sum(params[evil] * 2.0), {evil: np.ones(2)}).html()
    assert page.count("</script>") == 2
    assert "<b>&<" not in page


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture(params=SUBJECTS)
def page(request, browser, tmp_path):
    """A drawing's page, opened; at the end nothing was asked for or complained of."""
    drawing = draw(*SUBJECTS[request.param])
    path = drawing.save(tmp_path / "drawing.html")
    browser.events.clear()
    browser.drawing = drawing
    browser.open("about:blank")
    browser.open(path.as_uri())
    yield browser
    assert browser.complaints() == []
    urls = {url.partition("#")[0] for url in browser.requested()}
    assert urls <= {path.as_uri(), "about:blank", "data:,"}


def said(page):
    return page.run("document.getElementById('said').innerText").split("\n")


def shown(page, kind):
    """How many numbers of that kind are not behind a dash."""
    return page.run(f"document.querySelectorAll('.number.{kind}:not(.hidden)').length")


@needs_chromium
def test_every_step_is_clicked_through_and_back(page):
    """Each click tells its step; all numbers are shown at the end, none before."""
    told = steps(page.drawing.graph)
    page.media(prefers_reduced_motion="reduce")  # no click at what is scrolling away
    assert shown(page, "value") == shown(page, "gradient") == 0
    for k, step in enumerate(told):
        page.click("#next")
        words = "\n".join((step.title, *step.lines)).replace("-", "−")
        assert "\n".join(filter(None, said(page))).replace("-", "−") == words
        assert page.run("document.getElementById('slider').value") == str(k + 1)
        assert page.run("document.querySelectorAll('.now').length") == 1
    assert page.run("document.getElementById('next').disabled")
    assert page.run("document.querySelectorAll('.number.hidden').length") == 0
    for _ in told:
        page.click("#back")
    assert shown(page, "value") == shown(page, "gradient") == 0


@needs_chromium
def test_nothing_overlaps(page):
    """No card, and no label, stands on another card or label; and none is cut off."""
    page.run("document.getElementById('sheet').style.transform = ''")
    boxes = page.run(
        "[...document.querySelectorAll('.card, .links text.local')].map(e => {"
        "const b = e.getBoundingClientRect();"
        "return [b.left, b.right, b.top, b.bottom, e.textContent]})"
    )
    for i, (left, right, top, bottom, words) in enumerate(boxes):
        assert left >= 0, words
        for other in boxes[:i]:
            across = min(right, other[1]) - max(left, other[0])
            down = min(bottom, other[3]) - max(top, other[2])
            assert across <= 1 or down <= 3, (words, other[4])  # lines of a label touch


@needs_chromium
def test_keys_the_slider_and_a_link_go_to_a_step(page):
    """And the address says where one is, to be sent to somebody."""
    at = lambda: page.run("location.hash")
    page.press("End")
    last = len(steps(page.drawing.graph))
    assert at() == f"#step={last}"
    page.press("ArrowLeft")
    assert at() == f"#step={last - 1}"
    page.press("Home")
    page.press("ArrowRight")
    assert at() == "#step=1"
    page.run(
        "(s => { s.value = 3; s.dispatchEvent(new Event('input')); })"
        "(document.getElementById('slider'))"
    )
    assert at() == "#step=3"
    page.run("location.hash = '#step=2'")
    page.wait("document.getElementById('slider').value === '2'")


@needs_chromium
def test_play_goes_on_by_itself_and_stops(page):
    """The clock is Chromium's; a second press pauses."""
    page.press(" ", " ")
    assert page.run("document.getElementById('play').textContent") == "Pause"
    page.wait("location.hash === '#step=1'")
    page.press(" ", " ")
    assert page.run("document.getElementById('play').textContent") == "Play"


@needs_chromium
def test_a_prediction_is_asked_for_and_judged(page):
    """A wrong number is not shown the right one; the right one opens the card."""
    told = steps(page.drawing.graph)
    k, step = next(
        (k, s) for k, s in enumerate(told) if s.question and s.question.answer
    )
    page.click("#predict")
    page.run(f"location.hash = '#step={k + 1}'")
    page.wait("!document.getElementById('ask').hidden")
    before = shown(page, "gradient")
    guess = lambda x: page.run(
        f"document.getElementById('guess').value = '{x}';"
        "document.getElementById('ask').requestSubmit();"
        "document.getElementById('verdict').textContent"
    )
    assert guess("") == "A number, please: 0.5 or 2e-3."
    assert guess(-step.question.answer) == "The size is right, the sign is not."
    assert guess(step.question.answer * 1.7 + 1).startswith("Not yet")
    assert shown(page, "gradient") == before
    guess(f"{step.question.answer:.4g}")
    assert page.run("document.getElementById('ask').hidden")
    assert said(page)[0].startswith("Right.")
    assert shown(page, "gradient") == before + 1


@needs_chromium
def test_one_term_of_a_sum_is_recognized(browser, tmp_path):
    """The commonest slip: to overwrite where one should add."""
    drawing = draw(twice, 3.0, -0.5)
    browser.open("about:blank")
    browser.open(drawing.save(tmp_path / "a.html").as_uri())
    told = steps(drawing.graph)
    k = next(k for k, s in enumerate(told) if s.question and len(s.question.terms) > 1)
    browser.click("#predict")
    browser.run(f"location.hash = '#step={k + 1}'")
    browser.wait("!document.getElementById('ask').hidden")
    verdict = browser.run(
        f"document.getElementById('guess').value = '{told[k].question.terms[0]}';"
        "document.getElementById('ask').requestSubmit();"
        "document.getElementById('verdict').textContent"
    )
    assert verdict == "That is one of the 3 terms; they add up."


@needs_chromium
def test_it_is_read_aloud_and_keeps_still_for_who_asks(page):
    """A live region, and no transition where motion is to be reduced."""
    assert (
        page.run("document.getElementById('said').getAttribute('aria-live')")
        == "polite"
    )
    page.media(prefers_reduced_motion="reduce")
    style = "getComputedStyle(document.querySelector('.card')).transitionDuration"
    moving = "getComputedStyle(document.querySelector('.card')).transitionProperty"
    assert page.run(moving) == "none" or page.run(style) == "0s"
    page.media(prefers_reduced_motion="no-preference")
    assert page.run(style) == "0.2s"


@needs_chromium
def test_the_dark_is_dark(page):
    """The colors of the palette, where the reader's system asks for them."""
    ground = "getComputedStyle(document.body).backgroundColor"
    page.media(prefers_color_scheme="light")
    assert page.run(ground) == "rgb(255, 255, 254)"
    page.media(prefers_color_scheme="dark")
    assert page.run(ground) == "rgb(20, 24, 29)"
    page.media(prefers_color_scheme="light")
