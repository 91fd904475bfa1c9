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

What the sweeps walk along are the *edges* of the list: from a line to one it was
computed from, with the rule of that step and what the rule reads.  The two lines above
have three edges.  Numbers and edges are all that a sweep needs, so the text of a line
is kept only by a tape that is to *explain* itself.

The same list read downward carries *tangents* v̇, the derivatives of each line along
one direction of the inputs: %1̇ = cos %0 · %0̇, and so on.

For arrays the local derivative is a matrix J, which nobody writes down; what is needed
is J times a tangent, J v̇ (the *jvp*), and an adjoint times J, Jᵀ v̄ (the *vjp*).
Reverse mode costs one sweep per output, forward mode one per input direction.  An
adjoint that somebody hands in at an output is called a *cotangent*.

A pair of such functions is a :class:`Rule`; an operation with one rule per argument is
a :class:`~minigrad.primitive.Primitive`; :mod:`minigrad.ops` writes them down.  This
file does not know what an array is: what it asks of a value beside addition stands in
:class:`Values`, and NumPy's answers come from :mod:`minigrad.ops.broadcasting`.

Nothing here is global but a serial number (and, in :class:`Values`, what a value is).
Differentiating inside a function that is itself being differentiated opens a second
tape; an operation is recorded on the newest tape among its arguments, and the values on
that tape may be tensors of the older one.  So derivatives of derivatives need no
further code, two levels are never confused, and an exception leaves nothing behind to
clean up.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """The local derivative of an operation by one argument, forward and back.

    vjp(g, *saved) : adjoint of the result -> its term in the adjoint of the argument
    jvp(t, *saved) : tangent of the argument -> its term in the tangent of the result

    Both are linear in their first argument and each is the other's transpose.  The
    names of the remaining parameters say what the tape has to keep (see
    :class:`~minigrad.primitive.Primitive`); the two functions name the same ones.
    Without a jvp there is reverse mode only.
    """

    vjp: Callable[..., Any]
    jvp: Callable[..., Any] | None = None


class NoForwardModeError(TypeError):
    """A tangent met a rule that serves reverse mode only."""


# From a line to one it was computed from: both numbers, the rule, what the rule reads.
Edge = tuple[int, int, Rule, tuple[Any, ...]]


class Ref(NamedTuple):
    """Stands for an earlier line among the recorded arguments of a later one."""

    line: int

    def __repr__(self) -> str:
        return f"%{self.line}"


class Outline(NamedTuple):
    """Stands for the value of a line where only the shape is of interest."""

    shape: tuple[int, ...]


class Line(NamedTuple):
    """A line in full: to print it, draw it, or ask which operation it was.

    Plain sweeps do without.
    """

    op: Any  # the Primitive; None for an input
    args: tuple[Any, ...]  # a Ref for each argument on the tape, others as they are
    kwargs: Mapping[str, Any]
    edges: tuple[Edge, ...]
    value: Any  # an Outline on a tape that keeps no more
    name: str | None
    place: Any = None  # where in the user's code, a Place

    def text(self) -> str:
        """The right-hand side as it is printed: ``mul(%1, 2.0)``."""
        if self.op is None:
            return f"input {self.name}" if self.name else "input"
        words = [_text(a) for a in self.args]
        settings = (kv for kv in self.kwargs.items() if kv != ("keepdims", False))
        words += [f"{k}={_text(v)}" for k, v in settings]
        return f"{self.op.name}({', '.join(words)})"


class Values:
    """What a tape asks of its values; these answers are for plain numbers."""

    def admit(self, value: Any, name: str | None, copy: bool) -> Any:
        """An input as it will be watched, or a copy of it; or refuse it."""
        return value

    def constant(self, value: Any) -> Any:
        """What an operation read beside its tensors, a list perhaps, as a value."""
        return value

    def keep(self, value: Any, kept: dict[int, Any]) -> Any:
        """The same if a rule will read it; ``kept`` collects what was locked."""
        return self.constant(value)

    def unlock(self, kept: dict[int, Any]) -> None:
        """Give back what was locked."""

    def computed(self, value: float) -> Any:
        """A result that is a bare number as a value."""
        return value

    def add_to(self, total: Any, term: Any) -> Any:
        """The two added; ``total`` may be changed, since nobody else has seen it."""
        return total + term

    def seed(self, output: Any, cotangent: Any) -> Any:
        """What a backward sweep begins with at this output."""
        return 1 if cotangent is None else cotangent

    def result(self, adjoint: Any, value: Any) -> Any:
        """An adjoint to give away; None stands for zero in the shape of the value."""
        return 0 if adjoint is None else adjoint


