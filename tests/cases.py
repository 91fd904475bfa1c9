"""One line per operation: how to call it, and on inputs of which shapes.

A case is tried in both modes, to second order, batched and in float32.  An operation
without a case fails ``test_ops.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg
from minigrad import ops


class Case(NamedTuple):
    """A call of operation ``op``; ``domain`` says which inputs it is smooth on."""

    op: str
    f: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    domain: str = "real"

    def __repr__(self) -> str:
        return f"{self.op}-" + "-".join(
            "x".join(map(str, s)) or "0d" for s in self.shapes
        )

    def inputs(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        if self.domain == "apart":
            return apart(rng, self.shapes)
        return tuple(DOMAINS[self.domain](rng, shape) for shape in self.shapes)


def apart(
    rng: np.random.Generator, shapes: tuple[tuple[int, ...], ...]
) -> tuple[np.ndarray, ...]:
    """Arrays whose entries are all distinct and not near zero: no kinks, no ties."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    n = 2 * sum(sizes)  # an even number of cells, symmetric around zero
    grid = (2.0 * rng.permutation(n)[: sum(sizes)] + 1.0 - n) / n
    pieces = np.split(grid + rng.uniform(-0.2, 0.2) / n, np.cumsum(sizes)[:-1])
    return tuple(p.reshape(shape) for p, shape in zip(pieces, shapes, strict=True))


DOMAINS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    "real": lambda rng, shape: np.asarray(rng.standard_normal(shape)),
    "positive": lambda rng, shape: np.asarray(rng.uniform(0.5, 2.0, shape)),
    "unit": lambda rng, shape: np.asarray(rng.uniform(-0.9, 0.9, shape)),
    "above one": lambda rng, shape: np.asarray(rng.uniform(1.2, 3.0, shape)),
    "definite": lambda rng, shape: (
        0.3 * rng.standard_normal(shape) + 4 * np.eye(shape[-1])
    ),
    "spread": lambda rng, shape: (  # eigenvalues and singular values well apart
        0.3 * rng.standard_normal(shape)
        + np.eye(*shape[-2:]) * (2 + np.arange(shape[-1]))
    ),
    "regular": lambda rng, shape: (
        rng.standard_normal(shape)
        + (4 * np.eye(5) if shape[-2:] == (5, 5) else 0)  # far from singular
    ),
}

ROWS, COLUMNS = np.array([0, 2, 2, 4]), np.array([1, 0, 1, 2])
MASK = np.array([True, False, True, True, False])
PLACES = np.array([[2, 0], [1, 1], [0, 2], [2, 2], [1, 0]])
KNOTS = np.array([-7.0, -2.0, 1.0, 5.0]) / 9  # between the cells of "apart" for 5 + 4
FIVES, LONG = (5, 1, 5), np.longdouble
TRIPLES = ((2, 5, 3), (3, 4, 2))
EINSUMS = {
    "ij,jk->ik": ((5, 3), (3, 7)),
    "bij,bjk->bki": ((2, 5, 3), (2, 3, 4)),
    "ij,ij->i": ((5, 3), (5, 3)),
    "i,j": ((5,), (3,)),
    "bc,ab": ((3, 5), (2, 3)),  # the result is "ac"
    "ii": ((5, 5),),
    "iji->j": ((3, 5, 3),),
    "iii,i->": ((3, 3, 3), (3,)),
    "ij->": ((5, 3),),
    "ij,k->i": ((5, 3), (2,)),
    "...i,...i": ((2, 5, 3), (5, 3)),
    "i...,ij->...j": ((5, 2, 3), (5, 4)),
    "ij,ij->ij": ((1, 3), (5, 1)),
    "ij,jk,kl->il": ((5, 3), (3, 2), (2, 4)),
    "i,ij,j": ((5,), (5, 3), (3,)),
}


class Einsum(NamedTuple):
    """mg.einsum with the letters bound; more than two operands in the best order."""

    letters: str

    def __call__(self, *xs: Any) -> Any:
        return mg.einsum(self.letters, *xs, optimize=len(xs) > 2)


def projectors(w: Any, V: Any) -> Any:
    """w_k v_k v_kᵀ, which does not see the signs of the vectors."""
    return mg.einsum("...k,...ik,...jk->...kij", w, V, V)


def factors(x: Any) -> Any:
    return mg.svd(x, full_matrices=False)


