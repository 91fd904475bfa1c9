"""What goes wrong in chapter 08, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake

# weight_velocity -------------------------------------------------------------------


def root(width):
    return np.sqrt(width)


def velocity(
    Ws,
    x,
    g,
    rho,
    drho,
    scale=lambda W: root(W.shape[1]),
    own=lambda W: root(W.shape[1]),
    first=lambda x: x,
    slope=lambda phi: phi,
    input_of=None,
):
    """∂_W of g.Φ with a slip: ``scale`` on the way back, ``own`` beside the product."""
    inputs, phis = [first(x)], []
    for W in Ws[:-1]:
        phis.append(W @ inputs[-1] / root(W.shape[1]))
        inputs.append(rho(phis[-1]))
    kept = inputs if input_of is None else [x, *map(input_of, phis)]
    found = []
    for j in reversed(range(len(Ws))):
        found.append(np.outer(g, kept[j]) / own(Ws[j]))
        if j:
            g = drho(slope(phis[j - 1])) * (Ws[j].T @ g) / scale(Ws[j])
    return found[::-1]


@mistake("weight_velocity", kind="sign")
def uphill(Ws, x, gradR, rho, drho, lam):
    """Your weights climb: dW_j/dt is *minus* lam times the gradient of the loss."""
    return [lam * G for G in velocity(Ws, x, gradR, rho, drho)]


@mistake("weight_velocity", kind="rate-forgotten")
def without_lam(Ws, x, gradR, rho, drho, lam):
    """Your velocity does not depend on lam. It multiplies every dW_j/dt, once."""
    return [-G for G in velocity(Ws, x, gradR, rho, drho)]


@mistake("weight_velocity", kind="own-width")
def without_its_own_width(Ws, x, gradR, rho, drho, lam):
    """You forgot 1/√w_j beside ∇R and the input: layer j computes W_j ρ(Φ_{j-1}) /
    √w_j, so its own derivative in W_j has the factor too.
    """
    found = velocity(Ws, x, gradR, rho, drho, own=lambda W: 1.0)
    return [-lam * G for G in found]


@mistake("weight_velocity", kind="widths-above")
def without_the_widths_above(Ws, x, gradR, rho, drho, lam):
    """Your gradient goes back through W_k and not through W_k/√w_k. Each layer on the
    way down has its factor 1/√w_k.
    """
    found = velocity(Ws, x, gradR, rho, drho, scale=lambda W: 1.0)
    return [-lam * G for G in found]


@mistake("weight_velocity", kind="other-width")
def width_of_the_rows(Ws, x, gradR, rho, drho, lam):
    """You divided by the root of the number of rows. w_j is what W_j reads, its number
    of columns: W.shape[1].
    """
    rows = lambda W: root(W.shape[0])
    found = velocity(Ws, x, gradR, rho, drho, scale=rows, own=rows)
    return [-lam * G for G in found]


@mistake("weight_velocity", kind="rho-on-input")
def rho_on_the_input(Ws, x, gradR, rho, drho, lam):
    """You applied ρ to x, as chapter 01 does. Here the first layer reads x itself:
    Φ_1 = W_1 x / √w_1.
    """
    return [-lam * G for G in velocity(Ws, x, gradR, rho, drho, first=rho)]


@mistake("weight_velocity", kind="wrong-point")
def slope_after_rho(Ws, x, gradR, rho, drho, lam):
    """You took ρ' at ρ(Φ_j). It belongs where ρ acts, at Φ_j."""
    return [-lam * G for G in velocity(Ws, x, gradR, rho, drho, slope=rho)]


@mistake("weight_velocity", kind="missing-slope")
def no_slopes(Ws, x, gradR, rho, drho, lam):
    """Your gradient passes ρ as if it were not there. On the way back entry i is
    multiplied by ρ' at entry i of Φ_j.
    """
    one = lambda z: np.ones_like(z)
    return [-lam * G for G in velocity(Ws, x, gradR, rho, one)]


@mistake("weight_velocity", kind="missing-rho")
def input_before_rho(Ws, x, gradR, rho, drho, lam):
    """You multiplied by Φ_{j-1}. What W_j reads is ρ(Φ_{j-1}), and x for j = 1."""
    found = velocity(Ws, x, gradR, rho, drho, input_of=lambda phi: phi)
    return [-lam * G for G in found]


@mistake("weight_velocity", kind="transpose")
def transposed(Ws, x, gradR, rho, drho, lam):
    """Your matrices are transposed. Rows belong to the output side, B_jᵀ ∇R, columns to
    the input: np.outer(b, a).
    """
    return [-lam * G.T for G in velocity(Ws, x, gradR, rho, drho)]


