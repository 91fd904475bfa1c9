import numpy as np


def mlp_grads(Ws, bs, X, dL):
    f, z = [X], []
    layer = 0
    while layer < len(Ws):
        z.append(Ws[layer] @ f[layer] + bs[layer][:, None])
        f.append(np.maximum(z[layer], 0))
        layer += 1

    delta = dL
    gW, gb = [], []
    while layer > 0:
        layer -= 1
        gb.append(delta @ np.ones(X.shape[1]))
        if layer < len(Ws) - 1:  # hidden layer
            delta = delta * (z[layer] > 0)
        gW.append(delta @ f[layer].T)
        delta = Ws[layer].T @ delta
    gW.reverse()
    gb.reverse()
    return gW, gb


def softmax_ce_delta(Z, Y):
    P = np.exp(Z - np.log(np.exp(Z - Z.max(0)).sum(0)) - Z.max(0))
    return P - Y


def rescale(Ws, bs, lam):
    new_W, new_b = [], []
    power = len(Ws) - 1
    for W, b in zip(Ws, bs):
        new_W.append(W / lam if new_W else W * lam**power)
        new_b.append(b * lam**power)
        power -= 1
    return new_W, new_b


def resblock_backward(f, W1, b1, W2, b2, G):
    z1 = W1 @ f + b1[:, None]
    a = np.maximum(z1, 0)
    z2 = W2 @ a + b2[:, None]
    # relu on the branch, then the skip
    d2 = G * (z2 > 0)
    d1 = W2.T @ d2 * (z1 > 0)
    return W1.T @ d1 + G, d1 @ f.T, d1.sum(1), d2 @ a.T, d2.sum(1)


def bn_backward(z, gamma, G, eps):
    n = z.shape[1]
    mu = z.mean(1)[:, None]
    sd = z.std(1, ddof=1)[:, None] + eps
    h = (z - mu) / sd
    g = gamma[:, None] * G
    return (g - g.mean(1)[:, None] - h * (g * h).mean(1)[:, None]) / sd
