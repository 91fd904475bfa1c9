"""What goes wrong in chapter 05, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import math

import numpy as np

from minigrad.course import mistake

# bn_linear -------------------------------------------------------------------------


@mistake("bn_linear", kind="inputs")
def inputs_normalized(X, w, b):
    """You normalized the inputs, column by column. Batch normalization acts on the
    outputs X w + b: one mean and one variance for the unit.
    """
    with np.errstate(all="ignore"):
        return (X - X.mean(axis=0)) / X.std(axis=0) @ w + b


@mistake("bn_linear", kind="unbiased")
def unbiased_variance(X, w, b):
    """You divided by N - 1 in the variance (ddof=1, or np.cov). Batch normalization
    divides by N.
    """
    z = X @ w + b
    return (z - z.mean()) / z.std(ddof=1)


@mistake("bn_linear", kind="variance")
def over_the_variance(X, w, b):
    """You divided by the variance. To bring the outputs to variance 1, divide by its
    square root, the standard deviation.
    """
    z = X @ w + b
    return (z - z.mean()) / z.var()


@mistake("bn_linear", kind="not-centered")
def mean_not_subtracted(X, w, b):
    """You divided by the standard deviation but did not subtract the mean of the
    outputs first.
    """
    z = X @ w + b
    return z / z.std()


@mistake("bn_linear", kind="bias-after")
def bias_added_afterwards(X, w, b):
    """You added b after the normalization. Here it is inside, in X w + b, and drops out
    with the mean.
    """
    z = X @ w
    return (z - z.mean()) / z.std() + b


@mistake("bn_linear", kind="weights")
def over_the_norm_of_the_weights(X, w, b):
    """You divided by |w|. That is the standard deviation only on white inputs; batch
    normalization measures it in the batch.
    """
    z = X @ w + b
    return (z - z.mean()) / np.linalg.norm(w)


@mistake("bn_linear", kind="eps")
def epsilon_added(X, w, b):
    """You added a small number to the variance, as libraries do. Here nothing is added:
    the result has to be exact.
    """
    z = X @ w + b
    return (z - z.mean()) / np.sqrt(z.var() + 1e-5)


@mistake("bn_linear", kind="centered-only")
def only_centered(X, w, b):
    """You subtracted the mean and stopped. Divide by the standard deviation as well."""
    z = X @ w + b
    return z - z.mean()


# wn_linear -------------------------------------------------------------------------


@mistake("wn_linear", kind="not-normalized")
def direction_not_normalized(X, u, g):
    """You used g u as the weights. u has any length: divide by |u| first."""
    return X @ (g * u)


@mistake("wn_linear", kind="squared")
def over_the_squared_norm(X, u, g):
    """You divided by u.u, the square of the norm. Take its square root, or
    np.linalg.norm.
    """
    return X @ (g * u / (u @ u))


@mistake("wn_linear", kind="no-length")
def length_left_out(X, u, g):
    """You left g out: your weights have the length 1, and they should have g."""
    return X @ (u / np.linalg.norm(u))


@mistake("wn_linear", kind="sum")
def over_the_sum(X, u, g):
    """You divided by the sum of absolute values. |u| is the Euclidean norm, the root of
    the sum of squares.
    """
    return X @ (g * u / np.abs(u).sum())


@mistake("wn_linear", kind="absolute")
def length_taken_positive(X, u, g):
    """You took |g|. A negative g is allowed and turns the weights around."""
    return X @ (abs(g) * u / np.linalg.norm(u))


@mistake("wn_linear", kind="inputs")
def rows_normalized(X, u, g):
    """You divided by the norms of the samples. What is normalized is the weight, one
    number |u| for all samples.
    """
    return g * (X @ u) / np.linalg.norm(X, axis=1)


@mistake("wn_linear", kind="batch")
def outputs_normalized_too(X, u, g):
    """You normalized the outputs over the batch: that is batch normalization. Here no
    sample knows of the others.
    """
    z = X @ (u / np.linalg.norm(u))
    return g * (z - z.mean()) / z.std()


# bn_variance -----------------------------------------------------------------------


@mistake("bn_variance", kind="white")
def inputs_taken_for_white(w, C):
    """You returned |w|^2, which is right for white inputs. In general the covariances
    count as well: w.C w.
    """
    return float(w @ w)


@mistake("bn_variance", kind="diagonal")
def covariances_left_out(w, C):
    """You added w_i^2 C_ii. Correlated inputs add or cancel: the terms w_i w_j C_ij
    with i not j belong to the sum.
    """
    return float(w**2 @ np.diag(C))


@mistake("bn_variance", kind="not-squared")
def weights_once(w, C):
    """You used w on one side only. A variance is quadratic in the weights: w stands on
    both sides of C.
    """
    return float(np.sum(C @ w))


@mistake("bn_variance", kind="deviation")
def standard_deviation(w, C):
    """You returned the standard deviation. The variance is its square: leave the root
    out.
    """
    return math.sqrt(max(0.0, w @ C @ w))


@mistake("bn_variance", kind="inverse")
def covariance_inverted(w, C):
    """You used the inverse of C, as in a Mahalanobis distance. The variance of w.x has
    C itself.
    """
    return float(w @ np.linalg.lstsq(C, w, rcond=None)[0])


@mistake("bn_variance", kind="squared")
def norm_of_C_w(w, C):
    """You returned |C w|^2, which has the covariances squared. It is w.C w, with C
    once.
    """
    return float(np.sum((C @ w) ** 2))


@mistake("bn_variance", kind="half-sum")
def pairs_counted_once(w, C):
    """You counted each pair of inputs once. In the double sum w_i w_j C_ij every pair
    stands twice, as (i, j) and (j, i).
    """
    return float(w @ np.triu(C) @ w)


# wn_backward -----------------------------------------------------------------------


def parts(u, g, dw):
    """|u|, the unit vector, and the component of dw along it."""
    length = np.linalg.norm(u)
    n = u / length
    return length, n, float(n @ dw)


@mistake("wn_backward", kind="not-projected")
def direction_not_projected(u, g, dw):
    """You scaled dw by g/|u| and left its component along u in. Moving u along itself
    does not change w: subtract n (n.dw) with n = u/|u|.
    """
    length, _, dg = parts(u, g, dw)
    return g / length * dw, dg


@mistake("wn_backward", kind="inner-product")
def inner_for_outer_product(u, g, dw):
    """You subtracted the number u.u/|u|^2 = 1 from I, as the source prints it. The
    projector has the *matrix* u u^T: np.outer(u, u).
    """
    length, _, dg = parts(u, g, dw)
    P = np.eye(len(u)) - u @ u / length**2
    return g / length * P @ dw, dg


@mistake("wn_backward", kind="no-scale")
def scale_left_out(u, g, dw):
    """You projected dw but forgot the factor g/|u|: w = g u/|u| is g/|u| times as
    sensitive to u.
    """
    _, n, dg = parts(u, g, dw)
    return dw - n * dg, dg


@mistake("wn_backward", kind="no-g")
def length_left_out_of_du(u, g, dw):
    """Your du lacks the factor g. w = g u/|u| is proportional to g, and so is its
    derivative in u.
    """
    length, n, dg = parts(u, g, dw)
    return (dw - n * dg) / length, dg


@mistake("wn_backward", kind="no-norm")
def norm_left_out_of_du(u, g, dw):
    """Your du lacks the factor 1/|u|. A long u turns less under the same step."""
    _, n, dg = parts(u, g, dw)
    return g * (dw - n * dg), dg


@mistake("wn_backward", kind="not-normalized")
def projector_not_normalized(u, g, dw):
    """Your projector is I - u u^T, without the division by |u|^2. It removes the
    component along u only if |u| = 1.
    """
    length, _, dg = parts(u, g, dw)
    return g / length * (dw - u * (u @ dw)), dg


@mistake("wn_backward", kind="plus")
def projection_added(u, g, dw):
    """You added the component along u instead of removing it: I minus, not plus, u
    u^T/|u|^2.
    """
    length, n, dg = parts(u, g, dw)
    return g / length * (dw + n * dg), dg


@mistake("wn_backward", kind="along")
def along_instead_of_across(u, g, dw):
    """Your du is the component of dw *along* u. That one goes to g; u gets what is
    across.
    """
    length, n, dg = parts(u, g, dw)
    return g / length * n * dg, dg


@mistake("wn_backward", kind="dg-not-normalized")
def dg_without_the_norm(u, g, dw):
    """Your dg is u.dw. The derivative of w in g is the *unit* vector u/|u|: divide by
    |u|.
    """
    length, n, dg = parts(u, g, dw)
    return g / length * (dw - n * dg), float(u @ dw)


@mistake("wn_backward", kind="dg-times-g")
def dg_times_g(u, g, dw):
    """Your dg has a factor g. w = g u/|u| is linear in g; its derivative is u/|u|,
    without g.
    """
    length, n, dg = parts(u, g, dw)
    return g / length * (dw - n * dg), g * dg


@mistake("wn_backward", kind="dg-vector")
def dg_for_every_weight(u, g, dw):
    """Your dg is a vector. One number g scales all weights, so their contributions are
    summed: u.dw/|u|.
    """
    length, n, dg = parts(u, g, dw)
    return g / length * (dw - n * dg), n * dw


@mistake("wn_backward", kind="order")
def pair_exchanged(u, g, dw):
    """You returned (dg, du). First the gradient in u, then the one in g."""
    length, n, dg = parts(u, g, dw)
    return dg, g / length * (dw - n * dg)


# norm_sq_after_step ----------------------------------------------------------------


def gradient(u, g, dw):
    """dL/du."""
    length, n, dg = parts(u, g, dw)
    return g / length * (dw - n * dg)


@mistake("norm_sq_after_step", kind="not-squared")
def norm_for_its_square(u, g, dw, eps):
    """You returned the norm. Asked for is its square."""
    return float(np.linalg.norm(u - eps * gradient(u, g, dw)))


@mistake("norm_sq_after_step", kind="rate-not-squared")
def rate_once(u, g, dw, eps):
    """You have eps where eps^2 belongs: the step is eps du, and Pythagoras squares all
    of it.
    """
    du = gradient(u, g, dw)
    return float(u @ u + eps * (du @ du))


@mistake("norm_sq_after_step", kind="raw-gradient")
def step_along_dw(u, g, dw, eps):
    """You stepped along dw. The step is in u, along dL/du, which is projected and
    scaled; use wn_backward.
    """
    return float(np.sum((u - eps * dw) ** 2))


@mistake("norm_sq_after_step", kind="pythagoras-with-dw")
def pythagoras_with_dw(u, g, dw, eps):
    """You added eps^2 |dw|^2. dw is not orthogonal to u; Pythagoras needs dL/du."""
    return float(u @ u + eps**2 * (dw @ dw))


@mistake("norm_sq_after_step", kind="minus")
def norm_shrinks(u, g, dw, eps):
    """You subtracted eps^2 |du|^2. The step is at a right angle to u, so the new u is
    the longer side: the squares add.
    """
    du = gradient(u, g, dw)
    return float(u @ u - eps**2 * (du @ du))


@mistake("norm_sq_after_step", kind="growth")
def growth_alone(u, g, dw, eps):
    """You returned the growth alone. |u'|^2 is asked for: add |u|^2."""
    du = gradient(u, g, dw)
    return float(eps**2 * (du @ du))


