"""What becomes of each function of NumPy that meets a tensor.

It has a namesake among the operations of :mod:`minigrad.ops` and is differentiated; or
it carries no derivative, and is computed on the plain values; or it is refused, by a
sentence that says why and names the way out.  Functions that a version of NumPy does
not have are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad import ops
from minigrad.ops.broadcasting import Array, shape_of
from minigrad.ops.grids import gradient

# ---------------------------------------------------------------- differentiated


def _find(names: str) -> Iterator[Any]:
    """NumPy's functions of these names, "linalg.norm" among them, if it has them."""
    for name in names.split():
        *module, last = name.split(".")
        found = getattr(np.linalg if module else np, last, None)
        if found is not None:
            yield found


def _by_name() -> dict[Any, Callable[..., Any]]:
    """Each operation under NumPy's functions of the same name."""
    return {
        theirs: getattr(ops, name)
        for name in ops.__all__
        for theirs in _find(f"{name} linalg.{name}")
    }


def _float_power(x: Array, y: Array) -> Array:
    return ops.power(ops.astype(x, float), y)


OPERATIONS: dict[Any, Callable[..., Any]] = _by_name() | {
    np.subtract: ops.sub,
    np.multiply: ops.mul,
    np.true_divide: ops.div,
    np.negative: ops.neg,
    np.positive: lambda x: x,
    np.conjugate: lambda x: x,  # tensors are real
    np.real: lambda x: x,
    np.real_if_close: lambda x, tol=100: x,
    np.radians: ops.deg2rad,
    np.degrees: ops.rad2deg,
    np.float_power: _float_power,
    np.fabs: ops.abs,
    np.amax: ops.max,
    np.amin: ops.min,
    np.copy: lambda x: x,
    np.full_like: lambda x, value: ops.broadcast_to(value, shape_of(x)),
    np.ediff1d: lambda x: ops.diff(ops.ravel(x)),
    np.gradient: gradient,
    np.linalg.diagonal: lambda x, offset=0: ops.diagonal(x, offset, -2, -1),
    np.linalg.trace: lambda x, offset=0: ops.trace(x, offset, -2, -1),
}

REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: ops.sum,
    np.multiply: ops.prod,
    np.maximum: ops.max,
    np.minimum: ops.min,
    np.logaddexp: ops.logsumexp,
}

SCIPY: dict[str, Callable[..., Any]] = {  # its ufuncs, which are not imported to ask
    "erf": ops.erf,
    "expit": ops.sigmoid,
}

# ---------------------------------------------------------------- constant

# These carry no derivative: booleans, integers, shapes, fresh constants, texts.
CONSTANT_UFUNCS = set(
    _find(
        """equal not_equal less less_equal greater greater_equal isfinite isnan isinf
        signbit logical_and logical_or logical_not logical_xor"""
    )
)
CONSTANT_FUNCTIONS = set(
    _find(
        """shape ndim size zeros_like ones_like empty_like argmax argmin argsort
        nanargmax nanargmin argpartition argwhere nonzero flatnonzero searchsorted
        digitize count_nonzero array_equal array_equiv allclose isclose any all isin
        in1d iscomplex isreal isrealobj iscomplexobj isneginf isposinf
        linalg.matrix_rank result_type can_cast common_type min_scalar_type einsum_path
        diag_indices_from tril_indices_from triu_indices_from may_share_memory
        shares_memory array_repr array_str array2string"""
    )
)

# ---------------------------------------------------------------- refused

