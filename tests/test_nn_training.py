"""Training: the notes' XOR, minibatches, early stopping, and the digits where scikit-learn is installed."""

from __future__ import annotations

import numpy as np
import pytest

from derive import nn
from derive.nn import datasets, experiments
from derive.nn.training import EarlyStopping, one_epoch, predict


def line(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((count, 3))
    return x, x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3 + 0.5 * rng.standard_normal((count, 1))


def test_a_hidden_layer_separates_what_a_line_cannot() -> None:
    x, y = datasets.xor()
    assert experiments.run(experiments.exclusive_or()).score == 1
    straight = nn.Sequential(nn.Dense(2, 2, rng=0))
    nn.fit(straight, nn.CrossEntropy(), nn.Momentum(straight.parameters, 0.1), x, y, epochs=300, batch_size=4, rng=0)
    assert nn.accuracy(predict(straight, x), y) <= 0.75


def test_least_squares_is_found() -> None:
    """Full-batch descent ends where the normal equations say, weights and bias."""
    x, y = line(60, 0)
    layer = nn.Dense(3, 1, rng=0)
    nn.fit(layer, nn.MeanSquaredError(), nn.Adam(layer.parameters, 0.05), x, y, epochs=800, batch_size=60, rng=0)
    best = np.linalg.lstsq(np.c_[x, np.ones(60)], y, rcond=None)[0]
    np.testing.assert_allclose(np.r_[layer.weight.value, layer.bias.value[None]], best, atol=1e-4)


def test_minibatches_see_every_row_once() -> None:
    rng = np.random.default_rng(0)
    parts = list(nn.minibatches(23, 5, rng))
    assert [len(part) for part in parts] == [5, 5, 5, 5, 3]
    assert sorted(np.concatenate(parts)) == list(range(23))
    assert list(np.concatenate(list(nn.minibatches(7, 3)))) == list(range(7))


def test_the_loss_of_an_epoch_weighs_minibatches_by_their_rows() -> None:
    x, y = line(7, 0)
    layer = nn.Dense(3, 1, rng=0)
    whole = nn.MeanSquaredError().forward(layer.forward(x), y)
    still = nn.SGD(layer.parameters, 1e-300)
    mean = one_epoch(layer, nn.MeanSquaredError(), still, x, y, 3, None, np.random.default_rng(0), None)
    assert mean == pytest.approx(whole, rel=1e-12)


def test_early_stopping_goes_back_to_the_best_state() -> None:
    model, stopping = nn.Sequential(nn.Dense(2, 1, rng=0), nn.BatchNorm(1)), EarlyStopping(2)
    losses, over = [3.0, 2.0, 2.5, 2.0], []
    for number, loss in enumerate(losses):
        model.parameters[0].value[...] = number
        over.append(stopping.over(loss, model))
    assert over == [False, False, False, True]
    stopping.restore(model)
    np.testing.assert_array_equal(model.parameters[0].value, [[1], [1]])


def test_early_stopping_in_fit() -> None:
    """With noise alone to learn, the validation loss turns early; the model that is left is the best one."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 12)), rng.standard_normal((20, 1))
    seen = rng.standard_normal((30, 12)), rng.standard_normal((30, 1))
    model = nn.Sequential(nn.Dense(12, 40, rng=0), nn.Tanh(), nn.Dense(40, 1, rng=0))
    history = nn.fit(
        model, nn.MeanSquaredError(), nn.Adam(model.parameters, 0.01), x, y, epochs=400, validation=seen, patience=5, rng=0
    )  # fmt: skip
    losses = [epoch.validation_loss for epoch in history]
    assert len(history) < 400
    assert nn.MeanSquaredError().forward(model.forward(seen[0]), seen[1]) == pytest.approx(min(losses))


def test_penalties_act_in_training() -> None:
    """L1 makes the useless weights vanish, to within a step; L2 only shrinks them."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 4))
    y = x[:, :1] * 2.0 + 0.3 * rng.standard_normal((200, 1))
    found = {}
    for name, penalty in (("none", None), ("L1", nn.L1(0.2)), ("L2", nn.L2(0.2))):
        layer = nn.Dense(4, 1, rng=0)
        nn.fit(
            layer,
            nn.MeanSquaredError(),
            nn.SGD(layer.parameters, 0.01),
            x,
            y,
            epochs=300,
            batch_size=200,
            penalty=penalty,
            rng=0,
        )
        found[name] = np.abs(layer.weight.value[:, 0])
    assert found["L1"][1:].max() < 0.003 < found["none"][1:].max()
    assert found["L2"][0] < found["none"][0] - 0.1


def test_training_is_the_same_for_the_same_seed() -> None:
    def trained(seed: int) -> np.ndarray:
        x, y = line(30, 1)
        model = nn.Sequential(nn.Dense(3, 8, rng=seed), nn.ReLU(), nn.Dropout(0.3, rng=seed), nn.Dense(8, 1, rng=seed))
        nn.fit(model, nn.MeanSquaredError(), nn.SGD(model.parameters, 0.01), x, y, epochs=3, batch_size=7, rng=seed)
        assert not model.training
        return predict(model, x)

    np.testing.assert_array_equal(trained(3), trained(3))
    assert not np.array_equal(trained(3), trained(4))


def test_watch_is_told_every_row_and_every_epoch() -> None:
    x, y = line(10, 1)
    layer, told = nn.Dense(3, 1, rng=0), []
    nn.fit(
        layer, nn.MeanSquaredError(), nn.SGD(layer.parameters), x, y,
        epochs=2, batch_size=4, watch=lambda rows, epoch: told.append((rows, epoch and epoch.number)),
    )  # fmt: skip
    assert told == [(4, None), (4, None), (2, None), (0, 1), (4, None), (4, None), (2, None), (0, 2)]


def test_the_digits_are_split_without_overlap() -> None:
    pytest.importorskip("sklearn")
    data = datasets.digits(3)
    parts = [data.x, data.validation[0], data.held_out[0]]
    assert [len(part) for part in parts] == [1258, 180, 359]
    rows = [row.tobytes() for part in parts for row in part]
    assert len(rows) == 1797
    assert len(set(rows)) > 1790  # a few digits were written alike
    assert data.x.shape[1:] == (1, 8, 8)
    assert (data.x.min(), data.x.max()) == (0, 1)


def test_an_mlp_reads_digits() -> None:
    pytest.importorskip("sklearn")
    outcome = experiments.run(experiments.digits_mlp())
    assert outcome.score >= 0.97
    assert outcome.history[-1].loss < outcome.history[0].loss / 4


@pytest.mark.slow
def test_a_cnn_reads_digits() -> None:
    pytest.importorskip("sklearn")
    assert experiments.run(experiments.digits_cnn()).score >= 0.985
