"""The Wengert list and its two sweeps: all of automatic differentiation but the arrays.

A program that ran is a list of lines.  Take  loss = sin(x) * x :

    %0 = input x
    %1 = sin(%0)
    %2 = mul(%1, %0)

Each line was computed from earlier ones, so the list is in order as it stands: read
downward it is the program, read upward it is the chain rule.  Write v̄ for the
*adjoint* of a line, the derivative of the loss by that line's value.  Then %2̄ = 1,
and every line hands its adjoint to the lines it was computed from, its *parents*,
multiplied by its own local derivative:

    line %2 = mul(%1, %0):   %1̄ += %2̄ · %0        %0̄ += %2̄ · %1
    line %1 = sin(%0):       %0̄ += %1̄ · cos %0

The ``+=`` is the whole subtlety.  x was read twice, so it receives two terms, and when
the sweep arrives at a line all of its consumers stand further down and have been there
already: its adjoint is complete.  One sweep gives the derivative by *every* line, at
the price of keeping what the local derivatives need.

The same list read downward carries *tangents* v̇, the derivatives of each line along
one direction of the inputs: %1̇ = cos %0 · %0̇, and so on.  Reverse mode is one sweep
per output, forward mode one sweep per input direction.

A local derivative is a pair of functions, a :class:`Rule`; an operation with one rule
per argument is a :class:`Primitive`; :mod:`minigrad.ops` writes them down.  This file
does not know what an array is: it never imports NumPy, and the chain rule needs no
more of a value than that adjoints can be added.

Nothing here is global but a serial number.  Differentiating inside a function that is
itself being differentiated opens a second tape; an operation is recorded on the newest
tape among its arguments, and the values on that tape may be tensors of the older one.
So derivatives of derivatives need no further code, two levels are never confused, and
an exception leaves nothing behind to clean up.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

_serials = itertools.count()


class Tensor:
    """A value that remembers the line of the tape it came from.

    It holds no gradient and no operation: those belong to the tape.  The operators
    (``+``, ``@``, indexing, ...) are installed by :mod:`minigrad.tensor`.
    """

    __slots__ = ("line", "tape", "value")

    def __init__(self, value: Any, tape: Tape, line: int) -> None:
        self.value = value
        self.tape = tape
        self.line = line

    def __repr__(self) -> str:
        return f"Tensor({self.value!r}, %{self.line})"

    if TYPE_CHECKING:  # tensor.py installs these; a type checker has to be told
        __add__: Any
        __radd__: Any
        __sub__: Any
        __rsub__: Any
        __mul__: Any
        __rmul__: Any
        __truediv__: Any
        __rtruediv__: Any
        __pow__: Any
        __rpow__: Any
        __matmul__: Any
        __rmatmul__: Any
        __neg__: Any
        __getitem__: Any
        __lt__: Any
        __le__: Any
        __gt__: Any
        __ge__: Any

        def __getattr__(self, name: str) -> Any: ...


class Rule(NamedTuple):
    """The local derivative of an operation by one argument, as a linear map and back.

    vjp(g, *saved) : adjoint of the result -> its term in the adjoint of the argument
    jvp(t, *saved) : tangent of the argument -> its term in the tangent of the result

    Both are linear in their first argument and each is the other's transpose.  The
    names of the remaining parameters say what the tape has to keep (see
    :class:`Primitive`); the two functions name the same ones.
    """

    vjp: Callable[..., Any]
    jvp: Callable[..., Any]


Edge = tuple[int, Rule, tuple[Any, ...]]  # parent line, rule, what the rule reads
Reader = Callable[[Any, Sequence[Any], Mapping[str, Any], int], tuple[Any, ...]]


class Ref(NamedTuple):
    """Stands for an earlier line among the recorded arguments of a later one."""

    line: int

    def __repr__(self) -> str:
        return f"%{self.line}"


class Line(NamedTuple):
    """What an explaining tape remembers of one operation, for people to look at."""

    op: Primitive | None  # None: an input
    args: tuple[Any, ...]  # a Ref for each argument on the tape, others as they are
    kwargs: Mapping[str, Any]
    edges: tuple[Edge, ...]
    value: Any
    name: str | None

    def text(self) -> str:
        """The right-hand side as it is printed: ``mul(%1, 2.0)``."""
        if self.op is None:
            return f"input {self.name}" if self.name else "input"
        words = [_argument_text(a) for a in self.args]
        settings = (kv for kv in self.kwargs.items() if kv != ("keepdims", False))
        words += [f"{k}={_argument_text(v)}" for k, v in settings]
        return f"{self.op.name}({', '.join(words)})"


class Tape:
    """The list of lines, and the two ways to read it.

    >>> import numpy as np
    >>> tape = Tape()
    >>> x = tape.watch(0.5, name="x")
    >>> loss = np.sin(x) * x
    >>> print(tape)
    %0 = input x         ()
    %1 = sin(%0)         ()
    %2 = mul(%1, %0)     ()
    >>> adjoints = tape.backward(loss)
    >>> bool(np.isclose(adjoints[x], np.cos(0.5) * 0.5 + np.sin(0.5)))
    True
    """

    # What may be watched, and what a list is, is for ops to say, which knows arrays.
    admit: Callable[[Any, str | None], Any] = staticmethod(lambda value, name: value)
    constant: Callable[[Any], Any] = staticmethod(lambda value: value)

    def __init__(self, *, explain: bool = True) -> None:
        """Open a tape; with ``explain=False`` it keeps only what its sweeps need."""
        self.serial = next(_serials)
        self.edges: list[tuple[Edge, ...]] = []
        self.lines: list[Line] | None = [] if explain else None

    def watch(self, value: Any, name: str | None = None) -> Any:
        """Write an input on the tape; what is computed from it will be recorded."""
        value = self.admit(value, name)
        if self.lines is not None:
            self.lines.append(Line(None, (), {}, (), value, name))
        self.edges.append(())
        return Tensor(value, self, len(self.edges) - 1)

    def backward(self, output: Any, cotangent: Any = None) -> Adjoints:
        """Differentiate ``output`` by every line it was computed from."""
        if not (isinstance(output, Tensor) and output.tape is self):
            raise ValueError("backward needs a tensor that was computed on this tape")
        seed = output.cotangent(cotangent)
        return Adjoints(self, self.sweep_up({output.line: seed}, keep=True))

    def sweep_up(self, seeds: Mapping[int, Any], keep: bool = False) -> list[Any]:
        """Reverse mode: push adjoints from the seeded lines up to the inputs.

        An entry is None where nothing arrived, which stands for zero.  Adjoints of
        computed lines are dropped once they have been passed on, unless ``keep``.
        """
        adjoints: list[Any] = [None] * (max(seeds, default=-1) + 1)
        for line, cotangent in seeds.items():
            adjoints[line] = cotangent
        for here in range(len(adjoints) - 1, -1, -1):
            g = adjoints[here]
            if g is None:
                continue
            for parent, rule, saved in self.edges[here]:
                term = rule.vjp(g, *saved)
                before = adjoints[parent]
                adjoints[parent] = term if before is None else before + term
            if self.edges[here] and not keep:
                adjoints[here] = None
        return adjoints

    def sweep_down(self, seeds: Mapping[int, Any]) -> list[Any]:
        """Forward mode: push tangents from the seeded inputs down to every line."""
        tangents: list[Any] = [None] * len(self.edges)
        for line, tangent in seeds.items():
            tangents[line] = tangent
        for here, edges in enumerate(self.edges):
            for parent, rule, saved in edges:
                t = tangents[parent]
                if t is None:
                    continue
                term = rule.jvp(t, *saved)
                before = tangents[here]
                tangents[here] = term if before is None else before + term
        return tangents

    def __str__(self) -> str:
        if self.lines is None:
            return f"a tape of {len(self.edges)} lines that keeps no text"
        texts = [f"%{i} = {line.text()}" for i, line in enumerate(self.lines)]
        width = max(map(len, texts), default=0) + 4
        shapes = (shape_of(line.value) for line in self.lines)
        rows = zip(texts, shapes, strict=True)
        return "\n".join(f"{text:<{width}} {shape}" for text, shape in rows)


class Adjoints:
    """What ``backward`` found: the derivative of one output by every line of a tape."""

    def __init__(self, tape: Tape, adjoints: list[Any]) -> None:
        self._tape = tape
        self._adjoints = adjoints

    def __getitem__(self, x: Any) -> Any:
        if not (isinstance(x, Tensor) and x.tape is self._tape):
            raise KeyError("adjoints are looked up by a tensor of the same tape")
        adjoint = self.at(x.line)
        return x.zeros() if adjoint is None else adjoint

    def at(self, line: int) -> Any:
        """The adjoint of a line by its number, or None where nothing arrived."""
        return self._adjoints[line] if line < len(self._adjoints) else None


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
        parameters = inspect.signature(function).parameters
        arrays = [n for n, p in parameters.items() if p.kind is not p.KEYWORD_ONLY]
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
        unknown = set(rules) - set(arrays)
        if unknown:
            raise TypeError(f"{self.name} has no array argument {sorted(unknown)}")
        self.rules = [rules.get(name) for name in arrays]
        settings = [n for n in parameters if n not in arrays]
        self.defaults = {
            n: parameters[n].default
            for n in settings
            if parameters[n].default is not inspect.Parameter.empty
        }
        self.readers = [_reader(rule, arrays, settings) for rule in self.rules]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute; and where an argument is on a tape, write a line on the newest."""
        tape: Tape | None = None
        for a in args:
            if type(a) is Tensor and (tape is None or a.tape.serial > tape.serial):
                tape = a.tape
        if tape is None:
            return self.function(*args, **kwargs)
        if self.defaults:
            kwargs = self.defaults | kwargs
        values = list(args)
        parents: list[tuple[int, int]] = []
        compute = self.function
        for i, a in enumerate(args):
            if type(a) is Tensor:
                if a.tape is tape:
                    parents.append((i, a.line))
                    values[i] = a = a.value
                if type(a) is Tensor:  # of an older tape: that one records as well
                    compute = self
            elif type(a) is list or type(a) is tuple:
                values[i] = tape.constant(a)
        out = compute(*values, **kwargs)
        edges = self.edges(out, values, kwargs, parents)
        tape.edges.append(edges)
        if tape.lines is not None:
            tape.lines.append(self.line(out, values, kwargs, parents, edges))
        return Tensor(out, tape, len(tape.edges) - 1)

    def edges(
        self,
        out: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        parents: Sequence[tuple[int, int]],
    ) -> tuple[Edge, ...]:
        """One edge for each argument on the tape, holding what its rule will read."""
        edges = []
        for i, parent in parents:
            k = 0 if self.variadic else i
            rule = self.rules[k] or self.no_rule(i)
            edges.append((parent, rule, self.readers[k](out, args, kwargs, i)))
        return tuple(edges)

    def no_rule(self, i: int) -> NoReturn:
        """Refuse to differentiate by an argument that was given no rule."""
        raise TypeError(
            f"{self.name} cannot be differentiated by its argument {i}; "
            "pass a plain array there, or mg.stop_gradient(...) of the tensor"
        )

    def line(
        self,
        out: Any,
        values: Sequence[Any],
        kwargs: Mapping[str, Any],
        parents: Sequence[tuple[int, int]],
        edges: tuple[Edge, ...],
    ) -> Line:
        """The line as people read it, with references where the tape was read."""
        args = list(values)
        for i, parent in parents:
            args[i] = Ref(parent)
        return Line(self, tuple(args), kwargs, edges, out, None)


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


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array, of a tensor, or () of a number."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    return shape


