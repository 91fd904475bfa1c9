"""A run that is killed, again and again, ends as one that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest
from cohort import make_class

from minigrad.course import grading, marking
from minigrad.course.classrun import ClassRun, RunInterruptedError
from minigrad.course.finding import discover
from minigrad.course.isolation import Limits

QUICK = Limits(load=5.0, call=0.5, task=1.0)
LOOP = "def double(x):\n    while True: pass\n"
TOTAL = "def total(xs, weight): return weight * sum(float(x.sum()) for x in xs)\n"
KILLS = 10


@pytest.fixture
def handed_in(course, tmp_path):
    """A generated class, each a little slow, and two who loop for ever."""
    folder = make_class(tmp_path / "class", 24, 5, grading.course(root=course))
    for file in folder.glob("*/01_doubling/doubling.py"):
        slow = "import time\ntime.sleep(0.1)\n"
        file.write_text(file.read_text() + slow)
    for name in ("x-loops", "y-loops"):
        (folder / name).mkdir()
        (folder / name / "doubling.py").write_text(LOOP + TOTAL)
    return folder


@pytest.fixture
def run(course, handed_in, tmp_path):
    return ClassRun(
        out=tmp_path / "graded",
        sources=discover([handed_in]),
        parts=grading.course(root=course),
        seed=7,
        jobs=2,
        limits=QUICK,
    )


@pytest.fixture
def few(run):
    """The same of six submissions, one of which loops."""
    return replace(run, sources=run.sources[::5])


SCRIPT = """
import sys
from pathlib import Path
from minigrad.course import grading
from minigrad.course.classrun import ClassRun
from minigrad.course.finding import discover
from minigrad.course.isolation import Limits

here = Path(sys.argv[1])
parts = grading.course(root=here / "course/exercises")
limits = Limits(load=5.0, call=0.5, task=1.0)
ClassRun(here / "killed", discover([here / "class"]), parts, seed=7, jobs=2,
         limits=limits).run()
"""


def killed_at_random(command, journal, rng):
    """Start a run and kill it after the journal has grown and some time has passed."""
    before = journal.stat().st_size if journal.exists() else 0
    process = subprocess.Popen(command)
    while process.poll() is None:
        if journal.exists() and journal.stat().st_size > before:
            break
        time.sleep(0.002)
    time.sleep(rng.uniform(0.0, 0.3))
    process.kill()
    return process.wait()


def cut(journal, rng):
    """Half of a line more, as a power cut leaves it."""
    line = b'{"key": "0123", "result": {"id": "ann", "score'
    with journal.open("ab") as file:
        file.write(line[: rng.randrange(len(line))])


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_killed_ten_times_the_results_are_those_of_one_run(run, tmp_path):
    """Byte for byte; and what was in the journal once was not graded again."""
    run.run()
    (tmp_path / "run.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "run.py"), str(tmp_path)]
    rng = random.Random(3)
    journal = tmp_path / "killed" / "journal.jsonl"
    codes = []
    for _ in range(KILLS):
        codes.append(killed_at_random(command, journal, rng))
        cut(journal, rng)
    assert codes.count(-9) == KILLS
    assert subprocess.run(command).returncode == 0
    one, other = (out / "results.json" for out in (run.out, tmp_path / "killed"))
    assert one.read_bytes() == other.read_bytes()
    entries = [json.loads(line) for line in journal.read_bytes().splitlines()]
    keys = Counter(entry["key"] for entry in entries if "key" in entry)
    assert (len(keys), set(keys.values())) == (len(run.sources), {1})


@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_the_same_bytes_at_any_number_of_jobs(jobs, few, tmp_path):
    """Also of the one that loops, which gets its second try alone."""
    few.run()
    other = replace(few, out=tmp_path / "other", jobs=jobs)
    other.run()
    one, two = (r.out / "results.json" for r in (few, other))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(("jobs", "tries"), [(1, 1), (2, 2)])
def test_a_timeout_beside_others_is_tried_again_alone(jobs, tries, few, graded):
    """Once, after all others; who was alone in the first place had its try."""
    results = replace(few, jobs=jobs).run()
    loop = next(s for s in results.submissions if s.id.endswith("loops"))
    assert [task.status for task in loop.tasks] == ["timeout", "passed"]
    assert graded.count(loop.id) == tries
    assert jobs == 1 or graded[-1] == loop.id
    assert all(graded.count(s.id) == 1 for s in results.submissions if s is not loop)


def test_who_was_only_slow_beside_others_loses_nothing(few, handed_in, tmp_path):
    """It loops the first time and not the second, as on a machine that was busy."""
    slow = f"import os\nif not os.path.exists({str(tmp_path / 'flag')!r}):\n"
    slow += f"    open({str(tmp_path / 'flag')!r}, 'w').close()\n    while True: pass\n"
    right = "def double(x): return 2 * x\n"
    (handed_in / "x-loops" / "doubling.py").write_text(slow + right + TOTAL)
    (handed_in / "y-loops" / "doubling.py").write_text(right + TOTAL)
    run = replace(few, sources=discover([handed_in])[-2:], limits=Limits(load=0.8))
    assert [s.score for s in run.run().submissions] == [6.0, 6.0]


def test_a_stop_before_the_second_try_is_not_held_against_it(few, graded):
    """The next run tries it alone, once, and its timeout counts."""

    def stop(running):
        if b'"again"' in (few.out / "journal.jsonl").read_bytes():
            raise KeyboardInterrupt

    few = replace(few, sources=[*few.sources[:2], *few.sources[-1:]])
    loop = few.sources[-1].id
    with pytest.raises(RunInterruptedError, match="2 of 3"):
        replace(few, watch=stop).run()
    graded.clear()
    assert few.run().submissions[-1].tasks[0].status == "timeout"
    assert graded == [loop]


def test_any_executor_gives_the_same_bytes(few, tmp_path):
    """Processes that load the course themselves find what this one finds."""
    few.run()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        other = replace(few, out=tmp_path / "other", executor=pool)
        other.run()
    one, two = (r.out / "results.json" for r in (few, other))
    assert one.read_bytes() == two.read_bytes()


def test_an_executor_with_another_course_decides_nothing(few, monkeypatch):
    """Its results are a fault of ours, for the instructor, and never a zero."""
    monkeypatch.setattr(marking, "course_digest", lambda parts: str(id(parts)))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = replace(few, executor=pool, sources=few.sources[:1]).run()
    (one,) = found.submissions
    assert one.status == "needs-attention"
    assert "another version of minigrad" in one.notes[0]


def test_a_corrected_check_tells_whose_score_moved(few, course):
    """The scores before are those of the last run that ended, even with --fresh."""
    first = few.run()
    assert not first.before
    checks = course / "01_doubling" / "test_doubling.py"
    text = checks.read_text()
    checks.write_text(text.replace('"double", points=2', '"double", points=5'))
    corrected = replace(few, parts=grading.course(root=course), fresh=True)
    done = []

    def stop(number, of, latest):
        done.append(latest.id)
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(RunInterruptedError):
        replace(corrected, progress=stop).run()
    second = replace(corrected, fresh=False).run()
    assert len(second.cached) == 3
    was = {s.id: {task.id: task.score for task in s.tasks} for s in first.submissions}
    assert second.before == was
    assert {s.id for s in second.submissions if s.score != sum(was[s.id].values())}
    third = replace(corrected, fresh=False).run()
    assert third.before == {
        s.id: {task.id: task.score for task in s.tasks} for s in second.submissions
    }
