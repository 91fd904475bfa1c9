"""Optimizers against closed forms, published loops, and each other.

H Hessian, c the minimum of a quadratic, w parameters, g gradients, t step.  The tests
take about five seconds.
"""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad import optim, tree


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def spd(rng, n, low=0.5, high=4.0):
    """A symmetric matrix with eigenvalues spread from low to high."""
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    return Q @ np.diag(np.linspace(low, high, n)) @ Q.T


def run(optimizer, w, gradient, steps):
    """The iterates w_0, ..., w_steps."""
    init, update = optimizer
    state, path = init(w), [w]
    for _ in range(steps):
        w, state = update(w, gradient(w), state)
        path.append(w)
    return path


def follow(optimizer, gs):
    """The updates w_t - w_{t-1} that a given sequence of gradients causes."""
    following = iter(gs)
    path = run(optimizer, np.zeros(gs.shape[1]), lambda w: next(following), len(gs))
    return np.diff(path, axis=0)


# Closed forms on a quadratic -------------------------------------------------------

RATE, ALPHA = 0.3, 0.6
# (w - c, v) goes through a linear map at each step, written down from the rule's text.
COMPANIONS = {
    "momentum": (
        optim.momentum(RATE, ALPHA),
        lambda H, one: [[one - RATE * H, -ALPHA * one], [RATE * H, ALPHA * one]],
    ),
    "ema": (
        optim.ema_momentum(RATE, ALPHA),
        lambda H, one: [
            [one - RATE * (1 - ALPHA) * H, -RATE * ALPHA * one],
            [(1 - ALPHA) * H, ALPHA * one],
        ],
    ),
    "nesterov": (
        optim.nesterov(RATE, ALPHA),
        lambda H, one: [
            [one - RATE * (1 + ALPHA) * H, -(ALPHA**2) * one],
            [RATE * H, ALPHA * one],
        ],
    ),
}


def test_gradient_descent_on_a_quadratic(rng):
    """The error after t steps is (I - rate H)^t times the first."""
    H, c, w = spd(rng, 5), rng.standard_normal(5), rng.standard_normal(5)
    found = run(optim.sgd(RATE), w, lambda w: H @ (w - c), 20)[-1]
    right = c + np.linalg.matrix_power(np.eye(5) - RATE * H, 20) @ (w - c)
    np.testing.assert_allclose(found, right, rtol=1e-12)


@pytest.mark.parametrize("name", COMPANIONS)
def test_a_velocity_on_a_quadratic(name, rng):
    """Error and velocity after t steps are a matrix power of the first."""
    optimizer, blocks = COMPANIONS[name]
    H, c, w = spd(rng, 5), rng.standard_normal(5), rng.standard_normal(5)
    A = np.block(blocks(H, np.eye(5)))
    found = run(optimizer, w, lambda w: H @ (w - c), 20)[-1]
    start = np.concatenate([w - c, np.zeros(5)])
    right = c + (np.linalg.matrix_power(A, 20) @ start)[:5]
    np.testing.assert_allclose(found, right, rtol=1e-12)


def test_coupled_decay_moves_the_minimum_of_a_quadratic(rng):
    """With g + lam w the method goes to (H + lam I)^-1 H c."""
    H, c = spd(rng, 5), rng.standard_normal(5)
    decayed = optim.coupled_decay(optim.sgd(RATE), lam=0.7)
    found = run(decayed, np.zeros(5), lambda w: H @ (w - c), 200)[-1]
    right = np.linalg.solve(H + 0.7 * np.eye(5), H @ c)
    np.testing.assert_allclose(found, right, rtol=1e-12)


def test_coupled_decay_is_the_gradient_of_a_penalty(rng):
    """As if the loss held lam |w|^2 / 2, says the engine."""
    w, loss = rng.standard_normal(5), lambda w: np.sum(np.sin(w))
    whole = run(optim.adam(), w, mg.grad(lambda w: loss(w) + 0.35 * w @ w), 9)
    found = run(optim.coupled_decay(optim.adam(), 0.7), w, mg.grad(loss), 9)
    np.testing.assert_allclose(found, whole, rtol=1e-12)


