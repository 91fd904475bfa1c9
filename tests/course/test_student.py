"""How a check sees a student: calls lent, recorded, and failures put in words."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.course.checks import CheckFailure
from minigrad.course.model import (
    EXCEPTION,
    EXITED,
    FAILED,
    IMPORT_ERROR,
    MEMORY,
    MISSING,
    NOT_RUN,
    SYNTAX_ERROR,
)
from minigrad.course.student import LocalStudent, open_student


def failure(call, *args) -> CheckFailure:
    """The failure of a call that must fail."""
    with pytest.raises(CheckFailure) as caught:
        call(*args)
    return caught.value


@pytest.fixture
def write(tmp_path):
    """Write a student's module and return its path."""

    def write(text: str, name: str = "answers.py", folder: str = "."):
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_call_is_recorded_with_copies():
    """The trace keeps what was passed and returned, whatever becomes of the arrays."""
    student = LocalStudent({"f": lambda x: x}, {"f": ("x",)})
    x = np.ones(2)
    student.f(x)[0] = 5.0
    x[1] = 7.0
    (call,) = student.calls
    assert (call.function, call.names) == ("f", ("x",))
    assert call.args[0].tolist() == call.result.tolist() == [1.0, 1.0]


def test_a_student_works_on_copies():
    """A list or array that a student ruins is not the check's own."""
    Ws = [np.ones(2), np.ones(3)]
    student = LocalStudent({"f": lambda Ws: Ws.clear()})
    failure(student.f, Ws)
    assert [W.shape for W in Ws] == [(2,), (3,)]


@pytest.mark.parametrize(
    "change",
    [
        lambda x, Ws: Ws[0].__imul__(2.0),
        lambda x, Ws: Ws.reverse(),
        lambda x, Ws: Ws.append(None),
        lambda x, Ws: Ws.__setitem__(0, None),
        lambda x, Ws: setattr(Ws[0], "shape", (3, 2)),
    ],
)
def test_a_changed_input_is_refused_by_name(change):
    """An entry, an order, a length, a shape: every change is noticed."""
    student = LocalStudent({"f": change}, {"f": ("x", "Ws")})
    caught = failure(student.f, np.ones(1), [np.ones((2, 3)), np.ones((1, 2))])
    assert caught.status == FAILED
    words = "changed its input `Ws` in place (argument 2); copy it first"
    assert caught.message == words


def test_nan_in_an_input_is_not_a_change():
    """NaN is not equal to itself, and still unchanged."""
    student = LocalStudent({"f": lambda x: 1.0})
    assert student.f(np.array([np.nan])) == 1.0


def test_a_stub_is_not_started(write):
    """NotImplementedError is what a stub raises, and no exception to explain."""
    student = open_student(write("def f(x):\n    raise NotImplementedError\n"))
    caught = failure(student.f, 1)
    assert (caught.status, caught.message) == (NOT_RUN, "not started")


def test_an_exception_names_the_students_line(write):
    """The deepest line of the student's own file, not one of NumPy's."""
    text = "import numpy as np\n\ndef f(x):\n    return np.dot(x, np.ones(7))\n"
    student = open_student(write(text))
    caught = failure(student.f, np.ones(3))
    assert caught.status == EXCEPTION
    assert caught.message.startswith("raised ValueError: shapes (3,) and (7,)")
    assert caught.message.endswith("answers.py line 4: `return np.dot(x, np.ones(7))`")
    assert student.calls[0].error == "ValueError"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (SystemExit(0), EXITED, "called exit()"),
        (MemoryError(), MEMORY, "raised MemoryError"),
        (pytest.skip.Exception("no"), EXCEPTION, "raised Skipped: no"),
        (RecursionError("deep"), EXCEPTION, "raised RecursionError: deep"),
        (AssertionError("mine"), EXCEPTION, "raised AssertionError: mine"),
    ],
)
def test_whatever_a_student_raises_is_a_failure(error, status, words):
    """Nothing a student raises gets past the call."""

    def f():
        raise error

    caught = failure(LocalStudent({"f": f}).f)
    assert caught.status == status
    assert caught.message.startswith(words)


def test_an_exception_without_a_text_has_none():
    """An exception whose text cannot be had is named by its type."""

    class MuteError(Exception):
        def __str__(self):
            raise ValueError

    def f():
        raise MuteError

    assert failure(LocalStudent({"f": f}).f).message.startswith("raised MuteError at ")


def test_ctrl_c_is_not_the_students(write):
    """An interrupt ends the run, not the check."""

    def f():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalStudent({"f": f}).f()
    with pytest.raises(KeyboardInterrupt):
        open_student(write("raise KeyboardInterrupt\n"))


def test_a_missing_function_says_where(write):
    """A name that is not there, or is no function, is missing."""
    student = open_student(write("g = 3\n"))
    for name in ("f", "g"):
        caught = failure(getattr(student, name))
        assert caught.status == MISSING
        assert caught.message == f"there is no function `{name}` in answers.py"


def test_a_warning_is_not_an_error():
    """An overflow is judged by the result it leads to, under any warning filter."""
    student = LocalStudent({"f": lambda x: np.exp(x)})
    assert np.isinf(student.f(np.array([1000.0]))[0])


def test_a_module_may_hold_a_dataclass(write):
    """A dataclass looks its module up in sys.modules, and finds it."""
    text = (
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n\n"
        "@dataclass\nclass Layer:\n    n: int = 3\n\n"
        "def f():\n    return Layer().n\n"
    )
    assert open_student(write(text)).f() == 3


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("def f(:\n", SYNTAX_ERROR, "answers.py line 1: `def f(:`"),
        ("x = 1\0\n", SYNTAX_ERROR, "null bytes at answers.py"),
        ("import no_such_package\n", IMPORT_ERROR, "answers.py raised ModuleNotFound"),
        ("1 / 0\n", IMPORT_ERROR, "line 1: `1 / 0`"),
        ("raise NotImplementedError\n", IMPORT_ERROR, "while it was imported"),
        ("exit()\n", EXITED, "answers.py called exit()"),
    ],
)
def test_a_file_that_cannot_be_loaded_fails_at_every_call(write, text, status, words):
    """The reason is told with the line, and no traceback."""
    student = open_student(write(text))
    for _ in range(2):
        caught = failure(student.f, 1)
        assert caught.status == status
        assert words in caught.message


def test_a_file_that_is_not_there_is_missing(tmp_path):
    """No file is no crash."""
    caught = failure(open_student(tmp_path / "answers.py").f)
    assert (caught.status, caught.message) == (MISSING, "there is no file answers.py")


def test_an_exception_that_ends_the_program_when_shown_is_only_an_exception():
    """Its __str__ is the student's too."""

    class SlyError(Exception):
        def __str__(self):
            raise SystemExit

    def f():
        raise SlyError

    assert failure(LocalStudent({"f": f}).f).message.startswith("raised SlyError at ")
