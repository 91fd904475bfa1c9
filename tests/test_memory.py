"""Whose memory it is, how precise it is, and when it is given back."""

from __future__ import annotations

import contextlib
import gc
import weakref

import numpy as np
import pytest
from analytic import close, cotangent, leaves, same
from cases import CASES, Case
from hypothesis import assume, given
from programs import Program, examples, programs

import minigrad as mg
from minigrad import tree
from minigrad.ops.broadcasting import value_of


def guarded(xs):
    """Copies that refuse to be written to."""
    copies = [np.array(x) for x in xs]
    for x in copies:
        x.setflags(write=False)
    return copies


@examples(80)
@given(programs(kinks=True))
def test_nothing_that_was_given_is_changed(p: Program):
    """Inputs, tangents and cotangents may be read-only, and stay as they are."""
    xs, vs = guarded(p.inputs()), guarded(p.directions())
    k, given_x, given_v = tuple(range(len(xs))), p.inputs(), p.directions()
    out, pullback = mg.vjp(p.several(), *xs)
    u = tree.map(np.array, cotangent(out))
    for leaf in leaves(u)[0]:
        leaf.setflags(write=False)
    pullback(u)
    mg.grad(p.scalar(), k)(*xs)
    mg.jvp(p.several(), xs, vs)
    mg.hvp(p.scalar(), xs, vs)
    mg.jacobian(p.array(), mode="rev")(*xs)
    mg.jacobian(p.array(), mode="fwd")(*xs)
    same((xs, vs, u), (list(given_x), list(given_v), cotangent(out)))


@examples(80)
@given(programs(kinks=True))
def test_results_are_memory_of_their_own(p: Program):
    """No result shares memory with what was given or with another result."""
    xs, vs = p.inputs(), p.directions()
    k = tuple(range(len(xs)))
    out, pullback = mg.vjp(p.several(), *xs)
    u = cotangent(out)
    first, second = pullback(u), pullback(u)
    tape = mg.Tape()
    watched = [tape.watch(x) for x in xs]
    adjoints = tape.backward(p.scalar()(*watched))
    results = leaves(
        [out, first, second, mg.grad(p.scalar(), k)(*xs)],
        [adjoints[x] for x in watched] + [adjoints[x] for x in watched],
        mg.jvp(p.several(), xs, vs),
        [mg.hvp(p.scalar(), xs, vs), mg.hessian(p.scalar())(*xs)],
        [mg.jacobian(p.array(), mode=mode)(*xs) for mode in ("fwd", "rev")],
    )
    results = [r for each in results for r in each if isinstance(r, np.ndarray)]
    for i, a in enumerate(results):
        assert a.flags.writeable
        for b in (*results[:i], *xs, *vs, *leaves(u)[0]):
            assert not np.shares_memory(a, b)


def spread(x):
    """The same numbers at every other place of a larger array, in Fortran's order."""
    room = np.full([2 * n for n in np.shape(x)], np.nan, order="F")
    view = room[(..., *[slice(None, None, 2)] * np.ndim(x))]
    view[...] = x
    return view


@examples(60)
@given(programs(kinks=True))
def test_the_layout_in_memory_does_not_matter(p: Program):
    """Transposed and strided inputs, tangents and cotangents mean the same numbers."""
    xs, vs, f = p.inputs(), p.directions(), p.array()
    strided, along = list(map(spread, xs)), list(map(spread, vs))
    out, pullback = mg.vjp(f, *xs)
    u = cotangent(out)
    # sums may take another order
    close(mg.vjp(f, *strided)[1](spread(u)), pullback(u), rtol=1e-11)
    close(mg.jvp(f, strided, along), mg.jvp(f, xs, vs), rtol=1e-11)
    close(mg.hvp(p.scalar(), strided, along), mg.hvp(p.scalar(), xs, vs), rtol=1e-10)


@examples(60)
@given(programs(kinks=True, equal=True))
def test_one_array_may_be_several_arguments(p: Program):
    """Each place has its own derivative, whatever array stands there."""
    xs, k = p.inputs(), tuple(range(len(p.shapes)))
    assert all(x is xs[0] for x in xs)
    apart = mg.grad(p.scalar(), k)(*map(np.copy, xs))
    together = mg.grad(p.scalar(), k)(*xs)
    same(together, apart)
    total = mg.grad(lambda x: p.scalar()(*[x] * len(xs)))(xs[0])
    close(total, sum(apart), rtol=1e-11)


