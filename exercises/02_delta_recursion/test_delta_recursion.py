"""The checks of chapter 02, in teaching order for each of the five functions.

W weights, b biases, X batch (samples are columns), Z pre-activations, G gradient at an
output, Y targets.  Small cases are worked by hand; elsewhere the gradient is the one
that minigrad finds for a weighted sum of outputs.  The last check of a function asks
minigrad and central differences about a loss that is not linear.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

SIZES = [5, 3, 7, 4, 6, 2]  # no two alike: a swapped axis cannot hide
NETWORKS = [*(SIZES[: H + 1] for H in range(1, 6)), [1, 3, 1, 1]]


def parameters(rng, *sizes):
    """Weights and biases of a network with these layers; signals keep their size."""
    shapes = [(m, n) for n, m in pairwise(sizes)]
    Ws = [rng.standard_normal(shape) * np.sqrt(2 / shape[1]) for shape in shapes]
    return Ws, [rng.standard_normal(m) for m in sizes[1:]]


def layers(Ws, bs, X):
    """The pre-activations Z_1..Z_H; the last one is the network's output."""
    Zs, F = [], X
    for W, b in zip(Ws, bs, strict=True):
        Zs.append(W @ F + b[:, None])
        F = mg.relu(Zs[-1])
    return Zs


def engine_grads(Ws, bs, X, G):
    """minigrad's gradient of sum(G * output), a loss whose slope at the output is G."""
    return mg.grad(lambda p: np.sum(G * layers(*p, X)[-1]))((Ws, bs))


def two_lists(pair, Ws, bs):
    """What came back, as validated copies of the shapes of Ws and bs."""
    is_pair = type(pair) in (list, tuple) and len(pair) == 2
    expect(pair).is_true(is_pair, "expected two lists, of weights and of biases")
    shapes = [[a.shape for a in arrays] for arrays in (Ws, bs)]
    return [expect(got).arrays(want) for got, want in zip(pair, shapes, strict=True)]


def off_kinks(draw, margin=1e-2):
    """Draw (arguments, pre-activations) until differences cannot reach a kink."""
    while True:
        args, Zs = draw()
        if min(np.abs(Z).min() for Z in Zs) > margin:
            return args


# --- mlp_grads ---------------------------------------------------------------------


@task("mlp_grads", points=1, short="shapes")
def test_one_sample_with_every_unit_on(student, rng):
    """On a 5 -> 3 -> 7 network the gradients have the shapes of the parameters."""
    Ws, bs = parameters(rng, 5, 3, 7)
    Ws, bs, X = [np.abs(W) for W in Ws], [np.abs(b) for b in bs], rng.random((5, 1))
    dL = rng.standard_normal((7, 1))
    expect(student.mlp_grads(Ws, bs, X, dL)).close_to(engine_grads(Ws, bs, X, dL))


@task("mlp_grads", points=1, short="by hand")
def test_two_samples_by_hand(student, rng):
    """1 -> 2 -> 1: each sample switches on another unit, f_1 = (2, 0) and (0, 5)."""
    Ws = [np.array([[1.0], [-2.0]]), np.array([[4.0, -1.0]])]
    bs = [np.array([-1.0, 3.0]), np.array([1.0])]
    X, dL = np.array([[3.0, -1.0]]), np.array([[1.0, 2.0]])
    gW = [np.array([[12.0], [2.0]]), np.array([[2.0, 10.0]])]
    gb = [np.array([4.0, -2.0]), np.array([3.0])]
    expect(student.mlp_grads(Ws, bs, X, dL)).close_to((gW, gb))


@task("mlp_grads", points=2, short="random")
def test_random_networks(student, rng):
    """Depth 1 to 5, and 1 -> 3 -> 1 -> 1, on batches of 8 and on single samples."""
    for n in (8, 8, 1, 1):
        for sizes in NETWORKS:
            Ws, bs = parameters(rng, *sizes)
            X = rng.standard_normal((sizes[0], n))
            dL = rng.standard_normal((sizes[-1], n))
            grads = student.mlp_grads(Ws, bs, X, dL)
            expect(grads).close_to(engine_grads(Ws, bs, X, dL))


