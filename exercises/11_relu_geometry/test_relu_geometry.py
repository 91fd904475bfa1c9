"""The checks of chapter 11, in teaching order for each of the two functions.

Ws, bs parameters, X samples as columns, z pre-activations.  Patterns compare with loops
over single units and with the slopes of relu; ranks with elimination modulo a prime,
which knows no tolerance, with closed forms, and with minigrad and differences.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import minigrad as mg
from minigrad.course import expect, task

SHAPES = [((5, 3, 7, 2), 6), ((3, 7, 5, 4, 2), 5), ((4, 4, 4, 4), 4), ((1, 6, 1), 9)]


def gaussian(rng, widths, n):
    """Parameters of a random network, and n samples."""
    Ws = [rng.standard_normal((m, k)) for k, m in pairwise(widths)]
    bs = [rng.standard_normal(m) for m in widths[1:]]
    return Ws, bs, rng.standard_normal((widths[0], n))


def network(Ws, bs, X):
    """f_H(X) (n_H, n); tensors of minigrad pass through."""
    f = X
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        f = mg.relu(W @ f + b[:, None])
    return Ws[-1] @ f + bs[-1][:, None]


# activation_pattern ----------------------------------------------------------------


def is_pattern(answer, right):
    """Claim these zeros and ones, as integers."""
    expect(answer).close_to(np.array(right))
    message = "expected an array of ints; .astype(int) makes one"
    expect(answer).is_true(answer.dtype.kind in "iu", message)


def unit_by_unit(Ws, bs, X):
    """The rows of the pattern, each a list: dot products of one unit and one sample."""
    states = [list(x) for x in X.T]
    rows = []
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        zs = [
            [sum(w * v for w, v in zip(row, f, strict=True)) + c for f in states]
            for row, c in zip(W, b, strict=True)
        ]
        rows += [[int(z >= 0) for z in unit] for unit in zs]
        states = [[max(z, 0.0) for z in sample] for sample in zip(*zs, strict=True)]
    return rows


@task("activation_pattern", points=1, short="by hand")
def test_two_units_by_hand(student, rng):
    """z_1 = x - 2 and 1 - x at the samples 0, 3, 1/2, 4: 0101 and 1010."""
    Ws = [np.array([[1.0], [-1.0]]), np.array([[1.0, 3.0]])]
    bs = [np.array([-2.0, 1.0]), np.array([-5.0])]
    X = np.array([[0.0, 3.0, 0.5, 4.0]])
    is_pattern(student.activation_pattern(Ws, bs, X), [[0, 1, 0, 1], [1, 0, 1, 0]])


@task("activation_pattern", points=3, short="random")
def test_random_networks(student, rng):
    """Depths 2 to 4, widths (5, 3, 7, 2) to (1, 6, 1): layer below layer."""
    for widths, n in SHAPES:
        Ws, bs, X = gaussian(rng, widths, n)
        is_pattern(student.activation_pattern(Ws, bs, X), unit_by_unit(Ws, bs, X))


@task("activation_pattern", points=2, short="z = 0")
def test_zero_counts_as_active(student, rng):
    """z = 0 is 1: where a sample lies on the edge, and behind a dead layer, b = 0; a
    little beside the edge it is not.
    """
    Ws = [np.array([[1.0, -2.0], [-1.0, 0.0]]), np.eye(2), np.array([[1.0, 2.0]])]
    bs = [np.array([0.0, -1.0]), np.array([0.0, -0.5]), np.array([0.0])]
    X = np.array([[2.0, 0.0, -3.0, 2.0], [1.0, 3.0, -1.0, 1.0 + 2.0**-41]])
    # z_1: 2 - 2, 0 - 6, -3 + 2, -2⁻⁴⁰ and -3, -1, 2, -3; f_1 = 0, but (0, 2) at the
    # third sample; z_2: f_1 + b_2
    right = [[1, 0, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1], [0, 0, 1, 0]]
    is_pattern(student.activation_pattern(Ws, bs, X), right)


@task("activation_pattern", points=1, short="H = 1")
def test_without_hidden_layers_there_are_no_rows(student, rng):
    """H = 1 has a pattern (0, n); with a hidden layer added, all its rows."""
    Ws, bs, X = gaussian(rng, (3, 4, 2), 5)
    is_pattern(student.activation_pattern(Ws, bs, X), unit_by_unit(Ws, bs, X))
    nothing = student.activation_pattern(Ws[:1], bs[:1], X)
    is_pattern(nothing, np.zeros((0, 5), dtype=int))


@task("activation_pattern", points=1, short="invariant")
def test_rescaled_units_have_the_same_pattern(student, rng):
    """Units times 2 or 1/4, readers divided: the same; units reversed: reversed."""
    for widths, n in SHAPES:
        Ws, bs, X = gaussian(rng, widths, n)
        right = np.array(unit_by_unit(Ws, bs, X))
        scales = [rng.choice([0.25, 2.0], m) for m in widths[1:-1]]
        is_pattern(student.activation_pattern(*rescaled(Ws, bs, scales), X), right)
        layers = np.split(right, np.cumsum(widths[1:-1])[:-1])
        turned = np.concatenate([layer[::-1] for layer in layers])
        is_pattern(student.activation_pattern(*reversed_units(Ws, bs), X), turned)


def rescaled(Ws, bs, scales):
    """Hidden unit i of layer h times scales[h][i], and its readers divided by it."""
    above = [*scales, np.ones(len(bs[-1]))]
    below = [np.ones(Ws[0].shape[1]), *scales]
    new = [
        s[:, None] * W / t[None, :] for W, s, t in zip(Ws, above, below, strict=True)
    ]
    return new, [s * b for s, b in zip(above, bs, strict=True)]


def reversed_units(Ws, bs):
    """The same function with the hidden units of each layer in reverse order."""
    new = [W[::-1, ::-1] for W in Ws]
    new[0] = new[0][:, ::-1]  # the inputs stay
    new[-1] = new[-1][::-1]  # and the outputs
    return new, [*(b[::-1] for b in bs[:-1]), bs[-1]]


@task("activation_pattern", points=2, short="engine")
def test_the_pattern_is_the_slope_of_every_relu(student, rng):
    """Push each hidden z alone: minigrad's slopes, and differences, are the pattern."""
    for widths, n in SHAPES:
        Ws, bs, X = gaussian(rng, widths, n)
        hidden = widths[1:-1]
        answer = student.activation_pattern(Ws, bs, X)
        found = expect(answer).array((sum(hidden), n))
        f, zs = X, []
        for W, b in zip(Ws[:-1], bs[:-1], strict=True):
            zs.append(W @ f + b[:, None])
            f = np.maximum(zs[-1], 0.0)
        zs = [np.where(np.abs(z) < 1e-3, 1e-3 * (2 * (z >= 0) - 1), z) for z in zs]
        units = lambda zs: sum(np.sum(mg.relu(z)) for z in zs)
        layers = np.split(found, np.cumsum(hidden)[:-1])
        expect(list(layers)).gradient_of(units, zs)


