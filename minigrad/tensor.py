"""How a tensor behaves under Python's operators and under plain NumPy.

Nothing is differentiated here.  Each spelling a user may choose, ``x + y``,
``np.add(x, y)``, ``x.sum()``, ``np.linalg.norm(x)``, is led to the one operation of
:mod:`minigrad.ops` that has a rule.  What has none is refused with a sentence that
names the way out; what carries no derivative (shapes, comparisons, indices of a
maximum) is computed on the plain values.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from minigrad import ops
from minigrad.ops.broadcasting import from_end, shape_of, value_of
from minigrad.tape import Tensor

UFUNCS: dict[Any, Callable[..., Any]] = {
    np.add: ops.add,
    np.subtract: ops.sub,
    np.multiply: ops.mul,
    np.true_divide: ops.div,
    np.negative: ops.neg,
    np.positive: lambda x: x,
    np.power: ops.power,
    np.float_power: ops.power,
    np.square: ops.square,
    np.reciprocal: lambda x: ops.div(1.0, x),
    np.exp: ops.exp,
    np.log: ops.log,
    np.sin: ops.sin,
    np.cos: ops.cos,
    np.tanh: ops.tanh,
    np.sqrt: ops.sqrt,
    np.absolute: ops.abs,
    np.maximum: ops.maximum,
    np.minimum: ops.minimum,
    np.matmul: ops.matmul,
}

REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: ops.sum,
    np.maximum: ops.max,
    np.minimum: ops.min,
}


def _dot(x: Any, y: Any) -> Any:
    x, y = _array(x), _array(y)
    if shape_of(x) == () or shape_of(y) == ():
        return ops.mul(x, y)
    if len(shape_of(y)) > 2:
        raise NotImplementedError("np.dot with more than two axes: write x @ y")
    return ops.matmul(x, y)


def _array(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def _outer(x: Any, y: Any) -> Any:
    x, y = _array(x), _array(y)
    return ops.reshape(x, (-1, 1)) * ops.reshape(y, (1, -1))


def _moveaxis(x: Any, source: int, destination: int) -> Any:
    ndim = len(shape_of(x))
    source, destination = from_end(source, ndim), from_end(destination, ndim)
    order = [k for k in range(ndim) if k != source + ndim]
    order.insert(destination + ndim, source + ndim)
    return ops.transpose(x, order)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.sum: ops.sum,
    np.mean: ops.mean,
    np.var: ops.var,
    np.std: ops.std,
    np.max: ops.max,
    np.amax: ops.max,
    np.min: ops.min,
    np.amin: ops.min,
    np.reshape: ops.reshape,
    np.ravel: ops.ravel,
    np.transpose: ops.transpose,
    np.matrix_transpose: ops.matrix_transpose,
    np.swapaxes: ops.swapaxes,
    np.moveaxis: _moveaxis,
    np.expand_dims: ops.expand_dims,
    np.squeeze: ops.squeeze,
    np.broadcast_to: ops.broadcast_to,
    np.concatenate: ops.concatenate,
    np.stack: ops.stack,
    np.where: ops.where,
    np.dot: _dot,
    np.outer: _outer,
    np.copy: lambda x: x,
    np.full_like: lambda x, value: ops.broadcast_to(value, shape_of(x)),
    np.linalg.norm: ops.norm,
    np.linalg.solve: ops.solve,
}

# These carry no derivative: booleans, integers, shapes, fresh constants.
CONSTANT_UFUNCS = {
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.isfinite,
    np.isnan,
    np.isinf,
    np.signbit,
    np.logical_and,
    np.logical_or,
    np.logical_not,
}
CONSTANT_FUNCTIONS = {
    np.shape,
    np.ndim,
    np.size,
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.argmax,
    np.argmin,
    np.argsort,
    np.array_equal,
    np.allclose,
    np.isclose,
    np.any,
    np.all,
    np.count_nonzero,
    np.isrealobj,
    np.iscomplexobj,
}


def array_ufunc(
    self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any
) -> Any:
    """NEP 13: a NumPy ufunc met a tensor."""
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if kwargs.pop("out", None) is not None:
        raise TypeError(
            f"np.{name} would write into an array that the tape may still need; "
            "write z = ... instead of out=z or z += ..."
        )
    if method == "__call__" and ufunc in CONSTANT_UFUNCS:
        return ufunc(*map(value_of, inputs), **kwargs)
    op = {"__call__": UFUNCS, "reduce": REDUCTIONS}.get(method, {}).get(ufunc)
    if method == "reduce":
        kwargs.setdefault("axis", 0)
    return _call(op, name, inputs, kwargs)


def array_function(
    self: Tensor, function: Any, types: Any, args: Any, kwargs: Any
) -> Any:
    """NEP 18: a NumPy function met a tensor."""
    if function in CONSTANT_FUNCTIONS:
        plain = {k: value_of(v) for k, v in kwargs.items()}
        return function(*map(value_of, args), **plain)
    module = function.__module__.removeprefix("numpy").removeprefix(".")
    name = f"{module}.{function.__name__}".removeprefix(".")
    return _call(FUNCTIONS.get(function), name, args, kwargs)


def _call(op: Callable[..., Any] | None, name: str, args: Any, kwargs: Any) -> Any:
    if op is None:
        raise TypeError(
            f"np.{name} has no derivative rule; compose it from operations that have "
            "one, write one with mg.primitive, or hold x constant: mg.stop_gradient(x)"
        )
    try:
        return op(*args, **kwargs)
    except TypeError:
        _require_fit(op, name, args, kwargs)
        raise


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


ELSEWHERE = {
    "grad": "gradients belong to the tape: adjoints = tape.backward(loss); adjoints[x]",
    "backward": "gradients belong to the tape: adjoints = tape.backward(loss)",
    "detach": "use mg.stop_gradient(x)",
    "item": "it would cut the graph; use mg.stop_gradient(x)",
    "tolist": "it would cut the graph; use mg.stop_gradient(x)",
    "numpy": "it would cut the graph; use mg.stop_gradient(x)",
}


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
    "shape": lambda x: shape_of(x.value),
    "ndim": lambda x: len(shape_of(x.value)),
    "size": lambda x: np.size(value_of(x)),
    "dtype": lambda x: np.asarray(value_of(x)).dtype,
    "T": ops.transpose,
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
    "argmax": lambda x, axis=None: np.argmax(value_of(x), axis),
    "argmin": lambda x, axis=None: np.argmin(value_of(x), axis),
    "copy": lambda x: x,
    "reshape": lambda x, *shape: ops.reshape(x, _one_or_many(shape)),
    "ravel": ops.ravel,
    "flatten": ops.ravel,
    "transpose": lambda x, *axes: ops.transpose(x, _one_or_many(axes) or None),
    "swapaxes": ops.swapaxes,
    "squeeze": ops.squeeze,
    "dot": _dot,
}


def _install() -> None:
    for name, op in BINARY.items():
        setattr(Tensor, f"__{name}__", lambda x, y, op=op: op(x, y))
        setattr(Tensor, f"__r{name}__", lambda y, x, op=op: op(x, y))
    for name in COMPARISONS:
        compare = getattr(operator, name)
        on_values = lambda x, y, c=compare: c(value_of(x), value_of(y))
        setattr(Tensor, f"__{name}__", on_values)
    for name, get in PROPERTIES.items():
        setattr(Tensor, name, property(get))
    for name, method in METHODS.items():
        setattr(Tensor, name, method)


_install()
