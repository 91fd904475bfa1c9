"""The checks of chapter 09, in teaching order for each of the four functions.

m width, beta, A, u weights, Φ output, F loss.  Moments compare with exact quadrature
over all weights, or over their lengths; gradients with complex steps; the last check
of a task asks minigrad and differences.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from minigrad.course import expect, task

# (F, F') in plain NumPy, so that complex numbers and minigrad's tensors pass through.
AFFINE = (lambda z: 3.0 - 2.0 * z, lambda z: -2.0)
SQUARE = (lambda z: (z - 1) ** 2 / 2, lambda z: z - 1)
LOGISTIC = (lambda z: np.log(1 + np.exp(-z)), lambda z: -1 / (1 + np.exp(z)))
SINE = (lambda z: np.sin(2 * z + 0.5), lambda z: 2 * np.cos(2 * z + 0.5))
CURVED = [SQUARE, LOGISTIC, SINE]

ALPHAS = (0.25, 0.5, 0.75, 1.0)


def weights(rng, m):
    """beta, A, u as they are at the start."""
    return rng.standard_normal(m), rng.standard_normal((m, m)), rng.standard_normal(m)


def output(beta, A, u, x, alpha):
    """Φ layer by layer, as it is drawn; np.dot knows tensors and complex numbers."""
    m = len(u)
    hidden = np.dot(A / np.sqrt(m), u * x)
    return np.dot(beta, hidden) / m**alpha


def slopes(f, at):
    """∂f/∂at for an array by complex steps: no formula, and no digits lost."""
    h, found = 1e-30, np.zeros(at.shape)
    for where in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[where] += 1j * h
        found[where] = np.imag(f(moved)) / h
    return found


def all_slopes(f, beta, A, u):
    """The three gradients of f(beta, A, u), in this order."""
    return (
        slopes(lambda b: f(b, A, u), beta),
        slopes(lambda M: f(beta, M, u), A),
        slopes(lambda v: f(beta, A, v), u),
    )


# init_moments ----------------------------------------------------------------------


def every_weight(m):
    """Weights (betas, As, us) and probabilities that are exact up to degree 5 in each.

    A standard normal is -√3, 0, √3 with probabilities 1/6, 2/3, 1/6, as far as moments
    up to the fifth can tell: three points a weight, all combinations.
    """
    points = np.array(list(product((-1, 0, 1), repeat=m * m + 2 * m)))
    chances = np.prod(np.where(points == 0, 2 / 3, 1 / 6), axis=1)
    flat = np.sqrt(3.0) * points
    return flat[:, :m], flat[:, m:-m].reshape(-1, m, m), flat[:, -m:], chances


def outputs(betas, As, us, x, alpha):
    """Φ and the squared length of the hidden layer, for many networks at once."""
    m = us.shape[1]
    hidden = np.einsum("kij,kj->ki", As, us) * (x / np.sqrt(m))
    return np.einsum("ki,ki->k", betas, hidden) / m**alpha, (hidden**2).sum(axis=1)


def moments_of(phi, squares, chances):
    """E Φ², kurtosis and variance under these probabilities."""
    second, fourth = chances @ phi**2, chances @ phi**4
    mean = chances @ squares
    return (
        float(second),
        float(fourth / second**2),
        float(chances @ squares**2 - mean**2),
    )


def three(answer):
    """The three numbers of an answer, for claims about one of them."""
    is_triple = type(answer) in (list, tuple) and len(answer) == 3
    expect(answer).is_true(is_triple, "expected three numbers, as in (a, b, c)")
    return [expect(part).number() for part in answer]


def lengths(m):
    """Values of ‖u‖²/2 and probabilities, for even m: Gauss-Laguerre."""
    s, w = np.polynomial.laguerre.laggauss(m // 2 + 4)
    return s, w * s ** (m // 2 - 1) / math.factorial(m // 2 - 1)


@task("init_moments", points=1, short="m = 1")
def test_one_unit_by_hand(student, rng):
    """m = 1, x = 2: Φ = 2βAu, E Φ² = 4, kurtosis 3·3·3, and 16 (9 - 1) at last."""
    for alpha in (0.5, 1.0):
        expect(student.init_moments(1, alpha, 2.0)).close_to([4.0, 27.0, 128.0])


@task("init_moments", points=2, short="m = 2")
def test_two_units_over_all_weights(student, rng):
    """m = 2: exact sums over three points for each of the eight weights."""
    betas, As, us, chances = every_weight(2)
    for alpha, x in [(0.5, 1.0), (0.75, 1.3), (0.25, -0.7), (1.0, 2.0)]:
        phi, squares = outputs(betas, As, us, x, alpha)
        right = moments_of(phi, squares, chances)
        expect(student.init_moments(2, alpha, x)).close_to(right)


@task("init_moments", points=2, short="wide")
def test_wide_layers_over_the_lengths(student, rng):
    """m = 6, 20 and 50: Gaussian given the lengths of β and u, then quadrature."""
    for m in (6, 20, 50):
        s, w = lengths(m)
        square, fourth = w @ (2 * s), w @ (2 * s) ** 2  # E ‖u‖², E ‖u‖⁴
        for alpha, x in [(0.5, 1.3), (0.9, -0.6)]:
            scale = x**2 / m
            second = scale * m ** (-2 * alpha) * square**2
            variance = scale**2 * (fourth**2 - square**4)
            kurtosis = 3 * (fourth / square**2) ** 2
            right = (float(second), float(kurtosis), float(variance))
            expect(student.init_moments(m, alpha, x)).close_to(right)


@task("init_moments", points=1, short="limits")
def test_what_a_great_width_leaves(student, rng):
    """α = 1/2: E Φ² stays x², the kurtosis comes down to 3, the variance is 4m + 4."""
    for m in (10**4, 10**6):
        second, kurtosis, variance = three(student.init_moments(m, 0.5, 1.5))
        expect(second).close_to(2.25)
        expect(m * (kurtosis - 3.0)).close_to(12.0, rtol=2.0 / m)  # 12 + 12/m
        expect(variance / 1.5**4 - 4.0 * m).close_to(4.0, rtol=1e-6)  # cancels 6 digits


@task("init_moments", points=2, short="engine")
def test_the_moments_agree_with_the_engine_and_differences(student, rng):
    """x d/dx is 2 E Φ² and 4 Var: minigrad and differences of the sums for m = 2."""
    betas, As, us, chances = every_weight(2)
    for alpha in (0.5, 0.75):
        x = np.array(rng.uniform(0.7, 1.4))
        second, _, variance = three(student.init_moments(2, alpha, float(x)))

        def mean_square(x, alpha=alpha):
            return np.sum(chances * outputs(betas, As, us, 1.0, alpha)[0] ** 2 * x**2)

        def spread(x):
            squares = outputs(betas, As, us, 1.0, 0.0)[1] * x**2
            return np.sum(chances * squares**2) - np.sum(chances * squares) ** 2

        expect(np.array(2 * second / x)).gradient_of(mean_square, x)
        expect(np.array(4 * variance / x)).gradient_of(spread, x)


# tangent_grads ---------------------------------------------------------------------


@task("tangent_grads", points=1, short="by hand")
def test_gradients_by_hand(student, rng):
    """m = 4, α = 1/2, x = 8: the factor is 8/4 = 2, and all entries are small."""
    beta, u = np.array([1.0, 0.0, -1.0, 2.0]), np.array([3.0, 1.0, 0.0, -1.0])
    A = np.array([[1.0, 0, 2, 0], [0, 3, 0, 1], [0, 0, 1, -2], [1, -1, 0, 0]])
    right = (
        np.array([6.0, 4.0, 4.0, 4.0]),
        2.0 * np.array([[3.0, 1, 0, -1], [0] * 4, [-3, -1, 0, 1], [6, 2, 0, -2]]),
        np.array([6.0, -4.0, 2.0, 4.0]),
    )
    expect(student.tangent_grads(beta, A, u, 8.0, 0.5)).close_to(right)


@task("tangent_grads", points=2, short="random")
def test_random_networks(student, rng):
    """m from 1 to 7 and α from 1/4 to 1, also a negative x; by complex steps."""
    for m in (5, 3, 7, 1):
        for alpha in ALPHAS:
            beta, A, u = weights(rng, m)
            for x in (1.3, -0.4):
                f = lambda b, M, v, x=x, a=alpha: output(b, M, v, x, a)
                right = all_slopes(f, beta, A, u)
                expect(student.tangent_grads(beta, A, u, x, alpha)).close_to(right)


@task("tangent_grads", points=1, short="exponent")
def test_the_exponent_of_the_width(student, rng):
    """Where ‖β‖ = ‖u‖ = √m and A/√m is a rotation, all norms are |x| m^(1/2 - α)."""
    for m in (2, 8, 32):
        beta, u = (np.sqrt(m) * v / np.linalg.norm(v) for v in weights(rng, m)[::2])
        A = np.sqrt(m) * np.linalg.qr(rng.standard_normal((m, m)))[0]
        for alpha in (0.5, 0.75, 1.0):
            answer = student.tangent_grads(beta, A, u, 1.5, alpha)
            for part in expect(answer).arrays([(m,), (m, m), (m,)]):
                expect(float(np.linalg.norm(part))).close_to(1.5 * m ** (0.5 - alpha))


@task("tangent_grads", points=1, short="edges")
def test_no_input_and_no_weight(student, rng):
    """At A = 0 only ∇_A is left; at x = 0 nothing is."""
    beta, A, u = weights(rng, 3)
    nothing = (np.zeros(3), np.zeros((3, 3)), np.zeros(3))
    alone = (np.zeros(3), 2.0 / 3**1.5 * beta[:, None] * u, np.zeros(3))
    expect(student.tangent_grads(beta, 0 * A, u, 2.0, 1.0)).close_to(alone)
    expect(student.tangent_grads(beta, A, u, 0.0, 1.0)).close_to(nothing)


@task("tangent_grads", points=2, short="engine")
def test_the_gradients_agree_with_the_engine_and_differences(student, rng):
    """All three at once, by minigrad and by differences of Φ."""
    for m in (5, 3, 7):
        for alpha in (0.5, 0.75, 1.0):
            at, x = list(weights(rng, m)), float(rng.uniform(0.5, 2.0))
            f = lambda w, x=x, a=alpha: output(w[0], w[1], w[2], x, a)
            expect(student.tangent_grads(*at, x, alpha)).gradient_of(f, at)


# delta_product ---------------------------------------------------------------------


def factors(rng, p, q):
    """β₀, A₀ and increments of their size."""
    draw = rng.standard_normal
    return draw(p), draw((p, q)), draw(p), draw((p, q))


@task("delta_product", points=1, short="by hand")
def test_a_change_by_hand(student, rng):
    """β₀ = (1, 2), Δβ = (3, -1): (4, 1) times the new A, less (1, 2) times the old."""
    A0, dA = np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([[0.0, 1.0], [-1.0, 2.0]])
    beta0, dbeta = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    expect(student.delta_product(beta0, A0, dbeta, dA)).close_to(np.array([0.0, 5.0]))


@task("delta_product", points=2, short="random")
def test_random_changes(student, rng):
    """Matrices 5 x 3, 3 x 7, 4 x 4 and 1 x 1, summed entry by entry."""
    for p, q in [(5, 3), (3, 7), (4, 4), (1, 1)]:
        b, A, db, dA = factors(rng, p, q)
        right = np.array(
            [
                math.fsum((b[i] + db[i]) * (A[i, j] + dA[i, j]) for i in range(p))
                - math.fsum(b[i] * A[i, j] for i in range(p))
                for j in range(q)
            ]
        )
        scale = float(np.abs(b) @ np.abs(A).max(axis=1))  # both roads are right
        expect(student.delta_product(b, A, db, dA)).close_to(right, scale=scale)


@task("delta_product", points=1, short="one moves")
def test_one_factor_at_a_time(student, rng):
    """Where only β moves it is Δβᵀ A₀, where only A moves β₀ᵀ ΔA."""
    b, A, db, dA = factors(rng, 5, 3)
    scale = float(np.abs(b) @ np.abs(A).max(axis=1))
    first, second = (np.einsum("i,ij->j", *pair) for pair in ((db, A), (b, dA)))
    expect(student.delta_product(b, A, db, 0 * dA)).close_to(first, scale=scale)
    expect(student.delta_product(b, A, 0 * db, dA)).close_to(second, scale=scale)


@task("delta_product", points=2, short="engine")
def test_the_change_agrees_with_the_engine_and_differences(student, rng):
    """c.(β₁ᵀA₁ - β₀ᵀA₀) for u = c: its gradient in c, along the way from old to new."""
    for p, q in [(5, 3), (3, 7), (4, 4)]:
        b, A, db, dA = factors(rng, p, q)
        change = expect(student.delta_product(b, A, db, dA)).array((q,))

        def moved(c, b=b, A=A, db=db, dA=dA):
            return np.dot(b + db, np.dot(A + dA, c)) - np.dot(b, np.dot(A, c))

        expect(change).gradient_of(moved, rng.standard_normal(q))


# delta_grad_u_loss -----------------------------------------------------------------


def loss_of(F, x, alpha):
    return lambda beta, A, u: F(output(beta, A, u, x, alpha))


def after_a_step(loss, at, eta):
    """The weights after a step of gradient descent, by complex steps."""
    return [w - eta * g for w, g in zip(at, all_slopes(loss, *at), strict=True)]


def change(loss, at, eta):
    """∇_u of the loss after the step, minus before; and the size of the one before."""
    new = after_a_step(loss, at, eta)
    before, after = all_slopes(loss, *at)[2], all_slopes(loss, *new)[2]
    return after - before, float(np.abs(before).max())


def agrees(student, rng, m, alpha, eta, loss):
    """Compare at random weights: a difference is only as exact as what it is of."""
    at, x = weights(rng, m), float(rng.uniform(0.7, 1.3))
    right, size = change(loss_of(loss[0], x, alpha), at, eta)
    scale = max(size, float(np.abs(right).max()))
    answer = student.delta_grad_u_loss(*at, x, alpha, eta, loss[1])
    expect(answer).close_to(right, scale=scale)


@task("delta_grad_u_loss", points=1, short="by hand")
def test_a_step_by_hand(student, rng):
    """m = 1, β = A = 2, u = 1, F = (Φ - 1)²/2, η = 1/12: Φ goes from 4 to 0."""
    one = np.ones(1)
    answer = student.delta_grad_u_loss(
        2 * one, 2 * one[None], one, 1.0, 0.5, 1 / 12, SQUARE[1]
    )
    # F'(Φ₀) = 3, ∇ = (2, 2, 4), new weights 3/2, 3/2, 0; F'(0) 9/4 - 3 · 4 = -57/4
    expect(answer).close_to(np.array([-14.25]))


@task("delta_grad_u_loss", points=1, short="affine")
def test_a_straight_loss_has_one_slope(student, rng):
    """F = 3 - 2Φ: F' = -2 throughout, and only ∇_u Φ changes."""
    for m in (5, 3):
        for alpha in (0.5, 1.0):
            agrees(student, rng, m, alpha, 0.3, AFFINE)


