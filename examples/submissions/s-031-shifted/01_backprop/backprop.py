import numpy as np

# tested with tanh on a 2-2-2 network, looks fine to me


def layer_jacobians(x, W, rho, drho):
    # gradient convention from the vector calculus lecture: one column per output
    Jx = np.diag(drho(x)) @ W.T
    m = W.shape[0]
    JW = np.zeros((m,) + W.shape)
    JW[np.arange(m), np.arange(m)] = rho(x)
    return Jx, JW


def suffix_loss(xj, j, Ws, rho, loss):
    v = xj
    # xj is layer j, so the next matrix is j+1
    for k in range(j + 1, len(Ws)):
        v = Ws[k] @ rho(v)
    return float(loss(v))


def backprop_states(x0, Ws, rho, drho, grad_loss):
    acts = []  # rho(x_j), I reuse it for the derivative
    v = x0
    for W in Ws:
        acts.append(rho(v))
        v = W @ acts[-1]
    g = grad_loss(v)
    out = [g]
    for W, a in zip(Ws[::-1], acts[::-1]):
        g = drho(a) * (W.T @ g)
        out.insert(0, g)
    return out


def backprop_weights(x0, Ws, rho, drho, grad_loss):
    # own recursion (not the one above, it was not finished when I wrote this)
    xs = [x0]
    for W in Ws:
        xs.append(W @ rho(xs[-1]))
    g = grad_loss(xs[-1])
    dWs = []
    for j in range(len(Ws) - 1, -1, -1):
        # x_{j+1} = W_j rho(x_j)  ->  delta x^T
        dWs.append(np.outer(g, xs[j]))
        g = (Ws[j].T @ g) * drho(xs[j])
    dWs.reverse()
    return dWs
