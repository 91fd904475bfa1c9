"""Python source as a sequence of symbols that renaming and reformatting leave alone.

A lexer of its own: it reads anything, also what is no Python, and neither parses nor
compiles.  Names become one symbol, except where they cannot be chosen freely: keywords,
built-in functions, and what follows a dot.  Numbers and strings become one symbol each;
comments, spaces, line ends, and strings that stand alone (docstrings) are dropped.
"""

from __future__ import annotations

import builtins
import codecs
import keyword
import re
from collections.abc import Iterator

NAME, NUMBER, STRING = "name", "number", "string"
FIXED = {*keyword.kwlist, *dir(builtins)}
WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

# Space before a token belongs to it.  An unterminated string ends where its line ends,
# or with the file.
TOKEN = re.compile(
    r"""(?:[ \t\f\r\n;]++|\\\r?\n|\#[^\n]*+)*+
      (?: (?P<name>[^\W\d]\w*+(?![\"']))
        | (?P<string>[bBfFrRtTuU]{0,2}(?:
              \"{3}(?:[^\\]|\\.)*?(?:\"{3}|\Z) | '{3}(?:[^\\]|\\.)*?(?:'{3}|\Z)
            | \"(?:[^\"\\\n]|\\.)*\"? | '(?:[^'\\\n]|\\.)*'?))
        | (?P<number>\.?\d(?:[eE][+-]?\d|[\w.])*+)
        | (?P<word>\w++)
        | (?P<sign>->|:=|(?://|\*\*|<<|>>|[-+*/%@&|^=<>!])=|//|\*\*|<<|>>|.)
        | \Z)""",
    re.VERBOSE | re.DOTALL,
)


def text_of(source: bytes) -> str:
    """A file as text, whatever its encoding: UTF-8 where nothing says otherwise."""
    encoding = next(
        (e for mark, e in WIDE.items() if source.startswith(mark)), "utf-8-sig"
    )
    return source.decode(encoding, "replace")


def symbols(text: str) -> Iterator[tuple[str, int]]:
    r"""The symbols of a source, and where in it each of them begins.

    >>> list(symbols("def f(x):\n    return np.dot(x, .5)  # half"))[5:11]
    [(':', 8), ('return', 14), ('name', 21), ('.', 23), ('dot', 24), ('(', 27)]
    """
    last, before = "", 0
    for token in TOKEN.finditer(text):
        kind = token.lastgroup
        if kind is None:  # the end
            return
        start = token.start(kind)
        if kind == "name":
            found = token[kind]
            last = found if last == "." or found in FIXED else NAME
        elif kind == "string":
            alone = not before or "\n" in text[before:start]
            before = token.end()
            if alone:
                continue
            last = STRING
        else:
            last = {"number": NUMBER, "word": NAME}.get(kind) or token[kind]
        before = token.end()
        yield last, start
