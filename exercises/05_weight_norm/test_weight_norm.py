"""The checks of chapter 05, in teaching order for each of the seven functions.

X batch (samples are rows), w = g u / |u| weights, du, dg, dw gradients, v velocity.
Expected values come from another road: whitened batches, minigrad's pullback, steps
that are made and norms that are measured.  The last check of a function asks minigrad,
and finite differences agree with it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

SHAPES = [(7, 3), (5, 5), (8, 1), (3, 7)]


def weights(u, g):
    """w = g u / |u|, for arrays and for the engine."""
    return g * u / np.sqrt(np.sum(u**2))


def unit_loss(rng, n):
    """A loss of the weights of one unit that is not linear."""
    A, c = rng.standard_normal((5, n)), rng.standard_normal(5)
    return lambda w: np.sum(np.tanh(A @ w) * c)


def confirmed_grad(f, x):
    """minigrad's gradient at x, once finite differences have confirmed it."""
    engine, differences = mg.grad(f)(x), mg.numerical_grad(f, x)
    if np.abs(engine - differences).max() > 1e-6 * (1e-2 + np.abs(engine).max()):
        raise RuntimeError("minigrad and finite differences disagree")
    return engine


def whitened(rng, N, n):
    """A batch whose columns have mean 0, and the identity as biased covariance."""
    X = rng.standard_normal((N, n))
    return np.linalg.qr(X - X.mean(axis=0))[0] * np.sqrt(N)


# --- bn_linear ---------------------------------------------------------------------


@task("bn_linear", points=1, short="by hand")
def test_small_batches_by_hand(student, rng):
    """Outputs 5 and 11 become -1 and 1; 0, 0, 0, 4 have mean 1 and variance 3."""
    y = student.bn_linear(np.array([[0.0], [2.0]]), np.array([3.0]), 5.0)
    expect(y).close_to(np.array([-1.0, 1.0]))
    X = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [4.0, 4.0]])
    y = student.bn_linear(X, np.array([1.0, 0.0]), 0.0)
    expect(y).close_to(np.array([-1.0, -1.0, -1.0, 3.0]) / np.sqrt(3))


@task("bn_linear", points=1, short="random")
def test_outputs_are_centered_and_have_length_sqrt_N(student, rng):
    """What is left is the centered direction of the outputs, times sqrt N."""
    for N, n in SHAPES:
        X, w = rng.standard_normal((N, n)), rng.standard_normal(n)
        z = (np.eye(N) - 1 / N) @ (X @ w)
        y = student.bn_linear(X, w, float(rng.standard_normal()))
        expect(y).close_to(np.sqrt(N) * z / np.linalg.norm(z))


@task("bn_linear", points=1, short="invariance")
def test_bias_and_length_do_not_matter(student, rng):
    """b drops out, 100 w gives what w does, and -w the negative."""
    X, w = rng.standard_normal((7, 3)), rng.standard_normal(3)
    z = X @ w - np.mean(X @ w)
    right = z / np.sqrt(np.mean(z**2))
    for scale, b in [(1.0, 50.0), (100.0, -3.0), (0.01, 1.0), (-1.0, 2.0)]:
        y = student.bn_linear(X, scale * w, b)
        expect(y).close_to(np.sign(scale) * right)


@task("bn_linear", points=1, short="white")
def test_on_a_white_batch_it_divides_by_the_norm(student, rng):
    """If the batch itself is white, batch normalization is X w / |w|."""
    X, w = whitened(rng, 9, 4), rng.standard_normal(4)
    expect(student.bn_linear(X, w, 0.7)).close_to(X @ w / np.linalg.norm(w))


@task("bn_linear", points=1, short="engine")
def test_normalized_outputs_are_a_gradient(student, rng):
    """They are N times the gradient of the standard deviation in the outputs."""
    X, w, b = rng.standard_normal((7, 3)), rng.standard_normal(3), 0.5
    deviation = lambda z: 7 * np.sqrt(np.mean((z - np.mean(z)) ** 2))
    expect(student.bn_linear(X, w, b)).gradient_of(deviation, X @ w + b)


# --- wn_linear ---------------------------------------------------------------------


@task("wn_linear", points=1, short="by hand")
def test_a_unit_by_hand(student, rng):
    """u = (3, 4) and g = 10 make w = (6, 8)."""
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    y = student.wn_linear(X, np.array([3.0, 4.0]), 10.0)
    expect(y).close_to(np.array([6.0, 8.0, 14.0]))


