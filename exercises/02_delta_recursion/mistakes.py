"""What goes wrong in chapter 02, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake


def forward(Ws, bs, X):
    """Pre-activations z_1..z_H and states f_0..f_{H-1}."""
    Z, F = [], [X]
    for W, b in zip(Ws, bs, strict=True):
        Z.append(W @ F[-1] + b[:, None])
        F.append(np.maximum(Z[-1], 0.0))
    return Z, F[:-1]


def sweep(Ws, masks, dL):
    """G^1..G^H, from the last layer down; masks are d^1..d^{H-1}."""
    G = [dL]
    for W, d in zip(Ws[:0:-1], masks[::-1], strict=True):
        G.append(d * (W.T @ G[-1]))
    return G[::-1]


def gradients(G, F):
    """The gradients of weights and biases, one pair a layer, as two lists."""
    return [g @ f.T for g, f in zip(G, F, strict=True)], [g.sum(axis=1) for g in G]


@mistake("mlp_grads", kind="output-mask")
def masks_the_output(Ws, bs, X, dL):
    """You multiplied dL by the derivative of relu at the last layer, but that layer
    is the identity and its derivative is 1 everywhere. Start the recursion with
    G^H = dL, unmasked.
    """
    Z, F = forward(Ws, bs, X)
    return gradients(sweep(Ws, [z > 0.0 for z in Z[:-1]], dL * (Z[-1] > 0.0)), F)


@mistake("mlp_grads", kind="missing-mask")
def forgets_the_masks(Ws, bs, X, dL):
    """You sent Delta through W^T only, as if the hidden layers were linear. A unit
    that was off passes nothing back: multiply by relu'(z_h) before you go on.
    """
    Z, F = forward(Ws, bs, X)
    return gradients(sweep(Ws, [1.0] * (len(Z) - 1), dL), F)


@mistake("mlp_grads", kind="kink")
def derivative_one_at_zero(Ws, bs, X, dL):
    """Your relu has derivative 1 at exactly 0; the convention of this chapter is 0
    there. Ask z > 0, not z >= 0.
    """
    Z, F = forward(Ws, bs, X)
    return gradients(sweep(Ws, [z >= 0.0 for z in Z[:-1]], dL), F)


@mistake("mlp_grads", kind="layer-off")
def mask_of_the_layer_below(Ws, bs, X, dL):
    """You masked the gradient of layer h with the activity of layer h - 1. The mask
    d^h belongs to the pre-activation z_h = W_h f_{h-1} + b_h of the same layer.
    """
    _, F = forward(Ws, bs, X)
    return gradients(sweep(Ws, [f > 0.0 for f in F[:-1]], dL), F)


@mistake("mlp_grads", kind="bias-mask")
def bias_gradient_before_the_mask(Ws, bs, X, dL):
    """Your bias gradients sum Delta^h, the gradient behind the activation. The bias
    enters before relu, so its gradient sums G^h = relu'(z_h) * Delta^h.
    """
    Z, F = forward(Ws, bs, X)
    G = sweep(Ws, [z > 0.0 for z in Z[:-1]], dL)
    deltas = [*(W.T @ g for W, g in zip(Ws[1:], G[1:], strict=True)), dL]
    return gradients(G, F)[0], [delta.sum(axis=1) for delta in deltas]


@mistake("mlp_grads", kind="mean")
def mean_over_the_samples(Ws, bs, X, dL):
    """You divided by the number of samples, but the loss here is a sum over samples
    and dL already holds whatever scale it has. Leave the division out.
    """
    Z, F = forward(Ws, bs, X)
    gW, gb = gradients(sweep(Ws, [z > 0.0 for z in Z[:-1]], dL), F)
    return [g / X.shape[1] for g in gW], [g / X.shape[1] for g in gb]


@mistake("mlp_grads", kind="not-summed")
def bias_gradient_not_summed(Ws, bs, X, dL):
    """You returned one bias gradient a sample, shape (n_h, n). All samples share the
    bias, so their gradients add up: sum over the columns to get shape (n_h,).
    """
    Z, F = forward(Ws, bs, X)
    G = sweep(Ws, [z > 0.0 for z in Z[:-1]], dL)
    return gradients(G, F)[0], G


@mistake("mlp_grads", kind="column-bias")
def bias_gradient_as_a_column(Ws, bs, X, dL):
    """Your bias gradients are columns of shape (n_h, 1), but bs[h] is a vector of
    shape (n_h,) and its gradient has the same shape. Sum without keepdims.
    """
    Z, F = forward(Ws, bs, X)
    gW, gb = gradients(sweep(Ws, [z > 0.0 for z in Z[:-1]], dL), F)
    return gW, [g[:, None] for g in gb]


@mistake("mlp_grads", kind="pre-activation")
def input_before_the_activation(Ws, bs, X, dL):
    """You multiplied G^h by the pre-activation z_{h-1}. What enters W_h is the state
    f_{h-1} = relu(z_{h-1}): where the unit was off its weight gets no gradient.
    """
    Z, _ = forward(Ws, bs, X)
    G = sweep(Ws, [z > 0.0 for z in Z[:-1]], dL)
    return gradients(G, [X, *Z[:-1]])


@mistake("mlp_grads", kind="state-off")
def state_after_the_layer(Ws, bs, X, dL):
    """You multiplied G^h by f_h, the state that leaves layer h. W_h multiplies the
    state that enters, f_{h-1}; for h = 1 that is X.
    """
    Z, F = forward(Ws, bs, X)
    return gradients(sweep(Ws, [z > 0.0 for z in Z[:-1]], dL), [*F[1:], Z[-1]])


@mistake("mlp_grads", kind="transpose")
def weights_not_transposed(Ws, bs, X, dL):
    """You went down with W instead of its transpose. Forward, W mixes the entries of
    a layer by its rows; backward each entry collects by its column: W.T @ G.
    """
    Z, F = forward(Ws, bs, X)
    WTs = [W.T for W in Ws]
    return gradients(sweep(WTs, [z > 0.0 for z in Z[:-1]], dL), F)


@mistake("mlp_grads", kind="weight-off")
def weights_of_the_same_layer(Ws, bs, X, dL):
    """You went from layer h + 1 to layer h with W_h. The matrix between these two
    layers is W_{h+1}: the one that maps f_h to z_{h+1}.
    """
    Z, F = forward(Ws, bs, X)
    shifted = [Ws[0], *Ws[:-1]]
    return gradients(sweep(shifted, [z > 0.0 for z in Z[:-1]], dL), F)


@mistake("mlp_grads", kind="reversed")
def lists_in_the_order_of_the_sweep(Ws, bs, X, dL):
    """Your lists begin with the last layer, in the order the sweep finds them. Reverse
    them, so that gW[0] belongs to Ws[0].
    """
    Z, F = forward(Ws, bs, X)
    gW, gb = gradients(sweep(Ws, [z > 0.0 for z in Z[:-1]], dL), F)
    return gW[::-1], gb[::-1]


@mistake("mlp_grads", kind="pairs")
def one_pair_a_layer(Ws, bs, X, dL):
    """You returned a list with one (weight, bias) pair a layer. Return two lists
    instead, all gradients of weights and then all gradients of biases.
    """
    Z, F = forward(Ws, bs, X)
    gW, gb = gradients(sweep(Ws, [z > 0.0 for z in Z[:-1]], dL), F)
    return list(zip(gW, gb, strict=True))


def probabilities(Z, axis=0):
    """Softmax of the logits, by default of each column."""
    E = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


@mistake("softmax_ce_delta", kind="axis")
def softmax_over_the_samples(Z, Y):
    """You normalized over the samples, along the rows. A sample is a column, and its
    probabilities over the classes sum to 1: use axis=0.
    """
    return probabilities(Z, axis=1) - Y


@mistake("softmax_ce_delta", kind="mean")
def mean_over_samples(Z, Y):
    """You divided by the number of samples, but the cross-entropy is summed over
    them: the gradient of a sum has no 1/n. Leave the division out.
    """
    return (probabilities(Z) - Y) / Z.shape[1]


@mistake("softmax_ce_delta", kind="sign")
def target_minus_prediction(Z, Y):
    """Your answer is the direction of descent; the gradient is its negative. Raising
    the true logit lowers the loss, so its entry must be negative.
    """
    return Y - probabilities(Z)


@mistake("softmax_ce_delta", kind="diagonal-jacobian")
def softmax_taken_as_elementwise(Z, Y):
    """You multiplied by p(1 - p), the diagonal of softmax's Jacobian, so the wrong
    classes get no gradient. Every logit moves every probability of its column: use
    the whole Jacobian, diag(p) - p p^T.
    """
    P = probabilities(Z)
    return -Y * (1.0 - P)


@mistake("softmax_ce_delta", kind="derivative-twice")
def activation_derivative_applied_twice(Z, Y):
    """You multiplied by p(1 - p) although the derivative of softmax is in the result
    already once loss and softmax are taken together. Leave the factor out.
    """
    P = probabilities(Z)
    return (P - Y) * P * (1.0 - P)


@mistake("softmax_ce_delta", kind="not-at-the-logits")
def gradient_at_the_probabilities(Z, Y):
    """You returned -y/p, the gradient at the probabilities. The question is one step
    further down: multiply by the Jacobian of softmax to reach the logits.
    """
    return -Y / probabilities(Z)


@mistake("softmax_ce_delta", kind="no-target")
def probabilities_alone(Z, Y):
    """You returned the softmax itself. That is the gradient of logsumexp(z) alone; the
    loss also holds the true logit, -z_k, whose gradient comes from Y.
    """
    return probabilities(Z)


@mistake("softmax_ce_delta", kind="overflow")
def no_shift(Z, Y):
    """exp(1000) overflows to inf and inf/inf is nan. Softmax does not change when a
    column is shifted by a constant: subtract the column's maximum first.
    """
    return np.exp(Z) / np.exp(Z).sum(axis=0) - Y


@mistake("softmax_ce_delta", kind="global-shift")
def shift_by_the_largest_of_all(Z, Y):
    """You subtracted the maximum of the whole batch, so a sample whose logits are all
    far below it underflows to 0/0. Subtract each column's own maximum (axis=0).
    """
    E = np.exp(Z - Z.max())
    return E / E.sum(axis=0) - Y


@mistake("softmax_ce_delta", kind="zero-over-zero")
def by_way_of_the_probabilities(Z, Y):
    """You divided by a probability that is 0 in floating point, and 0 times inf is nan.
    Simplify on paper first: the p of the Jacobian cancels the 1/p of the loss.
    """
    P = probabilities(Z)
    V = -Y / P
    return P * V - P * (P * V).sum(axis=0)


def scaled(Ws, bs, cs, ds):
    """Each weight times its c, each bias times its d."""
    Ws2 = [c * W for c, W in zip(cs, Ws, strict=True)]
    return Ws2, [d * b for d, b in zip(ds, bs, strict=True)]


def powers(H, lam):
    """The factors of the biases, lam^(H-h) for h = 1..H."""
    return [lam ** (H - h) for h in range(1, H + 1)]


@mistake("rescale", kind="exponent")
def first_layer_once_too_often(Ws, bs, lam):
    """You multiplied W_1 by lam^H. Only the H - 1 other layers are divided by lam, so
    H - 1 factors make up for them: lam^(H-1).
    """
    H = len(Ws)
    return scaled(Ws, bs, [lam**H, *[1.0 / lam] * (H - 1)], powers(H, lam))


@mistake("rescale", kind="off-by-one")
def layers_counted_from_zero(Ws, bs, lam):
    """Your bias exponents are one too large: lam^(H-h) counts h from 1, while Python
    counts from 0. The last bias, h = H, keeps its value.
    """
    H = len(Ws)
    ds = [lam ** (H - h) for h in range(H)]
    return scaled(Ws, bs, [lam ** (H - 1), *[1.0 / lam] * (H - 1)], ds)


@mistake("rescale", kind="bias-forgotten")
def biases_left_alone(Ws, bs, lam):
    """You left the biases as they were. Layer h now carries states lam^(H-h) times as
    large; a bias added to them has to grow with them.
    """
    H = len(Ws)
    return scaled(Ws, bs, [lam ** (H - 1), *[1.0 / lam] * (H - 1)], [1.0] * H)


@mistake("rescale", kind="bias-as-weight")
def biases_scaled_like_their_weights(Ws, bs, lam):
    """You gave each bias the factor of its weight matrix. That forgets the scale of
    the state that W_h acts on: b_h takes the scale of its whole layer, lam^(H-h).
    """
    cs = [lam ** (len(Ws) - 1), *[1.0 / lam] * (len(Ws) - 1)]
    return scaled(Ws, bs, cs, cs)


@mistake("rescale", kind="bias-constant")
def biases_all_scaled_like_the_first(Ws, bs, lam):
    """You multiplied every bias by lam^(H-1). The scale shrinks by lam at each layer
    that follows: b_h times lam^(H-h), and b_H not at all.
    """
    H = len(Ws)
    cs = [lam ** (H - 1), *[1.0 / lam] * (H - 1)]
    return scaled(Ws, bs, cs, [lam ** (H - 1)] * H)


@mistake("rescale", kind="inverse")
def the_other_way_round(Ws, bs, lam):
    """You divided where lam multiplies and multiplied where it divides. The function
    is unchanged, but this is rescale with 1/lam: W_1 gets lam^(H-1).
    """
    H = len(Ws)
    ds = [1.0 / d for d in powers(H, lam)]
    return scaled(Ws, bs, [lam ** (1 - H), *[lam] * (H - 1)], ds)


@mistake("rescale", kind="not-a-power")
def product_for_a_power(Ws, bs, lam):
    """You multiplied lam by the exponent instead of raising it: lam^(H-1) is
    lam ** (H - 1), not lam * (H - 1).
    """
    H = len(Ws)
    ds = [*(lam * (H - h) for h in range(1, H)), 1.0]
    return scaled(Ws, bs, [lam * (H - 1) if H > 1 else 1.0, *[1 / lam] * (H - 1)], ds)


@mistake("rescale", kind="ends-only")
def only_first_and_last(Ws, bs, lam):
    """You moved one factor lam from the last layer to the first. That keeps the
    function too, but the rescaling asked for takes one from every layer above W_1.
    """
    H = len(Ws)
    cs = [lam, *[1.0] * (H - 2), 1.0 / lam] if H > 1 else [1.0]
    return scaled(Ws, bs, cs, [*[lam] * (H - 1), 1.0])


@mistake("rescale", kind="all-divided")
def first_layer_divided_too(Ws, bs, lam):
    """You divided W_1 by lam as well, so nothing makes up for the other layers. W_1 is
    the one that takes all the factors back: lam^(H-1).
    """
    H = len(Ws)
    return scaled(Ws, bs, [1.0 / lam] * H, powers(H, lam))


def block(f, W1, b1, W2, b2):
    """The block's inside: z1, relu(z1) and z2, with the skip."""
    z1 = W1 @ f + b1[:, None]
    a = np.maximum(z1, 0.0)
    return z1, a, W2 @ a + b2[:, None] + f


