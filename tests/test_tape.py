"""The chain rule, which knows no NumPy, and the list it is read from."""

from __future__ import annotations

import ast
import functools
import gc
import inspect
import math
import weakref
from fractions import Fraction

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad import tape as tape_module
from minigrad.primitive import Primitive
from minigrad.tape import Rule, Tape, Values


def test_the_chain_rule_does_not_import_numpy():
    """tape.py imports the standard library only."""
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(inspect.getsource(tape_module)))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert imported <= {"__future__", "collections", "itertools", "typing", "minigrad"}


def test_the_chain_rule_works_on_fractions(monkeypatch):
    """Values need no more than +: exact derivatives of exact numbers."""
    monkeypatch.setattr(Tape, "values", Values())
    times = Primitive(
        lambda x, y: x * y,
        {
            "x": Rule(lambda g, y: g * y, lambda g, y: g * y),
            "y": Rule(lambda g, x: g * x, lambda g, x: g * x),
        },
    )
    tape = Tape()
    x = tape.watch(Fraction(2, 3))
    cube = times(times(x, x), x)
    assert tape.backward(cube)[x] == 3 * Fraction(2, 3) ** 2
    assert tape.sweep_down({x.line: Fraction(1)}, [cube.line])[cube.line] == Fraction(
        4, 3
    )


def test_a_tape_prints_as_a_list_of_sentences():
    """Inputs by name, references as %n, numbers as they are, arrays by shape."""
    tape = Tape()
    x = tape.watch(np.ones(3))
    _ = x[0], x[None], x[np.array([0, 2])], np.sum(x, axis=0, keepdims=True)
    assert [line.split("=", 1)[1].split("  ")[0] for line in str(tape).split("\n")] == [
        " input",
        " getitem(%0, index=0)",
        " getitem(%0, index=None)",
        " getitem(%0, index=array(2,))",
        " sum(%0, axis=(-1,), keepdims=True)",
    ]


def test_a_whole_tape_lines_up_its_shapes():
    """The shapes stand in a column behind the longest sentence."""
    tape = Tape()
    W = tape.watch(np.ones((5, 3)), name="W")
    b = tape.watch(np.ones(5), name="b")
    np.sum(2.0 * np.tanh(W @ np.ones(3) + b), axis=0)
    assert str(tape) == (
        "%0 = input W                   (5, 3)\n"
        "%1 = input b                   (5,)\n"
        "%2 = matmul(%0, array(3,))     (5,)\n"
        "%3 = add(%2, %1)               (5,)\n"
        "%4 = tanh(%3)                  (5,)\n"
        "%5 = mul(2.0, %4)              (5,)\n"
        "%6 = sum(%5, axis=(-1,))       ()"
    )


def test_a_value_used_twice_collects_both_contributions():
    """b = a + a, c = b + b: the naive recursion that visits b once too often fails."""
    tape = Tape()
    a = tape.watch(1.0)
    b = a + a
    c = b + b
    adjoints = tape.backward(c)
    assert (adjoints[c], adjoints[b], adjoints[a]) == (1.0, 2.0, 4.0)


def test_backward_does_not_change_the_tape():
    """A second sweep gives the same adjoints; nothing accumulates."""
    tape = Tape()
    x = tape.watch(np.array([1.0, 2.0]))
    loss = np.sum(x * x)
    first, second = tape.backward(loss)[x], tape.backward(loss)[x]
    np.testing.assert_array_equal(first, [2.0, 4.0])
    np.testing.assert_array_equal(second, first)


def test_what_does_not_reach_the_output_has_adjoint_zero():
    """Zero in the shape of the tensor, before the output on the tape or after it."""
    tape = Tape()
    x, unused = tape.watch(1.0), tape.watch(np.ones((5, 3)))
    loss = x * 2.0
    later = x * 3.0
    adjoints = tape.backward(loss)
    np.testing.assert_array_equal(adjoints[unused], np.zeros((5, 3)))
    assert adjoints[later] == 0.0
    assert adjoints.at(unused.line) is None


