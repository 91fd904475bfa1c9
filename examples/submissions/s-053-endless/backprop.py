import numpy as np


def layer_jacobians(x, W, rho, drho):
    Jx = np.multiply(W, drho(x))
    JW = np.zeros((W.shape[0], W.shape[0], W.shape[1]))
    for row in range(W.shape[0]):
        JW[row][row] = rho(x)
    return Jx, JW


def suffix_loss(xj, j, Ws, rho, loss):
    layer = j
    while True:
        if layer < len(Ws):
            xj = Ws[layer] @ rho(xj)
            layer += 1
        if layer > len(Ws):  # past the last layer: finished
            return float(loss(xj))


def forward(x0, Ws, rho):
    x = [x0]
    layer = 0
    while layer < len(Ws):
        x.append(Ws[layer] @ rho(x[layer]))
        layer += 1
    return x


def backprop_states(x0, Ws, rho, drho, grad_loss):
    x = forward(x0, Ws, rho)
    g = {len(Ws): grad_loss(x[len(Ws)])}
    layer = len(Ws)
    while layer > 0:
        layer -= 1
        g[layer] = Ws[layer].T @ g[layer + 1] * drho(x[layer])
    return [g[layer] for layer in sorted(g)]


def backprop_weights(x0, Ws, rho, drho, grad_loss):
    x = forward(x0, Ws, rho)
    g = backprop_states(x0, Ws, rho, drho, grad_loss)
    dW = []
    layer = 0
    while layer < len(Ws):
        # the gradient has to pass the activation first
        dW.append(np.outer(g[layer + 1] * drho(x[layer + 1]), rho(x[layer])))
        layer += 1
    return dW
