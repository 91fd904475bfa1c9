"""Right answers to chapter 07 by other roads; every check must accept them.

Φ layers, K kernel, G gradients as Jacobians, S covariance matrix, t angle; a p (prime)
marks what belongs to x'.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from minigrad.course import alternative


def dual(S):
    """Both duals of ReLU for a covariance matrix, with arcsin and the cosine itself."""
    size = np.sqrt(S[0, 0] * S[1, 1])
    c = min(1.0, max(-1.0, S[0, 1] / size))
    open_angle = np.pi / 2 + np.arcsin(c)  # π - θ
    first = size * (np.sqrt(1 - c * c) + open_angle * c) / (2 * np.pi)
    return float(first), float(open_angle / (2 * np.pi))


def covariance(x, xp):
    A = np.stack([x, xp])
    return A @ A.T / A.shape[1]


def next_covariance(S):
    c = dual(S)[0]
    return np.array([[S[0, 0] / 2, c], [c, S[1, 1] / 2]])


# ntk_forward -----------------------------------------------------------------------


@alternative("ntk_forward")
def scale_in_the_weights(Ws, x, rho):
    """Divide each matrix, then the network is an ordinary one."""
    scaled = [W / np.sqrt(W.shape[1]) for W in Ws]
    Phis = [scaled[0].dot(x)]
    for V in scaled[1:]:
        Phis.append(np.einsum("ij,j->i", V, rho(Phis[-1])))
    return Phis


@alternative("ntk_forward")
def scale_of_what_comes_in(Ws, x, rho):
    """Divide the activations, as a batch of one row."""
    rows = [(x[None, :] / len(x) ** 0.5) @ Ws[0].T]
    for W in Ws[1:]:
        rows.append(rho(rows[-1]) @ W.T * W.shape[1] ** -0.5)
    return [row[0] for row in rows]


# empirical_ntk ---------------------------------------------------------------------


@alternative("empirical_ntk")
def by_the_recursion(Ws, x, xp, rho, drho):
    """K_1 = x.x' I / w_1, then layer by layer."""
    phi, phip = (Ws[0] @ x / np.sqrt(len(x)) for x in (x, xp))
    K = np.dot(x, xp) / len(x) * np.eye(len(Ws[0]))
    for W in Ws[1:]:
        w = W.shape[1]
        a, ap = rho(phi), rho(phip)
        inside = drho(phi)[:, None] * K * drho(phip)
        K = (np.dot(a, ap) * np.eye(len(W)) + W @ inside @ W.T) / w
        phi, phip = W @ a / np.sqrt(w), W @ ap / np.sqrt(w)
    return K


@alternative("empirical_ntk")
def by_whole_jacobians(Ws, x, xp, rho, drho):
    """Both Jacobians in full, carried forward through the layers."""

    def jacobian(x):
        a, G, grow = x, [], None
        for W in Ws:
            m, w = W.shape
            through = W if grow is None else W * grow
            own = np.kron(np.eye(m), a) / np.sqrt(w)
            G = [through @ block / np.sqrt(w) for block in G] + [own]
            phi = W @ a / np.sqrt(w)
            a, grow = rho(phi), drho(phi)
        return np.concatenate(G, axis=1)

    return jacobian(x) @ jacobian(xp).T


# ntk_step --------------------------------------------------------------------------


@alternative("ntk_step")
def with_diagonal_matrices(WJ, phi, phip, Kprev, rho, drho):
    """(6) and (7) as they are written."""
    factors = [WJ, np.diag(drho(phi)), Kprev, np.diag(drho(phip)), WJ.T]
    old = reduce(np.matmul, factors)
    return np.diag(np.full(len(WJ), np.sum(rho(phi) * rho(phip)))) / len(phi) + old / (
        len(phi)
    )


@alternative("ntk_step")
def by_sums_over_units(WJ, phi, phip, Kprev, rho, drho):
    """One einsum for the old kernel, and the new term on the diagonal."""
    K = np.einsum("ia,a,ab,b,kb->ik", WJ, drho(phi), Kprev, drho(phip), WJ)
    K[np.diag_indices(len(WJ))] += rho(phi) @ rho(phip)
    return K / WJ.shape[1]


