import numpy as np


def layer_jacobians(x, W, rho, drho):
    return W * drho(x)[None, :], np.eye(len(W))[:, :, None] * rho(x)


def suffix_loss(xj, j, Ws, rho, loss):
    for W in Ws[j:]
        xj = W @ rho(xj)
    return loss(xj)


def backprop_states(x0, Ws, rho, drho, grad_loss):
    if len(Ws) == 0:
        return [grad_loss(x0)]
    rest = backprop_states(Ws[0] @ rho(x0), Ws[1:], rho, drho, grad_loss)
    return [drho(x0) * (Ws[0].T @ rest[0])] + rest


def backprop_weights(x0, Ws, rho, drho, grad_loss):
    g = backprop_states(x0, Ws, rho, drho, grad_loss)
    x, out = x0, []
    for j in range(len(Ws)):
        out.append(np.outer(g[j + 1], rho(x)))
        x = Ws[j] @ rho(x)
    return out
