"""What Graphviz's SVG lacks: a role, a title, words for each card, and a dark mode."""

from __future__ import annotations

import html
import re

from minigrad.drawing import text
from minigrad.drawing.model import Graph
from minigrad.drawing.palette import PAGE, dark_rules

MOST_READ_ALOUD = 50  # cards


def finish(picture: str, graph: Graph, prefix: str = "minigrad-") -> str:
    """The SVG, accessible and styled; the prefix keeps its ids its own in a page."""
    head, body = _parts(picture, prefix)
    words = _words(text.heading(graph), _description(graph), prefix)
    style = f"<style>{dark_rules('.minigrad')}</style>"
    head += ' class="minigrad" style="max-width:100%;height:auto"'
    return f"{head}>\n{words}{style}{_labels_last(_named(body, graph))}"


def embed(picture: str, title: str, description: str, prefix: str) -> str:
    """The SVG for a page whose style sheet has its `dark_rules` and its size.

    A Content-Security-Policy has no style to let through in it.
    """
    head, body = _parts(picture, prefix)
    head = re.sub(r' xmlns(:\w+)?="[^"]*"', "", head)  # HTML knows what svg is
    body = re.sub(r"<title>[^<]*</title>\n?", "", body)  # Graphviz's keys
    return f"{head}>\n{_words(title, description, prefix)}{body}"


def _parts(picture: str, prefix: str) -> tuple[str, str]:
    """The first tag, still open, and the rest."""
    head, body = picture[picture.index("<svg") :].split(">", 1)
    head += f' role="img" aria-labelledby="{prefix}title {prefix}description"'
    return head, _with_prefix(body, prefix)


def _words(title: str, description: str, prefix: str) -> str:
    return (
        f'<title id="{prefix}title">{html.escape(title)}</title>\n'
        f'<desc id="{prefix}description">{html.escape(description)}</desc>\n'
    )


def _description(graph: Graph) -> str:
    """The graph in words, unless it is too long for anybody to listen to."""
    if len(graph.cards) > MOST_READ_ALOUD:
        return f"{text.heading(graph)} Save it as .txt to read it line by line."
    return text.write(graph)


def _with_prefix(body: str, prefix: str) -> str:
    """Ids are unique in a page, so each drawing there has a prefix of its own."""
    return re.sub(r'(<\w+ id=")', rf"\g<1>{prefix}", body)


def _labels_last(body: str) -> str:
    """What links say, above all lines: one that crosses a label stops at its halo."""
    labels: list[str] = []

    def lift(link: re.Match[str]) -> str:
        labels.extend(re.findall(r"<text .*?</text>\n", link[0], re.S))
        return re.sub(r"<text .*?</text>\n", "", link[0], flags=re.S)

    body = re.sub(r'<g id="[^"]*" class="edge link">.*?</g>', lift, body, flags=re.S)
    halo = f'paint-order="stroke" stroke="{PAGE.light}" stroke-width="3"'
    group = f'<g class="labels" stroke-linejoin="round" {halo}>\n{"".join(labels)}</g>'
    before, end = body.rsplit("</g>", 1)
    return f"{before}{group}\n</g>{end}"


def _named(body: str, graph: Graph) -> str:
    """Graphviz titles a node by its key, n7; a reader wants z1 = W @ x."""
    titles = {f"n{card.line}": card.title for card in graph.cards}

    def title(found: re.Match[str]) -> str:
        keys = html.unescape(found[1]).split("->")
        words = " to ".join(titles.get(key, key) for key in keys)
        return f"<title>{html.escape(words)}</title>"

    # A link to another band comes in pieces, by way of points turnTARGET_COLUMN.
    piece = r"<title>[^<]*turn(\d+)_[^<]*</title>"
    body = re.sub(
        piece, lambda m: f"<title>to {html.escape(titles['n' + m[1]])}</title>", body
    )
    body = re.sub(r"<title>((?:n\d+)(?:&#45;&gt;n\d+)?)</title>", title, body)
    return re.sub(r"<title>(cluster_\w+|minigrad)</title>\n?", "", body)