@examples(80)
@given(programs(kinks=True))
def test_float32_in_float32_out(p: Program):
    """Gradients, products and Jacobians by float32 are float32, and nearly right."""
    assume("eye(" not in repr(p))  # float64 data
    xs, vs = p.inputs(np.float32), [v.astype(np.float32) for v in p.directions()]
    k = tuple(range(len(xs)))
    exact = mg.grad(p.scalar(), k)(*(x.astype(float) for x in xs))
    found = mg.grad(p.scalar(), k)(*xs)
    close(found, exact, rtol=1e-2)
    f, ones = p.array(), np.ones_like(p.array()(*xs))
    results = [
        found,
        mg.hvp(p.scalar(), xs, vs),
        mg.vjp(f, *xs)[1](ones),
        mg.jvp(f, xs, vs),
        [mg.jacobian(f, mode=mode)(*xs) for mode in ("fwd", "rev")],
    ]
    assert all(np.asarray(leaf).dtype == "float32" for leaf in leaves(results)[0])


@examples(200)
@given(programs(kinks=True))
def test_no_sweep_widens_float32(p: Program):
    """Inside too each adjoint and each tangent is as precise as its line."""
    assume("eye(" not in repr(p))
    tape = mg.Tape()
    watched = [tape.watch(x) for x in p.inputs(np.float32)]
    out = p.scalar()(*watched)
    assert isinstance(out, mg.Tensor)
    adjoints = tape.sweep_up({out.line: np.float32(1)}, keep_all=True)
    seeds = {x.line: x.value for x in watched}
    tangents = tape.sweep_down(seeds, range(tape.size))
    for line, *found in zip(tape.lines, adjoints, tangents, strict=True):
        assert line.value.dtype == "float32", line
        assert all(d is None or d.dtype == "float32" for d in found), line


MIXED = {
    "grad of an array": lambda f: mg.grad(f)(np.ones(3, np.float32)),
    "grad of a number": lambda f: mg.grad(lambda w: w * np.float64(2))(np.float32(1)),
    "hvp": lambda f: mg.hvp(f, [np.ones(3, np.float32)], [np.ones(3, np.float32)]),
    "hessian": lambda f: mg.hessian(f)(np.ones(3, np.float32)),
    "jacobian in reverse": lambda f: mg.jacobian(f, mode="rev")(np.ones(3, "f4")),
    "jacobian forward": lambda f: mg.jacobian(f, mode="fwd")(np.ones(3, "f4")),
    "nested": lambda f: mg.grad(lambda x: np.sum(mg.grad(f)(x)))(np.ones(3, "f4")),
    "Tape": lambda f: taped(None, [np.ones(3, np.float32)], f)[3][0],
}


@pytest.mark.parametrize("way", MIXED)
def test_float64_data_does_not_widen_the_derivative_by_float32(way: str):
    """A derivative has the precision of what it is taken by."""
    data = np.array([0.5, 1.0, 2.0])
    found = MIXED[way](lambda w: np.sum(np.sin(w * data)))
    assert np.asarray(found).dtype == np.float32


def test_the_value_of_the_identity_is_a_copy():
    """Also for an array of shape () in float32, which does not become a float."""
    x = np.array(2.0, np.float32)
    assert not np.shares_memory(mg.value_and_grad(lambda x: x)(x)[0], x)


def test_what_rides_along_is_a_copy():
    """With has_aux too, writing to a result does not change an input."""
    x = np.array([1.0, 2.0])
    aux = mg.grad(lambda x: (np.sum(x), {"x": x[::-1]}), has_aux=True)(x)[1]
    assert not np.shares_memory(aux["x"], x)


class Mapped(np.ndarray):
    """A subclass of arrays, as np.memmap is one."""


def gradients_with_mapped_data():
    data, a, b = np.array([0.5, 1.0, 2.0]).view(Mapped), np.ones(3), np.zeros(3)
    return mg.grad(lambda a, b: np.sum((a + b) * data), argnums=(0, 1))(a, b)


def test_a_subclass_among_the_data_leaves_the_gradients_plain():
    """Data from a memory map does not make a memory map of a gradient."""
    assert {type(g) for g in gradients_with_mapped_data()} == {np.ndarray}


def test_a_subclass_among_the_data_leaves_the_gradients_apart():
    """Each gradient is memory of its own, whatever the class of the data."""
    assert not np.shares_memory(*gradients_with_mapped_data())


# ---------------------------------------------------------------- given back


def gradient(p, xs, f):
    return mg.grad(f, argnums=tuple(range(len(xs))))(*xs)


