"""A small pseudo-random generator: the same numbers in every process and every version of Python.

One idea: SplitMix64 (Steele, Lea, Flood 2014) is ten lines, starts at once, and is good enough to choose test points. It is
not for secrets.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, TypeVar

T = TypeVar("T")
MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15
FEW = 6  # words that are made one by one
MOST = 128  # words that are made at once, a multiple of EIGHT
EIGHT = 8
SLOT = 128  # bits of a lane: a product of two words fits


class Generator:
    """Numbers that follow from a seed."""

    __slots__ = ("_ahead", "_state")

    def __init__(self, seed: int) -> None:
        self._ahead: list[int] = []  # words that are made already, the next one last
        self._state = seed & MASK
        self._state = self.word() ^ 0x5851F42D4C957F2D  # streams of neighbouring seeds must not be shifts of each other

    def word(self) -> int:
        """64 bits."""
        if self._ahead:
            return self._ahead.pop()
        self._state = z = (self._state + STEP) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def words(self, number: int) -> list[int]:
        """So many words: those that as many calls of `word` give."""
        if number - len(self._ahead) > 0:
            if number < FEW:
                return [self.word() for _ in range(number)]
            self.prepare(number)
        start = len(self._ahead) - number
        taken = self._ahead[start:]
        del self._ahead[start:]
        taken.reverse()
        return taken

    def prepare(self, number: int) -> None:
        """Make so many words ahead, which costs less in one go."""
        made: list[int] = []
        while (missing := number - len(self._ahead) - len(made)) > 0:
            made += self._make(min(MOST, -(-missing // EIGHT) * EIGHT))
        if made:
            made.reverse()
            self._ahead = made + self._ahead

    def _make(self, count: int) -> tuple[int, ...]:
        """So many words: one long integer holds a word in each of its lanes."""
        lanes = _lanes(count)
        mask = lanes.mask
        z = (lanes.ones * self._state + lanes.steps) & mask
        z = (((z ^ (z >> 30)) & mask) * 0xBF58476D1CE4E5B9) & mask
        z = (((z ^ (z >> 27)) & mask) * 0x94D049BB133111EB) & mask
        z = (z ^ (z >> 31)) & mask
        self._state = (self._state + count * STEP) & MASK
        return struct.unpack(lanes.layout, z.to_bytes(count * SLOT // 8, "little"))

    def below(self, n: int) -> int:
        """From 0 to n - 1."""
        return (self.word() * n) >> 64

    def between(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return low + self.below(high - low + 1)

    def sign(self) -> int:
        """-1 or 1."""
        return 1 - 2 * (self.word() >> 63)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a random order."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out


class Lanes(NamedTuple):
    """Constants of many words side by side."""

    ones: int
    steps: int  # 1, 2, 3 … steps
    mask: int
    layout: str  # of the bytes, for `struct`


@cache
def _lanes(count: int) -> Lanes:
    starts = [SLOT * k for k in range(count)]
    ones = sum(1 << start for start in starts)
    steps = sum(((k + 1) * STEP & MASK) << start for k, start in enumerate(starts))
    return Lanes(ones, steps, ones * MASK, "<" + "Q8x" * count)