def test_for_plain_steps_both_decays_agree_and_for_adam_they_do_not(rng):
    """decay = rate lam; under Adam the penalty is divided by the gradients' size."""
    w, gradient = rng.standard_normal(5), lambda w: np.cos(w)

    def end(inner, decay, value):
        return run(decay(inner, value), w, gradient, 10)[-1]

    coupled = end(optim.sgd(0.1), optim.coupled_decay, 0.5)
    decoupled = end(optim.sgd(0.1), optim.decoupled_decay, 0.05)
    np.testing.assert_allclose(coupled, decoupled, rtol=1e-12)
    coupled = end(optim.adam(0.1), optim.coupled_decay, 0.5)
    decoupled = end(optim.adam(0.1), optim.decoupled_decay, 0.05)
    assert np.abs(coupled - decoupled).max() > 0.01


# Published rules, as plain loops over numbers --------------------------------------


def rates(t):
    """A schedule that every rule has to take at the right step."""
    return 0.1 / t


def test_adam_follows_its_paper(rng):
    """Algorithm 1 of Kingma and Ba, entry by entry, with alpha_t a schedule."""
    gs, b1, b2, eps = rng.standard_normal((30, 4)), 0.8, 0.95, 1e-3
    found = follow(optim.adam(rates, b1, b2, eps), gs)
    for i in range(4):
        m = v = 0.0
        for t in range(1, 31):
            g = float(gs[t - 1, i])
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
            right = -rates(t) * m_hat / (math.sqrt(v_hat) + eps)
            assert found[t - 1, i] == pytest.approx(right, rel=1e-12)


def test_adamw_follows_its_paper(rng):
    """Algorithm 2 of Loshchilov and Hutter: theta loses eta_t lambda theta as well."""
    theta, lam, alpha = 2.0, 0.3, 0.05
    optimizer = optim.decoupled_decay(
        optim.adam(lambda t: rates(t) * alpha), lambda t: rates(t) * lam
    )
    found = run(optimizer, np.array([theta]), np.cos, 30)
    m = v = 0.0
    for t in range(1, 31):
        g = math.cos(theta)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        adaptive = m / (1 - 0.9**t) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta -= rates(t) * (alpha * adaptive + lam * theta)
        assert found[t][0] == pytest.approx(theta, rel=1e-12)


def test_polyak_s_heavy_ball(rng):
    """x_{t+1} = x_t - rate f'(x_t) + alpha (x_t - x_{t-1}), with no velocity at all."""
    found = run(optim.momentum(RATE, ALPHA), np.array([2.0]), np.sin, 30)
    before = x = 2.0
    for t in range(1, 31):
        x, before = x - RATE * math.sin(x) + ALPHA * (x - before), x
        assert found[t][0] == pytest.approx(x, rel=1e-12)


def test_nesterov_s_gradient_is_taken_ahead():
    """Sutskever et al.: mu = alpha v - rate_t f'(x + alpha v), x + mu; w is ahead."""
    found = run(optim.nesterov(rates, ALPHA), np.array([2.0]), np.sin, 30)
    x, v = 2.0, 0.0
    for t in range(1, 31):
        v = ALPHA * v - rates(t) * math.sin(x + ALPHA * v)
        x += v
        assert found[t][0] == pytest.approx(x + ALPHA * v, rel=1e-12)


def test_pytorch_keeps_the_rate_outside_of_the_velocity():
    """torch.optim.SGD: b = m b + g, w - rate_t b; an average with rate / (1 - m)."""
    found = run(
        optim.ema_momentum(lambda t: rates(t) / (1 - ALPHA), ALPHA),
        np.array([2.0]),
        np.sin,
        30,
    )
    w, b = 2.0, 0.0
    for t in range(1, 31):
        b = ALPHA * b + math.sin(w)
        w -= rates(t) * b
        assert found[t][0] == pytest.approx(w, rel=1e-12)


# Momentum and the moving average ---------------------------------------------------


