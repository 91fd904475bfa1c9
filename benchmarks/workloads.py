"""What is timed: a program as a user writes it, its data, and the same by hand.

``program(xp, data)`` gives the function to differentiate in the functions of ``xp``,
which is NumPy for minigrad and each peer's own namespace for the others: the source is
the same.  ``by_hand`` is forward and backward in plain NumPy, as an expert writes it.

    h, z  layers after and before the activation     r  residual     g, G  adjoints
    V  direction of a Hessian-vector product          Rx  derivative of x along V
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Tree = Any


class Workload(NamedTuple):
    """One row of the table."""

    name: str
    title: str
    task: str  # which transform: value_and_grad, hessian, hvp, jacobian or ntk
    program: Callable[[Any, Tree], Callable[[Tree], Any]]
    params: Tree
    data: Tree
    by_hand: Callable[[], Tree]
    direction: Tree = None


def random_layers(rng: np.random.Generator, sizes: list[int]) -> list[Any]:
    return [
        (rng.standard_normal((n, m)) / np.sqrt(n), 0.1 * rng.standard_normal(m))
        for n, m in pairwise(sizes)
    ]


# ---------------------------------------------------------------- networks


def network(xp: Any, params: Tree, X: Any) -> Any:
    h = X
    for W, b in params[:-1]:
        h = xp.tanh(h @ W + b)
    W, b = params[-1]
    return h @ W + b


def squared_error(xp: Any, data: Tree) -> Callable[[Tree], Any]:
    X, Y = data
    return lambda params: xp.mean((network(xp, params, X) - Y) ** 2)


def hidden(params: Tree, X: Any) -> list[Any]:
    """The input and the activations of all hidden layers."""
    hs = [X]
    for W, b in params[:-1]:
        hs.append(np.tanh(hs[-1] @ W + b))
    return hs


def network_gradient(params: Tree, X: Any, Y: Any) -> Tree:
    hs = hidden(params, X)
    W, b = params[-1]
    r = hs[-1] @ W + b - Y
    g = 2 / r.size * r
    gradient = []
    for (W, _), h in zip(params[::-1], hs[::-1], strict=True):
        gradient.append((h.T @ g, g.sum(axis=0)))
        if h is not X:
            g = (g @ W.T) * (1 - h * h)
    return np.mean(r**2), gradient[::-1]


def mlp(name: str, sizes: list[int], batch: int) -> Workload:
    rng = np.random.default_rng(0)
    params = random_layers(rng, sizes)
    X, Y = (rng.standard_normal((batch, n)) for n in (sizes[0], sizes[-1]))
    title = f"MLP {'-'.join(map(str, sizes))}, batch {batch}"
    by_hand = lambda: network_gradient(params, X, Y)
    return Workload(
        name, title, "value_and_grad", squared_error, params, (X, Y), by_hand
    )


def hessian_vector_product(params: Tree, V: Tree, X: Any, Y: Any) -> Tree:
    """The R-operator of Pearlmutter 1994: the gradient, differentiated line by line."""
    hs, Rhs = [X], [np.zeros_like(X)]
    for k, ((W, b), (VW, Vb)) in enumerate(zip(params, V, strict=True)):
        z = hs[-1] @ W + b
        Rz = hs[-1] @ VW + Vb if k == 0 else Rhs[-1] @ W + hs[-1] @ VW + Vb
        last = k == len(params) - 1
        hs.append(z if last else np.tanh(z))
        Rhs.append(Rz if last else (1 - hs[-1] ** 2) * Rz)
    c = 2 / Y.size
    g, Rg = c * (hs[-1] - Y), c * Rhs[-1]
    product = []
    for k in range(len(params) - 1, -1, -1):
        RW = hs[k].T @ Rg if k == 0 else hs[k].T @ Rg + Rhs[k].T @ g
        product.append((RW, Rg.sum(axis=0)))
        if k:
            slope = 1 - hs[k] * hs[k]
            G, RG = g @ params[k][0].T, Rg @ params[k][0].T + g @ V[k][0].T
            g, Rg = G * slope, RG * slope - 2 * G * hs[k] * Rhs[k]
    return product[::-1]


def hvp(name: str, sizes: list[int], batch: int) -> Workload:
    first = mlp(name, sizes, batch)
    V = random_layers(np.random.default_rng(1), sizes)
    title = f"Hessian-vector product, {first.title}"
    by_hand = lambda: hessian_vector_product(first.params, V, *first.data)
    return first._replace(title=title, task="hvp", by_hand=by_hand, direction=V)


def outputs(xp: Any, data: Tree) -> Callable[[Tree], Any]:
    return lambda params: network(xp, params, data)


def network_jacobian(params: Tree, X: Any) -> Tree:
    """∂ out[s, j] / ∂ parameters: all samples and all m results at once."""
    hs = hidden(params, X)
    m = len(params[-1][1])
    G = np.broadcast_to(np.eye(m), (len(X), m, m))  # sample, result, unit
    jacobian = []
    for (W, _), h in zip(params[::-1], hs[::-1], strict=True):
        jacobian.append((h[:, None, :, None] * G[:, :, None, :], G))
        if h is not X:
            G = (G @ W.T) * (1 - h * h)[:, None, :]
    return jacobian[::-1]


def jacobian(name: str, sizes: list[int], batch: int) -> Workload:
    rng = np.random.default_rng(0)
    params, X = random_layers(rng, sizes), rng.standard_normal((batch, sizes[0]))
    title = f"full Jacobian, {batch} samples, MLP {'-'.join(map(str, sizes))}"
    by_hand = lambda: network_jacobian(params, X)
    return Workload(name, title, "jacobian", outputs, params, X, by_hand)


def seen(xp: Any, params: Tree, X: Any, see: Callable[[Any], Any]) -> Any:
    """The network and the input of each layer; ``see`` gets each z and gives it on.

    With the derivatives δ of the results by the z that is what a kernel is made of.
    """
    hs = [X]
    for W, b in params[:-1]:
        hs.append(xp.tanh(see(hs[-1] @ W + b)))
    W, b = params[-1]
    return see(hs[-1] @ W + b), hs


def factored_kernel(deltas: list[Any], hs: list[Any]) -> Any:
    """(δδᵀ) ⊙ (hhᵀ + 1), layer by layer, for one output."""
    return sum((d @ d.T) * (h @ h.T + 1) for d, h in zip(deltas, hs, strict=True))


def network_kernel(params: Tree, X: Any) -> Any:
    """⟨∂ out[s], ∂ out[t]⟩ for one output: (δδᵀ) ⊙ (hhᵀ + 1), layer by layer."""
    hs = hidden(params, X)
    delta = np.ones((len(X), 1))
    kernel = np.zeros((len(X), len(X)))
    for (W, _), h in zip(params[::-1], hs[::-1], strict=True):
        kernel += (delta @ delta.T) * (h @ h.T + 1)
        if h is not X:
            delta = (delta @ W.T) * (1 - h * h)
    return kernel


def ntk(name: str, sizes: list[int], batch: int) -> Workload:
    rng = np.random.default_rng(0)
    params, X = random_layers(rng, sizes), rng.standard_normal((batch, sizes[0]))
    title = f"tangent kernel, {batch} samples, MLP {'-'.join(map(str, sizes))}"
    by_hand = lambda: network_kernel(params, X)
    return Workload(name, title, "ntk", outputs, params, X, by_hand)


# ---------------------------------------------------------------- recurrent networks


def recurrent(xp: Any, data: Tree) -> Callable[[Tree], Any]:
    h0, xs, y = data

    def loss(params: Tree) -> Any:
        W, U, b = params
        h = h0
        for t in range(len(xs)):
            h = xp.tanh(h @ W + xs[t] @ U + b)
        return xp.mean((h - y) ** 2)

    return loss


def recurrent_gradient(params: Tree, h0: Any, xs: Any, y: Any) -> Tree:
    W, U, b = params
    hs = [h0]
    for x in xs:
        hs.append(np.tanh(hs[-1] @ W + x @ U + b))
    r = hs[-1] - y
    g = 2 / r.size * r
    gW, gU, gb = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    for t in range(len(xs) - 1, -1, -1):
        g = g * (1 - hs[t + 1] * hs[t + 1])
        gW += hs[t].T @ g
        gU += xs[t].T @ g
        gb += g.sum(axis=0)
        g = g @ W.T
    return np.mean(r**2), [gW, gU, gb]


def rnn(steps: int, inputs: int = 16, units: int = 64, batch: int = 16) -> Workload:
    rng = np.random.default_rng(0)
    W, U = rng.standard_normal((units, units)), rng.standard_normal((inputs, units))
    params = [W / np.sqrt(units), U / np.sqrt(inputs), np.zeros(units)]
    xs = rng.standard_normal((steps, batch, inputs))
    data = np.zeros((batch, units)), xs, rng.standard_normal((batch, units))
    title = f"tanh RNN, {units} units, batch {batch}, T = {steps}"
    by_hand = lambda: recurrent_gradient(params, *data)
    return Workload(
        f"rnn{steps}", title, "value_and_grad", recurrent, params, data, by_hand
    )


# ---------------------------------------------------------------- logistic regression


def logistic(xp: Any, data: Tree) -> Callable[[Tree], Any]:
    X, y = data

    def loss(w: Any) -> Any:
        z = X @ w
        return xp.mean(xp.softplus(z) - y * z)

    return loss


def logistic_hessian(w: Any, X: Any) -> Any:
    s = 1 / (1 + np.exp(-(X @ w)))
    return X.T @ ((s * (1 - s) / len(X))[:, None] * X)


def hessian(features: int, points: int) -> Workload:
    rng = np.random.default_rng(0)
    X, w = rng.standard_normal((points, features)), 0.1 * rng.standard_normal(features)
    y = (rng.standard_normal(points) > 0).astype(float)
    title = f"Hessian of logistic regression, n = {features}, {points} points"
    by_hand = lambda: logistic_hessian(w, X)
    return Workload("hessian", title, "hessian", logistic, w, (X, y), by_hand)


WORKLOADS = {
    workload.name: workload
    for workload in (
        mlp("mlp-small", [2, 16, 16, 2], 32),
        mlp("mlp-medium", [784, 30, 30, 30, 10], 64),
        mlp("mlp-large", [784, 512, 512, 10], 256),
        rnn(100),
        rnn(1000),
        hessian(50, 1000),
        hvp("hvp", [784, 30, 30, 30, 10], 64),
        jacobian("jacobian", [64, 20, 20, 10], 200),
        ntk("ntk", [64, 512, 512, 1], 100),
    )
}
