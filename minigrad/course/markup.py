"""HTML that cannot be injected into: text is escaped unless it was made here."""

from __future__ import annotations

from html import escape

from minigrad.course.visible import visible

EMPTY = frozenset({"meta"})  # of the elements used here, those that hold nothing


class Html(str):
    """Markup, as against text; only `tag` and `join` make it."""

    __slots__ = ()


def tag(name: str, /, *inside: str, **attributes: object) -> Html:
    """An element.  An attribute that is None is left out; ``class_`` means class.

    >>> tag("p", "a < b", tag("b", "!"), class_="note", id=None)
    '<p class="note">a &lt; b<b>!</b></p>'
    """
    pairs = (
        f' {key.rstrip("_").replace("_", "-")}="{_text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    start = f"<{name}{''.join(pairs)}>"
    return Html(start if name in EMPTY else f"{start}{join(*inside)}</{name}>")


def join(*parts: str) -> Html:
    """Markup as it is, and text escaped, one after the other."""
    made = (part if type(part) is Html else _text(part) for part in parts)
    return Html("".join(made))


def _text(text: str) -> str:
    return escape(visible(text))
