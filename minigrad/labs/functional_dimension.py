"""In how many directions a relu network can move on real images (chapter 11).

The functional dimension at inputs X is the rank of the Jacobian of the logits at X by
all parameters.  Theory: it is at most min(n n_H, p - hidden units), it does not change
when hidden units are permuted or rescaled, and it is that of almost all parameters with
the same pattern, so that whole numbers modulo a prime give it without rounding.

The source reports what it does on MNIST: it falls in training, grows with the width and
then stays, grows with noise in the inputs and with random labels, and is near its bound
at random inputs.  The table says what of this is found here.  Verdicts are theory, and
what is seen at any size: images have less than random inputs, and noise adds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minigrad.labs import figure, images
from minigrad.labs.fit import Estimate, bootstrap, mean
from minigrad.labs.lab import Lab, Option, Result, Table
from minigrad.labs.rank import Spectrum, exact_rank, spectrum
from minigrad.labs.relu_network import (
    Params,
    accuracy,
    glorot,
    jacobian,
    patterns,
    residual_jacobian,
    symmetric,
    trained,
)
from minigrad.labs.replication import FALLS, GROWS, STAYS, Experiment, lines
from minigrad.labs.sweep import Row, stack
from minigrad.labs.verdict import Verdict, at_least, at_most, near

CLASSES, HIDDEN = 10, 3  # outputs, hidden layers
SETS = ("train", "test", "random")
EXACT = 40  # images at which ranks are compared with whole numbers
DRAWN = 300  # singular values that are kept of a spectrum

# Below it a rank would be a choice of tolerance.  Logits have 10⁶ and more, mostly 10⁹;
# rounding alone, or a saturated softmax, leaves 1 to 20.
GAP = 1e4
# A unit that is dead at random inputs takes its weights with it: in a layer of ten,
# some hundredths of the parameters.
FULL = 0.8


class Size(NamedTuple):
    """How large the four experiments are."""

    samples: int  # in each of the sets
    width: int  # of training, noise and labels
    widths: tuple[int, ...]  # others
    epochs: tuple[int, ...]  # after which ranks are computed
    noises: tuple[float, ...]  # deviations, for pixels from 0 to 1
    extras: tuple[int, ...]  # images with random labels
    block: int = 1  # as many pixels, squared, are one input


DIGITS = Size(300, 12, (4, 8, 16), (0, 5, 50, 150), (0.1, 0.3, 1.0), (100, 300))
DIGITS_QUICK = Size(100, 10, (5,), (0, 30), (0.3, 1.0), (100,), block=2)
# The source's 784-30-30-30-10: p = 25720, a Jacobian of 8.2 GB.  Compressing its rows
# was measured at 5.4 GiB; the singular values take a copy of the triangle, 4.9 GiB.
MNIST = Size(4000, 30, (10, 20), (0, 10, 150), (0.1, 0.3, 1.0), (1000, 4000))
MNIST_QUICK = Size(120, 12, (6,), (0, 30), (0.3, 1.0), (120,), block=7)


# The sweep --------------------------------------------------------------------------


def points(quick: bool, mnist: str | None = None) -> list[dict[str, Any]]:
    """One network a point; raises NoDataError before anything is measured."""
    folder = None if mnist is None else str(Path(mnist).absolute())
    size = (DIGITS, DIGITS_QUICK, MNIST, MNIST_QUICK)[2 * (mnist is not None) + quick]
    _require(images.load(folder), size, folder)
    common = {"samples": size.samples, "block": size.block, "mnist": folder}
    first = {"width": size.width, "extra": 0, "epochs": list(size.epochs)}
    later = {"epochs": [size.epochs[-1]], "noises": [], **common}
    return [
        {**first, "noises": list(size.noises), **common},
        *({"width": width, "extra": 0, **later} for width in size.widths),
        *({"width": size.width, "extra": extra, **later} for extra in size.extras),
    ]


def _require(pool: images.Images, size: Size, folder: str | None) -> None:
    """Are there images enough, and can they be shrunk?"""
    have, need = len(pool), 2 * size.samples + max(size.extras)
    if have < need:
        raise images.NoDataError(f"{folder} has {have} images; the lab needs {need}")
    if pool.side % size.block:
        raise images.NoDataError(
            f"{folder} has images of {pool.side} x {pool.side} pixels, which do not "
            f"part into squares of {size.block}; MNIST's have 28 x 28"
        )


def measure(
    seed: np.random.SeedSequence,
    width: int,
    extra: int,
    epochs: list[int],
    noises: list[float],
    samples: int,
    block: int,
    mnist: str | None,
) -> dict[str, Any]:
    """Train a network; its ranks at three sets of inputs, and with noise at the end."""
    rng, pool = np.random.default_rng(seed), images.load(mnist).shrunk(block)
    train, test, more = np.split(
        rng.permutation(len(pool))[: 2 * samples + extra], [samples, 2 * samples]
    )
    sets = [pool.inputs(train), pool.inputs(test)]
    sets.append(rng.standard_normal(sets[0].shape))
    labels = [pool.labels[train], rng.integers(CLASSES, size=extra)]
    X, y = np.concatenate([sets[0], pool.inputs(more)]), np.concatenate(labels)
    params = glorot(rng, [X.shape[1], *[width] * HIDDEN, CLASSES])
    spectra: list[list[Spectrum]] = []
    for done, epoch in pairwise([0, *epochs]):
        params = trained(params, X, y, epoch - done, rng)
        spectra.append([dimension(params, inputs) for inputs in sets])
    noise = [s * rng.standard_normal(sets[0].shape) for s in noises]
    noisy = [dimension(params, sets[0] + added) for added in noise]
    return {
        **{name: [s[k].rank for s in spectra] for k, name in enumerate(SETS)},
        "noisy": [s.rank for s in noisy],
        "gaps": [s.gap for found in [*spectra, noisy] for s in found],
        "spectrum": drawn_part(spectra[-1][0]),
        "bound": bound(params, samples),
        **oracles(params, pool, train[:EXACT], rng),
        "accuracy": [
            accuracy(params, inputs, pool.labels[which])
            for inputs, which in zip(sets[:2], (train, test), strict=True)
        ],
    }


def dimension(params: Params, X: np.ndarray) -> Spectrum:
    """The singular values of the Jacobian at X in unit columns; their rank is it."""
    return spectrum(lambda: jacobian(params, X))


def bound(params: Params, samples: int) -> int:
    """min(n n_H, p - hidden units)."""
    hidden = sum(len(b) for b in params[1:-2:2])
    return min(samples * CLASSES, sum(A.size for A in params) - hidden)


def drawn_part(found: Spectrum) -> list[list[float]]:
    """Some singular values with their numbers, those beside the gap among them."""
    count = len(found.values)
    some = {*np.linspace(0, count - 1, DRAWN).astype(int), found.rank - 1, found.rank}
    return [[i + 1, found.values[i]] for i in sorted(map(int, some)) if i < count]


# Other roads ------------------------------------------------------------------------


def oracles(
    params: Params, pool: images.Images, which: np.ndarray, rng: np.random.Generator
) -> dict[str, int]:
    """The rank at some images: in floating point, after symmetries, and exactly.

    Whole numbers in place of the weights, with the pattern held, have the rank of
    almost all parameters of the cell, among them what training found.
    """
    X = pool.inputs(which)
    whole = [rng.integers(-512, 513, A.shape) for A in params]
    exact = residual_jacobian(whole, patterns(params, X), pool.pixels[which])
    return {
        "few": dimension(params, X).rank,
        "few, moved": dimension(symmetric(params, rng), X).rank,
        "few, exact": exact_rank(exact),
    }


# What follows -----------------------------------------------------------------------


def experiments(rows: list[Row]) -> list[Experiment]:
    """Training, width, noise and labels, with what the source reports of each."""
    base = {"width": rows[0]["width"], "extra": 0}
    widths, extras = (sorted({row[key] for row in rows}) for key in base)
    bounds = {row["width"]: row["bound"] for row in rows}
    bound = [bounds[base["width"]]]

    def at_end(key: str, values: list[int]) -> dict[str, np.ndarray]:
        points = [{**base, key: value} for value in values]
        last = {s: [stack(rows, s, **p)[:, -1] for p in points] for s in SETS}
        return {s: np.stack(found, axis=1) for s, found in last.items()}

    ranks = {s: stack(rows, s, **base) for s in SETS}
    noisy = np.hstack([ranks["train"][:, -1:], stack(rows, "noisy", **base)])
    epochs, noises = rows[0]["epochs"], [0.0, *rows[0]["noises"]]
    later = [FALLS] * (len(epochs) - 1)
    wider = [*[GROWS] * (len(widths) - 2), STAYS]  # the last is on the plateau there
    return [
        Experiment("training", "epoch", epochs, ranks, bound * len(epochs), later),
        Experiment(
            *("width", "width", widths, at_end("width", widths)),
            *([bounds[width] for width in widths], wider),
            stepwise=True,
        ),
        Experiment(
            *("noise", "σ", noises, {"train": noisy}),
            *(bound * len(noises), [GROWS] * (len(noises) - 1)),
        ),
        Experiment(
            *("labels", "random labels", extras, at_end("extra", extras)),
            *(bound * len(extras), [GROWS] * (len(extras) - 1)),
        ),
    ]


def conclude(rows: list[Row], rng: np.random.Generator) -> tuple[Table, list[Verdict]]:
    table = [line for found in experiments(rows) for line in lines(found, SETS)]
    return table, verdicts(rows, rng)


def verdicts(rows: list[Row], rng: np.random.Generator) -> list[Verdict]:
    """What is theory, or so plain that it has to be seen at any size."""
    exact = Estimate.exact

    def largest(off: Callable[[Row], float]) -> Estimate:
        return exact(max(map(off, rows)))

    base = [row for row in rows if row["noises"]]
    ratios = np.array([row["train"][-1] / row["random"][-1] for row in base])
    full = np.array([row["random"][-1] / row["bound"] for row in base])
    noisy = np.array([[row["train"][-1], *row["noisy"]] for row in base])
    steps = np.diff(noisy, axis=1).min(axis=1)
    return [
        at_most(
            "largest rank over its bound",
            1.0,
            largest(lambda r: max(max(r[s]) for s in SETS) / r["bound"]),
        ),
        near(
            f"rank at {EXACT} images, off the exact one",
            0.0,
            largest(lambda r: abs(r["few"] - r["few, exact"])),
            band=0.0,
        ),
        near(
            "rank of units permuted and rescaled, off",
            0.0,
            largest(lambda r: abs(r["few"] - r["few, moved"])),
            band=0.0,
        ),
        at_least(
            "smallest gap σ_r/σ_{r+1}", GAP, exact(min(min(r["gaps"]) for r in rows))
        ),
        at_most("rank at images over random inputs", 1.0, bootstrap(mean, ratios, rng)),
        at_least("rank at random inputs over bound", FULL, bootstrap(mean, full, rng)),
        at_least(
            "smallest step of the rank with noise", 0.0, bootstrap(mean, steps, rng)
        ),
    ]


# Panels -----------------------------------------------------------------------------


def panel(
    number: int, title: str, xlabel: str, xscale: str = "linear"
) -> Callable[..., Mapping[str, Any]]:
    """A panel of one experiment: ranks of the sets over the settings, and the bound."""

    def draw(result: Result, ax: Any = None) -> Mapping[str, Any]:
        ax, found = figure.on(ax), experiments(result.rows)[number]
        x, bounds = np.array(found.x, dtype=float), np.array(found.bounds, dtype=float)
        for k, (name, ranks) in enumerate(found.ranks.items()):
            figure.curve(ax, x, ranks, k, name)
        ax.plot(x, bounds, color=figure.BLACK, ls="--", lw=1.4, label="bound")
        ax.set(title=title, xlabel=xlabel, ylabel="functional dimension")
        ax.set_xscale(xscale)
        ax.set_ylim(bottom=0)
        ax.legend(loc="lower right", ncols=2)
        return {"x": x, "bound": bounds, **found.ranks}

    return draw


def values(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """Singular values after training, one curve a repeat: they end in a cliff."""
    ax, found = figure.on(ax), {}
    for row in result.rows:
        if row["noises"]:
            i, s = np.array(row["spectrum"]).T
            s = np.maximum(s / s[0], 1e-20)  # what is 0 has no logarithm
            found[f"repeat {row['repeat']}"] = s
            ax.plot(i, s, color=figure.BLUE, lw=1.2, alpha=0.7)
    ax.set(title="Singular values at training images", yscale="log")
    ax.set(xlabel="number", ylabel=r"$\sigma_i \,/\, \sigma_1$, unit columns")
    return found


def gaps(result: Result, ax: Any = None) -> Mapping[str, Any]:
    """The gap beside every rank of the run."""
    ax = figure.on(ax)
    ranks = [
        [*np.stack([row[s] for s in SETS], axis=1).ravel(), *row["noisy"]]
        for row in result.rows
    ]
    found = {
        "rank": np.concatenate(ranks).astype(float),
        "gap": np.concatenate([row["gaps"] for row in result.rows]),
    }
    ax.plot(found["rank"], found["gap"], "o", color=figure.BLUE, alpha=0.6)
    ax.axhline(GAP, color=figure.BLACK, ls="--", lw=1.4)
    ax.text(0.02, GAP * 1.5, "judged from here", transform=ax.get_yaxis_transform())
    ax.set(title="Every rank has its gap", yscale="log", ylim=(1.0, 1e17))
    ax.set(xlabel="functional dimension", ylabel=r"$\sigma_r \,/\, \sigma_{r+1}$")
    return found


LAB = Lab(
    name="functional-dimension",
    chapter="11",
    summary="the dimension of relu networks on digits: training, width, noise, labels",
    caption=(
        "The rank of the Jacobian of the logits by all parameters; three hidden "
        "layers, unit columns, float64. Images have less than random inputs, and noise "
        "adds. What the source reports of MNIST, and what of it is found here, stands "
        "in the table. Lines are medians over the seeds, bands their middle 80 %."
    ),
    points=points,
    repeats=(4, 2),
    measure=measure,
    conclude=conclude,
    panels=(
        panel(0, "During training", "epoch", "symlog"),
        panel(1, "With the width", "units in each hidden layer"),
        panel(2, "With noise in the inputs", "deviation σ, pixels from 0 to 1"),
        panel(3, "With random labels", "images with a random label"),
        values,
        gaps,
    ),
    options=(
        Option("mnist", "DIR", "MNIST's IDX files in place of scikit-learn's digits."),
    ),
)
