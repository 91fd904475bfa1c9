"""How large the gradient is at each layer of a deep ReLU network (chapter 02).

H depth, n width, g gain, Delta^h gradient behind layer h.  With Gaussian or orthogonal
weights of gain g, relu lets half of the squared norm pass: log ||Delta^h|| changes by
log(g / sqrt 2) a layer on the way down.  A block f + W2 relu(W1 f) adds what its inner
road brings to what the skip brings: the change is log(1 + g^4/2) / 2 a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.labs import figure
from minigrad.labs.fit import slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, near

NETWORKS = ("plain", "orthogonal", "residual")
GAINS = {"1": 1.0, "√2": 2.0**0.5, "2": 2.0}
BAND = 0.05  # the width adds a bias of order 1/n


def points(quick: bool) -> list[dict[str, Any]]:
    sizes = {"depth": 30, "width": 120} if quick else {"depth": 40, "width": 150}
    return [
        {"network": network, "gain": gain, **sizes}
        for network in NETWORKS
        for gain in GAINS
    ]


def measure(
    seed: np.random.SeedSequence, network: str, gain: str, depth: int, width: int
) -> dict[str, Any]:
    """log (||Delta^h|| / ||Delta^H||) for h = H, ..., 0, by minigrad.

    Delta^h is the gradient in a shift that is added to f_h, at the shift 0.
    """
    rng = np.random.default_rng(seed)
    shape = (depth, 2 if network == "residual" else 1)
    Ws = [
        [weights(rng, network, GAINS[gain], width) for _ in range(shape[1])]
        for _ in range(depth)
    ]
    x, c = rng.standard_normal((2, width))

    def loss(shifts: Any) -> Any:
        f = x + shifts[0]
        for W, shift in zip(Ws, shifts[1:], strict=True):
            f = layer(f, W) + shift
        return np.sum(c * f)

    deltas = mg.grad(loss)([np.zeros(width)] * (depth + 1))
    norms = np.array([np.linalg.norm(delta) for delta in reversed(deltas)])
    return {"log_norms": np.log(norms / norms[0]).tolist()}


def weights(
    rng: np.random.Generator, network: str, gain: float, width: int
) -> np.ndarray:
    """Entries of variance g^2 / n; for an orthogonal network g times a rotation."""
    W = gain * rng.standard_normal((width, width))
    if network != "orthogonal":
        return np.asarray(W / np.sqrt(width))
    Q, R = np.linalg.qr(W)
    return np.asarray(gain * Q * np.sign(np.diag(R)))


def layer(f: Any, Ws: Sequence[np.ndarray]) -> Any:
    """relu(W f), or a block f + W2 relu(W1 f) for two matrices."""
    if len(Ws) == 1:
        return mg.relu(Ws[0] @ f)
    return f + Ws[1] @ mg.relu(Ws[0] @ f)


def predicted(network: str, gain: float) -> float:
    """The change of log ||Delta^h|| a layer."""
    if network == "residual":
        return float(np.log(1.0 + gain**4 / 2.0) / 2.0)
    return float(np.log(gain / np.sqrt(2.0)))


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    table, verdicts = [], []
    for network in NETWORKS:
        for name, gain in GAINS.items():
            logs = stack(rows, "log_norms", network=network, gain=name)
            found = slope(np.arange(logs.shape[1]), logs, rng)
            right = predicted(network, gain)
            verdicts.append(near(f"{network}, gain {name}", right, found, BAND))
            table.append(
                {
                    "network": network,
                    "gain": name,
                    "theory": right,
                    "slope a layer": found.value,
                    "low": found.low,
                    "high": found.high,
                    "factor over all layers": float(np.exp(np.mean(logs[:, -1]))),
                }
            )
    return table, verdicts


def profile(result: Result, network: str, ax: Any = None) -> Mapping[str, Any]:
    """Draw ||Delta^h|| over the layers below the output; give x and the samples."""
    ax = figure.on(ax)
    samples = {
        gain: np.exp(stack(result.rows, "log_norms", network=network, gain=gain))
        for gain in GAINS
    }
    x = np.arange(samples["1"].shape[1])
    for k, (name, gain) in enumerate(GAINS.items()):
        figure.curve(ax, x, samples[name], k, f"gain {name}")
        figure.theory(ax, x, np.exp(predicted(network, gain) * x), k)
    unit = "blocks" if network == "residual" else "layers"
    ax.set(yscale="log", title=f"{network} network", xlabel=f"{unit} below the output")
    ax.set_ylabel("gradient norm, relative to the output's")
    ax.legend(title="dashed: theory", loc="upper left")
    return {"x": x, **samples}


def plain(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The profile of relu(W f), Gaussian W."""
    return profile(result, "plain", ax)


def orthogonal(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The profile of relu(W f), W a rotation times the gain."""
    return profile(result, "orthogonal", ax)


def residual(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The profile of f + W2 relu(W1 f)."""
    return profile(result, "residual", ax)


LAB = Lab(
    name="gradient-profile",
    chapter="02",
    summary="gradients that vanish, stay or explode with depth, by gain and network",
    caption=(
        "Norm of the gradient on its way down through ReLU networks with random "
        "weights. Lines are medians over the seeds, bands their middle 80 %; dashed "
        "lines have slope log(g/√2) a layer, and log(1 + g⁴/2)/2 a residual block. "
        "Gain √2 keeps the norm, orthogonal or not; a skip makes it grow."
    ),
    points=points,
    repeats=(16, 16),
    measure=measure,
    conclude=conclude,
    panels=(plain, orthogonal, residual),
)
