"""The problems of `benchmarks/compiled.py`: formula, numbers, the closed form written by hand, and the function for JAX and PyTorch.

One idea: every problem states its function once for both libraries, through a namespace `f` that holds what they call differently; the closed
form is what a numerical programmer writes in NumPy who knows the derivative and the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Values = dict[str, Any]


class Row(NamedTuple):
    """One problem at one size."""

    name: str
    size: str
    group: str  # "gradient" or "second", which is a Hessian or Jacobian
    kind: str
    expression: str
    wrt: str
    given: str
    values: Values
    hand: Callable[[Values], Any]
    function: Callable[..., Any]  # of the namespace, the variable, the values
    tags: tuple[str, ...] = ()
    structured: bool = False


def rows(rng: np.random.Generator) -> Iterator[Row]:
    """Every row of the table."""
    yield from quadratic(rng)
    yield from regression(rng)
    yield from factorisation(rng)
    yield from vectors(rng)
    yield from tanh_network(rng)
    yield from relu_network(rng)
    yield from backpropagation(rng)
    yield from matrices(rng)


def quadratic(rng: np.random.Generator) -> Iterator[Row]:
    given = "A: matrix(n, n); x: vector(n)"
    for n in (100, 500, 1000, 2000):
        v = {"A": rng.standard_normal((n, n)), "x": rng.standard_normal(n)}
        size, tags = f"n = {n}", ("quadratic",) + (("blas",) if n >= 500 else ())

        def function(f: Any, x: Any, v: Values) -> Any:
            return x @ (v["A"] @ x)

        yield Row(
            "quadratic form", size, "gradient", "gradient", "x'*A*x", "x", given, v,
            lambda v: v["A"] @ v["x"] + v["x"] @ v["A"], function, tags,
        )  # fmt: skip
        yield Row(
            "quadratic form",
            size,
            "second",
            "hessian",
            "x'*A*x",
            "x",
            given,
            v,
            quadratic_hessian,
            function,
            tags,
        )


def quadratic_hessian(v: Values) -> Any:
    A = v["A"]
    if len(A) > 1100:
        return A + A.T
    H = A.T.copy()  # a tenth faster while it lies in a cache
    H += A
    return H


def regression(rng: np.random.Generator) -> Iterator[Row]:
    given = "X: matrix(m, n); w: vector(n); y: vector(m)"
    for m, n in ((1000, 100), (4000, 500), (4000, 1000)):
        X, w = rng.standard_normal((m, n)), rng.standard_normal(n) / np.sqrt(n)
        v = {"X": X, "w": w, "y": rng.standard_normal(m)}
        size = f"{m}×{n}"

        def squares(f: Any, w: Any, v: Values) -> Any:
            r = v["X"] @ w - v["y"]
            return r @ r

        text = "norm2(X*w - y)^2"
        yield Row(
            "least squares", size, "gradient", "gradient", text, "w", given, v,
            lambda v: 2 * (v["X"].T @ (v["X"] @ v["w"] - v["y"])), squares, ("blas",),
        )  # fmt: skip
        yield Row(
            "least squares", size, "second", "hessian", text, "w", given, v, lambda v: 2 * (v["X"].T @ v["X"]), squares
        )
        v = v | {"y": np.sign(v["y"])}

        def logistic(f: Any, w: Any, v: Values) -> Any:
            return f.sum(f.log1p(f.exp(-v["y"] * (v["X"] @ w))))

        text = "sum(log(1 + exp(-y.*(X*w))))"
        yield Row(
            "logistic regression",
            size,
            "gradient",
            "gradient",
            text,
            "w",
            given,
            v,
            logistic_gradient,
            logistic,
            ("blas",),
        )
        tags = ("logistic",)
        yield Row(
            "logistic regression", size, "second", "hessian", text, "w", given, v, logistic_hessian, logistic, tags
        )


def logistic_gradient(v: Values) -> Any:
    return -(v["X"].T @ (v["y"] / (1 + np.exp(v["y"] * (v["X"] @ v["w"])))))


def logistic_hessian(v: Values) -> Any:
    s = 1 / (1 + np.exp(-v["y"] * (v["X"] @ v["w"])))
    z = (v["y"] ** 2 * s * (1 - s)) ** 0.5
    z = z[:, None] * v["X"]
    return z.T @ z


def factorisation(rng: np.random.Generator) -> Iterator[Row]:
    plain, given = "norm2(T - U*V')^2", "T: matrix(m, n); U: matrix(m, k); V: matrix(n, k)"
    masked, more = "norm2(M.*(T - U*V'))^2", "M: matrix(m, n); " + given

    def function(f: Any, U: Any, v: Values) -> Any:
        return f.sum((v["T"] - U @ v["V"].T) ** 2)

    def function_masked(f: Any, U: Any, v: Values) -> Any:
        return f.sum((v["M"] * (v["T"] - U @ v["V"].T)) ** 2)

    def numbers(m: int, k: int) -> Values:
        n = m
        v = {"T": rng.standard_normal((m, n)), "U": rng.standard_normal((m, k)), "V": rng.standard_normal((n, k))}
        return v | {"M": (rng.random((m, n)) < 0.3).astype(float)}

    for m, k in ((300, 20), (3000, 20)):
        v, size = numbers(m, k), f"{m}×{k}"
        yield Row(
            "matrix factorisation", size, "gradient", "gradient", plain, "U", given, v,
            lambda v: 2 * (v["U"] @ (v["V"].T @ v["V"]) - v["T"] @ v["V"]), function, ("blas",),
        )  # fmt: skip
        yield Row(
            "masked factorisation", size, "gradient", "gradient", masked, "U", more, v,
            lambda v: 2 * ((v["M"] * v["M"] * (v["U"] @ v["V"].T - v["T"])) @ v["V"]), function_masked, ("blas",),
        )  # fmt: skip
    for m, k in ((50, 5), (100, 5), (200, 5)):
        v, size = numbers(m, k), f"{m}×{k}"
        tags = ("factorisation",)
        yield Row(
            "matrix factorisation", size, "second", "hessian", plain, "U", given, v, factor_hessian, function, tags
        )
        yield Row(
            "matrix factorisation, structured", size, "structured", "hessian", plain, "U", given, v,
            lambda v: 2 * (v["V"].T @ v["V"]), function, tags, True,
        )  # fmt: skip
        yield Row(
            "masked factorisation",
            size,
            "second",
            "hessian",
            masked,
            "U",
            more,
            v,
            masked_hessian,
            function_masked,
            tags,
        )


def factor_hessian(v: Values) -> Any:
    m, k = v["U"].shape
    H = np.zeros((m, k, m, k))
    np.einsum("ijik->ijk", H)[...] = 2 * (v["V"].T @ v["V"])
    return H


def masked_hessian(v: Values) -> Any:
    (m, k), V = v["U"].shape, v["V"]
    H = np.zeros((m, k, m, k))
    pairs = (V[:, :, None] * V[:, None, :]).reshape(-1, k * k)
    np.einsum("ijik->ijk", H)[...] = (2 * v["M"] ** 2 @ pairs).reshape(m, k, k)
    return H


def vectors(rng: np.random.Generator) -> Iterator[Row]:
    for n in (100, 1000, 4000):
        size = f"n = {n}"
        v = {"z": rng.standard_normal(n), "y": np.eye(n)[n // 3], "v": rng.standard_normal(n)}
        yield Row(
            "softmax", size, "second", "jacobian", "softmax(z)", "z", "z: vector(n)", v, softmax_jacobian,
            lambda f, z, v: f.softmax(z),
        )  # fmt: skip
        yield Row(
            "cross-entropy", size, "second", "hessian", "-y'*log(softmax(z))", "z", "z: vector(n); y: vector(n) one-hot", v,
            softmax_jacobian, lambda f, z, v: -(v["y"] @ f.log_softmax(z)),
        )  # fmt: skip
        yield Row(
            "layer norm", size, "second", "jacobian", "layernorm(z)", "z", "z: vector(n)", v, layer_norm_jacobian,
            lambda f, z, v: (z - f.mean(z)) / f.sqrt(f.mean((z - f.mean(z)) ** 2)),
        )  # fmt: skip
        yield Row(
            "layer norm", size, "second", "hessian", "v'*layernorm(z)", "z", "z: vector(n); v: vector(n)", v, layer_norm_hessian,
            lambda f, z, v: v["v"] @ ((z - f.mean(z)) / f.sqrt(f.mean((z - f.mean(z)) ** 2))),
        )  # fmt: skip


def softmax_jacobian(v: Values) -> Any:
    e = np.exp(v["z"] - v["z"].max())
    s = e / e.sum()
    J = np.dot(s[:, None], -s[None, :])
    J.reshape(-1)[:: len(s) + 1] += s
    return J


def layer_norm_jacobian(v: Values) -> Any:
    n = len(v["z"])
    c = v["z"] - v["z"].mean()
    t = (c @ c / n) ** 0.5
    one = np.ones(n)
    J = np.dot(np.array([c / (-n * t**3), one]).T, np.array([c, one / (-n * t)]))
    J.reshape(-1)[:: n + 1] += 1 / t
    return J


def layer_norm_hessian(v: Values) -> Any:
    """With c = z - mean, u = v - mean(v), s² = var: -(u c' + c u' + (u'c)(I - 1 1'/n - 3 c c'/(n s²)))/(n s³)."""
    n = len(v["z"])
    c = v["z"] - v["z"].mean()
    u = v["v"] - v["v"].mean()
    s = (c @ c / n) ** 0.5
    k = -1 / (n * s**3)
    uc = u @ c
    one = np.ones(n)
    left = np.array([k * u - (3 * k * uc / (n * s * s)) * c, k * c, one])
    H = np.dot(left.T, np.array([c, u, one * (-k * uc / n)]))
    H.reshape(-1)[:: n + 1] += k * uc
    return H


def tanh_network(rng: np.random.Generator) -> Iterator[Row]:
    text = "-sum(Y.*log(softmax(tanh(X*W1)*W2)))"
    given = "X: matrix(b, p); W1: matrix(p, h); W2: matrix(h, c); Y: matrix(b, c) one-hot-rows"
    for p, h in ((10, 10), (30, 20), (50, 32)):
        v = network(rng, 128, p, h, 10)
        yield Row(
            "tanh network, first weights", f"{p}×{h}", "second", "hessian", text, "W1", given, v, tanh_hessian,
            lambda f, W1, v: -f.sum(v["Y"] * f.log_softmax(f.tanh(v["X"] @ W1) @ v["W2"])),
        )  # fmt: skip


def network(rng: np.random.Generator, b: int, p: int, h: int, c: int) -> Values:
    return {
        "X": rng.standard_normal((b, p)),
        "W1": rng.standard_normal((p, h)) / np.sqrt(p),
        "W2": rng.standard_normal((h, c)) / np.sqrt(h),
        "Y": np.eye(c)[rng.integers(0, c, b)],
    }


def tanh_hessian(v: Values) -> Any:
    X, W2, Y = v["X"], v["W2"], v["Y"]
    (b, p), h = X.shape, W2.shape[0]
    H = np.tanh(X @ v["W1"])
    z = H @ W2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    S = e / e.sum(axis=1, keepdims=True)
    D = 1 - H * H
    Q = S @ W2.T
    M = ((S[:, None, :] * W2).reshape(b * h, -1) @ W2.T).reshape(b, h, h)
    M -= Q[:, :, None] * Q[:, None, :]
    M *= D[:, :, None]
    M *= D[:, None, :]
    np.einsum("bjj->bj", M)[...] -= 2 * H * D * ((S - Y) @ W2.T)
    pairs = (X[:, :, None] * X[:, None, :]).reshape(b, p * p)
    return (pairs.T @ M.reshape(b, h * h)).reshape(p, p, h, h).transpose(0, 2, 1, 3)


def relu_network(rng: np.random.Generator) -> Iterator[Row]:
    text = "x"
    for layer in range(1, 11):
        text = f"relu(W{layer}*{text})"
    given = ", ".join(f"W{k}" for k in range(1, 11)) + ": matrix(d, d); x: vector(d); y: vector(d)"
    for d in (10, 20, 40):
        v: Values = {f"W{k}": rng.standard_normal((d, d)) * np.sqrt(2 / d) for k in range(1, 11)}
        v |= {"x": rng.standard_normal(d), "y": rng.standard_normal(d)}

        def function(f: Any, W1: Any, v: Values) -> Any:
            a = f.relu(W1 @ v["x"])
            for k in range(2, 11):
                a = f.relu(v[f"W{k}"] @ a)
            return f.sum((a - v["y"]) ** 2)

        yield Row(
            "ten-layer ReLU network",
            f"d = {d}",
            "second",
            "hessian",
            f"norm2({text} - y)^2",
            "W1",
            given,
            v,
            relu_hessian,
            function,
        )


def relu_hessian(v: Values) -> Any:
    a, J, x = v["x"], None, v["x"]
    for k in range(1, 11):
        W = v[f"W{k}"]
        z = W @ a
        on = (z > 0).astype(float)
        J = np.diag(on) if J is None else on[:, None] * (W @ J)
        a = z * on
    B = 2 * (J.T @ J)
    xx = np.outer(x, x)
    return B[:, None, :, None] * xx[None, :, None, :]


def backpropagation(rng: np.random.Generator) -> Iterator[Row]:
    text = "-sum(Y.*log(softmax(tanh(X*W1)*W2)))"
    given = "X: matrix(b, p); W1: matrix(p, h); W2: matrix(h, c); Y: matrix(b, c) one-hot-rows"
    for b, p, h in ((32, 64, 64), (128, 784, 256), (512, 784, 512)):
        v = network(rng, b, p, h, 10)
        yield Row(
            "MLP backpropagation", f"{b}×{p}×{h}", "gradient", "gradient", text, "W1", given, v, backward,
            lambda f, W1, v: -f.sum(v["Y"] * f.log_softmax(f.tanh(v["X"] @ W1) @ v["W2"])), ("blas",),
        )  # fmt: skip


def backward(v: Values) -> Any:
    H = np.tanh(v["X"] @ v["W1"])
    z = H @ v["W2"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    S = e / e.sum(axis=1, keepdims=True)
    return v["X"].T @ (((S - v["Y"]) @ v["W2"].T) * (1 - H * H))


def matrices(rng: np.random.Generator) -> Iterator[Row]:
    n = 300
    v = {k: rng.standard_normal((n, n)) for k in "ABCX"}
    given = "A, B, C, X: matrix(n, n)"
    yield Row(
        "trace chain", f"n = {n}", "gradient", "gradient", "tr(A*X*B*X'*C)", "X", given, v,
        trace_gradient,
        lambda f, X, v: f.trace(v["A"] @ X @ v["B"] @ X.T @ v["C"]), ("blas",),
    )  # fmt: skip
    w = {"X": v["X"] + 3 * np.sqrt(n) * np.eye(n)}
    yield Row(
        "logdet", f"n = {n}", "gradient", "gradient", "logdet(X)", "X", "X: matrix(n, n)", w, lambda v: np.linalg.inv(v["X"]).T,
        lambda f, X, v: f.logdet(X), ("blas",),
    )  # fmt: skip
    n = 24
    w = {"X": rng.standard_normal((n, n)) + 3 * np.sqrt(n) * np.eye(n)}
    yield Row(
        "logdet", f"n = {n}", "second", "hessian", "logdet(X)", "X", "X: matrix(n, n)", w, logdet_hessian,
        lambda f, X, v: f.logdet(X),
    )  # fmt: skip
    k = {name: rng.standard_normal((n, n)) for name in "ABCX"}
    yield Row(
        "trace chain", f"n = {n}", "second", "hessian", "tr(A*X*B*X'*C)", "X", given, k, trace_hessian,
        lambda f, X, v: f.trace(v["A"] @ X @ v["B"] @ X.T @ v["C"]),
    )  # fmt: skip


def trace_gradient(v: Values) -> Any:
    D, X, B = v["C"] @ v["A"], v["X"], v["B"]
    return D.T @ (X @ B.T) + D @ (X @ B)


def logdet_hessian(v: Values) -> Any:
    R = np.linalg.inv(v["X"])
    return (-R)[None, :, :, None] * R.T[:, None, None, :]


def trace_hessian(v: Values) -> Any:
    D, B = v["C"] @ v["A"], v["B"]
    return D[:, None, :, None] * B.T[None, :, None, :] + D.T[:, None, :, None] * B[None, :, None, :]
