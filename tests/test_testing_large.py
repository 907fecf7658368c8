"""A million inputs: gross mistakes are rejected, failing costs no more than twice a pass, and memory is a small multiple of the input."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derive.testing import check_backward

WRONG: dict[str, Callable[[Any], Any]] = {
    "one percent everywhere": lambda d: 1.01 * d,
    "zero": lambda d: 0 * d,
    "sign": lambda d: -d,
}


def _forward(x: Any) -> Any:
    return np.tanh(x).sum()


def _backward(g: Any, x: Any) -> Any:
    return (g * (1 - np.tanh(x) ** 2),)


@pytest.fixture(scope="module")
def million() -> Any:
    return np.random.default_rng(0).standard_normal(1_000_000)


def test_a_million_entries(million: Any) -> None:
    right = check_backward(_forward, _backward, [million], seed=1)
    assert right.ok
    for name, change in WRONG.items():
        wrong = check_backward(_forward, lambda g, x, c=change: (c(_backward(g, x)[0]),), [million], seed=1)
        assert wrong.outcome == "wrong", name
        assert sum(wrong.calls) <= 2 * sum(right.calls), name


def test_a_part_of_a_million_entries(million: Any) -> None:
    def wrong(g: Any, x: Any) -> Any:
        d = _backward(g, x)[0]
        d[400_000:401_000] *= 2
        return (d,)

    report = check_backward(_forward, wrong, [million], seed=1)
    assert report.outcome == "wrong"
    assert 400_000 <= report.spots[0].at[0] < 401_000


def test_memory_is_linear_also_when_it_fails() -> None:
    used = []
    for n in (20_000, 80_000):
        x = np.random.default_rng(0).standard_normal(n)
        for change in (1.0, 1.01):
            tracemalloc.start()
            check_backward(_forward, lambda g, x, c=change: (c * _backward(g, x)[0],), [x], seed=1)
            used.append(tracemalloc.get_traced_memory()[1] / x.nbytes)
            tracemalloc.stop()
    assert max(used) < 40


def test_as_many_outputs_as_inputs() -> None:
    x = np.random.default_rng(0).standard_normal(50_000)
    tracemalloc.start()
    right = check_backward(np.tanh, _backward, [x], seed=1)
    wrong = check_backward(np.tanh, lambda g, x: (1.01 * _backward(g, x)[0],), [x], seed=1)
    peak = tracemalloc.get_traced_memory()[1] / x.nbytes
    tracemalloc.stop()
    assert (right.outcome, wrong.outcome) == ("ok", "wrong")
    assert sum(wrong.calls) <= 2 * sum(right.calls)
    assert peak < 200
