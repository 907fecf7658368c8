"""Functions at which checkers of gradients fail: the right ones pass, and their twins, 1 % off in one entry, do not."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_cases import Hard, hard_cases, twin

from derive.testing import check_backward

CASES = hard_cases()


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_right_ones_are_accepted_and_twins_rejected(case: Hard) -> None:
    with np.errstate(all="ignore"):
        assert check_backward(case.forward, case.backward, case.inputs, seed=1).outcome == "ok"
        assert check_backward(case.forward, twin(case), case.inputs, seed=1).outcome == "wrong"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_no_seed_calls_a_right_one_wrong(case: Hard, seed: int) -> None:
    with np.errstate(all="ignore"):
        assert check_backward(case.forward, case.backward, case.inputs, seed=seed).outcome in ("ok", "inconclusive")
        assert check_backward(case.forward, twin(case), case.inputs, seed=seed).outcome in ("wrong", "inconclusive")
