"""Results and messages on a terminal, by rich: colour where it helps, nothing that splits a formula.

One idea: every line is printed with soft wrapping, so that the terminal itself wraps it and copying gives the whole formula
back. rich obeys NO_COLOR and dumb terminals.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from derive.report.plain import assumptions, checked, matrix, shaped

if TYPE_CHECKING:
    from derive.report.anatomy import Line

PIECES = {
    "proved": "bold green",
    "consistent": "bold cyan",
    "refuted": "bold red",
    "ill-shaped": "bold red",
    "not-understood": "bold yellow",
    "undecided": "bold yellow",
    "strong": "bold",
    "dim": "dim",
    "note": "cyan",
    "help": "green",
    "caret": "red",
}
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


def print_lines(lines: Iterable[Line]) -> None:
    """Lines of pieces, each in the colour of its style."""
    from derive.report.anatomy import printable

    console = drawing_board()
    for line in lines:
        console.print(
            Text.assemble(*[(printable(text), PIECES.get(style, "")) for text, style in line]), soft_wrap=True
        )


def print_markdown(text: str) -> None:
    """An explanation, formatted for the width of the terminal."""
    from rich.markdown import Markdown

    drawing_board().print(Markdown(text))


@contextmanager
def progress(count: int) -> Iterator[Callable[[str], None]]:
    """A bar on stderr for so many documents; what is given is called with the name of each that is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("checking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[name]}"),
    )
    with Progress(*columns, console=drawing_board(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count, name="")
        yield lambda name: bar.update(task, advance=1, name=name[-40:])


def width() -> int:
    """Columns of the terminal."""
    return drawing_board().width


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
