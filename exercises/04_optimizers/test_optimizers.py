"""The checks of chapter 04, in teaching order for each of the twelve functions.

gs gradients as rows, v moving average, H Hessian, c critical point, m the quadratic
model.  Expected values come from another road: a unit impulse, a matrix power, the
critical point that a quadratic was built around, minigrad's own methods.  The last
check of a function asks minigrad, and finite differences agree with it.
"""

from __future__ import annotations

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

MEMORIES = [(0.9, 6), (0.3, 4), (0.99, 25)]  # (beta, t)


def average(gs, beta):
    """v_t of the moving average, as the recursion says, for numbers or rows."""
    v = 0.0 * gs[0]
    for g in gs:
        v = beta * v + (1 - beta) * g
    return v


def velocity(gs, alpha, eps):
    """v_t of momentum."""
    v = 0.0 * gs[0]
    for g in gs:
        v = alpha * v + eps * g
    return v


def symmetric(rng, eigenvalues):
    """A symmetric matrix with these eigenvalues and random eigenvectors."""
    n = len(eigenvalues)
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    H = Q @ np.diag(np.asarray(eigenvalues, dtype=float)) @ Q.T
    return (H + H.T) / 2


def hessians(rng):
    """Definite, indefinite and negative ones, of sizes 1 to 7."""
    for eigenvalues in [
        (2.0,),
        (-3.0,),
        (0.5, 1.0, 2.0, 3.0, 4.0),
        (-2.0, 0.5, 3.0),
        (-4.0, -1.0, -0.5),
        (-1.0, -0.5, 1.0, 2.0, 3.0, 4.0, 5.0),
    ]:
        yield symmetric(rng, eigenvalues)


def bowl(rng):
    """A function that is not quadratic, and a point: its curvature is below 8 there."""
    A, c = rng.standard_normal((5, 3)), rng.uniform(-1.0, 1.0, 5)
    A /= np.linalg.norm(A, 2)
    return lambda x: np.sum(np.cosh(A @ x - c)), rng.uniform(-1.0, 1.0, 3)


def derivatives(f, x):
    """Gradient and Hessian by minigrad, once differences have confirmed both."""
    g, H = mg.grad(f)(x), mg.hessian(f)(x)
    columns = [mg.numerical_grad(lambda x, i=i: mg.grad(f)(x)[i], x) for i in range(3)]
    for engine, differences in [(g, mg.numerical_grad(f, x)), (H, np.array(columns))]:
        if np.abs(engine - differences).max() > 1e-5 * np.abs(engine).max():
            raise RuntimeError("minigrad and finite differences disagree")
    return g, H


# --- ema_to_momentum ---------------------------------------------------------------


def impulse_response(beta, delta):
    """(alpha, eps) as read off the updates that the gradients 1, 0 cause."""
    first, second = (-delta * average(g, beta) for g in ([1.0], [1.0, 0.0]))
    return second / first, -first


@task("ema_to_momentum", points=1, short="by hand")
def test_two_pairs_by_hand(student, rng):
    """(3/4, 2) gives (3/4, 1/2), and (1/2, 3) gives (1/2, 3/2)."""
    expect(student.ema_to_momentum(0.75, 2.0)).close_to((0.75, 0.5))
    expect(student.ema_to_momentum(0.5, 3.0)).close_to((0.5, 1.5))


@task("ema_to_momentum", points=1, short="random")
def test_the_response_to_one_gradient(student, rng):
    """After a single gradient of 1 the updates are -eps, then -alpha eps."""
    for _ in range(5):
        beta, delta = float(rng.uniform(0.1, 0.99)), float(rng.uniform(0.01, 9))
        right = impulse_response(beta, delta)
        expect(student.ema_to_momentum(beta, delta)).close_to(right)


@task("ema_to_momentum", points=1, short="ends")
def test_no_memory_and_a_long_one(student, rng):
    """beta = 0 is plain gradient descent with rate delta; 0.999 still has a rate."""
    expect(student.ema_to_momentum(0.0, 0.3)).close_to((0.0, 0.3))
    expect(student.ema_to_momentum(0.999, 5.0)).close_to((0.999, 0.005))