# NumPy's functions under our names, where it has them.
NUMPY = SimpleNamespace(grad=mg.grad)
for name in ops.__all__:
    numpys = getattr(np, name, None) or getattr(np.linalg, name, None)
    setattr(NUMPY, name, numpys or getattr(mg, name))

CASES = [
    Case("add", lambda x, y: x + y, ((5, 3), (5, 3))),
    Case("add", lambda x, y: x + y, ((5, 1), (3,))),
    Case("add", lambda x, y: x + y, ((), (5, 3))),
    Case("sub", lambda x, y: x - y, ((3,), (5, 3))),
    Case("sub", lambda x: 1.0 - x, ((5,),)),
    Case("mul", lambda x, y: x * y, ((5, 3), (5, 3))),
    Case("mul", lambda x, y: x * y, ((7, 1, 3), (5, 1))),
    Case("mul", lambda x, y: x * y, ((), (5,))),
    Case("div", lambda x, y: x / y, ((5, 3), (3,)), "positive"),
    Case("div", lambda x: 2.0 / x, ((5,),), "positive"),
    Case("neg", lambda x: -x, ((5, 3),)),
    Case("power", lambda x, y: x**y, ((5, 3), (3,)), "positive"),
    Case("power", lambda x: x**3, ((5,),)),
    Case("power", lambda x: x**-0.5, ((5,),), "positive"),
    Case("power", lambda y: 2.0**y, ((5,),)),
    Case("power", lambda x, y: x ** (y - y), ((5, 3), (3,)), "positive"),
    Case("power", lambda x, y: x ** (1.0 + y - y), ((5, 3), (3,)), "positive"),
    Case("square", lambda x: x**2, ((5, 3),)),
    Case("exp", mg.exp, ((5, 3),)),
    Case("log", mg.log, ((5, 3),), "positive"),
    Case("sin", mg.sin, ((5, 3),)),
    Case("cos", mg.cos, ((5, 3),)),
    Case("tanh", mg.tanh, ((5, 3),)),
    Case("tanh", mg.tanh, ((),)),
    Case("sigmoid", mg.sigmoid, ((5, 3),)),
    Case("exp2", mg.exp2, ((5, 3),)),
    Case("expm1", mg.expm1, ((5, 3),)),
    Case("log1p", mg.log1p, ((5, 3),), "positive"),
    Case("log2", mg.log2, ((5, 3),), "positive"),
    Case("log10", mg.log10, ((5, 3),), "positive"),
    Case("tan", mg.tan, ((5, 3),), "unit"),
    Case("sinh", mg.sinh, ((5, 3),)),
    Case("cosh", mg.cosh, ((5, 3),)),
    Case("arcsin", mg.arcsin, ((5, 3),), "unit"),
    Case("arccos", mg.arccos, ((5, 3),), "unit"),
    Case("arctan", mg.arctan, ((5, 3),)),
    Case("arcsinh", mg.arcsinh, ((5, 3),)),
    Case("arccosh", mg.arccosh, ((5, 3),), "above one"),
    Case("arctanh", mg.arctanh, ((5, 3),), "unit"),
    Case("softplus", mg.softplus, ((5, 3),)),
    Case("gelu", mg.gelu, ((5, 3),)),
    Case("erf", mg.erf, ((5, 3),)),
    Case("reciprocal", mg.reciprocal, ((5, 3),), "positive"),
    Case("erf", mg.erf, ((),)),
    Case("cbrt", mg.cbrt, ((5, 3),), "positive"),
    Case("deg2rad", mg.deg2rad, ((5, 3),)),
    Case("rad2deg", mg.rad2deg, ((5, 3),)),
    Case("arctan2", mg.arctan2, ((5, 3), (3,)), "apart"),
    Case("hypot", mg.hypot, ((5, 1), (3,))),
    Case("logaddexp", mg.logaddexp, ((5, 3), ())),
    Case("logaddexp2", mg.logaddexp2, ((5, 3), (5, 1))),
    Case("sinc", mg.sinc, ((5, 3),)),
    Case("ldexp", lambda x: mg.ldexp(x, [1, -2, 0]), ((5, 1),)),
    Case("astype", lambda x: mg.astype(mg.astype(x, LONG) ** 3, x.dtype), ((5, 3),)),
    Case("copysign", lambda x: mg.copysign(x, -1.0), ((5, 3),), "apart"),
    Case("sqrt", mg.sqrt, ((5, 3),), "positive"),
    Case("abs", mg.abs, ((5, 3),), "apart"),
    Case("relu", mg.relu, ((5, 3),), "apart"),
    Case("maximum", mg.maximum, ((5, 3), (3,)), "apart"),
    Case("minimum", mg.minimum, ((5, 3), (5, 1)), "apart"),
    Case("fmax", mg.fmax, ((5, 3), (3,)), "apart"),
    Case("fmin", mg.fmin, ((5, 3), (5, 1)), "apart"),
    Case("where", lambda x, y: mg.where(MASK, x, y), ((5,), ())),
    Case("where", lambda x, y: mg.where(MASK[:, None], x, y), ((5, 1), (7, 5, 3))),
    Case("clip", lambda x: mg.clip(x, -0.3, 0.4), ((5, 3),), "apart"),
    # 1.025: half a cell of the grid of "apart" more than 1
    Case("clip", lambda x, y: mg.clip(x, y, y + 1.025), ((5, 3), (5, 1)), "apart"),
    Case("select", lambda x, y: mg.select([MASK, ~MASK], [x, y * y], 1), ((5,), ())),
    Case("select", lambda x, y: mg.select([MASK], [x], y), ((5,), (5,))),
    Case("choose", lambda x, y: mg.choose(MASK * 1, [x, y]), ((5,), ())),
    Case("choose", lambda x, y: mg.choose(ROWS, [x, y], mode="wrap"), ((4,), (3, 1))),
    Case("reshape", lambda x: mg.reshape(x, (3, -1)), ((5, 3),)),
    Case("transpose", lambda x: x.T, ((5, 3),)),
    Case("transpose", lambda x: mg.transpose(x, (1, 2, 0)), ((5, 3, 7),)),
    Case("ravel", mg.ravel, ((5, 3),)),
    Case("swapaxes", lambda x: mg.swapaxes(x, 0, -1), ((5, 3, 7),)),
    Case("expand_dims", lambda x: mg.expand_dims(x, -1), ((5, 3),)),
    Case("squeeze", lambda x: mg.squeeze(x, 1), ((5, 1, 3),)),
    Case("matrix_transpose", mg.matrix_transpose, ((2, 5, 3),)),
    Case("moveaxis", lambda x: mg.moveaxis(x, 0, -1), ((5, 3, 7),)),
    Case("moveaxis", lambda x: mg.moveaxis(x, (0, -1), (1, 0)), ((5, 3, 7),)),
    Case("rollaxis", lambda x: mg.rollaxis(x, 2, 1), ((5, 3, 7),)),
    Case("rot90", lambda x: mg.rot90(x), ((5, 3),)),
    Case("rot90", lambda x: mg.rot90(x, -1, (1, 2)), ((2, 5, 3),)),
    Case("atleast_1d", mg.atleast_1d, ((),)),
    Case("atleast_2d", mg.atleast_2d, ((5,),)),
    Case("atleast_3d", mg.atleast_3d, ((5,),)),
    Case("atleast_3d", lambda x: mg.atleast_3d(2.0, x)[1], ((5, 3),)),
    Case("hstack", lambda x, y: mg.hstack([x, y]), ((5,), ())),
    Case("hstack", lambda x, y: mg.hstack([x, y]), ((5, 3), (5, 7))),
    Case("vstack", lambda x, y: mg.vstack([x, y]), ((3,), (5, 3))),
    Case("dstack", lambda x, y: mg.dstack([x, y]), ((5, 3), (5, 3, 2))),
    Case("column_stack", lambda x, y: mg.column_stack([x, y]), ((5,), (5, 3))),
    Case("block", lambda x, y: mg.block([[x, y], [y, x]]), ((5, 3), (5, 3))),
    Case("append", lambda x, y: mg.append(x, y), ((5, 3), ())),
    Case("append", lambda x, y: mg.append(x, y, axis=0), ((5, 3), (2, 3))),
    Case("insert", lambda x, y: mg.insert(x, 1, y), ((5, 3), ())),
    Case("insert", lambda x, y: mg.insert(x, 1, y, axis=1), ((5, 3), (5,))),
    Case("insert", lambda x, y: mg.insert(x, [3, 0], y, axis=0), ((5, 3), (3,))),
    Case("delete", lambda x: mg.delete(x, [1, 3], axis=0), ((5, 3),)),
    Case(
        "broadcast_arrays", lambda *xs: prod(mg.broadcast_arrays(*xs)), ((5, 1), (3,))
    ),
    Case("meshgrid", lambda *xs: prod(mg.meshgrid(*xs)), ((5,), (3,))),
    Case("meshgrid", lambda *xs: prod(mg.meshgrid(*xs, indexing="ij")), ((5,), (3,))),
    Case("unstack", lambda x: mg.unstack(x, axis=1)[2], ((5, 3),)),
    Case("hsplit", lambda x: mg.hsplit(x, 3)[1], ((5, 3),)),
    Case("vsplit", lambda x: mg.vsplit(x, [2])[1], ((5, 3),)),
    Case("dsplit", lambda x: mg.dsplit(x, 2)[0], ((5, 3, 2),)),
    Case("split", lambda x: mg.split(x, 2, axis=-1)[1], ((3, 4),)),
    Case("split", lambda x: mg.split(x, [1, 3])[1], ((5, 3),)),
    Case("array_split", lambda x: mg.array_split(x, 3, axis=1)[0], ((3, 5),)),
    Case("tile", lambda x: mg.tile(x, (2, 3)), ((5,),)),
    Case("tile", lambda x: mg.tile(x, 2), ((5, 3),)),
    Case("repeat", lambda x: mg.repeat(x, 2, axis=-1), ((5, 3),)),
    Case("repeat", lambda x: mg.repeat(x, [2, 0, 1]), ((3,),)),
    Case("flip", lambda x: mg.flip(x, (0, -1)), ((5, 3, 2),)),
    Case("flip", mg.flip, ((5, 3),)),
    Case("flipud", mg.flipud, ((5, 3),)),
    Case("fliplr", mg.fliplr, ((5, 3),)),
    Case("roll", lambda x: mg.roll(x, 2), ((5, 3),)),
    Case("roll", lambda x: mg.roll(x, (1, -2), axis=(1, 0)), ((5, 3),)),
    Case("pad", lambda x: mg.pad(x, 1), ((5, 3),)),
    Case("pad", lambda x: mg.pad(x, ((0, 2), (1, 0)), constant_values=4), ((5, 3),)),
    Case("pad", lambda x: mg.pad(x, ((2, 0), (1, 2)), mode="reflect"), ((5, 3),)),
    Case("resize", lambda x: mg.resize(x, (4, 5)), ((5, 3),)),
    Case("diag", mg.diag, ((5,),)),
    Case("diag", lambda x: mg.diag(x, -2), ((3,),)),
    Case("diag", lambda x: mg.diag(x, 1), ((3, 5),)),
    Case("diagflat", lambda x: mg.diagflat(x, 1), ((2, 3),)),
    Case("diagonal", mg.diagonal, ((5, 3, 2),)),
    Case("diagonal", lambda x: mg.diagonal(x, -1, -1, 0), ((5, 2, 3),)),
    Case("trace", mg.trace, ((5, 3),)),
    Case("trace", lambda x: mg.trace(x, 1, axis1=-2, axis2=-1), ((2, 5, 3),)),
    Case("tril", lambda x: mg.tril(x, -1), ((2, 5, 3),)),
    Case("triu", mg.triu, ((5, 3),)),
    Case("triu", lambda x: mg.triu(x, 1), ((3,),)),
    Case("sort", mg.sort, ((5, 3),), "apart"),
    Case("sort", lambda x: mg.sort(x, axis=0), ((5, 3),), "apart"),
    Case("sort", lambda x: mg.sort(x, axis=None), ((5, 3),), "apart"),
    Case("take", lambda x: mg.take(x, [[3, 0], [3, 1]]), ((5, 3),)),
    Case("take", lambda x: mg.take(x, ROWS, axis=-2), ((5, 3),)),
    Case("take", lambda x: mg.take(x, ROWS - 4, 0, mode="wrap"), ((3, 5),)),
    Case("compress", lambda x: mg.compress(MASK, x, axis=0), ((5, 3),)),
    Case("extract", lambda x: mg.extract(MASK, x), ((5,),)),
    Case("take_along_axis", lambda x: mg.take_along_axis(x, PLACES, -1), ((5, 3),)),
    Case("take_along_axis", lambda x: mg.take_along_axis(x, ROWS, None), ((5, 3),)),
    Case("broadcast_to", lambda x: mg.broadcast_to(x, (7, 5, 3)), ((5, 1),)),
    Case("concatenate", lambda x, y: mg.concatenate([x, y, x]), ((5, 3), (7, 3))),
    Case("concatenate", lambda x, y: mg.concatenate([x, y], axis=1), ((5, 3), (5, 7))),
    Case("stack", lambda x, y: mg.stack([x, y], axis=1), ((5, 3), (5, 3))),
    Case("getitem", lambda x: x[1:4, ::-1], ((5, 3),)),
    Case("getitem", lambda x: x[..., None, 0], ((5, 3),)),
    Case("getitem", lambda x: x[ROWS], ((5, 3),)),
    Case("getitem", lambda x: x[ROWS, COLUMNS], ((5, 3),)),
    Case("getitem", lambda x: x[MASK], ((5, 3),)),
    Case("getitem", lambda x: x[ROWS, :, COLUMNS], ((5, 7, 3),)),
    Case("getitem", lambda x: x[-1], ((5,),)),
    Case("scatter", mg.grad(lambda x: mg.sum(x[ROWS, COLUMNS] ** 3)), ((5, 3),)),
    Case("scatter", mg.grad(lambda x: mg.sum(x[ROWS, :, COLUMNS] ** 3)), ((5, 2, 3),)),
    Case("scatter", mg.grad(lambda x: mg.sum(x[1:, ::2] ** 3)), ((5, 3),)),
    Case("sum", mg.sum, ((5, 3),)),
    Case("sum", lambda x: mg.sum(x, axis=(0, -1)), ((5, 3, 7),)),
    Case("sum", lambda x: mg.sum(x, axis=1, keepdims=True), ((5, 3),)),
    Case("prod", mg.prod, ((5, 3),)),
    Case("prod", lambda x: mg.prod(x, axis=(0, -1)), ((2, 3, 4),)),
    Case("prod", lambda x: mg.prod(x, axis=-2, keepdims=True), ((5, 3),)),
    Case("cumsum", mg.cumsum, ((5, 3),)),
    Case("cumsum", lambda x: mg.cumsum(x, axis=0), ((5, 3),)),
    Case("cumprod", mg.cumprod, ((5, 1),)),
    Case("cumprod", lambda x: mg.cumprod(x, axis=-2), ((7, 3),)),
    Case("cumulative_sum", lambda x: mg.cumulative_sum(x, axis=1), ((5, 3),)),
    Case(
        "cumulative_prod",
        lambda x: mg.cumulative_prod(x, axis=0, include_initial=True),
        ((5, 3),),
    ),
    Case(
        "average", lambda x, w: mg.average(x, weights=w), ((5, 3), (5, 3)), "positive"
    ),
    Case("average", lambda x, w: mg.average(x, 0, w), ((5, 3), (5,)), "positive"),
    Case("average", lambda x: mg.average(x, -1, keepdims=True), ((5, 3),)),
    Case("mean", lambda x: mg.mean(x, axis=0), ((5, 3),)),
    Case("var", lambda x: mg.var(x, axis=0, ddof=1), ((5, 3),)),
    Case("std", lambda x: mg.std(x), ((5, 3),)),
    Case("max", mg.max, ((5, 3),), "apart"),
    Case("max", lambda x: mg.max(x, axis=1), ((5, 3),), "apart"),
    Case("min", lambda x: mg.min(x, axis=0, keepdims=True), ((5, 3),), "apart"),
    Case("ptp", lambda x: mg.ptp(x, axis=0), ((5, 3),), "apart"),
    Case("median", mg.median, ((5, 3),), "apart"),
    Case("median", lambda x: mg.median(x, 0, keepdims=True), ((4, 3),), "apart"),
    Case("quantile", lambda x: mg.quantile(x, [0, 0.3, 0.5]), ((5, 3),), "apart"),
    Case("quantile", lambda x: mg.quantile(x, 0.7, (0, 2)), ((2, 3, 2),), "apart"),
    Case("percentile", lambda x: mg.percentile(x, 80, axis=1), ((5, 3),), "apart"),
    Case("cov", mg.cov, ((3, 7),)),
    Case("cov", lambda x, y: mg.cov(x, y, bias=True), ((7,), (7,))),
    Case("corrcoef", lambda x: mg.corrcoef(x, rowvar=False), ((7, 3),)),
    Case("bincount", lambda x: mg.bincount(ROWS, x, 7), ((4,),)),
    Case("linspace", lambda x, y: mg.linspace(x, y, 4), ((3,), ())),
    Case("diff", mg.diff, ((5, 3),)),
    Case("diff", lambda x, y: mg.diff(x, 2, 0, append=y), ((5, 3), ())),
    Case("trapezoid", lambda x: mg.trapezoid(x, dx=0.3, axis=0), ((5, 3),)),
    Case("trapezoid", lambda x, y: mg.trapezoid(y, x), ((3,), (5, 3))),
    Case(
        "interp",
        lambda x, y: mg.interp(x, KNOTS.astype(x.dtype), y),
        ((5,), (4,)),
        "apart",
    ),
    Case("interp", lambda x, y, z: mg.interp(x, mg.cumsum(y), z), 3 * ((5,),), "apart"),
    Case("convolve", mg.convolve, ((5,), (3,))),
    Case("convolve", lambda x, y: mg.convolve(x, y, "same"), ((2,), (5,))),
    Case("correlate", mg.correlate, ((5,), (3,))),
    Case("correlate", lambda x, y: mg.correlate(x, y, "full"), ((3,), (5,))),
    Case("polyval", mg.polyval, ((4,), (5, 3))),
    Case("vander", mg.vander, ((4,),)),
    Case("vander", lambda x: mg.vander(x, 3, increasing=True), ((5,),)),
    Case("softmax", mg.softmax, ((5, 3),)),
    Case("softmax", lambda x: mg.softmax(x, axis=0), ((5, 3),)),
    Case("logsumexp", mg.logsumexp, ((5, 3),)),
    Case("logsumexp", lambda x: mg.logsumexp(x, axis=0, keepdims=True), ((5, 3),)),
    Case("norm", mg.norm, ((5, 3),)),
    Case("norm", lambda x: mg.norm(x, axis=1), ((5, 3),)),
    Case("norm", lambda x: mg.norm(x, 1), ((5,),), "apart"),
    Case("norm", lambda x: mg.norm(x, np.inf, axis=0), ((5, 3),), "apart"),
    Case(
        "vector_norm",
        lambda x: mg.vector_norm(x, axis=(0, 1), keepdims=True),
        ((5, 3, 2),),
    ),
    Case("vector_norm", lambda x: mg.vector_norm(x, ord=1), ((5, 3),), "apart"),
    Case("vector_norm", lambda x: mg.vector_norm(x, ord=2.5), ((5,),), "apart"),
    Case("norm", lambda x: mg.norm(x, -np.inf, 0), ((5, 3),), "apart"),
    Case("norm", lambda x: mg.norm(x, "nuc", (2, 0), True), ((5, 2, 3),)),
    *(
        Case("matrix_norm", lambda x, p=p: mg.matrix_norm(x, ord=p), shape, domain)
        for p, shape, domain in [
            ("fro", ((2, 5, 3),), "real"),
            ("nuc", ((2, 3, 5),), "spread"),
            (2, ((5, 3),), "spread"),
            (-2, ((3, 3),), "spread"),
            (1, ((2, 5, 3),), "apart"),
            (-np.inf, ((5, 3),), "apart"),
        ]
    ),
    Case("cond", mg.cond, ((2, 4, 4),), "spread"),
    Case("cond", lambda x: mg.cond(x, "fro"), ((5, 5),), "regular"),
    Case("cond", lambda x: mg.cond(x, 1), ((5, 5),), "regular"),
    Case("matmul", mg.matmul, ((3,), (3,))),
    Case("matmul", mg.matmul, ((5, 3), (3,))),
    Case("matmul", mg.matmul, ((3,), (3, 7))),
    Case("matmul", mg.matmul, ((5, 3), (3, 7))),
    Case("matmul", mg.matmul, ((3,), (2, 3, 7))),
    Case("matmul", mg.matmul, ((2, 5, 3), (3,))),
    Case("matmul", mg.matmul, ((2, 5, 3), (3, 7))),
    Case("matmul", mg.matmul, ((5, 3), (2, 3, 7))),
    Case("matmul", mg.matmul, ((4, 1, 5, 3), (2, 3, 7))),
    Case("dot", mg.dot, ((), (5, 3))),
    Case("dot", mg.dot, ((2, 5, 3), (3,))),
    Case("dot", mg.dot, ((5, 3), (2, 3, 4))),
    Case("inner", mg.inner, ((5,), ())),
    Case("inner", mg.inner, ((5, 3), (2, 7, 3))),
    Case("vdot", mg.vdot, ((5, 3), (5, 3))),
    Case("outer", mg.outer, ((5,), (3, 2))),
    Case("kron", mg.kron, ((3,), (2, 4))),
    Case("kron", mg.kron, ((2, 3), (4, 2))),
    Case("cross", mg.cross, ((5, 3), (3,))),
    Case("cross", lambda x, y: mg.cross(x, y, axis=0), ((3, 5), (3, 5))),
    Case("vecdot", mg.vecdot, ((2, 5, 3), (5, 3))),
    Case("vecdot", lambda x, y: mg.vecdot(x, y, axis=0), ((5, 3), (5, 3))),
    Case("matvec", mg.matvec, ((5, 3), (2, 3))),
    Case("vecmat", mg.vecmat, ((2, 5), (2, 5, 3))),
    Case("multi_dot", lambda *xs: mg.multi_dot(xs), ((5, 3), (3, 7), (7, 2))),
    Case("multi_dot", lambda *xs: mg.multi_dot(xs), ((3,), (3, 7), (7,))),
    Case("tensordot", mg.tensordot, ((2, 5, 3), (5, 3, 4))),
    Case("tensordot", lambda x, y: mg.tensordot(x, y, 0), ((2, 3), (4,))),
    Case("tensordot", lambda x, y: mg.tensordot(x, y, ([0, -1], [2, 0])), TRIPLES),
    *(Case("einsum", Einsum(letters), shapes) for letters, shapes in EINSUMS.items()),
    Case("solve", mg.solve, ((5, 5), (5,)), "regular"),
    Case("solve", mg.solve, ((5, 5), (5, 3)), "regular"),
    Case("solve", mg.solve, ((5, 5), (2, 5, 3)), "regular"),
    Case("solve", mg.solve, ((2, 5, 5), (5,)), "regular"),
    Case("inv", mg.inv, ((5, 5),), "regular"),
    Case("inv", mg.inv, ((2, 5, 5),), "regular"),
    Case(
        "tensorinv", lambda x: mg.tensorinv(mg.reshape(x, FIVES)), ((5, 5),), "regular"
    ),
    Case(
        "tensorsolve",
        lambda a, b: mg.tensorsolve(mg.reshape(a, FIVES), mg.reshape(b, (5, 1))),
        ((5, 5), (5,)),
        "regular",
    ),
    Case("det", mg.det, ((3, 3),)),
    Case("det", mg.det, ((2, 3, 3),)),
    Case("logabsdet", lambda x: mg.slogdet(x).logabsdet, ((5, 5),), "regular"),
    Case("slogdet", lambda x: mg.slogdet(x)[0] * mg.slogdet(x)[1], ((2, 3, 3),)),
    Case("pinv", mg.pinv, ((5, 3),)),
    Case("pinv", mg.pinv, ((2, 3, 5),)),
    Case("matrix_power", lambda x: mg.matrix_power(x, 5), ((3, 3),)),
    Case("matrix_power", lambda x: mg.matrix_power(x, -2), ((5, 5),), "regular"),
    Case("cholesky", mg.cholesky, ((3, 3),), "definite"),
    Case("cholesky", lambda x: mg.cholesky(x, upper=True), ((2, 4, 4),), "definite"),
    Case("eigvalsh", mg.eigvalsh, ((4, 4),), "spread"),
    Case("eigvalsh", lambda x: mg.eigvalsh(x, UPLO="U"), ((2, 3, 3),), "spread"),
    Case("eigh", lambda x: mg.eigh(x).eigenvectors, ((4, 4),), "spread"),
    Case("eigh", lambda x: projectors(*mg.eigh(x)), ((2, 3, 3),), "spread"),
    Case("svdvals", mg.svdvals, ((3, 5),)),
    Case("svd", lambda x: mg.svd(x)[0] * mg.svd(x)[2], ((3, 3),), "spread"),
    Case("svd", lambda x: factors(x)[0] * factors(x)[1], ((5, 3),), "spread"),
    Case("svd", lambda x: factors(x)[2] * factors(x)[1][..., None], ((2, 3, 5),)),
    Case("qr", lambda x: mg.qr(x).Q, ((5, 3),)),
    Case("qr", lambda x: mg.qr(x, mode="r"), ((2, 3, 3),)),
]
