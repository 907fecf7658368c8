"""Axes of answers: those of literal size 1 dropped, two of them stacked into one.

One idea: a 1×n matrix differentiates as the vector that it holds, and `vec` is a product with a 0/1 tensor; both only regroup axes.
"""

from __future__ import annotations

from derive.engine.expr import Node, Prod, view
from derive.engine.normal import normalise
from derive.engine.selectors import selector
from derive.sizes import ONE, Size


def wide_axes(node: Node) -> tuple[Size, ...]:
    return tuple([s for s in node.shape if s != ONE])


def without_ones(f: Node) -> Node:
    """f without axes of literal size 1: a 1×n matrix differentiates as the vector that it holds."""
    return squeezed(f, 0)


def squeezed(node: Node, start: int) -> Node:
    """Drop axes of size 1 from `start` on."""
    keep = tuple([k for k, s in enumerate(node.shape) if k < start or s != ONE])
    if len(keep) == len(node.shape):
        return node
    return normalise(view(node, tuple(range(len(node.shape))), keep, node.shape))


def stacked(node: Node, axes: tuple[int, int]) -> Node:
    """Stack the columns of two neighbouring axes into one."""
    rows, columns = node.shape[axes[0]], node.shape[axes[1]]
    new = len(node.shape)
    place = tuple(range(new))
    picks = selector([rows, ONE], Size.of(0), rows * columns, [columns, rows])
    factors = ((node, place, 1), (picks, (new, axes[1], axes[0]), 1))
    out = (*place[: axes[0]], new, *place[axes[1] + 1 :])
    return normalise(Prod(1, factors, out, (*node.shape, rows * columns)))
