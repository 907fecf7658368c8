"""Arrays that satisfy declarations, drawn by hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings

from derive.finding import DeriveError
from derive.testing import assert_gradient
from derive.testing.strategies import array, declared, inputs_of

FEW = settings(max_examples=30, deadline=None)


@FEW
@given(
    declared(
        "X: matrix(n, d); S: matrix(d, d) pd; p: vector(d) simplex; k: integer in 2..4; Q: matrix(n, n) orthogonal; t: scalar positive"
    )
)
def test_what_is_declared_holds(values: Any) -> None:
    n, d = values["X"].shape
    assert values["S"].shape == (d, d)
    assert np.linalg.eigvalsh(values["S"]).min() > 0
    assert values["p"].shape == (d,)
    assert np.isclose(values["p"].sum(), 1)
    assert (values["p"] >= 0).all()
    assert np.allclose(values["Q"] @ values["Q"].T, np.eye(n))
    assert isinstance(values["k"], int)
    assert 2 <= values["k"] <= 4
    assert values["t"] > 0


@FEW
@given(inputs_of("norm2(X*w - y)^2", {"X": ("n", "d"), "n": 3}, dtype=np.float32))
def test_the_variables_of_a_formula(values: Any) -> None:
    assert values["X"].shape == (3, len(values["w"]))
    assert values["y"].shape == (3,)
    assert {v.dtype for v in values.values()} == {np.dtype(np.float32)}


@settings(max_examples=10, deadline=None)
@given(inputs_of("norm2(X*w - y)^2"))
def test_an_assert_at_what_is_drawn(values: Any) -> None:
    assert assert_gradient(None, lambda X, w, y: 2 * X.T @ (X @ w - y), "norm2(X*w - y)^2", "w", at=values).ok


def test_ties_and_zeros_are_found_and_small() -> None:
    tied = find(array("vector(n)"), lambda x: len(x) > 2 and len(set(x.tolist())) < len(x))
    assert tied.shape == (3,)
    assert find(array("matrix(n, n) symmetric"), lambda a: len(a) > 1).shape == (2, 2)


def test_what_is_not_read_is_refused() -> None:
    with pytest.raises(DeriveError):
        declared("X: matrx(n, d)")
