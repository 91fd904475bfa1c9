"""What a Hessian buys: gradient descent, momentum and Newton's method (chapter 04).

Every gradient and Hessian is minigrad's.  L, m bounds of the curvature, k = L/m, mu
damping, v velocity.  The theory, exact on a quadratic: gradient descent with the step
2/(L + m) gains (k - 1)/(k + 1) a step, heavy ball with its best constants
(√k - 1)/(√k + 1); EMA with (beta, delta) = (alpha, eps/(1 - alpha)) is heavy ball;
Newton lands in one step.  Near any regular minimum Newton squares its error.  Its
critical point may be a saddle: from x²/2 - y²/2 + y⁴/4 it is caught where |y| < 1/√5,
a share √(3/5) of all y with negative curvature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad.labs import figure
from minigrad.labs.fit import Estimate, bootstrap, mean, slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_most, near

Loss = Callable[[Any], Any]
FLOOR = 1e-16  # what a logarithmic axis shows of an error that is 0
SOLVED = 1e-6
SIZE, CURVATURES = 10, (0.4, 10.0)  # of the quadratic
STARTS = 200  # at the saddle, in each repeat
CAUGHT = 0.6**0.5


# Methods: x and v -> x and v, given the gradient and whom to ask for the Hessian ----


class Constants(NamedTuple):
    """Step sizes for curvatures between m and L, and the damping."""

    m: float
    L: float
    mu: float

    @property
    def rate(self) -> float:
        return 2.0 / (self.L + self.m)

    @property
    def alpha(self) -> float:
        k = (self.L / self.m) ** 0.5
        return float(((k - 1.0) / (k + 1.0)) ** 2)

    @property
    def eps(self) -> float:
        return float(4.0 / (self.L**0.5 + self.m**0.5) ** 2)


def gradient(x: Any, v: Any, g: Any, H: Callable[[], Any], c: Constants) -> Any:
    return x - c.rate * g, v


def momentum(x: Any, v: Any, g: Any, H: Callable[[], Any], c: Constants) -> Any:
    v = c.alpha * v + c.eps * g
    return x - v, v


def ema(x: Any, v: Any, g: Any, H: Callable[[], Any], c: Constants) -> Any:
    v = c.alpha * v + (1.0 - c.alpha) * g
    return x - c.eps / (1.0 - c.alpha) * v, v


def damped(x: Any, v: Any, g: Any, H: Callable[[], Any], c: Constants) -> Any:
    return x - solve(H() + c.mu * np.eye(x.shape[-1]), g), v


def newton(x: Any, v: Any, g: Any, H: Callable[[], Any], c: Constants) -> Any:
    return x - solve(H(), g), v


METHODS = {
    "gradient": gradient,
    "momentum": momentum,
    "EMA": ema,
    "damped": damped,
    "Newton": newton,
}


def solve(H: np.ndarray, g: np.ndarray) -> np.ndarray:
    """H^{-1} g, for one point or for a batch of them."""
    return np.asarray(np.linalg.solve(H, g[..., None])[..., 0])


def curvature(loss: Loss, x: np.ndarray) -> np.ndarray:
    """The Hessian at x (n,), or that of each point of a batch x (N, n): (N, n, n).

    Points of a batch must not meet in the loss but in a sum: then one product with a
    Hessian gives a column of each.
    """
    if x.ndim == 1:
        return np.asarray(mg.hessian(loss)(x))
    directions = (np.broadcast_to(e, x.shape) for e in np.eye(x.shape[1]))
    return np.stack([mg.hvp(loss, (x,), (d,)) for d in directions], axis=-1)


def path(
    loss: Loss, x: np.ndarray, method: str, steps: int, c: Constants
) -> np.ndarray:
    """The points that a method visits, (steps + 1, ..., n)."""
    slopes, xs, v = mg.grad(loss), [x], np.zeros_like(x)
    for _ in range(steps):
        hessian = lambda x=x: curvature(loss, x)
        x, v = METHODS[method](x, v, slopes(x), hessian, c)
        xs.append(x)
    return np.array(xs)


# Problems: a loss, a start, and its minimum -----------------------------------------

Problem = tuple[Loss, np.ndarray, np.ndarray]


def quadratic(rng: np.random.Generator) -> Problem:
    """(x - c)'H(x - c)/2; the start is as far off in each principal direction."""
    Q, _ = np.linalg.qr(rng.standard_normal((SIZE, SIZE)))
    H = Q @ np.diag(np.geomspace(*CURVATURES, SIZE)) @ Q.T
    c = rng.standard_normal(SIZE)
    start = c + Q @ rng.choice([-1.0, 1.0], SIZE)
    return lambda x: (x - c) @ H @ (x - c) / 2.0, start, c


