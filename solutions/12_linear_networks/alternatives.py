"""Right answers to chapter 12 by other roads; every check must accept them.

M regression of Y on X, U and δ as in the statement, Σ = U diag(δ²) Uᵀ, p weights.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.course import alternative


def explained(X, Y):
    """Σ, as a matrix of inner products of what is fitted."""
    rows = np.linalg.qr(X.T)[0]
    fitted = Y @ rows  # in an orthonormal basis of the rows of X
    return fitted @ fitted.T


def eigenvectors(X, Y):
    """δ² and U, the largest first."""
    values, U = np.linalg.eigh(explained(X, Y))
    return values[::-1], U[:, ::-1]


# critical_value --------------------------------------------------------------------


@alternative("critical_value")
def by_eigenvalues(X, Y, S):
    """The eigenvalues of Σ = Σ_YX Σ_XX⁻¹ Σ_XY are δ²."""
    squares = np.linalg.eigvalsh(Y @ X.T @ np.linalg.inv(X @ X.T) @ X @ Y.T)
    return np.trace(Y @ Y.T) - sum(squares[-1 - i] for i in S)


@alternative("critical_value")
def by_the_residuals(X, Y, S):
    """Noise, plus the directions that were not learned."""
    squares = eigenvectors(X, Y)[0]
    fitted = np.linalg.lstsq(X.T, Y.T, rcond=None)[0].T @ X
    rest = [i for i in range(len(Y)) if i not in list(S)]
    return float(np.sum((Y - fitted) ** 2) + squares[rest].sum())


# critical_point --------------------------------------------------------------------


@alternative("critical_point")
def balanced(arch, X, Y, S):
    """As if trained from nothing: all layers share the singular values of the product.

    W_{h+1}ᵀ W_{h+1} = W_h W_hᵀ, and the hidden directions are random.
    """
    rng, r, H = np.random.default_rng(5), len(S), len(arch) - 1
    _, U = eigenvectors(X, Y)
    M = Y @ np.linalg.pinv(X)
    left, s, right = np.linalg.svd(U[:, list(S)] @ U[:, list(S)].T @ M)
    bases = [right[:r].T]
    bases += [np.linalg.qr(rng.standard_normal((n, r)))[0] for n in arch[1:-1]]
    bases.append(left[:, :r])
    root = s[:r] ** (1.0 / H)
    return tuple((new * root) @ old.T for old, new in pairwise(bases))


@alternative("critical_point")
def with_the_regression_last(arch, X, Y, S):
    """W_1 an orthonormal basis of the rows of P M, W_H the coefficients in it."""
    _, U = eigenvectors(X, Y)
    S = list(S)
    M = Y @ np.linalg.pinv(X)
    rows, coefficients = np.linalg.qr((U[:, S].T @ M).T)
    Ws = [np.eye(m, n) for n, m in pairwise(arch)]
    for W in Ws:
        W[len(S) :] = 0.0
    Ws[0][: len(S)] = rows.T
    Ws[-1] = np.zeros(Ws[-1].shape)
    Ws[-1][:, : len(S)] = U[:, S] @ coefficients.T
    return Ws


# classify --------------------------------------------------------------------------


@alternative("classify")
def by_curvature(Ws, X, Y):
    """The smallest eigenvalue of the Hessian, by minigrad; no theorem but one.

    Of all points without negative curvature only the global minima have their risk.
    """
    ends = np.cumsum([W.size for W in Ws])[:-1]

    def risk(w):
        f = X
        for part, W in zip(np.split(w, ends), Ws, strict=True):
            f = part.reshape(W.shape) @ f
        return np.sum((f - Y) ** 2)

    w = np.concatenate([W.ravel() for W in Ws])
    total = np.sum(Y**2)
    if np.linalg.eigvalsh(mg.hessian(risk)(w))[0] < -1e-8 * total:
        return "strict"
    most = min(len(X), *map(len, Ws))
    least = total - eigenvectors(X, Y)[0][:most].sum()
    return "global" if risk(w) - least < 1e-8 * total else "nonstrict"


@alternative("classify")
def by_the_directions_that_are_there(Ws, X, Y):
    """S read off U_iᵀ W; then each pivot from its blocks, multiplied up once."""
    H = len(Ws)
    below, above = [np.eye(len(X))], [np.eye(len(Y))]
    for W in Ws:
        below.append(W @ below[-1])
    for W in Ws[::-1]:
        above.append(above[-1] @ W)
    _, U = eigenvectors(X, Y)
    sizes = np.linalg.norm(U.T @ below[-1] @ X, axis=1)
    there = sizes > 1e-6 * np.linalg.norm(Y)
    r = int(there.sum())
    if not there[:r].all():
        return "strict"
    if r == min(len(X), *map(len, Ws)):
        return "global"
    count = lambda P: int(np.sum(np.linalg.svd(P, compute_uv=False) > 1e-7))
    for i in range(2, H + 1):
        between = np.eye(Ws[i - 2].shape[0])
        for j in range(i - 1, 0, -1):
            outer = below[j - 1] @ X @ Y.T @ above[H - i]
            if r not in (count(outer), count(between)):
                return "strict"
            between = between @ Ws[j - 1]
    return "nonstrict"


# best_B_and_is_critical ------------------------------------------------------------


@alternative("best_B_and_is_critical")
def by_the_gradient(A, X, Y):
    """Normal equations for B; critical where (A B X - Y) (B X)ᵀ is 0."""
    B = np.linalg.solve(A.T @ A, A.T @ Y @ X.T) @ np.linalg.inv(X @ X.T)
    hidden = B @ X
    slope = (A @ hidden - Y) @ hidden.T
    size = np.linalg.norm(Y) * np.linalg.norm(hidden)
    return [B, np.abs(slope).max() <= 1e-10 * size]


@alternative("best_B_and_is_critical")
def by_an_invariant_subspace(A, X, Y):
    """Σ maps the columns of A into their span: nothing of Σ Q is orthogonal to Q."""
    Q, R = np.linalg.qr(A)
    Sigma = explained(X, Y)
    out = Sigma @ Q - Q @ (Q.T @ Sigma @ Q)
    B = np.linalg.solve(R, Q.T @ np.linalg.lstsq(X.T, Y.T, rcond=None)[0].T)
    return B, bool(np.linalg.norm(out) < 1e-10 * np.linalg.norm(Sigma))
