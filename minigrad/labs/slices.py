"""A loss along rays and segments and over planes, with directions that fit the weights.

A ReLU network is free to choose the scale of its layers, and along that choice E stays
while weights go to infinity and gradients with them.  So a random direction of fixed
length is far for small weights and near for large ones.  Filter normalization gives
each row of a direction the length of the row of weights that it is added to.  Li, Xu,
Taylor, Studer and Goldstein 2018, section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.labs.dense import Dense, permuted, rescaled, unit_rescaled, vector
from minigrad.labs.hessians import sharpness

Loss = Callable[[Any], Any]
Numbers = dict[str, Any]

DEEP = Dense.of(mg.relu, 4, 6, 5, 3)  # H = 3
LAMBDAS = np.geomspace(1e-2, 1e2, 13)
FAR = np.geomspace(1e4, 1e8, 9)  # along rays of linear regression

TRAINED = Dense.of(mg.relu, 2, 10, 8, 1)
SAMPLES, STEPS = 30, 300
ALONG = np.linspace(0.0, 1.0, 41)  # from a minimum to its twin
ACROSS = np.linspace(-1.0, 1.0, 21)  # of a plane, in both directions
LAM = 5.0  # how far layers are rescaled before a plane is drawn again
UNITS = np.geomspace(0.1, 10.0, TRAINED.sizes[1])  # and units


def segment(E: Loss, a: np.ndarray, b: np.ndarray, ts: np.ndarray) -> np.ndarray:
    """E((1 - t) a + t b) for all t.

    >>> segment(lambda x: float(x @ x), np.zeros(2), np.ones(2), np.array([0.0, 0.5]))
    array([0. , 0.5])
    """
    return np.array([E((1.0 - t) * a + t * b) for t in ts])


def plane(
    E: Loss, center: np.ndarray, d: np.ndarray, e: np.ndarray, ts: np.ndarray
) -> np.ndarray:
    """E(center + s d + t e), a row for each s and a column for each t, of ``ts``.

    >>> f = lambda x: float(x[0] + 10 * x[1])
    >>> plane(f, np.zeros(2), *np.eye(2), np.arange(2.0))
    array([[ 0., 10.],
           [ 1., 11.]])
    """
    return np.array([[E(center + s * d + t * e) for t in ts] for s in ts])


def filter_normalized(net: Dense, theta: np.ndarray, d: np.ndarray) -> np.ndarray:
    """d with each row of a matrix as long as that row of θ, and without biases.

    A slice is then the same for ``rescaled`` weights, which multiply all rows of a
    layer by one number; not so if single units are rescaled, for that changes parts of
    rows.  Biases stay: they are no part of a row, and may be 0.
    """
    layers = []
    for (W, b), (D, _) in zip(net.layers(theta), net.layers(d), strict=True):
        lengths = [np.linalg.norm(M, axis=1, keepdims=True) for M in (W, D)]
        layers.append((D * (lengths[0] / lengths[1]), 0.0 * b))
    return vector(layers)


# Rays: where E does not grow --------------------------------------------------------


def rays(rng: np.random.Generator) -> Numbers:
    """One function with other parameters: E, gradients, and the largest curvature."""
    X, Y = rng.standard_normal((4, 7)), rng.standard_normal((3, 7))
    E, theta = DEEP.loss(X, Y), DEEP.start(rng, 2.0**0.5)
    curve = [rescaled(DEEP, theta, lam) for lam in LAMBDAS]
    values = np.array([E(at) for at in curve])
    gradients = [DEEP.layers(mg.grad(E)(at)) for at in curve]
    lengths = [[float(np.linalg.norm(p)) for W in g for p in W] for g in gradients]
    return {
        "E": (values / E(theta)).tolist(),
        "gradients": lengths,
        "sharpness": [sharpness(E, at, rng) for at in curve],
        "norms": [float(np.linalg.norm(at)) for at in curve],
        **regression(rng),
    }


def regression(rng: np.random.Generator) -> Numbers:
    """One layer: E along its flattest direction, with enough samples or too few."""
    found = {}
    for name, n in (("enough", 7), ("few", 4)):
        net = Dense.of(mg.relu, 4, 1)
        X, Y = rng.standard_normal((4, n)), rng.standard_normal((1, n))
        flattest = np.linalg.svd(np.vstack([X, np.ones(n)]))[0][:, -1]
        E = net.loss(X, Y)
        found[name] = [float(E(t * flattest)) for t in FAR]
    return found


# Segments and slices of a trained network -------------------------------------------


def trained(rng: np.random.Generator) -> tuple[Callable[[Any], Any], np.ndarray]:
    """The loss of a small ReLU network on a noisy wave, and where Adam has ended."""
    X = rng.uniform(-1.0, 1.0, (2, SAMPLES))
    Y = np.sin(3.0 * X[:1] + X[1:]) + 0.1 * rng.standard_normal((1, SAMPLES))
    E, theta = TRAINED.loss(X, Y), TRAINED.start(rng, 2.0**0.5)
    init, update = mg.optim.adam(mg.optim.cosine(0.02, STEPS))
    state, gradient = init(theta), mg.grad(E)
    for _ in range(STEPS):
        theta, state = update(theta, gradient(theta), state)
    return E, theta


def surfaces(rng: np.random.Generator) -> Numbers:
    """From a minimum to its twin; and planes through it, in two normalizations."""
    E, theta = trained(rng)
    twin = permuted(TRAINED, theta, rng)
    d, e = rng.standard_normal((2, len(theta)))
    others = {
        "": theta,
        " rescaled": rescaled(TRAINED, theta, LAM),
        " units rescaled": unit_rescaled(TRAINED, theta, UNITS),
    }
    planes = {}
    for name, at in others.items():
        u, v = (filter_normalized(TRAINED, at, w) for w in (d, e))
        planes["normalized" + name] = plane(E, at, u, v, ACROSS).tolist()
        planes["raw" + name] = plane(E, at, d / 4.0, e / 4.0, ACROSS).tolist()
    return {
        "start": float(E(theta)),
        "twin": float(E(twin)),
        "segment": segment(E, theta, twin, ALONG).tolist(),
        **planes,
    }
