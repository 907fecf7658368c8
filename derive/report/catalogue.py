"""The catalogue for a reader: counts by topic, lists of entries, hits of a search; tables on a terminal, columns in a pipe.

One idea: a table is a heading and rows of texts, drawn with or without rich. It computes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

Row = Sequence[str]


def show_table(heading: Row, rows: Sequence[Row], figures: frozenset[int] = frozenset()) -> None:
    """A table; the columns in `figures` are set to the right. In a pipe: columns apart, without the heading's lines."""
    if sys.stdout.isatty():
        _drawn(heading, rows, figures)
        return
    widths = [max(len(row[k]) for row in (heading, *rows)) for k in range(len(heading))]
    for row in (heading, *rows):
        cells = [c.rjust(w) if k in figures else c.ljust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        print("  ".join(cells).rstrip())


def _drawn(heading: Row, rows: Sequence[Row], figures: frozenset[int]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for k, title in enumerate(heading):
        table.add_column(title, justify="right" if k in figures else "left", overflow="fold")
    for row in rows:
        table.add_row(*[Text(cell, style=STYLES.get(cell, "")) for cell in row])
    Console().print(table)


STYLES = {
    "proved": "green",
    "consistent": "cyan",
    "refuted": "magenta",
    "not-understood": "yellow",
    "undecided": "yellow",
    "ill-shaped": "red",
}


def show_json(data: Any) -> None:
    """Data of the catalogue, version 1."""
    print(json.dumps({"version": 1, **data}, ensure_ascii=False, indent=2))
