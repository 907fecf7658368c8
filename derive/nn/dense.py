"""Dense layers, in the row and in the column convention, and Flatten.

rows:      Y = X W + 1 bᵀ     X: (n, d), W: (d, q), b: (q), Y: (n, q)      dX = G Wᵀ,  dW = Xᵀ G,  db = Gᵀ 1
columns:   Y = W X + b 1ᵀ     X: (d, n), W: (q, d), b: (q), Y: (q, n)      dX = Wᵀ G,  dW = G Xᵀ,  db = G 1
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from derive.nn.expect import Array, batched, float_dtype, positive, refuse
from derive.nn.layer import Layer
from derive.nn.parameter import Parameter, weight


class Dense(Layer):
    """Y = X W + b for rows; with `convention="columns"`, Y = W X + b for columns. Further axes before the last count as batch."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        convention: str = "rows",
        dtype: DTypeLike = np.float64,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        positive("Dense", "inputs", inputs)
        positive("Dense", "outputs", outputs)
        if convention not in ("rows", "columns"):
            raise refuse("Dense", f"convention {convention!r}", "'rows' or 'columns'")
        found = float_dtype("Dense", dtype)
        super().__init__(found)
        self.inputs, self.outputs, self.rows = inputs, outputs, convention == "rows"
        self.batch_axis = 0 if self.rows else 1
        shape = (inputs, outputs) if self.rows else (outputs, inputs)
        self.weight = weight("W", shape, inputs, found, rng)
        self.bias = Parameter("b", (outputs,), found) if bias else None

    @property
    def label(self) -> str:
        return f"Dense({self.inputs} → {self.outputs})"

    def own_parameters(self) -> list[Parameter]:
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if self.rows and (not shape or shape[-1] != self.inputs):
            raise refuse(self.label, f"shape {batched(shape)}", f"(batch, {self.inputs})")
        if not self.rows and shape != (self.inputs,):
            raise refuse(self.label, f"columns of shape {shape}", f"({self.inputs}, batch)")
        return (*shape[:-1], self.outputs)

    def value(self, x: Array) -> Array:
        self._x = x
        y = x @ self.weight.value if self.rows else self.weight.value @ x
        if self.bias is not None:
            y += self.bias.value if self.rows else self.bias.value[:, None]
        return np.asarray(y)

    def pullback(self, g: Array) -> Array:
        x, W = self._x, self.weight.value
        if not self.rows:
            self.weight.gradient = g @ x.T
            if self.bias is not None:
                self.bias.gradient = g.sum(1)
            return np.asarray(W.T @ g)
        flat = g.reshape(-1, self.outputs)
        self.weight.gradient = x.reshape(-1, self.inputs).T @ flat
        if self.bias is not None:
            self.bias.gradient = flat.sum(0)
        return np.asarray(g @ W.T)


class Flatten(Layer):
    """(n, c, h, w) to (n, c·h·w), the last axis fastest; the pullback is the reshape back."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (math.prod(shape),)

    def value(self, x: Array) -> Array:
        self._shape: tuple[int, ...] = x.shape
        return x.reshape(len(x), -1)

    def pullback(self, g: Array) -> Array:
        return g.reshape(self._shape)
