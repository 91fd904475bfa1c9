"""Derivatives of functions as functions: each transform opens a tape and sweeps it.

``vjp`` records f once and sweeps up; ``grad`` is ``vjp`` of a scalar with the cotangent
1; ``jvp`` sweeps down.  A Jacobian is one sweep for each array of the result (or of the
argument), with a whole basis as leading axis of the cotangents (or tangents).  A
Hessian is the Jacobian of the gradient: the outer tape records the inner tape's forward
*and* backward sweep, since both are NumPy code on tensors.

Arguments and results may be containers (see :mod:`minigrad.tree`).  Outside a trace
every result is a plain array or float.

    f      the function            n, m   sizes of its argument and of its result
    v      a tangent, shaped like the argument; ū a cotangent, shaped like the result
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from minigrad import rows, tree
from minigrad.ops.broadcasting import value_of
from minigrad.tape import NoForwardModeError, Tensor, shape_of
from minigrad.trace import Function, Shape, Trace, plain, results

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
        trace = Trace(args, _selected(argnums, args))
        out = trace.run(f, kwargs)
        out, aux = _split(out) if has_aux else (out, None)
        _require_scalar(f, out)
        seeds = {out.line: _one(out)} if trace.holds(out) else {}
        gradients = trace.pull(seeds, consume=True)
        gradient = gradients[0] if isinstance(argnums, int) else gradients
        value = _copied(trace.plain(out))
        return ((value, _own(trace, aux)) if has_aux else value), gradient

    return both


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its pullback ū -> Jᵀ ū, one entry per primal.

    The cotangent ū is shaped like the result.  The pullback may be called repeatedly.

    >>> out, pullback = vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> out, pullback(1.0)
    (12.0, (4.0, 3.0))
    """
    # a copy: the pullback may be called when the caller has changed the array
    trace = Trace(tree.map(_copied, primals), range(len(primals)))
    out = trace.run(f, hold=True)
    leaves, _ = trace.leaves(out)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        given = _seeds("cotangent", cotangent, "result", out)
        return trace.pull(trace.seeds(leaves, given))

    # copies: the rules of the pullback read the values themselves
    return _own(trace, out), pullback


def jvp(
    f: Function, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, Any]:
    """The value of f and its derivative along the tangents, J v.

    The tangents have the structure and shapes of the primals.

    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 10.0))
    (12.0, 34.0)
    """
    _require_tuples("jvp", primals, tangents)
    trace, seeds = _seeded(primals, tangents)
    leaves, rebuild = trace.leaves(trace.run(f))
    pushed = trace.push(seeds, leaves)
    return _own(trace, rebuild(leaves)), rebuild(pushed)


def _require_tuples(name: str, primals: Any, tangents: Any) -> None:
    if not isinstance(primals, (list, tuple)) or not isinstance(
        tangents, (list, tuple)
    ):
        raise TypeError(f"primals and tangents are tuples: {name}(f, (x,), (v,))")


def _seeded(
    primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Trace, dict[int, Any]]:
    """A trace with all primals on its tape, and the tangents at their lines."""
    trace = Trace(primals, range(len(primals)))
    given = _seeds("tangent", list(tangents), "primal", list(primals))
    return trace, trace.seeds(trace.inputs, given)


