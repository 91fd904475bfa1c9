"""Right gradients that are hard to see, and wrong ones that hide: never a false word."""

from __future__ import annotations

import numpy as np

import minigrad as mg

rng = np.random.default_rng(1)

# ---------------------------------------------------------------- right ones


def test_a_narrow_bump_is_not_taken_for_the_flat_ground_beside_it():
    """Long steps agree that the slope is 0, and short ones know better."""
    k = 1e9
    x = 0.5 + np.array([0.3, -1.0, 0.7]) / np.sqrt(k)
    f = lambda x: np.sum(np.exp(-k * (x - 0.5) ** 2))
    right = lambda x: -2 * k * (x - 0.5) * np.exp(-k * (x - 0.5) ** 2)
    assert mg.diagnose(right, f, (x,), draws=1).verdict == "RIGHT"
    assert mg.diagnose(lambda x: -right(x), f, (x,), draws=1).verdict == "WRONG"


def test_an_ill_conditioned_system_is_not_judged_from_beyond_its_pole():
    """A Hilbert matrix is 1e-10 away from a singular one, and no step is that short."""
    n = np.arange(8.0)
    H, b = 1 / (n[:, None] + n + 1), rng.standard_normal(8)
    f = lambda A, b: np.linalg.solve(A, b)

    def right(u, A, b):
        db = np.linalg.solve(A.T, u)
        return -np.outer(db, f(A, b)), db

    assert mg.diagnose(right, f, (H, b)).verdict == "RIGHT"


def test_the_end_of_the_domain_is_no_kink():
    """Beside arcsin(1 - 1e-7) only one side has long steps."""
    x = np.array([1 - 1e-9, 1e-7 - 1])
    right = lambda x: 1 / np.sqrt(1 - x * x)
    assert mg.diagnose(right, lambda x: np.sum(np.arcsin(x)), (x,)).verdict != "WRONG"


def test_the_rounding_of_large_arguments_is_no_kink():
    """Beside 1e6 a step of 4e-9 is rounded to a multiple of 1e-10."""
    x = 1e6 + 1e-5 * rng.standard_normal((20, 5))

    def normalized(x):
        mu = np.mean(x, axis=0)
        return (x - mu) / np.sqrt(np.mean((x - mu) ** 2, axis=0) + 1e-12)

    def right(u, x):
        mu = x.mean(0)
        s = 1 / np.sqrt(((x - mu) ** 2).mean(0) + 1e-12)
        h = (x - mu) * s
        return s * (u - u.mean(0) - h * (u * h).mean(0))

    assert mg.diagnose(right, normalized, (x,)).verdict != "WRONG"