def test_momentum_equals_ema_over_200_runs(rng):
    """With alpha = beta and eps = delta (1 - beta): 1e-12, for rounding differs."""
    for _ in range(200):
        beta, delta = rng.uniform(0.0, 0.99), rng.uniform(0.01, 10.0)
        gs = rng.standard_normal((100, 3))
        ema = follow(optim.ema_momentum(delta, beta), gs)
        ball = follow(optim.momentum(delta * (1 - beta), beta), gs)
        assert np.abs(ema - ball).max() <= 1e-12 * np.abs(ema).max()


def test_a_schedule_tells_momentum_from_ema():
    """A rate that falls from 1 to 0.1 puts the two 14 % apart: the EMA's old gradients
    are scaled down as well.  For constant gradients, in a closed form.
    """
    beta, steps = 0.9, 100
    falling, gs = optim.linear(1.0, steps, last=0.1), np.ones((steps, 1))
    ema = follow(optim.ema_momentum(falling, beta), gs)[:, 0]
    ball = follow(optim.momentum(lambda t: (1 - beta) * falling(t), beta), gs)[:, 0]
    t = np.arange(1, steps + 1)
    np.testing.assert_allclose(-ema, [falling(s) * (1 - beta**s) for s in t])
    weights = (1 - beta) * beta ** (t[:, None] - t) * (t <= t[:, None])
    np.testing.assert_allclose(-ball, weights @ [falling(s) for s in t])
    assert ball.sum() / ema.sum() == pytest.approx(1.14, abs=0.01)


# Second order ----------------------------------------------------------------------


def quadratic(H, c):
    return lambda w: (w - c) @ H @ (w - c) / 2


@pytest.mark.parametrize("condition", [1.0, 1e4, 1e8])
def test_one_newton_step_solves_a_quadratic(rng, condition):
    """From any start, to 1e-12 times the condition number of H."""
    H = spd(rng, 5, low=1.0, high=condition)
    c, w = rng.standard_normal(5), rng.standard_normal(5)
    f = quadratic(H, c)
    found = run(optim.newton(f), w, mg.grad(f), 1)[-1]
    assert np.abs(found - c).max() <= 1e-12 * condition * np.abs(w - c).max()


def test_newton_goes_to_a_saddle_and_damping_goes_down(rng):
    """diag(1, -2) at (1, 1): plain steps to 0, damping 3 goes down, 1 not yet."""
    f, w = quadratic(np.diag([1.0, -2.0]), np.zeros(2)), np.ones(2)
    np.testing.assert_allclose(
        run(optim.newton(f), w, mg.grad(f), 1)[-1], 0, atol=1e-15
    )
    damped = run(optim.newton(f, damping=3.0), w, mg.grad(f), 1)[-1]
    np.testing.assert_allclose(damped, [3 / 4, 3.0])
    uphill = run(optim.newton(f, damping=1.0), w, mg.grad(f), 1)[-1]
    assert mg.grad(f)(w) @ (damped - w) == pytest.approx(-4.25)
    assert mg.grad(f)(w) @ (uphill - w) == pytest.approx(3.5)


def test_much_damping_is_a_short_gradient_step(rng):
    """(H + mu I)^-1 g tends to g / mu; the error is of order 1 / mu^2."""
    f, w = quadratic(spd(rng, 5), np.zeros(5)), rng.standard_normal(5)
    g = mg.grad(f)(w)
    found = w - run(optim.newton(f, damping=1e6), w, mg.grad(f), 1)[-1]
    assert np.abs(1e6 * found - g).max() < 1e-5 * np.abs(g).max()


def test_newton_converges_quadratically():
    """On e^x - 2x the error is squared and halved: e'/e^2 -> f'''/(2 f'') = 1/2."""
    f = lambda x: np.sum(np.exp(x) - 2 * x)
    path = np.ravel(run(optim.newton(f), np.array([1.0]), mg.grad(f), 4))
    errors = path - math.log(2)
    assert errors[3] / errors[2] ** 2 == pytest.approx(0.5, rel=1e-2)


