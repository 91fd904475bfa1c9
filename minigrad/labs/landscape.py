"""The loss as a surface over all weights: rays, segments, slices, spectra (chapter 10).

Squared loss summed over samples; H layers; rescaling multiplies W_1, b_1 by λ^(H-1),
divides other W_h by λ and multiplies b_h by λ^(H-h).  Theory: for ReLU the function and
E stay, so that E is neither coercive nor convex; gradients in W_h grow like λ, those in
W_1 and b_h like λ^-(H-1) and λ^-(H-h), curvatures twice as fast; slices with filter
normalization stay the same.  Where a network fits, its Hessian has as many positive
eigenvalues as outputs, and else zeros.  In a wide network the gradient has a lower
bound, and each of its hypotheses is needed.

What is measured is in ``slices.py``, ``hessians.py`` and ``critical_points.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.labs import critical_points as critical
from minigrad.labs import figure, hessians, slices
from minigrad.labs.dense import Dense
from minigrad.labs.fit import Estimate, bootstrap, mean, slope
from minigrad.labs.lab import Lab, Result, Table
from minigrad.labs.slices import ACROSS, ALONG, FAR, LAM, LAMBDAS
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_least, at_most, near

# The powers of λ in the gradients of the deep network, H = 3.
POWERS = {"W_1": -2.0, "b_1": -2.0, "W_2": 1.0, "b_2": -1.0, "W_3": 1.0, "b_3": 0.0}
ENDS = 4  # points at either end of the curve, where one layer has all the curvature
EXACT = 1e-9  # what holds at every point but for rounding
ROUNDING = 1e-12  # the same of one number near 1, or of one that should be 0
OUTPUTS = hessians.FITTED * hessians.SMALL.sizes[-1]
ZERO = 1e-9  # of an eigenvalue beside the largest
CHORD = 1.0 + EXACT  # a convex E is nowhere above its chord
SEEN = 0.01  # a change that can be seen, beside the largest E of a plane
LAYERS, UNITS = "rescaled", "units rescaled"


# The sweep --------------------------------------------------------------------------


def points(quick: bool) -> list[dict[str, Any]]:
    parts = ("rays", "surfaces", "spectra", "wide", "descents")
    widths = (64,) if quick else (64, 128, 256, 512)
    return [
        *({"part": part} for part in parts),
        *({"part": "widths", "width": width} for width in widths),
    ]


def measure(seed: np.random.SeedSequence, part: str, width: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    if width:
        return hessians.at_width(rng, width)
    parts = {
        "rays": slices.rays,
        "surfaces": slices.surfaces,
        "spectra": hessians.spectra,
        "wide": critical.wide,
        "descents": critical.descents,
    }
    return parts[part](rng)


# What follows -----------------------------------------------------------------------


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    table = [case.row() for case in critical.CASES]
    verdicts = [
        *of_rays(rows, rng),
        *of_surfaces(rows),
        *of_spectra(rows, rng),
        *of_wide_networks(rows),
        *of_cases(table),
        *of_descents(rows, rng),
    ]
    return table, verdicts


def worst(values: Any) -> Estimate:
    """The largest over all seeds."""
    return Estimate.exact(np.max(values))


def least(values: Any) -> Estimate:
    """The smallest over all seeds."""
    return Estimate.exact(np.min(values))


def of_rays(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """What rescaling keeps and what it changes; when one layer is coercive."""
    get = partial(stack, rows, part="rays")
    x, gradients = np.log(LAMBDAS), np.moveaxis(np.log(get("gradients")), -1, 0)
    sharpness, norms = np.log(get("sharpness")), np.log(get("norms"))
    last, first = slice(-ENDS, None), slice(ENDS)
    changed = np.abs(get("E") - 1.0)

    def power(samples: np.ndarray, part: slice = slice(None)) -> Estimate:
        return slope(x[part], samples[:, part], rng)

    far = {key: slope(np.log(FAR), np.log(get(key)), rng) for key in ("enough", "few")}
    return [
        at_most("rescaled, relative change of E", ROUNDING, worst(changed)),
        near("rescaled, ‖θ‖, power of λ up", 2.0, power(norms, last), 0.02),
        *(
            near(f"rescaled, ‖∇_{name} E‖, power of λ", p, power(g), EXACT)
            for (name, p), g in zip(POWERS.items(), gradients, strict=True)
        ),
        # Other layers have a share of 1/λ here, and of 1/λ² in ‖θ‖, for the smallest λ.
        near("rescaled, curvature, power of λ up", 2.0, power(sharpness, last), 0.05),
        near("rescaled, curvature, power down", -4.0, power(sharpness, first), 0.05),
        # From 10⁴ on: Y is 10⁻⁴ of an output; outputs that should be 0 are 10⁻⁸ of Y.
        near("H = 1, n > n_0, E along a ray, power", 2.0, far["enough"], 1e-3),
        near("H = 1, n ≤ n_0, flattest ray, power", 0.0, far["few"], 1e-6),
    ]


def of_surfaces(rows: list[Row]) -> list[Verdict]:
    """Segments that are no chords, and which slices depend on the scale of weights."""
    get = partial(stack, rows, part="surfaces")
    small = Dense.of(mg.relu, 1, 1, 1).loss(np.ones((1, 1)), np.zeros((1, 1)))
    half = slices.segment(small, np.eye(4)[2], np.eye(4)[0], np.array([0.0, 0.5, 1.0]))

    def change(plane: str, other: str) -> np.ndarray:
        """The largest change over a plane beside the largest E, for each seed."""
        before = get(plane)
        gap = np.abs(get(f"{plane} {other}") - before)
        return np.asarray(gap.max(axis=(1, 2)) / before.max(axis=(1, 2)))

    ends, highest = get("start"), get("segment").max(axis=1)
    twins, kept = np.abs(get("twin") / ends - 1.0), change("normalized", LAYERS)
    return [
        at_most("sizes (1, 1, 1), E at both ends", 0.0, worst(half[[0, 2]])),
        near("sizes (1, 1, 1), 16 E half way", 1.0, worst(16 * half[1]), 1e-15),
        at_most("twins, relative difference of E", ROUNDING, worst(twins)),
        at_least("twins, E between them over E there", CHORD, least(highest / ends)),
        at_most("normalized slice, rescaled", EXACT, worst(kept)),
        at_least("raw slice, rescaled", SEEN, least(change("raw", LAYERS))),
        at_least(
            "normalized slice, by units", SEEN, least(change("normalized", UNITS))
        ),
    ]


def of_spectra(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """Lanczos against full spectra and kernels, and what the Hessian of a fit is."""
    get = partial(stack, rows, part="spectra")
    start, fit = get("start"), get("fit")
    off = max(get(f"{name} ends off").max() for name in ("start", "fit"))
    counts = np.sum(fit > ZERO * fit[:, -1:], axis=1)
    values, weights = np.moveaxis(get("start nodes"), 1, 0)
    edge = -0.01 * start[:, -1:]  # nearer to 0 the signs are not resolved
    seen = np.sum(weights * (values < edge), axis=1) - np.mean(start < edge, axis=1)
    wide = {key: stack(rows, key, part="widths") for key in ("off", "rest")}
    positive = Estimate(float(counts.mean()), float(counts.min()), float(counts.max()))
    return [
        at_most("Lanczos, ends of the spectrum", 1e-10, Estimate.exact(off)),
        at_most("start, lowest eigenvalue", -0.01, worst(start[:, 0] / start[:, -1])),
        # Twelve random starts see a share of 100 eigenvalues to some two per cent.
        near("Lanczos, share below 0", 0.0, bootstrap(mean, seen, rng), 0.06),
        near("fit, positive eigenvalues", float(OUTPUTS), positive, 0.0),
        at_least("fit, lowest eigenvalue", -ZERO, least(fit[:, 0] / fit[:, -1])),
        at_most("wide fit, Lanczos against 2 K", EXACT, worst(wide["off"])),
        at_most("wide fit, other eigenvalues", ZERO, worst(wide["rest"])),
    ]


def of_wide_networks(rows: list[Row]) -> list[Verdict]:
    """The bound holds, is attained, and promises less than descent keeps."""
    get = partial(stack, rows, part="wide")
    losses = get("losses")
    followed = losses > 1e-20  # what is left then is rounding
    along = (get("lengths") / get("bounds"))[followed]
    promised = critical.RATE * get("promised")  # d log E/dt ≤ -bound²/E, for flow
    kept = np.log(losses[:, 0] / losses[:, -1]) / promised
    return [
        at_least("wide, gradient over its bound", 1.0, least(get("ratios"))),
        at_least("the same along descent", 1.0, least(along)),
        near("aligned, gradient over its bound", 1.0, worst(get("attained")), EXACT),
        at_least("wide, fall of log E over the promised", 1.0, least(kept)),
    ]


def of_cases(table: Table) -> list[Verdict]:
    """Each is critical, at the loss that was found by hand, and without a bound."""
    off = [abs(line["E"] - line["by hand"]) for line in table]
    gradients, bounds = ([line[key] for line in table] for key in ("‖∇E‖", "bound"))
    return [
        at_most("one hypothesis dropped, ‖∇E‖", ROUNDING, worst(gradients)),
        at_most("one dropped, the bound", ROUNDING, worst(bounds)),
        at_most("one dropped, E against E by hand", ROUNDING, worst(off)),
    ]


def of_descents(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """Where gradient descent goes, and two functions with one Hessian."""
    get = partial(stack, rows, part="descents")
    fades = slope(np.log(critical.FADING), np.log(get("fades")), rng)
    at = [mg.hessian(lambda p, k=k: p[0] ** 2 + p[1] ** k)(np.zeros(2)) for k in (3, 4)]
    return [
        near("saddle, share that leaves it", 1.0, least(get("share")), 0.0),
        at_most("saddle, from its axis, |y|", 0.0, worst(get("stays"))),
        # exp(x) after t steps is t and a few: two per cent at the first that is fitted.
        near("exp(-x), gradient, power of the step", -1.0, fades, 0.02),
        at_most("x² + y³ and x² + y⁴, Hessians", 0.0, worst(np.abs(at[0] - at[1]))),
    ]


# Panels -----------------------------------------------------------------------------


def rescaling(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """E, two gradients and the largest curvature over λ, relative to λ = 1."""
    ax = figure.on(ax)
    get = partial(stack, result.rows, part="rays")
    one, gradients = int(np.argmin(np.abs(np.log(LAMBDAS)))), get("gradients")
    drawn = {
        "E": get("E"),
        r"$\|\nabla_{W_1} E\|$": gradients[..., list(POWERS).index("W_1")],
        r"$\|\nabla_{W_3} E\|$": gradients[..., list(POWERS).index("W_3")],
        "largest curvature": get("sharpness"),
    }
    drawn = {label: samples / samples[:, [one]] for label, samples in drawn.items()}
    for k, (label, samples) in enumerate(drawn.items()):
        figure.curve(ax, LAMBDAS, samples, k, label)
    for k, power in ((1, -2.0), (2, 1.0)):
        figure.theory(ax, LAMBDAS, LAMBDAS**power, k)
    up, down = LAMBDAS >= 4.0, LAMBDAS <= 0.3
    height = np.median(drawn["largest curvature"], axis=0)
    figure.theory(ax, LAMBDAS[up], height[-1] * (LAMBDAS[up] / LAMBDAS[-1]) ** 2, 3)
    figure.theory(ax, LAMBDAS[down], height[0] * (LAMBDAS[down] / LAMBDAS[0]) ** -4, 3)
    ax.set(xscale="log", yscale="log", xlabel="λ", ylabel="relative to λ = 1")
    ax.set(title="One function, other slopes (ReLU, H = 3)")
    ax.legend(title="dashed: theory", loc="upper right")
    return {"λ": LAMBDAS, **drawn}


def twins(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """E on the way from a minimum to the one with its units in another order."""
    ax = figure.on(ax)
    samples = stack(result.rows, "segment", part="surfaces")
    figure.curve(ax, ALONG, samples, 0, "E on the segment")
    chord = np.full(len(ALONG), np.median(samples[:, 0]))
    figure.theory(ax, ALONG, chord, 1).set_label("no convex E is higher")
    ax.set(yscale="log", xlabel="t", ylabel="E((1 − t) θ + t θ′)")
    ax.set(title="Two minima that are one network")
    ax.legend(loc="center")
    return {"t": ALONG, "E": samples}


def contours(result: Result, kind: str, ax: Any) -> dict[str, Any]:
    """Contours of log E in a plane through the minimum, and through it rescaled."""
    found = {}
    for k, (other, style) in enumerate((("", "solid"), (f" {LAYERS}", "dashed"))):
        [E, *_] = stack(result.rows, kind + other, part="surfaces")
        found[kind + other] = np.log10(E)
        levels = np.linspace(-1.0, 3.0, 9)
        settings = {"colors": figure.COLORS[k], "linestyles": style}
        lines = ax.contour(
            *(ACROSS, ACROSS, found[kind + other].T, levels),
            **settings,
            linewidths=3.0 - 1.5 * k,
        )
        label = f"rescaled, λ = {LAM:g}" if other else "as trained"
        ax.plot([], [], color=figure.COLORS[k], ls=style, label=label)
        if not other:
            ax.clabel(lines, levels[::2], fmt="%g", fontsize=9)
    ax.plot(0.0, 0.0, "+", color=figure.BLACK, ms=10, mew=2)
    ax.set(xlabel="first direction", ylabel="second direction", aspect="equal")
    ax.legend(loc="lower left", frameon=True, framealpha=0.9)
    return found


def raw(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The same plane for the same function, in two scales of its weights."""
    ax = figure.on(ax)
    drawn = contours(result, "raw", ax)
    ax.set(title="log₁₀ E, random directions")
    return drawn


