"""Chapter 03 as its students meet it: a class of theirs, here and in a worker."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from minigrad.course.chapters import load, parameters, solution_folder
from minigrad.course.grading import course, grade_submission
from minigrad.course.isolation import Limits
from minigrad.course.message import explain
from minigrad.course.mistakes import catalogue, diagnosed
from minigrad.course.model import GRADED, GRADER_ERROR, IMPORT_ERROR, PASSED
from minigrad.course.remote import RemoteStudent
from minigrad.course.running import run_task
from minigrad.course.student import open_student
from minigrad.course.submission import Submission

CHAPTER = load("03_tape")
VAR = next(task for task in CHAPTER.tasks if task.function == "Var")
MISTAKES = catalogue(CHAPTER)
SOLUTION = (solution_folder(CHAPTER) / "tape.py").read_text(encoding="utf-8")
LIMITS = Limits(call=10.0, task=60.0)


def changed(old, new):
    """The solution with one place changed."""
    assert SOLUTION.count(old) == 1, old
    return SOLUTION.replace(old, new)


FILES = {
    "right": SOLUTION,
    "overwritten": changed(
        "parent.grad += node.grad * slope", "parent.grad = node.grad * slope"
    ),
    "stale": changed(
        "            node.grad = 0.0  # of an earlier sweep", "            pass"
    ),
    "operator missing": changed("    __radd__ = __add__\n", ""),
    "operator gives a number": changed(
        "return self + -_var(other)", "return self.value"
    ),
    "method gives nothing": changed(
        "        return Var(z, (self,), (z,))", "        pass"
    ),
    "gradient is a list": changed(
        "        self.grad = 1.0", "        self.grad = [1.0]"
    ),
    "not started inside": changed("return self * -1.0", "raise NotImplementedError"),
}


def told(student):
    """The result of the task Var, and all that its student reads of it."""
    result = run_task(VAR, student, 0)
    result = diagnosed(result, VAR, 0, MISTAKES)
    verdicts = [(c.status, c.score, c.message) for c in result.checks]
    return verdicts, explain(result)


@pytest.mark.parametrize("name", FILES)
def test_here_and_there_a_student_reads_the_same(name, tmp_path):
    """Verdicts, messages, the program that failed and the slip: both roads agree."""
    source, names = FILES[name], parameters(CHAPTER)
    (tmp_path / "tape.py").write_text(source, encoding="utf-8")
    here = told(open_student(tmp_path / "tape.py", names, CHAPTER.without))
    files = {"tape.py": source.encode()}
    with RemoteStudent(files, "tape.py", names, LIMITS) as away:
        there = told(away)
    assert here == there
    statuses = {status for status, _, _ in here[0]}
    assert (statuses == {PASSED}) == (name == "right")
    assert GRADER_ERROR not in statuses


def test_a_failed_program_can_be_typed_again(tmp_path):
    """What a message shows is the program from the first Var to the wrong value."""
    (tmp_path / "tape.py").write_text(FILES["overwritten"], encoding="utf-8")
    _, text = told(open_student(tmp_path / "tape.py"))
    assert "a = Var(3); b = a + a; c = b + b; c.backward()" in text
    assert "You overwrite a gradient where you should add to it." in text


NONSENSE = {
    "zeros": "self.value = 0.0; self.grad = 0.0",
    "keeps the value": "self.value = value; self.grad = 0.0",
    "backward is a number": "self.value = value; self.grad = 1.0; self.backward = 3",
    "all None": "self.value = self.grad = None",
    "wrong types": "self.value = 'x'; self.grad = [value]",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_class_of_nonsense_earns_nothing(name, tmp_path):
    """Whatever stands in its attributes, no check passes and none breaks."""
    operators = ("add", "radd", "sub", "rsub", "mul", "rmul", "pow")
    operators += ("truediv", "rtruediv")
    lines = [f"    def __init__(self, value): {NONSENSE[name]}"]
    lines += [
        f"    def __{o}__(self, other): return Var(self.value)" for o in operators
    ]
    lines += ["    def __neg__(self): return Var(self.value)"]
    lines += [f"    def {f}(self): return self" for f in ["exp", "log", "tanh", "relu"]]
    if "backward" not in NONSENSE[name]:
        lines += ["    def backward(self): pass"]
    (tmp_path / "tape.py").write_text("\n".join(["class Var:", *lines]) + "\n")
    verdicts, _ = told(open_student(tmp_path / "tape.py"))
    assert not any(score for _, score, _ in verdicts)
    assert GRADER_ERROR not in {status for status, _, _ in verdicts}


def test_a_submission_that_imports_an_engine_is_told_so():
    """Nothing is earned, the reason names the package, and the run is a graded one."""
    source = "from minigrad import softmax_vjp\n" + SOLUTION.replace(
        "from __future__ import annotations\n", ""
    )
    submission = Submission("s", {"tape.py": source.encode()})
    result = grade_submission(submission, course(["03_tape"]), 0)
    assert (result.status, result.score) == (GRADED, 0.0)
    assert {task.status for task in result.tasks} == {IMPORT_ERROR}
    message = result.tasks[0].checks[0].message
    assert "solved without minigrad; write the code yourself" in message
    assert "tape.py line 1" in message


def test_the_script_of_the_statement_trains_a_network(tmp_path):
    """On the solution's Var the exclusive or is learned, as the statement promises."""
    statement = (CHAPTER.folder / "README.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(import random.*?)```", statement, re.DOTALL)
    (tmp_path / "xor.py").write_text(script, encoding="utf-8")
    (tmp_path / "tape.py").write_text(SOLUTION, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "xor.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    losses = [float(line.split()[-1]) for line in done.stdout.splitlines()]
    assert len(losses) == 5
    assert losses[-1] < 0.1 * losses[0]
