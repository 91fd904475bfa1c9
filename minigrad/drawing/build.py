"""A tape becomes a graph of cards: one pass down the tape for each question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minigrad.drawing import figures, formula, paths, slopes
from minigrad.drawing.errors import TargetError, TooLargeError
from minigrad.drawing.formula import Text
from minigrad.drawing.model import Card, Graph, Layer, Link, Local, Mark, Row
from minigrad.drawing.names import Names
from minigrad.ops.broadcasting import Elementwise, value_of
from minigrad.tape import Adjoints, Edge, Line, Ref, Tape, shape_of

MOST = 20_000  # values; beyond, even to collapse them takes long
LONGEST_FORMULA = 26  # a longer one without a name is called v7 where it is read


def graph(
    tape: Tape,
    outputs: Iterable[int],
    adjoints: Adjoints | None = None,
    names: Names | None = None,
    *,
    title: str = "",
    note: str = "",
    fold: bool = True,
) -> Graph:
    """The graph of what the output lines were computed from, and of all inputs.

    Without ``fold`` each leaf and each operation has a card of its own.
    """
    if tape.lines is None:
        raise TargetError("this tape keeps no text to draw; open it with Tape()")
    names = names or Names()
    builder = _Builder(tape.lines, list(outputs), adjoints, names, fold)
    return Graph(
        title,
        note,
        tuple(builder.cards()),
        tuple(builder.links),
        builder.layers(),
        adjoints is not None,
    )


class _Builder:
    """The passes over the tape, each a method; line numbers are the common key."""

    def __init__(
        self,
        lines: list[Line],
        outputs: list[int],
        adjoints: Adjoints | None,
        names: Names,
        fold: bool,
    ) -> None:
        self.lines = lines
        self.outputs = set(outputs)
        self.adjoints = adjoints
        self.names = names
        self.fold = fold
        self.links: list[Link] = []
        self.origin = self._detached()
        self.shown = self._reachable()
        self.uses = self._count_uses()
        self.inner = self._affine()
        self.product_of = {host: product for product, host in self.inner.items()}
        self.layer_of_path = self._layers()
        self.short = paths.short_names(self._paths(), self.layer_of_path)
        self.texts: dict[int, Text] = {}
        self.formulas: dict[int, Text] = {}
        self.name_of: dict[int, str] = {}
        self._write_formulas()
        self.layer = self._place()

    # ------------------------------------------------------------ which lines

    def _reachable(self) -> list[int]:
        """The lines behind the outputs, and every input, in order."""
        wanted = set(self.outputs)
        for here in range(len(self.lines) - 1, -1, -1):
            if here in wanted:
                wanted.update(self._parents(here))
                wanted.update(self._detached_parents(here))
        inputs = (i for i, line in enumerate(self.lines) if line.op is None)
        wanted.update(inputs)
        if len(wanted) > MOST:
            raise TooLargeError(
                f"the graph has {len(wanted):,} values, and drawings stop at {MOST:,}, "
                "of which few could be seen; draw fewer layers or time steps"
            )
        return sorted(wanted)

    def _parents(self, here: int) -> list[int]:
        return [a.line for a in self.lines[here].args if isinstance(a, Ref)]

    def _detached(self) -> dict[int, int]:
        """Constants (by id) that are values of earlier lines, their gradient stopped.

        ``stop_gradient`` copies, so they are known by their bytes; an array of one
        number, and the numbers that people write, could be anybody's.  What was read
        before a line that comes to the same is no copy of it.
        """
        seen: dict[tuple[Any, int], int] = {}
        read: set[int] = set()
        found = {}
        for here, line in enumerate(self.lines):
            for arg in line.args:
                if isinstance(arg, np.ndarray | np.generic) and id(arg) not in read:
                    read.add(id(arg))
                    origin = seen.get(_content(arg))
                    if origin is not None and _telling(arg):
                        found[id(arg)] = origin
            value = value_of(line.value)
            if isinstance(value, np.ndarray | np.generic):
                seen.setdefault(_content(value), here)
        return found

    def _detached_parents(self, here: int) -> list[int]:
        args = self.lines[here].args
        return [self.origin[id(a)] for a in args if id(a) in self.origin]

    def _count_uses(self) -> dict[int, int]:
        uses = dict.fromkeys(self.shown, 0)
        for here in self.shown:
            for parent in self._parents(here):
                uses[parent] += 1
        for origin in self.origin.values():
            if origin in uses:
                uses[origin] += 2  # a card of its own, for the link to start from
        return uses

    def _is_folded(self, here: int) -> bool:
        """A leaf read once stands as a row in its reader's card."""
        return self.fold and self.lines[here].op is None and self.uses[here] == 1

    def _affine(self) -> dict[int, int]:
        """A product that only meets its bias is drawn with it: ``W @ x + b``.

        The sum's derivative by the product is 1, so the product's own local
        derivatives are those of the whole.  Product line -> sum line.
        """
        inner: dict[int, int] = {}
        for here in self.shown if self.fold else ():
            line = self.lines[here]
            if line.op is None or line.op.name != "add":
                continue
            products = [p for p in self._parents(here) if self._meets_bias(p, line)]
            leaves = [a for a in line.args if self._is_leaf(a)]
            if len(products) == 1 and len(leaves) == 1:
                inner[products[0]] = here
        return inner

    def _meets_bias(self, product: int, reader: Line) -> bool:
        line = self.lines[product]
        return (
            line.op is not None
            and line.op.name == "matmul"
            and self.uses[product] == 1
            and product not in self.names.lines
            and shape_of(line.value) == shape_of(reader.value)
        )

    def _is_leaf(self, arg: Any) -> bool:
        return not isinstance(arg, Ref) or self.lines[arg.line].op is None

    # ------------------------------------------------------------ words

    def _path(self, here: int) -> str:
        return self.lines[here].name or f"v{here}"

    def _paths(self) -> list[str]:
        return [self._path(i) for i in self.shown if self.lines[i].op is None]

    def _layers(self) -> dict[str, str]:
        shapes = {
            self._path(i): shape_of(self.lines[i].value)
            for i in self.shown
            if self.lines[i].op is None
        }
        return paths.layers(shapes)

    def _write_formulas(self) -> None:
        for here in self.shown:
            line = self.lines[here]
            if line.op is None:
                self.texts[here] = Text(self.short[self._path(here)])
                continue
            args = [self._argument(a) for a in line.args]
            ndim = self._ndim(line.args[0])
            text = formula.formula(
                line.op.name, args, line.kwargs, ndim, self.names.of_array
            )
            self.formulas[here] = text
            name = self.names.lines.get(here)
            long = len(text.words) > LONGEST_FORMULA
            if name is None and long and here not in self.inner and self.uses[here]:
                name = f"v{here}"
            if name is not None:
                self.name_of[here] = name
            self.texts[here] = text if name is None else Text(name)

    def _argument(self, arg: Any) -> Text:
        if isinstance(arg, Ref):
            return self.texts[arg.line]
        if id(arg) in self.origin:
            return Text(f"stop({self.texts[self.origin[id(arg)]].words})")
        return formula.constant(arg) or Text(self._constant_name(arg))

    def _constant_name(self, arg: Any) -> str:
        return self.names.of_array(arg) or "const"

    def _ndim(self, arg: Any) -> int:
        value = self.lines[arg.line].value if isinstance(arg, Ref) else arg
        return len(shape_of(value))

    # ------------------------------------------------------------ layers

    def _place(self) -> dict[int, str]:
        """The layer of each line: by the parameters it reads, or where it follows."""
        layer: dict[int, str] = {}
        for here in self.shown:
            line = self.lines[here]
            if line.op is None:
                found = self.layer_of_path.get(self._path(here))
            else:
                found = self._layer_of(line, layer)
            if found is not None:
                layer[here] = found
        return layer

    def _layer_of(self, line: Line, layer: dict[int, str]) -> str | None:
        arrays = [a for a in line.args if isinstance(a, Ref) or shape_of(a) != ()]
        read = [a.line for a in arrays if isinstance(a, Ref)]
        leaves = (layer.get(i) for i in read if self.lines[i].op is None)
        own = next(filter(None, leaves), None)
        products = (layer.get(i) for i in read if i in self.inner)
        activates = isinstance(line.op, Elementwise) or _name(line) == "softmax"
        if own is None and activates and len(arrays) == 1 and read:
            return layer.get(read[0])
        return own or next(filter(None, products), None)

    def layers(self) -> dict[str, Layer]:
        """Each layer with what its parameters are, in order of appearance."""
        found: dict[str, Layer] = {}
        for here in self.shown:
            if here in self.layer:
                known = found.setdefault(self.layer[here], Layer(0, (), 0.0))
                if self.lines[here].op is None:
                    found[self.layer[here]] = known.with_(self._parameter(here))
        return found

    def _parameter(self, here: int) -> Layer:
        value = value_of(self.lines[here].value)
        words = f"{self.short[self._path(here)]} {figures.shape(value)}".strip()
        return Layer(np.size(value), (words,), figures.norm(value))

    # ------------------------------------------------------------ cards

    def cards(self) -> Iterable[Card]:
        """Each value that stands for itself; its links are collected on the way."""
        for here in self.shown:
            if not self._is_folded(here) and here not in self.inner:
                yield self._card(here)

    def _card(self, here: int) -> Card:
        line = self.lines[here]
        rows: list[Row] = []
        for member in (self.product_of.get(here), here):
            rows += [] if member is None else self._read(member, here)
        grad = self._grad(here)
        is_output = here in self.outputs and line.op is not None
        leaf = line.op is None
        return Card(
            line=here,
            kind=self._kind(here) if leaf else "output" if is_output else "value",
            name=self.short[self._path(here)] if leaf else self.name_of.get(here),
            formula=None if leaf else self.formulas[here].words,
            value=value_of(line.value),
            grad=grad,
            rows=tuple(rows),
            layer=self.layer.get(here),
            marks=tuple(self._marks(here, grad)),
            path=self._path(here) if leaf else "",
        )

    def _kind(self, here: int) -> str:
        return paths.kind(self._path(here))

    def _read(self, member: int, host: int) -> Iterable[Row]:
        """Rows for the leaves that a line reads; links for the cards it reads."""
        line = self.lines[member]
        texts = [self._argument(a) for a in line.args]
        edges = iter(line.edges)
        for position, arg in enumerate(line.args):
            if not isinstance(arg, Ref):
                if id(arg) in self.origin:
                    stopped = Local(None, None, 0.0 if self.adjoints else None)
                    self.links.append(Link(self.origin[id(arg)], host, stopped, True))
                elif shape_of(arg) != ():
                    name = self._constant_name(arg)
                    yield Row("constant", name, name, value_of(arg), None, None)
                continue
            edge = next(edges)
            if arg.line in self.inner:
                continue
            local = self._local(member, host, position, texts, edge)
            if self._is_folded(arg.line):
                yield self._row(arg.line, local)
            else:
                self.links.append(Link(arg.line, host, local))

    def _row(self, leaf: int, local: Local) -> Row:
        path = self._path(leaf)
        value = value_of(self.lines[leaf].value)
        name, kind = self.short[path], self._kind(leaf)
        return Row(kind, name, path, value, self._grad(leaf), local)

    def _local(
        self, member: int, host: int, position: int, texts: Sequence[Text], edge: Edge
    ) -> Local:
        line = self.lines[member]
        name = "dot" if _is_dot(line) else _name(line)
        symbol = formula.local(name, position, texts, self.texts[host])
        parent = self.lines[edge[1]].value
        value = slopes.slopes(line, parent, edge)
        term = slopes.term(member, edge, self.adjoints)
        passed = None if term is None else figures.norm(term)
        after = name == "matmul" and position == 0
        return Local(symbol, value, passed, term, after)

    def _grad(self, here: int) -> Any:
        if self.adjoints is None:
            return None
        adjoint = self.adjoints.at(here)
        value = value_of(self.lines[here].value)
        return np.zeros(np.shape(value)) if adjoint is None else value_of(adjoint)

    # ------------------------------------------------------------ marks

    def _marks(self, here: int, grad: Any) -> Iterable[Mark]:
        line = self.lines[here]
        if not figures.finite(line.value):
            behind = (self._value(a) for a in line.args)
            born = line.op is not None and all(map(figures.finite, behind))
            yield Mark("not finite, first here" if born else "not finite", alarm=True)
        if here in self.origin.values():
            yield Mark("detached: its reader stops the gradient")
        if line.op is None and not self.uses[here] and here not in self.outputs:
            yield Mark("not used")
        elif grad is not None and not figures.finite(grad):
            yield Mark("gradient not finite", alarm=True)
        elif grad is not None and not np.any(grad):
            yield Mark("zero gradient")
        if _name(line) == "relu":
            off, units = slopes.units_off(value_of(line.value))
            if off == units:
                yield Mark("dead: no unit is on", alarm=True)
            elif off:
                yield Mark(f"{off} of {units} units off")

    def _value(self, arg: Any) -> Any:
        return self.lines[arg.line].value if isinstance(arg, Ref) else arg


def _name(line: Line) -> str:
    return line.op.name if line.op is not None else ""


def _is_dot(line: Line) -> bool:
    return _name(line) == "matmul" and shape_of(line.value) == ()


def _content(value: Any) -> tuple[Any, int]:
    return value.shape, hash(value.tobytes())


def _telling(value: Any) -> bool:
    """Whether two equal values can hardly be a coincidence."""
    a = np.asarray(value)
    if a.dtype.kind != "f" or not a.size:
        return False
    return not figures.uniform(a) or not float(a.flat[0] * 8).is_integer()
