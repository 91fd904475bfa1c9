"""Chapter 13: two-layer networks as interacting particles.

Replace each ``raise NotImplementedError``, then run
``minigrad check 13_mean_field``.  The statement is in README.md beside this file.

The network is f(x) = (1/N) Σ_i σ(x; θ_i), N neurons or particles.  Samples are columns:
``sig[i, k]`` is σ(x_k; θ_i), and expectations are means over the n samples.  Vectors
are 1-D arrays.  No function may change its arguments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def potentials(sig: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """What the mean square risk is made of, as an energy of particles.

    R_N = R# + 2/N Σ_i V_i + 1/N² Σ_ij U_ij.

    Parameters
    ----------
    sig : array (N, n)
        σ(x_k; θ_i).
    y : array (n,)
        The targets.

    Returns
    -------
    Rsharp, V, U : float, array (N,), array (N, N)
        The energy without particles, the external and the pairwise potential.
    """
    raise NotImplementedError


def particle_step(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, eps: float
) -> np.ndarray:
    """One Euler step, over the time eps, of dθ_i/dt = -∇Ψ(θ_i), for all particles.

    Ψ(θ) = V(θ) + 1/N Σ_j U(θ, θ_j), and the neuron is σ(x; θ) = a tanh(w.x + b).

    Parameters
    ----------
    theta : array (N, 2 + d)
        Row i is θ_i = (a, b, w_1, ..., w_d).
    X : array (d, n)
        Samples, as columns.
    y : array (n,)
        The targets.
    eps : float
        The time.

    Returns
    -------
    array (N, 2 + d)
        The particles after the step.
    """
    raise NotImplementedError


def expected_gap(sig: np.ndarray, p: np.ndarray, N: int) -> float:
    """How much worse N neurons are on average that are drawn from a distribution ρ.

    Parameters
    ----------
    sig : array (M, n)
        σ(x_k; θ_i) for the M atoms of ρ.
    p : array (M,)
        Their probabilities; some may be 0.
    N : int
        The number of independent draws, 1 or more.

    Returns
    -------
    float
        E[R_N] - R(ρ), which does not depend on the targets.
    """
    raise NotImplementedError


def continuity_step(rho: np.ndarray, v: np.ndarray, dx: float, dt: float) -> np.ndarray:
    """One step of ∂_t ρ = -∂_θ(ρ v), by finite volumes with upwind fluxes.

    Parameters
    ----------
    rho : array (M,)
        The average of the density in each of M cells, from left to right.
    v : array (M + 1,)
        The velocity at each edge, from left to right; positive to the right.  Nothing
        flows through the two ends, whatever stands there.
    dx : float
        The width of a cell.
    dt : float
        The time, so short that no cell gives away more than it has.

    Returns
    -------
    array (M,)
        The averages after the step.
    """
    raise NotImplementedError


def prox_step(Q: np.ndarray, c: np.ndarray, z: np.ndarray, eps: float) -> np.ndarray:
    """One proximal step, argmin_t F(t) + |t - z|²/(2 eps), for F(t) = t.Qt/2 - c.t.

    Parameters
    ----------
    Q : array (n, n)
        Symmetric; I + eps Q is positive definite.
    c, z : arrays (n,)
        Of F, and where the step begins.
    eps : float
        Its time, above 0.

    Returns
    -------
    array (n,)
        Where it ends.
    """
    raise NotImplementedError


def noisy_step(
    theta: np.ndarray,
    grad_psi: Callable[[np.ndarray], np.ndarray],
    eta: float,
    T: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """One Langevin step over the time eta, whose density obeys a law with T Δρ in it.

    Parameters
    ----------
    theta : array (N, D)
        A particle a row.
    grad_psi : callable
        ``grad_psi(theta)``, (N, D): ∇Ψ at every particle.
    eta : float
        The time η.
    T : float
        The temperature, 0 or more.
    rng : numpy.random.Generator
        Draw ``rng.standard_normal(theta.shape)``, once.

    Returns
    -------
    array (N, D)
        The particles after the step.
    """
    raise NotImplementedError


def free_energy(
    rho: np.ndarray, dx: float, Rsharp: float, V: np.ndarray, U: np.ndarray, T: float
) -> float:
    """The free energy R(ρ)/2 - T S(ρ) of a density on a grid, S its entropy.

    Parameters
    ----------
    rho : array (M,)
        Values of the density, 0 or more; their sum times dx is 1.
    dx : float
        The width of a cell.
    Rsharp, V, U : float, array (M,), array (M, M)
        The potentials, V and U at the cells.
    T : float
        The temperature, 0 or more.

    Returns
    -------
    float
    """
    raise NotImplementedError
