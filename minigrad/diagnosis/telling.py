"""A diagnosis as text, and what to do next about each kind of cause."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from minigrad.slip import Slip

if TYPE_CHECKING:
    from minigrad.diagnosis.result import Diagnosis

WIDTH = 88
NEXT = {
    "sign": "look for a minus sign that was lost or written twice",
    "factor": "look for a 2 from a square, or for a mean where f has a sum",
    "transpose": "compare the shapes of each product with that of the argument",
    "broadcast": "sum over the axes along which the argument was broadcast",
    "summed": "keep that axis: f does not broadcast along it",
    "spread": "do not add up along that axis: each entry has a gradient of its own",
    "zero": "is the result stored in the array that is returned?",
    "precision": "compute in float64 and with the formula, not with differences",
    "missing-term": "add the gradients of all paths that lead from the argument to f",
    "missing-local": "multiply by the local derivative there (entry by entry)",
    "missing-upstream": "multiply by the gradient that comes from above",
    "offset": "look for a constant that is added after the fact",
    "diagonal": "sum over all entries of the result: Jᵀ u, not diag(J) u",
    "normalized": "do not divide by the length",
    "absolute": "keep the sign",
    "clipped": "leave the clipping to the optimizer",
    "triangle": "fill the whole matrix",
    "flattened": "transpose, do not reshape",
    "shape": "reshape it to the shape of the argument",
    "axes": "transpose it to the axes of the argument",
    "constant": "is the right variable used, or a value from outside?",
    "nondeterministic": "draw random numbers outside, or seed them inside",
    "overwritten": "use += where a value is read more than once",
    "wrong-point": "take the derivative at what the operation itself was given",
    "twice": "apply it once",
    "stale": "begin every call with fresh zeros",
    "shifted": "check the index: which step does this gradient belong to?",
    "order": "a backward pass runs from the end: reverse its list before you return it",
    "swapped": "check the order in which the gradients are returned",
    "missing-row": "check where the loop begins and ends",
    "penalty": "add the penalty to f, or leave it out of the gradient",
    "wrong-rule": "correct the rule of that operation",
    "nan": "guard that operation, or use a form that is stable there",
    "value-factor": "is it the gradient of log f or exp f?",
}


def next_step(found: tuple[Slip, ...]) -> str:
    """What to do about the likely cause."""
    if not found:
        return "no simple slip explains it: check the terms above one by one"
    return NEXT.get(found[0][0], "check that step")


def rows(d: Diagnosis) -> list[tuple[str, str]]:
    """Labels and texts, in the order in which they are read."""
    told = list(zip(("cause", "or"), (text for _, text in d.causes), strict=False))
    labels = ("evidence", *[""] * len(d.evidence))
    told += zip(labels, d.evidence, strict=False)
    return [*told, *([("next", d.next)] if d.next else [])]


def as_text(d: Diagnosis) -> str:
    """The verdict and its reasons, a line each where they fit."""
    lines = [textwrap.fill(f"{d.verdict}: {d.summary}", WIDTH, subsequent_indent="  ")]
    for label, text in rows(d):
        first, *rest = text.split("\n")
        lead = f"  {label:<10}"
        lines.append(
            textwrap.fill(first, WIDTH, initial_indent=lead, subsequent_indent=" " * 12)
        )
        lines += [" " * 12 + line for line in rest]
    return "\n".join(lines)
