"""How a tensor behaves under Python's operators and under plain NumPy.

Nothing is differentiated here.  Each spelling a user may choose, ``x + y``,
``np.add(x, y)``, ``x.sum()``, ``np.linalg.norm(x)``, is led to the one operation of
:mod:`minigrad.ops` that has a rule.  What has none is refused with a sentence that
names the way out; what carries no derivative (shapes, comparisons, indices of a
maximum) is computed on the plain values.  Which is which stands in
:mod:`minigrad.namesakes`.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from minigrad import ops
from minigrad.namesakes import (
    CONSTANT_FUNCTIONS,
    CONSTANT_UFUNCS,
    ELSEWHERE,
    OPERATIONS,
    REDUCTIONS,
    REFUSED,
    SCIPY,
)
from minigrad.ops.broadcasting import shape_of, value_of
from minigrad.tape import Tensor


def array_ufunc(
    self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any
) -> Any:
    """NEP 13: a NumPy ufunc met a tensor."""
    op = OPERATIONS.get(ufunc)
    if op is not None and method == "__call__" and not kwargs:
        return op(*inputs)  # the usual case
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if kwargs.pop("out", None) is not None:
        raise TypeError(
            f"np.{name} would write into an array that the tape may still need; "
            "write z = ... instead of out=z or z += ..."
        )
    if method == "__call__" and ufunc in CONSTANT_UFUNCS:
        return ufunc(*map(value_of, inputs), **kwargs)
    if method == "__call__":
        return _call(op or SCIPY.get(name), name, inputs, kwargs, REFUSED.get(ufunc))
    if method == "reduce":
        return _call(REDUCTIONS.get(ufunc), name, inputs, {"axis": 0} | kwargs)
    return _call(None, name, inputs, kwargs)


def array_function(
    self: Tensor, function: Any, types: Any, args: Any, kwargs: Any
) -> Any:
    """NEP 18: a NumPy function met a tensor."""
    op = OPERATIONS.get(function)
    if op is not None:
        try:
            return op(*args, **kwargs)
        except TypeError:
            _require_fit(op, _name(function), args, kwargs)
            raise
    if function in CONSTANT_FUNCTIONS:
        plain = {k: value_of(v) for k, v in kwargs.items()}
        return function(*map(value_of, args), **plain)
    return _refuse(_name(function), REFUSED.get(function))


def _name(function: Any) -> str:
    module = function.__module__.removeprefix("numpy").removeprefix(".")
    return f"{module}.{function.__name__}".removeprefix(".")


NO_RULE = (
    "has no derivative rule; compose it from operations that have one, write one with "
    "mg.primitive, or hold x constant: mg.stop_gradient(x)"
)


def _call(
    op: Callable[..., Any] | None,
    name: str,
    args: Any,
    kwargs: Any,
    why_not: str | None = None,
) -> Any:
    if op is None:
        _refuse(name, why_not)
    try:
        return op(*args, **kwargs)
    except TypeError:
        _require_fit(op, name, args, kwargs)
        raise


def _refuse(name: str, why_not: str | None) -> NoReturn:
    raise TypeError(f"np.{name} {(why_not or NO_RULE).format(name=name)}")


def _require_fit(op: Callable[..., Any], name: str, args: Any, kwargs: Any) -> None:
    """Say in NumPy's words which arguments an operation takes, if these do not fit."""
    try:
        inspect.signature(op).bind(*args, **kwargs)
    except TypeError as error:
        takes = ", ".join(inspect.signature(op).parameters)
        message = f"np.{name} of a tensor takes ({takes}): {error}"
        raise TypeError(message) from None


# ---------------------------------------------------------------- refusals


def _would_cut(what: str) -> Callable[..., NoReturn]:
    """Conversions that would silently end the graph are refused."""

    def refuse(self: Tensor, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            f"{what} would cut the graph: the derivative could not pass. Compute on "
            "with the tensor, join tensors with np.stack, or say mg.stop_gradient(x)"
        )

    return refuse


def _assign(self: Tensor, index: Any, value: Any) -> NoReturn:
    raise TypeError(
        "a tensor cannot be assigned to, since earlier lines of the tape read it; "
        "build the new value with np.where, np.concatenate or np.stack"
    )


def _unknown(self: Tensor, name: str) -> NoReturn:
    hint = f"; {ELSEWHERE[name]}" if name in ELSEWHERE else ""
    raise AttributeError(f"a Tensor has no attribute {name!r}{hint}")


# ---------------------------------------------------------------- operators and methods


def _length(self: Tensor) -> int:
    if not shape_of(self):
        raise TypeError("a tensor of shape () has no length")
    return shape_of(self)[0]


def _iterate(self: Tensor) -> Iterator[Any]:
    return (self[i] for i in range(len(self)))


