"""Late work: how much of the points count, as a pure function of times.

Every time is an instant: it has a zone, and a difference is real time, also where
clocks were set forward or back in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
# When a submission came: by the name of a chapter, and under "" what has no own time.
Times = Mapping[str, datetime]


@dataclass(frozen=True)
class Tier:
    """Up to so many days late, so much of the points counts."""

    days: float
    percent: float


@dataclass(frozen=True)
class Policy:
    """Days that are forgiven, to each student in all, and tiers for what is later.

    The tiers go up in days and down in percent; beyond the last one nothing counts.
    """

    tiers: tuple[Tier, ...]
    grace_days: int = 0


@dataclass(frozen=True)
class HandIn:
    """What was due, and when it came."""

    due: datetime
    came: datetime

    @property
    def late(self) -> timedelta:
        # in UTC: else two times of one zone are subtracted as the clock shows them
        return max(self.came.astimezone(UTC) - self.due.astimezone(UTC), timedelta())


@dataclass(frozen=True)
class Lateness:
    """How late it was, how many days of grace that took, what counts of the points."""

    late: timedelta
    grace: int
    percent: float

    def __str__(self) -> str:
        """``1 day 3 h late, 1 day of grace: 90 %``, or nothing at all."""
        if not self.late:
            return ""
        days = "1 day" if self.grace == 1 else f"{self.grace} days"
        grace = f", {days} of grace" if self.grace else ""
        return f"{duration(self.late)} late{grace}: {self.percent:g} %"


def judge(policy: Policy, hand_ins: Sequence[HandIn]) -> tuple[Lateness, ...]:
    """What counts of each hand-in of one student.

    A day of grace moves a deadline by 24 hours.  They are spent in the order in which
    things were due, as far as they reach: to come later never pays.

    >>> due = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    >>> policy = Policy((Tier(1, 90), Tier(7, 50)), grace_days=1)
    >>> on_time, later = HandIn(due, due), HandIn(due, due + timedelta(hours=27))
    >>> [str(one) for one in judge(policy, [on_time, later])]
    ['', '1 day 3 h late, 1 day of grace: 90 %']
    """
    left, found = policy.grace_days, dict[int, Lateness]()
    for i in sorted(
        range(len(hand_ins)), key=lambda i: hand_ins[i].due.astimezone(UTC)
    ):
        late = hand_ins[i].late
        grace = min(left, -(-late // DAY))  # each day that was begun
        left -= grace
        found[i] = Lateness(late, grace, percent(policy.tiers, late - grace * DAY))
    return tuple(found[i] for i in range(len(hand_ins)))


def percent(tiers: Sequence[Tier], late: timedelta) -> float:
    """What counts of work that is so late, of 100."""
    if late <= timedelta():
        return 100.0
    reached = (t.percent for t in tiers if late <= timedelta(days=t.days))
    return next(reached, 0.0)


def duration(time: timedelta) -> str:
    """A time in two units at most, rounded up.

    >>> [duration(timedelta(seconds=s)) for s in (1, 3601, 90000, 777600)]
    ['1 min', '1 h 1 min', '1 day 1 h', '9 days']
    """
    unit = timedelta(hours=1) if time >= DAY else timedelta(minutes=1)
    minutes = -(-time // unit) * unit // timedelta(minutes=1)
    days, hours = divmod(minutes // 60, 24)
    parts = [
        (days, "day" if days == 1 else "days"),
        (hours, "h"),
        (minutes % 60, "min"),
    ]
    return " ".join(f"{number} {name}" for number, name in parts if number)
