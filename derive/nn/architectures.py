"""The networks and blocks of the notes: an MLP, a small CNN, AlexNet, VGG, Inception and ResNet blocks.

One idea: a block is a function from channel counts to a layer; parameters are allocated when they are used, so `vgg16().summary((3, 224, 224))`
costs nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from derive.nn.activations import ReLU
from derive.nn.blocks import Branches, Residual, Sequential
from derive.nn.convolution import Conv2d
from derive.nn.dense import Dense, Flatten
from derive.nn.dropout import Dropout
from derive.nn.layer import Layer
from derive.nn.normalization import BatchNorm, LocalResponseNorm
from derive.nn.parameter import stream
from derive.nn.pooling import GlobalAvgPool, MaxPool

Random = np.random.Generator | int | None


def mlp(sizes: Sequence[int], *, dropout: float = 0.0, dtype: DTypeLike = np.float64, rng: Random = None) -> Sequential:
    """Dense layers of these sizes with ReLU between, dropout after each: relu(x W₁ + b₁) W₂ + b₂ for three sizes."""
    random = stream(rng)
    parts: list[Layer] = [Flatten()]
    for d, q in itertools.pairwise(sizes):
        parts += [Dense(d, q, dtype=dtype, rng=random), ReLU(), *([Dropout(dropout, rng=random)] if dropout else [])]
    while not isinstance(parts[-1], Dense):
        parts.pop()  # no activation after the logits
    return Sequential(*parts, name="MLP")


def small_cnn(*, dtype: DTypeLike = np.float64, rng: Random = None) -> Sequential:
    """For images (1, 8, 8) in ten classes: two convolutions, pooling, one more, and a dense head."""
    random = stream(rng)
    return Sequential(
        *conv_norm(1, 16, 3, padding=1, dtype=dtype, rng=random), ReLU(),
        *conv_norm(16, 32, 3, padding=1, dtype=dtype, rng=random), ReLU(),
        MaxPool(2),
        *conv_norm(32, 48, 3, padding=1, dtype=dtype, rng=random), ReLU(),
        MaxPool(2),
        Flatten(), Dropout(0.3, rng=random), Dense(48 * 4, 10, dtype=dtype, rng=random),
        name="CNN",
    )  # fmt: skip


def conv_norm(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, padding: int = 0, dtype: DTypeLike, rng: Random
) -> tuple[Layer, Layer]:
    """A convolution without bias, and batch normalisation, which has one."""
    conv = Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False, dtype=dtype, rng=rng)
    return conv, BatchNorm(outputs, dtype=dtype)


def vgg_block(
    convolutions: int, inputs: int, outputs: int, *, dtype: DTypeLike = np.float64, rng: Random = None
) -> Sequential:
    """3×3 convolutions that keep the size, each with ReLU, and 2×2 pooling that halves it."""
    random = stream(rng)
    parts: list[Layer] = []
    for count in (inputs, *(outputs for _ in range(convolutions - 1))):
        parts += [Conv2d(count, outputs, 3, padding=1, dtype=dtype, rng=random), ReLU()]
    return Sequential(*parts, MaxPool(2), name="VGG block")


def inception_block(
    inputs: int,
    one: int,
    three: tuple[int, int],
    five: tuple[int, int],
    pooled: int,
    *,
    dtype: DTypeLike = np.float64,
    rng: Random = None,
) -> Branches:
    """Four branches side by side: 1×1; 1×1 then 3×3; 1×1 then 5×5; 3×3 pooling then 1×1 (Szegedy et al. 2015, figure 2b)."""
    random = stream(rng)

    def conv(channels: int, outputs: int, kernel: int) -> tuple[Layer, Layer]:
        return Conv2d(channels, outputs, kernel, padding=kernel // 2, dtype=dtype, rng=random), ReLU()

    return Branches(
        Sequential(*conv(inputs, one, 1)),
        Sequential(*conv(inputs, three[0], 1), *conv(three[0], three[1], 3)),
        Sequential(*conv(inputs, five[0], 1), *conv(five[0], five[1], 5)),
        Sequential(MaxPool(3, 1, 1), *conv(inputs, pooled, 1)),
        name="Inception",
    )


def residual_block(
    inputs: int, outputs: int, stride: int = 1, *, dtype: DTypeLike = np.float64, rng: Random = None
) -> Residual:
    """Two 3×3 convolutions with batch normalisation; a 1×1 shortcut where the shapes differ (He et al. 2016, figure 2)."""
    random = stream(rng)
    body = Sequential(
        *conv_norm(inputs, outputs, 3, stride=stride, padding=1, dtype=dtype, rng=random), ReLU(),
        *conv_norm(outputs, outputs, 3, padding=1, dtype=dtype, rng=random),
    )  # fmt: skip
    return Residual(body, projection(inputs, outputs, stride, dtype, random), ReLU())


def bottleneck_block(
    inputs: int, narrow: int, outputs: int, stride: int = 1, *, dtype: DTypeLike = np.float64, rng: Random = None
) -> Residual:
    """1×1 to `narrow` channels, 3×3 there, 1×1 back, with batch normalisation (He et al. 2016, figure 5, right)."""
    random = stream(rng)
    body = Sequential(
        *conv_norm(inputs, narrow, 1, dtype=dtype, rng=random), ReLU(),
        *conv_norm(narrow, narrow, 3, stride=stride, padding=1, dtype=dtype, rng=random), ReLU(),
        *conv_norm(narrow, outputs, 1, dtype=dtype, rng=random),
    )  # fmt: skip
    return Residual(body, projection(inputs, outputs, stride, dtype, random), ReLU())


def projection(inputs: int, outputs: int, stride: int, dtype: DTypeLike, rng: Random) -> Layer | None:
    """The shortcut: nothing where the shapes agree, else 1×1 with the stride."""
    if inputs == outputs and stride == 1:
        return None
    return Sequential(*conv_norm(inputs, outputs, 1, stride=stride, dtype=dtype, rng=rng))


def alexnet(classes: int = 1000, *, dtype: DTypeLike = np.float64, rng: Random = None) -> Sequential:
    """For images (3, 227, 227): five convolutions, three of them split over two groups (Krizhevsky et al. 2012, figure 2)."""
    random = stream(rng)

    def conv(inputs: int, outputs: int, kernel: int, **more: Any) -> tuple[Layer, Layer]:
        return Conv2d(inputs, outputs, kernel, dtype=dtype, rng=random, **more), ReLU()

    def norm() -> Layer:
        return LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)  # the paper's α = 1e-4 is not divided by n = 5

    return Sequential(
        *conv(3, 96, 11, stride=4), norm(), MaxPool(3, 2),
        *conv(96, 256, 5, padding=2, groups=2), norm(), MaxPool(3, 2),
        *conv(256, 384, 3, padding=1),
        *conv(384, 384, 3, padding=1, groups=2),
        *conv(384, 256, 3, padding=1, groups=2), MaxPool(3, 2),
        Flatten(),
        Dropout(0.5, rng=random), Dense(9216, 4096, dtype=dtype, rng=random), ReLU(),
        Dropout(0.5, rng=random), Dense(4096, 4096, dtype=dtype, rng=random), ReLU(),
        Dense(4096, classes, dtype=dtype, rng=random),
        name="AlexNet",
    )  # fmt: skip


def vgg16(classes: int = 1000, *, dtype: DTypeLike = np.float64, rng: Random = None) -> Sequential:
    """For images (3, 224, 224): five VGG blocks and three dense layers (Simonyan & Zisserman 2015, table 1, D)."""
    random = stream(rng)
    plan = ((2, 3, 64), (2, 64, 128), (3, 128, 256), (3, 256, 512), (3, 512, 512))
    return Sequential(
        *(vgg_block(count, inputs, outputs, dtype=dtype, rng=random) for count, inputs, outputs in plan),
        Flatten(),
        Dense(25088, 4096, dtype=dtype, rng=random), ReLU(), Dropout(0.5, rng=random),
        Dense(4096, 4096, dtype=dtype, rng=random), ReLU(), Dropout(0.5, rng=random),
        Dense(4096, classes, dtype=dtype, rng=random),
        name="VGG-16",
    )  # fmt: skip


def resnet18(classes: int = 1000, *, dtype: DTypeLike = np.float64, rng: Random = None) -> Sequential:
    """For images (3, 224, 224): a stem, eight residual blocks, global average pooling (He et al. 2016, table 1)."""
    random = stream(rng)
    plan = ((64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2))
    stages = [
        residual_block(*numbers, dtype=dtype, rng=random)
        for inputs, outputs, stride in plan
        for numbers in ((inputs, outputs, stride), (outputs, outputs, 1))
    ]
    stem = conv_norm(3, 64, 7, stride=2, padding=3, dtype=dtype, rng=random)
    head = Dense(512, classes, dtype=dtype, rng=random)
    return Sequential(*stem, ReLU(), MaxPool(3, 2, 1), *stages, GlobalAvgPool(), head, name="ResNet-18")
