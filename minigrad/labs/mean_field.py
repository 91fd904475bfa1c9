"""A wide two-layer network as particles, as a density, and as a gas (chapter 13).

f(x) = (1/N) Σ σ(x; θ_i), and the risk R is the mean square distance to a network of
infinitely many neurons, the best ρ.  Theory: N draws from ρ are worse by
∫(U(θ, θ) - ∫U dρ) dρ / N; they scatter like N^(-1/2), at the best ρ like 1/N.  Gradient
descent at the rate εN/2 moves particles as far for every N, a plain rate by 1/N of it;
they follow the continuity equation to N^(-1/2), and Euler's steps need not be smaller
for more of them.  With noise √(2Tη) the free energy falls until ρ is Boltzmann's fixed
point.  All gradients of particles are minigrad's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from minigrad.labs import figure
from minigrad.labs import finite_volumes as fv
from minigrad.labs.fit import Estimate, bootstrap, log_rms, mean, slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.particles import (
    COARSE,
    DECAY,
    FINE,
    TIME,
    T,
    Y,
    above_rest,
    at_rest,
    best,
    carried,
    cooled,
    force,
    free_energy,
    gradient,
    network,
    neurons,
    output,
    risk,
    start,
)
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_most, near

WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
DRAWS = 10_000  # networks drawn to see one gap
EPS = 2.0  # the first of three steps of training, each half as long
PLAIN = 2.0  # a rate that does not know N
REST, ETA = 80.0, 2.0  # time for heated particles to come to rest, and its steps

# A power of N is off by its next order: at N = 16 by some per cent, and what falls
# fastest is drowned by the draws first.
BAND = 0.1
# Of ratios to theory: means of 10⁵ draws, and a bias of ηΨ''/2, some 0.01, at rest.
RATIO = 0.05

DENSITIES = {"start": start(COARSE), "best": best(COARSE)}


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    return [{"width": width} for width in (WIDTHS[:5:2] if quick else WIDTHS)]


def measure(seed: np.random.SeedSequence, width: int) -> dict[str, Any]:
    """Gaps of draws; then N particles, trained, trained at a plain rate, and heated."""
    rng = np.random.default_rng(seed)
    found = gap(rng, width, "start") | gap(rng, width, "best")
    p = DENSITIES["best"] / np.sum(DENSITIES["best"])
    drawn = rng.choice(fv.centers(COARSE), (networks(width), width), p=p)
    found["trained"] = float(np.min(risk(trained(drawn, EPS))))
    theta = rng.standard_normal((networks(width), width))
    return found | training(theta) | heating(rng, theta)


def networks(width: int) -> int:
    """How many are trained at once: a thousand particles cost little more."""
    return max(4, 1024 // width)


def trained(theta: np.ndarray, eps: float) -> np.ndarray:
    """The particles at TIME, by Euler's steps."""
    for _ in range(round(TIME / eps)):
        theta = theta - eps * force(theta)
    return theta


def gap(rng: np.random.Generator, width: int, name: str) -> dict[str, float]:
    """R_N - R(ρ) for N draws from ρ: mean and deviation over many networks."""
    rho = DENSITIES[name]
    counts = rng.multinomial(width, rho / np.sum(rho), size=DRAWS)
    f = counts @ neurons(fv.centers(COARSE)) / width
    risks = np.mean((f - Y) ** 2, axis=1)
    R = np.mean((output(rho, COARSE) - Y) ** 2)
    found = {"gap": np.mean(risks) - R, "scatter": np.std(risks)}
    return {f"{key}, {name}": float(value) for key, value in found.items()}


def training(theta: np.ndarray) -> dict[str, Any]:
    """Distances to the PDE, of one step size to the next, and how far it went."""
    ends = [trained(theta, EPS / 2.0**k) for k in range(3)]
    outputs = [network(end) for end in ends]
    euler = [rms(b - a) for a, b in pairwise(outputs)]
    plain = theta
    for _ in range(round(TIME / EPS)):
        plain = plain - PLAIN * gradient(plain)
    return {
        "output": rms(outputs[-1] - output(carried(), FINE)),
        "distance": apart(ends[-1], carried(), FINE),
        "euler": euler[0],
        "order": float(np.log2(euler[0] / euler[1])),
        "scaled": rms(ends[0] - theta),
        "plain": rms(plain - theta),
        "particles": fv.histogram(ends[-1][0], COARSE).tolist(),
    }


def heating(rng: np.random.Generator, theta: np.ndarray) -> dict[str, Any]:
    """Langevin steps until particles are at rest: how far they are from Boltzmann."""
    for _ in range(round(REST / ETA)):
        drift = force(theta) + DECAY * theta
        theta = theta - ETA * drift + noise() * rng.standard_normal(theta.shape)
    return {
        "rest": apart(theta, at_rest(), COARSE),
        "square": float(np.mean(theta**2)),
        "heated": fv.histogram(theta, COARSE).tolist(),
    }


