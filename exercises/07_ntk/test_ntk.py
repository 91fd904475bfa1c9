"""The checks of chapter 07, in teaching order for each of the seven functions.

W weights, w widths, Φ layers, K kernel, s covariances, θ the angle between two inputs.
Kernels are compared with products of whole Jacobians, by complex steps; the dual of
ReLU with an integral over an arc, quadrature with closed forms, limits with wide random
networks.  The last check of a function asks minigrad and differences.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

# (ρ, ρ') in plain NumPy, so that complex numbers and minigrad's tensors pass through.
IDENTITY = (lambda z: 1.0 * z, lambda z: np.ones_like(z))
SQUARE = (lambda z: z * z, lambda z: 2 * z)
CUBE = (lambda z: z * z * z, lambda z: 3 * z * z)
TANH = (lambda z: np.tanh(z), lambda z: 1 - np.tanh(z) ** 2)
SOFTPLUS = (lambda z: np.log(1 + np.exp(z)), lambda z: 1 / (1 + np.exp(-z)))
SIN = (lambda z: np.sin(z), lambda z: np.cos(z))
RELU = (lambda z: np.maximum(z, 0.0), lambda z: np.heaviside(z, 0.0))
SMOOTH = [TANH, SOFTPLUS, SIN]

WIDTHS = [(5, 3, 7), (4, 5, 3, 2), (3, 6, 4, 5, 2), (4, 4, 4), (2, 3, 1)]

# Two layers by hand: w = (4, 1, 2), Φ_1 is 2 at X and 1 at XP, and x.x' = 4.
WS = [np.array([[2.0, 1.0, 0.0, 5.0]]), np.array([[3.0], [-1.0]])]
X, XP = np.array([1.0, 2.0, -1.0, 0.0]), np.array([1.0, 0.0, -3.0, 0.0])


def network(rng, *widths):
    """Gaussian weights for these widths, and two inputs."""
    Ws = [rng.standard_normal((m, n)) for n, m in pairwise(widths)]
    return Ws, *rng.standard_normal((2, widths[0]))


def layer(W, a):
    """W a / √w: what every layer does before the activation."""
    return W @ a / np.sqrt(W.shape[1])


def output(Ws, x, rho):
    """Φ_J(x)."""
    phi = layer(Ws[0], x)
    for W in Ws[1:]:
        phi = layer(W, rho(phi))
    return phi


def jacobian(f, Ws):
    """∂f/∂(all weights) by complex steps: rows are outputs, columns single weights."""
    columns, h = [], 1e-30
    for j, W in enumerate(Ws):
        for k in np.ndindex(W.shape):
            nudge = np.zeros(W.shape, complex)
            nudge[k] = 1j * h
            columns.append(np.imag(f([*Ws[:j], W + nudge, *Ws[j + 1 :]])) / h)
    return np.stack(columns, axis=1)


def kernel(Ws, x, xp, rho):
    """J(x) J(x')ᵀ from both Jacobians in full."""
    J, Jp = (jacobian(lambda V, x=x: output(V, x, rho), Ws) for x in (x, xp))
    return J @ Jp.T


# ntk_forward -----------------------------------------------------------------------


@task("ntk_forward", points=1, short="by hand")
def test_two_layers_by_hand(student, rng):
    """ρ(z) = z², w = (4, 1, 2): Φ_1 = 4/2 = 2, Φ_2 = (12, -4); and from x' it is 1."""
    at_x = [np.array([2.0]), np.array([12.0, -4.0])]
    at_xp = [np.array([1.0]), np.array([3.0, -1.0])]
    expect(student.ntk_forward(WS, X, SQUARE[0])).close_to(at_x)
    expect(student.ntk_forward(WS, XP, SQUARE[0])).close_to(at_xp)


@task("ntk_forward", points=1, short="random")
def test_random_layers(student, rng):
    """Up to four layers of widths that differ, and square ones; tanh, softplus, sin."""
    for widths in WIDTHS:
        for rho, _ in SMOOTH:
            Ws, x, _ = network(rng, *widths)
            right = [output(Ws[: j + 1], x, rho) for j in range(len(Ws))]
            expect(student.ntk_forward(Ws, x, rho)).close_to(right)


@task("ntk_forward", points=1, short="signs")
def test_an_input_may_have_any_sign(student, rng):
    """J = 1 is W x / √w_1 for an x with negative entries, whatever ρ is."""
    Ws, x, _ = network(rng, 9, 4)
    expect(student.ntk_forward(Ws, -np.abs(x), RELU[0])).close_to(
        [-Ws[0] @ np.abs(x) / 3.0]
    )


@task("ntk_forward", points=1, short="wide")
def test_the_scale_keeps_wide_layers_of_one_size(student, rng):
    """ρ(z) = z, widths 9, 900, 400, 5: the mean square of Φ_1, Φ_2 is about |x|²/9."""
    Ws, x, _ = network(rng, 9, 900, 400, 5)
    Phis = student.ntk_forward(Ws, x, IDENTITY[0])
    wide = expect(Phis).arrays([(900,), (400,), (5,)])
    for phi in wide[:2]:
        ratio = float(np.mean(phi**2) / (x @ x / 9))
        # Var is about 2/400 + 2/900: five deviations are 0.43
        expect(ratio).is_true(
            0.5 < ratio < 1.5, f"expected a mean square near |x|²/w_1, not {ratio:.3g}×"
        )
    expect(wide[2]).close_to(output(Ws, x, IDENTITY[0]))


# empirical_ntk ---------------------------------------------------------------------


@task("empirical_ntk", points=1, short="J = 1")
def test_one_layer_has_a_multiple_of_the_identity(student, rng):
    """J = 1: K = (x.x' / w_1) I, whatever the weights are."""
    Ws, x, xp = network(rng, 5, 3)
    right = x @ xp / 5 * np.eye(3)
    expect(student.empirical_ntk(Ws, x, xp, *RELU)).close_to(right)


@task("empirical_ntk", points=1, short="by hand")
def test_a_kernel_by_hand(student, rng):
    """ρ(z) = z², w = (4, 1, 2): K = 4·1 I + W_2 (4·1·2) W_2ᵀ."""
    by_hand = np.array([[76.0, -24.0], [-24.0, 12.0]])
    expect(student.empirical_ntk(WS, X, XP, *SQUARE)).close_to(by_hand)


@task("empirical_ntk", points=2, short="random")
def test_kernels_are_products_of_jacobians(student, rng):
    """Up to four layers of widths that differ, and square ones; tanh, softplus, sin."""
    for widths in WIDTHS:
        for rho, drho in SMOOTH:
            Ws, x, xp = network(rng, *widths)
            right = kernel(Ws, x, xp, rho)
            expect(student.empirical_ntk(Ws, x, xp, rho, drho)).close_to(right)


@task("empirical_ntk", points=1, short="transposed")
def test_inputs_in_turn_transpose_the_kernel(student, rng):
    """K(x', x) = K(x, x')ᵀ, which is not K(x, x') from three layers on."""
    Ws, x, xp = network(rng, 4, 5, 6, 3)
    right = kernel(Ws, x, xp, SIN[0])
    expect(student.empirical_ntk(Ws, x, xp, *SIN)).close_to(right)
    expect(student.empirical_ntk(Ws, xp, x, *SIN)).close_to(right.T)


@task("empirical_ntk", points=2, short="dead")
def test_a_unit_that_is_off_for_one_input(student, rng):
    """ReLU, Φ_1 = (3, -1, 2) and (4, 3, -3): only unit 1 is on for both."""
    W1, W2 = np.array([[3.0, 1.0], [-1.0, 4.0], [2.0, -5.0]]), rng.random((2, 3)) + 1.0
    x, xp = np.sqrt(2.0) * np.array([[1.0, 0.0], [1.0, 1.0]])  # x.x' / 2 = x.x / 2 = 1
    first, _, third = (np.outer(path, path) for path in W2.T)
    both_on = (12.0 * np.eye(2) + first) / 3.0  # ⟨(3, 0, 2), (4, 3, 0)⟩ = 12
    expect(student.empirical_ntk([W1, W2], x, xp, *RELU)).close_to(both_on)
    at_x = (13.0 * np.eye(2) + first + third) / 3.0
    expect(student.empirical_ntk([W1, W2], x, x, *RELU)).close_to(at_x)


@task("empirical_ntk", points=2, short="engine")
def test_a_step_along_a_gradient_moves_the_output_by_the_kernel(student, rng):
    """d/ds Φ(x; W + s_1 ∇Φ_1(x') + s_2 ∇Φ_2(x') + ..) = K(x, x') at s = 0."""
    for widths in [(5, 3, 2), (3, 4, 5, 3)]:
        for rho, drho in SMOOTH:
            (Ws, x, xp), c = network(rng, *widths), rng.standard_normal(widths[-1])
            K = student.empirical_ntk(Ws, x, xp, rho, drho)
            K = expect(K).array((widths[-1], widths[-1]))
            along = mg.jacobian(lambda V, xp=xp, r=rho: output(V, xp, r))(Ws)

            def moved(s, Ws=Ws, x=x, rho=rho, c=c, along=along):
                steps = [np.tensordot(s, G, 1) for G in along]
                shifted = [W + step for W, step in zip(Ws, steps, strict=True)]
                return np.dot(c, output(shifted, x, rho))

            expect(c @ K).gradient_of(moved, np.zeros(widths[-1]))


# ntk_step --------------------------------------------------------------------------


def one_more_layer(rng, n_out, w):
    """W_J, φ, φ', and A, A' with K_{J-1} = A A'ᵀ: derivatives of φ, φ' by 9 weights."""
    phi, phip = rng.standard_normal((2, w))
    A, Ap = rng.standard_normal((2, w, 9))
    return rng.standard_normal((n_out, w)), phi, phip, A, Ap


@task("ntk_step", points=1, short="linear")
def test_without_an_activation_weights_wrap_the_kernel(student, rng):
    """ρ(z) = z, W_J (3, 5): φ.φ' I / 5 + W_J K W_Jᵀ / 5, K not symmetric."""
    W, phi, phip, A, Ap = one_more_layer(rng, 3, 5)
    right = (phi @ phip * np.eye(3) + np.linalg.multi_dot([W, A, Ap.T, W.T])) / 5
    expect(student.ntk_step(W, phi, phip, A @ Ap.T, *IDENTITY)).close_to(right)


@task("ntk_step", points=1, short="by hand")
def test_a_step_by_hand(student, rng):
    """ρ(z) = z², φ = (1, 2), φ' = (3, -1), K = ((1, 2), (0, 1)): all is small."""
    W, K = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 2.0], [0.0, 1.0]])
    phi, phip = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    # ⟨ρ(φ), ρ(φ')⟩ = 9 + 4, and diag(2, 4) K diag(6, -2) = ((12, -8), (0, -8))
    by_hand = np.array([[12.5, 2.0], [6.0, 4.5]])
    expect(student.ntk_step(W, phi, phip, K, *SQUARE)).close_to(by_hand)