@task("mlp_grads", points=1, short="square")
def test_square_layers_tell_the_matrices_apart(student, rng):
    """Four samples in 4 -> ... -> 4: a wrong matrix or transpose raises no error."""
    for H in range(2, 6):
        Ws, bs = parameters(rng, *[4] * (H + 1))
        X, dL = rng.standard_normal((2, 4, 4))
        grads = student.mlp_grads(Ws, bs, X, dL)
        expect(grads).close_to(engine_grads(Ws, bs, X, dL))


@task("mlp_grads", points=1, short="kink")
def test_at_zero_relu_has_derivative_zero(student, rng):
    """z_1 = (0, 1, 0) and (1, 2, -1): a unit at exactly 0 passes nothing back."""
    Ws = [np.array([[1.0], [1.0], [-1.0]]), np.array([[2.0, 3.0, 5.0]])]
    bs = [np.array([-1.0, 0.0, 1.0]), np.array([0.0])]
    X, dL = np.array([[1.0, 2.0]]), np.array([[1.0, 10.0]])
    gW = [np.array([[40.0], [63.0], [0.0]]), np.array([[10.0, 21.0, 0.0]])]
    gb = [np.array([20.0, 33.0, 0.0]), np.array([11.0])]
    expect(student.mlp_grads(Ws, bs, X, dL)).close_to((gW, gb))


@task("mlp_grads", points=1, short="last")
def test_the_last_layer_has_no_relu(student, rng):
    """One layer with negative outputs: the loss gradient passes as it is."""
    [W], [b] = parameters(rng, 5, 3)
    X, dL = rng.random((5, 7)), rng.standard_normal((3, 7))
    Ws, bs = [-np.abs(W)], [-np.abs(b)]
    expect(student.mlp_grads(Ws, bs, X, dL)).close_to(engine_grads(Ws, bs, X, dL))


@task("mlp_grads", points=1, short="dead")
def test_nothing_passes_a_dead_layer(student, rng):
    """Layer 2 of 4 is off for every sample: only the layers above it still learn."""
    Ws, bs = parameters(rng, 5, 3, 4, 6, 2)
    bs[1], bs[3] = np.full(4, -1e3), np.array([-50.0, 50.0])  # outputs of both signs
    X, dL = rng.standard_normal((5, 7)), rng.standard_normal((2, 7))
    expect(student.mlp_grads(Ws, bs, X, dL)).close_to(engine_grads(Ws, bs, X, dL))


@task("mlp_grads", points=2, short="engine")
def test_gradients_agree_with_the_engine_and_differences(student, rng):
    """Depth 1 to 5 under a weighted squared loss, batches of 3 and single samples."""
    for H, n in [(1, 3), (2, 3), (3, 1), (4, 3), (5, 1)]:

        def draw(H=H, n=n):
            Ws, bs = parameters(rng, *[5, 3, 4, 4, 3, 2][: H + 1])
            X = rng.standard_normal((5, n))
            return (Ws, bs, X), layers(Ws, bs, X)

        Ws, bs, X = off_kinks(draw)
        out = layers(Ws, bs, X)[-1]
        R, Y = rng.standard_normal((2, *out.shape))

        def loss(p, H=H, X=X, R=R, Y=Y):
            return np.sum(R * (layers(p[:H], p[H:], X)[-1] - Y) ** 2)

        grads = student.mlp_grads(Ws, bs, X, 2 * R * (out - Y))
        gW, gb = two_lists(grads, Ws, bs)
        expect([*gW, *gb]).gradient_of(loss, [*Ws, *bs])


# --- softmax_ce_delta --------------------------------------------------------------


def one_hot(rng, classes, n):
    """n random columns with a single 1."""
    return np.eye(classes)[:, rng.integers(classes, size=n)]


