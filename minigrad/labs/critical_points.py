"""Critical points of the loss of a network: which there are, and how they are told.

In a wide network the gradient in W_1 and b_1 is at least as long as

    s_n(A) Π_{h≥2} s_{n_h}(W_h) Π_h min |σ_h'| ‖∇L‖_F,    A = [X; 1],

with s_k(M) = 0 if M has fewer than k rows or columns.  A critical point at which no
factor but the last can be 0 has a loss of 0.  Nguyen and Hein 2017 have it for a wide
hidden layer.  ``CASES`` are critical points with a loss above 0, one at least for each
hypothesis that is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad.labs.dense import Activation, Dense, identity, square, vector


def lower_bound(
    net: Dense, theta: np.ndarray, X: np.ndarray, Y: np.ndarray, L: Activation = square
) -> float:
    """The bound on the gradient of E in W_1 and b_1."""
    A = np.vstack([X, np.ones(X.shape[1])])
    kept = [singular_value(W, len(W)) for W, _ in net.layers(theta)[1:]]
    states = zip(net.sigmas, net.states(theta, X), strict=True)
    slopes = [np.abs(slope_of(sigma, Z)).min() for sigma, Z in states]
    length = np.linalg.norm(slope_of(L, net.output(theta, X) - Y))
    s_n = singular_value(A, A.shape[1])
    return float(s_n * np.prod(kept) * np.prod(slopes) * length)


def first_gradient(
    net: Dense, theta: np.ndarray, X: np.ndarray, Y: np.ndarray
) -> float:
    """The length of the gradient of the squared loss in W_1 and b_1, by minigrad."""
    first = net.sizes[1] * (net.sizes[0] + 1)
    return float(np.linalg.norm(mg.grad(net.loss(X, Y))(theta)[:first]))


def singular_value(M: np.ndarray, k: int) -> float:
    """The k-th largest, and 0 if M has fewer rows or columns."""
    values = np.linalg.svd(M, compute_uv=False)
    return float(values[k - 1]) if k <= len(values) else 0.0


def slope_of(sigma: Activation, Z: np.ndarray) -> np.ndarray:
    """σ'(Z), entry by entry, by minigrad."""
    return np.asarray(mg.grad(lambda z: np.sum(sigma(z)))(Z))


def kind(g: np.ndarray, H: np.ndarray, tol: float = 1e-6) -> str:
    """What gradient and Hessian decide; a semidefinite Hessian decides nothing.

    >>> kind(np.zeros(2), np.diag([2.0, 0.0])), kind(np.zeros(2), np.diag([2.0, -1.0]))
    ('undetermined', 'strict saddle')
    """
    if np.linalg.norm(g) > tol:
        return "not critical"
    eigenvalues = np.linalg.eigvalsh(H)
    up, down = bool(eigenvalues[-1] > tol), bool(eigenvalues[0] < -tol)
    if up and down:
        return "strict saddle"
    if np.abs(eigenvalues).min() <= tol:
        return "undetermined"
    return "minimum" if up else "maximum"


# Aligned networks: the bound is attained --------------------------------------------


