import numpy as np

print("=== loading delta_recursion.py ===")


def mlp_grads(Ws, bs, X, dL):
    H = len(Ws)
    zs, fs = [], [X]
    for h in range(H):
        zs.append(np.dot(Ws[h], fs[h]) + np.outer(bs[h], np.ones(X.shape[1])))
        fs.append(np.maximum(zs[h], 0))
        print("layer", h + 1, "active:", np.sum(zs[h] > 0), "of", zs[h].size)
    gW, gb = [], []
    delta = dL
    for h in range(H - 1, -1, -1):
        gW.insert(0, np.dot(delta, fs[h].T).tolist())
        gb.insert(0, delta.sum(axis=1).tolist())
        print("|delta|", h + 1, np.linalg.norm(delta))
        if h > 0:
            delta = np.dot(Ws[h].T, delta) * (zs[h - 1] > 0)
    return gW, gb


def softmax_ce_delta(Z, Y):
    e = np.exp(Z - np.max(Z, axis=0))
    p = e / np.sum(e, axis=0)
    print("probabilities sum to", np.sum(p, axis=0))
    return p - Y


def rescale(Ws, bs, lam):
    H = len(Ws)
    Ws_out, bs_out = [], []
    for h in range(H):
        c = lam ** (H - 1) if h == 0 else 1 / lam
        print("layer", h + 1, "weight factor", c, "bias factor", lam ** (H - 1 - h))
        Ws_out.append(c * Ws[h])
        bs_out.append(lam ** (H - 1 - h) * bs[h])
    return Ws_out, bs_out


def resblock_backward(f, W1, b1, W2, b2, G):
    z1 = np.dot(W1, f) + b1[:, None]
    a = np.maximum(z1, 0)
    z2 = np.dot(W2, a) + b2[:, None] + f
    print("z1", z1, "z2", z2, sep="\n")
    d2 = np.where(z2 > 0, G, 0)
    d1 = np.where(z1 > 0, np.dot(W2.T, d2), 0)
    df = np.dot(W1.T, d1) + d2
    return [df, np.dot(d1, f.T), sum(d1.T), np.dot(d2, a.T), sum(d2.T)]


def bn_backward(z, gamma, G, eps):
    rows = []
    for i in range(len(z)):
        n = len(z[i])
        u = z[i] - np.mean(z[i])
        s = np.sqrt(np.mean(u * u) + eps)
        zh = u / s
        g = gamma[i] * G[i]
        rows.append(list((g - np.mean(g) - zh * np.mean(g * zh)) / s))
        print("row", i, "sum of dz (should be 0):", sum(rows[i]))
    return rows
