"""Arrays: gathering, ordering, sums along axes, broadcasting; and linear algebra."""

from __future__ import annotations

from typing import Any

import numpy as np
from pairs import Pair


def _normal(*shapes: Any) -> Any:
    return lambda rng: tuple([rng.standard_normal(shape) for shape in shapes])


# ---------------------------------------------------------------------- gathering and ordering

INDEX = np.array([2, 0, 2, 3])


def _rows_back(g: Any, w: Any, i: Any, add: bool = True) -> Any:
    d = np.zeros_like(w)
    if add:
        np.add.at(d, i, g)
    else:
        d[i] = g
    return d, None


PICK = np.array([[0, 0, 2], [1, 3, 3]])


def _gather_back(g: Any, x: Any, add: bool = True) -> Any:
    d = np.zeros_like(x)
    for r in range(2):
        for k, c in enumerate(PICK[r]):
            d[r, c] = g[r, k] + (d[r, c] if add else 0)
    return (d,)


def _topk(x: Any) -> Any:
    return np.sort(x)[:, ::-1][:, :3]


def _topk_back(g: Any, x: Any, back: bool = True) -> Any:
    d = np.zeros_like(x)
    order = np.argsort(x)[:, ::-1][:, :3]
    np.put_along_axis(d, order if back else np.broadcast_to(np.arange(3), order.shape), g, 1)
    return (d,)


def _sort_back(g: Any, x: Any, inverse: bool = True) -> Any:
    order = np.argsort(x)
    if inverse:
        d = np.zeros_like(x)
        d[order] = g
        return (d,)
    return (g[order],)


def _cumsum_back(g: Any, x: Any, reverse: bool = True) -> Any:
    return (g[::-1].cumsum()[::-1] if reverse else g.cumsum(),)


def _cumprod_back(g: Any, x: Any, reverse: bool = True) -> Any:
    t = g * np.cumprod(x)
    return ((t[::-1].cumsum()[::-1] if reverse else t) / x,)


def _concat_back(g: Any, a: Any, b: Any, offset: int = 3) -> Any:
    return g[:, :3], g[:, offset : offset + 2]


def _reflect_back(g: Any, x: Any, fold: bool = True) -> Any:
    d = g[2:-2].copy()
    if fold:
        d[1:3] += g[1::-1]
        d[-3:-1] += g[:-3:-1]
    return (d,)


CHOICE = np.array([1, 0, 0, 1, 1], bool)


def _where_back(g: Any, a: Any, b: Any, masked: bool = True) -> Any:
    return np.where(CHOICE, g, 0), (np.where(CHOICE, 0, g) if masked else g) + 0


def _clip_back(g: Any, x: Any, masked: bool = True) -> Any:
    return (g * (np.abs(x) < 1) if masked else g + 0,)


# ---------------------------------------------------------------------- sums along axes


def _var_back(g: Any, x: Any, count: int = 4) -> Any:
    return (2 * g[:, None] * (x - x.mean(1, keepdims=True)) / count,)


def _std_back(g: Any, x: Any, root: bool = True) -> Any:
    d = 2 * g[:, None] * (x - x.mean(1, keepdims=True)) / 5
    return (d / (2 * x.std(1, keepdims=True)) if root else d,)


def _lsepool(x: Any) -> Any:
    return np.log(np.exp(2 * x).mean(1)) / 2


def _lsepool_back(g: Any, x: Any, temperature: int = 2) -> Any:
    e = np.exp(temperature * x)
    return (g[:, None] * e / e.sum(1, keepdims=True),)


def _geometric_back(g: Any, x: Any, power: bool = True) -> Any:
    y = np.exp(np.log(x).mean())
    return (g * y / x / (x.size if power else 1),)


def _norm3_back(g: Any, x: Any, sign: bool = True) -> Any:
    n = (np.abs(x) ** 3).sum() ** (1 / 3)
    return (g * (x * np.abs(x) if sign else x * x) / n**2,)


def _centre_back(g: Any, x: Any, mean: bool = True) -> Any:
    return (g - (g.mean(0) if mean else 0),)


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _tempered_back(g: Any, x: Any, temperature: float = 0.5) -> Any:
    s = _softmax(2 * x)
    return (s * (g - (g * s).sum(-1, keepdims=True)) / np.array(temperature, x.dtype),)


# ---------------------------------------------------------------------- broadcasting and products


def _minus_back(g: Any, a: Any, b: Any, sign: int = -1) -> Any:
    return g + 0, sign * g.sum(0)


def _divide_back(g: Any, a: Any, b: Any, square: bool = True) -> Any:
    return g / b, -g * a / (b**2 if square else b)


def _power_back(g: Any, a: Any, b: Any, log: bool = True) -> Any:
    return g * b * a ** (b - 1), g * a**b * (np.log(a) if log else 1)


