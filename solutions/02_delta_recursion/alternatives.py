"""Right answers to chapter 02 by other roads; the checks must let them all pass."""

from __future__ import annotations

import math

import numpy as np

from minigrad.course import alternative


@alternative("mlp_grads")
def one_sample_at_a_time(Ws, bs, X, dL):
    """Vectors, explicit diagonal matrices, outer products, added sample by sample."""
    gW, gb = [np.zeros_like(W) for W in Ws], [np.zeros_like(b) for b in bs]
    for x, delta in zip(X.T, dL.T, strict=True):
        states, slopes = [x], []
        for W, b in zip(Ws, bs, strict=True):
            z = W @ states[-1] + b
            states.append(z.clip(min=0.0))
            slopes.append(np.where(z > 0.0, 1.0, 0.0))
        slopes[-1] = np.ones_like(slopes[-1])
        for h in reversed(range(len(Ws))):
            g = np.diag(slopes[h]) @ delta
            gW[h] += np.outer(g, states[h])
            gb[h] += g
            delta = Ws[h].T @ g
    return tuple(gW), tuple(gb)


@alternative("mlp_grads")
def biases_as_a_column_of_weights(Ws, bs, X, dL):
    """[W b] acts on [f; 1]: one array a layer, split again at the end."""

    def with_ones(F):
        return np.vstack([F, np.ones(X.shape[1])])

    As = [np.column_stack([W, b]) for W, b in zip(Ws, bs, strict=True)]
    Fs = [with_ones(X)]
    for A in As[:-1]:
        Fs.append(with_ones((A @ Fs[-1]) * (A @ Fs[-1] > 0.0)))
    G, gA = dL, []
    for A, F in zip(reversed(As), reversed(Fs), strict=True):
        gA.insert(0, np.einsum("is,js->ij", G, F))
        G = (A.T @ G * (F > 0.0))[:-1]
    return [A[:, :-1] for A in gA], [A[:, -1] for A in gA]


@alternative("mlp_grads")
def jacobians_from_the_output_down(Ws, bs, X, dL):
    """J[s] = d f_H / d z_h for every sample, contracted with dL at each layer."""
    Fs, Ds = [X], []
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        z = W @ Fs[-1] + b[:, None]
        Ds.append(np.heaviside(z, 0.0))
        Fs.append(Ds[-1] * z)
    J = np.broadcast_to(np.eye(len(dL)), (X.shape[1], len(dL), len(dL)))
    gW, gb = [], []
    for h in range(len(Ws) - 1, -1, -1):
        gW.append(np.einsum("os,soi,js->ij", dL, J, Fs[h]))
        gb.append(np.einsum("os,soi->i", dL, J))
        if h > 0:
            J = np.einsum("soi,ij,js->soj", J, Ws[h], Ds[h - 1])
    return gW[::-1], gb[::-1]


@alternative("softmax_ce_delta")
def through_log_probabilities(Z, Y):
    """log p = z - logsumexp(z), and logaddexp is safe by itself."""
    return np.exp(Z - np.logaddexp.reduce(Z, axis=0, keepdims=True)) - Y


@alternative("softmax_ce_delta")
def one_logit_at_a_time(Z, Y):
    """Plain loops and math.exp over differences to the sample's largest logit."""
    dZ = np.empty(Z.shape)
    for s in range(Z.shape[1]):
        top = max(Z[:, s])
        total = math.fsum(math.exp(z - top) for z in Z[:, s])
        for i in range(Z.shape[0]):
            dZ[i, s] = math.exp(Z[i, s] - top) / total - Y[i, s]
    return dZ


@alternative("softmax_ce_delta")
def jacobian_row_of_the_true_class(Z, Y):
    """-d log p_k / dz, where row k of (I - 1 p^T) is the Jacobian of log-softmax."""
    columns = []
    for z, y in zip(Z.T, Y.T, strict=True):
        e = np.exp(z - z.max())
        J = np.eye(len(z)) - np.outer(np.ones(len(z)), e / e.sum())
        columns.append(-J.T @ y)
    return np.stack(columns, axis=1)


@alternative("rescale")
def by_the_scale_of_each_layer(Ws, bs, lam):
    """State h >= 1 grows by lam^(H-h): times its own scale, over the one below."""
    H = len(Ws)
    scale = [1.0, *(lam ** (H - h) for h in range(1, H + 1))]
    Ws2 = [scale[h + 1] / scale[h] * W for h, W in enumerate(Ws)]
    return tuple(Ws2), tuple(c * b for c, b in zip(scale[1:], bs, strict=True))


