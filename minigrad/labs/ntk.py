"""The empirical neural tangent kernel of any network, from the engine's own sweeps.

The gradients of n samples by a weight matrix are n outer products δ aᵀ.  Their inner
products are ⟨δ, δ'⟩ ⟨a, a'⟩, so that of a dense layer the kernel is

    K = (Δ Δᵀ) ⊙ (A Aᵀ),   Δ : (n, out), A : (n, in),

and no gradient is formed: the Jacobian would be larger by the width.  A parameter that
is used in another way (a bias, a filter) gives its per-sample gradients in full.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import rows
from minigrad.rows import Outer
from minigrad.trace import Trace

Network = Callable[
    [Any, Any], Any
]  # f(params, xs), a row of results for each row of xs
Gradient = list[Outer] | np.ndarray  # by one parameter, of all samples


def ntk(f: Network, params: Any, xs: np.ndarray, ys: Any = None) -> np.ndarray:
    """The inner products of the gradients of f at the rows of xs and of ys.

    K[s, j, t, k] = Σ_p ∂f_j(x_s)/∂θ_p ∂f_k(y_t)/∂θ_p    Jacot et al. 2018, eq. (4)

    ``f(params, xs)`` is (n, ...) for xs (n, d), samples as rows; ``params`` is a
    container of arrays; K is (n, ..., n', ...).  Without ``ys`` these are xs again.
    Raw parameters: the 1/√width of the paper belongs into f, behind the product, for
    then products of matrices are not multiplied out.  Rows that depend on one another
    (batch normalization) are right, and cost a whole Jacobian.
    Raises ValueError if f does not give a row for each row of xs.

    >>> W, X = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [3.0, 4.0]])
    >>> ntk(lambda W, X: np.sum((X @ W) ** 2, axis=1), W, X)
    array([[  20.,  276.],
           [ 276., 10900.]])
    """
    shape, gradients = _gradients(f, params, xs)
    others = (shape, gradients) if ys is None else _gradients(f, params, ys)
    pairs = zip(gradients, others[1], strict=True)
    kernel = sum(_inner(own, other) for own, other in pairs)
    return np.reshape(kernel, shape + others[0])


def _gradients(
    f: Network, params: Any, xs: np.ndarray
) -> tuple[tuple[int, ...], list[Gradient]]:
    """The shape of the result, and by each parameter the gradients of all samples."""
    trace = Trace((params, xs), [0], explain=True)
    out = trace.run(f)
    shape = np.shape(trace.plain(out))
    if not shape or shape[0] != len(xs):
        raise ValueError(
            f"f returned shape {shape}, but xs has {len(xs)} rows; "
            "let it return a row of results for each of them"
        )
    factors: rows.Factors = {}
    swept: Any = {}
    if trace.holds(out):
        swept = dict(enumerate(rows.sweep(trace.tape, out, factors)))
    gradients: list[Gradient] = []
    for x in trace.inputs:
        full, outers = swept.get(x.line), factors.get(x.line, [])
        if full is None:
            gradients.append(outers)
        else:
            gradients.append(full + sum(outer.written_out() for outer in outers))
    return shape, gradients


def _inner(own: Gradient, other: Gradient) -> Any:
    """All inner products of gradients by one parameter, (n, m, n', m')."""
    if isinstance(own, list) and isinstance(other, list):
        pairs = itertools.product(own, other)
        return sum(_gram(p.left, q.left) * _gram(p.right, q.right) for p, q in pairs)
    return _gram(_vectors(own), _vectors(other))


def _gram(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """⟨A[s, j], B[t, k]⟩ for vectors along the last axis."""
    size = A.shape[-1]
    products = A.reshape(-1, size) @ B.reshape(-1, size).T
    return np.asarray(products.reshape(A.shape[:2] + B.shape[:2]))


def _vectors(gradient: Gradient) -> np.ndarray:
    """The gradients in full, (n, m, entries)."""
    full: Any = gradient
    if isinstance(gradient, list):
        full = sum(outer.written_out() for outer in gradient)
    vectors: np.ndarray = full.reshape(*full.shape[:2], -1)
    return vectors
