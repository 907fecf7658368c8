"""Losses: margins, distances, likelihoods, divergences."""

from __future__ import annotations

from typing import Any

import numpy as np
from pairs import Pair


def _normal(*shapes: Any) -> Any:
    return lambda rng: tuple([rng.standard_normal(shape) for shape in shapes])


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _apart(*shapes: Any) -> Any:
    """Values away from 0."""

    def make(rng: Any) -> Any:
        return tuple([np.where(rng.random(s) < 0.5, -1, 1) * rng.uniform(0.3, 2.5, s) for s in shapes])

    return make


def _positive(*shapes: Any) -> Any:
    return lambda rng: tuple([rng.uniform(0.2, 2, s) for s in shapes])


# ---------------------------------------------------------------------- margins


def _triplet(a: Any, p: Any, n: Any) -> Any:
    return np.maximum(((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 1, 0)


def _triplet_back(g: Any, a: Any, p: Any, n: Any, masked: bool = True, sign: int = 1) -> Any:
    on = 2 * (g * (_triplet(a, p, n) > 0) if masked else g)[:, None]
    return on * (n - p), on * (p - a), sign * on * (a - n)


TARGETS = np.array([0, 2, 1, 3])
ROWS = np.arange(4)


def _hinge(x: Any) -> Any:
    m = np.maximum(0, x - x[ROWS, TARGETS][:, None] + 1)
    m[ROWS, TARGETS] = 0
    return m.sum(1)


def _hinge_back(g: Any, x: Any, counted: bool = True) -> Any:
    d = ((x - x[ROWS, TARGETS][:, None] + 1) > 0).astype(x.dtype)
    d[ROWS, TARGETS] = 0
    d[ROWS, TARGETS] = -d.sum(1) if counted else -1
    return (g[:, None] * d,)


def _contrastive_back(g: Any, d: Any, same: Any, half: bool = True) -> Any:
    far = np.maximum(0, 1.5 - d)
    return g * (same * d - (1 - same) * far) * (1 if half else 2), None


def _contrastive(d: Any, same: Any) -> Any:
    return 0.5 * (same * d**2 + (1 - same) * np.maximum(0, 1.5 - d) ** 2)


# ---------------------------------------------------------------------- regression


def _huber(x: Any) -> Any:
    return np.where(np.abs(x) < 0.8, x * x / 2, 0.8 * (np.abs(x) - 0.4)).astype(x.dtype)


def _huber_back(g: Any, x: Any, delta: float = 0.8) -> Any:
    return ((g * np.where(np.abs(x) < 0.8, x, delta * np.sign(x))).astype(x.dtype),)


def _pinball_back(g: Any, r: Any, tau: float = 0.3) -> Any:
    return (g * np.where(r > 0, tau, tau - 1).astype(r.dtype),)


def _gaussian(m: Any, s: Any, y: Any) -> Any:
    return 0.5 * (np.log(s) + (y - m) ** 2 / s)


def _gaussian_back(g: Any, m: Any, s: Any, y: Any, part: float = 0.5) -> Any:
    return g * (m - y) / s, g * (0.5 / s - part * (y - m) ** 2 / s**2), g * (y - m) / s


# ---------------------------------------------------------------------- classification


def _ce(x: Any, q: Any) -> Any:
    return -(q * (x - np.log(np.exp(x).sum(-1, keepdims=True)))).sum() / len(x)


def _focal(x: Any) -> Any:
    p = _sigmoid(x)
    return -((1 - p) ** 2) * np.log(p)


def _focal_back(g: Any, x: Any, whole: bool = True) -> Any:
    p = _sigmoid(x)
    weight = 2 * p * (1 - p) ** 2 * np.log(p) if whole else 0
    return (g * (weight - (1 - p) ** 3),)


WEIGHT = 3.0


def _bce(x: Any, y: Any) -> Any:
    p = _sigmoid(x)
    return -(WEIGHT * y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


def _bce_back(g: Any, x: Any, y: Any, weight: float = WEIGHT) -> Any:
    p = _sigmoid(x)
    d = (-weight * y * (1 - p) + (1 - y) * p) / x.size
    return g * d, g * -(WEIGHT * np.log(p) - np.log(1 - p)) / x.size


SMOOTH = np.eye(5)[[1, 0, 4, 2]] * 0.9 + 0.02
HARD = np.eye(5)[[1, 0, 4, 2]]


def _smoothed(x: Any) -> Any:
    return _ce(x, SMOOTH).astype(x.dtype)


def _kl(p: Any, z: Any) -> Any:
    return (p * (np.log(p) - np.log(_softmax(z)))).sum(-1)


def _kl_back(g: Any, p: Any, z: Any, total: bool = True) -> Any:
    g = g[:, None]
    mass = p.sum(-1, keepdims=True) if total else 1
    return g * (np.log(p) + 1 - np.log(_softmax(z))), g * (_softmax(z) * mass - p)


def _nce(a: Any, b: Any) -> Any:
    s = a @ b.T
    return -(np.diag(s) - np.log(np.exp(s).sum(1))).mean()


def _nce_back(g: Any, a: Any, b: Any, negatives: bool = True) -> Any:
    d = (_softmax(a @ b.T) - np.eye(len(a), dtype=a.dtype)) / len(a)
    other = d if negatives else np.diag(np.diag(d))
    return g * d @ b, g * other.T @ a


def _dice(p: Any, t: Any) -> Any:
    return 1 - 2 * (p * t).sum() / (p.sum() + t.sum())


def _dice_back(g: Any, p: Any, t: Any, whole: bool = True) -> Any:
    n, d = 2 * (p * t).sum(), p.sum() + t.sum()
    more = n / d**2 if whole else 0
    return g * (more - 2 * t / d), g * (n / d**2 - 2 * p / d)


# ---------------------------------------------------------------------- distances


def _cosine(a: Any, b: Any) -> Any:
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def _cosine_back(g: Any, a: Any, b: Any, mistake: str = "") -> Any:
    na, nb = np.linalg.norm(a, axis=1, keepdims=True), np.linalg.norm(b, axis=1, keepdims=True)
    c = (a * b).sum(1, keepdims=True) / na / nb
    g = g[:, None]
    da = g * (b / na / nb - (0 if mistake == "term" else c * a / na**2))
    return da, g * (a / na / nb - c * b / (nb if mistake == "square" else nb**2))


def _pairwise(x: Any, y: Any) -> Any:
    return np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1))


def _pairwise_back(g: Any, x: Any, y: Any, mistake: str = "") -> Any:
    d = _pairwise(x, y)
    e = (g if mistake == "squared" else g / d)[..., None] * (x[:, None] - y[None])
    return e.sum(1), (e if mistake == "sign" else -e).sum(0)


def _self_distance(x: Any) -> Any:
    return np.sqrt(((x[:, None] - x[None]) ** 2).sum(-1))


def _self_back(g: Any, x: Any, safe: bool = True) -> Any:
    d = _self_distance(x)
    w = g / np.where(d == 0, 1, d) if safe else g / d
    e = w[..., None] * (x[:, None] - x[None])
    return (e.sum(1) - e.sum(0),)


LOSSES = [
    Pair("triplet loss without its margin", _triplet, _triplet_back, lambda g, *a: _triplet_back(g, *a, masked=False), lambda rng: tuple([0.7 * rng.standard_normal((6, 3)) for _ in range(3)]), ("mask-missing",)),
    Pair("triplet loss: sign for the negative", _triplet, _triplet_back, lambda g, *a: _triplet_back(g, *a, sign=-1), lambda rng: tuple([0.7 * rng.standard_normal((6, 3)) for _ in range(3)]), ("sign",)),
    Pair("multi-class hinge: the target counted once", _hinge, _hinge_back, lambda g, x: _hinge_back(g, x, False), _normal((4, 5)), ("not-accumulated", "factor-of-term", "lost-contribution", "wrong-part", "wrong-branch")),
    Pair("contrastive loss without its half", _contrastive, _contrastive_back, lambda g, d, s: _contrastive_back(g, d, s, False), lambda rng: (rng.uniform(0.1, 2, 8), np.array([0, 1, 1, 0, 1, 0, 0, 1])), ("factor",)),
    Pair("huber: slope 1 outside", _huber, _huber_back, lambda g, x: _huber_back(g, x, 1.0), _apart((4, 3)), ("wrong-branch",)),
    Pair("log-cosh: its second derivative", lambda x: np.log(np.cosh(x)), lambda g, x: (g * np.tanh(x),), lambda g, x: (g * (1 - np.tanh(x) ** 2),), _normal((3, 4)), ("other-function",)),
    Pair("pinball: tau for 1 - tau", lambda r: np.maximum(0.3 * r, -0.7 * r).astype(r.dtype), _pinball_back, lambda g, r: _pinball_back(g, r, 0.7), _apart((9,)), ("other-function", "wrong-branch")),
    Pair("gaussian likelihood: half of the square", _gaussian, _gaussian_back, lambda g, *a: _gaussian_back(g, *a, part=1.0), lambda rng: (rng.standard_normal(5), rng.uniform(0.5, 2, 5), rng.standard_normal(5)), ("other-function", "factor-of-term")),
    Pair("squared error without 1/n", lambda x, y: ((x - y) ** 2).mean(), lambda g, x, y: (2 * g * (x - y) / x.size, 2 * g * (y - x) / x.size), lambda g, x, y: (2 * g * (x - y), 2 * g * (y - x)), _normal((4, 3), (4, 3)), ("missing-mean",)),
    Pair("squared error, mean over the batch alone", lambda x, y: ((x - y) ** 2).mean(), lambda g, x, y: (2 * g * (x - y) / x.size, 2 * g * (y - x) / x.size), lambda g, x, y: (2 * g * (x - y) / len(x), 2 * g * (y - x) / len(x)), _normal((4, 3), (4, 3)), ("missing-mean",)),
    Pair("poisson likelihood: rate not exponentiated", lambda z, y: np.exp(z) - y * z, lambda g, z, y: (g * (np.exp(z) - y), -g * z), lambda g, z, y: (g * (z - y), -g * z), _normal((6,), (6,)), ("other-function",)),
    Pair("focal loss: weight as a constant", _focal, _focal_back, lambda g, x: _focal_back(g, x, False), _normal((3, 4)), ("other-function", "dropped-term")),
    Pair("cross-entropy ignores the positive weight", _bce, _bce_back, lambda g, x, y: _bce_back(g, x, y, 1.0), lambda rng: (rng.standard_normal(8), (rng.random(8) < 0.5) * 1.0), ("wrong-branch", "zero-assumed")),
    Pair("label smoothing: hard targets", _smoothed, lambda g, x: (g * ((_softmax(x) - SMOOTH) / 4).astype(x.dtype),), lambda g, x: (g * ((_softmax(x) - HARD) / 4).astype(x.dtype),), _normal((4, 5)), ("constant-term", "other-function", "other-target", "dropped-term")),
    Pair("cross-entropy: softmax taken twice", lambda x: _smoothed(x), lambda g, x: (g * ((_softmax(x) - SMOOTH) / 4).astype(x.dtype),), lambda g, x: (g * ((_softmax(_softmax(x)) - SMOOTH) / 4).astype(x.dtype),), _normal((4, 5)), ("other-function",)),
    Pair("divergence of weights that do not sum to one", _kl, _kl_back, lambda g, p, z: _kl_back(g, p, z, False), lambda rng: (rng.uniform(0.2, 2, (3, 4)), rng.standard_normal((3, 4))), ("simplex-assumed",)),
    Pair("contrastive coding: keys without negatives", _nce, _nce_back, lambda g, a, b: _nce_back(g, a, b, False), lambda rng: (0.6 * rng.standard_normal((4, 3)), 0.6 * rng.standard_normal((4, 3))), ("dropped-path", "dropped-term")),
    Pair("dice: the denominator's term", _dice, _dice_back, lambda g, p, t: _dice_back(g, p, t, False), _positive((3, 4), (3, 4)), ("mean-term", "constant-term", "dropped-term")),
    Pair("cosine similarity: the projection", _cosine, _cosine_back, lambda g, a, b: _cosine_back(g, a, b, "term"), _normal((3, 4), (3, 4)), ("variance-term", "dropped-term")),
    Pair("cosine similarity: norm for its square", _cosine, _cosine_back, lambda g, a, b: _cosine_back(g, a, b, "square"), _normal((3, 4), (3, 4)), ("variance-term", "factor-of-term")),
    Pair("pairwise distance as if squared", _pairwise, _pairwise_back, lambda g, x, y: _pairwise_back(g, x, y, "squared"), _normal((3, 4), (2, 4)), ("extra-factor",)),
    Pair("pairwise distance: sign of the second", _pairwise, _pairwise_back, lambda g, x, y: _pairwise_back(g, x, y, "sign"), _normal((3, 4), (2, 4)), ("sign",)),
    Pair("distances among the rows of one matrix", _self_distance, _self_back, lambda g, x: _self_back(g, x, False), _normal((4, 3)), ("division-by-zero",)),
]  # fmt: skip
