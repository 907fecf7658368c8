"""Max and average pooling, overlapping or not, over any number of spatial axes.

One idea: a window is a sum over shifts. For every tap of the kernel the whole image is looked at once, shifted; the backward pass adds
along the same shifts, so overlapping windows accumulate and nothing is scattered by index.

Max pooling sends the cotangent of a window to its first largest entry, and to no other, however close the runner-up.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from derive.nn.expect import Array, batched, per_axis, refuse
from derive.nn.layer import Layer
from derive.nn.sizes import window_outputs


class Pooling(Layer):
    """Windows of `kernel` at every `stride` (the kernel, if not given) over an image with `padding` around it."""

    def __init__(
        self,
        kernel: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        *,
        axes: int = 2,
    ) -> None:
        super().__init__()
        who = type(self).__name__
        if axes not in (1, 2, 3) or isinstance(axes, bool):
            raise refuse(who, f"axes {axes!r}", "1, 2 or 3")
        self.kernel = per_axis(who, "kernel", kernel, axes, 1)
        self.stride = self.kernel if stride is None else per_axis(who, "stride", stride, axes, 1)
        self.padding = per_axis(who, "padding", padding, axes, 0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise refuse(who, f"padding {self.padding}", f"at most half the kernel {self.kernel}")

    @property
    def label(self) -> str:
        return f"{type(self).__name__}({'×'.join(map(str, self.kernel))}, stride {'×'.join(map(str, self.stride))})"

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(shape) != len(self.kernel) + 1:
            raise refuse(self.label, f"shape {batched(shape)}", f"(batch, channels, and {len(self.kernel)} sizes)")
        once = (1,) * len(self.kernel)
        return (shape[0], *window_outputs(self.label, shape[1:], self.kernel, self.stride, self.padding, once))

    def bordered(self, x: Array, fill: float) -> Array:
        """x with `fill` around it."""
        if not any(self.padding):
            return x
        around = tuple(i + 2 * p for i, p in zip(x.shape[2:], self.padding, strict=True))
        image = np.full((*x.shape[:2], *around), fill, x.dtype)
        image[self.middle(x.shape)] = x
        return image

    def middle(self, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """The index of the image inside its border."""
        return (..., *(slice(p, p + i) for p, i in zip(self.padding, shape[2:], strict=True)))

    def taps(self, outputs: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
        """For each place in the kernel, the index of the entries that the windows have there."""
        for tap in itertools.product(*map(range, self.kernel)):
            yield (..., *(slice(t, t + s * (o - 1) + 1, s) for t, s, o in zip(tap, self.stride, outputs, strict=True)))

    def unbordered(self, image: Array, shape: tuple[int, ...]) -> Array:
        return np.ascontiguousarray(image[self.middle(shape)])


class MaxPool(Pooling):
    """y[i] = max_a x[s·i + a − p]; outside the image stands −∞."""

    def value(self, x: Array) -> Array:
        outputs = self.output_shape(x.shape[1:])[1:]
        image = self.bordered(x, -math.inf)
        best = np.full((*x.shape[:2], *outputs), -math.inf, x.dtype)
        chosen = np.zeros(best.shape, np.int32)
        for tap, place in enumerate(self.taps(outputs)):
            larger = image[place] > best
            np.copyto(best, image[place], where=larger)
            chosen[larger] = tap
        self._shape, self._chosen = x.shape, chosen
        return best

    def pullback(self, g: Array) -> Array:
        image = self.bordered(np.zeros(self._shape, g.dtype), 0)
        for tap, place in enumerate(self.taps(g.shape[2:])):
            image[place] += g * (self._chosen == tap)
        return self.unbordered(image, self._shape)


class AvgPool(Pooling):
    """y[i] = Σ_a x[s·i + a − p]/Πk; the zeros of the padding count, unless `count_padding` is False."""

    def __init__(
        self,
        kernel: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
        *,
        axes: int = 2,
        count_padding: bool = True,
    ) -> None:
        super().__init__(kernel, stride, padding, axes=axes)
        self.count_padding = count_padding

    def value(self, x: Array) -> Array:
        self._shape = x.shape
        return np.asarray(self.window_sums(x) / self.divisor(x.dtype))

    def pullback(self, g: Array) -> Array:
        image = self.bordered(np.zeros(self._shape, g.dtype), 0)
        shares = g / self.divisor(g.dtype)
        for place in self.taps(g.shape[2:]):
            image[place] += shares
        return self.unbordered(image, self._shape)

    def window_sums(self, x: Array) -> Array:
        outputs = self.output_shape(x.shape[1:])[1:]
        image = self.bordered(x, 0)
        total = np.zeros((*x.shape[:2], *outputs), x.dtype)
        for place in self.taps(outputs):
            total += image[place]
        return total

    def divisor(self, dtype: np.dtype[np.generic]) -> Array:
        """The entries of each window that count."""
        if self.count_padding:
            return np.asarray(math.prod(self.kernel), dtype)
        return self.window_sums(np.ones((1, 1, *self._shape[2:]), dtype))


class GlobalAvgPool(Layer):
    """(n, c, *sizes) to (n, c): the mean over the image. dx = g/Πsizes everywhere."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(shape) < 2:
            raise refuse(self.label, f"shape {batched(shape)}", "(batch, channels, and sizes)")
        return shape[:1]

    def value(self, x: Array) -> Array:
        self._shape = x.shape
        return np.asarray(x.mean(tuple(range(2, x.ndim)), dtype=x.dtype))

    def pullback(self, g: Array) -> Array:
        each = g / math.prod(self._shape[2:])
        spread = each.reshape(*g.shape, *(1 for _ in self._shape[2:]))
        return np.broadcast_to(spread, self._shape).copy()
