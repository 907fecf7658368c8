"""A model as a table: layers, output shapes, parameters.

One idea: the shapes come from the rules that check inputs, `Layer.output_shape`, so no array is made and the table cannot disagree with them.
"""

from __future__ import annotations

from typing import NamedTuple

from derive.nn.blocks import Branches, Residual, Sequential
from derive.nn.expect import positive, refuse
from derive.nn.layer import Layer


class Row(NamedTuple):
    """One layer: how deep it is nested, its label, the shape of one output, its own and its children's parameters."""

    depth: int
    label: str
    shape: tuple[int, ...]
    parameters: int


def rows(model: Layer, shape: tuple[int, ...], depth: int = 0) -> list[Row]:
    """The model and every layer inside it, for inputs of this shape (without the batch)."""
    found = [Row(depth, model.label, model.output_shape(shape), model.parameter_count)]
    for child, came in inputs(model, shape):
        found += rows(child, came, depth + 1)
    return found


def inputs(model: Layer, shape: tuple[int, ...]) -> list[tuple[Layer, tuple[int, ...]]]:
    """The children, each with the shape that reaches it."""
    match model:
        case Sequential():
            reached = []
            for part in model.parts:
                reached.append((part, shape))
                shape = part.output_shape(shape)
            return reached
        case Branches():
            return [(part, shape) for part in model.parts]
        case Residual():
            beside = [] if model.shortcut is None else [(model.shortcut, shape)]
            after = [] if model.activation is None else [(model.activation, model.body.output_shape(shape))]
            return [(model.body, shape), *beside, *after]
    return []


def table(model: Layer, shape: tuple[int, ...]) -> str:
    """The rows as text, with the total. ValueError for a shape that no input has."""
    if not isinstance(shape, tuple):
        raise refuse(model.label, f"shape {shape!r}", "a tuple, such as (1, 8, 8)")
    positive(model.label, "size", *shape)
    lines = [("layer", "output", "parameters")]
    for row in rows(model, shape):
        sizes = " × ".join(map(str, row.shape)) or "1"
        lines.append(("  " * row.depth + row.label, sizes, f"{row.parameters:,}" if row.parameters else "–"))
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    drawn = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in lines]
    rule = "─" * (sum(widths) + 4)
    return "\n".join([drawn[0], rule, *drawn[1:], rule, f"{model.parameter_count:,} parameters"])
