"""Adjugate and cofactors of any square matrix, singular ones too, in any world of numbers.

One idea: the recursion of Faddeev and LeVerrier, M_1 = I, c_k = -tr(A M_k)/k, M_{k+1} = A M_k + c_k I, ends with adj(A) = (-1)^{n-1} M_n; it divides by
whole numbers alone. Source: Horn & Johnson 2013, 0.8.2 and problem 2.4.P26.
"""

from __future__ import annotations

from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import NotInWorld

Rows = list[list[Number]]


def adjugate(x: Tensor) -> Tensor:
    """The transpose of the cofactors; [1] of a matrix of size 1. Raises NotInWorld for an empty one."""
    n = x.shape[0]
    if n == 0:
        raise NotInWorld("an empty matrix has no entry to divide by")
    a = [x.entries[n * i : n * i + n] for i in range(n)]
    zero = a[0][0] * 0
    m = _plus([[zero] * n for _ in range(n)], zero + 1)
    for k in range(1, n):
        product = [[_dot(row, [m[i][j] for i in range(n)], zero) for j in range(n)] for row in a]
        trace = sum([product[i][i] for i in range(n)], zero)
        m = _plus(product, -trace / k)
    return Tensor(x.shape, [y if n % 2 else -y for row in m for y in row])


def cofactors(x: Tensor) -> Tensor:
    """The matrix of the cofactors."""
    n, made = x.shape[0], adjugate(x)
    return Tensor(x.shape, [made.entries[n * j + i] for i in range(n) for j in range(n)])


def _plus(rows: Rows, number: Number) -> Rows:
    return [[y + number if i == j else y for j, y in enumerate(row)] for i, row in enumerate(rows)]


def _dot(row: list[Number], column: list[Number], zero: Number) -> Number:
    return sum([x * y for x, y in zip(row, column, strict=True)], zero)


FORMULAS = {"adj": adjugate, "cof": cofactors}
