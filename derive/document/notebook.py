"""Jupyter notebooks to pieces: the Markdown cells, one after the other.

One idea: the cells are put into one text, so that a chain goes on from cell to cell; where each begins is kept for the places. Code cells are neither read
nor run.
"""

from __future__ import annotations

import json
from typing import Any

from derive.document.container import Cell, Container, Piece, settings_of
from derive.document.markdown import pieces_of_markdown
from derive.finding import Finding, LanguageError
from derive.source import Source


def notebook(source: Source) -> Container:
    """The pieces of a notebook (nbformat 4). Raises LanguageError `not-a-notebook`."""
    cells = _cells(source)
    text, starts = "", []
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") != "markdown":
            continue
        starts.append(Cell(number, len(text)))
        text += _text(cell) + "\n\n"
    own = Source(text, source.name)
    pieces: list[Piece] = []
    settings: dict[str, str] = {}
    for place, begin in enumerate(starts):
        end = starts[place + 1].start if place + 1 < len(starts) else len(text)
        if not place and text.startswith("---\n"):
            settings = settings_of(text[4 : text.find("\n---", 4)])
        pieces += pieces_of_markdown(text[:end], begin.start)
    return Container(own, tuple(pieces), settings, tuple(starts))


def _cells(source: Source) -> list[dict[str, Any]]:
    try:
        data = json.loads(source.text)
    except (ValueError, RecursionError) as trouble:
        raise LanguageError(Finding("not-a-notebook", f"this is no notebook: {str(trouble)[:80]}", source)) from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        message = "this is no notebook of format 4: it has no list of cells"
        raise LanguageError(Finding("not-a-notebook", message, source))
    return cells


def _text(cell: dict[str, Any]) -> str:
    lines = cell.get("source", "")
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""
