"""A class: nobody stops it, and what it has found out is never lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from minigrad.course import classrun, gathering, grading, marking, staff
from minigrad.course.classrun import ClassRun, RunInterruptedError
from minigrad.course.finding import discover
from minigrad.course.isolation import Limits
from minigrad.course.journal import DiskError, OutputError
from minigrad.course.marking import feedback
from minigrad.course.model import GRADED, NEEDS_ATTENTION, TIMEOUT, Evidence
from minigrad.course.results import load, to_json

QUICK = Limits(load=5.0, call=1.0, task=2.0, memory=1 << 30, output=100_000)
RIGHT = "def double(x): return 2 * x\n"
TOTAL = "def total(xs, weight): return weight * sum(float(x.sum()) for x in xs)\n"

CLASS = {
    "ann/doubling.py": RIGHT + TOTAL,
    "bob/01_doubling/doubling.py": "def double(x): return x ** 2\n" + TOTAL,
    "cleo/doubling.py": "def double(x):\n    while True: pass\n" + TOTAL,
    "dan/doubling.py": "def double(x:\n",
    "eve/poem.py": "roses = 'red'\n",
    "fred.zip": "this is no archive",
    "gus/doubling.py": "import os\nos._exit(0)\n",
}
SCORES = {"ann": 6, "bob": 2, "dan": 0, "eve": 0, "fred": 0, "gus": 0}


@pytest.fixture
def handed_in(tmp_path):
    """The folder of the class."""
    for name, text in CLASS.items():
        file = tmp_path / "class" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "class"


@pytest.fixture
def run(course, handed_in, tmp_path):
    """A run of this class, but for Cleo, who costs a deadline."""
    return ClassRun(
        out=tmp_path / "graded",
        sources=[s for s in discover([handed_in]) if s.id != "cleo"],
        parts=grading.course(root=course),
        seed=7,
        jobs=2,
        limits=QUICK,
    )


def test_a_class_is_graded_whatever_is_in_it(run, handed_in):
    """Everybody has a result; the two that are no course need the instructor."""
    results = replace(run, sources=discover([handed_in])).run()
    assert {s.id: s.score for s in results.submissions} == {**SCORES, "cleo": 2}
    worries = [s.id for s in results.submissions if s.status == NEEDS_ATTENTION]
    assert worries == ["eve", "fred"]
    assert (results.seed, results.isolation) == (7, "process")


def test_the_results_are_on_the_disk(run):
    """results.json is the contract's; each submission has its folder."""
    results = run.run()
    written = json.loads((run.out / "results.json").read_text())
    assert written == to_json(results)
    assert load(run.out) == results
    first = written["submissions"][0]
    assert first["id"] == "ann"
    for submission in written["submissions"]:
        folder = run.out / submission["id"]
        assert json.loads((folder / "result.json").read_text()) == submission
        assert (folder / "feedback.txt").read_text().startswith(submission["id"])
    text = (run.out / "bob" / "feedback.txt").read_text()
    assert "You squared x. Multiply by 2 instead." in text


def test_nothing_is_written_to_a_submission(run, handed_in):
    """What was handed in is as it was, to the last file."""
    before = {p: p.read_bytes() for p in handed_in.rglob("*") if p.is_file()}
    run.run()
    assert {p: p.read_bytes() for p in handed_in.rglob("*") if p.is_file()} == before


def test_the_same_seed_gives_the_same_bytes_at_any_number_of_jobs(run, tmp_path):
    """Who is graded beside whom does not matter."""
    run.run()
    other = replace(run, out=tmp_path / "other", jobs=4)
    other.run()
    one, two = (r.out / "results.json" for r in (run, other))
    assert one.read_bytes() == two.read_bytes()
    assert b'"drawing"' in one.read_bytes()  # which threads made


def test_progress_is_told(run):
    """After each submission: how many, of how many, and which."""
    seen = []
    told = replace(
        run, progress=lambda done, of, last: seen.append((done, of, last.id))
    )
    told.run()
    assert [done for done, _, _ in seen] == [1, 2, 3, 4, 5, 6]
    assert {of for _, of, _ in seen} == {6}
    assert {last for _, _, last in seen} == set(SCORES)


# Going on -------------------------------------------------------------------------


def test_nothing_is_graded_twice(run, graded):
    """A second run takes everything from the journal, and writes the same."""
    run.run()
    first = (run.out / "results.json").read_bytes()
    graded.clear()
    run.run()
    assert graded == []
    assert (run.out / "results.json").read_bytes() == first


def test_the_seed_is_drawn_once_and_kept(run):
    """Without a seed there is a new one, and the next run has the same."""
    unseeded = replace(run, seed=None, sources=run.sources[:1])
    seed = unseeded.run().seed
    assert unseeded.run().seed == seed
    assert replace(unseeded, fresh=True).run().seed != seed