def normalized(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The same with filter normalization."""
    ax = figure.on(ax)
    drawn = contours(result, "normalized", ax)
    ax.set(title="log₁₀ E, filter-normalized directions")
    return drawn


def spectrum(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The share of eigenvalues up to x, in full and by Lanczos."""
    ax = figure.on(ax)
    x = np.concatenate([-np.geomspace(100, 1e-3, 80), np.geomspace(1e-3, 100, 80)])
    drawn = {}
    for k, name in enumerate(("start", "fit")):
        exact = stack(result.rows, name, part="spectra")[0]
        values, weights = stack(result.rows, f"{name} nodes", part="spectra")[0]
        drawn[name] = np.searchsorted(exact, x, side="right") / len(exact)
        drawn[f"{name}, Lanczos"] = np.array([weights[values <= at].sum() for at in x])
        figure.curve(ax, x, drawn[f"{name}, Lanczos"][None], k, f"{name}, Lanczos")
        figure.theory(ax, x, drawn[name], k).set_label(f"{name}, all eigenvalues")
    ax.set_xscale("symlog", linthresh=1e-2)
    ax.set_xticks([-100, -1, 0, 1, 100], ["−100", "−1", "0", "1", "100"])
    ax.set_xticks([], minor=True)
    ax.set(xlabel="x", ylabel="share of eigenvalues ≤ x", ylim=(-0.03, 1.05))
    ax.set(title=f"The Hessian of a tanh network, {OUTPUTS} outputs")
    ax.legend(loc="upper left")
    return {"x": x, **drawn}


def bound(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """E, the gradient and its bound along descent in a wide network."""
    ax = figure.on(ax)
    steps = np.arange(0, critical.DESCENT + 1, critical.EVERY)
    labels = {
        "losses": "E",
        "lengths": r"$\|\nabla_{W_1, b_1} E\|$",
        "bounds": "its bound",
    }
    drawn = {k: stack(result.rows, k, part="wide") for k in labels}
    for k, (key, label) in enumerate(labels.items()):
        figure.curve(ax, steps, np.maximum(drawn[key], 1e-18), k, label)
    ax.set(yscale="log", xlabel="step", title="Descent in a wide network")
    ax.set(ylabel="E and lengths")
    ax.legend(loc="upper right")
    return {"step": steps, **drawn}


LAB = Lab(
    name="landscape",
    chapter="10",
    summary="rays, segments, slices, spectra of the loss; a bound on its gradient",
    caption=(
        "Along a curve of weights that leaves a ReLU network as it is, slopes and "
        "curvatures take any size; a minimum and its twin with permuted units have a "
        "ridge between them. A plane in random directions shows the scale of the "
        "weights, with filter normalization it does not. The Hessian of a tanh network "
        "that fits has a positive eigenvalue an output. Lines are medians over the "
        "seeds, bands their middle 80 %; planes and spectra are those of the first."
    ),
    points=points,
    repeats=(12, 2),
    measure=measure,
    conclude=conclude,
    panels=(rescaling, twins, raw, normalized, spectrum, bound),
)