def _reader(rule: Rule | None, arrays: list[str], settings: list[str]) -> Reader:
    """A function that picks what a rule's parameter names ask for.

    It is made from text, as ``namedtuple`` does it, since it runs once an operation:
    a rule ``lambda g, y, x_shape: ...`` of ``mul(x, y)`` gets the reader
    ``lambda z, args, kwargs, i: (args[1], shape_of(args[0]),)``.
    """
    words = {"z": "z", "z_shape": "shape_of(z)", "i": "i"}
    words["shapes"] = "tuple([shape_of(a) for a in args])"
    for k, name in enumerate(arrays):
        words[name], words[f"{name}_shape"] = f"args[{k}]", f"shape_of(args[{k}])"
    words |= {name: f"kwargs[{name!r}]" for name in settings}
    vjp, jvp = [_reads(f) for f in rule] if rule else ([], [])
    if vjp != jvp:
        raise TypeError(f"vjp reads {vjp} but jvp reads {jvp}")
    for name in vjp:
        if name not in words:
            raise TypeError(f"a rule reads {name}; there are {sorted(words)}")
    picks = "".join(f"{words[name]}, " for name in vjp)
    reader: Reader = eval(f"lambda z, args, kwargs, i: ({picks})", globals())
    return reader


def _reads(f: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(f).parameters)[1:]


def _argument_text(a: Any) -> str:
    """Numbers and references as they are, an array by its shape."""
    shape = shape_of(a)
    if shape != () or not hasattr(a, "item"):
        return f"array{shape}" if shape else repr(a)
    return repr(a.item())
