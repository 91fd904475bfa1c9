"""A student's own objects: used from here, kept over there, never believed."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from minigrad.course import objects
from minigrad.course.checks import CheckFailure, expect
from minigrad.course.handles import Handle, repeat
from minigrad.course.isolation import Limits
from minigrad.course.message import show_call
from minigrad.course.remote import RemoteStudent
from minigrad.course.student import MOST, open_student
from minigrad.course.values import Opaque, snapshot

QUICK = Limits(load=5.0, call=2.0, task=5.0, memory=1 << 30)
NUMBER = '''
class Number:
    """A number in a box, with a few odd members."""
    def __init__(self, value):
        self.value = value
        self.box = {"inner": self}
        self._secret = 7
    def __add__(self, other):
        return Number(self.value + getattr(other, "value", other))
    __radd__ = __add__
    def __sub__(self, other):
        return Number(self.value - getattr(other, "value", other))
    def __rsub__(self, other):
        return Number(other - self.value)
    def __mul__(self, other):
        return 3.0
    def __truediv__(self, other):
        raise NotImplementedError
    def __neg__(self):
        return Number(-self.value)
    def __pow__(self, other):
        return Number(self.value ** other)
    def double(self):
        return Number(2 * self.value)
    def plus(self, other):
        return self + other
    def nothing(self):
        pass
    def boom(self):
        return self.value / 0
def read(number):
    return number.value
'''


@contextmanager
def both(tmp_path, source):
    """The same source as a student on this machine and as one in its own process."""
    (tmp_path / "hw.py").write_text(source, encoding="utf-8")
    with RemoteStudent({"hw.py": source.encode()}, "hw.py", limits=QUICK) as away:
        yield open_student(tmp_path / "hw.py"), away


def said(action):
    """The value of an action, or the words that it fails with."""
    try:
        value = action()
    except (CheckFailure, TypeError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    return repr(snapshot(value))


USES = {
    "attribute": lambda a: a.value,
    "sum": lambda a: (a + 2).value,
    "sum of two": lambda a: (a + a).value,
    "number first": lambda a: (10 - a).value,
    "NumPy number first": lambda a: (np.float64(10) - a).value,
    "negative": lambda a: (-a).value,
    "power": lambda a: (a**2).value,
    "method": lambda a: a.double().value,
    "method with an object": lambda a: a.plus(a).value,
    "method without a value": lambda a: a.nothing(),
    "function of an object": lambda a: a._owner.read(a),
    "repeated": lambda a: repeat("+", a, 1, times=50_000).value,
    "no operator": lambda a: a / 2,
    "not an object": lambda a: a * 2,
    "reflected without": lambda a: 2 / a,
    "no attribute": lambda a: a.foo,
    "exception": lambda a: a.boom(),
    "private": lambda a: a._secret,
    "dunder": lambda a: a.__dict__,
    "unplain attribute": lambda a: a.box,
    "claim about the object": lambda a: expect(a).close_to(3.0),
    "claim about a value": lambda a: expect(a.value).close_to(4.0),
    "no object": lambda a: expect(a.value).an_object(),
    "equal": lambda a: a == a,
    "unequal": lambda a: a != 3.0,
    "less": lambda a: a < 3.0,
    "in a set": lambda a: {a},
    "true": lambda a: bool(a),
    "length": lambda a: len(a),
    "a float": lambda a: float(a),
    "unpacked": lambda a: [*a],
    "in an array": lambda a: np.float64(2.0) * a,
}


@pytest.mark.parametrize("name", USES)
def test_an_object_is_used_alike_here_and_there(name, tmp_path):
    """Every use gives the same value or the same words, and leaves the same trace."""
    with both(tmp_path, NUMBER) as students:
        told = []
        for student in students:
            a = student.Number(3.0)
            words = said(lambda a=a: USES[name](a))
            calls = [(c.error, repr(c.result), show_call(c)) for c in student.calls]
            told.append((words, calls))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sum", "5.0"),
        ("number first", "7.0"),
        ("repeated", "50003.0"),
        ("function of an object", "3.0"),
        ("no operator", "CheckFailure: not started"),
        ("not an object", "CheckFailure: returned a float; expected an object"),
        ("no object", "CheckFailure: returned a float; expected an object"),
        ("claim about the object", "returned a Number; expected a number"),
        ("equal", "cannot be compared; read a plain value"),
        ("in a set", "cannot be hashed"),
        ("true", "cannot be taken for true or false"),
        ("private", "only public names are asked"),
        ("exception", "raised ZeroDivisionError: float division by zero at hw.py"),
    ],
)
def test_what_a_use_comes_to(name, words, tmp_path):
    """Values, refusals and the student's own exceptions, in these words."""
    (tmp_path / "hw.py").write_text(NUMBER, encoding="utf-8")
    a = open_student(tmp_path / "hw.py").Number(3.0)
    assert words in said(lambda: USES[name](a))


