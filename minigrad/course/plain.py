r"""Text for a stream that cannot encode all of it: spelled out, never a question mark.

A terminal may know no Greek (``LANG=C``, a pipe on an old machine).  There ρ is "rho"
and ✓ is "ok"; other letters lose their accents, and what is left reads ``\u65e5``.
"""

from __future__ import annotations

import re
import unicodedata

# fmt: off
SPELLED = {
    "λ": "lambda", "Σ": "sum", "∂": "d", "∇": "grad ", "ℓ": "l", "√": "sqrt",
    "∛": "cbrt", "∫": "integral ", "∘": " o ", "→": "->", "←": "<-", "↦": "->",
    "⇒": "=>", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∈": " in ", "∞": "inf",
    "‖": "||", "⟨": "<", "⟩": ">", "×": "x", "·": "*", "⋅": "*", "⊙": "*", "±": "+-",
    "⊗": "(x)", "÷": "/", "°": " degrees", "✓": "ok", "✗": "x", "…": "...", "⋯": "...",
    "•": "*", "█": "#", "░": "-", "–": "-", "—": "-", "−": "-", "‘": "'", "’": "'",
    "“": "'", "”": "'",  # a double quote would end a quoted cell of a table
    "─": "-", "│": "|", "▲": "^", "○": "o", "›": ">", "ß": "ss",
    "\N{COMBINING MACRON}": "_bar", "\N{COMBINING DOT ABOVE}": "_dot",
    "\N{COMBINING TILDE}": "_tilde",
}
# fmt: on
GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)")
AGAIN = re.compile(r"(?<=\^\S)\^")  # a⁻¹ is a^-1, with one hat


def plain(text: str, encoding: str | None) -> str:
    """The text, with a spelling for every character that the encoding does not have.

    >>> plain("✓ ∂ℓ/∂x = Wᵀρ'(x₂) · g … naïve", "ascii")
    "ok dl/dx = W^Trho'(x_2) * g ... naive"
    >>> plain("2 × ρ", "latin-1"), plain("2 × ρ", "utf-8")
    ('2 × rho', '2 × ρ')
    """
    encoding = encoding or "utf-8"
    if _has(encoding, text):
        return text
    return AGAIN.sub("", "".join(_spelled(c, encoding) for c in text))


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _spelled(c: str, encoding: str) -> str:
    """One character, as it is, by its name, or by its parts."""
    if _has(encoding, c):
        return c
    if c in SPELLED:
        return SPELLED[c]
    if letter := GREEK.fullmatch(unicodedata.name(c, "")):
        size, name = letter.groups()
        return name.lower() if size == "SMALL" else name.capitalize()
    parts = unicodedata.normalize("NFKD", c)
    if parts == c:
        mark = unicodedata.combining(c)
        return "" if mark else c.encode("ascii", "backslashreplace").decode()
    kind = unicodedata.decomposition(c).partition(" ")[0]
    before = {"<super>": "^", "<sub>": "_"}.get(kind, "")
    return before + "".join(_spelled(part, encoding) for part in parts)
