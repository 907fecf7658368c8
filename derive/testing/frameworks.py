"""Arrays of NumPy, PyTorch and JAX: to float64 arrays of NumPy, and back to what the function takes.

One idea: a framework is recognised by the module of a value's type, so none is imported that is not in use already. It differentiates nothing:
`torch_backward` and `jax_backward` ask the framework.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def framework_of(values: Sequence[Any]) -> str:
    """ "torch", "jax" or "numpy": that of the first value that belongs to a framework."""
    for value in values:
        home = type(value).__module__.partition(".")[0]
        if home == "torch":
            return "torch"
        if home in ("jax", "jaxlib"):
            return "jax"
    return "numpy"


def to_numpy(value: Any) -> Array:
    """A NumPy array that holds the value, in its own precision."""
    if isinstance(value, np.ndarray | float | int):
        return np.asarray(value)
    if type(value).__module__.partition(".")[0] == "torch":
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
        return np.asarray(value.numpy())
    if hasattr(value, "dtype") and str(value.dtype) == "bfloat16":
        return np.asarray(value, dtype=np.float32)
    return np.asarray(value)


def to_framework(array: Array, framework: str, scalar: bool = False) -> Any:
    """The array as the framework's own; a NumPy number for a `scalar`."""
    if framework == "torch":
        import torch

        return torch.from_numpy(np.array(array))
    if framework == "jax":
        import jax.numpy

        return jax.numpy.asarray(array)
    return array[()] if scalar else array


def is_float(array: Array) -> bool:
    return bool(np.issubdtype(array.dtype, np.floating))


def torch_backward(function: Callable[..., Any]) -> Callable[..., Any]:
    """`backward(cotangent, *inputs)` of a function of tensors, as autograd computes it: that of a `torch.autograd.Function` is its own backward.

    `assert_backward(F.apply, torch_backward(F.apply), inputs)` holds a hand-written backward against differences of its forward.
    """

    def backward(cotangent: Any, *inputs: Any) -> tuple[Any, ...]:
        import torch

        leaves = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in inputs]
        with torch.enable_grad():
            output = function(*leaves)
        wanted = [x for x in leaves if x.requires_grad]
        found = iter(torch.autograd.grad(output, wanted, cotangent, allow_unused=True))
        return tuple([_zeros_for_none(next(found), x) if x.requires_grad else None for x in leaves])

    return backward


def _zeros_for_none(gradient: Any, leaf: Any) -> Any:
    """Autograd says None where the output does not depend on an input."""
    import torch

    return torch.zeros_like(leaf) if gradient is None else gradient


def jax_backward(function: Callable[..., Any]) -> Callable[..., Any]:
    """`backward(cotangent, *inputs)` of a function of JAX arrays, by `jax.vjp`: that of a `custom_vjp` is its own."""

    def backward(cotangent: Any, *inputs: Any) -> tuple[Any, ...]:
        import jax

        output, pull = jax.vjp(function, *inputs)
        return tuple(pull(jax.numpy.asarray(cotangent, dtype=output.dtype)))

    return backward