# functional_dimension --------------------------------------------------------------


def held(Ws, bs, X, gates):
    """f_H(X) with the pattern held, a vector: affine in each single parameter."""
    f = X
    for h, (W, b) in enumerate(zip(Ws, bs, strict=True)):
        f = W @ f + b[:, None]
        if h < len(gates):
            f = f * gates[h]
    return f.ravel()


def jacobian(Ws, bs, X, step=1.0):
    """(n_H n, p) by differences with the pattern held: exact for whole numbers."""
    rows = unit_by_unit(Ws, bs, X)
    ends = np.cumsum([0, *map(len, bs[:-1])])
    gates = [np.array(rows[a:b]) for a, b in pairwise(ends)]
    start, columns = held(Ws, bs, X, gates), []
    for k, A in enumerate([*Ws, *bs]):
        for at in np.ndindex(A.shape):
            moved = [*Ws, *bs]
            moved[k] = A.copy()
            moved[k][at] += step
            columns.append(held(moved[: len(Ws)], moved[len(Ws) :], X, gates) - start)
    return np.array(columns).T / step


def exact_rank(J, prime=2**31 - 1):
    """The rank of a matrix of whole numbers, by elimination modulo a prime.

    Never more than the rank; less only if the prime divides each minor of that size.
    """
    A = np.array(J, dtype=np.int64) % prime
    rank = 0
    for column in range(A.shape[1]):
        below = np.nonzero(A[rank:, column])[0]
        if not len(below):
            continue
        A[[rank, rank + below[0]]] = A[[rank + below[0], rank]]
        A[rank] = A[rank] * pow(int(A[rank, column]), -1, prime) % prime
        rest = A[rank + 1 :]
        A[rank + 1 :] = (rest - rest[:, column, None] * A[rank] % prime) % prime
        rank += 1
        if rank == len(A):
            break
    return rank