def test_a_hundred_thousand_operations_need_no_recursion():
    """Deep chains are a long list, both ways and to second order."""

    def deep(x):
        for _ in range(100_000):
            x = x * 1.00001
        return x

    slope = 1.00001**100_000
    # 1e5 roundings of 1e-16 each
    assert mg.grad(deep)(1.0) == pytest.approx(slope, rel=1e-10)
    assert mg.jvp(deep, (1.0,), (1.0,))[1] == pytest.approx(slope, rel=1e-10)
    assert mg.hvp(deep, (1.0,), (1.0,)) == 0.0


def test_a_tape_is_freed_without_the_garbage_collector():
    """There are no reference cycles between a tape, its lines and its tensors."""
    gc.disable()
    try:
        tape = Tape()
        x = tape.watch(np.ones(3), name="x")
        loss = np.sum(np.tanh(x) * x)
        adjoints = tape.backward(loss)
        dead = weakref.ref(tape.lines[-1].op), weakref.finalize(tape, lambda: None)
        del tape, x, loss, adjoints
        assert not dead[1].alive
    finally:
        gc.enable()


@pytest.mark.parametrize("outline", [False, True])
def test_a_tape_keeps_only_what_its_rules_read(outline):
    """tanh needs its result, add needs nothing: the sums before them are freed."""

    class Traced(np.ndarray):
        """An array that can be weakly referenced."""

    big = np.ones(5).view(Traced)
    tape = Tape(explain=False, outline=outline)
    x = tape.watch(big)
    y = x + 1.0
    summed = weakref.ref(y.value)
    z = np.tanh(y)
    kept = weakref.ref(z.value)
    del y, z
    assert summed() is None
    assert kept() is not None
    shapes = [line.value.shape for line in tape.lines or ()]
    assert shapes == ([(5,)] * 3 if outline else [])


def test_only_the_newest_tape_records():
    """An operation on two tapes stands on the inner one, with the outer as a value."""
    outer, inner = Tape(), Tape()
    x = outer.watch(3.0)
    y = inner.watch(4.0)
    z = x * y
    assert z.tape is inner
    assert z.value.tape is outer
    assert len(inner.lines) == 2
    assert len(outer.lines) == 2


def test_an_exception_leaves_nothing_behind():
    """After a failed trace the next one is as if nothing had happened."""

    def fails(x):
        raise ZeroDivisionError(x * 2.0)

    with pytest.raises(ZeroDivisionError):
        mg.grad(fails)(1.0)
    assert mg.grad(lambda x: x * x)(3.0) == 6.0


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (lambda g, q: g, "a rule reads q"),
        (lambda g, x: g, r"vjp reads \['x'\] but jvp reads \[\]"),
    ],
)
def test_a_rule_that_reads_the_unknown_is_refused(rule, says):
    """A primitive is checked when it is made, not when it is differentiated."""
    jvp = rule if "q" in inspect.signature(rule).parameters else (lambda t: t)
    with pytest.raises(TypeError, match=says):
        mg.primitive(x=Rule(rule, jvp))(lambda x: x)


def test_a_parameter_with_a_name_of_ours_is_refused():
    """It would be mistaken for the result, or for a word of the written source."""
    for f in (
        lambda z: z,
        lambda x, x_rule: x,
        lambda x, tape: x,
        lambda x, *, line: x,
    ):
        with pytest.raises(TypeError, match="give it another name"):
            mg.primitive(x=Rule(lambda g: g))(f)


def test_rules_may_be_methods_and_partial_functions():
    """What a rule reads is asked of whatever can be called."""

    class Times:
        def __init__(self, factor):
            self.factor = factor

        def rule(self, g):
            return self.factor * g

    three = Times(3.0)
    by_method = mg.primitive(x=Rule(three.rule, three.rule))(lambda x: 3.0 * x)
    by_partial = functools.partial(lambda factor, g: factor * g, 3.0)
    triple = mg.primitive(x=Rule(by_partial, by_partial))(lambda x: 3.0 * x)
    assert mg.grad(by_method)(2.0) == mg.grad(triple)(2.0) == 3.0
    assert mg.jvp(triple, (2.0,), (1.0,)) == (6.0, 3.0)


def test_arrays_may_be_given_by_name():
    """A tensor passed by keyword is differentiated like any other."""
    f = lambda x: ops.sub(x, y=ops.mul(y=x, x=x))
    assert mg.grad(f)(3.0) == -5.0


