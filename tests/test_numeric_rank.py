"""Pseudo-inverses and ranks in balls: of matrices without full rank too, and never of a rank that a difference quotient has made."""

from __future__ import annotations

import pytest
from flint import arb, fmpq, fmpq_mat

from derive.numeric import exact
from derive.numeric.ball import precision
from derive.numeric.spectral import pseudo_inverse, rank
from derive.numeric.tensor import Tensor
from derive.numeric.world import OutOfDomain

BITS = 256


def of_rank(rows: int, columns: int, r: int) -> Tensor:
    left = fmpq_mat(rows, r, [fmpq(3 * i * i + 5 * i - 7, 3 + i % 4) for i in range(rows * r)])
    right = fmpq_mat(r, columns, [fmpq(i * i - 5 * i + 2, 7) + i % 3 for i in range(r * columns)])
    return Tensor((rows, columns), list((left * right).entries()))


@pytest.mark.parametrize("shape", [(3, 4, 2), (4, 3, 3), (4, 4, 1), (2, 2, 2), (3, 3, 2), (2, 5, 2)])
def test_pseudo_inverse_is_the_exact_one(shape: tuple[int, int, int]) -> None:
    x = of_rank(*shape)
    with precision(BITS):
        wide = x.each(arb)
        assert rank(wide).scalar == shape[2]
        for got, wanted in zip(pseudo_inverse(wide).entries, exact.pinv(x).entries, strict=True):
            assert abs(got - arb(wanted)) < arb(10) ** -60


def test_zero_has_rank_zero() -> None:
    with precision(BITS):
        x = Tensor((2, 3), [arb(0)] * 6)
        assert rank(x).scalar == 0
        assert pseudo_inverse(x).shape == (3, 2)
        assert all(e.is_zero() for e in pseudo_inverse(x).entries)


@pytest.mark.parametrize("step", [2.0**-64, 2.0**-90])
def test_a_rank_made_by_a_small_step_is_undecided(step: float) -> None:
    x = of_rank(3, 3, 2)
    with precision(BITS):
        moved = Tensor(x.shape, [arb(e) + (arb(step) if k == 4 else 0) for k, e in enumerate(x.entries)])
        for function in (rank, pseudo_inverse):
            with pytest.raises(OutOfDomain):
                function(moved)


def test_wide_balls_do_not_decide_a_rank() -> None:
    with precision(BITS):
        x = Tensor((2, 2), [arb(1, 0.5), arb(1), arb(1), arb(1)])
        with pytest.raises(OutOfDomain):
            rank(x)


def test_few_bits_do_not_decide_a_rank_that_is_not_full() -> None:
    x = of_rank(3, 3, 2)
    with precision(64), pytest.raises(OutOfDomain):
        rank(x.each(lambda e: arb(e) * arb.pi()))


def test_a_badly_conditioned_matrix_has_full_rank() -> None:
    """Hilbert's matrix of order 8: its condition is 1e10."""
    x = Tensor((8, 8), [fmpq(1, i + j + 1) for i in range(8) for j in range(8)])
    with precision(BITS):
        assert rank(x.each(arb)).scalar == 8