def whole(rng, widths, n):
    """A network and samples of whole numbers in which no z is 0: all of them are odd.

    Its rank is plain in floating point as well: no singular value is near rounding.
    """
    while True:
        Ws = [2.0 * rng.integers(-2, 3, (m, k)) for k, m in pairwise(widths)]
        bs = [2.0 * rng.integers(-2, 3, m) + 1.0 for m in widths[1:]]
        X = rng.integers(-3, 4, (widths[0], n)).astype(float)
        J = jacobian(Ws, bs, X)
        right = exact_rank(J)
        lengths = np.linalg.norm(J, axis=0)
        s = np.linalg.svd(J / np.where(lengths > 0, lengths, 1), compute_uv=False)
        if s[right - 1] > 1e-5 * s[0]:
            return Ws, bs, X, right


@task("functional_dimension", points=1, short="H = 1")
def test_a_single_layer_has_the_rank_of_its_samples(student, rng):
    """H = 1: n_H times the rank of (X; 1), which is 3, 4, 2 and 1 here."""
    rank = {3: 3, 7: 4}
    for n, r in rank.items():
        Ws, bs, X = gaussian(rng, (3, 2), n)
        expect(student.functional_dimension(Ws, bs, X)).close_to(2 * r)
    line = np.array([[0.0, 1, 2, 3], [1, 1, 1, 1], [5, 3, 1, -1]])
    Ws, bs, _ = gaussian(rng, (3, 5), 1)
    expect(student.functional_dimension(Ws, bs, line)).close_to(10)
    point = np.ones((3, 4)) * rng.standard_normal((3, 1))
    expect(student.functional_dimension(Ws, bs, point)).close_to(5)


def toy(a, b, c, d):
    """f(x) = b relu(a x + c) + d at 0, 1, 2."""
    Ws = [np.array([[float(a)]]), np.array([[float(b)]])]
    return Ws, [np.array([float(c)]), np.array([float(d)])], np.array([[0.0, 1, 2]])


@task("functional_dimension", points=2, short="toy")
def test_the_six_cells_of_the_toy(student, rng):
    """b relu(a x + c) + d at 0, 1, 2: the patterns in turn, and 1, 2, 3, 2, 3, 2."""
    cells = {
        (-1, -1): 1,  # 000
        (2, -3): 2,  # 001
        (2, -1): 3,  # 011
        (1, 2): 2,  # 111
        (-2, 3): 3,  # 110
        (-2, 1): 2,  # 100
    }
    for (a, c), right in cells.items():
        b, d = float(rng.uniform(0.5, 2.0)), float(rng.standard_normal())
        expect(student.functional_dimension(*toy(a, b, c, d))).close_to(right)


@task("functional_dimension", points=2, short="exceptions")
def test_where_the_rank_falls_within_a_cell(student, rng):
    """The toy again: 111 with a = b = 0 has 1, 011 with b = 0 has 2; else as before."""
    expect(student.functional_dimension(*toy(0, 0, 1, 0))).close_to(1)
    expect(student.functional_dimension(*toy(2, 0, -1, 5))).close_to(2)
    expect(student.functional_dimension(*toy(0, 3, 1, 0))).close_to(2)
    expect(student.functional_dimension(*toy(1, 0, 1, 0))).close_to(2)
    expect(student.functional_dimension(*toy(2, 1, -1, 5))).close_to(3)


@task("functional_dimension", points=3, short="random")
def test_whole_numbers_against_elimination(student, rng):
    """Weights and samples of whole numbers: the rank by elimination modulo 2³¹ - 1."""
    for widths, n in [*SHAPES, ((2, 3, 1), 30), ((3, 6, 4, 3), 25)]:
        Ws, bs, X, right = whole(rng, widths, n)
        expect(student.functional_dimension(Ws, bs, X)).close_to(right)


@task("functional_dimension", points=2, short="bound")
def test_both_bounds_are_attained(student, rng):
    """(3, 5, 4, 2), p = 54: 45 = 54 - 5 - 4 at 100 samples, 2 n at two and at five."""
    Ws, bs, X = generic(rng)
    expect(student.functional_dimension(Ws, bs, X)).close_to(45)
    for n in (2, 5):
        few = X[:, chosen(Ws, bs, X, n)]
        expect(student.functional_dimension(Ws, bs, few)).close_to(2 * n)