@alternative("rescale")
def by_moves_between_neighbors(Ws, bs, lam):
    """Multiply what enters hidden layer h, divide what leaves it, layer after layer."""
    Ws2, bs2 = [W.copy() for W in Ws], [b.copy() for b in bs]
    for h in range(len(Ws) - 1):
        c = math.exp((len(Ws) - 1 - h) * math.log(lam))
        Ws2[h] *= c
        bs2[h] *= c
        Ws2[h + 1] /= c
    return Ws2, bs2


@alternative("resblock_backward")
def block_jacobian_per_sample(f, W1, b1, W2, b2, G):
    """df = (D2 (W2 D1 W1 + I))^T G, one sample after another, as matrices."""
    df = np.zeros_like(f)
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
    for s in range(f.shape[1]):
        x, g = f[:, s], G[:, s]
        z1 = W1 @ x + b1
        D1 = np.diag((z1 > 0.0).astype(float))
        D2 = np.diag((W2 @ D1 @ z1 + b2 + x > 0.0).astype(float))
        df[:, s] = (D2 @ (W2 @ D1 @ W1 + np.eye(len(x)))).T @ g
        dW1 += np.outer(D1 @ W2.T @ D2 @ g, x)
        db1 += D1 @ W2.T @ D2 @ g
        dW2 += np.outer(D2 @ g, D1 @ z1)
        db2 += D2 @ g
    return df, dW1, db1, dW2, db2


@alternative("resblock_backward")
def one_wide_layer_over_a_stack(f, W1, b1, W2, b2, G):
    """[W2 I] acts on [a; f]: the skip is a layer with fixed weights, then slices."""
    q = len(b1)
    z1 = np.einsum("ij,js->is", W1, f) + np.expand_dims(b1, 1)
    stack = np.concatenate([np.where(z1 > 0.0, z1, 0.0), f])
    wide = np.hstack([W2, np.eye(len(f))])
    z2 = np.dot(wide, stack) + np.expand_dims(b2, 1)
    G2 = np.where(z2 > 0.0, G, 0.0)
    back = np.dot(wide.T, G2)
    G1 = np.where(z1 > 0.0, back[:q], 0.0)
    df = back[q:] + np.einsum("ij,is->js", W1, G1)
    ones = np.ones(f.shape[1])
    return [df, np.dot(G1, f.T), G1 @ ones, np.dot(G2, stack[:q].T), G2 @ ones]


@alternative("bn_backward")
def by_the_three_roads(z, gamma, G, eps):
    """Directly, through the variance and through the mean, as papers write it."""
    n = z.shape[1]
    mu, var = z.mean(1)[:, None], z.var(1)[:, None]
    dhat = G * gamma[:, None]
    dvar = -0.5 * (var + eps) ** -1.5 * (dhat * (z - mu)).sum(1)[:, None]
    dmu = -(dhat / np.sqrt(var + eps)).sum(1)[:, None]
    return dhat / np.sqrt(var + eps) + dvar * 2.0 * (z - mu) / n + dmu / n


@alternative("bn_backward")
def by_the_jacobian_of_a_row(z, gamma, G, eps):
    """J = (gamma/s)(I - 11^T/n - zhat zhat^T/n), symmetric, row by row."""
    n = z.shape[1]
    rows = []
    for row, c, g in zip(z, gamma, G, strict=True):
        s = math.sqrt(float(np.mean((row - np.mean(row)) ** 2)) + eps)
        hat = (row - np.mean(row)) / s
        J = c / s * (np.eye(n) - np.ones((n, n)) / n - np.outer(hat, hat) / n)
        rows.append(J @ g)
    return np.array(rows)


@alternative("bn_backward")
def by_centering_twice(z, gamma, G, eps):
    """With the centering matrix C: dz = C (g / s - u sum(u g) / (n s^3)), u = C z."""
    n = z.shape[1]
    C = np.eye(n) - 1.0 / n
    u = z @ C
    s2 = (u * u).sum(axis=1, keepdims=True) / n + eps
    g = np.diag(gamma) @ G
    inner = np.einsum("is,is->i", u, g)[:, None]
    return (g / s2**0.5 - u * inner / (n * s2**1.5)) @ C