@task("ema_to_momentum", points=1, short="engine")
def test_minigrad_makes_the_same_run(student, rng):
    """minigrad's momentum with your pair follows minigrad's moving average."""
    beta, delta = 0.8, 0.4
    pair = student.ema_to_momentum(beta, delta)
    expect(pair).close_to(impulse_response(beta, delta))
    f, x = bowl(rng)
    ends = []
    for method in (
        mg.optim.momentum(pair[1], pair[0]),
        mg.optim.ema_momentum(delta, beta),
    ):
        w, state = x, method.init(x)
        for _ in range(10):
            w, state = method.update(w, 0.01 * mg.grad(f)(w), state)
        ends.append(w)
    expect(ends[0]).close_to(ends[1])


# --- ema_updates -------------------------------------------------------------------


@task("ema_updates", points=1, short="by hand")
def test_three_gradients_by_hand(student, rng):
    """Gradients 1, 0, 2 with beta = 1/2, delta = 4: the updates are -2, -1, -4.5."""
    gs = np.array([[1.0], [0.0], [2.0]])
    updates = student.ema_updates(gs, 0.5, 4.0)
    expect(updates).close_to(np.array([[-2.0], [-1.0], [-4.5]]))


@task("ema_updates", points=1, short="one step")
def test_the_first_update(student, rng):
    """From v_0 = 0 the first update is -delta (1 - beta) g_1, and not more."""
    gs = rng.standard_normal((1, 5))
    expect(student.ema_updates(gs, 0.9, 2.0)).close_to(-0.2 * gs)


@task("ema_updates", points=2, short="random")
def test_random_gradients(student, rng):
    """(7, 5), (3, 7) and (4, 4): update t is the recursion run on the first t rows."""
    for shape in [(7, 5), (3, 7), (4, 4)]:
        gs, beta = rng.standard_normal(shape), float(rng.uniform(0.2, 0.95))
        right = np.array([-1.7 * average(gs[:t], beta) for t in range(1, len(gs) + 1)])
        expect(student.ema_updates(gs, beta, 1.7)).close_to(right)


@task("ema_updates", points=1, short="beta = 0")
def test_without_memory_it_is_gradient_descent(student, rng):
    """beta = 0: every update is -delta times its own gradient."""
    gs = rng.standard_normal((4, 3))
    expect(student.ema_updates(gs, 0.0, 0.5)).close_to(-0.5 * gs)


@task("ema_updates", points=1, short="engine")
def test_updates_are_those_of_minigrad(student, rng):
    """As minigrad's moving average and its momentum both go, on one run."""
    gs, beta, delta = rng.standard_normal((12, 3)), 0.7, 0.3
    updates = student.ema_updates(gs, beta, delta)
    for method in (
        mg.optim.ema_momentum(delta, beta),
        mg.optim.momentum(delta * (1 - beta), beta),
    ):
        path = [np.zeros(3)]
        state = method.init(path[0])
        for g in gs:
            w, state = method.update(path[-1], g, state)
            path.append(w)
        expect(updates).close_to(np.diff(path, axis=0))


# --- ema_weights and momentum_weights ----------------------------------------------


@task("ema_weights", points=1, short="by hand")
def test_average_weights_by_hand(student, rng):
    """beta = 1/2, t = 3: the oldest gradient counts 1/8, the newest 1/2."""
    expect(student.ema_weights(0.5, 3)).close_to(np.array([0.125, 0.25, 0.5]))


@task("ema_weights", points=1, short="random")
def test_average_weights_by_impulses(student, rng):
    """Weight i is what v_t becomes if g_i is 1 and the others are 0."""
    for beta, t in MEMORIES:
        right = np.array([average(unit, beta) for unit in np.eye(t)])
        expect(student.ema_weights(beta, t)).close_to(right)


@task("ema_weights", points=1, short="ends")
def test_average_weights_without_memory_or_past(student, rng):
    """beta = 0: the newest has it all; t = 1: the only one has 1 - beta."""
    expect(student.ema_weights(0.0, 4)).close_to(np.array([0.0, 0.0, 0.0, 1.0]))
    expect(student.ema_weights(0.9, 1)).close_to(np.array([0.1]))


@task("ema_weights", points=1, short="engine")
def test_average_weights_are_a_gradient(student, rng):
    """They are the gradient of v_t in (g_1, ..., g_t), by minigrad and differences."""
    for beta, t in MEMORIES[:2]:
        weights = student.ema_weights(beta, t)
        gs = rng.standard_normal(t)
        expect(weights).gradient_of(lambda gs, beta=beta: average(gs, beta), gs)