@task("wn_linear", points=1, short="random")
def test_random_units(student, rng):
    """Four shapes, with positive and negative g."""
    for N, n in SHAPES:
        X, u = rng.standard_normal((N, n)), rng.standard_normal(n)
        for g in (1.7, -0.4):
            y = student.wn_linear(X, u, g)
            expect(y).close_to(np.einsum("ij,j->i", X, weights(u, g)))


@task("wn_linear", points=1, short="scale")
def test_the_length_of_u_does_not_matter(student, rng):
    """1000 u and u / 1000 give the same outputs, 2 g twice as much, g = 0 nothing."""
    X, u = rng.standard_normal((5, 3)), rng.standard_normal(3)
    y = X @ (u / np.sqrt(np.sum(u**2)))
    for scale, g in [(1e3, 1.0), (1e-3, 2.0), (1.0, 0.0)]:
        expect(student.wn_linear(X, scale * u, g)).close_to(g * y)


@task("wn_linear", points=1, short="engine")
def test_minigrad_reparametrizes_the_same_way(student, rng):
    """As the gradient of sum_i a_i y_i in a, and as minigrad's own layer."""
    X, u, g = rng.standard_normal((5, 3)), rng.standard_normal(3), 1.3
    y = student.wn_linear(X, u, g)
    layer = mg.optim.weight_norm(lambda w: X @ w)
    expect(y).close_to(layer(mg.optim.WeightNorm(u, g)))
    total = lambda a: np.sum(a * (X @ weights(u, g)))
    expect(y).gradient_of(total, np.ones(5))


# --- bn_variance -------------------------------------------------------------------


@task("bn_variance", points=1, short="by hand")
def test_two_inputs_by_hand(student, rng):
    """w = (1, 1): 2 for white inputs, 3.8 for the correlation 0.9, 0.2 for -0.9."""
    w = np.ones(2)
    for r, right in [(0.0, 2.0), (0.9, 3.8), (-0.9, 0.2)]:
        C = np.array([[1.0, r], [r, 1.0]])
        expect(student.bn_variance(w, C)).close_to(right)


@task("bn_variance", points=1, short="random")
def test_variance_of_mixed_white_noise(student, rng):
    """If x = A e with white e, then w.x = (A^T w).e has the variance |A^T w|^2."""
    for n in (1, 3, 5, 7):
        A, w = rng.standard_normal((n, n)), rng.standard_normal(n)
        right = float(np.linalg.norm(A.T @ w) ** 2)
        expect(student.bn_variance(w, A @ A.T)).close_to(right)


@task("bn_variance", points=1, short="sample")
def test_variance_in_a_sample(student, rng):
    """With the biased covariance of a batch: the biased variance of its outputs."""
    X, w = (
        rng.standard_normal((9, 4)) * np.array([1.0, 3.0, 0.2, 1.0]),
        np.arange(1.0, 5),
    )
    C = np.cov(X.T, bias=True)
    expect(student.bn_variance(w, C)).close_to(float(np.var(X @ w)))


@task("bn_variance", points=1, short="engine")
def test_variance_is_a_curvature(student, rng):
    """It is the second derivative of tau -> |tau A^T w|^2 / 2, says minigrad."""
    A, w = rng.standard_normal((4, 3)), rng.standard_normal(4)
    f = lambda tau: np.sum((tau * (A.T @ w)) ** 2) / 2
    slope = mg.grad(f)
    right = float(mg.hessian(f)(1.0))
    if abs(right - (slope(1.0 + 1e-4) - slope(1.0 - 1e-4)) / 2e-4) > 1e-6 * right:
        raise RuntimeError("minigrad and finite differences disagree")
    expect(student.bn_variance(w, A @ A.T)).close_to(right)


# --- wn_backward -------------------------------------------------------------------


@task("wn_backward", points=1, short="by hand")
def test_gradients_by_hand(student, rng):
    """u = (3, 4), g = 10, dw = (1, 0): du = (1.28, -0.96) and dg = 0.6."""
    pair = student.wn_backward(np.array([3.0, 4.0]), 10.0, np.array([1.0, 0.0]))
    expect(pair).close_to((np.array([1.28, -0.96]), 0.6))


@task("wn_backward", points=2, short="random")
def test_random_gradients(student, rng):
    """n = 2 to 7, positive and negative g, as minigrad pulls dw back."""
    for n in (2, 3, 5, 7):
        u, dw = rng.standard_normal((2, n))
        for g in (0.8, -2.5):
            _, pullback = mg.vjp(weights, u, g)
            expect(student.wn_backward(u, g, dw)).close_to(pullback(dw))