def _one_or_many(words: tuple[Any, ...]) -> Any:
    """``x.reshape(2, 3)`` and ``x.reshape((2, 3))`` are the same."""
    return words[0] if len(words) == 1 else words


def _power(x: Any, y: Any) -> Any:
    # x² by multiplication takes half the time of the general power.
    return ops.square(x) if isinstance(y, (int, float)) and y == 2 else ops.power(x, y)


def _clip(x: Tensor, min: Any = None, max: Any = None) -> Any:
    return ops.clip(x, min, max)  # the method has other names than the function


BINARY: dict[str, Callable[..., Any]] = {
    "add": ops.add,
    "sub": ops.sub,
    "mul": ops.mul,
    "truediv": ops.div,
    "pow": _power,
    "matmul": ops.matmul,
}

COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")  # of values: plain truth values

PROPERTIES: dict[str, Callable[..., Any]] = {
    "shape": operator.attrgetter("value.shape"),
    "ndim": operator.attrgetter("value.ndim"),
    "size": lambda x: np.size(value_of(x)),
    "dtype": lambda x: np.asarray(value_of(x)).dtype,
    "real": lambda x: x,
    "T": ops.transpose,
    "mT": ops.matrix_transpose,
}

METHODS: dict[str, Callable[..., Any]] = {
    "__neg__": lambda x: ops.neg(x),
    "__pos__": lambda x: x,
    "__abs__": lambda x: ops.abs(x),
    "__getitem__": ops.getitem,
    "__setitem__": _assign,
    "__iter__": _iterate,
    "__len__": _length,
    "__bool__": lambda x: bool(value_of(x)),
    "__hash__": object.__hash__,
    "__format__": lambda x, spec: format(value_of(x), spec),
    "__float__": _would_cut("float(x)"),
    "__int__": _would_cut("int(x)"),
    "__index__": _would_cut("using a tensor as an index"),
    "__array__": _would_cut("putting a tensor into an array"),
    "__copy__": lambda x: x,  # a tensor never changes, so it is its own copy
    "__deepcopy__": lambda x, memo: x,
    "__reduce_ex__": _would_cut("pickling"),
    "__array_ufunc__": array_ufunc,
    "__array_function__": array_function,
    "__getattr__": _unknown,
    "sum": ops.sum,
    "mean": ops.mean,
    "var": ops.var,
    "std": ops.std,
    "max": ops.max,
    "min": ops.min,
    "prod": ops.prod,
    "cumsum": ops.cumsum,
    "cumprod": ops.cumprod,
    "clip": _clip,
    "trace": ops.trace,
    "diagonal": ops.diagonal,
    "take": ops.take,
    "compress": lambda x, condition, axis=None: ops.compress(condition, x, axis),
    "astype": ops.astype,
    "conj": lambda x: x,
    "conjugate": lambda x: x,
    "repeat": ops.repeat,
    "round": lambda x, decimals=0: np.round(x, decimals),  # refused
    "__mod__": lambda x, y: np.remainder(x, y),  # refused
    "__rmod__": lambda y, x: np.remainder(x, y),
    "__floordiv__": lambda x, y: np.floor_divide(x, y),
    "__rfloordiv__": lambda y, x: np.floor_divide(x, y),
    "__divmod__": lambda x, y: np.divmod(x, y),
    "__rdivmod__": lambda y, x: np.divmod(x, y),
    "__contains__": lambda x, y: bool(np.any(value_of(x) == value_of(y))),
    "copy": lambda x: x,
    "reshape": lambda x, *shape: ops.reshape(x, _one_or_many(shape)),
    "ravel": ops.ravel,
    "flatten": ops.ravel,
    "transpose": lambda x, *axes: ops.transpose(x, _one_or_many(axes) or None),
    "swapaxes": ops.swapaxes,
    "squeeze": ops.squeeze,
    "dot": ops.dot,
}

# Truth values and places.
CONSTANT_METHODS = (
    *("all", "any", "argmax", "argmin", "argpartition", "argsort", "nonzero"),
    "searchsorted",
)


def _constant(name: str) -> Callable[..., Any]:
    """A method of the array below the tensor, which carries no derivative."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        below = getattr(value_of(self), name)
        return below(
            *map(value_of, args), **{k: value_of(v) for k, v in kwargs.items()}
        )

    return method


def _install() -> None:
    for name, op in BINARY.items():
        setattr(Tensor, f"__{name}__", op)
        setattr(Tensor, f"__r{name}__", lambda y, x, op=op: op(x, y))
    for name in COMPARISONS:
        compare = getattr(operator, name)
        on_values = lambda x, y, c=compare: c(value_of(x), value_of(y))
        setattr(Tensor, f"__{name}__", on_values)
    for name, get in PROPERTIES.items():
        setattr(Tensor, name, property(get))
    for name in CONSTANT_METHODS:
        setattr(Tensor, name, _constant(name))
    for name, method in METHODS.items():
        setattr(Tensor, name, method)


_install()
