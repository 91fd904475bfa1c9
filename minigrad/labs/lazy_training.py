"""How little wide networks move when they train, and what stands still (chapter 08).

Phi_1 = W_1 x, Phi_j = W_j rho(Phi_{j-1}) / √w, all hidden layers w wide, Gaussian
weights; gradient flow of R = Σ (Phi(x) - y)²/2 for the time T, from residuals that do
not depend on w.  Theory: ‖W_j(T) - W_j(0)‖ does not go to 0, but with one sample to
|r| (1 - e^(-K T)) √K_j / K; relative to ‖W_j(0)‖ it falls like w^(-1/2), and so does
the change of the Jacobian if rho is smooth.  That of the kernel, and the distance to
the linearized model, fall faster than w^(-1/2) at these widths: no exponent is claimed.
Neither is one for the Jacobian and the kernel of relu, whose slopes are only shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad.labs import figure
from minigrad.labs.fit import Estimate, bootstrap, log_rms, mean, slope
from minigrad.labs.flow import Weights, flow
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_most, near

T = 4.0  # the rate is 1; some 3 % of the residual are left
RTOL = 1e-3  # of the flow; at kinks of relu 15 times that, smooth ones below 1e-5
# Of exponents, and of displacements relative to their limits: widths from 64 on are
# biased by 1/w (1/‖W‖ and K are convex), which bends an exponent by up to 0.02.
BAND = 0.05


class Net(NamedTuple):
    """rho, the number of layers, and the samples with their residuals at time 0."""

    rho: Callable[[Any], Any]
    layers: int
    x: tuple[float, ...] = (1.0,)
    residuals: tuple[float, ...] = (1.0,)

    def start(self, rng: np.random.Generator, width: int) -> Weights:
        widths = [1, *[width] * (self.layers - 1), 1]
        shapes = zip(widths[1:], widths[:-1], strict=True)
        return [rng.standard_normal(shape) for shape in shapes]

    def outputs(self, Ws: Sequence[Any]) -> Any:
        """Phi at all samples, (N,)."""
        phi = Ws[0] @ np.array([self.x])
        for W in Ws[1:]:
            phi = W @ self.rho(phi) / np.sqrt(W.shape[1])
        return phi[0]


NETS = {
    "tanh, J = 2": Net(np.tanh, 2),
    "tanh, 2 samples": Net(np.tanh, 2, (1.0, -0.6), (1.0, 0.5)),
    "relu, J = 2": Net(mg.relu, 2),
    "tanh, J = 3": Net(np.tanh, 3),
}


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    """The quick run has no three layers: small widths say too little about them."""
    sizes = {2: (64, 128, 256, 512, 1024, 2048), 3: (64, 128, 256, 512)}
    if quick:
        sizes = {2: (64, 256, 1024), 3: ()}
    return [
        {"net": name, "width": width}
        for name, net in NETS.items()
        for width in sizes[net.layers]
    ]


def measure(seed: np.random.SeedSequence, net: str, width: int) -> dict[str, Any]:
    """How far weights, Jacobian and kernel moved, and the linearized model is off."""
    made = NETS[net]
    start = made.start(np.random.default_rng(seed), width)
    f0 = np.asarray(made.outputs(start))
    y = f0 - made.residuals
    end = train(made, start, y)
    norm = np.linalg.norm
    moved = np.array([norm(W - V, 2) for W, V in zip(end, start, strict=True)])
    J0, Jt = jacobian(made, start), jacobian(made, end)
    K0, Kt = J0 @ J0.T, Jt @ Jt.T
    return {
        "moved": moved.tolist(),
        "relative": float(norm(moved / [norm(W, 2) for W in start])),
        "jacobian": float(norm(Jt - J0, 2)),
        "kernel": float(norm(Kt - K0, 2)),
        "bound": float((norm(Jt, 2) + norm(J0, 2)) * norm(Jt - J0, 2)),
        "linearized": float(norm(made.outputs(end) - linearized(K0, f0, y))),
    }


def train(net: Net, start: Weights, y: np.ndarray) -> Weights:
    """W(T) of the gradient flow; its gradients are minigrad's."""

    def ascent(Ws: Sequence[Any]) -> Any:
        return -np.sum((net.outputs(Ws) - y) ** 2) / 2.0

    return flow(mg.grad(ascent), start, T, RTOL)