def cross_entropy(Z, Y):
    """-log of the true class's softmax, summed over the columns; for modest logits."""
    return np.sum(np.log(np.sum(np.exp(Z), axis=0))) - np.sum(Y * Z)


@task("softmax_ce_delta", points=1, short="equal logits")
def test_equal_logits_share_the_probability(student, rng):
    """Each of five classes has probability 1/5; a single class has all of it."""
    Z, Y = np.tile(rng.standard_normal(3), (5, 1)), one_hot(rng, 5, 3)
    expect(student.softmax_ce_delta(Z, Y)).close_to(0.2 - Y)
    Z, Y = rng.standard_normal((1, 4)), np.ones((1, 4))
    expect(student.softmax_ce_delta(Z, Y)).close_to(np.zeros((1, 4)))


@task("softmax_ce_delta", points=1, short="by hand")
def test_two_samples_of_three_classes_by_hand(student, rng):
    """Logits are logs of 1 : 2 : 5 and 6 : 3 : 1; the true classes are 1 and 0."""
    Z = np.log([[1.0, 6.0], [2.0, 3.0], [5.0, 1.0]])
    Y = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    by_hand = np.array([[0.125, -0.4], [-0.75, 0.3], [0.625, 0.1]])
    expect(student.softmax_ce_delta(Z, Y)).close_to(by_hand)


@task("softmax_ce_delta", points=2, short="random")
def test_random_logits(student, rng):
    """Shapes (5, 3), (3, 7), (4, 4) and one sample, twice each."""
    for classes, n in 2 * [(5, 3), (3, 7), (4, 4), (6, 1)]:
        Z, Y = 2 * rng.standard_normal((classes, n)), one_hot(rng, classes, n)
        engine = mg.grad(lambda Z, Y=Y: cross_entropy(Z, Y))(Z)
        expect(student.softmax_ce_delta(Z, Y)).close_to(engine)


@task("softmax_ce_delta", points=1, short="large logits")
def test_logits_of_a_thousand(student, rng):
    """1000 and -1000 are safe, and a sample may lie far below the others."""
    Z = np.array(
        [[1e3, 1e3, -1e3, 1e3], [0.0, 0.0, -1e3, 1e3], [-1e3, -1e3, -1e3, 999]]
    )
    Y = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    e = np.exp(-1.0)
    third, last = 1 / 3, 1 / (2 + e)
    P = [[1.0, 1.0, third, last], [0.0, 0.0, third, last], [0.0, 0.0, third, e * last]]
    expect(student.softmax_ce_delta(Z, Y)).close_to(P - Y)


@task("softmax_ce_delta", points=1, short="engine")
def test_delta_agrees_with_the_engine_and_differences(student, rng):
    """The gradient of log-sum-exp minus the true logit, found two other ways."""
    Z, Y = rng.standard_normal((5, 3)), one_hot(rng, 5, 3)
    delta = student.softmax_ce_delta(Z, Y)
    expect(delta).gradient_of(lambda Z: cross_entropy(Z, Y), Z)


# --- rescale -----------------------------------------------------------------------


def louder(Ws, bs, h, c):
    """The same function, with the state of one hidden layer multiplied by c."""
    Ws, bs = [*Ws], [*bs]
    Ws[h], bs[h], Ws[h + 1] = c * Ws[h], c * bs[h], Ws[h + 1] / c
    return Ws, bs


def rescaled(Ws, bs, lam):
    """The rescaling as H - 1 changes of loudness, one for each hidden layer."""
    for h in range(len(Ws) - 1):
        Ws, bs = louder(Ws, bs, h, lam ** (len(Ws) - 1 - h))
    return Ws, bs


