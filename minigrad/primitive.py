"""Operations with rules: how a call becomes a line of a tape and its edges.

    @primitive(x=Rule(vjp=..., jvp=...))
    def cube(x): return x**3

``cube(array)`` just computes.  ``cube(tensor)`` computes as well, and writes on the
tensor's tape: a line for the result, and for each argument on the tape an *edge*, which
holds the two line numbers, the rule, and the values that the rule will read.

:meth:`Primitive.record` is that sentence as a program.  The decorator hands out a
function that spells the same out, without loops, for the one operation and the common
case: all tensors on one tape, which nobody wants to print.  Its source is written when
the operation is made, from the names of arguments and of what rules read;
``print(mg.mul.primitive.source)`` shows it, and decision 009 says what it gains.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import textwrap
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from types import FunctionType
from typing import Any, NoReturn

from minigrad.places import misfit, place
from minigrad.tape import Edge, Line, Outline, Ref, Rule, Tape, Tensor, shape_of

# Words of the source that is written below, and z, the result.
RESERVED = {"z", "line", "tape", "edges", "op", "function", "record", "quick", "error"}
RESERVED |= {"type", "float", "int", "Tensor", "misfit", "shape_of", "no_rule"}


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
        self.parameters = inspect.signature(function).parameters
        kinds = {name: p.kind for name, p in self.parameters.items()}
        self.settings = [k for k in kinds if kinds[k] is inspect.Parameter.KEYWORD_ONLY]
        self.arrays = [k for k in kinds if k not in self.settings]
        self.variadic = inspect.Parameter.VAR_POSITIONAL in kinds.values()
        ours = {f"{x}_{word}" for x in kinds for word in ("line", "rule", "broadcast")}
        for name in (RESERVED | ours) & kinds.keys():
            raise TypeError(
                f"{self.name} calls a parameter {name!r}, which rules and recorders "
                "use for something else; give it another name"
            )
        for name, rule in rules.items():
            if name not in self.arrays:
                raise TypeError(f"{self.name} has no array argument {name!r}")
            if not isinstance(rule, Rule):
                raise TypeError(
                    f"the rule for {name} is to be a Rule(vjp=..., jvp=...)"
                )
        self.rules = dict(rules)
        self.reads = {name: self.read_by(rule) for name, rule in rules.items()}
        self.read = {k for rule in rules.values() for f in rule if f for k in _names(f)}
        self.quick = _quick(self)

    @functools.cached_property
    def names(self) -> dict[str, Any]:
        """What the names in the source of this operation stand for."""
        return self.named()

    @functools.cached_property
    def edge_makers(self) -> list[Callable[..., Edge]]:
        """For each argument, how an edge to it is made."""
        return [self.edge_maker(name) for name in self.arrays]

    @functools.cached_property
    def source(self) -> str:
        """The source of the function that records this operation."""
        return _written_out(self)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.quick(*args, **kwargs)

    def record(self, *args: Any, **settings: Any) -> Any:
        """Compute; and where an argument is on a tape, write a line on the newest.

        In grad(lambda x: x * grad(lambda y: x * y)(2.0)) the inner product is recorded
        on y's tape, the newer one.  There x is a constant and y's value is a number;
        but in mul(x, y) the constant x is itself a tensor, so the value of the line is
        found by calling mul again, which records it on x's tape.
        """
        tape: Tape | None = None
        for a in args:
            if type(a) is Tensor and (tape is None or a.tape.serial > tape.serial):
                tape = a.tape
        if tape is None:
            return self.function(*args, **settings)
        if tape.closed:
            self.refuse_closed()
        self.require_plain(settings)
        values, parents, compute = list(args), [], self.function
        for i, a in enumerate(args):
            if type(a) is Tensor and a.tape is tape:
                parents.append((i, a.line))
                values[i] = a = a.value
            else:
                name = self.arrays[0 if self.variadic else i]
                values[i] = a = (
                    tape.values.keep(a, tape.kept)
                    if name in self.read
                    else tape.values.constant(a)
                )
            if type(a) is Tensor:  # of an older tape: that one records as well
                compute = self.quick
        try:
            out = compute(*values, **settings)
        except ValueError as error:
            raise misfit(self, values, error) from None
        if type(out) is float:
            out = tape.values.computed(out)
        edges = self.edges(tape.size, parents, out, values, settings)
        if tape.lines is None:
            return tape.write(out, edges, None)
        for i, parent in parents:
            values[i] = Ref(parent)
        shown, where = (
            (out, place()) if tape.explains else (Outline(shape_of(out)), None)
        )
        line = Line(self, tuple(values), settings, edges, shown, None, where)
        return tape.write(out, edges, line)

    def edges(
        self,
        here: int,
        parents: Sequence[tuple[int, int]],
        z: Any,
        values: Sequence[Any],
        settings: Mapping[str, Any],
    ) -> tuple[Edge, ...]:
        """From a result to its arguments i on lines: the rules and what they read."""
        edges = []
        for i, parent in parents:
            k = 0 if self.variadic else i
            seen = (i, values) if self.variadic else values
            edges.append(self.edge_makers[k](here, parent, z, *seen, **settings))
        return tuple(edges)

    def edge_text(self, name: str) -> str:
        """The edge to an argument as source: ``(line, x_line, x_rule, (y, ))``."""
        if name not in self.rules:
            return f"no_rule({name!r})"
        return f"(line, {name}_line, {name}_rule, {self.reads[name]})"

    def edges_text(self, tensors: Sequence[str]) -> str:
        """The statements that write the edges to these arguments."""
        return "".join(f"edges += {self.edge_text(x)}\n" for x in tensors)

    def edge_maker(self, name: str) -> Callable[..., Edge]:
        """The same as a function of the numbers, result, arguments and settings."""
        which = ["i"] if self.variadic else []
        seen = ["line", f"{name}_line", "z", *which, *self.arrays, *self.settings]
        text = f"lambda {', '.join(seen)}: {self.edge_text(name)}"
        maker: Callable[..., Edge] = eval(text, self.names)
        return maker

    def named(self) -> dict[str, Any]:
        """What the names in the source of this operation stand for."""
        rules = {f"{name}_rule": rule for name, rule in self.rules.items()}
        return rules | {"shape_of": shape_of, "no_rule": self.no_rule}

    def read_by(self, rule: Rule) -> str:
        """What a rule reads, as the source of a tuple: ``(y, axis, )``."""
        reads = [_names(f)[1:] for f in rule if f]
        if len(reads) == 2 and reads[0] != reads[1]:
            raise TypeError(f"vjp reads {reads[0]} but jvp reads {reads[1]}")
        return f"({''.join(f'{self.spelled(name)}, ' for name in reads[0])})"

    def spelled(self, name: str) -> str:
        """How the source says one thing that a rule names."""
        if self.variadic and name == "shapes":
            return f"tuple([shape_of(x) for x in {self.arrays[0]}])"
        words = ["z", *self.arrays, *self.settings, *["i"][: self.variadic]]
        if name in words:
            return name
        base = name.removesuffix("_shape")
        if base not in ["z", *self.arrays]:
            shapes = [f"{k}_shape" for k in ["z", *self.arrays]]
            words += ["shapes"] if self.variadic else shapes
            raise TypeError(f"a rule reads {name}; there are {', '.join(words)}")
        return f"shape_of({base})"

    def no_rule(self, name: str) -> NoReturn:
        """Refuse to differentiate by an argument that was given no rule."""
        raise TypeError(
            f"{self.name} cannot be differentiated by its argument {name}; "
            "pass a plain array there, or mg.stop_gradient(...) of the tensor"
        )

    def require_plain(self, settings: Mapping[str, Any]) -> None:
        """Refuse a tensor among the settings, which have no rules."""
        for name, value in settings.items():
            if type(value) is Tensor:
                raise TypeError(
                    f"{self.name}: {name} is a setting and cannot be differentiated; "
                    "pass mg.stop_gradient(...) of the tensor"
                )

    def refuse_closed(self) -> NoReturn:
        """Refuse a tensor that was smuggled out of the function it belongs to."""
        raise RuntimeError(
            f"{self.name} met a tensor of a function whose differentiation has ended; "
            "return it from there (see has_aux), or keep mg.stop_gradient(...) of it"
        )


def primitive(**rules: Rule) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
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
    return lambda function: Primitive(function, rules).quick


# ---------------------------------------------------------------- written out

CASE = """\
    if {tensors}:
        tape = {first}.tape
        if {unusual}:
            return record({call})
{constants}{values}\
        try:
            z = quick({call}) if {nested} else function({call})
        except ValueError as error:
            raise misfit(op, ({arrays}), error) from None
        if type(z) is float:
            z = tape.values.computed(z)
        line = tape.size
        tape.size = line + 1
        edges = tape.flat_edges
{edges}\
        return Tensor(z, tape, line)
