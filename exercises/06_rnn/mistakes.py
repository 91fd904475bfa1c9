"""What goes wrong in chapter 06, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake


def states(W, U, b, h0, xs, step):
    """h_0, ..., h_T where step(h, x) makes each state of the one before."""
    hs = [h0]
    for x in xs:
        hs.append(step(hs[-1], x))
    return np.array(hs)


def factors(W, U, b, g0, xs, sigma, slope):
    """The factors of the Jacobian, oldest first: slope(g, z, new g) scales the rows."""
    g, found = g0, []
    for x in xs:
        z = W @ g + U @ x + b
        found.append(slope(g, z, sigma(z))[:, None] * W)
        g = sigma(z)
    return found


def product(matrices, n):
    """The matrices multiplied, the last one on the left."""
    J = np.eye(n)
    for matrix in matrices:
        J = matrix @ J
    return J


# rnn_h -----------------------------------------------------------------------------


@mistake("rnn_h", kind="other-recurrence")
def sigma_around_everything(W, U, b, h0, xs, sigma):
    """You computed g_t = σ(W g_{t-1} + U x_t + b), the usual recurrence. Here σ acts
    on the old state alone: h_t = W σ(h_{t-1}) + U x_t + b.
    """
    return states(W, U, b, h0, xs, lambda h, x: sigma(W @ h + U @ x + b))


@mistake("rnn_h", kind="missing-sigma")
def no_activation(W, U, b, h0, xs, sigma):
    """There is no σ in your recurrence: you multiply W by h_{t-1} as it is. Apply
    sigma to the old state first.
    """
    return states(W, U, b, h0, xs, lambda h, x: W @ h + U @ x + b)


@mistake("rnn_h", kind="sigma-outside")
def sigma_after_the_product(W, U, b, h0, xs, sigma):
    """You apply σ to the product W h_{t-1}. It acts on the state before the matrix
    does: W σ(h_{t-1}).
    """
    return states(W, U, b, h0, xs, lambda h, x: sigma(W @ h) + U @ x + b)


@mistake("rnn_h", kind="bias-forgotten")
def no_bias(W, U, b, h0, xs, sigma):
    """Your states are those of a network without b. The bias is added at every step."""
    return states(W, U, b, h0, xs, lambda h, x: W @ sigma(h) + U @ x)


@mistake("rnn_h", kind="transpose")
def weights_transposed(W, U, b, h0, xs, sigma):
    """You multiplied by the transpose of W. Row i of W belongs to entry i of the new
    state: W @ sigma(h).
    """
    return states(W, U, b, h0, xs, lambda h, x: W.T @ sigma(h) + U @ x + b)


@mistake("rnn_h", kind="first-missing")
def without_the_first_state(W, U, b, h0, xs, sigma):
    """Your states begin with h_1. The result has T + 1 rows, and the first is h_0
    itself.
    """
    step = lambda h, x: W @ sigma(h) + U @ x + b
    return states(W, U, b, h0, xs, step)[1:]


@mistake("rnn_h", kind="input-off")
def the_input_of_the_step_before(W, U, b, h0, xs, sigma):
    """Your step t reads the input of step t - 1. x_t is row t - 1 of xs: the first
    step reads xs[0].
    """
    step = lambda h, x: W @ sigma(h) + U @ x + b
    return states(W, U, b, h0, np.roll(xs, 1, axis=0), step)


@mistake("rnn_h", kind="start")
def starts_at_sigma_of_h0(W, U, b, h0, xs, sigma):
    """Your first row is σ(h_0), the first state of the other recurrence. Here it is
    h_0 as it is given.
    """
    step = lambda h, x: W @ sigma(h) + U @ x + b
    return states(W, U, b, sigma(h0), xs, step)


# rnn_jacobian ----------------------------------------------------------------------


@mistake("rnn_jacobian", kind="order")
def first_step_on_the_left(W, U, b, g0, xs, sigma, dsigma):
    """Your factors stand in the order of time, D_1 W ... D_T W. A vector meets the
    first step first, so that one stands on the right: D_T W ... D_1 W.
    """
    made = factors(W, U, b, g0, xs, sigma, lambda g, z, new: dsigma(z))
    return product(made[::-1], len(g0))


@mistake("rnn_jacobian", kind="transpose")
def jacobian_transposed(W, U, b, g0, xs, sigma, dsigma):
    """Your Jacobian is transposed. Rows belong to g_T and columns to g_0; the transpose
    is what a gradient is multiplied by.
    """
    made = factors(W, U, b, g0, xs, sigma, lambda g, z, new: dsigma(z))
    return product(made, len(g0)).T


@mistake("rnn_jacobian", kind="wrong-point")
def slope_at_the_new_state(W, U, b, g0, xs, sigma, dsigma):
    """You took σ' at g_t. It belongs where σ acts: at z_t = W g_{t-1} + U x_t + b,
    before the activation.
    """
    made = factors(W, U, b, g0, xs, sigma, lambda g, z, new: dsigma(new))
    return product(made, len(g0))


@mistake("rnn_jacobian", kind="wrong-point")
def slope_at_the_old_state(W, U, b, g0, xs, sigma, dsigma):
    """You took σ' at g_{t-1}, the state that enters the step. It belongs where σ acts:
    at z_t = W g_{t-1} + U x_t + b.
    """
    made = factors(W, U, b, g0, xs, sigma, lambda g, z, new: dsigma(g))
    return product(made, len(g0))


@mistake("rnn_jacobian", kind="side")
def columns_scaled(W, U, b, g0, xs, sigma, dsigma):
    """You scaled the columns of W, W D_t, by broadcasting or on purpose. σ acts after W
    here, so its slopes scale rows: D_t W.
    """
    J, g = np.eye(len(g0)), g0
    for x in xs:
        z = W @ g + U @ x + b
        J, g = (W * dsigma(z)) @ J, sigma(z)
    return J


@mistake("rnn_jacobian", kind="missing-factor")
def no_slopes(W, U, b, g0, xs, sigma, dsigma):
    """Your Jacobian is a power of W, as if there were no activation. Each step also
    multiplies row i by σ'(z_i).
    """
    return np.linalg.matrix_power(W, len(xs))


@mistake("rnn_jacobian", kind="entrywise")
def product_entry_by_entry(W, U, b, g0, xs, sigma, dsigma):
    """You multiplied the factors entry by entry. Jacobians of steps that follow each
    other are multiplied as matrices, with @.
    """
    made = factors(W, U, b, g0, xs, sigma, lambda g, z, new: dsigma(z))
    if not made:
        return np.eye(len(g0))
    return np.prod(made, axis=0)


@mistake("rnn_jacobian", kind="input-forgotten")
def slopes_without_inputs(W, U, b, g0, xs, sigma, dsigma):
    """Your states and slopes are those of a network without inputs. U x_t is not in
    the derivative, but it moves the point at which σ' is taken.
    """
    made = factors(W, 0 * U, b, g0, xs, sigma, lambda g, z, new: dsigma(z))
    return product(made, len(g0))


@mistake("rnn_jacobian", kind="one-short")
def last_step_left_out(W, U, b, g0, xs, sigma, dsigma):
    """Your product stops one step early: it is the Jacobian of g_{T-1}. There are T
    factors, one for each input.
    """
    made = factors(W, U, b, g0, xs, sigma, lambda g, z, new: dsigma(z))
    return product(made[:-1], len(g0))


# jacobian_bound --------------------------------------------------------------------


@mistake("jacobian_bound", kind="eigenvalue")
def eigenvalue_of_w(W, gamma, T):
    """You took the largest eigenvalue of W in modulus. λ_1 is that of WᵀW, and its root
    is the largest singular value, which may be much larger.
    """
    return float((gamma * np.abs(np.linalg.eigvals(W)).max()) ** T)


@mistake("jacobian_bound", kind="missing-root")
def no_square_root(W, gamma, T):
    """You forgot the root: λ_1(WᵀW) is the square of the norm of W. The bound has
    √λ_1 for each step.
    """
    return float((gamma * np.linalg.norm(W, 2) ** 2) ** T)


@mistake("jacobian_bound", kind="other-norm")
def frobenius_norm(W, gamma, T):
    """You used the Frobenius norm, the root of the sum of all squares. λ_1 asks for the
    spectral norm: np.linalg.norm(W, 2).
    """
    return float((gamma * np.linalg.norm(W)) ** T)


@mistake("jacobian_bound", kind="gamma-once")
def gamma_outside_of_the_power(W, gamma, T):
    """You counted gamma once. Each of the T steps has its own slope: gamma is inside of
    the power.
    """
    return float(gamma * np.linalg.norm(W, 2) ** T)


@mistake("jacobian_bound", kind="times")
def times_instead_of_power(W, gamma, T):
    """You multiplied by T. The norms of T factors are multiplied with each other, which
    makes a power.
    """
    return float(T * gamma * np.linalg.norm(W, 2))


@mistake("jacobian_bound", kind="smallest")
def smallest_singular_value(W, gamma, T):
    """You took the smallest singular value, which bounds the norm of Wx from below.
    λ_1 is the largest eigenvalue; eigvalsh sorts them in ascending order.
    """
    return float((gamma * np.linalg.svd(W, compute_uv=False)[-1]) ** T)


# gradient_can_explode --------------------------------------------------------------


def first(W):
    """λ_1(WᵀW)."""
    return np.linalg.norm(W, 2) ** 2


@mistake("gradient_can_explode", kind="eigenvalue")
def eigenvalues_of_w(W, gamma):
    """You looked at the eigenvalues of W. The condition is about those of WᵀW: W may
    have no eigenvalue but 0, and a large norm.
    """
    return bool(np.abs(np.linalg.eigvals(W)).max() > 1 / gamma)


@mistake("gradient_can_explode", kind="signed")
def largest_signed_eigenvalue(W, gamma):
    """You took the largest eigenvalue of the symmetric part of W, with its sign. A
    factor of -2 enlarges as much as 2: take λ_1(WᵀW).
    """
    return bool(np.linalg.eigvalsh((W + W.T) / 2)[-1] > 1 / gamma)


@mistake("gradient_can_explode", kind="missing-square")
def threshold_not_squared(W, gamma):
    """You compared λ_1(WᵀW) with 1/gamma. It is the square of the norm, so compare it
    with 1/gamma², or its root with 1/gamma.
    """
    return bool(first(W) > 1 / gamma)


@mistake("gradient_can_explode", kind="gamma-upside-down")
def gamma_squared_on_the_wrong_side(W, gamma):
    """You compared with gamma². A steep activation makes explosion easier: the
    threshold is 1/gamma².
    """
    return bool(first(W) > gamma**2)


@mistake("gradient_can_explode", kind="gamma-forgotten")
def threshold_one(W, gamma):
    """You compared with 1 whatever the activation is. The sigmoid has slopes up to 1/4
    only: the threshold is 1/gamma².
    """
    return bool(first(W) > 1)


@mistake("gradient_can_explode", kind="negated")
def whether_it_vanishes(W, gamma):
    """You answered whether the gradient is sure not to explode. Asked is the
    opposite: True where λ_1(WᵀW) > 1/gamma².
    """
    return bool(first(W) <= 1 / gamma**2)


@mistake("gradient_can_explode", kind="other-norm")
def sum_of_all_squares(W, gamma):
    """You used the trace of WᵀW, the sum of all its eigenvalues. λ_1 is the largest of
    them: np.linalg.eigvalsh(W.T @ W)[-1].
    """
    return bool(np.sum(W**2) > 1 / gamma**2)


# vanishing_example -----------------------------------------------------------------


@mistake("vanishing_example", kind="condition")
def small_weights(n, T):
    """Your gradient vanishes because W is small, and then the condition does not hold.
    Wanted is a W of norm 2 or more, held down by something else.
    """
    return 0.5 * np.eye(n), np.zeros(n), np.zeros(n)


@mistake("vanishing_example", kind="explodes")
def at_rest(n, T):
    """From g_0 = 0 without a bias, tanh' is 1 at every step, the Jacobian is W^T, and
    it explodes. Where is tanh' small?
    """
    return 2.0 * np.eye(n), np.zeros(n), np.zeros(n)


@mistake("vanishing_example", kind="nilpotent")
def nilpotent_weights(n, T):
    """Your W is nilpotent: it forgets a direction, and λ_n(WᵀW) is 0. Wanted is a W
    that doubles every length: use the slopes of tanh, not W.
    """
    return np.diag(np.full(n - 1, 2.0), 1), np.zeros(n), np.zeros(n)


@mistake("vanishing_example", kind="one-unit-free")
def all_units_but_one(n, T):
    """One of your units is not saturated, and its entry of the Jacobian grows like 2^T.
    Every unit has to be held.
    """
    b = np.full(n, 10.0)
    b[-1] = 0.0
    return 2.0 * np.eye(n), b, np.zeros(n)


@mistake("vanishing_example", kind="wrong-norm")
def frobenius_norm_of_two(n, T):
    """Your W has the Frobenius norm 2. λ_n(WᵀW) >= 4 asks for all singular values to be
    2 or more.
    """
    return 2.0 * np.eye(n) / np.sqrt(n), np.full(n, 10.0), np.zeros(n)


@mistake("vanishing_example", kind="shape")
def weights_alone(n, T):
    """You returned W alone. Wanted are three arrays: W, the bias b, and the first state
    g_0.
    """
    return 2.0 * np.eye(n)


# exploding_example -----------------------------------------------------------------


@mistake("exploding_example", kind="condition")
def weights_below_the_condition(n, T):
    """Your λ_1(WᵀW) is below 4. It is the square of the norm: W must double at least
    one direction.
    """
    return 1.5 * np.eye(n), np.zeros(n), np.zeros(n)


@mistake("exploding_example", kind="saturated")
def start_far_from_zero(n, T):
    """Your units run into saturation: from g_0 = 1 they settle where tanh' is almost 0.
    Start where they stay near 0.
    """
    return 3.0 * np.eye(n), np.zeros(n), np.ones(n)


@mistake("exploding_example", kind="saturated")
def bias_saturates(n, T):
    """Your bias drives the units into saturation, where tanh' is almost 0. What is
    left of W is then W times almost nothing.
    """
    return 3.0 * np.eye(n), np.ones(n), np.zeros(n)


@mistake("exploding_example", kind="nilpotent")
def large_but_nilpotent(n, T):
    """Your W is large and nilpotent: W^T is 0 as soon as T is n, and the Jacobian at
    g_0 = 0 is W^T. Large entries are not enough.
    """
    return np.diag(np.full(n - 1, 50.0), 1), np.zeros(n), np.zeros(n)


@mistake("exploding_example", kind="transient")
def a_large_corner(n, T):
    """Your W has one large entry and small eigenvalues: the Jacobian grows for a few
    steps and then decays. After T steps eigenvalues decide.
    """
    W = 0.5 * np.eye(n)
    if n > 1:
        W[0, -1] = 100.0
    return W, np.zeros(n), np.zeros(n)


@mistake("exploding_example", kind="shape")
def weights_only(n, T):
    """You returned W alone. Wanted are three arrays: W, the bias b, and the first state
    g_0.
    """
    return 3.0 * np.eye(n)
