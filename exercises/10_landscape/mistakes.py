"""What goes wrong in chapter 10, as code that runs: each slip with its sentence.

A submission whose results all agree with one of these is told that sentence.
"""

from __future__ import annotations

import numpy as np

from minigrad.course import mistake

# grad_lower_bound ------------------------------------------------------------------


def singular_value(M, k):
    """The k-th largest, 0 where there is none."""
    values = np.linalg.svd(M, compute_uv=False)
    return float(values[k - 1]) if k <= len(values) else 0.0


def bound(Ws, dmin, A, dL, of_weight=None, of_samples=None):
    """The bound, with other numbers in place of singular values if they are given."""
    of_weight = of_weight or (lambda W: singular_value(W, W.shape[0]))
    of_samples = of_samples or (lambda A: singular_value(A, A.shape[1]))
    kept = float(np.prod([of_weight(W) for W in Ws[1:]]))
    return of_samples(A) * kept * float(np.prod(dmin) * np.linalg.norm(dL))


@mistake("grad_lower_bound", kind="first-weight")
def with_the_first_matrix(Ws, dmin, A, dL):
    """Your product includes W_1. The gradient at layer 1 has come down through W_H, ..,
    W_2 and no further: the product begins with h = 2.
    """
    return bound(Ws, dmin, A, dL) * singular_value(Ws[0], Ws[0].shape[0])


@mistake("grad_lower_bound", kind="largest")
def largest_singular_values(Ws, dmin, A, dL):
    """You took the largest singular values. They bound what a matrix can do from above;
    a lower bound needs s_n(A) and s_{n_h}(W_h).
    """
    return bound(
        Ws, dmin, A, dL, lambda W: np.linalg.norm(W, 2), lambda A: np.linalg.norm(A, 2)
    )


def smallest_there_is(M):
    return float(np.linalg.svd(M, compute_uv=False)[-1])


@mistake("grad_lower_bound", kind="last-of-svd")
def last_of_what_svd_returns(Ws, dmin, A, dL):
    """You took the last value that svd returns. A W_h with more rows than columns has
    fewer than n_h of them, and s_{n_h}(W_h) is 0; so for A with more than n_0 + 1
    samples.
    """
    return bound(Ws, dmin, A, dL, smallest_there_is, smallest_there_is)


@mistake("grad_lower_bound", kind="input-side")
def counted_by_columns(Ws, dmin, A, dL):
    """You counted the singular values of W_h by its columns. What comes down is W_hᵀ
    times a vector of n_h entries: s_{n_h}, one for each row.
    """
    return bound(Ws, dmin, A, dL, lambda W: singular_value(W, W.shape[1]))


@mistake("grad_lower_bound", kind="without-ones")
def without_the_row_of_ones(Ws, dmin, A, dL):
    """You left out the row of ones and took X for A. It stands for the gradient in b_1,
    which belongs to the length that is bounded.
    """
    n = A.shape[1]
    return bound(Ws, dmin, A, dL, None, lambda A: singular_value(A[:-1], n))


@mistake("grad_lower_bound", kind="hidden-slopes")
def slopes_without_the_last(Ws, dmin, A, dL):
    """Your product of slopes stops before the last layer. dL is the gradient behind
    σ_H, so it has to come through that as well.
    """
    return bound(Ws, dmin[:-1], A, dL)


@mistake("grad_lower_bound", kind="first-slope")
def slopes_without_the_first(Ws, dmin, A, dL):
    """Your product of slopes begins with h = 2. W_1 and b_1 act in front of σ_1, and
    its slope is a factor of their gradient, too.
    """
    return bound(Ws, dmin[1:], A, dL)


@mistake("grad_lower_bound", kind="smallest-slope")
def the_smallest_slope_once(Ws, dmin, A, dL):
    """You took one slope, the smallest of all. The gradient passes every layer, and
    each can cost it its own factor: multiply them.
    """
    return bound(Ws, np.min(dmin), A, dL)


@mistake("grad_lower_bound", kind="frobenius")
def frobenius_norms_of_weights(Ws, dmin, A, dL):
    """You multiplied by ‖W_h‖_F. That is an upper bound for what W_hᵀ does; what it
    does at least is its smallest singular value.
    """
    return bound(Ws, dmin, A, dL, np.linalg.norm)


