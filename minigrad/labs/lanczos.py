"""The spectrum of a symmetric matrix that is only known by its products.

Lanczos' method makes of H and a vector q a tridiagonal matrix T = QᵀHQ, one product a
step.  Its eigenvalues (Ritz values) soon are the outermost of H, and with the squared
first entries of its eigenvectors for weights they are a quadrature of the density that
q sees.  Averaged over random q, that is the spectral density of H; for H = ∇²E all it
takes is ``mg.hvp``.  Lanczos 1950; Ubaru, Chen and Saad 2017; Ghorbani et al. 2019.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Product = Callable[[np.ndarray], np.ndarray]  # v -> H v

# Below this share of ‖T‖ a new direction is rounding: the space is closed.
CLOSED = 1e-10


class Quadrature(NamedTuple):
    """Ritz values, ascending, and their weights, which add up to 1."""

    values: np.ndarray
    weights: np.ndarray


def lanczos(
    product: Product, start: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Diagonal and off-diagonal of T after as many steps, or until the space is closed.

    H q_k = β_{k-1} q_{k-1} + α_k q_k + β_k q_{k+1}.  It closes after as many steps as
    ``start`` has components at different eigenvalues: a multiple one counts once.  Each
    new direction is made orthogonal to all before, twice, for rounding would bring the
    outermost ones back as copies.  Parlett 1998, sections 6.9 and 13.
    Raises ValueError for a start that is 0, or steps below 1.

    >>> alpha, beta = lanczos(lambda v: np.diag([1.0, 5.0]) @ v, np.ones(2), steps=9)
    >>> alpha.round(6), beta.round(6)
    (array([3., 3.]), array([2.]))
    """
    length = np.linalg.norm(start)
    if length == 0.0 or steps < 1:
        raise ValueError(
            f"Lanczos needs a start that is not 0 and a step at least; "
            f"the start has length {length:g}, steps is {steps}"
        )
    steps = min(steps, len(start))
    Q, alpha, beta = np.empty((steps, len(start))), list[float](), list[float]()
    q = start / length
    for k in range(steps):
        Q[k] = q
        v = product(q)
        alpha.append(float(q @ v))
        for _ in range(2):
            v = v - Q[: k + 1].T @ (Q[: k + 1] @ v)
        beta.append(float(np.linalg.norm(v)))
        if beta[-1] <= CLOSED * (max(map(abs, alpha)) + max(beta)):
            break
        q = v / beta[-1]
    return np.array(alpha), np.array(beta[:-1])


def quadrature(product: Product, start: np.ndarray, steps: int) -> Quadrature:
    """Σ w_i f(x_i) for qᵀ f(H) q with q of length 1, exact for degrees below 2 steps.

    >>> nodes = quadrature(lambda v: np.diag([1.0, 5.0]) @ v, np.ones(2), steps=2)
    >>> nodes.values.round(6), nodes.weights.round(6)
    (array([1., 5.]), array([0.5, 0.5]))
    """
    alpha, beta = lanczos(product, start, steps)
    values, vectors = np.linalg.eigh(
        np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1)
    )
    return Quadrature(values, vectors[0] ** 2)


def density(
    product: Product, size: int, steps: int, probes: int, rng: np.random.Generator
) -> Quadrature:
    """The mean of the quadratures of random starts: how eigenvalues are distributed.

    A start that is uniform in direction has the same weight on each eigenvector, on
    average.  The share of eigenvalues up to x is then Σ w_i over x_i ≤ x.

    >>> rng, H = np.random.default_rng(0), np.diag([-1.0, 2.0, 2.0, 2.0])
    >>> found = density(lambda v: H @ v, size=4, steps=4, probes=400, rng=rng)
    >>> bool(abs(found.weights[found.values < 0].sum() - 0.25) < 0.05)
    True
    """
    found = [
        quadrature(product, rng.standard_normal(size), steps) for _ in range(probes)
    ]
    values = np.concatenate([each.values for each in found])
    weights = np.concatenate([each.weights for each in found]) / probes
    order = np.argsort(values)
    return Quadrature(values[order], weights[order])