def block_gradients(f, a, W1, G1, G2, skip):
    """All five, from G at z1 and z2 and from what the skip carries."""
    return W1.T @ G1 + skip, G1 @ f.T, G1.sum(axis=1), G2 @ a.T, G2.sum(axis=1)


@mistake("resblock_backward", kind="skip-unmasked")
def skip_not_masked(f, W1, b1, W2, b2, G):
    """You let G run back along the skip untouched. The skip joins before the outer
    relu, so it is masked too: what runs back is relu'(z2) * G.
    """
    z1, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 > 0.0) * G
    return block_gradients(f, a, W1, (z1 > 0.0) * (W2.T @ G2), G2, G)


@mistake("resblock_backward", kind="skip-forgotten")
def skip_gives_nothing(f, W1, b1, W2, b2, G):
    """Your df holds only what came through W1. The input reaches the output along the
    skip as well, and the gradients of two roads add up.
    """
    z1, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 > 0.0) * G
    return block_gradients(f, a, W1, (z1 > 0.0) * (W2.T @ G2), G2, 0.0)


@mistake("resblock_backward", kind="forward-skip")
def skip_missing_in_the_forward_pass(f, W1, b1, W2, b2, G):
    """You decided which outputs are on without the skip. The outer relu acts on
    z2 = W2 a + b2 + f: add f before you build its mask.
    """
    z1, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 - f > 0.0) * G
    return block_gradients(f, a, W1, (z1 > 0.0) * (W2.T @ G2), G2, G2)


