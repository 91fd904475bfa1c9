'''
Exercise sheet 1
everything vectorised with numpy, no loops over neurons
'''
import numpy as np

def layer_jacobians(x, W, rho, drho):
    n_out, n_in = W.shape
    # d(W rho)/dx = W
    J_x = W.copy()
    J_W = np.kron(np.eye(n_out), rho(x)).reshape(n_out, n_out, n_in)
    return J_x, J_W

def suffix_loss(xj, j, Ws, rho, loss):
    for l, Wl in enumerate(Ws):
        if l >= j:
            xj = Wl.dot(rho(xj))
    return loss(xj)

def backprop_states(x0, Ws, rho, drho, grad_loss):
    xs = [x0]
    for Wl in Ws: xs.append(Wl.dot(rho(xs[-1])))
    delta = grad_loss(xs[-1])
    deltas = [delta]
    for l in reversed(range(len(Ws))):
        # first through the activation, then through the matrix
        delta = Ws[l].T.dot(drho(xs[l]) * delta)
        deltas = [delta] + deltas
    return deltas

def backprop_weights(x0, Ws, rho, drho, grad_loss):
    xs = [x0]
    for Wl in Ws: xs.append(Wl.dot(rho(xs[-1])))
    delta = grad_loss(xs[-1])
    dWs = []
    for l in reversed(range(len(Ws))):
        dWs = [np.outer(rho(xs[l]), delta)] + dWs
        delta = drho(xs[l]) * Ws[l].T.dot(delta)
    return dWs