@mistake("grad_lower_bound", kind="spectral-loss")
def spectral_norm_of_the_loss_gradient(Ws, dmin, A, dL):
    """You took the spectral norm of dL. All samples count: the Frobenius norm, the root
    of the sum of all squares.
    """
    frobenius = np.linalg.norm(dL)
    share = np.linalg.norm(dL, 2) / frobenius if frobenius else 0.0
    return bound(Ws, dmin, A, dL) * float(share)


@mistake("grad_lower_bound", kind="squared")
def eigenvalues_of_gram_matrices(Ws, dmin, A, dL):
    """You took eigenvalues of AᵀA and W_h W_hᵀ. They are the squares of the singular
    values: take roots.
    """
    square = lambda M, k: singular_value(M, k) ** 2
    return bound(
        *(Ws, dmin, A, dL),
        lambda W: square(W, W.shape[0]),
        lambda A: square(A, A.shape[1]),
    )


@mistake("grad_lower_bound", kind="mean")
def mean_over_samples(Ws, dmin, A, dL):
    """You divided by the number of samples. E is a sum over them, and dL has no 1/n."""
    return bound(Ws, dmin, A, dL) / dL.shape[1]


@mistake("grad_lower_bound", kind="volume")
def product_of_all_singular_values(Ws, dmin, A, dL):
    """You multiplied all singular values of a matrix, as a determinant does. Only the
    smallest one bounds the length of a vector from below.
    """

    def volume(M, k):
        values = np.linalg.svd(M, compute_uv=False)
        return float(np.prod(values)) if k <= len(values) else 0.0

    return bound(
        *(Ws, dmin, A, dL),
        lambda W: volume(W, W.shape[0]),
        lambda A: volume(A, A.shape[1]),
    )


# critical_point_kind ---------------------------------------------------------------


def kind_of(values, tol):
    """The right answer for a critical point, from what was taken for eigenvalues."""
    lowest, highest = np.min(values), np.max(values)
    if lowest > tol:
        return "minimum"
    if highest < -tol:
        return "maximum"
    return "strict saddle" if lowest < -tol and highest > tol else "undetermined"


def kind(g, H, tol, zero=None):
    if np.linalg.norm(g) > tol:
        return "not critical"
    return kind_of(np.linalg.eigvalsh(H), tol if zero is None else zero)


@mistake("critical_point_kind", kind="semidefinite-minimum")
def semidefinite_is_enough(g, H, tol):
    """You let a semidefinite Hessian pass as a minimum or a maximum. x² + y³ has the
    Hessian of x² + y⁴ at 0, and is no minimum: "undetermined".
    """
    if np.linalg.norm(g) > tol:
        return "not critical"
    values = np.linalg.eigvalsh(H)
    if values[0] >= -tol:
        return "minimum"
    return "maximum" if values[-1] <= tol else "strict saddle"


@mistake("critical_point_kind", kind="second-order-minimum")
def positive_semidefinite_is_enough(g, H, tol):
    """You took every second-order critical point for a minimum. With an eigenvalue 0 it
    may be a saddle: x² + y³. That is "undetermined".
    """
    found = kind(g, H, tol)
    at_least_zero = np.linalg.eigvalsh(H)[0] >= -tol
    return "minimum" if found == "undetermined" and at_least_zero else found


@mistake("critical_point_kind", kind="negative-is-saddle")
def any_negative_eigenvalue_is_a_saddle(g, H, tol):
    """You call it a strict saddle as soon as one eigenvalue is negative. A maximum has
    negative ones only, and -x² - y⁴ one beside a 0; a positive one must be there, too.
    """
    found = kind(g, H, tol)
    if found != "not critical" and np.linalg.eigvalsh(H)[0] < -tol:
        return "strict saddle"
    return found


@mistake("critical_point_kind", kind="no-maximum-at-order-two")
def negative_semidefinite_is_a_saddle(g, H, tol):
    """You call it a strict saddle where eigenvalues are negative or 0. -x² + y⁴ is one
    and -x² - y⁴ a maximum, with the same Hessian: "undetermined".
    """
    found = kind(g, H, tol)
    if found == "undetermined" and np.linalg.eigvalsh(H)[0] < -tol:
        return "strict saddle"
    return found


