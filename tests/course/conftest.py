"""A course of one small chapter, so that tests need none of the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "exercises" / "conftest.py"

README = "# Doubling\n\nMultiply by two.\n"

STUB = '''\
"""Chapter 01: one function and a half."""

import numpy as np


def double(x: np.ndarray) -> np.ndarray:
    """Twice x."""
    raise NotImplementedError


def total(xs: list[np.ndarray], weight: float) -> float:
    """The weighted sum of all entries."""
    raise NotImplementedError
'''

CHECKS = '''\
import numpy as np

from minigrad.course import expect, task


@task("double")
def test_two_numbers(student, rng):
    """Twice (1, -3) is (2, -6)."""
    expect(student.double(np.array([1.0, -3.0]))).close_to(np.array([2.0, -6.0]))


@task("double", points=2)
def test_random_numbers(student, rng):
    """Twice five random numbers."""
    x = rng.standard_normal(5)
    expect(student.double(x)).close_to(x + x)


@task("double")
def test_slope_is_two(student, rng):
    """The sum of all doubles has the gradient 2, in every entry."""
    x = rng.standard_normal(3)
    y = expect(student.double(x)).array((3,))
    expect(y / x).gradient_of(lambda z: 2 * np.sum(z), x)


@task("total")
def test_a_list_of_two(student, rng):
    """Half of 1 + 2 + 3 is 3."""
    xs = [np.array([1.0, 2.0]), np.array([3.0])]
    expect(student.total(xs, 0.5)).close_to(3.0)


@task("total")
def test_negative_weight(student, rng):
    """A weight may be negative."""
    expect(student.total([rng.random(3) + 1.0], -1.0)).number()
'''

MISTAKES = '''\
import numpy as np

from minigrad.course import mistake


@mistake("double", kind="power")
def squared(x):
    """You squared x.
    Multiply by 2 instead."""
    return x**2


@mistake("double", kind="factor")
def tripled(x):
    """You took three of them."""
    return 3 * x


@mistake("double", kind="offset")
def two_more(x):
    """You added 2 where you should multiply by it."""
    return x + 2


@mistake("double", kind="type")
def as_a_list(x):
    """You returned a list."""
    return [2 * v for v in x]


@mistake("double", kind="shape")
def as_a_column(x):
    """You returned a column."""
    return 2 * x[:, None]
'''

HINTS = """\
# Hints

## double

### 1
Once more.

### 2
`x` and
`x`.

### 3
Add it to itself.

## `total`

### 1
Sum, then weigh.
"""

SOLUTION = """\
import numpy as np


def double(x):
    return 2 * x


def total(xs, weight):
    return weight * sum(float(np.sum(x)) for x in xs)
"""

ALTERNATIVES = """\
from minigrad.course import alternative


@alternative("double")
def added(x):
    return x + x


@alternative("double")
def halved_divisor(x):
    return x / 0.5
"""

FILES = {
    "exercises/conftest.py": CONFTEST.read_text(encoding="utf-8"),
    "exercises/01_doubling/README.md": README,
    "exercises/01_doubling/doubling.py": STUB,
    "exercises/01_doubling/test_doubling.py": CHECKS,
    "exercises/01_doubling/mistakes.py": MISTAKES,
    "exercises/01_doubling/hints.md": HINTS,
    "solutions/01_doubling/doubling.py": SOLUTION,
    "solutions/01_doubling/alternatives.py": ALTERNATIVES,
}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The exercises folder of the small course; its solutions lie beside it."""
    for name, text in FILES.items():
        file = tmp_path / "course" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "course" / "exercises"
