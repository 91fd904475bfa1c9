"""Which values are plain data, and how they are shown, copied and compared."""

from __future__ import annotations

import numpy as np
import pytest

from minigrad.course.values import (
    Opaque,
    copied,
    is_number,
    kind_of,
    same,
    show,
    snapshot,
    type_name,
    unchanged,
)


class Liar:
    """Claims to be an array of ones wherever it is asked."""

    __class__ = np.ndarray

    def __eq__(self, other):
        return True

    __hash__ = None

    def __repr__(self):
        return "array([1.])"


def nameless() -> object:
    """An object whose type's name can only be read past the metaclass."""

    class LyingMeta(type):
        @property
        def __name__(cls):
            raise SystemExit

    return LyingMeta("Nameless", (), {})()


def test_a_type_is_named_without_asking_it():
    """Neither __class__ nor a metaclass can change what is said."""
    assert type_name(Liar()) == "Liar"
    assert type_name(nameless()) == "Nameless"


def test_a_long_type_name_is_cut():
    """A message stays short whatever a class is called."""
    assert type_name(type("N" * 5000, (), {})()) == "N" * 40


def test_only_exact_numbers_are_numbers():
    """A subclass of float may do anything, so it is none."""
    sly = type("Sly", (float,), {})
    assert all(map(is_number, (1, 1.0, np.int8(1), np.float32(1), np.array(1.0))))
    assert not any(map(is_number, (True, np.bool_(True), sly(1), 1j, "1", np.ones(1))))


SHOWN = {
    "a small array": (np.array([1.0, 0.5]), "array (2,): [1. 0.5]"),
    "a large vector": (np.arange(20.0), "array (20,): [ 0. 1. ... 18. 19.]"),
    "a matrix": (np.ones((4, 4)), "array (4, 4): [[1. ... 1.] ... [1. ... 1.]]"),
    "a number": (1 / 3, "0.333333"),
    "a huge int": (10**5000, "inf"),
    "words": ([None, True, "x"], "list of 3: None; True; 'x'"),
    "many": ((1, 2, 3, 4, 5), "tuple of 5: 1; 2; 3; 4; ..."),
    "deep": ([[[1]]], "list of 1: list of 1: a list of 1"),
    "an object": (Liar(), "a Liar"),
    "objects": (np.array([Liar()]), "an array of dtype object of shape (1,)"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_value_is_shown_in_one_short_line(name):
    """Numbers rounded, large arrays by their corners, objects by their type."""
    value, text = SHOWN[name]
    assert show(value) == text


def test_a_long_string_is_cut():
    """A student's string does not flood the report, and its control signs are inert."""
    text = show("\x1b[31m" + "x" * 10**6)
    assert len(text) <= 64
    assert "\x1b" not in text


def test_kinds_have_their_article():
    """``an int``, ``a tuple of 2``."""
    assert kind_of(3) == "an int"
    assert kind_of((1, 2)) == "a tuple of 2"


def test_a_copy_shares_no_array():
    """Nested arguments are copied down to the arrays; functions stay themselves."""
    Ws = [np.ones(2), (np.ones(3),)]
    copy = copied((Ws, np.tanh, {"W": Ws[0]}))
    copy[0][0][0] = copy[0][1][0][0] = copy[2]["W"][0] = 9.0
    assert Ws[0][0] == Ws[1][0][0] == 1.0
    assert copy[1] is np.tanh


def test_a_copied_generator_draws_the_same_and_by_itself():
    """Whoever is lent one takes no numbers from the check's, and changes nothing."""
    rng = np.random.default_rng(1)
    before, lent = copied([rng, rng])
    drawn = lent.standard_normal(3)
    assert np.array_equal(before.standard_normal(3), drawn)
    assert np.array_equal(rng.standard_normal(3), drawn)
    assert unchanged(before, lent)


def test_a_snapshot_holds_only_plain_data():
    """What is not plain is replaced by the name of its type, at any depth."""
    value = [np.ones(1), Liar(), (True, "x", None), {1: 2}, np.array([Liar()])]
    plain = snapshot(value)
    assert plain[1:4] == [Opaque("Liar"), (True, "x", None), Opaque("dict")]
    assert plain[4] == Opaque("ndarray")
    assert plain[0] is not value[0]


def test_a_snapshot_of_a_list_in_itself_ends():
    """Nesting is copied to a fixed depth."""
    value: list = []
    value.append(value)
    assert "Opaque" in repr(snapshot(value))


SAME = [
    (1, 1.0),
    ([1.0, np.ones(2)], (1.0, np.ones(2))),
    (np.array([np.nan, 1.0]), np.array([np.nan, 1.0 + 1e-12])),
    (np.array([np.inf, 1.0]), np.array([np.inf, 1.0])),
    (np.array([1e-17]), np.array([-3e-17])),
    (Opaque("Liar"), Opaque("Liar")),
    (10**400, 10**500),
    (None, None),
]
DIFFERENT = [
    (1.0, 1.001),
    (1, True),
    (np.ones(2), [1.0, 1.0]),
    (np.ones(2), np.ones((1, 2))),
    (np.array([np.nan]), np.array([1.0])),
    ([1.0], [1.0, 1.0]),
    ("a", "b"),
    (Opaque("Liar"), Opaque("list")),
    (np.array([1.0, 1e-3]), np.array([1.0, 2e-3])),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_results_agree_within_rounding(a, b):
    """Containers and widths of numbers do not matter, NaN equals NaN."""
    assert same(a, b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_results_that_differ_are_told_apart(a, b):
    """A value, a shape, a length, a type."""
    assert not same(a, b)


def test_a_change_of_one_bit_is_a_change():
    """0.0 and -0.0 are equal, and still one was written over the other."""
    assert unchanged([np.zeros(1)], [np.zeros(1)])
    assert not unchanged([np.zeros(1)], [-np.zeros(1)])
    assert not unchanged({"W": np.ones(1)}, {"W": np.ones(1), "b": 1})


def test_numbers_and_words_in_a_list_are_arguments_too():
    """Who sorts a list of indices in place has changed it."""
    assert unchanged([1, 2.0, "x", None, float("nan")], [1, 2.0, "x", None, np.nan])
    assert not unchanged([2, 0], [0, 2])
    assert not unchanged({"S": ["a"]}, {"S": ["b"]})
    assert not unchanged((np.nan,), (1.0,))
