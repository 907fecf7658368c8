"""Layers made of layers: one after the other, side by side, and around a shortcut.

One idea: a composition's pullback is the composition of the pullbacks backwards; where an input is used twice, its two cotangents are added.
A layer keeps one forward pass, so it may stand in one place only; a layer that stands in two is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from derive.nn.expect import Array, batched, refuse
from derive.nn.layer import Layer


def distinct(who: str, parts: Sequence[Layer]) -> list[Layer]:
    """The parts, if they are layers and none of those inside stands in two places."""
    for part in parts:
        if not isinstance(part, Layer):
            raise refuse(who, f"a part of type {type(part).__name__}", "layers")
    seen: set[int] = set()
    for layer in (layer for part in parts for layer in part.layers()):
        if id(layer) in seen:
            raise refuse(who, f"the same {layer.label} in two places", "a layer of its own in each place")
        seen.add(id(layer))
    return list(parts)


def batch_axis(who: str, parts: Sequence[Layer]) -> int:
    """The axis along which the samples lie, the same for all parts: 0 for rows, 1 for columns; entrywise parts take both."""
    axes = {part.batch_axis for part in parts if not part.entrywise}
    if len(axes) > 1:
        raise refuse(who, "parts that take rows beside parts that take columns", "one convention")
    return axes.pop() if axes else 0


class Sequential(Layer):
    """f_L ∘ … ∘ f_1; dx = J_1ᵀ(… (J_Lᵀ g))."""

    def __init__(self, *parts: Layer, name: str | None = None) -> None:
        super().__init__()
        self.name = name or "Sequential"
        self.parts = distinct(self.name, parts)
        self.batch_axis = batch_axis(self.name, self.parts)
        self.entrywise = all(part.entrywise for part in self.parts)

    @property
    def label(self) -> str:
        return self.name

    def children(self) -> list[Layer]:
        return self.parts

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        for part in self.parts:
            shape = part.output_shape(shape)
        return shape

    def value(self, x: Array) -> Array:
        for part in self.parts:
            x = part.forward(x)
        return x

    def pullback(self, g: Array) -> Array:
        for part in reversed(self.parts):
            g = part.backward(g)
        return g


class Residual(Layer):
    """φ(body(x) + shortcut(x)); the shortcut is the identity and φ is nothing, unless given (He et al. 2016, eq. 1 and 2).

    dx = J_bodyᵀ h + J_shortcutᵀ h with h = J_φᵀ g.
    """

    def __init__(self, body: Layer, shortcut: Layer | None = None, activation: Layer | None = None) -> None:
        super().__init__()
        self.body, self.shortcut, self.activation = body, shortcut, activation
        self._parts = distinct("Residual", [part for part in (body, shortcut, activation) if part is not None])
        self.batch_axis = batch_axis("Residual", self._parts)
        self.entrywise = all(part.entrywise for part in self._parts)

    def children(self) -> list[Layer]:
        return self._parts

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        found = self.body.output_shape(shape)
        beside = shape if self.shortcut is None else self.shortcut.output_shape(shape)
        if found != beside:
            raise refuse(self.label, f"body {batched(found)} and shortcut {batched(beside)}", "two equal shapes")
        return found if self.activation is None else self.activation.output_shape(found)

    def value(self, x: Array) -> Array:
        y = self.body.forward(x) + (x if self.shortcut is None else self.shortcut.forward(x))
        return y if self.activation is None else self.activation.forward(y)

    def pullback(self, g: Array) -> Array:
        h = g if self.activation is None else self.activation.backward(g)
        beside = h if self.shortcut is None else self.shortcut.backward(h)
        return np.asarray(self.body.backward(h) + beside)


class Branches(Layer):
    """The branches' outputs side by side along the channels, axis 1 (Szegedy et al. 2015, figure 2b); dx = Σ J_bᵀ g_b."""

    def __init__(self, *parts: Layer, name: str | None = None) -> None:
        super().__init__()
        self.name = name or "Branches"
        if not parts:
            raise refuse(self.name, "no branches", "at least one")
        self.parts = distinct(self.name, parts)
        if batch_axis(self.name, self.parts) != 0:
            raise refuse(self.name, "parts that take columns", "parts that take rows: axis 1 is joined")

    @property
    def label(self) -> str:
        return self.name

    def children(self) -> list[Layer]:
        return self.parts

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        shapes = [part.output_shape(shape) for part in self.parts]
        if any(not s or s[1:] != shapes[0][1:] for s in shapes):
            came = ", ".join(map(batched, shapes))
            raise refuse(self.label, f"branches of {came}", "shapes that differ in the channels alone")
        return (sum(s[0] for s in shapes), *shapes[0][1:])

    def value(self, x: Array) -> Array:
        outputs = [part.forward(x) for part in self.parts]
        self._widths = [y.shape[1] for y in outputs]
        return np.concatenate(outputs, axis=1)

    def pullback(self, g: Array) -> Array:
        total: Array | None = None
        start = 0
        for part, width in zip(self.parts, self._widths, strict=True):
            dx = part.backward(np.ascontiguousarray(g[:, start : start + width]))
            total = dx if total is None else total + dx
            start += width
        return np.asarray(total)
