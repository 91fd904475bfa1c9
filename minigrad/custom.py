"""Whole functions as one line of the tape: recomputed, or with a rule of their own.

Reverse mode keeps what its rules read, for every operation until the sweep comes by.
``checkpoint(f)`` keeps the arguments of f alone, and runs f again when the sweep
arrives: memory for time (Griewank 1992).  ``custom_vjp(f)`` replaces the chain rule
inside f by a formula that somebody derived.

Either way the call is one line with an edge to each tensor among the arguments, and
one backward step gives the terms of all of them: a :class:`_Call` is what they share.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.ops.broadcasting import shape_of, value_of
from minigrad.places import place
from minigrad.tape import Edge, Line, NoForwardModeError, Ref, Rule, Tape, Tensor
from minigrad.trace import Function, Shape, Trace


def checkpoint(f: Function) -> Function:
    """f, with nothing of its inside kept for the backward sweep: it is run again there.

    The same values and derivatives; a chain of T steps cut into √T pieces, each under
    ``checkpoint``, keeps O(√T) values instead of T, for one more forward run.  f must
    be a function of its arguments, which may be containers: a tensor that it reads from
    elsewhere is refused.

    >>> import minigrad as mg
    >>> square_twice = mg.checkpoint(lambda x: (x * x) * (x * x))
    >>> mg.value_and_grad(square_twice)(2.0)
    (16.0, 32.0)
    """

    @functools.wraps(f)
    def checkpointed(*args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = tree.flatten([args, kwargs])
        tape = _newest(leaves)
        if tape is None:
            return f(*args, **kwargs)
        values, places = _below(tape, leaves)
        below = rebuild(values)
        _, rebuild = tree.flatten(below)  # the first one holds the tensors themselves
        out = checkpointed(*below[0], **below[1])
        _require_own(tape, out, f"checkpoint({_name(f)})")

        def run(*rows: Any) -> Any:
            args, kwargs = rebuild(list(rows))
            return f(*args, **kwargs)

        def again(*inputs: Any) -> Any:
            rows = list(values)
            for i, x in zip(places, inputs, strict=True):
                rows[i] = x
            return tree.flatten(run(*rows))[0]

        call = _Rerun(again, [values[i] for i in places])
        whole = _Whole(f"checkpoint({_name(f)})", run)
        return _written(tape, whole, leaves, out, call)

    return checkpointed


class custom_vjp:  # noqa: N801 - it is used as a decorator and named as JAX names it
    """f with a backward rule of its own, in place of the chain rule inside f.

    ``f.defvjp(forward, backward)``: forward(*args) -> (f(*args), residuals), and
    backward(residuals, g) -> a tuple with one entry for each argument, built and shaped
    like it, or None for zero.  g is built like the result.  As in JAX, a derivative of
    the derivative is that of what forward and backward compute, and there is no rule
    for forward mode.  Keyword arguments are passed on and not differentiated.

    >>> import numpy as np
    >>> import minigrad as mg
    >>> @mg.custom_vjp
    ... def clipped(x):                    # the identity, with a gradient of at most 1
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda _, g: (np.clip(g, -1.0, 1.0),))
    >>> mg.grad(lambda x: 5.0 * clipped(x))(3.0)
    1.0
    """

    def __init__(self, f: Function) -> None:
        functools.update_wrapper(self, f)
        self.f = f
        self.forward: Function | None = None
        self.backward: Function | None = None

    def defvjp(self, forward: Function, backward: Function) -> None:
        """Say how the value with its residuals, and how the adjoints are computed."""
        self.forward, self.backward = forward, backward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.forward is None or self.backward is None:
            raise TypeError(
                f"{_name(self.f)} has no rule yet: {_name(self.f)}.defvjp(forward, "
                "backward)"
            )
        if _newest(tree.flatten(kwargs)[0]) is not None:
            raise TypeError(
                f"{_name(self.f)} has a custom vjp, which is for positional arguments: "
                "pass the tensor without its name"
            )
        leaves, rebuild = tree.flatten(list(args))
        tape = _newest(leaves)
        if tape is None:
            return self.f(*args, **kwargs)
        values, places = _below(tape, leaves)
        out = self.forward(*rebuild(values), **kwargs)
        if not (isinstance(out, tuple) and len(out) == 2):
            raise TypeError(
                f"the forward function of {_name(self.f)} returns a pair: the value, "
                "and what backward needs of it"
            )
        _require_own(tape, out, f"custom_vjp {_name(self.f)}")
        call = _Given(self, rebuild(values), places, *out)
        _, again = tree.flatten(call.args)  # rebuild holds the tensors themselves
        run = lambda *rows: self.f(*again(list(rows)), **kwargs)
        whole = _Whole(_name(self.f), run)
        return _written(tape, whole, leaves, out[0], call)


# ---------------------------------------------------------------- one line, many edges


class _Call:
    """What the edges of one call share: the terms of all arguments, computed once.

    Every sweep asks edge by edge, from the last to the first, with the same adjoint.
    """

    forgotten: tuple[Any, list[Any]] = (None, [])

    def __init__(self) -> None:
        self.latest = self.forgotten

    def term(self, g: Any, k: int) -> Any:
        """The term for the k-th tensor among the arguments."""
        adjoint, terms = self.latest
        if adjoint is not g:
            terms = self.pull(g)
            self.latest = (g, terms)
        if k == 0:  # the sweep goes on, and the terms belong to it
            self.latest = self.forgotten
        return terms[k]

    def pull(self, g: Any) -> list[Any]:
        """The terms of all tensors among the arguments."""
        raise NotImplementedError

    def push(self, t: Any, k: int) -> Any:
        """The tangent of the packed result, from that of one argument."""
        raise NotImplementedError

    def read(self) -> list[Any]:
        """What is read again, besides the arguments."""
        return []


SHARED = Rule(
    vjp=lambda g, call, k: call.term(g, k), jvp=lambda t, call, k: call.push(t, k)
)


class _Rerun(_Call):
    """The function runs again, on a tape of its own, whenever a sweep comes by."""

    def __init__(self, f: Function, inputs: list[Any]) -> None:
        super().__init__()
        self.f, self.inputs = f, inputs

    def pull(self, g: Any) -> list[Any]:
        """Run, and sweep up at once."""
        trace = Trace(self.inputs, range(len(self.inputs)))
        outs = trace.run(self.f)
        shapes = [shape_of(out) for out in outs]
        lead = g.shape[: g.ndim - len(_packed_shape(shapes))]
        seeds = trace.seeds(outs, _unpacked(g, shapes, lead))
        swept = trace.tape.sweep_up(seeds, consume=True)
        return [_or_zeros(swept[x.line], x, lead) for x in trace.inputs]

    def push(self, t: Any, k: int) -> Any:
        """Run, and sweep down along one argument."""
        trace = Trace(self.inputs, [k])
        outs = trace.run(self.f)
        (x,) = trace.inputs
        lead = t.shape[: t.ndim - len(x.shape)]
        ends = [out.line for out in outs if trace.holds(out)]
        swept = trace.tape.sweep_down({x.line: t}, ends)
        found = [swept[out.line] if trace.holds(out) else None for out in outs]
        filled = [_or_zeros(t, out, lead) for t, out in zip(found, outs, strict=True)]
        return _packed(filled, lead)


class _Given(_Call):
    """The backward function that the user gave."""

    def __init__(
        self, rule: custom_vjp, args: Any, places: list[int], out: Any, residuals: Any
    ) -> None:
        super().__init__()
        self.rule, self.args, self.places = rule, args, places
        self.like, self.residuals = tree.map(value_of, out), residuals

    def pull(self, g: Any) -> list[Any]:
        """One call; a batch is taken apart, since backward knows of none."""
        outs, rebuild = tree.flatten(self.like)
        shapes = [np.shape(out) for out in outs]
        lead = g.ndim - len(_packed_shape(shapes))
        if lead:
            rows = [self.pull(row) for row in g]
            return [np.stack(terms) for terms in zip(*rows, strict=True)]
        assert self.rule.backward is not None
        given = self.rule.backward(self.residuals, rebuild(_unpacked(g, shapes)))
        return self.checked(given)

    def read(self) -> list[Any]:
        """What forward kept for backward."""
        return tree.flatten(self.residuals)[0]

    def checked(self, given: Any) -> list[Any]:
        """The terms asked for, each in the shape of its argument."""
        name = f"the backward function of {_name(self.rule.f)}"
        if not isinstance(given, tuple) or len(given) != len(self.args):
            raise TypeError(
                f"{name} returns a tuple with an entry for each of its "
                f"{len(self.args)} arguments, or None; it returned {_kind(given)}"
            )
        terms: list[Any] = []
        for x, term in zip(self.args, given, strict=True):
            zeros = tree.map(lambda leaf: np.zeros(np.shape(value_of(leaf))), x)
            terms += tree.leaves_like(x, zeros if term is None else term)
        values = tree.flatten(self.args)[0]
        for i in self.places:
            if shape_of(terms[i]) != shape_of(values[i]):
                raise ValueError(
                    f"{name} returned shape {shape_of(terms[i])} for an argument of "
                    f"shape {shape_of(values[i])}"
                )
        return [_array(terms[i]) for i in self.places]

    def push(self, t: Any, k: int) -> Any:
        """There is no tangent map to call."""
        raise NoForwardModeError(
            f"{_name(self.rule.f)} has a custom vjp, which serves reverse mode only; "
            "use grad or vjp, or an mg.primitive with a Rule(vjp=..., jvp=...)"
        )


def _written(
    tape: Tape, whole: _Whole, leaves: Sequence[Any], out: Any, call: Any
) -> Any:
    """The call as a line of the tape; its results are one line, taken apart behind."""
    outs, rebuild = tree.flatten(out)
    for x in [*leaves, *call.read()]:
        if isinstance(x, np.ndarray):
            tape.values.keep(x, tape.kept)
    args = [x.line if _on(tape, x) else x for x in leaves]
    lines = [x.line for x in leaves if _on(tape, x)]
    edges: list[Edge] = [
        (tape.size, line, SHARED, (call, k)) for k, line in enumerate(lines)
    ]
    words = tuple(
        Ref(a) if _on(tape, x) else a for a, x in zip(args, leaves, strict=True)
    )
    value = _packed(outs)
    line = Line(whole, words, {}, tuple(edges), value, None, place())
    packed = tape.write(value, edges, line)
    return rebuild(_unpacked(packed, [shape_of(x) for x in outs]))


class _Whole:
    """What a printed tape calls the line, and how to compute its value again."""

    def __init__(self, name: str, function: Function) -> None:
        self.name, self.function = name, function

    def __call__(self, *leaves: Any) -> Any:
        return _packed(tree.flatten(self.function(*leaves))[0])


def _array(x: Any) -> Any:
    """A Python number as NumPy's."""
    return x if isinstance(x, (np.ndarray, Tensor)) else np.asarray(x)[()]


