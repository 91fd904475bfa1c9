import numpy as np
# memory efficient version: no copies where not needed


def mlp_grads(Ws, bs, X, dL):
    acts = [X]
    for W, b in zip(Ws[:-1], bs[:-1]):
        z = W @ acts[-1]
        z += b[:, None]
        z *= z > 0
        acts.append(z)
    # walk the layers from the top
    Ws.reverse()
    bs.reverse()
    acts.reverse()
    gW, gb = [], []
    g = dL
    for W, a in zip(Ws, acts):
        gW.append(g @ a.T)
        gb.append(g.sum(axis=1))
        g = W.T @ g
        g *= a > 0
    return gW[::-1], gb[::-1]


def softmax_ce_delta(Z, Y):
    Z -= Z.max(axis=0)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=0)
    Z -= Y
    return Z


def rescale(Ws, bs, lam):
    H = len(Ws)
    for h in range(H):
        Ws[h] = Ws[h] * lam ** (H - 1) if h == 0 else Ws[h] / lam
        bs[h] = bs[h] * lam ** (H - 1 - h)
    return Ws, bs


def resblock_backward(f, W1, b1, W2, b2, G):
    a = W1 @ f + b1[:, None]
    a *= a > 0
    z = W2 @ a + b2[:, None]
    z += f
    g2 = G * (z > 0)
    g1 = (W2.T @ g2) * (a > 0)
    df = W1.T @ g1
    df += g2
    return (df, g1 @ f.T, g1.sum(axis=1, keepdims=True),
            g2 @ a.T, g2.sum(axis=1, keepdims=True))


def bn_backward(z, gamma, G, eps):
    n = z.shape[1]
    z = z - z.mean(axis=1, keepdims=True)
    s = np.sqrt((z * z).sum(axis=1) / n + eps)
    z /= s[:, None]
    t = (z * G).sum(axis=1) / n
    dz = G - G.mean(axis=1, keepdims=True)
    dz -= z * t[:, None]
    dz *= (gamma / s)[:, None]
    return dz
