"""Functions with gradients written by hand, and the ways in which such gradients fail.

A *model* draws arguments, and has a function f and its gradient in plain NumPy.  Its
gradient knows some slips, which it makes on purpose: ``slip="missing-term"``.  Slips
that can be made in any gradient are made in `diagnoses.py`, to what is returned.

    W, U weights    b bias    X data, a column a sample    h hidden    da  ∂f/∂a
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import minigrad as mg

Arrays = tuple[Any, ...]
Draw = Callable[[np.random.Generator], tuple[Arrays, Any]]


@dataclass(frozen=True)
class Model:
    """draw(rng) -> arguments and data; f(data, *args); gradient(data, slip, *args)."""

    draw: Draw
    f: Callable[..., Any]
    gradient: Callable[..., Any]
    slips: tuple[str, ...]


def sizes(rng: np.random.Generator, n: int) -> list[int]:
    """Lengths that tell axes apart as a rule, and now and then are equal."""
    return [int(k) for k in rng.integers(2, 7, n)]


# ---------------------------------------------------------------- a network


def draw_mlp(rng):
    n, m, k, batch = sizes(rng, 4)
    args = [rng.standard_normal(s) for s in ((m, n), (m,), (k, m), (k,))]
    return tuple(args), (
        rng.standard_normal((n, batch)),
        rng.standard_normal((k, batch)),
    )


def mlp(data, W1, b1, W2, b2):
    X, Y = data
    a = W1 @ X + b1[:, None]
    h = np.tanh(a)
    y = W2 @ h + b2[:, None]
    return 0.5 * np.sum((y - Y) ** 2)


def mlp_gradient(data, slip, W1, b1, W2, b2):
    X, Y = data
    a = W1 @ X + b1[:, None]
    h = np.tanh(a)
    y = W2 @ h + b2[:, None]
    dy = y - Y
    if slip == "missing-upstream":
        dy = np.ones_like(dy)
    dh = W2.T @ dy
    if slip == "wrong-matrix":
        dh = W2 @ dy if len(W2) == len(W2.T) else dh
    slope = 1 - h**2
    if slip == "wrong-point":
        slope = 1 - np.tanh(h) ** 2
    if slip == "missing-local":
        slope = 1.0
    if slip == "twice":
        slope = slope**2
    da = dh * slope
    db1 = np.mean(da, axis=1) if slip == "mean" else np.sum(da, axis=1)
    if slip == "broadcast":
        db1 = da
    dW2 = dy @ (a if slip == "wrong-operand" else h).T
    if slip == "branch-sign":
        da = -da
        db1 = -db1
    if slip == "branch-factor":
        dW2 = 2 * dW2
    return da @ X.T, db1, dW2, np.sum(dy, axis=1)


# ---------------------------------------------------------------- a recurrent network


def draw_rnn(rng):
    n, d = sizes(rng, 2)
    T = int(rng.integers(3, 6))
    args = (
        rng.standard_normal((n, n)) / np.sqrt(n),
        rng.standard_normal((n, d)),
        rng.standard_normal(n),
    )
    return args, (
        rng.standard_normal((T, d)),
        rng.standard_normal(n),
        rng.standard_normal(n),
    )


def rnn(data, W, U, b):
    xs, h, c = data
    for x in xs:
        h = np.tanh(W @ h + U @ x + b)
    return np.sum(c * h)


def rnn_gradient(data, slip, W, U, b):
    xs, h0, c = data
    hs = [h0]
    for x in xs:
        hs.append(np.tanh(W @ hs[-1] + U @ x + b))
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    dh = c
    for t in range(len(xs), 0, -1):
        slope = 1 - hs[t] ** 2
        if slip == "missing-local":
            slope = 1.0
        if slip == "wrong-point":
            slope = 1 - np.tanh(hs[t]) ** 2
        da = dh * slope
        if slip == "overwritten":
            dW, dU, db = np.outer(da, hs[t - 1]), np.outer(da, xs[t - 1]), da
        else:
            before = hs[t] if slip == "shifted-step" else hs[t - 1]
            dW, dU, db = (
                dW + np.outer(da, before),
                dU + np.outer(da, xs[t - 1]),
                db + da,
            )
        dh = (W if slip == "wrong-matrix" else W.T) @ da
        if slip == "sign-through-time":
            dh = -dh
    return dW, dU, db


# ---------------------------------------------------------------- classification


def draw_softmax(rng):
    n, k, batch = sizes(rng, 3)
    Y = np.eye(k)[rng.integers(0, k, batch)]
    return (rng.standard_normal((n, k)), rng.standard_normal(k)), (
        rng.standard_normal((batch, n)),
        Y,
    )


def softmax(data, W, b):
    X, Y = data
    Z = X @ W + b
    return np.mean(mg.logsumexp(Z, axis=1) - np.sum(Y * Z, axis=1))


def softmax_gradient(data, slip, W, b):
    X, Y = data
    Z = X @ W + b
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    dZ = (P - Y) / len(X)
    if slip == "missing-term":
        dZ = P / len(X)
    if slip == "factor":
        dZ = P - Y
    if slip == "sign":
        dZ = -dZ
    return X.T @ dZ, dZ.sum(axis=0)


# ---------------------------------------------------------------- a residual block


def draw_residual(rng):
    n, m, batch = sizes(rng, 3)
    args = (
        rng.standard_normal((m, n)),
        rng.standard_normal((n, m)),
        rng.standard_normal((n, batch)),
    )
    return args, rng.standard_normal((n, batch))


def residual(C, W1, W2, x):
    h = mg.relu(W1 @ x)
    return np.sum(C * np.tanh(x + W2 @ h))


def residual_gradient(C, slip, W1, W2, x):
    a = W1 @ x
    h = np.maximum(a, 0)
    dz = C * (1 - np.tanh(x + W2 @ h) ** 2)
    da = (W2.T @ dz) * (1.0 if slip == "missing-local" else a > 0)
    dx = dz + W1.T @ da
    if slip == "missing-term":
        dx = W1.T @ da
    if slip == "overwritten":
        dx = dz
    if slip == "branch-sign":
        dx = dz - W1.T @ da
    return da @ x.T, dz @ h.T, dx


# ---------------------------------------------------------------- regression


def draw_logistic(rng):
    n, batch = int(rng.integers(3, 8)), int(rng.integers(3, 12))
    return (rng.standard_normal(n),), (
        rng.standard_normal((batch, n)),
        rng.choice([-1.0, 1.0], batch),
    )


def logistic(data, w):
    X, y = data
    return np.mean(mg.softplus(-y * (X @ w)))


def logistic_gradient(data, slip, w):
    X, y = data
    margin = y * (X @ w)
    s = -y / (1 + np.exp(margin))
    if slip == "wrong-point":
        s = -y / (1 + np.exp(-np.logaddexp(0, -margin)))
    if slip == "missing-local":
        s = -y
    return X.T @ s / (1 if slip == "factor" else len(y))


# ---------------------------------------------------------------- attention


def draw_attention(rng):
    n, m, d, k = sizes(rng, 4)
    args = (
        rng.standard_normal((n, d)),
        rng.standard_normal((m, d)),
        rng.standard_normal((m, k)),
    )
    return args, rng.standard_normal((n, k))


def attention(C, Q, K, V):
    S = Q @ K.T
    E = np.exp(S - 1.0)
    P = E / np.sum(E, axis=1, keepdims=True)
    return np.sum(C * (P @ V))


def attention_gradient(C, slip, Q, K, V):
    E = np.exp(Q @ K.T - 1.0)
    P = E / E.sum(axis=1, keepdims=True)
    dP = C @ V.T
    inner = np.sum(dP * P, axis=1, keepdims=True)
    if slip == "missing-term":
        inner = 0.0
    dS = P * (dP - inner)
    if slip == "transpose":
        return dS @ K, (dS.T @ Q).T, P.T @ C
    return dS @ K, dS.T @ Q, P.T @ C


# ---------------------------------------------------------------- a list of layers


def draw_deep(rng):
    n = int(rng.integers(3, 6))
    Ws = [
        rng.standard_normal((n, n)) / np.sqrt(n) for _ in range(int(rng.integers(3, 5)))
    ]
    return (Ws,), (rng.standard_normal(n), rng.standard_normal(n))


def deep(data, Ws):
    h, c = data
    for W in Ws:
        h = np.tanh(W @ h)
    return c @ h


def deep_gradient(data, slip, Ws):
    h, c = data
    hs = [h]
    for W in Ws:
        hs.append(np.tanh(W @ hs[-1]))
    dh, grads = c, []
    for t in range(len(Ws) - 1, -1, -1):
        slope = 1 - hs[t + 1] ** 2
        if slip == "wrong-point":
            slope = 1 - np.tanh(hs[t + 1]) ** 2
        if slip == "missing-local":
            slope = 1.0
        if slip == "twice":
            slope = slope**2
        da = dh * slope
        grads.append(np.outer(da, hs[t + 1] if slip == "shifted-step" else hs[t]))
        dh = (Ws[t] if slip == "wrong-matrix" else Ws[t].T) @ da
    return grads if slip == "order" else grads[::-1]


MODELS = {
    "mlp": Model(
        draw_mlp,
        mlp,
        mlp_gradient,
        (
            "missing-upstream",
            "wrong-matrix",
            "wrong-point",
            "missing-local",
            "twice",
            "mean",
            "broadcast",
            "wrong-operand",
            "branch-sign",
            "branch-factor",
        ),
    ),
    "rnn": Model(
        draw_rnn,
        rnn,
        rnn_gradient,
        (
            "missing-local",
            "wrong-point",
            "overwritten",
            "shifted-step",
            "wrong-matrix",
            "sign-through-time",
        ),
    ),
    "softmax": Model(
        draw_softmax, softmax, softmax_gradient, ("missing-term", "factor", "sign")
    ),
    "residual": Model(
        draw_residual,
        residual,
        residual_gradient,
        ("missing-local", "missing-term", "overwritten", "branch-sign"),
    ),
    "logistic": Model(
        draw_logistic,
        logistic,
        logistic_gradient,
        ("wrong-point", "missing-local", "factor"),
    ),
    "attention": Model(
        draw_attention, attention, attention_gradient, ("missing-term", "transpose")
    ),
    "deep": Model(
        draw_deep,
        deep,
        deep_gradient,
        (
            "wrong-point",
            "missing-local",
            "twice",
            "shifted-step",
            "wrong-matrix",
            "order",
        ),
    ),
}
