"""Correlation of images with kernels, in any number of dimensions, and its two transposes.

    y[n, o, i] = Σ_{c, a} w[o, c, a] x[n, c, s·i + d·a − p]                 correlate: linear in x and in w
    dx[n, c, j] = Σ_{o, a, i : s·i + d·a − p = j} w[o, c, a] g[n, o, i]     spread: the transpose in x
    dw[o, c, a] = Σ_{n, i} g[n, o, i] x[n, c, s·i + d·a − p]                weight_gradient: the transpose in w

One idea: all three are matrix products with unfolded windows, a cache-sized block of images at a time, so at no time is more than one block
unfolded. With stride 1 both transposes come from one unfolding of g: dx is the correlation of g with the flipped kernel, and dw is the
same columns against x.

Shapes: x (N, C, *sizes), w (O, C/groups, *kernel), y and g (N, O, *outputs). Nothing is checked here; layers do that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from derive.nn.expect import Array
from derive.nn.sizes import conv_output
from derive.nn.unfold import Geometry, Unfolding, block, columns, fold, inner
from derive.nn.workspace import WORK


def correlate(x: Array, w: Array, geometry: Geometry, bias: Array | None = None) -> Array:
    """y = w ⋆ x (+ bias per output channel)."""
    axes = zip(x.shape[2:], geometry.kernel, geometry.stride, geometry.padding, geometry.dilation, strict=True)
    outputs = tuple(int(conv_output(*axis)) for axis in axes)
    unfolded = columns(x, geometry, outputs)
    y = np.empty((len(x), len(w), *outputs), x.dtype)
    W = w.reshape(geometry.groups, len(w) // geometry.groups, -1)
    shift = 0 if bias is None else bias.reshape(1, -1, *(1 for _ in outputs))
    for part, cols in blocks(unfolded, geometry):
        product = WORK.matmul("y", W, cols)
        np.add(images(product, unfolded, len(w)), shift, out=y[part])
    return y


def spread(g: Array, w: Array, geometry: Geometry, sizes: tuple[int, ...]) -> Array:
    """dx: images (N, C, *sizes) for cotangents g of `correlate`."""
    if turns(geometry):
        return correlate(g, turned(w, geometry.groups), geometry.flipped())
    image = blank(g, w, geometry, sizes)
    Wt = grouped(w, geometry.groups).swapaxes(1, 2)
    outputs, channels = g.shape[2:], w.shape[1] * geometry.groups
    step = block(len(g), math.prod(geometry.kernel) * channels * math.prod(outputs) * g.itemsize)
    for start in range(0, len(g), step):
        part = slice(start, start + step)
        folded = WORK.matmul("dcols", Wt, rows(g[part], geometry.groups))
        count = len(image[part])
        fold(folded.reshape(channels, *geometry.kernel, count, *outputs), image[part], geometry, outputs)
    return np.ascontiguousarray(image[inner(geometry.padding, sizes)])


def weight_gradient(g: Array, x: Array, geometry: Geometry) -> Array:
    """dw, (O, C/groups, *kernel)."""
    unfolded = columns(x, geometry, g.shape[2:])
    O, C = g.shape[1], x.shape[1]
    dW = np.zeros((geometry.groups, O // geometry.groups, C // geometry.groups * math.prod(geometry.kernel)), x.dtype)
    for part, cols in blocks(unfolded, geometry):
        dW += rows(on_lattice(g[part], unfolded), geometry.groups) @ cols.swapaxes(1, 2)
    return dW.reshape(O, C // geometry.groups, *geometry.kernel)


def transposes(g: Array, x: Array, w: Array, geometry: Geometry) -> tuple[Array, Array]:
    """dx and dw together."""
    if not turns(geometry):
        return spread(g, w, geometry, x.shape[2:]), weight_gradient(g, x, geometry)
    unfolded = columns(g, geometry.flipped(), x.shape[2:])
    W, groups = grouped(turned(w, geometry.groups), geometry.groups), geometry.groups
    dx = np.empty(x.shape, x.dtype)
    dW = np.zeros((groups, W.shape[2], W.shape[1]), x.dtype)
    for part, cols in blocks(unfolded, geometry):
        dx[part] = images(WORK.matmul("dx", W, cols), unfolded, x.shape[1])
        dW += cols @ rows(on_lattice(x[part], unfolded), groups).swapaxes(1, 2)
    dw = dW.reshape(len(w), *geometry.kernel, w.shape[1])  # of the flipped kernel, channels last
    return dx, np.ascontiguousarray(np.moveaxis(np.flip(dw, tuple(range(1, dw.ndim - 1))), -1, 1))


def turns(geometry: Geometry) -> bool:
    """Whether the transpose in x is itself a correlation: stride 1, and no padding beyond the reach of the kernel."""
    return geometry.dense and all(r >= p for r, p in zip(geometry.reach, geometry.padding, strict=True))


def turned(w: Array, groups: int) -> Array:
    """The kernel of the transposed correlation: every spatial axis reversed, inputs and outputs of each group exchanged."""
    O, C, *kernel = w.shape
    split = w.reshape(groups, O // groups, C, *kernel).swapaxes(1, 2)
    return np.ascontiguousarray(np.flip(split, tuple(range(3, split.ndim)))).reshape(groups * C, O // groups, *kernel)


def blank(g: Array, w: Array, geometry: Geometry, sizes: tuple[int, ...]) -> Array:
    """Zeros in the shape of the padded input."""
    around = (i + 2 * p for i, p in zip(sizes, geometry.padding, strict=True))
    return np.zeros((len(g), w.shape[1] * geometry.groups, *around), g.dtype)


def grouped(w: Array, groups: int) -> Array:
    """(O, C, *kernel) as (groups, O/groups, C·Πkernel)."""
    return w.reshape(groups, len(w) // groups, -1)


def rows(g: Array, groups: int) -> Array:
    """Images (N, O, *lattice) as a matrix a group, (groups, O/groups, N·Πlattice)."""
    return np.ascontiguousarray(g.swapaxes(0, 1)).reshape(groups, g.shape[1] // groups, -1)


def images(product: Array, unfolded: Unfolding, channels: int) -> Array:
    """A matrix (groups, O/groups, N·Πlattice) as the view (N, O, *outputs)."""
    found = product.reshape(channels, -1, *unfolded.lattice).swapaxes(0, 1)
    return np.asarray(found[meant(unfolded)])


def meant(unfolded: Unfolding) -> tuple[Any, ...]:
    """The index of the outputs in the lattice."""
    return (..., *(slice(o) for o in unfolded.outputs))


def on_lattice(g: Array, unfolded: Unfolding) -> Array:
    """Images (N, O, *outputs) on the lattice, with zeros on the places that are not meant."""
    if unfolded.lattice == unfolded.outputs:
        return g
    found = WORK.array("lattice", (g.shape[1], len(g), *unfolded.lattice), g.dtype).swapaxes(0, 1)
    found[...] = 0
    found[meant(unfolded)] = g
    return found


def blocks(unfolded: Unfolding, geometry: Geometry) -> Iterator[tuple[slice, Array]]:
    """Slices of the batch, with their columns (groups, C/groups·Πkernel, n·Πlattice)."""
    view, taps = unfolded.view, len(geometry.kernel) + 1
    before, N, after = view.shape[:taps], view.shape[taps], view.shape[taps + 1 :]
    each = math.prod(before) * math.prod(after)
    step = block(N, each * view.itemsize)
    for start in range(0, N, step):
        part = slice(start, min(start + step, N))
        cols = WORK.array("cols", (*before, part.stop - start, *after), view.dtype)
        here: tuple[Any, ...] = (*(slice(None),) * taps, part)
        np.copyto(cols, view[here])
        yield part, cols.reshape(geometry.groups, math.prod(before) // geometry.groups, -1)