@mistake("weight_velocity", kind="order")
def last_layer_first(Ws, x, gradR, rho, drho, lam):
    """Your list begins with the last layer. Back-propagation finds dW_J/dt first, but
    item 0 belongs to W_1.
    """
    return [-lam * G for G in velocity(Ws, x, gradR, rho, drho)][::-1]


# velocity_bound --------------------------------------------------------------------


def spectral(W):
    return np.linalg.norm(W, 2)


def sizes(Ws, Ws0, norm=spectral):
    return [norm(W - W0) + norm(W0) for W, W0 in zip(Ws, Ws0, strict=True)]


def bound(Ws, x, gradR, lam, u, power, widths=None):
    """lam |x| |∇R| u^power / Π √w."""
    widths = [W.shape[1] for W in Ws] if widths is None else widths
    size = lam * spectral(x) * spectral(gradR) * u**power
    return float(size / np.prod(np.sqrt(widths)))


@mistake("velocity_bound", kind="other-norm")
def frobenius_norms(Ws, Ws0, x, gradR, lam):
    """You used Frobenius norms. They grow with the width like w and make the bound
    useless: ‖.‖ is the spectral norm, np.linalg.norm(W, 2).
    """
    u = spectral(sizes(Ws, Ws0, np.linalg.norm))
    return bound(Ws, x, gradR, lam, u, len(Ws) - 1)


@mistake("velocity_bound", kind="exponent")
def power_of_all_layers(Ws, Ws0, x, gradR, lam):
    """Your exponent is J. The velocity of W_j has the other J - 1 matrices in it, not
    W_j itself.
    """
    return bound(Ws, x, gradR, lam, spectral(sizes(Ws, Ws0)), len(Ws))


@mistake("velocity_bound", kind="widths-forgotten")
def without_widths(Ws, Ws0, x, gradR, lam):
    """You forgot to divide by the widths. Each of the J layers has its 1/√w_k, the
    layer that moves included.
    """
    return bound(Ws, x, gradR, lam, spectral(sizes(Ws, Ws0)), len(Ws) - 1, [1])


@mistake("velocity_bound", kind="widths-not-roots")
def widths_without_roots(Ws, Ws0, x, gradR, lam):
    """You divided by the widths themselves. A layer divides by √w_k."""
    squares = [W.shape[1] ** 2 for W in Ws]
    return bound(Ws, x, gradR, lam, spectral(sizes(Ws, Ws0)), len(Ws) - 1, squares)


@mistake("velocity_bound", kind="other-widths")
def widths_of_the_rows(Ws, Ws0, x, gradR, lam):
    """You took the number of rows, w_2..w_{J+1}. w_k is the number of columns of W_k:
    the product is over w_1..w_J.
    """
    rows = [W.shape[0] for W in Ws]
    return bound(Ws, x, gradR, lam, spectral(sizes(Ws, Ws0)), len(Ws) - 1, rows)


@mistake("velocity_bound", kind="hidden-widths-only")
def hidden_widths(Ws, Ws0, x, gradR, lam):
    """You left out w_1. In the source it is 1; in general the first layer divides by
    √w_1, too.
    """
    hidden = [W.shape[1] for W in Ws[1:]]
    return bound(Ws, x, gradR, lam, spectral(sizes(Ws, Ws0)), len(Ws) - 1, hidden)


@mistake("velocity_bound", kind="sum")
def sum_of_the_sizes(Ws, Ws0, x, gradR, lam):
    """You added the u_j. ‖u‖ is the length of the vector u: the root of the sum of
    squares.
    """
    return bound(Ws, x, gradR, lam, sum(sizes(Ws, Ws0)), len(Ws) - 1)


@mistake("velocity_bound", kind="largest")
def largest_of_the_sizes(Ws, Ws0, x, gradR, lam):
    """You took the largest u_j: that bounds the velocity as well, but asked is the
    length of the vector u.
    """
    return bound(Ws, x, gradR, lam, max(sizes(Ws, Ws0)), len(Ws) - 1)


@mistake("velocity_bound", kind="weights-now")
def norms_of_the_weights_now(Ws, Ws0, x, gradR, lam):
    """You took u_j = ‖W_j‖. It is ‖W_j - W_j(0)‖ + ‖W_j(0)‖, which is larger, and whose
    change is the displacement's.
    """
    return bound(Ws, x, gradR, lam, spectral([spectral(W) for W in Ws]), len(Ws) - 1)


@mistake("velocity_bound", kind="rate-forgotten")
def bound_without_lam(Ws, Ws0, x, gradR, lam):
    """Your bound does not depend on lam, and velocities are proportional to it."""
    return bound(Ws, x, gradR, 1.0, spectral(sizes(Ws, Ws0)), len(Ws) - 1)