@task("rescale", points=1, short="by hand")
def test_three_layers_of_ones_by_hand(student, rng):
    """lam = 3 on 2 -> 3 -> 1 -> 2: weights 9, 1/3, 1/3 and biases 9, 3, 1."""
    sizes = [2, 3, 1, 2]
    Ws, bs = [np.ones((m, n)) for n, m in pairwise(sizes)], [*map(np.ones, sizes[1:])]
    Ws2 = [c * W for c, W in zip([9, 1 / 3, 1 / 3], Ws, strict=True)]
    bs2 = [c * b for c, b in zip([9, 3, 1], bs, strict=True)]
    expect(student.rescale(Ws, bs, 3.0)).close_to((Ws2, bs2))


@task("rescale", points=1, short="random")
def test_random_parameters(student, rng):
    """Depth 2 to 5, and 1 -> 3 -> 1 -> 1, with lam = 0.3 and 2.5."""
    for sizes in NETWORKS[1:]:
        for lam in (0.3, 2.5):
            Ws, bs = parameters(rng, *sizes)
            expect(student.rescale(Ws, bs, lam)).close_to(rescaled(Ws, bs, lam))


@task("rescale", points=1, short="same function")
def test_the_function_stays_and_the_first_layer_does_not(student, rng):
    """The outputs on a random batch are the same; W_1 is lam^(H-1) times as large."""
    for H, lam in [(2, 4.0), (3, 0.5), (5, 2.0)]:
        Ws, bs = parameters(rng, *SIZES[: H + 1])
        X = rng.standard_normal((5, 8))
        Ws2, bs2 = two_lists(student.rescale(Ws, bs, lam), Ws, bs)
        expect(Ws2[0]).close_to(lam ** (H - 1) * Ws[0])
        with np.errstate(all="ignore"):
            expect(layers(Ws2, bs2, X)[-1]).close_to(layers(Ws, bs, X)[-1])


@task("rescale", points=1, short="few layers")
def test_the_last_bias_and_a_single_layer_stay(student, rng):
    """H = 2 leaves b_2 alone and nothing else; H = 1 leaves everything alone."""
    Ws, bs = parameters(rng, 5, 3, 7)
    by_hand = [0.25 * Ws[0], 4 * Ws[1]], [0.25 * bs[0], bs[1]]
    expect(student.rescale(Ws, bs, 0.25)).close_to(by_hand)
    Ws, bs = parameters(rng, 5, 3)
    expect(student.rescale(Ws, bs, 0.25)).close_to((Ws, bs))


@task("rescale", points=1, short="gradients")
def test_the_gradients_scale_the_other_way(student, rng):
    """At your parameters: lam for W_2.., lam^(1-H) for W_1, lam^(h-H) for b_h."""
    for H, lam in [(2, 3.0), (4, 0.5)]:

        def draw(H=H):
            Ws, bs = parameters(rng, *SIZES[: H + 1])
            X = rng.standard_normal((5, 3))
            return (Ws, bs, X), layers(Ws, bs, X)

        gW = []
        while not (gW and all(map(np.any, gW))):  # a dead layer would hide the factors
            Ws, bs, X = off_kinks(draw)
            G = rng.standard_normal((SIZES[H], 3))
            gW, gb = engine_grads(Ws, bs, X, G)
        gW = [lam ** (1 - H) * gW[0], *(lam * g for g in gW[1:])]
        gb = [lam ** (h - H) * g for h, g in enumerate(gb, start=1)]
        Ws2, bs2 = two_lists(student.rescale(Ws, bs, lam), Ws, bs)
        with np.errstate(all="ignore"):
            expect(engine_grads(Ws2, bs2, X, G)).close_to((gW, gb))

        def loss(p, H=H, X=X, G=G):
            return np.sum(G * layers(p[:H], p[H:], X)[-1])

        expect([*gW, *gb]).gradient_of(loss, [*Ws2, *bs2])


# --- resblock_backward -------------------------------------------------------------


def block(f, W1, b1, W2, b2):
    """Both pre-activations of the block, and its output."""
    z1 = W1 @ f + b1[:, None]
    z2 = W2 @ mg.relu(z1) + b2[:, None] + f
    return z1, z2, mg.relu(z2)


