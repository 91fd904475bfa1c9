"""How the norm of a normalized weight grows, and when WN is BN (chapter 05).

u weight, w = u/‖u‖, eps step, lam decay, N batch size.  The loss depends on w alone, so
its gradient in u is orthogonal to u and shrinks like 1/‖u‖: after a plain step
‖u'‖² = ‖u‖² + eps² ‖grad‖².  With E ‖grad‖² = c²/‖u‖² the norm grows like t^(1/4), and
with decay it stops where ‖u‖⁴ = eps² c² / (1 - (1 - eps lam)²).  On white data batch
normalization is weight normalization but for the batch's own mean and variance: the
rms of their difference is √(3/(2N)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.labs import figure
from minigrad.labs.fit import Estimate, bootstrap, log_rms, mean, slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_least, at_most, near

EPS, LAM, BETA = 0.1, 0.1, 0.9
ADAM = 0.01  # its step, which does not shrink with the gradient
SIZE = 50  # of u; c² = SIZE - 1
FEATURES = 5  # of the white data
ROUNDING = 1e-14  # of ‖u'‖²/‖u‖²

State = Any
Step = Callable[[np.ndarray, np.ndarray, State], tuple[np.ndarray, State]]


# Optimizers: u, its gradient, a state -> the step to subtract, and the state --------


def sgd(u: np.ndarray, g: np.ndarray, state: State) -> tuple[np.ndarray, State]:
    return EPS * g, state


def heavy_ball(u: np.ndarray, g: np.ndarray, v: State) -> tuple[np.ndarray, State]:
    v = BETA * v + EPS * g
    return v, v


def nesterov(u: np.ndarray, g: np.ndarray, b: State) -> tuple[np.ndarray, State]:
    b = BETA * b + g
    return EPS * (g + BETA * b), b


def adam(u: np.ndarray, g: np.ndarray, state: State) -> tuple[np.ndarray, State]:
    t, m, s = state if isinstance(state, tuple) else (0, 0.0, 0.0)
    t, m, s = t + 1, BETA * m + (1 - BETA) * g, 0.999 * s + 0.001 * g**2
    mean, square = m / (1 - BETA**t), s / (1 - 0.999**t)
    return ADAM * mean / (np.sqrt(square) + 1e-8), (t, m, s)


def decay(u: np.ndarray, g: np.ndarray, state: State) -> tuple[np.ndarray, State]:
    return EPS * g + EPS * LAM * u, state


STEPS: dict[str, Step] = {
    "SGD": sgd,
    "heavy ball": heavy_ball,
    "Nesterov": nesterov,
    "Adam": adam,
    "weight decay": decay,
}
BATCHES = (32, 64, 128, 256, 512, 1024, 2048, 4096)


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    growing = [{"method": m, "steps": 600 if quick else 2000} for m in STEPS]
    return [*growing, {"method": "BN - WN", "steps": 50 if quick else 100}]


def measure(seed: np.random.SeedSequence, method: str, steps: int) -> dict[str, Any]:
    """The norm of u after each step, or gaps between BN and WN on fresh batches."""
    rng = np.random.default_rng(seed)
    if method == "BN - WN":
        return {"gaps": gaps(rng, steps)}
    u, state = rng.standard_normal(SIZE), np.zeros(SIZE)
    u /= np.linalg.norm(u)
    path = [1.0]
    for x in rng.standard_normal((steps, SIZE)):
        step, state = STEPS[method](u, gradient(u, x), state)
        u = u - step
        path.append(float(np.linalg.norm(u)))
    squares = np.square(path)
    return {
        "norms": [path[t] for t in times(steps)],
        "late": float(np.mean(path[steps // 2 :])),
        "smallest change": float(np.min(np.diff(squares) / squares[:-1])),
    }


def times(steps: int) -> np.ndarray:
    """The steps after which the norm is kept, some sixty on a logarithmic axis."""
    return np.unique(np.geomspace(1, steps, 60).astype(int))


def gradient(u: np.ndarray, x: np.ndarray) -> np.ndarray:
    """minigrad's gradient in u of the loss w.x of a sample x, for w = u/‖u‖."""
    return np.asarray(mg.grad(lambda u: np.dot(u, x) / np.sqrt(np.dot(u, u)))(u))


def gaps(rng: np.random.Generator, repeats: int) -> list[float]:
    """For each batch size the rms difference of BN and WN on white Gaussian data."""
    found = []
    for N in BATCHES:
        squares = []
        for _ in range(repeats):
            w = rng.standard_normal(FEATURES)
            z = rng.standard_normal((N, FEATURES)) @ w
            bn = (z - z.mean()) / z.std()
            squares.append(np.mean((bn - z / np.linalg.norm(w)) ** 2))
        found.append(float(np.sqrt(np.mean(squares))))
    return found


# What follows -----------------------------------------------------------------------