def _matmul_back(g: Any, a: Any, b: Any, left: bool = True) -> Any:
    t = a.swapaxes(1, 2)
    return g @ b.swapaxes(1, 2), (t if left else a) @ g


def _permute_back(g: Any, x: Any, inverse: bool = True) -> Any:
    return (g.transpose((2, 0, 1) if inverse else (1, 2, 0)),)


def _cross_back(g: Any, a: Any, b: Any, sign: int = 1) -> Any:
    return np.cross(b, g), sign * np.cross(g, a)


def _ring(x: Any, w: Any) -> Any:
    n = len(x)
    return np.array([sum(x[j] * w[(i - j) % n] for j in range(n)) for i in range(n)], x.dtype)


def _ring_back(g: Any, x: Any, w: Any, back: bool = True) -> Any:
    n = len(x)
    sign = 1 if back else -1
    dx = np.array([sum(g[i] * w[(sign * (i - j)) % n] for i in range(n)) for j in range(n)], x.dtype)
    return dx, np.array([sum(g[i] * x[(i - k) % n] for i in range(n)) for k in range(n)], x.dtype)


# ---------------------------------------------------------------------- linear algebra


def _spd(rng: Any) -> Any:
    a = rng.standard_normal((3, 3))
    return (a @ a.T + 2 * np.eye(3),)


def _near_one(n: int, *shapes: Any) -> Any:
    return lambda rng: (rng.standard_normal((n, n)) + 2 * np.eye(n), *[rng.standard_normal(s) for s in shapes])


def _cholesky(a: Any) -> Any:
    return np.linalg.cholesky((a + a.T) / 2)


def _cholesky_back(g: Any, a: Any, halved: bool = True) -> Any:
    low = _cholesky(a)
    phi = np.tril(low.T @ np.tril(g))
    phi = phi - np.diag(np.diag(phi)) / 2 if halved else phi
    s = np.linalg.solve(low.T, np.linalg.solve(low.T, phi.T).T)
    return ((s + s.T) / 2,)


def _solve_back(g: Any, a: Any, b: Any, mistake: str = "") -> Any:
    u = np.linalg.solve(a if mistake == "transpose" else a.T, g)
    da = np.outer(u, np.linalg.solve(a, b))
    return da if mistake == "sign" else -da, u


def _inv_back(g: Any, a: Any, transposed: bool = True) -> Any:
    i = np.linalg.inv(a)
    return (-i.T @ g @ i.T if transposed else -i @ g @ i,)


def _frobenius_back(g: Any, a: Any, root: bool = True) -> Any:
    return (g * a / np.linalg.norm(a) if root else 2 * g * a,)


def _schatten(a: Any) -> Any:
    b = a.T @ a
    return (b * b).sum() ** 0.25


def _schatten_back(g: Any, a: Any, chain: bool = True) -> Any:
    b = a.T @ a
    return (g * a @ b * ((b * b).sum() ** -0.75 if chain else 4),)


def _cube_back(g: Any, a: Any, all_places: bool = True) -> Any:
    t = a.T
    return (g @ t @ t + t @ g @ t + t @ t @ g if all_places else 3 * t @ t @ g,)


def _eigenvalues_back(g: Any, a: Any, columns: bool = True) -> Any:
    v = np.linalg.eigh((a + a.T) / 2)[1]
    v = v if columns else v.T
    return ((v * g) @ v.T,)


def _quadratic_back(g: Any, x: Any, a: Any, both: bool = True) -> Any:
    return g * ((a + a.T) @ x if both else 2 * a @ x), g * np.outer(x, x)


def _trace_back(g: Any, a: Any, b: Any, transposed: bool = True) -> Any:
    return g * (b.T if transposed else b), g * a.T


def _mahalanobis(x: Any, s: Any) -> Any:
    return np.sqrt(x @ np.linalg.solve(s, x))


def _mahalanobis_back(g: Any, x: Any, s: Any, half: bool = True) -> Any:
    d, u = _mahalanobis(x, s), np.linalg.solve(s, x)
    v = np.linalg.solve(s.T, x)
    return g * (u + v) / d / (2 if half else 1), -g * np.outer(v, u) / (2 * d)


def _triangular_back(g: Any, a: Any, b: Any, masked: bool = True) -> Any:
    low = np.tril(a)
    u = np.linalg.solve(low.T, g)
    da = -np.outer(u, np.linalg.solve(low, b))
    return np.tril(da) if masked else da, u


def _gram_back(g: Any, a: Any, both: int = 2) -> Any:
    return (both * g * np.linalg.solve(a @ a.T, a),)


def _outer_back(g: Any, x: Any, y: Any, swapped: bool = False) -> Any:
    return (g.T if swapped else g) @ y, g.T @ x


def _syrk_back(g: Any, a: Any, both: bool = True) -> Any:
    return ((g + g.T if both else g) @ a,)


