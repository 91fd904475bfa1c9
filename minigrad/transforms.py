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
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.ops.broadcasting import value_of
from minigrad.tape import Tape, Tensor, shape_of

Function = Callable[..., Any]
Argnums = int | Sequence[int]
Shape = tuple[int, ...]


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
        out = trace.run(f, kwargs)
        out, aux = _split(out) if has_aux else (out, None)
        _require_scalar(f, out)
        gradients = trace.pull([out], [1.0])
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
    # a copy: the pullback may be called when the caller has changed the array
    trace = _Trace(tree.map(_copied, primals), range(len(primals)))
    out = trace.run(f)
    leaves, rebuild = tree.flatten(out)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        return trace.pull(leaves, _seeds("cotangent", cotangent, "result", out))

    # copies: the rules of the pullback read the values themselves
    return rebuild([_copied(trace.plain(leaf)) for leaf in leaves]), pullback


def jvp(
    f: Function, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """The value of f and its derivative along the tangents, J v.

    The tangents have the structure and shapes of the primals.

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 10.0))
    (12.0, 34.0)
    """
    if not isinstance(primals, (list, tuple)) or not isinstance(
        tangents, (list, tuple)
    ):
        raise TypeError("primals and tangents are tuples: jvp(f, (x,), (v,))")
    trace = _Trace(primals, range(len(primals)))
    seeds = _seeds("tangent", list(tangents), "primal", list(primals))
    leaves, rebuild = tree.flatten(trace.run(f))
    values = [_copied(trace.plain(leaf)) for leaf in leaves]
    return rebuild(values), rebuild(trace.push(seeds, leaves))


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
        (k,) = _selected(argnums, args)
        trace = _Trace(args, [k])
        if isinstance(args[k], (dict, list, tuple)):
            raise TypeError("jacobian and hessian take an array, not a container")
        x, out = trace.inputs[0], trace.run(f, kwargs)
        if isinstance(out, (dict, list, tuple)):
            raise TypeError("jacobian needs an array result; f returned a container")
        n, m = value_of(x).size, np.size(value_of(out))
        if mode == "fwd" or (mode == "auto" and n < m):
            (columns,) = trace.push([_basis(x)], [out], lead=(n,))
            entries = np.moveaxis(columns, 0, -1)
        else:
            (entries,) = trace.pull([out], [_basis(out)], lead=(m,))
        return _plain(np.reshape(entries, shape_of(out) + x.shape))

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
    if not isinstance(primals, (list, tuple)):
        raise TypeError("primals and tangents are tuples: hvp(f, (x,), (v,))")
    gradient = grad(f, argnums=tuple(range(len(primals))))
    product = jvp(gradient, primals, tangents)[1]
    return product[0] if len(primals) == 1 else product


class _Trace:
    """One function call on a tape of its own: arguments watched, sweeps with leaves."""

    def __init__(self, args: Sequence[Any], argnums: Sequence[int]) -> None:
        self.tape = Tape(explain=False)
        leaves, self.rebuild = tree.flatten([args[k] for k in argnums])
        names = [
            f"argument {k} at {path}" if path else f"argument {k}"
            for k in argnums
            for path, _ in tree.items(args[k])
        ]
        self.inputs: list[Tensor] = list(map(self.tape.watch, leaves, names))
        self.args = list(args)
        for k, traced in zip(argnums, self.rebuild(list(self.inputs)), strict=True):
            self.args[k] = traced

    def run(self, f: Function, kwargs: Mapping[str, Any] | None = None) -> Any:
        """Call the function; afterwards the tape is swept, but no longer written."""
        out = f(*self.args, **(kwargs or {}))
        self.tape.closed = True
        for leaf in tree.flatten(out)[0]:
            if self.holds(leaf) and np.iscomplexobj(value_of(leaf)):
                raise TypeError(
                    "the function returned a complex number, and differentiation is "
                    "of real functions: return its real and imaginary parts"
                )
        return out

    def holds(self, out: Any) -> bool:
        """Was this computed from the watched arguments?"""
        return isinstance(out, Tensor) and out.tape is self.tape

    def plain(self, out: Any) -> Any:
        """The value without this trace."""
        return _plain(out.value if self.holds(out) else out)

    def pull(
        self, outs: Sequence[Any], cotangents: Sequence[Any], lead: Shape = ()
    ) -> tuple[Any, ...]:
        """Sweep up from the outputs: the inputs' adjoints, built like the arguments."""
        seeds: dict[int, Any] = {}
        for out, cotangent in zip(outs, cotangents, strict=True):
            if self.holds(out):
                cotangent = _cast(cotangent, out.dtype)
                before = seeds.get(out.line)
                seeds[out.line] = cotangent if before is None else before + cotangent
        swept = self.tape.sweep_up(seeds)
        return tuple(self.rebuild(_results(swept, self.inputs, lead, seeds.values())))

    def push(
        self, tangents: Sequence[Any], outs: Sequence[Any], lead: Shape = ()
    ) -> list[Any]:
        """Sweep down from the inputs; the outputs' tangents."""
        cast = [_cast(t, x.dtype) for t, x in zip(tangents, self.inputs, strict=True)]
        lines = [x.line for x in self.inputs]
        swept = self.tape.sweep_down(dict(zip(lines, cast, strict=True)))
        swept.append(None)  # for an output that is not on the tape
        ends = [out if self.holds(out) else _Constant(out) for out in outs]
        return _results(swept, ends, lead, cast)


class _Constant:
    """An output that does not depend on the arguments: nothing arrives at its line."""

    line = -1

    def __init__(self, value: Any) -> None:
        self.shape = np.shape(value_of(value))
        self.dtype = np.result_type(value_of(value), np.float32)


def _results(
    swept: Sequence[Any], ends: Sequence[Any], lead: Shape, seeds: Iterable[Any]
) -> list[Any]:
    """What a sweep left at some lines, as arrays that the caller may write to.

    No result is a view, a second name of another one, or of what was passed in.
    """
    given = {id(seed) for seed in seeds}
    results = []
    for end in ends:
        found = swept[end.line]
        if found is None:
            found = np.zeros(lead + end.shape, end.dtype)
        _require_fit(found, lead, end.shape)
        if isinstance(found, np.ndarray):
            if found.dtype != end.dtype:  # float32 parameters, float64 data
                found = found.astype(end.dtype)
            if found.base is not None or id(found) in given:
                found = found.copy()
            given.add(id(found))
        results.append(_plain(found))
    return results


def _require_fit(found: Any, lead: Shape, shape: Shape) -> None:
    """An adjoint or tangent is real and shaped like its value, behind leading axes."""
    if np.iscomplexobj(value_of(found)):
        raise TypeError(
            "a complex number met the tape, which differentiates real functions; "
            "compute with real and imaginary parts"
        )
    if shape_of(found) != lead + shape:
        raise TypeError(
            f"a rule gave shape {shape_of(found)[len(lead) :]} for a value of "
            f"shape {shape}; sum over what was broadcast"
        )


def _plain(value: Any) -> Any:
    """A float64 scalar as a Python float; everything else as it is."""
    scalar = isinstance(value, (np.ndarray, np.float64)) and value.shape == ()
    return float(value) if scalar and value.dtype == np.float64 else value


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _cast(value: Any, dtype: Any) -> Any:
    return value if isinstance(value, Tensor) else np.asarray(value, dtype)


def _basis(x: Any) -> Any:
    """The unit vectors of x's space along a leading axis: (size, *shape)."""
    x = np.asarray(value_of(x))
    return np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)


