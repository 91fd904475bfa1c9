"""The command line as people type it: what it says, and with which exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from minigrad.cli import main
from minigrad.course import chapters, ladder

ROOT = Path(__file__).parents[1]
SOLUTIONS = ROOT / "solutions"
STUBS = ROOT / "exercises"
TASKS = [task for chapter in chapters.all_chapters() for task in chapter.tasks]
MOST = sum(task.points for task in TASKS)


def run(*args, **kwargs):
    """A verb and its arguments, in this process: (exit code, what it said)."""
    result = CliRunner().invoke(main, list(map(str, args)), **kwargs)
    assert result.exception is None or isinstance(result.exception, SystemExit), (
        result.exception
    )
    return result.exit_code, result.output


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A student's own folder, made by ``minigrad start``, and we are in it."""
    monkeypatch.setenv("COLUMNS", "80")
    assert run("start", tmp_path / "mine")[0] == 0
    monkeypatch.chdir(tmp_path / "mine")
    return tmp_path / "mine"


def solve(desk, chapter="01_backprop"):
    """Put the worked solution of a chapter in the student's place."""
    module = f"{chapter[3:]}.py"
    shutil.copy(SOLUTIONS / chapter / module, desk / chapter / module)


def solve_everything(desk):
    for chapter in chapters.all_chapters():
        solve(desk, chapter.name)


# The student's day ----------------------------------------------------------------


def test_start_copies_no_solution_and_overwrites_nothing(tmp_path):
    """A new folder has statements, stubs and checks; a full one is refused."""
    folder = tmp_path / "mine"
    code, said = run("start", folder)
    assert code == 0
    assert "minigrad check" in said
    copied = {str(path.relative_to(folder)) for path in folder.rglob("*.*")}
    assert "01_backprop/backprop.py" in copied
    assert not [name for name in copied if "mistakes" in name or "hints" in name]
    assert "return" not in (folder / "01_backprop/backprop.py").read_text().replace(
        "Returns", ""
    )
    code, said = run("start", folder)
    assert code == 2
    assert "is not empty" in said


def test_a_new_folder_reads_not_started(desk):
    """No traceback: the first task is next, and nothing has points."""
    code, said = run("check")
    assert code == 1
    head, step = said.splitlines()
    assert head == "· layer_jacobians: not started, 0 of 8 points"
    assert step.endswith("minigrad hint layer_jacobians")
    code, said = run("list")
    assert code == 0
    assert f"0 of {MOST:g} points" in said
    assert "next: minigrad check 01_backprop/layer_jacobians" in said
    assert said.count("not started") == len(TASKS)


def test_check_goes_on_to_what_is_next(desk):
    """With chapter 01 solved the next task is the first of chapter 02."""
    solve(desk)
    code, said = run("check")
    assert code == 1
    assert said.count("✓") == 4
    assert "\n· mlp_grads: not started" in said
    solve_everything(desk)
    code, said = run("check")
    assert code == 0
    assert said.endswith("Everything is done.\n")


def test_a_failure_says_what_a_student_needs(desk):
    """Called, got, expected, the likely slip, the next step: in a few lines."""
    file = desk / "01_backprop" / "backprop.py"
    text = (SOLUTIONS / "01_backprop" / "backprop.py").read_text(encoding="utf-8")
    file.write_text(text.replace("W * drho(x)  #", "(W * drho(x)).T  #"), "utf-8")
    code, said = run("check", "layer_jacobians")
    assert code == 1
    words = [line.split()[0] for line in said.splitlines() if line.startswith("  ")]
    for word in ("called", "got", "likely", "so", "next"):
        assert word in words
    assert "layer_jacobians(x (" in said
    assert "transpose" in said
    assert len(said.splitlines()) <= 8