def rosenbrock(rng: np.random.Generator) -> Problem:
    """(1 - x)² + 100 (y - x²)², from about (-1.2, 1)."""
    loss = lambda p: (1.0 - p[0]) ** 2 + 100.0 * (p[1] - p[0] ** 2) ** 2
    return loss, np.array([-1.2, 1.0]) + 0.1 * rng.standard_normal(2), np.ones(2)


def logistic(rng: np.random.Generator) -> Problem:
    """Logistic regression with a small penalty on 200 noisy points, from 0."""
    X, w = rng.standard_normal((200, 5)), rng.standard_normal(5)
    y = np.sign(X @ w + rng.standard_normal(200))
    loss = lambda w: np.mean(np.logaddexp(0.0, -y * (X @ w))) + 0.005 * (w @ w)
    start = np.zeros(5)
    return loss, start, path(loss, start, "Newton", 12, RUNS["logistic"][2])[-1]


RUNS: dict[str, tuple[Callable[[np.random.Generator], Problem], int, Constants]] = {
    "quadratic": (quadratic, 120, Constants(*CURVATURES, mu=1.0)),
    "Rosenbrock": (rosenbrock, 120, Constants(1.0, 1e4, mu=1.0)),
    "logistic": (logistic, 60, Constants(0.02, 0.6, mu=0.02)),
}
SADDLE = Constants(1.0, 3.0, mu=2.0)  # the curvature is -1 or more: mu = 2 descends


def saddle_loss(p: Any) -> Any:
    """x²/2 - y²/2 + y⁴/4 summed over points p (N, 2)."""
    x, y = p[..., 0], p[..., 1]
    return np.sum(x**2 / 2.0 - y**2 / 2.0 + y**4 / 4.0)


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    return [{"problem": problem} for problem in (*RUNS, "saddle")]


def measure(seed: np.random.SeedSequence, problem: str) -> dict[str, Any]:
    """The relative error of each method after each step, or what a saddle does."""
    rng = np.random.default_rng(seed)
    if problem == "saddle":
        return at_saddle(rng)
    make, steps, c = RUNS[problem]
    loss, start, end = make(rng)
    paths = {method: path(loss, start, method, steps, c) for method in METHODS}
    size = np.linalg.norm(start - end)
    errors = {m: np.linalg.norm(xs - end, axis=1) / size for m, xs in paths.items()}
    return {
        **{method: e.tolist() for method, e in errors.items()},
        "gap": float(np.abs(paths["momentum"] - paths["EMA"]).max() / size),
        "order": order(errors["Newton"]),
    }


def order(errors: np.ndarray) -> float:
    """p of e_{k+1} = C e_k^p, by the last three errors that rounding does not touch.

    nan where there are no three.
    """
    last = int(np.flatnonzero(errors > 1e-11)[-1])
    if last < 2:
        return float("nan")
    e = np.log(errors[last - 2 : last + 1])
    return float((e[2] - e[1]) / (e[1] - e[0]))


def at_saddle(rng: np.random.Generator) -> dict[str, Any]:
    """The share of starts that each method leaves at the saddle, and one path of y."""
    starts = np.stack([np.ones(STARTS), rng.uniform(-1.0, 1.0, STARTS) / 3**0.5], 1)
    starts[0] = [1.0, 0.4]
    found: dict[str, Any] = {}
    for method in METHODS:
        ys = path(saddle_loss, starts, method, 60, SADDLE)[:, :, 1]
        found[method] = ys[:12, 0].tolist()
        found[f"caught {method}"] = float(np.mean(np.abs(ys[-1]) < SOLVED))
    return found


# What follows -----------------------------------------------------------------------


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    table = []
    for problem in RUNS:
        for method in METHODS:
            errors = stack(rows, method, problem=problem)
            solved = [int(np.argmax(e < SOLVED)) for e in errors if e[-1] < SOLVED]
            table.append(
                {
                    "problem": problem,
                    "method": method,
                    "solved": f"{len(solved)} of {len(errors)}",
                    "in steps (median)": float(np.median(solved)) if solved else None,
                    "last error (median)": float(np.median(errors[:, -1])),
                }
            )
    return table, [*on_the_quadratic(rows, rng), *elsewhere(rows, rng)]


