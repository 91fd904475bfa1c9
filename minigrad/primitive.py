"""Operations with rules: how a call becomes a line of a tape.

    @primitive(x=Rule(vjp=..., jvp=...))
    def cube(x): return x**3

``cube(array)`` just computes.  ``cube(tensor)`` computes as well, and writes a line on
the tensor's tape: for each argument on the tape an *edge*, which holds the number of
the argument's line, its rule, and the values that the rule will read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NoReturn

from minigrad.tape import Edge, Line, Ref, Rule, Tape, Tensor, shape_of

Getter = Callable[[tuple[Any, ...]], Any]
Reader = Callable[[tuple[Any, ...]], tuple[Any, ...]]


class Primitive:
    """A function and, for each of its array arguments, the rule to differentiate it.

    Positional parameters are arrays and may be differentiated, keyword-only ones are
    settings.  A rule reads, besides the adjoint or tangent, what its parameters name:

        z          the result               x, y, ...          an argument
        z_shape    the shape of the result  x_shape, ...       the shape of an argument
        axis, ...  a setting                i, shapes          which of ``*xs``, and all
                                                               of their shapes

    The tape keeps just those: a rule for x that does not mention x lets x be freed.
    """

    def __init__(self, function: Callable[..., Any], rules: Mapping[str, Rule]) -> None:
        self.function = function
        self.name = function.__name__.strip("_")
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        parameters = inspect.signature(function).parameters.values()
        settings = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        self.arrays = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self.defaults = {
            p.name: p.default for p in settings if p.default is not p.empty
        }
        self.rules = [rules.get(name) for name in self.arrays]
        names = [p.name for p in settings]
        self.readers = [_reader(rule, self.arrays, names) for rule in self.rules]
        for name, rule in rules.items():
            if name not in self.arrays:
                raise TypeError(f"{self.name} has no array argument {name!r}")
            if not isinstance(rule, Rule):
                raise TypeError(
                    f"the rule for {name} is to be a Rule(vjp=..., jvp=...)"
                )

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute; and where an argument is on a tape, write a line on the newest.

        In grad(lambda x: x * grad(lambda y: x * y)(2.0)) the inner product is recorded
        on y's tape, the newer one.  There x is a constant and y's value is a number;
        but in mul(x, y) the constant x is itself a tensor, so the value of the line is
        found by calling mul again, which records it on x's tape.
        """
        if kwargs or self.defaults:
            args, kwargs = self.sorted_out(args, kwargs)
        tape: Tape | None = None
        for a in args:
            if type(a) is Tensor and (tape is None or a.tape.serial > tape.serial):
                tape = a.tape
        if tape is None:
            return self.function(*args, **kwargs)
        if tape.closed:
            self.refuse_closed()
        values, parents, compute = list(args), [], self.function
        for i, a in enumerate(args):
            if type(a) is Tensor and a.tape is tape:
                parents.append((i, a.line))
                values[i] = a = a.value
            elif type(a) is list or type(a) is tuple:
                values[i] = tape.values.constant(a)
            if type(a) is Tensor:  # of an older tape: that one records as well
                compute = self
        out = compute(*values, **kwargs)
        if type(out) is float:
            out = tape.values.constant(out)
        edges = self.edges(parents, (kwargs, out, *values))
        if tape.lines is not None:
            refs = values.copy()
            for i, line in parents:
                refs[i] = Ref(line)
            tape.lines.append(Line(self, tuple(refs), kwargs, edges, out, None))
        tape.edges.append(edges)
        return Tensor(out, tape, len(tape.edges) - 1)

    def edges(
        self, parents: Sequence[tuple[int, int]], seen: tuple[Any, ...]
    ) -> tuple[Edge, ...]:
        """From a result to its arguments i on lines: the rules and what they read."""
        edges = []
        for i, line in parents:
            k = 0 if self.variadic else i
            rule = self.rules[k] or self.no_rule(i)
            seen_here = (*seen, i) if self.variadic else seen
            edges.append((line, rule, self.readers[k](seen_here)))
        return tuple(edges)

    def no_rule(self, i: int) -> NoReturn:
        """Refuse to differentiate by an argument that was given no rule."""
        raise TypeError(
            f"{self.name} cannot be differentiated by its argument {i}; "
            "pass a plain array there, or mg.stop_gradient(...) of the tensor"
        )

    def sorted_out(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arrays given by name in their places; what remains are settings."""
        settings = self.defaults | kwargs
        for name in self.arrays[len(args) :]:
            if name in settings:
                args += (settings.pop(name),)
        for name, value in settings.items():
            if isinstance(value, Tensor):
                raise TypeError(
                    f"{self.name}: {name} is a setting and cannot be differentiated; "
                    "pass mg.stop_gradient(...) of the tensor"
                )
        return args, settings

    def refuse_closed(self) -> NoReturn:
        """Refuse a tensor that was smuggled out of the function it belongs to."""
        raise RuntimeError(
            f"{self.name} met a tensor of a function whose differentiation has ended; "
            "return it from there (see has_aux), or keep mg.stop_gradient(...) of it"
        )


def primitive(**rules: Rule) -> Callable[[Callable[..., Any]], Primitive]:
    """Make a new operation from a function and one :class:`Rule` per array argument.

    >>> import numpy as np
    >>> import minigrad as mg
    >>> same = lambda g, x: 3 * x**2 * g          # its own transpose
    >>> @mg.primitive(x=mg.Rule(vjp=same, jvp=same))
    ... def cube(x):
    ...     return x**3
    >>> mg.grad(cube)(2.0), mg.grad(mg.grad(cube))(2.0)
    (12.0, 12.0)
    """
    return lambda function: Primitive(function, rules)


def _reader(
    rule: Rule | None, arrays: Sequence[str], settings: Sequence[str]
) -> Reader:
    """What a rule reads, as a function of what a call has seen.

    A call has seen (settings, result, *arguments), and behind them i if it is variadic.
    """
    if not isinstance(rule, Rule):
        return lambda seen: ()
    reads = [list(inspect.signature(f).parameters)[1:] for f in rule if f]
    if len(reads) == 2 and reads[0] != reads[1]:
        raise TypeError(f"vjp reads {reads[0]} but jvp reads {reads[1]}")
    places = {"z": 1, "i": -1} | {name: k + 2 for k, name in enumerate(arrays)}
    wanted = [places.get(name, -2) for name in reads[0]]
    if len(wanted) > 1 and min(wanted) > -2:
        return itemgetter(*wanted)  # the common case, at the speed of C
    if len(wanted) == 1 and wanted[0] > 0:  # a slice of one, since one item is no tuple
        return itemgetter(slice(wanted[0], wanted[0] + 1))
    getters = [_getter(name, places, settings) for name in reads[0]]
    return lambda seen: tuple([get(seen) for get in getters])


def _getter(name: str, places: Mapping[str, int], settings: Sequence[str]) -> Getter:
    """How to fetch one thing that a rule names."""
    if name in places:
        return itemgetter(places[name])
    if name == "shapes":
        return lambda seen: tuple([shape_of(a) for a in seen[2:-1]])
    base = name.removesuffix("_shape")
    if base in places and base != name:
        return lambda seen: shape_of(seen[places[base]])
    if name not in settings:
        words = [*places, "shapes", "x_shape", *settings]
        raise TypeError(f"a rule reads {name}; there are {', '.join(words)}")
    return lambda seen: seen[0][name]
