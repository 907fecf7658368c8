"""Three networks trained for real: an MLP and a CNN on the handwritten digits, and the notes' XOR.

One idea: an experiment is data: a model, a loss, an optimiser, rows to learn from and rows to be judged by, and the score it has to reach.
The held-out rows are looked at once, after training; what stops training is another set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from derive.nn.activations import ReLU
from derive.nn.architectures import mlp, small_cnn
from derive.nn.blocks import Sequential
from derive.nn.datasets import Split, digits, xor
from derive.nn.dense import Dense
from derive.nn.layer import Layer
from derive.nn.losses import CrossEntropy
from derive.nn.optimisers import Adam, Momentum, Optimiser
from derive.nn.training import Epoch, accuracy, fit, predict


class Experiment(NamedTuple):
    """What is trained, on what, how long at most, and the held-out accuracy to reach."""

    name: str
    model: Layer
    loss: CrossEntropy
    optimiser: Optimiser
    data: Split
    epochs: int
    batch_size: int
    patience: int | None
    target: float


class Outcome(NamedTuple):
    """The epochs, and the accuracy on the held-out rows."""

    history: list[Epoch]
    score: float


def digits_mlp(seed: int = 0) -> Experiment:
    """64-128-64-10 with dropout, Adam, label smoothing."""
    model = mlp((64, 128, 64, 10), dropout=0.2, dtype=np.float32, rng=seed)
    optimiser = Adam(model.parameters, 2e-3, weight_decay=1e-5)
    return Experiment("mlp", model, CrossEntropy(label_smoothing=0.05), optimiser, digits(seed), 120, 32, 25, 0.97)


def digits_cnn(seed: int = 0) -> Experiment:
    """Three convolutions with batch normalisation, pooling and dropout; Adam, label smoothing."""
    model = small_cnn(dtype=np.float32, rng=seed)
    optimiser = Adam(model.parameters, 2e-3, weight_decay=1e-5)
    return Experiment("cnn", model, CrossEntropy(label_smoothing=0.05), optimiser, digits(seed), 30, 32, 10, 0.985)


def exclusive_or(seed: int = 0) -> Experiment:
    """2-8-2 with ReLU and momentum on the four points, all of them in every step; the score is on these four."""
    rng = np.random.default_rng(seed)
    model = Sequential(Dense(2, 8, rng=rng), ReLU(), Dense(8, 2, rng=rng), name="XOR")
    x, y = xor()
    return Experiment(
        "xor", model, CrossEntropy(), Momentum(model.parameters, 0.1), Split(x, y, (x, y), (x, y)), 300, 4, None, 1.0
    )


EXPERIMENTS: dict[str, Callable[[int], Experiment]] = {"mlp": digits_mlp, "cnn": digits_cnn, "xor": exclusive_or}


def run(
    experiment: Experiment,
    seed: int = 0,
    epochs: int | None = None,
    watch: Callable[[int, Epoch | None], None] | None = None,
) -> Outcome:
    """Train, and judge by the held-out rows."""
    data = experiment.data
    history = fit(
        experiment.model, experiment.loss, experiment.optimiser, data.x, data.y,
        epochs=epochs or experiment.epochs, batch_size=experiment.batch_size, validation=data.validation,
        patience=experiment.patience, rng=seed, watch=watch,
    )  # fmt: skip
    x, y = data.held_out
    return Outcome(history, accuracy(predict(experiment.model, x), y))