@mistake("resblock_backward", kind="skip-outside")
def skip_added_after_the_relu(f, W1, b1, W2, b2, G):
    """You differentiated f + relu(W2 a + b2). In this block f is added first and the
    relu comes last, so one mask stops both roads.
    """
    z1, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 - f > 0.0) * G
    return block_gradients(f, a, W1, (z1 > 0.0) * (W2.T @ G2), G2, G)


@mistake("resblock_backward", kind="outer-mask")
def outer_mask_forgotten(f, W1, b1, W2, b2, G):
    """You skipped the outer relu. G is the gradient behind it: multiply by relu'(z2)
    before anything else.
    """
    z1, a, _ = block(f, W1, b1, W2, b2)
    return block_gradients(f, a, W1, (z1 > 0.0) * (W2.T @ G), G, G)


@mistake("resblock_backward", kind="inner-mask")
def inner_mask_forgotten(f, W1, b1, W2, b2, G):
    """You skipped the inner relu: after W2^T comes its mask, relu'(z1), before the
    gradient reaches W1, b1 and f.
    """
    _, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 > 0.0) * G
    return block_gradients(f, a, W1, W2.T @ G2, G2, G2)


@mistake("resblock_backward", kind="kink")
def slope_one_at_zero(f, W1, b1, W2, b2, G):
    """Your relu has derivative 1 at exactly 0; the convention of this chapter is 0
    there. Ask z > 0, not z >= 0, in both masks.
    """
    z1, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 >= 0.0) * G
    return block_gradients(f, a, W1, (z1 >= 0.0) * (W2.T @ G2), G2, G2)


