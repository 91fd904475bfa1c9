"""Derivatives of functions as functions: each transform opens a tape and sweeps it.

All of them are short because a tape knows everything.  ``vjp`` records f once and
sweeps up; ``grad`` is ``vjp`` of a scalar with the cotangent 1; ``jvp`` sweeps down.  A
Jacobian is one sweep too, with a whole basis as leading axis of the cotangents or
tangents.  A Hessian is the Jacobian of the gradient: the outer tape records the inner
tape's forward *and* backward sweep, since both are NumPy code on tensors.

Arguments and results may be containers (see :mod:`minigrad.tree`).  Outside a trace
every result is a plain array or float.

    f      the function            n, m   sizes of its argument and of its result
    v      a tangent, shaped like the argument; ū a cotangent, shaped like the result
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.ops import value_of
from minigrad.tape import Tape, Tensor, shape_of

Function = Callable[..., Any]
Argnums = int | Sequence[int]


def grad(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The gradient of a scalar function, as a function of the same arguments.

    grad(f)(x)_i = ∂f/∂x_i, shaped like x; a tuple of gradients for ``argnums=(0, 2)``.
    With ``has_aux`` f returns ``(value, aux)`` and the result is ``(gradient, aux)``.
    Raises TypeError if the result is not a scalar or the argument not floating-point.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, -3.0]))
    array([ 2., -6.])
    >>> grad(lambda x: x * grad(lambda y: x * y)(2.0))(5.0)
    10.0
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, gradients = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def value_and_grad(
    f: Function, argnums: Argnums = 0, has_aux: bool = False
) -> Function:
    """Value and gradient from one forward and one backward sweep.

    Returns ``(value, gradient)``, or ``((value, aux), gradient)`` with ``has_aux``.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace(args, _selected(argnums, args))
        out = f(*trace.args, **kwargs)
        out, aux = _split(out) if has_aux else (out, None)
        if isinstance(out, (dict, list, tuple)) or shape_of(out) != ():
            raise TypeError(_not_scalar(f, out))
        gradients = trace.pull([out], [trace.one(out)])
        gradient = gradients[0] if isinstance(argnums, int) else gradients
        value = trace.plain(out)
        return ((value, tree.map(trace.plain, aux)) if has_aux else value), gradient

    return both


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its pullback ū -> Jᵀ ū, one entry per primal.

    The cotangent ū is shaped like the result.  The pullback may be called repeatedly.

    >>> out, pullback = vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> out, pullback(1.0)
    (12.0, (4.0, 3.0))
    """
    trace = _Trace(primals, range(len(primals)))
    out = f(*trace.args)
    leaves, rebuild = tree.flatten(out)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seeds = tree.flatten(cotangent)[0]
        _same_shapes("cotangent", seeds, "result", leaves)
        return trace.pull(leaves, seeds)

    return rebuild([trace.plain(leaf) for leaf in leaves]), pullback


def jvp(
    f: Function, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """The value of f and its derivative along the tangents, J v.

    The tangents have the structure and shapes of the primals.

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 10.0))
    (12.0, 34.0)
    """
    trace = _Trace(primals, range(len(primals)))
    seeds = tree.flatten(list(tangents))[0]
    _same_shapes("tangent", seeds, "primal", trace.inputs)
    out = f(*trace.args)
    leaves, rebuild = tree.flatten(out)
    pushed = trace.push(seeds, leaves)
    return rebuild([trace.plain(leaf) for leaf in leaves]), rebuild(pushed)


def jacobian(f: Function, argnums: int = 0, mode: str = "auto") -> Function:
    """All partial derivatives of an array by an array, in one batched sweep.

    J[i, j] = ∂f_i/∂x_j with i over the result's and j over the argument's axes: shape
    ``(*out_shape, *x_shape)``.  ``mode`` is "rev" (the cost of m backward sweeps, done
    together), "fwd" (n forward sweeps) or "auto", which takes the cheaper.

    >>> jacobian(lambda x: x[:2] * x[1])(np.array([1.0, 2.0, 3.0]))
    array([[2., 1., 0.],
           [0., 4., 0.]])
    """
    if mode not in ("auto", "fwd", "rev"):
        raise ValueError(f"mode is {mode!r}; it is 'auto', 'fwd' or 'rev'")

    @functools.wraps(f)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace(args, (argnums,))
        if len(trace.inputs) != 1 or trace.inputs[0] is not trace.args[argnums]:
            raise TypeError("jacobian takes an array argument; flatten the container")
        x, out = trace.inputs[0], f(*trace.args, **kwargs)
        if isinstance(out, (dict, list, tuple)):
            raise TypeError("jacobian needs an array result; f returned a container")
        n, m = value_of(x).size, np.size(value_of(out))
        if mode == "fwd" or (mode == "auto" and n < m):
            (columns,) = trace.push([_basis(x)], [out], lead=n)
            return np.moveaxis(np.reshape(columns, (n, *shape_of(out))), 0, -1).reshape(
                shape_of(out) + x.shape
            )
        rows = trace.pull([out], [_basis(out)], lead=m)[0]
        return np.reshape(rows, shape_of(out) + x.shape)

    return matrix


def hessian(f: Function, argnums: int = 0) -> Function:
    """All second derivatives of a scalar function: forward over reverse.

    H[i, j] = ∂²f/∂x_i∂x_j, shape ``(*x_shape, *x_shape)``.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return jacobian(grad(f, argnums), argnums, mode="fwd")


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Hessian times vector without the Hessian: the gradient's derivative along v.

    One entry per primal, or the entry itself if there is one primal.

    >>> hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    array([ 6., 12.])
    """
    gradient = grad(f, argnums=tuple(range(len(primals))))
    product = jvp(gradient, primals, tangents)[1]
    return product[0] if len(primals) == 1 else product


class _Trace:
    """One function call on a tape of its own: arguments watched, sweeps with leaves."""

    def __init__(self, args: Sequence[Any], argnums: Sequence[int]) -> None:
        self.tape = Tape(explain=False)
        self.args = list(args)
        self.inputs: list[Tensor] = []
        self.rebuilds: list[tuple[int, tree.Rebuild]] = []
        self.floats: list[bool] = []
        for k in argnums:
            leaves, rebuild = tree.flatten(args[k])
            paths = [f"argument {k} {path}".rstrip() for path, _ in tree.items(args[k])]
            watched = list(map(self.tape.watch, leaves, paths))
            self.args[k] = rebuild(watched)
            self.inputs += watched
            self.floats += [isinstance(leaf, float) for leaf in leaves]
            self.rebuilds.append((len(leaves), rebuild))

    def on_tape(self, out: Any) -> bool:
        return isinstance(out, Tensor) and out.tape is self.tape

    def plain(self, out: Any) -> Any:
        """The value without this trace; a float64 scalar as a Python float."""
        value = out.value if self.on_tape(out) else out
        return float(value) if type(value) is np.float64 else value

    def one(self, out: Any) -> Any:
        return np.ones((), value_of(out).dtype) if self.on_tape(out) else 1.0

    def pull(
        self, outs: Sequence[Any], cotangents: Sequence[Any], lead: int | None = None
    ) -> tuple[Any, ...]:
        """Sweep up from the outputs; the inputs' adjoints, shaped like them."""
        seeds: dict[int, Any] = {}
        for out, cotangent in zip(outs, cotangents, strict=True):
            if self.on_tape(out):
                cotangent = _array(cotangent, value_of(out).dtype)
                before = seeds.get(out.line)
                seeds[out.line] = cotangent if before is None else before + cotangent
        adjoints = self.tape.sweep_up(seeds)
        given = {id(seed) for seed in seeds.values()}
        found = []
        for x, was_float in zip(self.inputs, self.floats, strict=True):
            adjoint = adjoints[x.line] if x.line < len(adjoints) else None
            if adjoint is None:
                shape = x.shape if lead is None else (lead, *x.shape)
                adjoint = np.zeros(shape, x.dtype)
            found.append(_own(adjoint, given, was_float))
        results, start = [], 0
        for count, rebuild in self.rebuilds:
            results.append(rebuild(found[start : start + count]))
            start += count
        return tuple(results)

    def push(
        self, tangents: Sequence[Any], outs: Sequence[Any], lead: int | None = None
    ) -> list[Any]:
        """Sweep down from the inputs; the outputs' tangents."""
        seeds = {
            x.line: _array(t, x.dtype)
            for x, t in zip(self.inputs, tangents, strict=True)
        }
        swept = self.tape.sweep_down(seeds)
        given = {id(seed) for seed in seeds.values()}
        pushed = []
        for out in outs:
            tangent = swept[out.line] if self.on_tape(out) else None
            if tangent is None:
                shape = shape_of(out) if lead is None else (lead, *shape_of(out))
                tangent = np.zeros(shape)
            pushed.append(
                _own(tangent, given, type(value_of(out)) in (float, np.float64))
            )
        return pushed


