"""What the author of a check writes: `task` above it, `expect` inside it.

    @task("newton_step", points=2)
    def test_one_step_solves_a_quadratic(student, rng):
        \"\"\"From any start, one Newton step lands on the critical point.\"\"\"
        H, x, c = spd(rng, 5), rng.standard_normal(5), rng.standard_normal(5)
        expect(student.newton_step(x, H @ (x - c), H)).close_to(c, scale=norm(x))

What a student returned is not touched before `expect` has accepted it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

import numpy as np

import minigrad
from minigrad.course.handles import Handle
from minigrad.course.model import (
    FAILED,
    WRONG_SHAPE,
    WRONG_TYPE,
    Check,
    Computation,
    Evidence,
)
from minigrad.course.values import (
    Where,
    apart,
    as_float,
    as_word,
    index,
    is_array,
    is_number,
    is_sequence,
    item_name,
    kind_of,
    show,
)

Claim = TypeVar("Claim", bound=Callable[..., None])
Read = TypeVar("Read")


class CheckFailure(AssertionError):  # noqa: N818 (a verdict, no error of ours)
    """A student's function did not do what a check claims; the message says how."""

    def __init__(
        self,
        message: str,
        status: str = FAILED,
        *,
        error: str = "",
        **evidence: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.error = error  # the type of the exception the student's function raised
        self.evidence = Evidence(**evidence)

    def compares(self, got: Any, expected: Any = None) -> None:
        """Enter the whole values in which a difference was found."""
        self.evidence = replace(self.evidence, got=got, expected=expected)


def task(name: str, points: float = 1.0, short: str = "") -> Callable[[Claim], Claim]:
    """Mark a test function as a check of the task ``name``, worth ``points``.

    The check's name is the function's, without ``test_`` and underscores; its docstring
    is the claim.  ``short`` names it in the line that says how far a student has come.
    """

    def mark(function: Claim) -> Claim:
        if not function.__doc__:
            raise TypeError(f"{function.__name__} needs a docstring: what it claims")
        title = function.__name__.removeprefix("test_").replace("_", " ")
        claim = " ".join(function.__doc__.split())
        vars(function)["check"] = Check(
            name, title, claim, float(points), function, short or title
        )
        return function

    return mark


def expect(value: Any) -> Expectation:
    """Begin a claim about something a student's function returned.

    >>> expect(2.0 + 1e-12).close_to(2.0)
    >>> expect([1.0, 2.0]).close_to(np.array([1.0, 2.0]))
    Traceback (most recent call last):
    minigrad.course.checks.CheckFailure: returned a list of 2; expected an array of
    shape (2,): wrap it in np.array(...)
    """
    return Expectation(value)


class Expectation:
    """A value not yet trusted, and the claims that can be made about it."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def close_to(
        self, expected: Any, rtol: float = 1e-9, scale: float | None = None
    ) -> None:
        """Claim agreement with ``expected`` in the max norm.

        max |got - expected| <= rtol scale

        ``expected`` is a number, an array, a string, a bool, None, or a list or tuple
        of these; ``scale`` is max |expected| of each item unless given, 1 if that is 0.
        """
        try:
            _match(self._value, expected, rtol, scale, ())
        except CheckFailure as failure:
            failure.compares(self._value, expected)
            raise

    def array(self, shape: tuple[int, ...]) -> np.ndarray:
        """Claim a finite array of this shape, and give a float64 copy of it."""
        return self._validated(lambda: _array(self._value, shape, ()))

    def arrays(self, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
        """Claim a list of finite arrays of these shapes, and give copies of them."""
        return self._validated(lambda: _arrays(self._value, shapes))

    def number(self) -> float:
        """Claim a finite number, and give it as a float."""
        return self._validated(lambda: _number(self._value, ()))

    def an_object(self) -> Handle:
        """Claim an object of a class of the student's, and give its handle."""
        if type(self._value) is not Handle:
            self._validated(lambda: _refuse(self._value, "an object", ()))
        return self._value

    def gradient_of(self, f: Callable[[Any], Any], at: Any, rtol: float = 1e-9) -> None:
        """Claim to be the gradient at ``at`` of the scalar function ``f``.

        Three roads must meet: the student's formula, minigrad, central differences.
        ``f`` is plain NumPy; ``at`` is an array or a list of arrays.  Reports draw it
        where the claim is wrong.
        """
        right = _gradient_two_ways(f, at)
        try:
            self.close_to(right, rtol=rtol)
        except CheckFailure as failure:
            failure.evidence = replace(failure.evidence, failing=Computation(f, at))
            raise

    def is_true(self, condition: bool, message: str) -> None:
        """Claim anything else; ``message`` says what was expected."""
        if not condition:
            raise CheckFailure(message, got=self._value)

    def _validated(self, read: Callable[[], Read]) -> Read:
        try:
            return read()
        except CheckFailure as failure:
            failure.compares(self._value)
            raise


# Matching -------------------------------------------------------------------------


def _match(
    got: Any, expected: Any, rtol: float, scale: float | None, where: Where
) -> None:
    if is_sequence(expected):
        _require_sequence(got, len(expected), where)
        for i, (item, wanted) in enumerate(zip(got, expected, strict=True)):
            _match(item, wanted, rtol, scale, (*where, i))
    elif is_number(expected):
        _require_number(got, where)
        _close(np.float64(as_float(got)), np.float64(expected), rtol, scale, where)
    elif is_array(expected):
        _require_array(got, expected.shape, where, expected.dtype.kind)
        _close(got, expected, rtol, scale, where)
    else:
        _equal(got, expected, where)


def _close(
    got: Any, expected: Any, rtol: float, scale: float | None, where: Where
) -> None:
    """Max-norm agreement; where infinity is expected, infinity must be returned."""
    if not expected.size:
        return
    with np.errstate(all="ignore"):
        got = np.asarray(got, dtype=np.result_type(expected, np.float64))
        finite = np.isfinite(expected)
        _require_finite(np.where(finite, got, 0.0), where)
        gap = np.where(got == expected, 0.0, np.abs(got - expected))
        if scale is None:
            scale = np.abs(expected[finite]).max(initial=0.0) or 1.0
        wrong = np.argwhere(~(gap <= rtol * scale))
        if not len(wrong):
            return
    worst = np.unravel_index(np.argmax(np.nan_to_num(gap, nan=np.inf)), gap.shape)
    name = f"{item_name(where)}: " if where else ""
    entry = f" at {index(worst)}" if worst else ""
    mine, right = apart(got[worst], expected[worst])
    raise CheckFailure(
        f"{name}largest difference {gap[worst]:.3g}{entry} ({mine} instead of {right})",
        where=where,
        entry=tuple(map(int, wrong[0])),
    )


def _equal(got: Any, expected: Any, where: Where) -> None:
    """Strings, booleans and None: the same type and the same value."""
    got = as_word(got)
    if type(got) is not type(expected):
        _refuse(got, kind_of(expected), where)
    if got != expected:
        raise CheckFailure(
            f"{_subject(where)} {show(got)}; expected {show(expected)}", where=where
        )


def _gradient_two_ways(f: Callable[[Any], Any], at: Any) -> Any:
    engine, differences = minigrad.grad(f)(at), minigrad.numerical_grad(f, at)
    gap = size = 0.0
    for a, b in zip(_leaves(engine), _leaves(differences), strict=True):
        gap = max(gap, float(np.abs(a - b).max(initial=0.0)))
        size = max(size, float(np.abs(a).max(initial=0.0)))
    # Central differences lose half the digits, and more where f is large and flat.
    if not gap <= 1e-6 * size + 1e-8 * (1.0 + abs(float(f(at)))):
        raise RuntimeError(
            f"minigrad and central differences disagree by {gap:.3g} on a gradient of "
            f"size {size:.3g}: the check differentiates at a kink, or f is wrong"
        )
    return engine


def _leaves(gradient: Any) -> list[np.ndarray]:
    parts = gradient if is_sequence(gradient) else [gradient]
    return [np.asarray(part) for part in parts]


# Refusals -------------------------------------------------------------------------


def _array(value: Any, shape: tuple[int, ...], where: Where) -> np.ndarray:
    _require_array(value, tuple(shape), where)
    _require_finite(value, where)
    with np.errstate(all="ignore"):
        return np.array(value, dtype=np.float64)


def _arrays(value: Any, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    _require_sequence(value, len(shapes), ())
    return [
        _array(v, shape, (i,))
        for i, (v, shape) in enumerate(zip(value, shapes, strict=True))
    ]


def _number(value: Any, where: Where) -> float:
    _require_number(value, where)
    number = as_float(value)
    _require_finite(np.float64(number), where)
    return number


def _require_sequence(value: Any, length: int, where: Where) -> None:
    if not is_sequence(value):
        _refuse(value, f"a list of {length}", where)
    if len(value) != length:
        _refuse(value, f"a list of {length}", where, WRONG_SHAPE)


def _require_number(value: Any, where: Where) -> None:
    if is_number(value):
        return
    _refuse(value, "a number", where, WRONG_SHAPE if is_array(value) else WRONG_TYPE)


def _require_array(
    value: Any, shape: tuple[int, ...], where: Where, kind: str = "f"
) -> None:
    wanted = f"an array of shape {shape}"
    if not is_array(value):
        advice = ": wrap it in np.array(...)" if is_sequence(value) else ""
        _refuse(value, wanted + advice, where)
    if value.dtype.kind not in "iuf" + kind:
        _refuse(value, wanted, where)
    if value.shape != shape:
        turned = len(shape) > 1 and value.shape == shape[::-1]
        _refuse(
            value, wanted + (" (transposed?)" if turned else ""), where, WRONG_SHAPE
        )


def _require_finite(value: Any, where: Where) -> None:
    bad = np.argwhere(~np.isfinite(value))
    if len(bad):
        entry = tuple(map(int, bad[0]))
        place = f"entry {index(entry)} of " if entry else ""
        name = item_name(where) if where else "the result"
        message = f"{place}{name} is {value[entry]}"
        raise CheckFailure(message, where=where, entry=entry, wanted="a finite number")


def _refuse(
    value: Any, wanted: str, where: Where, status: str = WRONG_TYPE
) -> NoReturn:
    message = f"{_subject(where)} {kind_of(value)}; expected {wanted}"
    raise CheckFailure(message, status, where=where, wanted=wanted)


def _subject(where: Where) -> str:
    return f"{item_name(where)} is" if where else "returned"