def called_twice(p, xs, f):
    out, pullback = mg.vjp(f, *xs)
    return pullback(1.0), pullback(out)


def taped(p, xs, f, explain=True):
    tape = mg.Tape(explain=explain)
    watched = [tape.watch(x) for x in xs]
    adjoints = tape.backward(f(*watched))
    return tape, watched, adjoints, [adjoints[x] for x in watched]


def nested(p, xs, f):
    return mg.grad(lambda x: np.sum(x * mg.grad(f)(x, *xs[1:])))(xs[0])


def abandoned(p, xs, f):
    """An exception leaves from inside of an inner derivative."""

    def fails(x):
        y = mg.grad(f)(x, *xs[1:])
        raise ArithmeticError(np.sum(y * x))

    with pytest.raises(ArithmeticError):
        mg.grad(fails)(xs[0])


def refused(p, xs, f):
    """Operations that raise: a shape that does not fit, and one without a rule."""
    for wrong in (
        lambda *xs: f(*xs) + np.ones((7, 7)) @ np.ravel(xs[0]),
        lambda *xs: np.floor(f(*xs)),
        lambda *xs: np.sum(f(*xs) * xs[0], axis=9),
    ):
        with pytest.raises((TypeError, ValueError)):
            gradient(p, xs, wrong)
        with pytest.raises((TypeError, ValueError)):
            mg.hvp(wrong, xs, p.directions())


WAYS = {
    "grad": gradient,
    "vjp": called_twice,
    "jvp": lambda p, xs, f: mg.jvp(f, xs, p.directions()),
    "jacobian fwd": lambda p, xs, f: mg.jacobian(f, mode="fwd")(*xs),
    "jacobian rev": lambda p, xs, f: mg.jacobian(f, mode="rev")(*xs),
    "hessian": lambda p, xs, f: mg.hessian(f)(*xs),
    "hvp": lambda p, xs, f: mg.hvp(f, xs, p.directions()),
    "reverse over reverse": nested,
    "Tape": taped,
    "Tape without text": lambda p, xs, f: taped(p, xs, f, explain=False),
    "an exception": abandoned,
    "a refusal": refused,
}


@pytest.mark.parametrize("way", WAYS)
def test_everything_is_freed_without_the_garbage_collector(way: str):
    """Inputs and intermediate values die with the result, and no cycle is left."""

    @examples(20)
    @given(programs(kinks=True, small=True, empty=False))
    def check(p: Program):
        alive, garbage = what_is_left(WAYS[way], p)
        assert alive == 0
        assert garbage == 0

    check()


def what_is_left(way, p: Program) -> tuple[int, int]:
    """How many arrays outlive the result, and how many objects a collection finds."""
    refs = []

    def spy(value):
        array = value_of(value)  # below all tapes, and no copy
        if isinstance(array, np.ndarray):
            refs.append(weakref.ref(array))

    f = p.scalar(spy=spy)
    way(p, p.inputs(), f)  # whatever is made once, is made here
    refs.clear()
    with without_collector():
        xs = p.inputs()
        refs += map(weakref.ref, xs)
        result = way(p, xs, f)
        del xs, result
        return sum(ref() is not None for ref in refs), gc.collect()


@pytest.fixture(autouse=True, scope="module")
def small_heap():
    """What other tests have left is not looked through in each collection here."""
    gc.freeze()
    yield
    gc.unfreeze()


@contextlib.contextmanager
def without_collector():
    """Until it is asked, and then it looks only at what was made in between."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "case",
    CASES,
    ids=repr,
)
def test_no_operation_leaves_a_cycle(case: Case):
    """One by one: the value, both modes, and the second derivative."""
    xs = case.inputs(np.random.default_rng(0))
    product = lambda *xs: mg.sum(case.f(*xs))

    def work():
        out, pullback = mg.vjp(case.f, *xs)
        pullback(out)
        mg.jvp(case.f, xs, xs)
        mg.hvp(product, xs, xs)

    work()  # whatever is made once, is made here
    with without_collector():
        work()
        assert gc.collect() == 0


def test_a_cycle_is_found():
    """The check above fails where it should: a function that keeps its inputs."""

    def keeps_itself(p, xs, f):
        ring = [mg.vjp(f, *xs), xs]
        ring.append(ring)

    p = Program(((5, 3),), 0, ("b = np.tanh(a)", "c = b * b"))
    alive, garbage = what_is_left(keeps_itself, p)
    assert alive
    assert garbage