def test_check_prints_json_for_scripts(desk):
    """--json is the grader's own format."""
    solve(desk)
    code, said = run("check", "01_backprop", "--json")
    found = json.loads(said)
    assert code == 0
    assert found["score"] == found["max_score"] == 34
    assert [task["status"] for task in found["tasks"]] == ["passed"] * 4


def test_hints_go_one_level_deeper(desk):
    """Each call shows the next one, then the last again."""
    heads = [run("hint", "suffix_loss")[1].splitlines()[0] for _ in range(4)]
    assert heads == [f"01_backprop/suffix_loss, hint {n} of 3" for n in (1, 2, 3, 3)]
    code, said = run("hint", "01_backprop")
    assert code == 2
    assert "name one task" in said


def test_reset_asks_and_keeps_a_copy(desk):
    """The stub is back, the student's work is in a file beside it."""
    solve(desk)
    file = desk / "01_backprop" / "backprop.py"
    mine = file.read_text(encoding="utf-8")
    code, _ = run("reset", "01_backprop", input="n\n")
    assert code == 1
    assert file.read_text(encoding="utf-8") == mine
    code, said = run("reset", "01_backprop", "--yes")
    assert code == 0
    assert "backprop.py.bak-1" in said
    backup = file.with_name("backprop.py.bak-1")
    assert backup.read_text(encoding="utf-8") == mine
    stub = STUBS / "01_backprop" / "backprop.py"
    assert file.read_text(encoding="utf-8") == stub.read_text(encoding="utf-8")


def test_reset_brings_back_the_imports_it_needs(desk):
    """A file written from scratch still runs when one function is the stub again."""
    file = desk / "01_backprop" / "backprop.py"
    own = (
        '"""Mine."""\n\nimport numpy as np\n\n\n'
        "def layer_jacobians(x, W, rho, drho):\n"
        "    return W * drho(x), np.einsum('ik,l->ikl', np.eye(len(W)), rho(x))\n\n\n"
        "def suffix_loss(xj, j, Ws, rho, loss):\n    return 0.0\n"
    )
    file.write_text(own, encoding="utf-8")
    assert run("reset", "suffix_loss", "--yes")[0] == 0
    head = file.read_text(encoding="utf-8").split("\n")[:2]
    assert head == ['"""Mine."""', "from __future__ import annotations"]
    assert run("check", "layer_jacobians")[0] == 0
    assert "not started" in run("check", "suffix_loss")[1]


@pytest.mark.parametrize("verb", ["check", "hint", "reset"])
def test_an_unknown_task_is_answered_with_the_nearest(desk, verb):
    """Exit code 2 and a suggestion."""
    code, said = run(verb, "mlp_grad")
    assert code == 2
    assert "did you mean mlp_grads?" in said


def test_without_a_course_folder_the_way_to_one_is_named(tmp_path, monkeypatch):
    """`minigrad check` in any folder says what to do."""
    monkeypatch.chdir(tmp_path)
    code, said = run("check")
    assert code == 2
    assert "minigrad start" in said


# What is printed, and on what -------------------------------------------------------

WRONG = "def slope(x):\n    return x / 0\n\n\ndef layer_jacobians(x, W, rho, drho):\n"
WRONG += "    print('ρ is', rho)\n    return W * slope(1.0), W\n"


