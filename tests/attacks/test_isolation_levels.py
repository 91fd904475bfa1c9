"""What each level of isolation stops, tried from inside, with somebody listening here.

Each attempt of `attempts.py` is also made at level ``process``, where it must succeed:
an attack that fails by itself would prove nothing.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from minigrad.course import grading, ladder
from minigrad.course.classrun import ClassRun
from minigrad.course.finding import discover
from minigrad.course.isolation import BWRAP, LEVELS, PROCESS, Limits
from minigrad.course.keeper import children
from minigrad.course.model import CRASHED, EXITED, TIMEOUT
from minigrad.course.process import LostError, Worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

ATTEMPTS = Path(__file__).with_name("attempts.py").read_bytes()
ROOT = Path(__file__).parents[2]
WALLED = [level for level in LEVELS if level != PROCESS]


def started(level, **limits):
    made = Worker({"attempts.py": ATTEMPTS}, Limits(level=level, **limits))
    answer = made.ask({"file": "attempts.py", "module": "attempts"}, 10.0)
    assert answer["kind"] == "loaded", answer
    return made


def ask(worker, name, *args, seconds=10.0):
    return worker.ask({"name": name, "args": list(args)}, seconds)


KERNEL = """
import ctypes, os
libc = ctypes.CDLL(None)
assert libc.syscall(444, None, ctypes.c_size_t(0), 1) > 0
assert libc.unshare(0x78020000) == 0
assert libc.mount(b"none", b"/", None, 1 << 18 | 16384, None) == 0
"""


def require(level):
    """Skip where kernel or program are missing; a level that is broken is a failure."""
    if level == BWRAP and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    asked = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True)
    if asked.returncode:
        pytest.skip("no user namespaces or no Landlock here")
    assert ladder.trouble(level) == ""


@pytest.fixture(scope="module", params=WALLED)
def level(request):
    """A level above ``process``, if this machine can have it."""
    require(request.param)
    return request.param


@pytest.fixture(scope="module")
def worker(level):
    with started(level) as made:
        yield made


@pytest.fixture(scope="module")
def unwalled():
    with started(PROCESS) as made:
        yield made


# What is out there ----------------------------------------------------------------


class Outside:
    """Files, listeners and memory that a submission must not find; they are real."""

    def __init__(self, folder, stack):
        self.folder = folder
        self.other = folder / "their_submission"
        self.other.mkdir()
        self.victim = folder / "victim"
        self.victim.write_text("theirs")
        kinds = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
        inet = {
            name: stack.enter_context(socket.socket(socket.AF_INET, kind))
            for name, kind in kinds.items()
        }
        for listener in inet.values():
            listener.bind(("127.0.0.1", 0))
        inet["tcp"].listen()
        self.ports = {name: s.getsockname()[1] for name, s in inet.items()}
        self.path = str(folder / "socket")
        self.name = f"minigrad-test-{os.getpid()}"
        for address in (self.path, f"\0{self.name}"):
            unix = stack.enter_context(socket.socket(socket.AF_UNIX))
            unix.bind(address)
            unix.listen()
        self.udp = inet["udp"]
        self.key = 0x6D67 + os.getpid()
        self.libc = ctypes.CDLL(None)
        self.memory = self.libc.shmget(self.key, 4096, 0o1600)  # IPC_CREAT
        stack.callback(self.libc.shmctl, self.memory, 0, None)  # IPC_RMID


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    with ExitStack() as stack:
        yield Outside(tmp_path_factory.mktemp("outside"), stack)


GRADER = "GRADER"  # this process: a test has the same name in each
SOLUTION = str(ROOT / "solutions" / "01_backprop" / "backprop.py")
CHAPTER = ROOT / "exercises" / "01_backprop"
# name of the attempt, and what it is made on
ON_FILES = [
    ("read", SOLUTION),
    ("read", str(CHAPTER / "test_backprop.py")),
    ("read", str(CHAPTER / "mistakes.py")),
    ("read", str(ROOT / "minigrad" / "course" / "checks.py")),
    ("read", "/etc/passwd"),
    ("climb", "etc/passwd"),
    ("soft_link", SOLUTION),
    ("look", "/"),
    ("look", str(ROOT)),
    ("look", str(ROOT / "solutions")),
    ("look", tempfile.gettempdir()),
    ("look", "/proc"),
    ("look", "/dev"),
    ("program", "/bin/true"),
    ("program", sys.executable),
]
ON_PROC = [
    f"/proc/{GRADER}/{file}" for file in ("environ", "maps", "cmdline", "status")
]
ON_PROC += ["/proc/1/environ", "/proc/self/environ", "/proc/cpuinfo"]
ON_PROCESSES = ["exists", "limit", "slow", "bind", "peek", "trace", "descriptor"]
ON_VICTIM = ["read", "change", "touch", "write", "hard_link", "shorten", "remove"]
ON_WALLS = [
    ("new_user", None),
    ("new_mounts", None),
    ("mount", "."),
    ("chroot", "."),
    ("become_root", None),
    ("open_folders", None),
]
HIDDEN = ["minigrad", "minigrad.course.checks", "solutions", "click", "pytest"]


def meant(what):
    """With the number of this process where it is named."""
    if what == GRADER:
        return os.getpid()
    if not isinstance(what, str):
        return what
    return what.replace(GRADER, str(os.getpid()))


def refused(worker, name, *args):
    """The student's exception; an attempt that has a value has had its way."""
    answer = ask(worker, name, *map(meant, args))
    assert answer["kind"] == "raised", (name, args, answer)
    return answer["type"]


