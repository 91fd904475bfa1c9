"""The grader's side of a worker: its clock, its pipes, and nothing left behind."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from minigrad.course import process, reach
from minigrad.course.isolation import Limits
from minigrad.course.keeper import children
from minigrad.course.model import CRASHED, EXITED, OUTPUT_FLOOD, TAMPERED, TIMEOUT
from minigrad.course.process import LostError, Worker

HEAD = "import ctypes, gc, os, struct, sys, time\nimport numpy as np\n"
SMALL = Limits(memory=1 << 30, output=100_000)


def worker(body="def f(*args): return args", limits=SMALL, **how):
    """A worker whose module is loaded; ``f`` is the function to call."""
    made = Worker({"m.py": (HEAD + body).encode()}, limits, **how)
    assert made.ask({"file": "m.py", "module": "m"}, 10.0)["kind"] == "loaded"
    return made


def call(made, *args, seconds=5.0):
    return made.ask({"name": "f", "args": list(args)}, seconds)


def lost(body, *args, seconds=5.0):
    """The status and message of a call that kills the worker."""
    with worker(body) as made, pytest.raises(LostError) as caught:
        call(made, *args, seconds=seconds)
    return caught.value.status, str(caught.value)


@pytest.fixture
def tidy(monkeypatch, tmp_path):
    """Fails the test that leaves a file, a descriptor or a process behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc") else set()
    others = children()
    yield
    assert list(tmp_path.iterdir()) == []
    if before:
        assert len(os.listdir("/proc/self/fd")) == len(before)
    assert children() == others


@pytest.mark.usefixtures("tidy")
def test_a_worker_answers_and_leaves_nothing_behind():
    """Values go there and come back; then folder, pipes and process are gone."""
    with worker() as made:
        answer = call(made, 1.5, np.eye(2), ("a", None))
        assert answer["kind"] == "value"
        number, matrix, pair = answer["value"]
        assert (number, pair) == (1.5, ("a", None))
        assert np.array_equal(matrix, np.eye(2))


@pytest.mark.usefixtures("tidy")
@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("def f():\n while True: pass", TIMEOUT, "ran for more than 0.3 s"),
        ("def f(): time.sleep(60)", TIMEOUT, "ran for more than"),
        (
            "def f():\n"
            " while True:\n"
            "  try: time.sleep(60)\n"
            "  except BaseException: pass",
            TIMEOUT,
            "ran for more than",
        ),
        ("def f(): os._exit(7)", EXITED, "exit code 7"),
        ("def f(): ctypes.string_at(0)", CRASHED, "SIGSEGV"),
        ("def f(): os.kill(os.getpid(), 9)", CRASHED, "SIGKILL"),
        ("def f():\n while True: print('x' * 999)", OUTPUT_FLOOD, "printed more than"),
        (
            "def f():\n os.closerange(3, 99)\n time.sleep(60)",
            TAMPERED,
            "closed the grader's pipe",
        ),
    ],
    ids=["loop", "sleep", "swallow", "exit", "segfault", "kill", "flood", "close"],
)
def test_what_ends_a_worker_has_a_name(body, status, says):
    """Each way to go is told apart, and is told in time."""
    began = time.monotonic()
    seconds = 0.3 if status == TIMEOUT else 5.0
    found, message = lost(body, seconds=seconds)
    assert (found, says in message) == (status, True), message
    assert time.monotonic() - began < 4.0


FORGE = """
def f():
    server = next(o for o in gc.get_objects() if type(o).__name__ == "Server")
    os.write(server.replies, {frame})
    return 1
"""


def framed(head):
    return b"".join([len(head).to_bytes(4, "big"), bytes(4), head])


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff" * 64,
        framed(b"nonsense"),
        framed(b"[1,2]"),
        framed(b'{"dict":[["nonce","0000"],["kind","value"],["value",1]]}'),
        framed(b'{"dict":[["nonce",{"array":["<f8",[0]]}],["kind","value"]]}'),
        framed(b'{"dict":[["kind","callback"],["place",0]]}'),
        framed(b'{"callable":[0,"exec"]}'),
        framed(b'{"generator":[0,"{}"]}'),
    ],
    ids=["noise", "text", "list", "nonce", "array", "call", "callable", "generator"],
)
def test_a_forged_frame_is_tampering(frame):
    """What is written to the pipe by hand is no answer."""
    assert lost(FORGE.format(frame=frame))[0] == TAMPERED


