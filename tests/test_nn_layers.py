"""The layers of derive.nn without PyTorch: against plain loops, against finite differences, and by what must hold of them.

One idea: a forward pass is compared with the formula written as loops, a backward pass with differences of the forward pass, both over random
configurations with distinct sizes and random cotangents.
"""

from __future__ import annotations

import itertools
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from derive import nn
from derive.nn import correlation, differences
from derive.nn.architectures import mlp, residual_block
from derive.nn.unfold import Geometry
from derive.nn.workspace import KEPT, WORK

Array = np.ndarray


def correlated(x: Array, w: Array, geometry: Geometry) -> Array:
    """y[n, o, i] = Σ w[o, c, a] x[n, c, s·i + d·a − p], entry by entry."""
    kernel, stride, padding, dilation, groups = geometry
    x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    sizes = [(i - d * (k - 1) - 1) // s + 1 for i, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    y = np.zeros((len(x), len(w), *sizes))
    for n, o in np.ndindex(y.shape[:2]):
        for c in range(w.shape[1]):
            channel = o // (len(w) // groups) * w.shape[1] + c
            for i in np.ndindex(*sizes):
                for a in np.ndindex(*kernel):
                    place = tuple(s * j + d * t for s, j, d, t in zip(stride, i, dilation, a, strict=True))
                    y[(n, o, *i)] += w[(o, c, *a)] * x[(n, channel, *place)]
    return y


def geometries(axes: int, count: int, seed: int) -> list[tuple[Geometry, tuple[int, ...]]]:
    """Random geometries, each with image sizes that fit; half of them with stride 1, some with more padding than the kernel reaches."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        kernel, dilation, padding = (
            tuple(int(v) for v in rng.integers(a, b, axes)) for a, b in ((1, 4), (1, 4), (0, 4))
        )
        stride = tuple(int(v) for v in rng.integers(1, 4, axes)) if rng.random() < 0.5 else (1,) * axes
        geometry = Geometry(kernel, stride, padding, dilation, int(rng.integers(1, 4)))
        least = (max(1, r + 1 - 2 * p) for r, p in zip(geometry.reach, padding, strict=True))
        found.append((geometry, tuple(a + int(rng.integers(0, 4)) for a in least)))
    return found


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_correlation_and_its_transposes(axes: int) -> None:
    """The value against loops; the transposes by ⟨g, w ⋆ x⟩ = ⟨spread g, x⟩ = ⟨weight_gradient, w⟩, which determine them."""
    rng = np.random.default_rng(axes)
    for geometry, sizes in geometries(axes, 20, axes):
        inside, outside = int(rng.integers(1, 3)), int(rng.integers(1, 4))
        x = rng.standard_normal((2, geometry.groups * inside, *sizes))
        w = rng.standard_normal((geometry.groups * outside, inside, *geometry.kernel))
        y = correlation.correlate(x, w, geometry)
        np.testing.assert_allclose(y, correlated(x, w, geometry), rtol=1e-12, atol=1e-12)
        g = rng.standard_normal(y.shape)
        dx, dw = correlation.transposes(g, x, w, geometry)
        np.testing.assert_allclose(dx, correlation.spread(g, w, geometry, sizes), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(dw, correlation.weight_gradient(g, x, geometry), rtol=1e-11, atol=1e-12)
        x_, w_ = rng.standard_normal(x.shape), rng.standard_normal(w.shape)
        assert np.isclose((g * correlated(x_, w, geometry)).sum(), (dx * x_).sum(), rtol=1e-10, atol=1e-10)
        assert np.isclose((g * correlated(x, w_, geometry)).sum(), (dw * w_).sum(), rtol=1e-10, atol=1e-10)


def test_every_layer_against_differences() -> None:
    rng = np.random.default_rng(0)
    layers: list[tuple[nn.Layer, tuple[int, ...]]] = [
        (nn.Conv1d(2, 4, 3, stride=2, padding=1, groups=2, rng=rng), (2, 2, 6)),
        (nn.Conv2d(2, 3, (3, 2), padding=(1, 2), dilation=(2, 1), rng=rng), (2, 2, 5, 4)),
        (nn.Conv3d(1, 2, (2, 3, 1), stride=(1, 2, 1), padding=1, rng=rng), (1, 1, 3, 4, 2)),
        (nn.ConvTranspose2d(4, 2, (3, 2), stride=(2, 3), padding=1, output_padding=(1, 2), groups=2, rng=rng), (1, 4, 3, 2)),
        (nn.AvgPool(3, 2, 1, count_padding=False), (2, 2, 5, 6)),
        (nn.LayerNorm((3, 4)), (2, 3, 4)),
        (nn.BatchNorm(3), (2, 3, 4, 2)),
        (nn.LocalResponseNorm(4, alpha=0.7, k=1.5), (2, 5, 2, 3)),
        (nn.Residual(nn.Sequential(nn.Dense(4, 4, rng=rng), nn.Mish()), nn.Dense(4, 4, rng=rng), nn.Tanh()), (3, 4)),
        (nn.Branches(nn.Conv2d(2, 3, 1, rng=rng), nn.Sequential(nn.AvgPool(3, 1, 1), nn.GELU())), (2, 2, 4, 3)),
    ]  # fmt: skip
    for layer, shape in layers:
        errors = differences.check(layer, rng.standard_normal(shape), rng)
        assert len(errors) == 1 + len(layer.parameters)
        assert max(errors.values()) < 1e-8, (layer.label, errors)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_pooling_against_loops(axes: int) -> None:
    rng = np.random.default_rng(axes)
    for _ in range(20):
        kernel, stride = (tuple(int(v) for v in rng.integers(1, 4, axes)) for _ in range(2))
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        x = rng.permutation(2 * 3 * 7**axes).reshape(2, 3, *(7,) * axes).astype(float)[..., : int(rng.integers(4, 8))]
        outputs = nn.MaxPool(kernel, stride, padding, axes=axes).output_shape(x.shape[1:])[1:]
        largest, mean = np.zeros((2, 3, *outputs)), np.zeros((2, 3, *outputs))
        around = ((0, 0), (0, 0), *((p, p) for p in padding))
        low, zero = np.pad(x, around, constant_values=-np.inf), np.pad(x, around)
        for i in np.ndindex(*outputs):
            window = (..., *(slice(s * j, s * j + k) for s, j, k in zip(stride, i, kernel, strict=True)))
            largest[(..., *i)] = low[window].max(tuple(range(2, axes + 2)))
            mean[(..., *i)] = zero[window].mean(tuple(range(2, axes + 2)))
        np.testing.assert_array_equal(nn.MaxPool(kernel, stride, padding, axes=axes).forward(x), largest)
        np.testing.assert_allclose(nn.AvgPool(kernel, stride, padding, axes=axes).forward(x), mean, rtol=1e-13)


def test_the_notes_examples() -> None:
    """Dumoulin & Visin's figure, the 2×2 max pooling of 0 … 8, the matrix form of a 1×1 convolution."""
    image = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]], float)
    conv = nn.Conv2d(1, 1, 3, bias=False)
    conv.weight.value = np.array([[[[0, 1, 2], [2, 2, 0], [0, 1, 2]]]], float)
    expected = [[12, 12, 17], [10, 17, 19], [9, 6, 14]]
    np.testing.assert_array_equal(conv.forward(image[None, None])[0, 0], expected)
    pooled = nn.MaxPool(2, 1).forward(np.arange(9.0).reshape(1, 1, 3, 3))
    np.testing.assert_array_equal(pooled[0, 0], [[4, 5], [7, 8]])
    one = nn.Conv2d(3, 2, 1, bias=False, rng=0)
    x = np.random.default_rng(0).standard_normal((1, 3, 4, 5))
    np.testing.assert_allclose(
        one.forward(x)[0], np.einsum("oc,chw->ohw", one.weight.value[:, :, 0, 0], x[0]), rtol=1e-13
    )


