"""Learning: minibatches, epochs, early stopping.

One idea: one loop for every model, loss and optimiser. It draws nothing and prints nothing; who wants a progress bar gives `watch`, which
is called after every minibatch and every epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

from derive.nn.expect import Array, positive, refuse
from derive.nn.layer import Layer
from derive.nn.losses import check_loss
from derive.nn.optimisers import Optimiser
from derive.nn.parameter import stream


class Loss(Protocol):
    """What `fit` needs of a loss."""

    def forward(self, prediction: Array, target: Array, /) -> float: ...

    def backward(self, cotangent: float = 1.0, /) -> Array: ...


class Penalty(Protocol):
    """What `fit` needs of a penalty."""

    def forward(self, model: Layer) -> float: ...

    def backward(self, model: Layer, cotangent: float = 1.0) -> None: ...


class Epoch(NamedTuple):
    """One pass over the data: mean training loss, and the validation loss and score where there is validation data."""

    number: int
    loss: float
    validation_loss: float | None
    score: float | None


class EarlyStopping:
    """Says when the validation loss has not fallen for `patience` epochs, and keeps the best state until then."""

    def __init__(self, patience: int) -> None:
        positive("EarlyStopping", "patience", patience)
        self.patience, self.best, self.since = patience, float("inf"), 0
        self.state: list[Array] | None = None

    def over(self, loss: float, model: Layer) -> bool:
        """Take note of one epoch; True when the patience is used up."""
        if loss < self.best:
            self.best, self.since, self.state = loss, 0, model.state()
        else:
            self.since += 1
        return self.since >= self.patience

    def restore(self, model: Layer) -> None:
        """Give the model the best state that was seen."""
        if self.state is not None:
            model.restore(self.state)


def minibatches(count: int, size: int, rng: np.random.Generator | None = None) -> Iterator[Array]:
    """Indices 0 … count − 1 in parts of `size` (the last may be smaller), each once, shuffled if there is an rng."""
    positive("minibatches", "count", count)
    positive("minibatches", "size", size)
    order = np.arange(count) if rng is None else rng.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


def fit(
    model: Layer,
    loss: Loss,
    optimiser: Optimiser,
    x: Array,
    y: Array,
    *,
    epochs: int,
    batch_size: int = 64,
    penalty: Penalty | None = None,
    validation: tuple[Array, Array] | None = None,
    patience: int | None = None,
    rng: np.random.Generator | int | None = None,
    watch: Callable[[int, Epoch | None], None] | None = None,
) -> list[Epoch]:
    """Train the model on rows x with targets y, and leave it switched to use.

    With `patience`, stop when the validation loss has not fallen for so many epochs, and go back to the best state.
    `watch(done, epoch)` is told how many rows were seen, and each finished epoch. ValueError for data that do not fit.
    """
    positive("fit", "epochs", epochs)
    rows_expected("fit", model)
    if len(x) != len(y):
        raise refuse("fit", f"{len(x)} rows and {len(y)} targets", "as many targets as rows")
    if patience is not None and validation is None:
        raise refuse("fit", "patience without validation data", "validation=(x, y)")
    stopping = None if patience is None else EarlyStopping(patience)
    generator, history = stream(rng), []
    for number in range(1, epochs + 1):
        mean = one_epoch(model, loss, optimiser, x, y, batch_size, penalty, generator, watch)
        epoch = Epoch(number, mean, *(assess(model, loss, *validation) if validation else (None, None)))
        history.append(epoch)
        if watch:
            watch(0, epoch)
        if stopping and epoch.validation_loss is not None and stopping.over(epoch.validation_loss, model):
            break
    if stopping:
        stopping.restore(model)
    model.evaluate()
    return history


def one_epoch(
    model: Layer,
    loss: Loss,
    optimiser: Optimiser,
    x: Array,
    y: Array,
    size: int,
    penalty: Penalty | None,
    rng: np.random.Generator,
    watch: Callable[[int, Epoch | None], None] | None,
) -> float:
    """One pass over all rows; the mean loss, each minibatch weighed by its rows."""
    model.train()
    total = 0.0
    for rows in minibatches(len(x), size, rng):
        optimiser.look_ahead()
        value = loss.forward(model.forward(x[rows]), y[rows])
        model.backward(loss.backward())
        if penalty:
            value += penalty.forward(model)
            penalty.backward(model)
        optimiser.step()
        total += check_loss(value, "fit") * len(rows)
        if watch:
            watch(len(rows), None)
    return total / len(x)


def rows_expected(who: str, model: Layer) -> None:
    """ValueError for a model whose samples are columns: minibatches are rows."""
    if model.batch_axis != 0:
        raise refuse(who, f"{model.label}, which takes columns", "a model that takes rows")


def predict(model: Layer, x: Array, size: int = 256) -> Array:
    """The outputs for all rows, with the model switched to use, a few hundred rows at a time."""
    rows_expected("predict", model)
    model.evaluate()
    return np.concatenate([model.forward(x[rows]) for rows in minibatches(len(x), size)])


def assess(model: Layer, loss: Loss, x: Array, y: Array) -> tuple[float, float | None]:
    """The loss on data that are not trained on, and the accuracy where the targets are classes."""
    outputs = predict(model, x)
    score = accuracy(outputs, y) if np.issubdtype(y.dtype, np.integer) else None
    return loss.forward(outputs, y), score


def accuracy(outputs: Array, labels: Array) -> float:
    """The share of rows whose largest output stands at their label."""
    return float((outputs.argmax(1) == labels).mean())
