"""Chapter 02, the delta recursion, solved.

Legend: F states f_0..f_{H-1}, G gradients at the pre-activations (d o Delta), samples
are columns.  The derivations are in README.md beside this file.
"""

from __future__ import annotations

import numpy as np


def mlp_grads(
    Ws: list[np.ndarray], bs: list[np.ndarray], X: np.ndarray, dL: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Gradients of the loss in every weight and every bias of a network.

    G^H = dL,  G^h = d^h o (W_{h+1}^T G^{h+1});  gW_h = G^h f_{h-1}^T,  gb_h = G^h 1.
    """
    F = [X]
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        F.append(np.maximum(W @ F[-1] + b[:, None], 0.0))
    G = [dL]  # the last layer is the identity: no mask
    for W, f in zip(Ws[:0:-1], F[:0:-1], strict=True):
        G.append((f > 0.0) * (W.T @ G[-1]))  # relu(z) > 0 exactly where z > 0
    G.reverse()
    gW = [g @ f.T for g, f in zip(G, F, strict=True)]
    return gW, [g.sum(axis=1) for g in G]


def softmax_ce_delta(Z: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Gradient of the summed cross-entropy at the logits, p - y."""
    P = np.exp(Z - Z.max(axis=0))  # each column's own maximum: no overflow, no 0/0
    return P / P.sum(axis=0) - Y


def rescale(
    Ws: list[np.ndarray], bs: list[np.ndarray], lam: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Other parameters of the same ReLU network: f_h becomes lam^(H-h) f_h, h >= 1."""
    H = len(Ws)
    Ws2 = [lam ** (H - 1) * Ws[0], *(W / lam for W in Ws[1:])]
    return Ws2, [lam ** (H - h) * b for h, b in enumerate(bs, start=1)]


def resblock_backward(
    f: np.ndarray,
    W1: np.ndarray,
    b1: np.ndarray,
    W2: np.ndarray,
    b2: np.ndarray,
    G: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of a residual block relu(W2 relu(W1 f + b1) + b2 + f)."""
    a = np.maximum(W1 @ f + b1[:, None], 0.0)
    G2 = (W2 @ a + b2[:, None] + f > 0.0) * G
    G1 = (a > 0.0) * (W2.T @ G2)
    df = W1.T @ G1 + G2  # two roads to f; the skip carries G2, masked, and not G
    return df, G1 @ f.T, G1.sum(axis=1), G2 @ a.T, G2.sum(axis=1)


def bn_backward(
    z: np.ndarray, gamma: np.ndarray, G: np.ndarray, eps: float
) -> np.ndarray:
    """Gradient of batch normalization: dz = (g - mean g - zhat mean(g zhat)) / s."""

    def mean(a: np.ndarray) -> np.ndarray:
        return a.mean(axis=1, keepdims=True)

    s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
    zhat = (z - mean(z)) / s
    g = gamma[:, None] * G
    return (g - mean(g) - zhat * mean(g * zhat)) / s