def _or_zeros(found: Any, x: Any, lead: Shape) -> Any:
    """What a sweep left; None stands for zero."""
    return np.zeros(lead + shape_of(x)) if found is None else found


def _packed(outs: Sequence[Any], lead: Shape = ()) -> Any:
    """Several results as one vector behind the leading axes; one as it is."""
    if len(outs) == 1:
        return _array(outs[0])
    return np.concatenate([np.reshape(x, (*lead, -1)) for x in outs], axis=-1)


def _packed_shape(shapes: Sequence[Shape]) -> Shape:
    return shapes[0] if len(shapes) == 1 else (sum(map(_size, shapes)),)


def _unpacked(x: Any, shapes: Sequence[Shape], lead: Shape = ()) -> list[Any]:
    """The results out of that vector."""
    if len(shapes) == 1:
        return [x]
    parts, start = [], 0
    for shape in shapes:
        stop = start + _size(shape)
        parts.append(np.reshape(x[..., start:stop], lead + shape))
        start = stop
    return parts


def _size(shape: Shape) -> int:
    return int(np.prod(shape, dtype=int))


def _newest(leaves: Sequence[Any]) -> Tape | None:
    """The newest tape among the arguments, which is the one that records."""
    tapes = [x.tape for x in leaves if type(x) is Tensor]
    return max(tapes, key=lambda tape: tape.serial, default=None)


def _on(tape: Tape, x: Any) -> bool:
    return type(x) is Tensor and x.tape is tape


def _below(tape: Tape, leaves: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """The arguments without this tape, and which of them were on it."""
    places = [i for i, x in enumerate(leaves) if _on(tape, x)]
    values = [x.value if _on(tape, x) else x for x in leaves]
    return values, places


def _require_own(tape: Tape, out: Any, name: str) -> None:
    """Nothing of the inside may be on the tape of the arguments."""
    tensors = [x for x in tree.flatten(out)[0] if type(x) is Tensor]
    if any(x.tape.serial >= tape.serial for x in tensors):
        raise TypeError(
            f"{name} reads a tensor that is not among its arguments; pass it as one, "
            "or hold it constant with mg.stop_gradient"
        )


def _kind(x: Any) -> str:
    return f"{len(x)} entries" if isinstance(x, tuple) else f"a {type(x).__name__}"


def _name(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", "f")
    return "f" if name == "<lambda>" else name
