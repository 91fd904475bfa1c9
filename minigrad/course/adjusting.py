"""What counts in the end: weights, optional tasks, and what is lost by lateness.

Applied to results that are there already: to change the settings grades nothing again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from minigrad.course.late import HandIn, Lateness, Times, judge
from minigrad.course.marking import Marked
from minigrad.course.model import SubmissionResult, TaskResult, Total
from minigrad.course.settings import Late, Settings
from minigrad.course.times import read_times
from minigrad.course.words import chapter_of, counted_as

UNKNOWN = "nobody knows when it came: taken as on time"


@dataclass(frozen=True)
class Adjusting:
    """Makes the total of each submission, and the line that tells its author."""

    settings: Settings
    times: Mapping[str, Times] = field(default_factory=dict)  # by submission
    worries: tuple[str, ...] = ()  # what the instructor has to do something about

    @classmethod
    def of(cls, settings: Settings, ids: Iterable[str]) -> Adjusting:
        """By these settings, with the times of these submissions read.

        Raises what `read_times` raises.
        """
        if settings.late is None:
            return cls(settings)
        found = read_times(settings.late, ids)
        return cls(settings, found.times, found.worries)

    def __call__(self, found: Marked) -> Marked:
        """The result with its total; as it was, where there are no settings for it."""
        settings = self.settings
        if not (settings.weights or settings.optional or settings.late):
            return found
        result = adjust(found.result, settings, self.times.get(found.result.id))
        return Marked(result, _told(found.feedback, result))


def _told(feedback: str, result: SubmissionResult) -> str:
    """What a student gets to read, with the total below its first line."""
    head, end, rest = feedback.partition("\n")
    line = counted_as(result)
    return f"{head}\n{line}{end}{rest}" if line else feedback


def adjust(
    result: SubmissionResult, settings: Settings, times: Times | None
) -> SubmissionResult:
    """A result with its total.

    Optional tasks are not in the maximum; up to it their points make up for others.
    """
    counts, late = _lateness(result, settings.late, times)
    tasks = result.tasks
    most = sum(
        settings.weight(task.id) * task.max_score
        for task in tasks
        if not settings.is_optional(task.id)
    )
    score = sum(
        settings.weight(task.id) * task.score * counts.get(chapter_of(task.id), 1.0)
        for task in tasks
    )
    total = Total(
        _clean(min(score, most)), _clean(most), late, weights(settings, tasks)
    )
    return replace(result, adjusted=total)


def _clean(points: float) -> float:
    """Points without the last digits of sums of tenths."""
    return round(points, 6)


def weights(settings: Settings, tasks: Iterable[TaskResult]) -> str:
    """What of these tasks does not count like the rest, in words."""
    ids = [task.id for task in tasks]
    names = [*dict.fromkeys(map(chapter_of, ids)), *ids]
    told = [
        *(
            f"{n} counts {settings.weights[n]:g} times"
            for n in names
            if n in settings.weights
        ),
        *(f"{name} is optional" for name in names if name in settings.optional),
    ]
    return ", ".join(told)


def _lateness(
    result: SubmissionResult, late: Late | None, times: Times | None
) -> tuple[dict[str, float], str]:
    """What counts of each chapter, from 0 to 1, and why, in words."""
    if late is None:
        return {}, ""
    if not times:
        return {}, UNKNOWN
    earned = {chapter_of(task.id) for task in result.tasks if task.score}
    due = _hand_ins(sorted(earned), late, times)
    # Chapters that were due and came together were late together: once.
    one_by_one = list(dict.fromkeys(due.values()))
    verdicts = dict(zip(one_by_one, judge(late.policy, one_by_one), strict=True))
    found = {chapter: verdicts[hand_in] for chapter, hand_in in due.items()}
    counts = {chapter: verdict.percent / 100 for chapter, verdict in found.items()}
    whole = len(one_by_one) == 1 and due.keys() == earned
    return counts, _words(found, whole)


def _hand_ins(chapters: Iterable[str], late: Late, times: Times) -> dict[str, HandIn]:
    """What was due and came, by chapter; without a deadline or a time nothing is late.

    Only of chapters with points: no grace is spent where there is nothing to lose.
    """
    found = {}
    for chapter in chapters:
        due = late.deadlines.get(chapter, late.deadline)
        came = times.get(chapter, times.get(""))
        if due and came:
            found[chapter] = HandIn(due, came)
    return found


def _words(found: Mapping[str, Lateness], whole: bool) -> str:
    said = {chapter: str(lateness) for chapter, lateness in found.items()}
    if whole:
        return next(iter(said.values()))
    return ", ".join(f"{chapter} {text}" for chapter, text in said.items() if text)
