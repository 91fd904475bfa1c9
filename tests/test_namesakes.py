"""All of NumPy's public functions meet a tensor: what becomes of each is decided."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cases import NUMPY

import minigrad as mg
from minigrad.namesakes import (
    CONSTANT_FUNCTIONS,
    CONSTANT_UFUNCS,
    ELSEWHERE,
    OPERATIONS,
    REFUSED,
)
from minigrad.tape import Tensor

PUBLIC = {
    f"linalg.{name}" if module is np.linalg else name: getattr(module, name)
    for module in (np, np.linalg)
    for name in dir(module)
    if not name.startswith("_") and callable(getattr(module, name))
}
UFUNCS = {name: f for name, f in PUBLIC.items() if isinstance(f, np.ufunc)}
DISPATCHED = {name: f for name, f in PUBLIC.items() if hasattr(f, "_implementation")}
PLAIN = PUBLIC.keys() - UFUNCS.keys() - DISPATCHED.keys()
SCALARS = {
    name
    for name in PLAIN
    if isinstance(PUBLIC[name], type) and issubclass(PUBLIC[name], np.generic)
}

# NumPy does not ask a tensor about these.  They make an array or a number of it, ...
CONVERTING = """
    array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray
    asmatrix matrix require arange bartlett blackman hamming hanning empty eye identity
    indices ones zeros ndarray ndenumerate diag_indices broadcast_shapes base_repr
    binary_repr format_float_positional format_float_scientific
    """
# ... or there is nothing to differentiate.
UNTOUCHED = {
    "of sizes and dtypes": """full tri tril_indices triu_indices mask_indices kaiser
        dtype finfo iinfo isdtype issubdtype promote_types typename mintypecode
        isscalar iterable isfortran ndindex""",
    "of files, buffers and texts": """load loadtxt genfromtxt fromfile fromregex
        fromstring frombuffer from_dlpack fromiter memmap bmat""",
    "of Python functions, which are called with tensors or arrays": """fromfunction
        frompyfunc vectorize""",
    "of settings": """get_include get_printoptions set_printoptions printoptions
        getbufsize setbufsize geterr seterr geterrcall seterrcall errstate show_config
        show_runtime info test linalg.test linalg.LinAlgError""",
    "of dates and records": "busdaycalendar datetime_data recarray record",
    "of loops over plain arrays": "broadcast flatiter nditer nested_iters ufunc",
    "made of dispatched ones, which answer": "poly1d row_stack trapz",
}


@pytest.fixture
def x() -> Tensor:
    return mg.Tape().watch(np.array([[1.0, 2.0], [3.0, 5.0]]))


def test_every_function_of_numpy_is_accounted_for():
    """A function that NumPy does not dispatch is listed with its reason."""
    reasons = [CONVERTING, *UNTOUCHED.values()]
    listed = {name for names in reasons for name in names.split()}
    assert PLAIN - SCALARS - listed == set()


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_every_ufunc_is_differentiated_constant_or_refused(name: str, x: Tensor):
    """The sentence names the ufunc and what to do instead."""
    ufunc = UFUNCS[name]
    if ufunc in OPERATIONS or ufunc in CONSTANT_UFUNCS:
        return
    with pytest.raises(TypeError) as refusal:
        ufunc(*[x] * ufunc.nin)
    require_a_way_out(str(refusal.value), ufunc)


@pytest.mark.parametrize("name", sorted(DISPATCHED))
def test_every_function_is_differentiated_constant_or_refused(name: str, x: Tensor):
    """The sentence names the function and what to do instead."""
    function = DISPATCHED[name]
    if function in OPERATIONS or function in CONSTANT_FUNCTIONS:
        return
    with pytest.raises(TypeError) as refusal:
        x.__array_function__(function, (Tensor,), (x,), {})
    require_a_way_out(str(refusal.value), function)


def require_a_way_out(sentence: str, function: Any) -> None:
    assert function.__name__ in sentence
    assert any(word in sentence for word in ("; ", "compose it"))
    known = np.lib.NumpyVersion(np.__version__) < "2.5.0"
    assert function in REFUSED or not known, "no reason of its own"


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("name", sorted({*CONVERTING.split(), *SCALARS}))
def test_what_is_not_dispatched_cannot_make_an_array_of_a_tensor(name: str, x: Tensor):
    """np.asarray(x), np.float32(x), np.zeros(x): the graph is not cut in silence."""
    abstract = {"character", "complexfloating", "flexible", "floating", "generic"}
    abstract |= {"inexact", "integer", "number", "signedinteger", "unsignedinteger"}
    texts = {"str_", "datetime64", "timedelta64"}  # str(x) shows it; no dates are made
    if name not in abstract | texts:
        with pytest.raises(TypeError, match="would cut the graph"):
            PUBLIC[name](x)


@pytest.mark.parametrize("name", [n for n in dir(np.ndarray) if not n.startswith("_")])
def test_every_attribute_of_an_array_is_there_or_said_to_be_elsewhere(name, x):
    """x.argsort() works; x.sort() says np.sort(x), since a tensor does not change."""
    if hasattr(x, name):
        assert name not in ELSEWHERE
        return
    with pytest.raises(AttributeError) as refusal:
        getattr(x, name)
    assert ELSEWHERE[name] in str(refusal.value)


def test_operators_for_integers_are_refused_by_python(x):
    """x & 1, ~x and x << 1 have no meaning for real numbers."""
    for name in ("and_", "or_", "xor", "lshift", "rshift"):
        with pytest.raises(TypeError, match="unsupported operand"):
            getattr(operator, name)(x, 1)
    with pytest.raises(TypeError, match="bad operand"):
        operator.invert(x)
    with pytest.raises(TypeError, match=r"np\.divmod jumps"):
        divmod(x, 2.0)


CONSTANTS: dict[str, Callable[[Any], Any]] = {
    "argsort": lambda x: (x.argsort(axis=0), np.argsort(x)),
    "argpartition": lambda x: (x.argpartition(1), np.argpartition(x, 1)),
    "argmax": lambda x: (x.argmax(axis=1, keepdims=True), np.argmin(x, 0)),
    "nonzero": lambda x: (x.nonzero(), np.flatnonzero(x), np.argwhere(x)),
    "all": lambda x: (x.all(), x.any(axis=0), np.all(x > 1), 3.0 in x, 4.0 in x),
    "searchsorted": lambda x: (x[0].searchsorted(1.5), np.digitize(x, [2.0])),
    "matrix_rank": lambda x: np.linalg.matrix_rank(x),
    "signs": lambda x: (np.isneginf(x), np.isreal(x), np.logical_xor(x, 0)),
    "dtypes": lambda x: (np.result_type(x, np.float32), np.can_cast(x.dtype, int)),
    "text": lambda x: (np.array_str(x), np.array2string(x), np.array_repr(x)),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_those_of_the_values(name, x):
    """Places, counts and truth values come out as NumPy's own, and no tensors."""
    ours, numpys = CONSTANTS[name](x), CONSTANTS[name](x.value)
    assert repr(ours) == repr(numpys)


