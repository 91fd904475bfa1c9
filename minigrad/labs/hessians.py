"""Spectra of the Hessian of a network's loss, by products alone and in full.

Where all residuals are 0 the Hessian of the squared loss is 2JᵀJ, J the Jacobian of all
outputs: as many positive eigenvalues as outputs, those of twice the tangent kernel
JJᵀ, and zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.labs import lanczos
from minigrad.labs.critical_points import kind
from minigrad.labs.dense import Dense
from minigrad.labs.ntk import ntk

Loss = Callable[[Any], Any]
Numbers = dict[str, Any]

SMALL = Dense.of(np.tanh, 3, 8, 6, 2)
FITTED = 4  # samples: 8 outputs, 100 parameters
PROBES, LENGTH = 12, 50  # of a density: random starts, and steps of each
LARGE, FEW = (20, 5), 6  # inputs and outputs of the wide networks; samples


def products(E: Loss, theta: np.ndarray) -> lanczos.Product:
    """v -> ∇²E v."""
    return lambda v: np.asarray(mg.hvp(E, (theta,), (v,)))


def sharpness(E: Loss, theta: np.ndarray, rng: np.random.Generator) -> float:
    """The largest size of an eigenvalue of the Hessian."""
    start = rng.standard_normal(len(theta))
    found = lanczos.quadrature(products(E, theta), start, 20)
    return float(np.abs(found.values).max())


def fit(net: Dense, theta: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Gauss-Newton steps of least length until all residuals are rounding errors."""

    def outputs(theta: Any) -> Any:
        return np.ravel(net.output(theta, X) - Y)

    for _ in range(100):
        r, J = outputs(theta), mg.jacobian(outputs)(theta)
        if np.abs(r).max() < 1e-13:
            break
        step = J.T @ np.linalg.solve(J @ J.T, r)
        theta = theta - step * min(1.0, 1.0 / np.linalg.norm(step))
    return theta


def spectra(rng: np.random.Generator) -> Numbers:
    """Of a small network at the start and where it fits, by Lanczos and in full."""
    X, Y = rng.standard_normal((3, FITTED)), rng.standard_normal((2, FITTED))
    E, theta, found = SMALL.loss(X, Y), SMALL.start(rng), Numbers()
    for name, at in (("start", theta), ("fit", fit(SMALL, theta, X, Y))):
        product, size = products(E, at), SMALL.parameters
        exact = np.linalg.eigvalsh(mg.hessian(E)(at))
        ritz = lanczos.quadrature(product, rng.standard_normal(size), size).values
        seen = lanczos.density(product, size, LENGTH, PROBES, rng)
        found |= {
            name: exact.tolist(),
            f"{name} ritz": len(ritz),
            f"{name} ends off": ends_off(ritz, exact),
            f"{name} nodes": [seen.values.tolist(), seen.weights.tolist()],
            f"{name} kind": kind(np.asarray(mg.grad(E)(at)), mg.hessian(E)(at)),
        }
    return found


def ends_off(ritz: np.ndarray, exact: np.ndarray) -> float:
    """How far the three largest and the smallest are off, relative to the largest."""
    ends = [0, -3, -2, -1]
    return float(np.abs(ritz[ends] - exact[ends]).max() / np.abs(exact).max())


def at_width(rng: np.random.Generator, width: int) -> Numbers:
    """A wide network that fits: Lanczos on ∇²E, and twice the tangent kernel."""
    net = Dense.of(np.tanh, LARGE[0], width, width // 2, LARGE[1])
    X, theta = rng.standard_normal((LARGE[0], FEW)), net.start(rng)
    product = products(net.loss(X, net.output(theta, X)), theta)
    outputs = FEW * LARGE[1]
    start = rng.standard_normal(net.parameters)
    found = lanczos.quadrature(product, start, 2 * outputs).values
    K = ntk(lambda theta, xs: net.output(theta, xs.T).T, theta, X.T)
    kernel = np.linalg.eigvalsh(2.0 * np.reshape(K, (outputs, outputs)))
    rest = np.abs(found[:-outputs]).max(initial=0.0)
    return {
        "parameters": net.parameters,
        "off": float(np.abs(found[-outputs:] - kernel).max() / kernel[-1]),
        "rest": float(rest / kernel[-1]),
    }