def test_newton_does_not_see_linear_coordinates(rng):
    """The iterates of f(A y) are those of f, seen through A."""
    A = rng.standard_normal((3, 3)) + 3 * np.eye(3)
    f = lambda x: np.sum(np.cosh(x)) + np.sum(x) ** 2
    y = 0.3 * rng.standard_normal(3)
    g = lambda y: f(A @ y)
    there = run(optim.newton(f), A @ y, mg.grad(f), 3)[-1]
    here = run(optim.newton(g), y, mg.grad(g), 3)[-1]
    np.testing.assert_allclose(A @ here, there, atol=1e-12)


def least_squares(rng):
    """A loss of a container of parameters, and its minimum by linear algebra."""
    X, Y = rng.standard_normal((3, 9)), rng.standard_normal((2, 9))
    f = lambda p: np.sum((p["W"] @ X + p["b"][:, None] - Y) ** 2)
    A = np.vstack([X, np.ones(9)])
    return f, np.linalg.lstsq(A.T, Y.T, rcond=None)[0].T


@pytest.mark.parametrize("method", ["newton", "newton_cg"])
def test_one_step_solves_least_squares_in_a_container(rng, method):
    """A dict of a matrix and a vector comes back as one, at the minimum."""
    f, right = least_squares(rng)
    options = {"tol": 1e-13} if method == "newton_cg" else {}
    w = {"W": rng.standard_normal((2, 3)), "b": np.zeros(2)}
    found = run(getattr(optim, method)(f, **options), w, mg.grad(f), 1)[-1]
    np.testing.assert_allclose(found["W"], right[:, :3], atol=1e-11)
    np.testing.assert_allclose(found["b"], right[:, 3], atol=1e-11)


def test_newton_cg_needs_a_product_for_each_distinct_eigenvalue(rng):
    """With eigenvalues 1, 3 and 10 three products solve it, and two do not."""
    Q = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    H = Q @ np.diag([1.0, 1.0, 3.0, 3.0, 10.0, 10.0]) @ Q.T
    c, w = rng.standard_normal((2, 6))
    f = quadratic(H, c)
    for products, solved in [(2, False), (3, True)]:
        method = optim.newton_cg(f, tol=0.0, iterations=products)
        found = run(method, w, mg.grad(f), 1)[-1]
        assert (np.abs(found - c).max() < 1e-12) == solved


def test_newton_cg_stops_where_its_paper_says(rng):
    """|g + H p| <= min(tol, sqrt |g|) |g|, and not much earlier, for three sizes."""
    H, c = spd(rng, 30, low=0.01, high=10.0), np.zeros(30)
    f = quadratic(H, c)
    for size in (1.0, 1e-2, 1e-4):
        w = rng.standard_normal(30) * size
        g = H @ w
        p = run(optim.newton_cg(f), w, mg.grad(f), 1)[-1] - w
        target = min(0.5, math.sqrt(np.linalg.norm(g))) * np.linalg.norm(g)
        assert 0.01 * target < np.linalg.norm(g + H @ p) <= target


def test_newton_cg_leaves_a_saddle(rng):
    """Where the first curvature is negative the step is -g; later it still descends."""
    f = quadratic(np.diag([1.0, -2.0, -3.0]), np.zeros(3))
    w = np.array([0.1, 1.0, 1.0])
    g = mg.grad(f)(w)
    np.testing.assert_allclose(run(optim.newton_cg(f), w, mg.grad(f), 1)[-1], w - g)
    w = np.array([1.0, 0.1, 0.01])
    step = run(optim.newton_cg(f, tol=0.0), w, mg.grad(f), 1)[-1] - w
    assert step @ mg.grad(f)(w) < 0


def test_newton_cg_minimizes_rosenbrock():
    """From (-1.2, 1) with half steps, which at the end halve the error, to (1, 1)."""
    f = lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    path = run(optim.newton_cg(f, rate=0.5), np.array([-1.2, 1.0]), mg.grad(f), 80)
    np.testing.assert_allclose(path[-1], 1.0, atol=1e-5)


# Weight normalization --------------------------------------------------------------


