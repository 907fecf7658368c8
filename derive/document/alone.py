"""Formulas that stand alone in a paragraph: displayed by their author, whatever their marks.

One idea: a paragraph whose every line is one formula between dollars is a derivation with a formula a line. It reads no mathematics.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from derive.source import Span

_LONE = re.compile(r"[ \t>]*(?:\$[^$]+\$|\\\([^$]+\\\))[ \t]*[.,;]?[ \t]*(?:\\\\|\\newline|\\par)?[ \t]*")
_BLANK = re.compile(r"[ \t>]*")


class LoneParagraphs:
    """Where a text has paragraphs that hold nothing but formulas, one a line."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        at = start = 0
        lone = False  # whether the paragraph so far is one
        for line in (*text.split("\n"), ""):
            if _BLANK.fullmatch(line):
                if lone:
                    self.starts.append(start)
                    self.ends.append(at)
                start, lone = at + len(line) + 1, False
            else:
                lone = (lone or at == start) and _LONE.fullmatch(line) is not None
            at += len(line) + 1

    def hold(self, span: Span) -> bool:
        """Whether a formula stands in one of them."""
        place = bisect_right(self.starts, span.start) - 1
        return place >= 0 and span.start < self.ends[place]
