"""The losses and penalties, each with its formula.

One idea: a loss is a layer with one output, so it passes the same three witnesses, with a cotangent that is not 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from derive import nn
from derive.nn.expect import Array
from derive.witness.case import Case, examined
from derive.witness.cases import smooth


class OfLoss(nn.Layer):
    """forward: the loss of a prediction against fixed targets, as an array of one number. A list of parts is split off the columns."""

    def __init__(self, loss: nn.CrossEntropy | nn.MeanSquaredError, target: Array) -> None:
        super().__init__()
        self.loss, self.target = loss, target

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return ()

    def value(self, x: Array) -> Array:
        return np.asarray([self.loss.forward(x, self.target)], x.dtype)

    def pullback(self, g: Array) -> Array:
        return self.loss.backward(float(g[0]))


class OfGaussian(nn.Layer):
    """forward: the Gaussian loss of rows that hold the means and then the variances."""

    def __init__(self, loss: nn.GaussianNLL, target: Array) -> None:
        super().__init__()
        self.loss, self.target = loss, target

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return ()

    def value(self, x: Array) -> Array:
        half = x.shape[1] // 2
        return np.asarray([self.loss.forward(x[:, :half], self.target, x[:, half:])], x.dtype)

    def pullback(self, g: Array) -> Array:
        return np.concatenate(self.loss.backward(float(g[0])), axis=1)


class OfPenalty(nn.Layer):
    """forward: the penalty of a weight, which stands in for the input."""

    def __init__(self, penalty: nn.L1 | nn.L2) -> None:
        super().__init__()
        self.penalty = penalty

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return ()

    def value(self, x: Array) -> Array:
        self._model = nn.Dense(*x.shape, dtype=x.dtype)
        self._model.weight.value = x
        return np.asarray([self.penalty.forward(self._model)], x.dtype)

    def pullback(self, g: Array) -> Array:
        self._model.weight.gradient = np.zeros_like(self._model.weight.value)
        self.penalty.backward(self._model, float(g[0]))
        return self._model.weight.gradient


def cases(rng: np.random.Generator) -> list[Case]:
    """All losses and penalties, drawn from this generator."""
    return [*cross_entropies(rng), *regressions(rng), *penalties(rng)]


def cross_entropies(rng: np.random.Generator) -> list[Case]:
    classes, soft = np.array([2, 0, 3]), rng.dirichlet(np.ones(4), 3)
    hot = np.eye(4)[classes]
    given = "X: matrix(3, 4); Y: matrix(3, 4); G: vector(1)"
    # Σ_j Y_ij = 1, so that this is −Σ Y ⊙ log softmax(X)
    total = "G[1]*(sum(lse(X)) - sum(Y.*X))"
    smoothed = "G[1]*(sum(lse(X)) - sum((0.9*Y + matrix(0.1/4)).*X))/3"
    stated: list[tuple[str, nn.CrossEntropy, Array, Array, str]] = [
        ("CrossEntropy, classes, mean", nn.CrossEntropy(), classes, hot, f"{total}/3"),
        ("CrossEntropy, classes, sum", nn.CrossEntropy("sum"), classes, hot, total),
        ("CrossEntropy, soft labels, mean", nn.CrossEntropy(), soft, soft, f"{total}/3"),
        ("CrossEntropy, smoothing 0.1", nn.CrossEntropy(label_smoothing=0.1), classes, hot, smoothed),
    ]
    return [
        examined(name, OfLoss(loss, target), smooth(rng, 3, 4), rng, formula, given, extra={"Y": labels})
        for name, loss, target, labels, formula in stated
    ]


def regressions(rng: np.random.Generator) -> list[Case]:
    y, given = smooth(rng, 3, 4), "X: matrix(3, 4); Y: matrix(3, 4); G: vector(1)"
    square = "G[1]*norm2(X - Y)^2"
    halves, sums = OfLoss(nn.MeanSquaredError("sum", factor=0.5), y), OfLoss(nn.MeanSquaredError(), y)
    return [
        examined("MeanSquaredError, mean", sums, smooth(rng, 3, 4), rng, f"{square}/12", given, extra={"Y": y}),
        examined("MeanSquaredError, ½, sum", halves, smooth(rng, 3, 4), rng, f"{square}/2", given, extra={"Y": y}),
        gaussian(rng),
    ]


def gaussian(rng: np.random.Generator) -> Case:
    y, x = smooth(rng, 3, 4), np.concatenate([smooth(rng, 3, 4), 1 + smooth(rng, 3, 4) ** 2], axis=1)
    formula = "G[1]*sum(log(2*pi*V)/2 + (Y - M).^2./(2*V))/12"
    given = "M: matrix(3, 4); V: matrix(3, 4) positive; Y: matrix(3, 4); G: vector(1)"
    case = examined("GaussianNLL", OfGaussian(nn.GaussianNLL(), y), x, rng, formula, given)
    parts: Callable[[Array], dict[str, Array]] = lambda both: {"M": both[:, :4], "V": both[:, 4:]}  # noqa: E731
    return case._replace(point={**parts(x), "Y": y, "G": case.g}, claims=parts(case.claims["X"]))


def penalties(rng: np.random.Generator) -> list[Case]:
    given = "X: matrix(3, 4); G: vector(1)"
    return [
        examined("L2 penalty", OfPenalty(nn.L2(0.3)), smooth(rng, 3, 4), rng, "G[1]*0.3/2*norm2(X)^2", given),
        examined("L1 penalty", OfPenalty(nn.L1(0.3)), smooth(rng, 3, 4), rng, "G[1]*0.3*sum(abs(X))", given),
    ]
