"""JAX and PyTorch as contenders of `benchmarks/compiled.py`: the same function, differentiated by them.

One idea: each library gets the way that its users would take, jitted and in float64: JAX `jit` of `grad`, `jacrev` or `hessian`, PyTorch
`torch.func.grad`, `jacrev` or `hessian`. A peer that is not installed is not available, and nothing else is said.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from compiled_rows import Row


def installed() -> list[str]:
    """Names and versions of the peers that are there."""
    found = []
    for name, package in (("JAX", "jax"), ("PyTorch", "torch")):
        try:
            found.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            pass
    return found


class Jax:
    """JAX: compiled once, results waited for."""

    name = "JAX"

    @staticmethod
    def available() -> bool:
        return find_spec("jax") is not None

    def __init__(self) -> None:
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        self.jax, self.jnp = jax, jnp
        self.f = SimpleNamespace(
            sum=jnp.sum, exp=jnp.exp, log1p=jnp.log1p, tanh=jnp.tanh, mean=jnp.mean, sqrt=jnp.sqrt, relu=jax.nn.relu,
            softmax=jax.nn.softmax, log_softmax=lambda x: jax.nn.log_softmax(x, axis=-1), trace=jnp.trace,
            logdet=lambda x: jnp.linalg.slogdet(x)[1],
        )  # fmt: skip

    def call(self, row: Row) -> Callable[[], Any] | None:
        values = {k: self.jnp.asarray(v) for k, v in row.values.items()}
        x = values[row.wrt]
        how = {"gradient": self.jax.grad, "jacobian": self.jax.jacrev, "hessian": self.jax.hessian}[row.kind]
        # the other variables are arguments too, so that nothing is folded into a constant
        compiled = self.jax.jit(how(lambda x, v: row.function(self.f, x, v)))
        return lambda: compiled(x, values).block_until_ready()

    def array(self, value: Any) -> Any:
        import numpy as np

        return np.asarray(value)


class Torch:
    """PyTorch: `torch.func`, on one thread."""

    name = "PyTorch"

    @staticmethod
    def available() -> bool:
        return find_spec("torch") is not None

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.f = SimpleNamespace(
            sum=torch.sum, exp=torch.exp, log1p=torch.log1p, tanh=torch.tanh, mean=torch.mean, sqrt=torch.sqrt, relu=torch.relu,
            softmax=lambda x: torch.softmax(x, -1), log_softmax=lambda x: torch.log_softmax(x, -1), trace=torch.trace,
            logdet=lambda x: torch.linalg.slogdet(x)[1],
        )  # fmt: skip

    def call(self, row: Row) -> Callable[[], Any] | None:
        torch = self.torch
        values = {k: torch.tensor(v) for k, v in row.values.items()}
        x = values[row.wrt]
        if row.kind == "gradient":
            x.requires_grad_(True)

            def backward() -> Any:
                return torch.autograd.grad(row.function(self.f, x, values), x)[0]

            return backward
        how = {"jacobian": torch.func.jacrev, "hessian": torch.func.hessian}[row.kind]
        compiled = how(lambda x: row.function(self.f, x, values))
        return lambda: compiled(x)

    def array(self, value: Any) -> Any:
        return value.detach().numpy()
