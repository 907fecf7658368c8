"""The optimisers, step by step against the notes' formulas written out, and by what the notes say of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from derive import nn

Array = np.ndarray
START, RATE = np.array([1.5, -2.0, 0.7]), 0.05
CURVATURE = np.array([1.0, 4.0, 0.3])


def slope(w: Array) -> Array:
    """Of ½ Σ c w², plus a part that is not linear."""
    return CURVATURE * w + 0.1 * np.sin(3 * w)


def walked(
    make: Callable[[list[nn.Parameter]], nn.Optimiser], steps: int, gradient: Callable[[Array], Array] = slope
) -> Array:
    """The parameter after some steps."""
    parameter = nn.Parameter("W", (3,), np.dtype(np.float64), decays=True)
    parameter.value = START.copy()
    optimiser = make([parameter])
    for _ in range(steps):
        optimiser.look_ahead()
        parameter.gradient = gradient(parameter.value)
        optimiser.step()
    return parameter.value


def by_the_notes(name: str, steps: int) -> Array:
    """The same recursion, each line as printed (with β₂ in the second moment, where the notes forget the index)."""
    w, a, G, H, m, v = START.copy(), 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(1, steps + 1):
        g = slope(w)
        match name:
            case "SGD":
                w = w - RATE * g
            case "Momentum":
                a = 0.8 * a + g
                w = w - RATE * a
            case "Nesterov":
                a = 0.8 * a + slope(w - RATE * 0.8 * a)
                w = w - RATE * a
            case "Adagrad":
                G = G + g**2
                w = w - RATE / np.sqrt(G + 1e-3) * g
            case "Adadelta":
                G = 0.8 * G + 0.2 * g**2
                new = w - np.sqrt(H + 1e-3) / np.sqrt(G + 1e-3) * g
                H = 0.8 * H + 0.2 * (new - w) ** 2
                w = new
            case "RMSprop":
                G = 0.8 * G + 0.2 * g**2
                w = w - RATE / np.sqrt(G + 1e-3) * g
            case "Adam":
                m = 0.7 * m + 0.3 * g
                v = 0.8 * v + 0.2 * g**2
                w = w - RATE / np.sqrt(v + 1e-3) * np.sqrt(1 - 0.8**t) / (1 - 0.7**t) * m
    return w


MAKE: dict[str, Callable[[list[nn.Parameter]], nn.Optimiser]] = {
    "SGD": lambda p: nn.SGD(p, RATE),
    "Momentum": lambda p: nn.Momentum(p, RATE, 0.8),
    "Nesterov": lambda p: nn.Nesterov(p, RATE, 0.8),
    "Adagrad": lambda p: nn.Adagrad(p, RATE, eps=1e-3),
    "Adadelta": lambda p: nn.Adadelta(p, 0.8, eps=1e-3),
    "RMSprop": lambda p: nn.RMSprop(p, RATE, 0.8, eps=1e-3),
    "Adam": lambda p: nn.Adam(p, RATE, 0.7, 0.8, eps=1e-3),
}


@pytest.mark.parametrize("steps", [1, 2, 17])
@pytest.mark.parametrize("name", MAKE)
def test_each_is_the_notes_formula(name: str, steps: int) -> None:
    np.testing.assert_allclose(walked(MAKE[name], steps), by_the_notes(name, steps), rtol=1e-12)


@pytest.mark.parametrize("name", MAKE)
def test_each_walks_downhill(name: str) -> None:
    def value(w: Array) -> float:
        return float((CURVATURE * w * w).sum() / 2 - (np.cos(3 * w) / 30).sum())

    assert value(walked(MAKE[name], 60)) < value(walked(MAKE[name], 5)) < value(START)


def test_momentum_is_the_geometric_sum_of_gradients() -> None:
    gradients = iter(np.eye(3))
    w = walked(lambda p: nn.Momentum(p, 1.0, 0.5), 3, lambda _: next(gradients))
    np.testing.assert_allclose(START - w, [1 + 0.5 + 0.25, 1 + 0.5, 1])


def test_adagrad_steps_shrink_like_the_root() -> None:
    w = walked(lambda p: nn.Adagrad(p, 1.0, eps=0), 4, lambda _: np.array([2.0, 2.0, 0.0]))
    np.testing.assert_allclose(START - w, [1 + 2**-0.5 + 3**-0.5 + 0.5] * 2 + [0])


def test_rmsprop_tends_to_the_sign() -> None:
    before, after = (
        walked(lambda p: nn.RMSprop(p, 0.1, eps=0), n, lambda _: np.array([3.0, -5.0, 1.0])) for n in (200, 201)
    )
    np.testing.assert_allclose(before - after, [0.1, -0.1, 0.1], rtol=1e-6)


def test_adam_first_step_is_the_rate_whatever_the_scale() -> None:
    for scale in (1e-3, 1.0, 1e3):
        w = walked(lambda p: nn.Adam(p, 0.1, eps=0), 1, lambda _, s=scale: s * np.array([1.0, -2.0, 3.0]))
        np.testing.assert_allclose(START - w, [0.1, -0.1, 0.1], rtol=1e-12)


def test_weight_decay_is_the_gradient_of_the_penalty() -> None:
    """(1 − ηα)W − η∇loss for SGD, on weights and not on biases; the same as an L2 penalty."""
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((5, 4)), rng.standard_normal((5, 3))

    def stepped(decay: float, penalty: float) -> list[Array]:
        layer = nn.Dense(4, 3, rng=1)
        layer.bias.value = np.ones(3)
        layer.forward(x)
        layer.backward(g)
        nn.L2(penalty).backward(layer)
        nn.SGD(layer.parameters, 0.1, weight_decay=decay).step()
        return [p.value for p in layer.parameters]

    start, plain, decayed, penalised = (
        nn.Dense(4, 3, rng=1).weight.value,
        stepped(0, 0),
        stepped(0.3, 0),
        stepped(0, 0.3),
    )
    np.testing.assert_allclose(decayed[0], plain[0] - 0.1 * 0.3 * start, rtol=1e-12)
    np.testing.assert_allclose(penalised[0], decayed[0], rtol=1e-12)
    np.testing.assert_array_equal(decayed[1], plain[1])


def test_nesterov_refuses_a_gradient_of_another_point() -> None:
    optimiser = nn.Nesterov(nn.Dense(2, 1, rng=0).parameters)
    with pytest.raises(RuntimeError, match="look_ahead"):
        optimiser.step()
    optimiser.look_ahead()
    with pytest.raises(RuntimeError, match="look_ahead"):
        optimiser.look_ahead()
