"""I do one sample at a time because I trust vectors more than matrices.
The loss is a sum, so the gradients just get added up."""

import numpy as np


def one_sample(Ws, bs, x, d):
    """weight and bias gradients for one column"""
    if len(Ws) == 1:
        return [np.outer(d, x)], [d]
    z = Ws[0] @ x + bs[0]
    on = np.array([1.0 if t > 0 else 0.0 for t in z])
    gWs, gbs = one_sample(Ws[1:], bs[1:], on * z, d)
    back = on * (Ws[1].T @ gbs[0])  # gbs[0] is the delta one layer up
    return [np.outer(back, x)] + gWs, [back] + gbs


def mlp_grads(Ws, bs, X, dL):
    gW = [0.0 * W for W in Ws]
    gb = [0.0 * b for b in bs]
    for s in range(X.shape[1]):
        gWs, gbs = one_sample(Ws, bs, X[:, s], dL[:, s])
        gW = [total + g for total, g in zip(gW, gWs)]
        gb = [total + g for total, g in zip(gb, gbs)]
    return gW, gb


def softmax_ce_delta(Z, Y):
    out = np.zeros(Z.shape)
    for s in range(Z.shape[1]):
        e = np.exp(Z[:, s] - max(Z[:, s]))
        out[:, s] = e / sum(e) - Y[:, s]
    return out


def rescale(Ws, bs, lam):
    # go down from the output and collect one factor of lam per layer
    W2, b2, factor = [], [], 1.0
    for W, b in zip(Ws[::-1], bs[::-1]):
        W2.insert(0, W / lam)
        b2.insert(0, factor * b)
        factor = factor * lam
    W2[0] = Ws[0] * (factor / lam)
    return W2, b2


def resblock_backward(f, W1, b1, W2, b2, G):
    df = np.zeros(f.shape)
    dW1, db1 = np.zeros(W1.shape), np.zeros(b1.shape)
    dW2, db2 = np.zeros(W2.shape), np.zeros(b2.shape)
    for s in range(f.shape[1]):
        x = f[:, s]
        z1 = W1 @ x + b1
        a = z1 * (z1 > 0)
        z2 = W2 @ a + b2 + x
        d2 = G[:, s] * (z2 > 0)
        d1 = W2.T @ d2 * (z1 > 0)
        df[:, s] = W1.T @ d1 + d2
        dW1 += np.outer(d1, x)
        db1 += d1
        dW2 += np.outer(d2, a)
        db2 += d2
    return df, dW1, db1, dW2, db2


def bn_backward(z, gamma, G, eps):
    out = []
    for row, c, g in zip(z, gamma, G):
        n = len(row)
        u = row - sum(row) / n
        s2 = sum(u * u) / n + eps
        # three roads: direct, through the mean, through the variance
        out.append(c * (g - sum(g) / n - u * sum(u * g) / (n * s2)) / np.sqrt(s2))
    return np.array(out)
