"""What all formats share: whose points can be passed on, and how names are listed."""

from __future__ import annotations

import pytest
from reported import BROKEN, UNREADABLE, complete, submission

from minigrad.course.reports.order import doubtful, named


def test_points_that_may_not_be_all_are_none():
    """A broken zip, a fault of the grader's in one task; neither is a zero."""
    assert [doubtful(s) for s in (UNREADABLE, BROKEN)] == [True, True]
    assert [doubtful(s) for s in (complete("a"), submission("b"))] == [False, False]


@pytest.mark.parametrize(
    ("number", "says"),
    [(1, "0"), (3, "0, 1, 2"), (10, "8, 9"), (11, "7, 8 and 2 more")],
)
def test_a_long_list_of_names_is_cut(number, says):
    """Ten at most, or nine and a number."""
    assert named([str(i) for i in range(number)]).endswith(says)