def test_convolution_moves_with_the_image_and_batch_norm_forgets_a_bias() -> None:
    rng = np.random.default_rng(0)
    x = np.zeros((1, 2, 9, 8))
    x[..., 2:6, 2:5] = rng.standard_normal((1, 2, 4, 3))
    conv = nn.Conv2d(2, 3, 3, padding=1, rng=rng)
    np.testing.assert_allclose(
        conv.forward(np.roll(x, (1, 2), (2, 3))), np.roll(conv.forward(x), (1, 2), (2, 3)), atol=1e-14
    )
    batch, norm = rng.standard_normal((4, 3, 2, 5)), nn.BatchNorm(3)
    np.testing.assert_allclose(norm.forward(batch + 7), norm.forward(batch), atol=1e-12)


def test_row_and_column_conventions_are_transposes() -> None:
    rng = np.random.default_rng(0)
    rows, columns = nn.Dense(4, 3, rng=rng), nn.Dense(4, 3, convention="columns", rng=rng)
    columns.weight.value, rows.bias.value = rows.weight.value.T.copy(), rng.standard_normal(3)
    columns.bias.value = rows.bias.value
    x, g = rng.standard_normal((5, 4)), rng.standard_normal((5, 3))
    np.testing.assert_allclose(columns.forward(x.T.copy()), rows.forward(x).T, rtol=1e-13)
    np.testing.assert_allclose(columns.backward(g.T.copy()), rows.backward(g).T, rtol=1e-13)
    np.testing.assert_allclose(columns.weight.gradient, rows.weight.gradient.T, rtol=1e-13)


