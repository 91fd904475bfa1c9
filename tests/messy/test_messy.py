"""A class of honest, messy submissions, graded at every level: it gets what is fair."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from grade_class import grade_class
from messy.submissions import ALL, MESSY, ONE, TASKS

from minigrad.course import ladder
from minigrad.course.isolation import LEVELS
from minigrad.course.model import GRADED, NEEDS_ATTENTION
from minigrad.course.submission import id_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture(scope="module", params=LEVELS)
def graded(request, tmp_path_factory):
    """The results of the class, by id."""
    if reason := ladder.trouble(request.param):
        pytest.skip(reason)
    place, out, scratch = map(tmp_path_factory.mktemp, ("class", "out", "scratch"))
    for name, work in MESSY.items():
        work.build(place / name)
    found = grade_class(request.param, TASKS, [place], out, scratch)
    assert len(found) == len(MESSY)
    assert list(scratch.iterdir()) == []
    return found


@pytest.mark.parametrize("name", MESSY)
def test_messy_work_gets_what_is_fair(graded, name):
    """The points, what each task is told, and the notes: all as stated."""
    work, result = MESSY[name], graded[id_of(Path("no such folder", name))]
    told = {
        task.id.rpartition("/")[2]: (
            task.status,
            " ".join(c.message for c in task.checks),
        )
        for task in result.tasks
    }
    notes = " ".join(result.notes)
    assert result.score == work.points, (told, notes)
    assert result.status == (GRADED if work.read else NEEDS_ATTENTION)
    for task, (status, says) in work.told.items():
        assert told[task][0] in status.split(" or "), told[task]
        assert says in told[task][1]
    assert all(words in notes for words in work.notes), notes
    assert work.notes or not notes
    assert work.printed in result.output


def test_there_is_enough_of_it():
    """Thirty at the least, and most of it gets all points."""
    assert len(MESSY) >= 30
    assert sum(work.points in (ONE, ALL) for work in MESSY.values()) > len(MESSY) / 2
