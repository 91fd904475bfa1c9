"""The empirical neural tangent kernel of any network, from the engine's own sweeps.

The gradients of n samples by a weight matrix are n outer products δ aᵀ.  Their inner
products are ⟨δ, δ'⟩ ⟨a, a'⟩, so that of a dense layer the kernel is

    K = (Δ Δᵀ) ⊙ (A Aᵀ),   Δ : (n, out), A : (n, in),

and no gradient is formed: the Jacobian would be larger by the width.  A parameter that
is used in another way (a bias, a filter) gives its per-sample gradients in full.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
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
    out, gradients = _gradients(f, params, xs)
    out2, others = (out, gradients) if ys is None else _gradients(f, params, ys)
    sizes = [n for shape in (out.shape, out2.shape) for n in _sizes(shape)]
    kernel = np.zeros(sizes, np.result_type(out, out2, np.float32))
    for own, other in zip(gradients, others, strict=True):
        for term in _inner(own, other):
            kernel += term
    return kernel.reshape(out.shape + out2.shape)


def _sizes(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many rows a result has, and how many entries a row."""
    return shape[0], math.prod(shape[1:])


def _gradients(
    f: Network, params: Any, xs: np.ndarray
) -> tuple[np.ndarray, list[Gradient]]:
    """The result, and by each parameter the gradients of all samples."""
    trace = Trace((params, xs), [0], outline=True)
    out = trace.run(f)
    value = np.asarray(trace.plain(out))
    if not value.ndim or len(value) != len(xs):
        raise ValueError(
            f"f returned shape {value.shape}, but xs has {len(xs)} rows; "
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
            gradients.append(sum((o.written_out() for o in outers), start=full))
    return value, gradients


def _inner(own: Gradient, other: Gradient) -> Iterator[np.ndarray]:
    """The terms of all inner products by one parameter, (n, m or 1, n', m' or 1)."""
    if isinstance(own, list) and isinstance(other, list):
        for p, q in itertools.product(own, other):
            yield _gram(p.left, q.left) * _gram(p.right, q.right)
    else:
        vectors = _vectors(own)
        yield _gram(vectors, vectors if other is own else _vectors(other))


def _gram(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """⟨A[s, j], B[t, k]⟩ for vectors along the last axis."""
    left = A.reshape(-1, A.shape[-1])
    # NumPy takes half the time for a matrix by its own transpose, if it is one array
    right = left if B is A else B.reshape(-1, B.shape[-1])
    products = left @ right.T
    return np.asarray(products.reshape(A.shape[:2] + B.shape[:2]))


def _vectors(gradient: Gradient) -> np.ndarray:
    """The gradients in full, (n, m, entries)."""
    full: Any = gradient
    if isinstance(gradient, list):
        full = sum(outer.written_out() for outer in gradient)
    vectors: np.ndarray = full.reshape(*full.shape[:2], -1)
    return vectors
