"""The attacks: what is handed in, and what it comes to.

Those that are text stand in `submissions/*.md`, a heading, a sentence and the source
each; those that are odd files or archives are made by `packages`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from minigrad.course.isolation import PROCESS
from minigrad.course.submission import id_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OUTCOME = re.compile(
    r"^Comes to `(?P<status>[\w-]+)`(?: or `(?P<other>[\w-]+)`)?(?:: (?P<says>[^;.]+))?"
    r"(?:; at `process` to `(?P<lowest>[\w-]+)`)?"
    r"(?P<unstopped>; `process` does not stop it)?\.$",
    re.MULTILINE,
)
BLOCK = re.compile(r"^```(?:python|text) ?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    """One submission that attacks, how it is laid out, and its fair outcome."""

    name: str
    build: Callable[[Path, Path], object]  # (where to, the folder of all that is there)
    status: str = ""  # of the task that it attacks; "" where it is not for the status
    other: str = ""  # a status that will do as well
    says: str = ""  # in the message of that task, or in a note
    lowest: str = ""  # the status at level ``process``, where that differs
    unstopped: bool = False  # by level ``process``

    @property
    def id(self) -> str:
        """What the grader calls it, by the name of its folder."""
        return id_of(Path("no such folder", self.name))

    def outcomes(self, level: str) -> set[str]:
        """What it may come to at a level."""
        if level == PROCESS and self.lowest:
            return {self.lowest}
        return {self.status, self.other}

    def __str__(self) -> str:
        return self.id


def written() -> Iterator[Attack]:
    """The attacks of the catalogue, in order."""
    for file in sorted((HERE / "submissions").glob("*.md")):
        _, *sections = re.split(r"^## ", file.read_text(encoding="utf-8"), flags=re.M)
        yield from map(_attack, sections)


def _attack(section: str) -> Attack:
    name, _, text = section.partition("\n")
    found = OUTCOME.search(text)
    blocks = BLOCK.findall(text)
    if found is None or not blocks:
        raise ValueError(f"{name}: no outcome, or no source")
    said = {key: value or "" for key, value in found.groupdict().items()}
    said["unstopped"] = bool(said["unstopped"])
    return Attack(name, _writer(blocks), **said)


def _writer(blocks: list[tuple[str, str]]) -> Callable[[Path, Path], object]:
    """Lay out a folder of these files, told where things are on this machine."""

    def write(path: Path, place: Path) -> None:
        names = {"ROOT": ROOT, "CLASS": place / "class", "OUTSIDE": place / "outside"}
        head = "".join(f"{name} = {str(at)!r}\n" for name, at in names.items())
        for name, source in blocks:
            file = path / (name or "backprop.py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source if name else head + source, encoding="utf-8")

    return write
