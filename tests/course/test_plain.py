"""Any text goes to any stream, and can still be read there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.course.chapters import all_chapters, hints
from minigrad.course.mistakes import catalogue
from minigrad.course.plain import plain

SPELLINGS = {
    "✓ ✗ · …": "ok x * ...",
    "∂ℓ_j/∂x = Wᵀ (ρ'(x_j) ⊙ g)": "dl_j/dx = W^T (rho'(x_j) * g)",
    "Σ_i x̄_i ≤ Δ × 2": "sum_i x_bar_i <= Delta x 2",
    "xₙ² · A⁻¹, x₁₂": "x_n^2 * A^-1, x_1_2",
    "λ Λ σ ς Ω": "lambda Lamda sigma sigma Omega",
    "“W” – naïve Größe": "'W' - naive Grosse",
    "日": "\\u65e5",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_signs_have_readable_spellings(text):
    """Letters by their names, marks by words, accents away."""
    assert plain(text, "ascii") == SPELLINGS[text]


@given(st.text(), st.sampled_from(["ascii", "latin-1", "cp437", "utf-8", "utf-16"]))
def test_every_text_can_be_written_to_every_stream(text, encoding):
    """No UnicodeEncodeError, no question mark that was not there; twice is as once."""
    spelled = plain(text, encoding)
    spelled.encode(encoding)
    assert spelled.count("?") == text.count("?")
    assert plain(spelled, encoding) == spelled


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_utf8_is_left_alone(text):
    """Nothing is spelled where nothing has to be."""
    assert plain(text, "utf-8") == text


def test_nothing_the_course_says_needs_an_escape():
    """Every sign of the hints and mistakes has a spelling of its own."""
    for chapter in all_chapters():
        texts = [m.message for m in catalogue(chapter)]
        texts += [h for t in chapter.tasks for h in hints(chapter, t.function)]
        for text in texts:
            assert "\\u" not in plain(text, "ascii"), text
