"""A student in a process of its own: the same student, whatever the process does."""

from __future__ import annotations

import time

import numpy as np
import pytest

from minigrad.course import remote
from minigrad.course.checks import CheckFailure, expect
from minigrad.course.isolation import Limits
from minigrad.course.model import WRONG_TYPE
from minigrad.course.process import Worker
from minigrad.course.remote import RemoteStudent
from minigrad.course.student import open_student
from minigrad.course.values import kind_of, snapshot

QUICK = Limits(load=2.0, call=2.0, task=3.0, memory=1 << 30, output=100_000)


def student(source, limits=QUICK, **files):
    """The student whose chapter module ``hw.py`` is this source."""
    others = {f"{name}.py": text.encode() for name, text in files.items()}
    parameters = {"f": ("x", "y")}
    content = {"hw.py": source.encode(), **others}
    return RemoteStudent(content, "hw.py", parameters, limits)


def failure(them, *args):
    """The status and message of a call of ``f`` that fails."""
    with pytest.raises(CheckFailure) as caught:
        them.f(*args)
    return caught.value.status, caught.value.message


# As in this process ---------------------------------------------------------------

SOURCES = {
    "value": "def f(x, y): return x @ y",
    "list of arrays": "def f(x, y): return [x, (y, None, 'text', 1, True)]",
    "not started": "def f(x, y): raise NotImplementedError('soon')",
    "an exception": "def f(x, y):\n    return x @ x.T @ y.T",
    "its own exception": "class Odd(Exception): pass\ndef f(x, y): raise Odd('a\\nb')",
    "silent exception": "def f(x, y): raise ValueError",
    "rude exception": (
        "class Rude(Exception):\n"
        "    def __str__(self): raise self\n"
        "def f(x, y): raise Rude"
    ),
    "exit": "import sys\ndef f(x, y): sys.exit(0)",
    "missing": "def g(x, y): return x",
    "no function": "f = 7",
    "changed": "def f(x, y):\n    x *= 2\n    return x",
    "reshaped": "def f(x, y):\n    x.shape = (6,)\n    return y",
    "unplain": "def f(x, y): return [x, {1, 2}, len]",
    "syntax error": "def f(x, y)\n    return x",
    "import error": "import nothing_of_this_name\ndef f(x, y): return x",
    "raises at import": "def f(x, y): return x\nraise ValueError('here')",
    "exits at import": "import sys\nsys.exit(3)",
    "not started at import": "raise NotImplementedError",
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_remote_student_is_told_of_like_a_local_one(name, tmp_path):
    """Verdict, words and trace are the same in both: what a check sees is one thing."""
    (tmp_path / "hw.py").write_text(SOURCES[name], encoding="utf-8")
    local = open_student(tmp_path / "hw.py")
    local.parameters = {"f": ("x", "y")}
    with student(SOURCES[name]) as away:
        assert outcome(away) == outcome(local)


def outcome(them):
    """What a check sees of one call, and what is recorded of it."""
    x, y = np.arange(6.0).reshape(2, 3), np.ones((3, 2))
    try:
        seen = repr(snapshot(them.f(x, y)))
    except CheckFailure as caught:
        seen = (caught.status, caught.message)
    (call,) = them.calls
    return seen, (call.function, repr(call.result), call.error, call.names)


def test_a_changed_list_is_found_changed():
    """What was appended, removed or replaced in a list is found here as well."""
    source = "def f(x, y):\n    getattr(x, y)(*([7.0] if y == 'append' else []))"
    with student(source) as them:
        for method in ("append", "clear", "pop", "reverse"):
            status, message = failure(them, [np.ones(2), 2.0], method)
            assert (status, message[:20]) == ("failed", "changed its input `x"), method
        assert them.f([1.0], "copy") is None


def test_the_argument_that_was_changed_is_the_one_that_is_named():
    """Functions beside it cross as stubs, and come back as nothing."""
    with student("def f(x, y):\n    y += 1\n    return y") as them:
        _, message = failure(them, [np.sin, np.cos], np.ones(3))
    assert message.startswith("changed its input `y` in place (argument 2)")


def test_an_array_inside_a_list_is_found_changed():
    """In-place changes are seen at every depth."""
    with student("def f(x, y): x[0][1]['k'][0] = y") as them:
        status, _ = failure(them, [(1.0, {"k": np.ones(2)})], 5.0)
    assert status == "failed"


def test_an_opaque_result_is_refused_by_expect():
    """What stayed over there has a type and nothing else; a check refuses it."""
    with student("def f(x, y): return (x for _ in 'ab')") as them:
        result = them.f(1.0, 2.0)
        assert kind_of(result) == "a generator"
        with pytest.raises(CheckFailure, match="a generator; expected a number"):
            expect(result).close_to(1.0)


def test_too_large_a_result_is_refused_by_expect():
    """Neither a terabyte nor a list in itself comes across."""
    source = (
        "import numpy as np\n"
        "def f(x, y):\n"
        "    if y: return np.broadcast_to(x, y)\n"
        "    x = []\n"
        "    x.append(x)\n"
        "    return x\n"
    )
    with student(source) as them:
        vast, knot = them.f(1.0, (10**6, 10**6)), them.f(1.0, None)
    with pytest.raises(CheckFailure, match="an array of more than 4 MiB"):
        expect(vast).close_to(1.0)
    with pytest.raises(CheckFailure, match="a value nested more than 32 deep"):
        expect(knot).close_to(1.0)


# Worker after worker --------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        ("import os; os._exit(0)", "exited"),
        ("import ctypes; ctypes.string_at(0)", "crashed"),
        ("import numpy as np; np.ones(1 << 28)", "memory"),
        ("print('x' * 200_000)", "output-flood"),
    ],
)
def test_one_crash_does_not_take_the_next_call_with_it(deed, status):
    """After its process died, a student gets another one."""
    with student(f"def f(x, y):\n    if x: {deed}\n    return y") as them:
        assert failure(them, 1.0, 2.0)[0] == status
        assert them.f(0.0, 2.0) == 2.0


