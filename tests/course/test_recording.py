"""A student's own function is drawn as the first check of its task calls it."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from minigrad.cli import main
from minigrad.course.chapters import find
from minigrad.course.recording import NoCallError, first_call
from minigrad.course.workspace import start


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A student's own folder, and we are in it."""
    start(tmp_path / "desk")
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "desk"


def run(*args):
    result = CliRunner().invoke(main, list(map(str, args)))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_the_first_call_is_recorded_with_its_arguments(course, tmp_path):
    """The small course calls double with (1, -3) first."""
    start(tmp_path / "mine", course)
    file = tmp_path / "mine" / "01_doubling" / "doubling.py"
    file.write_text("def double(x):\n    x *= 2\n    return x\n", encoding="utf-8")
    call = first_call(tmp_path / "mine", find("double", course))
    assert (call.function.__name__, call.path) == ("double", file)
    np.testing.assert_array_equal(call.args[0], [1.0, -3.0])  # as given, not as left
    with pytest.raises(NoCallError, match="there is no function `total`"):
        first_call(tmp_path / "mine", find("total", course))


def test_a_task_is_drawn_as_its_first_check_calls_it(desk, tmp_path):
    """The student's own function, under the names of its parameters."""
    file = desk / "01_backprop" / "backprop.py"
    file.write_text(
        "def suffix_loss(state, j, Ws, rho, loss):\n"
        "    for W in Ws[j:]:\n"
        "        state = W @ rho(state)\n"
        "    return loss(state)\n",
        encoding="utf-8",
    )
    for task in ("suffix_loss", "01_backprop/suffix_loss"):
        code, said = run("graph", task, "-o", tmp_path / "mine.txt")
        assert code == 0, said
    text = (tmp_path / "mine.txt").read_text(encoding="utf-8")
    assert "Result 13." in text  # computed by hand in the chapter's test
    assert "state, input, shape (2,)" in text
    assert "Ws[0]" in text


def test_a_drawing_without_gradients_says_why(desk, tmp_path):
    """A list of gradients is no number to differentiate; the values are drawn."""
    file = desk / "01_backprop" / "backprop.py"
    file.write_text(
        "def backprop_states(x0, Ws, rho, drho, grad_loss):\n"
        "    return [x0 * 2.0, Ws[0] * 3.0]\n",
        encoding="utf-8",
    )
    code, said = run("graph", "backprop_states", "-o", tmp_path / "mine.txt")
    note = "backprop_states returned 2 arrays: drawn without gradients"
    assert (code, said) == (0, f"wrote {tmp_path / 'mine.txt'}; {note}\n")


CANNOT_BE_DRAWN = {
    "raise NotImplementedError": "01_backprop/suffix_loss cannot be drawn: not started",
    "return float(loss(xj))": "float(x) would cut the graph",
    "return 13.0": "was not computed from its floating arguments",
    "return None": "returned None; does it lack a return?",
    "return xj / 0 + undefined": "raised NameError",
    "return (": "was never closed at backprop.py line 1",
    "exit()": "called exit()",
}


def test_a_function_from_a_neighbor_is_blamed_there(desk, tmp_path):
    """The sentence names the file and the line that does not run on the engine."""
    folder = desk / "01_backprop"
    (folder / "helper.py").write_text(
        "def suffix_loss(xj, j, Ws, rho, loss):\n    return float(loss(xj))\n", "utf-8"
    )
    (folder / "backprop.py").write_text("from helper import suffix_loss\n", "utf-8")
    code, said = run("graph", "suffix_loss", "-o", tmp_path / "mine.svg")
    assert (code, "helper.py:2 in suffix_loss: TypeError" in said) == (2, True)


@pytest.mark.parametrize("body", CANNOT_BE_DRAWN)
def test_what_cannot_be_drawn_is_told_in_a_sentence(desk, tmp_path, body):
    """Not started, broken, without a gradient: each says so, and nothing is written."""
    file = desk / "01_backprop" / "backprop.py"
    file.write_text(f"def suffix_loss(xj, j, Ws, rho, loss): {body}\n", "utf-8")
    code, said = run("graph", "suffix_loss", "-o", tmp_path / "mine.svg")
    assert (code, said.count("\n")) == (2, 1), said
    assert CANNOT_BE_DRAWN[body] in said
    assert not (tmp_path / "mine.svg").exists()
