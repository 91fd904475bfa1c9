"""Slips in the chain rule: backward sweeps that go wrong in one place, one by one.

The tape of f says what a right backward pass does, step by step.  Here a step is done
wrongly on purpose: its term left out, its sign turned, its local derivative forgotten
or taken at another value.  Whoever gets just what such a sweep gets made that slip, and
the tape knows in which expression.

A *site* is the edges that one expression made for one of its arguments, many if it
stands in a loop.  A slip is made at a whole site, or else at a single edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from minigrad.diagnosis.problem import Leaves
from minigrad.diagnosis.ran import Program, Term
from minigrad.ops.broadcasting import value_of
from minigrad.primitive import Primitive
from minigrad.slip import Slip, as_fraction, close
from minigrad.tape import Ref

MOST = 300_000  # steps of wrong sweeps, which take a second or two,
NUMBERS = 2e8  # or less, if they are made of as many numbers
Site = tuple[int, ...]


class Wrong(NamedTuple):
    """One way to go wrong at some edges, and the sentence about it."""

    kind: str
    text: str
    edges: Site
    term: Term


def slips_in(
    programs: Sequence[Program], same: Sequence[Callable[[Leaves], bool]]
) -> list[Slip]:
    """The slips whose gradients are the claimed ones in every draw.

    ``same[i]`` says of a gradient whether it is what was claimed in draw i.
    """
    first = programs[0]
    if any(len(p.edges) != len(first.edges) for p in programs):
        return []  # f took another branch, and the edges are not the same ones
    found = dict[Slip, None]()
    affordable = min(MOST // max(len(first.edges), 1), int(NUMBERS / first.size) + 1)
    for wrong, _ in zip(_wrongs(first), range(affordable), strict=False):
        if all(map(_gives, programs, same, [wrong] * len(programs))):
            found[wrong.kind, wrong.text] = None
    return list(found)


def _gives(program: Program, same: Callable[[Leaves], bool], wrong: Wrong) -> bool:
    """Does the wrong sweep give what is claimed, and not just what is right?"""
    try:
        with np.errstate(all="ignore"):
            gradient = program.gradient(wrong.edges, wrong.term)
    except (ValueError, TypeError, IndexError, MemoryError, np.linalg.LinAlgError):
        return False  # what it was given instead did not fit there
    return same(gradient) and not all(map(_near, gradient, program.right))


def _near(a: Any, b: Any) -> bool:
    return close(np.asarray(a), np.asarray(b), 1e-4)


# ---------------------------------------------------------------- what can go wrong


def _wrongs(program: Program) -> Iterator[Wrong]:
    """At whole sites, then at single edges; near the inputs first.

    A slip there explains no more than it must: further down the same gradient comes of
    a slip that would make others wrong as well, were there others.
    """
    sites = program.sites()
    yield from _overwritten(program)
    for site in sites:
        yield from _at(program, site)
    for site in sites:
        for k in site if len(site) > 1 else ():
            yield from _at(program, (k,))


def _at(program: Program, site: Site) -> Iterator[Wrong]:
    """Everything that can go wrong at a site."""
    line, parent, _, _ = program.edges[site[0]]
    at = program.where(line)
    into = f"the term that reaches {program.told(parent)} through {at}"
    local = f"the local derivative of {program.lines[line].op.name} at {at}"
    simple: list[tuple[str, str, Term]] = [
        ("missing-term", f"{into} is left out", lambda p, k, g: None),
        ("sign", f"{into} has the wrong sign", _times(-1.0)),
        ("missing-local", f"{local} is left out", _without_local),
        (
            "missing-upstream",
            f"{into} is its local derivative alone: what comes from above is left out",
            _without_upstream,
        ),
        ("twice", f"{local} is applied twice", _twice),
        ("transpose", f"{into} is transposed", _turned),
        (
            "transpose",
            f"a matrix that {at} reads is to be transposed on the way back",
            _with_turned_matrices,
        ),
    ]
    for kind, text, term in simple:
        yield Wrong(kind, text, site, term)
    for factor in _factors(program, site[0]):
        text = f"{into} is {as_fraction(factor)} times what it should be"
        yield Wrong("factor", text, site, _times(factor))
    yield from _cut_short(program, site, into)
    yield from _at_other_values(program, site)


def _cut_short(program: Program, site: Site, into: str) -> Iterator[Wrong]:
    """A loop over samples or units that begins too late, or ends too early."""
    line = program.edges[site[0]][0]
    for axis, n in enumerate(np.shape(program.lines[line].value)):
        for place, word in ((0, "first"), (n - 1, "last")):
            text = f"{into} leaves out the {word} entry along axis {axis}"
            yield Wrong("missing-row", text, site, _without(place, axis))


def _overwritten(program: Program) -> Iterator[Wrong]:
    """Where several terms arrive, the last one, or the first, is all that is kept."""
    arriving: dict[int, list[int]] = {}
    for k in range(len(program.edges) - 1, -1, -1):
        arriving.setdefault(program.edges[k][1], []).append(k)
    several = {line: ks for line, ks in arriving.items() if len(ks) > 1}
    for which, rest in (("last", slice(None, -1)), ("first", slice(1, None))):
        only = f"only the {which} term is kept: add them up"
        if len(several) > 1:
            lost = tuple(k for ks in several.values() for k in ks[rest])
            text = f"wherever a value is used more than once, {only}"
            yield Wrong("overwritten", text, lost, lambda p, k, g: None)
        for line, ks in several.items():
            text = f"{program.told(line)} is used {len(ks)} times, and {only}"
            yield Wrong("overwritten", text, tuple(ks[rest]), lambda p, k, g: None)


# ---------------------------------------------------------------- wrong terms


def _times(factor: float) -> Term:
    return lambda p, k, g: factor * p.right_term(k, g)


def _factors(program: Program, k: int) -> list[float]:
    """2, 1/2, and the lengths of what is summed, copied or averaged."""
    line, parent, _, _ = program.edges[k]
    shapes = [np.shape(program.lines[i].value) for i in (line, parent)]
    lengths = {int(n) for shape in shapes for n in (*shape, np.prod(shape))} - {0, 1, 2}
    return [2.0, 0.5, *(x for n in sorted(lengths) for x in (float(n), 1.0 / n))]


def _without(place: int, axis: int) -> Term:
    """The term of an adjoint that is zero at one place of an axis."""

    def term(p: Program, k: int, g: Any) -> Any:
        g = np.array(g)
        g[(slice(None),) * axis + (place,)] = 0.0
        return p.right_term(k, g)

    return term


def _without_local(p: Program, k: int, g: Any) -> Any:
    """The adjoint as it came, summed over what was broadcast."""
    shape = np.shape(p.right_term(k, g))
    new = np.ndim(g) - len(shape)
    g = np.sum(g, axis=tuple(range(new))) if new > 0 else g
    return np.reshape(g, shape)


def _without_upstream(p: Program, k: int, g: Any) -> Any:
    return p.right_term(k, np.ones_like(g))


def _twice(p: Program, k: int, g: Any) -> Any:
    once = p.right_term(k, g)
    if np.shape(once) != np.shape(p.lines[p.edges[k][0]].value):
        raise ValueError("it fits once only")  # else it would broadcast, to gigabytes
    return p.right_term(k, once)


def _turned(p: Program, k: int, g: Any) -> Any:
    right = p.right_term(k, g)
    return np.reshape(np.transpose(right), right.shape) if _square(right) else None


def _with_turned_matrices(p: Program, k: int, g: Any) -> Any:
    _, _, rule, saved = p.edges[k]
    return rule.vjp(g, *(np.transpose(x) if _square(x) else x for x in saved))


def _square(x: Any) -> bool:
    shape = np.shape(value_of(x))
    return len(shape) == 2 and shape[0] == shape[1]


def _at_other_values(program: Program, site: Site) -> Iterator[Wrong]:
    """The derivative taken at another value than the one that the operation read."""
    line = program.edges[site[-1]][0]
    row = program.lines[line]
    if not isinstance(row.op, Primitive) or row.op.variadic:
        return
    for (i, arg), loop, shift in product(
        enumerate(row.args), program.loops, (0, -1, 1)
    ):
        other = program.beside(line, loop, shift)
        if other is not None and _exchangeable(program, arg, other):
            text = (
                f"the derivative at {program.where(line)} "
                f"{_instead(program, line, other, arg)}"
            )
            yield Wrong("wrong-point", text, site, _elsewhere(i, loop, shift))


def _exchangeable(program: Program, arg: Any, other: int) -> bool:
    """Is the other value of the same shape as an argument, but not the argument?"""
    if isinstance(arg, Ref):
        return arg.line != other and _shape(program, arg) == _shape(program, Ref(other))
    return np.ndim(arg) > 0 and np.shape(arg) == _shape(program, Ref(other))


def _shape(program: Program, arg: Any) -> tuple[int, ...]:
    return np.shape(value_of(program.value(arg)))


def _instead(program: Program, line: int, other: int, arg: Any) -> str:
    """``reads its own result where it should read `W @ x```."""
    what = "its own result" if other == line else program.told(other)
    right = program.told(arg.line) if isinstance(arg, Ref) else "its argument"
    if what == right:
        what += " of the step beside"
    return f"reads {what} where it should read {right}"


def _elsewhere(i: int, loop: tuple[int, ...], shift: int) -> Term:
    """The term of an edge whose operation has another i-th argument."""

    def term(p: Program, k: int, g: Any) -> Any:
        line, parent, rule, _ = p.edges[k]
        row, other = p.lines[line], p.beside(line, loop, shift)
        if other is None:
            return p.right_term(k, g)
        values = [p.value(a) for a in row.args]
        values[i] = p.lines[other].value
        z = row.op.function(*values, **row.kwargs)
        parents = [(j, a.line) for j, a in enumerate(row.args) if isinstance(a, Ref)]
        edges = row.op.edges(line, parents, z, values, row.kwargs)
        (saved,) = (e[3] for e in edges if e[1] == parent and e[2] is rule)
        return rule.vjp(g, *saved)

    return term