ARRAYS = [
    Pair("embedding: repeated rows overwritten", lambda w, i: w[i], _rows_back, lambda g, w, i: _rows_back(g, w, i, False), lambda rng: (rng.standard_normal((5, 3)), INDEX), ("not-accumulated",)),
    Pair("gather: repeated entries overwritten", lambda x: np.take_along_axis(x, PICK, 1), _gather_back, lambda g, x: _gather_back(g, x, False), _normal((2, 4)), ("not-accumulated",)),
    Pair("top-k: put back in the first places", _topk, _topk_back, lambda g, x: _topk_back(g, x, False), _normal((3, 6)), ("wrong-index", "shifted")),
    Pair("sort: permuted the same way once more", np.sort, _sort_back, lambda g, x: _sort_back(g, x, False), lambda rng: (np.array([0.3, -1.2, 2.0, 0.9, -0.4, 1.4]),), ("wrong-index", "transposed-jacobian")),
    Pair("cumsum: not reversed", np.cumsum, _cumsum_back, lambda g, x: _cumsum_back(g, x, False), _normal((6,)), ("wrong-index", "transposed-jacobian")),
    Pair("cumprod: the later products", np.cumprod, _cumprod_back, lambda g, x: _cumprod_back(g, x, False), lambda rng: (rng.uniform(0.5, 2, 5),), ("dropped-path", "diagonal-only")),
    Pair("concatenation: offset of the second", lambda a, b: np.concatenate([a, b], 1), _concat_back, lambda g, a, b: _concat_back(g, a, b, 2), _normal((2, 3), (2, 2)), ("wrong-index", "shifted")),
    Pair("reflected padding cut off", lambda x: np.pad(x, 2, mode="reflect"), _reflect_back, lambda g, x: _reflect_back(g, x, False), _normal((7,)), ("not-accumulated", "dropped-path")),
    Pair("roll: in the same direction", lambda x: np.roll(x, 2), lambda g, x: (np.roll(g, -2),), lambda g, x: (np.roll(g, 2),), _normal((7,)), ("wrong-index", "shifted", "transposed-jacobian")),
    Pair("where: both branches", lambda a, b: np.where(CHOICE, a, b), _where_back, lambda g, a, b: _where_back(g, a, b, False), _normal((3, 5), (3, 5)), ("mask-missing",)),
    Pair("clip: straight through", lambda x: np.clip(x, -1, 1), _clip_back, lambda g, x: _clip_back(g, x, False), lambda rng: (1.5 * rng.standard_normal((3, 5)),), ("mask-missing", "wrong-branch")),
    Pair("difference: its sign", np.diff, lambda g, x: (np.r_[0, g].astype(g.dtype) - np.r_[g, 0].astype(g.dtype),), lambda g, x: (np.r_[g, 0].astype(g.dtype) - np.r_[0, g].astype(g.dtype),), _normal((6,)), ("sign",)),
    Pair("variance with n - 1, divided by n", lambda x: x.var(1, ddof=1), _var_back, lambda g, x: _var_back(g, x, 5), _normal((3, 5)), ("factor",)),
    Pair("standard deviation as the variance", lambda x: x.std(1), _std_back, lambda g, x: _std_back(g, x, False), _normal((3, 5)), ("extra-factor",)),
    Pair("logsumexp pooling: temperature", _lsepool, _lsepool_back, lambda g, x: _lsepool_back(g, x, 1), _normal((3, 4)), ("other-function", "other-weights")),
    Pair("tempered softmax: temperature", lambda x: _softmax(2 * x), _tempered_back, lambda g, x: _tempered_back(g, x, 1.0), _normal((3, 4)), ("factor",)),
    Pair("geometric mean without its root", lambda x: np.exp(np.log(x).mean()), _geometric_back, lambda g, x: _geometric_back(g, x, False), lambda rng: (rng.uniform(0.5, 2, 6),), ("missing-mean",)),
    Pair("3-norm without the sign", lambda x: (np.abs(x) ** 3).sum() ** (1 / 3), _norm3_back, lambda g, x: _norm3_back(g, x, False), _normal((7,)), ("wrong-branch", "positive-assumed")),
    Pair("centring: the mean", lambda x: x - x.mean(0), _centre_back, lambda g, x: _centre_back(g, x, False), _normal((4, 3)), ("mean-term", "diagonal-only")),
    Pair("subtraction: sign of the second", lambda a, b: a - b, _minus_back, lambda g, a, b: _minus_back(g, a, b, 1), _normal((4, 3), (3,)), ("sign",)),
    Pair("division: denominator not squared", lambda a, b: a / b, _divide_back, lambda g, a, b: _divide_back(g, a, b, False), lambda rng: (rng.standard_normal((2, 4)), rng.uniform(0.5, 2, (2, 4))), ("extra-factor",)),
    Pair("power: the logarithm", lambda a, b: a**b, _power_back, lambda g, a, b: _power_back(g, a, b, False), lambda rng: (rng.uniform(0.5, 2.5, 6), rng.uniform(-2, 2, 6)), ("other-function", "lost-factor")),
    Pair("batched product: left factor not transposed", lambda a, b: a @ b, _matmul_back, lambda g, a, b: _matmul_back(g, a, b, False), _normal((2, 3, 3), (2, 3, 3)), ("transposed-operand",)),
    Pair("permutation of axes once more", lambda x: x.transpose(1, 2, 0), _permute_back, lambda g, x: _permute_back(g, x, False), _normal((3, 3, 3)), ("transposed", "wrong-index", "transposed-jacobian")),
    Pair("cross product: order", np.cross, _cross_back, lambda g, a, b: _cross_back(g, a, b, -1), _normal((4, 3), (4, 3)), ("sign",)),
    Pair("circular convolution the other way", _ring, _ring_back, lambda g, x, w: _ring_back(g, x, w, False), _normal((5,), (5,)), ("flipped-operand", "transposed-jacobian", "wrong-index", "transposed-operand")),
    Pair("cholesky: diagonal not halved", _cholesky, _cholesky_back, lambda g, a: _cholesky_back(g, a, False), _spd, ("factor-of-term", "diagonal-part")),
    Pair("solve: sign for the matrix", np.linalg.solve, _solve_back, lambda g, a, b: _solve_back(g, a, b, "sign"), _near_one(4, (4,)), ("sign",)),
    Pair("solve: matrix not transposed", np.linalg.solve, _solve_back, lambda g, a, b: _solve_back(g, a, b, "transpose"), _near_one(4, (4,)), ("transposed-operand", "transposed-jacobian", "symmetric-assumed")),
    Pair("slogdet: inverse not transposed", lambda a: np.linalg.slogdet(a)[1], lambda g, a: (g * np.linalg.inv(a).T,), lambda g, a: (g * np.linalg.inv(a),), _near_one(3), ("transposed",)),
    Pair("inverse: not transposed", np.linalg.inv, _inv_back, lambda g, a: _inv_back(g, a, False), _near_one(3), ("transposed-operand", "transposed-jacobian", "symmetric-assumed")),
    Pair("Frobenius norm as if squared", np.linalg.norm, _frobenius_back, lambda g, a: _frobenius_back(g, a, False), _normal((3, 4)), ("factor",)),
    Pair("Schatten norm without its chain", _schatten, _schatten_back, lambda g, a: _schatten_back(g, a, False), _normal((3, 4)), ("factor",)),
    Pair("matrix cube as if commuting", lambda a: a @ a @ a, _cube_back, lambda g, a: _cube_back(g, a, False), _normal((3, 3)), ("commuting-assumed",)),
    Pair("eigenvalues: rows for columns", lambda a: np.linalg.eigvalsh((a + a.T) / 2), _eigenvalues_back, lambda g, a: _eigenvalues_back(g, a, False), _spd, ("transposed-operand", "other-function")),
    Pair("quadratic form of a matrix taken for symmetric", lambda x, a: x @ a @ x, _quadratic_back, lambda g, x, a: _quadratic_back(g, x, a, False), _normal((4,), (4, 4)), ("transposed-operand", "symmetric-assumed")),
    Pair("trace of a product: transpose", lambda a, b: np.trace(a @ b), _trace_back, lambda g, a, b: _trace_back(g, a, b, False), _normal((3, 3), (3, 3)), ("transposed",)),
    Pair("Mahalanobis distance: half", _mahalanobis, _mahalanobis_back, lambda g, x, s: _mahalanobis_back(g, x, s, False), lambda rng: (rng.standard_normal(3), *_spd(rng)), ("factor",)),
    Pair("triangular solve: the other triangle", lambda a, b: np.linalg.solve(np.tril(a), b), _triangular_back, lambda g, a, b: _triangular_back(g, a, b, False), _near_one(4, (4,)), ("mask-missing",)),
    Pair("logdet of a Gram matrix: one of two", lambda a: np.linalg.slogdet(a @ a.T)[1], _gram_back, lambda g, a: _gram_back(g, a, 1), _normal((3, 5)), ("factor",)),
    Pair("outer product: cotangent transposed", np.outer, _outer_back, lambda g, x, y: _outer_back(g, x, y, True), _normal((3,), (3,)), ("wrong-index", "transposed-cotangent", "transposed-jacobian")),
    Pair("Gram matrix: one of two factors", lambda a: a @ a.T, _syrk_back, lambda g, a: _syrk_back(g, a, False), _normal((3, 4)), ("dropped-term", "dropped-path", "symmetric-assumed")),
]  # fmt: skip