def typed(*args, **env):
    """A command in a process of its own, piped: exit code, output, errors, as bytes."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "PYTHON"))}
    command = [sys.executable, "-m", "minigrad", *map(str, args)]
    done = subprocess.run(command, capture_output=True, env={**kept, **env}, timeout=60)
    return done.returncode, done.stdout, done.stderr


ENCODINGS = {
    "PYTHONIOENCODING": {"PYTHONIOENCODING": "ascii"},
    "LANG=C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize(
    "asked",
    [
        "check",
        "check 1 -v",
        "check ρ",
        "list",
        "hint backprop_states",
        "grade . --out ../graded --only 01",
    ],
)
def test_a_stream_without_greek_gets_plain_ascii(desk, asked):
    """No exception, and no question mark in place of a sign."""
    (desk / "01_backprop" / "backprop.py").write_text(WRONG, encoding="utf-8")
    code, out, err = typed(*asked.split(), **ENCODINGS["PYTHONIOENCODING"])
    assert code in (0, 1, 2)
    assert b"?" not in out
    assert "Traceback" not in (out + err).decode("ascii")


def test_an_old_locale_is_such_a_stream(desk):
    """LANG=C says the same as an encoding that is asked for."""
    (desk / "01_backprop" / "backprop.py").write_text(WRONG, encoding="utf-8")
    one, two = (typed("check", **env) for env in ENCODINGS.values())
    assert one == two
    assert one[1].startswith(b"x layer_jacobians: raised an exception")


def test_json_says_the_same_on_every_stream(desk):
    """Escapes stand for what another spelling would change."""
    said = "ρ is 😀 “x”"
    source = f"def layer_jacobians(*args):\n    raise ValueError('{said}')\n"
    (desk / "01_backprop" / "backprop.py").write_text(source, encoding="utf-8")
    asked = ("check", "layer_jacobians", "--json")
    one, two = (json.loads(typed(*asked, **env)[1]) for env in ENCODINGS.values())
    assert said in one["tasks"][0]["checks"][0]["message"]
    assert one == two


def test_a_stream_with_greek_gets_it(desk):
    """Marks are signs again."""
    _, out, _ = typed("check", PYTHONIOENCODING="utf-8")
    assert out.decode().startswith("· layer_jacobians: not started")
    assert typed("check", PYTHONIOENCODING="latin-1")[1].startswith(b"\xb7 layer")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_messages_are_as_wide_as_the_terminal(desk, columns, monkeypatch):
    """88 columns at most, for no one reads a longer line."""
    (desk / "01_backprop" / "backprop.py").write_text(WRONG, encoding="utf-8")
    monkeypatch.setenv("COLUMNS", str(columns))
    for asked in ("check", "check 01"):
        said = run(*asked.split())[1]
        assert max(map(len, said.splitlines())) <= min(columns, 88)


def test_verbose_shows_the_students_own_traceback(desk):
    """From the student's first frame on, with source, and without the grader's."""
    (desk / "01_backprop" / "backprop.py").write_text(WRONG, encoding="utf-8")
    said = run("check", "layer_jacobians")[1]
    assert "at        backprop.py line 2: `return x / 0`" in said
    assert "minigrad check -v 01_backprop/layer_jacobians" in said
    assert 'File "' not in said
    said = run("check", "-v", "layer_jacobians")[1]
    frames = [line.strip() for line in said.splitlines() if 'File "' in line]
    assert frames == [
        'File "01_backprop/backprop.py", line 7, in layer_jacobians',
        'File "01_backprop/backprop.py", line 2, in slope',
    ]
    assert "return W * slope(1.0), W" in said
    assert said.rstrip().endswith("ZeroDivisionError: float division by zero")


# The instructor's -----------------------------------------------------------------


def test_solutions_score_everything_and_stubs_nothing(tmp_path):
    """All chapters, through the real grader."""
    how = ("--out", tmp_path / "out", "--seed", 3791815837, "--json")
    code, said = run("grade", SOLUTIONS, STUBS, *how)
    assert code == 0, said
    solved, stubs = json.loads(said)["submissions"]
    assert (solved["score"], solved["max_score"]) == (MOST, MOST)
    assert (stubs["score"], stubs["max_score"]) == (0, MOST)
    assert {task["status"] for task in stubs["tasks"]} == {"not-run"}


def test_results_follow_the_schema(tmp_path):
    """results.json has the keys and kinds that scripts rely on."""
    one = tmp_path / "mine.py"
    shutil.copy(SOLUTIONS / "01_backprop" / "backprop.py", one)
    out = tmp_path / "out"
    only = ("--only", "suffix_loss", "--seed", 7, "--isolation", "process")
    run("grade", one, "--out", out, *only)
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert found["schema"] == 1
    assert (found["course"], found["isolation"], found["seed"]) == (
        "minigrad",
        "process",
        7,
    )
    (submission,) = found["submissions"]
    (task,) = submission["tasks"]
    assert task["id"] == "01_backprop/suffix_loss"
    assert (task["status"], task["score"], task["diagnosis"]) == ("passed", 8, None)
    assert all(
        set(check) >= {"name", "status", "score", "max_score", "message"}
        for check in task["checks"]
    )
    assert (out / "grades.csv").is_file()
    assert "<html" in (out / "report.html").read_text(encoding="utf-8")
    assert "suffix_loss" in (out / "mine" / "feedback.txt").read_text(encoding="utf-8")


def test_a_second_run_grades_nothing_again(tmp_path, graded):
    """The same command goes on where it was; --fresh starts over."""
    one, out = tmp_path / "mine.py", tmp_path / "out"
    shutil.copy(SOLUTIONS / "01_backprop" / "backprop.py", one)
    assert run("grade", one, "--out", out)[0] == 0
    graded.clear()
    assert run("grade", one, "--out", out)[0] == 0
    assert graded == []
    assert run("grade", one, "--out", out, "--fresh")[0] == 0
    assert graded == ["mine"]


def test_reports_come_in_other_formats(tmp_path):
    """CSV to standard output, HTML to a file."""
    out = tmp_path / "out"
    run("grade", SOLUTIONS, "--out", out, "--only", "rescale")
    code, said = run("report", out, "--format", "csv")
    assert code == 0
    assert said.splitlines()[0].startswith("id,status,02_delta_recursion/rescale,score")
    code, said = run("report", out, "--format", "html", "-o", tmp_path / "class.html")
    assert code == 0
    assert "<html" in (tmp_path / "class.html").read_text(encoding="utf-8")


def test_bad_input_is_told_in_a_sentence(tmp_path):
    """Each with its exit code, and nothing written where it is not ours."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    empty = tmp_path / "empty"
    empty.mkdir()
    other = tmp_path / "other.py"
    other.write_text("print('no course')\n")
    out = tmp_path / "out"
    cases = [
        (["grade", tmp_path / "nowhere", "--out", out], 3, "there is no"),
        (["grade", empty, "--out", out], 3, "holds no submission"),
        (["grade", other, "--out", out], 1, "needs you"),
        (["grade", SOLUTIONS, "--out", theirs], 2, "theirs"),
        (["grade", SOLUTIONS, "--out", out, "--only", "mlp_grad"], 2, "mlp_grads?"),
        (["grade"], 2, "Missing argument"),
        (["report", tmp_path / "nowhere", "--format", "csv"], 3, "cannot be read"),
        (["verify", "99"], 2, "99"),
        (["graph", tmp_path / "nowhere.py:f", "-o", tmp_path / "x.svg"], 2, "nowhere"),
        (["graph", "x.py", "-o", tmp_path / "x.svg"], 2, ":"),
    ]
    for args, expected, says in cases:
        code, said = run(*args)
        assert (code, says in said) == (expected, True), (args, code, said)
        assert "Traceback" not in said
    assert [path.name for path in theirs.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("option", ["--isolation", "--require-isolation"])
def test_a_level_that_cannot_be_had_stops_the_run(option, tmp_path, monkeypatch):
    """Fail closed: one sentence, exit code 3, and nothing is graded."""
    monkeypatch.setattr(ladder, "trouble", no_namespaces)
    code, said = run("grade", SOLUTIONS, "--out", tmp_path / "out", option, "landlock")
    assert code == 3
    assert "level landlock" in said
    assert "unshare: not permitted" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_lowest_level_is_said_once(tmp_path, monkeypatch):
    """Where there is nothing better, a run says so, and is graded all the same."""
    monkeypatch.setattr(ladder, "trouble", no_namespaces)
    out, one = tmp_path / "out", SOLUTIONS / "01_backprop" / "backprop.py"
    code, said = run("grade", one, one, "--out", out, "--only", "suffix_loss")
    assert code == 0
    assert said.count("no landlock here (unshare: not permitted)") == 1
    assert json.loads((out / "results.json").read_text())["isolation"] == "process"


def no_namespaces(level):
    return "" if level == "process" else "unshare: not permitted"


def test_an_unreadable_file_does_not_stop_the_class(tmp_path):
    """The others are graded; the one is for the instructor to look at."""
    class_ = tmp_path / "class"
    class_.mkdir()
    shutil.copy(SOLUTIONS / "01_backprop" / "backprop.py", class_ / "backprop.py")
    many = tmp_path / "many"
    many.mkdir()
    shutil.copytree(class_, many / "good")
    (many / "bad").symlink_to(tmp_path / "nowhere")
    code, said = run("grade", many, "--out", tmp_path / "out", "--only", "suffix_loss")
    assert code == 1
    assert "2 submissions, 1 graded, 1 needs you" in said


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_interrupted_and_resumed(tmp_path):
    """Ctrl-C ends with 130 and keeps what is done; the same command completes it."""
    class_ = tmp_path / "class"
    (class_ / "a-good").mkdir(parents=True)
    (class_ / "b-slow").mkdir()
    good = (SOLUTIONS / "01_backprop" / "backprop.py").read_text(encoding="utf-8")
    (class_ / "a-good" / "backprop.py").write_text(good, encoding="utf-8")
    slow = class_ / "b-slow" / "backprop.py"
    slow.write_text("while True:\n    pass\n", encoding="utf-8")
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "minigrad",
        "grade",
        str(class_),
        "--out",
        str(out),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for _ in range(300):
        if (out / "a-good" / "feedback.txt").exists():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "1 of 2 submissions are graded; the same command goes on" in said
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert [s["id"] for s in found["submissions"]] == ["a-good"]
    slow.write_text(good, encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "2 submissions, 1 graded, 1 cached" in done.stdout


def test_verify_is_green():
    """A chapter keeps its promises, and says how many; test_verify has all chapters."""
    code, said = run("verify", "01")
    assert (code, said.startswith("✓ 1 chapters, 4 tasks,")) == (0, True)
    code, said = run("verify", "01", "--json")
    assert json.loads(said)["findings"] == []


def test_verify_fails_when_a_mistake_passes(tmp_path, monkeypatch):
    """A right answer entered as a mistake turns verify red, by name."""
    shutil.copytree(STUBS, tmp_path / "exercises")
    shutil.copytree(SOLUTIONS, tmp_path / "solutions")
    book = tmp_path / "exercises" / "02_delta_recursion" / "mistakes.py"
    planted = (
        '\n\n@mistake("rescale", kind="planted")\n'
        "def not_wrong_at_all(Ws, bs, lam):\n"
        '    """It is right."""\n'
        "    H = len(Ws)\n"
        "    return ([lam ** (H - 1) * Ws[0], *(W / lam for W in Ws[1:])],\n"
        "            [lam ** (H - 1 - h) * b for h, b in enumerate(bs)])\n"
    )
    book.write_text(book.read_text(encoding="utf-8") + planted, encoding="utf-8")
    monkeypatch.setattr(chapters, "exercises_root", lambda: tmp_path / "exercises")
    code, said = run("verify", "02")
    assert code == 1
    assert "rescale: mistake not_wrong_at_all passes every check" in said


# Drawings and manners -------------------------------------------------------------


@pytest.mark.parametrize("ending", ["svg", "png", "dot", "txt"])
def test_graph_writes_each_format(tmp_path, ending):
    """The example of the README, without a `dot` on PATH."""
    file = tmp_path / f"loss.{ending}"
    target = f"{ROOT / 'examples' / 'two_layer.py'}:loss"
    code, said = run("graph", target, "-o", file)
    if code == 3:
        pytest.skip(said)  # no Graphviz at all on this machine
    assert (code, said) == (0, f"wrote {file}\n")
    head = file.read_bytes()[:200]
    starts = {"svg": b"<svg", "png": b"\x89PNG", "dot": b"digraph", "txt": b"Comput"}
    assert starts[ending] in head


def test_colors_can_be_forced_and_forbidden(desk):
    """NO_COLOR and FORCE_COLOR are honored; without a terminal there is no color."""
    assert "\x1b[" not in run("check")[1]
    assert "\x1b[" in run("check", env={"FORCE_COLOR": "1"}, color=True)[1]
    assert "\x1b[" not in run("check", env={"NO_COLOR": "1"}, color=True)[1]


def test_every_verb_says_what_it_does():
    """The docstring is the help."""
    code, said = run("--help")
    assert code == 0
    for verb in main.commands:
        assert verb in said
        assert "Usage:" in run(verb, "--help")[1]


# Against the grader ---------------------------------------------------------------


def handed_in(tmp_path, **sources):
    """A class of these backprop.py, by name."""
    for name, source in sources.items():
        (tmp_path / "class" / name).mkdir(parents=True)
        file = tmp_path / "class" / name / "backprop.py"
        file.write_text(source, encoding="utf-8")
    return tmp_path / "class"


DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open({file!r}, "w") as file:
            file.write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
while not os.path.exists({file!r}):
    time.sleep(0.01)
"""
SLEEP = "import time\ntime.sleep(60)\n"
# At the level where a submission can write its process number to a file out there.
GRADE = [sys.executable, "-m", "minigrad", "grade", "--isolation", "process"]


def alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="as Linux does it")
@pytest.mark.parametrize("ending", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_ended_from_outside_nothing_is_left(tmp_path, ending):
    """As with Ctrl-C, and however often: no daemon, no folder, a file of results."""
    daemon, temp, out = tmp_path / "daemon", tmp_path / "temp", tmp_path / "out"
    temp.mkdir()
    class_ = handed_in(tmp_path, eve=DAEMON.format(file=str(daemon)) + SLEEP)
    process = subprocess.Popen(
        [*GRADE, class_, "--out", out],
        env={**os.environ, "TMPDIR": str(temp)},
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(1000):
        if daemon.exists() and daemon.read_text():
            break
        time.sleep(0.02)
    assert list(temp.iterdir()) != []
    for _ in range(3):
        process.send_signal(getattr(signal, ending))
        time.sleep(0.005)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, "0 of 1 submissions" in said) == (130, True), said
    assert not alive(int(daemon.read_text()))
    assert list(temp.iterdir()) == []
    assert json.loads((out / "results.json").read_text())["submissions"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="as Linux does it")
def test_whoever_ends_the_keeper_leaves_nothing_either(tmp_path):
    """A daemon whose keeper was killed ends with the run at the latest."""
    daemon = tmp_path / "daemon"
    attack = DAEMON.format(file=str(daemon))
    attack += "os.kill(os.getppid(), 9)\ntime.sleep(60)\n"
    class_ = handed_in(tmp_path, eve=attack)
    command = [*GRADE, class_, "--out", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == 0
    assert daemon.exists()
    assert not alive(int(daemon.read_text()))


def test_a_journal_that_somebody_wrote_to_is_told(tmp_path):
    """The results are right all the same, and the exit code is not 0."""
    out = tmp_path / "out"
    line = {"key": "x", "result": {}}
    attack = f"open({str(out / 'journal.jsonl')!r}, 'a').write('{json.dumps(line)}\\n')"
    class_ = handed_in(tmp_path, eve=attack)
    code, said = run("grade", class_, "--out", out, "--isolation", "process")
    assert code == 3
    assert "something changed" in said
    assert "x" not in (out / "grades.csv").read_text().split(",")
    assert '"x"' not in (out / "journal.jsonl").read_text()


def test_a_terminal_obeys_no_name(tmp_path):
    """A path with an escape sequence is shown, not followed."""
    code, said = run("grade", tmp_path / "\x1b[31mred", "--out", tmp_path / "out")
    assert (code, "\x1b" in said) == (3, False)
    assert "\ufffd[31mred" in said


@pytest.mark.parametrize("verb", ["check", "list", "grade"])
def test_a_seed_is_not_negative(verb, desk):
    """It is refused as any other wrong option is."""
    code, said = run(verb, *(["."] if verb == "grade" else []), "--seed", "-1")
    assert (code, "is not in the range" in said) == (2, True)


def test_results_do_not_go_into_a_submission(tmp_path):
    """What was handed in stays as it was."""
    class_ = handed_in(tmp_path, ann="x = 1\n")
    code, said = run("grade", class_, "--out", class_ / "ann" / "out")
    assert (code, "lies in the submission" in said) == (2, True)
    assert [p.name for p in (class_ / "ann").iterdir()] == ["backprop.py"]


# Going on -------------------------------------------------------------------------


def test_minigrad_alone_goes_on(desk):
    """In a course folder it is `check` without a task, exit code and all."""
    assert run() == run("check")
    assert run()[0] == 1
    solve_everything(desk)
    code, said = run()
    assert (code, said.endswith("Everything is done.\n")) == (0, True)


def test_minigrad_alone_says_how_to_begin(tmp_path, monkeypatch):
    """Outside of a course folder: the help, and one line to type."""
    monkeypatch.chdir(tmp_path)
    code, said = run()
    assert code == run("check")[0] == 2
    assert said.startswith("Usage:")
    assert said.endswith("\n\nBegin with: minigrad start my-course\n")


@pytest.mark.parametrize("verb", [["list"], ["hint", "layer_jacobians"]])
def test_a_narrow_terminal_is_enough(desk, verb, monkeypatch):
    """No line of a list or a hint is longer than the terminal, and none is lost."""
    wide = run(*verb)[1]
    (desk / ".minigrad.json").unlink(missing_ok=True)  # the same hint again
    monkeypatch.setenv("COLUMNS", "40")
    narrow = run(*verb)[1]
    assert max(map(len, narrow.splitlines())) <= 40
    assert narrow.split() == wide.split()


def test_the_list_shows_how_far_one_is(desk):
    """A bar and the points of each chapter; in letters where there are no blocks."""
    solve(desk)
    said = run("list")[1].splitlines()
    assert said[0] == "01_backprop  Back-propagation  34 of 34"
    assert said[5].endswith("The delta recursion  0 of 34")
    blocks = max(int(10 * 34 / MOST), 1)  # who has begun sees it
    assert said[-2] == f"{'█' * blocks:░<10} 34 of {MOST:g} points"
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "minigrad", "list"]
    plain = subprocess.run(command, cwd=desk, env=env, capture_output=True, check=True)
    assert f"\n{'#' * blocks:-<10} 34 of {MOST:g} points\n".encode() in plain.stdout


def test_check_offers_a_hint_to_who_is_stuck(desk):
    """After three versions that fail alike, in one line, until a hint is read."""
    file = desk / "01_backprop" / "backprop.py"
    offer = "stuck? minigrad hint 01_backprop/layer_jacobians"
    for version in (1, 2, 3, 3):
        file.write_text(
            f"def layer_jacobians(x, W, rho, drho): return 1  # {version}\n", "utf-8"
        )
        said = run("check")[1].splitlines()
        assert (said[-1] == offer) == (version == 3)
    run("hint", "layer_jacobians")
    assert offer not in run("check")[1]


def test_watch_is_told_what_to_watch(desk):
    """An unknown task is answered as everywhere."""
    code, said = run("watch", "mlp_grad")
    assert (code, "did you mean mlp_grads?" in said) == (2, True)
