"""Make docs/gallery: every drawing of the gallery, and a page that shows them.

    python docs/make_gallery.py

Run it after a change of the drawings that is wanted; a test compares structure and
words with what stands there.
"""

from __future__ import annotations

from pathlib import Path

from minigrad.drawing import GALLERY, draw

HERE = Path(__file__).parent / "gallery"
SHOWN = (  # in the order of the page; the README shows the first
    *("two-layer", "delta", "used-twice", "rnn", "weight-norm", "newton", "ntk"),
    *("lazy", "width", "landscape", "relu", "saddle", "particles"),
)
STEPPED = "used-twice"  # as a page to go through step by step
HEAD = """# Gallery

A drawing for each chapter. `minigrad graph rnn -o rnn.svg` makes one of them,
`python docs/make_gallery.py` all. Vermilion is the gradient of the result by a value,
violet the local derivative along a link; the thicker a line, the more comes back on it.
"""


def page() -> str:
    """The page in Markdown: each drawing below its sentence."""
    parts = [HEAD]
    for name in SHOWN:
        exhibit = GALLERY[name]
        parts.append(
            f"## {name}\n\n{exhibit.words}\n\n![{exhibit.words}]({name}.svg)\n"
        )
        if name == STEPPED:
            parts.append(
                f"Step by step, offline, in a browser: [{name}.html]({name}.html).\n"
            )
    return "\n".join(parts)


def main() -> None:
    """Write all files."""
    HERE.mkdir(exist_ok=True)
    for name in SHOWN:
        draw(name).save(HERE / f"{name}.svg")
    draw(STEPPED).save(HERE / f"{STEPPED}.html")
    (HERE / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
