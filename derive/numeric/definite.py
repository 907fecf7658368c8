"""Is a matrix positive definite, or semidefinite, at a point?

One idea: by the pivots of the elimination, which are ratios of leading minors; a semidefinite matrix is one whose every shift by a little more
than nothing is definite. In rationals there is no "little": the coefficients of det(A + tI) say it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import arb, fmpq_mat

from derive.numeric.agreement import (
    AGREES,
    DIFFERS,
    DIGITS,
    ROUNDS,
    SPARE,
    UNDECIDED,
    Agreement,
    Point,
    exactly,
    in_balls_at,
    tolerance,
)
from derive.numeric.ball import BALLS, precision
from derive.numeric.derivatives import bits_needed, order
from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import World
from derive.term import Term


def definite(
    term: Term, point: Point, sizes: Mapping[str, int], semi: bool = False, digits: int = DIGITS, world: World = BALLS
) -> Agreement:
    """Whether a square matrix is symmetric (Hermitian) and positive definite, or with `semi` positive semidefinite, at a point.

    By the pivots of its Cholesky factorisation. A semidefinite matrix that is singular to `digits` is `touching`, unless rationals decide.
    Raises as `related`, ValueError for a matrix that is not square.
    """
    exact = exactly(term, term, point, sizes) if world is BALLS else None
    if exact is not None:
        return _definite_exactly(Tensor(exact.shape, exact.left), semi)
    derived = order(term) > 0
    bits = 2 * bits_needed(digits + SPARE, term)
    for turn in range(ROUNDS):
        with precision(bits << turn):
            value = in_balls_at(term, term, point, sizes, world)
            rows = _rows(value.shape, value.left)
            size = max(value.scale(), key=lambda x: x.mid()).upper()
            if size.is_zero():
                return Agreement(AGREES) if semi else Agreement(DIFFERS, reason="the matrix is zero")
            bound = tolerance(digits) * size
            skewed = _skewed(rows, bound)
            if skewed is not None:
                return Agreement(DIFFERS, entry=skewed, reason="the matrix is not symmetric")
            rows = _real_rows(rows)
            if all(p > 0 for p in pivots(shifted(rows, -bound) if derived else rows)):
                return Agreement(AGREES)
            raised = pivots(shifted(rows, bound))
            if any(p < 0 for p in raised):
                return Agreement(DIFFERS, reason="the matrix has an eigenvalue that is negative")
            if semi and all(p > 0 for p in raised):
                return Agreement(AGREES, touching=True)
    return Agreement(UNDECIDED, reason="the matrix is singular as far as can be told")


def _rows(shape: tuple[int, ...], entries: Sequence[Number]) -> list[list[Number]]:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError("definiteness is said of square matrices")
    n = shape[0]
    return [list(entries[i * n : (i + 1) * n]) for i in range(n)]


def _skewed(rows: Sequence[Sequence[Number]], bound: arb) -> tuple[int, ...] | None:
    """A place where the matrix is certainly not its (conjugate) transpose."""
    for i, row in enumerate(rows):
        for j in range(i + 1):
            other = rows[j][i]
            other = other if isinstance(other, arb) else other.conjugate()
            if abs(row[j] - other) > bound:
                return i + 1, j + 1
    return None


def _real_rows(rows: list[list[Number]]) -> list[list[Number]]:
    """A Hermitian A + iB as the symmetric [A, -B; B, A], which has the same eigenvalues twice; a real matrix as its symmetric part."""
    if not all(isinstance(x, arb) for row in rows for x in row):
        above = [[x.real for x in row] + [-x.imag for x in row] for row in rows]
        rows = above + [[x.imag for x in row] + [x.real for x in row] for row in rows]
    half = arb(0.5)
    return [[(x + rows[j][i]) * half for j, x in enumerate(row)] for i, row in enumerate(rows)]


def shifted(rows: Sequence[Sequence[Number]], by: Number) -> list[list[Number]]:
    """The matrix plus a multiple of the identity."""
    return [[x + by if i == j else x for j, x in enumerate(row)] for i, row in enumerate(rows)]


def pivots(rows: Sequence[Sequence[Number]]) -> list[Number]:
    """The pivots of a symmetric matrix, down to the first that is not certainly positive."""
    a = [list(row) for row in rows]
    found: list[Number] = []
    for k in range(len(a)):
        pivot = a[k][k]
        found.append(pivot)
        if not pivot > 0:
            break
        for i in range(k + 1, len(a)):
            factor = a[i][k] / pivot
            a[i] = [x - factor * y for x, y in zip(a[i], a[k], strict=True)]
    return found


def _definite_exactly(matrix: Tensor, semi: bool) -> Agreement:
    """Positive semidefinite is A + tI positive definite for all t > 0: no coefficient of det(A + tI) is negative."""
    rows = _rows(matrix.shape, matrix.entries)
    for i, row in enumerate(rows):
        for j in range(i):
            if row[j] != rows[j][i]:
                return Agreement(
                    DIFFERS, True, (i + 1, j + 1), str(row[j]), str(rows[j][i]), reason="the matrix is not symmetric"
                )
    if semi:
        n = len(rows)
        holds = all(c >= 0 for c in (-fmpq_mat(n, n, matrix.entries)).charpoly().coeffs())
    else:
        holds = len(found := pivots(rows)) == len(rows) and found[-1] > 0
    if holds:
        return Agreement(AGREES, True)
    sign = "negative" if semi else "not positive"
    return Agreement(DIFFERS, True, reason=f"the matrix has an eigenvalue that is {sign}")
