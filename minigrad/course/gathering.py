"""All submissions of a class, read before the first of them runs.

A submission that runs can write wherever the user who grades can write: into another
one's folder too.  So what is graded is what was there before, or the instructor hears
of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from minigrad.course.submission import Source, Submission, collect

HELD = 64 << 20  # bytes of a class that are kept in memory


class ChangedError(RuntimeError):
    """A submission is not what it was when the run began."""


class Gathering:
    """What was handed in, as it was when the run began.

    What does not fit in memory is read again when its turn comes, and compared.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._held: dict[str, Submission] = {}
        self._prints: dict[str, list[str]] = {}
        size = 0
        for source in sources:
            submission = collect(source.path, source.id)
            self._prints[source.id] = _print(submission)
            size += sum(map(len, submission.files.values()))
            if size <= HELD:
                self._held[source.id] = submission

    def print_of(self, source: Source) -> list[str]:
        """All that tells a submission from another: its id, its content, its notes."""
        return self._prints[source.id]

    def take(self, source: Source) -> Submission:
        """The submission, once; raises `ChangedError` if the disk has another now."""
        held = self._held.pop(source.id, None)
        if held is not None:
            return held
        found = collect(source.path, source.id)
        if _print(found) != self._prints[source.id]:
            raise ChangedError("its files changed while the class was graded")
        return found


def _print(submission: Submission) -> list[str]:
    return [submission.id, submission.digest, *submission.notes]
