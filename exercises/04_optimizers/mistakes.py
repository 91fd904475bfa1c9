"""What goes wrong in chapter 04, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import math

import numpy as np

from minigrad.course import mistake

# ema_to_momentum -------------------------------------------------------------------


@mistake("ema_to_momentum", kind="missing-factor")
def rate_not_scaled(beta, delta):
    """You kept the rate. The average multiplies each new gradient by 1 - beta before
    delta does; momentum has no such factor, so its rate has to hold it.
    """
    return beta, delta


@mistake("ema_to_momentum", kind="inverse")
def rate_divided(beta, delta):
    """You divided by 1 - beta: that is the way from momentum to the average, delta =
    eps / (1 - alpha). Here eps is what is asked for.
    """
    return beta, delta / (1 - beta)


@mistake("ema_to_momentum", kind="wrong-factor")
def rate_times_beta(beta, delta):
    """Your eps is delta beta. beta multiplies the old average; the new gradient comes
    in with the factor 1 - beta.
    """
    return beta, delta * beta


@mistake("ema_to_momentum", kind="complement")
def memory_and_novelty_exchanged(beta, delta):
    """Your alpha is 1 - beta. Both methods call the factor of the *past* alpha and
    beta; 1 - beta is that of the new gradient.
    """
    return 1 - beta, delta * beta


@mistake("ema_to_momentum", kind="order")
def pair_exchanged(beta, delta):
    """You returned (eps, alpha). The memory comes first, the rate second."""
    return delta * (1 - beta), beta


@mistake("ema_to_momentum", kind="sign")
def rate_with_the_sign_of_the_update(beta, delta):
    """Your eps is negative. The minus sign of the update stands outside of v in both
    methods, and eps is positive.
    """
    return beta, -delta * (1 - beta)


# ema_updates -----------------------------------------------------------------------


def averages(gs, beta, v0=None, new=None):
    """v_1, ..., v_t as rows, with another start or another factor of the gradient."""
    v = np.zeros(gs.shape[1]) if v0 is None else v0
    rows = []
    for g in gs:
        v = beta * v + (1 - beta if new is None else new) * g
        rows.append(v)
    return np.array(rows)


@mistake("ema_updates", kind="missing-factor")
def new_gradient_at_full_weight(gs, beta, delta):
    """You added g_t with weight 1. In a moving average it has weight 1 - beta; with 1
    it is momentum, and delta is not its rate.
    """
    return -delta * averages(gs, beta, new=1.0)


@mistake("ema_updates", kind="sign")
def uphill(gs, beta, delta):
    """Your updates go up the gradient. The update is what is *added* to the parameters:
    -delta v_t.
    """
    return delta * averages(gs, beta)


@mistake("ema_updates", kind="no-rate")
def averages_for_updates(gs, beta, delta):
    """You returned -v_t. Asked for are the updates: multiply by the rate delta."""
    return -averages(gs, beta)


@mistake("ema_updates", kind="start")
def starting_at_the_first_gradient(gs, beta, delta):
    """You began with v_0 = g_1, so the first average is g_1 itself. Here v_0 = 0; that
    start is the reason why v_t is biased.
    """
    return -delta * averages(gs, beta, v0=gs[0])


@mistake("ema_updates", kind="off-by-one")
def updates_before_the_gradient(gs, beta, delta):
    """Your row t holds -delta v_{t-1}: you wrote the update down before g_t was mixed
    in. The gradient comes first, then the step.
    """
    v = averages(gs, beta)
    return -delta * np.vstack([np.zeros(gs.shape[1]), v[:-1]])


@mistake("ema_updates", kind="complement")
def weights_exchanged(gs, beta, delta):
    """You gave the past the weight 1 - beta and the new gradient beta. It is the past
    that is multiplied by beta: v_t = beta v_{t-1} + (1 - beta) g_t.
    """
    return -delta * averages(gs, 1 - beta)


@mistake("ema_updates", kind="summed")
def positions_for_updates(gs, beta, delta):
    """You added the updates up, which gives positions. Row t is the single update of
    step t.
    """
    return np.cumsum(-delta * averages(gs, beta), axis=0)


@mistake("ema_updates", kind="debiased")
def updates_debiased(gs, beta, delta):
    """You divided v_t by 1 - beta^t. That is a task of its own; the method as it is
    defined here steps along v_t itself.
    """
    v = averages(gs, beta)
    t = np.arange(1, len(gs) + 1)[:, None]
    return -delta * v / (1 - beta**t)


@mistake("ema_updates", kind="last-only")
def only_the_last_update(gs, beta, delta):
    """You returned the last update alone, shape (n,). All of them are asked for, one
    row a step: shape (t, n).
    """
    return -delta * averages(gs, beta)[-1]


# ema_weights -----------------------------------------------------------------------


@mistake("ema_weights", kind="reversed")
def newest_first(beta, t):
    """Your weights begin with the newest gradient. Entry i - 1 belongs to g_i: the
    oldest, and smallest, comes first.
    """
    return (1 - beta) * beta ** np.arange(t)


@mistake("ema_weights", kind="missing-factor")
def powers_alone(beta, t):
    """Your newest weight is 1. Each gradient comes in with 1 - beta and is multiplied
    by beta at every later step: (1 - beta) beta^(t-i).
    """
    return beta ** np.arange(t)[::-1]


@mistake("ema_weights", kind="off-by-one")
def one_power_too_many(beta, t):
    """Your exponents are one too large. The newest gradient, i = t, has not been
    multiplied by beta yet: its power is beta^0.
    """
    return (1 - beta) * beta ** np.arange(1, t + 1)[::-1]


@mistake("ema_weights", kind="normalized")
def weights_that_add_up_to_one(beta, t):
    """You divided by the sum. The weights of v_t add up to 1 - beta^t, not to 1,
    because v_0 = 0; that is the bias.
    """
    age = np.arange(t)[::-1]
    return beta**age / np.sum(beta**age)


@mistake("ema_weights", kind="not-a-power")
def products_for_powers(beta, t):
    """You multiplied beta by the age instead of raising it to it: after k steps the
    factor is beta ** k.
    """
    return (1 - beta) * beta * np.arange(t)[::-1]


@mistake("ema_weights", kind="extra-entry")
def weight_of_the_start_too(beta, t):
    """You returned t + 1 weights, one for v_0. It is 0 and not asked for: there are t
    gradients.
    """
    age = np.arange(t)[::-1]
    return np.concatenate([[beta**t], (1 - beta) * beta**age])


@mistake("ema_weights", kind="equal")
def plain_mean(beta, t):
    """You weighed all gradients alike. Those of the past fade: each step multiplies
    them by beta.
    """
    return np.full(t, 1.0 / t)


# momentum_weights ------------------------------------------------------------------


@mistake("momentum_weights", kind="extra-factor")
def with_the_factor_of_the_average(alpha, eps, t):
    """You put in the factor 1 - alpha of the moving average. In momentum the new
    gradient enters as eps g_t: at t = 1 its weight is eps.
    """
    return eps * (1 - alpha) * alpha ** np.arange(t)[::-1]


@mistake("momentum_weights", kind="factor-for-rate")
def average_for_momentum(alpha, eps, t):
    """You have 1 - alpha where eps belongs: these are the weights of the average. In
    momentum the new gradient enters as eps g_t.
    """
    return (1 - alpha) * alpha ** np.arange(t)[::-1]


@mistake("momentum_weights", kind="missing-factor")
def rate_left_out(alpha, eps, t):
    """You left eps out. In this chapter the rate is inside the velocity: v_t = alpha
    v_{t-1} + eps g_t.
    """
    return alpha ** np.arange(t)[::-1]


@mistake("momentum_weights", kind="reversed")
def momentum_newest_first(alpha, eps, t):
    """Your weights begin with the newest gradient. Entry i - 1 belongs to g_i: the
    oldest, and smallest, comes first.
    """
    return eps * alpha ** np.arange(t)


@mistake("momentum_weights", kind="off-by-one")
def momentum_one_power_too_many(alpha, eps, t):
    """Your exponents are one too large. The newest gradient has not been multiplied by
    alpha yet: its weight is eps.
    """
    return eps * alpha ** np.arange(1, t + 1)[::-1]


@mistake("momentum_weights", kind="sign")
def weights_in_the_update(alpha, eps, t):
    """These are the weights in the update -v_t. Asked for are those in v_t, which are
    positive.
    """
    return -eps * alpha ** np.arange(t)[::-1]


@mistake("momentum_weights", kind="rate-to-the-power")
def rate_decays_too(alpha, eps, t):
    """You raised the rate to the power as well. eps enters once with its gradient; only
    alpha acts again at each later step.
    """
    return (alpha * eps) ** np.arange(t)[::-1] * eps


# debias ----------------------------------------------------------------------------


@mistake("debias", kind="one-step")
def over_one_minus_beta(v, beta, t):
    """You divided by 1 - beta, the weight of a single gradient. All t of them together
    weigh 1 - beta^t.
    """
    return v / (1 - beta)


@mistake("debias", kind="inverse")
def multiplied(v, beta, t):
    """You multiplied by 1 - beta^t, and the estimate is even smaller than v_t. The
    weights add up to it, so divide.
    """
    return v * (1 - beta**t)


@mistake("debias", kind="off-by-one")
def one_step_behind(v, beta, t):
    """Your power is t - 1, as if v had one gradient less; at t = 1 that divides by 0.
    v_t has t gradients: 1 - beta^t.
    """
    with np.errstate(all="ignore"):
        return v / np.float64(1 - beta ** (t - 1))


@mistake("debias", kind="count-from-zero")
def one_step_ahead(v, beta, t):
    """Your power is t + 1. Steps are counted from 1: after the first gradient t = 1 and
    the weights add up to 1 - beta.
    """
    return v / (1 - beta ** (t + 1))


@mistake("debias", kind="lost-factor")
def over_the_sum_of_powers(v, beta, t):
    """You divided by 1 + beta + ... + beta^(t-1), which forgets the factor 1 - beta of
    the weights. With it the sum is 1 - beta^t.
    """
    return v / sum(beta**k for k in range(t))


@mistake("debias", kind="wrong-power")
def over_the_weight_of_the_start(v, beta, t):
    """You divided by beta^t, the weight that the start v_0 has kept. The gradients have
    the rest, 1 - beta^t.
    """
    return v / beta**t


@mistake("debias", kind="difference")
def bias_subtracted(v, beta, t):
    """You added beta^t v. The bias is beta^t E[g], not beta^t E[v]: E[v] is smaller by
    the factor 1 - beta^t, so divide by it.
    """
    return v + beta**t * v


# ema_variance ----------------------------------------------------------------------


@mistake("ema_variance", kind="not-squared")
def weights_not_squared(beta, t, s2):
    """You added the weights, not their squares. A number times w has a variance times
    w^2; then variances of independent numbers add.
    """
    return s2 * (1 - beta**t)


@mistake("ema_variance", kind="limit")
def only_in_the_long_run(beta, t, s2):
    """You gave the limit for t to infinity. After t steps the factor 1 - beta^(2t) is
    still there; at t = 1 the variance is (1 - beta)^2 s2.
    """
    return s2 * (1 - beta) / (1 + beta)


@mistake("ema_variance", kind="wrong-power")
def power_of_the_mean(beta, t, s2):
    """You have 1 - beta^t where 1 - beta^(2t) belongs: the squares of the weights are a
    geometric series in beta^2.
    """
    return s2 * (1 - beta) * (1 - beta**t) / (1 + beta)


@mistake("ema_variance", kind="debiased")
def variance_of_the_estimate(beta, t, s2):
    """You gave the variance of the debiased v_t / (1 - beta^t). Asked for is that of
    v_t itself.
    """
    right = s2 * (1 - beta) * (1 - beta ** (2 * t)) / (1 + beta)
    return right / (1 - beta**t) ** 2


@mistake("ema_variance", kind="deviation")
def square_root(beta, t, s2):
    """You returned the standard deviation. The variance is its square."""
    return math.sqrt(s2 * (1 - beta) * (1 - beta ** (2 * t)) / (1 + beta))


@mistake("ema_variance", kind="s2-squared")
def variance_squared(beta, t, s2):
    """You squared s2. It is a variance already, the square of a deviation; only the
    weights are squared.
    """
    return s2**2 * (1 - beta) * (1 - beta ** (2 * t)) / (1 + beta)


@mistake("ema_variance", kind="lost-factor")
def series_of_momentum(beta, t, s2):
    """You left out (1 - beta)^2, the square of the factor with which each gradient
    enters: (1 - beta)^2 (1 - beta^(2t)) / (1 - beta^2).
    """
    return s2 * (1 - beta ** (2 * t)) / (1 - beta**2)


@mistake("ema_variance", kind="mean-of-t")
def variance_of_a_plain_mean(beta, t, s2):
    """s2 / t is the variance of a plain mean. Here the weights are unequal; add the
    squares of the weights.
    """
    return s2 / t


# taylor_after_step -----------------------------------------------------------------


def slopes(g, H):
    """g.g and g.Hg."""
    return float(g @ g), float(g @ H @ g)


@mistake("taylor_after_step", kind="half")
def half_forgotten(f0, g, H, eps):
    """You left out the 1/2 of the second order. The model is f0 + g.s + s.Hs/2, and 1/2
    stays when s = -eps g is put in.
    """
    gg, gHg = slopes(g, H)
    return f0 - eps * gg + eps**2 * gHg


@mistake("taylor_after_step", kind="sign")
def first_order_uphill(f0, g, H, eps):
    """Your first term grows with eps. The step is s = -eps g, so that g.s = -eps g.g:
    it goes down.
    """
    gg, gHg = slopes(g, H)
    return f0 + eps * gg + eps**2 * gHg / 2


@mistake("taylor_after_step", kind="sign-of-second")
def second_order_negative(f0, g, H, eps):
    """Your second-order term has a minus sign. s stands in it twice, and (-eps)^2 is
    positive.
    """
    gg, gHg = slopes(g, H)
    return f0 - eps * gg - eps**2 * gHg / 2


@mistake("taylor_after_step", kind="power")
def rate_not_squared(f0, g, H, eps):
    """You have eps where eps^2 belongs. In s.Hs the step stands twice, and so does the
    rate.
    """
    gg, gHg = slopes(g, H)
    return f0 - eps * gg + eps * gHg / 2


@mistake("taylor_after_step", kind="first-order")
def tangent_only(f0, g, H, eps):
    """You stopped at the first order. That is the tangent plane; the model also holds
    the curvature, eps^2 g.Hg / 2.
    """
    return f0 - eps * slopes(g, H)[0]


@mistake("taylor_after_step", kind="norm")
def length_of_the_gradient(f0, g, H, eps):
    """You have |g| in the first-order term. The slope along -g is -g.g = -|g|^2: one
    factor is the gradient, the other the direction.
    """
    gg, gHg = slopes(g, H)
    return f0 - eps * math.sqrt(gg) + eps**2 * gHg / 2


@mistake("taylor_after_step", kind="change")
def change_without_the_value(f0, g, H, eps):
    """You returned the change alone. The value of the model is asked for: add f0."""
    gg, gHg = slopes(g, H)
    return -eps * gg + eps**2 * gHg / 2


@mistake("taylor_after_step", kind="elementwise")
def diagonal_of_the_hessian(f0, g, H, eps):
    """You used the diagonal of H alone. g.Hg is a double sum over all entries: g @ H @
    g.
    """
    return float(f0 - eps * g @ g + eps**2 * np.sum(np.diag(H) * g**2) / 2)


# max_step --------------------------------------------------------------------------


def longest(g, H, factor=2.0):
    """The right answer, but for the factor."""
    gg, gHg = slopes(g, H)
    if gg == 0:
        return 0.0
    return factor * gg / gHg if gHg > 0 else math.inf


@mistake("max_step", kind="half")
def best_step(g, H):
    """You gave the *best* rate, g.g / g.Hg, at the bottom. The model goes on below its
    starting value up to twice as far.
    """
    return longest(g, H, factor=1.0)


@mistake("max_step", kind="safe-for-all")
def safe_for_every_gradient(g, H):
    """2 / lambda_max is safe for *every* gradient, but this gradient may see less
    curvature: 2 g.g / g.Hg.
    """
    top = float(np.linalg.eigvalsh(H)[-1])
    if not g.any():
        return 0.0
    return 2 / top if top > 0 else math.inf


@mistake("max_step", kind="sign")
def negative_bound(g, H):
    """Your answer is negative where the model curves down. There every rate decreases
    it, and the supremum is infinite.
    """
    gg, gHg = slopes(g, H)
    if gg == 0:
        return 0.0
    return 2 * gg / gHg if gHg else math.inf


@mistake("max_step", kind="no-step")
def no_step_downhill(g, H):
    """Where g.Hg <= 0 you allow no step. But there the slope and the curvature both
    lead down: every rate decreases the model, the answer is np.inf.
    """
    gg, gHg = slopes(g, H)
    return 2 * gg / gHg if gg and gHg > 0 else 0.0


@mistake("max_step", kind="critical")
def unbounded_at_a_critical_point(g, H):
    """For g = 0 you answer inf. No step moves then, so none *strictly* decreases the
    model: the answer is 0.
    """
    gg, gHg = slopes(g, H)
    return 2 * gg / gHg if gHg > 0 else math.inf


@mistake("max_step", kind="inverted")
def upside_down(g, H):
    """Your quotient is upside down: more curvature has to mean shorter steps. From eps
    g.g = eps^2 g.Hg / 2 it follows that eps = 2 g.g / g.Hg.
    """
    gg, gHg = slopes(g, H)
    if gg == 0:
        return 0.0
    return gHg / (2 * gg) if gHg > 0 else math.inf


@mistake("max_step", kind="definite-only")
def indefinite_taken_for_unbounded(g, H):
    """You answer inf as soon as H has a negative eigenvalue. Only the curvature *along
    g* matters: g.Hg may be positive all the same.
    """
    if g.any() and np.linalg.eigvalsh(H)[0] < 0:
        return math.inf
    return longest(g, H)


@mistake("max_step", kind="half-forgotten")
def four_times(g, H):
    """You have 4 g.g / g.Hg: the 1/2 of the model was applied twice. Solve -eps g.g +
    eps^2 g.Hg / 2 = 0 again.
    """
    return longest(g, H, factor=4.0)


# cauchy_step -----------------------------------------------------------------------


def taus(g, H, radius):
    """tau at the boundary and, if the model curves up, at the bottom."""
    gg, gHg = slopes(g, H)
    return radius / math.sqrt(gg), gg / gHg if gHg > 0 else math.inf


@mistake("cauchy_step", kind="sign")
def cauchy_uphill(g, H, radius):
    """Your step goes up. The steepest way down is along -g: s = -tau g."""
    return min(taus(g, H, radius)) * g if g.any() else np.zeros(g.shape)


@mistake("cauchy_step", kind="no-radius")
def radius_ignored(g, H, radius):
    """You ignored the radius where the bottom lies beyond it. Take the smaller of the
    two tau.
    """
    if not g.any():
        return np.zeros(g.shape)
    end, bottom = taus(g, H, radius)
    return -(bottom if bottom < math.inf else end) * g


@mistake("cauchy_step", kind="always-radius")
def always_to_the_boundary(g, H, radius):
    """You always go to the boundary. If the model turns up before, stop at its bottom,
    tau = g.g / g.Hg.
    """
    return -radius * g / np.linalg.norm(g) if g.any() else np.zeros(g.shape)


@mistake("cauchy_step", kind="not-normalized")
def radius_as_tau(g, H, radius):
    """You compared tau with the radius itself. The step is tau |g| long, so the
    boundary is at tau = radius / |g|.
    """
    if not g.any():
        return np.zeros(g.shape)
    return -min(radius, taus(g, H, radius)[1]) * g


@mistake("cauchy_step", kind="negative-curvature")
def backward_where_it_curves_down(g, H, radius):
    """Where g.Hg < 0 you took g.g / g.Hg, which is negative: that is a maximum behind
    you. Going down there has no bottom; go to the boundary.
    """
    if not g.any():
        return np.zeros(g.shape)
    gg, gHg = slopes(g, H)
    return -min(taus(g, H, radius)[0], gg / gHg if gHg else math.inf) * g


@mistake("cauchy_step", kind="stays")
def stays_where_it_curves_down(g, H, radius):
    """Where g.Hg <= 0 you do not move. The model falls along the whole ray there: go as
    far as the radius allows.
    """
    gg, gHg = slopes(g, H)
    return -min(taus(g, H, radius)) * g if gg and gHg > 0 else np.zeros(g.shape)


@mistake("cauchy_step", kind="twice")
def to_the_longest_step(g, H, radius):
    """You went to 2 g.g / g.Hg, where the model is back at its old value. Its bottom is
    half way.
    """
    if not g.any():
        return np.zeros(g.shape)
    end, bottom = taus(g, H, radius)
    return -min(end, 2 * bottom) * g


@mistake("cauchy_step", kind="zero-over-zero")
def nan_without_a_slope(g, H, radius):
    """For g = 0 you divide by |g| = 0. Without a slope the Cauchy point is where you
    stand: return zeros.
    """
    with np.errstate(all="ignore"):
        tau = radius / np.linalg.norm(g)
        curvature = g @ H @ g
        return -min(tau, g @ g / curvature if curvature > 0 else tau) * g


@mistake("cauchy_step", kind="newton")
def newton_cut_to_the_radius(g, H, radius):
    """You cut Newton's step to the radius. The Cauchy point stays on the line along -g,
    whatever H does to other directions.
    """
    if not g.any():
        return np.zeros(g.shape)
    step = -np.linalg.lstsq(H, g, rcond=None)[0]
    length = np.linalg.norm(step)
    return step * min(1.0, radius / length) if length else -taus(g, H, radius)[0] * g


# newton_step -----------------------------------------------------------------------


@mistake("newton_step", kind="sign")
def newton_away(x, g, H):
    """You added H^-1 g. The model is flat where g + H s = 0, so the step is s = -H^-1
    g.
    """
    return x + np.linalg.solve(H, g)


@mistake("newton_step", kind="not-inverted")
def times_the_hessian(x, g, H):
    """You multiplied by H. Steep directions need *short* steps: solve H s = -g."""
    return x - H @ g


@mistake("newton_step", kind="step-only")
def step_without_the_point(x, g, H):
    """You returned the step -H^-1 g. The new point is asked for: add x."""
    return -np.linalg.solve(H, g)


@mistake("newton_step", kind="diagonal")
def diagonal_only(x, g, H):
    """You divided by the diagonal of H. The other entries couple the directions: solve
    the whole system, np.linalg.solve(H, g).
    """
    return x - g / np.diag(H)


@mistake("newton_step", kind="elementwise")
def entries_inverted(x, g, H):
    """You inverted the entries of H, not the matrix: 1 / H and H ** -1 work entry by
    entry. Use np.linalg.solve(H, g).
    """
    with np.errstate(all="ignore"):
        return x - (1 / H) @ g


@mistake("newton_step", kind="absolute")
def always_downhill(x, g, H):
    """You took the sizes of the eigenvalues. That turns Newton's method into a descent;
    as it is, it goes to the critical point, be it a saddle or a maximum.
    """
    values, Q = np.linalg.eigh(H)
    return x - Q @ ((Q.T @ g) / np.abs(values))


@mistake("newton_step", kind="half")
def half_a_step(x, g, H):
    """Your step is half of it. The gradient of s.Hs/2 is Hs: the 1/2 is gone once you
    differentiate.
    """
    return x - np.linalg.solve(2 * H, g)


@mistake("newton_step", kind="applied-to-x")
def solved_for_x_minus_g(x, g, H):
    """You applied H^-1 to x - g. It acts on the gradient alone: x - H^-1 g."""
    return np.linalg.solve(H, x - g)


# newton_kind -----------------------------------------------------------------------


def kind_of(values, zero=1e-12):
    """The right answer, from eigenvalues or what was taken for them."""
    size = np.abs(values)
    if size.min() <= zero * max(1.0, size.max()):
        return "singular"
    if np.all(values > 0):
        return "min"
    return "max" if np.all(values < 0) else "saddle"


@mistake("newton_kind", kind="diagonal")
def signs_of_the_diagonal(H):
    """You looked at the diagonal of H. The signs that decide are those of the
    eigenvalues: [[1, 2], [2, 1]] has -1 among them.
    """
    return kind_of(np.diag(H))


@mistake("newton_kind", kind="determinant")
def sign_of_the_determinant(H):
    """You decided by the determinant. It is positive for any even number of negative
    eigenvalues; look at each of them.
    """
    values = np.linalg.eigvalsh(H)
    if kind_of(values) == "singular":
        return "singular"
    if np.prod(values) < 0:
        return "saddle"
    return "min" if np.trace(H) > 0 else "max"


@mistake("newton_kind", kind="exchanged")
def up_and_down_exchanged(H):
    """You exchanged "min" and "max". If all eigenvalues are positive the model rises in
    every direction from there: a minimum.
    """
    return {"min": "max", "max": "min"}.get(
        kind := kind_of(np.linalg.eigvalsh(H)), kind
    )


@mistake("newton_kind", kind="exact-zero")
def zero_only_if_exact(H):
    """You compare with 0 exactly. Rounding leaves 1e-17 where 0 is meant: below 1e-12
    max(1, largest size) an eigenvalue is zero.
    """
    return kind_of(np.linalg.eigvalsh(H), zero=0.0)


@mistake("newton_kind", kind="absolute-zero")
def zero_without_scale(H):
    """Your threshold is 1e-12 for every H. With an eigenvalue of 1e6 beside it, 1e-7 is
    rounding: multiply by max(1, largest size).
    """
    values = np.linalg.eigvalsh(H)
    return "singular" if np.abs(values).min() <= 1e-12 else kind_of(values, zero=0.0)


@mistake("newton_kind", kind="relative-zero")
def zero_by_scale_alone(H):
    """Your threshold is 1e-12 times the largest size, also where that is below 1. The
    convention here has max(1, largest size).
    """
    values = np.linalg.eigvalsh(H)
    size = np.abs(values)
    if size.min() <= 1e-12 * size.max():
        return "singular"
    return kind_of(values, zero=0.0)


@mistake("newton_kind", kind="coarse-zero")
def generous_zero(H):
    """Your threshold for zero is too coarse: 1e-7 beside 1 is small, not zero. Take
    1e-12 max(1, largest size).
    """
    return kind_of(np.linalg.eigvalsh(H), zero=1e-6)


@mistake("newton_kind", kind="semidefinite")
def semidefinite_counts(H):
    """You let eigenvalues of 0 pass as a minimum, maximum or saddle. With one of them H
    has no inverse and the model no single critical point: "singular".
    """
    values = np.linalg.eigvalsh(H)
    if values[0] >= -1e-12:
        return "min"
    return "max" if values[-1] <= 1e-12 else "saddle"


@mistake("newton_kind", kind="saddle-first")
def saddle_before_singular(H):
    """An eigenvalue of 0 beside positive and negative ones is "singular", not "saddle":
    look for zeros before you look at signs.
    """
    values = np.linalg.eigvalsh(H)
    zero = 1e-12 * max(1.0, np.abs(values).max())
    mixed = values[0] < -zero and values[-1] > zero
    return "saddle" if mixed else kind_of(values)


@mistake("newton_kind", kind="words")
def long_words(H):
    """You returned "minimum" or "maximum". The words asked for are "min", "max",
    "saddle" and "singular".
    """
    kind = kind_of(np.linalg.eigvalsh(H))
    return {"min": "minimum", "max": "maximum"}.get(kind, kind)


# damped_newton_step ----------------------------------------------------------------


@mistake("damped_newton_step", kind="rate")
def damping_as_a_rate(x, g, H, mu):
    """You multiplied Newton's step by mu. A rate makes the same step shorter; damping
    adds mu to every eigenvalue, which also turns it.
    """
    return x - mu * np.linalg.lstsq(H, g, rcond=None)[0]


@mistake("damped_newton_step", kind="everywhere")
def damping_in_every_entry(x, g, H, mu):
    """You added mu to every entry: H + mu means that in NumPy. mu I is mu on the
    diagonal, mu * np.eye(n).
    """
    return x - np.linalg.lstsq(H + mu, g, rcond=None)[0]


@mistake("damped_newton_step", kind="sign")
def damping_subtracted(x, g, H, mu):
    """You subtracted mu I. Damping raises the eigenvalues, so that large mu makes all
    of them positive: H + mu I.
    """
    return x - np.linalg.lstsq(H - mu * np.eye(len(g)), g, rcond=None)[0]


@mistake("damped_newton_step", kind="uphill")
def damped_step_added(x, g, H, mu):
    """You added the step (H + mu I)^-1 g. For large mu this goes *up* the gradient: it
    is subtracted.
    """
    return x + np.linalg.solve(H + mu * np.eye(len(g)), g)


@mistake("damped_newton_step", kind="ignored")
def damping_forgotten(x, g, H, mu):
    """Your result does not depend on mu: this is the undamped step. Add mu to the
    eigenvalues of H before you solve.
    """
    return x - np.linalg.lstsq(H, g, rcond=None)[0]


@mistake("damped_newton_step", kind="multiplicative")
def diagonal_stretched(x, g, H, mu):
    """You added mu times the diagonal of H, as Marquardt did. Where an entry of it is
    negative or 0 that does not raise it; here mu I is added.
    """
    return x - np.linalg.lstsq(H + mu * np.diag(np.diag(H)), g, rcond=None)[0]


@mistake("damped_newton_step", kind="step-only")
def damped_step_without_the_point(x, g, H, mu):
    """You returned the step alone. The new point is asked for: add x."""
    return -np.linalg.solve(H + mu * np.eye(len(g)), g)


@mistake("damped_newton_step", kind="two-terms")
def gradient_step_added(x, g, H, mu):
    """You added a gradient step mu g to Newton's. Damping acts inside of the inverse:
    (H + mu I)^-1 g is one solution of one system.
    """
    return x - np.linalg.lstsq(H, g, rcond=None)[0] - mu * g
