"""One function call on a tape of its own: what every transform begins and ends with.

Arguments may be containers (see :mod:`minigrad.tree`): each array in them is watched,
and what a sweep leaves at the inputs is put together like the arguments again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from minigrad import tree
from minigrad.ops.broadcasting import value_of
from minigrad.overwritten import is_refused_write, overwritten
from minigrad.tape import Tape, Tensor

Function = Callable[..., Any]
Shape = tuple[int, ...]


class Trace:
    """One function call on a tape of its own: arguments watched, sweeps with leaves."""

    def __init__(
        self, args: Sequence[Any], argnums: Sequence[int], outline: bool = False
    ) -> None:
        self.tape = Tape(explain=False, outline=outline, copy=False)  # swept at once
        self.argnums = argnums
        self.args = list(args)
        for k in argnums:
            self.args[k] = self.watched(args[k], k)

    def watched(self, x: Any, k: int) -> Any:
        """The argument with all its arrays on the tape."""
        try:
            return tree.map(self.tape.watch, x)
        except TypeError:
            for path, leaf in tree.items(x):  # again, for the name of the culprit
                name = f"argument {k} at {path}" if path else f"argument {k}"
                self.tape.watch(leaf, name)
            raise

    @property
    def inputs(self) -> list[Tensor]:
        """The arrays of the arguments, in order."""
        return [x for k in self.argnums for x in tree.flatten(self.args[k])[0]]

    def run(
        self, f: Function, kwargs: Mapping[str, Any] | None = None, hold: bool = False
    ) -> Any:
        """Call the function; afterwards the tape is swept, but no longer written.

        With ``hold`` what the rules will read stays locked, for a sweep that comes when
        the user's program has gone on.
        """
        try:
            out = f(*self.args, **kwargs) if kwargs else f(*self.args)
        except BaseException as error:
            hold = False
            if not is_refused_write(error):
                raise
            again = functools.partial(self.again, f, kwargs)
            raise overwritten(error, list(self.tape.kept.values()), again) from None
        finally:
            if not hold and self.tape.kept:
                self.tape.release()
        self.tape.close()
        return out

    def again(self, f: Function, kwargs: Mapping[str, Any] | None, tape: Tape) -> Any:
        """Call the function once more, on a tape that explains."""
        watched = lambda x: tape.watch(x.value) if self.holds(x) else x
        return f(*[tree.map(watched, a) for a in self.args], **(kwargs or {}))

    def leaves(self, out: Any) -> tuple[list[Any], tree.Rebuild]:
        """The arrays of the result, and how to put them together."""
        leaves, rebuild = tree.flatten(out)
        for leaf in leaves:
            self.require_real(leaf)
        return leaves, rebuild

    def require_real(self, leaf: Any) -> None:
        """Differentiation is of real functions."""
        if self.holds(leaf) and value_of(leaf).dtype.kind == "c":
            raise TypeError(
                "the function returned a complex number, and differentiation is "
                "of real functions: return its real and imaginary parts"
            )

    def holds(self, out: Any) -> bool:
        """Was this computed from the watched arguments?"""
        return type(out) is Tensor and out.tape is self.tape

    def plain(self, out: Any) -> Any:
        """The value without this trace."""
        return plain(out.value if self.holds(out) else out)

    def built(self, value: Callable[[Tensor], Any]) -> tuple[Any, ...]:
        """A value for each input, put together like the arguments."""
        return tuple([tree.map(value, self.args[k]) for k in self.argnums])

    def seeds(self, leaves: Sequence[Any], given: Sequence[Any]) -> dict[int, Any]:
        """What a sweep begins with; a leaf that was returned twice collects both."""
        seeds: dict[int, Any] = {}
        for leaf, seed in zip(leaves, given, strict=True):
            if self.holds(leaf):
                seed = _cast(seed, leaf.dtype)
                before = seeds.get(leaf.line)
                seeds[leaf.line] = seed if before is None else before + seed
        return seeds

    def pull(
        self, seeds: Mapping[int, Any], lead: Shape = (), consume: bool = False
    ) -> tuple[Any, ...]:
        """Sweep up from the seeds: the inputs' adjoints, built like the arguments."""
        swept = self.tape.sweep_up(seeds, consume=consume)
        return self.built(results(swept, seeds, lead))

    def push(
        self, seeds: Mapping[int, Any], outs: Sequence[Any], lead: Shape = ()
    ) -> list[Any]:
        """Sweep down from the seeds at the inputs; the outputs' tangents."""
        ends = [out.line for out in outs if self.holds(out)]
        result = results(self.tape.sweep_down(seeds, ends), seeds, lead)
        return [
            result(out)
            if self.holds(out)
            else np.zeros(lead + np.shape(value_of(out)), _dtype(out))
            for out in outs
        ]


def results(
    swept: Sequence[Any], seeds: Mapping[int, Any], lead: Shape
) -> Callable[[Tensor], Any]:
    """What a sweep left at a line, as an array that the caller may write to.

    No result is a view, a second name of another one, or of what was passed in.
    """
    given = {id(seed) for seed in seeds.values()}

    def result(end: Tensor) -> Any:
        found, value = swept[end.line], end.value
        own = (
            type(found) is np.ndarray and found.base is None and id(found) not in given
        )
        fits = own and found.dtype is value.dtype and found.shape == value.shape
        if fits and found.shape and not lead:  # the usual case
            given.add(id(found))
            return found
        if found is None:
            found = np.zeros(lead + value.shape, value.dtype)
        if found.dtype is not value.dtype or found.shape != lead + value.shape:
            found = _fitted(found, value, lead)
        if isinstance(found, np.ndarray):
            plain_array = type(found) is np.ndarray  # data from a memory map is not
            if not plain_array or found.base is not None or id(found) in given:
                found = np.array(found)
            given.add(id(found))
            return found if found.shape else plain(found)
        return plain(found)

    return result


def _fitted(found: Any, value: Any, lead: Shape) -> Any:
    """In the precision of the value; or refuse what is not a derivative of it.

    float32 parameters have float32 derivatives, though the data be float64.
    """
    if found.shape != lead + value.shape or found.dtype.kind == "c":
        _refuse_result(found, lead, value.shape)
    return found if found.dtype == value.dtype else found.astype(value.dtype)


def _refuse_result(found: Any, lead: Shape, shape: Shape) -> NoReturn:
    """An adjoint or tangent is real and shaped like its value, behind leading axes."""
    if found.dtype.kind == "c":
        raise TypeError(
            "a complex number met the tape, which differentiates real functions; "
            "compute with real and imaginary parts"
        )
    raise TypeError(
        f"a rule gave shape {found.shape[len(lead) :]} for a value of "
        f"shape {shape}; sum over what was broadcast"
    )


def plain(value: Any) -> Any:
    """A float64 scalar as a Python float; everything else as it is."""
    if type(value) is np.float64 or (
        type(value) is np.ndarray and value.shape == () and value.dtype == np.float64
    ):
        return float(value)
    return value


def _dtype(x: Any) -> Any:
    """The precision of what does not depend on the arguments: floats, and no less."""
    return np.result_type(value_of(x), np.float32)


def _cast(value: Any, dtype: Any) -> Any:
    return value if isinstance(value, Tensor) else np.asarray(value, dtype)