def test_a_normalized_layer_is_the_same_function(rng):
    """normalize, then weights, gives back the weight; and any layer takes it."""
    W, b, x = rng.standard_normal((5, 3)), rng.standard_normal(5), np.ones(3)
    layer = lambda p, x: np.tanh(p["W"] @ x + p["b"])
    params = {"W": optim.normalize(W), "b": b}
    np.testing.assert_allclose(optim.weights(params)["W"], W, rtol=1e-15)
    wrapped = optim.weight_norm(layer)
    np.testing.assert_allclose(wrapped(params, x), layer({"W": W, "b": b}, x))


def test_gradients_of_a_normalized_layer(rng):
    """u gets the projected gradient, g the component along u, row by row."""
    (C, u), g = rng.standard_normal((2, 5, 3)), rng.standard_normal(5)
    loss = lambda W: np.sum(np.sin(W) * C)
    params = optim.WeightNorm(u, g)
    found = mg.grad(optim.weight_norm(loss))(params)
    dW = mg.grad(loss)(optim.weights(params))
    for i in range(5):
        length = math.sqrt(u[i] @ u[i])
        P = np.eye(3) - np.outer(u[i], u[i]) / length**2
        np.testing.assert_allclose(found.u[i], g[i] / length * P @ dW[i], atol=1e-14)
        assert found.g[i] == pytest.approx(u[i] @ dW[i] / length, abs=1e-14)
    mg.check_grads(optim.weight_norm(loss), (params,), order=2)


def normalized_path(rng, optimizer, steps=60):
    """Directions u_0, ... of one normalized unit under a method, at fixed g = 1."""
    a = rng.standard_normal(5)
    loss = optim.weight_norm(lambda w: np.sum(np.sin(3 * w) * a))
    u = rng.standard_normal(5)
    one = np.array(1.0)
    return run(optimizer, u, lambda u: mg.grad(loss)(optim.WeightNorm(u, one)).u, steps)


@pytest.mark.parametrize(
    "optimizer",
    [optim.sgd(0.1), optim.momentum(0.1), optim.nesterov(0.1), optim.ema_momentum(0.5)],
    ids=["sgd", "momentum", "nesterov", "ema"],
)
def test_directions_only_grow(rng, optimizer):
    """|u| never falls under plain steps, heavy ball, Nesterov, moving average."""
    path = np.linalg.norm(normalized_path(rng, optimizer), axis=1)
    assert np.all(np.diff(path) >= -1e-15 * path[1:])
    assert path[-1] > 1.01 * path[0]


def test_adam_and_decay_shrink_directions():
    """Adam's first step is -rate sign(g): from (3, 1) with g = (1, -3) inward."""
    u, g = np.array([3.0, 1.0]), np.array([1.0, -3.0])
    assert u @ g == 0.0
    init, update = optim.adam(0.1, eps=1e-12)
    after = update(u, g, init(u))[0]
    assert after @ after - u @ u == pytest.approx(-0.38)
    init, update = optim.decoupled_decay(optim.sgd(0.1), 0.5)
    assert np.linalg.norm(update(u, g, init(u))[0]) < np.linalg.norm(u)


def test_decay_holds_directions_at_an_equilibrium():
    """|u|^4 = eps^2 c^2 / (1 - (1 - eps lam)^2) if gradients are c / |u| across u."""
    c, eps, lam = 2.0, 0.1, 0.05
    across = lambda u: c * np.array([-u[1], u[0]]) / (u @ u)
    optimizer = optim.decoupled_decay(optim.sgd(eps), eps * lam)
    found = np.linalg.norm(run(optimizer, np.array([3.0, 0.0]), across, 4000)[-1])
    right = (eps**2 * c**2 / (1 - (1 - eps * lam) ** 2)) ** 0.25
    assert found == pytest.approx(right, rel=1e-9)


# Schedules, containers, the engine -------------------------------------------------


