"""Right answers to chapter 10 by other roads; every check must accept them."""

from __future__ import annotations

import numpy as np

from minigrad.course import alternative

# grad_lower_bound ------------------------------------------------------------------


@alternative("grad_lower_bound")
def by_gram_matrices(Ws, dmin, A, dL):
    """s_n(A)² is the smallest eigenvalue of AᵀA, s_{n_h}(W_h)² that of W_h W_hᵀ."""
    grams = [A.T @ A, *(W @ W.T for W in Ws[1:])]
    lowest = [max(np.linalg.eigvalsh(gram)[0], 0.0) for gram in grams]
    return np.sqrt(np.prod(lowest)) * np.prod(dmin) * np.sqrt(np.sum(dL**2))


@alternative("grad_lower_bound")
def by_triangular_factors(Ws, dmin, A, dL):
    """A = QR with a square R has s_n(A) = 1/‖R⁻¹‖; where it has no inverse, 0."""
    bound = np.linalg.norm(dL)
    for d in dmin:
        bound = bound * d
    for M in [A, *(W.T for W in Ws[1:])]:
        R = np.linalg.qr(M)[1]
        if R.shape[0] < R.shape[1] or np.linalg.cond(R) > 1e14:
            return 0.0
        bound = bound / np.linalg.norm(np.linalg.inv(R), 2)
    return float(bound)


# critical_point_kind ---------------------------------------------------------------


@alternative("critical_point_kind")
def by_counting_signs(g, H, tol):
    """How many eigenvalues are above and below zero."""
    if np.abs(g).max() > tol:
        return "not critical"
    values = np.linalg.eigvals(H).real
    up, down = np.count_nonzero(values > tol), np.count_nonzero(values < -tol)
    if up and down:
        return "strict saddle"
    if up + down < len(g):
        return "undetermined"
    return "minimum" if up else "maximum"


@alternative("critical_point_kind")
def by_cholesky(g, H, tol):
    """What has a factor is definite: ask for H ± tol I and for -H ± tol I."""

    def definite(M):
        try:
            np.linalg.cholesky(M)
        except np.linalg.LinAlgError:
            return False
        return True

    if not np.sqrt(g @ g) <= tol:
        return "not critical"
    zero = tol * np.eye(len(g))
    if definite(H - zero):
        return "minimum"
    if definite(-H - zero):
        return "maximum"
    semidefinite = definite(H + zero) or definite(-H + zero)
    return "undetermined" if semidefinite else "strict saddle"