@mistake("critical_point_kind", kind="zero-first")
def any_zero_is_undetermined(g, H, tol):
    """You give up at any eigenvalue 0. With a negative and a positive one beside it the
    point is neither minimum nor maximum: "strict saddle".
    """
    if np.linalg.norm(g) > tol:
        return "not critical"
    values = np.linalg.eigvalsh(H)
    return "undetermined" if np.abs(values).min() <= tol else kind_of(values, tol)


@mistake("critical_point_kind", kind="diagonal")
def signs_of_the_diagonal(g, H, tol):
    """You looked at the diagonal of H. The signs that decide are those of the
    eigenvalues: [[1, 2], [2, 1]] has -1 among them.
    """
    return kind_of(np.diag(H), tol) if np.linalg.norm(g) <= tol else "not critical"


@mistake("critical_point_kind", kind="determinant")
def sign_of_the_determinant(g, H, tol):
    """You decided by the determinant, as for two variables. In more, two negative
    eigenvalues make it positive again: look at each.
    """
    if np.linalg.norm(g) > tol:
        return "not critical"
    values = np.linalg.eigvalsh(H)
    if np.abs(values).min() <= tol:
        return "undetermined"
    if np.prod(values) < 0 and len(values) > 1:
        return "strict saddle"
    return "minimum" if np.trace(H) > 0 else "maximum"


@mistake("critical_point_kind", kind="gradient-ignored")
def without_the_gradient(g, H, tol):
    """You never looked at g. Where the gradient is not zero the point is no critical
    one, whatever its Hessian: "not critical" comes first.
    """
    return kind_of(np.linalg.eigvalsh(H), tol)


@mistake("critical_point_kind", kind="signed-gradient")
def gradient_without_its_size(g, H, tol):
    """You compared the entries of g with tol and not their size: a gradient whose
    entries are negative is not zero. Use its norm.
    """
    return "not critical" if np.any(g > tol) else kind(0 * g, H, tol)


@mistake("critical_point_kind", kind="summed-gradient")
def sum_of_the_gradient(g, H, tol):
    """You added the entries of g: those of (1, -1) cancel. Use its norm."""
    return "not critical" if abs(np.sum(g)) > tol else kind(0 * g, H, tol)


@mistake("critical_point_kind", kind="exact-zero")
def eigenvalues_without_tolerance(g, H, tol):
    """You compare eigenvalues with 0 and not with tol. Rounding leaves 1e-17 where 0 is
    meant, of either sign.
    """
    return kind(g, H, tol, zero=0.0)


@mistake("critical_point_kind", kind="fixed-zero")
def a_tolerance_of_its_own(g, H, tol):
    """You compare with a constant of your own. What counts as zero is ``tol``, and it
    is not the same in every call.
    """
    return kind(g, H, 1e-8)


@mistake("critical_point_kind", kind="relative-zero")
def a_tolerance_in_units_of_the_largest(g, H, tol):
    """You multiplied tol by the largest eigenvalue. ``tol`` is a size, not a ratio: an
    eigenvalue above it is no zero beside much larger ones either.
    """
    return kind(g, H, tol, zero=tol * np.abs(np.linalg.eigvalsh(H)).max())


@mistake("critical_point_kind", kind="mean-gradient")
def mean_of_the_gradient(g, H, tol):
    """You took the mean size of the entries of g. Zeros among them hide a slope: use
    the norm.
    """
    return "not critical" if np.mean(np.abs(g)) > tol else kind(0 * g, H, tol)


@mistake("critical_point_kind", kind="exchanged")
def up_and_down_exchanged(g, H, tol):
    """You exchanged "minimum" and "maximum". If all eigenvalues are positive the
    function rises in every direction: a minimum.
    """
    found = kind(g, H, tol)
    return {"minimum": "maximum", "maximum": "minimum"}.get(found, found)


@mistake("critical_point_kind", kind="nonstrict")
def undetermined_called_a_saddle(g, H, tol):
    """You call what order two leaves open a non-strict saddle. It may be one, or an
    extremum; the answer for it is "undetermined".
    """
    found = kind(g, H, tol)
    return "non-strict saddle" if found == "undetermined" else found


@mistake("critical_point_kind", kind="words")
def short_words(g, H, tol):
    """You returned "min", "max" or "saddle". The words asked for are "minimum",
    "maximum" and "strict saddle".
    """
    found = kind(g, H, tol)
    short = {"minimum": "min", "maximum": "max", "strict saddle": "saddle"}
    return short.get(found, found)
