"""Eigenvalues in exact rationals, where they are rational and however many are equal: of diagonal and of symmetric 2×2 matrices.

One idea: balls cannot tell a tie from two values that are near, and fractions can; so what is said of equal eigenvalues can be looked at where they are
equal. Every other matrix has no eigenvalues here.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq

from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld, OutOfDomain, fraction_of

Root = Callable[[fmpq], fmpq]


def spectra(root: Root) -> dict[str, Callable[..., Tensor]]:
    """The functions of a symmetric matrix that are eigenvalues; `root` is the square root of a square of a rational."""

    def ascending(x: Tensor) -> list[fmpq]:
        n = x.shape[0]
        rows = [x.entries[i * n : (i + 1) * n] for i in range(n)]
        if any(rows[i][j] != rows[j][i] for i in range(n) for j in range(i)):
            raise OutOfDomain("the matrix is not symmetric")
        if all(rows[i][j] == 0 for i in range(n) for j in range(i)):
            return sorted(rows[i][i] for i in range(n))
        if n != 2:
            raise NotInWorld("the eigenvalues are not known to be rational")
        middle, half = (rows[0][0] + rows[1][1]) / 2, (rows[0][0] - rows[1][1]) / 2
        apart = root(half * half + rows[0][1] * rows[0][1])
        return [middle - apart, middle + apart]

    def at(x: Tensor, i: Tensor) -> Tensor:
        place, whole = fraction_of(i.scalar)
        if whole != 1 or not 1 <= place <= x.shape[0]:
            raise OutOfDomain(f"there is no eigenvalue {i.scalar} among {x.shape[0]}")
        return Tensor((), [ascending(x)[place - 1]])

    return {
        "eig": lambda x: Tensor((x.shape[0],), ascending(x)),
        "eigi": at,
        "lmax": lambda x: Tensor((), [ascending(x)[-1]]),
        "lmin": lambda x: Tensor((), [ascending(x)[0]]),
    }
