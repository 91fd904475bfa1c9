"""What goes wrong in chapter 12, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

from functools import reduce
from itertools import combinations, pairwise

import numpy as np

from minigrad.course import mistake


def regression(X, Y):
    """M."""
    return Y @ np.linalg.pinv(X)


def directions(X, Y):
    """U and δ."""
    return np.linalg.svd(regression(X, Y) @ X, full_matrices=False)[:2]


# critical_value --------------------------------------------------------------------


def value(Y, squares):
    return float(np.sum(Y**2) - np.sum(squares))


@mistake("critical_value", kind="not-squared")
def singular_values_themselves(X, Y, S):
    """You subtracted δ_i. A direction takes δ_i² off the risk, for the risk is a sum of
    squares.
    """
    return value(Y, directions(X, Y)[1][list(S)])


@mistake("critical_value", kind="squared-twice")
def fourth_powers(X, Y, S):
    """You squared twice: the eigenvalues of Σ are δ_i² already, the singular values of
    M X are δ_i.
    """
    return value(Y, directions(X, Y)[1][list(S)] ** 4)


@mistake("critical_value", kind="truncated-svd")
def values_of_the_regression(X, Y, S):
    """You took the singular values of M. The risk sees M through the samples: δ are
    those of M X, which differ unless X Xᵀ is a multiple of I.
    """
    s = np.linalg.svd(regression(X, Y), compute_uv=False)
    return value(Y, s[list(S)] ** 2)


@mistake("critical_value", kind="covariance")
def values_of_the_covariance(X, Y, S):
    """You took the singular values of Y Xᵀ. Divide by X Xᵀ, then multiply by X: δ are
    those of Y Xᵀ (X Xᵀ)⁻¹ X.
    """
    s = np.linalg.svd(Y @ X.T, compute_uv=False)
    return value(Y, s[list(S)] ** 2)


@mistake("critical_value", kind="targets-only")
def values_of_the_targets(X, Y, S):
    """You took the singular values of Y itself, as for an autoencoder. Only the part of
    Y that X explains can be fitted: take those of M X.
    """
    s = np.linalg.svd(Y, compute_uv=False)
    return value(Y, s[list(S)] ** 2)


@mistake("critical_value", kind="order")
def smallest_first(X, Y, S):
    """Your indices count from the smallest δ, the order of np.linalg.eigh. Index 0 is
    the largest one here.
    """
    return value(Y, directions(X, Y)[1][::-1][list(S)] ** 2)


@mistake("critical_value", kind="complement")
def the_others(X, Y, S):
    """You subtracted the directions that are not in S. S is what the network has
    learned; what it has not is left in the risk.
    """
    rest = [i for i in range(len(Y)) if i not in S]
    return value(Y, directions(X, Y)[1][rest] ** 2)


@mistake("critical_value", kind="first-r")
def the_first_ones(X, Y, S):
    """You took the first directions, as many as S has. Which ones is for S to say: not
    only the largest have critical points.
    """
    return value(Y, directions(X, Y)[1][: len(S)] ** 2)


@mistake("critical_value", kind="trace")
def without_the_noise(X, Y, S):
    """Your value is the sum of the other δ_i². What no linear map explains of Y is
    missing: begin with tr Σ_YY, the sum of all squares in Y.
    """
    delta = directions(X, Y)[1]
    return float(np.sum(delta**2) - np.sum(delta[list(S)] ** 2))


@mistake("critical_value", kind="mean")
def mean_over_samples(X, Y, S):
    """You divided by the number of samples. The risk is a sum over them here."""
    return value(Y, directions(X, Y)[1][list(S)] ** 2) / Y.shape[1]


# critical_point --------------------------------------------------------------------


def in_corners(arch, corners):
    """Each in the upper left of a matrix of zeros, cut where it does not fit."""
    Ws = [np.zeros((m, n)) for n, m in pairwise(arch)]
    for W, corner in zip(Ws, corners, strict=True):
        fitting = corner[: W.shape[0], : W.shape[1]]
        W[: fitting.shape[0], : fitting.shape[1]] = fitting
    return Ws


def layers(arch, first, last):
    """``first``, identities, ``last``."""
    inner = [np.eye(last.shape[1])] * (len(arch) - 3)
    return in_corners(arch, [first, *inner, last])


@mistake("critical_point", kind="truncated-svd")
def truncated_regression(arch, X, Y, S):
    """You truncated the SVD of M, and that is no critical point. U are the left
    singular vectors of M X: what is cut off is measured on the samples.
    """
    U, s, Vt = np.linalg.svd(regression(X, Y), full_matrices=False)
    S = list(S)
    return layers(arch, s[S, None] * Vt[S], U[:, S])


@mistake("critical_point", kind="covariance")
def directions_of_the_covariance(arch, X, Y, S):
    """Your U are the singular vectors of Y Xᵀ, along which training leaves the origin.
    Those of a critical point belong to M X = Y Xᵀ (X Xᵀ)⁻¹ X.
    """
    US = np.linalg.svd(Y @ X.T)[0][:, list(S)]
    return layers(arch, US.T @ regression(X, Y), US)


@mistake("critical_point", kind="targets-only")
def directions_of_the_targets(arch, X, Y, S):
    """Your U are the singular vectors of Y. What X does not explain turns them: take
    those of M X.
    """
    US = np.linalg.svd(Y)[0][:, list(S)]
    return layers(arch, US.T @ regression(X, Y), US)


@mistake("critical_point", kind="inverse-forgotten")
def without_the_inverse(arch, X, Y, S):
    """You left out (X Xᵀ)⁻¹: the first layer is U_Sᵀ M, with the regression M = Y Xᵀ
    (X Xᵀ)⁻¹, not with Y Xᵀ.
    """
    US = directions(X, Y)[0][:, list(S)]
    return layers(arch, US.T @ Y @ X.T, US)


@mistake("critical_point", kind="order")
def smallest_direction_first(arch, X, Y, S):
    """Your directions count from the smallest δ, the order of np.linalg.eigh. Index 0
    is the largest one here.
    """
    US = directions(X, Y)[0][:, ::-1][:, list(S)]
    return layers(arch, US.T @ regression(X, Y), US)


@mistake("critical_point", kind="first-r")
def the_first_directions(arch, X, Y, S):
    """You took the first directions, as many as S has. Take the columns of U that S
    names.
    """
    US = directions(X, Y)[0][:, : len(S)]
    return layers(arch, US.T @ regression(X, Y), US)


@mistake("critical_point", kind="all-in-the-first")
def regression_then_selection(arch, X, Y, S):
    """Your first layer computes all of M, and the last one selects. The last would
    learn the rest: below it nothing outside of S may come through but 0.
    """
    U = directions(X, Y)[0]
    S = list(S)
    order = [*S, *[i for i in range(len(Y)) if i not in S]]
    wide = [np.eye(len(Y))] * (len(arch) - 3)
    return in_corners(arch, [U[:, order].T @ regression(X, Y), *wide, U[:, S]])


@mistake("critical_point", kind="all-in-the-last")
def selection_then_all(arch, X, Y, S):
    """Your last layer passes more than S on. The layers below would learn the rest: the
    columns of W_H beside U_S may not see it, so make them 0.
    """
    U = directions(X, Y)[0]
    S = list(S)
    order = [*S, *[i for i in range(len(Y)) if i not in S]]
    wide = [np.eye(len(Y))] * (len(arch) - 3)
    return in_corners(arch, [U[:, S].T @ regression(X, Y), *wide, U[:, order]])


@mistake("critical_point", kind="twice")
def regression_in_both(arch, X, Y, S):
    """Your product has δ in it twice. M = U diag(δ) ...: give δ to one layer, or √δ to
    two.
    """
    U, delta = directions(X, Y)
    US = U[:, list(S)]
    return layers(arch, US.T @ regression(X, Y), US * delta[list(S)])


@mistake("critical_point", kind="global")
def always_the_regression(arch, X, Y, S):
    """Your product is M whatever S is: the minimum. Asked is the point at which the
    directions in S have been learned, and no others.
    """
    U = directions(X, Y)[0]
    return layers(arch, U.T @ regression(X, Y), U)


# classify --------------------------------------------------------------------------


def rank(factors, tol=1e-9):
    size = np.prod([np.linalg.norm(F, 2) for F in factors])
    s = np.linalg.svd(reduce(np.matmul, factors), compute_uv=False)
    return int(np.sum(s > tol * size))


def pivots(Ws):
    """(j, i) with j < i, from 0."""
    return list(combinations(range(len(Ws)), 2))


def blocks(Ws, X, Y, j, i):
    """The ranks of the first and the second complementary block."""
    outer = [*Ws[:j][::-1], X @ Y.T, *Ws[i + 1 :][::-1]]
    inner = [*Ws[j + 1 : i][::-1], np.eye(len(Ws[j]))]
    return rank(outer), rank(inner)


def is_first(Ws, X, Y, r, delta):
    """Is the risk that of the first r of these δ?"""
    risk = np.sum((reduce(np.matmul, Ws[::-1]) @ X - Y) ** 2)
    return abs(risk - value(Y, delta[:r] ** 2)) <= 1e-9 * np.sum(Y**2)


def decide(Ws, X, Y, tight=None, over=pivots, together=all, r_max=None, first=is_first):
    """The classification, with a part of it changed."""
    r = rank(Ws[::-1])
    if not first(Ws, X, Y, r, directions(X, Y)[1]):
        return "strict"
    if r == (min(len(X), *map(len, Ws)) if r_max is None else r_max):
        return "global"
    tight = tight or (lambda j, i: r in blocks(Ws, X, Y, j, i))
    held = together(tight(j, i) for j, i in over(Ws))
    return "nonstrict" if held else "strict"


@mistake("classify", kind="two-layers")
def every_saddle_strict(Ws, X, Y):
    """You call every saddle strict, as with two layers, or want both blocks of a pivot
    to have the rank r. One is enough: of (H, 1) the first never has it, of neighbors
    the second.
    """
    return decide(Ws, X, Y, tight=lambda j, i: False)


@mistake("classify", kind="tightened-forgotten")
def every_first_saddle_nonstrict(Ws, X, Y):
    """You call every saddle nonstrict whose S are the first directions. It is only if
    all pivots are tightened, too.
    """
    return decide(Ws, X, Y, tight=lambda j, i: True)


@mistake("classify", kind="rank-only")
def without_the_value(Ws, X, Y):
    """You looked at ranks alone. Two products of one rank may have other directions:
    unless S are the first r, the point is a strict saddle.
    """
    return decide(Ws, X, Y, first=lambda *args: True)


@mistake("classify", kind="exactly-one")
def exactly_one_block(Ws, X, Y):
    """You want the rank r of one block and not of the other. At least one is meant: a
    pivot of which both have it is tightened as well.
    """
    r = rank(Ws[::-1])
    tight = lambda j, i: blocks(Ws, X, Y, j, i).count(r) == 1
    return decide(Ws, X, Y, tight)


@mistake("classify", kind="any-pivot")
def one_pivot_is_enough(Ws, X, Y):
    """You are content with one tightened pivot. All of them have to be: a single one
    that is not leaves a way down.
    """
    return decide(Ws, X, Y, together=any)


@mistake("classify", kind="outer-pivot")
def only_the_outer_pivot(Ws, X, Y):
    """You looked at the pivot (H, 1) only. Every pair of layers is one."""
    return decide(Ws, X, Y, over=lambda Ws: [(0, len(Ws) - 1)])


@mistake("classify", kind="neighbors")
def only_neighbors(Ws, X, Y):
    """You looked at pivots of neighboring layers only. Every pair i > j is one, with
    any number of layers between.
    """
    return decide(Ws, X, Y, over=lambda Ws: list(pairwise(range(len(Ws)))))


@mistake("classify", kind="empty-product")
def neighbors_left_out(Ws, X, Y):
    """You left out pivots of neighboring layers, where nothing is between. The empty
    product is the identity, whose rank is the width, not r.
    """
    apart = lambda Ws: [(j, i) for j, i in pivots(Ws) if i > j + 1]
    return decide(Ws, X, Y, over=apart)


@mistake("classify", kind="empty-product")
def outer_pivot_left_out(Ws, X, Y):
    """You left out the pivot (H, 1), beside which there is no layer. Its first block is
    Σ_XY alone, of rank d_y.
    """
    inner = lambda Ws: [p for p in pivots(Ws) if p != (0, len(Ws) - 1)]
    return decide(Ws, X, Y, over=inner)


@mistake("classify", kind="other-matrix")
def regression_in_the_block(Ws, X, Y):
    """You put the regression Mᵀ into the first block. Σ_XY = X Yᵀ stands there: whether
    W_1 sees what has not been learned is measured on the samples.
    """
    r, Mt = rank(Ws[::-1]), regression(X, Y).T

    def tight(j, i):
        outer = [*Ws[:j][::-1], Mt, *Ws[i + 1 :][::-1]]
        return r in (rank(outer), blocks(Ws, X, Y, j, i)[1])

    return decide(Ws, X, Y, tight)


@mistake("classify", kind="hidden-widths")
def without_hidden_widths(Ws, X, Y):
    """Your r_max is d_y. A narrow hidden layer lowers it: the smallest of all widths is
    the largest rank there is.
    """
    return decide(Ws, X, Y, r_max=len(Y))


@mistake("classify", kind="rounding")
def zeros_from_rounding(Ws, X, Y):
    """Your ranks count rounding errors. A product that should be 0 has entries of
    1e-17: measure singular values against the norms of its factors.
    """
    r, ranked = np.linalg.matrix_rank(reduce(np.matmul, Ws[::-1])), np.linalg
    if not is_first(Ws, X, Y, r, directions(X, Y)[1]):
        return "strict"
    if r == min(len(X), *map(len, Ws)):
        return "global"
    for j, i in pivots(Ws):
        outer = [*Ws[:j][::-1], X @ Y.T, *Ws[i + 1 :][::-1]]
        inner = [*Ws[j + 1 : i][::-1], np.eye(len(Ws[j]))]
        products = reduce(np.matmul, outer), reduce(np.matmul, inner)
        if r not in [ranked.matrix_rank(P) for P in products]:
            return "strict"
    return "nonstrict"


# best_B_and_is_critical ------------------------------------------------------------


def commutes(P, Sigma):
    gap = np.linalg.norm(P @ Sigma - Sigma @ P)
    return bool(gap <= 1e-9 * np.linalg.norm(Sigma))


def parts(A, X, Y):
    """The best B, the projection on the columns of A, and Σ."""
    M = regression(X, Y)
    return np.linalg.pinv(A) @ M, A @ np.linalg.pinv(A), M @ X @ Y.T


@mistake("best_B_and_is_critical", kind="orthonormal")
def transpose_for_an_inverse(A, X, Y):
    """You used Aᵀ as the inverse of A, for B and in A Aᵀ. That is right only where
    columns are orthonormal; in general it is (AᵀA)⁻¹ Aᵀ.
    """
    _, _, Sigma = parts(A, X, Y)
    return A.T @ regression(X, Y), commutes(A @ A.T, Sigma)


@mistake("best_B_and_is_critical", kind="orthonormal")
def transpose_in_the_projection(A, X, Y):
    """Your B is right, but A Aᵀ is no projection unless the columns of A are
    orthonormal: it is A (AᵀA)⁻¹ Aᵀ.
    """
    B, _, Sigma = parts(A, X, Y)
    return B, commutes(A @ A.T, Sigma)


@mistake("best_B_and_is_critical", kind="inverse-forgotten")
def without_the_inverse_of_the_samples(A, X, Y):
    """You left out (X Xᵀ)⁻¹: B = (AᵀA)⁻¹ Aᵀ M with the regression M = Y Xᵀ (X Xᵀ)⁻¹."""
    _, P, Sigma = parts(A, X, Y)
    return np.linalg.pinv(A) @ Y @ X.T, commutes(P, Sigma)


@mistake("best_B_and_is_critical", kind="half")
def always_critical(A, X, Y):
    """You call every A critical with its best B. Then the gradient in B is 0; that in A
    is 0 only if the projection on the columns of A commutes with Σ.
    """
    return parts(A, X, Y)[0], True


@mistake("best_B_and_is_critical", kind="global")
def only_the_minimum(A, X, Y):
    """You call critical what is a global minimum. There are saddles, too: any set of
    eigenvectors of Σ spans one, not only the first.
    """
    B = parts(A, X, Y)[0]
    least = value(Y, directions(X, Y)[1][: A.shape[1]] ** 2)
    risk = np.sum((A @ B @ X - Y) ** 2)
    return B, bool(risk - least <= 1e-9 * np.sum(Y**2))


@mistake("best_B_and_is_critical", kind="fit")
def only_the_regression(A, X, Y):
    """You call critical what computes M. A network that is too narrow for M has
    critical points as well.
    """
    B = parts(A, X, Y)[0]
    M = regression(X, Y)
    return B, bool(np.abs(A @ B - M).max() <= 1e-9 * np.abs(M).max())


@mistake("best_B_and_is_critical", kind="other-matrix")
def commuting_with_the_targets(A, X, Y):
    """Your projection has to commute with Y Yᵀ. The matrix is Σ = Σ_YX Σ_XX⁻¹ Σ_XY, the
    part of it that X explains.
    """
    B, P, _ = parts(A, X, Y)
    return B, commutes(P, Y @ Y.T)


@mistake("best_B_and_is_critical", kind="each-column")
def each_column_an_eigenvector(A, X, Y):
    """You want every column of A to be an eigenvector of Σ. It is their *span* that has
    to be one of eigenvectors: A = U_S C with any invertible C.
    """
    B, _, Sigma = parts(A, X, Y)
    quotients = np.sum(A * (Sigma @ A), axis=0) / np.sum(A**2, axis=0)
    off = np.linalg.norm(Sigma @ A - A * quotients)
    return B, bool(off <= 1e-9 * np.linalg.norm(Sigma) * np.linalg.norm(A))


@mistake("best_B_and_is_critical", kind="transpose")
def transposed_B(A, X, Y):
    """Your B is transposed. It maps samples to the hidden layer: (n_1, d_x)."""
    B, P, Sigma = parts(A, X, Y)
    return B.T, commutes(P, Sigma)
