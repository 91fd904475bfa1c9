"""Numbers are short and stand in columns."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.drawing import figures


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1234.5678, "1235"),
        (99999.0, "1e5"),
        (0.00099, "9.9e-4"),
        (float("inf"), "inf"),
        (np.float32(0.1), "0.1"),
        (np.int64(7), "7"),
        (True, "1"),
    ],
)
def test_a_number_has_four_digits(x, text):
    """No more than are read; no exponent where none is needed."""
    assert figures.number(x) == text


def test_entries_have_the_same_decimals():
    """Three digits of the largest; fewer where they would be zeros."""
    assert figures.grid(np.array([0.12345, -0.5])) == [["0.123", "-0.500"]]
    assert figures.grid(np.array([0.5, -1.0])) == [["0.5", "-1.0"]]


def test_a_small_entry_is_not_shown_as_zero():
    """Zero means zero."""
    assert figures.grid(np.array([1.23, 1e-7, 0.0])) == [["1.23", "1e-7", "0"]]


def test_what_is_not_finite_is_counted():
    """The summary says how much of the array is lost, and sums up the rest."""
    a = np.array([np.nan, np.inf, 1.0, 2.0, 3.0])
    assert figures.summary(a)[0] == "2 of 5 not finite"
    assert figures.summary(a)[1] == "mean 2 ± 0.816"


def test_a_mean_that_is_rounding_is_zero():
    """-1.2e-18 would be read as a number."""
    a = np.linspace(-1, 1, 9) / 3
    assert figures.summary(a + 1e-17)[0].startswith("mean 0 ±")
