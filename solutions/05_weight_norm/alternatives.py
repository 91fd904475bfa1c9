"""Right answers to chapter 05 by other roads; the checks must let them all pass.

n = u / |u|, J a Jacobian.
"""

from __future__ import annotations

import math

import numpy as np

from minigrad.course import alternative


@alternative("bn_linear")
def inputs_centered_first(X, w, b):
    """Center the columns of X; the bias never enters."""
    z = (X - X.mean(axis=0)) @ w
    return z / np.sqrt(np.mean(z**2))


@alternative("bn_linear")
def by_the_covariance_of_the_batch(X, w, b):
    """Var(Xw) = w.C w with the biased covariance of the batch."""
    centered = X - np.ones(len(X)) @ X / len(X)
    C = centered.T @ centered / len(X)
    return centered @ w / math.sqrt(w @ C @ w)


@alternative("bn_linear")
def by_sums(X, w, b):
    """Sums, and the variance as the mean of pairs of squared differences."""
    z = np.dot(X, w) + b
    N = len(z)
    variance = np.sum((z[:, None] - z[None, :]) ** 2) / (2 * N**2)
    return (z - np.sum(z) / N) * variance**-0.5


@alternative("wn_linear")
def outputs_scaled(X, u, g):
    """Scale the outputs instead of the weights."""
    return g * np.dot(X, u) / math.sqrt(np.dot(u, u))


@alternative("wn_linear")
def sample_by_sample(X, u, g):
    """A unit vector, and one inner product a sample."""
    n = u / np.sum(u**2) ** 0.5
    return np.array([g * sum(x * n) for x in X])


@alternative("bn_variance")
def by_a_double_sum(w, C):
    """All pairs."""
    return float(sum(w[i] * w[j] * C[i, j] for i, j in np.ndindex(C.shape)))


@alternative("bn_variance")
def by_principal_axes(w, C):
    """The components of w along the eigenvectors of C, squared, times eigenvalues."""
    values, Q = np.linalg.eigh(C)
    return np.sum(values * (Q.T @ w) ** 2)


@alternative("wn_backward")
def by_the_projector(u, g, dw):
    """The formula as a matrix: s (I - u u^T / |u|^2) dw."""
    length = np.linalg.norm(u)
    P = np.eye(len(u)) - np.outer(u, u) / length**2
    return (g / length) * P @ dw, u @ dw / length


@alternative("wn_backward")
def through_the_two_factors(u, g, dw):
    """Reverse mode by hand through r = u.u, q = r^(-1/2), w = g q u."""
    q = 1 / math.sqrt(u @ u)
    dq = g * (u @ dw)
    dr = -0.5 * q**3 * dq
    return [g * q * dw + 2 * u * dr, q * (u @ dw)]


@alternative("wn_backward")
def by_the_jacobian(u, g, dw):
    """J_ij = dw_i/du_j, entry by entry, transposed onto dw."""
    r = float(np.sum(u * u))
    J = np.empty((len(u), len(u)))
    for i, j in np.ndindex(*J.shape):
        J[i, j] = g * ((i == j) / r**0.5 - u[i] * u[j] / r**1.5)
    return J.T @ dw, float(np.vdot(u, dw) / r**0.5)


@alternative("norm_sq_after_step")
def by_making_the_step(u, g, dw, eps):
    """Make the step and measure, without Pythagoras."""
    du = g / np.linalg.norm(u) * (dw - u * (u @ dw) / (u @ u))
    return np.linalg.norm(u - eps * du) ** 2


@alternative("norm_sq_after_step")
def by_the_sine(u, g, dw, eps):
    """|du| = |g| |dw| sin(angle) / |u|, where the sine comes from the Gram matrix."""
    uu, uw, ww = u @ u, u @ dw, dw @ dw
    return float(uu + eps**2 * g**2 * (ww - uw**2 / uu) / uu)


@alternative("momentum_norm_growth")
def by_horner(vs, alpha):
    """p = -2 u_t.v_t obeys p_{t+1} = alpha (p_t + 2 |v_t|^2)."""
    p = 0.0
    for v in vs[:-1]:
        p = alpha * (p + 2 * (v @ v))
    return float(p + vs[-1] @ vs[-1])


@alternative("momentum_norm_growth")
def by_arrays(vs, alpha):
    """Weights 2 alpha^k, of which the first is halved."""
    sizes = np.linalg.norm(np.stack(vs), axis=1) ** 2
    weights = 2 * float(alpha) ** np.arange(len(vs))[::-1]
    weights[-1] = 1
    return weights @ sizes


@alternative("wd_equilibrium_norm")
def as_printed(c, eps, lam):
    """The formula as it stands in papers."""
    return (eps**2 * c**2 / (1 - (1 - eps * lam) ** 2)) ** (1 / 4)


@alternative("wd_equilibrium_norm")
def by_two_roots(c, eps, lam):
    """A step turns u by an angle of cosine 1 - eps lam and of sine eps c/|u|^2."""
    sine = math.sqrt((2 - eps * lam) * eps * lam)
    return np.sqrt(eps * c / sine)