@task("momentum_weights", points=1, short="by hand")
def test_momentum_weights_by_hand(student, rng):
    """alpha = 1/2, eps = 2, t = 3: 1/2, 1, 2; at t = 1 the weight is eps itself."""
    expect(student.momentum_weights(0.5, 2.0, 3)).close_to(np.array([0.5, 1.0, 2.0]))
    expect(student.momentum_weights(0.9, 0.01, 1)).close_to(np.array([0.01]))


@task("momentum_weights", points=1, short="random")
def test_momentum_weights_by_impulses(student, rng):
    """Weight i is what v_t becomes if g_i is 1 and the others are 0."""
    for alpha, t in MEMORIES:
        eps = float(rng.uniform(0.1, 3))
        right = np.array([velocity(unit, alpha, eps) for unit in np.eye(t)])
        expect(student.momentum_weights(alpha, eps, t)).close_to(right)


@task("momentum_weights", points=1, short="engine")
def test_momentum_weights_are_a_gradient(student, rng):
    """They are the gradient of v_t in (g_1, ..., g_t); alpha = 0 has no memory."""
    for alpha, t in [*MEMORIES[:2], (0.0, 3)]:
        weights = student.momentum_weights(alpha, 0.7, t)
        gs = rng.standard_normal(t)
        expect(weights).gradient_of(lambda gs, a=alpha: velocity(gs, a, 0.7), gs)


# --- debias ------------------------------------------------------------------------


@task("debias", points=1, short="by hand")
def test_two_equal_gradients_by_hand(student, rng):
    """Two gradients (4, -8) with beta = 1/2 leave v_2 = (3, -6); the estimate is g."""
    expect(student.debias(np.array([3.0, -6.0]), 0.5, 2)).close_to(
        np.array([4.0, -8.0])
    )


@task("debias", points=1, short="constant")
def test_equal_gradients_are_found_again(student, rng):
    """If all gradients are equal the estimate is exact, from the first step on."""
    for beta, t in [*MEMORIES, (0.9, 1), (0.999, 2)]:
        g = rng.standard_normal(5)
        v = average(np.tile(g, (t, 1)), beta)
        expect(student.debias(v, beta, t)).close_to(g)


@task("debias", points=1, short="random")
def test_estimates_weigh_gradients_to_one(student, rng):
    """For any gradients: their mean with weights in proportion to beta^(t-i)."""
    for beta, t in MEMORIES:
        gs = rng.standard_normal((t, 3))
        right = np.average(
            gs, axis=0, weights=[beta ** (t - i) for i in range(1, t + 1)]
        )
        expect(student.debias(average(gs, beta), beta, t)).close_to(right)


@task("debias", points=1, short="engine")
def test_the_estimate_minimizes_discounted_squares(student, rng):
    """sum_i beta^(t-i) |g_i - m|^2 has its minimum there, says minigrad's Newton."""
    beta, t = 0.8, 7
    gs = rng.standard_normal((t, 3))
    discount = beta ** np.arange(t)[::-1]

    def misfit(m):
        return np.sum(discount[:, None] * (gs - m) ** 2)

    estimate = expect(student.debias(average(gs, beta), beta, t)).array((3,))
    init, update = mg.optim.newton(misfit)
    start = np.zeros(3)
    right, _ = update(start, derivatives(misfit, start)[0], init(start))
    expect(estimate).close_to(right)


# --- ema_variance ------------------------------------------------------------------


@task("ema_variance", points=1, short="by hand")
def test_variance_of_two_by_hand(student, rng):
    """beta = 1/2, t = 2: weights 1/4 and 1/2, so 5/16 of the variance; t = 1: 1/4."""
    expect(student.ema_variance(0.5, 2, 16.0)).close_to(5.0)
    expect(student.ema_variance(0.5, 1, 16.0)).close_to(4.0)


@task("ema_variance", points=1, short="random")
def test_variances_add_with_squared_weights(student, rng):
    """Independent gradients: s2 times the sum of the squares of the weights."""
    for beta, t in MEMORIES:
        s2 = float(rng.uniform(0.5, 4))
        weights = [average(unit, beta) for unit in np.eye(t)]
        expect(student.ema_variance(beta, t, s2)).close_to(
            s2 * np.dot(weights, weights)
        )


