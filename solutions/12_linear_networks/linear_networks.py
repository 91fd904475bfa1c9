"""Chapter 12, solved: critical points of linear networks.

M regression of Y on X, U and δ left singular vectors and singular values of M X, r rank
of the product; the derivation is in README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import combinations, pairwise

import numpy as np

TOL = 1e-9  # relative to what a number is made of: smaller ones are rounding


def directions(
    X: np.ndarray, Y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """M, U and δ, the largest δ first."""
    M = np.linalg.solve(X @ X.T, X @ Y.T).T
    U, delta, _ = np.linalg.svd(M @ X, full_matrices=False)
    return M, U, delta


def critical_value(X: np.ndarray, Y: np.ndarray, S: Sequence[int]) -> float:
    """tr Σ_YY - Σ_{i in S} δ_i²."""
    _, _, delta = directions(X, Y)
    return float(np.sum(Y**2) - np.sum(delta[list(S)] ** 2))


def critical_point(
    arch: Sequence[int], X: np.ndarray, Y: np.ndarray, S: Sequence[int]
) -> list[np.ndarray]:
    """U_Sᵀ M, then an identity of size r, then U_S, each in a corner of zeros."""
    M, U, _ = directions(X, Y)
    US, r = U[:, list(S)], len(S)
    corners = [US.T @ M, *[np.eye(r)] * (len(arch) - 3), US]
    Ws = [np.zeros((m, n)) for n, m in pairwise(arch)]
    for W, corner in zip(Ws, corners, strict=True):
        W[: len(corner), : corner.shape[1]] = corner
    return Ws


def classify(Ws: list[np.ndarray], X: np.ndarray, Y: np.ndarray) -> str:
    """By the rank r of the product, its value, and the pivots, in this order."""
    r, widths = rank(Ws[::-1]), [len(X), *map(len, Ws)]
    risk = np.sum((reduce(np.matmul, Ws[::-1]) @ X - Y) ** 2)
    if risk > critical_value(X, Y, range(r)) + TOL * np.sum(Y**2):
        return "strict"  # S is not the first r directions
    if r == min(widths):
        return "global"
    pivots = combinations(range(len(Ws)), 2)
    held = all(is_tightened(Ws, X @ Y.T, r, j, i) for j, i in pivots)
    return "nonstrict" if held else "strict"


def is_tightened(Ws: list[np.ndarray], Sxy: np.ndarray, r: int, j: int, i: int) -> bool:
    """Has a block complementary to the pivot i > j, counted from 0, the rank r?"""
    outer = [*Ws[:j][::-1], Sxy, *Ws[i + 1 :][::-1]]
    inner = [*Ws[j + 1 : i][::-1], np.eye(len(Ws[j]))]  # an empty product is I
    return r in (rank(outer), rank(inner))


def rank(factors: Sequence[np.ndarray]) -> int:
    """Of a product: what is tiny beside the norms of its factors is rounding."""
    size = np.prod([np.linalg.norm(F, 2) for F in factors])
    values = np.linalg.svd(reduce(np.matmul, factors), compute_uv=False)
    return int(np.sum(values > TOL * size))


def best_B_and_is_critical(
    A: np.ndarray, X: np.ndarray, Y: np.ndarray
) -> tuple[np.ndarray, bool]:
    """A⁺ M, and whether the projection A A⁺ commutes with Σ = M Σ_XY."""
    M, _, _ = directions(X, Y)
    inverse = np.linalg.pinv(A)
    P, Sigma = A @ inverse, M @ X @ Y.T
    gap = np.linalg.norm(P @ Sigma - Sigma @ P)
    return inverse @ M, bool(gap <= TOL * np.linalg.norm(Sigma))
