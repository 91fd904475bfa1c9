"""Right answers to chapter 06 by other roads; every check must accept them.

W, U, b weights, h and g states, J Jacobian.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from minigrad.course import alternative

# rnn_h -----------------------------------------------------------------------------


@alternative("rnn_h")
def through_the_usual_states(W, U, b, h0, xs, sigma):
    """Keep g = σ(h) as the other recurrence does; h is what σ was applied to."""
    hs = np.empty((len(xs) + 1, len(h0)))
    hs[0], g = h0, sigma(h0)
    for t, x in enumerate(xs, start=1):
        hs[t] = np.einsum("ij,j->i", W, g) + np.einsum("ij,j->i", U, x) + b
        g = sigma(hs[t])
    return hs


@alternative("rnn_h")
def one_matrix_for_everything(W, U, b, h0, xs, sigma):
    """[W U b] acts on the stack of σ(h), x and 1."""
    A, rows = np.column_stack([W, U, b]), [h0[None, :]]
    for x in xs:
        rows.append((np.concatenate([sigma(rows[-1][0]), x, [1.0]]) @ A.T)[None, :])
    return np.concatenate(rows)


# rnn_jacobian ----------------------------------------------------------------------


@alternative("rnn_jacobian")
def backward_from_the_last_step(W, U, b, g0, xs, sigma, dsigma):
    """Reverse mode: the slopes are kept, and rows of the identity are pulled back."""
    g, slopes = g0, []
    for x in xs:
        z = W @ g + U @ x + b
        slopes.append(dsigma(z))
        g = sigma(z)
    rows = np.eye(len(g0))
    for d in reversed(slopes):
        rows = (rows * d) @ W
    return rows


@alternative("rnn_jacobian")
def forward_one_column_at_a_time(W, U, b, g0, xs, sigma, dsigma):
    """Forward mode: a nudge of each entry of g_0 is followed through time."""
    columns = []
    for nudge in np.eye(len(g0)):
        g, v = g0, nudge
        for x in xs:
            z = W @ g + U @ x + b
            g, v = sigma(z), dsigma(z) * (W @ v)
        columns.append(v)
    return np.array(columns).T


@alternative("rnn_jacobian")
def through_the_other_recurrence(W, U, b, g0, xs, sigma, dsigma):
    """D_T (W D_{T-1}) ... (W D_1) W: the factors of h, with D_T and W at the ends."""
    zs, g = [], g0
    for x in xs:
        zs.append(W @ g + U @ x + b)
        g = sigma(zs[-1])
    if not zs:
        return np.identity(len(g0))
    steps = [W @ np.diag(dsigma(z)) for z in zs[:-1]]
    return np.diag(dsigma(zs[-1])) @ reduce(lambda J, A: A @ J, steps, W)


# jacobian_bound --------------------------------------------------------------------


@alternative("jacobian_bound")
def root_of_the_largest_eigenvalue(W, gamma, T):
    """As it is written: √λ_1(WᵀW) by eigvalsh."""
    return (gamma * np.sqrt(max(np.linalg.eigvalsh(W.T @ W)[-1], 0.0))) ** T


@alternative("jacobian_bound")
def a_product_of_singular_values(W, gamma, T):
    """One factor a step, by the singular value decomposition."""
    bound = 1.0
    for _ in range(T):
        bound *= float(gamma * np.linalg.svd(W)[1][0])
    return bound


# gradient_can_explode --------------------------------------------------------------


@alternative("gradient_can_explode")
def norm_against_the_inverse_slope(W, gamma):
    """‖W‖ > 1/gamma."""
    return np.linalg.norm(W, 2) > 1.0 / gamma


@alternative("gradient_can_explode")
def some_direction_is_stretched(W, gamma):
    """I - gamma² WᵀW has a negative eigenvalue, whichever side W is transposed on."""
    return bool(min(np.linalg.eigvalsh(np.eye(len(W)) - gamma**2 * W @ W.T)) < 0)


# vanishing_example -----------------------------------------------------------------


@alternative("vanishing_example")
def saturated_by_the_start(n, T):
    """From g_0 = 1 and without a bias 2I settles at 0.957, where tanh' is 0.083."""
    return 2.0 * np.eye(n), np.zeros(n), np.ones(n)


@alternative("vanishing_example")
def saturated_on_both_sides(n, T):
    """A negative factor and a negative bias: units at -1 are as dead as those at 1."""
    return [-2.5 * np.eye(n), np.full(n, -30.0), np.full(n, 0.3)]


# exploding_example -----------------------------------------------------------------


@alternative("exploding_example")
def a_rotation_at_rest(n, T):
    """Any matrix that triples every length; 0 is a fixed point of tanh(W g)."""
    Q, _ = np.linalg.qr(np.random.default_rng(n).standard_normal((n, n)))
    return 3.0 * Q, np.zeros(n), np.zeros(n)


@alternative("exploding_example")
def one_direction_is_enough(n, T):
    """Rank one, 2.5 v vᵀ for a unit vector v, at a small fixed point c other than 0."""
    v = np.ones(n) / np.sqrt(n)
    W = 2.5 * np.outer(v, v)
    c = 0.1 * v
    return W, np.arctanh(c) - W @ c, c
