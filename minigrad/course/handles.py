"""Handles: what a check holds of an object that stays with the student's code.

    a = student.Var(3.0)     # a handle
    c = a * a + 1.0          # others: the sums and products are made where a is
    c.backward()
    expect(a.grad).close_to(6.0)

A handle knows a number, and nothing of the object.  Operators, methods and attributes
are asked for over there, by the `Student` it belongs to; what comes back is a plain
value or another handle.  It can never be compared, hashed, counted or taken for true:
the answer would be the student's, and a check might believe it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, Protocol

Operand = Any  # a handle or a number


class Owner(Protocol):
    """Whoever can reach the object of a handle."""

    def apply(self, symbol: str, *operands: Operand, times: int = 1) -> Handle: ...
    def attribute(self, handle: Handle, name: str) -> Any: ...


def _binary(symbol: str) -> tuple[Callable[..., Handle], Callable[..., Handle]]:
    def left(self: Handle, other: Operand) -> Handle:
        return self._owner.apply(symbol, self, other)

    def right(self: Handle, other: Operand) -> Handle:
        return self._owner.apply(symbol, other, self)

    return left, right


def _refused(what: str) -> Callable[..., NoReturn]:
    def refuse(self: Handle, *_: object) -> NoReturn:
        raise TypeError(
            f"a handle of a student's {self._type} cannot be {what}; read a plain "
            "value of it and make a claim about that: expect(handle.value)"
        )

    return refuse


class Handle:
    """Stands for an object of a student's; see above."""

    __slots__ = ("_name", "_origin", "_owner", "_token", "_type")
    __array_ufunc__ = None  # a NumPy number on the left leaves the operator to us

    def __init__(
        self, owner: Owner, token: int, type_name: str, name: str, origin: str
    ) -> None:
        self._owner = owner
        self._token = token
        self._type = type_name  # as told from over there: to show, not to trust
        self._name = name  # what messages call it
        self._origin = origin  # the function of the student's that it goes back to

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"a handle has no {name}: only public names are asked")
        return self._owner.attribute(self, name)

    def __neg__(self) -> Handle:
        return self._owner.apply("negative", self)

    def __repr__(self) -> str:
        return f"<handle {self._name}: {self._type}>"

    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")
    __pow__, __rpow__ = _binary("**")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refused("compared")
    __hash__ = _refused("hashed")
    __bool__ = _refused("taken for true or false")
    __len__ = __iter__ = __contains__ = __getitem__ = _refused("taken apart")
    __float__ = __int__ = __index__ = __complex__ = _refused("taken for a number")


def repeat(symbol: str, start: Handle, other: Operand, times: int) -> Handle:
    """``start + other + ... + other``: one operator, ``times`` times in a row.

    One request, however long the chain; the steps in between have no handles.
    """
    return start._owner.apply(symbol, start, other, times=times)
