"""Free entries of a structured matrix: what moves together with an entry, and what a derivative by them is contracted with.

One idea: moving the free entry (i, j), i < j, of a symmetric X moves X_ij and X_ji together, so along a symmetric V the derivative by
free entries D gives `Σ_{i≤j} D_ij V_ij`. The second tensor also holds random entries that D must be blind to: a D that is itself not
symmetric (or not diagonal, …) is found out. Source: Magnus & Neudecker 2019, 9.15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from flint import fmpq

from derive.numeric.tensor import Tensor
from derive.numeric.world import NotInWorld

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


# ---------------------------------------------------------------------- what moves together

Move = tuple[tuple[int, int], ...]  # places in the flat list of entries, and their weights
Place = tuple[int, int]
SYMMETRIC = frozenset(("symmetric", "psd", "pd"))
CURVED = frozenset(
    "orthogonal unitary idempotent projection involutory nilpotent permutation stochastic rank-deficient singular normal triangular hermitian "
    "skewhermitian simplex one-hot one-hot-rows unit-norm zero integer".split()
)


def is_symmetric(properties: Iterable[str]) -> bool:
    """Whether a declared property makes a matrix symmetric."""
    return any(word in SYMMETRIC for word in properties)


def alone(size: int) -> list[Move]:
    """Every entry moves by itself."""
    return [((k, 1),) for k in range(size)]


@lru_cache(maxsize=256)
def tied(properties: tuple[str, ...], shape: tuple[int, ...]) -> list[Move]:
    """For every entry of a matrix, what moves when it moves by 1 inside the linear structures among the properties; () where it is 0.

    Raises NotInWorld for a property whose matrices are no linear space: they have no free entries.
    """
    curved = [word for word in properties if word in CURVED or "commutes(" in word]
    if curved:
        raise NotInWorld(f"the entries of a variable that is {curved[0]} are not free")
    size = 1
    for n in shape:
        size *= n
    words = ["symmetric" if word in SYMMETRIC else word for word in properties]
    classes = [{k: 1} for k in range(size)]
    if len(shape) == 2:
        for word in words:
            for a, b, sign in TIES[word](*shape) if word in TIES else ():
                _tie(classes, a[0] * shape[1] + a[1], b[0] * shape[1] + b[1], sign)
    return [
        tuple(sorted([(place, sign * own[k]) for place, sign in own.items()])) if own else ()
        for k, own in enumerate(classes)
    ]


def _tie(classes: list[dict[int, int]], a: int, b: int, sign: int) -> None:
    """Entry b is `sign` times entry a; what would have to be its own opposite is 0."""
    first, second = classes[a], classes[b]
    if not first or not second:
        joined: dict[int, int] = {}
    elif first is second:
        joined = first if first[a] * sign == first[b] else {}
    else:
        relative = first[a] * sign * second[b]
        joined = {**first, **{place: s * relative for place, s in second.items()}}
    for place in (*first, *second, a, b):
        classes[place] = joined


def _pairs(rows: int, columns: int) -> list[Place]:
    return [(i, j) for i in range(rows) for j in range(columns)]


def _mirrored(sign: int) -> Callable[[int, int], list[tuple[Place, Place, int]]]:
    return lambda rows, columns: [((i, j), (j, i), sign) for i, j in _pairs(rows, columns) if i <= j]


def _vanishing(where: Callable[[int, int], bool]) -> Callable[[int, int], list[tuple[Place, Place, int]]]:
    return lambda rows, columns: [((i, j), (i, j), -1) for i, j in _pairs(rows, columns) if where(i, j)]


def _shifted(rows: int, columns: int) -> list[tuple[Place, Place, int]]:
    return [((i, j), (i + 1, j + 1), 1) for i, j in _pairs(rows - 1, columns - 1)]


def _rotated(rows: int, columns: int) -> list[tuple[Place, Place, int]]:
    return [((i, j), ((i + 1) % rows, (j + 1) % columns), 1) for i, j in _pairs(rows, columns)]


def _across(rows: int, columns: int) -> list[tuple[Place, Place, int]]:
    return [((i, j + 1), (i + 1, j), 1) for i, j in _pairs(rows - 1, columns - 1)]


def _multiple(rows: int, columns: int) -> list[tuple[Place, Place, int]]:
    return [*TIES["diagonal"](rows, columns), *_shifted(rows, columns)]


# Entry b is ±1 times entry a; an entry that is its own opposite is 0.
TIES: dict[str, Callable[[int, int], Sequence[tuple[Place, Place, int]]]] = {
    "symmetric": _mirrored(1),
    "skew": _mirrored(-1),
    "diagonal": _vanishing(lambda i, j: i != j),
    "lower-triangular": _vanishing(lambda i, j: i < j),
    "upper-triangular": _vanishing(lambda i, j: i > j),
    "toeplitz": _shifted,
    "circulant": _rotated,
    "hankel": _across,
    "scalar-multiple-of-identity": _multiple,
}
