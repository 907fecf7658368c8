"""What does not fit is refused: a ValueError that names the layer, what came and what was expected."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from derive import nn
from derive.nn.architectures import residual_block
from derive.nn.training import predict

ONES, RNG = np.ones, np.random.default_rng(0)
Z, LABELS = np.zeros((3, 4)), np.array([0, 1, 2])


def given(layer: nn.Layer, *shape: int) -> Callable[[], object]:
    return lambda: layer.forward(np.ones(shape))


REFUSED: list[tuple[Callable[[], object], tuple[str, ...]]] = [
    # wrong shapes
    (given(nn.Dense(4, 3), 8, 5), ("Dense(4 → 3)", "(batch, 5)", "(batch, 4)")),
    (given(nn.Dense(4, 3), 8), ("Dense(4 → 3)", "(batch)", "(batch, 4)")),
    (given(nn.Dense(4, 3, convention="columns"), 5, 8), ("Dense(4 → 3)", "(5,)", "(4, batch)")),
    (given(nn.Conv2d(3, 6, 3), 2, 4, 8, 8), ("Conv2d(3 → 6, 3×3)", "(batch, 4, 8, 8)", "3 channels")),
    (given(nn.Conv2d(3, 6, 3), 2, 3, 8), ("Conv2d(3 → 6, 3×3)", "(batch, 3, 8)", "2 sizes")),
    (given(nn.Conv1d(3, 6, 3), 2, 3, 8, 8), ("Conv1d(3 → 6, 3)", "1 sizes")),
    (given(nn.MaxPool(2), 2, 3, 8), ("MaxPool(2×2, stride 2×2)", "(batch, 3, 8)")),
    (given(nn.BatchNorm(3), 2, 4), ("BatchNorm(3)", "(batch, 4)", "3 channels")),
    (given(nn.BatchNorm(3), 1, 3), ("BatchNorm(3)", "(1, 3)", "at least two")),
    (given(nn.BatchNorm(3, eps=0), 2, 3), ("BatchNorm(3)", "all equal, with eps 0", "eps above 0")),
    (given(nn.LayerNorm(3, eps=0), 2, 3), ("LayerNorm(3)", "all equal, with eps 0")),
    (given(nn.LayerNorm((3, 4)), 2, 4, 3), ("LayerNorm(3×4)", "(batch, 4, 3)", "(3, 4)")),
    (given(nn.Swish(features=3), 2, 4), ("Swish", "(batch, 4)", "3 features")),
    (given(nn.GlobalAvgPool(), 2, 3), ("GlobalAvgPool", "(batch, 3)")),
    (given(nn.Residual(nn.Dense(4, 3)), 2, 4), ("Residual", "(batch, 3)", "(batch, 4)", "two equal shapes")),
    (given(nn.Branches(nn.Conv2d(1, 2, 3), nn.Conv2d(1, 2, 1)), 1, 1, 5, 5), ("Branches", "(batch, 2, 3, 3)", "(batch, 2, 5, 5)")),
    (given(residual_block(3, 4, 2), 2, 5, 8, 8), ("Conv2d(3 → 4, 3×3)", "(batch, 5, 8, 8)")),
    # kernels larger than the padded input
    (given(nn.Conv2d(1, 1, (3, 5), padding=(0, 1)), 1, 1, 4, 2), ("Conv2d", "window of 5", "2 + 2·1 = 4")),
    (given(nn.Conv1d(1, 1, 3, dilation=4), 1, 1, 8), ("Conv1d", "window of 9 (kernel 3, dilation 4)", "8 + 2·0 = 8")),
    (given(nn.AvgPool(3), 1, 1, 2, 5), ("AvgPool", "window of 3", "2 + 2·0 = 2")),
    (given(nn.ConvTranspose2d(1, 1, 2, padding=2), 1, 1, 3, 3), ("ConvTranspose2d", "(0, 0)", "at least one row")),
    # empty batches
    (given(nn.Dense(4, 3), 0, 4), ("Dense(4 → 3)", "(0, 4)", "at least one")),
    (given(nn.Conv2d(1, 1, 1), 0, 1, 2, 2), ("Conv2d", "(0, 1, 2, 2)", "at least one")),
    (given(nn.ReLU()), ("ReLU", "()", "a batch")),
    (given(nn.GlobalAvgPool(), 2, 3, 0), ("GlobalAvgPool", "(2, 3, 0)", "no axis of length 0")),
    (given(nn.Dense(4, 3, convention="columns"), 4, 0), ("Dense(4 → 3)", "(4, 0)", "along axis 1")),
    # rows beside columns: softmax over the batch would be no error of shapes
    (lambda: nn.Sequential(nn.Dense(3, 3, convention="columns"), nn.Softmax()), ("Sequential", "rows", "columns", "one convention")),
    (lambda: nn.Sequential(nn.Dense(3, 3, convention="columns"), nn.Dense(3, 3)), ("Sequential", "one convention")),
    (lambda: nn.Residual(nn.Dense(3, 3, convention="columns"), nn.Dense(3, 3)), ("Residual", "one convention")),
    (lambda: nn.Branches(nn.Dense(3, 3, convention="columns")), ("Branches", "columns", "rows")),
    (lambda: predict(nn.Dense(3, 3, convention="columns"), np.ones((3, 5))), ("predict", "Dense(3 → 3)", "rows")),
    # summaries
    (lambda: nn.Dense(3, 2).summary(), ("Dense(3 → 2)", "neither a shape nor an input")),
    (lambda: nn.Dense(3, 2).summary(3), ("Dense(3 → 2)", "shape 3", "a tuple")),  # type: ignore[arg-type]
    (lambda: nn.Conv2d(1, 1, 1).summary((1, 0, 4)), ("Conv2d", "size 0", "at least 1")),
    (lambda: nn.CrossEntropy().forward(np.zeros((0, 3)), np.zeros(0, int)), ("CrossEntropy", "(0, 3)")),
    # what is no array of floats
    (lambda: nn.Dense(2, 1).forward(np.ones((3, 2), int)), ("Dense(2 → 1)", "dtype int64", "float64")),
    (lambda: nn.ReLU().forward(np.ones((3, 2), bool)), ("ReLU", "dtype bool", "float64 or float32")),
    (lambda: nn.ReLU().forward([[1.0]]), ("ReLU", "type list", "a NumPy array")),
    (lambda: nn.ReLU().forward(np.ma.masked_array([[1.0, 2.0]], [[True, False]])), ("ReLU", "type MaskedArray", "a NumPy array")),
    (lambda: nn.Dense(2, 1).forward(np.ones((3, 2), np.float32)), ("Dense(2 → 1)", "dtype float32", "float64")),
    (lambda: nn.Dense(2, 1, dtype="flo"), ("Dense", "'flo'", "float64 or float32")),
    (lambda: nn.Dense(2, 1, dtype=np.float16), ("Dense", "float16", "float64 or float32")),
    # what is no number
    (lambda: nn.Tanh().forward(np.array([[1.0, np.nan]])), ("Tanh", "nan at (0, 1)", "finite")),
    (lambda: nn.Conv2d(1, 1, 1).forward(np.full((1, 1, 2, 2), np.inf)), ("Conv2d", "inf at (0, 0, 0, 0)", "finite")),
    (lambda: nn.CrossEntropy().forward(np.array([[np.nan, 0.0]]), np.array([0])), ("CrossEntropy", "logits with nan")),
    # layers that cannot be
    (lambda: nn.Conv2d(6, 4, 3, groups=3), ("Conv2d", "6 → 4 channels in 3 groups", "3 divides")),
    (lambda: nn.Conv2d(5, 6, 3, groups=3), ("Conv2d", "5 → 6 channels in 3 groups", "3 divides")),
    (lambda: nn.Conv2d(1, 1, 0), ("Conv2d", "kernel 0", "at least 1")),
    (lambda: nn.Conv2d(1, 1, (3, 3, 3)), ("Conv2d", "kernel (3, 3, 3)", "2 of them")),
    (lambda: nn.Conv2d(1, 1, 3, stride=0), ("Conv2d", "stride 0", "at least 1")),
    (lambda: nn.Conv2d(1, 1, 3, padding=-1), ("Conv2d", "padding -1", "at least 0")),
    (lambda: nn.Conv2d(1, 1, 2.5), ("Conv2d", "kernel 2.5")),
    (lambda: nn.ConvTranspose2d(1, 1, 3, stride=2, output_padding=2), ("ConvTranspose2d", "output_padding (2, 2)", "(2, 2)")),
    (lambda: nn.MaxPool(2, axes=0), ("MaxPool", "axes 0", "1, 2 or 3")),
    (lambda: nn.LayerNorm(2.5), ("LayerNorm", "size 2.5", "at least 1")),  # type: ignore[arg-type]
    (lambda: nn.MaxPool(2, padding=2), ("MaxPool", "padding (2, 2)", "half the kernel (2, 2)")),
    (lambda: nn.Dense(0, 3), ("Dense", "inputs 0", "at least 1")),
    (lambda: nn.Dense(2, 3, convention="rowz"), ("Dense", "'rowz'", "'rows' or 'columns'")),
    (lambda: nn.Dropout(1.0), ("Dropout", "p 1.0", "below 1")),
    (lambda: nn.Softmax(0), ("Softmax", "temperature 0", "above 0")),
    (lambda: nn.LeakyReLU(float("nan")), ("LeakyReLU", "alpha nan")),
    (lambda: nn.Sequential(nn.ReLU(), "tanh"), ("Sequential", "type str", "layers")),  # type: ignore[arg-type]
    (lambda: nn.Branches(), ("Branches", "no branches")),
    (lambda: nn.Adam([]), ("Adam", "no parameters")),
    (lambda: nn.SGD(nn.Dense(2, 1)), ("SGD", "type Dense", "model.parameters")),  # type: ignore[arg-type]
    (lambda: nn.SGD(nn.Dense(2, 1).parameters * 2), ("SGD", "one parameter twice", "each once")),
    (lambda: nn.SGD(nn.Dense(2, 1).parameters, 0), ("SGD", "rate 0", "above 0")),
    (lambda: nn.Momentum(nn.Dense(2, 1).parameters, 0.1, 1.0), ("Momentum", "beta 1.0", "below 1")),
    # labels and targets
    (lambda: nn.CrossEntropy().forward(Z, np.array([0, 4, 1])), ("CrossEntropy", "label 4", "from 0 to 3")),
    (lambda: nn.CrossEntropy().forward(Z, np.array([0, -1, 1])), ("CrossEntropy", "label -1", "from 0 to 3")),
    (lambda: nn.CrossEntropy().forward(Z, np.array([0, 1])), ("CrossEntropy", "(2,)", "(3,)")),
    (lambda: nn.CrossEntropy().forward(Z, [0, 1, 2]), ("CrossEntropy", "type list")),  # type: ignore[arg-type]
    (lambda: nn.CrossEntropy().forward(Z, ONES((3, 4))), ("CrossEntropy", "sum 4", "sum to 1")),
    (lambda: nn.CrossEntropy().forward(Z, np.array([[2.0, -1, 0, 0]] * 3)), ("CrossEntropy", "negative", "sum to 1")),
    (lambda: nn.CrossEntropy().forward(Z, ONES((3, 3)) / 3), ("CrossEntropy", "(3, 3)", "(3, 4)")),
    (lambda: nn.CrossEntropy().forward(Z[0], LABELS), ("CrossEntropy", "(4,)", "(batch, classes)")),
    (lambda: nn.CrossEntropy("average"), ("CrossEntropy", "'average'", "'mean' or 'sum'")),
    (lambda: nn.CrossEntropy(label_smoothing=1.5), ("CrossEntropy", "label_smoothing 1.5")),
    (lambda: nn.MeanSquaredError().forward(Z, Z[:2]), ("MeanSquaredError", "(2, 4)", "(3, 4)")),
    (lambda: nn.MeanSquaredError().forward(Z, Z[:, :1]), ("MeanSquaredError", "(3, 1)", "(3, 4)")),  # no broadcasting
    (lambda: nn.MeanSquaredError().forward(Z, np.ones((3, 4), int)), ("MeanSquaredError", "dtype int64")),
    (lambda: nn.GaussianNLL().forward(Z, Z, Z), ("GaussianNLL", "variance 0", "positive")),
    (lambda: nn.fit(nn.Dense(2, 1), nn.CrossEntropy(), nn.SGD(nn.Dense(2, 1).parameters), Z, LABELS[:2], epochs=1), ("fit", "3 rows and 2 targets")),
    (lambda: nn.fit(nn.Dense(2, 1), nn.CrossEntropy(), nn.SGD(nn.Dense(2, 1).parameters), Z, LABELS, epochs=1, patience=2), ("fit", "validation")),
    (lambda: list(nn.minibatches(5, 0)), ("minibatches", "size 0")),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=[" · ".join(words) for _, words in REFUSED])
def test_refused(call: Callable[[], object], words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="got") as caught:
        call()
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert message.startswith(words[0]), message


def test_cotangents_have_the_shape_and_dtype_of_the_output() -> None:
    layer = nn.Conv2d(1, 2, 3)
    with pytest.raises(RuntimeError, match="forward"):
        layer.backward(np.ones((1, 2, 3, 3)))
    layer.forward(np.ones((1, 1, 5, 6)))
    for wrong, words in (
        (np.ones((1, 2, 4, 3)), r"cotangent of shape \(1, 2, 4, 3\).*\(1, 2, 3, 4\)"),
        (np.ones((1, 1, 3, 4)), r"\(1, 1, 3, 4\)"),  # would broadcast
        (np.ones((1, 2, 3, 4), np.float32), "cotangent of dtype float32.*float64"),
        (np.full((1, 2, 3, 4), np.nan), "cotangent with nan"),
    ):
        with pytest.raises(ValueError, match=words):
            layer.backward(wrong)


@pytest.mark.parametrize("loss", [nn.CrossEntropy(), nn.MeanSquaredError(), nn.GaussianNLL()])
def test_losses_need_a_forward_pass(loss: nn.CrossEntropy | nn.MeanSquaredError | nn.GaussianNLL) -> None:
    with pytest.raises(RuntimeError, match=f"{type(loss).__name__}: backward needs a forward pass first"):
        loss.backward()


def test_a_layer_stands_in_one_place() -> None:
    """It keeps one forward pass: in two places, the first one's gradient would be silently wrong."""
    shared = nn.Dense(3, 3)
    for make in (
        lambda: nn.Sequential(shared, nn.ReLU(), shared),
        lambda: nn.Residual(nn.Sequential(shared), shared),
        lambda: nn.Branches(shared, nn.Sequential(shared)),
        lambda: nn.Sequential(nn.Residual(shared), shared),
    ):
        with pytest.raises(ValueError, match="the same Dense"):
            make()


def test_values_and_states_that_do_not_fit() -> None:
    layer = nn.Dense(3, 2)
    with pytest.raises(ValueError, match=r"W: got float64 \(2, 3\), expected float64 \(3, 2\)"):
        layer.weight.value = np.ones((2, 3))
    with pytest.raises(ValueError, match="float32"):
        layer.weight.value = np.ones((3, 2), np.float32)
    with pytest.raises(ValueError, match="state"):
        layer.restore(nn.Dense(2, 2).state())
    layer.restore([np.ones((3, 2)), np.ones(2)])
    np.testing.assert_array_equal(layer.forward(np.ones((1, 3))), [[4, 4]])


def test_a_loss_that_runs_away_is_told() -> None:
    model = nn.Sequential(nn.Dense(1, 1, rng=0))
    x = np.array([[1e3], [2e3]])
    with (
        pytest.raises(ValueError, match=r"Dense\(1 → 1\): got|fit: got loss|MeanSquaredError: got"),
        np.errstate(all="ignore"),
    ):
        nn.fit(model, nn.MeanSquaredError(), nn.SGD(model.parameters, 10.0), x, x, epochs=500)