@task("ntk_step", points=2, short="random")
def test_random_steps(student, rng):
    """W_J of shapes (3, 5), (7, 4), (4, 4), (1, 6), (2, 1); tanh, softplus and sin."""
    for n_out, w in [(3, 5), (7, 4), (4, 4), (1, 6), (2, 1)]:
        for rho, drho in SMOOTH:
            W, phi, phip, A, Ap = one_more_layer(rng, n_out, w)

            def new(params, phi, A, rho=rho):
                return layer(params[0], rho(phi + A @ params[1]))

            params = [W, np.zeros(9)]  # weights before W_J, moved by so little
            J = jacobian(lambda p, f=new, u=phi, A=A: f(p, u, A), params)
            Jp = jacobian(lambda p, f=new, u=phip, A=Ap: f(p, u, A), params)
            K = student.ntk_step(W, phi, phip, A @ Ap.T, rho, drho)
            expect(K).close_to(J @ Jp.T)


@task("ntk_step", points=1, short="dead")
def test_a_unit_that_is_off_passes_nothing_on(student, rng):
    """ReLU, φ = (3, 0, -2), φ' = (1, 5, 4): of K only entry (1, 1), (1, 2), (1, 3)."""
    phi, phip = np.array([3.0, 0.0, -2.0]), np.array([1.0, 5.0, 4.0])
    K = np.arange(1.0, 10.0).reshape(3, 3)
    expect(student.ntk_step(np.eye(3), phi, phip, K, *RELU)).close_to(
        np.array([[4.0, 2.0, 3.0], [0.0, 3.0, 0.0], [0.0, 0.0, 3.0]]) / 3.0
    )