REFUSALS = {
    *("PermissionError", "FileNotFoundError", "ProcessLookupError", "OSError"),
    "BlockingIOError",
}


@pytest.mark.parametrize(("name", "what"), ON_FILES)
def test_files_are_out_of_reach(worker, name, what):
    """Solutions, checks, mistakes, the grader, the machine: neither read nor listed."""
    assert refused(worker, name, what) in REFUSALS


@pytest.mark.parametrize("path", ON_PROC)
def test_the_kernels_files_are_out_of_reach(worker, path):
    """There is nothing to be learned of any process, not even of its own."""
    assert refused(worker, "read", path) in REFUSALS


@pytest.mark.parametrize("file", ["mem", "environ", "root/etc/passwd", "fd/0"])
def test_the_grader_cannot_be_opened(worker, file):
    """Neither its memory nor what it sees and has open."""
    assert refused(worker, "read", f"/proc/{GRADER}/{file}") in REFUSALS
    assert refused(worker, "read", f"/proc/1/{file}") in REFUSALS


@pytest.mark.parametrize("name", ON_VICTIM)
def test_another_submission_is_out_of_reach(worker, outside, name):
    """It is neither read nor changed in any way, whatever its permissions are."""
    outside.victim.write_text("theirs")
    outside.victim.chmod(0o666)
    before = outside.victim.stat()
    assert refused(worker, name, str(outside.victim)) in REFUSALS
    after = outside.victim.stat()
    assert (after.st_mode, after.st_ctime_ns) == (before.st_mode, before.st_ctime_ns)
    assert outside.victim.read_text() == "theirs"
    assert refused(worker, "look", str(outside.other)) in REFUSALS


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm", "/", "/usr/lib", "outside"])
def test_nothing_is_written_out_there(worker, outside, folder):
    """Its scratch folder is the only place in the world."""
    place = outside.folder if folder == "outside" else Path(folder)
    file = place / "minigrad-attempt"
    assert refused(worker, "write", str(file)) in REFUSALS
    assert not file.exists()


@pytest.mark.parametrize("kind", ["tcp", "udp", "unix", "abstract", "shared_memory"])
def test_nobody_is_reached(worker, outside, kind):
    """No port, socket or memory of the machine, though somebody listens at each."""
    assert refused(worker, kind, address(outside, kind)) in REFUSALS
    outside.udp.setblocking(False)
    with pytest.raises(BlockingIOError):
        outside.udp.recv(1)


