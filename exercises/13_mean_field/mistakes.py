"""What goes wrong in chapter 13, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake

# potentials ------------------------------------------------------------------------


def pieces(sig, y):
    """R#, V and U."""
    n = len(y)
    return float(y @ y / n), -sig @ y / n, sig @ sig.T / n


@mistake("potentials", kind="sign")
def sign_of_the_source(sig, y):
    """Your V is E[y σ], as the source displays it. Expanding (y - f)² gives -2 E[y f]:
    V = -E[y σ], and neurons that agree with y lower the risk.
    """
    Rsharp, V, U = pieces(sig, y)
    return Rsharp, -V, U


@mistake("potentials", kind="sum")
def sums_over_samples(sig, y):
    """You summed over the samples. The risk is a mean: divide by n, the number of
    columns of sig.
    """
    Rsharp, V, U = pieces(sig, y)
    return Rsharp * len(y), V * len(y), U * len(y)


@mistake("potentials", kind="factor-in-v")
def two_inside_of_v(sig, y):
    """Your V has the factor 2 in it. It stands before the sum, in 2/N Σ V_i, so that V
    + U ρ is half of the derivative of R.
    """
    Rsharp, V, U = pieces(sig, y)
    return Rsharp, 2.0 * V, U


@mistake("potentials", kind="neurons-in-u")
def divided_by_neurons(sig, y):
    """You divided by N in V or U. Potentials belong to neurons, however many there are:
    1/N and 1/N² stand in front of their sums.
    """
    Rsharp, V, U = pieces(sig, y)
    N = len(sig)
    return Rsharp, V / N, U / N**2


@mistake("potentials", kind="samples-for-neurons")
def gram_matrix_of_samples(sig, y):
    """Your U has a row for each sample. It is the mean *over* samples of σ_i σ_j, for
    each pair of neurons: sig @ sig.T.
    """
    Rsharp, V, _ = pieces(sig, y)
    return Rsharp, V, sig.T @ sig / len(sig)


@mistake("potentials", kind="diagonal")
def no_self_interaction(sig, y):
    """Your U is 0 on the diagonal. The sum over i and j has the pairs i = j, too: U_ii
    = E[σ_i²].
    """
    Rsharp, V, U = pieces(sig, y)
    return Rsharp, V, U - np.diag(np.diag(U))


@mistake("potentials", kind="square-of-mean")
def square_of_the_mean(sig, y):
    """Your R# is (E y)². It is the risk of f = 0: E[y²], the mean of the squares."""
    _, V, U = pieces(sig, y)
    return float(np.mean(y) ** 2), V, U


@mistake("potentials", kind="covariance")
def centered(sig, y):
    """You subtracted means, as for covariances. Potentials are means of products: E[y
    σ_i] and E[σ_i σ_j].
    """
    mean = sig.mean(axis=1)
    Rsharp, V, U = pieces(sig, y)
    return Rsharp, V + mean * y.mean(), U - np.outer(mean, mean)


# particle_step ---------------------------------------------------------------------


def move(theta, X, residual, slope=lambda t: 1.0 - t**2, height=lambda a: a):
    """E[residual ∇σ] for every particle, with a slip."""
    a, b, w = theta[:, :1], theta[:, 1:2], theta[:, 2:]
    t = np.tanh(w @ X + b)
    weight = residual / X.shape[1]
    inside = height(a) * slope(t) * weight
    return np.column_stack([t @ weight, inside.sum(axis=1), *(inside @ X.T).T])


def outputs(theta, X):
    """The values a tanh(w.x + b) of all neurons, (N, n)."""
    return theta[:, :1] * np.tanh(theta[:, 2:] @ X + theta[:, 1:2])


def residual(theta, X, y):
    return y - outputs(theta, X).mean(axis=0)


@mistake("particle_step", kind="sign")
def uphill(theta, X, y, eps):
    """Your particles climb. dθ/dt is -∇Ψ = E[(y - f) ∇σ]: with y - f it has a plus, or
    a minus with f - y.
    """
    return theta - eps * move(theta, X, residual(theta, X, y))