@pytest.mark.parametrize("change", ["content", "seed", "fresh", "limits"])
def test_what_changed_is_graded_again(change, run, graded, handed_in):
    """A result is good for what it was made from, and for that alone."""
    run.run()
    graded.clear()
    expected = sorted(SCORES)
    if change == "content":
        (handed_in / "ann" / "helper.py").write_text("x = 1\n")
        expected = ["ann"]
    changed = {"seed": {"seed": 8}, "fresh": {"fresh": True}}
    changed["limits"] = {"limits": replace(QUICK, call=0.4)}
    replace(run, **changed.get(change, {})).run()
    assert sorted(graded) == expected


@pytest.mark.parametrize("name", ["feedback.txt", "result.json"])
def test_a_folder_is_made_whole_from_the_journal(name, run, graded):
    """What was lost or changed there is written again; nobody is graded for it."""
    run.run()
    files = [run.out / id / name for id in ("ann", "bob")]
    before = [file.read_bytes() for file in files]
    graded.clear()
    files[0].unlink()
    files[1].write_text("full marks\n")
    run.run()
    assert graded == []
    assert [file.read_bytes() for file in files] == before


def test_a_corrected_check_is_run_again(run, graded, course):
    """The checks are part of what a result is made from."""
    run.run()
    graded.clear()
    with (course / "01_doubling" / "test_doubling.py").open("a") as file:
        file.write("# mended\n")
    replace(run, parts=grading.course(root=course)).run()
    assert sorted(graded) == sorted(SCORES)


def test_a_fault_of_ours_is_tried_again(run, graded, monkeypatch):
    """A grader error is not kept as a result."""
    with monkeypatch.context() as patch:
        patch.setattr(marking, "grade_submission", lambda *_: 1 / 0)
        results = run.run()
        assert {s.status for s in results.submissions} == {NEEDS_ATTENTION}
        assert {t.status for s in results.submissions for t in s.tasks} == {
            "grader-error"
        }
    assert {s.id: s.score for s in run.run().submissions} == SCORES
    assert sorted(graded) == sorted(SCORES)


# Being stopped --------------------------------------------------------------------


def test_an_interrupt_keeps_what_is_done(run, graded):
    """The message says how far it was; the next run grades only the rest."""

    def stop_after_three(done, of, last):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(RunInterruptedError, match="3 of 6 submissions are graded"):
        replace(run, progress=stop_after_three).run()
    done = [s.id for s in load(run.out).submissions]
    assert len(done) == 3
    graded.clear()
    assert {s.id: s.score for s in run.run().submissions} == SCORES
    assert sorted(graded) == sorted(SCORES.keys() - set(done))


SCRIPT = """
import sys, time
from pathlib import Path
from minigrad.course import grading
from minigrad.course.classrun import ClassRun, RunInterruptedError
from minigrad.course.isolation import Limits
from minigrad.course.finding import discover

def told(done, of, last):
    print(done, flush=True)

if __name__ == "__main__":
    here = Path(sys.argv[1])
    parts = grading.course(root=here / "course/exercises")
    run = ClassRun(here / "graded", discover([here / "class"]), parts, seed=7, jobs=2,
                   limits=Limits(call=60.0, task=60.0), progress=told)
    try:
        run.run()
    except RunInterruptedError as stopped:
        print(stopped)
        sys.exit(130)
"""


def started(tmp_path):
    """A run in a process of its own, which has come to the endless loop."""
    (tmp_path / "run.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "run.py"), str(tmp_path)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment
    )
    for line in process.stdout:
        if line.strip() == "6":  # all but cleo
            return process
    pytest.fail("the run ended too early")


def test_ctrl_c_ends_the_run_and_its_workers(run, tmp_path):
    """In the middle of an endless loop: exit 130, nothing left running, resumable."""
    process = started(tmp_path)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "6 of 7 submissions are graded" in said
    assert workers_of(process.pid) == []
    assert len(load(run.out).submissions) == 6


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc")
def test_kill_9_loses_nothing(run, tmp_path):
    """No warning, no clean-up: the journal has it all, and the workers end too."""
    process = started(tmp_path)
    left = workers_of(process.pid)
    assert left
    process.kill()
    process.communicate()
    lines = (run.out / "journal.jsonl").read_bytes().splitlines()
    kinds = [next(iter(json.loads(line))) for line in lines]
    assert [kinds.count(k) for k in ("journal", "begun", "key")] == [1, 7, 6]
    for _ in range(200):
        if not any(map(alive, left)):
            return
        time.sleep(0.05)
    pytest.fail("a worker outlived the grader")


def alive(pid):
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False