@mistake("resblock_backward", kind="not-summed")
def biases_not_summed(f, W1, b1, W2, b2, G):
    """Your db1 and db2 keep one column a sample. All samples share the biases: sum
    over the columns, to shapes (q,) and (p,).
    """
    z1, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 > 0.0) * G
    G1 = (z1 > 0.0) * (W2.T @ G2)
    return W1.T @ G1 + G2, G1 @ f.T, G1, G2 @ a.T, G2


@mistake("resblock_backward", kind="mean")
def parameters_averaged(f, W1, b1, W2, b2, G):
    """You divided the gradients of the parameters by the number of samples. The loss
    is a sum over samples: add their contributions and stop there.
    """
    z1, a, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 > 0.0) * G
    df, *params = block_gradients(f, a, W1, (z1 > 0.0) * (W2.T @ G2), G2, G2)
    return df, *(g / f.shape[1] for g in params)


@mistake("resblock_backward", kind="pre-activation")
def weight_sees_the_pre_activation(f, W1, b1, W2, b2, G):
    """Your dW2 multiplies by z1. What W2 acts on is a = relu(z1): units that were off
    give their weights no gradient.
    """
    z1, _, z2 = block(f, W1, b1, W2, b2)
    G2 = (z2 > 0.0) * G
    return block_gradients(f, z1, W1, (z1 > 0.0) * (W2.T @ G2), G2, G2)