# relu_dual -------------------------------------------------------------------------


@alternative("relu_dual")
def with_arcsine(sxx, sxy, syy):
    """π - θ = π/2 + arcsin c."""
    return dual(np.array([[sxx, sxy], [sxy, syy]]))


@alternative("relu_dual")
def with_the_angle_by_its_tangent(sxx, sxy, syy):
    """θ by arctan2, which loses no digits at either end."""
    area = np.sqrt(max(sxx * syy - sxy**2, 0.0))  # √(s s') sin θ
    t = np.arctan2(area, sxy)
    return [(area + (np.pi - t) * sxy) / (2 * np.pi), 0.5 - t / (2 * np.pi)]


# gh_dual ---------------------------------------------------------------------------


@alternative("gh_dual")
def in_the_eigenbasis(rho, drho, sxx, sxy, syy, n):
    """(u, v) = Q √Λ times standard variables, with physicists' nodes."""
    values, Q = np.linalg.eigh(np.array([[sxx, sxy], [sxy, syy]]))
    z, weights = np.polynomial.hermite.hermgauss(n)
    grid = np.sqrt(2.0) * np.stack(np.meshgrid(z, z)).reshape(2, -1)
    u, v = Q * np.sqrt(np.maximum(values, 0.0)) @ grid
    table = np.outer(weights, weights).ravel() / np.pi
    return tuple(float(np.dot(table, f(u) * f(v))) for f in (rho, drho))


@alternative("gh_dual")
def by_conditional_means(rho, drho, sxx, sxy, syy, n):
    """The mean over v given u inside, the mean over u outside."""
    z, weights = np.polynomial.hermite_e.hermegauss(n)
    weights = weights / weights.sum()
    slope = sxy / sxx
    spread = max(syy - slope * sxy, 0.0) ** 0.5
    found = []
    for f in (rho, drho):
        total = 0.0
        for w, u in zip(weights, np.sqrt(sxx) * z, strict=True):
            given_u = np.sum(weights * f(slope * u + spread * z))
            total += w * f(np.array([u]))[0] * given_u
        found.append(float(total))
    return found


# nngp ------------------------------------------------------------------------------


@alternative("nngp")
def by_recursion(x, xp, J):
    """Σ_J from Σ_{J-1} at all three pairs."""
    if J == 1:
        return np.dot(x, xp) / len(x)
    s, c, t = (by_recursion(*pair, J - 1) for pair in ((x, x), (x, xp), (xp, xp)))
    return dual(np.array([[s, c], [c, t]]))[0]


@alternative("nngp")
def by_the_correlation(x, xp, J):
    """Sizes halve; the correlation alone goes through the layers."""
    S = covariance(x, xp)
    size = np.sqrt(S[0, 0] * S[1, 1])
    c = S[0, 1] / size
    for _ in range(J - 1):
        c = 2.0 * dual(np.array([[1.0, c], [c, 1.0]]))[0]
    return float(size * c / 2.0 ** (J - 1))


# ntk_infinite ----------------------------------------------------------------------


@alternative("ntk_infinite")
def as_the_sum(x, xp, J):
    """Every Σ_j times the product of the Σ' behind it."""
    S, sigmas, slopes = covariance(x, xp), [], []
    for _ in range(J):
        sigmas.append(S[0, 1])
        slopes.append(dual(S)[1])
        S = next_covariance(S)
    terms = [sigmas[j] * np.prod(slopes[j : J - 1]) for j in range(J)]
    return float(np.sum(terms))


@alternative("ntk_infinite")
def backward_from_the_last(x, xp, J):
    """From the last layer down, with the product of the slopes in hand."""
    Ss = [covariance(x, xp)]
    for _ in range(J - 1):
        Ss.append(next_covariance(Ss[-1]))
    total, product = 0.0, 1.0
    for j in range(J - 1, -1, -1):
        total += product * Ss[j][1, 0]
        if j:
            product *= dual(Ss[j - 1])[1]
    return np.float64(total)