def workers_of(pid):
    """The processes whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(pid) and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_stop_leaves_no_thread(run):
    """After an interrupt all threads of the run have ended."""

    def stop(*_):
        raise KeyboardInterrupt

    before = threading.active_count()
    began = time.monotonic()
    with pytest.raises(RunInterruptedError):
        replace(run, progress=stop, limits=Limits(call=60.0)).run()
    assert time.monotonic() - began < 10.0
    assert threading.active_count() == before


# Where it writes ------------------------------------------------------------------


def test_a_folder_of_somebody_elses_is_refused(run):
    """Before anything is graded."""
    run.out.mkdir()
    (run.out / "thesis.tex").touch()
    with pytest.raises(OutputError):
        run.run()
    assert [p.name for p in run.out.iterdir()] == ["thesis.tex"]


def test_a_full_disk_keeps_what_is_written(run, monkeypatch, graded):
    """The error says so, and the next run goes on from there."""
    replace(run, sources=run.sources[:2]).run()

    def full(*_):
        raise DiskError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(classrun.Journal, "add", full)
        with pytest.raises(DiskError):
            run.run()
    graded.clear()
    run.run()
    assert sorted(graded) == sorted(SCORES.keys() - {"ann", "bob"})


def test_a_name_cannot_take_our_files_place(run, tmp_path):
    """A submission called results.json.zip does not overwrite the results."""
    (tmp_path / "class2").mkdir()
    (tmp_path / "class2/results.json.zip").write_bytes(b"")
    (tmp_path / "class2/journal.jsonl.zip").write_bytes(b"")
    named = replace(run, sources=discover([tmp_path / "class2"]))
    assert [s.id for s in named.run().submissions] == ["journal-jsonl", "results-json"]
    assert len(load(run.out).submissions) == 2


def test_feedback_shows_notes_and_output(run, handed_in):
    """A student reads what was read as what, and what the code printed."""
    (handed_in / "ann/doubling.py").rename(handed_in / "ann/doubling-2.py")
    with (handed_in / "ann/doubling-2.py").open("a") as file:
        file.write("print('hello')\n")
    results = replace(run, sources=run.sources[:1]).run()
    text = feedback(results.submissions[0])
    assert text.startswith("ann: 6 of 6 points\n\nnote: read `doubling-2.py` as")
    assert text.endswith("Your code printed:\nhello\n\n")


# Submissions that fight the run ----------------------------------------------------


def begun_before(run, *names, times=1):
    """Leave in the journal that these were begun, as runs that died would."""
    with classrun.Journal(run.out) as journal:
        journal.begin(run.seed)
        this = classrun._Run(run, journal, run.seed)
        for source in run.sources:
            if source.id in names:
                for _ in range(times):
                    journal.start(this.turn(source).key)


def test_what_ended_a_run_is_graded_last_and_alone(run, graded):
    """The others are done before, so the class does not stop at the same place."""
    begun_before(run, "ann")
    assert {s.id: s.score for s in run.run().submissions} == SCORES
    assert graded[-1] == "ann"
    graded.clear()
    run.run()
    assert graded == []


def test_what_ended_the_grader_three_times_is_left_to_the_instructor(run, graded):
    """It is not run again, needs attention, and the next run says the same."""
    begun_before(run, "ann", times=3)
    for _ in range(2):
        ann = run.run().submissions[0]
        assert (ann.id, ann.status) == ("ann", NEEDS_ATTENTION)
        assert {task.status for task in ann.tasks} == {"grader-error"}
        assert "killed 3 times" in (run.out / "ann" / "feedback.txt").read_text()
    assert sorted(graded) == sorted(SCORES.keys() - {"ann"})


KILLER = """
import os
def parent(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])
nursery = parent(os.getppid())
os.kill(parent(nursery), 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_a_submission_that_kills_its_grader_harms_nobody_else(jobs, run, handed_in):
    """It is tried three times, and whoever was graded beside it has what he earned."""
    (handed_in / "cleo/doubling.py").write_text(KILLER)
    found = replace(run, sources=discover([handed_in]), jobs=jobs).run().submissions
    assert {s.id: s.score for s in found} == {**SCORES, "cleo": 0}
    needy = [s.id for s in found if s.status == NEEDS_ATTENTION]
    assert needy == ["cleo", "eve", "fred"]  # two have handed in nothing of the course
    assert "killed 3 times" in (run.out / "cleo" / "feedback.txt").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_grader_that_is_stopped_does_not_keep_the_run(run, handed_in, monkeypatch):
    """Ctrl-C ends it like any other, and nothing is left."""
    monkeypatch.setattr(staff, "PARTING", 0.5)
    (handed_in / "ann/doubling.py").write_text(KILLER.replace("9)", "19)"))

    def stop(running):
        if list(running) == ["ann"]:
            raise KeyboardInterrupt

    with pytest.raises(RunInterruptedError, match="interrupted: 5 of 6"):
        replace(run, watch=stop).run()
    assert not multiprocessing.active_children()


def test_nobody_is_blamed_for_an_interrupt(run, handed_in):
    """However often the run was stopped while it was graded."""
    (handed_in / "ann/doubling.py").write_text("import time\ntime.sleep(60)\n")
    limits = replace(QUICK, load=1.0)
    alone = replace(run, sources=run.sources[:1], jobs=1, limits=limits)

    def stop(running):
        if running:
            raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(RunInterruptedError):
            replace(alone, watch=stop).run()
    (ann,) = alone.run().submissions
    assert (ann.status, ann.tasks[0].status) == (GRADED, TIMEOUT)


def test_where_nothing_forks_threads_grade(run, monkeypatch, tmp_path):
    """To the same bytes."""
    run.run()
    monkeypatch.setattr(classrun, "CAN_FORK", False)
    other = replace(run, out=tmp_path / "threads")
    other.run()
    one, two = (r.out / "results.json" for r in (run, other))
    assert one.read_bytes() == two.read_bytes()


def test_a_submission_cannot_change_another_one(run, handed_in):
    """What is graded was read before anything ran."""
    theirs = handed_in / "bob/01_doubling/doubling.py"
    attack = f"from pathlib import Path\nPath({str(theirs)!r}).write_text('')\n"
    (handed_in / "ann/doubling.py").write_text(attack + RIGHT + TOTAL)
    found = replace(run, jobs=1).run().submissions
    assert {s.id: s.score for s in found} == SCORES
    assert theirs.read_text() == ""


def test_a_change_is_found_where_the_class_is_too_large_to_hold(
    run, handed_in, monkeypatch
):
    """What was read again and differs needs the instructor; it is no zero."""
    monkeypatch.setattr(gathering, "HELD", 0)
    theirs = handed_in / "bob/01_doubling/doubling.py"
    (handed_in / "ann/doubling.py").write_text(
        f"from pathlib import Path\nPath({str(theirs)!r}).write_text('')\n"
    )
    bob = replace(run, jobs=1).run().submissions[1]
    assert (bob.id, bob.status) == ("bob", NEEDS_ATTENTION)
    assert "changed while the class was graded" in bob.notes[0]


def test_a_journal_changed_under_way_is_told_and_mended(run, graded):
    """What a submission wrote there is believed neither now nor later."""

    def forge(done, of, last):
        if done == 1:
            journal = run.out / "journal.jsonl"
            journal.write_bytes(journal.read_bytes() + b'{"key": "x", "result": {}}\n')

    results = replace(run, progress=forge).run()
    assert "journal.jsonl while the class was graded" in results.warning
    assert {s.id: s.score for s in results.submissions} == SCORES
    graded.clear()
    again = run.run()
    assert (again, again.warning, graded) == (results, "", [])


def test_a_mended_journal_still_knows_what_ended_runs(run, graded):
    """Writing to the journal buys nobody another try, nor does an interrupt."""
    begun_before(run, "ann", times=3)

    def forge(done, of, last):
        with (run.out / "journal.jsonl").open("a") as journal:
            journal.write('{"key": "x", "result": {}}\n')
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(RunInterruptedError, match=r"journal.jsonl while the class"):
        replace(run, progress=forge).run()
    assert '"x"' not in (run.out / "journal.jsonl").read_text()
    assert run.run().submissions[0].status == NEEDS_ATTENTION
    assert "ann" not in graded


@pytest.mark.parametrize(
    "change", [{"id": "bob"}, {"score": 1e9}, {"score": -1.0}, {"score": float("nan")}]
)
def test_a_forged_line_is_not_believed(change, run, graded):
    """A result of another's name, or of points that nobody has, is graded again."""
    run.run()
    graded.clear()
    journal = run.out / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    (ann,) = (e["result"] for e in lines if e.get("result", {}).get("id") == "ann")
    if "id" in change:
        ann.update(change)
    else:
        ann["tasks"][0]["checks"][0].update(change)
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert {s.id: s.score for s in run.run().submissions} == SCORES
    assert graded == ["ann"]


def test_a_result_keeps_nothing_of_what_was_returned(run):
    """A class of large answers does not fill the memory: only the words are kept."""
    results = run.run()
    checks = [c for s in results.submissions for t in s.tasks for c in t.checks]
    assert {c.status for c in checks} > {"passed", "failed"}
    assert all((c.calls, c.evidence) == ((), Evidence()) for c in checks)


def test_a_link_in_the_place_of_a_result_is_refused(run, tmp_path):
    """Nothing is written through a link."""
    (tmp_path / "elsewhere").mkdir()
    run.run()
    (run.out / "ann").rename(run.out / "was-ann")
    (run.out / "ann").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="is a link"):
        run.run()
    assert list((tmp_path / "elsewhere").iterdir()) == []
