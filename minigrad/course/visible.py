"""Text of a student's that is only looked at: what would steer a reader is spelled out.

A name or a message may hold terminal escapes, marks that turn the reading order round,
or characters that XML forbids.  They are shown, not dropped: someone may look for them.
"""

from __future__ import annotations

import unicodedata

KEPT = "\n\t"


def visible(text: str) -> str:
    r"""The text with every character that is not shown as itself written as an escape.

    >>> print(visible("\x1b[31mred\u202egnp.exe, naïve\r\n2 × ρ"))
    \x1b[31mred\u202egnp.exe, naïve
    2 × ρ
    """
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    r"""The text, visible, where a line ends only with the whole.

    >>> one_line("shapes differ:\n  (3, 5)\tand (5, 3)")
    'shapes differ: (3, 5) and (5, 3)'
    """
    return " ".join(visible(text).split())


def _shown(c: str) -> str:
    if c.isprintable() or c in KEPT or unicodedata.category(c) == "Zs":
        return c
    code = ord(c)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
