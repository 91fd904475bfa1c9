"""Chapter 10, solved: the landscape of the loss; the derivation is in README.md."""

from __future__ import annotations

import numpy as np


def singular_value(M: np.ndarray, k: int) -> float:
    """The k-th largest singular value, 0 where there is none."""
    values = np.linalg.svd(M, compute_uv=False)
    return float(values[k - 1]) if k <= len(values) else 0.0


def grad_lower_bound(
    Ws: list[np.ndarray], dmin: np.ndarray, A: np.ndarray, dL: np.ndarray
) -> float:
    """Down from the output: each layer keeps so much of the length, and A the rest."""
    length = float(np.linalg.norm(dL) * np.prod(dmin))
    for W in Ws[1:]:  # nothing is sent down through W_1
        length *= singular_value(W, W.shape[0])
    return length * singular_value(A, A.shape[1])


def critical_point_kind(g: np.ndarray, H: np.ndarray, tol: float) -> str:
    """Definite or indefinite decides; a zero beside one sign only leaves it open."""
    if np.linalg.norm(g) > tol:
        return "not critical"
    eigenvalues = np.linalg.eigvalsh(H)  # ascending
    lowest, highest = eigenvalues[0], eigenvalues[-1]
    if lowest > tol:
        return "minimum"
    if highest < -tol:
        return "maximum"
    return "strict saddle" if lowest < -tol and highest > tol else "undetermined"
