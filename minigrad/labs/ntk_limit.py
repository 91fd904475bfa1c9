"""How the tangent kernel of a network comes to its limit as it grows wide (chapter 07).

Φ_1 = W_1 x / √w_1, Φ_j = W_j ρ(Φ_{j-1}) / √w_j, standard Gaussian W_j, J layers, hidden
width w.  Theory: K_w(x, x') -> Θ_J(x, x') I, and both the deviation on the diagonal and
what stands beside it fall like w^(-1/2).  K_w is the engine's; Θ_J is made of closed
forms and quadrature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad.labs import figure
from minigrad.labs.fit import Estimate, log_rms, slope
from minigrad.labs.infinite_width import kernels
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.ntk import ntk
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_most, near

RHO: Mapping[str, Callable[[Any], Any]] = {
    "relu": mg.relu,
    "tanh": np.tanh,
    "erf": mg.erf,
}
DEPTHS = (2, 3)
OUTPUTS = 3
X = np.array([[1.0, -0.6, 0.8, 0.2], [0.3, 0.9, 1.1, -0.7]])  # signed; θ is about 80°
PAIRS = np.triu_indices(len(X))
BAND = 0.15  # next orders of 1/w at small widths, and the noise of a hundred networks
LARGEST_Z = 4.0  # among six means: by chance less than once in a thousand runs


# The sweep --------------------------------------------------------------------------


def widths(quick: bool) -> list[int]:
    return [32, 64, 128, 256] if quick else [32, 64, 128, 256, 512]


def points(quick: bool) -> list[dict[str, Any]]:
    return [
        {"rho": rho, "depth": depth, "width": width}
        for rho in RHO
        for depth in DEPTHS
        for width in widths(quick)
    ]


def weights(rng: np.random.Generator, sizes: list[int]) -> list[np.ndarray]:
    """W_j : (w_{j+1}, w_j), entries of variance 1."""
    pairs = zip(sizes[1:], sizes[:-1], strict=True)
    return [rng.standard_normal(shape) for shape in pairs]


def network(Ws: Any, xs: Any, rho: Callable[[Any], Any]) -> Any:
    """Φ_J at each row of xs."""
    a = xs
    for W in Ws:
        phi = a @ W.T / W.shape[1] ** 0.5
        a = rho(phi)
    return phi


def measure(
    seed: np.random.SeedSequence, rho: str, depth: int, width: int
) -> dict[str, Any]:
    """K_w of one network at (x, x), (x, x'), (x', x'): (pairs, outputs, outputs)."""
    rng = np.random.default_rng(seed)
    Ws = weights(rng, [X.shape[1], *[width] * (depth - 1), OUTPUTS])
    K = ntk(lambda Ws, xs: network(Ws, xs, RHO[rho]), Ws, X)
    return {"kernel": np.moveaxis(K, 2, 1)[PAIRS].tolist()}


# What follows -----------------------------------------------------------------------


class Samples(NamedTuple):
    """Of one kind of network, relative to Θ(x, x): (repeats, widths, entries)."""

    widths: np.ndarray
    deviations: np.ndarray  # of the diagonals of the blocks, from their limits
    beside: np.ndarray  # the entries for two different outputs


def samples(rows: list[Row], rho: str, depth: int) -> Samples:
    x = sorted({row["width"] for row in rows})
    found = [stack(rows, "kernel", rho=rho, depth=depth, width=w) for w in x]
    limit = kernels(rho, X, depth)[1]
    K, limits = np.stack(found, axis=1) / limit[0, 0], limit[PAIRS] / limit[0, 0]
    own = np.eye(OUTPUTS, dtype=bool)
    deviations, beside = K[..., own] - limits[:, None], K[..., ~own]
    return Samples(
        np.array(x),
        deviations.reshape(*deviations.shape[:2], -1),
        beside.reshape(*beside.shape[:2], -1),
    )


def rms(entries: np.ndarray) -> np.ndarray:
    """Over the entries of each network, the last axis."""
    return np.asarray(np.sqrt(np.mean(entries**2, axis=-1)))


def z_score(deviations: np.ndarray) -> float:
    """The mean deviation at one width over its standard error; a network is a draw."""
    means = deviations.mean(axis=1)
    return float(means.mean() / (means.std(ddof=1) / np.sqrt(len(means))))


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    table, verdicts, zs = [], [], []
    for rho in RHO:
        for depth in DEPTHS:
            x, deviations, beside = samples(rows, rho, depth)
            falls, beside_falls = (
                slope(np.log(x), values, rng, average=log_rms)
                for values in (rms(deviations), rms(beside))
            )
            zs.append(z_score(deviations[:, -1]))
            name = f"{rho}, J = {depth}"
            verdicts += [
                near(f"{name}, exponent of K - Θ", -0.5, falls, BAND),
                near(f"{name}, exponent beside the diagonal", -0.5, beside_falls, BAND),
            ]
            table.append(
                {
                    "network": name,
                    "exponent": falls.value,
                    "low": falls.low,
                    "high": falls.high,
                    "beside": beside_falls.value,
                    f"rms at {x[-1]}": float(np.exp(log_rms(rms(deviations[:, -1])))),
                    "mean z there": zs[-1],
                }
            )
    worst = Estimate.exact(max(abs(z) for z in zs))
    return table, [
        *verdicts,
        at_most(f"largest |mean z| at width {x[-1]}", LARGEST_Z, worst),
    ]


# Panels -----------------------------------------------------------------------------


def against_width(result: Result, key: str, depth: int, ax: Any) -> dict[str, Any]:
    """Draw the rms of each network over its width, and w^(-1/2); give the samples."""
    drawn: dict[str, Any] = {}
    for k, rho in enumerate(RHO):
        found = samples(result.rows, rho, depth)
        x, values = found.widths, getattr(found, key)
        drawn[rho] = rms(values)
        figure.curve(ax, x, drawn[rho], k, rho)
        level = np.exp(np.mean(np.log(np.median(drawn[rho], axis=0) * np.sqrt(x))))
        figure.theory(ax, x, level / np.sqrt(x), k)
    ax.set(xscale="log", yscale="log", xlabel="width w")
    ax.set_xticks(x, [str(w) for w in x])
    ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    ax.legend(title="dashed: $w^{-1/2}$", loc="lower left")
    return {"x": x, **drawn}


def two_layers(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The deviation from the limit for J = 2."""
    ax = figure.on(ax)
    drawn = against_width(result, "deviations", 2, ax)
    ax.set(title="J = 2: from the limit", ylabel="rms of K - Θ, over Θ(x, x)")
    return drawn


def three_layers(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The deviation from the limit for J = 3."""
    ax = figure.on(ax)
    drawn = against_width(result, "deviations", 3, ax)
    ax.set(title="J = 3: from the limit", ylabel="rms of K - Θ, over Θ(x, x)")
    return drawn


def beside_the_diagonal(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """What two outputs share, for J = 3."""
    ax = figure.on(ax)
    drawn = against_width(result, "beside", 3, ax)
    ax.set(title="J = 3: between two outputs", ylabel="rms of $K_{ik}$, over Θ(x, x)")
    return drawn


LAB = Lab(
    name="ntk-limit",
    chapter="07",
    summary="the tangent kernel of random networks against its limit, by width",
    caption=(
        "Deviation of the empirical neural tangent kernel from its limit at infinite "
        "width, for three activations, two inputs of mixed sign, and three outputs. "
        "Both the error on the diagonal and the entries between two outputs fall like "
        "one over the root of the width. Lines are medians over the networks, bands "
        "their middle 80 %."
    ),
    points=points,
    repeats=(160, 80),
    measure=measure,
    conclude=conclude,
    panels=(two_layers, three_layers, beside_the_diagonal),
)
