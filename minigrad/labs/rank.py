"""The rank of a matrix too large to hold: in floating point with its gap, and exactly.

In floating point, a matrix comes in blocks of rows.  An orthogonal factor compresses
them as they come: of m rows only an upper triangle R (p, p) is kept, and J = Q R with
QᵀQ = I has the singular values of R.  Householder reflections do not square the
condition number, as the Gram matrix JᵀJ would: singular values down to 10⁻¹⁵ of the
largest are seen, with JᵀJ only down to 10⁻⁸.

Exactly, a matrix of whole numbers is eliminated modulo a prime.

    m rows    p columns    R triangle    C block of rows    V, T reflections I - V T Vᵀ
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

Rows = Callable[
    [], Iterable[np.ndarray]
]  # the same blocks of rows whenever it is asked

EPS = float(np.finfo(np.float64).eps)
PANEL = 128  # columns that are reflected at a time
PRIME = 2**26 - 5  # products of two residues are exact in float64


@dataclass(frozen=True)
class Spectrum:
    """Singular values, largest first, and how many of them are not zero."""

    values: np.ndarray
    tolerance: float

    @property
    def rank(self) -> int:
        """How many singular values are above the tolerance."""
        return int(np.sum(self.values > self.tolerance))

    @property
    def gap(self) -> float:
        """σ_r over σ_{r+1}: how many times larger what counts is than what does not.

        Where all count, or the next is below rounding, rounding stands for the next.
        """
        if self.rank == 0:
            return 1.0 / EPS
        floor = EPS * self.values[0]
        below = self.values[self.rank] if self.rank < len(self.values) else floor
        return float(self.values[self.rank - 1] / max(below, floor))


def spectrum(rows: Rows) -> Spectrum:
    """The singular values of a matrix of which each column is divided by its length.

    ``rows()`` gives blocks of rows, (k, p) each, and is asked twice.  Columns of zeros
    are left out, which costs no rank.  In memory are one block and min(m, p) p numbers
    at first, twice that for the singular values.  The tolerance is σ_1 max(m, p) eps,
    that of ``np.linalg.matrix_rank``.

    >>> J = np.array([[1.0, 1e-9, 0.0], [1.0, 2e-9, 0.0], [0.0, 3e-9, 0.0]])
    >>> found = spectrum(lambda: [J[:2], J[2:]])
    >>> found.rank, len(found.values)
    (2, 2)
    """
    m, lengths = _lengths(rows)
    moving = lengths > 0
    scale, p = lengths[moving], int(np.sum(moving))
    scaled = (block[:, moving] / scale for block in rows())
    values = np.linalg.svd(_compressed(scaled, m, p), compute_uv=False)
    largest = float(values[0]) if len(values) else 0.0
    return Spectrum(values, largest * max(m, len(lengths)) * EPS)


def _lengths(rows: Rows) -> tuple[int, np.ndarray]:
    """How many rows there are, and the length of each column."""
    m, squares = 0, np.zeros(())
    for block in rows():
        m += len(block)
        squares = squares + np.einsum("ij,ij->j", block, block)
    return m, np.sqrt(squares)


def _compressed(blocks: Iterable[np.ndarray], m: int, p: int) -> np.ndarray:
    """A matrix of the same singular values: the rows if they are few, else R."""
    kept = np.zeros((min(m, p), p))
    at = 0
    for block in blocks:
        if m > p:
            absorb(kept, block)
        else:
            kept[at : at + len(block)] = block
            at += len(block)
    return kept


def absorb(R: np.ndarray, C: np.ndarray) -> None:
    """Turn (R; C) into (R'; 0) by an orthogonal map from the left, in place.

    R : (p, p) upper triangular, C : (k, p), destroyed.  2 k p² (1 + PANEL / k) products
    of two numbers, nearly all in products of matrices.  Golub and Van Loan 2013, 5.2.3.

    >>> R, C = np.zeros((2, 2)), np.array([[3.0, 1.0], [4.0, 7.0]])
    >>> absorb(R, C)
    >>> np.abs(R).round(9)
    array([[5. , 6.2],
           [0. , 3.4]])
    """
    p = len(R)
    for start in range(0, p, PANEL):
        here, right = slice(start, start + PANEL), slice(start + PANEL, p)
        top = R[here, here]
        reflected, V, T = _reflections(np.concatenate([top, C[:, here]]))
        R[here, here] = reflected
        above, below = V[: len(top)], V[len(top) :]
        S = T.T @ (above.T @ R[here, right] + below.T @ C[:, right])
        R[here, right] -= above @ S
        C[:, right] -= below @ S


def _reflections(panel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """R, V, T with (I - V T Vᵀ)ᵀ panel = (R; 0): LAPACK's reflections, one by one.

    H_1 ... H_b with H_i = I - τ_i v_i v_iᵀ is I - V T Vᵀ for the upper triangle T with
    T⁻¹ = diag(1/τ) + the part of VᵀV above the diagonal.
    """
    packed, tau = np.linalg.qr(panel, mode="raw")
    packed, width = packed.T, len(tau)
    V = np.tril(packed, -1) + np.eye(*packed.shape)
    idle = tau == 0.0  # nothing was to reflect
    V[:, idle] = 0.0
    inverse = np.triu(V.T @ V, 1) + np.diag(1.0 / np.where(idle, 1.0, tau))
    return np.triu(packed[:width]), V, np.linalg.inv(inverse)


def exact_rank(A: np.ndarray, prime: int = PRIME) -> int:
    """The rank of a matrix of whole numbers over the field of ``prime`` elements.

    Gaussian elimination: no rounding, no tolerance.  Never above the rank over the
    rational numbers, and below it only if the prime divides every minor of that size.
    ``prime`` is below 2²⁶: then products of residues are whole numbers of float64, with
    which processors are ten times quicker than with remainders of integers.

    >>> exact_rank(np.array([[1, 2, 3], [2, 4, 6], [1, 0, 10**9]]))
    2
    >>> exact_rank(np.array([[7, 0], [0, 1]]), prime=7)
    1
    """
    A = (np.asarray(A, dtype=np.int64) % prime).astype(np.float64)
    rank = 0
    for column in range(A.shape[1]):
        filled = rank + np.flatnonzero(A[rank:, column])
        if len(filled) == 0:
            continue
        A[[rank, filled[0]]] = A[[filled[0], rank]]
        inverse = pow(int(A[rank, column]), -1, prime)
        row = residues(A[rank, column:] * inverse, prime)
        rank += 1
        below = A[rank:, column:]
        below[:] = residues(below - below[:, :1] * row, prime)
        if rank == len(A):
            break
    return rank


def residues(x: np.ndarray, prime: int) -> np.ndarray:
    """What is left of whole numbers below 2⁵³ modulo a prime, between -prime and prime.

    A quotient that is rounded up to a whole number leaves a negative rest; one that is
    a whole number is exact, so that 0 is 0.
    """
    return np.asarray(x - prime * np.floor(x / prime))