def _selected(argnums: Argnums, args: Sequence[Any]) -> list[int]:
    chosen = [argnums] if isinstance(argnums, int) else list(argnums)
    for k in chosen:
        if not -len(args) <= k < len(args):
            raise TypeError(
                f"argnums is {k}, but f was called with {len(args)} positional "
                "arguments; only those are differentiated"
            )
    places = [k % len(args) for k in chosen]
    if len(set(places)) < len(places):
        raise TypeError(f"argnums is {chosen}, which names an argument twice")
    return places


def stop_gradient(x: Any) -> Any:
    """The values of x, an array or a container, as constants.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    return tree.map(value_of, x)


def _split(out: Any) -> tuple[Any, Any]:
    if not (isinstance(out, tuple) and len(out) == 2):
        raise TypeError("with has_aux=True the function returns a pair (value, aux)")
    return out


def _require_scalar(f: Function, out: Any) -> None:
    """A gradient is of a real number; say what was returned instead."""
    name = getattr(f, "__name__", "the function")
    name = "the function" if name == "<lambda>" else name
    value = value_of(out)
    if isinstance(value, (np.ndarray, np.generic)) and value.shape != ():
        what = f"shape {value.shape}; sum or average it first"
    elif value is None:
        what = "None; did it forget `return`?"
    elif isinstance(value, (dict, list, tuple)):
        what = f"a {type(value).__name__}; see has_aux"
    elif isinstance(value, bool) or np.asarray(value).dtype.kind not in "fiu":
        what = f"{type(value).__name__}, which has no derivative"
    else:
        return
    raise TypeError(f"grad needs a scalar, but {name} returned {what}")


def _seeds(what: str, given: Any, of: str, like: Any) -> list[Any]:
    """The leaves of a cotangent or tangent, checked against what it belongs to."""
    try:
        seeds = tree.leaves_like(like, given)
    except ValueError as error:
        raise ValueError(f"the {what} is not built like the {of}: {error}") from None
    for seed, leaf in zip(seeds, tree.flatten(like)[0], strict=True):
        value = np.asarray(value_of(seed))
        if value.dtype.kind not in "fiub":
            raise TypeError(f"the {what} is a {type(seed).__name__}, not numbers")
        if value.shape != np.shape(value_of(leaf)):
            raise ValueError(
                f"the {what} has shape {value.shape}, "
                f"but the {of} has shape {np.shape(value_of(leaf))}"
            )
    return seeds