@task("ema_variance", points=1, short="ends")
def test_variance_without_memory_and_in_the_long_run(student, rng):
    """beta = 0 keeps all of it; after 2000 steps beta = 0.9 keeps 1/19."""
    expect(student.ema_variance(0.0, 5, 3.0)).close_to(3.0)
    expect(student.ema_variance(0.9, 2000, 3.0)).close_to(3.0 / 19)


@task("ema_variance", points=1, short="engine")
def test_variance_is_the_squared_gradient(student, rng):
    """v_t is linear in the gradients: s2 times |dv_t/dg|^2, found two other ways."""
    beta, t, s2 = 0.85, 8, 2.5
    v_t = lambda gs: average(gs, beta)
    gs = rng.standard_normal(t)
    weights, differences = mg.grad(v_t)(gs), mg.numerical_grad(v_t, gs)
    if np.abs(weights - differences).max() > 1e-8:
        raise RuntimeError("minigrad and finite differences disagree")
    expect(student.ema_variance(beta, t, s2)).close_to(s2 * float(weights @ weights))


# --- taylor_after_step -------------------------------------------------------------


@task("taylor_after_step", points=1, short="by hand")
def test_the_model_by_hand(student, rng):
    """f0 = 10, g = (1, 2), H = diag(2, 1), eps = 1/2: 10 - 5/2 + 6/8 = 8.25."""
    g, H = np.array([1.0, 2.0]), np.diag([2.0, 1.0])
    expect(student.taylor_after_step(10.0, g, H, 0.5)).close_to(8.25)


@task("taylor_after_step", points=1, short="random")
def test_the_model_entry_by_entry(student, rng):
    """Definite and indefinite H, n = 1 to 7, small and large rates."""
    for H in hessians(rng):
        g, f0 = rng.standard_normal(len(H)), float(rng.standard_normal())
        for eps in (0.1, 1.5):
            s = -eps * g
            terms = [s[i] * H[i, j] * s[j] / 2 for i, j in np.ndindex(H.shape)]
            right = f0 + sum(g * s) + sum(terms)
            scale = abs(f0) + np.abs(terms).sum() + abs(g @ s)
            value = student.taylor_after_step(f0, g, H, eps)
            expect(value).close_to(float(right), scale=float(scale))


@task("taylor_after_step", points=1, short="no step")
def test_no_step_and_no_slope_change_nothing(student, rng):
    """eps = 0 and g = 0 leave f0; without curvature the step gains eps |g|^2."""
    g, H = np.array([3.0, 4.0]), symmetric(rng, [1.0, 2.0])
    expect(student.taylor_after_step(7.0, g, H, 0.0)).close_to(7.0)
    expect(student.taylor_after_step(7.0, 0 * g, H, 0.5)).close_to(7.0)
    expect(student.taylor_after_step(7.0, g, 0 * H, 0.1)).close_to(4.5)


@task("taylor_after_step", points=1, short="engine")
def test_the_model_of_a_quadratic_is_the_function(student, rng):
    """With gradient and Hessian from minigrad: the value of f where the step leads."""
    A, c = rng.standard_normal((5, 3)), rng.standard_normal(5)
    f = lambda x: np.sum((A @ x - c) ** 2) + 1.0
    x = rng.standard_normal(3)
    g, H = derivatives(f, x)
    for eps in (0.01, 0.3):
        value = student.taylor_after_step(float(f(x)), g, H, eps)
        expect(value).close_to(float(f(x - eps * g)), scale=float(f(x)) + eps * g @ g)


# --- max_step ----------------------------------------------------------------------


@task("max_step", points=1, short="by hand")
def test_the_longest_step_by_hand(student, rng):
    """g = (1, 2): 5/3 for H = diag(2, 1), and for 4 times the identity 1/2."""
    g = np.array([1.0, 2.0])
    expect(student.max_step(g, np.diag([2.0, 1.0]))).close_to(5 / 3)
    expect(student.max_step(g, 4 * np.eye(2))).close_to(0.5)