def _own(result: Any, given: set[int], as_float: bool) -> Any:
    """A result the caller may write to: no view, no second name of another result."""
    if isinstance(result, Tensor):
        return result
    if as_float and np.ndim(result) == 0:
        return float(result)
    if not isinstance(result, np.ndarray):
        return np.asarray(result)
    shared = result.base is not None or id(result) in given
    given.add(id(result))
    return result.copy() if shared else result


def _array(value: Any, dtype: Any) -> Any:
    return value if isinstance(value, Tensor) else np.asarray(value, dtype)


def _basis(x: Any) -> Any:
    """The unit vectors of x's space along a leading axis: (size, *shape)."""
    x = np.asarray(value_of(x))
    return np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)


def _selected(argnums: Argnums, args: Sequence[Any]) -> Sequence[int]:
    chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for k in chosen:
        if not -len(args) <= k < len(args):
            raise TypeError(
                f"argnums is {k}, but f was called with {len(args)} arguments"
            )
    return [k % len(args) for k in chosen]


def _split(out: Any) -> tuple[Any, Any]:
    if not (isinstance(out, tuple) and len(out) == 2):
        raise TypeError("with has_aux=True the function returns a pair (value, aux)")
    return out


def _not_scalar(f: Function, out: Any) -> str:
    name = getattr(f, "__name__", "the function")
    name = "the function" if name == "<lambda>" else name
    if isinstance(out, (dict, list, tuple)):
        kind = type(out).__name__
        return f"grad needs a scalar, but {name} returned a {kind}; see has_aux"
    what = f"shape {shape_of(out)}; sum or average it first"
    return f"grad needs a scalar, but {name} returned {what}"


def _same_shapes(
    what: str, given: Sequence[Any], of: str, leaves: Sequence[Any]
) -> None:
    if len(given) != len(leaves):
        raise ValueError(f"there are {len(given)} {what}s, but {len(leaves)} {of}s")
    for seed, leaf in zip(given, leaves, strict=True):
        if np.shape(value_of(seed)) != shape_of(leaf):
            raise ValueError(
                f"the {what} has shape {np.shape(value_of(seed))}, "
                f"but the {of} has shape {shape_of(leaf)}"
            )