@task("delta_grad_u_loss", points=2, short="curved")
def test_curved_losses(student, rng):
    """Square, logistic and sine losses, m from 1 to 7; α from 1/4 to 1."""
    for loss in CURVED:
        for m, alpha in zip((5, 3, 7, 1), ALPHAS, strict=True):
            agrees(student, rng, m, alpha, 0.3, loss)


@task("delta_grad_u_loss", points=1, short="rate")
def test_no_step_and_a_rate_that_grows(student, rng):
    """η = 0 changes nothing; η = m^(2α - 1) is the rate that keeps pace with m."""
    for m, alpha in [(6, 0.75), (9, 1.0)]:
        agrees(student, rng, m, alpha, 0.1 * m ** (2 * alpha - 1), SQUARE)
    agrees(student, rng, 4, 0.75, 0.0, SQUARE)


@task("delta_grad_u_loss", points=2, short="not lazy")
def test_the_slope_of_the_loss_moves(student, rng):
    """m = 16, A/√m a rotation: relative to itself ∇_u F changes, and F' is why."""
    m, x, alpha = 16, 1.3, 0.75
    beta, u = np.sqrt(m) * np.eye(m)[0], np.ones(m)
    A = np.sqrt(m) * np.linalg.qr(rng.standard_normal((m, m)))[0]
    eta = 0.1 * m ** (2 * alpha - 1)
    right, size = change(loss_of(SQUARE[0], x, alpha), (beta, A, u), eta)
    answer = student.delta_grad_u_loss(beta, A, u, x, alpha, eta, SQUARE[1])
    expect(answer).close_to(right, scale=max(size, float(np.abs(right).max())))


@task("delta_grad_u_loss", points=2, short="engine")
def test_the_change_of_the_loss_gradient_three_ways(student, rng):
    """It is the gradient in v of F at the new u + v, minus F at the old u + v."""
    for loss in CURVED:
        for m, alpha in [(5, 0.5), (3, 0.75), (7, 1.0)]:
            at, x = weights(rng, m), float(rng.uniform(0.7, 1.3))
            L = loss_of(loss[0], x, alpha)
            b1, A1, u1 = after_a_step(L, at, 0.4)
            beta, A, u = at

            def both(v, L=L, new=(b1, A1, u1), old=(beta, A, u)):
                return L(*new[:2], new[2] + v) - L(*old[:2], old[2] + v)

            answer = student.delta_grad_u_loss(*at, x, alpha, 0.4, loss[1])
            found = expect(answer).array((m,))
            # A difference of two gradients: it may be a tenth of what it is made of.
            expect(found).gradient_of(both, np.zeros(m), rtol=1e-8)
