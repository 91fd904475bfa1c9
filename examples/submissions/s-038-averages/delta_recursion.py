'''
Exercise sheet 2
everything vectorised with numpy, no loops over samples
'''
import numpy as np

def relu(z): return z * (z > 0)

def mlp_grads(Ws, bs, X, dL):
    N = X.shape[1]  # batch size
    a = X
    cache = []
    for Wl, bl in zip(Ws, bs):
        z = Wl.dot(a) + bl[:, None]
        cache.append((a, z))
        a = relu(z)
    dz = dL
    dWs, dbs = [], []
    for l in reversed(range(len(Ws))):
        a, z = cache[l]
        if l != len(Ws) - 1:
            dz = da * (z > 0)
        dWs = [dz.dot(a.T) / N] + dWs
        dbs = [np.mean(dz, axis=1)] + dbs
        da = Ws[l].T.dot(dz)
    return dWs, dbs

def softmax(Z):
    # numerically stable
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def softmax_ce_delta(Z, Y):
    return softmax(Z) - Y

def rescale(Ws, bs, lam):
    H = len(Ws)
    Ws_new = [Wl / lam for Wl in Ws]
    Ws_new[0] = Ws[0] * lam**(H - 1)
    bs_new = [bl * lam**(H - l) for l, bl in enumerate(bs)]
    return Ws_new, bs_new

def resblock_backward(f, W1, b1, W2, b2, G):
    a1 = relu(W1.dot(f) + b1[:, None])
    z2 = W2.dot(a1) + b2[:, None] + f
    dz2 = G * (z2 > 0)
    dz1 = W2.T.dot(dz2)
    return (W1.T.dot(dz1) + dz2,
            dz1.dot(f.T), np.sum(dz1, axis=1),
            dz2.dot(a1.T), np.sum(dz2, axis=1))

def bn_backward(z, gamma, G, eps):
    sigma = np.sqrt(np.var(z, axis=1) + eps)
    # dy/dz = gamma / sigma
    return (gamma / sigma)[:, None] * G