@mistake("norm_sq_after_step", kind="weights")
def norm_of_the_weights(u, g, dw, eps):
    """You returned |w|^2, which is g^2 whatever the step. It is |u| that grows."""
    return float(g**2)


@mistake("norm_sq_after_step", kind="no-scale")
def scale_forgotten(u, g, dw, eps):
    """Your gradient is the projected dw without the factor g/|u|. Take du from
    wn_backward.
    """
    _, n, dg = parts(u, g, dw)
    return float(u @ u + eps**2 * np.sum((dw - n * dg) ** 2))


# momentum_norm_growth --------------------------------------------------------------


def squares(vs):
    """|v_t|^2, |v_{t-1}|^2, ..., |v_1|^2."""
    return [float(v @ v) for v in reversed(vs)]


@mistake("momentum_norm_growth", kind="plain")
def last_velocity_alone(vs, alpha):
    """You took |v_t|^2 alone. That holds for plain steps; here v_t is not orthogonal to
    u_t: work out -2 u_t.v_t.
    """
    return squares(vs)[0]


@mistake("momentum_norm_growth", kind="factor-two")
def past_counted_once(vs, alpha):
    """You counted the past once. It comes from -2 u_t.v_t, so each alpha^k |v_{t-k}|^2
    has the factor 2.
    """
    return sum(alpha**k * s for k, s in enumerate(squares(vs)))


