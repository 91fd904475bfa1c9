"""What is said when a computation fails: golden texts, with the lines of this file."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.overwritten import OverwrittenError
from minigrad.places import ShapeError


def told(f, *args, error=ShapeError, transform=mg.grad):
    """The message, with this file called FILE and lines counted from the function's."""
    with pytest.raises(error) as caught:
        transform(f)(*args)
    return shortened(str(caught.value), f)


def shortened(text, f):
    first = inspect.getsourcelines(f)[1]
    return re.sub(
        re.escape(__file__) + r":(\d+)",
        lambda match: f"FILE:{int(match[1]) - first}",
        text,
    )


def layer(W, b, h):
    z = h @ W + b
    return np.sum(np.tanh(z))


def test_a_product_names_both_matrices():
    """The last axis of one, the first of the other, in the user's words."""
    assert told(layer, np.ones((16, 10)), np.ones(10), np.ones((32, 17))) == (
        "matmul: the last axis has 17 entries, the first axis 16\n"
        "  at FILE:1 in layer:  h @ W\n"
        "  h  32  17\n"
        "  W  16  10"
    )


def test_a_sum_shows_shapes_below_one_another():
    """As they are broadcast: last axis below last axis."""
    assert told(layer, np.ones((17, 10)), np.ones(9), np.ones((32, 17))) == (
        "add: axis -1 has 10 entries and 9\n"
        "  at FILE:1 in layer:  h @ W + b\n"
        "  h @ W  32  10\n"
        "  b           9"
    )


def reshaped(x):
    return np.sum(x.reshape(2, 2))


def joined(x):
    return np.sum(np.concatenate([x, np.ones((2, 2))]))


def test_other_refusals_keep_the_words_of_numpy():
    """With the operation, the place and what it was called with."""
    assert told(reshaped, np.ones(3)) == (
        "reshape: cannot reshape array of size 3 into shape (2,2)\n"
        "  at FILE:1 in reshaped:  x.reshape(2, 2)\n"
        "  x  3"
    )
    assert told(joined, np.ones(3)).splitlines()[1:] == [
        "  at FILE:1 in joined:  np.concatenate([x, np.ones((2, 2))])",
        "  x                   3",
        "  np.ones((2, 2))  2  2",
    ]


def test_a_singular_matrix_is_no_matter_of_shapes():
    """NumPy's own error passes through."""
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        mg.grad(lambda x: np.sum(np.linalg.inv(x)))(np.zeros((2, 2)))


@pytest.mark.parametrize("transform", [mg.hessian, mg.jacobian])
def test_the_place_is_the_same_in_every_transform(transform):
    """However deep derivatives are nested, it is told once, where the user wrote it."""
    args = np.ones((16, 10)), np.ones(10), np.ones((32, 17))
    text = told(transform(layer), *args)
    assert text.count("\n") == 3
    assert "in layer:  h @ W\n" in text


def refilled(w):
    buffer = np.empty(3)
    total = 0.0
    for t in range(3):
        buffer[:] = t
        total = total + np.sum(w * buffer)
    return total


def centered_late(w):
    X = np.ones((3, 3))
    h = np.tanh(X @ w)
    X -= 1.0
    return np.sum(h)


LABELS = np.array([0, 1])


def relabeled(w):
    picked = w[LABELS]
    LABELS[0] = 2
    return np.sum(picked**2)


def test_an_array_that_the_gradient_reads_cannot_be_changed():
    """The reader and the writer are named; the array and its owner are as before."""
    assert told(refilled, np.ones(3), error=OverwrittenError) == (
        "buffer cannot be changed yet: the gradient is computed from it by mul\n"
        "  read at    FILE:5 in refilled:  w * buffer\n"
        "  changed at FILE:4 in refilled:  buffer[:]\n"
        "make a new array, buffer = ..., or use a copy"
    )
    assert "by matmul\n  read at    FILE:2 in" in told(
        centered_late, np.ones(3), error=OverwrittenError
    )
    assert "by getitem\n  read at    FILE:1 in relabeled:  w[LABELS]" in told(
        relabeled, np.ones(3), error=OverwrittenError
    )
    np.testing.assert_array_equal(LABELS, [0, 1])
    assert LABELS.flags.writeable


def test_arrays_are_given_back_when_the_gradient_is_there():
    """After success, after an exception, and when a pullback or tape is dropped."""
    X = np.arange(12.0).reshape(4, 3)  # a view: its owner is locked as well
    row, w = X[0], np.ones(3)

    def fails(w):
        raise ZeroDivisionError(np.sum(X @ w * row[0]))

    leaked = []
    mg.grad(lambda w: leaked.append(w) or np.sum(np.tanh(X @ w)) * row[0])(w)
    assert X.flags.writeable
    with pytest.raises(ZeroDivisionError) as kept:  # noqa: F841 - the traceback lives
        mg.grad(fails)(w)
    _, pullback = mg.vjp(lambda w: X @ w, w)
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        X.base[0] = 1.0
    del pullback, _
    X[0], row[1], w[0] = 1.0, 2.0, 3.0
    assert X.base.flags.writeable


