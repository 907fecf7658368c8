"""Text and places in it.

One idea: whoever reads a text keeps the `Span` of what was read, so that a message can point at the user's own
characters. This module knows nothing of mathematics.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range of characters `[start, end)` in a source text."""

    start: int
    end: int

    def join(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


between: Callable[[tuple[int, int]], Span] = partial(
    tuple.__new__, Span
)  # a span of `(start, end)`, in half the time: there is one a node


class Source(NamedTuple):
    """A text and the name under which messages quote it (`expression`, `given`, a path)."""

    text: str
    name: str = "expression"

    def line_column(self, offset: int) -> tuple[int, int]:
        """Row and column of a character, both counted from 1."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def line(self, row: int) -> str:
        """The text of a row counted from 1, without its line end."""
        return self.text.split("\n")[row - 1]
