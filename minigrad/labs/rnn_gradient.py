"""How the gradient of a recurrent network lives through time (chapter 06).

g_t = s(W g_{t-1} + x_t + b), |s'| <= gamma, J_T = dg_T/dg_0 = D_T W ... D_1 W.  Theory:
‖J_T‖ <= (gamma ‖W‖)^T, with equality for a rotation without s; above 1/gamma it may
explode and need not, whatever the eigenvalues of W are.  Every Jacobian is minigrad's;
differences stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad.labs import figure
from minigrad.labs.fit import Estimate, slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_most, near

N = 12  # units of the random networks
TIMES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40)
T = TIMES[-1]
TINY = 1e-300  # what a logarithmic axis shows in place of 0


class Net(NamedTuple):
    """A network without inputs, or with random ones; gamma bounds the slope of s."""

    W: np.ndarray
    b: np.ndarray
    g0: np.ndarray
    xs: np.ndarray
    s: Callable[[Any], Any]
    gamma: float = 1.0

    def state(self, g: Any, steps: int) -> Any:
        """g_T as a function of g_0."""
        for x in self.xs[:steps]:
            g = self.s(self.W @ g + x + self.b)
        return g

    def jacobian(self, steps: int) -> np.ndarray:
        return np.asarray(mg.jacobian(lambda g: self.state(g, steps))(self.g0))

    def differences(self, steps: int, h: float = 1e-6) -> np.ndarray:
        """The same column by column from [g_T(g_0 + h e) - g_T(g_0 - h e)] / 2h."""
        columns = [
            (self.state(self.g0 + h * e, steps) - self.state(self.g0 - h * e, steps))
            / (2.0 * h)
            for e in np.eye(len(self.g0))
        ]
        return np.stack(columns, axis=1)

    def back(self, c: np.ndarray) -> np.ndarray:
        """‖dL/dg_t‖ for t = 0..T and L = c.g_T: gradients in shifts of the states."""

        def loss(shifts: Any) -> Any:
            g = self.g0 + shifts[0]
            for x, shift in zip(self.xs, shifts[1:], strict=True):
                g = self.s(self.W @ g + x + self.b) + shift
            return np.sum(c * g)

        zeros = [np.zeros(len(self.g0))] * (len(self.xs) + 1)
        return np.array([np.linalg.norm(d) for d in mg.grad(loss)(zeros)])


# Networks ---------------------------------------------------------------------------


def identity(z: Any) -> Any:
    return z


def rotation(rng: np.random.Generator, n: int) -> np.ndarray:
    Q, R = np.linalg.qr(rng.standard_normal((n, n)))
    return np.asarray(Q * np.sign(np.diag(R)))


def random_tanh(norm: float) -> Callable[[np.random.Generator], Net]:
    """tanh, Gaussian W of this spectral norm, small inputs and biases."""

    def make(rng: np.random.Generator) -> Net:
        W = rng.standard_normal((N, N))
        xs, b = 0.1 * rng.standard_normal((T, N)), 0.1 * rng.standard_normal(N)
        g0 = np.tanh(rng.standard_normal(N))
        return Net(norm * W / np.linalg.norm(W, 2), b, g0, xs, np.tanh)

    return make


def fixed(
    W: Any, s: Callable[[Any], Any], b: Any = 0.0, g0: Any = 0.0
) -> Callable[[np.random.Generator], Net]:
    """A network without inputs or chance."""
    W = np.array(W, dtype=float)
    n = len(W)
    b, g0 = (np.broadcast_to(v, (n,)).astype(float) for v in (b, g0))
    return lambda rng: Net(W, b, g0, np.zeros((T, n)), s)


def turning(delta: float) -> Callable[[np.random.Generator], Net]:
    """delta times a rotation, without an activation."""

    def make(rng: np.random.Generator) -> Net:
        zeros = np.zeros((T, N))
        W = delta * rotation(rng, N)
        return Net(W, zeros[0], rng.standard_normal(N), zeros, identity)

    return make


NETS: dict[str, Callable[[np.random.Generator], Net]] = {
    "rotation, 0.95": turning(0.95),
    "rotation, 1": turning(1.0),
    "rotation, 1.1": turning(1.1),
    "tanh, ‖W‖ = 0.95": random_tanh(0.95),
    "tanh, ‖W‖ = 1": random_tanh(1.0),
    "tanh, ‖W‖ = 4": random_tanh(4.0),
    "tanh, 1.5 I at 0": fixed(1.5 * np.eye(3), np.tanh),
    "tanh, 3 I, b = 10": fixed(3.0 * np.eye(3), np.tanh, b=10.0),
    "non-normal": fixed([[0.5, 100.0], [0.0, 0.5]], identity),
    "nilpotent": fixed([[0.0, 5.0], [0.0, 0.0]], identity),
    "nilpotent, relu": fixed([[2, 2], [-2, -2]], mg.relu, [1.0, -1000.0], [1.0, 0.0]),
}
BOUNDED = ("rotation, 0.95", "rotation, 1", "tanh, ‖W‖ = 0.95", "tanh, ‖W‖ = 1")


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    return [{"net": name} for name in NETS]


def measure(seed: np.random.SeedSequence, net: str) -> dict[str, Any]:
    """‖J_T‖, the factor of its bound, how far differences are off, and ‖dL/dg_t‖."""
    rng = np.random.default_rng(seed)
    made = NETS[net](rng)
    jacobians = {steps: made.jacobian(steps) for steps in TIMES}
    norms = {steps: float(np.linalg.norm(J, 2)) for steps, J in jacobians.items()}
    off = np.abs(jacobians[10] - made.differences(10)).max()
    back = made.back(rng.standard_normal(len(made.b)))
    return {
        "norms": list(norms.values()),
        "factor": float(made.gamma * np.linalg.norm(made.W, 2)),
        "radius": float(np.abs(np.linalg.eigvals(made.W)).max()),
        "off": float(off / max(1.0, norms[10])),
        "back": (back / back[-1]).tolist(),
    }


# What follows -----------------------------------------------------------------------


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    norms = {net: stack(rows, "norms", net=net) for net in NETS}
    table = []
    for net, values in norms.items():
        factor = stack(rows, "factor", net=net)[0]
        table.append(
            {
                "network": net,
                "γ‖W‖": float(factor),
                "radius of W": float(np.median(stack(rows, "radius", net=net))),
                f"‖J_{T}‖": float(np.median(values[:, -1])),
                "bound": float(factor**T),
                "largest ‖J_T‖": float(values.max()),
                "differences off": float(stack(rows, "off", net=net).max()),
            }
        )
    return table, [*of_the_bound(rows, norms, rng), *beyond_it(norms, rng)]


def rate(norms: np.ndarray, rng: np.random.Generator) -> Estimate:
    """The change of log ‖J_T‖ a step."""
    return slope(np.array(TIMES), np.log(np.maximum(norms, TINY)), rng)


def of_the_bound(
    rows: list[Row], norms: dict[str, np.ndarray], rng: np.random.Generator
) -> list[Verdict]:
    """The bound holds, is sharp, is mostly far away; and differences agree."""
    factors = {net: stack(rows, "factor", net=net)[:, None] for net in NETS}
    excess = max((norms[n] / factors[n] ** np.array(TIMES)).max() for n in NETS)
    off = max(stack(rows, "off", net=net).max() for net in NETS)
    step, limit = "log ‖J_T‖ a step", float(np.log(0.95))
    turned, squashed = (rate(norms[BOUNDED[i]], rng) for i in (0, 2))
    return [
        at_most("largest ‖J_T‖ over its bound", 1.0 + 1e-9, Estimate.exact(excess)),
        near(f"{BOUNDED[0]}, {step}", limit, turned, band=1e-9),
        at_most(f"{BOUNDED[2]}, {step}", limit, squashed),
        at_most("minigrad against differences", 1e-6, Estimate.exact(off)),
    ]


def beyond_it(norms: dict[str, np.ndarray], rng: np.random.Generator) -> list[Verdict]:
    """γ‖W‖ > 1: what explodes, what does not, and what eigenvalues do not see."""

    def at(net: str, steps: int) -> Estimate:
        return Estimate.exact(norms[net][:, TIMES.index(steps)].max())

    step = "log ‖J_T‖ a step"
    explodes, relu = (
        rate(norms[n], rng) for n in ("tanh, 1.5 I at 0", "nilpotent, relu")
    )
    return [
        near(f"tanh, 1.5 I at 0, {step}", float(np.log(1.5)), explodes, band=1e-9),
        at_most("tanh, 3 I, b = 10, ‖J_10‖", 1e-80, at("tanh, 3 I, b = 10", 10)),
        at_most("nilpotent, ‖J_2‖", 0.0, at("nilpotent", 2)),
        near(f"nilpotent, relu, {step}", float(np.log(2.0)), relu, band=1e-9),
        near("non-normal, ‖J_2‖", 100.0, at("non-normal", 2), band=0.01),
        at_most("non-normal, ‖J_20‖", 0.01, at("non-normal", 20)),
    ]


# Panels -----------------------------------------------------------------------------


def norms(
    result: Result, nets: Sequence[str], bases: Mapping[str, float], ax: Any
) -> dict[str, Any]:
    """Draw ‖J_T‖ over T for some networks, and base^T; give the samples."""
    x = np.array(TIMES)
    samples = {net: stack(result.rows, "norms", net=net) for net in nets}
    for k, (net, values) in enumerate(samples.items()):
        figure.curve(ax, x, np.maximum(values, TINY), k, net)
        if net in bases:
            figure.theory(ax, x, bases[net] ** x, k)
    ax.set(yscale="log", xlabel="steps T", ylabel="‖dg_T/dg_0‖")
    return samples


def bounded(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Networks with γ‖W‖ up to 1, and their bounds."""
    ax = figure.on(ax)
    factors = {net: stack(result.rows, "factor", net=net)[0] for net in BOUNDED}
    drawn = norms(result, BOUNDED, factors, ax)
    ax.set(title="γ‖W‖ ≤ 1: cannot explode")
    ax.legend(title="dashed: the bound", loc="lower left")
    return drawn


