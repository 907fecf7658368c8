"""Hand-written backward passes, right and wrong: every wrong one fails, every right one passes, in double and in single precision, and the cause is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pairs import Pair
from pairs_arrays import ARRAYS
from pairs_layers import LAYERS
from pairs_losses import LOSSES

from derive.testing import GradientError, Inconclusive, assert_backward, check_backward

PAIRS = LAYERS + LOSSES + ARRAYS
BY_NAME = pytest.mark.parametrize("pair", PAIRS, ids=[p.name for p in PAIRS])
PRECISIONS = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])


def _inputs(pair: Pair, dtype: Any, seed: int = 0) -> list[Any]:
    made = [np.asarray(x) for x in pair.inputs(np.random.default_rng(seed))]
    return [x.astype(dtype) if x.dtype.kind == "f" else x for x in made]


@PRECISIONS
@BY_NAME
def test_right_ones_pass(pair: Pair, dtype: Any) -> None:
    report = assert_backward(pair.forward, pair.right, _inputs(pair, dtype), seed=1)
    assert report.ok
    assert report.relative < 2e-3  # a mistake of 1 % would have been seen


@PRECISIONS
@BY_NAME
def test_wrong_ones_fail(pair: Pair, dtype: Any) -> None:
    with pytest.raises(GradientError) as caught:
        assert_backward(pair.forward, pair.wrong, _inputs(pair, dtype), seed=1)
    assert not isinstance(caught.value, Inconclusive)
    assert len(str(caught.value).splitlines()) <= 15
    assert "seed 1" in str(caught.value)


@pytest.mark.slow
@PRECISIONS
@pytest.mark.parametrize("seed", range(1, 12))
@BY_NAME
def test_whatever_the_seed(pair: Pair, dtype: Any, seed: int) -> None:
    inputs = _inputs(pair, dtype, seed)
    assert check_backward(pair.forward, pair.right, inputs, seed=seed).outcome in ("ok", "inconclusive")
    right = [g for g in pair.right(*_cotangent(pair, inputs), *inputs) if g is not None]
    wrong = [g for g in pair.wrong(*_cotangent(pair, inputs), *inputs) if g is not None]
    if not all(a.shape == b.shape and np.allclose(a, b, 1e-3) for a, b in zip(right, wrong, strict=True)):
        assert check_backward(pair.forward, pair.wrong, inputs, seed=seed).outcome not in ("ok", "inconclusive")


def _cotangent(pair: Pair, inputs: list[Any]) -> tuple[Any]:
    out, rng = pair.forward(*inputs), np.random.default_rng(5)
    if isinstance(out, tuple):
        return (tuple([rng.standard_normal(y.shape).astype(y.dtype) for y in out]),)
    return (np.asarray(rng.standard_normal(np.shape(out))).astype(np.asarray(out).dtype)[()],)


def test_the_cause_is_named() -> None:
    named, wrongly = 0, []
    for pair in PAIRS:
        cause = check_backward(pair.forward, pair.wrong, _inputs(pair, np.float64), seed=1).cause
        if cause is None:
            continue
        if cause.code in pair.causes:
            named += 1
        else:
            wrongly.append(f"{pair.name}: {cause.code}")
    assert named >= 0.85 * len(PAIRS)
    assert len(wrongly) <= 0.05 * len(PAIRS), wrongly
