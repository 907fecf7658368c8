"""A text cut out of another one, with the place of every character there.

One idea: a formula that runs through a quoted list, or that a macro was expanded in, still knows where each of its characters stands in the author's
file. It knows no notation.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.source import Span


class Mapped:
    """A text and, for each of its characters, the offset in the author's text; one more for the end."""

    __slots__ = ("origin", "text")

    def __init__(self, text: str, origin: Sequence[int]) -> None:
        self.text = text
        self.origin = origin

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Mapped:
        """The characters `[start, end)` of the author's text."""
        return cls(text[start:end], range(start, end + 1))

    def part(self, start: int, end: int) -> Mapped:
        """The characters `[start, end)` of this text."""
        return Mapped(self.text[start:end], self.origin[start : end + 1])

    def stripped(self) -> Mapped:
        """Without blanks at both ends."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(start, len(self.text.rstrip())))

    def place(self, span: Span) -> Span:
        """Where a part of this text stands in the author's text."""
        last = len(self.origin) - 1
        start, end = min(span.start, last), min(span.end, last)
        if end <= start:
            return Span(self.origin[start], self.origin[start])
        return Span(self.origin[start], max(self.origin[start], self.origin[end - 1]) + 1)

    @property
    def span(self) -> Span:
        """Where the whole stands."""
        return self.place(Span(0, len(self.text)))

    def joined(self, other: Mapped, between: str = " ") -> Mapped:
        """This text, and another one behind it."""
        gap = [self.origin[-1]] * len(between)
        return Mapped(self.text + between + other.text, [*self.origin[:-1], *gap, *other.origin])
