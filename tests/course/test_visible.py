"""Text that steers nothing: neither a terminal, nor a page, nor the reading order."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from minigrad.course.visible import one_line, visible

# What acts instead of being seen: controls, formats (bidi among them), half surrogates.
ACTIVE = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}


@given(st.text(alphabet=st.characters(codec=None)))
def test_nothing_that_acts_is_left(text):
    """Of all the characters there are, only line ends and tabs do anything."""
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in ACTIVE - {"Cc"}]
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    shown.encode("utf-8")
    assert len(one_line(text).splitlines()) <= 1


@given(st.text(alphabet="abcåλ漢😀 \u00a0\n\t"))
def test_what_is_seen_is_left_as_it_is(text):
    """Letters of any script, emoji, spaces."""
    assert visible(text) == text


def test_what_was_there_can_still_be_read():
    """An escape is spelled, so that whoever looks for it finds it."""
    assert visible("\x1b[2J\u202eevil\ud800\x7f\x85\U000e0041") == (
        r"\x1b[2J\u202eevil\ud800\x7f\x85\U000e0041"
    )
    assert visible("one\r\ntwo\rthree") == "one\ntwo\\x0dthree"