@mistake("particle_step", kind="one-over-n")
def gradient_of_the_risk(theta, X, y, eps):
    """You stepped along the gradient of R_N, which is 2/N times ∇Ψ. With it, ever more
    particles move ever less: multiply by N/2.
    """
    return theta + 2.0 * eps / len(theta) * move(theta, X, residual(theta, X, y))


@mistake("particle_step", kind="factor-1/n")
def divided_by_particles(theta, X, y, eps):
    """Your step is N times too short. f has the factor 1/N, ∇Ψ has not: a particle
    feels V and the mean of U.
    """
    return theta + eps / len(theta) * move(theta, X, residual(theta, X, y))


@mistake("particle_step", kind="factor-2")
def twice_as_far(theta, X, y, eps):
    """Your step is twice too long. Ψ is *half* the derivative of R: V and U come
    without the 2.
    """
    return theta + 2.0 * eps * move(theta, X, residual(theta, X, y))


@mistake("particle_step", kind="sum")
def sum_over_samples(theta, X, y, eps):
    """You summed over the samples. The expectation is a mean: divide by n, the number
    of columns of X.
    """
    return theta + eps * X.shape[1] * move(theta, X, residual(theta, X, y))


@mistake("particle_step", kind="network-is-a-sum")
def sum_over_neurons(theta, X, y, eps):
    """Your f is the sum over the neurons. It is their mean, (1/N) Σ σ(x; θ_j)."""
    off = y - outputs(theta, X).sum(axis=0)
    return theta + eps * move(theta, X, off)


@mistake("particle_step", kind="no-interaction")
def without_the_others(theta, X, y, eps):
    """Your particles move along -∇V alone, as if they were alone. U is missing:
    multiply ∇σ by y - f, not by y.
    """
    return theta + eps * move(theta, X, y)


@mistake("particle_step", kind="self-only")
def each_fits_alone(theta, X, y, eps):
    """Each of your particles fits y by itself: you took y - σ(x; θ_i). The residual is
    that of the whole network, y - f(x).
    """
    weights = y - outputs(theta, X)
    rows = [move(row[None], X, off)[0] for row, off in zip(theta, weights, strict=True)]
    return theta + eps * np.array(rows)


@mistake("particle_step", kind="missing-gradient")
def value_for_gradient(theta, X, y, eps):
    """You moved by E[(y - f) σ], as the source displays it. The ∇ is missing: σ is a
    number, and each entry of θ_i has its own derivative of it.
    """
    return theta + eps * outputs(theta, X) @ residual(theta, X, y)[:, None] / len(y)


@mistake("particle_step", kind="missing-slope")
def without_the_slope(theta, X, y, eps):
    """The slope of tanh is missing in b and w: ∂σ/∂b = a (1 - tanh²), and times x for
    w.
    """
    off = residual(theta, X, y)
    return theta + eps * move(theta, X, off, slope=lambda t: np.ones_like(t))


@mistake("particle_step", kind="missing-a")
def without_a(theta, X, y, eps):
    """The factor a is missing in b and w: σ = a tanh(...), so a stands before both
    derivatives.
    """
    off = residual(theta, X, y)
    return theta + eps * move(theta, X, off, height=lambda a: np.ones_like(a))


@mistake("particle_step", kind="in-turn")
def one_after_the_other(theta, X, y, eps):
    """You moved the particles in turn, each in the network that those before it had
    already changed. All forces belong to the old θ.
    """
    new = theta.copy()
    for i in range(len(theta)):
        new[i] = new[i] + eps * move(new[i : i + 1], X, residual(new, X, y))[0]
    return new


@mistake("particle_step", kind="only-the-move")
def displacement(theta, X, y, eps):
    """You returned what is added to θ. Asked are the particles after the step."""
    return eps * move(theta, X, residual(theta, X, y))


# expected_gap ----------------------------------------------------------------------


@mistake("expected_gap", kind="bound")
def kappa_over_n(sig, p, N):
    """That is κ/N, the upper bound: you left out -Σ p_i p_j U_ij/N. The gap is a
    variance, E σ² - (E σ)².
    """
    return float(p @ np.mean(sig**2, axis=1) / N)


