"""The gallery in docs/ shows what the code draws, and the course has one a chapter."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import GALLERY, draw

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "gallery"
SVG = "{http://www.w3.org/2000/svg}"

spec = importlib.util.spec_from_file_location(
    "gallery", ROOT / "docs" / "make_gallery.py"
)
make_gallery = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_gallery)


def test_each_chapter_has_a_drawing():
    """Thirteen, by the numbers of their chapters."""
    numbers = [int(exhibit.chapter[:2]) for exhibit in GALLERY.values()]
    assert numbers == list(range(1, 14))
    assert set(make_gallery.SHOWN) == set(GALLERY)


@pytest.mark.parametrize("name", GALLERY)
def test_the_picture_is_what_the_code_draws(name):
    """Otherwise: python docs/make_gallery.py.  Words, not pixels: fonts differ."""
    root = ET.parse(PICTURES / f"{name}.svg").getroot()
    drawing = draw(name)
    assert root.find(f"{SVG}desc").text.strip() == drawing.text().strip()
    nodes = [e for e in root.iter(f"{SVG}g") if "card" in e.get("class", "").split()]
    assert len(nodes) == len(drawing.graph.cards)


def test_the_page_is_what_the_code_writes():
    """Each drawing with its sentence."""
    assert (PICTURES / "README.md").read_text(encoding="utf-8") == make_gallery.page()
    stepped = PICTURES / f"{make_gallery.STEPPED}.html"
    assert stepped.read_text(encoding="utf-8") == draw(make_gallery.STEPPED).html()


def test_the_readme_shows_the_first():
    """The same file: there is no second copy to grow old."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"docs/gallery/{make_gallery.SHOWN[0]}.svg" in readme


@pytest.mark.parametrize("name", GALLERY)
def test_no_picture_is_a_ribbon(name):
    """Four times as wide as high at most."""
    head = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    width, height = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', head).groups()
    assert float(width) / float(height) < 4


def value(name):
    exhibit = GALLERY[name]
    return exhibit.function(*exhibit.arguments())


def test_weight_norm_is_orthogonal():
    """What its sentence says: the gradient by u has no part along u (Euler)."""
    exhibit = GALLERY["weight-norm"]
    u, *rest = exhibit.arguments()
    assert abs(mg.grad(exhibit.function)(u, *rest) @ u) < 1e-12


def test_newton_predicts_the_whole_decrease():
    """Half (x - c)ᵀH(x - c) is what a quadratic with its minimum 0 at c has to lose."""
    x, c, H = GALLERY["newton"].arguments()
    assert np.isclose(value("newton"), 0.5 * (x - c) @ H @ (x - c), rtol=1e-12)


def test_ntk_is_the_product_of_two_gradients():
    """Of f(x) = aᵀ tanh(W x/√2)/√3 by W and a, summed over all parameters."""
    W, a, x, xp = GALLERY["ntk"].arguments()
    f = lambda W, a, x: a @ np.tanh(W @ x / np.sqrt(2.0)) / np.sqrt(3.0)
    left, right = (mg.grad(f, argnums=(0, 1))(W, a, z) for z in (x, xp))
    kernel = sum(np.sum(p * q) for p, q in zip(left, right, strict=True))
    assert np.isclose(value("ntk"), kernel, rtol=1e-12)


def test_saddle_is_a_critical_point_but_not_the_minimum():
    """No gradient by either factor, and Y = W₂W₁X could be nearer."""
    exhibit = GALLERY["saddle"]
    args = exhibit.arguments()
    assert all(not g.any() for g in mg.grad(exhibit.function, argnums=(0, 1))(*args))
    assert value("saddle") == 1.0


def test_rnn_fades():
    """Twelve steps as one card, with less gradient at each step back."""
    (loop,) = (card for card in draw("rnn").graph.cards if card.count > 1)
    assert loop.count == 12
    assert loop.fade[0] < 1e-4 * loop.fade[-1]


def test_a_view_may_be_asked_for_by_name_too():
    """It comes before the drawing's own."""
    assert len(draw("rnn", max_nodes=99).graph.cards) > 70
