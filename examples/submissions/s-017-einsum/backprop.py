from functools import reduce

from helpers import trajectory
from numpy import einsum, eye


def layer_jacobians(x, W, rho, drho):
    return (
        einsum("il,l->il", W, drho(x)),
        einsum("ik,l->ikl", eye(W.shape[0]), rho(x)),
    )


def suffix_loss(xj, j, Ws, rho, loss):
    return loss(reduce(lambda x, W: W @ rho(x), Ws[j:], xj))


def backprop_states(x0, Ws, rho, drho, grad_loss):
    *xs, out = trajectory(x0, Ws, lambda x, W: W @ rho(x))
    steps = zip(reversed(xs), reversed(Ws))
    pull = lambda g, step: einsum("i,il,l->l", g, step[1], drho(step[0]))
    return trajectory(grad_loss(out), steps, pull)[::-1]


def backprop_weights(x0, Ws, rho, drho, grad_loss):
    xs = trajectory(x0, Ws, lambda x, W: W @ rho(x))
    gs = backprop_states(x0, Ws, rho, drho, grad_loss)
    return [einsum("i,l->il", g, rho(x)) for g, x in zip(gs[1:], xs)]
