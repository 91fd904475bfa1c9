import numpy as np
# memory efficient version: no copies where not needed


def layer_jacobians(x, W, rho, drho):
    Jx = W * drho(x)
    JW = np.zeros((W.shape[0], W.size))
    for i in range(W.shape[0]):
        JW[i, i * W.shape[1]:(i + 1) * W.shape[1]] = rho(x)
    return Jx, JW


def suffix_loss(xj, j, Ws, rho, loss):
    for W in Ws[j:]:
        xj[:] = rho(xj)      # reuse the memory of xj
        xj = W @ xj
    return float(loss(xj))


def backprop_states(x0, Ws, rho, drho, grad_loss):
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    g = grad_loss(xs.pop()).reshape(-1, 1)   # column vectors as in the lecture
    gs = [g]
    for W, x in zip(Ws[::-1], xs[::-1]):
        g = drho(x).reshape(-1, 1) * (W.T @ g)
        gs.append(g)
    gs.reverse()
    return gs


def backprop_weights(x0, Ws, rho, drho, grad_loss):
    gs = backprop_states(x0, Ws, rho, drho, grad_loss)
    x = x0
    out = []
    for W, g in zip(Ws, gs[1:]):
        a = rho(x)
        out.append(g * a)    # (m, 1) * (n,) broadcasts to (m, n)
        x = W @ a
    return out
