"""Arguments made up by shape, and a sentence for each that cannot be."""

from __future__ import annotations

import re

import numpy as np
import pytest
from click.testing import CliRunner

from minigrad.cli import main
from minigrad.drawing import TargetError, draw, load_target, made_up

SOURCE = """
import numpy as np

def f(x, W, rate=0.5, *, scale=2.0):
    return rate * scale * np.sum(W @ x)
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "file.py").write_text(SOURCE)
    return f"{tmp_path / 'file.py'}:f"


def test_shapes_are_random_and_numbers_are_numbers(file):
    """By name, in any order; what is not given has its default."""
    target = load_target(file, made_up(["W=7,5", "x=5,3", "rate=0.1"]))
    x, W, rate = target.args
    assert (x.shape, W.shape, rate) == ((5, 3), (7, 5), 0.1)
    assert load_target(file, made_up(["x=5", "W=7,5"])).args[2] == 0.5
    assert np.isclose(draw(target).graph.cards[-1].value, 0.2 * np.sum(W @ x))


def test_the_seed_and_the_name_decide_the_values():
    """Not what else is given; two names have different values."""
    one, two = made_up(["x=5,3"], 7), made_up(["y=5,3", "x=(5, 3)"], 7)
    assert np.array_equal(one["x"], two["x"])
    assert not np.any(two["x"] == two["y"])
    assert not np.any(one["x"] == made_up(["x=5,3"], 8)["x"])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("x", "--arg x is not NAME=SHAPE; write --arg x=5,3"),
        ("2x=3", "is not NAME=SHAPE"),
        ("x=many", "x=many is no shape and no number"),
        ("x=", "is no shape and no number"),
        ("x=5,0", "sizes are at least 1"),
        ("x=-3", "sizes are at least 1"),
        ("x=2000,2000", "at most 1,000,000 entries"),
        (
            "X=5",
            "f has no parameter X to give with --arg; its parameters are x, W, rate",
        ),
        ("ratio=1.0", "did you mean rate?"),
        ("scale=1.0", "f has no parameter scale"),
        ("x=5", "f needs W as well; give --arg W=SHAPE"),
    ],
)
def test_each_bad_word_has_its_sentence(file, word, said):
    """What is wrong, and what to write."""
    with pytest.raises(TargetError, match=re.escape(said)):
        load_target(file, made_up([word]))


def test_no_argument_is_given_twice():
    """Which of the two would be meant?"""
    with pytest.raises(TargetError, match="--arg x is given twice"):
        made_up(["x=5", "x=3"])


def test_the_command_draws_with_them(file, tmp_path):
    """The same seed, the same drawing; the gallery has arguments of its own."""
    outputs = []
    for seed in ("1", "1", "2"):
        output = tmp_path / "f.txt"
        words = ["--arg", "x=3", "--arg", "W=2,3", "--seed", seed, "-o", str(output)]
        assert CliRunner().invoke(main, ["graph", file, *words]).exit_code == 0
        outputs.append(output.read_text())
    assert outputs[0] == outputs[1] != outputs[2]
    done = CliRunner().invoke(main, ["graph", "rnn", "--arg", "x=3", "-o", "r.txt"])
    assert (done.exit_code, "rnn is none" in done.output) == (2, True)
    wrong = [
        "graph",
        file,
        "--arg",
        "x=3",
        "--arg",
        "W=2,4",
        "-o",
        str(tmp_path / "g.txt"),
    ]
    done = CliRunner().invoke(main, wrong)
    assert (done.exit_code, "file.py:5" in done.output) == (2, True)
