"""Files in plain notation to pieces: a statement or a declaration a line, `#` before a remark.

One idea: a line that begins with a relation, or that stands inside open brackets, goes on with the one before, as in a chain of a displayed formula.
"""

from __future__ import annotations

from derive.document.container import DIRECTIVE, FORMULA, PLAIN, Container, Piece
from derive.document.mapped import Mapped
from derive.source import Source


def plain(source: Source) -> Container:
    """The pieces of a text in plain notation: one display of the whole."""
    pieces: list[Piece] = []
    at = start = 0
    for line in source.text.split("\n"):
        end = at + len(line)
        if line.strip().startswith("#"):
            pieces += _display(source.text, start, at)
            start = end
            word = line.strip().lstrip("#").strip()
            if word.startswith("derive:"):
                pieces.append(Piece(DIRECTIVE, Mapped.of(source.text, source.text.index(":", at) + 1, end)))
        at = end + 1
    return Container(source, (*pieces, *_display(source.text, start, len(source.text))))


def _display(text: str, start: int, end: int) -> list[Piece]:
    return [Piece(FORMULA, Mapped.of(text, start, end), True, PLAIN)] if text[start:end].strip() else []
