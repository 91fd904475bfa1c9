"""The checks of chapter 12, in teaching order for each of the four functions.

δ and U are put into the data, so that no expected value needs a decomposition; critical
points are built from blocks whose ranks are known; the last check of a task asks
minigrad and differences.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

import minigrad as mg
from minigrad.course import expect, task


class Data(NamedTuple):
    """Samples and targets, with what is known of them."""

    X: np.ndarray
    Y: np.ndarray
    U: np.ndarray
    delta: np.ndarray
    M: np.ndarray


def orthonormal(rng, rows, columns):
    """Random orthonormal columns."""
    return np.linalg.qr(rng.standard_normal((rows, columns)))[0]


def data(rng, dx, dy, n):
    """M X = U diag(δ) Vᵀ with V in the rows of X, and noise beside these rows."""
    rows, left = orthonormal(rng, n, dx), orthonormal(rng, dx, dx)
    s = rng.permutation(np.linspace(0.5, 2.0, dx))
    turn, U = orthonormal(rng, dx, dy), orthonormal(rng, dy, dy)
    delta = np.cumsum(rng.uniform(0.5, 1.0, dy))[::-1]
    noise = rng.standard_normal((dy, n))
    fitted = (U * delta) @ turn.T
    Y = fitted @ rows.T + noise - noise @ rows @ rows.T
    return Data((left * s) @ rows.T, Y, U, delta, fitted / s @ left.T)


# δ = (4, 3) in the directions 0 and 1; M = diag(2, 3) has them the other way around.
X_HAND = np.array([[2.0, 0, 0], [0, 1, 0]])
Y_HAND = np.array([[4.0, 0, 3], [0, 3, 0]])
SIZES = [(5, 3, 7), (4, 4, 6), (3, 2, 3)]  # d_x, d_y, n


def subsets(n):
    """Every subset of range(n)."""
    return [list(S) for r in range(n + 1) for S in combinations(range(n), r)]


def product(Ws):
    """W_H .. W_1."""
    W = Ws[0]
    for V in Ws[1:]:
        W = V @ W
    return W


def risk(Ws, X, Y):
    return np.sum((product(Ws) @ X - Y) ** 2)


def critical(rng, arch, d, S, blocks=(), Z=None):
    """A critical point with the product U_S U_Sᵀ M, in the basis D_h in layer h.

    Beside S, the layers ``blocks`` (from 1) have random entries; those of the others
    are 0, or all are given as ``Z``.  It is critical if two are 0, or where S has the
    smallest width: then the products of all blocks but one are empty.
    """
    r, H = len(S), len(arch) - 1
    Q = [i for i in range(len(d.U)) if i not in S]
    if Z is None:
        shapes = [(m - r, n - r) for n, m in pairwise([arch[0] + r, *arch[1:]])]
        Z = [(h in blocks) * rng.standard_normal(s) for h, s in enumerate(shapes, 1)]
    Ws = [np.vstack([d.U[:, S].T @ d.M, Z[0]])]
    for z in Z[1:-1]:
        Ws.append(np.zeros((r + z.shape[0], r + z.shape[1])))
        Ws[-1][:r, :r], Ws[-1][r:, r:] = np.eye(r), z
    Ws.append(np.hstack([d.U[:, S], d.U[:, Q] @ Z[-1]]))
    for h in range(H - 1):
        m = arch[h + 1]
        D = orthonormal(rng, m, m) * rng.uniform(0.5, 1.5, m)
        Ws[h], Ws[h + 1] = D @ Ws[h], Ws[h + 1] @ np.linalg.inv(D)
    return Ws


# critical_value --------------------------------------------------------------------


@task("critical_value", points=1, short="by hand")
def test_two_directions_by_hand(student, rng):
    """tr Σ_YY = 34 and δ = (4, 3): 34, 18, 25 and 9."""
    for S, right in [([], 34.0), ([0], 18.0), ([1], 25.0), ([0, 1], 9.0)]:
        expect(student.critical_value(X_HAND, Y_HAND, S)).close_to(right)


@task("critical_value", points=2, short="random")
def test_all_subsets_of_random_data(student, rng):
    """Every S; δ is known, and tr Σ_YY is the sum of squares in Y."""
    for sizes in SIZES:
        d = data(rng, *sizes)
        for S in subsets(sizes[1]):
            left = sum(y * y for y in d.Y.flat) - sum(d.delta[i] ** 2 for i in S)
            scale = float(np.sum(d.Y**2))  # for n = d_x nothing is left of it
            answer = student.critical_value(d.X, d.Y, S[::-1])
            expect(answer).close_to(float(left), scale=scale)


@task("critical_value", points=1, short="basis")
def test_only_the_rows_of_the_samples_matter(student, rng):
    """C X has the values of X for every invertible C; 3 Y has nine times them."""
    d = data(rng, 5, 3, 7)
    C = orthonormal(rng, 5, 5) * rng.uniform(0.5, 2.0, 5)
    for S in ([0, 2], [1]):
        right = float(np.sum(d.Y**2) - np.sum(d.delta[S] ** 2))
        expect(student.critical_value(C @ d.X, d.Y, S)).close_to(right)
        expect(student.critical_value(d.X, 3.0 * d.Y, S)).close_to(9.0 * right)


@task("critical_value", points=2, short="engine")
def test_the_value_follows_the_targets(student, rng):
    """Moving Y moves the value as if W stood still: differences against minigrad."""
    d, h = data(rng, 4, 3, 6), 1e-4
    for S in ([1], [0, 2]):
        W = d.U[:, S] @ d.U[:, S].T @ d.M
        G = mg.grad(lambda Y, W=W: np.sum((W @ d.X - Y) ** 2))(d.Y)
        E = rng.standard_normal(d.Y.shape)
        there, back = (student.critical_value(d.X, d.Y + s * E, S) for s in (h, -h))
        found = (expect(there).number() - expect(back).number()) / (2 * h)
        # The differences are wrong by h² of a third derivative, and by 1e-16/h.
        expect(found).close_to(float(np.sum(G * E)), rtol=1e-5, scale=np.sum(d.Y**2))


# critical_point --------------------------------------------------------------------


def is_critical_for(answer, arch, d, S):
    """Claim matrices of these widths, the product of S, and gradients of 0."""
    Ws = expect(answer).arrays([(m, n) for n, m in pairwise(arch)])
    W, right = product(Ws), d.U[:, S] @ d.U[:, S].T @ d.M
    gap, size = np.abs(W - right).max(), np.abs(d.M).max()
    message = f"expected W_H .. W_1 = U_S U_Sᵀ M for S = {S}; it is off by {gap:.3g}"
    expect(answer).is_true(bool(gap <= 1e-9 * size), message)
    for h, G in enumerate(mg.grad(lambda Ws: risk(Ws, d.X, d.Y))(Ws)):
        others = np.prod([np.linalg.norm(V) for V in [*Ws[:h], *Ws[h + 1 :]]])
        scale = 2 * others * np.linalg.norm(d.Y) * np.linalg.norm(d.X)
        largest = np.abs(G).max()
        message = f"expected gradients of 0; an entry of that of W_{h + 1} is "
        is_zero = bool(largest <= 1e-9 * scale)
        expect(answer).is_true(is_zero, f"{message}{largest:.3g}")
    return Ws


@task("critical_point", points=1, short="by hand")
def test_one_direction_by_hand(student, rng):
    """δ = (4, 3), M = diag(2, 3): the products diag(2, 0) and diag(0, 3)."""
    d = Data(X_HAND, Y_HAND, np.eye(2), np.array([4.0, 3.0]), np.diag([2.0, 3.0]))
    for S in ([0], [1]):
        is_critical_for(student.critical_point([2, 2, 2], d.X, d.Y, S), [2, 2, 2], d, S)


@task("critical_point", points=3, short="random")
def test_random_sets_of_directions(student, rng):
    """Two, three and four layers; one direction, two, and not the first ones."""
    for arch, S in [
        ([5, 4, 3], [1]),
        ([5, 4, 3], [2, 0]),
        ([5, 6, 3, 4], [3, 1]),
        ([4, 3, 5, 3, 3], [0, 2]),
    ]:
        d = data(rng, arch[0], arch[-1], 7)
        is_critical_for(student.critical_point(arch, d.X, d.Y, S), arch, d, S)


@task("critical_point", points=1, short="bottleneck")
def test_no_unit_to_spare_and_many(student, rng):
    """A hidden layer with one unit a direction; hidden layers wider than the input."""
    for arch in ([5, 2, 3], [4, 2, 2, 3], [3, 7, 9, 3]):
        d = data(rng, arch[0], arch[-1], 6)
        for S in ([0, 1], [2, 1]):
            is_critical_for(student.critical_point(arch, d.X, d.Y, S), arch, d, S)


@task("critical_point", points=1, short="empty, full")
def test_no_direction_and_all(student, rng):
    """S = [] has the product 0, all directions have M: the regression."""
    d = data(rng, 5, 3, 7)
    for arch in ([5, 4, 3], [5, 3, 4, 3]):
        for S in ([0, 1, 2], []):
            is_critical_for(student.critical_point(arch, d.X, d.Y, S), arch, d, S)


@task("critical_point", points=2, short="engine")
def test_differences_find_no_slope_either(student, rng):
    """Central differences of the risk are 0, and the risk is the value of S."""
    for arch, S in [([4, 3, 3], [1]), ([4, 2, 3, 2], [0]), ([3, 4, 3], [2, 0])]:
        d = data(rng, arch[0], arch[-1], 6)
        answer = student.critical_point(arch, d.X, d.Y, S)
        Ws = is_critical_for(answer, arch, d, S)
        total = float(np.sum(d.Y**2))
        value = total - float(np.sum(d.delta[S] ** 2))
        expect(float(risk(Ws, d.X, d.Y))).close_to(value, scale=total)
        slopes = mg.numerical_grad(lambda Ws, d=d: risk(Ws, d.X, d.Y), Ws)
        steepest = max(np.abs(G).max() for G in slopes)
        size = total * (1.0 + max(np.abs(W).max() for W in Ws))
        message = f"expected no slope; differences find one of {steepest:.3g}"
        expect(answer).is_true(bool(steepest <= 1e-6 * size), message)


# classify --------------------------------------------------------------------------


@task("classify", points=1, short="by hand")
def test_points_by_hand(student, rng):
    """X and Y of chapter 12's first check: the origin, M, and one direction of it."""
    zero, one, M = np.zeros((2, 2)), np.eye(2), np.diag([2.0, 3.0])
    first, second = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
    for Ws, right in [
        ([zero, zero], "strict"),
        ([zero, zero, zero], "nonstrict"),
        ([M, one], "global"),
        ([first @ M, first], "strict"),
        ([first @ M, first, first], "nonstrict"),
        ([second @ M, second, second], "strict"),
        ([M, 2 * one, one / 2], "global"),
    ]:
        expect(student.classify(Ws, X_HAND, Y_HAND)).close_to(right)


