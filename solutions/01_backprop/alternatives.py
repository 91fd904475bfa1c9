"""Right answers to chapter 01 by other roads; every check must accept them.

x state, W weight matrix, J depth, g gradient of a state.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from minigrad.course import alternative

# layer_jacobians -------------------------------------------------------------------


@alternative("layer_jacobians")
def diagonal_and_kronecker(x, W, rho, drho):
    """Jx = W diag ρ'(x); row by row, JW is the matrix I ⊗ ρ(x)ᵀ."""
    n_out, n_in = W.shape
    flat = np.kron(np.eye(n_out), rho(x)[None, :])
    return W @ np.diag(drho(x)), flat.reshape(n_out, n_out, n_in)


@alternative("layer_jacobians")
def kronecker_by_columns(x, W, rho, drho):
    """Column by column, JW is the matrix ρ(x)ᵀ ⊗ I, and is folded by columns too."""
    n_out, n_in = W.shape
    stacked = np.kron(rho(x)[None, :], np.eye(n_out))
    JW = stacked.reshape(n_out, n_out, n_in, order="F")
    return np.einsum("il,l->il", W, drho(x)), JW


@alternative("layer_jacobians")
def entry_by_entry(x, W, rho, drho):
    """Two loops over the entries of W."""
    n_out, n_in = W.shape
    Jx, JW = np.zeros((n_out, n_in)), np.zeros((n_out, n_out, n_in))
    for row, col in np.ndindex(n_out, n_in):
        Jx[row, col] = W[row, col] * drho(x)[col]
        JW[row, row, col] = rho(x)[col]
    return Jx, JW


# suffix_loss -----------------------------------------------------------------------


@alternative("suffix_loss")
def suffix_by_recursion(xj, j, Ws, rho, loss):
    """ℓ_j(z) = ℓ_{j+1}(W_j ρ(z)), down to ℓ_J = ℓ."""
    if j == len(Ws):
        return loss(xj)
    return suffix_by_recursion(Ws[j] @ rho(xj), j + 1, Ws, rho, loss)


@alternative("suffix_loss")
def suffix_by_folding(xj, j, Ws, rho, loss):
    """The state folded over the matrices that are left."""
    return float(loss(reduce(lambda z, W: np.dot(W, rho(z)), Ws[j:], xj)))


# backprop_states -------------------------------------------------------------------


@alternative("backprop_states")
def states_by_recursion(x0, Ws, rho, drho, grad_loss):
    """The gradients of the shorter network, and one more in front of them."""
    if not Ws:
        return [grad_loss(x0)]
    W, *rest = Ws
    later = states_by_recursion(W @ rho(x0), rest, rho, drho, grad_loss)
    return [drho(x0) * (later[0] @ W), *later]


@alternative("backprop_states")
def states_by_whole_jacobians(x0, Ws, rho, drho, grad_loss):
    """∇ℓ_j = (∂x_J/∂x_j)ᵀ ∇ℓ(x_J): every Jacobian multiplied out, matrix by matrix."""
    xs = [x0]
    for W in Ws:
        xs.append(np.einsum("kl,l->k", W, rho(xs[-1])))
    J = np.eye(len(xs[-1]))
    jacobians = [J]
    for W, x in zip(Ws[::-1], xs[-2::-1], strict=True):
        J = J @ W @ np.diag(drho(x))
        jacobians.insert(0, J)
    return [J.T @ grad_loss(xs[-1]) for J in jacobians]


# backprop_weights ------------------------------------------------------------------


@alternative("backprop_weights")
def weights_by_recursion(x0, Ws, rho, drho, grad_loss):
    """Each layer is handed the gradient at its output and hands one down."""

    def visit(x, Ws):
        if not Ws:
            return grad_loss(x), []
        W, *rest = Ws
        g, later = visit(W @ rho(x), rest)
        return drho(x) * (g @ W), [g[:, None] * rho(x)[None, :], *later]

    return visit(x0, Ws)[1]


@alternative("backprop_weights")
def weights_through_the_tensor(x0, Ws, rho, drho, grad_loss):
    """Contract g with the whole JW[i, k, l], zeros included."""
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    g, Gs = grad_loss(xs[-1]), []
    for W, x in zip(Ws[::-1], xs[-2::-1], strict=True):
        JW = np.einsum("ik,l->ikl", np.eye(len(W)), rho(x))
        Gs.append(np.einsum("i,ikl->kl", g, JW))
        g = np.einsum("k,kl,l->l", g, W, drho(x))
    return Gs[::-1]


@alternative("backprop_weights")
def weights_by_forward_mode(x0, Ws, rho, drho, grad_loss):
    """Nudge one weight at a time and follow the nudge to the output: many passes."""
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    g = grad_loss(xs[-1])

    def slope(j, row, col):
        nudge = np.eye(len(Ws[j]))[row] * rho(xs[j])[col]
        for W, x in zip(Ws[j + 1 :], xs[j + 1 : -1], strict=True):
            nudge = W @ (drho(x) * nudge)
        return g @ nudge

    Gs = [np.zeros(W.shape) for W in Ws]
    for j, G in enumerate(Gs):
        for row, col in np.ndindex(*G.shape):
            G[row, col] = slope(j, row, col)
    return Gs
