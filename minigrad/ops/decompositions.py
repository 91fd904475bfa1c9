"""Matrices taken apart: Cholesky, eigenvalues, singular values, QR.

An operation has one result.  A decomposition has several, so its primitive returns them
stacked as the rows of one matrix, and they are taken out by slices: one factorization,
one line on the tape, one rule that sees all cotangents (decision 008).

    P∘Q   product entry by entry       Ω     a skew-symmetric matrix, Ωᵀ = -Ω
    G     the adjoint of the result    T     the tangent Ȧ of the argument

The factors are moved by small rotations: from QᵀQ = I follows QᵀQ̇ = Ω.  How fast they
turn is divided by gaps between eigenvalues or squared singular values.  Where two are
*equal*, vectors are not determined and have no derivative; their term is then taken as
0, which is right for everything that depends on the values or on the whole subspace.

Sources: Giles 2008, "Collected matrix derivative results"; Townsend 2016,
"Differentiating the singular value decomposition"; Seeger et al. 2017,
arXiv:1710.08717.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minigrad.ops.arrangements import tril
from minigrad.ops.broadcasting import Array, Shape, shape_of
from minigrad.ops.linalg import matrix_transpose
from minigrad.primitive import primitive
from minigrad.tape import Rule

__all__ = [
    "cholesky",
    "eigh",
    "eigvalsh",
    "qr",
    "svd",
    "svdvals",
]


class Eigh(NamedTuple):
    """A = V diag(w) Vᵀ, named as in NumPy."""

    eigenvalues: Array
    eigenvectors: Array


class Svd(NamedTuple):
    """A = U diag(S) Vh, named as in NumPy."""

    U: Array
    S: Array
    Vh: Array


class Qr(NamedTuple):
    """A = Q R, named as in NumPy."""

    Q: Array
    R: Array


def _mirrored(x: Array, uplo: str = "L") -> Array:
    """The symmetric matrix of which NumPy reads only one triangle."""
    if uplo not in ("L", "U"):
        raise ValueError(f"UPLO is {uplo!r}; it is 'L' or 'U'")
    x = x if uplo == "L" else matrix_transpose(x)
    return tril(x) + matrix_transpose(tril(x, -1))


def _by_gap(x: Array) -> Array:
    """1 / (x_j - x_i), and 0 where the two are equal."""
    gap = x[..., None, :] - x[..., :, None]
    return np.where(gap == 0, 0.0, 1 / np.where(gap == 0, 1.0, gap))


def _diagonal(x: Array) -> Array:
    """diag(x) of vectors along the last axis."""
    return x[..., None] * np.eye(x.shape[-1], dtype=x.dtype)


def _lower(x: Array) -> Array:
    """Φ: the lower triangle, the diagonal by half."""
    n = x.shape[-1]
    return x * (np.tri(n) - np.eye(n) / 2).astype(x.dtype)


# ---------------------------------------------------------------- Cholesky


def _cholesky_vjp(g: Array, z: Array) -> Array:
    """Ā = L⁻ᵀ Φ(Lᵀ G) L⁻¹."""
    Lt = matrix_transpose(z)
    left = np.linalg.solve(Lt, _lower(Lt @ g))
    return matrix_transpose(np.linalg.solve(Lt, matrix_transpose(left)))


def _cholesky_jvp(t: Array, z: Array) -> Array:
    """L̇ = L Φ(L⁻¹ T L⁻ᵀ): from T = L̇ Lᵀ + L L̇ᵀ, with L⁻¹ L̇ lower triangular."""
    left = np.linalg.solve(z, t)
    both = matrix_transpose(np.linalg.solve(z, matrix_transpose(left)))
    return z @ _lower(both)


@primitive(x=Rule(_cholesky_vjp, _cholesky_jvp))
def _cholesky(x: Array) -> Array:
    return np.linalg.cholesky(x)


def cholesky(x: Array, upper: bool = False) -> Array:
    """The lower triangular L with A = L Lᵀ, or Lᵀ with ``upper``; A positive definite.

    NumPy reads one triangle of A, so the derivative by the other is 0 (decision 008).
    """
    z = _cholesky(_mirrored(x, "U" if upper else "L"))
    return matrix_transpose(z) if upper else z


# ---------------------------------------------------------------- symmetric eigenvalues


def _eigh_vjp(g: Array, z: Array) -> Array:
    """Ā = V (diag(w̄) + F∘(Vᵀ V̄)) Vᵀ with F_ij = 1 / (w_j - w_i)."""
    w, V = z[..., 0, :], z[..., 1:, :]
    Vt = matrix_transpose(V)
    turned = _by_gap(w) * (Vt @ g[..., 1:, :])
    return V @ (_diagonal(g[..., 0, :]) + turned) @ Vt


def _eigh_jvp(t: Array, z: Array) -> Array:
    """ẇ_i = v_iᵀ T v_i and V̇ = V (F∘(Vᵀ T V))."""
    w, V = z[..., 0, :], z[..., 1:, :]
    P = matrix_transpose(V) @ t @ V
    dw = np.diagonal(P, axis1=-2, axis2=-1)[..., None, :]
    return np.concatenate([dw, V @ (_by_gap(w) * P)], axis=-2)


@primitive(x=Rule(_eigh_vjp, _eigh_jvp))
def _eigh(x: Array) -> Array:
    w, V = np.linalg.eigh(x)
    return np.concatenate([w[..., None, :], V], axis=-2)


def eigh(x: Array, UPLO: str = "L") -> Eigh:
    """Eigenvalues w, ascending, and orthonormal eigenvectors V of a symmetric matrix.

    Eigenvectors of equal eigenvalues have no derivative: they may be any basis of their
    plane.  There only what does not depend on the basis is differentiated rightly, as
    sums over *all* equal eigenvalues; one of them alone has a kink.
    NumPy reads one triangle of A, so the derivative by the other is 0 (decision 008).
    """
    z = _eigh(_mirrored(x, UPLO))
    return Eigh(z[..., 0, :], z[..., 1:, :])


def eigvalsh(x: Array, UPLO: str = "L") -> Array:
    """The eigenvalues of a symmetric matrix, ascending; see :func:`eigh`."""
    return eigh(x, UPLO).eigenvalues


# ---------------------------------------------------------------- singular values


def _rows(z: Array, m: int) -> tuple[Array, Array, Array]:
    """U, s and V of the stack with m rows of U."""
    return z[..., :m, :], z[..., m, :], z[..., m + 1 :, :]


def _inverses(s: Array) -> Array:
    """1 / s as a row, and 0 where s = 0."""
    return np.where(s == 0, 0.0, 1 / np.where(s == 0, 1.0, s))[..., None, :]


def _outside(U: Array, x: Array) -> Array:
    """(I - U Uᵀ) X: what of X the columns of U do not span."""
    return x - U @ (matrix_transpose(U) @ x)


def _svd_vjp(g: Array, z: Array, x_shape: Shape) -> Array:
    """Ā = U (diag(s̄) + (J + Jᵀ) S + S (K + Kᵀ)) Vᵀ and what leaves the two spaces.

    J = F∘(Uᵀ Ū), K = F∘(Vᵀ V̄), F_ij = 1 / (s_j² - s_i²).
    """
    U, s, V = _rows(z, x_shape[-2])
    gU, gs, gV = _rows(g, x_shape[-2])
    Ut, Vt = matrix_transpose(U), matrix_transpose(V)
    F = _by_gap(s * s)
    J, K = F * (Ut @ gU), F * (Vt @ gV)
    J, K = J + matrix_transpose(J), K + matrix_transpose(K)
    core = _diagonal(gs) + J * s[..., None, :] + s[..., :, None] * K
    beside = _outside(U, gU) * _inverses(s) @ Vt
    above = U @ matrix_transpose(_outside(V, gV) * _inverses(s))
    return U @ core @ Vt + beside + above


def _svd_jvp(t: Array, z: Array, x_shape: Shape) -> Array:
    """ṡ = diag P, P = Uᵀ T V; U̇ = U (F∘(P S + S Pᵀ)) + (I - U Uᵀ) T V S⁻¹; V̇ alike."""
    U, s, V = _rows(z, x_shape[-2])
    P = matrix_transpose(U) @ t @ V
    Pt = matrix_transpose(P)
    row, column, F = s[..., None, :], s[..., :, None], _by_gap(s * s)
    dU = U @ (F * (P * row + column * Pt)) + _outside(U, t @ V) * _inverses(s)
    dV = V @ (F * (column * P + Pt * row))
    dV = dV + _outside(V, matrix_transpose(t) @ U) * _inverses(s)
    ds = np.diagonal(P, axis1=-2, axis2=-1)[..., None, :]
    return np.concatenate([dU, ds, dV], axis=-2)


@primitive(x=Rule(_svd_vjp, _svd_jvp))
def _svd(x: Array) -> Array:
    U, s, Vt = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([U, s[..., None, :], np.swapaxes(Vt, -1, -2)], axis=-2)


def svd(x: Array, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """A = U diag(s) Vᵀ with s descending: U, s, Vᵀ; or s alone, not ``compute_uv``.

    As for :func:`eigh`, vectors of equal singular values have no derivative, nor have
    those of s = 0.  Nor has the rest of a basis that ``full_matrices`` would add to a
    matrix that is not square: pass ``full_matrices=False``.
    """
    m, n = shape_of(x)[-2:]
    if compute_uv and full_matrices and m != n:
        raise ValueError(
            f"svd of a {m} x {n} matrix: the rest of the larger basis is not "
            "determined and has no derivative; pass full_matrices=False"
        )
    U, s, V = _rows(_svd(x), m)
    return Svd(U, s, matrix_transpose(V)) if compute_uv else s


def svdvals(x: Array) -> Array:
    """The singular values, descending; ∂s_i/∂A = u_i v_iᵀ where they are distinct."""
    return svd(x, compute_uv=False)


# ---------------------------------------------------------------- QR


def _qr_vjp(g: Array, z: Array, x_shape: Shape) -> Array:
    """Ā = (Q̄ + Q N) R⁻ᵀ; N is M = R̄ Rᵀ - Qᵀ Q̄ with its upper triangle mirrored."""
    m = x_shape[-2]
    Q, R = z[..., :m, :], z[..., m:, :]
    gQ, gR = g[..., :m, :], g[..., m:, :]
    M = gR @ matrix_transpose(R) - matrix_transpose(Q) @ gQ
    N = _mirrored(M, "U")
    return matrix_transpose(np.linalg.solve(R, matrix_transpose(gQ + Q @ N)))


def _qr_jvp(t: Array, z: Array, x_shape: Shape) -> Array:
    """Q̇ = T R⁻¹ - Q (C - Ω), Ṙ = (C - Ω) R, with C = Qᵀ T R⁻¹ and C - Ω triangular."""
    m = x_shape[-2]
    Q, R = z[..., :m, :], z[..., m:, :]
    scaled = np.linalg.solve(matrix_transpose(R), matrix_transpose(t))
    scaled = matrix_transpose(scaled)
    C = matrix_transpose(Q) @ scaled
    below = np.tril(C, -1)
    upper = C - below + matrix_transpose(below)
    return np.concatenate([scaled - Q @ upper, upper @ R], axis=-2)


@primitive(x=Rule(_qr_vjp, _qr_jvp))
def _qr(x: Array) -> Array:
    return np.concatenate(np.linalg.qr(x), axis=-2)


def qr(x: Array, mode: str = "reduced") -> Any:
    """A = Q R: orthonormal columns and an upper triangle; or R alone, ``mode="r"``.

    A has at least as many rows as columns, and these are independent: else Q is not
    determined and has no derivative.
    """
    m, n = shape_of(x)[-2:]
    if m < n or mode not in ("reduced", "r"):
        raise NotImplementedError(
            f"qr of a {m} x {n} matrix, mode={mode!r}, has no rule; it has with at "
            "least as many rows as columns, and mode 'reduced' or 'r'"
        )
    z = _qr(x)
    Q, R = z[..., :m, :], z[..., m:, :]
    return R if mode == "r" else Qr(Q, R)