@task("max_step", points=1, short="random")
def test_the_model_returns_to_where_it_began(student, rng):
    """It is the other root of m(-eps g) = m(0), also where some eigenvalue is < 0."""
    for H in hessians(rng):
        g = rng.standard_normal(len(H))
        curvature = float(g @ H @ g)
        if curvature > 0.1:
            right = max(np.roots([curvature / 2, -float(g @ g), 0.0]).real)
            expect(student.max_step(g, H)).close_to(float(right))
    g, H = np.array([3.0, 1.0]), np.diag([1.0, -2.0])  # indefinite, 7 along g
    expect(student.max_step(g, H)).close_to(20 / 7)


@task("max_step", points=1, short="unbounded")
def test_down_for_ever(student, rng):
    """Flat or curved down along g, every step decreases it; curved up, up to one."""
    g = np.array([1.0, 1.0])
    expect(student.max_step(g, np.eye(2))).close_to(2.0)
    for H in (np.diag([1.0, -2.0]), np.diag([1.0, -1.0]), np.zeros((2, 2)), -np.eye(2)):
        expect(student.max_step(g, H)).close_to(np.inf)


@task("max_step", points=1, short="g = 0")
def test_at_a_critical_point_no_step_decreases(student, rng):
    """g = 0 gives 0, for any H; a small g gives what a large one does."""
    for H in (np.eye(3), -np.eye(3), np.zeros((3, 3))):
        expect(student.max_step(np.zeros(3), H)).close_to(0.0)
    expect(student.max_step(1e-8 * np.ones(3), np.eye(3))).close_to(2.0)


@task("max_step", points=1, short="engine")
def test_the_longest_step_along_a_ray(student, rng):
    """phi(eps) = f(x - eps g) for a quadratic f: -2 phi'(0)/phi''(0) by minigrad."""
    A, c = rng.standard_normal((5, 3)), rng.standard_normal(5)
    f = lambda x: np.sum((A @ x - c) ** 2)
    x = rng.standard_normal(3)
    g, H = derivatives(f, x)
    phi = lambda eps: f(x - eps * g)
    right = -2 * mg.grad(phi)(0.0) / float(mg.hessian(phi)(0.0))
    if not f(x - 0.999 * right * g) < f(x) < f(x - 1.001 * right * g):
        raise RuntimeError("the function itself disagrees")
    expect(student.max_step(g, H)).close_to(right)


# --- cauchy_step -------------------------------------------------------------------


def best_along(g, H, radius):
    """The Cauchy point by comparing m at the end of the ray and where it is flat."""
    ends = [radius / np.linalg.norm(g)]
    if g @ H @ g != 0:
        flat = float(g @ g / (g @ H @ g))
        ends += [flat] if 0 < flat < ends[0] else []
    model = lambda tau: -tau * g @ g + tau**2 * g @ H @ g / 2
    return -min(ends, key=model) * g


@task("cauchy_step", points=1, short="by hand")
def test_inside_and_at_the_boundary_by_hand(student, rng):
    """g = (3, 4), H = 2 I: the bottom is (-1.5, -2), of length 2.5; radius 1 cuts."""
    g, H = np.array([3.0, 4.0]), 2 * np.eye(2)
    expect(student.cauchy_step(g, H, 10.0)).close_to(np.array([-1.5, -2.0]))
    expect(student.cauchy_step(g, H, 1.0)).close_to(np.array([-0.6, -0.8]))


@task("cauchy_step", points=1, short="random")
def test_random_cauchy_points(student, rng):
    """Definite or not, n = 1 to 7, within 0.1 and within 100."""
    for H in hessians(rng):
        g = rng.standard_normal(len(H))
        for radius in (0.1, 100.0):
            right = best_along(g, H, radius)
            expect(student.cauchy_step(g, H, radius)).close_to(right)


@task("cauchy_step", points=1, short="downhill")
def test_without_upward_curvature_it_goes_to_the_end(student, rng):
    """g.Hg below 0, or exactly 0: the step has the length of the radius."""
    g = np.array([1.0, 1.0])
    for H in (-np.eye(2), np.diag([1.0, -1.0]), np.zeros((2, 2))):
        step = student.cauchy_step(g, H, 3.0)
        expect(step).close_to(np.full(2, -3 / np.sqrt(2)))


@task("cauchy_step", points=1, short="g = 0")
def test_no_slope_no_step(student, rng):
    """g = 0 gives zeros, no nan; a gradient of size 1e-8 gives a step of that size."""
    for H in (np.eye(3), -np.eye(3)):
        expect(student.cauchy_step(np.zeros(3), H, 1.0)).close_to(np.zeros(3))
    tiny = np.array([1e-8, 0.0, -2e-8])
    expect(student.cauchy_step(tiny, 4 * np.eye(3), 1.0)).close_to(-tiny / 4)


