"""Results and messages on a terminal, by rich: colour where it helps, nothing that splits a formula.

One idea: every line is printed with soft wrapping, so that the terminal itself wraps it and copying gives the whole formula
back. rich obeys NO_COLOR and dumb terminals.
"""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console
from rich.text import Text

from derive.report.plain import assumptions, checked, matrix, shaped

STYLES = (("error[", "bold red"), ("  = help:", "green"), ("  = note:", "cyan"))


def drawing_board(stderr: bool = False) -> Console:
    """A console; NO_COLOR turns off bold and dim as well."""
    return Console(stderr=stderr, highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")


def print_result(result: Any, value: Any | None) -> None:
    """What was assumed; the answer in Unicode and as plain text; its value; shape, layout, notes, validation."""
    console = drawing_board()
    for line in assumptions(result):
        console.print(Text(line, "dim"), soft_wrap=True)
    console.print()
    console.print(Text("    " + result.unicode, "bold"), soft_wrap=True)
    if str(result) != result.unicode:
        console.print(Text("    " + str(result)), soft_wrap=True)
    if value is not None:
        console.print(Text("  = " + matrix(value), "bold"), soft_wrap=True)
    console.print()
    for note in result.notes:
        console.print(Text(f"note: {note}", "cyan"), soft_wrap=True)
    bad = result.validation is None
    console.print(
        Text.assemble((shaped(result), "dim"), " · ", (checked(result), "yellow" if bad else "green")), soft_wrap=True
    )


def print_message(text: str) -> None:
    """A rendered finding on stderr."""
    console = drawing_board(stderr=True)
    for line in text.split("\n"):
        console.print(coloured(line), soft_wrap=True)


def coloured(line: str) -> Text:
    """One line of a rendered finding, with the colour of what it is."""
    for start, style in STYLES:
        if line.startswith(start):
            head, colon, rest = line.partition(":")
            return Text.assemble((head + colon, style), rest)
    if line.lstrip().startswith("| ") and set(line.lstrip(" |").split(" ")[0]) == {"^"}:
        return Text(line, "red")
    return Text(line)