def address(outside, kind):
    named = {"unix": outside.path, "abstract": outside.name}
    return {**named, **outside.ports, "shared_memory": outside.key}[kind]


@pytest.mark.parametrize("name", ON_PROCESSES)
def test_the_grader_cannot_be_named(worker, name):
    """It is not signalled, slowed, given limits, traced or read: it has no number."""
    assert refused(worker, name, GRADER) in REFUSALS
    assert refused(worker, name, os.getppid()) in REFUSALS


@pytest.mark.parametrize(("name", "what"), ON_WALLS)
def test_the_walls_cannot_be_moved(worker, name, what):
    """No namespace, mount or root of its own, no way to be root, no way out open."""
    assert refused(worker, name, what) in REFUSALS


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", HIDDEN)
def test_nothing_of_minigrad_can_be_imported(level, name):
    """At every level: no reference, no check, and no package that no chapter needs."""
    if level != PROCESS:
        require(level)
    source = f"import {name}\n"
    with Worker({"m.py": source.encode()}, Limits(level=level)) as made:
        answer = made.ask({"file": "m.py", "module": "m"}, 10.0)
    assert (answer["kind"], answer["type"]) == ("raised", "ModuleNotFoundError")


@pytest.mark.parametrize("name", HIDDEN)
def test_nor_found_by_looking_for_it(worker, name):
    """The folder of installed packages, put on the path by hand, has none of them."""
    assert refused(worker, "import_", name) == "ModuleNotFoundError"


# What stays -----------------------------------------------------------------------


def running(name):
    """The processes of this name, wherever they are."""
    found = []
    for file in Path("/proc").glob("[0-9]*/comm"):
        try:
            if file.read_text().strip() == name:
                found.append(file)
        except OSError:
            continue
    return found


@pytest.fixture
def tidy(monkeypatch, tmp_path):
    """Fails the test that leaves a folder or a child of ours behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children()
    yield
    assert list(tmp_path.iterdir()) == []
    assert children() == before


@pytest.mark.usefixtures("tidy")
def test_a_daemon_ends_with_its_worker(level):
    """It left session and group, and ignores all it can: the kernel ends it."""
    name = f"mg-daemon-{os.getpid() % 10000}"
    with started(level) as made:
        assert ask(made, "daemon", name)["value"] is True
        assert running(name) != []
    assert running(name) == []


@pytest.mark.usefixtures("tidy")
def test_a_fork_bomb_is_small(level):
    """Processes are counted for each worker, so a bomb takes nothing from others."""
    with started(level) as made, started(level) as other:
        count = ask(made, "bomb", 500)["value"]
        assert 10 < count <= Limits().processes
        assert ask(other, "bomb", 10)["value"] == 10


@pytest.mark.usefixtures("tidy")
def test_a_signal_to_the_group_stays_inside(level):
    """The keeper is in no group of the student's; the worker answers on."""
    with started(level) as made:
        assert ask(made, "the_group", None)["kind"] == "value"
        assert ask(made, "honest", np.ones((2, 2)))["kind"] == "value"


# What works -----------------------------------------------------------------------


def test_an_honest_function_has_what_it_needs(worker):
    """After all of the above: NumPy, scratch files, threads, random numbers, null."""
    x = np.arange(6.0).reshape(2, 3)
    result = ask(worker, "honest", x)["value"]
    assert np.allclose(result @ (x @ x.T + np.eye(2)), np.eye(2))


ENDS = {
    "os._exit(7)": (EXITED, "exit code 7"),
    "ctypes.string_at(0)": (CRASHED, "SIGSEGV"),
    "os.abort()": (CRASHED, "SIGABRT"),
    "os.kill(os.getpid(), 9)": (CRASHED, "SIGKILL"),
    "os.kill(0, 9)": (CRASHED, "SIGKILL"),
    "time.sleep(60)": (TIMEOUT, "ran for more than"),
}


