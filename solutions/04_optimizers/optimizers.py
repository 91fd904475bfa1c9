"""Chapter 04, momentum and Newton's method, solved.

v velocity or average, age how many steps ago, s step, m(s) = f0 + g.s + s.H s / 2.  The
derivations are in README.md beside this file.
"""

from __future__ import annotations

import numpy as np


def ema_to_momentum(beta: float, delta: float) -> tuple[float, float]:
    """alpha = beta, eps = delta (1 - beta): v of momentum is delta v of the average."""
    return beta, delta * (1 - beta)


def ema_updates(gs: np.ndarray, beta: float, delta: float) -> np.ndarray:
    """-delta v_t with v_t = beta v_{t-1} + (1 - beta) g_t and v_0 = 0."""
    updates = np.empty(gs.shape)
    v = np.zeros(gs.shape[1])
    for t, g in enumerate(gs):
        v = beta * v + (1 - beta) * g
        updates[t] = -delta * v
    return updates


def ema_weights(beta: float, t: int) -> np.ndarray:
    """(1 - beta) beta^(t-i) for i = 1..t."""
    age = np.arange(t)[::-1]
    return (1 - beta) * beta**age


def momentum_weights(alpha: float, eps: float, t: int) -> np.ndarray:
    """eps alpha^(t-i) for i = 1..t."""
    age = np.arange(t)[::-1]
    return eps * alpha**age


def debias(v: np.ndarray, beta: float, t: int) -> np.ndarray:
    """v / (1 - beta^t): over the sum of the weights."""
    return v / (1 - beta**t)


def ema_variance(beta: float, t: int, s2: float) -> float:
    """s2 (1 - beta)^2 sum beta^(2k) = s2 (1 - beta)(1 - beta^(2t)) / (1 + beta)."""
    return s2 * (1 - beta) * (1 - beta ** (2 * t)) / (1 + beta)


def taylor_after_step(f0: float, g: np.ndarray, H: np.ndarray, eps: float) -> float:
    """f0 - eps g.g + eps^2 g.Hg / 2."""
    return float(f0 - eps * (g @ g) + eps**2 * (g @ H @ g) / 2)


def max_step(g: np.ndarray, H: np.ndarray) -> float:
    """2 g.g / g.Hg where the model curves up along g, else inf; 0 without a slope."""
    slope, curvature = g @ g, g @ H @ g
    if slope == 0:
        return 0.0
    return float(2 * slope / curvature) if curvature > 0 else np.inf


def cauchy_step(g: np.ndarray, H: np.ndarray, radius: float) -> np.ndarray:
    """-tau g with tau = min(radius/|g|, g.g / g.Hg), the second if g.Hg > 0."""
    if not g.any():
        return np.zeros(g.shape)
    tau = radius / np.linalg.norm(g)
    curvature = g @ H @ g
    if curvature > 0:
        tau = min(tau, g @ g / curvature)
    return -tau * g


def newton_step(x: np.ndarray, g: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Solve H s = -g; an inverse would cost three times as much and digits."""
    return x - np.linalg.solve(H, g)


def newton_kind(H: np.ndarray) -> str:
    """By the signs of the eigenvalues, which must not be zero."""
    eigenvalues = np.linalg.eigvalsh(H)
    size = np.abs(eigenvalues)
    if size.min() <= 1e-12 * max(1.0, size.max()):
        return "singular"
    if eigenvalues[0] > 0:
        return "min"
    return "max" if eigenvalues[-1] < 0 else "saddle"


def damped_newton_step(
    x: np.ndarray, g: np.ndarray, H: np.ndarray, mu: float
) -> np.ndarray:
    """Newton's step on m(s) + mu |s|^2 / 2."""
    return x - np.linalg.solve(H + mu * np.eye(len(g)), g)