@pytest.mark.parametrize("first", [0, 1])
def test_an_array_is_given_back_by_the_last_that_holds_it(first):
    """Two pullbacks read one row and the whole; either may be dropped first."""
    X = np.arange(12.0).reshape(4, 3)
    row = X[1]
    held = [
        mg.vjp(lambda w: w * row, np.ones(3))[1],
        mg.vjp(lambda w: X @ w, np.ones(3))[1],
    ]
    del held[first]
    for array in (X, X.base) if first == 0 else (row, X.base):
        assert not array.flags.writeable
    held.clear()
    X[0], row[1], X.base[5] = 1.0, 2.0, 3.0
    assert X[1, 1] == 2.0
    assert X[1, 2] == 3.0


def through_a_checkpoint(w):
    buffer, total = np.empty(2), 0.0
    step = mg.checkpoint(lambda w, b: np.sum(np.tanh(w * b)))
    for k in (1.0, 2.0):
        buffer[:] = k
        total = total + step(w, buffer)
    return total


def picked_twice(w):
    places = np.array([0, 1])
    inner = mg.grad(lambda v: np.sum(v[places] ** 3))(w)
    places[:] = 2
    return np.sum(inner)


@pytest.mark.parametrize("f", [through_a_checkpoint, picked_twice])
def test_what_is_read_again_later_is_locked_too(f):
    """Arguments that a checkpoint runs with, and an index below two tapes."""
    with pytest.raises(OverwrittenError):
        mg.grad(f)(np.ones(3) if f is picked_twice else np.ones(2))


def test_what_could_not_be_given_back_is_not_locked():
    """A view that stayed writable when its owner was locked by the user."""
    owner = np.arange(4.0)
    view = owner[1:]
    owner.flags.writeable = False
    good = np.ones(6)
    part = good[:3]
    mg.grad(lambda w: np.sum(w * view) + np.sum(w * part))(np.ones(3))
    assert view.flags.writeable
    assert part.flags.writeable
    assert good.flags.writeable


def test_a_list_in_an_index_is_copied():
    """Changing it afterwards changes no derivative."""
    rows = [0, 1]

    def f(x):
        y = np.sum(x[rows, [0, 1]])
        rows[0] = 2
        return y

    expected = np.zeros((3, 2))
    expected[[0, 1], [0, 1]] = 1.0
    np.testing.assert_array_equal(mg.grad(f)(np.ones((3, 2))), expected)


def test_an_error_of_a_users_own_operation_passes_through():
    """Only what NumPy says of shapes is told anew."""

    def picky(x):
        raise ValueError("data must be sorted")

    op = mg.primitive(x=mg.Rule(lambda g: g))(picky)
    with pytest.raises(ValueError, match=r"^data must be sorted$"):
        mg.grad(op)(1.0)


def test_arrays_that_no_rule_reads_may_change():
    """A sum does not need its terms again."""

    def f(w):
        shift = np.zeros(3)
        total = w + shift
        shift += 5.0
        return np.sum(total**2)

    np.testing.assert_array_equal(mg.grad(f)(np.ones(3)), [2.0, 2.0, 2.0])


def test_a_read_only_array_of_the_user_stays_theirs():
    """It is not unlocked, and its refusal is NumPy's own."""
    X = np.ones((3, 3))
    X.flags.writeable = False

    def f(w):
        X[0] = 2.0
        return np.sum(X @ w)

    mg.grad(lambda w: np.sum(X @ w))(np.ones(3))
    assert not X.flags.writeable
    with pytest.raises(ValueError, match="assignment destination") as caught:
        mg.grad(f)(np.ones(3))
    assert not isinstance(caught.value, OverwrittenError)


def entropy(p):
    q = p / np.sum(p)
    return -np.sum(q * np.log(q))


def distance(x):
    return np.sqrt(x @ x)


def test_the_first_value_that_is_not_finite_is_found():
    """The operation, the line, and the range of what it was given."""
    found = mg.find_nonfinite(entropy, np.array([0.0, 1.0]))
    assert shortened(str(found), entropy) == (
        "log: -inf in 1 of 2 entries\n"
        "  at FILE:2 in entropy:  np.log(q)\n"
        "  q (2,) from 0 to 1"
    )


DATA = np.array([1.0, np.nan, 3.0])


def with_bad_data(w):
    return np.sum(np.tanh(w * DATA))


def test_data_that_are_not_finite_are_found_where_they_are_read():
    """The operation is named, and among what it read the data."""
    found = mg.find_nonfinite(with_bad_data, np.ones(3))
    assert shortened(str(found), with_bad_data) == (
        "mul: nan in 1 of 3 entries\n"
        "  at FILE:1 in with_bad_data:  w * DATA\n"
        "  w (3,) from 1 to 1\n"
        "  DATA (3,) from nan to nan"
    )


def test_a_rule_that_is_not_finite_is_found_where_values_are():
    """The distance at the origin has a value and no derivative."""
    found = mg.find_nonfinite(distance, np.zeros(3))
    assert shortened(str(found), distance) == (
        "the derivative of sqrt: inf\n"
        "  at FILE:1 in distance:  np.sqrt(x @ x)\n"
        "  x @ x = 0"
    )


def test_finite_computations_and_bad_inputs_are_told_apart():
    """None where all is well; the argument itself where it came in like that."""
    assert mg.find_nonfinite(distance, np.ones(3)) is None
    found = mg.find_nonfinite(lambda p: np.sum(p["x"]), {"x": np.array([1.0, np.nan])})
    assert str(found) == "argument 0: nan in 1 of 2 entries"
    assert mg.find_nonfinite(lambda x, n: x * n, 2.0, 3) is None
