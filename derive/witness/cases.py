"""Every layer and loss with its formula, at small sizes, all of them different.

One idea: the formulas are written from the notes and the papers, not from the code: what a layer computes has to be what is stated here.
Entries keep away from the kinks of ReLU, max and their kin, where there is no derivative to compare.
"""

from __future__ import annotations

import numpy as np

from derive import nn
from derive.nn.expect import Array
from derive.witness.case import Case, examined

ROWS = "X: matrix(3, 4); G: matrix(3, {}); "


def smooth(rng: np.random.Generator, *shape: int) -> Array:
    """Distinct numbers between -2 and 2, none closer than 0.02 to zero, no two closer than that to each other."""
    count = int(np.prod(shape))
    grid = (rng.permutation(2 * count)[:count] + 0.5) / (2 * count)  # of [0, 1], at least 1/(2·count) apart
    return np.asarray((4 * grid - 2).reshape(shape))


def cases(rng: np.random.Generator) -> list[Case]:
    """All cases, drawn from this generator."""
    return [*dense(rng), *activations(rng), *probabilities(rng), *normalisations(rng)]


def dense(rng: np.random.Generator) -> list[Case]:
    rows, columns = nn.Dense(4, 2, rng=rng), nn.Dense(3, 2, convention="columns", rng=rng)
    dropout = nn.Dropout(0.4, rng=rng)
    x = smooth(rng, 3, 4)
    for layer in (rows, columns):
        layer.parameters[1].value = smooth(rng, 2)
    dropped = examined("Dropout", dropout, x, rng, "sum(G.*M.*X)/(1 - 0.4)", ROWS.format(4) + "M: matrix(3, 4)")
    mask = np.asarray(np.asarray(dropout.mask) * 0.6)
    return [
        examined("Dense, rows", rows, x, rng, "sum(G.*(X*W + ones(3)*b'))", ROWS.format(2) + "W: matrix(4, 2); b: vector(2)", names=("W", "b")),
        examined("Dense, columns", columns, x, rng, "sum(G.*(W*X + b*ones(4)'))", "X: matrix(3, 4); G: matrix(2, 4); W: matrix(2, 3); b: vector(2)", names=("W", "b")),
        dropped._replace(point={**dropped.point, "M": mask}, layer=Frozen(dropout)),
    ]  # fmt: skip


class Frozen(nn.Layer):
    """A dropout layer that goes on with the mask that it drew: differences need a function."""

    def __init__(self, dropout: nn.Dropout) -> None:
        super().__init__()
        self.mask = np.asarray(dropout.mask)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def value(self, x: Array) -> Array:
        return np.asarray(x * self.mask)

    def pullback(self, g: Array) -> Array:
        return np.asarray(g * self.mask)


def activations(rng: np.random.Generator) -> list[Case]:
    tanh = "(1 + tanh(sqrt(2/pi)*(X + 0.044715*X.^3)))"
    stated: list[tuple[str, nn.Layer, str]] = [
        ("ReLU", nn.ReLU(), "relu(X)"),
        ("LeakyReLU, α = 0.3", nn.LeakyReLU(0.3), "leaky_relu(X, 0.3)"),
        ("ELU, α = 1.7", nn.ELU(1.7), "elu(X, 1.7)"),
        ("ELU, α = −2, λ = 1.05", nn.ELU(-2.0, 1.05), "(1.05*elu(X, -2))"),
        ("GELU", nn.GELU(), f"X.*{tanh}/2"),
        ("Swish, β = 1.3", nn.Swish(1.3), "X.*sigmoid(1.3*X)"),
        ("Mish", nn.Mish(), "X.*tanh(softplus(X))"),
        ("Sigmoid", nn.Sigmoid(), "sigmoid(X)"),
        ("Tanh", nn.Tanh(), "tanh(X)"),
        ("Softplus", nn.Softplus(), "log(1 + exp(X))"),
    ]
    found = [
        examined(name, layer, smooth(rng, 3, 4), rng, f"sum(G.*{formula})", ROWS.format(4))
        for name, layer, formula in stated
    ]
    learned = nn.Swish(0.8, features=4)
    learned.parameters[0].value = smooth(rng, 4)
    formula = "sum(G.*X.*sigmoid((ones(3)*beta').*X))"
    return [*found, examined("Swish, learned β", learned, smooth(rng, 3, 4), rng, formula, ROWS.format(4) + "beta: vector(4)", names=("beta",))]  # fmt: skip


def probabilities(rng: np.random.Generator) -> list[Case]:
    given, x = ROWS.format(4), smooth(rng, 3, 4)
    return [
        examined("Softmax, temperature", nn.Softmax(0.7), x, rng, "sum(G.*softmax(X/0.7))", given),
        examined("LogSoftmax", nn.LogSoftmax(), x, rng, "sum(G.*(X - lse(X)*ones(4)'))", given),
    ]


def normalisations(rng: np.random.Generator) -> list[Case]:
    scaled = "gamma: vector({0}); beta: vector({0})"
    batch, running, layer = nn.BatchNorm(4, eps=0.01), nn.BatchNorm(4, eps=0.01), nn.LayerNorm(4, eps=0.01)
    response = nn.LocalResponseNorm(3, alpha=0.6, beta=0.75, k=2.0)
    for norm in (batch, running, layer):
        norm.parameters[0].value, norm.parameters[1].value = smooth(rng, 4), smooth(rng, 4)
    running.running_mean[...], running.running_variance[...] = smooth(rng, 4), 1 + smooth(rng, 4) ** 2
    running.evaluate()
    x, names, given = smooth(rng, 3, 4), ("gamma", "beta"), ROWS.format(4) + scaled.format(4)
    window = np.asarray(np.abs(np.subtract.outer(np.arange(4), np.arange(4))) <= 1, float)
    moments = {"mu": running.running_mean, "v": running.running_variance}
    return [
        examined("BatchNorm, training", batch, x, rng, "sum(G.*(ones(3)*gamma'.*batchnorm(X, 0.01) + ones(3)*beta'))", given, names=names),
        examined("BatchNorm, in use", running, x, rng, "sum(G.*(ones(3)*(gamma./sqrt(v + vector(0.01)))'.*(X - ones(3)*mu') + ones(3)*beta'))", given + "; mu: vector(4); v: vector(4) positive", names=names, extra=moments),
        examined("LayerNorm", layer, x, rng, "sum(G.*(ones(3)*gamma'.*layernorm(X, 0.01) + ones(3)*beta'))", given, names=names),
        examined("LocalResponseNorm", response, x, rng, "sum(G.*X./(matrix(2) + 0.2*(X.*X)*B).^0.75)", ROWS.format(4) + "B: matrix(4, 4)", extra={"B": window}),
    ]  # fmt: skip
