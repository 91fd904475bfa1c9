"""The checks of chapter 06, in teaching order for each of the six functions.

W, U, b weights, g and h states after and before σ, T steps, J Jacobian.  Random cases
compare with complex steps or with the other recurrence; the last check of a Jacobian
asks minigrad and differences.  The examples are judged by computing them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

# (σ, σ') in plain NumPy, so that complex numbers and minigrad's tensors pass through.
IDENTITY = (lambda z: 1.0 * z, lambda z: np.ones_like(z))
SQUARE = (lambda z: z * z, lambda z: 2 * z)
TANH = (lambda z: np.tanh(z), lambda z: 1 - np.tanh(z) ** 2)
SOFTPLUS = (lambda z: np.log(1 + np.exp(z)), lambda z: 1 / (1 + np.exp(-z)))
SIN = (lambda z: np.sin(z), lambda z: np.cos(z))
SMOOTH = [TANH, SOFTPLUS, SIN]


def relu(at_zero):
    """(σ, σ') of ReLU, with this slope at the kink."""
    return lambda z: np.maximum(z, 0.0), lambda z: np.heaviside(z, at_zero)


SIZES = [(5, 3, 7), (3, 5, 4), (4, 4, 4), (1, 2, 3)]  # n, d, T


class Net(NamedTuple):
    W: np.ndarray
    U: np.ndarray
    b: np.ndarray
    start: np.ndarray
    xs: np.ndarray

    def state(self, g, sigma):
        """g_T of the usual recurrence, from g_0 = g."""
        for x in self.xs:
            g = sigma(self.W @ g + self.U @ x + self.b)
        return g


def network(rng, n, d, T) -> Net:
    """Weights that keep states small, since W stretches by 1.2 at most, and inputs."""
    W = rng.standard_normal((n, n))
    W *= 1.2 / np.linalg.norm(W, 2)
    U, b = rng.standard_normal((n, d)) / np.sqrt(d), rng.standard_normal(n)
    return Net(W, U, b, rng.standard_normal(n), rng.standard_normal((T, d)))


def small_network() -> Net:
    """Two units, one input, two steps: with σ(z) = z² all numbers are small."""
    W, U = np.array([[1.0, 2.0], [1.0, -1.0]]), np.array([[1.0], [2.0]])
    b, start = np.array([0.0, 1.0]), np.array([1.0, -1.0])
    return Net(W, U, b, start, np.array([[-1.0], [-3.0]]))


def rotation(rng, n):
    """A random orthogonal matrix."""
    return np.linalg.qr(rng.standard_normal((n, n)))[0]


def jacobian(f, at):
    """∂f/∂at by complex steps: no formula of the chapter, and no digits lost."""
    h = 1e-30
    return np.stack([np.imag(f(at + 1j * h * e)) / h for e in np.eye(len(at))], axis=1)


# rnn_h -----------------------------------------------------------------------------


@task("rnn_h", points=1, short="linear")
def test_without_an_activation_it_is_a_sum_of_powers(student, rng):
    """σ(z) = z, n = 5, d = 3, T = 4: h_t = W^t h_0 + Σ_s W^(t-s) (U x_s + b)."""
    W, U, b, h0, xs = network(rng, 5, 3, 4)
    power = np.linalg.matrix_power
    hs = [h0]
    for t in range(1, 5):
        past = [power(W, t - s) @ (U @ xs[s - 1] + b) for s in range(1, t + 1)]
        hs.append(power(W, t) @ h0 + sum(past))
    expect(student.rnn_h(W, U, b, h0, xs, IDENTITY[0])).close_to(np.array(hs))


@task("rnn_h", points=1, short="by hand")
def test_two_steps_by_hand(student, rng):
    """σ(z) = z² from (1, -1): the states are (1, -1), (2, -1), (3, -2)."""
    by_hand = np.array([[1.0, -1.0], [2.0, -1.0], [3.0, -2.0]])
    expect(student.rnn_h(*small_network(), SQUARE[0])).close_to(by_hand)


@task("rnn_h", points=2, short="random")
def test_random_networks(student, rng):
    """Sizes (n, d, T) from (5, 3, 7) to (1, 2, 3), with tanh, softplus and sin."""
    for size in SIZES:
        for sigma, _ in SMOOTH:
            net = network(rng, *size)
            g, hs = sigma(net.start), [net.start]
            for x in net.xs:  # by the other recurrence, which keeps g = σ(h)
                hs.append(net.W @ g + net.U @ x + net.b)
                g = sigma(hs[-1])
            expect(student.rnn_h(*net, sigma)).close_to(np.array(hs))


@task("rnn_h", points=1, short="equivalent")
def test_sigma_of_the_states_is_the_usual_recurrence(student, rng):
    """With g_0 = σ(h_0), σ(h_t) = g_t at every t: twelve steps of tanh and softplus."""
    for sigma, _ in (TANH, SOFTPLUS):
        net = network(rng, 5, 3, 12)
        hs = expect(student.rnn_h(*net, sigma)).array((13, 5))
        gs = [
            net._replace(xs=net.xs[:t]).state(sigma(net.start), sigma)
            for t in range(13)
        ]
        expect(sigma(hs)).close_to(np.array(gs))


@task("rnn_h", points=1, short="T < 2")
def test_one_input_and_none(student, rng):
    """T = 1 gives two states; T = 0 gives h_0 alone, as an array (1, n)."""
    net = network(rng, 5, 3, 1)
    right = np.array([net.start, net.W @ np.sin(net.start) + net.U @ net.xs[0] + net.b])
    expect(student.rnn_h(*net, SIN[0])).close_to(right)
    none = net._replace(xs=net.xs[:0])
    expect(student.rnn_h(*none, SIN[0])).close_to(right[:1])


# rnn_jacobian ----------------------------------------------------------------------


@task("rnn_jacobian", points=1, short="linear")
def test_without_an_activation_it_is_a_power(student, rng):
    """σ(z) = z, n = 5, d = 3, T = 4: the Jacobian is W^4, whatever the inputs."""
    net = network(rng, 5, 3, 4)
    J = student.rnn_jacobian(*net, *IDENTITY)
    expect(J).close_to(np.linalg.matrix_power(net.W, 4))


@task("rnn_jacobian", points=1, short="by hand")
def test_a_jacobian_by_hand(student, rng):
    """σ(z) = z²: D_1 W = ((-4, -8), (2, -2)), then D_2 W = ((6, 12), (-4, 4))."""
    by_hand = np.array([[0.0, -72.0], [24.0, 24.0]])
    expect(student.rnn_jacobian(*small_network(), *SQUARE)).close_to(by_hand)


@task("rnn_jacobian", points=2, short="random")
def test_random_jacobians(student, rng):
    """Sizes (n, d, T) from (5, 3, 7) to (1, 2, 3), with tanh, softplus and sin."""
    for size in SIZES:
        for sigma, dsigma in SMOOTH:
            net = network(rng, *size)
            right = jacobian(lambda g, net=net, s=sigma: net.state(g, s), net.start)
            expect(student.rnn_jacobian(*net, sigma, dsigma)).close_to(right)


@task("rnn_jacobian", points=1, short="order")
def test_the_last_step_stands_on_the_left(student, rng):
    """Unit 1 feeds 2, 2 feeds 3, with σ = sin: only one order moves 1 to 3."""
    W = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 3.0, 0.5]])
    net = Net(W, np.eye(3), np.zeros(3), rng.random(3), rng.random((2, 3)))
    right = jacobian(lambda g: net.state(g, SIN[0]), net.start)
    expect(student.rnn_jacobian(*net, *SIN)).close_to(right)


