"""Layers: normalisation, attention, recurrent cells, convolution, pooling, gates."""

from __future__ import annotations

from typing import Any

import numpy as np
from pairs import Pair

EPS = 1e-5


def _normal(*shapes: Any) -> Any:
    return lambda rng: tuple([rng.standard_normal(shape) for shape in shapes])


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# ---------------------------------------------------------------------- normalisation


def _rms(x: Any) -> Any:
    return 1 / np.sqrt((x * x).mean(-1, keepdims=True) + EPS)


def _rmsnorm(x: Any, w: Any) -> Any:
    return x * _rms(x) * w


def _rmsnorm_back(g: Any, x: Any, w: Any, axes: Any = (0, 1), power: int = 3) -> Any:
    r = _rms(x)
    return g * w * r - x * r**power * (g * w * x).mean(-1, keepdims=True), (g * x * r).sum(axes)


def _groupnorm(x: Any) -> Any:
    a = x.reshape(len(x), 2, -1)
    return ((a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + EPS)).reshape(x.shape)


def _groupnorm_back(g: Any, x: Any, spatial: bool = True) -> Any:
    a, b = x.reshape(len(x), 2, -1), g.reshape(len(x), 2, -1)
    count = a.shape[-1] if spatial else x.shape[1] // 2
    r = 1 / np.sqrt(a.var(-1, keepdims=True) + EPS)
    xh = (a - a.mean(-1, keepdims=True)) * r
    d = r * (b - b.sum(-1, keepdims=True) / count - xh * (b * xh).sum(-1, keepdims=True) / count)
    return (d.reshape(x.shape),)


MEAN, VAR = np.array([0.1, -0.4, 0.3]), np.array([1.5, 0.7, 2.0])


def _bn_eval(x: Any, gamma: Any) -> Any:
    return (gamma * (x - MEAN) / np.sqrt(VAR + EPS)).astype(x.dtype)


def _bn_eval_back(g: Any, x: Any, gamma: Any, batch: bool = False) -> Any:
    r = 1 / np.sqrt(VAR + EPS)
    xh = (x - MEAN) * r
    d = g * gamma * r
    if batch:
        d = d - d.mean(0) - xh * (d * xh).mean(0)
    return d.astype(x.dtype), (g * xh).sum(0).astype(x.dtype)


def _bn(x: Any, gamma: Any, beta: Any) -> Any:
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + EPS) + beta


def _bn_back(g: Any, x: Any, gamma: Any, beta: Any, raw: bool = False) -> Any:
    r = 1 / np.sqrt(x.var(0) + EPS)
    xh = (x - x.mean(0)) * r
    d = g * gamma
    return r * (d - d.mean(0) - xh * (d * xh).mean(0)), (g * (x if raw else xh)).sum(0), g.sum(0)


def _in_back(g: Any, x: Any, variance: bool = True) -> Any:
    r = 1 / np.sqrt(x.var(-1, keepdims=True) + EPS)
    xh = (x - x.mean(-1, keepdims=True)) * r
    d = g - g.mean(-1, keepdims=True)
    return (r * (d - xh * (g * xh).mean(-1, keepdims=True)) if variance else r * d,)


def _in(x: Any) -> Any:
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + EPS)


def _weightnorm(v: Any, s: Any) -> Any:
    return s[:, None] * v / np.linalg.norm(v, axis=1, keepdims=True)


def _weightnorm_back(g: Any, v: Any, s: Any, project: bool = True) -> Any:
    n = np.linalg.norm(v, axis=1, keepdims=True)
    u = v / n
    along = (g * u).sum(1, keepdims=True)
    return s[:, None] / n * (g - u * along if project else g), along[:, 0]


def _scale_back(g: Any, x: Any, w: Any, mean: bool = False) -> Any:
    return g * w, (g * x).mean(0) if mean else (g * x).sum(0)


# ---------------------------------------------------------------------- attention

CAUSAL = np.triu(np.ones((4, 4), bool), 1)


def _attend(q: Any, k: Any) -> Any:
    s = q @ k.T / np.sqrt(q.shape[1]).astype(q.dtype)
    return _softmax(np.where(CAUSAL, -1e9, s).astype(q.dtype))


def _attention(q: Any, k: Any, v: Any) -> Any:
    return _attend(q, k) @ v


def _attention_back(g: Any, q: Any, k: Any, v: Any, scaled: bool = True, axis: int = -1) -> Any:
    p = _attend(q, k)
    dp = g @ v.T
    ds = p * (dp - (dp * p).sum(axis, keepdims=True))
    root = np.sqrt(q.shape[1]).astype(q.dtype)
    return ds @ k / root, ds.T @ q / (root if scaled else 1), p.T @ g


