"""Homework 1, chapter 02 (delta recursion). Samples are the columns everywhere!"""

import numpy as np


def relu(t):
    return np.maximum(t, 0.0)


def relu_prime(t):
    # 0 at 0 (the sheet insists on it)
    return (t > 0).astype(float)


def mlp_grads(Ws, bs, X, dL):
    H = len(Ws)

    # up: keep every pre-activation z and every layer input a
    a, inputs, zs = X, [], []
    for h in range(H):
        inputs.append(a)
        z = Ws[h] @ a + bs[h][:, np.newaxis]
        zs.append(z)
        a = relu(z)  # the last one is never used: output layer = identity

    # down
    gW, gb = [None] * H, [None] * H
    G = dL
    for h in range(H - 1, -1, -1):
        if h < H - 1:
            G = (Ws[h + 1].T @ G) * relu_prime(zs[h])
        gW[h] = G @ inputs[h].T  # this product sums over the samples by itself
        gb[h] = np.sum(G, axis=1)
    return gW, gb


def softmax_ce_delta(Z, Y):
    # p - y.  Shift by the column maximum, otherwise exp(1000) = inf
    shifted = Z - np.max(Z, axis=0, keepdims=True)
    p = np.exp(shifted)
    p = p / np.sum(p, axis=0, keepdims=True)
    return p - Y


def rescale(Ws, bs, lam):
    H = len(Ws)
    new_Ws = [Ws[0] * lam ** (H - 1)]
    for W in Ws[1:]:
        new_Ws.append(W / lam)
    # b_h gets lam^(H-h); with i = h-1 from 0 that is H-1-i
    new_bs = [b * lam ** (H - 1 - i) for i, b in enumerate(bs)]
    return new_Ws, new_bs


def resblock_backward(f, W1, b1, W2, b2, G):
    # forward
    z1 = W1 @ f + b1[:, np.newaxis]
    a1 = relu(z1)
    z2 = W2 @ a1 + b2[:, np.newaxis] + f

    # backward, outermost relu first
    dz2 = G * relu_prime(z2)
    dW2 = dz2 @ a1.T
    db2 = dz2.sum(axis=1)
    dz1 = (W2.T @ dz2) * relu_prime(z1)
    dW1 = dz1 @ f.T
    db1 = dz1.sum(axis=1)
    df = W1.T @ dz1 + dz2  # main branch + skip
    return df, dW1, db1, dW2, db2


def bn_backward(z, gamma, G, eps):
    # On paper:  dz = gamma/(n s) * ( n G - sum G - zhat * sum(G zhat) )
    n = z.shape[1]
    mu = z.mean(axis=1, keepdims=True)
    s = np.sqrt(((z - mu) ** 2).mean(axis=1, keepdims=True) + eps)
    zhat = (z - mu) / s
    sum_G = G.sum(axis=1, keepdims=True)
    sum_Gz = (G * zhat).sum(axis=1, keepdims=True)
    return gamma[:, np.newaxis] / (n * s) * (n * G - sum_G - zhat * sum_Gz)
