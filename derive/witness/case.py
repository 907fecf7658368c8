"""A layer under examination: what it is, the formula that states it, and what its backward pass claims.

One idea: with a cotangent G of its output, a layer f gives the number Σ G ⊙ f(X); `formula` is that number in the language, `point` its
symbols' values, `claims` the gradients that the layer gave for some of these symbols.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from derive.nn.expect import Array
from derive.nn.layer import Layer


class Case(NamedTuple):
    """One row of the table: `layer` was run forward on x and backward on g."""

    name: str
    formula: str
    given: str
    point: dict[str, Array]
    claims: dict[str, Array]
    layer: Layer
    x: Array
    g: Array


def examined(
    name: str,
    layer: Layer,
    x: Array,
    rng: np.random.Generator,
    formula: str,
    given: str,
    *,
    names: tuple[str, ...] = (),
    split: bool = False,
    extra: dict[str, Array] | None = None,
) -> Case:
    """Run the layer forward and backward. `names` are the symbols of its parameters, in their order; X and G those of input and cotangent.

    With `split`, arrays of rank 4 appear as matrices, X12 being x[0, 1].
    """
    g = rng.standard_normal(layer.forward(x).shape)
    dx = layer.backward(g)
    values = dict(zip(names, (p.value for p in layer.parameters), strict=True))
    slopes = dict(zip(names, (p.gradient for p in layer.parameters), strict=True))
    point, claims = {"X": x, "G": g, **values}, {"X": dx, **slopes}
    if split:
        point, claims = matrices(point), matrices(claims)
    return Case(name, formula, given, {**point, **(extra or {})}, claims, layer, x, g)


def matrices(arrays: dict[str, Array]) -> dict[str, Array]:
    """Every array of rank above 2 as its matrices (or vectors, for rank 3), named by their leading indices."""
    found: dict[str, Array] = {}
    for name, array in arrays.items():
        if array.ndim <= 2:
            found[name] = array
            continue
        for index in np.ndindex(array.shape[:2]):
            found[name + "".join(str(i + 1) for i in index)] = array[index]
    return found