@task("ntk_step", points=2, short="engine")
def test_the_step_agrees_with_the_engine_and_differences(student, rng):
    """cᵀK_J is the derivative of c.Φ_J(x) along the gradients of Φ_J(x')."""
    for rho, drho in SMOOTH:
        W, phi, phip, A, Ap = one_more_layer(rng, 3, 5)
        c = rng.standard_normal(3)
        K = student.ntk_step(W, phi, phip, A @ Ap.T, rho, drho)
        K = expect(K).array((3, 3))
        new = lambda V, t, phi, A, rho=rho: layer(V, rho(phi + A @ t))
        at_xp = lambda V, t, f=new, u=phip, A=Ap: f(V, t, u, A)
        GW, Gt = mg.jacobian(at_xp, argnums=(0, 1))(W, np.zeros(9))

        def moved(s, f=new, W=W, phi=phi, A=A, GW=GW, Gt=Gt, c=c):
            return np.dot(c, f(W + np.tensordot(s, GW, 1), s @ Gt, phi, A))

        expect(c @ K).gradient_of(moved, np.zeros(3))


# relu_dual -------------------------------------------------------------------------

RELU_RTOL = 1e-7  # an arccos near 1 loses half of the digits
COVARIANCES = [(1.0, 0.3, 1.0), (2.0, -0.7, 0.5), (0.1, 0.25, 3.0), (30.0, 1.0, 0.2)]


