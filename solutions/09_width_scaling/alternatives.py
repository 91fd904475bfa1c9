"""Right answers to chapter 09 by other roads; every check must accept them.

m width, c the factor x m^(-α - 1/2), Φ the output.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import alternative

# init_moments ----------------------------------------------------------------------


@alternative("init_moments")
def by_moments_of_chi_square(m, alpha, x):
    """E s = m and E s² = m² + 2m for s = ‖u‖², ‖β‖² and ‖Au‖²/‖u‖² alike."""
    first, square = m, m * m + 2 * m
    second = (x * m ** (-alpha - 0.5)) ** 2 * first**2
    kurtosis = 3 * square**2 / first**4
    variance = (x**2 / m) ** 2 * (square**2 - first**4)
    return [float(second), float(kurtosis), float(variance)]


@alternative("init_moments")
def by_the_law_of_total_variance(m, alpha, x):
    """Var s = E Var(s | u) + Var E(s | u) = (2m + 4) + 2m for s = ‖A u‖²/m."""
    within, between = 2.0 * (m + 2.0), 2.0 * m
    deviation = abs(x) * np.sqrt(m) / m**alpha
    return deviation**2, 3.0 + 12.0 / m + 12.0 / m**2, x**4 * (within + between)


# tangent_grads ---------------------------------------------------------------------


def factor(u, x, alpha):
    return x / (len(u) ** alpha * np.sqrt(len(u)))


@alternative("tangent_grads")
def by_einsum(beta, A, u, x, alpha):
    """Φ = c Σ β_i A_ij u_j with one factor left out at a time."""
    c = factor(u, x, alpha)
    return [
        c * np.einsum("ij,j->i", A, u),
        c * np.einsum("i,j->ij", beta, u),
        c * np.einsum("i,ij->j", beta, A),
    ]


@alternative("tangent_grads")
def back_through_the_layers(beta, A, u, x, alpha):
    """Forward to h1 = u x and h2 = A h1 / √m, then the adjoints backward."""
    m = len(u)
    h1 = u * x
    h2 = A.dot(h1) / np.sqrt(m)
    d2 = beta / m**alpha
    d1 = d2.dot(A) / np.sqrt(m)
    return h2 / m**alpha, d2[:, None] * h1[None, :] / np.sqrt(m), d1 * x


# delta_product ---------------------------------------------------------------------


@alternative("delta_product")
def new_minus_old(beta0, A0, dbeta, dA):
    """As it is defined; where increments are tiny it loses digits."""
    return (beta0 + dbeta) @ (A0 + dA) - beta0 @ A0


@alternative("delta_product")
def one_factor_after_the_other(beta0, A0, dbeta, dA):
    """First β moves, at the old A; then A moves, at the new β."""
    return A0.T @ dbeta + dA.T @ (beta0 + dbeta)


# delta_grad_u_loss -----------------------------------------------------------------


@alternative("delta_grad_u_loss")
def by_the_product_rule(beta, A, u, x, alpha, eta, dF):
    """F'(Φ₁) Δ∇Φ + (F'(Φ₁) - F'(Φ₀)) ∇Φ₀, with Δ∇Φ through the increments."""
    c = factor(u, x, alpha)
    old = c * (beta @ A)
    slope = dF(old @ u)
    dbeta, du = -eta * slope * c * (A @ u), -eta * slope * old
    dA = -eta * slope * c * np.outer(beta, u)
    change = c * (dbeta @ dA + dbeta @ A + beta @ dA)
    after = dF((old + change) @ (u + du))
    return after * change + (after - slope) * old


@alternative("delta_grad_u_loss")
def step_by_step(beta, A, u, x, alpha, eta, dF):
    """One function for ∇_u F(Φ), called before and after."""
    c = factor(u, x, alpha)

    def slope(beta, A, u):
        return dF(float(c * np.sum(beta[:, None] * A * u)))

    s = slope(beta, A, u)
    new = (
        beta - eta * s * c * A.dot(u),
        A - eta * s * c * beta[:, None] * u,
        u - eta * s * c * A.T.dot(beta),
    )
    return c * slope(*new) * new[1].T.dot(new[0]) - c * s * A.T.dot(beta)