def noise() -> float:
    """The deviation of the noise in a step."""
    return float(np.sqrt(2.0 * T * ETA))


def apart(theta: np.ndarray, rho: np.ndarray, edges: np.ndarray) -> float:
    """The rms over the networks of W₁ to a density."""
    return rms(np.array([fv.wasserstein(row, rho, edges) for row in theta]))


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


# What follows -----------------------------------------------------------------------

# What is measured, its name, and the power of N that theory gives it.
POWERS = {
    "gap, start": ("gap of draws from the start", -1.0),
    "gap, best": ("gap of draws from the best ρ", -1.0),
    "scatter, start": ("scatter of draws from the start", -0.5),
    "scatter, best": ("scatter of draws from the best ρ", -1.0),
    "output": ("f_N − f_ρ, trained", -0.5),
    "distance": ("W₁ to the continuity equation", -0.5),
    "euler": ("error of Euler's steps", 0.0),
    "scaled": ("displacement at the rate εN/2", 0.0),
    "plain": ("displacement at a plain rate", -1.0),
    "rest": ("W₁ to Boltzmann, with noise", -0.5),
}


def over_widths(rows: list[Row], key: str) -> tuple[np.ndarray, np.ndarray]:
    """The widths, and what was measured at them, (repeats, widths, ...)."""
    x = sorted({row["width"] for row in rows})
    columns = [stack(rows, key, width=width) for width in x]
    return np.array(x, dtype=float), np.stack(columns, axis=1)


def power(rows: list[Row], key: str, rng: np.random.Generator) -> Estimate:
    """Of N, in the root mean square; in the mean for gaps, which scatter about 0."""
    x, samples = over_widths(rows, key)
    average = log_mean if key.startswith("gap") else log_rms
    return slope(np.log(x), samples, rng, average)


def log_mean(samples: np.ndarray) -> np.ndarray:
    """The logarithm of the mean over the repeats."""
    return np.asarray(np.log(np.mean(samples, axis=0)))


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    found = {key: power(rows, key, rng) for key in POWERS}
    table = [
        {"quantity": name, "power of N": fit.value, "low": fit.low, "high": fit.high}
        | {"theory": theory}
        for fit, (name, theory) in zip(found.values(), POWERS.values(), strict=True)
    ]
    powers = [
        near(f"{name}, power of N", theory, found[key], BAND)
        for key, (name, theory) in POWERS.items()
    ]
    return table, [*powers, *of_the_gap(rows, rng), *at_the_end(rows, rng)]


