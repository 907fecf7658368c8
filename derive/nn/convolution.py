"""Convolution layers in one, two and three dimensions, and the transposed convolution.

As in every framework, "convolution" is the correlation y[o, i] = b[o] + Σ_{c, a} w[o, c, a] x[c, s·i + d·a − p], the kernel not flipped.
The transposed convolution is the transpose of that linear map: y[o, s·i + d·a − p] += w[c, o, a] x[c, i], and + b[o].

One idea: three linear maps are enough. What is the pullback of the one layer is the value of the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from derive.nn.correlation import correlate, spread, transposes, weight_gradient
from derive.nn.expect import Array, batched, channels, float_dtype, per_axis, positive, refuse
from derive.nn.layer import Layer
from derive.nn.parameter import Parameter, weight
from derive.nn.sizes import transposed_output, window_outputs
from derive.nn.unfold import Geometry

Sizes = int | Sequence[int]


class Convolving(Layer):
    """What convolution and transposed convolution share: their numbers, and the checks of these."""

    axes = 2

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: Sizes,
        *,
        stride: Sizes = 1,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        dtype: DTypeLike = np.float64,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        who = type(self).__name__
        for name, count in (("inputs", inputs), ("outputs", outputs), ("groups", groups)):
            positive(who, name, count)
        if inputs % groups or outputs % groups:
            raise refuse(who, f"{inputs} → {outputs} channels in {groups} groups", f"channels that {groups} divides")
        super().__init__(float_dtype(who, dtype))
        self.inputs, self.outputs = inputs, outputs
        self.geometry = Geometry(
            per_axis(who, "kernel", kernel, self.axes, 1),
            per_axis(who, "stride", stride, self.axes, 1),
            per_axis(who, "padding", padding, self.axes, 0),
            per_axis(who, "dilation", dilation, self.axes, 1),
            groups,
        )
        shape = self.weight_shape()
        self.weight = weight("W", shape, math.prod(shape[1:]), np.dtype(dtype), rng)
        self.bias = Parameter("b", (outputs,), np.dtype(dtype)) if bias else None

    def weight_shape(self) -> tuple[int, ...]:
        """(outputs, inputs/groups, *kernel)"""
        return (self.outputs, self.inputs // self.geometry.groups, *self.geometry.kernel)

    @property
    def label(self) -> str:
        kernel = "×".join(map(str, self.geometry.kernel))
        return f"{type(self).__name__}({self.inputs} → {self.outputs}, {kernel})"

    def own_parameters(self) -> list[Parameter]:
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def image(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The spatial sizes of an input (channels, *sizes)."""
        if len(shape) != self.axes + 1:
            raise refuse(self.label, f"shape {batched(shape)}", f"(batch, {self.inputs}, and {self.axes} sizes)")
        channels(self.label, shape, self.inputs)
        return shape[1:]

    def bias_pullback(self, g: Array) -> None:
        if self.bias is not None:
            self.bias.gradient = g.sum((0, *range(2, g.ndim)))


class Convolution(Convolving):
    """y = w ⋆ x + b. x: (n, inputs, *sizes), w: (outputs, inputs/groups, *kernel), b: (outputs)."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        kernel, stride, padding, dilation, _ = self.geometry
        return (self.outputs, *window_outputs(self.label, self.image(shape), kernel, stride, padding, dilation))

    def value(self, x: Array) -> Array:
        self._x = x
        return correlate(x, self.weight.value, self.geometry, None if self.bias is None else self.bias.value)

    def pullback(self, g: Array) -> Array:
        self.bias_pullback(g)
        dx, self.weight.gradient = transposes(g, self._x, self.weight.value, self.geometry)
        return dx


class Conv1d(Convolution):
    """Convolution of (n, channels, length)."""

    axes = 1


class Conv2d(Convolution):
    """Convolution of (n, channels, height, width)."""


class Conv3d(Convolution):
    """Convolution of (n, channels, depth, height, width)."""

    axes = 3


class ConvTranspose2d(Convolving):
    """The transpose of Conv2d, plus a bias. x: (n, inputs, h, w), w: (inputs, outputs/groups, *kernel).

    Sizes s(i − 1) + d(k − 1) + 1 − 2p + q, where the output padding q < s chooses among the sizes that a convolution takes to i.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: Sizes,
        *,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        dtype: DTypeLike = np.float64,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        super().__init__(
            inputs, outputs, kernel,
            stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias, dtype=dtype, rng=rng,
        )  # fmt: skip
        self.extra = per_axis("ConvTranspose2d", "output_padding", output_padding, 2, 0)
        if any(q >= s for q, s in zip(self.extra, self.geometry.stride, strict=True)):
            raise refuse(
                "ConvTranspose2d", f"output_padding {self.extra}", f"less than the stride {self.geometry.stride}"
            )

    def weight_shape(self) -> tuple[int, ...]:
        """(inputs, outputs/groups, *kernel)"""
        return (self.inputs, self.outputs // self.geometry.groups, *self.geometry.kernel)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        kernel, stride, padding, dilation, _ = self.geometry
        axes = zip(self.image(shape), kernel, stride, padding, dilation, self.extra, strict=True)
        sizes = tuple(int(transposed_output(*axis)) for axis in axes)
        if min(sizes) < 1:
            raise refuse(self.label, f"an output of {sizes} with padding {padding}", "at least one row and one column")
        return (self.outputs, *sizes)

    def value(self, x: Array) -> Array:
        self._x = x
        y = spread(x, self.weight.value, self.geometry, self.output_shape(x.shape[1:])[1:])
        if self.bias is not None:
            y += self.bias.value[:, None, None]
        return y

    def pullback(self, g: Array) -> Array:
        self.bias_pullback(g)
        # the roles are exchanged: x is a cotangent of the convolution, and g is its input
        self.weight.gradient = weight_gradient(self._x, g, self.geometry)
        return correlate(g, self.weight.value, self.geometry)