def block_arguments(rng, p, q, n):
    """A random block p -> q -> p with a batch of n."""
    (W1, W2), (b1, b2) = parameters(rng, p, q, p)
    return rng.standard_normal((p, n)), W1, b1, W2, b2


def engine_block_grads(args, G):
    """minigrad's gradients of sum(G * output of the block) in all five arguments."""
    return mg.grad(lambda args: np.sum(G * block(*args)[-1]))(args)


@task("resblock_backward", points=1, short="shapes")
def test_a_block_with_every_unit_on(student, rng):
    """A block 5 -> 3 -> 5 on seven samples: five gradients, shaped like the inputs."""
    args = tuple(np.abs(a) for a in block_arguments(rng, 5, 3, 7))
    G = rng.standard_normal((5, 7))
    grads = student.resblock_backward(*args, G)
    expect(grads).close_to(engine_block_grads(args, G))


@task("resblock_backward", points=1, short="by hand")
def test_a_small_block_by_hand(student, rng):
    """2 -> 1 -> 2, two samples: z1 = (2, -2), z2 = (4, -1) and (-1, 4)."""
    f, G = np.array([[1.0, -2.0], [2.0, 1.0]]), np.array([[2.0, 5.0], [7.0, 3.0]])
    W1, b1 = np.array([[1.0, 1.0]]), np.array([-1.0])
    W2, b2 = np.array([[1.0], [-3.0]]), np.array([1.0, 3.0])
    df, dW1, dW2 = [[4.0, 0.0], [2.0, 3.0]], [[2.0, 4.0]], [[4.0], [0.0]]
    by_hand = [np.array(a) for a in (df, dW1, [2.0], dW2, [2.0, 3.0])]
    expect(student.resblock_backward(f, W1, b1, W2, b2, G)).close_to(by_hand)


@task("resblock_backward", points=2, short="random")
def test_random_blocks(student, rng):
    """Wide, narrow, square and tiny blocks, batches and single samples, twice each."""
    for p, q, n in 2 * [(5, 3, 7), (3, 5, 2), (4, 4, 4), (5, 3, 1), (1, 1, 6)]:
        args, G = block_arguments(rng, p, q, n), rng.standard_normal((p, n))
        grads = student.resblock_backward(*args, G)
        expect(grads).close_to(engine_block_grads(args, G))


@task("resblock_backward", points=1, short="off")
def test_an_output_that_is_off_stops_the_skip_too(student, rng):
    """The inner layer is dead, so the block is relu(f + b2): only the skip is left."""
    f, W1, b1, W2, b2 = block_arguments(rng, 5, 3, 7)
    args, G = (f, W1, b1 - 1e3, W2, b2), rng.standard_normal((5, 7))
    grads = student.resblock_backward(*args, G)
    expect(grads).close_to(engine_block_grads(args, G))


@task("resblock_backward", points=1, short="kink")
def test_both_relus_have_derivative_zero_at_zero(student, rng):
    """Inside, f = 1 and f = 2 each leave a unit at 0; outside, f = 2 ends at 0."""
    f, G = np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 3.0, 4.0]])
    W1, b1 = np.array([[1.0], [2.0]]), np.array([-1.0, -4.0])
    W2, b2 = np.array([[-3.0, 5.0]]), np.array([1.0])
    df, dW1, dW2 = [[2.0, 0.0, 32.0]], [[-36.0], [60.0]], [[8.0, 8.0]]
    by_hand = [np.array(a) for a in (df, dW1, [-12.0, 20.0], dW2, [6.0])]
    expect(student.resblock_backward(f, W1, b1, W2, b2, G)).close_to(by_hand)


@task("resblock_backward", points=1, short="engine")
def test_block_gradients_agree_with_the_engine_and_differences(student, rng):
    """All five gradients of a weighted squared loss, found two other ways."""

    def draw():
        args = block_arguments(rng, 5, 3, 4)
        return args, block(*args)[:2]

    args = off_kinks(draw)
    out = block(*args)[-1]
    R, Y = rng.standard_normal((2, *out.shape))
    grads = student.resblock_backward(*args, 2 * R * (out - Y))
    loss = lambda args: np.sum(R * (block(*args)[-1] - Y) ** 2)
    expect(grads).gradient_of(loss, args)


