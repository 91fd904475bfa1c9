"""The instructor's settings: one small TOML file, read whole or refused.

    seed = 48151623                     of the checks' inputs; no student gets to see it
    optional = ["bn_backward"]          not in the maximum, but can make up for the rest

    [weights]                           of a chapter or a task; 1 where nothing is said
    01_backprop = 2

    [late]                              without it nothing is ever late
    deadline = 2026-11-20T23:59:00
    zone = "Europe/Zurich"
    times = "times.csv"                 when each submission came
    grace_days = 2
    tiers = [{days = 1, percent = 90}, {days = 7, percent = 50}]

    [late.deadlines]                    of single chapters
    02_delta_recursion = 2026-12-04T23:59:00

Whatever is wrong with it is said at once, in a sentence each: the key, its value, and
what is allowed.
"""

from __future__ import annotations

import difflib
import math
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from minigrad.course.chapters import Target, UnknownTargetError, find
from minigrad.course.late import Policy, Tier

NAME = "minigrad.toml"
LARGEST = 1 << 32  # a seed is smaller
MOST = 1 << 20  # bytes; no settings have more
Value = TypeVar("Value")


class SettingsError(ValueError):
    """The settings cannot be used; the message has a line for each reason."""


class NoSettingsError(LookupError):
    """The file of the settings cannot be read."""


@dataclass(frozen=True)
class Late:
    """The policy, the deadlines, and where the times of submissions stand."""

    policy: Policy
    deadline: datetime | None
    deadlines: Mapping[str, datetime]  # by the name of a chapter
    zone: ZoneInfo | None
    times: Path
    column: str | None = None


@dataclass(frozen=True)
class Settings:
    """What the instructor wants of a run and of its results."""

    seed: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)  # chapters and tasks
    optional: tuple[str, ...] = ()  # chapters and tasks
    late: Late | None = None

    def chosen(self, seed: int | None) -> int | None:
        """The seed, where the command line names one (or not) as well."""
        if None not in (seed, self.seed) and seed != self.seed:
            raise SettingsError("--seed and seed in the settings differ; give one")
        return self.seed if seed is None else seed

    def weight(self, task: str) -> float:
        """What a task's points are multiplied by: its own weight, or its chapter's."""
        chapter = task.partition("/")[0]
        return self.weights.get(task, self.weights.get(chapter, 1.0))

    def is_optional(self, task: str) -> bool:
        """Do its points not belong to the maximum?"""
        return task in self.optional or task.partition("/")[0] in self.optional


def find_settings(
    named: Path | None, out: Path, handed_in: Iterable[Path]
) -> Path | None:
    """The file to read: the one that was named, or `NAME` beside the results.

    One among the submissions may be a student's: that is a `SettingsError`.
    """
    beside = Path(os.path.abspath(out)).parent / NAME
    if named or not beside.is_file():
        return named
    for folder in map(os.path.abspath, handed_in):
        if beside.is_relative_to(folder):
            raise SettingsError(
                f"{beside} lies among the submissions, where a student can put one; "
                "name your settings with --config, or put --out elsewhere"
            )
    return beside


