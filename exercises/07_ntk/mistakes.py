"""What goes wrong in chapter 07, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake

# The right way, with every place where one goes wrong as an argument -----------------


def layers(Ws, a, rho, scale=lambda W: np.sqrt(W.shape[1])):
    """Φ_1, ..., Φ_J from what W_1 is multiplied by."""
    found = []
    for W in Ws:
        found.append(W @ a / scale(W))
        a = rho(found[-1])
    return found


def step(W, phi, phip, K, rho, slopes, slopesp):
    """One more layer, with any slopes."""
    new = rho(phi) @ rho(phip) * np.eye(len(W))
    return (new + (W * slopes) @ K @ (W * slopesp).T) / W.shape[1]


def kernel(Ws, x, xp, rho, drho, base=None, one_more=None):
    """The kernel by its recursion, from another first kernel or with another step."""
    one_more = one_more or right_step
    Phis, Phips = layers(Ws, x, rho), layers(Ws, xp, rho)
    K = x @ xp / len(x) * np.eye(len(Ws[0])) if base is None else base
    for W, phi, phip in zip(Ws[1:], Phis, Phips, strict=False):
        K = one_more(W, phi, phip, K, rho, drho)
    return K


def right_step(W, phi, phip, K, rho, drho):
    return step(W, phi, phip, K, rho, drho(phi), drho(phip))


def angle(sxx, sxy, syy):
    return np.arccos(np.clip(sxy / np.sqrt(sxx * syy), -1.0, 1.0))


def dual(sxx, sxy, syy, theta=None):
    """Both duals of ReLU, perhaps at another angle."""
    t = angle(sxx, sxy, syy) if theta is None else theta
    first = np.sqrt(sxx * syy) * (np.sin(t) + (np.pi - t) * np.cos(t)) / (2 * np.pi)
    return float(first), float((np.pi - t) / (2 * np.pi))


def covariances(x, xp, J, halves=0.5, gain=1.0, w=None):
    """Triples (s, c, s') of layers 1..J, and the slopes of layers 2..J."""
    w = w or len(x)
    s = (x @ x / w, x @ xp / w, xp @ xp / w)
    triples, slopes = [s], []
    for _ in range(J - 1):
        first, slope = dual(*s)
        s = (halves * s[0], gain * first, halves * s[2])
        triples.append(s)
        slopes.append(gain * slope)
    return triples, slopes


def summed(sigmas, slopes):
    """Σ_j Σ_j times the product of the slopes from j on."""
    return float(sum(s * np.prod(slopes[j:]) for j, s in enumerate(sigmas)))


def quadrature(rho, drho, n, grid, nodes=None, total=2 * np.pi):
    """Both sums, with u and v as functions of two standard variables."""
    z, weights = nodes or np.polynomial.hermite_e.hermegauss(n)
    u, v = grid(z[:, None], z[None, :])
    table = np.outer(weights, weights) / total
    return tuple(float(np.sum(table * f(u) * f(v))) for f in (rho, drho))


def cholesky(sxx, sxy, syy):
    rest = max(syy - sxy**2 / sxx, 0.0)
    root = np.sqrt(sxx)
    return lambda a, b: (root * a + 0 * b, sxy / root * a + np.sqrt(rest) * b)


# ntk_forward -----------------------------------------------------------------------


@mistake("ntk_forward", kind="rho-on-input")
def activation_on_the_input(Ws, x, rho):
    """You applied ρ to the input. The first layer is W_1 x / √w_1, with x as it is; ρ
    acts on Φ_1, Φ_2 and so on.
    """
    return layers(Ws, rho(x), rho)


@mistake("ntk_forward", kind="scale-forgotten")
def no_scale(Ws, x, rho):
    """Your layers are not divided by √w_j. The weights have variance 1, so W_j ρ(Φ)
    grows with the width.
    """
    return layers(Ws, x, rho, scale=lambda W: 1.0)


@mistake("ntk_forward", kind="wrong-width")
def scaled_by_the_output_width(Ws, x, rho):
    """You divided by the root of the number of rows of W_j, w_{j+1}. Each entry is a
    sum of w_j terms: the number of columns.
    """
    return layers(Ws, x, rho, scale=lambda W: np.sqrt(W.shape[0]))


@mistake("ntk_forward", kind="missing-root")
def divided_by_the_width(Ws, x, rho):
    """You divided by w_j. A sum of w_j independent terms grows like √w_j, and that is
    what it is divided by.
    """
    return layers(Ws, x, rho, scale=lambda W: W.shape[1])


@mistake("ntk_forward", kind="he-factor")
def he_factor(Ws, x, rho):
    """You multiplied by √2, as He's initialization does for ReLU. There is no such
    factor here.
    """
    return layers(Ws, x, rho, scale=lambda W: np.sqrt(W.shape[1] / 2.0))


@mistake("ntk_forward", kind="missing-rho")
def no_activation(Ws, x, rho):
    """There is no ρ in your network: it is a product of matrices. From the second
    layer on W_j multiplies ρ(Φ_{j-1}).
    """
    return layers(Ws, x, lambda z: z)


@mistake("ntk_forward", kind="rho-kept")
def activations_in_place_of_layers(Ws, x, rho):
    """You returned ρ(Φ_j). Φ_j is what comes before the activation, also in the last
    layer.
    """
    return [rho(phi) for phi in layers(Ws, x, rho)]


@mistake("ntk_forward", kind="input-kept")
def list_begins_with_the_input(Ws, x, rho):
    """Your list begins with x. It has J entries, one for each matrix, and the first
    is Φ_1.
    """
    return [x, *layers(Ws, x, rho)]


# empirical_ntk ---------------------------------------------------------------------


@mistake("empirical_ntk", kind="last-layer")
def last_layer_only(Ws, x, xp, rho, drho):
    """Your kernel is that of the last layer's weights alone. All layers are trained:
    W_1..W_{J-1} add a term each.
    """
    a, ap = x, xp
    if len(Ws) > 1:
        a, ap = (rho(layers(Ws, x, rho)[-2]) for x in (x, xp))
    return a @ ap / len(a) * np.eye(len(Ws[-1]))


@mistake("empirical_ntk", kind="first-layer")
def first_layer_frozen(Ws, x, xp, rho, drho):
    """The gradients in W_1 are missing from your sum. It runs over j = 1..J, and the
    term of W_1 has x.x' / w_1.
    """
    nothing = np.zeros((len(Ws[0]), len(Ws[0])))
    return kernel(Ws, x, xp, rho, drho, base=nothing)


@mistake("empirical_ntk", kind="same-point")
def both_slopes_at_x(Ws, x, xp, rho, drho):
    """You took ρ' at Φ_{j-1}(x) on both sides. The factor on the right belongs to x',
    and so do its slopes: ρ'(Φ_{j-1}(x')).
    """
    wrong = lambda W, u, v, K, r, d: step(W, u, v, K, r, d(u), d(u))
    return kernel(Ws, x, xp, rho, drho, one_more=wrong)


@mistake("empirical_ntk", kind="missing-slopes")
def no_slopes(Ws, x, xp, rho, drho):
    """There is no ρ' in your gradients. On the way back through layer j each entry is
    multiplied by ρ' at Φ_{j-1}.
    """
    wrong = lambda W, u, v, K, r, d: step(W, u, v, K, r, 1.0 + 0 * u, 1.0 + 0 * v)
    return kernel(Ws, x, xp, rho, drho, one_more=wrong)


@mistake("empirical_ntk", kind="scale-forgotten")
def derivatives_not_scaled(Ws, x, xp, rho, drho):
    """Your derivatives lack the 1/√w_j that stands in every layer. Φ_j is
    differentiated as it is, its scale included: the term of W_J has 1/w_J.
    """
    wrong = lambda W, u, v, K, r, d: step(W, u, v, K, r, d(u), d(v)) * W.shape[1]
    base = x @ xp * np.eye(len(Ws[0]))
    return kernel(Ws, x, xp, rho, drho, base=base, one_more=wrong)


@mistake("empirical_ntk", kind="input-width")
def input_not_divided(Ws, x, xp, rho, drho):
    """Your first kernel is x.x', not x.x' / w_1. The first layer has its scale, too:
    Φ_1 = W_1 x / √w_1.
    """
    return kernel(Ws, x, xp, rho, drho, base=x @ xp * np.eye(len(Ws[0])))


@mistake("empirical_ntk", kind="rho-on-input")
def activation_of_the_inputs(Ws, x, xp, rho, drho):
    """Your first kernel is made of ρ(x) and ρ(x'). ρ is not applied to the input: the
    derivative of Φ_1 by W_1 contains x itself.
    """
    base = rho(x) @ rho(xp) / len(x) * np.eye(len(Ws[0]))
    return kernel(Ws, x, xp, rho, drho, base=base)


@mistake("empirical_ntk", kind="transpose")
def inputs_in_the_other_order(Ws, x, xp, rho, drho):
    """Your kernel is transposed, K(x', x). Rows belong to the outputs at x, columns to
    those at x'.
    """
    return kernel(Ws, x, xp, rho, drho).T


@mistake("empirical_ntk", kind="summed")
def gradients_of_the_summed_outputs(Ws, x, xp, rho, drho):
    """You multiplied gradients of the sum of all outputs, which gives one number. Each
    pair of outputs has its own: K is a matrix (w_{J+1}, w_{J+1}).
    """
    return float(np.sum(kernel(Ws, x, xp, rho, drho)))


@mistake("empirical_ntk", kind="diagonal")
def different_outputs_taken_as_orthogonal(Ws, x, xp, rho, drho):
    """You kept the diagonal of K alone. Gradients of two outputs are orthogonal only
    in the limit; at finite width they share the layers below.
    """
    return np.diag(np.diag(kernel(Ws, x, xp, rho, drho)))


# ntk_step --------------------------------------------------------------------------


@mistake("ntk_step", kind="outer")
def outer_product_for_inner(WJ, phi, phip, Kprev, rho, drho):
    """Your first term is the outer product ρ(φ) ρ(φ')ᵀ, of the wrong size unless w_J
    happens to be w_{J+1}. It is the inner product, times the identity.
    """
    old = (WJ * drho(phi)) @ Kprev @ (WJ * drho(phip)).T
    return (np.outer(rho(phi), rho(phip)) + old) / len(phi)


@mistake("ntk_step", kind="identity")
def inner_product_added_everywhere(WJ, phi, phip, Kprev, rho, drho):
    """You added the inner product to every entry. Row i of W_J moves output i alone, so
    it is multiplied by the identity.
    """
    old = (WJ * drho(phi)) @ Kprev @ (WJ * drho(phip)).T
    return (rho(phi) @ rho(phip) + old) / len(phi)


@mistake("ntk_step", kind="same-point")
def slopes_of_x_twice(WJ, phi, phip, Kprev, rho, drho):
    """You took ρ' at Φ_{J-1}(x) on both sides. The right-hand factor is a derivative at
    x': its slopes are ρ'(φ').
    """
    return step(WJ, phi, phip, Kprev, rho, drho(phi), drho(phi))


@mistake("ntk_step", kind="swapped")
def slopes_swapped(WJ, phi, phip, Kprev, rho, drho):
    """You swapped the two slopes. ρ'(φ) belongs to the rows of K_{J-1}, on the left,
    and ρ'(φ') to its columns.
    """
    return step(WJ, phi, phip, Kprev, rho, drho(phip), drho(phi))


@mistake("ntk_step", kind="missing-slopes")
def old_kernel_without_slopes(WJ, phi, phip, Kprev, rho, drho):
    """There is no ρ' around K_{J-1}. A change of Φ_{J-1} reaches W_J through ρ, and is
    multiplied by its slopes.
    """
    return step(WJ, phi, phip, Kprev, rho, 1.0 + 0 * phi, 1.0 + 0 * phip)


@mistake("ntk_step", kind="wrong-point")
def slopes_at_the_activations(WJ, phi, phip, Kprev, rho, drho):
    """You took ρ' at ρ(φ), after the activation. Slopes are taken where ρ acts: at φ
    and φ'.
    """
    return step(WJ, phi, phip, Kprev, rho, drho(rho(phi)), drho(rho(phip)))


@mistake("ntk_step", kind="no-rho")
def layers_for_activations(WJ, phi, phip, Kprev, rho, drho):
    """Your first term is φ.φ'. W_J multiplies ρ(φ), so its gradient contains ρ(φ):
    the inner product is that of the activations.
    """
    return step(WJ, phi, phip, Kprev, lambda z: z, drho(phi), drho(phip))


@mistake("ntk_step", kind="scale")
def only_the_new_term_scaled(WJ, phi, phip, Kprev, rho, drho):
    """Your second term is not divided by w_J. Each of the two derivatives of Φ_J by
    Φ_{J-1} has its 1/√w_J.
    """
    new = rho(phi) @ rho(phip) / len(phi) * np.eye(len(WJ))
    return new + (WJ * drho(phi)) @ Kprev @ (WJ * drho(phip)).T


@mistake("ntk_step", kind="missing-root")
def divided_by_a_root(WJ, phi, phip, Kprev, rho, drho):
    """You divided by √w_J. A kernel is a product of two derivatives, and each has its
    own: that makes w_J.
    """
    return step(WJ, phi, phip, Kprev, rho, drho(phi), drho(phip)) * np.sqrt(len(phi))


@mistake("ntk_step", kind="transpose")
def old_kernel_transposed(WJ, phi, phip, Kprev, rho, drho):
    """You used the transpose of K_{J-1}. Its rows belong to x and its columns to x',
    and it is not symmetric.
    """
    return step(WJ, phi, phip, Kprev.T, rho, drho(phi), drho(phip))


@mistake("ntk_step", kind="term-missing")
def old_term_only(WJ, phi, phip, Kprev, rho, drho):
    """The term of W_J itself is missing. To what the layers below bring, add
    ⟨ρ(φ), ρ(φ')⟩ / w_J times the identity.
    """
    return (WJ * drho(phi)) @ Kprev @ (WJ * drho(phip)).T / len(phi)


# relu_dual -------------------------------------------------------------------------


@mistake("relu_dual", kind="he-factor")
def twice_as_much(sxx, sxy, syy):
    """Both of your values are twice too large: they contain the factor 2 of He's
    initialization. Divide by 2π.
    """
    first, second = dual(sxx, sxy, syy)
    return 2 * first, 2 * second


@mistake("relu_dual", kind="no-clip")
def arccos_beyond_one(sxx, sxy, syy):
    """Your cosine is sometimes 1.0000000000000002, by rounding, and arccos of that is
    nan. Clip it to [-1, 1].
    """
    with np.errstate(invalid="ignore"):
        return dual(sxx, sxy, syy, np.arccos(sxy / np.sqrt(sxx * syy)))


@mistake("relu_dual", kind="not-normalized")
def angle_of_the_covariance(sxx, sxy, syy):
    """You took arccos of the covariance. The cosine of the angle is the correlation,
    sxy / √(sxx syy).
    """
    return dual(sxx, sxy, syy, np.arccos(np.clip(sxy, -1.0, 1.0)))


@mistake("relu_dual", kind="missing-root")
def variances_without_a_root(sxx, sxy, syy):
    """You multiplied by sxx syy. ReLU is homogeneous of degree one in u and in v:
    the factor is √(sxx syy).
    """
    first, second = dual(sxx, sxy, syy)
    return first * float(np.sqrt(sxx * syy)), second


@mistake("relu_dual", kind="other-angle")
def angle_for_its_complement(sxx, sxy, syy):
    """You have θ where π - θ belongs. Both are on where the half planes overlap, an
    angle of π - θ: half the time if θ = 0.
    """
    t = angle(sxx, sxy, syy)
    first = np.sqrt(sxx * syy) * (np.sin(t) + t * np.cos(t)) / (2 * np.pi)
    return float(first), float(t / (2 * np.pi))


@mistake("relu_dual", kind="sine-cosine")
def sine_and_cosine_swapped(sxx, sxy, syy):
    """You swapped sine and cosine in the first value: it is sin θ + (π - θ) cos θ. At
    θ = 0 that is π.
    """
    t = angle(sxx, sxy, syy)
    first = np.sqrt(sxx * syy) * (np.cos(t) + (np.pi - t) * np.sin(t)) / (2 * np.pi)
    return float(first), float((np.pi - t) / (2 * np.pi))


@mistake("relu_dual", kind="order")
def values_in_the_other_order(sxx, sxy, syy):
    """You returned the two values in the other order. First comes E[relu(u) relu(v)],
    then the one of the derivatives.
    """
    return dual(sxx, sxy, syy)[::-1]


@mistake("relu_dual", kind="independent")
def derivatives_as_if_independent(sxx, sxy, syy):
    """Your second value is always 1/4, the product of two means. u and v are
    correlated: it is (π - θ) / 2π.
    """
    return dual(sxx, sxy, syy)[0], 0.25


@mistake("relu_dual", kind="variances")
def derivatives_scaled_too(sxx, sxy, syy):
    """You multiplied the second value by √(sxx syy) as well. relu' is 0 or 1, whatever
    the variances are.
    """
    first, second = dual(sxx, sxy, syy)
    return first, second * float(np.sqrt(sxx * syy))


# gh_dual ---------------------------------------------------------------------------


@mistake("gh_dual", kind="nodes")
def physicists_nodes(rho, drho, sxx, sxy, syy, n):
    """hermgauss has the weight exp(-z²), a variance of 1/2. Multiply its nodes by √2,
    or use hermegauss, which has exp(-z²/2).
    """
    nodes = np.polynomial.hermite.hermgauss(n)
    return quadrature(rho, drho, n, cholesky(sxx, sxy, syy), nodes, np.pi)


@mistake("gh_dual", kind="weights")
def weights_not_normalized(rho, drho, sxx, sxy, syy, n):
    """The weights of hermegauss sum to √(2π), not to 1: a density has to be made of
    them. Divide by it once for each variable.
    """
    return quadrature(rho, drho, n, cholesky(sxx, sxy, syy), total=1.0)


@mistake("gh_dual", kind="weights")
def weights_normalized_once(rho, drho, sxx, sxy, syy, n):
    """You divided by √(2π) once. There are two variables, and the weights of each sum
    to √(2π): divide by 2π.
    """
    total = np.sqrt(2 * np.pi)
    return quadrature(rho, drho, n, cholesky(sxx, sxy, syy), total=total)


@mistake("gh_dual", kind="independent")
def as_if_independent(rho, drho, sxx, sxy, syy, n):
    """You drew u and v independently: sxy is not in your result. Give v the part
    sxy/√sxx of the variable that makes u.
    """
    return quadrature(rho, drho, n, cholesky(sxx, 0.0, syy))


@mistake("gh_dual", kind="variance")
def variance_for_deviation(rho, drho, sxx, sxy, syy, n):
    """You multiplied a standard variable by sxx. That has the variance sxx²: multiply
    by the root.
    """
    rest = np.sqrt(max(syy - sxy**2 / sxx, 0.0))
    grid = lambda a, b: (sxx * a + 0 * b, sxy / np.sqrt(sxx) * a + rest * b)
    return quadrature(rho, drho, n, grid)


@mistake("gh_dual", kind="variance")
def full_variance_beside_the_shared_part(rho, drho, sxx, sxy, syy, n):
    """Your v has too large a variance: √syy b beside the part it shares with u. What is
    left for b is √(syy - sxy²/sxx).
    """
    shared = sxy / np.sqrt(sxx)
    grid = lambda a, b: (np.sqrt(sxx) * a + 0 * b, shared * a + np.sqrt(syy) * b)
    return quadrature(rho, drho, n, grid)


@mistake("gh_dual", kind="regression")
def coefficient_of_u_for_that_of_a(rho, drho, sxx, sxy, syy, n):
    """Your v is sxy/sxx times the standard variable a. That is the coefficient of
    u = √sxx a: for a it is sxy/√sxx.
    """
    rest = np.sqrt(max(syy - sxy**2 / sxx, 0.0))
    grid = lambda a, b: (np.sqrt(sxx) * a + 0 * b, sxy / sxx * a + rest * b)
    return quadrature(rho, drho, n, grid)


@mistake("gh_dual", kind="one-variable")
def one_node_for_both(rho, drho, sxx, sxy, syy, n):
    """You used one variable for u and v, as if they were proportional. Two dimensions
    need a grid of n times n nodes.
    """
    grid = lambda a, b: (np.sqrt(sxx) * a + 0 * b, np.sqrt(syy) * a + 0 * b)
    return quadrature(rho, drho, n, grid)


@mistake("gh_dual", kind="mixed")
def derivative_on_one_side(rho, drho, sxx, sxy, syy, n):
    """Your second value is E[ρ(u) ρ'(v)]. Both factors are derivatives:
    E[ρ'(u) ρ'(v)].
    """
    z, weights = np.polynomial.hermite_e.hermegauss(n)
    u, v = cholesky(sxx, sxy, syy)(z[:, None], z[None, :])
    table = np.outer(weights, weights) / (2 * np.pi)
    return float(np.sum(table * rho(u) * rho(v))), float(
        np.sum(table * rho(u) * drho(v))
    )


@mistake("gh_dual", kind="no-clip")
def root_of_a_negative_rest(rho, drho, sxx, sxy, syy, n):
    """For proportional u and v your syy - sxy²/sxx comes out a little below 0, by
    rounding, and its root is nan. Take at least 0.
    """
    with np.errstate(invalid="ignore"):
        rest = np.sqrt(np.float64(syy - sxy**2 / sxx))
    root = np.sqrt(sxx)
    grid = lambda a, b: (root * a + 0 * b, sxy / root * a + rest * b)
    return quadrature(rho, drho, n, grid)


# nngp ------------------------------------------------------------------------------


@mistake("nngp", kind="one-off")
def one_layer_too_many(x, xp, J):
    """You applied ReLU's dual J times. Σ_1 has none, it is x.x' / w_1, so Σ_J has
    J - 1.
    """
    return float(covariances(x, xp, J + 1)[0][-1][1])


@mistake("nngp", kind="width-forgotten")
def inputs_not_divided(x, xp, J):
    """You began with x.x'. Σ_1 is x.x' / w_1, with the number of entries of x."""
    return float(covariances(x, xp, J, w=1)[0][-1][1])


@mistake("nngp", kind="variances-kept")
def variances_of_the_first_layer(x, xp, J):
    """You kept the variances of the first layer. Σ_j(x, x) changes as well: through
    ReLU it halves in every layer.
    """
    return float(covariances(x, xp, J, halves=1.0)[0][-1][1])


@mistake("nngp", kind="he-factor")
def with_hes_factor(x, xp, J):
    """You doubled in every layer, as He's initialization does. Here nothing makes up
    for the half that ReLU loses.
    """
    return float(covariances(x, xp, J, halves=1.0, gain=2.0)[0][-1][1])


@mistake("nngp", kind="correlation")
def correlation_for_covariance(x, xp, J):
    """You returned a correlation, 1 at x = x'. Σ_J is the covariance: multiply by
    √(Σ_J(x, x) Σ_J(x', x')).
    """
    s, c, t = covariances(x, xp, J)[0][-1]
    return float(c / np.sqrt(s * t))


@mistake("nngp", kind="rho-on-input")
def relu_of_the_inputs(x, xp, J):
    """You applied ReLU to the inputs. Σ_1 is the covariance of W_1 x and W_1 x', and
    there x stands as it is.
    """
    x, xp = np.maximum(x, 0.0), np.maximum(xp, 0.0)
    with np.errstate(invalid="ignore"):  # where an input is negative throughout
        return float(covariances(x, xp, J)[0][-1][1])


@mistake("nngp", kind="angle-kept")
def angle_of_the_inputs(x, xp, J):
    """You used the angle of the inputs in every layer. Each layer has its own, from
    its own covariances: they grow together with depth.
    """
    s, c, t = covariances(x, xp, 1)[0][0]
    theta = angle(s, c, t)
    for _ in range(J - 1):
        c = dual(s, c, t, theta)[0]
        s, t = s / 2, t / 2
    return float(c)


@mistake("nngp", kind="derivatives")
def dual_of_the_derivative(x, xp, J):
    """You returned Σ'_J, the expectation for relu'. Σ_J is that of relu itself, the
    first of the two.
    """
    triples, slopes = covariances(x, xp, J)
    return float(slopes[-1] if slopes else triples[0][1])


# ntk_infinite ----------------------------------------------------------------------


@mistake("ntk_infinite", kind="nngp")
def covariance_for_kernel(x, xp, J):
    """You returned Σ_J, the covariance of the outputs: the kernel of the last layer's
    weights. Each layer below adds a term.
    """
    return float(covariances(x, xp, J)[0][-1][1])


@mistake("ntk_infinite", kind="dot-off")
def slopes_of_the_next_layer(x, xp, J):
    """Your Σ'_{j+1} comes from Σ_{j+1}. Like Σ_{j+1} itself it is an expectation under
    Σ_j, the covariance of the layer below.
    """
    sigmas = [c for _, c, _ in covariances(x, xp, J)[0]]
    return summed(sigmas, covariances(x, xp, J + 1)[1][1:])


@mistake("ntk_infinite", kind="half")
def slopes_of_equal_inputs(x, xp, J):
    """You took 1/2 for every Σ'_j. That is right at x = x' alone; elsewhere it is
    (π - θ)/2π.
    """
    sigmas = [c for _, c, _ in covariances(x, xp, J)[0]]
    return summed(sigmas, [0.5] * (J - 1))


@mistake("ntk_infinite", kind="missing-slopes")
def covariances_summed(x, xp, J):
    """You summed the Σ_j without the Σ'. What W_j contributes comes through all later
    layers, and each multiplies it by its Σ'.
    """
    return float(sum(c for _, c, _ in covariances(x, xp, J)[0]))


@mistake("ntk_infinite", kind="last-missing")
def without_the_last_layer(x, xp, J):
    """The term of the last layer, Σ_J with an empty product, is missing. An empty
    product is 1.
    """
    triples, slopes = covariances(x, xp, J)
    sigmas = [c for _, c, _ in triples]
    return summed([*sigmas[:-1], 0.0], slopes)


@mistake("ntk_infinite", kind="first-only")
def the_first_layer_alone(x, xp, J):
    """You have the term of the first layer alone, Σ_1 Σ'_2 ... Σ'_J. There is one for
    each layer: add those of j = 2..J.
    """
    triples, slopes = covariances(x, xp, J)
    return float(triples[0][1] * np.prod(slopes))


@mistake("ntk_infinite", kind="one-slope")
def one_slope_a_term(x, xp, J):
    """Your terms have one Σ' each, that of the next layer. Behind layer j come J - j
    layers, and all their Σ' are multiplied.
    """
    triples, slopes = covariances(x, xp, J)
    pairs = zip(triples, [*slopes, 1.0], strict=True)
    return float(sum(c * slope for (_, c, _), slope in pairs))


@mistake("ntk_infinite", kind="he-factor")
def kernel_with_hes_factor(x, xp, J):
    """Your kernel contains He's factor 2 in every layer. In this network nothing makes
    up for the half that ReLU loses.
    """
    triples, slopes = covariances(x, xp, J, halves=1.0, gain=2.0)
    return summed([c for _, c, _ in triples], slopes)


@mistake("ntk_infinite", kind="one-off")
def a_layer_too_many(x, xp, J):
    """Your kernel is that of J + 1 layers. Θ_1 is Σ_1, so Θ_J takes J - 1 steps."""
    triples, slopes = covariances(x, xp, J + 1)
    return summed([c for _, c, _ in triples], slopes)


@mistake("ntk_infinite", kind="width-forgotten")
def inputs_as_they_are(x, xp, J):
    """You began with x.x'. Σ_1 is x.x' / w_1, with the number of entries of x."""
    triples, slopes = covariances(x, xp, J, w=1)
    return summed([c for _, c, _ in triples], slopes)
