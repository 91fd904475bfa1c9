"""The verdict on a claimed gradient: RIGHT, WRONG or CANNOT TELL, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minigrad.diagnosis import telling
from minigrad.diagnosis.causes import causes
from minigrad.diagnosis.claims import Claim
from minigrad.diagnosis.draws import Draw, draw_at, points
from minigrad.diagnosis.evidence import evidence
from minigrad.diagnosis.problem import Function
from minigrad.diagnosis.result import RIGHT, WRONG, Diagnosis
from minigrad.diagnosis.untold import not_finite, unsteady, untold
from minigrad.diagnosis.wrong_rule import find_wrong_rule
from minigrad.slip import Slip


def diagnose(
    claimed: Any,
    f: Function,
    args: Sequence[Any],
    argnums: int | tuple[int, ...] | None = None,
    *,
    cotangent: Any = None,
    mistakes: Iterable[Function] = (),
    seed: int = 0,
    draws: int = 3,
) -> Diagnosis:
    """Is this the gradient of f, and if it is not, what went wrong?

    ``claimed`` is a function of the arguments of f, ``claimed(*args)``, or what it
    returned: the gradient by the first argument, or a tuple with one by each of
    ``argnums``.  If f returns arrays, it is a pullback ``claimed(u, *args)`` with u
    shaped like the result, and claims Jᵀ u; a Jacobian J is diagnosed as
    ``lambda u, x: np.tensordot(u, J(x), u.ndim)``.

    A function is called at several points and with random cotangents; of values there
    is only the one point, and ``cotangent`` says for which u they are.  ``mistakes``
    are functions that go wrong in a known way, with a docstring that explains it; they
    are tried first.

    The right gradient is the engine's where differences agree with it, else that of
    differences (see :mod:`minigrad.diagnosis.reference`).  RIGHT is bounded by what
    arithmetic can show: eight digits in float64, three in float32.

    >>> def loss(w, x):
    ...     return np.sum(np.tanh(w * x) ** 2)
    >>> def my_grad(w, x):
    ...     return 2 * np.tanh(w * x) * x                 # tanh' is missing
    >>> found = diagnose(my_grad, loss, (np.array([0.5, -1.0]), np.array([1.0, 2.0])))
    >>> found.verdict, found.kind
    ('WRONG', 'missing-local')
    """
    claim = Claim(claimed, f, args, argnums, cotangent)
    if claim.trouble:
        return Diagnosis(WRONG, f"{claim.name} returns no gradient", (claim.trouble,))
    dice = unsteady(claim.problem)
    if dice is not None:
        return dice
    found = _draws(claim, cotangent, seed, draws if callable(claimed) else 1)
    if not found:
        return not_finite(claim.problem)
    wrong = [d for d in found if d.any_wrong]
    if wrong:
        return _wrong(claim, found, wrong[0], tuple(mistakes))
    troubled = [d for d in found if d.right.trouble]
    if found[0].right.trouble or len(troubled) == len(found):
        return untold(claim.problem, found, troubled[0])
    return _right(claim, found)


def _draws(claim: Claim, cotangent: Any, seed: int, number: int) -> list[Draw]:
    """One at the user's point, others where f is defined; none if it is not there."""
    found: list[Draw] = []
    for k, x in enumerate(points(claim.problem, number, seed)):
        rng = np.random.default_rng([seed, k, 1])
        try:
            draw = draw_at(claim.problem, claim, x, cotangent, rng)
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            if k == 0:
                raise
            draw = None
        if draw is None and k == 0:
            break
        found += [draw] if draw is not None else []
    return found


