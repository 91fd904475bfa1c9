"""The checks of chapter 08, in teaching order for each of the five functions.

W weights, w widths, x sample, g = ∇R, K kernel.  Expected values come from another
road: complex steps, matrices built from known singular values, integrals by quadrature,
gradient flows that minigrad's gradients drive.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

# (ρ, ρ') in plain NumPy, so that complex numbers and minigrad's tensors pass through.
IDENTITY = (lambda z: 1.0 * z, lambda z: np.ones_like(z))
SQUARE = (lambda z: z * z, lambda z: 2 * z)
TANH = (lambda z: np.tanh(z), lambda z: 1 - np.tanh(z) ** 2)
SOFTPLUS = (lambda z: np.log(1 + np.exp(z)), lambda z: 1 / (1 + np.exp(-z)))
SIN = (lambda z: np.sin(z), lambda z: np.cos(z))
SMOOTH = [TANH, SOFTPLUS, SIN]
WIDTHS = [(5, 3, 7), (3, 7, 5, 2), (4, 4, 4, 4), (1, 6, 6, 1)]  # w_1, ..., w_{J+1}


def relu(at_zero):
    """(ρ, ρ') of ReLU, with this slope at the kink."""
    return lambda z: np.maximum(z, 0.0), lambda z: np.heaviside(z, at_zero)


def network(Ws, x, rho):
    """Φ_J(x)."""
    phi = Ws[0] @ x / np.sqrt(Ws[0].shape[1])
    for W in Ws[1:]:
        phi = W @ rho(phi) / np.sqrt(W.shape[1])
    return phi


def gaussian(rng, widths):
    """Weights W_1..W_J, a sample x and a gradient at the output."""
    Ws = [rng.standard_normal((n, m)) for m, n in pairwise(widths)]
    return Ws, rng.standard_normal(widths[0]), rng.standard_normal(widths[-1])


def slopes(f, Ws):
    """The derivative of f in every weight by complex steps: no formula, no loss."""
    h, found = 1e-30, []
    for j, W in enumerate(Ws):
        D = np.zeros_like(W)
        for at in np.ndindex(W.shape):
            V = W.astype(complex)
            V[at] += 1j * h
            D[at] = np.imag(f([*Ws[:j], V, *Ws[j + 1 :]])) / h
        found.append(D)
    return found


# weight_velocity -------------------------------------------------------------------


@task("weight_velocity", points=1, short="J = 1")
def test_one_layer_moves_along_its_input(student, rng):
    """J = 1, W (3, 5): -lam ∇R xᵀ / √5, and no ρ on the input."""
    Ws, x, g = gaussian(rng, (5, 3))
    right = [np.array([[-0.7 * a * b / 5**0.5 for b in x] for a in g])]
    expect(student.weight_velocity(Ws, x, g, *SIN, 0.7)).close_to(right)


@task("weight_velocity", points=2, short="by hand")
def test_two_layers_by_hand(student, rng):
    """ρ(z) = z², x = (2, 0, 0, -2), w = (4, 4, 2): Φ_1 = (1, -1, 2, 0)."""
    W1 = np.array([[1.0, 5, 3, 0], [0, -2, 1, 1], [3, 1, 0, 1], [2, 0, -1, 2]])
    W2 = np.array([[1.0, 3, -1, 5], [0, 1, 1, 2]])
    x, g = np.array([2.0, 0, 0, -2]), np.array([1.0, -2.0])
    # Φ_1 = W_1 x / 2, W_2ᵀ g = (1, 1, -3, 1), times 2 Φ_1 / 2: B_1ᵀ g = (1, -1, -6, 0)
    by_hand = [
        np.array([[-2.0, 0, 0, 2], [2, 0, 0, -2], [12, 0, 0, -12], [0, 0, 0, 0]]),
        np.array([[-1.0, -1, -4, 0], [2, 2, 8, 0]]),
    ]
    expect(student.weight_velocity([W1, W2], x, g, *SQUARE, 2.0)).close_to(by_hand)


@task("weight_velocity", points=3, short="random")
def test_random_networks(student, rng):
    """Widths (5, 3, 7) to (1, 6, 6, 1), with tanh, softplus and sin."""
    for widths in WIDTHS:
        for rho, drho in SMOOTH:
            Ws, x, g = gaussian(rng, widths)
            lam = float(rng.uniform(0.3, 3.0))
            f = lambda Ws, x=x, g=g, rho=rho: g @ network(Ws, x, rho)
            right = [-lam * D for D in slopes(f, Ws)]
            expect(student.weight_velocity(Ws, x, g, rho, drho, lam)).close_to(right)


@task("weight_velocity", points=2, short="dead")
def test_dead_units_hold_the_weights_below(student, rng):
    """ReLU, Φ_1 = (2, 0, -1): no velocity behind slope 0; with ρ'(0) = 1/2 there is."""
    W1, W2 = np.array([[2.0], [0.0], [-1.0]]), np.array([[1.0, 3.0, 5.0]])
    x, g = np.array([1.0]), np.array([-1.0])
    for slope in (0.0, 0.5):
        right = [
            np.array([[1.0], [3.0 * slope], [0.0]]) / 3**0.5,
            np.array([[2.0, 0.0, 0.0]]) / 3**0.5,
        ]
        rho, drho = relu(slope)
        expect(student.weight_velocity([W1, W2], x, g, rho, drho, 1.0)).close_to(right)


@task("weight_velocity", points=2, short="engine")
def test_the_velocity_agrees_with_the_engine_and_differences(student, rng):
    """-dW/dt / lam is the gradient of ∇R.Φ in all W, by minigrad and by differences."""
    for widths in [(5, 3), (5, 3, 7), (3, 7, 5, 2)]:
        for rho, drho in SMOOTH:
            Ws, x, g = gaussian(rng, widths)
            answer = student.weight_velocity(Ws, x, g, rho, drho, 0.5)
            velocity = expect(answer).arrays([W.shape for W in Ws])
            f = lambda Ws, x=x, g=g, rho=rho: np.dot(g, network(Ws, x, rho))
            expect([-V / 0.5 for V in velocity]).gradient_of(f, Ws)


# velocity_bound --------------------------------------------------------------------


def turned(rng, shape, largest):
    """A random matrix of this largest singular value, and of others half as large."""
    n = min(shape)
    left = np.linalg.qr(rng.standard_normal((shape[0], n)))[0]
    right = np.linalg.qr(rng.standard_normal((shape[1], n)))[0]
    s = rng.uniform(0.3, 0.5, n)
    s[0] = 1.0
    return largest * (left * s) @ right.T


@task("velocity_bound", points=1, short="by hand")
def test_a_bound_by_hand(student, rng):
    """u = (1 + 2, 3 + 1), |x| = 2, |∇R| = 3, w = (1, 4): 2 · 3 · 5 / 2, times lam."""
    W1, W2 = np.array([[0.0], [1], [0], [0]]), np.array([[0.0, 0, 3, 0]])
    now = [W1 + np.array([[2.0], [0], [0], [0]]), W2 + np.array([[1.0, 0, 0, 0]])]
    x, g = np.array([2.0]), np.array([-3.0])
    expect(student.velocity_bound(now, [W1, W2], x, g, 0.5)).close_to(7.5)


@task("velocity_bound", points=2, short="random")
def test_bounds_of_random_weights(student, rng):
    """Weights and displacements of known norms, two to four layers, any widths."""
    for widths in [(5, 3, 7), (3, 7, 5, 2), (4, 4, 4, 4), (2, 3, 5, 4, 3)]:
        _, x, g = gaussian(rng, widths)
        shapes = [(n, m) for m, n in pairwise(widths)]
        far, near = rng.uniform(0.5, 2.0, (2, len(shapes)))
        start = [turned(rng, s, a) for s, a in zip(shapes, far, strict=True)]
        moved = [turned(rng, s, a) for s, a in zip(shapes, near, strict=True)]
        now = [W + V for W, V in zip(start, moved, strict=True)]
        u = np.sum((far + near) ** 2) ** 0.5
        right = 0.7 * np.sqrt(np.sum(x**2) * np.sum(g**2)) * u ** (len(shapes) - 1)
        right /= np.prod([w**0.5 for w in widths[:-1]])
        expect(student.velocity_bound(now, start, x, g, 0.7)).close_to(float(right))


@task("velocity_bound", points=1, short="J = 1")
def test_one_layer_attains_the_bound(student, rng):
    """J = 1: the bound is the norm of minigrad's gradient, wherever the weights are."""
    Ws, x, g = gaussian(rng, (5, 3))
    start = [W + 1.0 for W in Ws]
    G = mg.grad(lambda W: np.dot(g, network([W], x, TANH[0])))(Ws[0])
    right = float(0.3 * np.linalg.norm(G, 2))
    expect(student.velocity_bound(Ws, start, x, g, 0.3)).close_to(right)


@task("velocity_bound", points=2, short="holds")
def test_no_velocity_exceeds_the_bound(student, rng):
    """Ten tanh networks; no wild guess; for twice the weights 2^(J-1) times that."""
    for _ in range(10):
        start, x, g = gaussian(rng, (3, 5, 4, 2))
        now = [W + 0.3 * rng.standard_normal(W.shape) for W in start]
        f = lambda Ws, x=x, g=g: np.dot(g, network(Ws, x, TANH[0]))
        fastest = max(np.linalg.norm(G, 2) for G in mg.grad(f)(now))
        bound = expect(student.velocity_bound(now, start, x, g, 1.0)).number()
        message = f"expected a number from the largest ‖dW_j/dt‖ = {fastest:.3g} up"
        expect(bound).is_true(bound >= fastest * (1 - 1e-9), message)
        norm = np.linalg.norm  # of all entries: never smaller than the spectral norm
        u = [norm(W - W0) + norm(W0) for W, W0 in zip(now, start, strict=True)]
        loose = norm(x) * norm(g) * norm(u) ** 2 / 60**0.5
        expect(bound).is_true(
            bound <= loose * (1 + 1e-9), f"expected at most {loose:.3g}"
        )
        twice = [2.0 * W for W in now], [2.0 * W for W in start]
        expect(student.velocity_bound(*twice, x, g, 1.0)).close_to(4.0 * bound)


# predicted_displacement ------------------------------------------------------------


def kernels(rng, J):
    """Random Σ_1..Σ_J and dotΣ_2..dotΣ_J."""
    return rng.uniform(0.2, 1.5, J), rng.uniform(0.3, 0.9, J - 1)


@task("predicted_displacement", points=1, short="by hand")
def test_two_layers_at_the_end_by_hand(student, rng):
    """S = (36, 16), D = 1/4: shares 9 and 16, K = 25; r0 = 5, t large: 3/5 and 4/5."""
    S, D = np.array([36.0, 16.0]), np.array([0.25])
    found = student.predicted_displacement(5.0, S, D, 1.0, 10.0)
    expect(found).close_to(np.array([0.6, 0.8]))


@task("predicted_displacement", points=2, short="random")
def test_the_integral_of_the_residual(student, rng):
    """1 to 4 layers: lam √K_j times ∫ |r(s)| ds, by Gauss's quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for J in (2, 3, 4, 1):
        S, D = kernels(rng, J)
        shares = np.array([S[j] * np.prod(D[j:]) for j in range(J)])
        r0, lam = float(rng.uniform(0.5, 2.0)), float(rng.uniform(0.3, 2.0))
        for t in (0.4, 2.0):
            residual = r0 * np.exp(-lam * shares.sum() * t * (nodes + 1) / 2)
            integral = t / 2 * weights @ residual
            right = lam * np.sqrt(shares) * integral
            found = student.predicted_displacement(r0, S, D, lam, t)
            expect(found).close_to(right)


@task("predicted_displacement", points=1, short="sign")
def test_a_displacement_is_no_less_than_zero(student, rng):
    """r0 and -r0 move the weights by the same lengths; 2 r0 by twice as much."""
    S, D = kernels(rng, 3)
    there = student.predicted_displacement(0.5, S, D, 0.7, 1.5)
    lengths = expect(there).array((3,))
    expect(lengths).is_true(bool(np.all(lengths > 0)), "expected positive lengths")
    back = student.predicted_displacement(-0.5, S, D, 0.7, 1.5)
    expect(back).close_to(lengths)
    expect(student.predicted_displacement(-1.0, S, D, 0.7, 1.5)).close_to(2 * lengths)


@task("predicted_displacement", points=1, short="relu")
def test_relu_moves_all_layers_alike(student, rng):
    """ReLU, |x|² = w_1: Σ_j = 2^(1-j), dotΣ = 1/2, so K = J 2^(1-J); the end."""
    for J in (2, 5):
        S, D = 0.5 ** np.arange(J), np.full(J - 1, 0.5)
        right = np.full(J, 1.0 / (J * 2.0 ** ((1 - J) / 2)))
        expect(student.predicted_displacement(1.0, S, D, 3.0, 99.0)).close_to(right)


@task("predicted_displacement", points=2, short="engine")
def test_a_flow_of_minigrad_moves_as_predicted(student, rng):
    """Features of lengths √K_j, W moved by minigrad's gradient: J = 3 and J = 1."""
    for J in (3, 1):
        S, D = kernels(rng, J)
        features = [rng.standard_normal(n) for n in (5, 3, 7)[:J]]
        for j, a in enumerate(features):
            a *= np.sqrt(S[j] * np.prod(D[j:]) / np.sum(a**2))
        start = [rng.standard_normal(a.shape) for a in features]
        f = lambda Ws, A=features: sum(map(np.dot, A, Ws))
        y = f(start) + 0.8  # the residual is negative
        end = flowed(lambda Ws, f=f, y=y: (f(Ws) - y) ** 2 / 2, start, 1.3, 0.6)
        right = [np.linalg.norm(W - V) for W, V in zip(end, start, strict=True)]
        # The integrator, classical Runge-Kutta with 100 steps, is right to 1e-10.
        found = student.predicted_displacement(-0.8, S, D, 1.3, 0.6)
        expect(found).close_to(np.array(right), rtol=1e-8)


def flowed(R, Ws, lam, t, steps=100):
    """W(t) of dW/dt = -lam ∂R/∂W by minigrad, in classical Runge-Kutta steps."""
    h, sizes = t / steps, np.cumsum([W.size for W in Ws])[:-1]
    parts = lambda w: [
        a.reshape(W.shape) for a, W in zip(np.split(w, sizes), Ws, strict=True)
    ]
    flat = lambda Ws: np.concatenate([np.ravel(W) for W in Ws])
    v = lambda w: -lam * flat(mg.grad(R)(parts(w)))
    w = flat(Ws)
    for _ in range(steps):
        a = v(w)
        b = v(w + h / 2 * a)
        c = v(w + h / 2 * b)
        w = w + h / 6 * (a + 2 * b + 2 * c + v(w + h * c))
    return parts(w)


# kernel_drift_bound ----------------------------------------------------------------


@task("kernel_drift_bound", points=1, short="by hand")
def test_bounds_by_hand(student, rng):
    """diag(3, 1) to diag(3, 5): (5 + 3) · 4; and a row, (3, 4) to (3, -8)."""
    J0, Jt = np.diag([3.0, 1.0]), np.diag([3.0, 5.0])
    expect(student.kernel_drift_bound(J0, Jt)).close_to(32.0)
    J0, Jt = np.array([[0.0, 4.0]]), np.array([[0.0, -8.0]])
    expect(student.kernel_drift_bound(J0, Jt)).close_to(144.0)


@task("kernel_drift_bound", points=2, short="random")
def test_bounds_of_random_jacobians(student, rng):
    """Known singular values; shapes (3, 7), (5, 5), (7, 3) and (1, 5)."""
    for shape in [(3, 7), (5, 5), (7, 3), (1, 5)]:
        J0 = turned(rng, shape, 1.3)
        for step in (turned(rng, shape, 0.4), -1.5 * J0):
            sizes = [np.sqrt(np.linalg.eigvalsh(J @ J.T)[-1]) for J in (J0, J0 + step)]
            move = np.sqrt(np.linalg.eigvalsh(step @ step.T)[-1])
            right = float(move * sizes[1] + move * sizes[0])
            expect(student.kernel_drift_bound(J0, J0 + step)).close_to(right)


@task("kernel_drift_bound", points=1, short="sharp")
def test_growing_in_place_attains_the_bound(student, rng):
    """Jt = 3 J0: the kernel grows by 8 J0 J0ᵀ, and that is the bound."""
    J0 = rng.standard_normal((3, 5))
    right = float(np.linalg.norm(9 * J0 @ J0.T - J0 @ J0.T, 2))
    expect(student.kernel_drift_bound(J0, 3.0 * J0)).close_to(right)


@task("kernel_drift_bound", points=1, short="engine")
def test_no_kernel_of_minigrad_drifts_further(student, rng):
    """Kernels of a tanh network at two weights; the bound is the same both ways."""
    for _ in range(5):
        Ws, x, _ = gaussian(rng, (3, 5, 2))
        now = [W + 0.2 * rng.standard_normal(W.shape) for W in Ws]
        J0, Jt = (whole_jacobian(V, x) for V in (Ws, now))
        drift = np.linalg.norm(Jt @ Jt.T - J0 @ J0.T, 2)
        bound = expect(student.kernel_drift_bound(J0, Jt)).number()
        message = f"expected a number from the drift {drift:.3g} up"
        expect(bound).is_true(bound >= drift * (1 - 1e-9), message)
        loose = (np.linalg.norm(J0) + np.linalg.norm(Jt)) * np.linalg.norm(Jt - J0)
        expect(bound).is_true(
            bound <= loose * (1 + 1e-9), f"expected at most {loose:.3g}"
        )
        expect(student.kernel_drift_bound(Jt, J0)).close_to(bound)


def whole_jacobian(Ws, x):
    """(m, p): the Jacobian of a tanh network in all its weights, by minigrad."""
    parts = mg.jacobian(lambda Ws: network(Ws, x, TANH[0]))(Ws)
    return np.concatenate([np.reshape(part, (len(part), -1)) for part in parts], axis=1)


# linearized_output -----------------------------------------------------------------


@task("linearized_output", points=1, short="by hand")
def test_two_samples_that_do_not_meet(student, rng):
    """K = diag(1, 2), lam t = ln 2: the residuals 4 and -8 are halved and quartered."""
    f0, y = np.array([5.0, -7.0]), np.array([1.0, 1.0])
    found = student.linearized_output(np.diag([1.0, 2.0]), f0, y, 2.0, np.log(2.0) / 2)
    expect(found).close_to(np.array([3.0, -1.0]))


def kernel(rng, values):
    """A symmetric K of these eigenvalues, and its eigenvectors."""
    Q = np.linalg.qr(rng.standard_normal((len(values), len(values))))[0]
    K = Q * np.array(values) @ Q.T
    return (K + K.T) / 2, Q


@task("linearized_output", points=2, short="random")
def test_each_eigenvector_at_its_own_rate(student, rng):
    """K from known eigenvalues, n = 5, 3, 1; three times each."""
    for values in [(0.2, 0.5, 1.0, 2.0, 4.0), (0.3, 0.7, 1.5), (0.9,)]:
        K, Q = kernel(rng, values)
        y, c = rng.standard_normal((2, len(values)))
        f0 = y + sum(a * q for a, q in zip(c, Q.T, strict=True))
        for lam, t in [(1.0, 0.5), (0.3, 2.0), (2.0, 1.7)]:
            left = c * 0.5 ** (lam * t * np.array(values) / np.log(2))
            right = y + sum(a * q for a, q in zip(left, Q.T, strict=True))
            expect(student.linearized_output(K, f0, y, lam, t)).close_to(right)


@task("linearized_output", points=1, short="start, end")
def test_the_start_and_the_end(student, rng):
    """At t = 0 it is f0; after a long time it is y."""
    K, _ = kernel(rng, (0.5, 1.0, 2.0, 3.0))
    f0, y = rng.standard_normal((2, 4))
    middle = student.linearized_output(np.eye(4), f0, y, 1.0, np.log(2.0))
    expect(middle).close_to((f0 + y) / 2)
    expect(student.linearized_output(K, f0, y, 0.7, 0.0)).close_to(f0)
    expect(student.linearized_output(K, f0, y, 0.7, 100.0)).close_to(y)


@task("linearized_output", points=1, short="singular")
def test_what_the_kernel_does_not_see_stays(student, rng):
    """K = (1, 1; 1, 1): f_1 - f_2 never moves, f_1 + f_2 goes at the rate 2."""
    K, f0, y = np.ones((2, 2)), np.array([4.0, 1.0]), np.array([0.0, 3.0])
    at_half = student.linearized_output(K, f0, y, 1.0, np.log(2.0) / 2)
    # residual (4, -2) = (1, 1) + (3, -3): the first part is halved
    expect(at_half).close_to(y + np.array([3.5, -2.5]))


@task("linearized_output", points=2, short="engine")
def test_training_a_linear_model_with_minigrad(student, rng):
    """f = A w, K = A Aᵀ: the outputs of a flow that minigrad's gradients drive."""
    for n, p in [(3, 5), (5, 3)]:
        A, y = rng.standard_normal((n, p)) / 2, rng.standard_normal(n)
        w = rng.standard_normal(p)
        R = lambda Ws, A=A, y=y: np.sum((A @ Ws[0] - y) ** 2) / 2
        right = A @ flowed(R, [w], 0.8, 0.9)[0]
        found = student.linearized_output(A @ A.T, A @ w, y, 0.8, 0.9)
        expect(found).close_to(right, rtol=1e-8)  # what the integrator leaves
