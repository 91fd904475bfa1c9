"""The checks of chapter 13, in teaching order for each of the seven functions.

sig neurons at samples, p weights, R risk, theta particles, rho density, F energy.
Expected values come from another road: risks of networks, sums over all draws, mass
moved cell by cell, known eigenvalues, complex steps; minigrad and differences at last.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

SIZES = [(5, 3), (3, 7), (4, 4), (1, 6), (6, 1)]


def neurons(rng, N, n):
    """Values of N neurons at n samples, and targets."""
    return rng.standard_normal((N, n)), rng.standard_normal(n)


def weights(rng, M):
    """Probabilities."""
    p = rng.uniform(0.2, 1.0, M)
    return p / p.sum()


def risk(p, sig, y):
    """E[(f - y)²] of the network Σ p_i σ_i; np.dot knows tensors."""
    return np.mean((np.dot(p, sig) - y) ** 2)


# potentials ------------------------------------------------------------------------


def three(answer, N):
    """The number, the vector and the matrix of an answer, for claims about them."""
    is_triple = type(answer) in (list, tuple) and len(answer) == 3
    expect(answer).is_true(is_triple, "expected three results, as in (Rsharp, V, U)")
    Rsharp, V, U = answer
    return expect(Rsharp).number(), expect(V).array((N,)), expect(U).array((N, N))


@task("potentials", points=1, short="by hand")
def test_two_neurons_by_hand(student, rng):
    """Three samples, y = (3, 0, 3): means over them, V with a minus."""
    sig = np.array([[1.0, 2.0, -2.0], [0.0, 3.0, -3.0]])
    right = 6.0, np.array([1.0, 3.0]), np.array([[3.0, 4.0], [4.0, 6.0]])
    expect(student.potentials(sig, np.array([3.0, 0.0, 3.0]))).close_to(right)


@task("potentials", points=2, short="random")
def test_random_neurons(student, rng):
    """N, n from (5, 3) to (6, 1), each mean summed by itself."""
    for N, n in SIZES:
        sig, y = neurons(rng, N, n)
        mean = lambda a, b: math.fsum(s * t for s, t in zip(a, b, strict=True)) / len(a)
        right = (
            mean(y, y),
            np.array([-mean(s, y) for s in sig]),
            np.array([[mean(s, t) for t in sig] for s in sig]),
        )
        expect(student.potentials(sig, y)).close_to(right)


@task("potentials", points=2, short="risk")
def test_the_energy_is_the_risk(student, rng):
    """R# + 2/N Σ V + 1/N² Σ U is R_N, exactly; R# + 2p.V + p.Up is R(ρ)."""
    for N, n in SIZES:
        sig, y = neurons(rng, N, n)
        Rsharp, V, U = three(student.potentials(sig, y), N)
        for p in (np.full(N, 1 / N), weights(rng, N), np.eye(N)[0]):
            right = np.mean((y - sum(a * s for a, s in zip(p, sig, strict=True))) ** 2)
            scale = Rsharp + 2 * np.abs(p @ V) + p @ U @ p  # the terms cancel
            expect(Rsharp + 2 * p @ V + p @ U @ p).close_to(float(right), scale=scale)


@task("potentials", points=2, short="engine")
def test_the_potentials_agree_with_the_engine_and_differences(student, rng):
    """V + U p is half the gradient of R(ρ) in p, U q its change in the direction q."""
    for N, n in [(5, 3), (3, 7), (4, 4)]:
        sig, y = neurons(rng, N, n)
        p, q = weights(rng, N), rng.standard_normal(N)
        _, V, U = three(student.potentials(sig, y), N)
        half = lambda p, sig=sig, y=y: risk(p, sig, y) / 2
        expect(V + U @ p).gradient_of(half, p)
        expect(U @ q).gradient_of(lambda q, sig=sig: risk(q, sig, 0.0) / 2, q)


# particle_step ---------------------------------------------------------------------

