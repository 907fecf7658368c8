"""The entries of the catalogue that are rules of layers, losses and optimisers, against the hand-written NumPy of `derive.nn`.

One idea: each check has the name of its entry, and returns what the layer computes and what the right side of the entry says, at random values. The prover and the
differences judge the same entries elsewhere; these are a third witness, which knows neither.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import derive
from derive import nn

Array = np.ndarray
Pair = tuple[object, object]
CHECKS: dict[str, Callable[[np.random.Generator], Pair]] = {}


def check(function: Callable[[np.random.Generator], Pair]) -> Callable[[np.random.Generator], Pair]:
    CHECKS[function.__name__.replace("_", "-")] = function
    return function


def dense(rng: np.random.Generator, columns: bool = False) -> tuple[nn.Dense, Array, Array, Array]:
    """A layer that has seen a batch, its input, its cotangent, and the gradient by the input."""
    layer = nn.Dense(4, 3, convention="columns" if columns else "rows", rng=rng)
    x, g = (rng.normal(size=s[::-1] if columns else s) for s in ((5, 4), (5, 3)))
    layer.forward(x)
    return layer, x, g, layer.backward(g)


# Dense layers; in columns one sample is a column.


@check
def weight_gradient_of_a_linear_layer(rng: np.random.Generator) -> Pair:
    layer = nn.Dense(4, 3, convention="columns", rng=rng)
    x, g = rng.normal(size=(4, 1)), rng.normal(size=(3, 1))
    layer.forward(x)
    layer.backward(g)
    return layer.weight.gradient, g @ x.T


@check
def input_gradient_of_a_linear_layer(rng: np.random.Generator) -> Pair:
    layer, _, g, by_input = dense(rng, columns=True)
    return by_input, layer.weight.value.T @ g


@check
def bias_gradient_of_a_linear_layer(rng: np.random.Generator) -> Pair:
    layer, _, g, _ = dense(rng, columns=True)
    assert layer.bias is not None
    return layer.bias.gradient, g @ np.ones(5)


@check
def weight_gradient_in_row_convention(rng: np.random.Generator) -> Pair:
    layer, x, g, _ = dense(rng)
    return layer.weight.gradient, x.T @ g


@check
def input_gradient_in_row_convention(rng: np.random.Generator) -> Pair:
    layer, _, g, by_input = dense(rng)
    return by_input, g @ layer.weight.value.T


@check
def bias_gradient_in_row_convention(rng: np.random.Generator) -> Pair:
    layer, _, g, _ = dense(rng)
    assert layer.bias is not None
    return layer.bias.gradient, g.T @ np.ones(5)


@check
def jacobian_of_a_two_layer_network(rng: np.random.Generator) -> Pair:
    one, two = nn.Dense(4, 3, rng=rng), nn.Dense(3, 2, rng=rng)
    net, x = nn.Sequential(one, nn.Tanh(), two), rng.normal(size=(1, 4))
    net.forward(x)
    found = np.concatenate([net.backward(row[None]) for row in np.eye(2)])
    slope = 1 - np.tanh(one.forward(x)[0]) ** 2
    return found, two.weight.value.T @ np.diag(slope) @ one.weight.value.T


# Activations.


def slope(layer: nn.Layer, rng: np.random.Generator) -> tuple[Array, Array]:
    """What goes back through an activation for a cotangent of ones, and where."""
    x = rng.normal(size=(4, 5))
    layer.forward(x)
    return layer.backward(np.ones_like(x)), x


def sigma(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@check
def gradient_through_an_activation(rng: np.random.Generator) -> Pair:
    x, g = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))
    layer = nn.Tanh()
    layer.forward(x)
    return layer.backward(g), g * (1 - np.tanh(x) ** 2)


@check
def derivative_of_the_logistic_function(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.Sigmoid(), rng)
    return found, sigma(x) * (1 - sigma(x))


@check
def derivative_of_the_hyperbolic_tangent(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.Tanh(), rng)
    return found, 1 - np.tanh(x) ** 2


@check
def jacobian_of_the_rectifier(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.ReLU(), rng)
    return found, np.where(x > 0, 1.0, 0.0)


@check
def derivative_of_softplus(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.Softplus(), rng)
    return found, sigma(x)


@check
def derivative_of_swish(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.Swish(), rng)
    return found, sigma(x) + x * sigma(x) * (1 - sigma(x))


@check
def derivative_of_mish(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.Mish(), rng)
    t = np.tanh(np.log1p(np.exp(x)))
    return found, t + x * sigma(x) * (1 - t**2)


@check
def derivative_of_elu(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.ELU(), rng)
    return found, np.where(x > 0, 1.0, np.exp(x))


@check
def derivative_of_the_leaky_rectifier(rng: np.random.Generator) -> Pair:
    found, x = slope(nn.LeakyReLU(0.07), rng)
    return found, np.where(x > 0, 1.0, 0.07)


# Softmax and losses.


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max())
    return e / e.sum()


def pulled(layer: nn.Layer, z: Array) -> Array:
    """The Jacobian of a layer at one row, a row for each output."""
    layer.forward(z[None])
    return np.concatenate([layer.backward(row[None]) for row in np.eye(len(z))])


@check
def jacobian_of_softmax(rng: np.random.Generator) -> Pair:
    z = rng.normal(size=5)
    s = softmax(z)
    return pulled(nn.Softmax(), z), np.diag(s) - np.outer(s, s)


@check
def jacobian_of_log_softmax(rng: np.random.Generator) -> Pair:
    z = rng.normal(size=5)
    return pulled(nn.LogSoftmax(), z), np.eye(5) - np.outer(np.ones(5), softmax(z))


@check
def cross_entropy_from_scores(rng: np.random.Generator) -> Pair:
    z, y = rng.normal(size=5), softmax(rng.normal(size=5))
    return nn.CrossEntropy().forward(z[None], y[None]), np.log(np.exp(z).sum()) - y @ z


@check
def gradient_of_the_cross_entropy_by_the_scores(rng: np.random.Generator) -> Pair:
    z, y = rng.normal(size=5), softmax(rng.normal(size=5))
    loss = nn.CrossEntropy()
    loss.forward(z[None], y[None])
    return loss.backward()[0], softmax(z) - y


@check
def gaussian_negative_log_likelihood_is_mean_squared_error(rng: np.random.Generator) -> Pair:
    m, y, v = rng.normal(size=(6, 1)), rng.normal(size=(6, 1)), 0.7
    found = nn.GaussianNLL("sum").forward(m, y, np.full((6, 1), v))
    return found, 3 * np.log(2 * np.pi * v) + np.sum((y - m) ** 2) / (2 * v)


@check
def gradient_of_the_squared_error(rng: np.random.Generator) -> Pair:
    layer, x, y = nn.Dense(4, 1, bias=False, rng=rng), rng.normal(size=(6, 4)), rng.normal(size=(6, 1))
    loss = nn.MeanSquaredError("sum")
    loss.forward(layer.forward(x), y)
    layer.backward(loss.backward())
    return layer.weight.gradient, 2 * x.T @ (x @ layer.weight.value - y)


@check
def weight_decay_gradient(rng: np.random.Generator) -> Pair:
    layer = nn.Dense(4, 3, rng=rng)
    layer.weight.gradient[...] = 0
    before = layer.weight.value.copy()
    nn.SGD([layer.weight], rate=1.0, weight_decay=0.3).step()
    return before - layer.weight.value, 0.3 * before


# Convolution.


def convolved(rng: np.random.Generator) -> tuple[nn.Conv2d, Array, Array, Array]:
    layer = nn.Conv2d(1, 1, (2, 3), bias=False, rng=rng)
    x, v = rng.normal(size=(5, 6)), rng.normal(size=(4, 4))
    layer.forward(x[None, None])
    return layer, x, v, layer.backward(v[None, None])[0, 0]


def correlated(x: Array, k: Array) -> Array:
    rows, columns = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    return np.array(
        [[np.sum(x[i : i + k.shape[0], j : j + k.shape[1]] * k) for j in range(columns)] for i in range(rows)]
    )


@check
def convolution_layer_in_two_dimensions_by_entries(rng: np.random.Generator) -> Pair:
    layer, x, _, _ = convolved(rng)
    return layer.forward(x[None, None])[0, 0], correlated(x, layer.parameters[0].value[0, 0])


@check
def kernel_gradient_of_a_convolution_in_two_dimensions(rng: np.random.Generator) -> Pair:
    layer, x, v, _ = convolved(rng)
    return layer.parameters[0].gradient[0, 0], correlated(x, v)


@check
def input_gradient_of_a_convolution_in_two_dimensions(rng: np.random.Generator) -> Pair:
    layer, _, v, by_input = convolved(rng)
    kernel = layer.parameters[0].value[0, 0]
    return by_input, correlated(np.pad(v, ((1, 1), (2, 2))), kernel[::-1, ::-1])


@check
def transposed_convolution_is_the_adjoint(rng: np.random.Generator) -> Pair:
    layer, x, v, by_input = convolved(rng)
    return np.sum(layer.forward(x[None, None])[0, 0] * v), np.sum(x * by_input)


@check
def pointwise_convolution_is_a_matrix_product(rng: np.random.Generator) -> Pair:
    layer, x = nn.Conv2d(3, 2, 1, bias=False, rng=rng), rng.normal(size=(1, 3, 4, 5))
    w = layer.parameters[0].value[:, :, 0, 0]
    return layer.forward(x)[0].reshape(2, -1), w @ x[0].reshape(3, -1)


@check
def average_pooling_of_pairs(rng: np.random.Generator) -> Pair:
    x = rng.normal(size=(1, 1, 1, 8))
    return nn.AvgPool((1, 2)).forward(x)[0, 0, 0], (x[0, 0, 0, ::2] + x[0, 0, 0, 1::2]) / 2


@check
def maximum_pooling_example(rng: np.random.Generator) -> Pair:
    return nn.MaxPool(2, stride=1).forward(np.arange(9.0).reshape(1, 1, 3, 3))[0, 0], [[4, 5], [7, 8]]


# Normalisation, residual blocks, dropout.


@check
def gradient_through_normalisation(rng: np.random.Generator) -> Pair:
    x, g = rng.normal(size=(1, 6)), rng.normal(size=6)
    layer = nn.LayerNorm(6, eps=1e-12)
    layer.forward(x)
    found = layer.backward(g[None])[0]
    s = np.sqrt(x[0].var())
    h = (x[0] - x[0].mean()) / s
    return found, (g - g.mean() - h * np.mean(g * h)) / s


@check
def layer_normalisation_does_not_see_shifts(rng: np.random.Generator) -> Pair:
    x, layer = rng.normal(size=(2, 6)), nn.LayerNorm(6)
    return layer.forward(x + 7.5), layer.forward(x)


@check
def batch_normalisation_does_not_see_shifts(rng: np.random.Generator) -> Pair:
    x = rng.normal(size=(9, 3))
    return nn.BatchNorm(3).forward(x + np.array([1.0, -4.0, 2.0])), nn.BatchNorm(3).forward(x)


@check
def jacobian_of_a_residual_block(rng: np.random.Generator) -> Pair:
    inner = nn.Dense(4, 4, rng=rng)
    block, x = nn.Residual(nn.Sequential(inner, nn.Tanh())), rng.normal(size=4)
    slopes = 1 - np.tanh(inner.forward(x[None])[0]) ** 2
    return pulled(block, x), np.eye(4) + np.diag(slopes) @ inner.weight.value.T


@check
def residual_block_with_zero_weights(rng: np.random.Generator) -> Pair:
    inner, x = nn.Dense(4, 4, rng=rng), rng.normal(size=(3, 4))
    inner.weight.value[...] = 0
    return nn.Residual(nn.Sequential(inner, nn.ReLU())).forward(x), x


@check
def dropout_keeps_the_mean(rng: np.random.Generator) -> Pair:
    x = np.full((200_000, 1), 3.0)
    return np.round(nn.Dropout(0.3, rng=rng).forward(x).mean(), 1), 3.0


# Optimisers: one parameter, a few steps.


def walked(make: Callable[[list[nn.Parameter]], nn.Optimiser], gradients: list[Array], start: Array) -> Array:
    parameter = nn.Parameter("w", start.shape, np.dtype(float), decays=True)
    parameter.value[...] = start
    optimiser = make([parameter])
    for g in gradients:
        parameter.gradient[...] = g
        optimiser.step()
    return parameter.value


@check
def gradient_step_on_a_quadratic_contracts(rng: np.random.Generator) -> Pair:
    A, w, s = np.diag([1.0, 2.0, 3.0]), rng.normal(size=3), rng.normal(size=3)
    found = walked(lambda p: nn.SGD(p, 0.1), [A @ (w - s)], w)
    return found - s, (np.eye(3) - 0.1 * A) @ (w - s)


@check
def weight_decay_step(rng: np.random.Generator) -> Pair:
    w, g = rng.normal(size=3), rng.normal(size=3)
    return walked(lambda p: nn.SGD(p, 0.1, weight_decay=0.5), [g], w), (1 - 0.1 * 0.5) * w - 0.1 * g


@check
def momentum_after_two_steps(rng: np.random.Generator) -> Pair:
    w, g, h = rng.normal(size=3), rng.normal(size=3), rng.normal(size=3)
    return walked(lambda p: nn.Momentum(p, 0.1, 0.9), [g, h], w), w - 0.1 * g - 0.1 * (0.9 * g + h)


@check
def adagrad_step_under_a_constant_gradient(rng: np.random.Generator) -> Pair:
    w, g = rng.normal(size=3), rng.normal(size=3)
    steps = [walked(lambda p: nn.Adagrad(p, 0.1, eps=1e-16), [g] * k, w) for k in (3, 4)]
    return steps[1] - steps[0], -0.1 * g / np.sqrt(4 * g**2)


@check
def bias_corrections_in_the_step_size(rng: np.random.Generator) -> Pair:
    w, g = rng.normal(size=3), rng.normal(size=3)
    found = walked(lambda p: nn.Adam(p, 0.1, eps=1e-16), [g, g], w)
    return found, w - 2 * 0.1 * np.sign(g)


@pytest.mark.parametrize("name", CHECKS)
def test_an_entry_against_the_networks(name: str) -> None:
    for seed in range(3):
        found, expected = CHECKS[name](np.random.default_rng(seed))
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9, err_msg=name)


def test_every_check_has_an_entry() -> None:
    assert not set(CHECKS) - {entry.name for entry in derive.identities.entries()}
    assert len(CHECKS) >= 40