@mistake("momentum_norm_growth", kind="last-twice")
def last_counted_twice(vs, alpha):
    """You counted |v_t|^2 twice as well. The factor 2 belongs to the past, k >= 1;
    |v_t|^2 itself stands once.
    """
    return 2 * sum(alpha**k * s for k, s in enumerate(squares(vs)))


@mistake("momentum_norm_growth", kind="sign")
def past_subtracted(vs, alpha):
    """You subtracted the past. u_t.v_t is *negative*, for v_{t-1} has carried u past
    its right angle; so -2 u_t.v_t adds.
    """
    last, *earlier = squares(vs)
    return last - 2 * sum(alpha**k * s for k, s in enumerate(earlier, start=1))


@mistake("momentum_norm_growth", kind="order")
def oldest_first(vs, alpha):
    """You counted ages from the wrong end: vs[-1] is v_t, which is raised to no power,
    and v_1 is the oldest.
    """
    last, *later = squares(vs)[::-1]
    return last + 2 * sum(alpha**k * s for k, s in enumerate(later, start=1))


@mistake("momentum_norm_growth", kind="power")
def powers_doubled(vs, alpha):
    """You have alpha^(2k). u_t.v_t passes alpha on once a step, so the power is k."""
    last, *earlier = squares(vs)
    return last + 2 * sum(alpha ** (2 * k) * s for k, s in enumerate(earlier, start=1))


