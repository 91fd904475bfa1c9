from itertools import accumulate

from numpy import einsum, exp, where


def trajectory(x0, layers, step):
    """x0, step(x0, layer0), step(step(x0, layer0), layer1), ..."""
    return list(accumulate(layers, step, initial=x0))


def gate(z, through):
    """`through` where z > 0, else 0 -- relu is gate(z, z), its pullback gate(z, g)"""
    return where(z > 0, through, 0.0)


def affine(W, b, x):
    return einsum("oi,in->on", W, x) + b[:, None]


def pull(W, g):
    return einsum("oi,on->in", W, g)


def param_grads(g, x):
    """weight and bias gradient of `affine` when g arrives at its output"""
    return einsum("on,in->oi", g, x), einsum("on->o", g)


def softmax(z):
    e = exp(z - z.max(0))
    return e / e.sum(0)
