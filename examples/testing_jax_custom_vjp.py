"""A JAX `custom_vjp`, held against its formula. `python examples/testing_jax_custom_vjp.py`

f(x) = log Σ exp(x), whose derivative is softmax(x). `jax_backward` asks `jax.vjp`, which calls the hand-written rule. The mistake is a softmax that overflows: right wherever
one would try it, and not a number at large inputs, which are among those that are made.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from derive.testing import GradientError, assert_backward, jax_backward

jax.config.update("jax_enable_x64", True)  # differences need double precision

FORMULA = "logsumexp(x)"
GIVEN = "x: vector(n)"


@jax.custom_vjp
def logsumexp(x: Any) -> Any:
    top = x.max()
    return top + jnp.log(jnp.exp(x - top).sum())


def _forward(x: Any) -> tuple[Any, Any]:
    return logsumexp(x), x


def _backward(x: Any, g: Any) -> tuple[Any]:
    e = jnp.exp(x - x.max())
    return (g * e / e.sum(),)


def _overflowing(x: Any, g: Any) -> tuple[Any]:
    e = jnp.exp(x)
    return (g * e / e.sum(),)


def main() -> None:
    logsumexp.defvjp(_forward, _backward)
    report = assert_backward(logsumexp, jax_backward(logsumexp), formula=FORMULA, given=GIVEN, backend="jax", seed=1)
    print(f"right: {report.case}")
    logsumexp.defvjp(_forward, _overflowing)
    try:
        assert_backward(logsumexp, jax_backward(logsumexp), formula=FORMULA, given=GIVEN, backend="jax", seed=1)
    except GradientError as error:
        print(error)


if __name__ == "__main__":
    main()
