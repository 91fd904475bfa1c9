"""Formulas read like the code that made them."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.drawing import draw

A = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda x: x * (x + 1.0), "x * (x + 1)"),
        (lambda x: (x + x) * x, "(x + x) * x"),
        (lambda x: x - (x - x), "x - (x - x)"),
        (lambda x: -(x * x), "-(x * x)"),
        (lambda x: (-x) ** 3, "(-x)**3"),
        (lambda x: (x + x) ** 2, "(x + x)²"),
        (lambda x: 1.0 / x, "1 / x"),
        (lambda x: x * -2.0, "x * -2"),
        (lambda x: x @ x.T, "x @ x.T"),
        (lambda x: (x @ x)[0, 1:], "(x @ x)[0, 1:]"),
        (lambda x: x[::2], "x[::2]"),
        (lambda x: x[[0, 0]], "x[[0, 0]]"),
        (lambda x: np.sum(x, axis=0), "sum(x, axis=0)"),
        (lambda x: np.max(x, axis=1, keepdims=True), "max(x, axis=-1, keepdims=True)"),
        (lambda x: np.sum(x), "sum(x)"),
        (lambda x: np.reshape(x, (4,)), "reshape(x, (4,))"),
        (lambda x: mg.softmax(x), "softmax(x, axis=-1)"),
        (lambda x: np.where(x > 1, x, 0.0), "where(const, x, 0)"),
    ],
)
def test_a_formula_reads_like_its_code(f, text):
    """Brackets where the order of operations needs them, and only there."""
    assert draw(f, A).graph.cards[-1].formula == text


def f_power(x):
    y = x * 1.0
    return y**3


def f_sigmoid(x):
    y = x * 1.0
    return mg.sigmoid(y)


def f_div(x):
    y = x * 1.0
    return 2.0 / y


def f_norm(x):
    y = x * 1.0
    return np.linalg.norm(y)


@pytest.mark.parametrize(
    ("f", "symbol"),
    [
        (f_power, "3 y**2"),
        (f_sigmoid, None),  # f_sigmoid (1 - f_sigmoid) would crowd its edge
        (f_div, "-f_div/y"),
        (f_norm, "y/f_norm"),
    ],
)
def test_a_local_derivative_is_short(f, symbol):
    """In the names of the picture, or not at all."""
    assert draw(f, np.ones(2)).graph.links[-1].local.symbol == symbol
