"""Right answers to chapter 04 by other roads; the checks must let them all pass.

v velocity or average, s step, Q eigenvectors.
"""

from __future__ import annotations

import math

import numpy as np

from minigrad.course import alternative

# momentum and averages -------------------------------------------------------------


@alternative("ema_to_momentum")
def through_the_effective_rate(beta, delta):
    """Under a constant gradient both end at the rate delta = eps / (1 - alpha)."""
    alpha = beta
    return [alpha, delta * (1 - alpha)]


@alternative("ema_to_momentum")
def from_the_first_two_updates(beta, delta):
    """The gradients 1, 0: the first update is -eps, the second -alpha eps."""
    first = (1 - beta) * delta
    second = beta * (1 - beta) * delta
    return second / first, first


@alternative("ema_updates")
def by_the_matrix_of_weights(gs, beta, delta):
    """All v at once: a lower triangular matrix of weights times the gradients."""
    t = np.arange(len(gs))
    age = t[:, None] - t[None, :]
    weights = np.where(age >= 0, (1 - beta) * beta ** np.maximum(age, 0), 0.0)
    return -delta * weights @ gs


@alternative("ema_updates")
def as_momentum(gs, beta, delta):
    """The recursion of the updates themselves: u_t = beta u_{t-1} - eps g_t."""
    updates = [np.zeros(gs.shape[1])]
    for g in gs:
        updates.append(beta * updates[-1] - delta * (1 - beta) * g)
    return np.stack(updates[1:])


@alternative("ema_updates")
def by_moving_toward_the_gradient(gs, beta, delta):
    """v + (1 - beta)(g - v): the average goes a part of the way to each gradient."""
    v, out = 0.0 * gs[0], np.zeros_like(gs)
    for i in range(len(gs)):
        v = v + (1 - beta) * (gs[i] - v)
        out[i] = -delta * v
    return out


@alternative("ema_weights")
def by_repeated_fading(beta, t):
    """Each step fades all older weights and appends a new one."""
    weights = []
    for _ in range(t):
        weights = [beta * w for w in weights] + [1 - beta]
    return np.array(weights)


@alternative("ema_weights")
def as_differences_of_powers(beta, t):
    """(1 - beta) beta^k = beta^k - beta^(k+1)."""
    return -np.diff(beta ** np.arange(t + 1.0))[::-1]


@alternative("momentum_weights")
def by_running_products(alpha, eps, t):
    """eps, eps alpha, ... as running products, turned round."""
    return np.cumprod([eps, *[alpha] * (t - 1)])[::-1]


@alternative("momentum_weights")
def by_unit_gradients(alpha, eps, t):
    """Run the recursion on each unit vector."""
    v = np.zeros(t)
    for g in np.eye(t):
        v = alpha * v + eps * g
    return v


@alternative("debias")
def over_the_sum_of_the_weights(v, beta, t):
    """The weights, added up one by one."""
    total = math.fsum((1 - beta) * beta**k for k in range(t))
    return np.array([entry / total for entry in v])


@alternative("debias")
def by_an_average_of_ones(v, beta, t):
    """The same average of gradients that are all 1 says what is missing."""
    of_ones = 0.0
    for _ in range(t):
        of_ones = beta * of_ones + (1 - beta)
    return v * (1 / of_ones)


@alternative("ema_variance")
def by_the_sum_of_squares(beta, t, s2):
    """s2 times the sum of the squared weights, one by one."""
    return s2 * math.fsum(((1 - beta) * beta**k) ** 2 for k in range(t))


@alternative("ema_variance")
def by_a_recursion_of_variances(beta, t, s2):
    """Var v_t = beta^2 Var v_{t-1} + (1 - beta)^2 s2."""
    variance = 0.0
    for _ in range(t):
        variance = beta**2 * variance + (1 - beta) ** 2 * s2
    return variance


# the quadratic model ---------------------------------------------------------------


@alternative("taylor_after_step")
def model_at_the_step(f0, g, H, eps):
    """Put s = -eps g into f0 + g.s + s.Hs/2."""
    s = -eps * g
    return f0 + np.dot(g, s) + 0.5 * np.dot(s, np.dot(H, s))