@mistake("expected_gap", kind="uniform")
def equal_weights(sig, p, N):
    """You gave all atoms the same weight. An atom is drawn with its probability p_i."""
    return float(np.mean(np.var(sig, axis=0)) / N)


@mistake("expected_gap", kind="sum")
def sums_over_the_samples(sig, p, N):
    """You summed over the samples. The risk is a mean: divide by n."""
    return float(np.sum(p @ (sig - p @ sig) ** 2) / N)


@mistake("expected_gap", kind="n-minus-one")
def with_bessel(sig, p, N):
    """You divided by N - 1. That corrects a variance that was estimated from draws;
    here the distribution is known: N.
    """
    return float(np.mean(p @ (sig - p @ sig) ** 2) / max(N - 1, 1))


@mistake("expected_gap", kind="one-neuron")
def without_n(sig, p, N):
    """That is the gap for one neuron. The mean of N independent draws has a variance N
    times smaller.
    """
    return float(np.mean(p @ (sig - p @ sig) ** 2))


@mistake("expected_gap", kind="n-squared")
def over_n_squared(sig, p, N):
    """You divided by N². There are N diagonal terms in the double sum over N² pairs:
    1/N is left.
    """
    return float(np.mean(p @ (sig - p @ sig) ** 2) / N**2)


@mistake("expected_gap", kind="sign")
def mixture_minus_drawn(sig, p, N):
    """Your sign is wrong: you have R(ρ) - E[R_N]. Finitely many draws only add
    variance, so E[R_N] is the larger one.
    """
    return -float(np.mean(p @ (sig - p @ sig) ** 2) / N)


@mistake("expected_gap", kind="root")
def deviation_for_variance(sig, p, N):
    """Your gap falls like 1/√N. f_N is off by 1/√N, and R_N is its mean *square* error:
    1/N.
    """
    return float(np.mean(p @ (sig - p @ sig) ** 2) / np.sqrt(N))


# continuity_step -------------------------------------------------------------------


def update(rho, inner, dx, dt):
    """The new averages for fluxes through the inner edges."""
    return rho - dt / dx * np.diff(np.concatenate(([0.0], inner, [0.0])))


def upwind(rho, v):
    return np.where(v > 0.0, v * rho[:-1], v * rho[1:])


@mistake("continuity_step", kind="sign")
def backward_in_time(rho, v, dx, dt):
    """Your mass flows against v. The equation is ∂_t ρ = -∂(ρ v): a cell loses what
    leaves on its right and wins what enters on its left.
    """
    return update(rho, upwind(rho, v[1:-1]), dx, -dt)


@mistake("continuity_step", kind="downwind")
def from_the_wrong_side(rho, v, dx, dt):
    """You took the density downwind. What crosses an edge comes from the cell that it
    leaves: the left one where v > 0.
    """
    v = v[1:-1]
    return update(rho, np.where(v > 0.0, v * rho[1:], v * rho[:-1]), dx, dt)


@mistake("continuity_step", kind="centered")
def mean_of_both_cells(rho, v, dx, dt):
    """You took the mean of both cells at an edge. That is unstable without diffusion:
    take the cell upwind alone.
    """
    return update(rho, v[1:-1] * (rho[:-1] + rho[1:]) / 2, dx, dt)


@mistake("continuity_step", kind="always-left")
def one_side_for_all(rho, v, dx, dt):
    """You took the left cell at every edge. Where v < 0 mass comes from the right."""
    return update(rho, v[1:-1] * rho[:-1], dx, dt)


@mistake("continuity_step", kind="always-right")
def other_side_for_all(rho, v, dx, dt):
    """You took the right cell at every edge. Where v > 0 mass comes from the left."""
    return update(rho, v[1:-1] * rho[1:], dx, dt)


