"""Half vectorisation, duplication and elimination, matrices without a row and a column: from their definitions, in any world of numbers.

One idea: all of them only choose entries or place zeros and ones, so the numbers are never looked into. It knows no identity among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.numeric.tensor import Number, Tensor
from derive.numeric.world import OutOfDomain


def places(n: int) -> Iterator[tuple[int, int]]:
    """(row, column) on and below the diagonal, column by column."""
    return ((i, j) for j in range(n) for i in range(j, n))


def half(x: Tensor) -> Tensor:
    """vech: the columns from the diagonal down."""
    n = x.shape[0]
    chosen = [x.entries[i * n + j] for i, j in places(n)]
    return Tensor((len(chosen),), chosen)


def whole_number(x: Tensor) -> int:
    """The whole number that a scalar is in its world."""
    value = x.scalar
    for number in range(1 << 12):
        if value == number:
            return number
    raise OutOfDomain("the value is not a small whole number")


def _placed(x: Tensor, share: Callable[[int, int, int, int], float]) -> tuple[int, list[list[Number]]]:
    """For every place (i, j) of vech, the row over the places (k, l) of vec, with the entry share(i, j, k, l)."""
    n = whole_number(x)
    zero = x.scalar * 0
    one = zero + 1
    number = {0.0: zero, 0.5: one / 2, 1.0: one}
    vec = [(k, ell) for ell in range(n) for k in range(n)]
    return n, [[number[share(i, j, k, ell)] for k, ell in vec] for i, j in places(n)]


def elimination(x: Tensor) -> Tensor:
    """Ln: vec(A) to vech(A)."""
    n, rows = _placed(x, lambda i, j, k, ell: float((i, j) == (k, ell)))
    return Tensor((len(rows), n * n), [entry for row in rows for entry in row])


def _same_pair(i: int, j: int, k: int, ell: int) -> bool:
    return (i, j) in ((k, ell), (ell, k))


def duplication(x: Tensor) -> Tensor:
    """Dn: vech(S) to vec(S) of a symmetric S."""
    n, rows = _placed(x, lambda i, j, k, ell: float(_same_pair(i, j, k, ell)))
    return Tensor((n * n, len(rows)), [entry for column in zip(*rows, strict=True) for entry in column])


def halving(x: Tensor) -> Tensor:
    """Dnp = (Dn'Dn)⁻¹Dn': Dn'Dn is diagonal, 1 for a place on the diagonal and 2 for one below."""
    n, rows = _placed(x, lambda i, j, k, ell: float(_same_pair(i, j, k, ell)) / (1 if i == j else 2))
    return Tensor((len(rows), n * n), [entry for row in rows for entry in row])


def minor(x: Tensor, i: Tensor, j: Tensor) -> Tensor:
    """The matrix without its i-th row and j-th column; raises OutOfDomain for a place outside of it."""
    rows, columns = x.shape
    row, column = whole_number(i), whole_number(j)
    if not (1 <= row <= rows and 1 <= column <= columns):
        raise OutOfDomain(f"there is no row {row} and column {column} in {rows}×{columns}")
    kept = [x.entries[r * columns + c] for r in range(rows) for c in range(columns) if r != row - 1 and c != column - 1]
    return Tensor((rows - 1, columns - 1), kept)


TENSORS: dict[str, Callable[..., Tensor]] = {
    "vech": half,
    "Dn": duplication,
    "Dnp": halving,
    "Ln": elimination,
    "minor": minor,
}
