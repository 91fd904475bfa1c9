"""Where linear networks linger when they train, and for how long (chapter 12).

R = ‖W_H .. W_1 X - Y‖², gradient descent with the step η.  Theory: from near 0, with
two units in each hidden layer, the risk lingers at c_0 and c_1 and ends at c_2, where
c_r is what the best map of rank r leaves, which is not the truncated SVD of the
regression M.  A saddle of rank 1 is left from the distance ε in log(1/ε) / log(1 + ηλ)
steps and a constant, if the Hessian has the negative eigenvalue -λ = -2‖Σ_XY U_Q‖, Q
the directions not learned.  If it has none, and all is 0 beside the learned direction,
in a number of steps that grows like ε^-(H - 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from minigrad.labs import figure
from minigrad.labs import linear_network as net
from minigrad.labs.fit import Estimate, bootstrap, mean, slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.linear_network import LEFT, Problem, Weights
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_least, at_most, near

ETA = 0.04  # the largest curvature at a saddle is 28; from 2/28 on steps diverge
STARTS = 8  # around one saddle, the same directions at every distance
MOST = 20_000  # steps; who has not left by then is said to need so many
NEAR_ZERO = 0.05  # singular values of all weights
DONE = 1e-8  # of |∇R|², which is 2μ (R - c_2) or more; the smallest curvature μ is 0.3
GONE = LEFT[1] - 0.4  # of R; some linger next at the saddle {1, 3}, at c_1 - 0.49
SHOWN = 0.1  # the distance in the panels of curves and of counts
MOMENTS = np.unique(np.geomspace(1.0, 2000.0, 60).astype(int))  # steps of a curve

HEIGHT = 0.01  # of a plateau: a descent passes the saddle at a distance, and squares it
# Next to log(1/ε) and ε^-(H - 2) there are terms smaller by a factor of order ε, which
# is up to 0.1 and up to 0.8; EXPONENT is relative.
FOLDS, EXPONENT = 0.05, 0.1
ROUNDING = 1e-12  # of what should be 0, beside numbers near 1


class Saddle(NamedTuple):
    """How many layers, what is in the inner ones, and distances to start from."""

    layers: int
    inner: float
    distances: tuple[float, ...]

    @property
    def strict(self) -> bool:
        return self.layers == 2 or self.inner != 0.0


FINE = (0.1, 0.02, 0.004, 0.0008)
SADDLES = {
    "strict, H = 2": Saddle(2, 0.0, FINE),
    "strict, H = 3": Saddle(3, 1.0, FINE),
    "not strict, H = 3": Saddle(3, 0.0, (0.3, 0.17, 0.1, 0.05)),
    "not strict, H = 4": Saddle(4, 0.0, (0.8, 0.65, 0.5, 0.35)),
}
ZERO = "near 0, H = 3"


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    """The longest first; the quick run leaves out the longest starts."""
    saddles = []
    for name, (_, _, distances) in SADDLES.items():
        few = quick and not SADDLES[name].strict
        far = list(distances[:3] if few else distances)
        saddles.append({"start": name, "distances": far})
    return [*saddles[::-1], {"start": ZERO, "distances": []}]


def measure(
    seed: np.random.SeedSequence, start: str, distances: Sequence[float]
) -> dict[str, Any]:
    """Steps to leave a saddle, and its curvature; or the way down from near 0."""
    rng = np.random.default_rng(seed)
    of = net.problem(rng)
    if start == ZERO:
        return staircase(rng, of)
    saddle = SADDLES[start]
    Ws = net.saddle(rng, of, saddle.layers, saddle.inner)
    curvatures = np.linalg.eigvalsh(net.hessian(Ws, of))
    steepest = -2.0 * np.linalg.norm(of.X @ of.Y.T @ of.U[:, 1:], 2)
    return {
        "gradient": float(max(np.abs(G).max() for G in net.slopes(Ws, of))),
        "lowest": float(curvatures[0]),
        "over highest": float(curvatures[0] / curvatures[-1]),
        "over theory": float(curvatures[0] / steepest),
        **escape(rng, of, Ws, distances),
    }


def escape(
    rng: np.random.Generator, of: Problem, Ws: Weights, distances: Sequence[float]
) -> dict[str, Any]:
    """Steps until R is below c_1, (distances, STARTS), and a curve."""
    risks, steps = [], np.full(len(distances) * STARTS, MOST)
    starts = net.around(rng, Ws, distances, STARTS)
    for k, (now, _) in enumerate(islice(net.descent(starts, of, ETA), MOST)):
        risks.append(now)
        steps[(steps == MOST) & (now < GONE)] = k
        if steps.max() < MOST:
            break
    by_distance = steps.reshape(-1, STARTS).tolist()
    return {"steps": by_distance, "curve": curve(np.array(risks), distances)}


def curve(risks: np.ndarray, distances: Sequence[float]) -> list[float]:
    """The median over the starts at the distance SHOWN, at MOMENTS up to the end."""
    if SHOWN not in distances:
        return []
    first = STARTS * list(distances).index(SHOWN)
    at = MOMENTS[len(risks) > MOMENTS]
    return list(np.median(risks[at, first : first + STARTS], axis=1))


def staircase(rng: np.random.Generator, of: Problem) -> dict[str, Any]:
    """The plateaus from near 0, and the end; what the truncated SVD of M leaves."""
    shapes = net.shapes(3, hidden=2)
    Ws = [NEAR_ZERO * net.orthonormal(rng, STARTS, *shape) for shape in shapes]
    path = []
    for now, speed in islice(net.descent(Ws, of, ETA), MOST):
        path.append((now, speed))
        if speed.max() < DONE:
            break
    risks, speeds = (np.array(values) for values in zip(*path, strict=True))
    U, s, Vt = np.linalg.svd(of.M, full_matrices=False)
    found = [heights(r, v) for r, v in zip(risks.T, speeds.T, strict=True)]
    return {
        "heights": np.median(found, axis=0).tolist(),  # some skip c_1
        "end off": float(np.abs(risks[-1] - LEFT[2]).max()),
        "truncated": float(net.risk([Vt[:2], U[:, :2] * s[:2]], of)),
        "path": risks[np.minimum(np.arange(0, 1500, 10), len(risks) - 1), 0].tolist(),
    }


def heights(risks: np.ndarray, speeds: np.ndarray) -> tuple[float, float]:
    """R where it falls most slowly, before the first drop and before the second."""
    first, second = (np.argmax(risks < h) for h in (LEFT[:2] + LEFT[1:3]) / 2.0)
    windows = slice(0, first + 1), slice(first, second + 1)
    before, between = (risks[w][np.argmin(speeds[w])] for w in windows)
    return float(before), float(between)


# What follows -----------------------------------------------------------------------


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    table = [
        {
            "start": name,
            "distance": far,
            "steps (median)": float(np.median(steps)),
            "fastest": int(steps.min()),
            "slowest": int(steps.max()),
            "smallest eigenvalue": float(stack(rows, "lowest", start=name).mean()),
        }
        for name in SADDLES
        for far, steps in zip(*times(rows, name), strict=True)
    ]
    return table, [v for name in (ZERO, *SADDLES) for v in judged(rows, rng, name)]


def times(rows: list[Row], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Distances from a saddle, and steps to leave it, (distances, repeats, STARTS)."""
    steps = stack(rows, "steps", start=name)
    far = next(row["distances"] for row in rows if row["start"] == name)
    return np.array(far), np.swapaxes(steps, 0, 1)