# Why some have no rule on purpose, and what to write instead.
REASONS = {
    "sign floor ceil trunc rint round around fix heaviside angle spacing nextafter": (
        "is constant between its jumps, and a derivative of 0 would hide that; say so: "
        "np.{name}(mg.stop_gradient(x))"
    ),
    "remainder fmod floor_divide divmod": (
        "jumps; with the quotient held constant x mod y is "
        "x - y * np.floor(mg.stop_gradient(x / y))"
    ),
    "modf": "jumps; the fraction is x - np.trunc(mg.stop_gradient(x))",
    "frexp": "jumps; with n = np.frexp(mg.stop_gradient(x))[1], write np.ldexp(x, -n)",
    "unwrap": (
        "jumps; it adds a constant, v = mg.stop_gradient(x): x + (np.unwrap(v) - v)"
    ),
    "imag": "of a tensor is 0, since tensors are real; write np.zeros_like(x)",
    "roots": (
        "is complex in general, and tensors are real; one step of Newton from a plain "
        "root r has its derivative: r - np.polyval(p, r) / np.polyval(dp, r), with "
        "the plain coefficients dp of np.polyder"
    ),
    "linalg.eig linalg.eigvals": (
        "is complex in general, and tensors are real; of a symmetric matrix there is "
        "np.linalg.eigh"
    ),
    "nan_to_num": (
        "would hide where a nan came from; guard the operation that makes it: "
        "np.where(ok, f(np.where(ok, x, 1.0)), 0.0)"
    ),
    """nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian nanquantile
    nanpercentile nancumsum nancumprod""": (
        "leaves nan out of the value, but not out of the gradient, where 0 · nan is "
        "nan; take the good entries first: ok = np.isfinite(data), then x[ok]"
    ),
    "partition": "leaves the order open; write np.sort(x)",
    "sort_complex": "is for complex numbers; write np.sort(x)",
    "lexsort": "gives places; call it with plain values, mg.stop_gradient(x)",
    """unique unique_all unique_counts unique_inverse unique_values union1d intersect1d
    setdiff1d setxor1d""": (
        "compares entries; find the places by the plain values and take them: "
        "_, first = np.unique(mg.stop_gradient(x), return_index=True); x[first]"
    ),
    "trim_zeros": (
        "has as many entries as the values decide; take the slice: "
        "k = np.flatnonzero(mg.stop_gradient(x)); x[k[0] : k[-1] + 1]"
    ),
    "histogram histogram2d histogramdd histogram_bin_edges": (
        "counts, and a count is constant between its jumps; say so: "
        "np.{name}(mg.stop_gradient(x))"
    ),
    "copyto put place putmask put_along_axis fill_diagonal": (
        "would write into an array that the tape may still need; build the new value "
        "with np.where, np.concatenate or np.stack"
    ),
    "save savetxt savez savez_compressed": (
        "would cut the graph: the derivative could not pass; give it "
        "mg.stop_gradient(x)"
    ),
    """bitwise_and bitwise_or bitwise_xor bitwise_count invert left_shift right_shift
    gcd lcm packbits unpackbits unravel_index ravel_multi_index ix_""": (
        "is for integers, which have no derivative; give it plain ones: "
        "mg.stop_gradient(x).astype(int)"
    ),
    "isnat datetime_as_string busday_count busday_offset is_busday": (
        "is for dates, which have no derivative; give it plain ones"
    ),
    "piecewise": (
        "calls functions for parts of x; write np.where(condition, f(x), g(x)), or "
        "np.select for many"
    ),
    "apply_along_axis apply_over_axes": (
        "calls a function once a slice, with arrays; write it for all slices at once, "
        "or np.stack([f(row) for row in x])"
    ),
    "linalg.lstsq": (
        "gives ranks and residuals besides; its solution is np.linalg.pinv(A) @ b"
    ),
    "polyfit": "has no rule; write np.linalg.pinv(np.vander(x, degree + 1)) @ y",
    "poly": "has no rule; multiply the factors with np.convolve",
    "polyadd polysub": (
        "has no rule; lengthen the shorter one by zeros in front, with np.pad, and "
        "write + or -"
    ),
    "polymul": "drops leading zeros, so its length jumps; write np.convolve(p, q)",
    "polydiv": "drops leading zeros, so its length jumps; solve for the quotient",
    "polyder": "has no rule; write p[:-1] * np.arange(len(p) - 1, 0, -1)",
    "polyint": "has no rule; write np.append(p / np.arange(len(p), 0, -1), 0.0)",
    "logspace": "has no rule; write base ** np.linspace(start, stop, num)",
    "geomspace": (
        "has no rule; write np.exp(np.linspace(np.log(start), np.log(stop), num))"
    ),
    "i0": (
        "has the Bessel function I₁ for derivative, which NumPy lacks; make it with "
        "mg.primitive from scipy.special.i0 and i1"
    ),
}
REFUSED: dict[Any, str] = {
    function: why for names, why in REASONS.items() for function in _find(names)
}

# Attributes of an array that a tensor lacks on purpose.
MEMORY = "it is about an array's memory; the array is mg.stop_gradient(x)"
ELSEWHERE = {
    **dict.fromkeys(
        [
            *("base", "byteswap", "ctypes", "data", "device", "dump", "dumps", "flags"),
            *("getfield", "itemsize", "nbytes", "newbyteorder", "setfield", "setflags"),
            *("strides", "to_device", "tobytes", "tofile", "tostring", "view"),
        ],
        MEMORY,
    ),
    "grad": "gradients belong to the tape: adjoints = tape.backward(loss); adjoints[x]",
    "backward": "gradients belong to the tape: adjoints = tape.backward(loss)",
    "detach": "use mg.stop_gradient(x)",
    "item": "it would cut the graph; use mg.stop_gradient(x)",
    "tolist": "it would cut the graph; use mg.stop_gradient(x)",
    "numpy": "it would cut the graph; use mg.stop_gradient(x)",
    "imag": "tensors are real; write np.zeros_like(x)",
    "flat": "write np.ravel(x)",
    "sort": "it would write in place; write np.sort(x)",
    "partition": "it would write in place; write np.sort(x)",
    "fill": "it would write in place; write np.full_like(x, value)",
    "itemset": "it would write in place; write np.where(condition, value, x)",
    "ptp": "write np.ptp(x)",
    "put": "it would write in place; write np.where(condition, value, x)",
    "resize": "it would write in place; write np.resize(x, shape)",
    "choose": "a tensor is no index; write np.choose(index, choices)",
}
