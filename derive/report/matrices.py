"""Numbers laid out as a person writes them: a matrix as rows between brackets, several side by side.

One idea: a value is a block of lines of one width, and blocks are joined along their middle. It knows no colour and no terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

MOST = 12  # rows or columns of a matrix that is written out


def block(value: Any) -> list[str]:
    """A scalar `3`, a vector `(1, 0)`, a matrix on several lines; what is larger on one line."""
    if not isinstance(value, list):
        return [str(value)]
    if not value or not isinstance(value[0], list):
        return [f"({', '.join(map(str, value))})"]
    if not value[0] or isinstance(value[0][0], list):
        return [flat(value)]
    if len(value) > MOST or len(value[0]) > MOST:
        return [f"({len(value)}×{len(value[0])}: see --format json)"]
    return _bracketed(value)


def _bracketed(rows: Sequence[Sequence[Any]]) -> list[str]:
    columns = [[str(x) for x in column] for column in zip(*rows, strict=True)]
    widths = [max(map(len, column)) for column in columns]
    lines = [" ".join(str(x).rjust(w) for x, w in zip(row, widths, strict=True)) for row in rows]
    if len(lines) == 1:
        return [f"[{lines[0]}]"]
    ends = ["⎡⎤", *["⎢⎥"] * (len(lines) - 2), "⎣⎦"]
    return [f"{end[0]}{line}{end[1]}" for end, line in zip(ends, lines, strict=True)]


def flat(value: Any) -> str:
    """On one line: `3`, `[1 2]`, `[1 0; 0 1]`, nested lists of matrices."""
    if not isinstance(value, list):
        return str(value)
    if value and isinstance(value[0], list):
        if value[0] and isinstance(value[0][0], list):
            return "[" + ", ".join(map(flat, value)) + "]"
        return "[" + "; ".join(" ".join(map(str, row)) for row in value) + "]"
    return "[" + " ".join(map(str, value)) + "]"


def equations(named: Sequence[tuple[str, Any]], width: int) -> Iterator[str]:
    """`A = [1 0]   x = (1, 0)`: as many side by side as the width takes."""
    row: list[list[str]] = []
    for name, value in named:
        made = _equation(name, value)
        if row and sum(len(b[0]) + 3 for b in row) + len(made[0]) > width:
            yield from _joined(row)
            row = []
        row.append(made)
    yield from _joined(row)


def _equation(name: str, value: Any) -> list[str]:
    lines = block(value)
    head = f"{name} = "
    middle = (len(lines) - 1) // 2
    return [(head if k == middle else " " * len(head)) + line for k, line in enumerate(lines)]


def _joined(blocks: Sequence[list[str]]) -> Iterator[str]:
    """Blocks side by side, their middles on one line."""
    above = max((_middle(b) for b in blocks), default=0)
    height = max((above - _middle(b) + len(b) for b in blocks), default=0)
    for k in range(height):
        parts = []
        for b in blocks:
            place = k - above + _middle(b)
            parts.append(b[place] if 0 <= place < len(b) else " " * len(b[0]))
        yield "   ".join(parts).rstrip()


def _middle(lines: Sequence[str]) -> int:
    return (len(lines) - 1) // 2
