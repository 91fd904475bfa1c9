"""The verdict on a claimed gradient: RIGHT, WRONG or CANNOT TELL, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.diagnosis import picture, telling
from minigrad.diagnosis.causes import causes
from minigrad.diagnosis.claims import Claim
from minigrad.diagnosis.draws import Draw, draw_at, points
from minigrad.diagnosis.evidence import evidence, kinks
from minigrad.diagnosis.problem import Function, Problem
from minigrad.diagnosis.wrong_rule import find_wrong_rule
from minigrad.nonfinite import find_nonfinite
from minigrad.slip import Slip

RIGHT, WRONG, CANNOT_TELL = "RIGHT", "WRONG", "CANNOT TELL"


@dataclass(frozen=True)
class Diagnosis:
    """What is said of a claimed gradient; ``print`` it, or let a notebook show it."""

    verdict: str
    summary: str
    causes: tuple[Slip, ...] = ()  # kinds and sentences, the likely one first
    evidence: tuple[str, ...] = ()
    next: str = ""
    names: tuple[str, ...] = ()  # of the arrays that were differentiated by
    draws: tuple[Draw, ...] = field(default=(), repr=False, compare=False)

    @property
    def kind(self) -> str | None:
        """The kind of the likely cause."""
        return self.causes[0][0] if self.causes else None

    def __bool__(self) -> bool:
        """Is it right, as far as can be told?"""
        return self.verdict == RIGHT

    def __str__(self) -> str:
        return telling.as_text(self)

    def _repr_html_(self) -> str:
        return picture.as_html(self)

    def plot(self) -> Any:
        """The V-curve, the Taylor remainder and the map of the error, by matplotlib."""
        return picture.as_figure(self)


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
    unsteady = _unsteady(claim.problem)
    if unsteady is not None:
        return unsteady
    found = _draws(claim, cotangent, seed, draws if callable(claimed) else 1)
    if not found:
        return _not_finite(claim.problem)
    wrong = [d for d in found if d.any_wrong]
    if wrong:
        return _wrong(claim, found, wrong[0], tuple(mistakes))
    troubled = [d for d in found if d.right.trouble]
    if found[0].right.trouble or len(troubled) == len(found):
        return _untold(claim.problem, found, troubled[0])
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


# ---------------------------------------------------------------- cannot tell


def _unsteady(problem: Problem) -> Diagnosis | None:
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


def _not_finite(problem: Problem) -> Diagnosis:
    origin = find_nonfinite(problem.on_leaves, *problem.leaves)
    return Diagnosis(
        CANNOT_TELL,
        f"{problem.name} is not finite at these arguments",
        (("not-finite", str(origin or "its value is nan or infinite")),),
        next="move the arguments to where the value is finite",
    )


def _untold(problem: Problem, draws: list[Draw], draw: Draw) -> Diagnosis:
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
