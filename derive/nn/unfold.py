"""Windows of an image as columns of a matrix, and back: what turns a correlation into one matrix product.

One idea: a column is copied from a strided view, never gathered by indices. With stride 1 the view walks along whole padded rows, so a
copy is a few long runs of memory instead of many short ones; the columns that straddle two rows are computed and dropped.

    Lattice    where the windows start: the shape of a padded image, its kernel, stride, dilation, outputs
    columns    (C, *kernel, N, *lattice) view of images (N, C, *sizes)
    fold       the transpose of `columns`: every window added back to where it came from
"""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

from numpy.lib.stride_tricks import as_strided

from derive.nn.expect import Array
from derive.nn.workspace import WORK

BLOCK = 5 << 18  # bytes of columns that are multiplied at a time: about what a second-level cache holds


class Geometry(NamedTuple):
    """How windows lie on an image, one number per spatial axis each."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1

    @property
    def reach(self) -> tuple[int, ...]:
        """d(k − 1): how far the last tap of a window lies from its first."""
        return tuple(d * (k - 1) for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def dense(self) -> bool:
        """Whether a window starts at every place."""
        return all(s == 1 for s in self.stride)

    def flipped(self) -> Geometry:
        """The geometry of the transposed correlation, for stride 1 and a padding of at most the reach."""
        padding = tuple(r - p for r, p in zip(self.reach, self.padding, strict=True))
        return self._replace(padding=padding)


class Unfolding(NamedTuple):
    """A view (C, *kernel, N, *lattice) of padded images; of each lattice, the leading `outputs` entries are meant."""

    view: Array
    lattice: tuple[int, ...]
    outputs: tuple[int, ...]


def padded(x: Array, padding: tuple[int, ...], tail: int = 0) -> Array:
    """Images (N, C, *sizes) with zeros around, as (N, C, Πpadded + tail): rows of one long run, in scratch memory."""
    sizes = tuple(i + 2 * p for i, p in zip(x.shape[2:], padding, strict=True))
    run = math.prod(sizes)
    image = WORK.array("image", (*x.shape[:2], run + tail), x.dtype)
    image[...] = 0
    sized(image, sizes)[inner(padding, x.shape[2:])] = x
    return image


def sized(image: Array, sizes: tuple[int, ...]) -> Array:
    """The view (N, C, *sizes) of runs that are at least as long."""
    steps = tuple(image.itemsize * math.prod(sizes[axis + 1 :]) for axis in range(len(sizes)))
    return as_strided(image, (*image.shape[:2], *sizes), (*image.strides[:2], *steps))


def inner(padding: tuple[int, ...], sizes: tuple[int, ...]) -> tuple[Any, ...]:
    """The index of the unpadded image inside the padded one."""
    return (..., *(slice(p, p + i) for p, i in zip(padding, sizes, strict=True)))


def columns(x: Array, geometry: Geometry, outputs: tuple[int, ...]) -> Unfolding:
    """The windows of images (N, C, *sizes) as a view, good until the next call; `outputs` is their number along each axis."""
    sizes = tuple(i + 2 * p for i, p in zip(x.shape[2:], geometry.padding, strict=True))
    step = [math.prod(sizes[axis + 1 :]) for axis in range(len(sizes))]  # in entries, one row further along each axis
    # the last window of the last row reaches beyond the image by what the inner axes reach
    tail = sum(r * s for r, s in zip(geometry.reach[1:], step[1:], strict=True))
    image = padded(x, geometry.padding, tail)
    entry = image.itemsize
    taps = tuple(entry * d * s for d, s in zip(geometry.dilation, step, strict=True))
    if geometry.dense:
        lattice, walk = (outputs[0], *sizes[1:]), (entry,)
        shape: tuple[int, ...] = (math.prod(lattice),)
    else:
        lattice = shape = outputs
        walk = tuple(entry * t * s for t, s in zip(geometry.stride, step, strict=True))
    N, C = x.shape[:2]
    across, along = image.strides[1], image.strides[0]
    view = as_strided(image, (C, *geometry.kernel, N, *shape), (across, *taps, along, *walk), writeable=False)
    return Unfolding(view, lattice, outputs)


def fold(parts: Array, image: Array, geometry: Geometry, outputs: tuple[int, ...]) -> None:
    """Add parts (C, *kernel, N, *outputs) into padded images (N, C, *padded): one shifted sum per tap of the kernel."""
    for tap in itertools.product(*map(range, geometry.kernel)):
        place = tuple(
            slice(t * d, t * d + s * (o - 1) + 1, s)
            for t, d, s, o in zip(tap, geometry.dilation, geometry.stride, outputs, strict=True)
        )
        into: tuple[Any, ...] = (..., *place)
        image[into] += parts[(slice(None), *tap)].swapaxes(0, 1)  # type: ignore[arg-type]


def block(N: int, bytes_each: int) -> int:
    """How many images are unfolded at a time."""
    return max(1, min(N, BLOCK // max(1, bytes_each)))