def over_the_arc(sxx, sxy, syy):
    """Both expectations in polar coordinates, by Gauss-Legendre over the angle.

    u = √sxx r cos φ and v = √syy r cos(φ - θ) are positive together on an arc of
    length π - θ, r² has the mean 2, and φ is uniform.
    """
    theta = np.arctan2(np.sqrt(sxx * syy - sxy * sxy), sxy)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = (np.pi - theta) / 2.0
    angles = theta / 2.0 + half * nodes
    product = np.sum(weights * np.cos(angles) * np.cos(angles - theta)) * half
    return np.sqrt(sxx * syy) * product / np.pi, half / np.pi


@task("relu_dual", points=1, short="by hand")
def test_duals_by_hand(student, rng):
    """θ = π/3 with variances 4 and 9; and θ = π/2: √(s s')/2π and 1/4."""
    third = (6.0 * (np.sqrt(3.0) / (4.0 * np.pi) + 1.0 / 6.0), 1.0 / 3.0)
    expect(student.relu_dual(4.0, 3.0, 9.0)).close_to(third, rtol=RELU_RTOL)
    right = (6.0 / (2.0 * np.pi), 0.25)
    expect(student.relu_dual(4.0, 0.0, 9.0)).close_to(right, rtol=RELU_RTOL)


@task("relu_dual", points=2, short="random")
def test_duals_are_integrals_over_an_arc(student, rng):
    """Variances from 0.1 to 30, correlations of either sign, and random ones."""
    drawn = []
    for _ in range(5):
        a, b = rng.standard_normal((2, 3))
        drawn.append((float(a @ a), float(a @ b), float(b @ b)))
    for s in [*COVARIANCES, *drawn]:
        right = tuple(map(float, over_the_arc(*s)))
        expect(student.relu_dual(*s)).close_to(right, rtol=RELU_RTOL)


@task("relu_dual", points=1, short="equal")
def test_proportional_variables(student, rng):
    """v = 3u gives 3s/2 and 1/2, though 3s may round to more than √(s · 9s)."""
    for s in (1.0, 0.1, 0.7, 1e-3, 123.4, *rng.uniform(0.1, 9.0, 20)):
        s = float(s)
        over = 3.0 * s * (1.0 + 1e-15)  # what rounding makes of it
        right = (1.5 * s, 0.5)
        expect(student.relu_dual(s, over, 9.0 * s)).close_to(right, rtol=RELU_RTOL)


