"""Wrong backward passes that were shipped in real projects are not ours: a test for each that concerns these layers.

One idea: the wrong rule is written down beside the right one; at a point where they differ, ours is the right one. The cotangents are random,
because most of these mistakes cannot be seen with ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from derive import nn

Array = np.ndarray
RNG = np.random.default_rng()


@pytest.fixture(autouse=True)
def _the_same_numbers_for_every_test() -> None:
    globals()["RNG"] = np.random.default_rng(7)


def gradients(layer: nn.Layer, x: Array, g: Array) -> tuple[Array, list[Array]]:
    layer.forward(x)
    return layer.backward(g), [p.gradient for p in layer.parameters]


def distinguish(ours: Array, right: Array, wrong: Array) -> None:
    """Ours is the right one, and the point tells them apart."""
    np.testing.assert_allclose(ours, right, rtol=1e-9, atol=1e-12)
    assert wrong.shape != right.shape or np.abs(wrong - right).max() > 1e-3


def test_softmax_has_a_full_jacobian() -> None:
    x, g = RNG.standard_normal((2, 4, 5))
    s = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    distinguish(gradients(nn.Softmax(), x, g)[0], s * (g - (g * s).sum(1, keepdims=True)), g * s * (1 - s))


def test_log_softmax_for_any_cotangent() -> None:
    """exp(y) + g is right for the cotangent of the negative log-likelihood alone."""
    x, g = RNG.standard_normal((2, 4, 5))
    s = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    distinguish(gradients(nn.LogSoftmax(), x, g)[0], g - s * g.sum(1, keepdims=True), s + g)


@pytest.mark.parametrize(("reduction", "right", "wrong"), [("sum", 1, 4), ("mean", 4, 1)])
def test_cross_entropy_divides_where_it_averages(reduction: str, right: int, wrong: int) -> None:
    z, y = RNG.standard_normal((4, 5)), np.array([0, 2, 1, 4])
    loss = nn.CrossEntropy(reduction)
    loss.forward(z, y)
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True) - np.eye(5)[y]
    distinguish(loss.backward(1.7), 1.7 * p / right, 1.7 * p / wrong)


def test_batch_norm_divides_the_mean_term() -> None:
    x, g, gamma = RNG.standard_normal((6, 3)), RNG.standard_normal((6, 3)), RNG.standard_normal(3)
    layer = nn.BatchNorm(3)
    layer.gamma.value = gamma
    centred, inverse = x - x.mean(0), 1 / np.sqrt(x.var(0) + layer.eps)
    scaled = g * gamma
    by_variance = (scaled * centred).sum(0) * -0.5 * inverse**3
    sound = scaled * inverse + centred * by_variance * 2 / 6
    mean_term = (scaled * inverse).sum(0)
    distinguish(gradients(layer, x, g)[0], sound - mean_term / 6, sound - mean_term)


def test_layer_norm_of_rank_three() -> None:
    x, g = RNG.standard_normal((2, 2, 3, 4))

    def rule(g: Array, x: Array) -> Array:
        r = 1 / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        h = (x - x.mean(-1, keepdims=True)) * r
        return r * (g - g.mean(-1, keepdims=True) - h * (g * h).mean(-1, keepdims=True))

    distinguish(
        gradients(nn.LayerNorm(4), x, g)[0], rule(g, x), rule(g.reshape(2, -1), x.reshape(2, -1)).reshape(x.shape)
    )


def test_gelu_differentiates_its_own_form() -> None:
    """Forward in one approximation and backward in another."""
    x, g = 2 * RNG.standard_normal((2, 4, 5))
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    s = 1 / (1 + np.exp(-1.702 * x))
    right = g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x))
    distinguish(gradients(nn.GELU(), x, g)[0], right, g * (s + 1.702 * x * s * (1 - s)))
    h = 1e-6
    np.testing.assert_allclose(right, g * (nn.GELU()(x + h) - nn.GELU()(x - h)) / (2 * h), rtol=1e-6, atol=1e-8)


def test_elu_looks_at_the_input() -> None:
    """With a negative α the sign of the output says nothing."""
    x, g, alpha = RNG.standard_normal((4, 5)), RNG.standard_normal((4, 5)), -2.0
    y = nn.ELU(alpha).forward(x)
    distinguish(
        gradients(nn.ELU(alpha), x, g)[0], g * np.where(x > 0, 1, alpha * np.exp(x)), g * np.where(y > 0, 1, y + alpha)
    )


def test_selu_scales_once() -> None:
    a, s = 1.6732632423543772, 1.0507009873554805
    x, g = RNG.standard_normal((2, 4, 5))
    y = nn.ELU(a, s).forward(x)
    distinguish(
        gradients(nn.ELU(a, s), x, g)[0], g * np.where(x > 0, s, y + s * a), g * np.where(x > 0, s, s * (y + a))
    )


def test_leaky_relu_uses_its_slope() -> None:
    x, g = RNG.standard_normal((2, 4, 5))
    distinguish(gradients(nn.LeakyReLU(0.3), x, g)[0], g * np.where(x > 0, 1, 0.3), g * np.where(x > 0, 1, 0.01))


def test_swish_has_a_gradient_for_every_beta() -> None:
    x, g, beta = RNG.standard_normal((3, 2)), RNG.standard_normal((3, 2)), np.array([0.7, -1.2])
    layer = nn.Swish(features=2)
    layer.parameters[0].value = beta
    s = 1 / (1 + np.exp(-beta * x))
    part = g * x * x * s * (1 - s)
    distinguish(gradients(layer, x, g)[1][0], part.sum(0), part.sum())


def test_dropout_applies_its_mask_backwards() -> None:
    layer, x, g = nn.Dropout(0.4, rng=0), RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
    dx, _ = gradients(layer, x, g)
    distinguish(dx, g * np.asarray(layer.mask), g / 0.6)


def test_dropout_does_not_recover_its_mask_from_the_output() -> None:
    layer, g = nn.Dropout(0.5, rng=0), RNG.standard_normal((5, 8))
    x = np.zeros((5, 8))  # after a ReLU, say: out/in says nothing
    dx, _ = gradients(layer, x, g)
    distinguish(dx, g * np.asarray(layer.mask), g)


def test_overlapping_max_pooling_accumulates() -> None:
    x, g = RNG.permutation(49).reshape(1, 1, 7, 7) / 10.0, RNG.standard_normal((1, 1, 3, 3))
    x[0, 0, 2, 2] = 9.0  # the largest of four windows
    right, wrong = np.zeros((7, 7)), np.zeros((7, 7))
    for i, j in np.ndindex(3, 3):
        window = x[0, 0, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        a, b = np.unravel_index(window.argmax(), (3, 3))
        right[2 * i + a, 2 * j + b] += g[0, 0, i, j]
        wrong[2 * i + a, 2 * j + b] = g[0, 0, i, j]
    distinguish(gradients(nn.MaxPool(3, 2), x, g)[0][0, 0], right, wrong)


def test_the_runner_up_gets_nothing() -> None:
    x, g = np.array([[[0.1, 0.9, 0.895, -1.0, 2.0, 0.3]]]), np.array([[[1.3, -0.7]]])
    right = np.array([[[0, 1.3, 0, 0, -0.7, 0]]])
    distinguish(gradients(nn.MaxPool(3, axes=1), x, g)[0], right, np.array([[[0, 1.3, 1.3, 0, -0.7, 0]]]))


def test_a_tie_gives_to_one_entry() -> None:
    dx, _ = gradients(nn.MaxPool(2), np.ones((1, 1, 2, 2)), np.full((1, 1, 1, 1), 3.0))
    np.testing.assert_array_equal(dx[0, 0], [[3, 0], [0, 0]])


def test_average_pooling_minds_its_padding() -> None:
    x, g = RNG.standard_normal((1, 1, 7)), RNG.standard_normal((1, 1, 4))

    def rule(offset: int) -> Array:
        return np.array(
            [[[sum(g[0, 0, i] / 3 for i in range(4) if 2 * i <= w + offset < 2 * i + 3) for w in range(7)]]]
        )

    distinguish(gradients(nn.AvgPool(3, 2, 1, axes=1), x, g)[0], rule(1), rule(0))


def convolved(x: Array, g: Array, w: Array, step: int) -> tuple[Array, Array]:
    """dx and dw of a 3×3 convolution, with windows that start every `step` places."""
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for n, o, i, j in np.ndindex(*g.shape):
        window = (n, slice(None), slice(i * step, i * step + 3), slice(j * step, j * step + 3))
        dx[window] += w[o] * g[n, o, i, j]
        dw[o] += x[window] * g[n, o, i, j]
    return dx, dw


def test_convolution_backwards_minds_its_stride() -> None:
    layer = nn.Conv2d(2, 3, 3, stride=2, rng=0)
    x, g = RNG.standard_normal((2, 2, 7, 9)), RNG.standard_normal((2, 3, 3, 4))
    dx, (dw, db) = gradients(layer, x, g)
    for ours, right, wrong in zip(
        (dx, dw), convolved(x, g, layer.weight.value, 2), convolved(x, g, layer.weight.value, 1), strict=True
    ):
        distinguish(ours, right, wrong)
    np.testing.assert_allclose(db, g.sum((0, 2, 3)))


def test_convolution_does_not_take_the_height_for_the_width() -> None:
    """A square image would not show it."""
    layer = nn.Conv2d(1, 1, 3, rng=0)
    x, g = RNG.standard_normal((1, 1, 4, 6)), RNG.standard_normal((1, 1, 2, 4))
    dx, _ = gradients(layer, x, g)
    distinguish(dx, convolved(x, g, layer.weight.value, 1)[0], np.zeros((1, 1, 4, 8)))


def test_transposed_convolution_does_not_exchange_stride_and_dilation() -> None:
    layer = nn.ConvTranspose2d(1, 1, (1, 4), stride=(1, 2), bias=False, rng=0)
    x = RNG.standard_normal((1, 1, 1, 4))
    g = RNG.standard_normal((1, 1, 1, 10))

    def rule(stride: int, dilation: int) -> Array:
        return np.array(
            [sum(g[0, 0, 0, i * stride + k * dilation] * x[0, 0, 0, i] for i in range(4)) for k in range(4)]
        )

    distinguish(gradients(layer, x, g)[1][0][0, 0, 0], rule(2, 1), rule(1, 2))


LINEAR: list[tuple[Callable[[], nn.Layer], tuple[int, ...]]] = [
    (lambda: nn.Dense(4, 3, rng=0), (5, 4)),
    (lambda: nn.Conv2d(2, 3, 3, rng=0), (2, 2, 5, 4)),
    (lambda: nn.BatchNorm(4), (5, 4)),
    (lambda: nn.Swish(features=4), (5, 4)),
]


@pytest.mark.parametrize(("make", "shape"), LINEAR)
def test_every_gradient_uses_the_cotangent(make: Callable[[], nn.Layer], shape: tuple[int, ...]) -> None:
    """A backward pass that forgets it is right for ones: ours is linear in it."""
    layer, x = make(), RNG.standard_normal(shape)
    g, h = RNG.standard_normal((2, *layer.forward(x).shape))
    first, second, both = ([d, *p] for d, p in (gradients(layer, x, c) for c in (g, h, 2 * g - 3 * h)))
    for a, b, c in zip(first, second, both, strict=True):
        np.testing.assert_allclose(c, 2 * a - 3 * b, rtol=1e-9, atol=1e-10)


def test_a_shared_input_gets_both_contributions() -> None:
    """y = 3x; 2y + tanh(y) beside it: both branches reach x."""
    inner = nn.Residual(nn.Tanh())
    x, g = RNG.standard_normal((2, 4)), RNG.standard_normal((2, 4))
    slope = 1 - np.tanh(x) ** 2
    distinguish(gradients(inner, x, g)[0], g * (slope + 1), g * slope)
    branches = nn.Branches(nn.Tanh(), nn.Sigmoid())
    wide = RNG.standard_normal((2, 8))
    s = 1 / (1 + np.exp(-x))
    distinguish(gradients(branches, x, wide)[0], wide[:, :4] * slope + wide[:, 4:] * s * (1 - s), wide[:, :4] * slope)


def test_the_gaussian_loss_has_the_right_sign_by_the_variance() -> None:
    m, y, v = RNG.standard_normal((3, 2)), RNG.standard_normal((3, 2)), RNG.uniform(0.3, 3, (3, 2))
    loss = nn.GaussianNLL("sum")
    loss.forward(m, y, v)
    by_mean, by_variance = loss.backward(1.3)
    right = 1.3 * 0.5 * (1 / v - ((y - m) / v) ** 2)
    distinguish(by_variance, right, -right)
    np.testing.assert_allclose(by_mean, 1.3 * (m - y) / v)