def generic(rng):
    """A network (3, 5, 4, 2) and 100 samples at which each unit is on and off."""
    while True:
        Ws, bs, X = gaussian(rng, (3, 5, 4, 2), 100)
        on = np.mean(unit_by_unit(Ws, bs, X), axis=1)
        if on.min() > 0.1 and on.max() < 0.9 and clear(jacobian(Ws, bs, X), 45):
            return Ws, bs, X


def chosen(Ws, bs, X, n):
    """n samples whose outputs move apart."""
    for start in range(X.shape[1] - n):
        if clear(jacobian(Ws, bs, X[:, start : start + n]), 2 * n):
            return np.arange(start, start + n)
    raise RuntimeError("no such samples")


def clear(J, rank):
    """Whether J has this rank without a doubt, in unit columns."""
    lengths = np.linalg.norm(J, axis=0)
    s = np.linalg.svd(J / np.where(lengths > 0, lengths, 1), compute_uv=False)
    return s[rank - 1] > 1e-5 * s[0] and (len(s) == rank or s[rank] < 1e-12 * s[0])


@task("functional_dimension", points=2, short="dead")
def test_what_is_dead_does_not_move(student, rng):
    """All units off: n_H is left; samples twice, a zero input, a dead unit: exactly."""
    Ws, bs, X, _ = whole(rng, (3, 5, 4, 2), 12)
    off = [bs[0] - 999.0, *bs[1:-1], bs[-1]]
    off[1] = -np.abs(bs[1])
    expect(student.functional_dimension(Ws, off, X)).close_to(2)
    twice = np.concatenate([X, X], axis=1)
    right = exact_rank(jacobian(Ws, bs, X))
    expect(student.functional_dimension(Ws, bs, twice)).close_to(right)
    while True:
        Ws, bs, X, _ = whole(rng, (3, 5, 4, 2), 12)
        X[1], bs[0][2] = 0.0, -999.0
        J = jacobian(Ws, bs, X)
        right = exact_rank(J)
        if clear(J, right):
            break
    expect(student.functional_dimension(Ws, bs, X)).close_to(right)


@task("functional_dimension", points=1, short="close")
def test_two_samples_a_millionth_apart_are_two(student, rng):
    """X = (1, 1 + 2⁻¹⁹): five outputs, H = 1, have 10; the toy on 111 has 2."""
    close = np.array([[1.0, 1.0 + 2.0**-19]])
    Ws, bs, _ = gaussian(rng, (1, 5), 1)
    expect(student.functional_dimension(Ws, bs, close)).close_to(10)
    Ws, bs, _ = toy(1, 1, 1, 0)
    expect(student.functional_dimension(Ws, bs, close)).close_to(2)


@task("functional_dimension", points=3, short="invariant")
def test_units_in_other_units_and_another_order(student, rng):
    """Hidden units reversed, or times 2 and 1/4, or times 10⁹ and 10⁻⁹: the same."""
    for widths, n in [((3, 5, 4, 2), 12), ((2, 6, 3), 20)]:
        Ws, bs, X, right = whole(rng, widths, n)
        other = reversed_units(Ws, bs)
        expect(student.functional_dimension(*other, X)).close_to(right)
        for scales in ([0.25, 2.0], [1e-9, 1e9]):
            chosen = [rng.choice(scales, m) for m in widths[1:-1]]
            chosen[0][:2] = scales
            other = rescaled(Ws, bs, chosen)
            expect(student.functional_dimension(*other, X)).close_to(right)


@task("functional_dimension", points=2, short="engine")
def test_the_rank_of_minigrad_and_of_differences(student, rng):
    """The Jacobian by minigrad, and by differences: one rank, and it is yours."""
    for widths, n in [((5, 3, 7, 2), 9), ((3, 7, 5, 4), 40), ((4, 4, 4), 8)]:
        while True:
            Ws, bs, X = gaussian(rng, widths, n)
            parts = mg.jacobian(lambda w, X=X: network(w[0], w[1], X))([Ws, bs])
            flat = [np.reshape(J, (widths[-1] * n, -1)) for J in [*parts[0], *parts[1]]]
            J = np.concatenate(flat, axis=1)
            lengths = np.linalg.norm(J, axis=0)
            J = J / np.where(lengths > 0, lengths, 1)
            right = int(np.linalg.matrix_rank(J))
            if clear(J, right) and clear(jacobian(Ws, bs, X, 1e-3), right):
                break
        expect(student.functional_dimension(Ws, bs, X)).close_to(right)