@task("classify", points=2, short="full rank")
def test_points_of_full_rank(student, rng):
    """r = r_max: global for the first directions, strict for others; free blocks."""
    for arch in ([4, 3, 3], [5, 2, 3], [4, 4, 2, 3], [5, 4, 6, 3], [4, 5, 1, 3, 2]):
        d = data(rng, arch[0], arch[-1], 7)
        r = min(arch)
        for S in combinations(range(arch[-1]), r):
            Ws = critical(rng, arch, d, list(S), blocks=range(1, len(arch)))
            right = "global" if tuple(range(r)) == S else "strict"
            expect(student.classify(Ws, d.X, d.Y)).close_to(right)


@task("classify", points=2, short="saddles")
def test_saddles_of_two_and_three_layers(student, rng):
    """H = 2: strict.  H = 3: strict if S has a gap, or with one block beside zeros."""
    for arch, S, blocks, right in [
        ([4, 3, 3], [0], (), "strict"),
        ([5, 4, 3], [0, 1], (), "strict"),
        ([4, 3, 3, 3], [0], (), "nonstrict"),
        ([4, 3, 3, 3], [1], (), "strict"),
        ([4, 3, 4, 3], [0], (2,), "strict"),
        ([4, 3, 4, 3], [0], (1,), "strict"),
        ([4, 3, 4, 3], [0], (3,), "strict"),
        ([5, 3, 4, 3], [0, 1], (), "nonstrict"),
        ([5, 3, 4, 3], [0, 2], (), "strict"),
        ([5, 3, 4, 3], [], (), "nonstrict"),
        ([5, 3, 4, 3], [], (2,), "strict"),
    ]:
        d = data(rng, arch[0], arch[-1], 7)
        Ws = critical(rng, arch, d, S, blocks)
        expect(student.classify(Ws, d.X, d.Y)).close_to(right)


