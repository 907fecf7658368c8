"""Functions of PyTorch and JAX, where they are installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derive.testing import assert_backward, assert_gradient, check_backward, jax_backward, torch_backward

X = np.random.default_rng(0).standard_normal((3, 4))


def test_torch_function() -> None:
    torch = pytest.importorskip("torch")

    class Swish(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * torch.sigmoid(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            s = torch.sigmoid(x)
            return g * (s + x * s * (1 - s))

    for dtype in (torch.float64, torch.float32):
        assert assert_backward(Swish.apply, torch_backward(Swish.apply), [torch.tensor(X, dtype=dtype)], seed=1).ok
    formula = "x .* sigmoid(x)"
    assert assert_backward(
        Swish.apply, torch_backward(Swish.apply), formula=formula, given="x: vector(n)", backend="torch"
    ).ok
    wrong = lambda g, x: (g * torch.sigmoid(x),)  # noqa: E731
    assert check_backward(Swish.apply, wrong, [torch.tensor(X)]).outcome == "wrong"


def test_jax_custom_vjp() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)

    @jax.custom_vjp
    def softplus(x: Any) -> Any:
        return jax.numpy.logaddexp(x, 0.0)

    softplus.defvjp(lambda x: (softplus(x), x), lambda x, g: (g * jax.nn.sigmoid(x),))
    assert assert_backward(softplus, jax_backward(softplus), [jax.numpy.asarray(X)], seed=1).ok
    softplus.defvjp(lambda x: (softplus(x), x), lambda x, g: (g * jax.nn.sigmoid(-x),))
    assert check_backward(softplus, jax_backward(softplus), [jax.numpy.asarray(X)]).outcome == "wrong"
    grad = jax.grad(lambda x: (x**3).sum())
    assert assert_gradient(lambda x: (x**3).sum(), grad, "sum(x.^3)", "x", "x: vector(n)", backend="jax").ok
