"""Similar submissions: a disguised copy is found, and who worked alone is not."""

from __future__ import annotations

import ast
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.course.finding import discover
from minigrad.course.lexing import TOKEN, symbols, text_of
from minigrad.course.similarity import K, Text, W, similar
from minigrad.course.submission import Submission, collect

ROOT = Path(__file__).parents[2]
CHAPTERS = ("01_backprop", "02_delta_recursion")
STUBS = [(ROOT / f"exercises/{c}/{c[3:]}.py").read_bytes() for c in CHAPTERS]
OTHERS = [collect(s.path, s.id) for s in discover([ROOT / "examples" / "submissions"])]


def solution(name="{topic}"):
    """A worked solution of each chapter, as a submission's files."""
    return {
        f"{c}/{c[3:]}.py": (
            ROOT / "solutions" / c / f"{name.format(topic=c[3:])}.py"
        ).read_text()
        for c in CHAPTERS
    }


def handed_in(id, files):
    return Submission(id, {name: text.encode() for name, text in files.items()})


# Disguises ------------------------------------------------------------------------


class Renamed(ast.NodeTransformer):
    """Every name that a student can choose is another one."""

    def __init__(self, tree):
        stored = (n for n in ast.walk(tree) if isinstance(n, ast.Name | ast.arg))
        names = {
            n.arg if isinstance(n, ast.arg) else n.id
            for n in stored
            if isinstance(n, ast.arg) or isinstance(n.ctx, ast.Store)
        }
        self.names = {
            name: f"v{i}_{name[::-1]}" for i, name in enumerate(sorted(names))
        }

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node):
        node.arg = self.names[node.arg]
        node.annotation = node.annotation and self.visit(node.annotation)
        return node


def renamed(source):
    tree = ast.parse(source)
    return ast.unparse(Renamed(tree).visit(tree))


def reordered(source):
    tree = ast.parse(source)
    tree.body = tree.body[:2] + tree.body[:1:-1]  # after the docstring and one import
    return ast.unparse(tree)


def reformatted(source):
    """Other spaces, comments everywhere, and lines broken in brackets."""
    lines = ast.unparse(ast.parse(source)).splitlines()
    spaced = (line.replace(", ", ",\n      ").replace(" = ", "=") for line in lines)
    return "\n".join(f"{line}   # {i * 7919 % 100}" for i, line in enumerate(spaced))


def everything(source):
    return reformatted(reordered(renamed(source)))


@pytest.mark.parametrize("disguise", [renamed, reordered, reformatted, everything])
def test_a_disguise_does_not_hide_a_copy(disguise):
    """The pair is found, it is the only one, and nearly all of it is the same."""
    original = solution()
    copy = {name: disguise(text) for name, text in original.items()}
    whole = [*OTHERS, handed_in("ann", original), handed_in("bob", copy)]
    (pair,) = similar(whole, STUBS)
    assert (pair.left, pair.right) == ("ann", "bob")
    assert pair.share > 0.6


def test_people_who_worked_alone_are_not_reported():
    """The examples, and two roads to the same answers."""
    roads = {"sol": solution(), "alt": solution("alternatives")}
    alone = [handed_in(id, files) for id, files in roads.items()]
    assert similar([*OTHERS, *alone], STUBS) == []


def test_one_long_function_is_enough():
    """It is a small part of what the two handed in, and stands in one piece."""
    theirs, mine = solution()["02_delta_recursion/delta_recursion.py"], OTHERS[0]
    tree = ast.parse(theirs)
    longest = max(tree.body, key=lambda node: len(ast.unparse(node)))
    function = ast.unparse(longest)
    files = {**mine.files, "helper.py": renamed(function).encode()}
    two = [handed_in("ann", solution("alternatives") | {"x.py": function})]
    (pair,) = similar([*two, Submission("bob", files), *OTHERS[1:]], STUBS)
    assert pair.share < 0.25
    assert pair.passages[0].right.file == "helper.py"


def test_what_was_handed_out_does_not_count():
    """Two who changed nothing are not alike, unless the stubs are not known."""
    stubs = {f"{i}.py": text.decode() for i, text in enumerate(STUBS)}
    two = [handed_in("ann", stubs), handed_in("bob", stubs)]
    assert similar(two, STUBS) == []
    assert len(similar(two)) == 1


def test_what_many_have_is_not_unusual():
    """A solution that half of the class has, from the lecture perhaps, is no pair."""
    five = [handed_in(f"s{i}", solution()) for i in range(5)]
    assert similar(five, STUBS) == []
    assert len(similar(five[:4], STUBS)) == 6