def mean(a):
    """The mean of each row, kept as a column."""
    return a.mean(axis=1, keepdims=True)


def whitened(z, eps, shift=0):
    """zhat and s of each row; the variance is divided by n - shift."""
    s = np.sqrt(mean((z - mean(z)) ** 2) * z.shape[1] / (z.shape[1] - shift) + eps)
    return (z - mean(z)) / s, s


@mistake("bn_backward", kind="statistics-constant")
def statistics_taken_as_constants(z, gamma, G, eps):
    """You divided by s and stopped, as if mean and variance were given numbers. Both
    depend on every sample of the row: add what flows back through each.
    """
    _, s = whitened(z, eps)
    return gamma[:, None] * G / s


@mistake("bn_backward", kind="variance-constant")
def variance_taken_as_constant(z, gamma, G, eps):
    """You treated the variance as a constant: the term through the mean is there, the
    one through s is missing. Moving one sample changes s for the whole row.
    """
    _, s = whitened(z, eps)
    g = gamma[:, None] * G
    return (g - mean(g)) / s


@mistake("bn_backward", kind="mean-constant")
def mean_taken_as_constant(z, gamma, G, eps):
    """You treated the mean as a constant. Shifting a whole row changes nothing, so
    each row of dz must sum to 0: subtract what flows back through the mean.
    """
    zhat, s = whitened(z, eps)
    g = gamma[:, None] * G
    return (g - zhat * mean(g * zhat)) / s