@mistake("velocity_bound", kind="sample-forgotten")
def bound_without_x(Ws, Ws0, x, gradR, lam):
    """Your bound does not depend on |x|. The source hides it in a constant; a larger
    sample moves the weights faster.
    """
    return bound(Ws, np.ones(1), gradR, lam, spectral(sizes(Ws, Ws0)), len(Ws) - 1)


# predicted_displacement ------------------------------------------------------------


def shares(S, D):
    return np.array([S[j] * np.prod(D[j:]) for j in range(len(S))])


def lengths(r0, k, lam, t):
    K = np.sum(k)
    return abs(r0) * (1 - np.exp(-lam * K * t)) / K * np.sqrt(k)


@mistake("predicted_displacement", kind="sign")
def signed_residual(r0, S, D, lam, t):
    """Your displacements are negative where r0 is. They are lengths: take |r0|."""
    return np.sign(r0) * lengths(r0, shares(S, D), lam, t)


@mistake("predicted_displacement", kind="missing-root")
def without_the_root(r0, S, D, lam, t):
    """You forgot the root. K_j is the *square* of the norm of ∂Φ/∂W_j, and W_j moves
    along that derivative: √K_j.
    """
    return lengths(r0, shares(S, D), lam, t) * np.sqrt(shares(S, D))


@mistake("predicted_displacement", kind="undivided")
def not_divided_by_the_kernel(r0, S, D, lam, t):
    """You did not divide by K. The integral of e^(-lam K s) from 0 to t is
    (1 - e^(-lam K t)) / (lam K).
    """
    return lengths(r0, shares(S, D), lam, t) * np.sum(shares(S, D))


@mistake("predicted_displacement", kind="index")
def one_layer_too_many(r0, S, D, lam, t):
    """Your products begin with dotΣ_j. Layers *above* j pass the gradient on: the
    product runs over dotΣ_{j+1}, ..., dotΣ_J.
    """
    D = [1.0, *D]
    return lengths(r0, np.array([s * np.prod(D[j:]) for j, s in enumerate(S)]), lam, t)


@mistake("predicted_displacement", kind="index")
def layers_below(r0, S, D, lam, t):
    """You multiplied the dotΣ of the layers below. The gradient comes from above:
    layer j has dotΣ_{j+1} .. dotΣ_J, and layer J none.
    """
    return lengths(r0, np.array([s * np.prod(D[:j]) for j, s in enumerate(S)]), lam, t)


@mistake("predicted_displacement", kind="index")
def only_the_next_layer(r0, S, D, lam, t):
    """You multiplied Σ_j by dotΣ_{j+1} alone. All layers above j take part:
    dotΣ_{j+1} .. dotΣ_J.
    """
    return lengths(r0, S * np.array([*D, 1.0]), lam, t)


@mistake("predicted_displacement", kind="missing-factor")
def without_dotted_kernels(r0, S, D, lam, t):
    """You used Σ_j alone. On its way to layer j the gradient shrinks by
    dotΣ_{j+1} .. dotΣ_J.
    """
    return lengths(r0, np.asarray(S), lam, t)


@mistake("predicted_displacement", kind="time")
def after_a_long_time(r0, S, D, lam, t):
    """You gave the displacement at the end of training. At time t it has the factor
    1 - e^(-lam K t).
    """
    return lengths(r0, shares(S, D), lam, np.inf)


@mistake("predicted_displacement", kind="rate")
def rate_without_the_kernel(r0, S, D, lam, t):
    """Your residual decays like e^(-lam t). Its rate is lam K, K the sum of all K_j."""
    k = shares(S, D)
    return abs(r0) * (1 - np.exp(-lam * t)) / np.sum(k) * np.sqrt(k)


@mistake("predicted_displacement", kind="own-rate")
def each_layer_alone(r0, S, D, lam, t):
    """You let each layer train alone, with its own K_j in the exponential. They share
    one residual, which decays with the sum K.
    """
    k = shares(S, D)
    return abs(r0) * (1 - np.exp(-lam * k * t)) / np.sqrt(k)


@mistake("predicted_displacement", kind="vanishes")
def to_zero(r0, S, D, lam, t):
    """You returned zeros, as the source has it. The *relative* displacement goes to
    zero; the displacement itself has a limit (E4).
    """
    return np.zeros(len(S))


# kernel_drift_bound ----------------------------------------------------------------


@mistake("kernel_drift_bound", kind="other-norm")
def with_frobenius_norms(J0, Jt):
    """You used Frobenius norms, which are larger. ‖.‖ is the spectral norm here:
    np.linalg.norm(J, 2).
    """
    norm = np.linalg.norm
    return float((norm(Jt) + norm(J0)) * norm(Jt - J0))


