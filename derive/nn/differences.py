"""The second witness: finite differences of a layer, against its own pullback.

One idea: for a random cotangent g, ⟨g, f(x)⟩ is a number, and its gradient by every input and every parameter is what `backward(g)` claims.
Differences are central and of fourth order, (8(f₊ − f₋) − (f₊₊ − f₋₋))/12h, so in float64 they are good to about eleven digits. The
cotangent is random: many wrong backward passes agree for g = 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from derive.nn.expect import Array
from derive.nn.layer import Layer

STEP = 2.0**-9


def difference(function: Callable[[], float], place: Array) -> Array:
    """The gradient of the number by every entry of the array `place`, which is changed and put back."""
    slope = np.zeros(place.shape)
    for index in np.ndindex(place.shape):
        kept = place[index]
        values = []
        for steps in (1, -1, 2, -2):
            place[index] = kept + steps * STEP
            values.append(function())
        place[index] = kept
        near, near_, far, far_ = values
        slope[index] = (8 * (near - near_) - (far - far_)) / (12 * STEP)
    return slope


def relative_error(found: Array, expected: Array) -> float:
    """max |found − expected| over max |expected| (over 1, if that is below 1e-12); infinite for unequal shapes and for NaN."""
    if found.shape != expected.shape:
        return math.inf
    scale = float(np.abs(expected).max(initial=0))
    error = float(np.abs(found - expected).max(initial=0)) / (scale if scale > 1e-12 else 1.0)
    return math.inf if math.isnan(error) else error


def check(layer: Layer, x: Array, rng: np.random.Generator) -> dict[str, float]:
    """The relative error of the input's gradient ("x") and of every parameter's, for one random cotangent.

    The layer has to be a function: freeze what draws random numbers. Give float64, and no input near a kink.
    """
    g = rng.standard_normal(layer.forward(x).shape)
    claimed = {"x": layer.backward(g).copy()}
    names = {"x": x}
    for position, parameter in enumerate(layer.parameters):
        name = f"{parameter.name}#{position}"
        claimed[name], names[name] = parameter.gradient.copy(), parameter.value
    return {
        name: relative_error(claimed[name], difference(lambda: float((g * layer.forward(x)).sum()), place))
        for name, place in names.items()
    }
