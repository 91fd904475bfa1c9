"""Right answers to chapter 13 by other roads; every check must accept them.

sig neurons at samples, p weights, theta particles, rho density, g noise.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import alternative

# potentials ------------------------------------------------------------------------


@alternative("potentials")
def means_by_broadcasting(sig, y):
    """A mean over the last axis for each product."""
    return [
        np.mean(y**2),
        np.mean(-y * sig, axis=1),
        np.mean(sig[:, None] * sig[None, :], axis=2),
    ]


@alternative("potentials")
def one_gram_matrix(sig, y):
    """E[z zᵀ] of z = (-y, σ_1, ..., σ_N) holds all three."""
    z = np.vstack([-y, sig])
    G = np.einsum("ik,jk->ij", z, z) / z.shape[1]
    return G[0, 0], G[1:, 0], G[1:, 1:]


# particle_step ---------------------------------------------------------------------


@alternative("particle_step")
def particle_by_particle(theta, X, y, eps):
    """A loop over particles and samples, with one gradient of a neuron at a time."""
    a, b, w = theta[:, 0], theta[:, 1], theta[:, 2:]
    f = a @ np.tanh(w @ X + b[:, None]) / len(theta)
    new = theta.copy()
    for i in range(len(theta)):
        for x, off in zip(X.T, y - f, strict=True):
            t = np.tanh(w[i] @ x + b[i])
            slope = a[i] * (1.0 - t * t)
            new[i] += eps / len(y) * off * np.array([t, slope, *(slope * x)])
    return new


@alternative("particle_step")
def by_the_two_potentials(theta, X, y, eps):
    """-∇V and the mean of -∇U, each by the tensor of all ∂σ_i(x_k)/∂θ_i."""
    N, n = len(theta), len(y)
    lifted = np.vstack([np.ones(n), X])  # w.x + b is linear in (b, w)
    t = np.tanh(theta[:, 1:] @ lifted)
    sig = theta[:, :1] * t
    slope = theta[:, :1] / np.cosh(theta[:, 1:] @ lifted) ** 2
    grad = np.concatenate([t[:, None], slope[:, None] * lifted], axis=1)  # (N, D, n)
    grad_V = -np.einsum("ick,k->ic", grad, y) / n
    grad_U = np.einsum("ick,jk->ijc", grad, sig) / n
    return theta - eps * (grad_V + grad_U.sum(axis=1) / N)


# expected_gap ----------------------------------------------------------------------


@alternative("expected_gap")
def by_the_pairwise_potential(sig, p, N):
    """Σ p_i U_ii - p.Up over N: of N² pairs N are a particle with itself."""
    U = sig @ sig.T / sig.shape[1]
    return (p @ np.diag(U) - p @ U @ p) / N


@alternative("expected_gap")
def by_pairs_of_draws(sig, p, N):
    """A variance is half the mean square of the difference of two draws."""
    off = np.mean((sig[:, None] - sig[None, :]) ** 2, axis=2)
    return float(np.einsum("i,ij,j", p, off, p)) / (2 * N)


# continuity_step -------------------------------------------------------------------


@alternative("continuity_step")
def mass_from_cell_to_cell(rho, v, dx, dt):
    """A matrix of shares: how much of each cell goes to its neighbors."""
    M = len(rho)
    share = dt / dx * np.abs(v)
    A = np.eye(M)
    for i in range(1, M):
        source, target = (i - 1, i) if v[i] > 0 else (i, i - 1)
        A[target, source] += share[i]
        A[source, source] -= share[i]
    return A @ rho


@alternative("continuity_step")
def centered_and_dissipative(rho, v, dx, dt):
    """Upwind is the centered flux, less |v|/2 times the jump; walls have v = 0."""
    v = np.concatenate([[0.0], v[1:-1], [0.0]])
    left, right = np.append(0.0, rho), np.append(rho, 0.0)
    flux = v * (left + right) / 2 - np.abs(v) * (right - left) / 2
    return rho + (flux[:-1] - flux[1:]) * dt / dx


# prox_step -------------------------------------------------------------------------


@alternative("prox_step")
def by_eigenvectors(Q, c, z, eps):
    """One parabola in each eigenvector."""
    values, W = np.linalg.eigh(Q)
    return W @ ((W.T @ (z + eps * c)) / (1.0 + eps * values))


@alternative("prox_step")
def by_the_step(Q, c, z, eps):
    """d = t - z solves (I + eps Q) d = -eps ∇F(z): a damped Newton step from z."""
    slope = Q @ z - c
    return z - np.linalg.inv(np.eye(len(z)) / eps + Q) @ slope


# noisy_step ------------------------------------------------------------------------


@alternative("noisy_step")
def drawn_from_a_normal(theta, grad_psi, eta, T, rng):
    """A normal law with the mean of the drift and the variance 2 T η."""
    return rng.normal(theta - eta * grad_psi(theta), (2 * T * eta) ** 0.5)


@alternative("noisy_step")
def particle_after_particle(theta, grad_psi, eta, T, rng):
    """The same draws a row at a time."""
    slope, new = grad_psi(theta), theta.copy()
    for i, row in enumerate(new):
        row += np.sqrt(2 * T) * np.sqrt(eta) * rng.standard_normal(len(row))
        row -= eta * slope[i]
    return new


# free_energy -----------------------------------------------------------------------


@alternative("free_energy")
def by_psi(rho, dx, Rsharp, V, U, T):
    """R/2 = R#/2 + ∫(V + Ψ)ρ/2, and the entropy over the cells that are not empty."""
    psi = V + U @ rho * dx
    full = rho[rho > 0]
    energy = Rsharp / 2 + np.sum((V + psi) * rho) * dx / 2
    return energy + T * np.sum(full * np.log(full)) * dx


@alternative("free_energy")
def by_the_masses(rho, dx, Rsharp, V, U, T):
    """Σ p log p is off by log dx; the rest in masses, cell by cell."""
    p = [float(r) * dx for r in rho]
    R = Rsharp + 2 * sum(a * v for a, v in zip(p, V, strict=True))
    R += sum(a * b * U[i, j] for i, a in enumerate(p) for j, b in enumerate(p))
    entropy = -sum(a * np.log(a) for a in p if a > 0) + np.log(dx) * sum(p)
    return R / 2 - T * entropy
