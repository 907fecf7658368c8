"""Formulas that stand alone in a paragraph: displayed by their author, whatever their marks.

One idea: a paragraph whose every line is one formula between dollars is a derivation with a formula a line. It reads no mathematics.
"""

from __future__ import annotations

import re

from derive.source import Span

_LONE = re.compile(r"[ \t>]*(?:\$[^$]+\$|\\\(.+\\\))[ \t]*[.,;]?[ \t]*(?:\\\\|\\newline|\\par)?[ \t]*")
_BLANK = re.compile(r"[ \t>]*")
LONGEST = 4_000  # characters of such a paragraph


def stands_alone(text: str, span: Span) -> bool:
    """Whether the formula at a place is a line of a paragraph that holds nothing but formulas, one a line."""
    start, end = _line(text, span.start)
    if _LONE.fullmatch(text, start, end) is None:
        return False
    return _alone(text, start, -1) and _alone(text, end, 1)


def _alone(text: str, at: int, step: int) -> bool:
    """Whether the lines from a place on are such lines too, up to a blank one or an end of the text."""
    edge = at
    while 0 < edge < len(text):
        if abs(edge - at) > LONGEST:
            return False
        start, end = _line(text, edge - 1 if step < 0 else edge + 1)
        if _BLANK.fullmatch(text, start, end):
            return True
        if _LONE.fullmatch(text, start, end) is None:
            return False
        edge = start if step < 0 else end
    return True


def _line(text: str, at: int) -> tuple[int, int]:
    """Where the line around a place begins and ends."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end
