"""The course: exercises as data, the student's process, the class run, the reports."""

from __future__ import annotations

from minigrad.course.checks import CheckFailure, expect, task
from minigrad.course.handles import Handle, repeat
from minigrad.course.mistakes import alternative, mistake

__all__ = [
    "CheckFailure",
    "Handle",
    "alternative",
    "expect",
    "mistake",
    "repeat",
    "task",
]
