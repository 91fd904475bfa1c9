"""When nobody can tell: f throws dice, is not finite, or has no slope that shows."""

from __future__ import annotations

import numpy as np

from minigrad import tree
from minigrad.diagnosis.draws import Draw
from minigrad.diagnosis.evidence import kinks
from minigrad.diagnosis.problem import Problem
from minigrad.diagnosis.result import CANNOT_TELL, Diagnosis
from minigrad.nonfinite import find_nonfinite


def unsteady(problem: Problem) -> Diagnosis | None:
    """A function that throws dice has no gradient."""
    with np.errstate(all="ignore"):
        pair = problem(problem.leaves), problem(problem.leaves)
    leaves = [tree.flatten(out)[0] for out in pair]
    a, b = (np.concatenate([np.ravel(z) for z in each]) for each in leaves)
    if np.array_equal(a, b, equal_nan=True):
        return None
    k = int(np.argmax(a != b))
    return Diagnosis(
        CANNOT_TELL,
        f"{problem.name} returns {a[k]:.9g} and then {b[k]:.9g} for the same arguments",
        (("nondeterministic", "it draws random numbers, or keeps a state"),),
        next=f"draw random numbers outside of {problem.name}, or seed them inside",
    )


def not_finite(problem: Problem) -> Diagnosis:
    origin = find_nonfinite(problem.on_leaves, *problem.leaves)
    return Diagnosis(
        CANNOT_TELL,
        f"{problem.name} is not finite at these arguments",
        (("not-finite", str(origin or "its value is nan or infinite")),),
        next="move the arguments to where the value is finite",
    )


def untold(problem: Problem, draws: list[Draw], draw: Draw) -> Diagnosis:
    """A kink, a corner, a slope lost in rounding, or none that quotients settle on."""
    names, shown = tuple(problem.names), tuple(draws)
    if draw.right.trouble == "kink":
        found = list(kinks(problem, draw))
        at, left, right = found[0]
        return Diagnosis(
            CANNOT_TELL,
            f"{problem.name} has a kink in {at}: slope {left:.6g} to the left, "
            f"{right:.6g} to the right",
            (("kink", f"{_entries(len(found))}; {_beside(draw)}"),),
            ("off the kinks it is right",),
            "move the arguments off the kink, or say which slope you want there",
            names,
            shown,
        )
    if draw.right.trouble == "corner":
        return _cornered(problem, draw, names, shown)
    size = max(float(np.max(np.abs(z))) for z in tree.flatten(draw.out)[0])
    noise = (
        "below-noise",
        f"what the arguments change is lost in the rounding of a value of {size:.3g}",
        "subtract the large constant from f, or rescale",
    )
    rough = (
        "rough",
        "difference quotients settle for no step: there is a jump, a cusp, or noise",
        "look at the V-curve: .plot()",
    )
    kind, text, step = noise if draw.right.trouble == "noise" else rough
    summary = f"the slope of {problem.name} cannot be seen from its values"
    return Diagnosis(CANNOT_TELL, summary, ((kind, text),), (), step, names, shown)


def _cornered(
    problem: Problem, draw: Draw, names: tuple[str, ...], shown: tuple[Draw, ...]
) -> Diagnosis:
    return Diagnosis(
        CANNOT_TELL,
        f"{problem.name} has a slope along each axis here, but these do not add up to "
        "its slopes in other directions: it is not differentiable",
        (("kink", "there is a kink or a corner that no axis crosses"),),
        ("what is claimed are the slopes along the axes",),
        "move the arguments off the kink",
        names,
        shown,
    )


def _beside(draw: Draw) -> str:
    """What is claimed at a kink; nan lies nowhere."""
    pairs = zip(draw.claimed, draw.right.left, strict=True)
    if all(np.all(np.isfinite(c) | np.isnan(left)) for c, left in pairs):
        return "what is claimed lies between"
    return "what is claimed there is nan or infinite"


def _entries(n: int) -> str:
    return "1 entry is at a kink" if n == 1 else f"{n} entries are at kinks"