@mistake("momentum_norm_growth", kind="off-by-one")
def powers_from_zero(vs, alpha):
    """Your powers are one too small: v_{t-1} has the factor alpha^1, for one step has
    passed since.
    """
    last, *earlier = squares(vs)
    return last + 2 * sum(alpha**k * s for k, s in enumerate(earlier))


@mistake("momentum_norm_growth", kind="one-step")
def only_one_step_back(vs, alpha):
    """You went back one step only. u_{t-1}.v_{t-1} is not zero either: the recursion
    goes down to v_1.
    """
    last, *earlier = squares(vs)
    return last + 2 * alpha * sum(earlier[:1])


@mistake("momentum_norm_growth", kind="total")
def growth_since_the_start(vs, alpha):
    """You added the growth of all steps. Asked for is that of the last one, from u_t to
    u_{t+1}.
    """
    total = 0.0
    for t in range(1, len(vs) + 1):
        last, *earlier = squares(vs[:t])
        total += last + 2 * sum(alpha**k * s for k, s in enumerate(earlier, start=1))
    return total


@mistake("momentum_norm_growth", kind="not-squared")
def norms_for_squares(vs, alpha):
    """You added norms. Pythagoras speaks of their squares."""
    last, *earlier = [math.sqrt(s) for s in squares(vs)]
    return last + 2 * sum(alpha**k * s for k, s in enumerate(earlier, start=1))


# wd_equilibrium_norm ---------------------------------------------------------------


@mistake("wd_equilibrium_norm", kind="approximate")
def weak_decay_limit(c, eps, lam):
    """You gave the limit for weak decay, (eps c^2/(2 lam))^(1/4). Exactly it is 1 - (1
    - eps lam)^2 = 2 eps lam - (eps lam)^2 that counts.
    """
    return (eps * c**2 / (2 * lam)) ** 0.25


@mistake("wd_equilibrium_norm", kind="square-root")
def norm_squared(c, eps, lam):
    """You returned |u|^2. Either the last root is missing, or you took the gradient's
    norm for c: it is c/|u|, and the equation is one for |u|^4.
    """
    return math.sqrt(eps**2 * c**2 / (1 - (1 - eps * lam) ** 2))


@mistake("wd_equilibrium_norm", kind="fourth-power")
def fourth_power(c, eps, lam):
    """You returned |u|^4. Take the fourth root."""
    return eps**2 * c**2 / (1 - (1 - eps * lam) ** 2)


@mistake("wd_equilibrium_norm", kind="shrink-not-squared")
def shrinking_once(c, eps, lam):
    """You set eps lam |u|^2 equal to the growth. In one step |u|^2 is multiplied by (1
    - eps lam)^2, so it loses the part 1 - (1 - eps lam)^2.
    """
    return (eps * c**2 / lam) ** 0.25


@mistake("wd_equilibrium_norm", kind="rate-not-squared")
def rate_once_at_equilibrium(c, eps, lam):
    """You have eps c^2 where eps^2 c^2 belongs: the step is eps times the gradient, and
    Pythagoras squares it.
    """
    return (eps * c**2 / (1 - (1 - eps * lam) ** 2)) ** 0.25


@mistake("wd_equilibrium_norm", kind="no-rate-in-decay")
def decay_without_the_rate(c, eps, lam):
    """You multiplied u by 1 - lam. The decay comes with the rate: 1 - eps lam."""
    return (eps**2 * c**2 / abs(1 - (1 - lam) ** 2)) ** 0.25


@mistake("wd_equilibrium_norm", kind="c-not-squared")
def gradient_once(c, eps, lam):
    """You have c where c^2 belongs: Pythagoras squares the whole step eps c/|u|."""
    return (eps**2 * c / (1 - (1 - eps * lam) ** 2)) ** 0.25