@alternative("taylor_after_step")
def by_the_mean_slope(f0, g, H, eps):
    """Along a parabola the change is the mean of the slopes at both ends, times s."""
    s = -eps * g
    return float(f0 + (g + (g + H @ s)) @ s / 2)


@alternative("taylor_after_step")
def entry_by_entry(f0, g, H, eps):
    """Sums over indices."""
    first = sum(float(x) ** 2 for x in g)
    second = sum(g[i] * H[i, j] * g[j] for i, j in np.ndindex(H.shape))
    return float(f0 - eps * first + eps**2 / 2 * second)


@alternative("max_step")
def by_the_rayleigh_quotient(g, H):
    """2 over the curvature of the model along the unit vector g/|g|."""
    size = np.linalg.norm(g)
    if size == 0:
        return 0.0
    unit = g / size
    curvature = np.einsum("i,ij,j->", unit, H, unit)
    return 2 / curvature if curvature > 1e-15 else float("inf")


@alternative("max_step")
def by_the_slope_at_the_end(g, H):
    """Half way the slope g.(g - eps Hg) is 0; the end is twice as far."""
    half, along = g @ g, g @ (H @ g)
    if not np.any(g):
        return 0
    return math.inf if along <= 0 else half / along + half / along


@alternative("cauchy_step")
def along_the_unit_vector(g, H, radius):
    """The length of the step: the radius, or |g| over the curvature along g."""
    size = math.sqrt(float(np.sum(g**2)))
    if size == 0.0:
        return 0.0 * g
    unit = g / size
    curvature = unit @ H @ unit
    bottom = size / curvature if curvature > 1e-15 else np.inf
    return -unit * np.minimum(radius, bottom)


@alternative("cauchy_step")
def by_clipping(g, H, radius):
    """The whole step to the bottom, shortened if it is too long."""
    gg, gHg = np.vdot(g, g), np.vdot(g, H @ g)
    if gg == 0:
        return np.zeros_like(g)
    if gHg <= 0:
        return -radius / np.sqrt(gg) * g
    s = -(gg / gHg) * g
    return s / max(1.0, np.linalg.norm(s) / radius)


@alternative("newton_step")
def by_eigenvectors(x, g, H):
    """In the eigenbasis each coordinate is divided by its eigenvalue."""
    values, Q = np.linalg.eigh(H)
    return x - Q @ ((Q.T @ g) / values)


@alternative("newton_step")
def by_the_inverse(x, g, H):
    """The formula as it is printed."""
    return x - np.linalg.inv(H) @ g


@alternative("newton_step")
def by_least_squares(x, g, H):
    """The residual g + H s of an invertible H can be made 0."""
    return x + np.linalg.lstsq(H, -g, rcond=None)[0]


@alternative("newton_kind")
def by_counting_signs(H):
    """How many eigenvalues are above and below the threshold."""
    values = np.linalg.eigvals(H).real
    zero = 1e-12 * max(1, max(abs(values)))
    up, down = sum(values > zero), sum(values < -zero)
    if up + down < len(H):
        return "singular"
    return "min" if down == 0 else "max" if up == 0 else "saddle"


@alternative("newton_kind")
def by_cholesky(H):
    """Sizes of eigenvalues are singular values; definite matrices factorize."""
    sizes = np.linalg.svd(H, compute_uv=False)
    if sizes[-1] <= 1e-12 * max(1.0, sizes[0]):
        return "singular"
    for kind, sign in (("min", 1), ("max", -1)):
        try:
            np.linalg.cholesky(sign * H)
        except np.linalg.LinAlgError:
            continue
        return kind
    return "saddle"


@alternative("damped_newton_step")
def by_raised_eigenvalues(x, g, H, mu):
    """Each coordinate in the eigenbasis is divided by lambda + mu."""
    values, Q = np.linalg.eigh(H)
    return x - Q @ np.diag(1 / (values + mu)) @ Q.T @ g


@alternative("damped_newton_step")
def with_mu_on_the_diagonal(x, g, H, mu):
    """mu added to a copy's diagonal, and the inverse."""
    A = H.copy()
    A[np.diag_indices(len(A))] += mu
    return x - np.dot(np.linalg.inv(A), g)
