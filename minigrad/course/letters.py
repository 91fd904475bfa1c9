"""What to write where an encoding lacks a sign: ``#`` for ``█``, ``x`` for ``✗``."""

from __future__ import annotations

import codecs

PLAIN = {
    "█": "#",
    "░": "-",
    "─": "-",
    "│": "|",
    "✓": "+",
    "✗": "x",
    "·": ".",
    "…": "...",
    "×": "x",
    "–": "-",
    "—": "-",
}


def writable(text: str, encoding: str | None) -> str:
    r"""The text in letters that the encoding has; what has no likeness is spelt out.

    >>> writable("██░ ✓ Σ", "ascii")
    '##- + \\u03a3'
    """
    encoding = encoding or "utf-8"
    return text.encode(encoding, "minigrad.plain").decode(encoding)


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    signs = error.object[error.start : error.end]
    return "".join(map(_likeness, signs)), error.end


def _likeness(sign: str) -> str:
    return PLAIN.get(sign) or sign.encode("ascii", "backslashreplace").decode()


codecs.register_error("minigrad.plain", _plain)