def test_a_forged_answer_is_only_a_value():
    """Whoever has found the nonce can say no more than a return value says."""
    body = """
def f():
    server = next(o for o in gc.get_objects() if type(o).__name__ == "Server")
    server.write(server.frame({"kind": "value", "value": "passed", "changed": []}))
    os._exit(0)
"""
    with worker(body) as made:
        assert call(made)["value"] == "passed"


# Functions of the grader ----------------------------------------------------------


def test_a_function_is_called_here():
    """A callable stays with the grader; one array crosses, and what it gives back."""
    seen = []

    def rho(x):
        seen.append(type(x))
        return [3.0 * x, {"shape": np.shape(x)}]

    with worker("def f(rho): return rho(np.array([1.0, 2.0]))") as made:
        first, second = call(made, rho)["value"]
        assert np.array_equal(first, [3.0, 6.0])
        assert second == {"shape": (2,)}
    assert seen == [np.ndarray]


def test_functions_cross_inside_lists():
    """One activation per layer is a list of functions."""
    with worker("def f(rhos, x): return [rho(x) for rho in rhos]") as made:
        sine, cosine = call(made, [np.sin, np.cos], 0.5)["value"]
    assert (sine, cosine) == (np.sin(0.5), np.cos(0.5))


def test_a_generator_is_drawn_from_there():
    """The student's copy draws what the check's would; that one stays as it was."""
    rng = np.random.default_rng(3)
    with worker("def f(rng): return rng.standard_normal((2, 3))") as made:
        answer = call(made, rng)
    assert np.array_equal(answer["value"], rng.standard_normal((2, 3)))
    assert answer["changed"] == []


def test_a_generator_that_is_forged_is_tampering():
    """A student's process that writes the state of one is not believed."""
    forger = """
def f(rng):
    packer = sys.modules["_minigrad_wire"]._Packer
    packer.leaf = lambda self, value, kind: {"generator": [0, "9" * 9000]}
    return rng
"""
    status, why = lost(forger, np.random.default_rng(0))
    assert status == TAMPERED
    assert "a tag that may not be here" in why


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        ("def f(g): return g('text')", "TypeError", ""),
        ("def f(g): return g()", "TypeError", "takes one argument"),
        ("def f(g): return g(1.0, 2.0)", "TypeError", "takes one argument"),
        ("def f(g): return g(x=1.0)", "TypeError", "and no keywords"),
        ("def f(g): return g([1.0])", "TypeError", "a number or a NumPy array"),
        ("def f(g): return g(np.ones(2, bool))", "TypeError", "a number or"),
        ("def f(g): return g(np.ones((1 << 16, 2)))", "ValueError", "65536 entries"),
        ("def f(g): return g(0.0)", "ZeroDivisionError", "division by zero (in one"),
        ("def f(g): return g(object())", "TypeError", "no object"),
        ("def f(g): return g(f)", "TypeError", "no function"),
    ],
)
def test_what_a_function_does_not_like_is_the_students_exception(body, kind, says):
    """A hostile argument fails over there, at the student's own line."""

    def one_over(x):
        return 1.0 / x

    with worker(body) as made:
        answer = call(made, one_over)
        assert (answer["kind"], answer["type"]) == ("raised", kind)
        assert says in answer["message"]
        assert "m.py line 3" in answer["place"]
        assert call(made, one_over)["type"] == kind  # it goes on answering


def test_a_function_is_good_for_one_call_only():
    """A kept function is refused when its call is over."""
    body = "def f(g):\n global kept\n kept = kept if 'kept' in globals() else g\n"
    body += " return kept(1.0)"
    with worker(body) as made:
        assert call(made, abs)["value"] == 1.0
        answer = call(made, abs)
        assert answer["type"] == "RuntimeError"
        assert "after its function had returned" in answer["message"]


def test_callbacks_count_against_the_clock():
    """A loop that keeps asking is a loop."""
    status, _ = lost("def f(g):\n while True: g(1.0)", abs, seconds=0.3)
    assert status == TIMEOUT


@pytest.mark.parametrize("place", [7, -1, True, "0", None])
def test_a_callback_of_no_function_is_tampering(place):
    """Only what was handed over can be called."""
    body = f"""
def f(g):
    server = next(o for o in gc.get_objects() if type(o).__name__ == "Server")
    question = {{"kind": "callback", "place": {place!r}, "args": [], "kwargs": {{}}}}
    return server.ask("g", question)
"""
    assert lost(body, abs)[0] == TAMPERED


# The world around it --------------------------------------------------------------


