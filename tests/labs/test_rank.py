"""Ranks agree with those of SVD, and of elimination, which has no rounding."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from minigrad.labs import rank
from minigrad.labs.rank import absorb, exact_rank, residues, spectrum


def blocks_of(J, rows=37):
    """The blocks of rows of a matrix, as often as they are asked for."""
    return lambda: (J[i : i + rows].copy() for i in range(0, len(J), rows))


def of_rank(rng, m, p, r):
    return rng.standard_normal((m, r)) @ rng.standard_normal((r, p))


SHAPES = [(300, 100, 57), (500, 300, 300), (50, 80, 50), (130, 128, 60), (400, 257, 1)]


@pytest.mark.parametrize(("m", "p", "r"), SHAPES)
def test_singular_values_are_those_of_the_whole_matrix(m, p, r):
    """More rows or more columns, panels that do not come out even; to rounding."""
    rng = np.random.default_rng(m)
    J = of_rank(rng, m, p, r)
    unit = J / np.linalg.norm(J, axis=0)
    found = spectrum(blocks_of(J * 10.0 ** rng.uniform(-9, 9, p)))
    right = np.linalg.svd(unit, compute_uv=False)
    # Householder's error is a modest multiple of eps, whatever the size.
    assert np.abs(found.values - right).max() < 1e-13 * right[0]
    assert found.rank == r
    assert found.gap > 1e10


def test_columns_of_zeros_are_left_out():
    """They cost no rank, and no tolerance is lost on them."""
    J = of_rank(np.random.default_rng(0), 200, 30, 20)
    J[:, [0, 7, 29]] = 0.0
    found = spectrum(blocks_of(J))
    assert (found.rank, len(found.values)) == (20, 27)
    nothing = spectrum(lambda: [np.zeros((5, 3))])
    assert (nothing.rank, len(nothing.values)) == (0, 0)


def test_what_the_gram_matrix_cannot_see_is_seen():
    """A direction of 10⁻¹⁰ is above rounding; squared, it is below."""
    rng = np.random.default_rng(1)
    J = rng.standard_normal((90, 3))
    J = np.column_stack([J, J[:, 0] + 1e-10 * rng.standard_normal(90)])
    unit = J / np.linalg.norm(J, axis=0)
    assert np.linalg.matrix_rank(unit.T @ unit) == 3
    found = spectrum(blocks_of(J, 30))
    assert found.rank == 4


def test_absorbed_rows_leave_the_gram_matrix():
    """RᵀR = JᵀJ for an orthogonal map, and R is a triangle."""
    J = np.random.default_rng(2).standard_normal((700, 300))
    R = np.zeros((300, 300))
    for block in blocks_of(J, 100)():
        absorb(R, block)
    assert np.abs(R.T @ R - J.T @ J).max() < 1e-10  # entries of some hundreds
    assert not np.tril(R, -1).any()


def test_memory_is_a_triangle_whatever_the_number_of_rows():
    """R and a few blocks, but for what LAPACK copies: not m p numbers."""
    p, m, rows = 300, 6000, 40
    draw = lambda i: np.random.default_rng(i).standard_normal((rows, p))
    tracemalloc.start()
    found = spectrum(lambda: map(draw, range(m // rows)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.rank == p
    assert peak < 8 * (p * p + 6 * (rows + rank.PANEL) * p) < 8 * m * p / 4


def test_the_gap_is_what_counts_over_what_does_not():
    """σ = 1, 0.1, 10⁻¹⁵: 10¹⁴; where all count, rounding stands for the next."""
    eps = np.finfo(float).eps
    found = rank.Spectrum(np.array([1.0, 0.1, 1e-15]), 1e-13)
    assert (found.rank, round(np.log10(found.gap), 6)) == (2, 14.0)
    assert rank.Spectrum(np.array([1.0, 0.5]), 1e-13).gap == 0.5 / eps


# Exactly ----------------------------------------------------------------------------


def by_fractions(A):
    """The rank over the rational numbers."""
    rows = [[Fraction(int(a)) for a in row] for row in A]
    found = 0
    for column in range(len(rows[0])):
        at = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if at is None:
            continue
        rows[found], rows[at] = rows[at], rows[found]
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] / rows[found][column]
            pairs = zip(rows[i], rows[found], strict=True)
            rows[i] = [a - factor * b for a, b in pairs]
        found += 1
        if found == len(rows):
            break
    return found


@pytest.mark.parametrize(
    ("m", "p", "r"), [(12, 9, 5), (5, 11, 5), (9, 9, 8), (6, 4, 0)]
)
def test_elimination_modulo_a_prime_agrees_with_fractions(m, p, r):
    """Products of whole numbers, with columns and rows of zeros between."""
    rng = np.random.default_rng(r)
    A = rng.integers(-9, 10, (m, r)) @ rng.integers(-9, 10, (r, p))
    A[:, p // 2], A[m // 3] = 0, 0
    assert exact_rank(A) == by_fractions(A)


def test_large_whole_numbers_do_not_round():
    """2⁶² and 2⁶² + 1 are the same float64, and not the same number."""
    A = np.array([[2**62, 2**62 + 1], [2**62, 2**62]])
    assert np.linalg.matrix_rank(A.astype(float)) == 1
    assert exact_rank(A) == 2


def test_the_rank_falls_where_the_prime_divides():
    """It is never above that over the rational numbers."""
    A = np.array([[3, 1], [2, 3]])  # determinant 7
    assert (exact_rank(A), exact_rank(A, prime=7)) == (2, 1)


def test_residues_are_exact_to_the_largest_product():
    """As Python's integers say, up to one multiple of the prime."""
    rng, prime = np.random.default_rng(3), rank.PRIME
    x = rng.integers(-(prime**2), prime**2, 10_000)
    x = np.append(x, [0, prime, -prime, prime**2, prime**2 - 1, (prime - 1) ** 2])
    found = residues(x.astype(np.float64), prime)
    assert np.abs(found).max() < prime
    assert not ((found.astype(np.int64) - x) % prime).any()
    assert not found[[-6, -5, -4, -3]].any()