@task("classify", points=2, short="pivots")
def test_every_pivot_of_four_layers(student, rng):
    """Zero blocks in layers i and j alone: (i, j) is not tightened.  In three: all."""
    arch = [4, 3, 4, 3, 3]
    d, layers = data(rng, 4, 3, 6), range(1, 5)
    for S in ([0], []):
        for size in (0, 1, 2):
            for blocks in combinations(layers, size):
                Ws = critical(rng, arch, d, S, blocks)
                right = "strict" if size == 2 else "nonstrict"
                expect(student.classify(Ws, d.X, d.Y)).close_to(right)


def orthogonal(rng, n, seen):
    """A random vector that is orthogonal to the columns of ``seen``."""
    w = rng.standard_normal(n)
    return w - seen @ np.linalg.lstsq(seen, w, rcond=None)[0]


def special_blocks(rng, d):
    """Blocks beside S = [0] with products that are 0 though their factors are not.

    e and f are orthogonal, C = Σ_XY U_Q.  "crossed" is not tightened at (3, 2): beside
    it are W_1 C, of rank 1, and the empty product.  "unseen" is: there W_1 C is 0.
    """
    (e, f), u = np.eye(2), rng.standard_normal(2)
    C = d.X @ d.Y.T @ d.U[:, 1:]
    w, v = orthogonal(rng, 4, C @ u[:, None]), orthogonal(rng, 4, C)
    first, none, last = np.zeros((2, 4)), np.zeros((2, 2)), np.zeros((2, 2))
    return {
        "crossed": ([np.outer(e, w), np.outer(f, f), np.outer(u, e)], "strict"),
        "unseen": ([np.outer(e, v), none, last], "nonstrict"),
        "seen": ([np.outer(e, v) + np.outer(f, w), none, last], "strict"),
        "rank 1": ([first, np.outer(u, e), none, last], "nonstrict"),
        "product": ([first, np.outer(u, e), np.outer(e, f), last], "strict"),
        "no product": ([first, np.outer(e, u), np.outer(u, f), last], "nonstrict"),
    }