def read(path: Path) -> Settings:
    """The settings in a file.

    Raises `SettingsError` with all that is wrong with it, `NoSettingsError` without it.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST)
    except OSError as error:
        raise NoSettingsError(f"{path} cannot be read: {error.strerror}") from None
    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # of the encoding, or tomllib's with line and column
        raise SettingsError(f"{path.name} is not TOML: {error}") from None
    table = _Table(values, path.name, "", [])
    found = _settings(table, path.parent)
    if table.errors:
        raise SettingsError("\n".join(table.errors))
    return found


def _settings(table: _Table, folder: Path) -> Settings:
    table.know("seed", "optional", "weights", "late")
    late = table.inner("late")
    return Settings(
        seed=table.take("seed", _whole(0, LARGEST - 1)),
        weights=table.inner("weights").mapping(_named, _number(0, 1000)),
        optional=table.take("optional", _list(_named)) or (),
        late=_late(late, folder)
        if isinstance(table.values.get("late"), dict)
        else None,
    )


def _late(table: _Table, folder: Path) -> Late:
    table.know(
        *("deadline", "deadlines", "zone", "times", "column", "grace_days", "tiers")
    )
    zone = table.take("zone", _zone)
    any_zone = zone or (UTC if "zone" in table.values else None)  # one error is enough
    deadlines = table.inner("deadlines").mapping(_chapter, _instant(any_zone))
    deadline = table.take("deadline", _instant(any_zone))
    if "deadline" not in table.values and not deadlines:
        table.lacks("deadline", "a date and time, or deadlines for chapters")
    tiers = table.take("tiers", _tiers, "for example [{days = 1, percent = 90}]")
    return Late(
        Policy(tiers or (), table.take("grace_days", _whole(0, 366)) or 0),
        deadline,
        deadlines,
        zone,
        folder / (table.take("times", _text, "the name of a CSV file") or ""),
        table.take("column", _text),
    )


# Tables ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """A table of the file, and the errors that were found in all of it."""

    values: Mapping[str, Any]
    file: str
    path: str
    errors: list[str]

    def take(
        self, key: str, reader: Callable[[Any], Value], needed: str = ""
    ) -> Value | None:
        """The value of a key, as its reader has it; None where there is none."""
        if key not in self.values:
            if needed:
                self.lacks(key, needed)
            return None
        try:
            return reader(self.values[key])
        except ValueError as allowed:
            self.wrong(key, str(allowed))
            return None

    def inner(self, key: str) -> _Table:
        """A table in this one; empty where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, f"a table, [{self.path}{key}], is allowed")
            value = {}
        return _Table(value, self.file, f"{self.path}{key}.", self.errors)

    def mapping(
        self, name: Callable[[Any], str], reader: Callable[[Any], Value]
    ) -> dict[str, Value]:
        """All of this table, whose keys are names of chapters or tasks."""
        found: dict[str, Value] = {}
        for key in self.values:
            value = self.take(key, reader)
            try:
                meant = name(key)
            except ValueError as error:
                self.errors.append(f"{self.file}: {self.path}{key}: {error}")
                continue
            if meant in found:
                self.errors.append(f"{self.file}: {self.path}{key} is there twice")
            if value is not None:
                found[meant] = value
        return found

    def know(self, *keys: str) -> None:
        """Refuse all other keys."""
        for key in self.values.keys() - set(keys):
            near = difflib.get_close_matches(key, keys, n=1)
            advice = (
                f"did you mean {self.path}{near[0]}?"
                if near
                else f"there are {_all(keys)}"
            )
            told = f"{self.file}: there is no key {self.path}{key}; {advice}"
            self.errors.append(told)

    def lacks(self, key: str, needed: str) -> None:
        self.errors.append(f"{self.file}: {self.path}{key} is missing: {needed}")

    def wrong(self, key: str, allowed: str) -> None:
        value = _shown(self.values[key])
        self.errors.append(f"{self.file}: {self.path}{key} = {value}: {allowed}")


def _shown(value: Any) -> str:
    """A value about as the file has it."""
    text = str(value) if isinstance(value, datetime) else repr(value)
    text = text.lower() if isinstance(value, bool) else text
    return text if len(text) <= 60 else f"{text[:59]}…"


def _all(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


# Values: each reader returns what it reads, or raises ValueError with what is allowed


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most} is allowed")
        return value

    return read


def _number(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        fits = type(value) in (int, float) and least <= value <= most
        if not fits or not math.isfinite(value):
            raise ValueError(f"a number from {least:g} to {most:g} is allowed")
        return float(value)

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text in quotes is allowed")
    return value


def _list(reader: Callable[[Any], Value]) -> Callable[[Any], tuple[Value, ...]]:
    def read(value: Any) -> tuple[Value, ...]:
        if not isinstance(value, list):
            raise ValueError("a list in brackets is allowed")
        return tuple(map(reader, value))

    return read


def _named(value: Any) -> str:
    """The full name of a chapter or task."""
    target = _target(value)
    return target.task.id if target.task else target.chapter.name


def _chapter(value: Any) -> str:
    target = _target(value)
    if target.task:
        raise ValueError(f"{target.task.id} is a task; a chapter is allowed")
    return target.chapter.name


def _target(value: Any) -> Target:
    try:
        return find(_text(value))
    except UnknownTargetError as error:
        raise ValueError(str(error)) from None


def _zone(value: Any) -> ZoneInfo:
    known = available_timezones()
    if isinstance(value, str) and value in known:
        return ZoneInfo(value)
    if not known:
        raise ValueError(
            "no time zone is known here; pip install tzdata, or use offsets"
        )
    near = difflib.get_close_matches(str(value), known, n=1)
    advice = f'did you mean "{near[0]}"?' if near else 'for example "Europe/Zurich"'
    raise ValueError(f"the name of a time zone is allowed; {advice}")


def _instant(zone: tzinfo | None) -> Callable[[Any], datetime]:
    def read(value: Any) -> datetime:
        if not isinstance(value, datetime):  # a date alone would leave the hour open
            raise ValueError("a date and time, 2026-11-20T23:59:00, is allowed")
        if value.tzinfo is None and zone is None:
            raise ValueError(
                "with its offset (+01:00), or with late.zone, it is allowed"
            )
        return value if value.tzinfo else value.replace(tzinfo=zone)

    return read


def _tiers(value: Any) -> tuple[Tier, ...]:
    """From the shortest delay to the longest, and from most to least."""
    allowed = "{days = ..., percent = ...}, days going up and percent down, are allowed"
    tiers = _list(_tier)(value)
    for one, after in pairwise(tiers):
        if one.days >= after.days or one.percent <= after.percent:
            raise ValueError(allowed)
    return tiers


def _tier(value: Any) -> Tier:
    if not isinstance(value, dict) or value.keys() != {"days", "percent"}:
        raise ValueError("{days = ..., percent = ...} for each tier is allowed")
    return Tier(
        _number(0.01, 366)(value["days"]),
        _number(0, 100)(value["percent"]),
    )