@task("relu_dual", points=1, short="opposite")
def test_opposite_variables(student, rng):
    """v = -u: never both positive, so 0 and 0; with v = u beside it, s/2 and 1/2."""
    for s in (1.0, 0.3):
        expect(student.relu_dual(s, s, s)).close_to((s / 2, 0.5), rtol=RELU_RTOL)
        found = student.relu_dual(s, -s, s)
        expect(found).close_to((0.0, 0.0), rtol=RELU_RTOL, scale=1.0)


@task("relu_dual", points=1, short="engine")
def test_the_second_is_the_derivative_of_the_first(student, rng):
    """∂E[ρ(u)ρ(v)]/∂sxy = E[ρ'(u)ρ'(v)]: minigrad and differences on the arc."""
    for sxx, sxy, syy in COVARIANCES:
        pair = student.relu_dual(sxx, sxy, syy)
        is_pair = type(pair) in (list, tuple) and len(pair) == 2
        expect(pair).is_true(is_pair, "expected two numbers")
        slope = np.array([expect(pair[1]).number()])
        first = lambda s, a=sxx, b=syy: over_the_arc(a, s[0], b)[0]
        expect(slope).gradient_of(first, np.array([sxy]), rtol=RELU_RTOL)


# gh_dual ---------------------------------------------------------------------------

GH_RTOL = 1e-6  # what 80 points promise for a smooth ρ and variances near 1


def over_the_plane(f, sxx, sxy, syy):
    """E[f(u) f(v)] by the trapezoidal rule on a grid, which is exact to rounding."""
    z = np.arange(-9.0, 9.05, 0.1)
    density = np.exp(-0.5 * z**2) * 0.1 / np.sqrt(2.0 * np.pi)
    u = np.sqrt(sxx) * z
    v = sxy / np.sqrt(sxx) * z[:, None] + np.sqrt(syy - sxy * sxy / sxx) * z
    return np.sum(density[:, None] * density * f(u)[:, None] * f(v))


@task("gh_dual", points=1, short="linear")
def test_a_line_has_the_covariance(student, rng):
    """ρ(z) = z: sxy and 1, with two points a variable and with five."""
    for n in (2, 5):
        expect(student.gh_dual(*IDENTITY, 2.0, -0.7, 0.5, n)).close_to(
            (-0.7, 1.0), rtol=GH_RTOL
        )


@task("gh_dual", points=2, short="polynomials")
def test_polynomials_are_exact(student, rng):
    """z² and z³ with five points: E[u²v²] = s s' + 2c², E[u³v³] = 9 s c s' + 6c³."""
    for s, c, t in [(1.0, 0.3, 1.0), (2.0, -0.7, 0.5), (0.3, 0.5, 4.0)]:
        squares = (s * t + 2 * c**2, 4 * c)
        expect(student.gh_dual(*SQUARE, s, c, t, 5)).close_to(squares, rtol=GH_RTOL)
        cubes = (9 * s * c * t + 6 * c**3, 9 * (s * t + 2 * c**2))
        expect(student.gh_dual(*CUBE, s, c, t, 5)).close_to(cubes, rtol=GH_RTOL)


@task("gh_dual", points=1, short="sine")
def test_the_sine_has_a_closed_form(student, rng):
    """E[sin u sin v] = exp(-(s + s')/2) sinh c, and cosh c for the cosines; n = 80."""
    for s, c, t in [(1.0, 0.3, 1.0), (1.2, -0.8, 0.9), (0.8, 0.5, 1.1)]:
        scale = np.exp(-(s + t) / 2)
        right = (float(scale * np.sinh(c)), float(scale * np.cosh(c)))
        expect(student.gh_dual(*SIN, s, c, t, 80)).close_to(right, rtol=GH_RTOL)


@task("gh_dual", points=1, short="equal")
def test_proportional_variables_by_quadrature(student, rng):
    """v = 3u: nothing is left to be independent, and rounding must not make a nan."""
    for s in (1.0, 0.1, 0.7, *rng.uniform(0.1, 2.0, 20)):
        s = float(s)
        right = (27 * s**2, 12 * s)  # 9 E[u⁴] and 4 · 3s, for z²
        found = student.gh_dual(*SQUARE, s, 3 * s * (1 + 1e-15), 9 * s, 6)
        expect(found).close_to(right, rtol=GH_RTOL)