def jacobian(f: Function, argnums: Argnums = 0, mode: str = "auto") -> Function:
    """All partial derivatives of an array by an array, by batched sweeps.

    J[i, j] = ∂f_i/∂x_j with i over the result's and j over the argument's axes: shape
    ``(*out_shape, *x_shape)``.  ``mode`` is "rev" (the cost of m backward sweeps, done
    together), "fwd" (n forward sweeps) or "auto", which takes the cheaper.  Containers
    of results hold containers of such blocks, one for each array of the argument.

    If each row of the result depends on its own row of the data alone, backward costs
    the entries of one row, not of all (decision 011).  So the Jacobian of the losses of
    all samples is the quick way to per-sample gradients.

    >>> jacobian(lambda x: x[:2] * x[1])(np.array([1.0, 2.0, 3.0]))
    array([[2., 1., 0.],
           [0., 4., 0.]])
    >>> X = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> jacobian(lambda w: (X @ w) ** 2)(np.array([1.0, 0.0]))  # one row a sample
    array([[ 2.,  4.],
           [18., 24.]])
    """
    if mode not in ("auto", "fwd", "rev"):
        raise ValueError(f"mode is {mode!r}; it is 'auto', 'fwd' or 'rev'")

    @functools.wraps(f)
    def matrix(*args: Any, **kwargs: Any) -> Any:
        trace = Trace(args, _selected(argnums, args), outline=mode != "fwd")
        out = trace.run(f, kwargs)
        leaves, rebuild = trace.leaves(out)
        forward = mode == "fwd" or (
            mode == "auto" and _forward_is_cheaper(trace, leaves)
        )
        blocks = _columns(trace, leaves) if forward else _rows(trace, leaves)
        if isinstance(argnums, int):
            blocks = [block[0] for block in blocks]
        return rebuild(blocks)

    return matrix


def _forward_is_cheaper(trace: Trace, leaves: Sequence[Any]) -> bool:
    """Compare the entries of all tangents with those of all adjoints."""
    if any(rule.jvp is None for _, _, rule, _ in trace.tape.edges()):
        return False
    lines = trace.tape.lines or []
    tangents = sum(value_of(x).size for x in trace.inputs)
    down = tangents * sum(math.prod(shape_of(line.value)) for line in lines)
    outs = [leaf for leaf in leaves if trace.holds(leaf)]
    return bool(down < sum(rows.cost(trace.tape, out) for out in outs))


def _rows(trace: Trace, leaves: Sequence[Any]) -> list[tuple[Any, ...]]:
    """A sweep up for each result, a batch of the unit vectors of its space."""
    blocks = []
    for leaf in leaves:
        shape, swept = shape_of(leaf), [None] * trace.tape.size
        lead: Shape = (math.prod(shape),)
        if trace.holds(leaf) and rows.has_rows(leaf):
            swept, lead = rows.sweep(trace.tape, leaf), (shape[0], math.prod(shape[1:]))
        elif trace.holds(leaf):
            swept = trace.tape.sweep_up({leaf.line: _basis(leaf)})
        result = results(swept, {}, lead)
        shaped = functools.partial(_shaped, result, shape)
        blocks.append(trace.built(shaped))
    return blocks


def _shaped(result: Callable[[Tensor], Any], shape: Shape, x: Tensor) -> Any:
    """A block of a Jacobian with the axes of the result in front."""
    return plain(np.reshape(result(x), shape + x.shape))