def jacobian(net: Net, Ws: Weights) -> np.ndarray:
    """Of all outputs in all weights, (N, p), by minigrad."""
    parts = mg.jacobian(net.outputs)(Ws)
    rows = [np.reshape(part, (len(net.x), -1)) for part in parts]
    return np.concatenate(rows, axis=1)


def linearized(K: np.ndarray, f0: np.ndarray, y: np.ndarray) -> np.ndarray:
    """f(T) for df/dt = -K (f - y)."""
    values, Q = np.linalg.eigh(K)
    return np.asarray(y + Q @ (np.exp(-values * T) * (Q.T @ (f0 - y))))


# Theory -----------------------------------------------------------------------------


def limits(net: Net) -> np.ndarray:
    """Of ‖W_j(T) - W_j(0)‖ as the width goes to infinity, for one sample."""
    [x], [r] = net.x, net.residuals
    S, D = [x**2], []
    for _ in range(net.layers - 1):
        square, slope_square = duals(net.rho, S[-1])
        S.append(square)
        D.append(slope_square)
    shares = np.array(S) * np.cumprod([1.0, *D[::-1]])[::-1]
    K = np.sum(shares)
    return np.asarray(abs(r) * (1.0 - np.exp(-K * T)) / K * np.sqrt(shares))


def duals(rho: Callable[[Any], Any], s: float) -> tuple[float, float]:
    """E rho(z)² and E rho'(z)² for a Gaussian z of variance s, by quadrature.

    For relu it is exact, too: half of the nodes are positive, and none is 0.
    """
    z, weights = np.polynomial.hermite_e.hermegauss(100)
    z, weights = np.sqrt(s) * z, weights / np.sum(weights)
    slopes = mg.grad(lambda z: np.sum(rho(z)))(z)
    return float(weights @ np.asarray(rho(z)) ** 2), float(weights @ slopes**2)


# What follows -----------------------------------------------------------------------

# The exponent of the width in each quantity, for a smooth rho, where one is claimed.
THEORY = {
    "displacement": 0.0,
    "relative displacement": -0.5,
    "Jacobian": -0.5,
    "kernel": None,
    "gap to linearized": None,
}
Fits = dict[tuple[str, str], Estimate]  # of a network and a quantity


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    found = fits(rows, rng)
    table = [
        {"network": net, "quantity": quantity, "exponent of w": fit.value}
        | {"low": fit.low, "high": fit.high, "theory": claimed(net, quantity)}
        for (net, quantity), fit in found.items()
    ]
    excess = max(row["kernel"] / row["bound"] for row in rows)
    bound = at_most(
        "largest change of a kernel over its bound", 1.0 + 1e-9, Estimate.exact(excess)
    )
    return table, [*of_exponents(found), *of_the_limits(rows, rng), bound]


def nets(rows: list[Row]) -> list[str]:
    """The networks that were measured."""
    return [net for net in NETS if any(row["net"] == net for row in rows)]


def fits(rows: list[Row], rng: np.random.Generator) -> Fits:
    """The exponent of the width in the rms over the seeds of each quantity."""
    keys = ("moved", "relative", "jacobian", "kernel", "linearized")
    found = {}
    for net in nets(rows):
        for quantity, key in zip(THEORY, keys, strict=True):
            x, samples = over_widths(rows, net, key)
            if key == "moved":
                samples = np.linalg.norm(samples, axis=-1)  # of all weights together
            found[net, quantity] = slope(np.log(x), samples, rng, average=log_rms)
    return found


def over_widths(rows: list[Row], net: str, key: str) -> tuple[np.ndarray, np.ndarray]:
    """The widths, and what was measured at them, (repeats, widths, ...)."""
    x = sorted({row["width"] for row in rows if row["net"] == net})
    columns = [stack(rows, key, net=net, width=w) for w in x]
    return np.array(x, dtype=float), np.stack(columns, axis=1)


def claimed(net: str, quantity: str) -> float | None:
    """The exponent, where it is known and reached at these widths."""
    kink = net.startswith("relu") and quantity == "Jacobian"  # -1/4, and not yet
    return None if kink else THEORY[quantity]


