"""`minigrad graph`: what is asked for, or one sentence, an exit code, and no file."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner

from minigrad.cli import main
from minigrad.drawing import GALLERY
from minigrad.drawing.render import renderers

EXAMPLE = Path(__file__).parents[2] / "examples" / "two_layer.py"
CHAIN = """
def f(x=0.5):
    for _ in range(900):
        x = x * 0.999 + 0.001
    return x
"""


def graph(*words):
    done = CliRunner().invoke(main, ["graph", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", GALLERY)
def test_each_drawing_of_the_gallery_has_a_name(tmp_path, name):
    """And `minigrad graph --help` lists it."""
    code, said = graph(name, "-o", tmp_path / "a.txt")
    assert code == 0, said
    assert name in graph("--help")[1].replace("\n  ", " ")


@pytest.mark.parametrize(
    ("options", "cards"),
    [
        ([], 7),
        (["--level", "0"], 4),
        (["--level", "1"], 5),
        (["--level", "3"], 15),
        (["--around", "h", "--radius", "1"], 3),
        (["--max-nodes", "5"], 5),
    ],
)
def test_options_choose_how_much_is_drawn(tmp_path, options, cards):
    """The first line of the text counts the cards."""
    code, said = graph(f"{EXAMPLE}:loss", "-o", tmp_path / "a.txt", *options)
    assert code == 0, said
    first = (tmp_path / "a.txt").read_text().splitlines()[0]
    assert f"{cards} values" in first


def test_numbers_are_switched_off(tmp_path):
    """`--no-local` and its like."""
    switches = ["--no-values", "--no-grads", "--no-local", "--no-shapes"]
    code, _ = graph(f"{EXAMPLE}:loss", "-o", tmp_path / "a.dot", *switches)
    assert code == 0
    assert not {"value<", "grad<", "(4,)", "−0.426"} & set(
        (tmp_path / "a.dot").read_text().split(">")
    )


def test_a_graph_too_large_collapses_with_a_sentence(tmp_path):
    """And takes no longer than a small one to lay out."""
    (tmp_path / "chain.py").write_text(CHAIN)
    code, said = graph(f"{tmp_path / 'chain.py'}:f", "-o", tmp_path / "a.dot")
    assert code == 0
    assert "1,800 values drawn as" in said


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("{example}:lost", "-o", "a.svg"), 2, "no function lost; did you mean loss?"),
        (("{file}:words", "-o", "a.svg"), 2, "words returned an object of type str"),
        (("{file}:takes_two", "-o", "a.svg"), 2, "was called with 1 argument"),
        (("{file}:one", "-o", "a.gif"), 2, "cannot draw as format 'gif'"),
        (("rnm", "-o", "a.svg"), 2, "no drawing rnm in the gallery; did you mean rnn?"),
        (
            ("{example}:loss", "-o", "a.svg", "--around", "zz"),
            2,
            "no value is called zz",
        ),
        (("{example}:loss", "-o", "a.svg", "--level", "9"), 2, "0<=x<=3"),
        (("{example}:loss", "-o", "no/where/a.txt"), 3, "cannot write"),
    ],
)
def test_bad_input_is_one_sentence_and_no_file(
    tmp_path, monkeypatch, words, code, says
):
    """Exit code 2 for what was asked, 3 for what is missing here."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.py").write_text(
        "def words(x=1.0): return 'a number'\n"
        "def takes_two(x, y): return x * y\n"
        "def one(x=1.0): return x * x\n"
        "def arguments(): return (1.0,)\n"
    )
    given = (w.format(example=EXAMPLE, file=tmp_path / "file.py") for w in words)
    found, said = graph(*given)
    assert (found, says in said) == (code, True), said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["file.py"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_without_a_renderer_there_is_dot_and_code_3(tmp_path, monkeypatch, ending):
    """Words, data, pages and LaTeX need none."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not list(renderers("svg"))
    code, said = graph(f"{EXAMPLE}:loss", "-o", tmp_path / f"a.{ending}")
    assert code == 3
    assert "pip install" in said
    assert [path.name for path in tmp_path.iterdir()] == ["a.dot"]
    for other in ("html", "tex", "json", "txt"):
        assert graph(f"{EXAMPLE}:loss", "-o", tmp_path / f"b.{other}")[0] == 0