@mistake("continuity_step", kind="open-ends")
def through_the_walls(rho, v, dx, dt):
    """Mass leaves through the ends. No flux there: set the first and the last flux to
    0, whatever v is.
    """
    padded = np.concatenate((rho[:1], rho, rho[-1:]))
    flux = np.where(v > 0.0, v * padded[:-1], v * padded[1:])
    return rho - dt / dx * np.diff(flux)


@mistake("continuity_step", kind="ring")
def around_a_ring(rho, v, dx, dt):
    """What leaves at one end comes back at the other: np.roll makes a ring. Here both
    ends are walls.
    """
    flux = np.where(v > 0.0, v * np.append(rho[-1], rho), v * np.append(rho, rho[0]))
    flux[-1] = flux[0]
    return rho - dt / dx * np.diff(flux)


@mistake("continuity_step", kind="width-forgotten")
def without_the_width(rho, v, dx, dt):
    """You forgot dx. A flux is mass per time, and ρ mass per length: divide by the
    width of the cell.
    """
    return update(rho, upwind(rho, v[1:-1]), 1.0, dt)


@mistake("continuity_step", kind="not-conservative")
def density_moved_as_a_value(rho, v, dx, dt):
    """You discretized v ∂ρ and lost ρ ∂v. Mass is not kept where v differs between the
    edges: take differences of the fluxes ρ v.
    """
    edges = np.where(v[1:-1] > 0.0, rho[:-1], rho[1:])
    left, right = np.append(rho[0], edges), np.append(edges, rho[-1])
    return rho - dt / dx * (v[1:] + v[:-1]) / 2 * (right - left)


# prox_step -------------------------------------------------------------------------


def solved(A, b):
    return np.linalg.solve(A, b)


@mistake("prox_step", kind="explicit")
def gradient_step(Q, c, z, eps):
    """You took a gradient step, z - eps ∇F(z). The minimum has ∇F at its *end*: t = z -
    eps ∇F(t), a linear system for t.
    """
    return z - eps * (Q @ z - c)


@mistake("prox_step", kind="unscaled-c")
def without_eps_at_c(Q, c, z, eps):
    """Your c has no eps. Setting the gradient to 0: Q t - c + (t - z)/eps = 0; times
    eps it is (I + eps Q) t = z + eps c.
    """
    return solved(np.eye(len(z)) + eps * Q, z + c)


@mistake("prox_step", kind="sign")
def sign_of_c(Q, c, z, eps):
    """The sign of c is wrong: F has -c.t, so its gradient is Q t - c, and c goes to the
    right-hand side with a plus.
    """
    return solved(np.eye(len(z)) + eps * Q, z - eps * c)


@mistake("prox_step", kind="factor-2")
def without_the_half(Q, c, z, eps):
    """You minimized F + |t - z|²/eps. The distance is divided by 2 eps, so that its
    gradient is (t - z)/eps.
    """
    return solved(2 * np.eye(len(z)) + eps * Q, 2 * z + eps * c)


@mistake("prox_step", kind="factor-2-in-f")
def gradient_of_the_square(Q, c, z, eps):
    """Your gradient of t.Qt/2 is 2 Q t. The half takes the 2 away: Q t."""
    return solved(np.eye(len(z)) + 2 * eps * Q, z + eps * c)


@mistake("prox_step", kind="inverse-eps")
def eps_upside_down(Q, c, z, eps):
    """Your eps is upside down. The distance counts 1/eps: with a large eps it hardly
    holds, and t goes to the minimum of F.
    """
    return solved(np.eye(len(z)) + Q / eps, z + c / eps)


@mistake("prox_step", kind="minimum")
def minimum_of_f(Q, c, z, eps):
    """You returned the minimum of F and left the distance out. It holds t near z."""
    return np.linalg.lstsq(Q, c, rcond=None)[0]


@mistake("prox_step", kind="distance-not-squared")
def distance_itself(Q, c, z, eps):
    """You took the distance in place of its square. Then a step is stuck wherever |∇F|
    < 1/(2 eps), and of no use as a flow.
    """
    force = c - Q @ z
    size = np.linalg.norm(force)
    if size <= 1 / (2 * eps):
        return z + 0.0
    low, high = (
        0.0,
        1e6,
    )  # of a multiplier: (Q + m I)(t - z) = force, m |t - z| = 1/2eps
    for _ in range(200):
        m = (low + high) / 2
        t = solved(Q + m * np.eye(len(z)), force)
        low, high = (m, high) if m * np.linalg.norm(t) < 1 / (2 * eps) else (low, m)
    return z + t