@task("wn_backward", points=1, short="along u")
def test_along_and_across_u(student, rng):
    """A dw along u moves only g, a dw across it only u; n = 1 has no across."""
    u, g = rng.standard_normal(5), 1.5
    n = u / np.linalg.norm(u)
    across = np.linalg.qr(np.column_stack([n, rng.standard_normal(5)]))[0][:, 1]
    expect(student.wn_backward(u, g, 2 * n)).close_to((np.zeros(5), 2.0))
    right = (g / np.linalg.norm(u) * 2 * across, 0.0)
    expect(student.wn_backward(u, g, 2 * across)).close_to(right)
    pair = student.wn_backward(np.array([-2.0]), 3.0, np.array([5.0]))
    expect(pair).close_to((np.zeros(1), -5.0))


@task("wn_backward", points=1, short="scale")
def test_long_directions_have_small_gradients(student, rng):
    """At 100 u the gradient in u is 100 times smaller, and dg is the same."""
    u, dw = rng.standard_normal((2, 3))
    _, pullback = mg.vjp(weights, u, 0.7)
    du, dg = pullback(dw)
    expect(student.wn_backward(100 * u, 0.7, dw)).close_to((du / 100, dg))


@task("wn_backward", points=2, short="engine")
def test_gradients_agree_with_the_engine_and_differences(student, rng):
    """A loss of the weights, differentiated in u and g three ways."""
    for n in (2, 5):
        loss, u, g = unit_loss(rng, n), rng.standard_normal(n), 0.9
        pair = student.wn_backward(u, g, confirmed_grad(loss, weights(u, g)))
        is_pair = type(pair) in (list, tuple) and len(pair) == 2
        expect(pair).is_true(is_pair, "expected two results, du and dg")
        expect(pair[0]).gradient_of(lambda u, f=loss, g=g: f(weights(u, g)), u)
        expect(pair[1]).gradient_of(lambda g, f=loss, u=u: f(weights(u, g)), g)


# --- norm_sq_after_step ------------------------------------------------------------


@task("norm_sq_after_step", points=1, short="by hand")
def test_a_step_by_hand(student, rng):
    """u = (3, 4) with du = (1.28, -0.96): after a rate of 5, 25 + 25 * 2.56 = 89."""
    u, dw = np.array([3.0, 4.0]), np.array([1.0, 0.0])
    expect(student.norm_sq_after_step(u, 10.0, dw, 5.0)).close_to(89.0)


@task("norm_sq_after_step", points=1, short="random")
def test_steps_that_are_made(student, rng):
    """The step is made with minigrad's gradient, and the norm measured."""
    for n in (2, 3, 5, 7):
        u, dw = rng.standard_normal((2, n))
        for g, eps in [(0.8, 0.1), (-2.5, 3.0)]:
            du = mg.vjp(weights, u, g)[1](dw)[0]
            right = float(np.linalg.norm(u - eps * du) ** 2)
            expect(student.norm_sq_after_step(u, g, dw, eps)).close_to(right)


@task("norm_sq_after_step", points=1, short="no growth")
def test_when_the_norm_stays(student, rng):
    """dw along u, g = 0 or a rate of 0: equal, so "larger" would be wrong."""
    u, dw = rng.standard_normal((2, 3))
    same = float(np.sum(u**2))
    for g, gradient, eps in [(2.0, -3 * u, 0.5), (0.0, dw, 0.5), (2.0, dw, 0.0)]:
        expect(student.norm_sq_after_step(u, g, gradient, eps)).close_to(same)


@task("norm_sq_after_step", points=1, short="engine")
def test_a_step_of_minigrad(student, rng):
    """minigrad's gradient descent on a normalized unit, at three rates."""
    loss, u, g = unit_loss(rng, 4), rng.standard_normal(4), 1.2
    in_u = lambda u: loss(weights(u, g))
    dw, du = confirmed_grad(loss, weights(u, g)), confirmed_grad(in_u, u)
    for eps in (0.01, 1.0, 30.0):
        init, update = mg.optim.sgd(eps)
        after, _ = update(u, du, init(u))
        right = float(np.sum(after**2))
        expect(student.norm_sq_after_step(u, g, dw, eps)).close_to(right)


# --- momentum_norm_growth ----------------------------------------------------------


def heavy_ball(rng, n, steps, alpha):
    """Velocities of a run whose gradients are orthogonal to u, and the last growth."""
    u, v, vs = rng.standard_normal(n), np.zeros(n), []
    for _ in range(steps):
        step = rng.standard_normal(n)
        v = alpha * v + step - u * (u @ step) / (u @ u)
        vs.append(v)
        before, u = u, u - v
    return vs, float(u @ u - before @ before), float(u @ u)