def of_exponents(found: Fits) -> list[Verdict]:
    """Displacement 0, relative and Jacobian -1/2, the kernel of smooth nets faster."""
    verdicts = []
    for (net, quantity), fit in found.items():
        claim, exponent = f"{net}, exponent of {quantity}", claimed(net, quantity)
        if exponent is not None:
            verdicts.append(near(claim, exponent, fit, BAND))
        elif net.startswith("tanh"):
            verdicts.append(at_most(claim, -0.5, fit))
    return verdicts


def of_the_limits(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """At the largest width each matrix has moved by its limit, on average."""
    verdicts = []
    for name in nets(rows):
        if len(NETS[name].x) > 1:
            continue
        ratios = over_widths(rows, name, "moved")[1][:, -1] / limits(NETS[name])
        for j in range(NETS[name].layers):
            claim = f"{name}, displacement of W_{j + 1} over its limit"
            verdicts.append(near(claim, 1.0, bootstrap(mean, ratios[:, j], rng), BAND))
    return verdicts


# Panels -----------------------------------------------------------------------------


def displacement(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw ‖W_1(T) - W_1(0)‖ over the width, and its limits; give the samples."""
    ax = figure.on(ax)
    drawn = {}
    for k, name in enumerate(nets(result.rows)):
        x, samples = over_widths(result.rows, name, "moved")
        drawn[name] = samples[..., 0]
        figure.curve(ax, x, drawn[name], k, name)
        if len(NETS[name].x) == 1:
            figure.theory(ax, x, np.full(len(x), limits(NETS[name])[0]), k)
    ax.set(xlabel="width w", ylabel="‖W₁(T) − W₁(0)‖", ylim=(0.0, None))
    ax.set_xscale("log", base=2)
    ax.set(title="The displacement does not go to 0")
    ax.legend(title="dashed: the limit", loc="lower right", ncols=2)
    return drawn


def falling(result: Result, key: str, ax: Any) -> dict[str, Any]:
    """Draw a quantity over the width, with w^(-1/2) beside it; give the samples."""
    drawn, reached = {}, [float(row["width"]) for row in result.rows]
    for k, net in enumerate(nets(result.rows)):
        x, samples = over_widths(result.rows, net, key)
        drawn[net] = samples
        figure.curve(ax, x, samples, k, net)
    x = np.array([min(reached), max(reached)])
    lowest = min(np.median(samples[:, 0]) for samples in drawn.values())
    line = 0.6 * lowest * (x / x[0]) ** -0.5
    guide = figure.theory(ax, x, line, figure.COLORS.index(figure.BLACK))
    ax.legend(handles=[guide], labels=["w^(−1/2)"], loc="lower left")
    ax.set(yscale="log", xlabel="width w")
    ax.set_xscale("log", base=2)
    return drawn


def relative(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the relative displacement of all matrices; give the samples."""
    ax = figure.on(ax)
    drawn = falling(result, "relative", ax)
    ax.set(ylabel="‖W(T) − W(0)‖ / ‖W(0)‖", title="The relative one does")
    return drawn


def features(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the change of the Jacobian; give the samples."""
    ax = figure.on(ax)
    drawn = falling(result, "jacobian", ax)
    ax.set(ylabel="‖J(T) − J(0)‖", title="The Jacobian: relu is slower than tanh")
    return drawn


def kernel(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Draw the change of the kernel; give the samples."""
    ax = figure.on(ax)
    drawn = falling(result, "kernel", ax)
    ax.set(ylabel="‖K(T) − K(0)‖", title="The kernel stands still in the end")
    return drawn


LAB = Lab(
    name="lazy-training",
    chapter="08",
    summary="how far weights, Jacobian and kernel of wide networks move in training",
    caption=(
        "Gradient flow from fixed residuals. Each matrix moves by a length that has a "
        "limit, dashed, and is small only beside the matrix. The Jacobian of tanh "
        "networks changes like w^(−1/2), that of relu networks more slowly, as units "
        "change sign. Kernels change less and less: faster than w^(−1/2) at these "
        "widths, which for relu is not yet the exponent of large ones. Lines are "
        "medians over the seeds, bands their middle 80 %."
    ),
    points=points,
    repeats=(60, 20),
    measure=measure,
    conclude=conclude,
    panels=(displacement, relative, features, kernel),
)