def test_a_network_of_columns_is_the_transposed_network_of_rows() -> None:
    """Entrywise layers stand in both; the last input says what `summary` shows."""

    def network(convention: str) -> nn.Sequential:
        def dense(d: int, q: int) -> nn.Dense:
            return nn.Dense(d, q, convention=convention, rng=d)

        return nn.Sequential(nn.Tanh(), dense(4, 3), nn.Residual(nn.Sequential(dense(3, 3), nn.GELU())), dense(3, 2))

    rng, rows, columns = np.random.default_rng(0), network("rows"), network("columns")
    for a, b in zip(rows.parameters, columns.parameters, strict=True):
        b.value = a.value.T.copy()
    x, g = rng.standard_normal((5, 4)), rng.standard_normal((5, 2))
    np.testing.assert_allclose(columns.forward(x.T.copy()), rows.forward(x).T, rtol=1e-12)
    np.testing.assert_allclose(columns.backward(g.T.copy()), rows.backward(g).T, rtol=1e-12)
    with pytest.raises(ValueError, match="got shape"):
        rows.forward(np.ones((5, 7)))
    assert rows.summary() == rows.summary((4,)) == columns.summary()


def test_a_residual_block_with_a_zero_body_is_its_shortcut() -> None:
    block = residual_block(3, 3)
    block.evaluate()
    for parameter in block.parameters:
        parameter.value = np.zeros(parameter.shape)
    x = np.abs(np.random.default_rng(0).standard_normal((2, 3, 4, 5)))
    np.testing.assert_array_equal(block.forward(x), x)


def test_large_numbers_do_not_overflow() -> None:
    z = np.array([[1000.0, 0.0, -1000.0], [-1e4, -1e4, -1e4]])
    for layer in (
        nn.Softmax(),
        nn.LogSoftmax(),
        nn.Sigmoid(),
        nn.Softplus(),
        nn.Mish(),
        nn.Swish(),
        nn.ELU(),
        nn.GELU(),
    ):
        with np.errstate(over="raise", invalid="raise"):
            assert np.isfinite(layer.forward(z)).all(), layer.label
            assert np.isfinite(layer.backward(np.ones_like(z))).all(), layer.label
    lse = nn.logsumexp(z)[:, 0]
    np.testing.assert_allclose(lse, [1000, -1e4 + np.log(3)], rtol=1e-14)
    far = np.array([[1e9, 1e9 + 1, 1e9]])  # an offset costs no digits: lse(z) is good to 1e-7 here
    expected = np.log(2 + np.e)
    np.testing.assert_allclose(nn.LogSoftmax().forward(far), [[-expected, 1 - expected, -expected]], rtol=1e-14)
    assert nn.CrossEntropy().forward(far, np.array([0])) == pytest.approx(expected, rel=1e-14)
    assert nn.CrossEntropy().forward(z, np.array([2, 0])) == pytest.approx((2000 + np.log(3)) / 2)


