"""The items of the study notes that are no statements of the language: shapes, counts, small experiments, asked of `derive.nn` and of NumPy.

One idea: `data/seed_items.json` says of every item of the notes where it is kept: an entry of the catalogue, a test, or an example below. That each of those exists
is tested here too.
"""

from __future__ import annotations

import ast
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import derive
from derive import nn
from derive.finding import LanguageError
from derive.nn.sizes import conv_output, conv_parameters

HERE = Path(__file__).parent
ITEMS: dict[str, list[str]] = json.loads((HERE / "data" / "seed_items.json").read_text("utf-8"))
EXAMPLES: dict[str, dict[str, str]] = json.loads((HERE / "data" / "seed_examples.json").read_text("utf-8"))
RNG = np.random.default_rng(0)


def test_every_item_is_kept_somewhere() -> None:
    assert len(ITEMS) == 283
    assert all(ITEMS.values())


def test_the_entries_exist() -> None:
    names = {entry.name for entry in derive.identities.entries()}
    assert not [t for targets in ITEMS.values() for t in targets if t != "example" and "::" not in t and t not in names]


def test_the_tests_exist() -> None:
    wanted = {t for targets in ITEMS.values() for t in targets if "::" in t}
    there = {
        f"{path.name}::{node.name}"
        for path in HERE.glob("test_*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert wanted <= there


def test_the_examples_exist() -> None:
    assert {item for item, targets in ITEMS.items() if "example" in targets} == set(EXAMPLES)


@pytest.mark.parametrize("item", EXAMPLES)
def test_an_example_of_the_notes_holds(item: str) -> None:
    verdict = derive.verify(**EXAMPLES[item])
    assert verdict.ok, (verdict, verdict.message)


# Shapes and counts.


def test_shapes_of_layers() -> None:
    one, batch = np.ones((1, 4)), np.ones((7, 4))
    for outputs in (1, 2, 3, 10):
        layer = nn.Dense(4, outputs, rng=0)
        assert layer.forward(one).shape == (1, outputs)
        assert layer.forward(batch).shape == (7, outputs)
    two = nn.Sequential(nn.Dense(4, 5, rng=0), nn.ReLU(), nn.Dense(5, 3, rng=0))
    assert two.forward(batch).shape == (7, 3)
    assert np.shape(nn.CrossEntropy().forward(two.forward(batch), np.zeros(7, int))) == ()


def test_shapes_are_read_off_the_expression() -> None:
    assert derive.gradient("w'*x", wrt="w").shape == ("n",)
    assert derive.jacobian("W*x", wrt="x", given="W: matrix(3, 4)").shape == ("3", "4")


def test_the_depth_is_the_number_of_filters() -> None:
    layer = nn.Conv2d(32, 64, 3, rng=0)
    assert layer.forward(np.ones((1, 32, 6, 6))).shape == (1, 64, 4, 4)
    assert nn.Conv2d(128, 256, 3, rng=0).parameters[0].value.shape == (256, 128, 3, 3)


def test_the_channels_of_kernel_and_input_agree() -> None:
    with pytest.raises(ValueError, match="channels"):
        nn.Conv2d(3, 8, 3, rng=0).forward(np.ones((1, 4, 6, 6)))


def test_counts_of_the_notes() -> None:
    assert conv_parameters(128, 64, (3, 3), bias=False) == 73_728
    assert conv_parameters(128, 64, (3, 3), bias=False) == conv_parameters(64, 128, (3, 3), bias=False)
    assert [conv_output(i, 3, 2, 1) for i in range(1, 20)] == [-(-i // 2) for i in range(1, 20)]
    windows = [range(2 * k, 2 * k + 3) for k in range(4)]
    assert {len(set(a) & set(b)) for a, b in pairwise(windows)} == {1}
    assert conv_parameters(5, 30, (3, 3), bias=False) == 1350
    assert conv_parameters(18, 5, (1, 1), bias=False) == 90


# Convolution.


def correlated(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    layer = nn.Conv1d(1, 1, len(w), bias=False, rng=0)
    layer.parameters[0].value[...] = w
    return layer.forward(x.reshape(1, 1, -1))[0, 0]


def test_a_correlation_is_a_convolution_with_the_flipped_kernel() -> None:
    x, w = RNG.normal(size=9), RNG.normal(size=3)
    np.testing.assert_allclose(correlated(x, w), np.convolve(x, w[::-1], "valid"))


def test_the_derivative_of_a_convolution_goes_to_either_factor() -> None:
    f, g, d = RNG.normal(size=5), RNG.normal(size=4), np.array([1.0, -1.0])  # d: the difference of neighbours
    np.testing.assert_allclose(np.convolve(np.convolve(f, g), d), np.convolve(f, np.convolve(g, d)))
    np.testing.assert_allclose(np.convolve(np.convolve(f, g), d), np.convolve(np.convolve(f, d), g))


def test_convolution_in_two_dimensions_commutes() -> None:
    f, g = RNG.normal(size=(3, 4)), RNG.normal(size=(2, 3))

    def convolved(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        out = np.zeros(np.add(a.shape, b.shape) - 1)
        for (i, j), value in np.ndenumerate(a):
            out[i : i + b.shape[0], j : j + b.shape[1]] += value * b
        return out

    np.testing.assert_allclose(convolved(f, g), convolved(g, f))


def test_a_separable_kernel_is_three_convolutions() -> None:
    u, v, w = (RNG.normal(size=k) for k in (2, 3, 2))
    picture = RNG.normal(size=(1, 1, 4, 5, 4))
    layer = nn.Conv3d(1, 1, (2, 3, 2), bias=False, rng=0)
    layer.parameters[0].value[...] = np.einsum("i,j,k->ijk", u, v, w)
    step = picture[0, 0]
    for axis, kernel in enumerate((u, v, w)):
        step = np.apply_along_axis(lambda line, k=kernel: np.convolve(line, k[::-1], "valid"), axis, step)
    np.testing.assert_allclose(layer.forward(picture)[0, 0], step)


# Small experiments.


def test_a_density_is_no_probability() -> None:
    s = 0.1
    x = np.linspace(-10 * s, 10 * s, 20_001)
    density = np.exp(-(x**2) / (2 * s**2)) / np.sqrt(2 * np.pi * s**2)
    assert density.max() > 1
    assert density.sum() * (x[1] - x[0]) == pytest.approx(1)


def test_a_penalty_is_a_constraint() -> None:
    X, y, penalty = RNG.normal(size=(20, 3)), RNG.normal(size=20), 2.5
    w = np.linalg.solve(X.T @ X + penalty * np.eye(3), X.T @ y)
    best, radius = np.sum((X @ w - y) ** 2), np.linalg.norm(w)
    others = RNG.normal(size=(2000, 3))
    others *= radius * RNG.uniform(size=(2000, 1)) ** (1 / 3) / np.linalg.norm(others, axis=1, keepdims=True)
    assert np.all(np.sum((others @ X.T - y) ** 2, axis=1) >= best - 1e-12)


def test_expectation_maximisation_never_loses_likelihood() -> None:
    x = np.concatenate([RNG.normal(-2, 1, 60), RNG.normal(3, 0.5, 40)])
    share, mean, variance = np.array([0.5, 0.5]), np.array([-0.5, 0.5]), np.array([4.0, 4.0])
    told = []
    for _ in range(40):
        joint = share * np.exp(-((x[:, None] - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
        told.append(np.log(joint.sum(axis=1)).sum())
        weight = joint / joint.sum(axis=1, keepdims=True)
        share = weight.mean(axis=0)
        mean = (weight * x[:, None]).sum(axis=0) / weight.sum(axis=0)
        variance = (weight * (x[:, None] - mean) ** 2).sum(axis=0) / weight.sum(axis=0)
    assert np.all(np.diff(told) >= -1e-9)
    assert told[-1] > told[0] + 1


def test_folds_are_a_partition() -> None:
    order = RNG.permutation(23)
    folds = np.array_split(order, 5)
    assert sorted(np.concatenate(folds)) == list(range(23))
    assert sum(map(len, folds)) == 23


def test_the_determinant_scales_volumes() -> None:
    A = np.array([[2.0, 1.0], [0.5, -1.5]])
    points = RNG.uniform(-3, 3, size=(200_000, 2))
    inside = np.all((points @ np.linalg.inv(A).T > 0) & (points @ np.linalg.inv(A).T < 1), axis=1)
    assert 36 * inside.mean() == pytest.approx(abs(np.linalg.det(A)), rel=0.05)
    assert np.linalg.det(A) < 0  # it turns the plane over


def test_eigenvalues_need_a_square_matrix() -> None:
    with pytest.raises(LanguageError, match="square"):
        derive.read("eig(A)", given="A: matrix(2, 3)")


def test_the_logit_runs_from_minus_to_plus_infinity() -> None:
    p = np.array([1e-300, 0.5, 1 - 1e-16])
    logit = np.log(p / (1 - p))
    assert logit[0] < -600
    assert logit[1] == 0
    assert logit[2] > 30


def test_a_cold_softmax_picks_the_largest() -> None:
    z = np.array([[1.0, 3.0, 2.0]])
    np.testing.assert_allclose(nn.Softmax().forward(1e4 * z), [[0, 1, 0]], atol=1e-12)