@task("gh_dual", points=1, short="engine")
def test_quadrature_of_tanh_agrees_with_the_engine_and_a_grid(student, rng):
    """tanh, n = 100: the first is a sum over a grid, the second its derivative."""
    for s, c, t in [(1.0, 0.3, 1.0), (1.2, -0.5, 0.8)]:
        pair = student.gh_dual(*TANH, s, c, t, 100)
        is_pair = type(pair) in (list, tuple) and len(pair) == 2
        expect(pair).is_true(is_pair, "expected two numbers")
        on_grid = lambda c, s=s, t=t: over_the_plane(np.tanh, s, c[0], t)
        expect(pair[0]).close_to(float(on_grid(np.array([c]))), rtol=GH_RTOL)
        slope = np.array([expect(pair[1]).number()])
        expect(slope).gradient_of(on_grid, np.array([c]), rtol=GH_RTOL)


# nngp, ntk_infinite ----------------------------------------------------------------


def limits(x, xp, J):
    """Σ_1..Σ_J at (x, x'), and Σ'_2..Σ'_J, both by the arc."""
    w = len(x)
    S = np.array([[x @ x, x @ xp], [xp @ x, xp @ xp]]) / w
    sigmas, slopes = [S[0, 1]], []
    for _ in range(J - 1):
        first, slope = over_the_arc(S[0, 0], S[0, 1], S[1, 1])
        S = np.array([[S[0, 0] / 2, first], [first, S[1, 1] / 2]])
        sigmas.append(first)
        slopes.append(slope)
    return sigmas, slopes


def tangent_limit(x, xp, J):
    """Σ_j Σ_j Σ'_{j+1} ... Σ'_J, term by term."""
    sigmas, slopes = limits(x, xp, J)
    return float(sum(s * np.prod(slopes[j:]) for j, s in enumerate(sigmas)))


def sixty_degrees():
    """w_1 = 4, |x| = |x'| = 2, so that Σ_1 is 1 on the diagonal and 1/2 off it."""
    return np.array([2.0, 0.0, 0, 0]), np.array([1.0, np.sqrt(3.0), 0, 0])


def wide(rng, quantity):
    """A quantity of 60 networks of widths 5, 300, 1: its mean and standard error."""
    basis, _ = np.linalg.qr(rng.standard_normal((5, 2)))
    x, xp = 3.0 * basis[:, 0], basis @ [2.4, 1.8]  # no kernel is near 0 at cos θ = 0.8
    found = [
        quantity([rng.standard_normal(s) for s in ((300, 5), (1, 300))], x, xp)
        for _ in range(60)
    ]
    return x, xp, float(np.mean(found)), float(np.std(found) / np.sqrt(60))


def agrees_with_networks(value, mean, error):
    """Six standard errors: by chance once in many millions of runs."""
    expect(value).is_true(
        abs(value - mean) <= 6 * error,
        f"expected {mean:.4g} ± {error:.2g}, the mean over 60 networks of width 300",
    )


@task("nngp", points=1, short="J = 1")
def test_the_first_covariance_is_that_of_the_inputs(student, rng):
    """Σ_1 = x.x' / w_1, negative too: ReLU is not applied to an input."""
    _, x, xp = network(rng, 7)
    for other in (xp, -xp):
        expect(student.nngp(x, other, 1)).close_to(float(x @ other / 7))


@task("nngp", points=1, short="x = x'")
def test_variances_halve_in_every_layer(student, rng):
    """Σ_J(x, x) = 2^(1-J) |x|²/w_1 for J = 1..8, and 3 times that at x' = 3x."""
    _, x, _ = network(rng, 5)
    for J in range(1, 9):
        right = float(2.0 ** (1 - J) * (x @ x) / 5)
        expect(student.nngp(x, x, J)).close_to(right, rtol=RELU_RTOL)
        expect(student.nngp(x, 3 * x, J)).close_to(3 * right, rtol=RELU_RTOL)


