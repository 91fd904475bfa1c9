"""What makes the difference: every explanation must hold in all draws.

The most particular one comes first: a mistake from a catalogue, a relation that all
arrays share, a backward sweep that goes wrong in one place, then what each wrong array
has to do with the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from minigrad.diagnosis.chain import slips_in
from minigrad.diagnosis.draws import Draw
from minigrad.diagnosis.problem import Leaves, Problem
from minigrad.diagnosis.ran import Program
from minigrad.diagnosis.relations import relations, slips_of
from minigrad.slip import Slip

# Slips that a relation between arrays can hide: 1/2 may be a term that got lost.
STRUCTURAL = {"overwritten", "missing-term", "missing-local", "wrong-point", "twice"}
MOST = 2  # explanations to give

Known = tuple[
    str, str, Sequence[Leaves]
]  # kind, sentence, and its answers in each draw


def causes(
    problem: Problem,
    draws: Sequence[Draw],
    earlier: Sequence[Leaves],
    mistakes: Iterable[Known] = (),
) -> tuple[Slip, ...]:
    """The explanations that fit all draws, two at most.

    ``earlier`` holds what was claimed in the call before each draw.
    """
    known = [(kind, text) for kind, text, given in mistakes if _same(draws, given)]
    if known:
        return tuple(known[:MOST])
    whole = relations(problem, draws, earlier)
    inside = _in_the_chain_rule(problem, draws)
    if whole:
        inside = [slip for slip in inside if slip[0] in STRUCTURAL]
    found = [*whole, *inside, *_of_each(problem, draws)]
    found.sort(key=lambda slip: slip[0] == "precision")  # which fits by chance
    return tuple(_of_two_kinds(found))


def _same(draws: Sequence[Draw], given: Sequence[Leaves]) -> bool:
    return all(d.same(answer) for d, answer in zip(draws, given, strict=True))


def _of_two_kinds(found: Sequence[Slip]) -> list[Slip]:
    """The first two that do not say the same in other words."""
    by_kind = {slip[0]: slip for slip in reversed(found)}
    return sorted(by_kind.values(), key=found.index)[:MOST]


def _in_the_chain_rule(problem: Problem, draws: Sequence[Draw]) -> list[Slip]:
    if not all(d.shapes_fit for d in draws):
        return []
    if any(d.right.engine is None or d.right.engine_is_wrong for d in draws):
        return []
    with np.errstate(all="ignore"):
        programs = [Program(problem, d.x, d.cotangent) for d in draws]
    return slips_in(programs, [d.same for d in draws])


def _of_each(problem: Problem, draws: Sequence[Draw]) -> list[Slip]:
    """What each wrong array has to do with the right one, if that is known of all."""
    wrong = [k for k in range(len(problem.names)) if any(d.is_wrong(k) for d in draws)]
    found = {k: slips_of(draws, k) for k in wrong}
    if not all(found.values()):
        return []
    names: dict[Slip, list[str]] = {}
    for k, slips in found.items():
        for slip in slips if len(found) == 1 else slips[:1]:
            names.setdefault(slip, []).append(problem.names[k])
    if len(problem.names) == 1:
        return list(names)
    return [(kind, f"{', '.join(names[kind, text])}: {text}") for kind, text in names]