def equilibrium() -> float:
    """The ‖u‖ that weight decay keeps."""
    c2 = SIZE - 1.0
    return float((EPS**2 * c2 / (1.0 - (1.0 - EPS * LAM) ** 2)) ** 0.25)


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    table = []
    for method in STEPS:
        found = growth(rows, method, rng)
        table.append(
            {
                "method": method,
                "growth exponent": found.value,
                "low": found.low,
                "high": found.high,
                "late norm": float(stack(rows, "late", method=method).mean()),
                "smallest change": smallest(rows, method).value,
            }
        )
    return table, [*of_the_norm(rows, rng), *of_the_gap(rows, rng)]


def growth(rows: list[Row], method: str, rng: np.random.Generator) -> Estimate:
    """The exponent of ‖u‖ against t over the last nine tenths of the steps."""
    t, norms = kept(rows, method)
    late = t >= t[-1] // 10
    return slope(np.log(t[late]), np.log(norms[:, late]), rng)


def kept(rows: list[Row], method: str) -> tuple[np.ndarray, np.ndarray]:
    """The times, and the norms at these times in each repeat."""
    steps = int(stack(rows, "steps", method=method)[0])
    return times(steps), stack(rows, "norms", method=method)


def smallest(rows: list[Row], method: str) -> Estimate:
    """The smallest change of ‖u‖²/‖u‖² that any step of any repeat made."""
    return Estimate.exact(stack(rows, "smallest change", method=method).min())


def of_the_norm(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """Who grows how, and who can shrink."""
    change = "smallest change of ‖u‖²/‖u‖²"
    late = stack(rows, "late", method="weight decay")
    return [
        near("SGD, exponent of the norm", 0.25, growth(rows, "SGD", rng), band=0.01),
        *(
            at_least(f"{method}, {change}", -ROUNDING, smallest(rows, method))
            for method in ("SGD", "heavy ball", "Nesterov")
        ),
        at_most(f"Adam, {change}", -1e-3, smallest(rows, "Adam")),
        near(
            "weight decay, norm that stays",
            equilibrium(),
            bootstrap(mean, late, rng),
            band=0.02 * equilibrium(),
        ),
    ]


def of_the_gap(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """How BN - WN falls with the batch, and from where."""
    samples = stack(rows, "gaps", method="BN - WN")
    large = np.sqrt(BATCHES[-4:]) * samples[:, -4:]  # small ones are biased by 1/N
    return [
        near(
            "BN - WN, exponent of the batch size",
            -0.5,
            slope(np.log(BATCHES), samples, rng, average=log_rms),
            band=0.05,
        ),
        near(
            "BN - WN times √N",
            1.5**0.5,
            bootstrap(lambda x: np.exp(log_rms(x).mean(axis=-1)), large, rng),
            band=0.1,
        ),
    ]


# Panels -----------------------------------------------------------------------------


def norms(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw ‖u‖ over the steps, with t^(1/4) and the equilibrium; give the samples."""
    ax = figure.on(ax)
    samples = {}
    for k, method in enumerate(STEPS):
        t, samples[method] = kept(result.rows, method)
        figure.curve(ax, t, samples[method], k, method)
    figure.theory(ax, t, (1.0 + 2.0 * EPS**2 * (SIZE - 1) * t) ** 0.25, 0)
    figure.theory(
        ax, t, np.full(len(t), equilibrium()), list(STEPS).index("weight decay")
    )
    ax.set(xscale="log", yscale="log", xlabel="step", ylabel="‖u‖")
    ax.set(title="The norm of a normalized weight", ylim=(0.9, 60.0))
    ax.legend(title="dashed: theory", loc="upper left")
    return {"t": t, **samples}


def batches(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the rms of BN - WN over the batch size, with √(3/2N); give the samples."""
    ax = figure.on(ax)
    samples = stack(result.rows, "gaps", method="BN - WN")
    N = np.array(BATCHES, dtype=float)
    figure.curve(ax, N, samples, 0, "measured")
    figure.theory(ax, N, np.sqrt(1.5 / N), 0).set_label("√(3/2N)")
    ax.set(xscale="log", yscale="log", xlabel="batch size N", ylabel="rms of BN − WN")
    ax.set(title="Batch against weight normalization")
    ax.legend(loc="upper right")
    return {"N": N, "gaps": samples}


LAB = Lab(
    name="weight-norm",
    chapter="05",
    summary="the norm of a normalized weight under five optimizers; BN against WN",
    caption=(
        "Left: the loss depends on u/‖u‖ alone, so plain steps, heavy ball and "
        "Nesterov only lengthen u, plain ones like t^(1/4); Adam may shorten it, decay "
        "holds it. Right: on white data BN is WN but for the batch's own mean and "
        "variance. Lines are medians over the seeds, bands their middle 80 %."
    ),
    points=points,
    repeats=(12, 5),
    measure=measure,
    conclude=conclude,
    panels=(norms, batches),
)
