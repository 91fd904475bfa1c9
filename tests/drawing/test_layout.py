"""Cards stand right of what they read, and a picture too wide goes on below."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from minigrad.drawing import draw, layout
from minigrad.drawing.render import renderers

EXAMPLE = Path(__file__).parents[2] / "examples" / "two_layer.py"

needs_graphviz = pytest.mark.skipif(
    not list(renderers("svg")), reason="no Graphviz: pip install 'minigrad[dot]'"
)


def chain(x):
    """Nine different operations in a row."""
    for f in (np.sin, np.exp, np.tanh, np.cos, np.sqrt, np.log, np.square, np.abs):
        x = f(x + 2.0)
    return x


def diamond(x):
    a = np.sin(x)
    b = np.exp(a)
    return a * b


def test_a_card_stands_right_of_all_it_reads():
    """The longest way counts: the product is two columns right of a."""
    graph = draw(diamond, 1.0).graph
    column = layout.columns(graph)
    assert [column[card.line] for card in graph.cards] == [0, 1, 2]
    for link in graph.links:
        assert column[link.source] < column[link.target]


def test_an_input_stands_beside_its_first_reader():
    """`w` is read at the end, twice, and does not wait at the left."""
    f = lambda x, w: np.exp(np.sin(np.cos(x))) * w + w
    graph = draw(f, 1.0, 2.0).graph
    column = layout.columns(graph)
    (w,) = (card.line for card in graph.cards if card.title == "w")
    assert column[w] == 2


def test_no_two_things_share_a_cell():
    """Neither two cards, nor a card and a link that passes by."""

    def f(x):
        a = np.sin(x)
        b = np.cos(a)
        c = np.exp(b)
        return a * b * c + x * a

    graph = draw(f, 1.0).graph
    grid = layout.grid(graph.cards, graph)
    cells = [*grid.cards.values(), *(c for way in grid.bends.values() for c in way)]
    assert len(cells) == len(set(cells))
    for link, way in grid.bends.items():
        ends = grid.cards[link.source].column, grid.cards[link.target].column
        assert [cell.column for cell in way] == list(range(ends[0] + 1, ends[1]))


def test_bands_keep_every_card_and_are_cut_at_single_links():
    """Of a band only its last value is read below."""
    graph = draw(chain, 1.0).graph
    bands = layout.bands(graph)
    assert len(bands) > 1
    assert [card for cards in bands for card in cards] == list(graph.cards)
    band = {card.line: k for k, cards in enumerate(bands) for card in cards}
    steps = [(band[k.source], band[k.target]) for k in graph.links]
    assert [pair for pair in steps if pair[0] != pair[1]] == [
        (k, k + 1) for k in range(len(bands) - 1)
    ]


def test_what_fits_is_not_cut():
    """A few cards in a line are a line."""
    graph = draw(lambda x: np.sin(x * 2.0), 1.0).graph
    assert len(layout.bands(graph)) == 1


def size(svg):
    width, height = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups()
    return float(width), float(height)


@needs_graphviz
@pytest.mark.parametrize("subject", [f"{EXAMPLE}:loss", chain])
def test_a_long_picture_fits_a_screen(subject):
    """At most three times as wide as high, where one line would be over five times."""
    args = (1.0,) if callable(subject) else ()
    width, height = size(draw(subject, *args).svg())
    assert width / height < 3


@needs_graphviz
def test_bands_are_read_from_the_top():
    """Graphviz stacks clusters from the bottom; a change of that would be seen here."""
    svg = draw(f"{EXAMPLE}:loss").svg()
    where = {
        name: float(re.search(rf'y="([-\d.]+)"[^>]*>{name}<', svg)[1])
        for name in ("z1", "z2", "error", "loss")
    }
    assert where["z1"] < where["error"]
    assert where["z2"] < where["loss"]