def unbounded(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Networks with γ‖W‖ above 1, and what is known of them."""
    ax = figure.on(ax)
    exact = {"rotation, 1.1": 1.1, "tanh, 1.5 I at 0": 1.5, "nilpotent, relu": 2.0}
    drawn = norms(result, [n for n in NETS if n not in BOUNDED], exact, ax)
    ax.set(title="γ‖W‖ > 1: may explode", ylim=(1e-28, 1e15), xlim=(0, T + 1))
    ax.legend(title="dashed: theory", loc="lower right", ncols=2)
    return drawn


def backward(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw ‖dL/dg_t‖ over t; give the samples."""
    ax = figure.on(ax)
    nets = ("rotation, 0.95", "rotation, 1", "tanh, ‖W‖ = 0.95", "tanh, ‖W‖ = 4")
    samples = {net: stack(result.rows, "back", net=net) for net in nets}
    for k, (net, values) in enumerate(samples.items()):
        figure.curve(ax, np.arange(T + 1), np.maximum(values, TINY), k, net)
    ax.set(yscale="log", xlabel="time t", ylabel="‖dL/dg_t‖, relative to t = T")
    ax.set(title=f"A loss of g_T, T = {T}, seen from t")
    ax.legend(loc="lower right")
    return samples


LAB = Lab(
    name="rnn-gradient",
    chapter="06",
    summary="recurrent gradients against time: the bound, and what lies beyond it",
    caption=(
        "Norm of the Jacobian of a recurrent network over T steps. Up to γ‖W‖ = 1 the "
        "bound (γ‖W‖)^T holds it, sharply for rotations, loosely for tanh. Above, some "
        "networks explode and some vanish, and the eigenvalues of W (0 for the "
        "nilpotent ones) do not tell which. Lines are medians over the seeds, bands "
        "their middle 80 %."
    ),
    points=points,
    repeats=(12, 4),
    measure=measure,
    conclude=conclude,
    panels=(bounded, unbounded, backward),
)