@task("rnn_jacobian", points=1, short="T < 2")
def test_one_step_and_none(student, rng):
    """T = 1 gives D_1 W; T = 0 gives the identity."""
    net = network(rng, 4, 3, 1)
    right = jacobian(lambda g: net.state(g, TANH[0]), net.start)
    expect(student.rnn_jacobian(*net, *TANH)).close_to(right)
    none = net._replace(xs=net.xs[:0])
    expect(student.rnn_jacobian(*none, *TANH)).close_to(np.eye(4))


@task("rnn_jacobian", points=2, short="dead")
def test_nothing_comes_through_a_dead_unit(student, rng):
    """ReLU, z_1 = (3, 0, -2): alive, at the kink, dead; σ'(0) = 0, and σ'(0) = 1/2."""
    W = np.array([[1.0, 2.0, 0.0], [1.0, -1.0, 3.0], [4.0, 0.0, -6.0]])
    g0, b = np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, -6.0])
    net = Net(W, np.zeros((3, 1)), b, g0, np.zeros((2, 1)))
    for slope in (0.0, 0.5):
        # z_2 = (3, 3, 6): all alive, so D_2 = I
        by_hand = W @ np.diag([1.0, slope, 0.0]) @ W
        expect(student.rnn_jacobian(*net, *relu(slope))).close_to(by_hand)


@task("rnn_jacobian", points=2, short="engine")
def test_the_jacobian_agrees_with_the_engine_and_differences(student, rng):
    """cᵀJ is the gradient of c.g_T in g_0, by minigrad and by differences."""
    for n, d, T in [(5, 3, 1), (5, 3, 4), (3, 5, 7)]:
        for sigma, dsigma in SMOOTH:
            net, c = network(rng, n, d, T), rng.standard_normal(n)
            J = expect(student.rnn_jacobian(*net, sigma, dsigma)).array((n, n))
            loss = lambda g, net=net, s=sigma, c=c: np.dot(c, net.state(g, s))
            expect(c @ J).gradient_of(loss, net.start)


