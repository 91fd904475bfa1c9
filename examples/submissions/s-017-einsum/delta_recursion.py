from helpers import affine, gate, param_grads, pull, softmax, trajectory
from numpy import arange, einsum, power


def mlp_grads(Ws, bs, X, dL):
    # fs[h] enters layer h; the network's output itself is not needed
    relu_layer = lambda f, Wb: gate(z := affine(*Wb, f), z)
    fs = trajectory(X, list(zip(Ws, bs))[:-1], relu_layer)
    # relu(z) > 0 iff z > 0, so the states can open the gates themselves
    down = zip(Ws[:0:-1], fs[:0:-1])
    gs = trajectory(dL, down, lambda g, Wf: gate(Wf[1], pull(Wf[0], g)))[::-1]
    gW, gb = zip(*map(param_grads, gs, fs))
    return list(gW), list(gb)


def softmax_ce_delta(Z, Y):
    return softmax(Z) - Y


def rescale(Ws, bs, lam):
    scale = power(float(lam), arange(len(Ws))[::-1])  # lam^(H-1), ..., lam, 1
    first, *rest = Ws
    return [scale[0] * first, *(W / lam for W in rest)], [s * b for s, b in zip(scale, bs)]


def resblock_backward(f, W1, b1, W2, b2, G):
    z1 = affine(W1, b1, f)
    a = gate(z1, z1)
    g2 = gate(affine(W2, b2, a) + f, G)
    g1 = gate(z1, pull(W2, g2))
    return (pull(W1, g1) + g2, *param_grads(g1, f), *param_grads(g2, a))


def bn_backward(z, gamma, G, eps):
    n = z.shape[1]
    c = z - z.mean(1)[:, None]
    inv = (einsum("pn,pn->p", c, c) / n + eps) ** -0.5
    h = einsum("pn,p->pn", c, inv)
    overlap = einsum("pn,pn->p", G, h) / n
    centered = G - einsum("pn->p", G)[:, None] / n
    return einsum("p,p,pn->pn", gamma, inv, centered - einsum("p,pn->pn", overlap, h))
