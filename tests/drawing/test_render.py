"""Pictures come out of whatever Graphviz there is, or a sentence does."""

from __future__ import annotations

import importlib.util
import os
import re
import stat
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from minigrad.drawing import RendererMissing, RenderError, TargetError, draw, fonts
from minigrad.drawing.palette import PAGE
from minigrad.drawing.render import render, renderers

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "two_layer.py"
SVG = "{http://www.w3.org/2000/svg}"
MAGIC = {
    "svg": b"<svg",
    "png": b"\x89PNG",
    "pdf": b"%PDF",
    "html": b"<!doctype",
    "tex": b"% ",
    "json": b"{",
}

needs_graphviz = pytest.mark.skipif(
    not list(renderers("svg")), reason="no Graphviz: pip install 'minigrad[dot]'"
)
needs_pygraphviz = pytest.mark.skipif(
    importlib.util.find_spec("pygraphviz") is None, reason="pygraphviz is not installed"
)
FIND_SPEC = importlib.util.find_spec


@pytest.fixture
def no_graphviz(monkeypatch):
    """A machine where nothing renders."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def fake_dot(tmp_path, monkeypatch):
    """A program called dot, first on PATH; pygraphviz is not there."""

    def install(source):
        program = tmp_path / "dot"
        program.write_text(f"#!{sys.executable}\nimport sys, os, time\n{source}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path))

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    return install


@pytest.fixture
def drawing():
    return draw(lambda w, x: np.tanh(w * x), 0.5, 2.0)


@needs_graphviz
@pytest.mark.parametrize(
    "format", ["svg", "png", "pdf", "html", "tex", "dot", "txt", "json"]
)
def test_every_format_is_written(drawing, tmp_path, format):
    """The ending names the format, and the file is what it says."""
    path = drawing.save(tmp_path / f"picture.{format}")
    content = path.read_bytes()
    assert content.startswith(MAGIC.get(format, b""))
    assert len(content) > 100
    assert [file.name for file in tmp_path.iterdir()] == [f"picture.{format}"]


@needs_graphviz
def test_the_format_may_be_named(drawing, tmp_path):
    """For files with an ending of their own."""
    assert drawing.save(tmp_path / "a.out", "DOT").read_text() == drawing.dot


@pytest.mark.parametrize("name", ["picture.gif", "picture"])
def test_an_unknown_format_is_refused(drawing, tmp_path, name):
    """With the list of those there are, and nothing written."""
    with pytest.raises(
        TargetError, match="there are svg, png, pdf, html, tex, dot, txt, json"
    ):
        drawing.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@needs_graphviz
def test_the_svg_has_words_for_those_who_listen():
    """A role, a title, a description, and a title for each card and edge."""
    root = ET.fromstring(draw(f"{EXAMPLE}:loss").svg())
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert title.text.startswith("Computation graph of loss · two_layer.py: 7 values")
    assert "gradient  [-0.426 0.300 0.018 0.470]" in description.text
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    hover = [element.text for element in root.iter(f"{SVG}title")]
    assert "h = tanh(z1)" in hover
    assert "z1 = W @ x + b to h = tanh(z1)" in hover
    assert not any(re.fullmatch(r"n\d+|minigrad|cluster_\d+", text) for text in hover)


@needs_graphviz
def test_the_svg_has_a_dark_mode_of_literal_colors():
    """One media block covers every color of the picture; no variables, no script."""
    svg = draw(f"{EXAMPLE}:loss").svg()
    (style,) = re.findall(r"<style>(.*?)</style>", svg)
    assert style.startswith("@media screen and (prefers-color-scheme: dark){")
    assert "var(" not in svg
    assert "<script" not in svg
    body = svg.split("</style>")[1]
    for paint, color in set(
        re.findall(r'(fill|stroke)="(?!none|transparent)([^"]+)"', body)
    ):
        assert f'[{paint}="{color}"]' in style


@needs_graphviz
def test_no_line_is_drawn_over_a_label():
    """All labels come after all links, each with a halo the color of the page."""
    svg = draw("rnn").svg()
    links, labels = svg.split('<g class="labels"')
    assert links.count('class="edge link"') == 14
    assert "passes" not in re.sub(r"<(title|desc).*?</\1>", "", links, flags=re.S)
    assert labels.count("passes 2.3e−10</text>") == 1
    halo = labels[: labels.index(">")]
    assert 'paint-order="stroke"' in halo
    assert f'stroke="{PAGE.light}"' in halo


@needs_graphviz
def test_fonts_are_plain():
    """Helvetica or Arial, whichever the reader has."""
    families = set(re.findall(r'font-family="([^"]*)"', draw(f"{EXAMPLE}:loss").svg()))
    assert families == {"Helvetica,Arial,sans-serif"}


@needs_graphviz
def test_two_pictures_in_a_notebook_share_no_id(drawing):
    """Ids of one page must differ, and the words stand beside the picture."""
    bundles = [drawing._repr_mimebundle_() for _ in range(2)]
    first, second = (
        set(re.findall(r' id="([^"]+)"', b["image/svg+xml"])) for b in bundles
    )
    assert first
    assert not first & second
    assert bundles[0]["text/plain"] == drawing.text()


def test_without_graphviz_a_notebook_shows_the_words(drawing, no_graphviz):
    """And how to get the picture."""
    bundle = drawing._repr_mimebundle_()
    assert "image/svg+xml" not in bundle
    assert "value     0.7616" in bundle["text/plain"]
    assert "pip install" in bundle["text/plain"]


def test_without_graphviz_the_dot_text_is_saved(drawing, tmp_path, no_graphviz):
    """Three ways to get one, and the drawing for a machine that has it."""
    with pytest.raises(RendererMissing) as caught:
        drawing.save(tmp_path / "loss.svg")
    words = str(caught.value)
    assert all(
        way in words for way in ("minigrad[dot]", "apt install", "conda install")
    )
    assert f"wrote {tmp_path / 'loss.dot'} instead" in words
    assert (tmp_path / "loss.dot").read_text() == drawing.dot
    assert not (tmp_path / "loss.svg").exists()


def test_a_dot_file_that_is_not_ours_is_kept(drawing, tmp_path, no_graphviz):
    """Somebody wrote it; nobody asked to replace it."""
    (tmp_path / "loss.dot").write_text("graph { mine }")
    with pytest.raises(RendererMissing):
        drawing.save(tmp_path / "loss.svg")
    assert (tmp_path / "loss.dot").read_text() == "graph { mine }"


def test_words_and_dot_need_no_graphviz(drawing, tmp_path, no_graphviz):
    """They are written by this package alone."""
    assert drawing.save(tmp_path / "a.dot").read_text() == drawing.dot
    assert drawing.save(tmp_path / "a.txt").read_text() == drawing.text()


def test_dot_on_path_comes_first(fake_dot):
    """It gets the format and the text."""
    fake_dot("print(sys.argv[1:], len(sys.stdin.read()))")
    assert render("digraph {}", "svg") == b"['-Tsvg'] 10\n"
    assert render("digraph {}", "png") == b"['-Tpng', '-Gdpi=192'] 10\n"


def test_a_layout_without_end_is_stopped(fake_dot):
    """The sentence says what to do."""
    fake_dot("time.sleep(60)")
    with pytest.raises(RenderError, match=r"did not finish within 0\.3 seconds; draw"):
        render("digraph {}", "svg", deadline=0.3)


def test_a_crash_is_survived(fake_dot):
    """Native code that dies takes only its own process along."""
    fake_dot("os.kill(os.getpid(), 11)")
    with pytest.raises(RenderError, match=r"crashed \(signal 11\)"):
        render("digraph {}", "svg")


def test_what_graphviz_complains_of_is_passed_on(fake_dot):
    """Its last line, not its whole output."""
    fake_dot("sys.exit('line one\\nsyntax error near x')")
    with pytest.raises(RenderError, match="failed: syntax error near x"):
        render("digraph {", "svg")


@needs_pygraphviz
def test_where_dot_fails_pygraphviz_is_tried(drawing, fake_dot, monkeypatch):
    """A dot built without PNG is no reason to have no PNG."""
    fake_dot("sys.exit('Format: png not recognized')")
    monkeypatch.setattr(importlib.util, "find_spec", FIND_SPEC)
    assert len(list(renderers("png"))) == 2
    assert render(drawing.dot, "png").startswith(MAGIC["png"])


def test_a_failed_write_leaves_no_half(drawing, tmp_path, monkeypatch):
    """A full disk: a sentence, the old file as it was, and no draft."""
    (tmp_path / "a.dot").write_text("before")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RenderError, match=r"cannot write .*a\.dot: No space left"):
        drawing.save(tmp_path / "a.dot")
    assert (tmp_path / "a.dot").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_folder_is_a_sentence(drawing, tmp_path):
    """It is not created: a typo would hide there."""
    with pytest.raises(RenderError, match=r"cannot write .*: No such file"):
        drawing.save(tmp_path / "nowhere" / "a.dot")


def test_fonts_are_looked_for_where_systems_keep_them(tmp_path, monkeypatch):
    """Any font file counts, however deep; a README does not."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path, tmp_path / "missing"))
    (tmp_path / "README").write_text("")
    assert not fonts.installed()
    (tmp_path / "truetype" / "a").mkdir(parents=True)
    (tmp_path / "truetype" / "a" / "Plain.TTF").write_bytes(b"")
    assert fonts.installed()


@needs_pygraphviz
def test_a_machine_without_fonts_is_told(drawing, tmp_path, monkeypatch):
    """Empty boxes are worse than a sentence; an SVG has the fonts of who reads it."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(fonts, "installed", lambda: False)
    monkeypatch.setattr(fonts, "lent", lambda: None)
    with pytest.raises(RenderError, match="no fonts"):
        drawing.save(tmp_path / "a.png")
    drawing.save(tmp_path / "a.svg")


@pytest.mark.skipif(
    not importlib.util.find_spec("pygraphviz") or not fonts.lent(),
    reason="pygraphviz and Matplotlib are not both installed",
)
def test_fonts_are_borrowed_where_there_are_none(drawing, tmp_path, monkeypatch):
    """Matplotlib's are read, and the picture embeds one of them."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(fonts, "FOLDERS", ())
    assert b"DejaVu" in drawing.save(tmp_path / "a.pdf").read_bytes()
