"""How often a diagnosis is right: generated faults, and gradients without any.

    python benchmarks/diagnoses.py             # 300 draws a family, 100 000 right ones
    python benchmarks/diagnoses.py --draws 30 --right 1000 --jobs 2

Every draw is another function from `faults.py` with other sizes and numbers.  A family
is named right when its cause is among the one or two that the diagnosis gives.  Draws
in which the fault changes nothing (a ReLU that is never off) are drawn again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from faults import MODELS, Model

import minigrad as mg
from minigrad import tree

Gradient = Callable[..., Any]


class Case(NamedTuple):
    """A function, a claimed gradient of it, the right one, and where to look."""

    f: Callable[..., Any]
    claimed: Any
    right: Gradient
    args: tuple[Any, ...]


# ---------------------------------------------------------------- in any gradient


def on_one(change: Callable[[Any, np.random.Generator], Any], ndim: int = 0) -> Any:
    """A change of one array of the gradient, of at least ``ndim`` axes."""

    def fault(case: Case, rng: np.random.Generator) -> Case | None:
        leaves, rebuild = tree.flatten(case.right(*case.args))
        fitting = [k for k, g in enumerate(leaves) if np.ndim(g) >= ndim]
        if not fitting:
            return None
        which, seed = int(rng.choice(fitting)), int(rng.integers(1 << 30))

        def claimed(*args: Any) -> Any:
            found = tree.flatten(case.right(*args))[0]
            found[which] = change(found[which], np.random.default_rng(seed))
            return rebuild(found)

        return case._replace(claimed=claimed)

    return fault


def on_all(change: Callable[[Any, np.random.Generator], Any]) -> Any:
    """The same change of all arrays of the gradient."""

    def fault(case: Case, rng: np.random.Generator) -> Case:
        seed = int(rng.integers(1 << 30))

        def claimed(*args: Any) -> Any:
            here = np.random.default_rng(seed)
            state = here.bit_generator.state
            found, rebuild = tree.flatten(case.right(*args))
            for k, g in enumerate(found):
                here.bit_generator.state = state
                found[k] = change(g, here)
            return rebuild(found)

        return case._replace(claimed=claimed)

    return fault


def factor(g: Any, rng: np.random.Generator) -> Any:
    return g * rng.choice([2.0, 0.5, 3.0, 1 / 3, 7.0, 1 / 7, 0.1])


def roll(g: Any, rng: np.random.Generator) -> Any:
    return np.roll(g, 1, axis=int(rng.integers(np.ndim(g))))


def flip(g: Any, rng: np.random.Generator) -> Any:
    return np.flip(g, axis=int(rng.integers(np.ndim(g))))


def spread(g: Any, rng: np.random.Generator) -> Any:
    axis = int(rng.integers(np.ndim(g)))
    return np.broadcast_to(np.sum(g, axis=axis, keepdims=True), g.shape).copy()


def lost_row(g: Any, rng: np.random.Generator) -> Any:
    g = np.array(g)
    g[int(rng.integers(len(g)))] = 0.0
    return g


def one_nan(g: Any, rng: np.random.Generator) -> Any:
    g = np.array(g)
    with np.errstate(invalid="ignore"):
        g[tuple(rng.integers(n) for n in g.shape)] = np.log(-1.0)
    return g


def clipped(case: Case, rng: np.random.Generator) -> Case:
    found = np.concatenate(
        [np.ravel(g) for g in tree.flatten(case.right(*case.args))[0]]
    )
    limit = 0.5 * float(np.max(np.abs(found)))
    clip = lambda g: np.clip(g, -limit, limit)
    return case._replace(claimed=lambda *args: tree.map(clip, case.right(*args)))


def penalty(case: Case, rng: np.random.Generator) -> Case:
    rate = float(rng.choice([0.1, 0.01, 0.001]))

    def claimed(*args: Any) -> Any:
        right, rebuild = tree.flatten(case.right(*args))
        here = tree.flatten(args[0] if len(args) == 1 else args)[0]
        return rebuild([g + rate * x for g, x in zip(right, here, strict=True)])

    return case._replace(claimed=claimed)


def accumulated(case: Case, rng: np.random.Generator) -> Case:
    store: list[Any] = []

    def claimed(*args: Any) -> Any:
        found, rebuild = tree.flatten(case.right(*args))
        store[:] = (
            [a + b for a, b in zip(store, found, strict=True)] if store else found
        )
        return rebuild([np.array(g) for g in store])

    return case._replace(claimed=claimed)


def previous(case: Case, rng: np.random.Generator) -> Case:
    store: list[Any] = []

    def claimed(*args: Any) -> Any:
        store.append(case.right(*args))
        return store[-2] if len(store) > 1 else store[-1]

    return case._replace(claimed=claimed)


def swapped(case: Case, rng: np.random.Generator) -> Case | None:
    leaves, rebuild = tree.flatten(case.right(*case.args))
    pairs = [
        (i, j)
        for i in range(len(leaves))
        for j in range(i)
        if np.shape(leaves[i]) == np.shape(leaves[j])
    ]
    if not pairs:
        return None
    i, j = pairs[int(rng.integers(len(pairs)))]

    def claimed(*args: Any) -> Any:
        found = tree.flatten(case.right(*args))[0]
        found[i], found[j] = found[j], found[i]
        return rebuild(found)

    return case._replace(claimed=claimed)


def of_the_logarithm(case: Case, rng: np.random.Generator) -> Case:
    claimed = lambda *args: tree.map(lambda g: g / case.f(*args), case.right(*args))
    return case._replace(claimed=claimed)


def by_differences(case: Case, rng: np.random.Generator) -> Case:
    """Forward differences with a step of 1e-7: six digits or so are right."""

    def claimed(*args: Any) -> Any:
        leaves, rebuild = tree.flatten(args[0] if len(args) == 1 else args)
        here, found = case.f(*args), []
        for k, x in enumerate(leaves):
            g = np.zeros(np.shape(x))
            for index in np.ndindex(g.shape):
                moved = [np.array(a) for a in leaves]
                moved[k][index] += 1e-7
                again = rebuild(moved)
                g[index] = (
                    case.f(*([again] if len(args) == 1 else again)) - here
                ) / 1e-7
            found.append(g)
        return rebuild(found)

    return case._replace(claimed=claimed)


def thrown(case: Case, rng: np.random.Generator) -> Case:
    dice = np.random.default_rng(int(rng.integers(1 << 30)))
    drop = lambda g: g * (dice.random(np.shape(g)) < 0.5)
    return case._replace(claimed=lambda *args: tree.map(drop, case.right(*args)))


# ---------------------------------------------------------------- families


class Family(NamedTuple):
    """A fault and the kinds of cause that name it."""

    kinds: set[str]
    slip: str | None = None  # made inside the gradients that know it
    fault: Any = None  # made to what a gradient returns


INSIDE = {
    "missing-term": {"missing-term"},
    "missing-local": {"missing-local"},
    "missing-upstream": {"missing-upstream"},
    "wrong-point": {"wrong-point"},
    "wrong-operand": {"wrong-point"},
    "twice": {"twice"},
    "overwritten": {"overwritten"},
    "shifted-step": {"wrong-point", "shifted"},
    "wrong-matrix": {"transpose"},
    "branch-sign": {"sign"},
    "sign-through-time": {"sign"},
    "branch-factor": {"factor"},
    "mean": {"factor"},
    "broadcast": {"broadcast"},
    "order": {"order"},
}
AFTER = {
    "sign of all": ({"sign"}, on_all(lambda g, rng: -g)),
    "sign of one": ({"sign"}, on_one(lambda g, rng: -g)),
    "factor of all": ({"factor"}, on_all(factor)),
    "factor of one": ({"factor"}, on_one(factor)),
    "transposed": ({"transpose"}, on_one(lambda g, rng: np.transpose(g), 2)),
    "reshaped": (
        {"flattened", "shape", "transpose"},
        on_one(lambda g, rng: np.reshape(np.ravel(g, "F"), g.shape), 2),
    ),
    "flat": ({"shape"}, on_one(lambda g, rng: np.ravel(g), 2)),
    "reversed": ({"order", "sign"}, on_one(flip, 1)),
    "one place off": ({"shifted", "order"}, on_one(roll, 1)),
    "summed and spread": ({"spread"}, on_one(spread, 2)),
    "summed": ({"summed"}, on_one(lambda g, rng: g.sum(axis=0), 2)),
    "a row left out": ({"missing-row", "missing-term"}, on_one(lost_row, 1)),
    "zero": ({"zero", "missing-term"}, on_one(lambda g, rng: 0 * g)),
    "nan": ({"nan"}, on_one(one_nan, 1)),
    "clipped": ({"clipped"}, clipped),
    "normalized": ({"normalized"}, on_one(lambda g, rng: g / np.linalg.norm(g), 1)),
    "absolute": ({"absolute"}, on_one(lambda g, rng: np.abs(g), 2)),
    "triangle": ({"triangle", "missing-row"}, on_one(lambda g, rng: np.tril(g), 2)),
    "offset": ({"offset"}, on_one(lambda g, rng: g + 0.5, 1)),
    "nothing": ({"none"}, on_one(lambda g, rng: g)),
    "penalty": ({"penalty"}, penalty),
    "accumulated": ({"stale"}, accumulated),
    "previous call": ({"stale"}, previous),
    "swapped": ({"swapped"}, swapped),
    "log f": ({"value-factor"}, of_the_logarithm),
    "differences": ({"precision"}, by_differences),
    "dice": ({"nondeterministic"}, thrown),
}
AFTER["nothing"] = (
    {"none"},
    lambda case, rng: case._replace(claimed=lambda *args: None),
)
FAMILIES = {
    **{name: Family(kinds, slip=name) for name, kinds in INSIDE.items()},
    **{name: Family(kinds, fault=fault) for name, (kinds, fault) in AFTER.items()},
}


def case_of(model: Model, slip: str | None, rng: np.random.Generator) -> Case:
    args, data = model.draw(rng)
    f = partial(model.f, data)
    names = model.f.__code__.co_varnames[1 : model.f.__code__.co_argcount]
    space: dict[str, Any] = {"f": f}
    exec(f"def loss({', '.join(names)}): return f({', '.join(names)})", space)
    right = partial(model.gradient, data, None)
    claimed = partial(model.gradient, data, slip)
    return Case(space["loss"], claimed, right, args)


def faulty(family: Family, rng: np.random.Generator) -> Case:
    """A case of the family in which the fault shows."""
    knowing = [
        m for m in MODELS.values() if family.slip is None or family.slip in m.slips
    ]
    while True:
        case: Case | None = case_of(
            knowing[int(rng.integers(len(knowing)))], family.slip, rng
        )
        if family.fault and case:
            case = family.fault(case, rng)
        if case and _shows(family, case):
            return case


def _shows(family: Family, case: Case) -> bool:
    if family.kinds & {"stale", "none", "precision", "nondeterministic"}:
        return True
    found, right = (tree.flatten(g(*case.args))[0] for g in (case.claimed, case.right))
    return any(
        np.shape(a) != np.shape(b) or not np.allclose(a, b, rtol=1e-4, atol=1e-6)
        for a, b in zip(found, right, strict=True)
    )


def named(name: str, k: int) -> str:
    """What one draw of a family is diagnosed as; "named" if that is right."""
    rng = np.random.default_rng([k, *name.encode()])
    family = FAMILIES[name]
    case = faulty(family, rng)
    found = mg.diagnose(case.claimed, case.f, case.args, seed=k)
    kinds = {kind for kind, _ in found.causes}
    if found.verdict != "WRONG":
        return found.verdict
    return "named" if kinds & family.kinds else " or ".join(sorted(kinds)) or "no cause"


# ---------------------------------------------------------------- right gradients


def verdict_on_right(k: int) -> str:
    """One right gradient in float64 or, every fourth time, float32."""
    rng = np.random.default_rng([k, 99])
    model = list(MODELS.values())[k % len(MODELS)]
    case = case_of(model, None, rng)
    args = (
        tree.map(lambda x: x.astype(np.float32), case.args) if k % 4 == 3 else case.args
    )
    scale = 10.0 ** rng.integers(-9, 10) if k % 5 == 4 else 1.0
    f = lambda *a: scale * case.f(*a)
    g = lambda *a: tree.map(lambda x: scale * x, case.right(*a))
    return mg.diagnose(g, f, args, seed=k).verdict


# ---------------------------------------------------------------- the command


def tables(draws: int, right: int, jobs: int) -> Iterator[str]:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(jobs) as pool:
        rows = {}
        for k, name in enumerate(FAMILIES):
            print(f"\r{k + 1} of {len(FAMILIES)} families", end="", file=sys.stderr)
            rows[name] = Counter(
                pool.map(partial(named, name), range(draws), chunksize=10)
            )
        print("\r", end="", file=sys.stderr)
        yield from _confusion(rows, draws)
        verdicts = Counter[str]()
        for start in range(0, right, 5000):
            these = range(start, min(start + 5000, right))
            verdicts += Counter(pool.map(verdict_on_right, these, chunksize=50))
            print(f"\r{these.stop} right gradients", end="", file=sys.stderr)
        print("\r", end="", file=sys.stderr)
    yield f"{right} right gradients: " + ", ".join(
        f"{n} {v}" for v, n in verdicts.most_common()
    )


def _confusion(rows: dict[str, Counter[str]], draws: int) -> Iterator[str]:
    yield f"| fault, {draws} draws each | named right | otherwise |"
    yield "| --- | ---: | --- |"
    for name, row in rows.items():
        rest = ", ".join(
            f"{n} {what}" for what, n in row.most_common() if what != "named"
        )
        yield f"| {name} | {100 * row['named'] / draws:.1f} % | {rest or '–'} |"
    share = sum(row["named"] for row in rows.values()) / (draws * len(rows))
    yield f"| **all {len(rows)} families** | **{100 * share:.2f} %** | |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=300, help="of each family")
    parser.add_argument("--right", type=int, default=100_000, help="right gradients")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for line in tables(options.draws, options.right, options.jobs):
        print(line, flush=True)


if __name__ == "__main__":
    main()