def test_the_passages_are_where_the_code_is():
    """Both sides' lines hold the same symbols, and the longest has what was copied."""
    original = solution()
    copy = {name: renamed(text) for name, text in original.items()}
    two = [handed_in("ann", original), handed_in("bob", copy)]
    (pair,) = similar(two, STUBS)
    for passage in pair.passages:
        sides = []
        for files, place in ((original, passage.left), (copy, passage.right)):
            lines = files[place.file].splitlines()[place.first - 1 : place.last]
            sides.append(list(symbols("\n".join(lines))))
        least = min(map(len, sides))
        assert least >= passage.symbols >= K
    tokens = [p.symbols for p in pair.passages]
    assert sum(tokens) > 0.6 * len(Text("", two[0].files).codes)


# The lexer ------------------------------------------------------------------------


@given(st.text(alphabet="ab1.\"'\\\n#= ([é\x00\ufeff", max_size=80))
def test_any_text_has_symbols(text):
    """Nothing is refused, nothing lies between two tokens, and lines are right."""
    assert "".join(m.group() for m in TOKEN.finditer(text)) == text
    starts = [start for _, start in symbols(text)]
    assert starts == sorted(set(starts))
    assert not starts or starts[-1] < len(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "total=2  # a comment"),
        ("f(a,\n  b)", "g(c, d)"),
        ('def f():\n    """Doc."""\n    pass', "def g():\n    pass"),
        ("s = 'a' + r'b'", 's = """c\nd""" + f"e"'),
        ("if a:\n  b", "if x:\n\n        y"),
        ("a = 1; b = 2", "a = 1\nb = 2"),
        ("x = 0xFF + 1e-3 + 1_0j", "x = 1 + 2 + 3"),
    ],
)
def test_what_does_not_matter_is_gone(one, other):
    """Names, numbers, strings, comments, spaces, lines, docstrings."""
    assert [s for s, _ in symbols(one)] == [s for s, _ in symbols(other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.dot(b)", "a.sum(b)"),
        ("len(a)", "max(a)"),
        ("a + b", "a - b"),
        ("if a", "x a"),
    ],
)
def test_what_matters_stays(one, other):
    """Attributes, built-in functions, operators, keywords."""
    assert [s for s, _ in symbols(one)] != [s for s, _ in symbols(other)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_are_read_in_their_encoding(encoding):
    """And what is in none of them does not stop anybody."""
    assert text_of("x = 'ρ'".encode(encoding)) == "x = 'ρ'"
    assert text_of(b"\xff\x00 = 1")


@pytest.mark.parametrize(
    "source",
    ["'" * 200_000, '"""' * 70_000, "1e" * 100_000, "\\" * 200_000, "(" * 200_000],
)
def test_a_hostile_file_takes_no_time(source):
    """The time grows like the length, whatever is in it."""
    start = time.perf_counter()
    Text("", {"a.py": source.encode()})
    assert time.perf_counter() - start < 5.0


def test_a_passage_of_the_guaranteed_length_is_found():
    """W + K - 1 symbols share a fingerprint, wherever they stand."""
    rng = random.Random(0)
    signs = "+-*/%&|^<>"

    def noise(n):
        return " ".join(rng.choice(signs) for _ in range(n))

    none = Text("", {}).hashes
    for _ in range(50):
        common = noise(W + K - 1)
        sides = (
            f"{noise(rng.randrange(40))} {common} {noise(rng.randrange(40))}"
            for _ in range(2)
        )
        one, other = (Text("", {"a": s.encode()}).fingerprints(none) for s in sides)
        assert one.keys() & other.keys()


# A class --------------------------------------------------------------------------


def written(rng, statements):
    """A program as somebody writes it who has seen no other."""
    names = ("dot", "sum", "outer", "exp", "T", "reshape", "mean", "max", "append")

    def expression(depth):
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(["a", "b", "1", f"x.{rng.choice(names)}", "W[i]"])
        left, right = expression(depth - 1), expression(depth - 1)
        forms = ("({0} {1} {2})", "f({0}, {2})", "{0}[{2}]", "np.{3}({0}, {2})")
        return rng.choice(forms).format(
            left, rng.choice("+-*/@"), right, rng.choice(names)
        )

    lines = (f"    y{i} = {expression(3)}" for i in range(statements))
    return "def f(a, b):\n" + "\n".join(lines) + "\n"


def test_a_class_of_two_hundred_takes_seconds():
    """Thirteen files each; the one pair in it is found, and no other."""
    rng = random.Random(7)
    class_ = [{f"{i:02}.py": written(rng, 15) for i in range(13)} for _ in range(200)]
    class_[20]["05.py"] = reordered(class_[20]["05.py"])
    class_[150]["05.py"] = renamed(class_[20]["05.py"])
    start = time.process_time()
    found = similar([handed_in(f"s{i:03}", files) for i, files in enumerate(class_)])
    seconds = time.process_time() - start
    assert [(pair.left, pair.right) for pair in found] == [("s020", "s150")]
    assert seconds < 30  # of the processor; some 3 on one that is not busy