@task("cauchy_step", points=1, short="engine")
def test_the_slope_vanishes_at_a_cauchy_point_inside(student, rng):
    """Along the ray one Newton step of minigrad finds the bottom of the model."""
    f, x = bowl(rng)
    g, H = derivatives(f, x)
    model = lambda tau: -tau * g @ g + tau**2 * (g @ H @ g) / 2
    init, update = mg.optim.newton(lambda tau: model(tau[0]))
    tau, _ = update(np.zeros(1), np.array([mg.grad(model)(0.0)]), init(np.zeros(1)))
    bottom = -tau[0] * g
    length = float(np.linalg.norm(bottom))
    expect(student.cauchy_step(g, H, 2 * length)).close_to(bottom)
    expect(student.cauchy_step(g, H, length / 2)).close_to(bottom / 2)


# --- newton_step -------------------------------------------------------------------


@task("newton_step", points=1, short="by hand")
def test_a_newton_step_by_hand(student, rng):
    """x = (1, 1), g = (2, 6), H = [[2, 1], [1, 3]]: the step is (0, -2)."""
    x, g = np.array([1.0, 1.0]), np.array([2.0, 6.0])
    H = np.array([[2.0, 1.0], [1.0, 3.0]])
    expect(student.newton_step(x, g, H)).close_to(np.array([1.0, -1.0]))


@task("newton_step", points=2, short="quadratic")
def test_one_step_solves_a_quadratic(student, rng):
    """From any start it lands on the critical point, minimum or not, n = 1 to 7."""
    for H in hessians(rng):
        x, c = rng.standard_normal((2, len(H)))
        step = student.newton_step(x, H @ (x - c), H)
        expect(step).close_to(c, scale=float(np.abs([x, c]).max()))


@task("newton_step", points=1, short="scales")
def test_steep_and_flat_directions_at_once(student, rng):
    """Eigenvalues from 1 to 1e4, which gradient descent would take for ever with."""
    H = symmetric(rng, [1.0, 10.0, 100.0, 1e3, 1e4])
    x, c = rng.standard_normal((2, 5))
    expect(student.newton_step(x, H @ (x - c), H)).close_to(c, scale=1.0)


@task("newton_step", points=1, short="engine")
def test_a_newton_step_on_a_function(student, rng):
    """Gradient and Hessian by minigrad: its own Newton goes to the same point."""
    f, x = bowl(rng)
    g, H = derivatives(f, x)
    init, update = mg.optim.newton_cg(f, tol=1e-14)
    expect(student.newton_step(x, g, H)).close_to(update(x, g, init(x))[0])


# --- newton_kind -------------------------------------------------------------------

KINDS = {
    "min": (0.5, 1.0, 4.0),
    "max": (-3.0, -1.0, -0.2),
    "saddle": (-1.0, 2.0, 3.0),
    "singular": (0.0, 1.0, 2.0),
}


@task("newton_kind", points=1, short="diagonal")
def test_diagonal_hessians(student, rng):
    """Bowl, hill, saddle and trough, in the order of a diagonal that is not sorted."""
    for kind, eigenvalues in KINDS.items():
        expect(student.newton_kind(np.diag(eigenvalues))).close_to(kind)
        expect(student.newton_kind(np.diag(eigenvalues[::-1]))).close_to(kind)


@task("newton_kind", points=1, short="random")
def test_rotated_hessians(student, rng):
    """Signs of eigenvalues, not of entries; an even number below 0 is a saddle too."""
    for kind in ("min", "max", "saddle"):
        expect(student.newton_kind(symmetric(rng, KINDS[kind]))).close_to(kind)
    expect(student.newton_kind(np.array([[1.0, 2.0], [2.0, 1.0]]))).close_to("saddle")
    two_down = symmetric(rng, (-2.0, -1.0, 1.0, 3.0))
    expect(student.newton_kind(two_down)).close_to("saddle")
    expect(student.newton_kind(symmetric(rng, (-2.0, -1.0)))).close_to("max")
    expect(student.newton_kind(np.array([[-3.0]]))).close_to("max")
    expect(student.newton_kind(np.array([[2.0]]))).close_to("min")