# noisy_step ------------------------------------------------------------------------


def langevin(theta, grad_psi, eta, rng, deviation):
    return theta - eta * grad_psi(theta) + deviation * rng.standard_normal(theta.shape)


@mistake("noisy_step", kind="no-temperature")
def noise_of_the_source(theta, grad_psi, eta, T, rng):
    """Your noise is √η g, as in the source, at every temperature: that is T = 1/2. It
    is √(2 T η) g.
    """
    return langevin(theta, grad_psi, eta, rng, np.sqrt(eta))


@mistake("noisy_step", kind="half-temperature")
def without_the_two(theta, grad_psi, eta, T, rng):
    """Your noise is √(T η) g, and its temperature T/2: the law T Δρ makes a variance
    grow by 2 T a unit of time.
    """
    return langevin(theta, grad_psi, eta, rng, np.sqrt(T * eta))


@mistake("noisy_step", kind="variance")
def variance_for_deviation(theta, grad_psi, eta, T, rng):
    """You multiplied g by the variance 2 T η. The factor of g is the standard
    deviation, its root.
    """
    return langevin(theta, grad_psi, eta, rng, 2.0 * T * eta)


@mistake("noisy_step", kind="noise-scaled-by-eta")
def noise_inside_the_gradient(theta, grad_psi, eta, T, rng):
    """You added the noise to the gradient and multiplied both by η. Noise grows like
    √η: many small steps must add up to the same variance.
    """
    return langevin(theta, grad_psi, eta, rng, eta * np.sqrt(2.0 * T))


@mistake("noisy_step", kind="beta")
def inverse_temperature(theta, grad_psi, eta, T, rng):
    """You divided by T, as if it were β = 1/T. Hot particles move more: √(2 T η)."""
    beta = 1.0 / T if T > 0.0 else 0.0
    return langevin(theta, grad_psi, eta, rng, np.sqrt(2.0 * beta * eta))


@mistake("noisy_step", kind="sign")
def drift_uphill(theta, grad_psi, eta, T, rng):
    """Your drift goes uphill: subtract η ∇Ψ."""
    deviation = np.sqrt(2.0 * T * eta)
    return langevin(theta, lambda t: -grad_psi(t), eta, rng, deviation)


@mistake("noisy_step", kind="noise-forgotten")
def no_noise(theta, grad_psi, eta, T, rng):
    """There is no noise in your step: that is plain gradient descent, right for T = 0
    alone.
    """
    return theta - eta * grad_psi(theta)


@mistake("noisy_step", kind="one-draw-for-all")
def same_noise_for_all(theta, grad_psi, eta, T, rng):
    """You drew one vector for all particles. Each has its own noise: draw
    as many numbers as theta has.
    """
    g = rng.standard_normal(theta.shape[1])
    return theta - eta * grad_psi(theta) + np.sqrt(2.0 * T * eta) * g


@mistake("noisy_step", kind="noise-first")
def gradient_after_the_noise(theta, grad_psi, eta, T, rng):
    """You added the noise first and took ∇Ψ there. It belongs to the old θ."""
    moved = theta + np.sqrt(2.0 * T * eta) * rng.standard_normal(theta.shape)
    return moved - eta * grad_psi(moved)


@mistake("noisy_step", kind="uniform")
def uniform_noise(theta, grad_psi, eta, T, rng):
    """You drew uniform numbers. The noise is Gaussian: rng.standard_normal."""
    g = rng.uniform(-1.0, 1.0, theta.shape)
    return theta - eta * grad_psi(theta) + np.sqrt(2.0 * T * eta) * g


# free_energy -----------------------------------------------------------------------