def test_state_lives_as_long_as_the_process():
    """A module is loaded once, not once a call."""
    with student("n = []\ndef f(x, y):\n    n.append(x)\n    return len(n)") as them:
        assert [them.f(1.0, 2.0) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("source", "status", "says"),
    [
        ("while True: pass", "timeout", "hw.py ran for more than 0.3 s while it was"),
        ("import os\nos._exit(4)", "exited", "exit code 4"),
        ("import ctypes\nctypes.string_at(0)", "crashed", "SIGSEGV"),
        ("print('x' * 200_000)", "output-flood", "printed more than"),
        ("x = bytearray(1 << 31)", "memory", "needed more memory"),
        ("input()", "import-error", "EOFError"),
    ],
    ids=["loop", "exit", "segfault", "flood", "memory", "input"],
)
def test_a_bad_import_is_paid_for_once(source, status, says, monkeypatch):
    """The first call finds out what is wrong; the next ones only repeat it."""
    started = []
    monkeypatch.setattr(
        remote, "Worker", lambda *args: started.append(1) or Worker(*args)
    )
    limits = Limits(load=0.3 if status == "timeout" else 5.0, output=100_000)
    with student(source, limits) as them:
        first = failure(them, 1.0, 2.0)
        began = time.monotonic()
        assert [failure(them, 1.0, 2.0) for _ in range(5)] == [first] * 5
        assert time.monotonic() - began < 0.1
    assert first[0] == status
    assert says in first[1]
    assert started == [1]


def test_a_task_has_its_time():
    """Many slow calls end like one that does not end, and the next task is free."""
    limits = Limits(call=2.0, task=0.3)
    with student("import time\ndef f(x, y): time.sleep(x)", limits) as them:
        them.begin_task()
        assert them.f(0.2, 0.0) is None
        assert failure(them, 0.2, 0.0)[0] == "timeout"
        assert failure(them, 0.0, 0.0) == ("timeout", "took more than 0.3 s")
        them.begin_task()
        assert them.f(0.0, 0.0) is None


# What a student may use -----------------------------------------------------------


def test_helper_files_can_be_imported():
    """A module finds the files that lie beside it."""
    source = "from helper import twice\ndef f(x, y): return twice(x)"
    with student(source, helper="def twice(x): return 2 * x") as them:
        assert them.f(2.0, 0.0) == 4.0


def test_messages_do_not_show_where_the_copy_lay():
    """A path of the grader's is noise to the student, and another one in each run."""
    with student("from helper import y\ndef f(x, y): return x", helper="") as them:
        _, message = failure(them, 1.0, 2.0)
    assert "cannot import name 'y' from 'helper' (helper.py)" in message


@pytest.mark.parametrize("name", ["numpy", "json", "random", "struct"])
def test_a_file_does_not_take_the_librarys_place(name):
    """A student's `random.py` breaks neither the worker nor NumPy."""
    source = "import random, numpy as np\ndef f(x, y): return np.sum(x)"
    with student(source, **{name: "raise RuntimeError"}) as them:
        assert them.f(np.ones(3), 0.0) == 3.0