# --- bn_backward -------------------------------------------------------------------


def batch_norm(z, gamma, eps):
    """gamma (z - mean) / sqrt(var + eps), each row over the batch."""
    u = z - np.mean(z, axis=1, keepdims=True)
    return gamma[:, None] * u / np.sqrt(np.mean(u**2, axis=1, keepdims=True) + eps)


def engine_dz(z, gamma, G, eps):
    """minigrad's gradient of sum(G * batch_norm(z)) in z."""
    return mg.grad(lambda z: np.sum(G * batch_norm(z, gamma, eps)))(z)


@task("bn_backward", points=1, short="constant row")
def test_a_constant_row_is_only_centered(student, rng):
    """Where a row does not vary, its mean still moves: shape (5, 3), eps = 4."""
    z = np.tile(rng.standard_normal((5, 1)), 3)
    gamma, G = rng.standard_normal(5), rng.standard_normal((5, 3))
    dz = student.bn_backward(z, gamma, G, 4.0)
    expect(dz).close_to(engine_dz(z, gamma, G, 4.0))


@task("bn_backward", points=1, short="by hand")
def test_two_rows_by_hand(student, rng):
    """Means 2 and 2, variances 2 and 2, eps = 2: the normalized rows are exact."""
    z, gamma = np.array([[0.0, 3.0, 3.0], [4.0, 1.0, 1.0]]), np.array([2.0, -1.0])
    G = np.array([[5.0, 1.0, 3.0], [0.0, 3.0, -6.0]])
    by_hand = np.array([[1.0, -1.5, 0.5], [-0.25, -2.125, 2.375]])
    expect(student.bn_backward(z, gamma, G, 2.0)).close_to(by_hand)


@task("bn_backward", points=2, short="random")
def test_random_batches(student, rng):
    """Many rows and a single one, eps = 0.5 and 1e-5; the second row has gamma = 0."""
    for p, n in [(5, 3), (3, 7), (4, 4), (7, 5), (1, 6)]:
        for eps in (0.5, 1e-5):
            z, G = 3 * rng.standard_normal((2, p, n)) + 1
            gamma = rng.standard_normal(p)
            gamma[1:2] = 0.0
            dz = student.bn_backward(z, gamma, G, eps)
            expect(dz).close_to(engine_dz(z, gamma, G, eps))


@task("bn_backward", points=1, short="row sums")
def test_the_mean_of_a_row_cannot_be_moved(student, rng):
    """Every row of dz sums to 0 without being 0, except for a batch of one."""
    z, G = rng.standard_normal((2, 5, 7))
    gamma = 1 + rng.random(5)
    dz = expect(student.bn_backward(z, gamma, G, 0.1)).array((5, 7))
    expect(dz.sum(axis=1)).close_to(np.zeros(5), scale=np.abs(dz).max())
    expect(dz).is_true(dz.any(axis=1).all(), "expected no row of zeros")
    expect(student.bn_backward(z[:, :1], gamma, G[:, :1], 0.1)).close_to(
        np.zeros((5, 1))
    )


@task("bn_backward", points=1, short="engine")
def test_dz_agrees_with_the_engine_and_differences(student, rng):
    """The gradient in z of a weighted squared loss, found two other ways."""
    z, gamma, eps = rng.standard_normal((5, 4)), rng.standard_normal(5), 0.3
    R, Y = rng.standard_normal((2, 5, 4))
    G = 2 * R * (batch_norm(z, gamma, eps) - Y)
    dz = student.bn_backward(z, gamma, G, eps)
    expect(dz).gradient_of(
        lambda z: np.sum(R * (batch_norm(z, gamma, eps) - Y) ** 2), z
    )