def _right(claim: Claim, draws: list[Draw]) -> Diagnosis:
    many = "1 point" if len(draws) == 1 else f"{len(draws)} points"
    seen = [f"compared with {draws[0].right.road}"]
    symmetric = [
        name
        for name, is_so in zip(claim.problem.names, draws[0].symmetric, strict=True)
        if is_so
    ]
    if symmetric:
        seen.append(f"{', '.join(symmetric)} symmetric at all points, as was given")
    unseen = max(d.right.unseen for d in draws)
    if unseen:
        size = sum(leaf.size for leaf in claim.problem.leaves)
        seen.append(
            f"{size - unseen} of {size} entries one by one, and all along "
            "random directions, where a small error of one entry does not show"
        )
    if claim.changed:
        seen.append(f"it changes {claim.changed} in place: copy before you write")
    return Diagnosis(
        RIGHT,
        f"{claim.name} is the gradient of {claim.problem.name}, "
        f"to {_digits(draws)}, at {many}",
        evidence=tuple(seen),
        names=tuple(claim.problem.names),
        draws=tuple(draws),
    )


def _digits(draws: Sequence[Draw]) -> str:
    """How many are asked for, or fewer if rounding left no more to compare."""
    asked = 3 if draws[0].single else 6 if any(_by_steps(d) for d in draws) else 8
    agreed = min(d.digits for d in draws)
    if agreed < asked:
        return f"{agreed} digits (rounding hides the others)" if agreed else "rounding"
    return "3 digits (float32)" if asked == 3 else f"{asked} digits or more"


def _by_steps(draw: Draw) -> bool:
    return draw.right.road == "differences"


# ---------------------------------------------------------------- wrong


def _wrong(
    claim: Claim, draws: list[Draw], worst: Draw, mistakes: Sequence[Function]
) -> Diagnosis:
    with np.errstate(all="ignore"):
        found = _causes(claim, draws, worst, mistakes)
        seen = list(evidence(claim.problem, worst, explained=bool(found)))
    if claim.changed:
        seen.append(f"it changes {claim.changed} in place: copy before you write")
    return Diagnosis(
        WRONG,
        _which(claim, draws),
        found,
        tuple(seen),
        telling.next_step(found),
        tuple(claim.problem.names),
        tuple(draws),
    )


def _causes(
    claim: Claim, draws: list[Draw], worst: Draw, mistakes: Sequence[Function]
) -> tuple[Slip, ...]:
    problem = claim.problem
    origin = claim.nonfinite(worst)
    if origin:
        return (("nan", origin),)
    if worst.right.engine_is_wrong and worst.same(worst.right.engine or []):
        rule = find_wrong_rule(problem.on_leaves, *worst.x)
        return (("wrong-rule", str(rule)),) if rule else ()
    smooth = [d for d in draws if not d.right.trouble]
    if not any(d.any_wrong for d in smooth):
        return _dice(worst)  # it is wrong at a kink only, where nothing is right either
    known = [claim.of_mistake(mistake, smooth) for mistake in mistakes]
    found = causes(problem, smooth, claim.earlier(smooth), known)
    if any(kind == "stale" for kind, _ in found):
        return found  # which is why it does not repeat itself
    return (*_dice(worst), *found)[:2]


def _dice(draw: Draw) -> tuple[Slip, ...]:
    """A claim that does not repeat itself."""
    if draw.again is None:
        return ()
    pair = draw.claimed, draw.again
    a, b = (np.concatenate([np.ravel(leaf) for leaf in leaves]) for leaves in pair)
    k = int(np.argmax(a != b))
    text = f"it returns {a[k]:.9g} and then {b[k]:.9g} for the same arguments"
    return (("nondeterministic", text),)


def _which(claim: Claim, draws: list[Draw]) -> str:
    """Which arrays are wrong, in how many entries, and which are right."""
    bad, good = [], []
    for k, name in enumerate(claim.problem.names):
        most = max((d.wrong[k] for d in draws), key=np.sum)
        wrong, size = int(np.sum(most)), most.size
        if wrong:
            bad.append(f"{name} ({wrong} of {size} entries)" if size > 1 else name)
        else:
            good.append(name)
    text = f"{claim.name} is not the gradient of {claim.problem.name}"
    right = f"; by {', '.join(good)} it is right" if good else ""
    return f"{text} by {', '.join(bad)}{right}"
