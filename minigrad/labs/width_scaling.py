"""Every power of the width in a network before and after one step (chapter 09).

Φ = m^-α βᵀ (m^-1/2 A) u x, m width, standard normal weights, F = (Φ - 1)²/2, and one
step of gradient descent with the rate η = η₀ m^(2α - 1).  Theory: gradients are of
order m^(1/2 - α); u moves by m^(α - 1) of itself, and so does A in the spectral norm,
by m^(α - 3/2) in the Frobenius norm and in the median of its entries; gradients of Φ
move by m^-1/2, which is m^(α - 1) of themselves; and the gradient of F moves by a share
of itself that does not depend on m.  All gradients are minigrad's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.labs import figure
from minigrad.labs.fit import Estimate, bootstrap, log_rms, mean, slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_least, near

X, ETA0 = 1.3, 0.1
ALPHAS = (0.5, 0.75, 0.9, 1.0)
WIDTHS = (32, 64, 128, 256, 512, 1024)
JUDGED = (0.5, 1.0)  # all powers are linear in α, so that two tell
GROWING = 0.25  # the α below 1/2 at which F' grows with the width
OUTPUTS = 200  # β drawn for one A and u, to see the size of F'

# A power of m is off by its next order in 1/m, and where a median over entries or a
# spectral norm is at work by some hundredths between m = 32 and 1024.
BAND = 0.05
# √5 and √2 are limits, from which m = 256 is some per cent away.
CONSTANT = 0.08

Weights = list[np.ndarray]  # β, A, u
Power = Callable[[float], float]  # of α

# What is measured, and the power of m that theory gives it.
POWERS: dict[str, Power] = {
    "‖∇_β Φ‖": lambda a: 0.5 - a,
    "‖∇_A Φ‖": lambda a: 0.5 - a,
    "‖∇_u Φ‖": lambda a: 0.5 - a,
    "|ΔF|/F'²": lambda a: 0.0,
    "u": lambda a: a - 1.0,
    "A, Frobenius": lambda a: a - 1.5,
    "A, spectral": lambda a: a - 1.0,
    "A, median entry": lambda a: a - 1.5,
    "‖Δ∇_β Φ‖": lambda a: -0.5,
    "‖Δ∇_A Φ‖": lambda a: -0.5,
    "‖Δ∇_u Φ‖": lambda a: -0.5,
    "Δ∇_u F over ∇_u F": lambda a: 0.0,  # the source has α - 1
}
CHANGES = ("u", "A, Frobenius", "A, spectral", "A, median entry")


# The network ------------------------------------------------------------------------


def output(weights: Sequence[Any], alpha: float) -> Any:
    """Φ."""
    beta, A, u = weights
    return np.dot(beta, np.dot(A, u)) * X * len(u) ** (-alpha - 0.5)


def loss(phi: Any) -> Any:
    """F."""
    return (phi - 1.0) ** 2 / 2.0


def rate(width: int, alpha: float) -> float:
    """η."""
    return float(ETA0 * width ** (2.0 * alpha - 1.0))


def gradients(weights: Weights, alpha: float) -> Weights:
    """The gradients of Φ, by minigrad."""
    return list(mg.grad(lambda w: output(w, alpha))(weights))


def step(weights: Weights, alpha: float) -> Weights:
    """The weights after one step of gradient descent on F(Φ)."""
    slopes = mg.grad(lambda w: loss(output(w, alpha)))(weights)
    eta = rate(len(weights[0]), alpha)
    return [w - eta * g for w, g in zip(weights, slopes, strict=True)]


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    return [{"width": width} for width in (WIDTHS[:4] if quick else WIDTHS)]


def measure(seed: np.random.SeedSequence, width: int) -> dict[str, Any]:
    """One network, the same weights for every α: lists of a number an α."""
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal(shape) for shape in (width, (width, width), width)]
    norm = np.linalg.norm(weights[1], 2)
    found = [one_step(weights, float(norm), alpha) for alpha in ALPHAS]
    betas = rng.standard_normal((OUTPUTS, width))
    phis = betas @ (weights[1] @ weights[2]) * X * width ** (-GROWING - 0.5)
    return {
        **{key: [values[key] for values in found] for key in found[0]},
        "F' at α = 1/4": float(np.sqrt(np.mean(mg.grad(total_loss)(phis) ** 2))),
    }


def total_loss(phis: Any) -> Any:
    """The sum of F over many outputs, whose gradient is F' at each."""
    return np.sum(loss(phis))


