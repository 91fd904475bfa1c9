"""The results of a class as data: what `grade` writes and every report is made of.

``results.json`` is a `ClassResult`, field by field, and can be read back whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from minigrad.course.failing import draw_failing, is_drawn
from minigrad.course.message import explain
from minigrad.course.model import (
    SCHEMA,
    CheckResult,
    Diagnosis,
    Drawn,
    SubmissionResult,
    TaskResult,
    Total,
)

COURSE = "minigrad"
RESULTS = "results.json"
MOST = 1e6  # points of a check: no course has more
MOST_OF_ALL = 1e12  # of a submission, whatever its weights
Item = TypeVar("Item")
Json = dict[str, Any]


class ResultsError(ValueError):
    """A file that should hold the results of a class does not."""


@dataclass(frozen=True)
class ClassResult:
    """All submissions of a run, in the order in which they were found."""

    submissions: tuple[SubmissionResult, ...]
    seed: int
    isolation: str
    warning: str = field(default="", compare=False)  # for who started the run
    # Of this run, not of the class: what was known already, and the scores before it.
    cached: frozenset[str] = field(default=frozenset(), compare=False)
    before: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict, compare=False
    )

    @property
    def task_ids(self) -> tuple[str, ...]:
        """Every task that was graded, in the order of the course."""
        return tuple(dict.fromkeys(t.id for s in self.submissions for t in s.tasks))


# To JSON --------------------------------------------------------------------------


def to_json(results: ClassResult) -> Json:
    """The results as ``results.json`` has them."""
    return {
        "schema": SCHEMA,
        "course": COURSE,
        "isolation": results.isolation,
        "seed": results.seed,
        "submissions": [submission_to_json(s) for s in results.submissions],
    }


def submission_to_json(submission: SubmissionResult) -> Json:
    adjusted = submission.adjusted
    return {
        "id": submission.id,
        "status": submission.status,
        "score": submission.score,
        "max_score": submission.max_score,
        **({"adjusted": asdict(adjusted)} if adjusted else {}),
        "notes": list(submission.notes),
        "output": submission.output,
        "tasks": [_task_to_json(task) for task in submission.tasks],
    }


def _task_to_json(task: TaskResult) -> Json:
    diagnosis = task.diagnosis and vars(task.diagnosis)
    drawn = task.drawn or draw_failing(task)
    return {
        "id": task.id,
        "status": task.status,
        "score": task.score,
        "max_score": task.max_score,
        "checks": [_check_to_json(check) for check in task.checks],
        "diagnosis": diagnosis,
        "told": task.told or explain(task),  # the call, what was got and expected
        **({"drawing": asdict(drawn)} if drawn else {}),
    }


def _check_to_json(check: CheckResult) -> Json:
    return {
        "name": check.name,
        "status": check.status,
        "score": check.score,
        "max_score": check.max_score,
        "message": check.message,
    }


def dumps(value: Json, indent: int | None = None) -> bytes:
    """JSON as UTF-8 bytes; half a surrogate pair, which is no text, stays an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return (text + "\n").encode("utf-8", "backslashreplace")


# And back -------------------------------------------------------------------------


def load(path: Path) -> ClassResult:
    """The results in a file, or in ``results.json`` of a folder.

    Raises `ResultsError` when there are none.
    """
    file = path / RESULTS if path.is_dir() else path
    try:
        return from_json(json.loads(file.read_bytes()))
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror}") from None
    except RecursionError:
        raise ResultsError(f"{file} holds no results of a class") from None
    except ValueError as error:  # JSON, Unicode and our own
        raise ResultsError(f"{file} holds no results of a class: {error}") from None


def from_json(data: Any) -> ClassResult:
    """The results that ``to_json`` wrote; unknown keys are passed over."""
    if _get(data, "schema", int) != SCHEMA or _get(data, "course", str) != COURSE:
        raise ResultsError(f"it is not schema {SCHEMA} of {COURSE}")
    return ClassResult(
        submissions=_all(data, "submissions", submission_from_json),
        seed=_get(data, "seed", int),
        isolation=_get(data, "isolation", str),
    )


def submission_from_json(data: Any) -> SubmissionResult:
    return SubmissionResult(
        id=_get(data, "id", str),
        status=_get(data, "status", str),
        tasks=_all(data, "tasks", _task_from_json),
        notes=_all(data, "notes", _note),
        output=_get(data, "output", str),
        adjusted=_total(data["adjusted"]) if "adjusted" in data else None,
    )


def _total(data: Any) -> Total:
    return Total(
        score=_points(data, "score", MOST_OF_ALL),
        max_score=_points(data, "max_score", MOST_OF_ALL),
        late=_get(data, "late", str),
        weights=_get(data, "weights", str),
    )


def _task_from_json(data: Any) -> TaskResult:
    slip = _get(data, "diagnosis", dict | None)
    return TaskResult(
        id=_get(data, "id", str),
        status=_get(data, "status", str),
        checks=_all(data, "checks", _check_from_json),
        diagnosis=slip
        and Diagnosis(_get(slip, "kind", str), _get(slip, "message", str)),
        told=_get(data, "told", str) if "told" in data else "",  # an earlier version
        drawn=_drawn(data["drawing"]) if "drawing" in data else None,
    )


def _drawn(data: Any) -> Drawn:
    drawn = Drawn(*(_get(data, key, str) for key in ("title", "words", "dot")))
    if not is_drawn(drawn):
        raise ResultsError("`drawing` is none")
    return drawn


def _check_from_json(data: Any) -> CheckResult:
    return CheckResult(
        name=_get(data, "name", str),
        status=_get(data, "status", str),
        score=_points(data, "score"),
        max_score=_points(data, "max_score"),
        message=_get(data, "message", str),
    )


def _note(data: Any) -> str:
    if not isinstance(data, str):
        raise ResultsError("one of the notes is no text")
    return data


def _points(data: Any, key: str, most: float = MOST) -> float:
    points = _get(data, key, int | float)
    if not 0 <= points <= most:
        raise ResultsError(f"`{key}` is no number of points")
    return float(points)


def _get(data: Any, key: str, kind: Any) -> Any:
    if not isinstance(data, Mapping) or not isinstance(data.get(key, ...), kind):
        raise ResultsError(f"`{key}` is missing or of the wrong kind")
    return data[key]


def _all(data: Any, key: str, read: Callable[[Any], Item]) -> tuple[Item, ...]:
    return tuple(read(item) for item in _get(data, key, list))