@task("newton_kind", points=1, short="zero")
def test_what_counts_as_zero(student, rng):
    """1e-14 is zero beside 1, and 1e-7 beside 1e6; 1e-7 beside 1 and 1e-3 are not."""
    for eigenvalues in [(1e-14, 1.0), (1e-7, 1e6), (-1.0, 0.0, 1.0), (1e-13, 1e-6)]:
        expect(student.newton_kind(np.diag(eigenvalues))).close_to("singular")
    expect(student.newton_kind(np.zeros((3, 3)))).close_to("singular")
    expect(student.newton_kind(np.diag([1e-7, 1.0]))).close_to("min")
    expect(student.newton_kind(np.diag([-1e-3, 1e6]))).close_to("saddle")
    expect(student.newton_kind(np.diag([1e-9, 2e-9]))).close_to("min")


@task("newton_kind", points=1, short="engine")
def test_critical_points_of_functions(student, rng):
    """Hessians by minigrad at the origin; f around it must rise and fall to match."""
    functions = {
        "min": lambda x: np.sum(x**2) + x[0] * x[1],
        "max": lambda x: np.cos(x[0]) + np.cos(x[1]) * np.exp(-(x[2] ** 2)),
        "saddle": lambda x: x[0] ** 2 + 3 * x[0] * x[1] + x[1] ** 2 + x[2] ** 2,
        "singular": lambda x: x[0] ** 2 + x[1] ** 4 + x[2] ** 2,
    }
    around = 0.1 * rng.standard_normal((200, 3))
    for kind, f in functions.items():
        H = mg.hessian(f)(np.zeros(3))
        changes = {bool(f(x) > f(np.zeros(3))) for x in around}
        if changes != {"max": {False}, "saddle": {True, False}}.get(kind, {True}):
            raise RuntimeError(f"f has no {kind} at the origin")
        expect(student.newton_kind(H)).close_to(kind)


# --- damped_newton_step ------------------------------------------------------------


@task("damped_newton_step", points=1, short="by hand")
def test_damping_at_a_saddle_by_hand(student, rng):
    """H = diag(1, -2), x = (1, 1), g = (1, -2): mu = 3 gives (3/4, 3), downhill."""
    x, g, H = np.ones(2), np.array([1.0, -2.0]), np.diag([1.0, -2.0])
    expect(student.damped_newton_step(x, g, H, 3.0)).close_to(np.array([0.75, 3.0]))
    expect(student.damped_newton_step(x, g, H, 1.0)).close_to(np.array([0.5, -1.0]))


@task("damped_newton_step", points=1, short="random")
def test_the_damped_model_is_flat_there(student, rng):
    """Built around s: with g = -(H + mu I) s the step is s, n = 1 to 7."""
    for H in hessians(rng):
        for mu in (0.7, 10.0):
            x, s = rng.standard_normal((2, len(H)))
            g = -(H @ s + mu * s)
            step = student.damped_newton_step(x, g, H, mu)
            expect(step).close_to(x + s, scale=float(np.abs([x, s]).max()))


@task("damped_newton_step", points=1, short="ends")
def test_no_damping_and_a_singular_hessian(student, rng):
    """mu = 0 is Newton's step; H = 0 leaves a gradient step of rate 1/mu."""
    H = symmetric(rng, [1.0, 2.0, 5.0])
    x, c = rng.standard_normal((2, 3))
    step = student.damped_newton_step(x, H @ (x - c), H, 0.0)
    expect(step).close_to(c, scale=float(np.abs([x, c]).max()))
    step = student.damped_newton_step(x, c, np.zeros((3, 3)), 4.0)
    expect(step).close_to(x - c / 4)


@task("damped_newton_step", points=1, short="engine")
def test_damping_is_a_penalty_on_long_steps(student, rng):
    """minigrad's undamped Newton on f(y) + mu |y - x|^2 / 2 goes there from x."""
    f, x = bowl(rng)
    mu = 2.0
    penalized = lambda y: f(y) + mu * np.sum((y - x) ** 2) / 2
    init, update = mg.optim.newton(penalized)
    right, _ = update(x, derivatives(penalized, x)[0], init(x))
    expect(student.damped_newton_step(x, *derivatives(f, x), mu)).close_to(right)