def test_schedules_by_hand():
    """Ends and middles of each, and steps beyond the end."""
    assert optim.linear(2.0, 3, last=1.0)(2) == 1.5
    assert [optim.linear(2.0, 1, last=1.0)(t) for t in (1, 2)] == [2.0, 1.0]
    assert optim.cosine(3.0, 9, last=1.0)(5) == pytest.approx(2.0)
    assert optim.cosine(3.0, 9, last=1.0)(99) == pytest.approx(1.0)
    assert optim.step_decay(1.0, 0.1, every=3)(7) == pytest.approx(0.01)
    assert optim.warmup(optim.exponential(1.0, 0.5), 4)(2) == 0.25


METHODS = {
    "sgd": optim.sgd(0.1),
    "momentum": optim.momentum(0.1),
    "ema_momentum": optim.ema_momentum(0.1),
    "nesterov": optim.nesterov(0.1),
    "adam": optim.adam(0.1),
    "coupled": optim.coupled_decay(optim.adam(0.1), 0.1),
    "decoupled": optim.decoupled_decay(optim.momentum(0.1), 0.1),
}


@pytest.mark.parametrize("name", METHODS)
def test_containers_go_leaf_by_leaf_and_nothing_is_changed(name, rng):
    """A container moves as its arrays would alone, and no argument is written to."""
    init, update = METHODS[name]
    w = {"a": rng.standard_normal((5, 3)), "b": [rng.standard_normal(7), (2.0,)]}
    grads = tree.map(lambda x: np.cos(x), w)
    state, frozen = init(w), tree.map(np.copy, (w, grads))
    for _ in range(3):
        moved, state = update(w, grads, state)
    alone = METHODS[name]
    for k, (path, leaf) in enumerate(tree.items(w)):
        single = alone.init(leaf)
        g = tree.flatten(grads)[0][k]
        for _ in range(3):
            one, single = alone.update(leaf, g, single)
        np.testing.assert_array_equal(tree.flatten(moved)[0][k], one, err_msg=path)
    assert [p for p, _ in tree.items(moved)] == [p for p, _ in tree.items(w)]
    same = tree.map(np.array_equal, frozen, (w, grads))
    assert all(tree.flatten(same)[0])


@pytest.mark.parametrize("name", METHODS)
def test_single_precision_stays_single(name):
    """float32 parameters come back as float32."""
    init, update = METHODS[name]
    w = np.ones(3, dtype=np.float32)
    assert update(w, w, init(w))[0].dtype == np.float32


@pytest.mark.parametrize("make", [optim.sgd, optim.momentum, optim.adam])
def test_a_run_can_be_differentiated_by_its_rate(make):
    """The engine records updates like anything else: differences agree."""

    def after_five(rate):
        w = run(make(rate), np.array([1.0, -2.0]), lambda w: np.sin(w) + w, 5)[-1]
        return np.sum(w**2)

    mg.check_grads(after_five, (0.05,), order=1)