@mistake("kernel_drift_bound", kind="drift")
def the_drift_itself(J0, Jt):
    """You returned the drift ‖Jt Jtᵀ - J0 J0ᵀ‖. Asked is its bound, which is larger
    unless the two are aligned.
    """
    return float(spectral(Jt @ Jt.T - J0 @ J0.T))


@mistake("kernel_drift_bound", kind="sharper")
def norm_of_the_sum(J0, Jt):
    """You computed ‖Jt + J0‖ ‖Jt - J0‖. That holds too, and is sharper; asked is the
    sum of the two norms.
    """
    return float(spectral(Jt + J0) * spectral(Jt - J0))


@mistake("kernel_drift_bound", kind="difference-of-norms")
def change_of_the_norms(J0, Jt):
    """You multiplied by ‖Jt‖ - ‖J0‖. A Jacobian may turn and keep its norm: what counts
    is ‖Jt - J0‖.
    """
    return float((spectral(Jt) + spectral(J0)) * abs(spectral(Jt) - spectral(J0)))


@mistake("kernel_drift_bound", kind="start-twice")
def twice_the_start(J0, Jt):
    """You used 2 ‖J0‖. Jt may be the larger one: the factor is ‖Jt‖ + ‖J0‖."""
    return float(2 * spectral(J0) * spectral(Jt - J0))


@mistake("kernel_drift_bound", kind="product")
def product_of_the_norms(J0, Jt):
    """You multiplied ‖Jt‖ by ‖J0‖. They are added: one comes with Jt (Jt - J0)ᵀ, the
    other with (Jt - J0) J0ᵀ.
    """
    return float(spectral(Jt) * spectral(J0) * spectral(Jt - J0))


@mistake("kernel_drift_bound", kind="squared")
def square_of_the_step(J0, Jt):
    """You squared ‖Jt - J0‖. The kernel is quadratic in J, so to first order its drift
    is linear in the step.
    """
    return float((spectral(Jt) + spectral(J0)) * spectral(Jt - J0) ** 2)


# linearized_output -----------------------------------------------------------------


def decayed(K, r, lam, t):
    values, Q = np.linalg.eigh(K)
    return Q @ (np.exp(-lam * values * t) * (Q.T @ r))


@mistake("linearized_output", kind="target-forgotten")
def the_residual(K, f0, y, lam, t):
    """You returned the residual f - y. Add y: f = y + e^(-lam K t) (f0 - y)."""
    return decayed(K, f0 - y, lam, t)


@mistake("linearized_output", kind="entrywise")
def exponentials_of_entries(K, f0, y, lam, t):
    """You took np.exp of each entry of K. The exponential of a matrix acts in its
    eigenvectors: np.linalg.eigh.
    """
    return y + np.exp(-lam * K * t) @ (f0 - y)


@mistake("linearized_output", kind="diagonal")
def samples_apart(K, f0, y, lam, t):
    """You used the diagonal of K. Samples teach one another: K_ij moves f_i by the
    residual of sample j.
    """
    return y + np.exp(-lam * np.diag(K) * t) * (f0 - y)


@mistake("linearized_output", kind="one-step")
def one_step_of_euler(K, f0, y, lam, t):
    """You made a single step of gradient descent, of length lam t. The flow is the
    limit of many small ones, an exponential.
    """
    return f0 - lam * t * K @ (f0 - y)


@mistake("linearized_output", kind="sign")
def away_from_the_target(K, f0, y, lam, t):
    """Your residual grows: the exponent is -lam K t."""
    return y + decayed(K, f0 - y, -lam, t)


@mistake("linearized_output", kind="exchanged")
def from_the_target(K, f0, y, lam, t):
    """You start at y and go to f0. At t = 0 the output is f0; y is where it goes."""
    return f0 + decayed(K, y - f0, lam, t)


@mistake("linearized_output", kind="rate-forgotten")
def output_without_lam(K, f0, y, lam, t):
    """Your output does not depend on lam, and the rate of each eigenvector is lam times
    its eigenvalue.
    """
    return y + decayed(K, f0 - y, 1.0, t)


@mistake("linearized_output", kind="toward-zero")
def without_targets(K, f0, y, lam, t):
    """Your outputs decay to 0. It is the residual f - y that decays, and the outputs go
    to y.
    """
    return decayed(K, f0, lam, t)


@mistake("linearized_output", kind="basis")
def left_in_the_eigenbasis(K, f0, y, lam, t):
    """Your result is written in eigenvectors of K. After the exponentials go back:
    multiply by Q.
    """
    values, Q = np.linalg.eigh(K)
    return y + np.exp(-lam * values * t) * (Q.T @ (f0 - y))