def test_a_call_shows_the_program_that_led_to_it(tmp_path):
    """A failed check can be typed again, from the first object on."""
    with both(tmp_path, NUMBER) as students:
        for student in students:
            a = student.Number(3.0)
            b = a + a
            (2 - b).double().value  # noqa: B018
            shown = show_call(student.calls[-1])
            assert shown == (
                "a = Number(3); b = a + a; c = 2 - b; d = c.double(); d.value"
            )


def test_handles_end_with_their_check(tmp_path):
    """After the check a handle is worth nothing, and the object is let go."""
    with both(tmp_path, NUMBER) as students:
        for student in students:
            a = student.Number(3.0)
            student.let_go()
            with pytest.raises(TypeError, match="a check that has ended"):
                a + 1
            assert (student.Number(4.0) + 1).value == 5.0


def test_handles_of_one_submission_reach_no_other(tmp_path):
    """An operand of another student is refused before anything is asked."""
    with both(tmp_path, NUMBER) as (here, away):
        a, b = here.Number(1.0), away.Number(2.0)
        for use in (lambda: a + b, lambda: b + a, lambda: here.read(b)):
            with pytest.raises(TypeError, match="is of another student"):
                use()


def test_the_number_of_objects_is_bounded(tmp_path):
    """A check that holds too many is at fault, not the student."""
    (tmp_path / "hw.py").write_text(NUMBER, encoding="utf-8")
    student = open_student(tmp_path / "hw.py")
    student._live = set(range(-MOST, 0))
    with pytest.raises(RuntimeError, match=f"hold {MOST} objects"):
        student.Number(1.0)


# Attacks --------------------------------------------------------------------------

HOSTILE = """
import sys
class Meta(type):
    __name__ = property(lambda cls: sys.exit("meta"))
    def __eq__(cls, other): return True
    __hash__ = None
    def __instancecheck__(cls, x): return True
class Var(metaclass=Meta):
    __class__ = float
    def __init__(self, value): pass
    def __getattr__(self, name):
        if name == "grad": return sys
        if name == "value": return type("F", (float,), {"__eq__": lambda s, o: True})(3)
        raise SystemExit(name)
    def __float__(self): return 3.0
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def __add__(self, other): return {"handle": [0, "Var"], "object": [0, "Var"]}
    def __sub__(self, other): return NotImplemented
    def __mul__(self, other): return lambda *a: Var(1)
    def __pow__(self, other): return [Var(1)] * 3
    def __truediv__(self, other): return "x" * 10_000_000
    def __neg__(self): return type(self)(1)
"""

