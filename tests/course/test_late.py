"""Late work: a pure function of times, and what must hold of any such function."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.course.late import HandIn, Lateness, Policy, Tier, duration, judge

START = datetime(2026, 9, 1, tzinfo=UTC)
TIERS = (Tier(1, 90), Tier(3, 50))
DAY = timedelta(days=1)

times = st.timedeltas(timedelta(), timedelta(days=60)).map(START.__add__)
hand_ins = st.lists(st.builds(HandIn, times, times), max_size=5)


@st.composite
def policies(draw):
    days = sorted(draw(st.sets(st.floats(0.01, 30), max_size=4)))
    percents = sorted(draw(st.lists(st.floats(0, 100), max_size=4)), reverse=True)
    tiers = tuple(map(Tier, days, percents))
    return Policy(tiers, draw(st.integers(0, 10)))


@pytest.mark.parametrize(
    ("late", "grace", "counts"),
    [
        (timedelta(), 0, 100),
        (timedelta(microseconds=1), 0, 90),
        (DAY, 0, 90),
        (DAY + timedelta(microseconds=1), 0, 50),
        (3 * DAY, 0, 50),
        (4 * DAY, 0, 0),
        (2 * DAY, 2, 100),
        (2 * DAY, 1, 90),
        (3 * DAY + timedelta(seconds=1), 2, 50),
        (30 * DAY, 2, 0),
    ],
)
def test_a_table_by_hand(late, grace, counts):
    """To the instant at both ends of each tier, and with days of grace before them."""
    (found,) = judge(Policy(TIERS, grace), [HandIn(START, START + late)])
    assert found.percent == counts


def test_grace_is_one_purse_for_all_deadlines():
    """What the first deadline takes the second one lacks, however they are listed."""
    first = HandIn(START, START + 1.5 * DAY)
    second = HandIn(START + 7 * DAY, START + 8.5 * DAY)
    expected = [(2, 100), (1, 90)]
    for order in (1, -1):
        found = judge(Policy(TIERS, 3), [first, second][::order])
        assert [(one.grace, one.percent) for one in found] == expected[::order]


@given(policies(), hand_ins)
def test_what_is_on_time_counts_whole_and_costs_nothing(policy, due):
    """Whatever else was late."""
    for one, found in zip(due, judge(policy, due), strict=True):
        if one.came <= one.due:
            assert found == Lateness(timedelta(), 0, 100.0)
            assert str(found) == ""


@given(policies(), hand_ins)
def test_nothing_counts_but_what_the_policy_names(policy, due):
    """All, nothing, or a tier's percent; and never more grace than there is."""
    found = judge(policy, due)
    assert {one.percent for one in found} <= {
        0,
        100,
        *(t.percent for t in policy.tiers),
    }
    assert sum(one.grace for one in found) <= policy.grace_days


@given(policies(), hand_ins, st.integers(0, 4), st.timedeltas(timedelta(), 30 * DAY))
def test_to_come_later_never_pays(policy, due, which, delay):
    """Neither in what is later, nor in anything else."""
    if which < len(due):
        one = due[which]
        later = [*due]
        later[which] = HandIn(one.due, one.came + delay)
        for before, after in zip(judge(policy, due), judge(policy, later), strict=True):
            assert after.percent <= before.percent


@given(policies(), hand_ins)
def test_a_day_of_grace_never_harms(policy, due):
    """One more, and everything counts at least as much."""
    more = Policy(policy.tiers, policy.grace_days + 1)
    for less, one in zip(judge(policy, due), judge(more, due), strict=True):
        assert one.percent >= less.percent


@given(policies(), hand_ins, st.permutations(range(5)))
def test_the_order_of_the_list_says_nothing(policy, due, order):
    """Unless two things were due at the same instant."""
    if len({one.due for one in due}) == len(due):
        order = [i for i in order if i < len(due)]
        found = judge(policy, [due[i] for i in order])
        assert found == tuple(judge(policy, due)[i] for i in order)


@given(policies(), hand_ins, st.integers(-14, 14), st.timedeltas(-DAY, DAY))
def test_only_differences_count(policy, due, hours, shift):
    """The same instants in another zone, or all of them moved: the same verdict."""
    zone = timezone(timedelta(hours=hours))
    told = [HandIn(one.due.astimezone(zone), one.came) for one in due]
    moved = [HandIn(one.due + shift, one.came + shift) for one in due]
    assert judge(policy, told) == judge(policy, due) == judge(policy, moved)


def test_a_clock_that_was_set_back_gives_no_hour_away():
    """On 25 October 2026 Zurich has 25 hours: a day by the clock is more."""
    zurich = ZoneInfo("Europe/Zurich")
    due = datetime(2026, 10, 24, 23, 59, tzinfo=zurich)
    (found,) = judge(Policy(TIERS), [HandIn(due, due + DAY)])  # as the clock shows it
    assert found.late == timedelta(hours=25)
    assert found.percent == 50


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=400)))
def test_a_duration_is_never_said_to_be_shorter(time):
    """Rounded up to the minute, or from a day on to the hour, and never to nothing."""
    units = {"day": 24 * 60, "days": 24 * 60, "h": 60, "min": 1}
    words = duration(time).split()
    minutes = sum(
        int(n) * units[u] for n, u in zip(words[::2], words[1::2], strict=True)
    )
    said = timedelta(minutes=minutes)
    assert time <= said < time + timedelta(hours=1)
    assert len(words) in (2, 4)