@task("nngp", points=1, short="by hand")
def test_covariances_by_hand(student, rng):
    """θ = π/3, J = 2: √3/4π + 1/6.  A right angle, J = 2: |x||x'| / 2πw_1."""
    right = float(np.sqrt(3.0) / (4.0 * np.pi) + 1.0 / 6.0)
    expect(student.nngp(*sixty_degrees(), 2)).close_to(right, rtol=RELU_RTOL)
    x, xp = np.array([3.0, 0.0]), np.array([0.0, -4.0])
    expect(student.nngp(x, xp, 2)).close_to(3.0 / np.pi, rtol=RELU_RTOL)


@task("nngp", points=1, short="random")
def test_covariances_of_random_inputs(student, rng):
    """J = 2..6 in 3, 5 and 7 dimensions, by integrals over an arc."""
    for J in range(2, 7):
        for w in (3, 5, 7):
            _, x, xp = network(rng, w)
            right = float(limits(x, xp, J)[0][-1])
            expect(student.nngp(x, xp, J)).close_to(right, rtol=RELU_RTOL)


@task("nngp", points=1, short="networks")
def test_wide_networks_have_this_covariance(student, rng):
    """J = 2: the mean of Φ_2(x) Φ_2(x') given W_1, over 60 networks of width 300."""
    given_w1 = lambda Ws, x, xp: np.mean(
        RELU[0](layer(Ws[0], x)) * RELU[0](layer(Ws[0], xp))
    )
    x, xp, mean, error = wide(rng, given_w1)
    value = expect(student.nngp(x, xp, 2)).number()
    agrees_with_networks(value, mean, error)


@task("ntk_infinite", points=1, short="J = 1")
def test_one_layer_has_its_limit_at_any_width(student, rng):
    """J = 1: x.x' / w_1, negative too."""
    _, x, xp = network(rng, 7)
    for other in (xp, -xp):
        expect(student.ntk_infinite(x, other, 1)).close_to(float(x @ other / 7))


@task("ntk_infinite", points=1, short="x = x'")
def test_the_diagonal_of_the_limit(student, rng):
    """At x = x' each of J terms is 2^(1-J) |x|²/w_1, for J = 1..8."""
    _, x, _ = network(rng, 5)
    for J in range(1, 9):
        right = float(J * 2.0 ** (1 - J) * (x @ x) / 5)
        expect(student.ntk_infinite(x, x, J)).close_to(right, rtol=RELU_RTOL)


@task("ntk_infinite", points=1, short="by hand")
def test_limits_by_hand(student, rng):
    """θ = π/3, J = 2: Σ_2 + Σ_1/3.  A right angle, J = 2: Σ_2 alone."""
    right = float(np.sqrt(3.0) / (4.0 * np.pi) + 1.0 / 3.0)
    expect(student.ntk_infinite(*sixty_degrees(), 2)).close_to(right, rtol=RELU_RTOL)
    x, xp = np.array([3.0, 0.0]), np.array([0.0, -4.0])
    expect(student.ntk_infinite(x, xp, 2)).close_to(3.0 / np.pi, rtol=RELU_RTOL)


@task("ntk_infinite", points=2, short="random")
def test_limits_of_random_inputs(student, rng):
    """J = 2..6 in 3, 5 and 7 dimensions: the sum of (8), with integrals over an arc."""
    for J in range(2, 7):
        for w in (3, 5, 7):
            _, x, xp = network(rng, w)
            right = tangent_limit(x, xp, J)
            expect(student.ntk_infinite(x, xp, J)).close_to(right, rtol=RELU_RTOL)


@task("ntk_infinite", points=2, short="networks")
def test_wide_networks_come_to_this_kernel(student, rng):
    """J = 2: the mean of minigrad's empirical kernel over 60 networks of width 300."""

    def by_the_engine(Ws, x, xp):
        one = lambda V, x: output(V, x, mg.relu)[0]
        gradients = [mg.grad(one)(Ws, x) for x in (x, xp)]
        return sum(np.sum(a * b) for a, b in zip(*gradients, strict=True))

    x, xp, mean, error = wide(rng, by_the_engine)
    value = expect(student.ntk_infinite(x, xp, 2)).number()
    agrees_with_networks(value, mean, error)
