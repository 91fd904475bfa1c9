"""What a run came to: how many of what, what was hard, and whose score moved.

Pure functions of a `ClassResult`, as data for scripts and as lines for a terminal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from statistics import fmean

from minigrad.course.model import (
    GRADER_ERROR,
    IMPORT_ERROR,
    MISSING,
    NEEDS_ATTENTION,
    NOT_RUN,
    PASSED,
    SYNTAX_ERROR,
    TIMEOUT,
    SubmissionResult,
)
from minigrad.course.results import ClassResult, Json
from minigrad.course.words import function_of, slips

# Whose check has one of these has not tried it, and says nothing of how hard it is.
UNTRIED = {NOT_RUN, MISSING, IMPORT_ERROR, SYNTAX_ERROR, GRADER_ERROR}
MOST = 5  # of the hardest checks, and of the diagnoses
MOVED = 20  # submissions that are named


@dataclass(frozen=True)
class Hard:
    """A check that ``failed`` of the ``tried`` submissions did not pass."""

    task: str
    check: str
    failed: int
    tried: int

    @property
    def share(self) -> float:
        return self.failed / self.tried


@dataclass(frozen=True)
class Moved:
    """A score that is not what it was, and the tasks that moved it: before, after."""

    id: str
    tasks: dict[str, tuple[float, float]]

    @property
    def change(self) -> float:
        return sum(after - before for before, after in self.tasks.values())


def counts(results: ClassResult) -> dict[str, int]:
    """Each submission once: it needs you, or came too late, or was known, or graded."""
    kinds = Counter(_kind(s, s.id in results.cached) for s in results.submissions)
    names = ("graded", "cached", "timeouts", "needs_you")
    return {
        "submissions": len(results.submissions),
        **{name: kinds[name] for name in names},
    }


def _kind(submission: SubmissionResult, cached: bool) -> str:
    if submission.status == NEEDS_ATTENTION:
        return "needs_you"
    if any(task.status == TIMEOUT for task in submission.tasks):
        return "timeouts"
    return "cached" if cached else "graded"


def hardest(results: ClassResult, most: int = MOST) -> list[Hard]:
    """The checks that most submissions fail, of those that got as far as to try."""
    tried: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    for task in (task for s in results.submissions for task in s.tasks):
        for check in task.checks:
            if check.status not in UNTRIED:
                tried[task.id, check.name] += 1
                failed[task.id, check.name] += check.status != PASSED
    found = [Hard(*key, n, tried[key]) for key, n in failed.items() if n]
    return sorted(found, key=lambda h: (-h.failed, -h.share))[:most]


def moved(results: ClassResult) -> list[Moved]:
    """Whose tasks have another score than when the last run ended, if they had one."""
    found = []
    for submission in results.submissions:
        before = results.before.get(submission.id, {})
        tasks = {
            task.id: (before[task.id], task.score)
            for task in submission.tasks
            if task.id in before and before[task.id] != task.score
        }
        if tasks and submission.status != NEEDS_ATTENTION:
            found.append(Moved(submission.id, tasks))
    return found


def to_json(results: ClassResult) -> Json:
    """The key ``summary`` of what ``grade --json`` prints."""
    common = slips(results).most_common(MOST)
    return {
        **counts(results),
        "mean": fmean(s.total.score for s in results.submissions or [_NOBODY]),
        "hardest": [{**asdict(h), "share": h.share} for h in hardest(results)],
        "diagnoses": [{"kind": kind, "count": count} for kind, count in common],
        "moved": [{**asdict(m), "change": m.change} for m in moved(results)],
    }


_NOBODY = SubmissionResult("", NEEDS_ATTENTION, ())


# In words -------------------------------------------------------------------------


def summary(results: ClassResult) -> str:
    """What became of how many, and the mean score; only what there is to say.

    ``200 submissions, 187 graded, 9 cached, 3 timeouts, 1 needs you; mean 38.2 of 64``
    """
    number = counts(results)
    text = [f"{number['submissions']} submission{'s' * (number['submissions'] != 1)}"]
    text += [f"{number[kind]} {kind}" for kind in ("graded", "cached") if number[kind]]
    if late := number["timeouts"]:
        text.append(f"{late} timeout{'s' * (late != 1)}")
    if worries := number["needs_you"]:
        text.append(f"{worries} need{'s' * (worries == 1)} you")
    if not results.submissions:
        return text[0]
    mean = fmean(s.total.score for s in results.submissions)
    most = results.submissions[0].total.max_score
    return f"{', '.join(text)}; mean {mean:.1f} of {most:g}"


def told(results: ClassResult) -> str:
    """The lines below the summary: what was hard, and whose score moved."""
    common = slips(results).most_common(MOST)
    sections = {
        "the hardest checks": [_hard_line(hard) for hard in hardest(results)],
        "the commonest slips": [f"{n:4} ×  {kind}" for kind, n in common],
        "scores that moved since the last run": _moved_lines(moved(results)),
    }
    blocks = [[title, *found] for title, found in sections.items() if found]
    return "".join("\n".join(["", *block, ""]) for block in blocks) + "\n"


def _hard_line(hard: Hard) -> str:
    task, share = function_of(hard.task), f"{100 * hard.share:.0f} %"
    return f"{share:>6}  {task}: {hard.check} ({hard.failed} of {hard.tried} who tried)"


def _moved_lines(found: list[Moved]) -> list[str]:
    lines = []
    for one in found[:MOVED]:
        tasks = (
            f"{function_of(id)} {before:g} → {after:g}"
            for id, (before, after) in one.tasks.items()
        )
        lines.append(f"  {one.change:+g}  {one.id}: {', '.join(tasks)}")
    more = len(found) - MOVED
    return [*lines, f"  and {more} more"] if more > 0 else lines