def _columns(trace: Trace, leaves: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Sweeps down for each argument, with batches of the unit vectors of its space."""
    most = _tangents_at_once(trace)
    by_input = [_pushed_basis(trace, x, leaves, most) for x in trace.inputs]
    blocks = []
    for k, shape in enumerate(map(shape_of, leaves)):
        columns = {
            x.line: _block(J[k], shape, x)
            for x, J in zip(trace.inputs, by_input, strict=True)
        }
        blocks.append(trace.built(functools.partial(_at_line, columns)))
    return blocks


def _tangents_at_once(trace: Trace) -> int:
    """How many tangents go down together.

    So many that Python's share is small, 32 at least; else so few that the tangents of
    the largest array that a rule reads stay in the processor's cache: 2^15 entries.
    """
    read = (value_of(a) for *_, saved in trace.tape.edges() for a in saved)
    largest = max((getattr(a, "size", 1) for a in read), default=1)
    return max(32, 2**15 // max(largest, 1))


def _pushed_basis(
    trace: Trace, x: Tensor, leaves: Sequence[Any], most: int
) -> list[Any]:
    """The tangents of the leaves along all unit vectors of x, ``most`` at a time."""
    basis = _basis(x)
    n = len(basis)
    if n <= most:
        return trace.push({x.line: basis}, leaves, lead=(n,))
    size = math.ceil(n / math.ceil(n / most))  # all blocks about as large
    blocks = [basis[k : k + size] for k in range(0, n, size)]
    pushed = [trace.push({x.line: b}, leaves, lead=(len(b),)) for b in blocks]
    return [np.concatenate(parts) for parts in zip(*pushed, strict=True)]


def _block(columns: Any, shape: Shape, x: Tensor) -> Any:
    """The axes of the result, then the argument's; in the precision of the argument."""
    matrix = np.reshape(columns, (len(columns), math.prod(shape))).T
    J = np.reshape(matrix, shape + x.shape)
    return plain(J if J.dtype == x.dtype else J.astype(x.dtype))


def _at_line(columns: Mapping[int, Any], x: Tensor) -> Any:
    return columns[x.line]


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """All second derivatives of a scalar function: forward over reverse.

    H[i, j] = ∂²f/∂x_i∂x_j, shape ``(*x_shape, *x_shape)``; for a container of arrays a
    container of containers of such blocks, ``H["W"]["b"]``.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return jacobian(grad(f, argnums), argnums, mode="fwd")


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Hessian times vector without the Hessian: the gradient of the slope along v.

    H v = ∇(∇f · v), reverse over forward: the gradient itself is never computed.  Where
    f has no forward mode it is forward over reverse, the gradient's derivative along v.
    One entry per primal, or the entry itself if there is one primal.

    >>> hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    array([ 6., 12.])
    """
    _require_tuples("hvp", primals, tangents)

    def slope(*xs: Any) -> Any:
        trace, seeds = _seeded(xs, tangents)
        out = trace.run(f)
        _require_scalar(f, out)
        trace.require_real(out)
        return trace.push(seeds, [out])[0]

    every = tuple(range(len(primals)))
    try:
        product = grad(slope, every)(*primals)
    except NoForwardModeError:
        product = jvp(grad(f, every), primals, tangents)[1]
    return product[0] if len(primals) == 1 else product


def _own(trace: Trace, out: Any) -> Any:
    """What was computed, as arrays that the caller may write to."""
    return tree.map(lambda leaf: _copied(trace.plain(leaf)), out)


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _one(out: Tensor) -> Any:
    """The derivative of a scalar by itself, in its precision."""
    return value_of(out).dtype.type(1)


def _basis(x: Any) -> Any:
    """The unit vectors of x's space along a leading axis: (size, *shape)."""
    x = np.asarray(value_of(x))
    return np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)


def _selected(argnums: Argnums, args: Sequence[Any]) -> list[int]:
    if type(argnums) is int and 0 <= argnums < len(args):
        return [argnums]  # the usual case
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
    """The values of x, an array or a container, as constants (copies).

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    # copies: what the tape keeps cannot be written to through them
    return tree.map(lambda leaf: _copied(value_of(leaf)), x)


def _split(out: Any) -> tuple[Any, Any]:
    if not (isinstance(out, tuple) and len(out) == 2):
        raise TypeError("with has_aux=True the function returns a pair (value, aux)")
    return out


def _require_scalar(f: Function, out: Any) -> None:
    """A gradient is of a real number; say what was returned instead."""
    value = value_of(out)
    if type(value) is np.float64:
        return
    name = getattr(f, "__name__", "the function")
    name = "the function" if name == "<lambda>" else name
    if isinstance(value, (np.ndarray, np.generic)) and value.shape != ():
        what = f"shape {value.shape}; sum or average it first"
    elif value is None:
        what = "None; did it forget `return`?"
    elif isinstance(value, (dict, list, tuple)):
        what = f"a {type(value).__name__}; see has_aux"
    elif isinstance(value, bool) or np.asarray(value).dtype.kind not in "fiu":
        what = f"the {type(value).__name__} {value!r}, which has no derivative"
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
        value, shape = np.asarray(value_of(seed)), shape_of(value_of(leaf))
        if value.dtype.kind not in "fiub":
            raise TypeError(f"the {what} is a {type(seed).__name__}, not numbers")
        if value.shape != shape:
            raise ValueError(
                f"the {what} has shape {value.shape}, but the {of} has shape {shape}"
            )
    return seeds
