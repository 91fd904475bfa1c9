"""What goes wrong in chapter 09, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake


def output(beta, A, u, x, alpha):
    """Φ."""
    return x * len(u) ** (-alpha - 0.5) * float(beta @ A @ u)


def grads(beta, A, u, x, alpha):
    """The three gradients of Φ."""
    c = x * len(u) ** (-alpha - 0.5)
    return c * (A @ u), c * np.outer(beta, u), c * (A.T @ beta)


def stepped(beta, A, u, x, alpha, step):
    """The weights after a step along the gradients of Φ."""
    directions = grads(beta, A, u, x, alpha)
    pairs = zip((beta, A, u), directions, strict=True)
    return tuple(w - step * g for w, g in pairs)


# init_moments ----------------------------------------------------------------------


def moments(m, alpha, x):
    return (
        x**2 * m ** (1.0 - 2.0 * alpha),
        3.0 * (1.0 + 2.0 / m) ** 2,
        x**4 * (4 * m + 4),
    )


@mistake("init_moments", kind="gaussian")
def kurtosis_of_a_gaussian(m, alpha, x):
    """You gave the kurtosis of a Gaussian, 3. Φ is Gaussian only given β and u; the
    lengths of both vary, and each makes a factor 1 + 2/m.
    """
    second, _, variance = moments(m, alpha, x)
    return second, 3.0, variance


@mistake("init_moments", kind="one-length")
def kurtosis_of_a_hidden_unit(m, alpha, x):
    """You averaged over the length of u alone: 3 (1 + 2/m) is the kurtosis of one
    hidden unit. In Φ the length of β varies, too.
    """
    second, kurtosis, variance = moments(m, alpha, x)
    return second, kurtosis / (1.0 + 2.0 / m), variance


@mistake("init_moments", kind="conditional")
def variance_given_u(m, alpha, x):
    """Your variance is 2m x⁴, that of A u for a u of length √m. Unconditionally, the
    variance of ‖u‖² comes on top: 4m + 4 in place of 2m.
    """
    second, kurtosis, _ = moments(m, alpha, x)
    return second, kurtosis, 2.0 * m * x**4


@mistake("init_moments", kind="limit")
def leading_order_in_m(m, alpha, x):
    """Your variance is the leading one for large m, 4m x⁴. Asked is the exact one, for
    every m, which has a constant beside it.
    """
    second, kurtosis, _ = moments(m, alpha, x)
    return second, kurtosis, 4.0 * m * x**4


@mistake("init_moments", kind="missing-power")
def variance_with_x_squared(m, alpha, x):
    """Your variance grows like x². It is the variance of a *square*, which is itself
    proportional to x²: x⁴.
    """
    second, kurtosis, variance = moments(m, alpha, x)
    return second, kurtosis, variance / x**2


@mistake("init_moments", kind="root")
def deviation_for_second_moment(m, alpha, x):
    """Your first number is the standard deviation of Φ. E Φ² is its square."""
    second, kurtosis, variance = moments(m, alpha, x)
    return float(np.sqrt(second)), kurtosis, variance


@mistake("init_moments", kind="excess")
def excess_kurtosis(m, alpha, x):
    """You subtracted 3: that is the excess kurtosis. Asked is E Φ⁴ / (E Φ²)² itself."""
    second, kurtosis, variance = moments(m, alpha, x)
    return second, kurtosis - 3.0, variance


@mistake("init_moments", kind="gamma-forgotten")
def without_the_half(m, alpha, x):
    """You left out the factor m^-1/2 in front of A: your E Φ² is m times too large."""
    second, kurtosis, variance = moments(m, alpha, x)
    return second * m, kurtosis, variance


# tangent_grads ---------------------------------------------------------------------


@mistake("tangent_grads", kind="swapped")
def transposes_swapped(beta, A, u, x, alpha):
    """Your transposes are the wrong way around. Entry i of ∇_β is row i of A times u,
    A u; entry j of ∇_u is column j of A times β, Aᵀ β.
    """
    c = x * len(u) ** (-alpha - 0.5)
    return c * (A.T @ u), c * np.outer(beta, u), c * (A @ beta)


@mistake("tangent_grads", kind="transpose")
def gradient_in_a_transposed(beta, A, u, x, alpha):
    """Your ∇_A is transposed. A_ij stands between β_i and u_j, so entry (i, j) is
    β_i u_j: np.outer(beta, u).
    """
    g_beta, g_A, g_u = grads(beta, A, u, x, alpha)
    return g_beta, g_A.T, g_u


@mistake("tangent_grads", kind="missing-x")
def without_the_input(beta, A, u, x, alpha):
    """The input is missing: Φ is proportional to x, and so is every gradient of it."""
    return grads(beta, A, u, 1.0, alpha)


@mistake("tangent_grads", kind="gamma-forgotten")
def without_the_inner_scale(beta, A, u, x, alpha):
    """You scaled by m^-α alone. The A in Φ is divided by √m, which every gradient
    inherits: m^(-α - 1/2).
    """
    return grads(beta, A, u, x, alpha - 0.5)


@mistake("tangent_grads", kind="unscaled")
def without_any_scale(beta, A, u, x, alpha):
    """The powers of m are missing: Φ has the factor m^(-α - 1/2), and so has every
    gradient.
    """
    return grads(beta, A, u, x, -0.5)


@mistake("tangent_grads", kind="inner-product")
def inner_for_outer(beta, A, u, x, alpha):
    """Your ∇_A is the number β.u in every entry, or in a number's place. It is the
    outer product: one entry β_i u_j for each A_ij.
    """
    g_beta, g_A, g_u = grads(beta, A, u, x, alpha)
    return g_beta, np.full_like(g_A, np.trace(g_A)), g_u


@mistake("tangent_grads", kind="order")
def order_of_the_layers(beta, A, u, x, alpha):
    """Your gradients are in the order u, A, β. Asked is the order of the arguments:
    β, A, u.
    """
    return grads(beta, A, u, x, alpha)[::-1]


# delta_product ---------------------------------------------------------------------


@mistake("delta_product", kind="sign")
def signs_of_the_source(beta0, A0, dbeta, dA):
    """You subtract the two mixed terms, as equation (12) of the source does. The minus
    of the step is already inside of Δβ and ΔA: all terms are added.
    """
    return dbeta @ dA - dbeta @ A0 - beta0 @ dA


@mistake("delta_product", kind="first-order")
def without_the_second_order(beta0, A0, dbeta, dA):
    """You left out Δβᵀ ΔA. It is small for small steps, and the identity is exact."""
    return dbeta @ A0 + beta0 @ dA


@mistake("delta_product", kind="second-order-alone")
def product_of_increments(beta0, A0, dbeta, dA):
    """You multiplied the increments. The increment of a product also has the terms in
    which only one factor moves.
    """
    return dbeta @ dA


@mistake("delta_product", kind="one-factor")
def only_a_moves(beta0, A0, dbeta, dA):
    """Your β stands still: what you have is β₀ᵀ ΔA. Add what Δβ does, to A₀ and to
    ΔA.
    """
    return beta0 @ dA


@mistake("delta_product", kind="counted-twice")
def second_order_twice(beta0, A0, dbeta, dA):
    """You counted Δβᵀ ΔA twice: once with each factor at its new value. If one term has
    the new A, the other has the old β.
    """
    return 2 * dbeta @ dA + dbeta @ A0 + beta0 @ dA


@mistake("delta_product", kind="reversed")
def old_minus_new(beta0, A0, dbeta, dA):
    """You subtracted the new product from the old one. A change is new minus old."""
    return -(dbeta @ dA + dbeta @ A0 + beta0 @ dA)


@mistake("delta_product", kind="no-difference")
def the_new_product(beta0, A0, dbeta, dA):
    """You returned the new product β₁ᵀA₁. Asked is what changed: subtract β₀ᵀA₀."""
    return (beta0 + dbeta) @ (A0 + dA)


# delta_grad_u_loss -----------------------------------------------------------------


@mistake("delta_grad_u_loss", kind="frozen-slope")
def slope_of_the_loss_frozen(beta, A, u, x, alpha, eta, dF):
    """You kept F' at its old value, as the source does. F'(Φ) changes in the step as
    well, unless F is affine: take it at Φ₁ after the step.
    """
    s = dF(output(beta, A, u, x, alpha))
    new = stepped(beta, A, u, x, alpha, eta * s)
    return s * (grads(*new, x, alpha)[2] - grads(beta, A, u, x, alpha)[2])


@mistake("delta_grad_u_loss", kind="new-slope")
def new_slope_on_both(beta, A, u, x, alpha, eta, dF):
    """You multiplied both gradients by F'(Φ₁). The old gradient has the old slope,
    F'(Φ₀).
    """
    s = dF(output(beta, A, u, x, alpha))
    new = stepped(beta, A, u, x, alpha, eta * s)
    change = grads(*new, x, alpha)[2] - grads(beta, A, u, x, alpha)[2]
    return dF(output(*new, x, alpha)) * change


@mistake("delta_grad_u_loss", kind="missing-slope")
def step_on_the_output(beta, A, u, x, alpha, eta, dF):
    """You stepped along the gradients of Φ. The step is taken on F(Φ): each gradient is
    multiplied by F'(Φ₀).
    """
    s = dF(output(beta, A, u, x, alpha))
    new = stepped(beta, A, u, x, alpha, eta)
    after = dF(output(*new, x, alpha)) * grads(*new, x, alpha)[2]
    return after - s * grads(beta, A, u, x, alpha)[2]


@mistake("delta_grad_u_loss", kind="output-alone")
def change_of_the_output_gradient(beta, A, u, x, alpha, eta, dF):
    """That is the change of ∇_u Φ. Asked is the gradient of the loss, F'(Φ) ∇_u Φ,
    before and after.
    """
    s = dF(output(beta, A, u, x, alpha))
    new = stepped(beta, A, u, x, alpha, eta * s)
    return grads(*new, x, alpha)[2] - grads(beta, A, u, x, alpha)[2]


@mistake("delta_grad_u_loss", kind="ascent")
def step_uphill(beta, A, u, x, alpha, eta, dF):
    """Your step goes uphill: you added η times the gradient. Descent subtracts it."""
    s = dF(output(beta, A, u, x, alpha))
    new = stepped(beta, A, u, x, alpha, -eta * s)
    after = dF(output(*new, x, alpha)) * grads(*new, x, alpha)[2]
    return after - s * grads(beta, A, u, x, alpha)[2]


@mistake("delta_grad_u_loss", kind="one-moves")
def only_u_moves(beta, A, u, x, alpha, eta, dF):
    """You moved u alone. The step is taken in all weights at once, β and A included."""
    s = dF(output(beta, A, u, x, alpha))
    _, _, u1 = stepped(beta, A, u, x, alpha, eta * s)
    g_u = grads(beta, A, u, x, alpha)[2]
    return (dF(output(beta, A, u1, x, alpha)) - s) * g_u


@mistake("delta_grad_u_loss", kind="in-turn")
def one_after_the_other(beta, A, u, x, alpha, eta, dF):
    """You updated β first and took the gradients of A and u at the new β. All three
    gradients belong to the old weights: compute them before you change any.
    """
    s = dF(output(beta, A, u, x, alpha))
    g_u = grads(beta, A, u, x, alpha)[2]
    b1 = beta - eta * s * grads(beta, A, u, x, alpha)[0]
    A1 = A - eta * s * grads(b1, A, u, x, alpha)[1]
    u1 = u - eta * s * grads(b1, A1, u, x, alpha)[2]
    after = dF(output(b1, A1, u1, x, alpha)) * grads(b1, A1, u1, x, alpha)[2]
    return after - s * g_u


@mistake("delta_grad_u_loss", kind="reversed")
def before_minus_after(beta, A, u, x, alpha, eta, dF):
    """You subtracted the gradient after the step from the one before. A change is new
    minus old.
    """
    s = dF(output(beta, A, u, x, alpha))
    new = stepped(beta, A, u, x, alpha, eta * s)
    after = dF(output(*new, x, alpha)) * grads(*new, x, alpha)[2]
    return s * grads(beta, A, u, x, alpha)[2] - after