@mistake("bn_backward", kind="unbiased")
def unbiased_variance(z, gamma, G, eps):
    """You divided the variance by n - 1, in the forward pass and in its derivative.
    Batch normalization uses the biased variance, divided by n, which is also defined
    for a batch of one.
    """
    zhat, s = whitened(z, eps, shift=1)
    g, n = gamma[:, None] * G, z.shape[1]
    inner = (g * zhat).sum(axis=1, keepdims=True)
    return (g - mean(g) - zhat * inner / (n - 1)) / s


@mistake("bn_backward", kind="unbiased")
def unbiased_s_in_the_right_formula(z, gamma, G, eps):
    """Your formula is right, but its s comes from a variance divided by n - 1. Batch
    normalization divides by n, and so do the means in your formula: use ddof=0.
    """
    zhat, s = whitened(z, eps, shift=1)
    g = gamma[:, None] * G
    return (g - mean(g) - zhat * mean(g * zhat)) / s


@mistake("bn_backward", kind="eps-forgotten")
def no_eps(z, gamma, G, eps):
    """You left eps out. It stands under the root beside the variance, in the forward
    pass and in its derivative, and keeps a constant row from dividing by 0.
    """
    zhat, s = whitened(z, 0.0)
    g = gamma[:, None] * G
    return (g - mean(g) - zhat * mean(g * zhat)) / s


@mistake("bn_backward", kind="eps-outside")
def eps_outside_the_root(z, gamma, G, eps):
    """You added eps to the standard deviation, in the forward pass and in its
    derivative. It is added to the variance, under the root: s = sqrt(var + eps) has a
    derivative even where a row is constant.
    """
    u, g = z - mean(z), gamma[:, None] * G
    sigma = np.sqrt(mean(u**2))
    s = sigma + eps
    return (g - mean(g) - u * mean(g * u) / (sigma * s)) / s


@mistake("bn_backward", kind="eps-outside")
def eps_outside_in_the_right_formula(z, gamma, G, eps):
    """Your formula is right, but its s is the standard deviation plus eps. Add eps to
    the variance, under the root: s = sqrt(var + eps).
    """
    s = np.sqrt(mean((z - mean(z)) ** 2)) + eps
    zhat, g = (z - mean(z)) / s, gamma[:, None] * G
    return (g - mean(g) - zhat * mean(g * zhat)) / s


@mistake("bn_backward", kind="gain-forgotten")
def no_gamma(z, gamma, G, eps):
    """You left gamma out. It multiplies the normalized row on the way forward, so it
    multiplies the gradient of that row on the way back.
    """
    zhat, s = whitened(z, eps)
    return (G - mean(G) - zhat * mean(G * zhat)) / s


@mistake("bn_backward", kind="axis")
def statistics_over_the_features(z, gamma, G, eps):
    """You averaged over the features of one sample (that is layer normalization). Batch
    normalization averages each row over the batch, along axis=1.
    """
    g = (gamma[:, None] * G).T
    zhat, s = whitened(z.T, eps)
    return ((g - mean(g) - zhat * mean(g * zhat)) / s).T


@mistake("bn_backward", kind="sum")
def sums_for_means(z, gamma, G, eps):
    """You subtracted sums over the batch where means belong. Mean and variance hold a
    1/n, and so does what flows back through each of them.
    """
    zhat, s = whitened(z, eps)
    g, n = gamma[:, None] * G, z.shape[1]
    return (g - n * mean(g) - zhat * n * mean(g * zhat)) / s


@mistake("bn_backward", kind="not-normalized")
def raw_input_in_the_projection(z, gamma, G, eps):
    """You used z where the normalized zhat = (z - mean) / s belongs. The derivative of
    s by an entry is zhat / n, with the mean taken off and divided by s.
    """
    _, s = whitened(z, eps)
    g = gamma[:, None] * G
    return (g - mean(g) - z * mean(g * z)) / s