def judged(rows: list[Row], rng: np.random.Generator, name: str) -> list[Verdict]:
    """The verdicts on one kind of start."""
    if name == ZERO:
        return of_the_staircase(rows, rng)
    steepest = Estimate.exact(stack(rows, "gradient", start=name).max())
    of_one = of_strict if SADDLES[name].strict else of_flat
    return [
        at_most(f"{name}, largest gradient at the saddle", ROUNDING, steepest),
        *of_one(rows, rng, name),
    ]


def of_the_staircase(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """The heights of the plateaus, the end, and that no truncated SVD is there."""
    drops = LEFT[:2] - LEFT[1:3]
    off = (stack(rows, "heights", start=ZERO) - LEFT[:2]) / drops
    above = (stack(rows, "truncated", start=ZERO) - LEFT[2]) / drops[1]
    end = stack(rows, "end off", start=ZERO).max()
    plateaus = [
        near(
            f"{ZERO}, plateau over c_{r}, of the drop to c_{r + 1}",
            0.0,
            bootstrap(mean, off[:, r], rng),
            HEIGHT,
        )
        for r in range(2)
    ]
    return [
        *plateaus,
        at_most(f"{ZERO}, how far it ends from c_2", 1e-6, Estimate.exact(end)),
        at_least(
            "truncated SVD of M over c_2, of the drop from c_1",
            1e-3,  # the descents have ended at c_2 to 1e-6
            bootstrap(mean, above, rng),
        ),
    ]


def of_strict(rows: list[Row], rng: np.random.Generator, name: str) -> list[Verdict]:
    """The smallest eigenvalue, and a time that is a logarithm of the distance."""
    ratios = stack(rows, "over theory", start=name)
    far, steps = times(rows, name)
    grown = np.log1p(-ETA * stack(rows, "lowest", start=name))  # e-folds a step
    return [
        near(
            f"{name}, smallest eigenvalue over -2‖Σ_XY U_Q‖",
            1.0,
            bootstrap(mean, ratios, rng),
            1e-9,  # equal but for rounding
        ),
        near(
            f"{name}, e-folds of growth per e-fold of 1/ε",
            1.0,
            slope(-np.log(far), (steps.mean(axis=2) * grown).T, rng),
            FOLDS,
        ),
    ]


def of_flat(rows: list[Row], rng: np.random.Generator, name: str) -> list[Verdict]:
    """No negative eigenvalue, and a time that is a power of the distance."""
    lowest = stack(rows, "over highest", start=name).min()
    far, steps = times(rows, name)
    exponent = 2.0 - SADDLES[name].layers
    return [
        at_least(
            f"{name}, smallest eigenvalue over the largest",
            -ROUNDING,
            Estimate.exact(lowest),
        ),
        near(
            f"{name}, exponent of the distance",
            exponent,
            slope(np.log(far), np.log(steps).mean(axis=2).T, rng),
            EXPONENT * abs(exponent),
        ),
    ]


# Panels -----------------------------------------------------------------------------


def descents(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the risk from near 0, a line a repeat, and the critical values."""
    ax = figure.on(ax)
    paths = stack(result.rows, "path", start=ZERO)
    steps = 10.0 * np.arange(paths.shape[1])
    for path in paths[:6]:
        ax.plot(steps, path, color=figure.BLUE, lw=1.2, alpha=0.7)
    for r, value in enumerate(LEFT[:3]):
        figure.theory(ax, steps, np.full(len(steps), value), 1)
        ax.text(steps[-1], value + 0.05, f"c{'₀₁₂'[r]}", ha="right", va="bottom")
    ax.set(title="From near 0: a staircase", xlabel="step", ylabel="risk R")
    return {"steps": steps, "paths": paths}


def leaving(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the risk from the distance SHOWN of both kinds of saddles, H = 3."""
    ax = figure.on(ax)
    drawn = {}
    for k, name in enumerate(("strict, H = 3", "not strict, H = 3")):
        curves = [row["curve"] for row in result.rows if row["start"] == name]
        shared = min(map(len, curves))  # until the first repeat has left
        drawn[name] = np.array([values[:shared] for values in curves])
        figure.curve(ax, MOMENTS[:shared], drawn[name], k, name)
    for value in LEFT[1:3]:
        ax.axhline(value, color=figure.BLACK, ls="--", lw=1.2)
    ax.set(title=f"From the distance {SHOWN:g} of a saddle", xscale="log")
    ax.set(xlabel="step", ylabel="risk R")
    ax.legend(title="dashed: c₁ and c₂", loc="lower left")
    return drawn


def durations(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the steps to leave over the distance, with the law of theory."""
    ax = figure.on(ax)
    drawn = {}
    for k, (name, saddle) in enumerate(SADDLES.items()):
        far, steps = times(result.rows, name)
        drawn[name] = steps.reshape(len(far), -1).T
        figure.curve(ax, far, drawn[name], k, name)
        middle = np.median(drawn[name], axis=0)
        if saddle.strict:
            lowest = stack(result.rows, "lowest", start=name).mean()
            line = middle[0] + np.log(far[0] / far) / np.log1p(-ETA * lowest)
        else:
            line = middle[0] * (far / far[0]) ** (2.0 - saddle.layers)
        figure.theory(ax, far, line, k)
    ax.set(title="A logarithm, or a power", xscale="log", yscale="log")
    ax.set(xlabel="distance ε from the saddle", ylabel="steps to leave")
    law = r"dashed: $\log(1/\epsilon)$, $\epsilon^{-(H-2)}$"
    ax.legend(title=law, loc="upper left")
    return drawn


def histogram(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Count the steps to leave from the distance SHOWN, H = 3; lines are medians."""
    ax = figure.on(ax)
    drawn = {}
    for k, name in enumerate(("strict, H = 3", "not strict, H = 3")):
        far, steps = times(result.rows, name)
        drawn[name] = steps[list(far).index(SHOWN)].ravel()
        ax.hist(
            drawn[name],
            np.geomspace(10.0, 10_000.0, 37),
            color=figure.COLORS[k],
            alpha=0.6,
            label=name,
        )
        ax.axvline(np.median(drawn[name]), color=figure.COLORS[k], ls="--", lw=1.4)
    ax.set(title=f"From the distance {SHOWN:g}: how many", xscale="log")
    ax.set(xlabel="steps to leave", ylabel="starts")
    ax.legend(loc="upper right")
    return drawn


LAB = Lab(
    name="saddle-escape",
    chapter="12",
    summary="where linear networks linger in training, and for how long",
    caption=(
        "Gradient descent of linear networks. From near 0 the risk goes down a "
        "staircase of critical values, what the best maps of rank 0, 1 and 2 leave. A "
        "strict saddle is left after a time like log(1/ε). One that is not strict has "
        "no direction of negative curvature, and the time grows like ε^−(H−2). Lines "
        "are medians, bands the middle 80 %."
    ),
    points=points,
    repeats=(16, 4),
    measure=measure,
    conclude=conclude,
    panels=(descents, leaving, durations, histogram),
)
