"""Homework 1, chapter 01 (backpropagation by hand)

Convention of the sheet:  x_{j+1} = W_j rho(x_j),  j = 0 .. J-1.
I wrote down for every function which formula of my paper solution it is.
"""

import numpy as np


def layer_jacobians(x, W, rho, drho):
    # f_i = sum_l W_il rho(x_l)
    #   df_i/dx_l  = W_il rho'(x_l)          (columns of W get scaled)
    #   df_i/dW_kl = [i == k] rho(x_l)
    n_out, n_in = W.shape
    Jx = W @ np.diag(drho(x))

    activated = rho(x)
    JW = np.zeros((n_out, n_out, n_in))
    for i in range(n_out):
        JW[i, i, :] = activated
    return Jx, JW


def suffix_loss(xj, j, Ws, rho, loss):
    # j == J: the slice is empty, the loop does not run, and loss(xj) is left. good.
    state = xj
    for W in Ws[j:]:
        state = W @ rho(state)
    return float(loss(state))


def _forward(x0, Ws, rho):
    """All states x_0 .. x_J."""
    states = [x0]
    for W in Ws:
        states.append(W @ rho(states[-1]))
    return states


def backprop_states(x0, Ws, rho, drho, grad_loss):
    states = _forward(x0, Ws, rho)
    J = len(Ws)

    grads = [None] * (J + 1)
    grads[J] = grad_loss(states[J])
    for j in range(J - 1, -1, -1):
        # Jx^T g with Jx = W diag(rho'),  so Jx^T g = rho' * (W^T g)
        grads[j] = drho(states[j]) * np.dot(Ws[j].T, grads[j + 1])
    return grads


def backprop_weights(x0, Ws, rho, drho, grad_loss):
    states = _forward(x0, Ws, rho)
    g = backprop_states(x0, Ws, rho, drho, grad_loss)
    # column times row: (n_{j+1}, 1) (1, n_j)
    return [g[j + 1][:, None] * rho(states[j])[None, :] for j in range(len(Ws))]
