"""Right functions at which checkers of gradients fail: kinks, bad conditioning, single precision, cancellation, large sizes; with twins that are 1 % off in one entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

RNG = np.random.default_rng(20)


class Hard(NamedTuple):
    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: Sequence[Any]


def twin(case: Hard, share: float = 0.01) -> Callable[..., Any]:
    """The same, but for one entry of the first gradient, one of middling size: 1 % off; where all are 0, 1 % outside of the subgradients of a norm."""
    out = np.asarray(case.forward(*case.inputs))
    g = np.random.default_rng(3).standard_normal(out.shape).astype(out.dtype)
    first = np.abs(np.asarray(case.backward(g[()] if not out.shape else g, *case.inputs)[0], float)).ravel()
    order = np.argsort(first)
    nonzero = order[int(np.searchsorted(first[order], 1e-300)) :]
    index = int(nonzero[2 * len(nonzero) // 3]) if len(nonzero) else 0

    def backward(cotangent: Any, *inputs: Any) -> tuple[Any, ...]:
        found = [np.array(a, order="C") for a in case.backward(cotangent, *inputs)]
        entry = found[0].reshape(-1)
        entry[index] = entry[index] * (1 + share) if len(nonzero) else (1 + share) * cotangent
        return tuple(found)

    return backward


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _near_kinks() -> Any:
    x = RNG.standard_normal(40)
    x[:6] = [1e-3, -1e-4, 1e-5, -1e-6, 1e-7, 0.0]
    return x


def _graded(n: int, span: float) -> Any:
    q, _ = np.linalg.qr(RNG.standard_normal((n, n)))
    p, _ = np.linalg.qr(RNG.standard_normal((n, n)))
    return q @ np.diag(np.logspace(0, -span, n)) @ p


def _spd(n: int, span: float) -> Any:
    q, _ = np.linalg.qr(RNG.standard_normal((n, n)))
    return q @ np.diag(np.logspace(0, -span, n)) @ q.T


def _logdet_back(g: Any, a: Any) -> tuple[Any, ...]:
    return (g * np.linalg.inv(a).T,)


def _solve_back(g: Any, a: Any, b: Any) -> tuple[Any, ...]:
    u = np.linalg.solve(a.T, g)
    return -np.outer(u, np.linalg.solve(a, b)), u


def _norm_back(g: Any, x: Any) -> tuple[Any, ...]:
    n = np.linalg.norm(x)
    return (g * x / n if n else np.zeros_like(x),)


def _layernorm(x: Any) -> Any:
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5).astype(x.dtype)


def _layernorm_back(g: Any, x: Any) -> tuple[Any, ...]:
    r = 1 / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    h = (x - x.mean(-1, keepdims=True)) * r
    return ((r * (g - g.mean(-1, keepdims=True) - h * (g * h).mean(-1, keepdims=True))).astype(x.dtype),)


def _lse(x: Any) -> Any:
    m = x.max()
    return m + np.log(np.exp(x - m).sum())


def _median_back(g: Any, x: Any) -> tuple[Any, ...]:
    d = np.zeros_like(x)
    d[np.argsort(x)[len(x) // 2]] = g
    return (d,)


def _single_only(x: Any) -> Any:
    x = np.asarray(x, np.float32)
    return (np.tanh(x) * x).astype(np.float32)


def _single_only_back(g: Any, x: Any) -> tuple[Any, ...]:
    x = np.asarray(x, np.float32)
    t = np.tanh(x)
    return (np.asarray(g, np.float32) * (t + x * (1 - t * t)),)


def _hinge_back(g: Any, x: Any) -> tuple[Any, ...]:
    return (-g * (x < 1),)


def _erf_back(g: Any, x: Any) -> tuple[Any, ...]:
    return (g * np.exp(-x * x) * 2 / np.sqrt(np.pi),)


def _erf(x: Any) -> Any:
    from math import erf

    return np.vectorize(erf, otypes=[float])(x).astype(x.dtype)


def _soft(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def hard_cases() -> list[Hard]:
    f32 = np.float32
    ones = np.ones(7)
    big = RNG.standard_normal(100_000)
    a8, b8 = _graded(8, 7), RNG.standard_normal(8)
    return [
        Hard("relu near and at kinks", lambda x: np.maximum(x, 0), lambda g, x: (g * (x > 0),), [_near_kinks()]),
        Hard("sum of relu, a kink in one output", lambda x: np.maximum(x, 0).sum(), lambda g, x: (g * (x >= 0),), [_near_kinks()]),
        Hard("abs, half at zero", lambda x: np.abs(x).sum(), lambda g, x: (g * np.sign(x),), [np.array([0.0, 1, -2, 0, 3, 0.5])]),
        Hard("max with ties", lambda x: x.max(1), lambda g, x: (g[:, None] * (np.arange(4) == x.argmax(1)[:, None]),), [np.array([[1.0, 1, 0, -1], [2, 3, 1, 3], [0.3, 0.1, 0.2, 0]])]),
        Hard("max, ties shared", lambda x: x.max(), lambda g, x: (g * (x == x.max()) / (x == x.max()).sum(),), [np.array([2.0, 1, 2, 0.5])]),
        Hard("norm at zero", np.linalg.norm, _norm_back, [np.zeros(5)]),
        Hard("norm close to zero", np.linalg.norm, _norm_back, [1e-9 * RNG.standard_normal(6)]),
        Hard("hinge", lambda x: np.maximum(0, 1 - x).sum(), _hinge_back, [np.array([1.0, 0.2, 3, 0.999999, 1.000001])]),
        Hard("median", lambda x: np.sort(x)[len(x) // 2], _median_back, [RNG.standard_normal(9)]),
        Hard("clip at its limits", lambda x: np.clip(x, -1, 1), lambda g, x: (g * ((x >= -1) & (x <= 1)),), [np.array([-1.0, 1, 0.3, 2, -3, 0.999])]),
        Hard("logdet, condition 1e7", lambda a: np.linalg.slogdet(a)[1], _logdet_back, [_spd(6, 7)]),
        Hard("solve, condition 1e7", np.linalg.solve, _solve_back, [a8, b8]),
        Hard("inverse, condition 1e5", np.linalg.inv, lambda g, a: (-np.linalg.inv(a).T @ g @ np.linalg.inv(a).T,), [_graded(5, 5)]),
        Hard("rosenbrock far out", lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(), lambda g, x: (g * (np.r_[-400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1]), 0] + np.r_[0, 200 * (x[1:] - x[:-1] ** 2)]),), [np.array([30.0, -20, 50, 7])]),
        Hard("entries from 1e-8 to 1e8", lambda x: (x**2).sum(), lambda g, x: (2 * g * x,), [np.logspace(-8, 8, 17)]),
        Hard("log of small numbers", lambda x: np.log(x), lambda g, x: (g / x,), [np.logspace(-12, 0, 13)]),
        Hard("fast oscillation", lambda x: np.sin(1000 * x), lambda g, x: (1000 * g * np.cos(1000 * x),), [RNG.standard_normal(10)]),
        Hard("cancellation against 1e8", lambda x: (1e8 + x**3) - 1e8, lambda g, x: (3 * g * x**2,), [RNG.standard_normal(6) * 30]),
        Hard("log-sum-exp of large values", _lse, lambda g, x: (g * _softmax(x),), [RNG.standard_normal(12) * 10 + 700]),
        Hard("softplus, both tails", _soft, lambda g, x: (g / (1 + np.exp(-x)),), [np.array([-30.0, -3, 0, 2, 40])]),
        Hard("layernorm in float32", _layernorm, _layernorm_back, [RNG.standard_normal((4, 8)).astype(f32)]),
        Hard("softmax in float32", _softmax, lambda g, x: ((_softmax(x) * (g - (g * _softmax(x)).sum(-1, keepdims=True))).astype(x.dtype),), [RNG.standard_normal((3, 7)).astype(f32)]),
        Hard("code that computes in float32 only", _single_only, _single_only_back, [RNG.standard_normal(12).astype(f32)]),
        Hard("erf in float32", _erf, _erf_back, [RNG.standard_normal(9).astype(f32)]),
        Hard("1e5 entries", lambda x: np.tanh(x).sum(), lambda g, x: (g * (1 - np.tanh(x) ** 2),), [big]),
        Hard("product with zeros", lambda x: x.prod(), lambda g, x: (g * np.array([np.delete(x, j).prod() for j in range(len(x))]),), [np.r_[0.0, ones * 1.5]]),
        Hard("far from zero, narrow", lambda x: np.exp(-((x - 1e4) ** 2) * 50).sum(), lambda g, x: (-100 * g * (x - 1e4) * np.exp(-((x - 1e4) ** 2) * 50),), [1e4 + 0.1 * RNG.standard_normal(6)]),
    ]  # fmt: skip