def test_soft_labels_that_are_rounded() -> None:
    """Rows that sum to one up to 5e-5: the gradient is that of the loss, to the last digit."""
    rng = np.random.default_rng(0)
    z, loss = rng.standard_normal((3, 4)), nn.CrossEntropy("sum", label_smoothing=0.1)
    y = rng.dirichlet(np.ones(4), 3) * (1 + np.array([[5e-5], [-5e-5], [0]]))
    loss.forward(z, y)
    slope = loss.backward()
    found = differences.difference(lambda: loss.forward(z, y), z)
    np.testing.assert_allclose(slope, found, atol=1e-10)


def test_dropout_keeps_the_mean_and_its_mask() -> None:
    layer, x = nn.Dropout(0.3, rng=0), np.full((200, 300), 2.0)
    y = layer.forward(x)
    assert abs(y.mean() - 2) < 0.02
    np.testing.assert_array_equal(np.unique(y), [0, 2 / 0.7])
    np.testing.assert_array_equal(layer.backward(np.ones_like(x)), y / 2)
    np.testing.assert_array_equal(layer.evaluate().forward(x), x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_dtype_stays(dtype: type) -> None:
    rng = np.random.default_rng(0)
    activations = [
        nn.ReLU(),
        nn.LeakyReLU(),
        nn.ELU(),
        nn.GELU(),
        nn.Swish(),
        nn.Mish(),
        nn.Sigmoid(),
        nn.Tanh(),
        nn.Softplus(),
    ]
    layers = [
        nn.Conv2d(2, 4, 3, padding=1, dtype=dtype, rng=rng), nn.BatchNorm(4, dtype=dtype), nn.LocalResponseNorm(), nn.MaxPool(2),
        nn.AvgPool(2, 1), nn.ConvTranspose2d(4, 2, 2, dtype=dtype, rng=rng), *activations, nn.Dropout(0.2, rng=0),
        nn.Residual(nn.ReLU()), nn.GlobalAvgPool(), nn.LayerNorm(2, dtype=dtype), nn.Dense(2, 3, dtype=dtype, rng=rng), nn.Softmax(0.5),
    ]  # fmt: skip
    model = nn.Sequential(*layers)
    for mode in (True, False):
        y = model.train(mode).forward(rng.standard_normal((3, 2, 6, 8)).astype(dtype))
        assert y.dtype == dtype
        assert model.backward(np.ones_like(y)).dtype == dtype
        assert all(p.gradient.dtype == dtype == p.value.dtype for p in model.parameters)
    z = rng.standard_normal((4, 3)).astype(dtype)
    for loss, target in ((nn.CrossEntropy(), np.array([0, 1, 2, 0])), (nn.MeanSquaredError(), z + 1)):
        loss.forward(z, target)
        assert loss.backward().dtype == dtype


def test_backward_can_be_called_twice_and_does_not_change_the_cotangent() -> None:
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, rng=rng), nn.MaxPool(2, 1), nn.Flatten(), nn.Dense(12, 3, rng=rng), nn.Softmax()
    )
    y = model.forward(rng.standard_normal((2, 1, 5, 6)))
    g = rng.standard_normal(y.shape)
    kept = g.copy()
    first = model.backward(g), [p.gradient.copy() for p in model.parameters]
    second = model.backward(g), [p.gradient.copy() for p in model.parameters]
    np.testing.assert_array_equal(g, kept)
    np.testing.assert_array_equal(first[0], second[0])
    for a, b in itertools.zip_longest(first[1], second[1]):
        np.testing.assert_array_equal(a, b)