def test_a_worker_sees_an_empty_world():
    """No variable of the grader's, no standard input, a session of its own."""
    body = """
def f():
    return [sorted(os.environ), sys.stdin.read(), os.getsid(0), sys.flags.isolated]
"""
    os.environ["MINIGRAD_TEST_SECRET"] = "1"
    try:
        with worker(body) as made:
            names, text, session, isolated = call(made)["value"]
    finally:
        del os.environ["MINIGRAD_TEST_SECRET"]
    assert "MINIGRAD_TEST_SECRET" not in names
    assert "PATH" not in names
    assert (text, isolated) == ("", 1)
    assert session != os.getsid(0)


def test_a_worker_has_only_the_descriptors_it_needs():
    """Input, output, errors, and its two pipes: no file of the grader's is open."""
    body = "def f(): return sorted(int(n) for n in os.listdir('/proc/self/fd'))"
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc")
    with open(os.devnull) as other, worker(body) as made:
        os.set_inheritable(other.fileno(), True)
        open_there = call(made)["value"]
    assert len(open_there) == 6  # the sixth is the folder being listed


def test_memory_is_limited():
    """More than the limit is a MemoryError, not a machine that swaps."""
    with worker("def f(): return np.ones(1 << 28).sum()") as made:
        assert call(made)["family"] == "MemoryError"


def test_a_large_file_is_not_written():
    """The kernel stops a file that grows beyond the limit."""
    limits = Limits(file=1 << 16)
    body = "def f():\n with open('big', 'wb') as big: big.write(bytes(1 << 20))"
    with worker(body, limits) as made:
        assert call(made)["type"] == "OSError"


@pytest.mark.usefixtures("tidy")
def test_children_die_with_their_worker():
    """The whole group is killed: what was forked is not there afterwards."""
    body = """
def f():
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    return child
"""
    with worker(body) as made:
        child = call(made)["value"]
        os.kill(child, 0)
    for _ in range(100):
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text().split(") ")[1][0] == "Z":
            return
        time.sleep(0.02)
    pytest.fail("the child outlived its worker")


@pytest.mark.usefixtures("tidy")
def test_a_locked_folder_is_removed():
    """A student who takes all rights away from a folder leaves nothing behind."""
    body = "def f():\n os.makedirs('a/b/c')\n os.chmod('a/b', 0)\n os.chmod('a', 0)"
    with worker(body) as made:
        assert call(made)["kind"] == "value"


@pytest.mark.usefixtures("tidy")
def test_a_buried_folder_is_removed():
    """Neither do folders in folders, deeper than Python can follow."""
    body = "def f():\n for _ in range(1500):\n  os.mkdir('d')\n  os.chdir('d')"
    with worker(body) as made:
        assert call(made)["kind"] == "value"


def test_files_stay_inside_the_copy():
    """A name that leads elsewhere is refused, whoever let it through."""
    with pytest.raises(ValueError, match="outside"):
        Worker({"../escape.py": b""})


@pytest.mark.parametrize("late", [0.0, 0.3])
def test_output_is_kept_from_the_beginning_and_made_harmless(late, monkeypatch):
    """The report shows the first prints, also of a process that is long dead."""
    body = "def f():\n print('\\x1b[31mfirst')\n print('x' * 9000)\n os._exit(1)"
    made = worker(body)
    receive = made._receive
    monkeypatch.setattr(made, "_receive", lambda n: time.sleep(late) or receive(n))
    try:
        with pytest.raises(LostError):
            call(made)
        assert made.output.startswith("\ufffd[31mfirst\nxxx")
        assert len(made.output) == process.BEGINNING
    finally:
        made.close()


@pytest.mark.usefixtures("tidy")
def test_stopping_interrupts_at_once():
    """Ctrl-C in the run ends a call that would take a minute."""
    stop = threading.Event()
    with worker("def f(): time.sleep(60)", stop=stop) as made:
        threading.Timer(0.1, stop.set).start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            call(made, seconds=60.0)
        assert time.monotonic() - began < 2.0


def test_a_worker_that_cannot_start_is_a_fault_of_ours(monkeypatch):
    """No Python, no NumPy: an error of the grader, not of the student."""
    monkeypatch.setattr(reach, "WORKER", Path("/nowhere/worker.py"))
    with pytest.raises(RuntimeError, match="did not start"):
        Worker({})


def test_an_argument_that_cannot_cross_is_a_fault_of_ours():
    """A check that hands over an object is a wrong check."""
    with worker() as made, pytest.raises(TypeError, match="a check gives the student"):
        call(made, object())