def test_a_setting_cannot_be_a_tensor():
    """What has no rule is refused by its name, not dropped."""
    scale = mg.primitive(x=Rule(lambda g: g))(lambda x, *, by: x)
    with pytest.raises(TypeError, match="by is a setting and cannot"):
        mg.grad(lambda x: scale(x, by=x))(2.0)


def test_a_primitive_on_plain_numbers():
    """math.erf returns a float without a dtype; that is enough."""
    slope = lambda g, x: g * 2 / math.sqrt(math.pi) * np.exp(-x * x)
    erf = mg.primitive(x=Rule(slope, slope))(lambda x: math.erf(x))
    assert mg.grad(erf)(0.5) == pytest.approx(2 / math.sqrt(math.pi) * math.exp(-0.25))
    assert mg.jvp(erf, (0.5,), (1.0,))[1] == mg.grad(erf)(0.5)


def test_a_rule_without_a_tangent_map_serves_reverse_mode():
    """Forward mode says what is missing."""
    double = mg.primitive(x=Rule(lambda g: 2 * g))(lambda x: 2 * x)
    assert mg.grad(double)(1.0) == 2.0
    with pytest.raises(TypeError, match="forward mode needs a Rule with a jvp"):
        mg.jvp(double, (1.0,), (1.0,))


def test_a_rule_that_returns_nothing_or_too_much_is_refused():
    """Forgetting `return`, or to sum over what was broadcast, is not taken for zero."""
    nothing = mg.primitive(x=Rule(lambda g: None))(lambda x: x)
    with pytest.raises(TypeError, match="returned None"):
        mg.grad(nothing)(1.0)
    wide = mg.primitive(x=Rule(lambda g, x: g * np.ones(3)))(lambda x: x)
    with pytest.raises(TypeError, match=r"shape \(3,\) for a value of shape \(\)"):
        mg.grad(wide)(1.0)


def test_an_explaining_tape_keeps_a_copy_of_its_inputs():
    """Changing the array afterwards does not change what was recorded."""
    a = np.array([1.0, 2.0])
    tape = Tape()
    x = tape.watch(a)
    loss = np.sum(x * x)
    a[:] = 100.0
    gradient = tape.backward(loss)[x]
    np.testing.assert_array_equal(gradient, [2.0, 4.0])
    gradient[:] = 0.0  # nor does writing to a gradient change the next look-up
    np.testing.assert_array_equal(tape.backward(loss)[x], [2.0, 4.0])
    with pytest.raises(ValueError, match="on this tape already"):
        tape.watch(x)


def test_a_setting_may_have_a_default():
    """A rule reads a setting that the caller left at its default."""
    same = lambda g, power: g * power
    scale = mg.primitive(x=Rule(same, same))(lambda x, *, power=3.0: x * power)
    assert mg.grad(scale)(2.0) == 3.0
    assert mg.grad(lambda x: scale(x, power=5.0))(2.0) == 5.0


def test_an_argument_without_a_rule_is_refused_by_name():
    """Differentiating by it names the operation, the argument and the way out."""
    scale = mg.primitive(x=Rule(lambda g, k: g * k, lambda g, k: g * k))(
        lambda x, k: x * k
    )
    assert mg.grad(scale)(2.0, 3.0) == 3.0
    with pytest.raises(TypeError, match=r"argument k; .* mg.stop_gradient"):
        mg.grad(scale, argnums=1)(2.0, 3.0)


@pytest.mark.parametrize(
    ("use", "error", "says"),
    [
        (lambda tape, x: tape.backward(1.0), ValueError, "on this tape"),
        (lambda tape, x: tape.backward(x), TypeError, r"shape \(3,\); sum it"),
        (lambda tape, x: tape.backward(np.sum(x))[1], KeyError, "by a tensor"),
        (lambda tape, x: tape.backward(x, np.ones(4)), ValueError, r"\(4,\), but the"),
        (lambda tape, x: tape.backward(x, 1.0), ValueError, r"shape \(\), but the"),
        (lambda tape, x: Tape().backward(x), ValueError, "on this tape"),
    ],
)
def test_misuse_of_a_tape_is_explained(use, error, says):
    """Each refusal says what was expected."""
    tape = Tape()
    with pytest.raises(error, match=says):
        use(tape, tape.watch(np.ones(3)))