@task("momentum_norm_growth", points=1, short="by hand")
def test_growth_by_hand(student, rng):
    """Velocities (3, 4), (0, 2), alpha = 1/2: 4 + 2 (1/2) 25 = 29; one alone: 25."""
    vs = [np.array([3.0, 4.0]), np.array([0.0, 2.0])]
    expect(student.momentum_norm_growth(vs, 0.5)).close_to(29.0)
    expect(student.momentum_norm_growth(vs[:1], 0.5)).close_to(25.0)


@task("momentum_norm_growth", points=2, short="random")
def test_growth_of_runs_that_are_made(student, rng):
    """1 to 8 steps with gradients across u; the norms are measured."""
    for steps in (1, 2, 3, 8):
        for alpha in (0.9, 0.4):
            vs, growth, size = heavy_ball(rng, 5, steps, alpha)
            expect(student.momentum_norm_growth(vs, alpha)).close_to(growth, scale=size)


@task("momentum_norm_growth", points=1, short="no memory")
def test_growth_without_memory(student, rng):
    """alpha = 0 is plain descent: the last velocity alone counts."""
    vs, growth, size = heavy_ball(rng, 3, 4, 0.0)
    expect(student.momentum_norm_growth(vs, 0.0)).close_to(growth, scale=size)
    expect(student.momentum_norm_growth(vs, 0.0)).close_to(float(vs[-1] @ vs[-1]))


@task("momentum_norm_growth", points=1, short="engine")
def test_growth_under_minigrad_s_heavy_ball(student, rng):
    """Ten steps of minigrad's momentum on a normalized unit."""
    loss, u, alpha = unit_loss(rng, 4), rng.standard_normal(4), 0.8
    in_u = lambda u: loss(weights(u, 1.0))
    init, update = mg.optim.momentum(0.3, alpha)
    state, path = init(u), [u]
    for _ in range(10):
        u, state = update(u, confirmed_grad(in_u, u), state)
        path.append(u)
    vs = [a - b for a, b in pairwise(path)]
    growth = float(path[-1] @ path[-1] - path[-2] @ path[-2])
    size = float(path[-1] @ path[-1])
    expect(student.momentum_norm_growth(vs, alpha)).close_to(growth, scale=size)


# --- wd_equilibrium_norm -----------------------------------------------------------


@task("wd_equilibrium_norm", points=1, short="by hand")
def test_an_equilibrium_by_hand(student, rng):
    """c = 1.6, eps = 2, lam = 0.2: 0.36 * 4 + 4 * 2.56 / 4 = 4, so the norm is 2."""
    expect(student.wd_equilibrium_norm(1.6, 2.0, 0.2)).close_to(2.0)
    expect(student.wd_equilibrium_norm(7.2, 1.0, 0.4)).close_to(3.0)


@task("wd_equilibrium_norm", points=1, short="random")
def test_steps_arrive_there(student, rng):
    """|u'|^2 = (1 - eps lam)^2 |u|^2 + eps^2 c^2 / |u|^2, repeated until it stands."""
    for product in (0.05, 0.3, 0.6):
        c, eps = float(rng.uniform(0.5, 3)), float(rng.uniform(0.1, 2))
        square = 1.0
        for _ in range(600):
            square = (1 - product) ** 2 * square + (eps * c) ** 2 / square
        norm = student.wd_equilibrium_norm(c, eps, product / eps)
        expect(norm).close_to(float(np.sqrt(square)))


@task("wd_equilibrium_norm", points=1, short="weak decay")
def test_a_weak_decay(student, rng):
    """eps lam = 1e-4: by bisection, near sqrt(c) (eps / (2 lam))^(1/4), not equal."""
    c, eps, lam = 1.3, 0.1, 1e-3
    change = lambda x: (-2 * eps * lam + (eps * lam) ** 2) * x**2 + (eps * c) ** 2
    low, high = 0.1, 1e3
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if change(middle) > 0 else (low, middle)
    norm = student.wd_equilibrium_norm(c, eps, lam)
    expect(norm).close_to(float(np.sqrt(low)))


@task("wd_equilibrium_norm", points=1, short="engine")
def test_a_run_of_minigrad_settles_there(student, rng):
    """The loss c times the angle of u has gradients of norm c / |u| across u."""
    c, eps, lam = 2.0, 0.5, 0.4
    angle = lambda u: c * np.arctan2(u[1], u[0])
    u = np.array([1.0, 2.0])
    confirmed_grad(angle, u)
    init, update = mg.optim.coupled_decay(mg.optim.sgd(eps), lam)
    state = init(u)
    for _ in range(200):
        u, state = update(u, mg.grad(angle)(u), state)
    norm = student.wd_equilibrium_norm(c, eps, lam)
    expect(norm).close_to(float(np.linalg.norm(u)))