# jacobian_bound --------------------------------------------------------------------


@task("jacobian_bound", points=1, short="by hand")
def test_bounds_by_hand(student, rng):
    """Singular values 3 and 4; and the shift ((0, 6), (0, 0)), of norm 6."""
    expect(student.jacobian_bound(np.diag([3.0, -4.0]), 0.5, 3)).close_to(8.0)
    shift = np.array([[0.0, 6.0], [0.0, 0.0]])
    expect(student.jacobian_bound(shift, 0.25, 2)).close_to(2.25)


@task("jacobian_bound", points=1, short="random")
def test_bounds_of_random_matrices(student, rng):
    """W of known singular values between random rotations; gamma 1/4, 1 and 1.7."""
    for n, T in [(5, 3), (3, 7), (1, 5)]:
        for gamma in (0.25, 1.0, 1.7):
            s = rng.uniform(0.5, 2.0, n)
            W = rotation(rng, n) * s @ rotation(rng, n)
            right = float(np.prod([gamma * s.max()] * T))
            expect(student.jacobian_bound(W, gamma, T)).close_to(right)


@task("jacobian_bound", points=1, short="sharp")
def test_a_rotation_attains_the_bound(student, rng):
    """Without σ, 0.95 times a rotation: minigrad's Jacobian has exactly this norm."""
    W = 0.95 * rotation(rng, 4)
    for T in (2, 10):
        net = Net(W, np.zeros((4, 1)), np.zeros(4), np.ones(4), np.zeros((T, 1)))
        J = mg.jacobian(lambda g, net=net: net.state(g, IDENTITY[0]))(net.start)
        norm = float(np.linalg.norm(J, 2))
        expect(student.jacobian_bound(W, 1.0, T)).close_to(norm)


@task("jacobian_bound", points=1, short="holds")
def test_no_jacobian_exceeds_the_bound(student, rng):
    """Ten tanh networks; the bound is no wild guess, and for 2W it is 2⁴ times that."""
    for _ in range(10):
        net = network(rng, 5, 3, 4)
        J = jacobian(lambda g, net=net: net.state(g, TANH[0]), net.start)
        bound = expect(student.jacobian_bound(net.W, 1.0, 4)).number()
        norm = np.linalg.norm(J, 2)
        message = f"expected a number from ‖∂g_4/∂g_0‖ = {norm:.3g} up"
        expect(bound).is_true(bound >= norm * (1 - 1e-9), message)
        largest = np.linalg.norm(net.W) ** 4  # the Frobenius norm is never smaller
        expect(bound).is_true(
            bound <= largest * (1 + 1e-9), f"expected at most {largest:.3g}"
        )
        expect(student.jacobian_bound(2.0 * net.W, 1.0, 4)).close_to(16.0 * bound)


@task("jacobian_bound", points=1, short="edges")
def test_no_steps_and_no_weights(student, rng):
    """T = 0: the Jacobian is the identity, of norm 1.  W = 0: the bound is 0."""
    W = 3.0 * rotation(rng, 3)
    expect(student.jacobian_bound(W, 0.5, 1)).close_to(1.5)
    expect(student.jacobian_bound(W, 0.5, 0)).close_to(1.0)
    expect(student.jacobian_bound(np.zeros((3, 3)), 0.5, 2)).close_to(0.0)


# gradient_can_explode --------------------------------------------------------------


@task("gradient_can_explode", points=1, short="by hand")
def test_conditions_by_hand(student, rng):
    """diag(0.3, -1.2) fulfills it for gamma = 1, diag(0.3, -0.9) does not."""
    expect(student.gradient_can_explode(np.diag([0.3, -1.2]), 1.0)).close_to(True)
    expect(student.gradient_can_explode(np.diag([0.3, -0.9]), 1.0)).close_to(False)


@task("gradient_can_explode", points=2, short="random")
def test_random_matrices_on_both_sides(student, rng):
    """Norms 1 % above and below 1/gamma, for gamma = 1/4, 1, 1.7; sizes 1 to 5."""
    for n in (5, 3, 1):
        for gamma in (0.25, 1.0, 1.7):
            s = rng.uniform(0.7, 0.95, n)
            s[0] = 1.0
            W = rotation(rng, n) * s @ rotation(rng, n) / gamma
            expect(student.gradient_can_explode(1.01 * W, gamma)).close_to(True)
            expect(student.gradient_can_explode(0.99 * W, gamma)).close_to(False)


@task("gradient_can_explode", points=1, short="eigenvalues")
def test_the_eigenvalues_of_w_do_not_decide(student, rng):
    """((2, 2), (-2, -2)) has only eigenvalue 0, and can; a fifth of it cannot."""
    W = np.array([[2.0, 2.0], [-2.0, -2.0]])
    expect(student.gradient_can_explode(W, 1.0)).close_to(True)
    expect(student.gradient_can_explode(0.2 * W, 1.0)).close_to(False)


