"""Every promise that `verify` looks after is broken once, and found broken."""

from __future__ import annotations

import pytest

from minigrad.course.chapters import NoSolutionsError, all_chapters, load
from minigrad.course.verify import SEEDS, verify
from minigrad.executors import processes


@pytest.fixture
def found(course):
    """Change one file of the small course, and list what `verify` then finds.

    The small course's second function is left out: it keeps none of the promises.
    """

    def found(name: str = "", old: str = "", new: str = "") -> list[str]:
        if name:
            file = course.parent / name
            text = file.read_text(encoding="utf-8")
            assert old in text
            file.write_text(text.replace(old, new), encoding="utf-8")
        findings = verify([load("01_doubling", course)]).findings
        return [str(f) for f in findings if "/total" not in f.task]

    return found


def test_a_chapter_that_keeps_its_promises_has_no_findings(found):
    """The small course's first function is whole."""
    assert found() == []


EXERCISES, SOLUTIONS = "exercises/01_doubling/", "solutions/01_doubling/"
BROKEN = {
    "a mistake that passes": (
        EXERCISES + "mistakes.py",
        "return 3 * x",
        "return 2 * x",
        "mistake tripled passes every check",
    ),
    "a mistake without its own trace": (
        EXERCISES + "mistakes.py",
        "return 3 * x",
        "return x * x",
        "mistake squared is told something else: You squared x.",
    ),
    "a mistake of random results": (
        EXERCISES + "mistakes.py",
        "return 3 * x",
        "return x + np.random.default_rng().random(x.shape)",
        "mistake tripled is rejected but not named",
    ),
    "a solution that fails": (
        SOLUTIONS + "doubling.py",
        "return 2 * x",
        "return 2.001 * x",
        "solution fails 'two numbers': largest difference",
    ),
    "a solution of other arguments": (
        SOLUTIONS + "doubling.py",
        "def double(x):",
        "def double(x, y=0):",
        "solution takes ('x', 'y'), the stub ('x',)",
    ),
    "an alternative that fails": (
        SOLUTIONS + "alternatives.py",
        "return x + x",
        "return x + x + 1e-6",
        "alternative added fails 'two numbers'",
    ),
    "a stub that scores": (
        EXERCISES + "doubling.py",
        "raise NotImplementedError",
        "return 2 * x",
        "stub is passed with 4 points",
    ),
    "a stub that fails otherwise": (
        EXERCISES + "doubling.py",
        "raise NotImplementedError",
        "return x.todo",
        "stub is exception with 0 points",
    ),
    "too few hints": (
        EXERCISES + "hints.md",
        "### 3",
        "3:",
        "hints number 2; at least 3",
    ),
    "too few mistakes": (
        EXERCISES + "mistakes.py",
        '@mistake("double", kind="power")',
        "",
        "mistakes number 4; at least 5",
    ),
    "too few alternatives": (
        SOLUTIONS + "alternatives.py",
        '@alternative("double")\ndef added',
        "def added",
        "alternatives number 1; at least 2",
    ),
    "too few checks": (
        EXERCISES + "test_doubling.py",
        '@task("double", points=2)\n',
        "",
        "checks number 2; at least 3",
    ),
    "an entry for no task": (
        EXERCISES + "mistakes.py",
        '@mistake("double", kind="factor")',
        '@mistake("triple", kind="factor")',
        "01_doubling/triple: tripled is for no task",
    ),
    "a function without checks": (
        EXERCISES + "doubling.py",
        "import numpy as np\n",
        "import numpy as np\n\n\ndef halve(x):\n    raise NotImplementedError\n",
        "01_doubling/halve: stub has no checks",
    ),
    "a check that nonsense passes": (
        EXERCISES + "test_doubling.py",
        "expect(student.double(x)).close_to(x + x)",
        "expect(student.double(x)).array(x.shape)",
        "nonsense (zeros in the right shape) passes 'random numbers'",
    ),
    "a check that trusts": (
        EXERCISES + "test_doubling.py",
        "expect(student.double(x)).close_to(x + x)",
        "expect(student.double(x) - x).close_to(x)",
        "nonsense (None) breaks 'random numbers': the check itself failed: TypeError",
    ),
    "a check of another task's function": (
        EXERCISES + "test_doubling.py",
        "x = rng.standard_normal(5)",
        "x = np.full(5, student.total([np.ones(2)], 1.0))",
        "checks call another task's function, total",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_found(found, name):
    """One line of the course is changed, and the finding says which promise broke."""
    file, old, new, words = BROKEN[name]
    findings = found(file, old, new)
    assert any(words in finding for finding in findings), findings


def test_the_course_keeps_its_promises():
    """Every chapter that is here, on one seed; `minigrad verify` takes two."""
    with processes(2) as executor:
        found = verify(all_chapters(), seeds=SEEDS[:1], executor=executor)
    assert [str(finding) for finding in found.findings] == []


def test_progress_is_told_after_each_seed_of_a_chapter(course):
    """Whoever waits hears what was verified, and the counts at the end."""
    told: list[str] = []
    result = verify([load("01_doubling", course)], told.append)
    assert told == ["01_doubling", "01_doubling"]
    assert (result.chapters, result.tasks) == (1, 2)
    assert (result.mistakes, result.alternatives) == (5, 2)
    assert not result.ok


def test_processes_find_what_is_found_right_here(course):
    """The same findings, in the same order."""
    chapters = [load("01_doubling", course)]
    with processes(2) as executor:
        there = verify(chapters, executor=executor)
    assert there == verify(chapters)
    assert there.findings


def test_without_solutions_nothing_can_be_verified(course):
    """A wheel has none, and says so."""
    (course.parent / "solutions").rename(course.parent / "elsewhere")
    with pytest.raises(NoSolutionsError):
        verify([load("01_doubling", course)])


@pytest.mark.parametrize(
    ("function", "named"),
    [
        ("np.tanh", "a ufunc"),
        ("np.ones_like", "a"),
        ("(lambda z, k=1: z)", "a function"),
        ("(lambda *z: z)", "a function"),
        ("(lambda *, z: z)", "a function"),
        ("[[abs]]", "a builtin_function_or_method"),
    ],
)
def test_a_function_that_takes_more_than_a_value_is_found(function, named, found):
    """What is lent to a student is called with what the student likes."""
    solution = "exercises/../solutions/01_doubling/doubling.py"
    found(solution, "def double(x):", "def double(x, *_):")
    (finding, *_) = [
        f
        for f in found(
            "exercises/01_doubling/test_doubling.py",
            "student.double(x)).close_to(x + x)",
            f"student.double(x, {function})).close_to(x + x)",
        )
        if "checks give" in f
    ]
    assert f"give the student {named}" in finding
    assert finding.endswith("a plain function of one argument")