@task("classify", points=1, short="ranks")
def test_ranks_decide_and_not_zeros(student, rng):
    """Blocks that are not 0 and have products that are; blocks of rank 1."""
    d = data(rng, 4, 3, 6)
    for Z, right in special_blocks(rng, d).values():
        Ws = critical(rng, [4, *[3] * len(Z)], d, [0], Z=Z)
        expect(student.classify(Ws, d.X, d.Y)).close_to(right)


@task("classify", points=1, short="rounding")
def test_a_product_of_rounding_errors_has_no_rank(student, rng):
    """S = [], W_1 = W_4 = 0, and W_3 W_2 is 0 but for rounding; and where it is not."""
    d = data(rng, 4, 3, 6)
    for _ in range(3):
        e, f = orthonormal(rng, 3, 2).T
        u, first, last = rng.standard_normal(3), np.zeros((3, 4)), np.zeros((3, 3))
        for left, right in [(f, "nonstrict"), (e + f, "strict")]:
            Z = [first, np.outer(e, u), np.outer(u, left), last]
            Ws = critical(rng, [4, 3, 3, 3, 3], d, [], Z=Z)
            expect(student.classify(Ws, d.X, d.Y)).close_to(right)


@task("classify", points=2, short="engine")
def test_the_hessian_of_minigrad_agrees(student, rng):
    """Its smallest eigenvalue, and whether the risk is the smallest there is."""
    for arch, S, blocks in [
        ([3, 2, 2], [0], ()),
        ([3, 2, 2, 2], [0], ()),
        ([3, 2, 2, 2], [0], (3,)),
        ([3, 3, 2], [0, 1], (1, 2)),
        ([3, 2, 2, 2, 2], [], (3,)),
        ([3, 2, 2, 2, 2], [], (1, 4)),
        ([3, 2, 3, 2], [1], ()),
    ]:
        d = data(rng, arch[0], arch[-1], 4)
        Ws = critical(rng, arch, d, S, blocks)
        expect(student.classify(Ws, d.X, d.Y)).close_to(by_hessian(Ws, d))


def by_hessian(Ws, d):
    """The kind of a critical point, from second derivatives by minigrad."""
    ends = np.cumsum([W.size for W in Ws])[:-1]

    def flat(w):
        parts = zip(np.split(w, ends), Ws, strict=True)
        return risk([part.reshape(W.shape) for part, W in parts], d.X, d.Y)

    w = np.concatenate([W.ravel() for W in Ws])
    values = np.linalg.eigvalsh(mg.hessian(flat)(w))
    if values[0] < -1e-9 * np.sum(d.Y**2):
        return "strict"
    r = min(len(d.X), *map(len, Ws))
    least = np.sum(d.Y**2) - np.sum(d.delta[:r] ** 2)
    return "global" if flat(w) < least * (1 + 1e-9) + 1e-9 else "nonstrict"