def one_step(weights: Weights, norm: float, alpha: float) -> dict[str, float]:
    """What one step changes, in units of the slope |F'(Φ)| at which it was taken."""
    (_, A, u), new = weights, step(weights, alpha)
    before, after = (gradients(w, alpha) for w in (weights, new))
    phi, phi1 = (float(output(w, alpha)) for w in (weights, new))
    slope, slope1 = (float(mg.grad(loss)(p)) for p in (phi, phi1))
    dA, unit = new[1] - A, abs(slope)
    moved = [np.linalg.norm(b - a) / unit for a, b in zip(before, after, strict=True)]
    kernel, kernel1 = (sum(np.sum(g**2) for g in gs) for gs in (before, after))
    values = {
        **norms("‖∇_{} Φ‖", map(np.linalg.norm, before)),
        "|ΔF|/F'²": abs(loss(phi1) - loss(phi)) / slope**2,
        "u": np.linalg.norm(new[2] - u) / np.linalg.norm(u) / unit,
        "A, Frobenius": np.linalg.norm(dA) / np.linalg.norm(A) / unit,
        "A, spectral": spectral_of_rank_one(dA) / norm / unit,
        "A, median entry": np.median(np.abs(dA / A)) / unit,
        "A, largest entry": np.max(np.abs(dA / A)) / unit,
        **norms("‖Δ∇_{} Φ‖", moved),
        "Δ∇_u Φ over ∇_u Φ": moved[2] / np.linalg.norm(before[2]),
        "Δ∇_u F over ∇_u F": np.linalg.norm(slope1 * after[2] - slope * before[2])
        / np.linalg.norm(slope * before[2]),
        "ΔK over K": abs(kernel1 / kernel - 1.0),
    }
    return {key: float(value) for key, value in values.items()}


def norms(name: str, values: Any) -> dict[str, Any]:
    return {name.format(w): v for w, v in zip(("β", "A", "u"), values, strict=True)}


def spectral_of_rank_one(M: np.ndarray) -> float:
    """‖M‖, by one step of power iteration: enough for a matrix of rank one."""
    v = M.T @ (M @ np.ones(len(M)))
    return float(np.linalg.norm(M @ v) / np.linalg.norm(v))


# What follows -----------------------------------------------------------------------


def widths(rows: list[Row]) -> np.ndarray:
    """In the order of the grid."""
    return np.array(list(dict.fromkeys(row["width"] for row in rows)))


def samples(rows: list[Row], key: str, alpha: float) -> np.ndarray:
    """(repeats, widths)."""
    which = ALPHAS.index(alpha)
    found = [stack(rows, key, width=int(m))[:, which] for m in widths(rows)]
    return np.stack(found, axis=1)


def power(
    rows: list[Row], key: str, alpha: float, rng: np.random.Generator
) -> Estimate:
    """The power of m of the root mean square, which for ‖∇Φ‖ is exact at every m."""
    return slope(np.log(widths(rows)), samples(rows, key, alpha), rng, log_rms)


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    found = {(key, a): power(rows, key, a, rng) for key in POWERS for a in ALPHAS}
    table = [
        {
            "quantity": key,
            **{f"α = {a:g}": found[key, a].value for a in ALPHAS},
            **{f"theory {a:g}": POWERS[key](a) for a in ALPHAS},
        }
        for key in POWERS
    ]
    verdicts = [
        near(f"{key}, α = {a:g}, power of m", POWERS[key](a), estimate, BAND)
        for (key, a), estimate in found.items()
        if a in JUDGED
    ]
    return table, [*verdicts, *beside_the_powers(rows, rng)]


