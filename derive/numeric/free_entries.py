"""Directions inside a structure, and what the derivative by free entries must be contracted with.

One idea: moving the free entry (i, j), i < j, of a symmetric X moves X_ij and X_ji together, so along a symmetric V the derivative by
free entries D gives `Σ_{i≤j} D_ij V_ij`. The second tensor also holds random entries that D must be blind to: a D that is itself not
symmetric (or not diagonal, …) is found out. Source: Magnus & Neudecker 2019, 9.15.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import fmpq

from derive.numeric.tensor import Tensor

Entry = Callable[[int, int], fmpq]
HALF = fmpq(1, 2)


def within(structure: str, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """A direction of the structure made of `first`, and the tensor for the answer, blind entries made of `second`.

    Raises ValueError for a structure without free entries of its own.
    """
    n = first.shape[0]
    rule = RULES.get(structure)
    if rule is None:
        raise ValueError(f"no free entries are known for {structure!r}")

    def a(i: int, j: int) -> fmpq:
        return first.entries[i * n + j]  # type: ignore[no-any-return]

    def b(i: int, j: int) -> fmpq:
        return second.entries[i * n + j]  # type: ignore[no-any-return]

    places = [(i, j) for i in range(n) for j in range(n)]
    pairs = [rule(i, j, a, b) for i, j in places]
    return Tensor(first.shape, [v for v, _ in pairs]), Tensor(first.shape, [c for _, c in pairs])


def _symmetric(i: int, j: int, a: Entry, b: Entry) -> tuple[fmpq, fmpq]:
    v = a(i, j) + a(j, i)
    return v, v * (HALF if i != j else 1) + b(i, j) - b(j, i)


def _skew(i: int, j: int, a: Entry, b: Entry) -> tuple[fmpq, fmpq]:
    v = a(i, j) - a(j, i)
    return v, v * HALF + b(i, j) + b(j, i)


def _where(inside: Callable[[int, int], bool]) -> Callable[[int, int, Entry, Entry], tuple[fmpq, fmpq]]:
    """Free where `inside` says so, zero elsewhere."""
    return lambda i, j, a, b: (a(i, j), a(i, j)) if inside(i, j) else (fmpq(0), b(i, j))


RULES: dict[str, Callable[[int, int, Entry, Entry], tuple[fmpq, fmpq]]] = {
    "symmetric": _symmetric,
    "skew": _skew,
    "diagonal": _where(lambda i, j: i == j),
    "lower-triangular": _where(lambda i, j: i >= j),
    "upper-triangular": _where(lambda i, j: i <= j),
}