def of_the_gap(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """The constants of the gap; and for each N some network is no worse than κ/N."""
    verdicts = []
    for name in DENSITIES:
        x, samples = over_widths(rows, f"gap, {name}")
        ratio = bootstrap(mean, samples[:, 0] * x[0] / spread(name), rng)
        verdicts.append(near(f"gap of {name}, over theory", 1.0, ratio, RATIO))
    x, samples = over_widths(rows, "trained")
    above = np.min(samples, axis=0) * x / spread("best", centered=False)
    claim = "largest N (inf R_N - inf R)/κ"
    return [*verdicts, at_most(claim, 1.0, Estimate.exact(np.max(above)))]


def spread(name: str, centered: bool = True) -> float:
    """∫U(θ, θ)dρ - ∫∫U dρ dρ; not centered, κ."""
    rho, sig = DENSITIES[name], neurons(fv.centers(COARSE))
    middle = output(rho, COARSE) if centered else 0.0
    return float(np.mean(rho @ (sig - middle) ** 2) * (COARSE[1] - COARSE[0]))


def at_the_end(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """The order of Euler's steps, the free energy, and the temperature."""
    order = bootstrap(mean, over_widths(rows, "order")[1][:, -1], rng)
    (_, energies, end), limit = cooled(), at_rest()
    rise = Estimate.exact(np.max(np.diff(energies)))
    fall = Estimate.exact((energies[0] - energies[-1]) / above_rest(start(COARSE)))
    dx = COARSE[1] - COARSE[0]
    off = Estimate.exact(np.sum(np.abs(end - limit)) * dx)
    squares = over_widths(rows, "square")[1][:, -1]
    theory = np.sum(limit * fv.centers(COARSE) ** 2) * dx
    heat = bootstrap(mean, squares / theory, rng)
    return [
        near("order of Euler's steps", 1.0, order, BAND),
        at_most("largest rise of the free energy", 1e-13, rise),  # rounding
        near("its fall, over T KL + ∫∫U dq dq/2", 1.0, fall, 1e-9),
        at_most("L₁ from Boltzmann's fixed point", 1e-6, off),  # falls by e in 20
        near("mean θ² with noise, over Boltzmann's", 1.0, heat, RATIO),
    ]


# Panels -----------------------------------------------------------------------------


def falling(result: Result, ax: Any, keys: Sequence[str]) -> dict[str, Any]:
    """Draw samples over N, and a line of the power that theory gives."""
    drawn = {}
    for k, key in enumerate(keys):
        label, exponent = POWERS[key]
        x, samples = over_widths(result.rows, key)
        drawn[label] = samples
        figure.curve(ax, x, samples, k, label)
        middle = np.exp(np.mean(np.log(x)))
        height = np.exp(np.mean(np.log(np.median(samples, axis=0))))
        figure.theory(ax, x, height * (x / middle) ** exponent, k)
    ax.set(xscale="log", yscale="log", xlabel="neurons N")
    ax.set_xticks(x, [f"{width:g}" for width in x], minor=False)
    ax.set_xticks([], minor=True)
    ax.legend(title="dashed: power of theory", loc="lower left")
    return {"N": x, **drawn}


def gaps(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw how much worse draws are than their density, and how they scatter."""
    ax = figure.on(ax)
    keys = [f"{what}, {name}" for what in ("gap", "scatter") for name in DENSITIES]
    drawn = falling(result, ax, keys)
    ax.set(title="N draws from ρ", ylabel="R_N − R(ρ)", ylim=(1e-5, None))
    return drawn


def shapes(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the trained particles of one network beside the continuity equation."""
    ax = figure.on(ax)
    at = fv.centers(FINE)
    bars = stack(result.rows, "particles", width=widest(result))[0]
    shown(ax, bars, f"{widest(result)} particles", "Trained without noise")
    curves = {"continuity equation": carried(), "start": start(FINE)}
    for k, (label, rho) in enumerate(curves.items()):
        ax.plot(at, rho, color=figure.COLORS[k], ls="-" if k == 0 else ":", label=label)
    ax.plot(at, best(FINE), color=figure.BLACK, ls="--", lw=1.4, label="best ρ")
    ax.legend(loc="upper right")
    return {"particles": bars, **curves}


def rested(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the heated particles of all networks beside Boltzmann's fixed point."""
    ax = figure.on(ax)
    width = widest(result)
    every = stack(result.rows, "heated", width=width)
    label = f"{networks(width) * len(every)} times {width}"
    shown(ax, np.mean(every, axis=0), label, "Trained with noise")
    style = {"color": figure.BLACK, "ls": "--", "lw": 1.4}
    ax.plot(fv.centers(COARSE), at_rest(), **style, label="Boltzmann")
    ax.legend(loc="upper right")
    return {"particles": every, "Boltzmann": at_rest()}


def shown(ax: Any, bars: np.ndarray, label: str, title: str) -> None:
    """A histogram as an area."""
    ax.stairs(bars, COARSE, fill=True, color=figure.BLUE, alpha=0.3, label=label)
    ax.set(title=title, xlabel="θ", ylabel="density", xlim=(-4.8, 4.8))


def widest(result: Result) -> int:
    return int(max(row["width"] for row in result.rows))


def distances(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw how far N particles are from their limits, and Euler's steps from a flow."""
    ax = figure.on(ax)
    drawn = falling(result, ax, ("distance", "rest", "output", "euler"))
    ax.set(title="Particles against their limits", ylabel="distance", ylim=(1e-4, None))
    return drawn


def cooling(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw how the free energy falls to that of Boltzmann's fixed point."""
    ax = figure.on(ax)
    found = cooled()
    above = found.energies - free_energy(at_rest())
    shown = above > 1e-14  # below, it is rounding
    ax.plot(found.times[shown], above[shown], color=figure.BLUE)
    ax.set(yscale="log", xlabel="time", ylabel="F(ρ) − F(ρ*)")
    ax.set(title="The free energy falls")
    return {"time": found.times, "F": found.energies}


def moves(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw how far particles go at the rate εN/2, and at a plain one."""
    ax = figure.on(ax)
    drawn = falling(result, ax, ("scaled", "plain"))
    ax.set(title="Ten steps, two rates", ylabel="rms displacement")
    return drawn


LAB = Lab(
    name="mean-field",
    chapter="13",
    summary="wide networks as particles: gaps, the equation of ρ, free energy, time",
    caption=(
        "N neurons drawn from a density have a risk higher by a constant over N. "
        "Trained at the rate εN/2 they follow the continuity equation as closely as "
        "draws can, in steps as large for many as for few. With noise the free energy "
        "falls, and particles come to rest where Boltzmann has them. At a plain rate "
        "they move ever less. Lines are medians, bands the middle 80 %."
    ),
    points=points,
    repeats=(24, 12),
    measure=measure,
    conclude=conclude,
    panels=(gaps, shapes, distances, cooling, rested, moves),
)