NETS = [(5, 3, 7), (3, 2, 5), (4, 4, 4), (1, 1, 6), (7, 3, 1)]  # N, d, n


def particles(rng, N, d, n):
    """theta, X and y."""
    shapes = (N, 2 + d), (d, n), n
    return tuple(rng.standard_normal(shape) for shape in shapes)


def network(theta, X):
    """f at all samples, layer by layer."""
    hidden = np.tanh(np.dot(theta[:, 2:], X) + theta[:, 1:2])
    return np.dot(theta[:, 0], hidden) / len(theta)


def network_risk(theta, X, y):
    return np.mean((network(theta, X) - y) ** 2)


def stepped(theta, X, y, eps):
    """theta - eps N/2 ∂R_N/∂theta, entry by entry by complex steps."""
    h, found = 1e-30, theta.copy()
    for at in np.ndindex(theta.shape):
        moved = theta.astype(complex)
        moved[at] += 1j * h
        found[at] -= eps * len(theta) / 2 * np.imag(network_risk(moved, X, y)) / h
    return found


@task("particle_step", points=1, short="by hand")
def test_two_particles_by_hand(student, rng):
    """b = w = 0, where tanh is 0 and its slope 1; samples 1 and 3, targets 2 and 4."""
    theta = np.array([[2.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    X, y = np.array([[1.0, 3.0]]), np.array([2.0, 4.0])
    # E[y] = 3 and E[y x] = 7, each times a: (0, 6, 14) and (0, -3, -7), times 1/2
    right = np.array([[2.0, 3.0, 7.0], [-1.0, -1.5, -3.5]])
    expect(student.particle_step(theta, X, y, 0.5)).close_to(right)


@task("particle_step", points=3, short="random")
def test_random_particles(student, rng):
    """N, d, n from (5, 3, 7) to (7, 3, 1): N/2 times the gradient of R_N."""
    for sizes in NETS:
        theta, X, y = particles(rng, *sizes)
        for eps in (0.7, 2.0):
            right = stepped(theta, X, y, eps)
            expect(student.particle_step(theta, X, y, eps)).close_to(right)


@task("particle_step", points=1, short="time scale")
def test_time_does_not_depend_on_how_many_there_are(student, rng):
    """Every particle three times: the same network, and each moves as it did."""
    theta, X, y = particles(rng, 4, 2, 5)
    right = stepped(theta, X, y, 0.6)
    three_times = np.concatenate([theta] * 3), np.concatenate([right] * 3)
    found = student.particle_step(three_times[0], X, y, 0.6)
    expect(found).close_to(three_times[1])


@task("particle_step", points=1, short="at rest")
def test_nobody_moves_where_the_fit_is_perfect(student, rng):
    """y = f: all stay.  A neuron with a = 0 is not seen, and only its a moves."""
    theta, X, y = particles(rng, 3, 2, 5)
    theta[1, 0] = 0.0
    expect(student.particle_step(theta, X, y, 1.0)).close_to(stepped(theta, X, y, 1.0))
    still = student.particle_step(theta, X, network(theta, X), 1.0)
    expect(still).close_to(theta)


@task("particle_step", points=2, short="engine")
def test_the_step_agrees_with_the_engine_and_differences(student, rng):
    """What a step moves, over -eps N/2, is the gradient of R_N: three roads."""
    for sizes in [(5, 3, 7), (3, 2, 5), (4, 4, 4)]:
        theta, X, y = particles(rng, *sizes)
        after = expect(student.particle_step(theta, X, y, 0.5)).array(theta.shape)
        f = lambda theta, X=X, y=y: network_risk(theta, X, y)
        expect((theta - after) / (0.5 * len(theta) / 2)).gradient_of(f, theta)


# expected_gap ----------------------------------------------------------------------


@task("expected_gap", points=1, short="by hand")
def test_a_gap_by_hand(student, rng):
    """1 and -1 with weights 1/4 and 3/4 have variance 3/4; where both are 1, none."""
    sig, p = np.array([[1.0, 1.0], [-1.0, 1.0]]), np.array([0.25, 0.75])
    expect(student.expected_gap(sig, p, 3)).close_to(0.125)


def mean_gap(sig, y, p, N):
    """E[R_N] - R(ρ), a sum over every way to draw N atoms."""
    terms = []
    for draw in product(range(len(p)), repeat=N):
        f = np.mean(sig[list(draw)], axis=0)
        terms.append(np.prod(p[list(draw)]) * np.mean((f - y) ** 2))
    return math.fsum(terms) - risk(p, sig, y)


@task("expected_gap", points=2, short="all draws")
def test_the_mean_over_all_draws(student, rng):
    """M, n from (5, 3) to (6, 1), N = 1, 2, 3: every draw with its probability."""
    for M, n in SIZES:
        sig, y = neurons(rng, M, n)
        p = weights(rng, M)
        for N in (1, 2, 3):
            right, scale = mean_gap(sig, y, p, N), risk(p, sig, y)  # both cancel
            expect(student.expected_gap(sig, p, N)).close_to(right, scale=scale)


@task("expected_gap", points=1, short="kappa")
def test_the_bound_kappa_over_n(student, rng):
    """Pairs σ and -σ: f = 0, and the gap is κ/N itself; else E f²/N less."""
    sig, _ = neurons(rng, 3, 5)
    pairs, p = np.concatenate([sig, -sig]), np.tile(weights(rng, 3) / 2, 2)
    kappa = p @ np.mean(pairs**2, axis=1)
    for N in (1, 10, 10**6):
        expect(student.expected_gap(pairs, p, N)).close_to(float(kappa / N))
    found = student.expected_gap(pairs + 1.0, p, 10)
    expect(found).close_to(float((kappa + 1.0) / 10 - 0.1))


@task("expected_gap", points=1, short="one atom")
def test_one_neuron_is_no_mixture(student, rng):
    """All weight on one atom: no gap.  An atom of weight 0 does not count."""
    sig, y = neurons(rng, 4, 3)
    p = np.array([0.3, 0.0, 0.7, 0.0])
    right, scale = mean_gap(sig, y, p, 2), risk(p, sig, y)
    expect(student.expected_gap(sig, p, 2)).close_to(right, scale=scale)
    expect(student.expected_gap(sig, np.eye(4)[2], 2)).close_to(0.0)


@task("expected_gap", points=2, short="engine")
def test_the_gap_agrees_with_the_engine_and_differences(student, rng):
    """1/N Σ p_i (e_i - p).H(e_i - p)/2 with minigrad's Hessian; s ∂/∂s is twice it."""
    for M, n in [(5, 3), (3, 7), (4, 4)]:
        sig, y = neurons(rng, M, n)
        p, N = weights(rng, M), 7
        found = expect(student.expected_gap(sig, p, N)).number()
        H = mg.hessian(lambda p, sig=sig, y=y: risk(p, sig, y))(p)
        off = np.eye(M) - p
        expect(found).close_to(float(p @ np.einsum("ij,jk,ik->i", off, H, off) / 2 / N))

        def spread(s, sig=sig, p=p):
            f = np.dot(p, s * sig)
            return np.mean(np.dot(p, (s * sig) ** 2) - f**2) / 7

        expect(np.array(2 * found)).gradient_of(spread, np.array(1.0))


# continuity_step -------------------------------------------------------------------


@task("continuity_step", points=1, short="by hand")
def test_three_cells_by_hand(student, rng):
    """Into the middle from both sides; 9 at the ends moves nothing. dt/dx = 1/2."""
    rho, v = np.array([1.0, 2.0, 4.0]), np.array([9.0, 1.0, -1.0, 9.0])
    found = student.continuity_step(rho, v, 0.5, 0.25)
    expect(found).close_to(np.array([0.5, 4.5, 2.0]))


def carried(rho, v, dx, dt):
    """Mass moved edge by edge, out of the cell that it leaves."""
    mass = [r * dx for r in rho]
    for i in range(1, len(rho)):
        source, target = (i - 1, i) if v[i] > 0 else (i, i - 1)
        flow = rho[source] * abs(v[i]) * dt
        mass[source] -= flow
        mass[target] += flow
    return np.array(mass) / dx


@task("continuity_step", points=2, short="random")
def test_random_velocities(student, rng):
    """Five, three, seven and two cells, velocities of both signs; one cell stays."""
    for M in (5, 3, 7, 2):
        for _ in range(3):
            rho, v = rng.uniform(0.1, 2.0, M), rng.uniform(-1.0, 1.0, M + 1)
            right = carried(rho, v, 0.3, 0.12)
            expect(student.continuity_step(rho, v, 0.3, 0.12)).close_to(right)
    alone, out = np.ones(1), np.array([-1.0, 0.5])
    expect(student.continuity_step(alone, out, 0.3, 0.1)).close_to(alone)


@task("continuity_step", points=1, short="shift")
def test_a_step_of_one_cell_is_a_shift(student, rng):
    """v = 1 and dt = dx: all move by one cell and heap up at the wall; v = -1, too."""
    for M in (6, 3):
        rho = rng.uniform(0.1, 2.0, M)
        right = np.array([0.0, *rho[:-2], rho[-2] + rho[-1]])
        expect(student.continuity_step(rho, np.ones(M + 1), 0.2, 0.2)).close_to(right)
        left = np.array([rho[0] + rho[1], *rho[2:], 0.0])
        expect(student.continuity_step(rho, -np.ones(M + 1), 0.2, 0.2)).close_to(left)


@task("continuity_step", points=1, short="mass")
def test_mass_stays_and_nothing_is_negative(student, rng):
    """50 steps away from the middle: the mass is 1, no cell below 0, both ends full."""
    edges = np.linspace(-1.0, 1.0, 9)
    rho = np.exp(-8.0 * (edges[1:] + edges[:-1]) ** 2)
    rho = rho / (rho.sum() * 0.25)
    for _ in range(50):
        right = carried(rho, edges, 0.25, 0.1)
        found = student.continuity_step(rho, edges, 0.25, 0.1)
        expect(found).close_to(right)
        rho = expect(found).array((8,))
        mass = f"expected a mass of 1, not {rho.sum() * 0.25:.9g}"
        expect(rho).is_true(abs(rho.sum() * 0.25 - 1.0) < 1e-9, mass)
        expect(rho).is_true(bool(rho.min() >= 0.0), "expected no density below 0")


@task("continuity_step", points=2, short="engine")
def test_what_a_test_function_sees(student, rng):
    """Σ φ Δρ dx/dt is Σ v ρ Δφ over the edges: its gradient in φ, three ways."""
    for M in (5, 3, 7):
        rho, v = rng.uniform(0.1, 2.0, M), rng.uniform(-1.0, 1.0, M + 1)
        after = expect(student.continuity_step(rho, v, 0.3, 0.12)).array((M,))

        def seen(phi, rho=rho, v=v):
            upwind = np.where(v[1:-1] > 0, rho[:-1], rho[1:])
            return np.sum(v[1:-1] * upwind * (phi[1:] - phi[:-1]))

        expect((after - rho) * 0.3 / 0.12).gradient_of(seen, rng.standard_normal(M))


# prox_step -------------------------------------------------------------------------


def symmetric(rng, values):
    """A symmetric matrix of these eigenvalues, and its eigenvectors as columns."""
    W = np.linalg.qr(rng.standard_normal((len(values), len(values))))[0]
    Q = W * np.array(values) @ W.T
    return (Q + Q.T) / 2, W


@task("prox_step", points=1, short="by hand")
def test_parabolas_by_hand(student, rng):
    """t²/2 from 1, eps = 1/4: 4/5 and not 3/4; then 3t²/2 - 9t/2 from -1, eps = 1/2."""
    one = np.ones(1)
    expect(student.prox_step(np.eye(1), 0 * one, one, 0.25)).close_to(0.8 * one)
    expect(student.prox_step(3 * np.eye(1), 4.5 * one, -one, 0.5)).close_to(0.5 * one)


@task("prox_step", points=2, short="random")
def test_each_eigenvector_by_itself(student, rng):
    """n = 5, 3, 7, 1 with known eigenvalues: a parabola in each direction."""
    for n in (5, 3, 7, 1):
        values = rng.uniform(0.2, 3.0, n)
        Q, W = symmetric(rng, values)
        c, z = rng.standard_normal((2, n))
        for eps in (0.1, 1.0, 10.0):
            parts = [
                (w @ z + eps * (w @ c)) / (1.0 + eps * k)
                for k, w in zip(values, W.T, strict=True)
            ]
            right = sum(part * w for part, w in zip(parts, W.T, strict=True))
            expect(student.prox_step(Q, c, z, eps)).close_to(right)


@task("prox_step", points=2, short="edges")
def test_flat_stiff_and_concave_directions(student, rng):
    """Eigenvalues 0, 10⁶ and -1: no inverse of Q, no explosion, a step uphill there."""
    Q, W = symmetric(rng, (0.0, 1e6, -1.0, 2.0))
    z = rng.standard_normal(4)
    shrunk = (W.T @ z) / (1.0 + 0.5 * np.array([0.0, 1e6, -1.0, 2.0]))
    # 10⁶ in the matrix costs the solver six of sixteen digits
    found = student.prox_step(Q, np.zeros(4), z, 0.5)
    expect(found).close_to(W @ shrunk, rtol=1e-8)
    c = rng.standard_normal(4)
    expect(student.prox_step(np.zeros((4, 4)), c, z, 0.5)).close_to(z + 0.5 * c)


@task("prox_step", points=2, short="engine")
def test_the_step_goes_along_the_gradient_at_its_end(student, rng):
    """(z - t)/eps is the gradient of F at t: the student's, minigrad's, differences."""
    for n in (5, 3, 7):
        Q, _ = symmetric(rng, rng.uniform(0.2, 3.0, n))
        c, z = rng.standard_normal((2, n))
        t = expect(student.prox_step(Q, c, z, 0.6)).array((n,))
        F = lambda t, Q=Q, c=c: np.dot(t, np.dot(Q, t)) / 2 - np.dot(c, t)
        expect((z - t) / 0.6).gradient_of(F, t)


# noisy_step ------------------------------------------------------------------------


def normal(k, shape):
    """What default_rng(k) draws first."""
    return np.random.default_rng(k).standard_normal(shape)


@task("noisy_step", points=1, short="by hand")
def test_a_step_without_and_with_noise_by_hand(student, rng):
    """∇Ψ = 2θ, η = 1/8: T = 0 gives 3/4 θ; T = 4 adds the draws, √(2 · 4/8) = 1."""
    theta, grad = np.array([[4.0, -8.0], [0.0, 2.0]]), lambda t: 2.0 * t
    rngs = [np.random.default_rng(k) for k in (1, 2)]
    found = student.noisy_step(theta, grad, 0.125, 0.0, rngs[0])
    expect(found).close_to(0.75 * theta)
    found = student.noisy_step(theta, grad, 0.125, 4.0, rngs[1])
    expect(found).close_to(0.75 * theta + normal(2, (2, 2)))


@task("noisy_step", points=2, short="random")
def test_random_particles_and_temperatures(student, rng):
    """Shapes (5, 3), (3, 7), (4, 4), (6, 1), (1, 2); steps from 0.05 to 1."""
    for k, shape in enumerate([(5, 3), (3, 7), (4, 4), (6, 1), (1, 2)]):
        theta, grad = rng.standard_normal(shape), lambda t: np.sin(3.0 * t) - 0.5
        for eta, T in [(0.05, 0.3), (0.4, 1.7), (1.0, 0.5)]:
            variance = 2.0 * T * eta
            right = theta - eta * np.sin(3.0 * theta) + eta / 2
            right = right + variance**0.5 * normal(k, shape)
            rng_k = np.random.default_rng(k)
            found = student.noisy_step(theta, grad, eta, T, rng_k)
            expect(found).close_to(right)


@task("noisy_step", points=2, short="temperature")
def test_the_variance_that_stays_is_the_temperature(student, rng):
    """Ψ = θ²/2, T = 0.3, η = 0.1, 1000 particles: E θ² ends at T/(1 - η/2), to 15 %."""
    theta, T, eta = np.zeros((1000, 1)), 0.3, 0.1
    draws = [normal(k, theta.shape) for k in range(40)]
    right = np.zeros_like(theta)
    for k, g in enumerate(draws):
        right = (1.0 - eta) * right + np.sqrt(0.06) * g
        rng_k = np.random.default_rng(k)
        found = student.noisy_step(theta, lambda t: 1.0 * t, eta, T, rng_k)
        expect(found).close_to(right)
        theta = expect(found).array(theta.shape)
    measured = float(np.mean(theta**2))  # its relative deviation is √(2/1000) = 4.5 %
    message = f"expected a mean square near 0.316, not {measured:.3f}"
    expect(measured).is_true(abs(measured / (T / (1 - eta / 2)) - 1) < 0.15, message)


def crowd(theta):
    """A potential in which every particle feels all others."""
    return np.sum(theta**2) / 2 + np.sum(np.tanh(np.sum(theta, axis=0))) - np.sum(theta)


def slope_of(F):
    """∇F by minigrad, as a function of one argument."""
    return lambda theta: np.asarray(mg.grad(F)(theta))


@task("noisy_step", points=2, short="engine")
def test_the_drift_agrees_with_the_engine_and_differences(student, rng):
    """Less the noise, a step over -η is the gradient of Ψ, also if all feel all."""
    for k, shape in enumerate([(5, 3), (3, 7), (4, 4)]):
        theta = rng.standard_normal(shape)
        after = student.noisy_step(
            theta, slope_of(crowd), 0.5, 0.8, np.random.default_rng(k)
        )
        drift = theta + np.sqrt(0.8) * normal(k, shape) - expect(after).array(shape)
        expect(drift / 0.5).gradient_of(crowd, theta)


# free_energy -----------------------------------------------------------------------


@task("free_energy", points=1, short="by hand")
def test_two_cells_by_hand(student, rng):
    """dx = 1/2, all in the first cell: R = 3 + 2 · 1 + 4, S = -log 2; 0 log 0 = 0."""
    rho, V = np.array([2.0, 0.0]), np.array([1.0, 5.0])
    U = np.array([[4.0, 1.0], [1.0, 6.0]])
    for T in (1.0, 0.5):
        right = 4.5 + T * math.log(2.0)
        expect(student.free_energy(rho, 0.5, 3.0, V, U, T)).close_to(right)


def medium(rng, M):
    """A density, the width of its cells, and potentials that belong to a network."""
    dx = float(rng.uniform(0.2, 0.6))
    sig, y = neurons(rng, M, 4)
    rho = weights(rng, M) / dx
    return rho, dx, float(np.mean(y**2)), -sig @ y / 4, sig @ sig.T / 4


@task("free_energy", points=2, short="random")
def test_random_densities(student, rng):
    """5, 3, 7 and 1 cells, some empty; T = 0, 0.3 and 2; summed term by term."""
    for M in (5, 3, 7, 1):
        rho, dx, Rsharp, V, U = medium(rng, M)
        if M == 7:
            rho[[0, 3]] = 0.0
            rho = rho / (rho.sum() * dx)
        pairs = [U[i, j] * rho[i] * rho[j] for i in range(M) for j in range(M)]
        single = [r * v for r, v in zip(rho, V, strict=True)]
        R = Rsharp + 2 * dx * math.fsum(single) + dx**2 * math.fsum(pairs)
        S = -dx * math.fsum(r * math.log(r) for r in rho if r > 0)
        for T in (0.0, 0.3, 2.0):
            scale = abs(R) / 2 + T * abs(S) + 1.0
            found = student.free_energy(rho, dx, Rsharp, V, U, T)
            expect(found).close_to(R / 2 - T * S, scale=scale)


@task("free_energy", points=1, short="uniform")
def test_without_potentials_the_flat_density_is_best(student, rng):
    """On any length L, 1/L has the entropy log L, and less if a third is empty."""
    for M, dx in [(6, 0.5), (9, 0.1), (6, 1e9)]:
        args = dx, 1.0, np.zeros(M), np.zeros((M, M)), 0.7
        flat = student.free_energy(np.full(M, 1 / (M * dx)), *args)
        expect(flat).close_to(0.5 - 0.7 * math.log(M * dx))
        rho = np.full(M, 1.5 / (M * dx))
        rho[: M // 3] = 0.0
        right = 0.5 - 0.7 * math.log(M * dx / 1.5)
        expect(student.free_energy(rho, *args)).close_to(right)


def boltzmann(dx, V, U, T):
    """ρ* = exp(-Ψ(., ρ*)/T)/Z, by damped iteration."""
    rho = np.full(len(V), 1.0 / (len(V) * dx))
    for _ in range(400):
        new = np.exp(-(V + U @ rho * dx) / T)
        rho = 0.7 * rho + 0.3 * new / (new.sum() * dx)
    return rho


@task("free_energy", points=2, short="minimum")
def test_the_fixed_point_of_boltzmann_is_the_minimum(student, rng):
    """F(ρ) - F(ρ*) is T KL(ρ|ρ*) + q.Uq dx²/2 with q = ρ - ρ*, which is positive."""
    for M in (5, 7):
        rho, dx, Rsharp, V, U = medium(rng, M)
        T = 0.8
        best = boltzmann(dx, V, U, T)
        q = rho - best
        right = T * dx * np.sum(rho * np.log(rho / best)) + q @ U @ q * dx**2 / 2
        found = [student.free_energy(r, dx, Rsharp, V, U, T) for r in (rho, best)]
        here, there = [expect(value).number() for value in found]
        expect(here - there).close_to(float(right), scale=1.0 + abs(here))
        message = "expected less at the fixed point of Boltzmann than elsewhere"
        expect(here - there).is_true(here > there, message)


@task("free_energy", points=2, short="engine")
def test_the_energy_agrees_with_the_engine_and_differences(student, rng):
    """Its slope in T, and along q that of -∇F = -(Ψ + T log ρ + T), by minigrad."""
    for M in (5, 3, 7):
        rho, dx, Rsharp, V, U = medium(rng, M)

        def F(rho, T, dx=dx, R=Rsharp, V=V, U=U):
            p = rho * dx
            return (
                R / 2
                + np.dot(p, V)
                + np.dot(p, np.dot(U, p)) / 2
                + T * np.dot(p, np.log(rho))
            )

        energy = lambda r, T, a=(dx, Rsharp, V, U): expect(
            student.free_energy(r, *a, T)
        ).number()
        slope = energy(rho, 1.5) - energy(rho, 0.5)
        expect(np.array(slope)).gradient_of(
            lambda T, r=rho, F=F: F(r, T), np.array(0.7)
        )
        q, h = rng.standard_normal(M), 1e-5
        along = (energy(rho + h * q, 0.7) - energy(rho - h * q, 0.7)) / (2 * h)
        right = mg.grad(lambda r, F=F: F(r, 0.7))(rho) @ q
        # differences are right to h² and to 1e-16/h
        expect(along).close_to(float(right), rtol=1e-6, scale=1.0 + abs(right))
