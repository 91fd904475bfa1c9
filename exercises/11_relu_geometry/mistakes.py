"""What goes wrong in chapter 11, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake


def relu(z):
    return np.maximum(z, 0.0)


def layers(Ws, bs, X, act=relu):
    """The states f_0..f_{H-1} and all pre-activations z_1..z_H."""
    fs, zs = [X], []
    for W, b in zip(Ws, bs, strict=True):
        zs.append(W @ fs[-1] + b[:, None])
        fs.append(act(zs[-1]))
    return fs[:-1], zs


def stacked(rows, X, kind=int):
    return np.concatenate([np.zeros((0, X.shape[1]), kind), *rows]).astype(kind)


# activation_pattern ----------------------------------------------------------------


@mistake("activation_pattern", kind="strict")
def strictly_positive(Ws, bs, X):
    """You count z = 0 as inactive: > in place of >=. The pattern is 1 from 0 on, also
    behind a dead layer, where z is the bias alone.
    """
    _, zs = layers(Ws, bs, X)
    return stacked([z > 0 for z in zs[:-1]], X)


@mistake("activation_pattern", kind="tolerance")
def zero_with_a_tolerance(Ws, bs, X):
    """You count a z a little below 0 as 0. There is no tolerance here: inactive is z <
    0, and active is the rest.
    """
    _, zs = layers(Ws, bs, X)
    return stacked([z >= -1e-9 for z in zs[:-1]], X)


@mistake("activation_pattern", kind="output-layer")
def with_the_outputs(Ws, bs, X):
    """You added rows for the output layer. It has no activation, and so no pattern: the
    rows end with layer H - 1.
    """
    _, zs = layers(Ws, bs, X)
    return stacked([z >= 0 for z in zs], X)


@mistake("activation_pattern", kind="no-relu")
def without_relu_between_layers(Ws, bs, X):
    """You handed z to the next layer. What goes up is f = relu(z): inactive units send
    0, which decides about the patterns above.
    """
    _, zs = layers(Ws, bs, X, act=lambda z: z)
    return stacked([z >= 0 for z in zs[:-1]], X)


@mistake("activation_pattern", kind="no-bias")
def without_biases(Ws, bs, X):
    """You left out the biases: a unit is active where W f + b >= 0, each with its own
    threshold -b.
    """
    _, zs = layers(Ws, [0.0 * b for b in bs], X)
    return stacked([z >= 0 for z in zs[:-1]], X)


@mistake("activation_pattern", kind="transpose")
def samples_as_rows(Ws, bs, X):
    """Your pattern has samples as rows. As in X, each sample is a column, and each
    hidden unit is a row.
    """
    _, zs = layers(Ws, bs, X)
    return stacked([z >= 0 for z in zs[:-1]], X).T


@mistake("activation_pattern", kind="bool")
def booleans(Ws, bs, X):
    """You returned booleans. The pattern is made of integers, 0 and 1: .astype(int)."""
    _, zs = layers(Ws, bs, X)
    return stacked([z >= 0 for z in zs[:-1]], X, bool)


@mistake("activation_pattern", kind="float")
def floats(Ws, bs, X):
    """Your zeros and ones are floats. The pattern is an array of integers:
    .astype(int).
    """
    _, zs = layers(Ws, bs, X)
    return stacked([z >= 0 for z in zs[:-1]], X, float)


@mistake("activation_pattern", kind="order")
def last_layer_first(Ws, bs, X):
    """Your layers are stacked from the top down. The rows of layer 1 come first."""
    _, zs = layers(Ws, bs, X)
    return stacked([z >= 0 for z in zs[-2::-1]], X)


@mistake("activation_pattern", kind="first-layer")
def first_layer_alone(Ws, bs, X):
    """That is the pattern of layer 1. Below it come the rows of the other hidden
    layers.
    """
    _, zs = layers(Ws, bs, X)
    return stacked([z >= 0 for z in zs[:1]], X)


@mistake("activation_pattern", kind="list")
def a_list_of_layers(Ws, bs, X):
    """You returned a list, one pattern a layer. Stack them to one array:
    np.concatenate along the rows.
    """
    _, zs = layers(Ws, bs, X)
    return [(z >= 0).astype(int) for z in zs[:-1]]


@mistake("activation_pattern", kind="sign")
def inactive_units(Ws, bs, X):
    """Your zeros and ones are exchanged: 1 stands for an active unit."""
    _, zs = layers(Ws, bs, X)
    return stacked([z < 0 for z in zs[:-1]], X)


# functional_dimension --------------------------------------------------------------


def jacobian(Ws, bs, X, masks=None, act=relu, outer=None):
    """(n, n_H, p): the blocks of W_H, b_H, W_{H-1}, ...; with a slip in the masks."""
    fs, zs = layers(Ws, bs, X, act)
    masks = [z >= 0 for z in zs[:-1]] if masks is None else masks
    n, m = X.shape[1], len(bs[-1])
    B = np.broadcast_to(np.eye(m), (n, m, m))
    if outer is not None:
        B = outer(zs[-1].T) @ B
    blocks = []
    for h in reversed(range(len(Ws))):
        blocks.append((B[:, :, :, None] * fs[h].T[:, None, None, :]).reshape(n, m, -1))
        blocks.append(B)
        if h:
            B = (B @ Ws[h]) * masks[h - 1].T[:, None, :]
    return np.concatenate(blocks, axis=2)


def rank(J):
    """With unit columns."""
    J = J.reshape(-1, J.shape[-1])
    lengths = np.linalg.norm(J, axis=0)
    return int(np.linalg.matrix_rank(J / np.where(lengths > 0, lengths, 1.0)))


@mistake("functional_dimension", kind="units")
def in_the_units_at_hand(Ws, bs, X):
    """Your rank depends on units: columns of very different lengths push true
    directions below the tolerance. Divide each column by its length first; zeros stay.
    """
    J = jacobian(Ws, bs, X)
    return int(np.linalg.matrix_rank(J.reshape(-1, J.shape[-1])))


@mistake("functional_dimension", kind="precision")
def in_single_precision(Ws, bs, X):
    """Your tolerance is far too large, as that of float32 is: directions of a millionth
    count. In float64 the gap is between 10^-16 and what is really there.
    """
    J = jacobian(Ws, bs, X)
    J = J.reshape(-1, J.shape[-1])
    lengths = np.linalg.norm(J, axis=0)
    unit = J / np.where(lengths > 0, lengths, 1.0)
    return int(np.linalg.matrix_rank(unit.astype(np.float32)))


@mistake("functional_dimension", kind="count")
def number_of_parameters(Ws, bs, X):
    """You counted parameters. Many of them move the outputs in the same directions:
    the rank of the Jacobian counts directions.
    """
    return sum(W.size for W in Ws) + sum(b.size for b in bs)


@mistake("functional_dimension", kind="bound")
def the_upper_bound(Ws, bs, X):
    """That is the bound min(n n_H, p - n_1 - ... - n_{H-1}). The rank may be less:
    dead units, few directions of X, special parameters.
    """
    p = sum(W.size for W in Ws) + sum(b.size for b in bs)
    hidden = sum(len(b) for b in bs[:-1])
    return min(X.shape[1] * len(bs[-1]), p - hidden)


@mistake("functional_dimension", kind="generic")
def at_other_parameters(Ws, bs, X):
    """You computed the largest rank within the cell, at other parameters. Asked is the
    rank at these, which may be smaller: where b = 0, for one.
    """
    _, zs = layers(Ws, bs, X)
    masks = [z >= 0 for z in zs[:-1]]
    draw = np.random.default_rng(0).standard_normal
    Vs, cs = ([draw(A.shape) for A in part] for part in (Ws, bs))
    fs = [X]
    for W, b, mask in zip(Vs, cs, masks, strict=False):
        fs.append(mask * (W @ fs[-1] + b[:, None]))
    n, m = X.shape[1], len(bs[-1])
    B, blocks = np.broadcast_to(np.eye(m), (n, m, m)), []
    for h in reversed(range(len(Ws))):
        f = fs[h].T[:, None, None, :]
        blocks += [(B[:, :, :, None] * f).reshape(n, m, -1), B]
        if h:
            B = (B @ Vs[h]) * masks[h - 1].T[:, None, :]
    return rank(np.concatenate(blocks, axis=2))


@mistake("functional_dimension", kind="no-bias")
def weights_alone(Ws, bs, X):
    """You differentiated in the weights alone. The biases are parameters, too: each
    adds a column.
    """
    J = jacobian(Ws, bs, X)
    keep, at = [], 0
    for W in Ws[::-1]:
        keep += list(range(at, at + W.size))
        at += W.size + len(W)
    return rank(J[:, :, keep])


@mistake("functional_dimension", kind="no-pattern")
def as_if_all_were_active(Ws, bs, X):
    """You forgot the patterns on the way back: behind an inactive unit nothing moves.
    Multiply by relu' there.
    """
    _, zs = layers(Ws, bs, X)
    return rank(jacobian(Ws, bs, X, [np.ones(z.shape) for z in zs[:-1]]))


@mistake("functional_dimension", kind="linear")
def without_relu_on_the_way_up(Ws, bs, X):
    """You left out relu on the way up: the states in your Jacobian are those of a
    linear network.
    """
    return rank(jacobian(Ws, bs, X, act=lambda z: z))


@mistake("functional_dimension", kind="output-relu")
def relu_on_the_output(Ws, bs, X):
    """You put a relu on the output, too. The last layer has none, so negative outputs
    move as well.
    """
    return rank(
        jacobian(Ws, bs, X, outer=lambda z: (z > 0)[:, :, None] * np.eye(z.shape[1]))
    )


@mistake("functional_dimension", kind="softmax")
def softmax_on_the_output(Ws, bs, X):
    """You put a softmax on the output: it does not see what all logits of a sample
    share, and the rank drops. The output is f_H itself.
    """

    def outer(z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return p[:, :, None] * np.eye(z.shape[1]) - p[:, :, None] * p[:, None, :]

    return rank(jacobian(Ws, bs, X, outer=outer))


@mistake("functional_dimension", kind="summed")
def summed_over_samples(Ws, bs, X):
    """You summed over the samples. Each of them has its own n_H rows in the Jacobian:
    n n_H in all.
    """
    return rank(jacobian(Ws, bs, X).sum(axis=0))


@mistake("functional_dimension", kind="one-output")
def first_output_alone(Ws, bs, X):
    """You differentiated one output. All n_H outputs at all n samples are numbers that
    move.
    """
    return rank(jacobian(Ws, bs, X)[:, :1])


@mistake("functional_dimension", kind="one-layer")
def last_layer_alone(Ws, bs, X):
    """You differentiated in the last layer's parameters alone. Those of the layers
    below are columns of the Jacobian, too.
    """
    return rank(jacobian(Ws, bs, X)[:, :, : Ws[-1].size + len(bs[-1])])


@mistake("functional_dimension", kind="columns")
def columns_that_are_not_zero(Ws, bs, X):
    """You counted the parameters that move something. Several of them may move the
    outputs in dependent ways: that is what a rank is for.
    """
    J = jacobian(Ws, bs, X)
    return int(np.sum(np.any(J, axis=(0, 1))))


@mistake("functional_dimension", kind="image")
def rank_of_the_outputs(Ws, bs, X):
    """That is the rank of the matrix f_H(X). Asked is that of its derivative in the
    parameters.
    """
    return int(np.linalg.matrix_rank(layers(Ws, bs, X)[1][-1]))


@mistake("functional_dimension", kind="fiber")
def dimension_of_the_fiber(Ws, bs, X):
    """You gave p - r, the dimension of the parameters that leave the outputs alone. The
    functional dimension is r itself.
    """
    J = jacobian(Ws, bs, X)
    return J.shape[-1] - rank(J)
