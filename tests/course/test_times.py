"""When submissions came: tables of people and of platforms, and who is who there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from minigrad.course.late import Policy
from minigrad.course.reports import TemplateError
from minigrad.course.settings import Late, SettingsError
from minigrad.course.times import read_times

ZURICH = ZoneInfo("Europe/Zurich")
NIGHT = datetime(2026, 11, 20, 22, 58, tzinfo=UTC)


def times(folder, text, *ids, zone=ZURICH, column=None):
    path = folder / "times.csv"
    path.write_text(text, encoding="utf-8")
    return read_times(Late(Policy(()), None, {}, zone, path, column), ids)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 23:58:00",
        "2026-11-20T23:58",
        "2026-11-20T22:58:00Z",
        "2026-11-20 14:58:00 -0800",
        "2026-11-20T23:58:00+01:00",
        '"Friday, 20 November 2026, 11:58 PM"',
    ],
)
def test_a_time_is_an_instant(tmp_path, text):
    """As people, Gradescope and Moodle write it; without an offset in the zone."""
    found = times(tmp_path, f"id,time\nann,{text}\n", "ann")
    assert (found.times, found.worries) == ({"ann": {"": NIGHT}}, ())


def test_gradescopes_table_is_known(tmp_path):
    """Its grades: a submission is called by its number, or its student's."""
    text = (
        "First Name,Last Name,SID,Email,Total Score,Submission ID,Submission Time\n"
        "Ann,Doe,17,ann@uni.edu,3.0,1871,2026-11-20 14:58:00 -0800\n"
        "Bob,Roe,18,bob@uni.edu,,,\n"
    )
    for id in ("submission_1871", "ann-uni-edu", "Doe-Ann", "17"):
        assert times(tmp_path, text, id, zone=None).times == {id: {"": NIGHT}}
    assert "for bob" in times(tmp_path, text, "bob", zone=None).worries[0]


def test_moodles_worksheet_is_known(tmp_path):
    """Participants by their number; a dash is no time."""
    text = (
        "Identifier,Full name,Status,Grade,Last modified (submission)\n"
        'Participant 1871,Ann Doe,x,,"Friday, 20 November 2026, 11:58 PM"\n'
        "Participant 1872,Bob Roe,x,,-\n"
    )
    ann, bob = (
        "Ann-Doe_1871_assignsubmission_file",
        "Bob-Roe_1872_assignsubmission_file",
    )
    found = times(tmp_path, text, ann, bob)
    assert found.times == {ann: {"": NIGHT}, bob: {}}
    assert found.worries == (
        f"times.csv has no time, or more than one row, for {bob}: taken as on time",
    )


def test_a_chapter_may_have_a_column_of_its_own(tmp_path):
    """Beside the one for all, or instead of it."""
    text = "id,time,01_backprop\nann,2026-11-20T23:58,2026-11-19T23:58\n"
    day_before = NIGHT - timedelta(days=1)
    expected = {"": NIGHT, "01_backprop": day_before}
    assert times(tmp_path, text, "ann").times == {"ann": expected}
    alone = "id,01_backprop\nann,2026-11-19T23:58\n"
    assert times(tmp_path, alone, "ann").times["ann"] == {"01_backprop": day_before}


def test_any_column_can_be_named(tmp_path):
    """By the settings."""
    text = "id,time,uploaded\nann,2000-01-01T00:00,2026-11-20T23:58\n"
    assert times(tmp_path, text, "ann", column="uploaded").times["ann"][""] == NIGHT


def test_nobody_is_guessed(tmp_path):
    """Two rows of one name, or a submission without a row, is for the instructor."""
    text = "id,time\nann,2026-11-20T23:58\nann,2026-11-21T23:58\n"
    found = times(tmp_path, text, "ann", "bob")
    assert found.times == {}
    assert "for ann, bob: taken as on time" in found.worries[0]


@pytest.mark.parametrize(
    ("text", "zone", "says"),
    [
        (
            "id,time\nann,yesterday\n",
            ZURICH,
            "ann: time = 'yesterday': 2026-11-20 23:59",
        ),
        ("id,time\nann,2026-11-20T23:58\n", None, "has no time zone; set late.zone"),
        (
            "id,when\nann,x\n",
            ZURICH,
            "has no column time; there are id, when: late.column",
        ),
    ],
)
def test_what_is_no_time_is_said(tmp_path, text, zone, says):
    """With the row, the column, the value and what is allowed."""
    with pytest.raises(SettingsError) as caught:
        times(tmp_path, text, "ann", zone=zone)
    assert says in str(caught.value)


def test_a_missing_table_is_named(tmp_path):
    """It is a file that is not there."""
    with pytest.raises(TemplateError, match="cannot be read"):
        read_times(Late(Policy(()), None, {}, None, Path(tmp_path, "no.csv")), ["ann"])
