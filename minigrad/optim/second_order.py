"""Newton's method on the engine's Hessians, and on its Hessian-vector products.

x all parameters in one vector, g gradient, H Hessian, p step, r residual -g - H p.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.ops.broadcasting import value_of
from minigrad.optim.optimizer import (
    Optimizer,
    Rate,
    State,
    Tree,
    require_arrays,
    require_count,
    require_gradients,
    require_rate,
    schedule,
)
from minigrad.transforms import hessian, hvp

Vector = np.ndarray[Any, Any]
Loss = Callable[[Tree], Any]


def newton(f: Loss, damping: float = 0.0, rate: Rate = 1.0) -> Optimizer:
    """Newton's method, w' = w - rate (H + damping I)^-1 g, with H the Hessian of f.

    From any start one step solves a quadratic.  It goes to the nearest *critical*
    point of the model, be it a minimum, a maximum or a saddle; a damping larger than
    -lambda_min makes it a descent.  Costs n^2 numbers and n^3 operations.
    Raises ValueError for a negative damping, LinAlgError for a singular matrix.

    >>> init, update = newton(lambda x: np.sum(x**4))
    >>> update(np.array([3.0]), np.array([108.0]), init(np.array([3.0])))[0]
    array([2.])
    """
    require_rate("damping", damping)

    def step(flat: Loss, x: Vector, g: Vector) -> Vector:
        H = hessian(flat)(x) + damping * np.eye(len(x))
        _require_regular(H, damping)
        return np.asarray(np.linalg.solve(H, g))

    return _on_vectors(f, rate, step)


def newton_cg(
    f: Loss, tol: float = 0.5, iterations: int | None = None, rate: Rate = 1.0
) -> Optimizer:
    """Newton's method with H p = -g solved by conjugate gradients; H is never built.

    The solver stops at |r| <= min(tol, sqrt |g|) |g|, after ``iterations`` products
    (twice the number of parameters unless given), or at a direction along which f
    curves down: then it goes as far as it got, and at first along -g.  Every step is a
    descent direction (Nocedal and Wright 2006, algorithm 7.1, without its line search).
    Raises ValueError for a tol that is no rate or ``iterations`` below 1.

    >>> init, update = newton_cg(lambda x: np.sum(x**2 * np.array([1.0, 50.0])))
    >>> x = np.array([1.0, 1.0])
    >>> print(update(x, np.array([2.0, 100.0]), init(x))[0].round(3))
    [ 0.98 -0.  ]
    """
    require_rate("tol", tol)
    if iterations is not None:
        require_count("iterations", iterations)

    def step(flat: Loss, x: Vector, g: Vector) -> Vector:
        size = float(np.linalg.norm(g))
        target = min(tol, np.sqrt(size)) * size
        most = 2 * len(x) if iterations is None else iterations
        return -_conjugate_gradients(lambda d: hvp(flat, (x,), (d,)), g, target, most)

    return _on_vectors(f, rate, step)


def _conjugate_gradients(
    H: Callable[[Vector], Vector], g: Vector, target: float, most: int
) -> Vector:
    """p with |g + H p| <= target, or as far as H was found positive."""
    p, r = np.zeros_like(g), -g
    d = r
    for k in range(most):
        if np.linalg.norm(r) <= target:
            break
        Hd = H(d)
        curvature = d @ Hd
        if curvature <= 0.0:
            return d if k == 0 else p
        step = (r @ r) / curvature
        after = r - step * Hd
        p, d = p + step * d, after + (after @ after) / (r @ r) * d
        r = after
    return p


def _on_vectors(
    f: Loss, rate: Rate, step: Callable[[Loss, Vector, Vector], Vector]
) -> Optimizer:
    """An optimizer from a step on one long vector, w' = w - rate step(f, w, g)."""
    rate_at = schedule("rate", rate)
    if not callable(f):
        raise TypeError(f"f is {f!r}; it has to be the loss, a function of w")

    def init(w: Tree) -> State:
        require_arrays("w", w)
        return State(0, None)

    def update(w: Tree, grads: Tree, state: State) -> tuple[Tree, State]:
        require_gradients(w, grads)
        t = state.t + 1
        x, unravel = _ravel(w)
        move = step(lambda x: f(unravel(x)), x, _ravel(grads)[0])
        return unravel(x - rate_at(t) * move), State(t, None)

    return Optimizer(init, update)


def _ravel(w: Tree) -> tuple[Vector, Callable[[Any], Tree]]:
    """All entries in one vector, and the way back, which can be differentiated."""
    leaves, rebuild = tree.flatten(w)
    shapes = [np.shape(value_of(leaf)) for leaf in leaves]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes]).tolist()

    def unravel(x: Any) -> Tree:
        parts = zip([0, *ends], ends, shapes, strict=False)
        return rebuild([np.reshape(x[a:b], shape) for a, b, shape in parts])

    return np.concatenate([np.ravel(leaf) for leaf in leaves]), unravel


def _require_regular(H: Vector, damping: float) -> None:
    """Refuse a matrix whose inverse would be rounding alone."""
    size = np.abs(np.linalg.eigvalsh(H))
    if size.min() <= len(H) * np.finfo(H.dtype).eps * size.max():
        raise np.linalg.LinAlgError(
            f"the Hessian of f with damping {damping} is singular: the sizes of its "
            f"eigenvalues go from {size.min():.3g} to {size.max():.3g}; take another "
            "damping, or newton_cg"
        )
