"""What every layer is: a function of one array, its pullback, its sizes and its parameters.

One idea: `forward` and `backward` are the same for all layers and do the checking; a layer gives three formulas, `output_shape`,
`value` and `pullback`. The shape rule that refuses a wrong input is the one that `summary` prints.

A layer keeps what its pullback needs from the last `forward`; do not change that input in place before `backward`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from derive.nn.expect import Array, cotangent, numbers, refuse
from derive.nn.parameter import Parameter


class Layer:
    """The base of all layers. `training` switches what differs between learning and use (Dropout, BatchNorm)."""

    batch_axis = 0
    entrywise = False  # it treats every entry alike, so that any axis may be the batch's

    def __init__(self, dtype: np.dtype[Any] | None = None) -> None:
        self.dtype = dtype  # None: the layer has no numbers of its own and takes both
        self.training = True
        self._sample: tuple[int, ...] | None = None
        self._output: tuple[tuple[int, ...], np.dtype[Any]] | None = None

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of one output for the shape of one input, both without the batch. ValueError if they do not fit."""
        raise TypeError(f"{type(self).__name__} states no output_shape")

    def value(self, x: Array) -> Array:
        """y = f(x); keeps what `pullback` needs."""
        raise TypeError(f"{type(self).__name__} states no value")

    def pullback(self, g: Array) -> Array:
        """(∂y/∂x)ᵀ g, and the gradients of the parameters."""
        raise TypeError(f"{type(self).__name__} states no pullback")

    def forward(self, x: Array) -> Array:
        """f(x) for a batch x. ValueError if x is no batch of finite floats of the right sizes."""
        numbers(self.label, x, self.dtype)
        if x.ndim <= self.batch_axis or x.size == 0:
            expected = f"a batch of at least one along axis {self.batch_axis}, and no axis of length 0"
            raise refuse(self.label, f"input of shape {x.shape}", expected)
        sample = x.shape[: self.batch_axis] + x.shape[self.batch_axis + 1 :]
        self.output_shape(sample)
        y = self.value(x)
        self._sample = sample
        self._output = (y.shape, y.dtype)
        return y

    __call__ = forward

    def backward(self, g: Array) -> Array:
        """The cotangent of the input for a cotangent g of the last output. ValueError if g has not its shape and dtype."""
        if self._output is None:
            raise RuntimeError(f"{self.label}: backward needs a forward pass first")
        return self.pullback(cotangent(self.label, g, *self._output))

    @property
    def label(self) -> str:
        """The name in messages and tables."""
        return type(self).__name__

    def children(self) -> list[Layer]:
        """The layers inside, in order."""
        return []

    def own_parameters(self) -> list[Parameter]:
        """The parameters of this layer, without those of its children."""
        return []

    def own_buffers(self) -> list[Array]:
        """Arrays that are state but not learned, such as running means."""
        return []

    def layers(self) -> Iterator[Layer]:
        """This layer and all inside it."""
        yield self
        for child in self.children():
            yield from child.layers()

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters, in the order of the layers."""
        return [parameter for layer in self.layers() for parameter in layer.own_parameters()]

    @property
    def parameter_count(self) -> int:
        """The number of learned numbers."""
        return sum(parameter.size for parameter in self.parameters)

    def state(self) -> list[Array]:
        """Copies of everything that a trained model is: parameters, then buffers."""
        buffers = [buffer for layer in self.layers() for buffer in layer.own_buffers()]
        return [p.value.copy() for p in self.parameters] + [b.copy() for b in buffers]

    def restore(self, state: list[Array]) -> None:
        """Go back to what `state()` gave."""
        places = [p.value for p in self.parameters] + [b for layer in self.layers() for b in layer.own_buffers()]
        if [p.shape for p in places] != [s.shape for s in state]:
            raise refuse(self.label, f"a state of {len(state)} arrays", "the state of a model of these sizes")
        for place, saved in zip(places, state, strict=True):
            place[...] = saved

    def train(self, mode: bool = True) -> Layer:
        """Switch this layer and all inside it to learning (or, with False, to use)."""
        for layer in self.layers():
            layer.training = mode
        return self

    def evaluate(self) -> Layer:
        """Switch to use: Dropout off, BatchNorm with its running moments."""
        return self.train(False)

    def summary(self, shape: tuple[int, ...] | None = None) -> str:
        """A table of layers, output shapes and parameter counts for inputs of this shape (without the batch).

        Without a shape, that of the last input. ValueError if there was none, or if the layers do not fit together.
        """
        from derive.nn.summary import table

        if shape is None and self._sample is None:
            raise refuse(self.label, "neither a shape nor an input yet", "the shape of one input, such as (1, 8, 8)")
        return table(self, shape if shape is not None else self._sample or ())
