"""A class of attacks, graded at every level that this machine has.

Whatever is handed in earns nothing by it, stops nobody else's grading, and leaves
nothing behind: no process, no file, no folder.
"""

from __future__ import annotations

import csv
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from attacks.catalogue import Attack, written
from attacks.packages import ODD, RIGHT
from grade_class import grade_class

from minigrad.course import ladder
from minigrad.course.isolation import LEVELS, PROCESS
from minigrad.course.model import GRADED, GRADER_ERROR, SubmissionResult

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

TASKS = ("01_backprop/layer_jacobians", "01_backprop/suffix_loss")
ATTACKS = [*written(), *ODD]
HONEST = [f"honest-{n}" for n in range(1, 5)]
FULL = 16.0  # of both tasks
# A slip in an attack would look like a defense against it.
SLIPS = ("NameError", "AttributeError", "ImportError", "UnboundLocalError")


@pytest.fixture(scope="module")
def place():
    """What is handed in: ``class``, and ``daring`` for what only walls can stop."""
    place = Path(tempfile.mkdtemp(prefix="attacks-"))
    place.chmod(0o755)
    for folder in ("class", "daring", "outside"):
        (place / folder).mkdir()
    (place / "outside").chmod(0o777)
    for name in HONEST:
        (place / "class" / name).mkdir()
        (place / "class" / name / "backprop.py").write_text(RIGHT, encoding="utf-8")
    for attack in ATTACKS:
        folder = "daring" if attack.unstopped else "class"
        attack.build(place / folder / attack.name, place)
    yield place
    subprocess.run(["rm", "-rf", str(place)], check=True)  # deeper than Python goes


@dataclass
class Graded:
    """A class after it was graded, and the traces that were looked for."""

    level: str
    results: dict[str, SubmissionResult]
    left: list[object]  # files that are new, changed or gone, of all that there are
    processes: list[str]
    out: Path

    def of(self, attack: Attack) -> SubmissionResult:
        if self.level == PROCESS and attack.unstopped:
            pytest.skip("level process does not stop it")
        return self.results[attack.id]


@pytest.fixture(scope="module", params=LEVELS)
def graded(request, place, tmp_path_factory):
    """The class, graded once at a level."""
    level = request.param
    if reason := ladder.trouble(level):
        pytest.skip(reason)
    out, scratch = tmp_path_factory.mktemp("out"), place / f"scratch-{level}"
    scratch.mkdir(mode=0o777)
    classes = ["class"] if level == PROCESS else ["class", "daring"]
    before = inventory(place)  # the empty scratch folder included
    folders = [place / name for name in classes]
    results = grade_class(level, TASKS, folders, out, scratch)
    return Graded(
        level,
        results,
        [*(inventory(place) ^ before), *Path("/dev/shm").glob("mallory*")],
        processes_of(scratch),
        out,
    )


def inventory(folder: Path) -> set[tuple[bytes, int, int, bytes]]:
    """All names below, with kinds, sizes and contents; nothing followed, no waiting."""
    found = set()
    for here, folders, files, fd in os.fwalk(bytes(folder)):
        for name in (*folders, *files):
            status, content = os.lstat(name, dir_fd=fd), b""
            if stat.S_ISREG(status.st_mode) and status.st_size < 1 << 20:
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
                content = hashlib.sha256(os.read(file, 1 << 20)).digest()
                os.close(file)
            path = os.path.join(here, name)
            found.add((path, status.st_mode, status.st_size, content))
    return found


def processes_of(scratch: Path) -> list[str]:
    """Those that a worker started: its folder is in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            if bytes(scratch) in (process / "environ").read_bytes():
                found.append(process.name)
    return found


# What they earn -------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_an_attack_earns_nothing(graded, attack):
    """Zero points, the outcome that the catalogue says, and never a grader error."""
    result = graded.of(attack)
    assert result.score == 0
    task = next(task for task in result.tasks if task.id.endswith("suffix_loss"))
    assert GRADER_ERROR not in {task.status for task in result.tasks}
    first = next(check for check in task.checks if check.status == task.status)
    assert task.status in attack.outcomes(graded.level), first.message
    told = " ".join([first.message, *result.notes])
    if task.status == attack.status:
        assert attack.says in told
    assert not any(f"raised {slip}" in told for slip in SLIPS), told


def test_honest_neighbors_get_what_they_deserve(graded):
    """All of their points, whoever was graded before and beside them."""
    assert [graded.results[name].score for name in HONEST] == [FULL] * len(HONEST)
    assert {graded.results[name].status for name in HONEST} == {GRADED}
    assert {graded.results[name].notes for name in HONEST} == {()}


def test_nobody_vanishes(graded):
    """There is a result for each submission."""
    known = [a for a in ATTACKS if graded.level != PROCESS or not a.unstopped]
    assert len(graded.results) == len(known) + len(HONEST)


def test_nothing_stays(graded):
    """No process, no file outside of its folder, no folder; the class is as it was."""
    assert graded.processes == []
    assert graded.left == []


def test_results_are_all_that_was_written(graded):
    """A folder for each submission and the grader's own files, and nothing else."""
    ours = {"results.json", "journal.jsonl", "scores.csv", "report.html"}
    assert {path.name for path in graded.out.iterdir()} == {*graded.results, *ours}


def test_names_and_messages_are_only_text(graded):
    """No cell is a formula, no tag is a student's, no escape reaches a terminal."""
    table = (graded.out / "scores.csv").read_text(encoding="utf-8")
    page = (graded.out / "report.html").read_text(encoding="utf-8")
    cells = [cell for row in csv.reader(table.splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert "<script" not in page.lower()
    assert "\x1b" not in table + page


# The catalogue --------------------------------------------------------------------


def test_the_catalogue_is_large_and_each_entry_has_its_name():
    """Sixty at the least; ids are unique, also as names of folders."""
    assert len(ATTACKS) >= 60
    assert len({attack.id.casefold() for attack in ATTACKS}) == len(ATTACKS)
