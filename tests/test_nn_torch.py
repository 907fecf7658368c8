"""derive.nn against PyTorch, where it is installed: values and all gradients, random cotangents, random configurations.

One idea: twenty and more random configurations of every layer, with distinct sizes, in float64 to 1e-10 and in float32 to 1e-4.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from derive import nn
from derive.nn import architectures
from derive.nn.layer import Layer
from derive.witness import peers
from derive.witness.losses import OfGaussian, OfLoss, OfPenalty

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # several at these sizes only wait for one another

Draw = Callable[[np.random.Generator, type], tuple[Layer, tuple[int, ...]]]
COUNT = 25


def pick(rng: np.random.Generator, low: int, high: int, count: int) -> tuple[int, ...]:
    """Distinct numbers from low to high, as long as there are enough."""
    return tuple(int(v) for v in rng.choice(np.arange(low, high + 1), count, replace=count > high - low + 1))


def convolution(kind: type, axes: int) -> Draw:
    def draw(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
        groups = int(rng.integers(1, 4))
        inside, outside = pick(rng, 1, 4, 2)
        kernel, dilation = pick(rng, 1, 4, axes), pick(rng, 1, 3, axes)
        stride = pick(rng, 1, 3, axes) if rng.random() < 0.6 else (1,) * axes
        padding = pick(rng, 0, 4, axes)
        extra = {}
        if kind is nn.ConvTranspose2d:
            padding = tuple(min(p, d * (k - 1)) for p, d, k in zip(padding, dilation, kernel, strict=True))
            extra = {"output_padding": tuple(int(rng.integers(0, s)) for s in stride)}
        layer = kind(
            groups * inside, groups * outside, kernel,
            stride=stride, padding=padding, dilation=dilation, groups=groups, bias=rng.random() < 0.8, dtype=dtype, rng=rng, **extra,
        )  # fmt: skip
        over = [d * (k - 1) - 2 * p for d, k, p in zip(dilation, kernel, padding, strict=True)]
        least = [1 + max(0, -o if extra else o) for o in over]  # below this there is no output
        sizes = tuple(a + more for a, more in zip(least, pick(rng, 0, 7, axes), strict=True))
        return layer, (int(rng.integers(1, 5)), groups * inside, *sizes)

    return draw


def pooling(kind: type) -> Draw:
    def draw(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
        axes = int(rng.integers(1, 4))
        kernel, stride = pick(rng, 1, 4, axes), pick(rng, 1, 4, axes)
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        counted = {"count_padding": bool(rng.random() < 0.5)} if kind is nn.AvgPool else {}
        sizes = tuple(k + more for k, more in zip(kernel, pick(rng, 0, 7, axes), strict=True))
        return kind(kernel, stride, padding, axes=axes, **counted), (*pick(rng, 1, 4, 2), *sizes)

    return draw


def dense(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    n, d, q = pick(rng, 1, 9, 3)
    columns = rng.random() < 0.5
    layer = nn.Dense(d, q, convention="columns" if columns else "rows", bias=rng.random() < 0.8, dtype=dtype, rng=rng)
    return layer, (d, n) if columns else (n, d)


def activation(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    shape = pick(rng, 1, 6, int(rng.integers(2, 5)))
    number = float(rng.uniform(0.1, 2))
    layers: list[Layer] = [
        nn.ReLU(), nn.LeakyReLU(number), nn.ELU(number), nn.ELU(-number, 1.05), nn.ELU(1.6732632423543772, 1.0507009873554805),
        nn.GELU(), nn.Swish(number), nn.Swish(number, features=shape[-1], dtype=dtype), nn.Mish(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(),
    ]  # fmt: skip
    return layers[int(rng.integers(len(layers)))], shape


def probability(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    kind = (nn.Softmax, nn.LogSoftmax)[int(rng.integers(2))]
    return kind(float(rng.uniform(0.3, 3))), pick(rng, 1, 7, int(rng.integers(2, 4)))


def batch_norm(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    n, c, *sizes = pick(rng, 2, 6, int(rng.integers(2, 6)))
    layer = nn.BatchNorm(c, eps=float(rng.uniform(1e-5, 1e-2)), dtype=dtype)
    layer.running_mean[...], layer.running_variance[...] = rng.standard_normal(c), rng.uniform(0.5, 2, c)
    return layer.train(bool(rng.random() < 0.6)), (n, c, *sizes)


def layer_norm(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    shape = pick(rng, 2, 6, int(rng.integers(2, 5)))
    return nn.LayerNorm(shape[int(rng.integers(1, len(shape))) :], eps=1e-3, dtype=dtype), shape


def response_norm(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    layer = nn.LocalResponseNorm(
        int(rng.integers(1, 7)), alpha=float(rng.uniform(0.01, 2)), beta=float(rng.uniform(0.3, 1.5)), k=float(rng.uniform(0.5, 3))
    )  # fmt: skip
    return layer, pick(rng, 1, 7, 4)


def reshaping(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    return (nn.Flatten(), nn.GlobalAvgPool())[int(rng.integers(2))], pick(rng, 1, 6, int(rng.integers(3, 6)))


def loss(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    n, k = pick(rng, 2, 7, 2)
    how = ("mean", "sum")[int(rng.integers(2))]
    smoothing = float(rng.choice([0, 0.1, 0.3]))
    y = rng.standard_normal((n, k)).astype(dtype)
    layers: list[Layer] = [
        OfLoss(nn.CrossEntropy(how, label_smoothing=smoothing), rng.integers(0, k, n)),
        OfLoss(nn.CrossEntropy(how, label_smoothing=smoothing), rng.dirichlet(np.ones(k), n).astype(dtype)),
        OfLoss(nn.MeanSquaredError(how, factor=float(rng.uniform(0.3, 2))), y),
        OfPenalty(nn.L2(0.3)),
        OfPenalty(nn.L1(0.3)),
    ]
    return layers[int(rng.integers(len(layers)))], (n, k)


def block(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    a, b, c = pick(rng, 3, 6, 3)
    stride = int(rng.integers(1, 3))
    made: list[tuple[Layer, int]] = [
        (architectures.residual_block(a, b, stride, dtype=dtype, rng=rng), a),
        (architectures.residual_block(c, c, dtype=dtype, rng=rng), c),
        (architectures.bottleneck_block(a, b, c, stride, dtype=dtype, rng=rng), a),
        (architectures.inception_block(a, b, (c, 3), (2, 4), 2, dtype=dtype, rng=rng), a),
        (architectures.vgg_block(2, a, b, dtype=dtype, rng=rng), a),
    ]
    layer, channels = made[int(rng.integers(len(made)))]
    return layer, (3, channels, *pick(rng, 5, 8, 2))


DRAWS: dict[str, Draw] = {
    "Dense": dense,
    "Conv1d": convolution(nn.Conv1d, 1),
    "Conv2d": convolution(nn.Conv2d, 2),
    "Conv3d": convolution(nn.Conv3d, 3),
    "ConvTranspose2d": convolution(nn.ConvTranspose2d, 2),
    "MaxPool": pooling(nn.MaxPool),
    "AvgPool": pooling(nn.AvgPool),
    "activations": activation,
    "softmax": probability,
    "BatchNorm": batch_norm,
    "LayerNorm": layer_norm,
    "LocalResponseNorm": response_norm,
    "Flatten, GlobalAvgPool": reshaping,
    "losses": loss,
    "blocks": block,
}


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("name", DRAWS)
def test_agrees_with_pytorch(name: str, dtype: type, bound: float) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    tried = COUNT * (4 if name in ("activations", "losses", "blocks") else 1)  # several layers share these
    for number in range(tried):
        layer, shape = DRAWS[name](rng, dtype)
        for parameter in layer.parameters:
            # γ and β that leave few channels dead before a convolution: scaling all of its weights does not change what is normalised
            # after it, so with one live input the gradient of the weights is exactly zero, and rounding is all there is to compare
            alive = name == "blocks" and parameter.name in "γβ"
            drawn = rng.uniform(0.5, 1.5, parameter.shape) if alive else rng.standard_normal(parameter.shape)
            parameter.value = drawn.astype(dtype)
        x = rng.standard_normal(shape).astype(dtype)
        g = rng.standard_normal(layer.forward(x).shape).astype(dtype)
        assert g.shape == layer.forward(x).shape
        found = peers.error(layer, x, g)
        assert found <= bound, f"{name} {number}: {layer.label}, input {shape}: relative error {found:.1e}"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gaussian_loss(dtype: type) -> None:
    rng = np.random.default_rng(5)
    for _ in range(COUNT):
        n, k = pick(rng, 1, 7, 2)
        layer = OfGaussian(
            nn.GaussianNLL(("mean", "sum")[int(rng.integers(2))]), rng.standard_normal((n, k)).astype(dtype)
        )
        x = np.concatenate([rng.standard_normal((n, k)), rng.uniform(0.3, 3, (n, k))], axis=1).astype(dtype)
        assert peers.error(layer, x, rng.standard_normal(1).astype(dtype)) <= (1e-10 if dtype is np.float64 else 1e-4)


def test_batch_norm_keeps_the_same_running_moments() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = nn.BatchNorm(3, momentum=0.3), torch.nn.BatchNorm2d(3, momentum=0.3, dtype=torch.float64)
    for _ in range(4):
        x = 2 + rng.standard_normal((5, 3, 4, 2))
        ours.forward(x)
        theirs(torch.tensor(x))
    np.testing.assert_allclose(ours.running_mean, theirs.running_mean.numpy(), rtol=1e-12)
    np.testing.assert_allclose(ours.running_variance, theirs.running_var.numpy(), rtol=1e-12)


def stepped(optimiser: nn.Optimiser, theirs: object, weight: object, rng: np.random.Generator) -> float:
    """The largest difference after some steps along the same gradients."""
    assert isinstance(weight, torch.Tensor)
    (parameter,) = optimiser.parameters
    for _ in range(12):
        g = rng.standard_normal(parameter.shape)
        optimiser.look_ahead()
        parameter.gradient = g
        optimiser.step()
        weight.grad = torch.tensor(g)
        theirs.step()  # type: ignore[attr-defined]
    return float(np.abs(parameter.value - weight.detach().numpy()).max())


@pytest.mark.parametrize("name", ["SGD", "Momentum", "Adagrad", "Adadelta", "RMSprop", "Adam"])
def test_optimisers_where_the_conventions_agree(name: str) -> None:
    """PyTorch adds ε outside the root (but for Adadelta): with ε = 0 both are the same."""
    rng = np.random.default_rng(1)
    parameter = nn.Parameter("W", (3, 4), np.dtype(np.float64), spread=1, rng=rng, decays=True)
    weight = torch.tensor(parameter.value, requires_grad=True)
    decay = {"weight_decay": 0.03}
    ours, theirs = {
        "SGD": (lambda p: nn.SGD(p, 0.1, **decay), lambda w: torch.optim.SGD(w, 0.1, **decay)),
        "Momentum": (lambda p: nn.Momentum(p, 0.1, 0.8, **decay), lambda w: torch.optim.SGD(w, 0.1, 0.8, **decay)),
        "Adagrad": (lambda p: nn.Adagrad(p, 0.1, eps=0, **decay), lambda w: torch.optim.Adagrad(w, 0.1, eps=0, **decay)),
        "Adadelta": (lambda p: nn.Adadelta(p, 0.8, **decay), lambda w: torch.optim.Adadelta(w, 1.0, 0.8, 1e-6, **decay)),
        "RMSprop": (lambda p: nn.RMSprop(p, 0.1, 0.8, eps=0, **decay), lambda w: torch.optim.RMSprop(w, 0.1, 0.8, 0, **decay)),
        "Adam": (lambda p: nn.Adam(p, 0.1, eps=0, **decay), lambda w: torch.optim.Adam(w, 0.1, eps=0, **decay)),
    }[name]  # fmt: skip
    assert stepped(ours([parameter]), theirs([weight]), weight, rng) < 1e-12