ATTACKS = {
    "an object that claims to be a float": lambda a: expect(a).close_to(3.0),
    "a float that equals everything": lambda a: expect(a.value).close_to(4.0),
    "a module": lambda a: expect(a.grad).close_to(3.0),
    "a forged handle": lambda a: a + 1,
    "NotImplemented": lambda a: a - 1,
    "a list of objects": lambda a: a**2,
    "ten megabytes": lambda a: a / 2,
    "exit in __getattr__": lambda a: a.anything,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_object_fails_its_check_and_no_more(name, tmp_path):
    """Whatever an object answers, a check that relies on it is failed in words."""
    with both(tmp_path, HOSTILE) as students:
        for student in students:
            a = expect(student.Var(3.0)).an_object()
            with pytest.raises(CheckFailure):
                ATTACKS[name](a)


def test_an_object_that_makes_functions_is_only_an_object(tmp_path):
    """What can be called over there cannot be called here."""
    with both(tmp_path, HOSTILE) as students:
        for student in students:
            product = student.Var(3.0) * 2
            assert type(product) is Handle
            assert not callable(product)


def test_a_dict_that_spells_a_handle_is_a_dict(tmp_path):
    """No value that a student returns becomes a handle: handles do not cross."""
    source = (
        "def f(): return {'held': [[0, 0]], 'handle': [0, 'Var'], 'kind': 'object'}\n"
        "def g(): return [[{'object': [0, 'Var']}]]\n"
    )
    with both(tmp_path, source) as students:
        for student in students:
            assert type(student.f()) is dict
            assert student.g() == [[{"object": [0, "Var"]}]]


def test_objects_inside_lists_are_names_only(tmp_path):
    """Only what a call returns itself gets a handle, so their number is the check's."""
    source = "class Var: pass\ndef f(): return [Var() for _ in range(9)]\n"
    with RemoteStudent({"hw.py": source.encode()}, "hw.py", limits=QUICK) as away:
        assert away.f() == [Opaque("Var")] * 9
        assert not away._live


def test_an_object_that_will_not_go_costs_its_own_process(tmp_path):
    """A destructor that never ends is killed with its process; the next call works."""
    source = (
        "class Var:\n"
        "    def __del__(self):\n"
        "        while True: pass\n"
        "def f(): return 1.0\n"
    )
    limits = Limits(call=0.5, task=5.0)
    with RemoteStudent({"hw.py": source.encode()}, "hw.py", limits=limits) as away:
        away.Var()
        away.let_go()
        assert away.f() == 1.0


def test_what_can_be_asked_is_an_explicit_list():
    """Six operators, attributes and methods: nothing else of an object is reached."""
    assert set(objects.OPERATORS) == {"+", "-", "*", "/", "**", "negative"}
    with pytest.raises(KeyError):
        objects.Objects().use("operator", "@", [1, 2], 1)


# Packages that a chapter does without ----------------------------------------------

IMPORTS = {
    "at the top": "import minigrad as mg\ndef f(): return 1.0\n",
    "from a part": "from torch.autograd import grad\ndef f(): return 1.0\n",
    "caught": (
        "try:\n    import jax.numpy\nexcept ImportError:\n    jax = None\n"
        "def f(): return 1.0\n"
    ),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_an_import_that_the_chapter_does_without_is_refused(name, tmp_path):
    """Here and there, at the same line and in the same words, caught or not."""
    (tmp_path / "hw.py").write_text(IMPORTS[name], encoding="utf-8")
    without = ("minigrad", "torch", "jax")
    here = open_student(tmp_path / "hw.py", without=without)
    files = {"hw.py": IMPORTS[name].encode()}
    with RemoteStudent(files, "hw.py", limits=QUICK, without=without) as away:
        told = [said(student.f) for student in (here, away)]
    assert told[0] == told[1]
    assert "this chapter is solved without" in told[0]
    assert "at hw.py line" in told[0]


def test_an_import_inside_of_a_function_is_refused_when_it_runs(tmp_path):
    """A call that imports it fails, even if it catches that."""
    source = (
        "def f():\n    try:\n        import minigrad\n    except BaseException:\n"
        "        return 1.0\n"
    )
    files = {"hw.py": source.encode()}
    with (
        RemoteStudent(files, "hw.py", limits=QUICK, without=("minigrad",)) as away,
        pytest.raises(CheckFailure, match=r"without minigrad.*hw.py line 3"),
    ):
        away.f()


def test_a_package_of_the_submission_with_such_a_name_is_refused():
    """A copy of the library that comes with the submission is the library."""
    files = {
        "hw.py": b"from helper import f\n",
        "helper.py": b"from micrograd.engine import f\n",
        "micrograd/engine.py": b"def f(): return 1.0\n",
    }
    with (
        RemoteStudent(files, "hw.py", limits=QUICK, without=("micrograd",)) as away,
        pytest.raises(CheckFailure, match="solved without micrograd"),
    ):
        away.f()