"""
CONSTANT = """\
        if type({x}) is not float and type({x}) is not int:
            {x} = tape.values.{keep}
"""
VALUE = """\
        {x}_line = {x}.line
        {x} = {x}.value
"""


def _written_out(op: Primitive) -> str:
    """The source of a function that records ``op``, a case for each set of tensors."""
    head = f"def quick({_signature(op)}):\n"
    call = ", ".join([f"*{x}" if op.variadic else x for x in op.arrays])
    call = ", ".join([call, *(f"{k}={k}" for k in op.settings)])
    if op.variadic:
        return f"{head}    return record({call})\n"
    names = [x for x in op.arrays if x in op.rules]
    sets = [s for n in range(len(names), 0, -1) for s in combinations(names, n)]
    cases = "".join([_case(op, tensors, call) for tensors in sets])
    rest = [f"type({x}) is Tensor" for x in op.arrays if x not in op.rules]
    record = f"    if {' or '.join(rest)}:\n        return record({call})\n"
    last = f"    return function({call})\n"
    return head + (record if rest else "") + cases + last


def _case(op: Primitive, tensors: Sequence[str], call: str) -> str:
    """What to do where these arguments are tensors, and no others are."""
    first, *others = tensors
    unusual = ["not tape.quiet", *(f"{x}.tape is not tape" for x in others)]
    unusual += [f"type({k}) is Tensor" for k in op.settings]
    constants = [x for x in op.arrays if x not in tensors]
    return CASE.format(
        tensors=" and ".join(f"type({x}) is Tensor" for x in tensors),
        first=first,
        unusual=" or ".join(unusual),
        call=call,
        constants="".join(
            CONSTANT.format(
                x=x, keep=f"keep({x}, tape.kept)" if x in op.read else f"constant({x})"
            )
            for x in constants
        ),
        values="".join(VALUE.format(x=x) for x in tensors),
        arrays="".join(f"{x}, " for x in op.arrays),
        nested=" or ".join(f"type({x}) is Tensor" for x in tensors),
        edges=textwrap.indent(op.edges_text(tensors), 8 * " "),
    )


def _signature(op: Primitive) -> str:
    words = []
    for name, p in op.parameters.items():
        if name in op.settings and "*" not in words and not op.variadic:
            words.append("*")
        stars = "*" if p.kind is p.VAR_POSITIONAL else ""
        default = "" if p.default is p.empty else f"={name}_default"
        words.append(f"{stars}{name}{default}")
    return ", ".join(words)


def _quick(op: Primitive) -> Callable[..., Any]:
    """The function that records ``op``; its source is compiled at the first call.

    Most programs use few of the operations, and importing them should cost nothing.
    """
    space: dict[str, Any] = {"function": op.function, "record": op.record, "op": op}
    space |= {"Tensor": Tensor, "misfit": misfit, "write_out": lambda: _write_out(op)}
    quick = FunctionType(_unwritten.__code__, space, "quick")
    space["quick"] = functools.update_wrapper(quick, op.function)
    quick.primitive = op  # type: ignore[attr-defined]
    return quick


def _unwritten(*args: Any, **settings: Any) -> Any:
    write_out()  # type: ignore[name-defined]  # noqa: F821
    return quick(*args, **settings)  # type: ignore[name-defined]  # noqa: F821


def _write_out(op: Primitive) -> None:
    """Give the function its own code, which a traceback can show."""
    file = f"<minigrad {op.name}>"
    linecache.cache[file] = (len(op.source), None, op.source.splitlines(True), file)
    defaults = {f"{k}_default": p.default for k, p in op.parameters.items()}
    scratch = op.names | defaults
    exec(compile(op.source, file, "exec"), scratch)
    written, quick = scratch["quick"], op.quick
    quick.__globals__.update(op.names)
    quick.__defaults__, quick.__kwdefaults__ = (
        written.__defaults__,
        written.__kwdefaults__,
    )
    quick.__code__ = written.__code__


def _names(f: Callable[..., Any]) -> list[str]:
    """The parameters of a rule; read off its code, which is quicker than to inspect."""
    if isinstance(f, FunctionType) and not hasattr(f, "__wrapped__"):
        return list(f.__code__.co_varnames[: f.__code__.co_argcount])
    return list(inspect.signature(f).parameters)