class Tape:
    """The list of lines, as the edges between them, and the two ways to read it.

    Printed, a tape shows each line with the shape of its value at the right.

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

    values = Values()  # ops/broadcasting.py puts NumPy's answers here

    def __init__(
        self, *, explain: bool = True, outline: bool = False, copy: bool | None = None
    ) -> None:
        """Open a tape; ``explain=False`` keeps only what the sweeps need.

        With ``outline`` it keeps each line's operation and result's shape, too.
        Inputs are copied where people may look at them later, or as ``copy`` says.
        """
        self.serial = next(_serials)
        self.size = 0  # how many lines there are
        # Each edge in turn, as four items of one flat list: a tuple an edge would be an
        # object more for the garbage collector to look after, which costs most of all.
        self.flat_edges: list[Any] = []
        self.kept: dict[int, Any] = {}  # locked, since a rule will read it
        self.explains = explain
        self.lines: list[Line] | None = [] if explain or outline else None
        self.copies = explain if copy is None else copy
        self.closed = False  # a closed tape is swept, but not written any more
        self.quiet = self.lines is None  # open, and nobody asks for lines: as usual

    def watch(self, value: Any, name: str | None = None) -> Any:
        """Write an input on the tape; what is computed from it will be recorded."""
        if type(value) is Tensor and value.tape is self:
            raise ValueError(f"{value!r} is on this tape already")
        value = self.values.admit(value, name, self.copies)
        if self.lines is not None:
            self.lines.append(Line(None, (), {}, (), value, name))
        self.size += 1
        return Tensor(value, self, self.size - 1)

    def write(self, value: Any, edges: Sequence[Edge], line: Line | None) -> Tensor:
        """Write a line that was computed, with its edges; people may look at it."""
        for edge in edges:
            self.flat_edges += edge
        if self.lines is not None and line is not None:
            self.lines.append(line)
        self.size += 1
        return Tensor(value, self, self.size - 1)

    def release(self) -> None:
        """No program of the user comes before the sweep: constants may change."""
        if self.kept:
            self.values.unlock(self.kept)

    def __del__(self) -> None:
        if self.kept:
            self.release()

    def edges(self) -> Iterator[Edge]:
        """All edges, in the order of their lines."""
        each = iter(self.flat_edges)
        return zip(each, each, each, each, strict=True)

    def close(self) -> None:
        """From now on the tape is swept, but not written any more."""
        self.closed, self.quiet = True, False

    def backward(self, output: Any, cotangent: Any = None) -> Adjoints:
        """Differentiate ``output`` by every line it was computed from.

        A scalar needs no cotangent; an array needs one of its shape.
        """
        if not (isinstance(output, Tensor) and output.tape is self):
            raise ValueError("backward needs a tensor that was computed on this tape")
        seed = self.values.seed(output.value, cotangent)
        return Adjoints(self, self.sweep_up({output.line: seed}, keep_all=True))

    def sweep_up(
        self, seeds: Mapping[int, Any], keep_all: bool = False, consume: bool = False
    ) -> list[Any]:
        """Reverse mode: push adjoints from the seeded lines up to the inputs.

        An entry is None where nothing arrived, which stands for zero.  Adjoints of
        computed lines are dropped once they have been passed on, unless ``keep_all``;
        with ``consume`` the tape itself is used up, which frees what the rules read.
        """
        adjoints: list[Any] = [None] * self.size
        for line, cotangent in seeds.items():
            adjoints[line] = cotangent
        edges = self.flat_edges if consume else self.flat_edges.copy()
        pop = edges.pop
        sums: set[int] = set()  # lines whose adjoint is a sum that nobody else has seen
        current = -1
        while edges:
            saved, (vjp, _), parent, line = pop(), pop(), pop(), pop()
            if line != current:  # that one has passed all on
                if not keep_all and current >= 0:
                    adjoints[current] = None
                current = line
            g = adjoints[line]
            if g is None:
                continue
            term = vjp(g, *saved)
            if term is None:
                raise TypeError("the vjp of a rule returned None, not its term")
            before = adjoints[parent]
            if before is None:
                adjoints[parent] = term
            elif parent in sums:
                adjoints[parent] = self.values.add_to(before, term)
            else:
                adjoints[parent] = before + term
                sums.add(parent)
        return adjoints

    def sweep_down(self, seeds: Mapping[int, Any], ends: Iterable[int]) -> list[Any]:
        """Forward mode: push tangents from the seeded inputs down to the ends.

        Only what the ends were computed from is visited, and a tangent is dropped when
        the last line has read it.
        """
        tangents: list[Any] = [None] * self.size
        for line, tangent in seeds.items():
            tangents[line] = tangent
        readers = self.readers(ends)
        for line, parent, (_, jvp), saved in self.edges():
            if not readers[line]:
                continue
            t = tangents[parent]
            readers[parent] -= 1
            if not readers[parent]:
                tangents[parent] = None
            if t is None:
                continue
            if jvp is None:
                raise NoForwardModeError(
                    "forward mode needs a Rule with a jvp beside its vjp"
                )
            term = jvp(t, *saved)
            before = tangents[line]
            tangents[line] = term if before is None else before + term
        return tangents

    def readers(self, ends: Iterable[int]) -> list[int]:
        """How many edges on the way to the ends read each line; one more for an end."""
        count = [0] * self.size
        for line in ends:
            count[line] = 1
        each = reversed(self.flat_edges)
        for _, _, parent, line in zip(each, each, each, each, strict=True):
            if count[line]:
                count[parent] += 1
        return count

    def __str__(self) -> str:
        if self.lines is None:
            return f"a tape of {self.size} lines that keeps no text"
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
        return self._tape.values.result(self.at(x.line), x.value)

    def at(self, line: int) -> Any:
        """The adjoint of a line by its number, or None where nothing arrived."""
        return self._adjoints[line] if line < len(self._adjoints) else None


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array, of a tensor, or () of a number."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    return shape


def _text(value: Any) -> str:
    """Numbers and references as they are, an array by its shape."""
    if shape_of(value):
        return f"array{value.shape}"
    return repr(value.item() if hasattr(value, "item") else value)