def _rotate(x: Any, sign: int = 1) -> Any:
    t = np.outer(np.arange(len(x)), 0.5 ** np.arange(x.shape[1] // 2)).astype(x.dtype)
    a, b = np.split(x, 2, 1)
    c, s = np.cos(t), sign * np.sin(t)
    return np.concatenate([a * c - b * s, a * s + b * c], 1)


# ---------------------------------------------------------------------- recurrent cells


def _gru(x: Any, h: Any, w: Any, u: Any) -> Any:
    a, b = x @ w, h @ u
    (ar, az, an), (br, bz, bn) = np.split(a, 3, -1), np.split(b, 3, -1)
    r, z = _sigmoid(ar + br), _sigmoid(az + bz)
    n = np.tanh(an + r * bn)
    return (1 - z) * n + z * h


def _gru_back(g: Any, x: Any, h: Any, w: Any, u: Any, mistake: str = "") -> Any:
    a, b = x @ w, h @ u
    (ar, az, an), (br, bz, bn) = np.split(a, 3, -1), np.split(b, 3, -1)
    r, z = _sigmoid(ar + br), _sigmoid(az + bz)
    n = np.tanh(an + r * bn)
    dn = g * (1 - z) * (1 - n * n)
    dz = g * (h - n) * z * (1 - z) * (-1 if mistake == "sign" else 1)
    dr = dn * bn * r * (1 - r)
    da = np.concatenate([dr, dz, dn], -1)
    db = np.concatenate([dr, dz, dn if mistake == "reset" else dn * r], -1)
    direct = 0 if mistake == "path" else g * z
    return da @ w.T, db @ u.T + direct, x.T @ da, h.T @ db


def _lstm(z: Any, c: Any) -> Any:
    i, f, o, u = np.split(z, 4, -1)
    new = _sigmoid(f) * c + _sigmoid(i) * np.tanh(u)
    return _sigmoid(o) * np.tanh(new), new


def _lstm_back(g: Any, z: Any, c: Any, both: bool = True) -> Any:
    i, f, o, u = np.split(z, 4, -1)
    i, f, o, u = _sigmoid(i), _sigmoid(f), _sigmoid(o), np.tanh(u)
    t = np.tanh(f * c + i * u)
    dh, dnew = g
    dc = dh * o * (1 - t * t) + (dnew if both else 0)
    dz = [dc * u * i * (1 - i), dc * c * f * (1 - f), dh * t * o * (1 - o), dc * i * (1 - u * u)]
    return np.concatenate(dz, -1), dc * f


# ---------------------------------------------------------------------- convolution and pooling


def _conv1d(x: Any, w: Any) -> Any:
    return np.stack([np.tensordot(x[:, i : i + 3], w, ((0, 1), (1, 2))) for i in range(0, x.shape[1] - 2, 2)], 1)


def _conv1d_back(g: Any, x: Any, w: Any, flip: bool = False, stride: int = 2) -> Any:
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for j in range(g.shape[1]):
        dx[:, j * stride : j * stride + 3] += np.tensordot(g[:, j], w[:, :, ::-1] if flip else w, 1)
        dw += np.multiply.outer(g[:, j], x[:, 2 * j : 2 * j + 3])
    return dx, dw


def _depthwise(x: Any, w: Any) -> Any:
    return np.stack([(x[:, i : i + 3] * w).sum(1) for i in range(x.shape[1] - 2)], 1)


def _depthwise_back(g: Any, x: Any, w: Any, shared: bool = False) -> Any:
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for j in range(g.shape[1]):
        dx[:, j : j + 3] += g[:, j : j + 1] * w
        dw += g[:, j : j + 1] * x[:, j : j + 3]
    return dx, np.broadcast_to(dw.sum(0), dw.shape) + 0 if shared else dw


def _upsample_back(g: Any, x: Any, mean: bool = False) -> Any:
    blocks = g.reshape(x.shape[0], 2, x.shape[1], 2)
    return (blocks.mean((1, 3)) if mean else blocks.sum((1, 3)),)


# ---------------------------------------------------------------------- gates and activations


def _glu(x: Any) -> Any:
    a, b = np.split(x, 2, 1)
    return a * _sigmoid(b)


def _glu_back(g: Any, x: Any, swapped: bool = False) -> Any:
    a, b = np.split(x, 2, 1)
    s = _sigmoid(b)
    parts = [g * s, g * a * s * (1 - s)]
    return (np.concatenate(parts[::-1] if swapped else parts, 1),)


def _swiglu(a: Any, b: Any) -> Any:
    return a * _sigmoid(a) * b


def _swiglu_back(g: Any, a: Any, b: Any, whole: bool = True) -> Any:
    s = _sigmoid(a)
    return g * b * (s + a * s * (1 - s) if whole else s * (1 - s)), g * a * s


def _prelu_back(g: Any, x: Any, a: Any, masked: bool = True) -> Any:
    return g * np.where(x > 0, 1, a).astype(x.dtype), (g * x * (x <= 0) if masked else g * x).sum(0)


MASK = np.array([[1, 0, 1, 1, 0], [0, 1, 1, 0, 1], [1, 1, 0, 1, 0]])


def _drop(x: Any) -> Any:
    return (x * MASK / 0.75).astype(x.dtype)


def _mish_back(g: Any, x: Any, whole: bool = True) -> Any:
    t = np.tanh(np.log1p(np.exp(x)))
    return (g * (t + x * (1 - t * t) * _sigmoid(x) * (1 if whole else 0)),)


def _softplus_back(g: Any, x: Any, extra: int = 1) -> Any:
    return (g * _sigmoid(3 * x) * extra,)


def _residual_back(g: Any, x: Any, w: Any, skip: bool = True) -> Any:
    t = np.tanh(x @ w)
    d = g * (1 - t * t)
    return (g if skip else 0) + d @ w.T, x.T @ d


def _bilinear_back(g: Any, x: Any, w: Any, y: Any, swapped: bool = False) -> Any:
    dw = np.einsum("n,ni,nj->ij", g, x, y)
    return g[:, None] * (y @ w.T), dw.T if swapped else dw, g[:, None] * (x @ w)


def _linear_back(g: Any, x: Any, w: Any, b: Any, mistake: str = "") -> Any:
    dx = g @ (w if mistake == "transpose" else w.T)
    return dx, x.T @ g, g.mean(0) if mistake == "mean" else g.sum(0)


LAYERS = [
    Pair("rmsnorm: weight summed over one axis of two", _rmsnorm, _rmsnorm_back, lambda g, x, w: _rmsnorm_back(g, x, w, 0), _normal((2, 3, 4), (4,)), ("missing-sum",)),
    Pair("rmsnorm: r squared for r cubed", _rmsnorm, _rmsnorm_back, lambda g, x, w: _rmsnorm_back(g, x, w, power=2), _normal((2, 3, 4), (4,)), ("variance-term", "factor-of-term")),
    Pair("groupnorm: mean over channels alone", _groupnorm, _groupnorm_back, lambda g, x: _groupnorm_back(g, x, False), _normal((2, 4, 2, 3)), ("mean-term", "variance-term")),
    Pair("batchnorm in evaluation, gradient of training", _bn_eval, _bn_eval_back, lambda g, x, w: _bn_eval_back(g, x, w, True), _normal((6, 3), (3,)), ("mask-missing", "wrong-axis", "extra-term", "mean-term", "variance-term")),
    Pair("batchnorm: gamma from the raw input", _bn, _bn_back, lambda g, x, w, b: _bn_back(g, x, w, b, True), lambda rng: (3 + 2 * rng.standard_normal((5, 3)), rng.standard_normal(3), rng.standard_normal(3)), ("normalised-assumed",)),
    Pair("instancenorm without the term of the variance", _in, _in_back, lambda g, x: _in_back(g, x, False), _normal((3, 5)), ("variance-term",)),
    Pair("weightnorm without the projection", _weightnorm, _weightnorm_back, lambda g, v, s: _weightnorm_back(g, v, s, False), _normal((3, 5), (3,)), ("variance-term", "diagonal-only")),
    Pair("layer scale: mean for sum", lambda x, w: x * w, _scale_back, lambda g, x, w: _scale_back(g, x, w, True), _normal((5, 3), (3,)), ("extra-mean",)),
    Pair("masked attention: keys not scaled", _attention, _attention_back, lambda g, q, k, v: _attention_back(g, q, k, v, False), _normal((4, 5), (4, 5), (4, 5)), ("factor",)),
    Pair("masked attention: softmax over the wrong axis", _attention, _attention_back, lambda g, q, k, v: _attention_back(g, q, k, v, True, 0), _normal((4, 5), (4, 5), (4, 3)), ("wrong-axis", "wrong-index")),
    Pair("rotary embedding rotated once more", _rotate, lambda g, x: (_rotate(g, -1),), lambda g, x: (_rotate(g),), _normal((3, 4)), ("sign-of-term", "transposed-jacobian")),
    Pair("GRU: reset gate forgotten", _gru, _gru_back, lambda g, *a: _gru_back(g, *a, mistake="reset"), _normal((2, 3), (2, 4), (3, 12), (4, 12)), ("factor-of-term", "dropped-term", "lost-factor")),
    Pair("GRU: the path from state to state", _gru, _gru_back, lambda g, *a: _gru_back(g, *a, mistake="path"), _normal((2, 3), (2, 4), (3, 12), (4, 12)), ("dropped-term", "dropped-path")),
    Pair("GRU: sign of the update gate", _gru, _gru_back, lambda g, *a: _gru_back(g, *a, mistake="sign"), _normal((2, 3), (2, 4), (3, 12), (4, 12)), ("sign", "sign-of-term", "wrong-part")),
    Pair("LSTM: gradient of the cell state", _lstm, _lstm_back, lambda g, z, c: _lstm_back(g, z, c, False), _normal((2, 12), (2, 3)), ("dropped-path", "ignores-cotangent", "lost-contribution")),
    Pair("conv1d: kernel flipped", _conv1d, _conv1d_back, lambda g, x, w: _conv1d_back(g, x, w, True), _normal((2, 9), (3, 2, 3)), ("transposed-operand", "flipped", "flipped-operand", "wrong-index")),
    Pair("conv1d: stride forgotten", _conv1d, _conv1d_back, lambda g, x, w: _conv1d_back(g, x, w, False, 1), _normal((2, 9), (3, 2, 3)), ("wrong-index",)),
    Pair("depthwise convolution: kernel shared by the channels", _depthwise, _depthwise_back, lambda g, x, w: _depthwise_back(g, x, w, True), _normal((2, 6), (2, 3)), ("summed-axis",)),
    Pair("upsampling: mean for sum", lambda x: x.repeat(2, 0).repeat(2, 1), _upsample_back, lambda g, x: _upsample_back(g, x, True), _normal((3, 2)), ("factor", "extra-mean")),
    Pair("global average pooling without 1/n", lambda x: x.mean((1, 2)), lambda g, x: (np.broadcast_to(g[:, None, None] / 12, x.shape),), lambda g, x: (np.broadcast_to(g[:, None, None], x.shape),), _normal((2, 3, 4)), ("missing-mean",)),
    Pair("GLU: halves swapped", _glu, _glu_back, lambda g, x: _glu_back(g, x, True), _normal((3, 6)), ("shifted", "wrong-index")),
    Pair("SwiGLU: derivative of the sigmoid alone", _swiglu, _swiglu_back, lambda g, a, b: _swiglu_back(g, a, b, False), _normal((3, 4), (3, 4)), ("other-function", "dropped-term")),
    Pair("PReLU: slope from all entries", lambda x, a: np.where(x > 0, x, a * x).astype(x.dtype), _prelu_back, lambda g, x, a: _prelu_back(g, x, a, False), _normal((4, 3), (3,)), ("mask-missing", "extra-term")),
    Pair("dropout without its scale", _drop, lambda g, x: ((g * MASK / 0.75).astype(g.dtype),), lambda g, x: ((g * MASK).astype(g.dtype),), _normal((3, 5)), ("factor",)),
    Pair("mish: the second term", lambda x: x * np.tanh(np.log1p(np.exp(x))), _mish_back, lambda g, x: _mish_back(g, x, False), _normal((3, 4)), ("other-function", "dropped-term")),
    Pair("softplus: beta once too often", lambda x: np.log1p(np.exp(3 * x)) / 3, _softplus_back, lambda g, x: _softplus_back(g, x, 3), _normal((2, 5)), ("factor", "missing-mean")),
    Pair("residual block: the skip path", lambda x, w: x + np.tanh(x @ w), _residual_back, lambda g, x, w: _residual_back(g, x, w, False), _normal((2, 4), (4, 4)), ("dropped-term", "dropped-path")),
    Pair("bilinear: weight transposed", lambda x, w, y: ((x @ w) * y).sum(1), _bilinear_back, lambda g, x, w, y: _bilinear_back(g, x, w, y, True), _normal((4, 3), (3, 3), (4, 3)), ("transposed",)),
    Pair("linear: bias averaged", lambda x, w, b: x @ w + b, _linear_back, lambda g, *a: _linear_back(g, *a, mistake="mean"), _normal((5, 3), (3, 2), (2,)), ("extra-mean",)),
    Pair("linear: weight not transposed", lambda x, w, b: x @ w + b, _linear_back, lambda g, *a: _linear_back(g, *a, mistake="transpose"), _normal((5, 3), (3, 3), (3,)), ("transposed-operand",)),
]  # fmt: skip