def test_the_module_is_loaded_when_it_is_asked_for():
    """Importing minigrad does not import its optimizers."""
    code = (
        "import sys, minigrad as mg; assert 'minigrad.optim' not in sys.modules; "
        "assert 'optim' in dir(mg); print(mg.optim.sgd.__name__)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "sgd", out.stderr


# Bad input -------------------------------------------------------------------------

W = {"a": np.ones((5, 3)), "b": [np.ones(7)]}


def step(w, grads, optimizer=METHODS["sgd"]):
    return optimizer.update(w, grads, optimizer.init(w))


def flat(x):
    return np.sum(x[:1])


REFUSED = {
    "a negative rate": (lambda: optim.sgd(-0.1), r"rate is -0\.1"),
    "no rate": (lambda: optim.adam(np.nan), "rate is nan"),
    "a negative rate of a schedule": (
        lambda: step(np.ones(3), np.ones(3), optim.sgd(lambda t: 1.0 - 2 * t)),
        r"rate\(1\) is -1\.0",
    ),
    "alpha": (lambda: optim.momentum(0.1, 1.0), r"alpha is 1\.0.*\[0, 1\)"),
    "alpha of nesterov": (lambda: optim.nesterov(0.1, -0.5), r"alpha is -0\.5"),
    "beta": (lambda: optim.ema_momentum(0.1, 1.5), r"beta is 1\.5"),
    "b2": (lambda: optim.adam(0.1, b2=1.0), r"b2 is 1\.0"),
    "eps": (lambda: optim.adam(0.1, eps=0.0), "eps is 0"),
    "lam": (lambda: optim.coupled_decay(optim.sgd(0.1), -1.0), r"lam is -1\.0"),
    "decay": (lambda: optim.decoupled_decay(optim.sgd(0.1), -1.0), r"decay is -1\.0"),
    "damping": (lambda: optim.newton(flat, damping=-1.0), r"damping is -1\.0"),
    "tol": (lambda: optim.newton_cg(flat, tol=-1.0), r"tol is -1\.0"),
    "iterations": (lambda: optim.newton_cg(flat, iterations=0), "iterations is 0"),
    "steps": (lambda: optim.cosine(0.1, 0), "steps is 0"),
    "last": (lambda: optim.linear(0.1, 5, last=-1.0), r"last is -1\.0"),
    "no parameters": (lambda: optim.sgd(0.1).init({}), r"w is \{\}"),
    "an empty array": (
        lambda: optim.adam().init({"a": np.ones((0, 3))}),
        r"w\.a has shape \(0, 3\): it has no entries",
    ),
    "another structure": (
        lambda: step(W, {"a": np.ones((5, 3))}),
        "grads is not built like w",
    ),
    "another shape": (
        lambda: step(W, {"a": np.ones((3, 5)), "b": [np.ones(7)]}),
        r"grads\.a has shape \(3, 5\), but w\.a has shape \(5, 3\)",
    ),
    "an item of another shape": (
        lambda: step([np.ones(2)], [np.ones(3)], optim.newton(flat)),
        r"grads\[0\] has shape \(3,\), but w\[0\] has shape \(2,\)",
    ),
    "a row of zeros": (
        lambda: optim.normalize(np.array([[1.0, 0.0], [0.0, 0.0]])),
        r"W is 0 \(row \[1\]\)",
    ),
    "no entries to normalize": (
        lambda: optim.normalize(np.ones((2, 0))),
        r"W has shape \(2, 0\)",
    ),
    "lengths of another shape": (
        lambda: optim.weights(optim.WeightNorm(np.ones((5, 3)), np.ones(3))),
        r"g has shape \(3,\); for u of shape \(5, 3\) it has shape \(5,\)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_told_with_its_name_and_value(case):
    """A sentence that says which argument it was, and what it held."""
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        call()


WRONG_KIND = {
    "whole numbers": (lambda: optim.sgd(0.1).init(np.arange(3)), "w has dtype int64"),
    "a word": (lambda: optim.sgd("fast"), "rate is 'fast'; it has to be a number"),
    "no number": (lambda: optim.momentum(0.1, None), "alpha is None"),
    "rates": (lambda: optim.adam(np.ones(2)), r"rate is array\(\[1., 1.\]\)"),
    "no gradient": (lambda: step(1.0, None), "grads has dtype object"),
    "no function": (lambda: optim.newton(3.0), r"f is 3\.0"),
}


@pytest.mark.parametrize("case", WRONG_KIND)
def test_another_kind_of_thing_is_told_as_well(case):
    """What is no number, no array of them or no function."""
    call, message = WRONG_KIND[case]
    with pytest.raises(TypeError, match=message):
        call()


def test_a_singular_hessian_is_refused():
    """Exactly or up to rounding; a damping helps."""
    w = np.ones(3)
    with pytest.raises(np.linalg.LinAlgError, match=r"damping 0\.0 is singular"):
        step(w, w, optim.newton(lambda x: x[0] ** 2 + x[1] * x[2] * 1e-20))
    assert step(w, w, optim.newton(flat, damping=2.0))[0].tolist() == [0.5, 0.5, 0.5]


def test_the_mean_over_an_empty_batch_is_noticed():
    """Its gradient is nan; the message says where, and why that may be."""
    g = np.array([1.0, np.nan, 2.0])
    for optimizer in (*METHODS.values(), optim.newton(flat), optim.newton_cg(flat)):
        with pytest.raises(FloatingPointError, match=r"grads is nan at \[1\].*empty"):
            step(np.ones(3), g, optimizer)