def test_views_are_read_as_what_they_show() -> None:
    """Inputs and cotangents that are transposed, reversed or strided in memory."""
    rng = np.random.default_rng(0)
    layers = [nn.Conv2d(2, 4, 3, padding=1, groups=2, rng=0), nn.Conv2d(2, 4, 3, stride=2, rng=0), nn.ConvTranspose2d(2, 4, 3, stride=2, rng=0),
              nn.MaxPool(2), nn.AvgPool(3, 1), nn.BatchNorm(2), nn.LocalResponseNorm(2), nn.Flatten()]  # fmt: skip
    for layer in layers:
        x = rng.standard_normal((7, 12, 2, 3)).transpose(3, 2, 0, 1)[::-1, :, :, ::2]
        y = layer.forward(x).copy()
        g = rng.standard_normal(y.shape[::-1]).T
        dx = layer.backward(g)
        np.testing.assert_allclose(layer.forward(np.ascontiguousarray(x)), y, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(layer.backward(np.ascontiguousarray(g)), dx, rtol=1e-12, atol=1e-14)


def test_the_memory_of_a_convolution_stays_below_twice_the_unfolded_input() -> None:
    x = np.random.default_rng(0).standard_normal((8, 16, 32, 32))
    layer = nn.Conv2d(16, 16, 3, padding=1, rng=0)
    layer.backward(np.ones_like(layer.forward(x)))
    WORK.clear()
    tracemalloc.start()
    layer.backward(layer.forward(x))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2 * 9 * x.nbytes


def test_the_same_seed_gives_the_same_model() -> None:
    one, two, other = (mlp((4, 3, 2), rng=seed).parameters for seed in (1, 1, 2))
    for a, b in zip(one, reversed(two), strict=True):
        assert a.value.size + b.value.size > 0  # looked at in different orders
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.value, b.value)
    assert not np.array_equal(one[0].value, other[0].value)


def test_scratch_memory_is_never_given_away() -> None:
    """What a convolution returned stays as it is while others run, of other sizes and in other threads; large arrays are not kept."""
    rng = np.random.default_rng(0)
    layers = [nn.Conv2d(2, 3, 3, padding=1, rng=0), nn.Conv2d(2, 3, 1, rng=1), nn.Conv2d(2, 4, 2, stride=2, rng=2),
              nn.ConvTranspose2d(2, 3, 3, rng=3), nn.ConvTranspose2d(2, 3, 2, stride=2, rng=4)]  # fmt: skip
    inputs = [rng.standard_normal((n, 2, 6, 5)) for n in (1, 4, 2, 1, 3)]

    def results() -> list[Array]:
        found = []
        for layer, x in zip(layers, inputs, strict=True):
            y = layer.forward(x)
            found += [y, layer.backward(np.cos(y)), *(p.gradient for p in layer.parameters)]
        return found

    first = results()
    copies = [array.copy() for array in first]
    for again in (results(), results()):
        for kept, copy, new in zip(first, copies, again, strict=True):
            np.testing.assert_array_equal(kept, copy)
            np.testing.assert_array_equal(new, copy)
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(threaded, range(8)))
    assert all(np.array_equal(a, threaded(seed)) for seed, a in enumerate(alone))
    large = WORK.array("large", (KEPT + 1,), np.dtype(np.int8))
    assert large is not WORK.array("large", (KEPT + 1,), np.dtype(np.int8))
    assert WORK.array("small", (3,), np.dtype(np.int8)).base is WORK.array("small", (2,), np.dtype(np.int8)).base


def threaded(seed: int) -> Array:
    """The input's gradient of a convolution of this seed's size."""
    layer, rng = nn.Conv2d(3, 8, 3, padding=1, rng=seed), np.random.default_rng(seed)
    x = rng.standard_normal((4, 3, 20 + seed, 30))
    for _ in range(5):
        dx = layer.backward(layer.forward(x))
    return dx
