"""The checks of chapter 10, in teaching order for both functions.

A samples over ones, W weights, E loss, g gradient, H Hessian.  Bounds compare with
matrices that were built from their singular values, with eigenvalues of Gram matrices,
and with the gradient of networks in which the bound is attained; minigrad and central
differences agree on every gradient and Hessian.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

# grad_lower_bound ------------------------------------------------------------------


def rotation(rng, n):
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def matrix(rng, rows, columns):
    """A random matrix without small singular values, and its smallest one."""
    s = rng.uniform(0.5, 2.0, rows)
    return rotation(rng, rows) @ (s[:, None] * rotation(rng, columns)[:rows]), s.min()


def samples(rng, n0, n):
    """[X; 1] for random X (n0, n), drawn again until it is well conditioned."""
    while True:
        A = np.vstack([rng.standard_normal((n0, n)), np.ones(n)])
        if n > n0 + 1 or np.linalg.cond(A) < 30:
            return A


def kept(M):
    """The n-th singular value of M (rows, n): the root of an eigenvalue of MᵀM."""
    return float(np.sqrt(max(np.linalg.eigvalsh(M.T @ M)[0], 0.0)))


def setting(rng, n, *sizes):
    """Ws, dmin, A, dL of a network with these layers, and its bound."""
    pairs = [matrix(rng, m, k) for k, m in pairwise(sizes[1:])]
    Ws = [rng.standard_normal(sizes[1::-1]), *(W for W, _ in pairs)]
    dmin, A = rng.uniform(0.2, 1.5, len(Ws)), samples(rng, sizes[0], n)
    dL = rng.standard_normal((sizes[-1], n))
    bound = kept(A) * np.sqrt(np.sum(dL**2))
    for factor in (*(s for _, s in pairs), *dmin):
        bound *= factor
    return (Ws, dmin, A, dL), float(bound)


WIDE = [
    (3, 5, 7, 5, 3),  # n, then n_0 .. n_H
    (4, 3, 6, 6, 2),
    (2, 7, 4, 4, 4),
    (5, 4, 9, 3),
    (3, 5, 2),
    (1, 2, 3, 1),
]


@task("grad_lower_bound", points=1, short="by hand")
def test_a_bound_by_hand(student, rng):
    """AᵀA = diag(4, 36), W_2 W_2ᵀ = diag(9, 4), slopes 1/2 and 1/4, ‖dL‖ = 5: 5/2."""
    A = np.array([[1.0, -5.0], [1.0, 1.0], [1.0, 3.0], [1.0, 1.0]])
    W1, W2 = 3.0 * np.eye(3), np.array([[0.0, 3.0, 0.0], [2.0, 0.0, 0.0]])
    dL = np.array([[4.0, 0.0], [0.0, 3.0]])
    dmin = np.array([0.5, 0.25])
    expect(student.grad_lower_bound([W1, W2], dmin, A, dL)).close_to(2.5)


@task("grad_lower_bound", points=2, short="random")
def test_random_networks_that_are_wide(student, rng):
    """One to four layers of which none has more units than the one before, but for the
    first; singular values are known. Small weights, and samples that are alike, make
    it small and not 0.
    """
    for n, *sizes in WIDE:
        (Ws, *rest), bound = setting(rng, n, *sizes)
        expect(student.grad_lower_bound(Ws, *rest)).close_to(bound)
        for k in range(1, len(Ws)):
            less = [*Ws[:k], 1e-4 * Ws[k], *Ws[k + 1 :]]
            expect(student.grad_lower_bound(less, *rest)).close_to(1e-4 * bound)
        dmin, A, dL = rest
        alike = np.vstack([0.03 * A[:-1], A[-1:]])
        found = student.grad_lower_bound(Ws, dmin, alike, dL)
        expect(found).close_to(bound * kept(alike) / kept(A))


@task("grad_lower_bound", points=1, short="W_1 free")
def test_the_first_matrix_does_not_matter(student, rng):
    """W_1 = 0, of rank one, or huge: the bound is what it was."""
    for n, *sizes in WIDE[:4]:
        (Ws, *rest), bound = setting(rng, n, *sizes)
        ones = np.ones_like(Ws[0])
        for first in (0.0 * ones, ones, 1e6 * Ws[0]):
            found = student.grad_lower_bound([first, *Ws[1:]], *rest)
            expect(found).close_to(bound)


@task("grad_lower_bound", points=2, short="no bound")
def test_where_there_is_nothing_to_bound(student, rng):
    """0 for n > n_0 + 1, for a layer wider than the one before, for equal samples, a
    matrix of too small a rank, a slope 0 and no gradient; else positive.
    """

    def zero(Ws, dmin, A, dL):
        scale = np.linalg.norm(dL) * np.prod([np.linalg.norm(M) for M in [A, *Ws[1:]]])
        # By way of AᵀA a zero is only known to the root of the rounding error.
        found = student.grad_lower_bound(Ws, dmin, A, dL)
        expect(found).close_to(0.0, rtol=1e-7, scale=float(scale))

    (Ws, dmin, A, dL), bound = setting(rng, 3, 3, 6, 4, 2)
    expect(student.grad_lower_bound(Ws, dmin, A, dL)).close_to(bound)
    many = samples(rng, 3, 6)
    zero(Ws, dmin, many, rng.standard_normal((2, 6)))
    zero(Ws, dmin, A[:, [0, 1, 1]], dL)
    taller = [Ws[0], rng.standard_normal((7, 6)), rng.standard_normal((2, 7))]
    zero(taller, dmin, A, dL)
    zero([*Ws[:2], np.outer([1.0, -2.0], Ws[2][0])], dmin, A, dL)
    zero(Ws, dmin * [1.0, 0.0, 1.0], A, dL)
    zero(Ws, dmin, A, 0.0 * dL)


def length_of_gradient(E, at):
    """‖∇E‖ by minigrad, on which central differences agree."""
    lengths = [
        np.sqrt(sum(np.sum(part**2) for part in gradient(E, at)))
        for gradient in (lambda E, at: mg.grad(E)(at), mg.numerical_grad)
    ]
    if not abs(lengths[0] - lengths[1]) <= 1e-6 * lengths[0] + 1e-8:
        raise RuntimeError(f"minigrad and differences disagree: {lengths}")
    return float(lengths[0])


def aligned(rng, *sizes):
    """W_2..W_H, each handing its shortest direction down to the next, and the first."""
    Ws, right = [], rotation(rng, sizes[1])
    for m in sizes[2:]:
        s, left = np.sort(rng.uniform(0.5, 2.0, m)), rotation(rng, m)
        Ws.append(left @ (s[:, None] * right[:, :m].T))
        right = left
    return Ws, right[:, 0]


@task("grad_lower_bound", points=2, short="attained")
def test_networks_in_which_the_gradient_is_as_short_as_that(student, rng):
    """Linear layers with shortest directions in a row: the bound is the gradient's
    length, by minigrad and by differences.
    """
    for n, *sizes in WIDE:
        Ws, top = aligned(rng, *sizes)
        d, A = rng.uniform(0.3, 1.5, len(Ws) + 1), samples(rng, sizes[0], n)
        dL = 2.0 * np.outer(top, np.linalg.svd(A)[2][n - 1])

        def E(p, Ws=Ws, d=d, A=A, dL=dL):
            F = d[0] * (p @ A)
            for slope, W in zip(d[1:], Ws, strict=True):
                F = slope * (W @ F)
            return np.sum(dL * F)

        at = rng.standard_normal((sizes[1], sizes[0] + 1))  # [W_1, b_1]
        length = length_of_gradient(E, at)
        found = student.grad_lower_bound([at[:, :-1], *Ws], d, A, dL)
        expect(found).close_to(length, rtol=1e-8)  # rounding adds up over the layers


ACTIVATIONS = [  # with their derivatives
    (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    (
        lambda z: 1.0 / (1.0 + np.exp(-z)),
        lambda z: np.exp(-z) / (1.0 + np.exp(-z)) ** 2,
    ),
    (lambda z: z + 0.5 * np.sin(z), lambda z: 1.0 + 0.5 * np.cos(z)),
]


def states(p, Ws, bs, A):
    """What goes into the activation of each layer, for [W_1, b_1] = p."""
    Zs = [p @ A]
    for h, (W, b) in enumerate(zip(Ws, bs, strict=True)):
        Zs.append(W @ ACTIVATIONS[h % 3][0](Zs[-1]) + b[:, None])
    return Zs


def output(p, Ws, bs, A):
    return ACTIVATIONS[len(Ws) % 3][0](states(p, Ws, bs, A)[-1])


@task("grad_lower_bound", points=2, short="engine")
def test_gradients_of_smooth_networks_are_no_shorter(student, rng):
    """tanh, logistic and z + sin(z)/2, squared loss: minigrad's and differences'
    gradients in W_1 and b_1 keep above the bound.
    """
    for n, *sizes in WIDE:
        Ws = [matrix(rng, m, k)[0] for k, m in pairwise(sizes[1:])]
        bs = [0.5 * rng.standard_normal(len(W)) for W in Ws]
        at, A = rng.standard_normal((sizes[1], sizes[0] + 1)), samples(rng, sizes[0], n)
        Y = rng.standard_normal((sizes[-1], n))
        Zs = states(at, Ws, bs, A)
        slopes = [ACTIVATIONS[h % 3][1](Z) for h, Z in enumerate(Zs)]
        dmin = np.array([np.abs(slope).min() for slope in slopes])
        dL = 2.0 * (output(at, Ws, bs, A) - Y)
        E = lambda p, Ws=Ws, bs=bs, A=A, Y=Y: np.sum((output(p, Ws, bs, A) - Y) ** 2)
        bound = kept(A) * np.prod([kept(W.T) for W in Ws]) * np.prod(dmin)
        bound *= np.linalg.norm(dL)
        if length_of_gradient(E, at) < bound:
            raise RuntimeError("a gradient is shorter than its bound")
        found = student.grad_lower_bound([at[:, :-1], *Ws], dmin, A, dL)
        expect(found).close_to(float(bound))


# critical_point_kind ---------------------------------------------------------------

KINDS = {
    "minimum": [(0.5, 1.0, 4.0), (2.0,), (1.0, 1.0, 1.0, 2.0, 3.0)],
    "maximum": [(-3.0, -1.0, -0.2), (-1.5,), (-2.0, -1.0)],
    "strict saddle": [(-1.0, 2.0, 3.0), (-2.0, -1.0, 1.0, 3.0), (-3.0, -2.0, 0.1)],
}
OPEN = [(-2.0, -1.0, 0.0), (0.0, 1.0, 2.0), (0.0, 0.0, 3.0), (-1.0, 0.0), (0.0,)]


def symmetric(rng, eigenvalues):
    """A symmetric matrix with these eigenvalues and random eigenvectors."""
    Q = rotation(rng, len(eigenvalues))
    H = Q @ np.diag(np.asarray(eigenvalues, dtype=float)) @ Q.T
    return (H + H.T) / 2


@task("critical_point_kind", points=1, short="by hand")
def test_diagonal_hessians(student, rng):
    """Bowl, hill, saddle, trough, and a slope, in two variables."""
    kind, flat = student.critical_point_kind, np.zeros(2)
    expect(kind(flat, np.diag([2.0, 1.0]), 1e-8)).close_to("minimum")
    expect(kind(flat, np.diag([-1.0, -3.0]), 1e-8)).close_to("maximum")
    expect(kind(flat, np.diag([1.0, -2.0]), 1e-8)).close_to("strict saddle")
    expect(kind(flat, np.diag([1.0, 0.0]), 1e-8)).close_to("undetermined")
    slope = np.array([0.0, 1.0])
    expect(kind(slope, np.diag([2.0, 1.0]), 1e-8)).close_to("not critical")


@task("critical_point_kind", points=2, short="random")
def test_rotated_hessians(student, rng):
    """One to five variables; signs of eigenvalues, not of entries."""
    for kind, spectra in KINDS.items():
        for eigenvalues in spectra:
            g = 1e-12 * rng.standard_normal(len(eigenvalues))
            H = symmetric(rng, eigenvalues)
            expect(student.critical_point_kind(g, H, 1e-8)).close_to(kind)
    H = np.array([[1.0, 2.0], [2.0, 1.0]])
    expect(student.critical_point_kind(np.zeros(2), H, 1e-8)).close_to("strict saddle")


@task("critical_point_kind", points=1, short="slopes")
def test_a_slope_is_not_critical(student, rng):
    """Whatever the Hessian, and also where the entries of g cancel or are negative."""
    spectra = [spectrum for spectra in KINDS.values() for spectrum in spectra]
    for eigenvalues in (*spectra, *OPEN):
        H = symmetric(rng, eigenvalues)
        g = rng.standard_normal(len(H))
        for slope in (g / np.linalg.norm(g), -np.ones(len(H))):
            found = student.critical_point_kind(slope, H, 1e-8)
            expect(found).close_to("not critical")
    H, g = symmetric(rng, (1.0, 2.0)), np.array([1.0, -1.0])
    expect(student.critical_point_kind(g, H, 1e-8)).close_to("not critical")
    expect(student.critical_point_kind(0 * g, H, 1e-8)).close_to("minimum")


@task("critical_point_kind", points=1, short="semidefinite")
def test_what_order_two_leaves_open(student, rng):
    """Zeros beside one sign, or alone; beside both signs they change nothing."""
    both = [(-1.0, 0.0, 2.0), (-0.1, 0.0, 0.0, 0.0, 3.0)]
    for kind, spectra in (("undetermined", OPEN), ("strict saddle", both)):
        for eigenvalues in spectra:
            g = np.zeros(len(eigenvalues))
            for H in (symmetric(rng, eigenvalues), np.diag(eigenvalues)):
                expect(student.critical_point_kind(g, H, 1e-8)).close_to(kind)


@task("critical_point_kind", points=1, short="tolerance")
def test_what_counts_as_zero(student, rng):
    """1e-5 is zero for a tolerance of 1e-3, and is not for 1e-8; 2e-3 is for neither,
    however large the others are.
    """
    flat, large = np.zeros(3), 1e4
    for tol, steep, trough, pass_, hill in [
        (1e-8, "not critical", "minimum", "strict saddle", "maximum"),
        (1e-3, "minimum", "undetermined", "undetermined", "undetermined"),
    ]:
        kind = lambda g, spectrum, tol=tol: student.critical_point_kind(
            g, symmetric(rng, spectrum), tol
        )
        expect(kind(np.array([0.0, -1e-5, 0.0]), (1.0, 2.0, 3.0))).close_to(steep)
        expect(kind(flat, (1e-5, 1.0, 2.0))).close_to(trough)
        expect(kind(flat, (-1e-5, 1.0, 2.0))).close_to(pass_)
        expect(kind(flat, (-2.0, -1.0, -1e-5))).close_to(hill)
        expect(kind(flat, (2e-3, large, large))).close_to("minimum")
        expect(kind(flat, (-large, -2e-3, large))).close_to("strict saddle")
        expect(kind(flat, (-large, -2.0, -2e-3))).close_to("maximum")
        slope = np.array([0.0, 0.0, 2e-3])
        expect(kind(slope, (1.0, 2.0, large))).close_to("not critical")
    kind = student.critical_point_kind
    expect(kind(flat, np.diag([1e-10, 1.0, 2.0]), 1e-8)).close_to("undetermined")
    expect(kind(flat, np.diag([-1e-10, 1.0, 2.0]), 1e-8)).close_to("undetermined")


# Functions, a critical point, what gradient and Hessian say, and what is true.
LANDSCAPES = [
    (lambda x: x[0] ** 2 + x[1] ** 3, (0, 0), "undetermined", "saddle"),
    (lambda x: x[0] ** 2 + x[1] ** 4, (0, 0), "undetermined", "minimum"),
    (lambda x: -(x[0] ** 2) + x[1] ** 4, (0, 0), "undetermined", "saddle"),
    (lambda x: -(x[0] ** 2) - x[1] ** 4, (0, 0), "undetermined", "maximum"),
    (lambda x: (x[0] * x[1] - 1.0) ** 2, (0, 0), "strict saddle", "saddle"),
    (lambda x: (x[0] * x[1] * x[2] - 1.0) ** 2, (0, 0, 0), "undetermined", "saddle"),
    (lambda x: (x[0] * x[1] - 1.0) ** 2, (1, 1), "undetermined", "minimum"),
    (
        lambda x: (np.tanh(x[0]) * x[1] + x[2]) ** 2,
        (1, 0, 0),
        "undetermined",
        "minimum",
    ),
    (lambda x: (np.tanh(x[0]) - 1) ** 2 + x[1] ** 2, (0, 0), "not critical", "slope"),
    (lambda x: np.cosh(x[0]) + x[0] * x[1] + x[1] ** 2, (0, 0), "minimum", "minimum"),
    (lambda x: np.cos(x[0]) * np.exp(-(x[1] ** 2)), (0, 0), "maximum", "maximum"),
]


def hessian_two_ways(f, at):
    """By minigrad, on which differences of its gradient agree."""
    H = mg.hessian(f)(at)
    by_differences = [
        (mg.grad(f)(at + 1e-5 * e) - mg.grad(f)(at - 1e-5 * e)) / 2e-5
        for e in np.eye(len(at))
    ]
    if not np.abs(H - by_differences).max() <= 1e-8 * (1.0 + np.abs(H).max()):
        raise RuntimeError("minigrad and differences disagree on a Hessian")
    return H


def what_is_true(f, at, rng):
    """Whether f rises or falls nearby, as far as rounding lets see."""
    near = at + 0.1 * rng.standard_normal((2000, len(at)))
    changes = np.array([f(x) for x in near]) - f(at)
    up, down = changes.max() > 1e-9, changes.min() < -1e-9
    return "saddle" if up and down else "minimum" if up else "maximum"


@task("critical_point_kind", points=2, short="engine")
def test_critical_points_of_functions(student, rng):
    """Gradients and Hessians by minigrad and differences; some Hessians belong to a
    minimum and to a saddle.
    """
    for f, point, kind, truth in LANDSCAPES:
        at = np.array(point, dtype=float)
        g, H = mg.grad(f)(at), hessian_two_ways(f, at)
        if truth != "slope" and truth != what_is_true(f, at, rng):
            raise RuntimeError(f"no {truth} at {point}")
        expect(student.critical_point_kind(g, H, 1e-6)).close_to(kind)