def test_a_module_may_hold_dataclasses_and_umlauts():
    """Ordinary Python works: classes that look up their module, text in UTF-8."""
    source = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Größe:\n    wert: float\n"
        "def f(x, y): print('ä'); return Größe(x).wert\n"
    )
    with student(source) as them:
        assert them.f(1.5, 0.0) == 1.5
        assert them.output == "ä\n"


def test_warnings_are_not_output():
    """A division by zero shows in the result, not in what was printed."""
    with student("import numpy as np\ndef f(x, y): return x / np.zeros(1)") as them:
        assert np.isinf(them.f(np.ones(1), 0.0)).all()
        assert them.output == ""


def test_output_survives_the_process():
    """What was printed before the crash is in the report."""
    with student("print('loading')\ndef f(x, y):\n    import os; os._exit(1)") as them:
        failure(them, 1.0, 2.0)
        assert them.output == "loading\n"


FORGERIES = [
    '{"kind": "value"}',
    '{"kind": "value", "value": 1, "changed": 7}',
    '{"kind": "value", "value": 1, "changed": [[9, 1]]}',
    '{"kind": "value", "value": 1, "changed": [[True, 1]]}',
    '{"kind": "value", "value": 1, "changed": [1]}',
    '{"kind": "raised"}',
    '{"kind": "raised", "family": "x", "type": 3, "message": "", "place": ""}',
    '{"kind": "raised", "family": "x", "type": "x", "message": "", "place": ""}',
    '{"kind": "raised", "family": "", "type": "", "message": "", "place": "",'
    ' "trace": 1}',
    '{"kind": "refused", "what": []}',
    '{"kind": []}',
    "{}",
]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_answer_with_wrong_parts_is_tampering(forgery):
    """Each part of an answer is looked at before it is used."""
    source = (
        "import gc, os\n"
        "def f(x, y):\n"
        "    for s in gc.get_objects():\n"
        "        if type(s).__name__ == 'Server':\n"
        f"            s.write(s.frame({forgery})); os._exit(0)\n"
    )
    with student(source) as them:
        assert failure(them, 1.0, 2.0)[0] == "tampered"


def test_a_long_forged_message_is_cut_and_harmless():
    """What an exception says is one line that a terminal does not obey."""
    source = "def f(x, y): raise ValueError('\\x1b]0;owned\\x07' + 'x' * 10_000)"
    with student(source) as them:
        _, message = failure(them, 1.0, 2.0)
    assert "\x1b" not in message
    assert "\x07" not in message
    assert len(message) < 500


def test_an_array_of_forty_dimensions_is_a_wrong_type():
    """Odd, but no tampering: the process goes on answering."""
    with student("import numpy as np\ndef f(n): return np.zeros((1,) * n)") as them:
        with pytest.raises(CheckFailure, match="array of more than 32 dim") as caught:
            expect(them.f(40)).array((1,))
        assert caught.value.status == WRONG_TYPE
        assert them.f(2).shape == (1, 1)


# Tracebacks ------------------------------------------------------------------------


def trace(source, *args):
    with student(source) as them, pytest.raises(CheckFailure) as caught:
        them.f(*args)
    return caught.value.evidence.trace


def test_a_traceback_has_no_frame_of_the_grader():
    """Neither above the student's function nor below it, in a call of rho."""
    text = trace("def f(rho, y):\n    return rho('x', y)\n", np.sin, 1.0)
    assert text.splitlines()[:2] == [
        '  File "hw.py", line 2, in f',
        "    return rho('x', y)",
    ]
    assert "worker.py" not in text
    assert "wire.py" not in text
    assert text.count("File") == 1


def test_a_traceback_is_short_and_harmless():
    """A recursion is cut to its deepest frames, and a terminal obeys nothing."""
    deep = "def f(x, y): return g(x)\ndef g(x): return h(x)\ndef h(x): return g(x)\n"
    assert trace(deep, 1.0, 2.0).count("File") <= 12
    wide = "def f(x, y): raise ValueError('\\x1b[31m' + 'x' * 10_000)\n"
    wide += "# \x1b]0;owned\x07" + "y" * 10_000
    text = trace(wide, 1.0, 2.0)
    assert len(text) <= 4096
    assert not {"\x1b", "\x07"} & set(text)


def test_a_traceback_of_an_import_is_told():
    """What fails while the file is loaded has its frames, too."""
    text = trace("def g():\n    return 1 / 0\n\n\nvalue = g()\n", 1.0, 2.0)
    assert "line 5, in <module>" in text
    assert "importlib" not in text
