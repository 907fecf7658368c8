"""The adjugate of singular matrices: its value, its script, and what is proved of it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from flint import acb, fmpq

import derive
from derive.numeric.adjugate import adjugate, cofactors
from derive.numeric.tensor import Tensor


def by_minors(rows: list[list[int]]) -> list[list[int]]:
    """Cofactors by the formula of Leibniz, transposed."""
    n = len(rows)

    def minor(i: int, j: int) -> int:
        left = [[x for b, x in enumerate(row) if b != j] for a, row in enumerate(rows) if a != i]
        total = 0
        for order in permutations(range(n - 1)):
            swaps = sum(order[a] > order[b] for a in range(n - 1) for b in range(a + 1, n - 1))
            term = (-1) ** swaps
            for a, b in enumerate(order):
                term *= left[a][b]
            total += term
        return total

    return [[(-1) ** (i + j) * minor(j, i) for j in range(n)] for i in range(n)]


MATRICES = {
    "of one": [[0]],
    "regular": [[2, 1], [5, 3]],
    "of rank 1": [[1, 2, 3], [2, 4, 6], [-1, -2, -3]],
    "skew": [[0, -3, 2], [3, 0, -1], [-2, 1, 0]],
    "zero": [[0] * 4] * 4,
    "of four": [[1, 0, 2, -1], [3, 1, 0, 4], [0, 2, 5, 1], [1, 1, 1, 1]],
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("number", [fmpq, acb], ids=["rational", "complex"])
def test_it_is_made_of_the_cofactors(name: str, number: type) -> None:
    rows = MATRICES[name]
    n = len(rows)
    x = Tensor((n, n), [number(entry) for row in rows for entry in row])
    wanted = by_minors(rows)
    assert [entry == wanted[k // n][k % n] for k, entry in enumerate(adjugate(x).entries)] == [True] * n * n
    assert [entry == wanted[k % n][k // n] for k, entry in enumerate(cofactors(x).entries)] == [True] * n * n


WRONG = [  # what holds for no singular matrix is not proved of matrices that are never regular
    ("adj(S)' == -adj(S)", "S: matrix(n, n) skew"),
    ("cof(S) == -cof(S)'", "S: matrix(n, n) skew"),
    ("adj(P) == det(P)*I", "P: matrix(n, n) projection"),
    ("rank(adj(A)) == rank(A)", "A: matrix(n, n)"),
    ("adj(x*y') == 0", "x: vector(n); y: vector(n)"),
]
RIGHT = [
    ("A*adj(A) == det(A)*I", "A: matrix(n, n)", "proved"),
    ("adj(A*B) == adj(B)*adj(A)", "A: matrix(n, n); B: matrix(n, n)", "proved"),
    ("adj(P)*P == det(P)*I", "P: matrix(n, n) projection", "consistent"),
    ("adj(S) == 0", "S: matrix(3, 3) rank-deficient; ", "refuted"),
    ("S*adj(S) == 0", "S: matrix(3, 3) skew", "consistent"),
]


@pytest.mark.parametrize(("statement", "given"), WRONG)
def test_what_fails_for_singular_matrices_is_refuted_and_replayed(statement: str, given: str) -> None:
    verdict = derive.verify(statement, given)
    assert verdict.status == "refuted"
    assert verdict.counterexample is not None
    space: dict[str, Any] = {}
    exec(verdict.counterexample.snippet, space)  # our own text
    assert np.abs(np.asarray(space["left"] - space["right"], dtype=float)).max() > 0.1


@pytest.mark.parametrize(("statement", "given", "status"), RIGHT)
def test_what_holds_is_accepted(statement: str, given: str, status: str) -> None:
    assert derive.verify(statement, given).status == status


WHOLE = [
    ("P^(k+1) == P", "P: matrix(n, n) idempotent"),
    ("P^(2*k+2) == P", "P: matrix(n, n) projection"),
    ("P^(k*j+1) == P", "P: matrix(n, n) idempotent; j: integer"),
    ("(x*y')^(k+1) == (y'*x)^k*x*y'", "x: vector(n); y: vector(n)"),
    ("(ones(n)*p')^(k+1) == ones(n)*p'", "p: vector(n) simplex"),
]


@pytest.mark.parametrize(("statement", "given"), WHOLE)
def test_a_whole_number_without_bounds_may_be_negative(statement: str, given: str) -> None:
    """At k = -1 the left side is I."""
    assert derive.verify(statement, f"{given}; k: integer").status != "proved"
    assert derive.verify("Q^(4*k) == I", "Q: matrix(n, n) orthogonal skew; k: integer").status == "proved"
