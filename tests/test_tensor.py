"""A tensor under Python's operators and plain NumPy, and what it refuses."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad.namesakes import OPERATIONS

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
PAIR = np.array([1.0, 2.0])
SPELLINGS = {
    "np.add": lambda x: np.add(1.0, x),
    "array on the left": lambda x: X * x,
    "array @ tensor": lambda x: X.T @ x,
    "np.float64 on the left": lambda x: np.float64(2.0) / (x + 3.0),
    "number on the left": lambda x: 2.0 - 3.0**x,
    "np.square": lambda x: np.square(x) + (+x),
    "np.reciprocal": lambda x: np.reciprocal(x),
    "abs()": lambda x: abs(x),
    "np.sum method": lambda x: x.sum(axis=0) + np.add.reduce(x),
    "np.mean": lambda x: np.mean(x, axis=1, keepdims=True) * x.mean(),
    "np.var": lambda x: np.var(x, axis=0) + x.std() + np.std(x, axis=0, ddof=1),
    "np.max": lambda x: np.max(x, axis=0) + x.min() + np.maximum.reduce(x),
    "np.linalg.norm": lambda x: np.linalg.norm(x, axis=1) * np.linalg.norm(x),
    "np.linalg.solve": lambda x: np.linalg.solve(x @ x.T, x),
    "np.where": lambda x: np.where(x > 0, x**2, -x),
    "np.concatenate": lambda x: np.concatenate([x, X, x], axis=1),
    "np.stack": lambda x: np.stack([x, x * X]),
    "reshape": lambda x: x.reshape(3, 2) * np.reshape(x, (3, -1)) * x.ravel()[0],
    "transpose": lambda x: x.T @ np.transpose(x.T) @ x.transpose(),
    "moveaxis": lambda x: np.moveaxis(x[None], 0, 2) * np.swapaxes(x, 0, 1).sum(),
    "squeeze": lambda x: np.squeeze(np.expand_dims(x, 1)) * X + x[:, None].squeeze(1),
    "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)) * 2.0,
    "dot and outer": lambda x: (
        np.dot(x, X.T) + np.outer(x[:, 0], x[0, :2]) + x.dot(X.T)
    ),
    "iteration": lambda x: sum(row @ row for row in x) * len(x),
    "np.minimum": lambda x: np.minimum(x, 0.3) + np.maximum(0.1, x),
    "np.exp log sqrt": lambda x: np.log(1.0 + np.exp(x)) * np.sqrt(x * x + 1.0),
    "np.sin cos tanh": lambda x: np.sin(x) * np.cos(x) + np.tanh(x),
    "np.linalg's own": lambda x: (
        np.linalg.trace(x[None] * X, offset=1)
        + np.linalg.diagonal(np.linalg.matmul(x, np.linalg.matrix_transpose(x)))
        * np.linalg.tensordot(x, X, axes=2)
        + np.sum(np.linalg.outer(x[0], x[1]))
    ),
    "reductions of ufuncs": lambda x: (
        np.multiply.reduce(x) + np.logaddexp.reduce(x, axis=1)[0]
    ),
    "methods": lambda x: (
        x.prod(axis=0) * x.cumsum(1).cumprod(0)[1]
        + x.clip(-0.6, 1.1).trace()
        + x.mT.diagonal().take([0, 1]).repeat(2)[:3]
    ),
    "angles": lambda x: np.degrees(np.conj(x)) + np.radians(x),
    "np.copy": lambda x: np.copy(x) * 2.0,
    "np.real": lambda x: np.real(x) * np.real_if_close(x) * x.real.conj(),
    "np.ediff1d": lambda x: np.ediff1d(x) ** 2,
    "np.float_power": lambda x: np.float_power(x, 2.0) + np.float_power(2.0, x),
    "np.linalg's own vectors": lambda x: (
        np.linalg.cross(x, X) * np.linalg.vecdot(x, X)[:, None]
    ),
    "methods that choose": lambda x: (
        x.compress([True, False, True], axis=1).clip(min=0.3)[:, 0]
        * x.take([7, -1], axis=1, mode="wrap").conjugate()[:, 1]
        * np.sort(x.astype(float), kind="stable")[:, 2]
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_plain_numpy_differentiates(spelling):
    """Code written for arrays gives the same value and a right derivative."""
    f = SPELLINGS[spelling]
    out = mg.vjp(f, X)[0]
    np.testing.assert_allclose(out, f(X), rtol=1e-15)
    mg.check_grads(f, (X,), order=2)


def test_control_flow_sees_values():
    """Comparisons give plain booleans, and a tensor of one entry is true or false."""

    def f(x):
        seen.append(
            (x > 0, type(x[0] > 0), bool(x[0]), x.shape, x.ndim, x.size, len(x))
        )
        return np.sum(x * x) if x[0] > 0 and np.argmax(x) == 1 else 0.0 * x[0]

    seen = []
    np.testing.assert_array_equal(mg.grad(f)(np.array([1.0, 3.0])), [2.0, 6.0])
    np.testing.assert_array_equal(seen[0][0], [True, True])
    assert seen[0][1:] == (np.bool_, True, (2,), 1, 2, 2)


def refuses(use, at=PAIR):
    refusals = (TypeError, AttributeError, NotImplementedError, ValueError)
    with pytest.raises(refusals) as caught:
        mg.grad(use)(at)
    return str(caught.value)


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (lambda x: float(x[0]), "float(x) would cut the graph"),
        (lambda x: np.array(x).sum(), "into an array would cut the graph"),
        (lambda x: np.array([x[0], x[1]]).sum(), "join tensors with np.stack"),
        (lambda x: x @ [x[0], x[1]], "join them with np.stack"),
        (lambda x: mg.sum(pickle.dumps(x)), "pickling would cut the graph"),
        (lambda x: np.linalg.eigvals(x), "np.linalg.eigvals is complex in general"),
        (lambda x: [10, 20, 30][x[0]], "index would cut the graph"),
        (lambda x: x.item(), "use mg.stop_gradient(x)"),
        (lambda x: x.backward(), "adjoints = tape.backward(loss)"),
        (lambda x: x.grad, "gradients belong to the tape"),
        (lambda x: x.foo, "no attribute 'foo'"),
        (lambda x: x.__setitem__(0, 1.0), "build the new value with np.where"),
        (lambda x: np.floor(x).sum(), "say so: np.floor(mg.stop_gradient(x))"),
        (lambda x: np.fft.rfft(x), "np.fft.rfft has no derivative rule; compose it"),
        (lambda x: np.nansum(x), "np.nansum leaves nan out of the value, but not"),
        (lambda x: np.partition(x, 1).sum(), "write np.sort(x)"),
        (lambda x: (x % 1.0).sum(), "x - y * np.floor(mg.stop_gradient(x / y))"),
        (lambda x: (1.0 // x).sum(), "np.floor_divide jumps"),
        (lambda x: np.nan_to_num(x).sum(), "guard the operation that makes it"),
        (lambda x: x.astype(int), "say so: mg.stop_gradient(x).astype(int64)"),
        (lambda x: x.astype(complex), "astype(complex128) would cut the graph"),
        (lambda x: np.copysign(1.0, x), "np.copysign(x, mg.stop_gradient(y))"),
        (lambda x: np.quantile(x, x[0] / 4), "hold it constant: mg.stop_gradient(q)"),
        (lambda x: np.bincount(x, x), "differentiated by weights"),
        (lambda x: np.bincount([0, -1], x), "a label is negative"),
        (lambda x: np.block([[x], x]), "nested [0, 1] deep stand in one list"),
        (lambda x: np.ldexp(1.0, x), "a tensor is real; x * 2.0**n"),
        (lambda x: np.cross(x, x), "in the plane it is x[0] * y[1] - x[1] * y[0]"),
        (lambda x: np.quantile(x, 0.5, method="lower"), "'linear' has, and np.sort"),
        (
            lambda x: np.interp(x, x, x, period=1.0),
            "np.interp of a tensor takes (x, xp",
        ),
        (
            lambda x: np.average(x, 0, None, True),
            "np.average of a tensor takes (x, axis",
        ),
        (lambda x: np.vectorize(abs)(x), "into an array would cut the graph"),
        (lambda x: x.sort(), "it would write in place; write np.sort(x)"),
        (lambda x: np.pad(x, 1, "mean"), "join the pieces with np.concatenate"),
        (lambda x: np.split(x, 3), "np.array_split makes unequal ones"),
        (lambda x: np.einsum(x, [0], [0]), "the letters first, as a string"),
        (lambda x: np.einsum("ij->i", x), "'ij' does not fit the shape (2,)"),
        (lambda x: np.linalg.svd(x[None]), "pass full_matrices=False"),
        (lambda x: np.linalg.qr(x[None]), "at least as many rows as columns"),
        (lambda x: np.multiply.accumulate(x)[0], "np.multiply.accumulate has no"),
        (lambda x: np.exp(x, out=np.zeros(2)).sum(), "write z = ... instead of out=z"),
        (
            lambda x: np.sum(x, dtype=float),
            "np.sum of a tensor takes (x, axis, keepdims)",
        ),
        (lambda x: np.where(x), "np.where of a tensor takes (condition, x, y)"),
        (lambda x: np.moveaxis(x, 5, 0), "axis 5 is out of bounds"),
        (lambda x: np.expand_dims(x, 5), "axis 5 is out of bounds"),
        (lambda x: np.linalg.norm(x, 0), "ord=0"),
        (lambda x: np.sum(np.ones(2)[x]), "would cut the graph"),
        (lambda x: np.sum(x[x]), "a tensor is no index"),
        (lambda x: len(x[0]), "has no length"),
    ],
)
def test_what_would_lose_a_derivative_is_refused(use, says):
    """Nothing is silently zero: the sentence names the way out."""
    assert says in refuses(use)


held = mg.stop_gradient
ROW = np.array([0.0, 2.5, -1.25, 7.0, 2.5, 0.0])


def one_newton_step(p):
    r = np.roots(held(p))
    return r - np.polyval(p, r) / np.polyval(np.polyder(held(p)), r)


WAYS_OUT = {
    "roots": (
        lambda x: np.roots(x[[1, 3, 4]]),
        lambda x: one_newton_step(x[[1, 3, 4]]),
    ),
    "remainder": (
        lambda x: np.remainder(x, 1.5),
        lambda x: x - 1.5 * np.floor(held(x / 1.5)),
    ),
    "modf": (lambda x: np.modf(x)[0], lambda x: x - np.trunc(held(x))),
    "frexp": (
        lambda x: np.frexp(x)[0],
        lambda x: np.ldexp(x, -np.frexp(held(x))[1]),
    ),
    "unwrap": (np.unwrap, lambda x: x + (np.unwrap(held(x)) - held(x))),
    "unique": (
        np.unique,
        lambda x: x[np.unique(held(x), return_index=True)[1]],
    ),
    "trim_zeros": (
        np.trim_zeros,
        lambda x: x[slice(*(np.flatnonzero(held(x))[[0, -1]] + [0, 1]))],
    ),
    "polyder": (np.polyder, lambda p: p[:-1] * np.arange(len(p) - 1, 0, -1)),
    "polyint": (
        np.polyint,
        lambda p: np.append(p / np.arange(len(p), 0, -1), 0.0),
    ),
    "poly": (
        lambda x: np.poly(x[:2]),
        lambda x: np.convolve(np.stack([1.0, -x[0]]), np.stack([1.0, -x[1]])),
    ),
    "polyadd": (
        lambda x: np.polyadd(x, x[1:3]),
        lambda x: x + np.pad(x[1:3], (4, 0)),
    ),
    "polyfit": (
        lambda y: np.polyfit(np.arange(6.0), y, 2),
        lambda y: np.linalg.pinv(np.vander(np.arange(6.0), 3)) @ y,
    ),
    "logspace": (
        lambda x: np.logspace(x[0], x[1], 4),
        lambda x: 10.0 ** np.linspace(x[0], x[1], 4),
    ),
    "geomspace": (
        lambda x: np.geomspace(x[1], x[3], 4),
        lambda x: np.exp(np.linspace(np.log(x[1]), np.log(x[3]), 4)),
    ),
    "piecewise": (
        lambda x: np.piecewise(x, [x > 1], [np.exp, np.sin]),
        lambda x: np.where(x > 1, np.exp(x), np.sin(x)),
    ),
    "apply_along_axis": (
        lambda x: np.apply_along_axis(np.prod, 1, x.reshape(2, 3)),
        lambda x: np.stack([np.prod(row) for row in x.reshape(2, 3)]),
    ),
    "lstsq": (
        lambda b: np.linalg.lstsq(np.vander(np.arange(6.0), 2), b)[0],
        lambda b: np.linalg.pinv(np.vander(np.arange(6.0), 2)) @ b,
    ),
}


@pytest.mark.parametrize("name", WAYS_OUT)
def test_the_way_out_leads_to_the_same_values(name):
    """What a refusal says to write instead computes what was refused."""
    refused, instead = WAYS_OUT[name]
    assert name in refuses(refused, ROW).partition(" ")[0]
    np.testing.assert_allclose(mg.vjp(instead, ROW)[0], refused(ROW), atol=1e-12)
    mg.check_grads(instead, (np.sort(ROW) + np.arange(1.0, 7.0) / 7,), order=1)


def test_every_name_of_numpy_is_found():
    """An operation that NumPy has under the same name is in a table here."""
    for name in ops.__all__:
        theirs = getattr(np, name, None) or getattr(np.linalg, name, None)
        assert theirs is None or theirs in OPERATIONS, name


def test_copies_of_a_tensor_are_the_tensor():
    """A deep copy of parameters inside a function does not cut the graph."""
    f = lambda p: np.sum(copy.deepcopy(p)["W"] ** 2) + np.sum(copy.copy(p["W"]))
    np.testing.assert_array_equal(mg.grad(f)({"W": np.ones(2)})["W"], [3.0, 3.0])


def test_full_like_differentiates_its_value():
    """np.full_like(x, v) copies v to every entry."""
    f = lambda x: np.sum(np.full_like(x, x[0]) * [1.0, 2.0])
    np.testing.assert_array_equal(mg.grad(f)(np.array([3.0, 5.0])), [3.0, 0.0])


def test_formatting_shows_the_value():
    """A tensor can be printed inside a trace."""
    seen = []

    def f(x):
        seen.append(f"{x:.2f} {x!r}")
        return x

    mg.grad(f)(1.5)
    assert seen == ["1.50 Tensor(np.float64(1.5), %0)"]
