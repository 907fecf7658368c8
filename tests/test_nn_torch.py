"""derive.nn against PyTorch, where it is installed: values and all gradients, random cotangents, random configurations.

One idea: twenty-five random configurations of every layer, loss, block and of two networks, with distinct sizes, in float64 to 1e-10 and in
float32 to 1e-4. Without PyTorch all of it is skipped; `python -m pytest -m torch` runs it alone.
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

try:
    import torch
except ModuleNotFoundError:
    torch = None  # type: ignore[assignment]
else:
    torch.set_num_threads(1)  # several at these sizes only wait for one another

pytestmark = [pytest.mark.torch, pytest.mark.skipif(torch is None, reason="PyTorch is not installed")]

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


def entrywise(make: Callable[[float, int, type], Layer]) -> Draw:
    """A layer of a random number, for inputs of a random rank; the last size is given too."""

    def draw(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
        shape = pick(rng, 1, 6, int(rng.integers(2, 5)))
        return make(float(rng.uniform(0.1, 2)), shape[-1], dtype), shape

    return draw


ACTIVATIONS: dict[str, Callable[[float, int, type], Layer]] = {
    "ReLU": lambda number, last, dtype: nn.ReLU(),
    "LeakyReLU": lambda number, last, dtype: nn.LeakyReLU(number),
    "ELU": lambda number, last, dtype: nn.ELU(number),
    "ELU, α < 0": lambda number, last, dtype: nn.ELU(-number, 1.05),
    "SELU": lambda number, last, dtype: nn.ELU(1.6732632423543772, 1.0507009873554805),
    "GELU": lambda number, last, dtype: nn.GELU(),
    "Swish": lambda number, last, dtype: nn.Swish(number),
    "Swish, learned": lambda number, last, dtype: nn.Swish(number, features=last, dtype=dtype),
    "Mish": lambda number, last, dtype: nn.Mish(),
    "Sigmoid": lambda number, last, dtype: nn.Sigmoid(),
    "Tanh": lambda number, last, dtype: nn.Tanh(),
    "Softplus": lambda number, last, dtype: nn.Softplus(),
    "Softmax": lambda number, last, dtype: nn.Softmax(0.3 + number),
    "LogSoftmax": lambda number, last, dtype: nn.LogSoftmax(0.3 + number),
    "Dropout": lambda number, last, dtype: nn.Dropout(number / 2.5, rng=last),
    "Flatten": lambda number, last, dtype: nn.Flatten(),
}


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


def global_pooling(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    return nn.GlobalAvgPool(), pick(rng, 1, 6, int(rng.integers(3, 6)))


def loss(make: Callable[[np.random.Generator, str, int, int, type], Layer]) -> Draw:
    """A loss of (n, k) with either reduction."""

    def draw(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
        n, k = pick(rng, 2, 7, 2)
        return make(rng, ("mean", "sum")[int(rng.integers(2))], n, k, dtype), (n, k)

    return draw


def cross_entropy(rng: np.random.Generator, how: str) -> nn.CrossEntropy:
    return nn.CrossEntropy(how, label_smoothing=float(rng.choice([0, 0.1, 0.3])))


LOSSES: dict[str, Callable[[np.random.Generator, str, int, int, type], Layer]] = {
    "CrossEntropy, classes": lambda rng, how, n, k, dtype: OfLoss(cross_entropy(rng, how), rng.integers(0, k, n)),
    "CrossEntropy, soft": lambda rng, how, n, k, dtype: OfLoss(cross_entropy(rng, how), rng.dirichlet(np.ones(k), n).astype(dtype)),
    "MeanSquaredError": lambda rng, how, n, k, dtype: OfLoss(
        nn.MeanSquaredError(how, factor=float(rng.uniform(0.3, 2))), rng.standard_normal((n, k)).astype(dtype)
    ),
    "L1": lambda rng, how, n, k, dtype: OfPenalty(nn.L1(float(rng.uniform(0.1, 2)))),
    "L2": lambda rng, how, n, k, dtype: OfPenalty(nn.L2(float(rng.uniform(0.1, 2)))),
}  # fmt: skip


def block(make: Callable[..., Layer]) -> Draw:
    """A block of three random channel counts and a stride, on images of distinct sizes."""

    def draw(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
        a, b, c = pick(rng, 3, 6, 3)
        layer = make(a, b, c, int(rng.integers(1, 3)), {"dtype": dtype, "rng": rng})
        return layer, (2, a, *pick(rng, 7, 10, 2))

    return draw


BLOCKS: dict[str, Callable[..., Layer]] = {
    "Residual, identity": lambda a, b, c, stride, more: architectures.residual_block(a, a, **more),
    "Residual, projection": lambda a, b, c, stride, more: architectures.residual_block(a, b, stride, **more),
    "Bottleneck": lambda a, b, c, stride, more: architectures.bottleneck_block(a, b, c, stride, **more),
    "Inception": lambda a, b, c, stride, more: architectures.inception_block(a, b, (c, 3), (2, 4), 2, **more),
    "VGG": lambda a, b, c, stride, more: architectures.vgg_block(2, a, b, **more),
}


def whole_mlp(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    n, d, h, m, k = pick(rng, 2, 9, 5)
    return architectures.mlp((d, h, m, k), dropout=0.2, dtype=dtype, rng=rng), (n, d)


def whole_cnn(rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    """Convolution, activation, overlapping pooling, convolution with stride and groups, dense, cross-entropy."""
    n, c, k, a, b = pick(rng, 2, 6, 5)
    height, width = pick(rng, 7, 11, 2)
    body = nn.Sequential(
        nn.Conv2d(c, 2 * a, (3, 2), padding=1, dtype=dtype, rng=rng), nn.GELU(), nn.MaxPool(3, 2),
        nn.Conv2d(2 * a, 2 * b, 3, stride=2, padding=(2, 1), groups=2, dtype=dtype, rng=rng), nn.ReLU(), nn.Flatten(),
    )  # fmt: skip
    (features,) = body.output_shape((c, height, width))
    head = nn.Dense(features, k, dtype=dtype, rng=rng)
    return nn.Sequential(body, head, OfLoss(nn.CrossEntropy(), rng.integers(0, k, n))), (n, c, height, width)


DRAWS: dict[str, Draw] = {
    "Dense": dense,
    "Conv1d": convolution(nn.Conv1d, 1),
    "Conv2d": convolution(nn.Conv2d, 2),
    "Conv3d": convolution(nn.Conv3d, 3),
    "ConvTranspose2d": convolution(nn.ConvTranspose2d, 2),
    "MaxPool": pooling(nn.MaxPool),
    "AvgPool": pooling(nn.AvgPool),
    "GlobalAvgPool": global_pooling,
    **{name: entrywise(make) for name, make in ACTIVATIONS.items()},
    "BatchNorm": batch_norm,
    "LayerNorm": layer_norm,
    "LocalResponseNorm": response_norm,
    **{name: loss(make) for name, make in LOSSES.items()},
    **{name: block(make) for name, make in BLOCKS.items()},
    "MLP": whole_mlp,
    "CNN": whole_cnn,
}


def drawn(name: str, rng: np.random.Generator, dtype: type) -> tuple[Layer, tuple[int, ...]]:
    """A layer with random parameters, and an input shape whose sizes are all distinct."""
    layer, shape = DRAWS[name](rng, dtype)
    while len(set(shape)) < len(shape):
        layer, shape = DRAWS[name](rng, dtype)
    for parameter in layer.parameters:
        if name == "CNN" and parameter.decays:
            continue  # as they start: logits of hundreds make softmax(z) − y a difference of equal numbers, in PyTorch too
        # γ and β that leave few channels dead before a convolution: scaling all of its weights does not change what is normalised
        # after it, so with one live input the gradient of the weights is exactly zero, and rounding is all there is to compare
        alive = name in BLOCKS and parameter.name in "γβ"
        values = rng.uniform(0.5, 1.5, parameter.shape) if alive else rng.standard_normal(parameter.shape)
        parameter.value = values.astype(dtype)
    return layer, shape


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("name", DRAWS)
def test_agrees_with_pytorch(name: str, dtype: type, bound: float) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    for number in range(COUNT):
        layer, shape = drawn(name, rng, dtype)
        x = rng.standard_normal(shape).astype(dtype)
        g = rng.standard_normal(layer.forward(x).shape).astype(dtype)
        found = peers.error(layer, x, g)
        assert found <= bound, f"{name} {number}: {layer.label}, input {shape}: relative error {found:.1e}"


def test_every_public_layer_is_drawn() -> None:
    rng = np.random.default_rng(0)
    seen = {type(part) for name in DRAWS for part in drawn(name, rng, np.float64)[0].layers()}
    public = {getattr(nn, name) for name in nn.__all__}
    layers = {c for c in public if isinstance(c, type) and issubclass(c, Layer)} - {Layer}
    assert layers <= seen


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