@pytest.mark.usefixtures("tidy")
@pytest.mark.parametrize("deed", ENDS)
def test_what_ends_a_worker_has_the_same_name(level, deed):
    """The grader hears of an end behind the walls as it does without them."""
    source = f"import ctypes, os, time\ndef f(): {deed}\n"
    with Worker({"m.py": source.encode()}, Limits(level=level)) as made:
        made.ask({"file": "m.py", "module": "m"}, 10.0)
        with pytest.raises(LostError) as caught:
            ask(made, "f", seconds=1.0)
    status, says = ENDS[deed]
    assert caught.value.status == status
    assert says in str(caught.value)


@pytest.mark.usefixtures("tidy")
def test_memory_is_limited(level):
    """More than the limit is a MemoryError here, too, with the student's own line."""
    source = "import numpy as np\ndef f(): return np.ones(1 << 28).sum()\n"
    limits = Limits(level=level, memory=1 << 30)
    with Worker({"m.py": source.encode()}, limits) as made:
        made.ask({"file": "m.py", "module": "m"}, 10.0)
        answer = ask(made, "f")
    assert answer["family"] == "MemoryError"
    assert answer["place"].startswith("m.py line 2: `def f(): return np.ones")


# An attack scores nothing, its author's honest work all ---------------------------

MALLORY = """

def suffix_loss(*args):
    with open({solution!r}) as file:
        exec(compile(file.read(), "s", "exec"), globals())
    return globals()["suffix_loss"](*args)
"""


def test_a_thief_has_what_is_his_own(level, tmp_path):
    """Reading the solution scores 0 there, and the other tasks are as they were."""
    hand = tmp_path / "class" / "mallory"
    hand.mkdir(parents=True)
    source = Path(SOLUTION).read_text(encoding="utf-8")
    (hand / "backprop.py").write_text(source + MALLORY.format(solution=SOLUTION))
    parts = grading.course(["01_backprop"])
    graded = {}
    for at in (PROCESS, level):
        run = ClassRun(tmp_path / at, discover([hand]), parts, seed=7, isolation=at)
        (result,) = run.run().submissions
        graded[at] = {task.id.rpartition("/")[2]: task for task in result.tasks}
    theft = graded[level].pop("suffix_loss")
    assert (theft.score, theft.checks[0].status) == (0, "exception")
    assert graded[PROCESS].pop("suffix_loss").score == theft.max_score
    for tasks in graded.values():
        assert all(task.score == task.max_score for task in tasks.values())


# Where there is no wall -----------------------------------------------------------

EASY = [
    *ON_FILES,
    *[("read", f"/proc/{GRADER}/{file}") for file in ("maps", "status")],
    *[(name, GRADER) for name in ("exists", "limit", "slow", "bind", "descriptor")],
]


@pytest.mark.parametrize(("name", "what"), EASY)
def test_each_attempt_succeeds_where_nothing_stops_it(unwalled, name, what):
    """It is the wall that stops an attempt, not a slip in it."""
    assert ask(unwalled, name, meant(what))["kind"] == "value"


@pytest.mark.parametrize("name", ON_VICTIM)
def test_files_can_be_changed_where_nothing_stops_it(unwalled, outside, name):
    """Without walls another's file is at the mercy of its permissions."""
    outside.victim.write_text("theirs")
    assert ask(unwalled, name, str(outside.victim))["kind"] == "value"


@pytest.mark.parametrize("kind", ["tcp", "udp", "unix", "abstract", "shared_memory"])
def test_somebody_is_reached_where_nothing_stops_it(unwalled, outside, kind):
    """The listeners of these tests do listen."""
    assert ask(unwalled, kind, address(outside, kind))["kind"] == "value"
    if kind == "udp":
        outside.udp.settimeout(2.0)
        assert outside.udp.recv(1) == b"x"