def on_the_quadratic(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """The rates of the methods, and that Newton needs a single step."""
    m, L = CURVATURES
    k = L / m
    r = k**0.5
    logs = {
        method: np.log(np.maximum(stack(rows, method, problem="quadratic"), FLOOR))
        for method in METHODS
    }

    def rate(method: str, first: int, last: int) -> Estimate:
        return slope(np.arange(first, last), logs[method][:, first:last], rng)

    one_step = float(np.exp(logs["Newton"][:, 1].max()))
    gap = Estimate.exact(stack(rows, "gap", problem="quadratic").max())
    return [
        near(
            "quadratic, gradient descent, log error a step",
            float(np.log((k - 1.0) / (k + 1.0))),
            rate("gradient", 80, 120),
            band=0.005,
        ),
        near(
            "quadratic, heavy ball, log error a step",
            float(np.log((r - 1.0) / (r + 1.0))),
            rate("momentum", 30, 70),
            band=0.04,  # a double root: the error falls like t r^t
        ),
        at_most("quadratic, momentum against EMA", 1e-12, gap),
        at_most(
            "quadratic, error after one Newton step",
            1e-12 * k,
            Estimate.exact(one_step),
        ),
    ]


def elsewhere(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """The order of Newton at a minimum, and what it makes of a saddle."""
    orders = stack(rows, "order", problem="logistic")
    last = stack(rows, "Newton", problem="Rosenbrock")[:, -1].max()

    def caught(method: str) -> Estimate:
        shares = stack(rows, f"caught {method}", problem="saddle")
        return bootstrap(mean, shares, rng)

    return [
        near(
            "logistic regression, order of Newton",
            2.0,
            bootstrap(mean, orders, rng),
            band=0.1,
        ),
        at_most(
            "Rosenbrock, largest last error of Newton",
            1e-8,
            Estimate.exact(last),
        ),
        near("saddle, share that Newton leaves there", CAUGHT, caught("Newton"), 0.05),
        near("saddle, share of damped Newton", 0.0, caught("damped"), 0.01),
        near("saddle, share of gradient descent", 0.0, caught("gradient"), 0.01),
    ]


# Panels -----------------------------------------------------------------------------


def errors(result: Result, problem: str, ax: Any, shown: int) -> dict[str, Any]:
    """Draw the relative error of each method over the steps; give the samples."""
    samples = {
        method: np.maximum(stack(result.rows, method, problem=problem), FLOOR)
        for method in METHODS
    }
    for k, (method, e) in enumerate(samples.items()):
        wide = 5.0 if method == "momentum" else 2.0  # EMA lies on top of it
        figure.curve(ax, np.arange(shown + 1), e[:, : shown + 1], k, method, lw=wide)
    ax.set(yscale="log", title=problem, xlabel="step", ylim=(1e-17, None))
    ax.set_ylabel("distance to the minimum, relative")
    return samples


def convergence(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Errors on the quadratic, with the rates of theory."""
    ax = figure.on(ax)
    drawn = errors(result, "quadratic", ax, 60)
    m, L = CURVATURES
    x = np.arange(61)
    for k, ratio in enumerate((L / m, (L / m) ** 0.5)):
        figure.theory(ax, x, ((ratio - 1.0) / (ratio + 1.0)) ** x, k)
    ax.legend(title="dashed: theory", loc=(0.06, 0.12), ncols=2)
    return drawn


def valley(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Errors on the Rosenbrock function."""
    return errors(result, "Rosenbrock", figure.on(ax), 60)


def squaring(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Errors on logistic regression, with the squares of Newton's."""
    ax = figure.on(ax)
    drawn = errors(result, "logistic", ax, 30)
    e = np.median(drawn["Newton"], axis=0)
    constant = e[3] / e[2] ** 2
    squares = [e[2], *(constant * e[2:5] ** 2)]
    line = figure.theory(ax, np.arange(2, 6), np.maximum(squares, FLOOR), 6)
    ax.legend([line], ["Newton: C e² each step"], loc=(0.28, 0.06))
    return drawn


def saddle(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """y over the steps from (1, 0.4), for each method."""
    ax = figure.on(ax)
    paths = {m: stack(result.rows, m, problem="saddle")[:1] for m in METHODS}
    for k, (method, y) in enumerate(paths.items()):
        figure.curve(ax, np.arange(y.shape[1]), y, k, method)
    for level, name in ((1.0, "minimum"), (0.0, "saddle")):
        ax.axhline(level, color=figure.BLACK, ls="--", lw=1.2)
        ax.text(11.0, level - 0.03, name, ha="right", va="top")
    ax.set(title="x²/2 − y²/2 + y⁴/4 from (1, 0.4)", xlabel="step", ylabel="y")
    return paths


LAB = Lab(
    name="newton",
    chapter="04",
    summary="gradient descent, momentum, EMA, damped and plain Newton on four problems",
    caption=(
        "Five methods with gradients and Hessians from minigrad. Lines are medians "
        "over the seeds, bands their middle 80 %. EMA runs on top of momentum. "
        "Newton solves a quadratic in one step and squares its error near a minimum; "
        "started near a saddle it goes there, while damping escapes."
    ),
    points=points,
    repeats=(16, 5),
    measure=measure,
    conclude=conclude,
    panels=(convergence, valley, squaring, saddle),
)