def test_the_tables_do_not_overlap():
    """A NumPy function is differentiated, refused with a reason, or constant."""
    constant = CONSTANT_UFUNCS | CONSTANT_FUNCTIONS
    assert not OPERATIONS.keys() & constant
    assert not REFUSED.keys() & (constant | OPERATIONS.keys())


A = np.random.default_rng(8).standard_normal((4, 5))
B = np.random.default_rng(9).standard_normal((3, 4, 5))
U, V, W = A[0], A[1, :2], np.array([1.0, 2.0, 4.0, 7.0])
Module = SimpleNamespace
SETTINGS: dict[str, Callable[[Module], Any]] = {
    "append": lambda m: [m.append(A, A[:1], 0), m.append(A, [1.0]), m.append(2.0, U)],
    "average": lambda m: m.average(A, 0, W),
    "block": lambda m: [
        m.block([[A, A], [U, 2 * U]]),
        m.block([[[B]], [[B]]]),
        m.block(A),
        m.block([1.0, U]),
    ],
    "choose": lambda m: [
        m.choose([1, 0, 1, 1, 0], A[:2]),
        m.choose([[5], [-2]], list(A), mode="clip"),
        m.choose([5, -2, 3, 0, 0], list(A), mode="wrap"),
    ],
    "clip": lambda m: [m.take(A, [9, -9, 2], mode="clip"), m.take(A, 7, mode="wrap")],
    "column_stack": lambda m: m.column_stack([W, A, [1, 2, 3, 4]]),
    "compress": lambda m: [m.compress([True, False, True], A, 1), m.extract(A > 0, A)],
    "cond": lambda m: [m.cond(A[:, :4], p) for p in (None, 1, -1, 2, -2, "fro", "nuc")],
    "convolve": lambda m: [
        product(x, y, mode)
        for product in (m.convolve, m.correlate)
        for mode in ("full", "same", "valid")
        for x in (U, W, V)
        for y in (U, W, V, W[:3], W[:1])
    ],
    "cov": lambda m: [
        m.cov(A),
        m.cov(A, rowvar=False),
        m.cov(U),
        m.cov(U, A[1], ddof=0),
        m.cov(A, bias=True),
        m.corrcoef(A),
        m.corrcoef(U, A[1]),
        m.corrcoef(U),
    ],
    "cross": lambda m: [m.cross(B[..., :3], A[:, :3]), m.cross(B, B, axis=0)],
    "cumulative": lambda m: [
        m.cumulative_sum(B, axis=-2, include_initial=True),
        m.cumulative_prod(U),
    ],
    "delete": lambda m: [
        m.delete(A, 1),
        m.delete(A, slice(0, 3, 2), axis=1),
        m.delete(A, [True, False, True, False], axis=0),
        m.delete(A, -1, axis=0),
    ],
    "diff": lambda m: [
        m.diff(A, 2, axis=0),
        m.diff(A, prepend=1.0),
        m.diff(A, prepend=A[:, :2], append=0.0),
        m.diff(A, 0),
    ],
    "fmax": lambda m: [
        f(x, y)
        for f in (m.fmax, m.fmin)
        for x in (1.0, np.nan, W)
        for y in (2.0, np.nan, [0.0, np.nan, 5.0, 1.0])
    ],
    "insert": lambda m: [
        m.insert(A, 1, 9.0),
        m.insert(U, 2, [7.0, 8.0]),
        m.insert(U, [1, 4], [7.0, 8.0]),
        m.insert(A, [1, 3], 9.0, axis=1),
        m.insert(A, 1, W, axis=1),
        m.insert(A, -1, U, axis=0),
        m.insert(A, slice(0, 2), A[:2], axis=0),
        m.insert(U, [1], [7.0, 8.0]),
    ],
    "interp": lambda m: [
        m.interp([0.0, 1.0, 1.5, 4.0, 7.0, 9.0], W, A[:, 0]),
        m.interp(W, [3.0], [2.0]),
        m.interp([[0.0], [9.0]], W, A[:, 0], left=-1.0, right=-2.0),
        m.interp(2.0, W, A[:, 0]),
        m.interp([np.nan, np.inf, 2.0], W, A[:, 0], right=5.0),
    ],
    "linspace": lambda m: [
        m.linspace(U, 1.0, 3),
        m.linspace(U, A, 4, endpoint=False, axis=1),
        m.linspace(0.0, 1.0),
    ],
    "median": lambda m: [
        m.median(B),
        m.median(B, axis=(0, 2), keepdims=True),
        m.quantile(B, [[0.0, 0.2], [1.0, 0.5]], axis=1),
        m.quantile(B, [0.1, 0.7], axis=(1, 0), keepdims=True),
        m.percentile(A, 33, axis=0),
        m.median(np.array([1.0, np.nan, 3.0])),
        m.median(np.array([[1.0, np.inf, np.inf], [-np.inf, 0.0, 2.0]]), axis=1),
        m.quantile(np.array([[1.0, np.nan], [3.0, 4.0]]), 0.5, axis=1),
    ],
    "meshgrid": lambda m: [
        *m.meshgrid(U, W, V),
        *m.meshgrid(U, W, indexing="ij", sparse=True),
        *m.meshgrid(A, W, sparse=True),
        *m.meshgrid(U),
    ],
    "multi_dot": lambda m: [m.multi_dot([A, A.T]), m.multi_dot([W, A, A.T, A, U])],
    "norm": lambda m: [
        *(m.norm(x, p) for x in (U,) for p in (None, 0.5, 1, 2, 3, np.inf, -np.inf)),
        *(m.norm(A, p) for p in (None, 1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc")),
        m.norm(B, "nuc", axis=(0, 2), keepdims=True),
        m.norm(B, 1, axis=(2, 0)),
        m.norm(B, 3, axis=1, keepdims=True),
        m.matrix_norm(B, ord=2, keepdims=True),
        m.vector_norm(B, ord=1, axis=(0, 1)),
    ],
    "pad": lambda m: [
        m.pad(A, width, mode)
        for width in (1, (2, 1), ((0, 3), (2, 0)))
        for mode in ("constant", "edge", "reflect", "symmetric", "wrap")
    ],
    "polynomials": lambda m: [
        m.polyval(W, A),
        m.polyval([2.0], A),
        m.vander(W),
        m.vander(W, 6, increasing=True),
        m.vander(W, 2),
    ],
    "resize": lambda m: [m.resize(A, (3, 3)), m.resize(U, 12), m.diagflat(A, -1)],
    "rotations": lambda m: [
        *(m.rot90(B, k, axes) for k in range(-1, 5) for axes in ((0, 1), (2, 0))),
        *(m.rollaxis(B, k, start) for k in (0, 1, -1) for start in (0, 1, 2, 3, -1)),
    ],
    "sinc": lambda m: m.sinc(np.array([0.0, 1e-30, 1e-9, 0.1, 0.499, 0.5, 1.0, 3.3])),
    "sort": lambda m: m.sort(A, kind="stable"),
    "splits": lambda m: [
        *m.hsplit(U, 5),
        *m.hsplit(A, [1, 3]),
        *m.vsplit(A, 2),
        *m.dsplit(B, 5),
        *m.unstack(B, axis=-1),
        *m.unstack(B),
    ],
    "tensorsolve": lambda m: [
        m.tensorsolve(np.eye(6).reshape(6, 2, 3), np.arange(6.0)),
        m.tensorsolve(np.eye(6).reshape(2, 3, 6)[:, ::-1], np.ones((2, 3))),
        m.tensorsolve(np.eye(6).reshape(2, 6, 3), np.arange(6.0), axes=(0,)),
        m.tensorinv(np.eye(6).reshape(6, 2, 3), ind=1),
    ],
    "trapezoid": lambda m: [
        m.trapezoid(B, axis=0),
        m.trapezoid(A, W, axis=0),
        m.trapezoid(B, B**2, axis=1),
        m.trapezoid([1.0, 2.0], dx=3.0),
    ],
    "vectors": lambda m: [
        m.vecdot(B, A),
        m.vecdot(B, A[:3, None], axis=0),
        m.matvec(B, U),
        m.vecmat(W, B),
    ],
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_means_what_it_means_in_numpy(name):
    """Axes, modes and ends, on inputs where they differ: the same shapes and values."""
    ours, numpys = SETTINGS[name](mg), SETTINGS[name](NUMPY)
    pairs = zip(ours, numpys, strict=True) if type(ours) is list else [(ours, numpys)]
    for got, expected in pairs:
        assert np.shape(got) == np.shape(expected)
        # up to the rounding of sums in another order
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_slopes_of_samples_are_those_of_numpy(edge_order):
    """np.gradient of a tensor, for one step, a step an axis and coordinates."""
    for spacing in [(), (0.5,), (0.5, 2.0), (W, 2.0), (W, np.array([0, 1, 4, 5, 6.0]))]:
        f = lambda x, h=spacing: np.stack(np.gradient(x, *h, edge_order=edge_order))
        np.testing.assert_allclose(mg.vjp(f, A)[0], f(A), rtol=1e-12)
        mg.check_grads(f, (A,), order=2)
    along = lambda x: np.gradient(x, W, axis=0)
    np.testing.assert_allclose(mg.vjp(along, A)[0], along(A), rtol=1e-12)
