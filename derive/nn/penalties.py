"""Norm penalties on the weights: λ/2 ‖W‖² and λ‖W‖₁, over the parameters that decay (weights, not biases).

`forward(model)` gives the number; `backward(model)` adds its gradient, λW or λ sign(W), to the gradients that are there.
"""

from __future__ import annotations

import numpy as np

from derive.nn.expect import within
from derive.nn.layer import Layer


class L2:
    """λ/2 Σ W²; gradient λW: with SGD this is the weight decay W ← (1 − ηλ)W − η∇loss."""

    def __init__(self, strength: float) -> None:
        self.strength = within("L2", "strength", strength, 0)

    def forward(self, model: Layer) -> float:
        return 0.5 * self.strength * sum(float((p.value * p.value).sum()) for p in model.parameters if p.decays)

    def backward(self, model: Layer, cotangent: float = 1.0) -> None:
        for p in model.parameters:
            if p.decays:
                p.gradient = p.gradient + (cotangent * self.strength) * p.value


class L1:
    """λ Σ |W|; gradient λ sign(W), 0 at 0."""

    def __init__(self, strength: float) -> None:
        self.strength = within("L1", "strength", strength, 0)

    def forward(self, model: Layer) -> float:
        return self.strength * sum(float(np.abs(p.value).sum()) for p in model.parameters if p.decays)

    def backward(self, model: Layer, cotangent: float = 1.0) -> None:
        for p in model.parameters:
            if p.decays:
                p.gradient = p.gradient + (cotangent * self.strength) * np.sign(p.value)
