"""Members: the extreme values of what a declaration admits, small ones that can be followed by hand.

One idea: one list of special values serves every property, because each is taken only where it certainly has all that was declared: 0, the
identity and its negative, a permutation, rank one, nilpotent, unit vectors, uniform, badly conditioned and not diagonally dominant definite
matrices, equal eigenvalues, rotations by large angles; for complex variables those with i in them too. It evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isqrt
from typing import Any, NamedTuple

from flint import fmpq

from derive.judge.admitted import PARTNERED, admits, length
from derive.numeric.gaussian import IMAGINARY as I
from derive.numeric.gaussian import Gaussian
from derive.numeric.tensor import Tensor, count
from derive.term import Symbol

Number = Any  # fmpq or Gaussian
Block = tuple[str, tuple[tuple[Number, ...], ...], Number, bool]
NAMED = frozenset(("pd", "psd", "symmetric", "hermitian", "norm<1"))  # words for which every one of a kind is taken
SCALE = fmpq(4, 5)  # norm of what is declared of norm below 1
INNER = fmpq(1, 100)
# Blocks in the upper left corner of a matrix, with the number on the rest of the diagonal; what they are; whether what is near has the same properties
# that matter: no rank, no tie, no border.
BLOCKS: tuple[Block, ...] = (
    ("I", ((1, 0), (0, 1)), 1, False),
    ("nilpotent", ((0, 1), (0, 0)), 0, False),
    ("a projection on a unit vector", ((1, 0), (0, 0)), 0, False),
    ("0", ((0, 0), (0, 0)), 0, False),
    ("nearly singular", ((1, 2), (2, 5)), 1, True),
    ("badly conditioned", ((100, 0), (0, 1)), 1, True),
    ("-I", ((-1, 0), (0, -1)), -1, False),
    ("nearly singular", ((1, 1), (1, 2)), 1, True),
    ("badly conditioned", ((10, 0), (0, INNER)), 1, True),
    ("nearly singular", ((1, 3), (3, 10)), 1, True),
    ("skew", ((0, 4), (-4, 0)), 0, False),
    ("a projection on a unit vector", ((0, 0), (0, 1)), 0, False),
    ("a permutation", ((0, 1), (1, 0)), 1, False),
    ("of rank 1", ((1, -1), (-1, 1)), 0, False),
    ("nearly singular", ((5, 2), (2, 1)), 1, True),
    ("badly conditioned", ((INNER, 0), (0, 10)), 1, True),
    ("of rank 1", ((1, 1), (1, 1)), 0, False),
    ("singular", ((1, 1), (0, 0)), 0, False),
    ("singular", ((1, 0), (1, 0)), 0, False),
    ("nilpotent", ((0, 0), (1, 0)), 0, False),
    ("an involution", ((1, 1), (0, -1)), 1, False),
    ("a reflection", ((1, 0), (0, -1)), 1, False),
    ("a rotation", ((0, 1), (-1, 0)), 1, False),
    ("not diagonalisable", ((1, 1), (0, 1)), 1, False),
    ("negative", ((-1, -2), (-3, -4)), -1, True),
    ("small", ((INNER, 0), (0, INNER)), INNER, True),
    ("doubly stochastic", ((fmpq(1, 2), fmpq(1, 2)), (fmpq(1, 2), fmpq(1, 2))), 1, False),
)
COMPLEX_BLOCKS: tuple[Block, ...] = (
    ("a column of 1 and i", ((1, 0), (I, 0)), 0, False),
    ("iI", ((I, 0), (0, I)), 0, False),
    ("of rank 1", ((1, I), (-I, 1)), 0, False),
    ("nilpotent", ((1, I), (I, -1)), 0, False),
    ("4iI", ((4 * I, 0), (0, 4 * I)), 0, False),
    ("hermitian", ((1, 2 * I), (-2 * I, 5)), 1, True),
    ("a row of 1 and i", ((1, I), (0, 0)), 0, False),
    ("unitary", ((1, 0), (0, I)), 1, False),
)
NUMBERS: tuple[tuple[Number, bool], ...] = (
    (0, False),
    (1, False),
    (-1, False),
    (fmpq(1, 2), True),
    (2, True),
    (fmpq(-1, 2), True),
    (INNER, True),
    (100, True),
    (-100, True),
)
COMPLEX_NUMBERS: tuple[tuple[Number, bool], ...] = ((I, False), (4 * I, False), (-I, False), (-4 * I, False))


class Member(NamedTuple):
    """A value and what it is (`0`, `a permutation`); `broad` where what is near it will do as well."""

    says: str
    value: Tensor
    broad: bool = False

    @property
    def small(self) -> bool:
        """Whether some entry is near to 0 and not 0."""
        return any(0 < length(Tensor((), [x])) <= INNER * INNER for x in self.value.entries)


def members(symbol: Symbol, shape: tuple[int, ...]) -> tuple[Member, ...]:
    """The extreme values of a symbol, likely ones first; what the values of others decide is left out of account."""
    alone = [w for w in symbol.properties if w.partition("(")[0] not in PARTNERED]
    return _members(frozenset(alone), shape, bool(symbol.complex))


@lru_cache(maxsize=512)
def _members(words: frozenset[str], shape: tuple[int, ...], is_complex: bool) -> tuple[Member, ...]:
    found: list[Member] = []
    seen: list[list[Number]] = []
    seen_as: set[str] = set()
    for proposed in _proposed(shape, is_complex):
        if proposed.broad and proposed.says in seen_as and words.isdisjoint(NAMED):
            continue  # one of a kind is enough where so much else is admitted
        seen_as.add(proposed.says)
        member = _inside(proposed) if "norm<1" in words else proposed
        if member.value.entries not in seen and admits(words, member.value):
            seen.append(member.value.entries)
            found.append(member)
    return tuple(found)


def _proposed(shape: tuple[int, ...], is_complex: bool) -> Iterable[Member]:
    kind = Gaussian if is_complex else fmpq
    if len(shape) == 2:
        made = _matrices(shape, is_complex)
    elif len(shape) == 1:
        made = _vectors(shape[0], is_complex)
    else:
        numbers = (*COMPLEX_NUMBERS, *NUMBERS) if is_complex else NUMBERS
        made = [Member(str(x), Tensor(shape, [x] * count(shape)), broad) for x, broad in numbers]
    for says, value, broad in made:
        yield Member(says, Tensor(shape, [_as(kind, x) for x in value.entries]), broad)


def _as(kind: Any, x: Number) -> Number:
    if isinstance(x, Gaussian):
        return x
    return kind(fmpq(x)) if kind is Gaussian else fmpq(x)


def _matrices(shape: tuple[int, int] | tuple[int, ...], is_complex: bool) -> list[Member]:
    """Blocks cut off or continued on the diagonal; the cyclic shift, and rows that are alike."""
    rows, columns = shape
    found = []
    for says, block, rest, broad in (*COMPLEX_BLOCKS, *BLOCKS) if is_complex else BLOCKS:
        entries = [
            block[i][j] if i < 2 and j < 2 else rest if i == j else 0 for i in range(rows) for j in range(columns)
        ]
        found.append(Member(says, Tensor(shape, entries), broad and (rows, columns) != (1, 1)))
    shift = [int((i + 1 - j) % columns == 0) for i in range(rows) for j in range(columns)]
    even = [fmpq(1, columns)] * (rows * columns)
    first = [int(j == 0) for _ in range(rows) for j in range(columns)]
    others = (("a permutation", shift), ("uniform", even), ("one column of ones", first))
    return found + [Member(says, Tensor(shape, entries)) for says, entries in others]


def _vectors(n: int, is_complex: bool) -> list[Member]:
    lists: list[tuple[str, Sequence[Number], bool]] = [
        ("a unit vector", [int(k == 0) for k in range(n)], False),
        ("0", [0] * n, False),
        ("a vector of ones", [1] * n, False),
        ("a unit vector", [int(k == n - 1) for k in range(n)], False),
        ("uniform", [fmpq(1, n)] * n, False),
        ("a vector of -1", [-1] * n, False),
        ("of both signs", [(-1) ** k for k in range(n)], True),
        ("a negative unit vector", [-int(k == 0) for k in range(n)], False),
        ("of norm 1", [(fmpq(3, 5), fmpq(4, 5))[k] if k < 2 else 0 for k in range(n)], False),
        ("descending", [n - k for k in range(n)], True),
        ("nearly a unit vector", [100 if k == 0 else INNER for k in range(n)], True),
    ]
    if is_complex:
        lists.insert(0, ("of 1 and i", [1 if k % 2 == 0 else I for k in range(n)], False))
        lists.insert(2, ("a vector of i", [I] * n, False))
    return [Member(says, Tensor((n,), list(entries)), broad) for says, entries, broad in lists]


def _inside(member: Member) -> Member:
    """The multiple whose norm is about 4/5, and no more."""
    square = length(member.value)
    if square == 0:
        return member
    above = fmpq(isqrt(10_000 * int(square.p) // int(square.q)) + 1, 100)  # no less than the norm
    return Member(member.says, Tensor(member.value.shape, [x * (SCALE / above) for x in member.value.entries]), True)