def beside_the_powers(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """Two constants, and what the source overlooks: F' at α = 1/4, the worst entry."""
    m = widths(rows)
    size = [stack(rows, "F' at α = 1/4", width=int(width)) for width in m]
    grows = slope(np.log(m), np.log(np.stack(size, axis=1)), rng)
    largest = samples(rows, "A, largest entry", 0.75)
    worst = slope(np.log(m), np.log(largest), rng)  # it has no mean square
    unit = ETA0 * X**2 / np.sqrt(m[-1])
    constants = [
        near(
            f"{key} √m/(η₀x²|F'|), α = 0.5",
            limit,
            bootstrap(mean, samples(rows, key, 0.5)[:, -1] / unit, rng),
            CONSTANT,
        )
        for key, limit in (("‖Δ∇_u Φ‖", np.sqrt(5.0)), ("‖Δ∇_A Φ‖", np.sqrt(2.0)))
    ]
    return [
        near("|F'(Φ)|, α = 0.25, power of m", 0.25, grows, BAND),
        at_least("A, largest entry, α = 0.75, power of m", 0.5, worst),
        *constants,
    ]


# Panels -----------------------------------------------------------------------------


def drawn(
    result: Result, ax: Any, curves: Sequence[tuple[str, float, float | None]]
) -> dict[str, Any]:
    """Draw samples over m, and a line of the power that theory gives."""
    m = widths(result.rows).astype(float)
    middle = np.exp(np.mean(np.log(m)))
    found = {}
    for k, (key, alpha, exponent) in enumerate(curves):
        values = samples(result.rows, key, alpha)
        found[f"{key}, α = {alpha:g}"] = values
        one_alpha = len({a for _, a, _ in curves}) == 1
        figure.curve(ax, m, values, k, key if one_alpha else f"α = {alpha:g}")
        if exponent is not None:
            height = np.exp(np.mean(np.log(np.median(values, axis=0))))
            figure.theory(ax, m, height * (m / middle) ** exponent, k)
    ax.set(xscale="log", yscale="log", xlabel="width m")
    ax.set_xticks(m, [f"{width:g}" for width in m], minor=False)
    ax.set_xticks([], minor=True)
    return {"m": m, **found}


def changes(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """How much the weights move, in four norms and in the worst entry, at α = 3/4."""
    ax = figure.on(ax)
    curves = [(key, 0.75, POWERS[key](0.75)) for key in CHANGES]
    found = drawn(result, ax, [*curves, ("A, largest entry", 0.75, None)])
    ax.set(title="One step, α = 3/4", ylabel="relative change over |F'|")
    ax.set(ylim=(1e-4, 1e5))
    ax.legend(title="dashed: theory", loc="upper left", ncols=2)
    return found


def features(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Relative changes of ∇_u Φ: lazy below α = 1."""
    ax = figure.on(ax)
    curves = [("Δ∇_u Φ over ∇_u Φ", a, a - 1.0) for a in ALPHAS]
    found = drawn(result, ax, curves)
    ax.set(title="The gradient of Φ is lazy for α < 1", ylim=(2e-3, None))
    ax.set(ylabel=r"$\|\Delta\nabla_u\Phi\| \,/\, \|\nabla_u\Phi\|$ over |F'|")
    ax.set_ylim(bottom=2e-3)  # room for the legend
    ax.legend(title="dashed: power α − 1", loc="lower left")
    return found


def losses(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Relative changes of ∇_u F: the same at every width."""
    ax = figure.on(ax)
    curves = [("Δ∇_u F over ∇_u F", a, 0.0) for a in ALPHAS]
    found = drawn(result, ax, curves)
    ax.set(title="The gradient of a curved loss is not", yscale="linear", ylim=(0, 1))
    ax.set(ylabel=r"$\|\Delta\nabla_u F\| \,/\, \|\nabla_u F\|$")
    ax.legend(title="dashed: power 0", loc="lower left")
    return found


def kernels(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Relative changes of the tangent kernel, which follow no single power here."""
    ax = figure.on(ax)
    found = drawn(result, ax, [("ΔK over K", a, None) for a in ALPHAS])
    ax.set(title="The tangent kernel K = ‖∇Φ‖²", ylabel="|ΔK| / K")
    ax.legend(title="no power is claimed", loc="lower left")
    return found


LAB = Lab(
    name="width-scaling",
    chapter="09",
    summary="powers of the width before and after one step, and what is lazy",
    caption=(
        "A linear network with a hidden matrix, one step at the rate η₀ m^(2α−1). Top: "
        "how far weights move depends on the norm, and the worst entry of A moves ever "
        "more; below α = 1 the gradient of Φ moves ever less. Bottom: that of a curved "
        "loss moves as much at every width, for F' does. The kernel's change is a sum "
        "of two powers. Lines are medians over the seeds, bands their middle 80 %."
    ),
    points=points,
    repeats=(40, 100),
    measure=measure,
    conclude=conclude,
    panels=(changes, features, losses, kernels),
)
