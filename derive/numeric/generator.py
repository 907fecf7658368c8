"""A small pseudo-random generator: the same numbers in every process and every version of Python.

One idea: SplitMix64 (Steele, Lea, Flood 2014) is ten lines, starts at once, and is good enough to choose test points. It is
not for secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
MASK = (1 << 64) - 1


class Generator:
    """Numbers that follow from a seed."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & MASK
        self._state = self.word() ^ 0x5851F42D4C957F2D  # streams of neighbouring seeds must not be shifts of each other

    def word(self) -> int:
        """64 bits."""
        self._state = z = (self._state + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

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
