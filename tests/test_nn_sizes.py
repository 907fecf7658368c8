"""Sizes and counts: the notes' numbers, the published totals of whole networks, the arithmetic in integers and in symbols."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from derive import nn
from derive.nn import architectures, sizes
from derive.nn.summary import rows


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        (nn.Conv2d(128, 256, 3, bias=False), 294_912),
        (nn.Conv2d(128, 64, 3, bias=False), 73_728),
        (nn.Conv2d(128, 64, 3, stride=2, padding=1, bias=False), 73_728),  # whatever the padding and the stride
        (nn.Conv2d(1, 32, 3, bias=False), 288),
        (nn.Conv2d(32, 32, 3, groups=32, bias=False), 288),
        (nn.Conv2d(5, 30, 3, bias=False), 1350),
        (nn.Conv2d(18, 5, 1, bias=False), 90),
        (nn.Conv2d(18, 30, 3, bias=False), 4860),
        (nn.Conv2d(1, 1, 2 * 3 + 1, bias=False), 49),  # (2Δ + 1)²
        (nn.Conv2d(1, 1, 2 * 3 + 1), 50),
        (nn.Conv2d(96, 256, 5, groups=2, bias=False), 2 * 128 * 48 * 5 * 5),
        (nn.Dense(4, 3), 15),
        (nn.BatchNorm(7), 14),
        (nn.MaxPool(2), 0),
    ],
)
def test_parameter_counts(layer: nn.Layer, count: int) -> None:
    assert layer.parameter_count == count == sum(p.value.size for p in layer.parameters)


def test_a_narrow_middle_needs_a_third() -> None:
    """1×1 down to 5 channels, then 3×3: 1440 instead of 4860 weights, 29.6 %."""
    narrow = nn.Sequential(nn.Conv2d(18, 5, 1, bias=False), nn.Conv2d(5, 30, 3, bias=False)).parameter_count
    assert narrow == 1440
    assert round(narrow / nn.Conv2d(18, 30, 3, bias=False).parameter_count, 3) == 0.296


def test_bottleneck_against_two_plain_layers() -> None:
    block = architectures.bottleneck_block(256, 64, 256)
    weights = [p.size for p in block.parameters if p.decays]
    assert sum(weights) == 69_632
    plain = architectures.residual_block(256, 256)
    assert sum(p.size for p in plain.parameters if p.decays) == 1_179_648
    assert block.parameter_count == 69_632 + 2 * (64 + 64 + 256)


def test_stacked_small_kernels_reach_as_far_with_less() -> None:
    x = (6, 20, 20)
    two = nn.Sequential(nn.Conv2d(6, 6, 3, bias=False), nn.Conv2d(6, 6, 3, bias=False))
    five = nn.Conv2d(6, 6, 5, bias=False)
    assert two.output_shape(x) == five.output_shape(x) == (6, 16, 16)
    assert (two.parameter_count, five.parameter_count) == (18 * 36, 25 * 36)


@pytest.mark.parametrize(
    ("model", "image", "output", "count"),
    [
        (architectures.alexnet(), (3, 227, 227), (1000,), 60_965_224),
        (architectures.vgg16(), (3, 224, 224), (1000,), 138_357_544),
        (architectures.resnet18(), (3, 224, 224), (1000,), 11_689_512),
        (architectures.inception_block(192, 64, (96, 128), (16, 32), 32), (192, 28, 28), (256, 28, 28), 163_696),
        (architectures.inception_block(256, 128, (128, 192), (32, 96), 64), (256, 28, 28), (480, 28, 28), 388_736),
        (architectures.vgg_block(2, 64, 128), (64, 112, 112), (128, 56, 56), 221_440),
        (architectures.residual_block(64, 64), (64, 56, 56), (64, 56, 56), 73_984),
        (architectures.residual_block(64, 128, 2), (64, 56, 56), (128, 28, 28), 230_144),
        (architectures.bottleneck_block(64, 64, 256), (64, 56, 56), (256, 56, 56), 75_008),
        (architectures.bottleneck_block(256, 128, 512, 2), (256, 56, 56), (512, 28, 28), 379_392),
    ],
)
def test_networks_and_blocks(model: nn.Layer, image: tuple[int, ...], output: tuple[int, ...], count: int) -> None:
    assert model.output_shape(image) == output
    assert model.parameter_count == count
    assert f"{count:,} parameters" in model.summary(image)


def test_alexnet_layer_by_layer() -> None:
    shapes = [
        row.shape for row in rows(architectures.alexnet(), (3, 227, 227)) if row.label.startswith(("Conv2d", "MaxPool"))
    ]
    assert shapes == [(96, 55, 55), (96, 27, 27), (256, 27, 27), (256, 13, 13), (384, 13, 13), (384, 13, 13), (256, 13, 13), (256, 6, 6)]  # fmt: skip


def test_summary_as_a_table() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, rng=0), nn.ReLU(), nn.MaxPool(2), nn.Flatten(), nn.Dense(64, 3, rng=0)
    )
    assert model.summary((1, 8, 8)) == (
        "layer                       output     parameters\n"
        "─────────────────────────────────────────────────\n"
        "Sequential                  3                 235\n"
        "  Conv2d(1 → 4, 3×3)        4 × 8 × 8          40\n"
        "  ReLU                      4 × 8 × 8           –\n"
        "  MaxPool(2×2, stride 2×2)  4 × 4 × 4           –\n"
        "  Flatten                   64                  –\n"
        "  Dense(64 → 3)             3                 195\n"
        "─────────────────────────────────────────────────\n"
        "235 parameters"
    )


def test_output_sizes_by_counting_windows() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        k, s, p, d = (int(v) for v in rng.integers((1, 1, 0, 1), (5, 4, 4, 4)))
        i = max(1, d * (k - 1) + 1 - 2 * p) + int(rng.integers(0, 9))
        starts = [t for t in range(0, i + 2 * p, s) if t + d * (k - 1) < i + 2 * p]
        o = nn.conv_output(i, k, s, p, d)
        assert o == len(starts)
        back = nn.transposed_output(o, k, s, p, d, (i + 2 * p - d * (k - 1) - 1) % s)
        assert back == i


def test_the_arithmetic_takes_symbols() -> None:
    """SymPy's symbols pass through the same formula; the text is read by the language."""
    i, k, s, p, d, q = sympy.symbols("i k s p d q", integer=True, positive=True)
    o = nn.conv_output(i, k, s, p, d)
    assert o == sympy.floor((i + 2 * p - d * (k - 1) - 1) / s) + 1
    assert nn.conv_output(i, 3, 1, 1).simplify() == i  # 3×3 with padding 1 keeps the size
    assert nn.conv_output(2 * i, 3, 2, 1).subs(i, 7) == 7  # with stride 2 it halves even sizes
    assert sympy.expand(nn.transposed_output(i, k, s, p, d, q)) == sympy.expand(
        s * (i - 1) + d * (k - 1) + 1 - 2 * p + q
    )
    c, m = sympy.symbols("c m", integer=True, positive=True)
    assert sizes.conv_parameters(c, m, (k, k), bias=False) == c * m * k**2


def test_the_formulas_as_text_mean_the_same() -> None:
    """Read and evaluated by the language, they give what the functions give."""
    from derive.codegen import evaluate_numpy
    from derive.infer import infer
    from derive.syntax import parse, parse_declarations

    rng = np.random.default_rng(0)
    for text, function in ((sizes.CONV_OUTPUT, nn.conv_output), (sizes.TRANSPOSED_OUTPUT, nn.transposed_output)):
        names = "ikspd" if function is nn.conv_output else "ikspdq"
        known = infer([parse(text)], parse_declarations("; ".join(f"{name}: scalar" for name in names)))
        symbols = [symbol for symbol in known.symbols if symbol.name in names]
        for _ in range(20):
            point = {name: int(rng.integers(1, 9)) for name in names}
            found = evaluate_numpy(known.terms[0], symbols, {name: np.array(float(n)) for name, n in point.items()})
            assert int(found) == function(**point), (text, point)
