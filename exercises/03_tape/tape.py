"""Chapter 03, the tape: eight functions and a class, and reverse mode is yours.

Only Python and NumPy: no autodiff library, minigrad included.  No function changes its
inputs.  The statement is in README.md beside this file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def central_difference(
    f: Callable[[np.ndarray], float], x: np.ndarray, h: float
) -> np.ndarray:
    """Gradient of a scalar function by central differences.

    (f(x + h e) - f(x - h e)) / 2h, for the unit vector e of each entry.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of ``x`` and returns a number.
    x : array
        Of any shape.
    h : float
        The step, positive.

    Returns
    -------
    array of the shape of ``x``
    """
    raise NotImplementedError


def tape_backward(
    tape: list[tuple[str, tuple[int, ...], float]], seed: float
) -> list[float]:
    """The adjoint of every line of a tape.

    Parameters
    ----------
    tape : list of (op, inputs, value)
        ``op`` is "input", "add", "mul", "sin" or "exp"; ``inputs`` are the numbers
        of the lines that this one reads, all of them above it; ``value`` is a float.
    seed : float
        Adjoint of the last line.

    Returns
    -------
    list of len(tape) floats
        Entry i is the derivative of ``seed`` times the last line in line i; 0.0 for
        a line that the last one does not depend on.
    """
    raise NotImplementedError


def backward_order(parents: list[list[int]]) -> list[int]:
    """The nodes that the last one depends on, each after all its consumers.

    Parameters
    ----------
    parents : list of lists of int
        ``parents[i]`` are the nodes that node i reads, all smaller than i; a node that
        is read twice stands there twice.

    Returns
    -------
    list of int
        The last node, and every node that it reaches by way of parents, once each; a
        node stands behind all the nodes of the list that read it.
    """
    raise NotImplementedError


class Var:
    """A number that remembers how it was made.

    ``+ - * /`` with a Var or a number on either side, ``**`` with a number as exponent,
    unary minus, and the methods ``exp() log() tanh() relu()`` give a new Var.

    Attributes
    ----------
    value : float
    grad : float
        0.0 at first; after ``z.backward()`` the derivative of z in this Var, if z
        depends on it.
    """

    def __init__(self, value: float) -> None:
        raise NotImplementedError

    def backward(self) -> None:
        """Set ``grad`` on this Var and on all that it was made of.

        Calling it again changes nothing.  Works for chains of 50 000 operations.
        """
        raise NotImplementedError


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An adjoint summed back to the shape of what was broadcast.

    Parameters
    ----------
    g : array
        Adjoint of the broadcast array.
    shape : tuple of int
        A shape that broadcasts to that of ``g``; may be ``()``.

    Returns
    -------
    array of shape ``shape``
    """
    raise NotImplementedError


def matmul_vjp(
    g: np.ndarray, A: np.ndarray, B: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The adjoints of both factors of ``A @ B``.

    Parameters
    ----------
    g : array (m, n)
        Adjoint of the product.
    A : array (m, k)
        The left factor.
    B : array (k, n)
        The right factor.

    Returns
    -------
    dA, dB : arrays (m, k), (k, n)
    """
    raise NotImplementedError


def softmax_vjp(g: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The adjoint of the argument of a softmax over the last axis.

    Parameters
    ----------
    g : array (..., n)
        Adjoint of the probabilities.
    z : array (..., n)
        Logits; entries of 1000 are ordinary input.

    Returns
    -------
    array (..., n)
    """
    raise NotImplementedError


def logsumexp_vjp(g: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The adjoint of the argument of log(sum(exp(z))) over the last axis.

    Parameters
    ----------
    g : array (...)
        Adjoint of the result, which has one axis less than ``z``.
    z : array (..., n)
        Entries of 1000 are ordinary input.

    Returns
    -------
    array (..., n)
    """
    raise NotImplementedError


def take_vjp(g: np.ndarray, x_shape: tuple[int, ...], index: np.ndarray) -> np.ndarray:
    """The adjoint of x where y = x[index] was read.

    Parameters
    ----------
    g : array of shape (*index.shape, *x_shape[1:])
        Adjoint of y.
    x_shape : tuple of int
        Shape of x.
    index : integer array of any shape
        Positions on axis 0 of x; they may repeat, and negative ones count from the end.

    Returns
    -------
    array of shape ``x_shape``
    """
    raise NotImplementedError