# best_B_and_is_critical ------------------------------------------------------------


@task("best_B_and_is_critical", points=1, short="by hand")
def test_a_last_layer_by_hand(student, rng):
    """M = diag(2, 3), Σ = diag(16, 9): A = (2, 0) is an eigenvector, (1, 1) is none."""
    for A, B, right in [
        ([[2.0], [0.0]], [[1.0, 0.0]], True),
        ([[1.0], [1.0]], [[1.0, 1.5]], False),
        ([[0.0], [-1.0]], [[0.0, -3.0]], True),
    ]:
        answer = student.best_B_and_is_critical(np.array(A), X_HAND, Y_HAND)
        expect(answer).close_to((np.array(B), right))


@task("best_B_and_is_critical", points=2, short="random")
def test_random_last_layers(student, rng):
    """B against a regression of all entries of Y at once; generic and critical A."""
    for (dx, dy, n), width in [((5, 3, 7), 2), ((4, 4, 6), 3), ((3, 2, 3), 2)]:
        d = data(rng, dx, dy, n)
        C = orthonormal(rng, width, width) * rng.uniform(0.5, 2.0, width)
        generic = rng.standard_normal((dy, width)) + np.eye(dy, width)
        for A, is_critical in [(generic, width == dy), (d.U[:, -width:] @ C, True)]:
            columns = np.kron(A, d.X.T)  # of the entries of B, row by row
            B = np.linalg.lstsq(columns, d.Y.ravel(), rcond=None)[0]
            answer = student.best_B_and_is_critical(A, d.X, d.Y)
            expect(answer).close_to((B.reshape(width, dx), is_critical))


@task("best_B_and_is_critical", points=2, short="critical")
def test_critical_last_layers(student, rng):
    """A = U_S C for every S and a C of any kind: B = C⁻¹ U_Sᵀ M; a little off: none."""
    for sizes in SIZES:
        d = data(rng, *sizes)
        one, two = d.U[:, [0]], d.U[:, :2] @ np.array([[0.6, -0.8], [0.8, 0.6]])
        for A, B in [(2.0 * one, one.T @ d.M / 2.0), (two, two.T @ d.M)]:
            answer = student.best_B_and_is_critical(A, d.X, d.Y)
            expect(answer).close_to((B, True))
        for S in subsets(sizes[1])[1:]:
            r = len(S)
            C = orthonormal(rng, r, r) * rng.uniform(0.5, 2.0, r)
            A = d.U[:, S] @ C
            B = np.linalg.solve(C, d.U[:, S].T @ d.M)
            answer = student.best_B_and_is_critical(A, d.X, d.Y)
            expect(answer).close_to((B, True))
        A = d.U[:, [0]] + 1e-3 * d.U[:, [1]]
        B = A.T @ d.M / np.sum(A**2)
        answer = student.best_B_and_is_critical(A, d.X, d.Y)
        expect(answer).close_to((B, False))


@task("best_B_and_is_critical", points=2, short="engine")
def test_the_gradients_of_minigrad_agree(student, rng):
    """In B the gradient is always 0; in A it is 0 where you say so, and there alone."""
    d = data(rng, 5, 4, 7)
    f = lambda A, B: np.sum((A @ (B @ d.X) - d.Y) ** 2)
    mixed = d.U[:, [0, 2]] @ np.array([[1.0, 2.0], [0.5, -1.0]])
    for A in (mixed, rng.standard_normal((4, 2)), mixed + 0.1 * d.U[:, [1, 1]]):
        answer = student.best_B_and_is_critical(A, d.X, d.Y)
        is_pair = type(answer) in (list, tuple) and len(answer) == 2
        expect(answer).is_true(is_pair, "expected a pair, B and a bool")
        B = expect(answer[0]).array((2, 5))
        scale = 2 * np.linalg.norm(d.Y) * np.linalg.norm(d.X)
        in_A, in_B = mg.grad(f, argnums=(0, 1))(A, B)
        slope = np.abs(mg.numerical_grad(lambda B, A=A: f(A, B), B)).max()
        message = f"expected no gradient in B; it is up to {np.abs(in_B).max():.3g}"
        flat = np.abs(in_B).max() <= 1e-9 * scale * np.linalg.norm(A)
        flat = flat and slope <= 1e-6 * scale * np.linalg.norm(A)
        expect(answer).is_true(bool(flat), message)
        right = np.abs(in_A).max() <= 1e-9 * scale * np.linalg.norm(B)
        expect(answer[1]).close_to(bool(right))
