"""``minigrad watch``: the checks run again whenever a file is saved.

One loop looks, twenty times a second, at the keys, the files and the results; the
grader works in a thread of its own, so that a save or ``q`` can end a run that takes
long.  Keys that come while it works are kept and obeyed afterwards, in their order.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from queue import SimpleQueue

from minigrad.course import workspace
from minigrad.course.chapters import hints
from minigrad.course.desk import Desk, read_desk, until_failure
from minigrad.course.grading import Part
from minigrad.course.keys import Keys, NoKeys
from minigrad.course.message import Paper
from minigrad.course.model import PASSED, Chapter, Task, TaskResult
from minigrad.course.overview import overview, told, told_hint
from minigrad.course.state import hints_read

GLANCE = 0.05  # seconds between two looks
WIDTH = 88
KEYS = {"n": "next", "h": "hint", "l": "list", "r": "run again", "q": "quit"}

Stamps = dict[Path, tuple[int, int, int]]  # what tells one save from another


@dataclass(frozen=True)
class Voice:
    """How a watch speaks: where its words go, on what paper, the time of day."""

    say: Callable[[str], None]
    paper: Callable[[], Paper]
    clock: Callable[[], str]


class Watch:
    """One ``minigrad watch``: the task at hand, the run at work, the keys to obey.

    ``parts`` is the whole course.  Of it the tasks named in ``scope`` are gone through,
    or all if it names none; after the last of them, ``n`` goes on to the others.
    """

    def __init__(
        self,
        root: Path,
        parts: Sequence[Part],
        keys: Keys,
        voice: Voice,
        scope: Iterable[Task] = (),
        seed: int = 0,
    ) -> None:
        self.root = root
        self.parts = parts
        self.keys = keys
        self.say = voice.say
        self.voice = voice
        self.seed = seed
        self._each = [replace(part, tasks=(t,)) for part in parts for t in part.tasks]
        wanted = {task.id for task in scope}
        self._ahead = [p for p in self._each if not wanted or p.tasks[0].id in wanted]
        self._done = False  # everything ahead has passed
        self._typed = ""
        self._run: Run | None = None
        self._seen: Stamps = {}
        self._latest: Stamps = {}

    def run(self) -> None:
        """Check, and check again at each save, until ``q``."""
        try:
            self._check()
            while self._turn():
                pass
        finally:
            self._end_run()

    def _turn(self) -> bool:
        """Look once at files, results and keys; False after ``q``."""
        if "q" not in self._typed:
            self._typed += self.keys.read(GLANCE)
        if self._saved():
            if self._run and self._run.listing:
                self._typed = f"l{self._typed}"  # it is still wanted, afterwards
            self._check()
        self._show_results()
        if self._run and "q" not in self._typed:
            return True
        self._end_run()
        key, self._typed = self._typed[:1], self._typed[1:]
        return key != "q" and self._obey(key)

    # Files ------------------------------------------------------------------------

    def _saved(self) -> bool:
        """Is there a save that was not checked, and is the file at rest since?

        Half of a save, as when a file is emptied before it is written, is not shown.
        """
        before, self._latest = self._latest, stamps(self.root)
        return before == self._latest != self._seen

    def _trouble(self) -> str:
        """Why the file of the task at hand cannot be checked, or ""."""
        file = workspace.answer_file(self.root, self._chapter)
        name = file.relative_to(self.root).as_posix()
        try:
            return "" if file.stat().st_size else f"{name} is empty"
        except OSError:
            return f"{name} is not there; save it and it is checked"

    # Runs -------------------------------------------------------------------------

    def _check(self) -> None:
        """Run the checks from the task at hand on, to the first that does not pass."""
        self._begin()
        self._done = False
        self._seen = stamps(self.root)  # before it is read: what comes later is news
        if trouble := self._trouble():
            self.say(trouble)
            self._offer()
        else:
            self._run = Run(read_desk(self.root, self.seed), self._ahead)

    def _list(self) -> None:
        self._begin()
        self._run = Run(read_desk(self.root, self.seed), self.parts, listing=True)

    def _begin(self) -> None:
        """End what runs, and draw a line with the time."""
        self._end_run()
        width = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH)
        self.say(f"── {self.voice.clock()} ".ljust(width, "─"))

    def _end_run(self) -> None:
        if self._run:
            self._run.end()
            self._run = None

    def _show_results(self) -> None:
        """Show what the run has found, and all there is to say once it has ended."""
        run = self._run
        if run is None:
            return
        ended = not run.working
        for task in run.fresh():
            if not run.listing:
                self._move_to(task)
                self._tell(task, run.desk)
        if ended:
            self._run = None
            self._conclude(run)

    def _tell(self, task: TaskResult, desk: Desk) -> None:
        self.say(told(task, self.voice.paper()))
        if offer := desk.offer(task):
            self.say(offer)

    def _move_to(self, task: TaskResult) -> None:
        """Have this task first, those before it last."""
        ids = [part.tasks[0].id for part in self._ahead]
        here = ids.index(task.id)
        self._ahead = [*self._ahead[here:], *self._ahead[:here]]

    def _conclude(self, run: Run) -> None:
        if run.error:
            self.say(f"the grader failed: {type(run.error).__name__}: {run.error}")
        elif run.listing:
            self.say(overview(self.parts, run.found, self.voice.paper()))
        else:
            self._done = all(task.status == PASSED for task in run.found)
            if self._done and self._whole_course:
                self.say("Everything is done.")
        self._offer()

    # Keys -------------------------------------------------------------------------

    def _offer(self) -> None:
        """Say which keys there are, if there are any."""
        if not isinstance(self.keys, NoKeys):
            offered = (f"{key} {KEYS[key]}" for key in KEYS if self._makes_sense(key))
            self.say(" · ".join(offered))

    def _makes_sense(self, key: str) -> bool:
        if key == "n":
            return self._done and not self._whole_course
        if key == "h":
            texts = hints(self._chapter, self._task.function)
            return not self._done and hints_read(self.root, self._task.id) < len(texts)
        return key in KEYS

    def _obey(self, key: str) -> bool:
        act = {"n": self._next, "h": self._hint, "l": self._list, "r": self._check}
        if key in act and self._makes_sense(key):
            act[key]()
        return True

    def _next(self) -> None:
        """Go on to the rest of the course."""
        here = self._each.index(self._ahead[0])
        self._ahead = [*self._each[here + 1 :], *self._each[: here + 1]]
        self._check()

    def _hint(self) -> None:
        if hint := workspace.next_hint(self.root, self._chapter, self._task):
            self.say(told_hint(hint, self.voice.paper()))
        self._offer()

    @property
    def _chapter(self) -> Chapter:
        return self._ahead[0].chapter

    @property
    def _task(self) -> Task:
        return self._ahead[0].tasks[0]

    @property
    def _whole_course(self) -> bool:
        return len(self._ahead) == len(self._each)


class Run:
    """Tasks on their way through the grader, in a thread of their own.

    They are checked up to the first that does not pass; or all, for a list.
    """

    def __init__(
        self, desk: Desk, parts: Iterable[Part], listing: bool = False
    ) -> None:
        self.desk = desk
        self.listing = listing
        self.found: list[TaskResult] = []
        self.error: Exception | None = None
        self._fresh: SimpleQueue[TaskResult] = SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(parts,), daemon=True)
        self._thread.start()

    def _work(self, parts: Iterable[Part]) -> None:
        results = self.desk.results(parts, self._stop)
        choose = chain.from_iterable if self.listing else until_failure
        try:
            for task in choose(results):
                self._fresh.put(task)
        except KeyboardInterrupt:  # it was stopped
            return
        except Exception as error:
            self.error = error

    @property
    def working(self) -> bool:
        return self._thread.is_alive()

    def fresh(self) -> list[TaskResult]:
        """The results that came since the last time."""
        come = [self._fresh.get() for _ in range(self._fresh.qsize())]
        self.found += come
        return come

    def end(self) -> None:
        """Stop it, and leave no process behind."""
        self._stop.set()
        self._thread.join()


def stamps(root: Path) -> Stamps:
    """What tells whether a file of the chapters was saved."""
    found = {}
    for path in root.glob("*/*.py"):
        with suppress(OSError):  # gone, for the moment or for good
            stat = path.stat()
            found[path] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return found
