"""What a run does now, for a terminal: how far it is, and a line per worker."""

from __future__ import annotations

from collections.abc import Callable

from minigrad.course.model import SubmissionResult

BAR = 24
ROWS = 16  # workers that are shown: more do not fit beside what one wants to read
UP, CLEAR_LINE, CLEAR_BELOW = "\x1b[{}F", "\x1b[K", "\x1b[J"


class Live:
    """Repaints its lines whenever it hears of something; ``paint`` writes them.

    A worker keeps its line as long as it has work, so that lines do not jump.
    """

    def __init__(self, total: int, width: int, paint: Callable[[str], None]) -> None:
        self._total = total
        self._width = width
        self._paint = paint
        self._done = 0
        self._slots: list[str] = []
        self._running: dict[str, float] = {}
        self._height = 0

    def progress(self, done: int, total: int, latest: SubmissionResult) -> None:
        """Hear that a submission is done."""
        self._done, self._total = done, total
        self._running.pop(latest.id, None)
        self._repaint()

    def watch(self, running: dict[str, float]) -> None:
        """Hear what runs, and for how many seconds."""
        self._running = dict(running)
        kept = [id if id in running else "" for id in self._slots]
        for id in (id for id in running if id not in kept):
            if "" in kept:
                kept[kept.index("")] = id
            else:
                kept.append(id)
        self._slots = kept
        self._repaint()

    def close(self) -> None:
        """Leave the terminal as if nothing had been there."""
        if self._height:
            self._paint(UP.format(self._height) + CLEAR_BELOW)
        self._height = 0

    def lines(self) -> list[str]:
        """What is shown now.

        >>> live = Live(4, 40, print)
        >>> live._done, live._slots, live._running = 1, ["ann", "bob"], {"bob": 2.6}
        >>> for line in live.lines():
        ...     print(line)
        ██████░░░░░░░░░░░░░░░░░░ 1 of 4
          1
          2  bob  3 s
        """
        filled = BAR * self._done // max(self._total, 1)
        bar = "█" * filled + "░" * (BAR - filled)
        rows = enumerate(self._slots[:ROWS], 1)
        lines = [f"{bar} {self._done} of {self._total}"]
        lines += [f"{number:3}  {self._told(id)}".rstrip() for number, id in rows]
        return [line[: self._width - 1] for line in lines]

    def _told(self, id: str) -> str:
        return f"{id}  {self._running[id]:.0f} s" if id in self._running else ""

    def _repaint(self) -> None:
        lines = self.lines()
        up = UP.format(self._height) if self._height else ""
        text = "".join(f"{line}{CLEAR_LINE}\n" for line in lines)
        self._paint(up + text + CLEAR_BELOW)
        self._height = len(lines)