def parts(rho, dx, Rsharp, V, U):
    """R and S."""
    p = rho * dx
    R = Rsharp + 2.0 * p @ V + p @ U @ p
    return float(R), float(-p @ np.log(np.where(rho > 0.0, rho, 1.0)))


@mistake("free_energy", kind="whole-risk")
def risk_not_halved(rho, dx, Rsharp, V, U, T):
    """You took R, not R/2. Its derivative is 2Ψ, and the particles move along -∇Ψ:
    their energy is R/2.
    """
    R, S = parts(rho, dx, Rsharp, V, U)
    return R - T * S


@mistake("free_energy", kind="sign")
def sign_of_the_entropy(rho, dx, Rsharp, V, U, T):
    """Your entropy has the wrong sign. S = -∫ρ log ρ, and F has -T S: so F has +T ∫ρ
    log ρ, and spread is rewarded.
    """
    R, S = parts(rho, dx, Rsharp, V, U)
    return R / 2 + T * S


@mistake("free_energy", kind="masses")
def entropy_of_the_masses(rho, dx, Rsharp, V, U, T):
    """You took the logarithm of the masses ρ dx. It is that of the density; yours is
    off by log dx, and depends on the grid.
    """
    R, _ = parts(rho, dx, Rsharp, V, U)
    p = rho * dx
    return R / 2 + T * float(p @ np.log(np.where(p > 0.0, p, 1.0)))


@mistake("free_energy", kind="discretized")
def missing_two(rho, dx, Rsharp, V, U, T):
    """The factor 2 before V is missing, as in the source's discretized risk: R = R# + 2
    ∫V ρ + ∫∫U ρ ρ.
    """
    R, S = parts(rho, dx, Rsharp, V, U)
    return R / 2 - (rho * dx) @ V - T * S


@mistake("free_energy", kind="dx-once")
def dx_once_in_u(rho, dx, Rsharp, V, U, T):
    """Your double integral has dx once. It is over two variables: dx²."""
    R, S = parts(rho, dx, Rsharp, V, U)
    p = rho * dx
    return (R + (1.0 / dx - 1.0) * p @ U @ p) / 2 - T * S


@mistake("free_energy", kind="dx-forgotten")
def sums_for_integrals(rho, dx, Rsharp, V, U, T):
    """You summed where integrals are meant: every ρ comes with a dx."""
    R, S = parts(rho, 1.0, Rsharp, V, U)
    return R / 2 - T * S


@mistake("free_energy", kind="psi-for-risk")
def interaction_counted_whole(rho, dx, Rsharp, V, U, T):
    """Your pairs count twice: ∫Ψ ρ = ∫V ρ + ∫∫U ρ ρ. In R/2 the interaction is halved,
    for each pair stands in it once, not once for either.
    """
    R, S = parts(rho, dx, Rsharp, V, U)
    p = rho * dx
    return R / 2 + p @ U @ p / 2 - T * S


@mistake("free_energy", kind="zero-log-zero")
def nan_of_empty_cells(rho, dx, Rsharp, V, U, T):
    """An empty cell makes your entropy NaN: 0 · log 0 is 0 · (-inf) for the machine,
    and 0 in the limit. Leave such cells out.
    """
    R, _ = parts(rho, dx, Rsharp, V, U)
    p = rho * dx
    with np.errstate(all="ignore"):
        return R / 2 + T * float(p @ np.log(rho))


@mistake("free_energy", kind="shifted-logarithm")
def logarithm_of_a_bit_more(rho, dx, Rsharp, V, U, T):
    """You added a small number to ρ in the logarithm. It shows where ρ is small, too:
    leave the empty cells out instead.
    """
    R, _ = parts(rho, dx, Rsharp, V, U)
    return R / 2 + T * float(rho * dx @ np.log(rho + 1e-12))


@mistake("free_energy", kind="binary-logarithm")
def in_bits(rho, dx, Rsharp, V, U, T):
    """You took the logarithm to base 2. Boltzmann's exp(-Ψ/T) goes with the natural
    one.
    """
    R, S = parts(rho, dx, Rsharp, V, U)
    return R / 2 - T * S / float(np.log(2.0))
