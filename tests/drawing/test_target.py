"""file.py:function becomes a traced call, or a sentence that says why not."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import TargetError, draw, load_target


@pytest.fixture
def target(tmp_path):
    """Write a file and name a function in it."""

    def write(source, name="f"):
        (tmp_path / "file.py").write_text(textwrap.dedent(source))
        return f"{tmp_path / 'file.py'}:{name}"

    return write


def test_defaults_are_arguments(target):
    """A function that can be called without any is."""
    drawing = draw(target("def f(x=2.0): return x * x"))
    assert drawing.graph.cards[-1].value == 4.0
    assert drawing.graph.title == "f · file.py"


def test_a_function_beside_it_gives_the_arguments(target):
    """Whatever it returns: a tuple, or one value."""
    many = "def f(x, y): return x * y\ndef arguments(): return 2.0, 3.0"
    assert draw(target(many)).graph.cards[-1].value == 6.0
    one = "def f(x): return x * x\ndef arguments(): return 2.0"
    assert draw(target(one)).graph.cards[-1].value == 4.0


def test_names_come_from_parameters_and_paths(target):
    """params["layer1"]["W"] is params.layer1.W."""
    drawing = draw(
        target(
            """
            def f(params, *rest, scale=1.5):
                return params["layer1"]["W"] * rest[0] * scale
            def arguments():
                return {"layer1": {"W": 2.0}}, 3.0
            """
        )
    )
    found = [row.path for card in drawing.graph.cards for row in card.rows]
    assert found == ["params.layer1.W", "rest[0]", "scale"]


def test_neighbors_can_be_imported_and_nothing_is_written(target, tmp_path):
    """The file's folder is on the path while it runs, and not after."""
    import sys

    (tmp_path / "neighbor_of_file.py").write_text("TWO = 2.0\n")
    source = "from neighbor_of_file import TWO\ndef f(x=1.0): return TWO * x"
    before = list(sys.path)
    assert draw(target(source)).graph.cards[-1].value == 2.0
    assert sys.path == before
    assert not (tmp_path / "__pycache__" / "file.cpython-311.pyc").exists()


def test_dataclasses_work(target):
    """They look their module up in sys.modules."""
    source = """
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Gain:
            k: float = 2.0
        def f(x=1.0): return x * Gain().k
    """
    assert draw(target(source)).graph.cards[-1].value == 2.0


@pytest.mark.parametrize(
    ("source", "name", "says"),
    [
        ("def loss(x=1.): return x", "lost", r"no function lost; did you mean loss\?"),
        ("def f(x=1.): return x", "zz", "no function zz; it has f"),
        ("x = 1", "f", "no function f; it has none"),
        ("def f(x=1.): return x", "", "say which function"),
        ("def f(x, y): return x", "f", r"f needs x, y: give its .*arguments\(\) in"),
        ("def f(x=3): return x * x", "f", r"no argument of f is a float.*3\.0 for 3"),
        ("def f(x=3.): pass", "f", "f returned None; does it lack a return"),
        (
            "def f(x=3.): return 7",
            "f",
            "f returned an object of type int",
        ),
        ("def f(x):\n  return x\n)", "f", r"file.py:3: SyntaxError"),
        ("1 / 0", "f", "file.py:1: ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "f", "file.py:1: SystemExit: 3"),
        ("\ndef f(x=1.):\n  return x.foo", "f", "file.py:3 in f: AttributeError"),
        ("def f(x=1.):\n  return float(x)", "f", "file.py:2 in f: TypeError: float"),
        ("def f(x): return x\ndef arguments(): return 1, 2", "f", "called with 2 arg"),
        ("def f(x): return x\ndef arguments(): 1/0", "f", "in arguments: ZeroDiv"),
        ("\0", "f", "file.py: SyntaxError: .*null bytes"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(target, source, name, says):
    """It names the thing, the place and the next step."""
    with pytest.raises(TargetError, match=says):
        draw(target(source, name))


def test_a_path_that_is_no_file_is_a_sentence(tmp_path):
    """Missing, a folder, or not readable."""
    with pytest.raises(TargetError, match=r"there is no file missing\.py"):
        load_target("missing.py:f")
    with pytest.raises(TargetError, match="is not a file"):
        load_target(f"{tmp_path}:f")


def test_a_vector_is_drawn_without_gradients():
    """And the drawing says why."""
    graph = draw(np.tanh, np.ones(2)).graph
    assert (
        graph.note == "tanh returned shape (2,), not a scalar: drawn without gradients"
    )
    assert not graph.differentiated


def test_several_results_are_drawn_without_gradients():
    """A dict, list or tuple of results has one card each."""
    graph = draw(lambda x: {"a": x * 2.0, "b": np.sin(x)}, 1.0).graph
    assert graph.note.startswith("the function returned 2 arrays")
    assert [card.kind for card in graph.cards] == ["input", "output", "output"]


def test_a_tape_is_drawn_with_what_backward_gave():
    """Before: dashes; after: the adjoints."""
    tape = mg.Tape()
    x = tape.watch(3.0, name="x")
    y = x * x
    assert draw(tape).graph.cards[0].grad is None
    assert draw(tape, tape.backward(y)).graph.cards[0].grad == 6.0


def test_a_tensor_is_drawn_with_what_it_was_computed_from():
    """Lines that it did not read are left out."""
    tape = mg.Tape()
    x = tape.watch(3.0, name="x")
    y = x * x
    other = np.sin(x)
    assert [card.title for card in draw(y).graph.cards] == ["x", "y = x * x"]
    assert draw(y).graph.cards[0].grad == 6.0
    assert other.line == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((3.0,), "cannot draw a float"),
        ((mg.Tape(),), "the tape is empty"),
        ((mg.Tape(), 3.0), r"what its backward\(...\) gave"),
    ],
)
def test_what_is_no_computation_is_refused(arguments, says):
    """With the list of what can be drawn."""
    with pytest.raises(TargetError, match=says):
        draw(*arguments)


def test_a_tape_without_text_is_refused():
    """grad's own tapes keep only what their sweeps need."""
    with pytest.raises(TargetError, match=r"keeps no text to draw"):
        mg.grad(lambda x: draw(x * x))(1.0)
