"""What a container holds: prose, formulas and remarks for us, in order, each with its place.

One idea: Markdown, LaTeX, notebooks and plain files all become one list of `Piece`s over one text; whoever reads the mathematics does not know
which file it came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from derive.document.mapped import Mapped
from derive.finding import Finding
from derive.source import Source

PROSE, FORMULA, DIRECTIVE, BREAK = "prose", "formula", "directive", "break"
LATEX, PLAIN = "latex", "plain"
# Remarks for us: no section knows what another one says; every display claims something, and is no definition or equation to be solved;
# what the next display is to get.
ALONE, CLAIMING = "sections alone", "displays claim"
EXPECTING = re.compile(r"expect (refuted|ill-shaped|consistent)(?:, (.+))?")  # and why


class Piece(NamedTuple):
    """A part of a document; BREAK is a heading or the like, after which a chain does not go on."""

    kind: str
    text: Mapped
    display: bool = False
    notation: str = LATEX


class Cell(NamedTuple):
    """A cell of a notebook: its number, counted from 1 among all cells, and where its text begins."""

    number: int
    start: int


class Container(NamedTuple):
    """The text of a document, its pieces, and what its front matter sets."""

    source: Source
    pieces: tuple[Piece, ...]
    settings: Mapping[str, str] = {}
    cells: tuple[Cell, ...] = ()
    findings: tuple[Finding, ...] = ()  # what the container itself has wrong, such as a formula that is never closed


def place_of(container: Container, offset: int) -> tuple[int, int, int]:
    """Row, column and cell (0 outside notebooks) of a character, counted from 1."""
    text = container.source.text
    cell = 0
    start = 0
    for one in container.cells:
        if one.start > offset:
            break
        cell, start = one.number, one.start
    before = text[start:offset]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1, cell


def settings_of(text: str) -> dict[str, str]:
    """`key: value` lines of front matter; anything deeper is left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() and key[0] not in " \t#-":
            found[key.strip().lower()] = value.strip().strip("\"'")
    return found


def remarks_of(piece: Piece) -> list[str]:
    """The parts of a remark for us."""
    return [part.strip() for part in re.split(r"[;\n]", piece.text.text)] if piece.kind == DIRECTIVE else []


def remarked(container: Container, remark: str) -> bool:
    """Whether one of the remarks stands in a document."""
    return any(remark in remarks_of(piece) for piece in container.pieces)


def sections(container: Container) -> list[Container]:
    """The parts between headings, each with its own declarations, where the text asks for that by `<!-- derive: sections alone -->`."""
    if not remarked(container, ALONE):
        return [container]
    parts: list[list[Piece]] = [[]]
    for piece in container.pieces:
        if piece.kind == BREAK:
            parts.append([])
        parts[-1].append(piece)
    head = [
        piece for piece in parts[0] if piece.kind == DIRECTIVE
    ]  # what is remarked before the first heading holds everywhere
    others = [container._replace(pieces=(*head, *part), findings=()) for part in parts[1:]]
    return [container._replace(pieces=tuple(parts[0])), *others]


def formulas(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces that are formulas."""
    return [piece for piece in pieces if piece.kind == FORMULA]
