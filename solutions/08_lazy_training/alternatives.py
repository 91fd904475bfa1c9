"""Right answers to chapter 08 by other roads; every check must accept them.

W weights, B derivative of the output in a layer, s singular values, K kernel.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import alternative

# weight_velocity -------------------------------------------------------------------


def layers(Ws, x, rho):
    """The inputs x, ρ(Φ_1), ... of the layers, and what they compute, Φ_1..Φ_J."""
    inputs, phis = [x], []
    for W in Ws:
        phis.append(W @ inputs[-1] / W.shape[1] ** 0.5)
        inputs.append(rho(phis[-1]))
    return inputs, phis


@alternative("weight_velocity")
def with_whole_jacobians(Ws, x, gradR, rho, drho, lam):
    """B_j as matrices, each made from the one above."""
    inputs, phis = layers(Ws, x, rho)
    B, found = np.eye(len(gradR)), []
    for j in range(len(Ws) - 1, -1, -1):
        root = Ws[j].shape[1] ** 0.5
        found.insert(0, -lam / root * np.einsum("ik,i,l->kl", B, gradR, inputs[j]))
        if j:
            B = B @ Ws[j] @ np.diag(drho(phis[j - 1])) / root
    return tuple(found)


@alternative("weight_velocity")
def with_scaled_weights(Ws, x, gradR, rho, drho, lam):
    """Back-propagation through V_j = W_j/√w_j, and one more 1/√w_j at the end."""
    Vs = [W / np.sqrt(W.shape[1]) for W in Ws]
    inputs, phis = [x], []
    for V in Vs:
        phis.append(V @ inputs[-1])
        inputs.append(rho(phis[-1]))
    g, found = gradR[:, None], []
    for V, a, phi in zip(Vs[::-1], inputs[-2::-1], [*phis[-2::-1], None], strict=True):
        found.append(-lam * (g * a) / np.sqrt(V.shape[1]))
        if phi is not None:
            g = drho(phi)[:, None] * (V.T @ g)
    return found[::-1]


# velocity_bound --------------------------------------------------------------------


def largest(W):
    """The largest singular value."""
    return float(np.linalg.svd(W, compute_uv=False)[0])


@alternative("velocity_bound")
def with_logarithms(Ws, Ws0, x, gradR, lam):
    """A sum of logarithms, with singular values."""
    u = [largest(W - V) + largest(V) for W, V in zip(Ws, Ws0, strict=True)]
    logs = np.log([lam, np.sqrt(x @ x), np.sqrt(gradR @ gradR)]).sum()
    logs += (len(Ws) - 1) / 2 * np.log(np.sum(np.square(u)))
    return np.exp(logs - sum(np.log(W.shape[1]) for W in Ws) / 2)


@alternative("velocity_bound")
def with_eigenvalues(Ws, Ws0, x, gradR, lam):
    """One factor √(u.u)/√w_k for each layer above the first; roots of λ_1(WᵀW)."""
    size = lambda W: np.sqrt(max(np.linalg.eigvalsh(W.T @ W)[-1], 0.0))
    u = np.array([size(W - V) + size(V) for W, V in zip(Ws, Ws0, strict=True)])
    bound = lam * np.linalg.norm(np.outer(gradR, x)) / np.sqrt(Ws[0].shape[1])
    for W in Ws[1:]:
        bound *= np.sqrt(u @ u) / np.sqrt(W.shape[1])
    return bound


# predicted_displacement ------------------------------------------------------------


@alternative("predicted_displacement")
def by_the_recursion_of_the_kernel(r0, S, D, lam, t):
    """Θ_{j+1} = Σ_{j+1} + dotΣ_{j+1} Θ_j gives K; the shares come layer by layer."""
    K, shares = S[0], [S[0]]
    for sigma, dot in zip(S[1:], D, strict=True):
        K = sigma + dot * K
        shares = [*(dot * share for share in shares), sigma]
    return abs(r0) * (1 - np.exp(-lam * K * t)) / K * np.array(shares) ** 0.5


@alternative("predicted_displacement")
def by_integrating_the_residual(r0, S, D, lam, t):
    """lam √K_j times the integral of the residual, whatever its sign."""
    roots = np.array([np.sqrt(S[j] * np.prod(D[j:])) for j in range(len(S))])
    K = roots @ roots
    integral = (r0 - r0 * np.exp(-lam * K * t)) / (lam * K)
    return np.abs(-lam * roots * integral)


# kernel_drift_bound ----------------------------------------------------------------


@alternative("kernel_drift_bound")
def by_singular_values(J0, Jt):
    """The largest singular values."""
    return (largest(J0) + largest(Jt)) * largest(J0 - Jt)


@alternative("kernel_drift_bound")
def by_gram_matrices(J0, Jt):
    """Roots of the largest eigenvalues of J Jᵀ."""
    size = lambda J: np.sqrt(max(np.linalg.eigvalsh(J @ J.T)[-1], 0.0))
    return size(Jt) * size(Jt - J0) + size(J0) * size(Jt - J0)


# linearized_output -----------------------------------------------------------------


@alternative("linearized_output")
def by_squaring(K, f0, y, lam, t):
    """e^A = (e^(A/2^k))^(2^k), with a Taylor polynomial for the small one."""
    halvings = max(0, int(np.ceil(np.log2(1.0 + np.abs(lam * t * K).sum()))))
    A = -lam * t * K / 2.0**halvings
    term = E = np.eye(len(f0))
    for k in range(1, 25):
        term = term @ A / k
        E = E + term
    for _ in range(halvings):
        E = E @ E
    return E @ (f0 - y) + y


@alternative("linearized_output")
def by_singular_vectors(K, f0, y, lam, t):
    """f0 is a convex combination with y in each singular direction of K."""
    U, s, _ = np.linalg.svd(K, hermitian=True)
    done = 1.0 - np.exp(-lam * t * s)
    return f0 + sum(d * v * (v @ (y - f0)) for d, v in zip(done, U.T, strict=True))