def rotation(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.asarray(np.linalg.qr(rng.standard_normal((n, n)))[0])


def aligned(
    rng: np.random.Generator, sizes: Sequence[int], X: np.ndarray
) -> tuple[Dense, np.ndarray, np.ndarray]:
    """A linear network, its θ, and targets Y for which the gradient is as long as that.

    Each matrix hands its shortest direction down to the next, the last one to A.
    """
    net = Dense.of(identity, *sizes)
    layers = [
        (rng.standard_normal((sizes[1], sizes[0])), rng.standard_normal(sizes[1]))
    ]
    right = rotation(rng, sizes[1])
    for m in sizes[2:]:
        s, left = np.sort(rng.uniform(0.5, 2.0, m)), rotation(rng, m)
        layers.append((left @ (s[:, None] * right[:, :m].T), rng.standard_normal(m)))
        right = left
    theta, n = vector(layers), X.shape[1]
    v = np.linalg.svd(np.vstack([X, np.ones(n)]))[2][n - 1]
    return net, theta, net.output(theta, X) - np.outer(right[:, 0], v)


# One hypothesis dropped at a time ---------------------------------------------------


class Case(NamedTuple):
    """A critical point with a positive loss, and the hypothesis that does not hold."""

    dropped: str
    net: Dense
    theta: np.ndarray
    X: np.ndarray
    Y: np.ndarray
    loss: float  # by hand
    L: Activation = square

    def row(self) -> dict[str, Any]:
        """A line of a table: ‖∇E‖, the bound, E, and what order two says."""
        E = self.net.loss(self.X, self.Y, self.L)
        g = np.asarray(mg.grad(E)(self.theta))
        return {
            "dropped": self.dropped,
            "‖∇E‖": float(np.linalg.norm(g)),
            "bound": lower_bound(self.net, self.theta, self.X, self.Y, self.L),
            "E": float(E(self.theta)),
            "by hand": self.loss,
            "order two says": kind(g, np.asarray(mg.hessian(E)(self.theta))),
        }


def case(
    dropped: str,
    sigmas: Sequence[Activation],
    theta: Sequence[float],
    pairs: Sequence[tuple[float, float]],
    loss: float,
    L: Activation = square,
) -> Case:
    """One input, one unit a layer, one output, and samples (x, y)."""
    X, Y = np.array(pairs).T[:, None]
    net = Dense((1,) * (len(sigmas) + 1), tuple(sigmas))
    return Case(dropped, net, np.array(theta), X, Y, loss, L)


ENDS = [(-1.0, 1.0), (1.0, 3.0)]  # their mean is 2, and 2 is the squared loss there
QUARTER = np.pi / 2

CASES = [
    case("rank A = n", [identity], [0.0, 1 / 3], [(0, 0), (1, 1), (2, 0)], 2 / 3),
    case("rank W_h = n_h", [np.tanh, identity], [0.0, 0.0, 0.0, 2.0], ENDS, 2.0),
    case("slope of relu", [mg.relu, identity], [1.0, -5.0, 1.0, 2.0], ENDS, 2.0),
    case("slope of t²", [square, identity], [0.0, 0.0, 1.0, 2.0], ENDS, 2.0),
    case("slope at the output", [np.sin], [0.0, QUARTER], [(1, 2)], 1.0),
    case(
        *("zeros of ∇L", [identity], [1.0, QUARTER - 1.0], [(1, 0)], 1.0),
        L=lambda r: np.sin(r) ** 2,
    ),
]


# Wide networks --------------------------------------------------------------------

WIDE = (5, 8, 4, 2)
DESCENT, RATE, EVERY = 800, 0.01, 20


def wide(rng: np.random.Generator) -> dict[str, Any]:
    """The gradient over its bound: at random, where it is attained, along a descent."""
    net, n = Dense.of(np.tanh, *WIDE), WIDE[0] + 1
    ratios = []
    for _ in range(25):
        X, Y = rng.standard_normal((WIDE[0], n)), rng.standard_normal((WIDE[-1], n))
        theta = net.start(rng)
        ratios.append(over_bound(net, theta, X, Y))
    linear, at, goal = aligned(rng, WIDE, X)
    return {
        "ratios": ratios,
        "attained": over_bound(linear, at, X, goal),
        **descent(net, theta, X, Y),
    }


def descent(
    net: Dense, theta: np.ndarray, X: np.ndarray, Y: np.ndarray
) -> dict[str, Any]:
    """E, the gradient in W_1 and b_1, and its bound, along gradient descent."""
    losses, lengths, bounds, promised = [], [], [], 0.0
    for step in range(DESCENT + 1):
        value, g = mg.value_and_grad(net.loss(X, Y))(theta)
        if step % EVERY == 0:
            losses.append(value)
            lengths.append(first_gradient(net, theta, X, Y))
            bounds.append(lower_bound(net, theta, X, Y))
            promised += EVERY * bounds[-1] ** 2 / value
        theta = theta - RATE * g
    return {
        "losses": losses,
        "lengths": lengths,
        "bounds": bounds,
        "promised": promised,
    }


def over_bound(net: Dense, theta: np.ndarray, X: np.ndarray, Y: np.ndarray) -> float:
    """The length of the gradient in W_1 and b_1, over its bound."""
    length = first_gradient(net, theta, X, Y)
    return length / lower_bound(net, theta, X, Y)


# Where gradient descent goes --------------------------------------------------------

FADING = (300, 1000, 3000)


def descents(rng: np.random.Generator) -> dict[str, Any]:
    """At the saddle of x²/2 - y²/2 + y⁴/4, from 100 starts and its axis; on exp(-x)."""
    E = lambda p: np.sum(p[0] ** 2 / 2 - p[1] ** 2 / 2 + p[1] ** 4 / 4)
    p = rng.uniform(-1.0, 1.0, (2, 101))
    p[1, 0] = 0.0
    for _ in range(400):
        p = p - 0.1 * mg.grad(E)(p)
    x, gradient, found = (
        float(rng.uniform(-1.0, 1.0)),
        mg.grad(lambda x: np.exp(-x)),
        [],
    )
    for step in range(1, 3001):
        x = x - gradient(x)
        if step in FADING:
            found.append(-gradient(x))
    return {
        "share": float(np.mean(np.abs(np.abs(p[1, 1:]) - 1.0) < 1e-6)),
        "stays": float(abs(p[1, 0])),
        "fades": found,
    }