@task("gradient_can_explode", points=1, short="gamma")
def test_the_slope_of_the_activation_counts(student, rng):
    """W = 2 I can explode under tanh, not under the sigmoid; gamma = 2 allows more."""
    eye = np.eye(3)
    expect(student.gradient_can_explode(1.5 * eye, 2.0)).close_to(True)
    expect(student.gradient_can_explode(2.0 * eye, 1.0)).close_to(True)
    expect(student.gradient_can_explode(2.0 * eye, 0.25)).close_to(False)
    expect(student.gradient_can_explode(0.55 * eye, 2.0)).close_to(True)
    expect(student.gradient_can_explode(0.0 * eye, 1.0)).close_to(False)


# vanishing_example, exploding_example ----------------------------------------------


def judged(answer, n, T, which):
    """‖∂g_T/∂g_0‖ of an example, by minigrad and by differences, if it is allowed.

    The eigenvalue that has to be 4 is ``which`` of WᵀW: the first, or all to the last.
    """
    is_triple = type(answer) in (list, tuple) and len(answer) == 3
    expect(answer).is_true(is_triple, "expected the three arrays W, b, g0")
    W, b, g0 = expect(answer).arrays([(n, n), (n,), (n,)])
    largest = max(np.abs(part).max() for part in (W, b, g0))
    expect(answer).is_true(
        largest <= 100, f"expected entries up to 100, but one is {largest:.3g}"
    )
    found = np.linalg.eigvalsh(W.T @ W)[n - which]
    expect(answer).is_true(
        found >= 4 * (1 - 1e-9), f"expected λ_{which}(WᵀW) >= 4, but it is {found:.3g}"
    )
    net = Net(W, np.zeros((n, 1)), b, g0, np.zeros((T, 1)))
    run = lambda g: net.state(g, TANH[0])
    h = 1e-7
    columns = [(run(g0 + h * e) - run(g0 - h * e)) / (2 * h) for e in np.eye(n)]
    engine = np.linalg.norm(mg.jacobian(run)(g0), 2)
    differences = np.linalg.norm(np.stack(columns, axis=1), 2)
    # Tiny norms drown in the rounding of g/h; large ones saturate: hence both sides.
    return float(engine), float(differences)


def vanishes(student, n, T):
    answer = student.vanishing_example(n, T)
    for norm in judged(answer, n, T, n):  # else a matrix of ones were an example
        message = f"expected ‖∂g_{T}/∂g_0‖ <= 1e-6, but it is {norm:.3g}"
        expect(answer).is_true(norm <= 1e-6, message)


def explodes(student, n, T):
    answer = student.exploding_example(n, T)
    norm, differences = judged(answer, n, T, 1)
    message = f"expected ‖∂g_{T}/∂g_0‖ >= 1e6, but it is {norm:.3g}"
    expect(answer).is_true(norm >= 1e6, message)
    # A step of 1e-7 leaves the linear range once it is multiplied by 1e6 and more.
    message = f"differences see only {differences:.3g}, not even 1e5"
    expect(answer).is_true(differences >= 1e5, message)


@task("vanishing_example", points=1, short="n = 2")
def test_two_units_whose_gradient_vanishes(student, rng):
    """W doubles every length at least, and yet ‖∂g_20/∂g_0‖ <= 10^-6."""
    vanishes(student, 2, 20)


@task("vanishing_example", points=2, short="n = 5")
def test_five_units_whose_gradient_vanishes(student, rng):
    """The same with n = 5, after 20 and after 50 steps."""
    vanishes(student, 5, 20)
    vanishes(student, 5, 50)


@task("vanishing_example", points=1, short="n = 1")
def test_one_unit_or_three_whose_gradient_vanishes(student, rng):
    """With n = 1, W itself is at least 2 or at most -2; and with n = 3."""
    vanishes(student, 1, 20)
    vanishes(student, 3, 30)


@task("exploding_example", points=1, short="n = 2")
def test_two_units_whose_gradient_explodes(student, rng):
    """λ_1(WᵀW) >= 4 and ‖∂g_20/∂g_0‖ >= 10^6."""
    explodes(student, 2, 20)


@task("exploding_example", points=2, short="n = 5")
def test_five_units_whose_gradient_explodes(student, rng):
    """The same with n = 5, after 20 and after 25 steps."""
    explodes(student, 5, 20)
    explodes(student, 5, 25)


@task("exploding_example", points=1, short="n = 1")
def test_a_single_unit_whose_gradient_explodes(student, rng):
    """The same with n = 1."""
    explodes(student, 1, 20)
