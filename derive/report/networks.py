"""What `derive nn` shows: the table of the witnesses, the progress of training, and the loss curve as a picture.

One idea: rows and epochs are drawn as they are given; a number that is out of bounds is drawn as such by who measured it. It knows rich and, for
pictures alone, matplotlib.
"""

from __future__ import annotations

import json
import math
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

HEADER = ("layer", "symbolic", "differences", "PyTorch", "")
NARROWEST = 17  # the columns that names keep on the smallest terminal


def cells(row: Any) -> tuple[str, str, str, str, str]:
    """A row of witnesses as text."""
    peer = "–" if row.torch is None else f"{row.torch:.0e}"
    return row.name, f"{row.symbolic:.0e}", f"{row.differences:.0e}", peer, "agrees" if row.holds else "DISAGREES"


def table_lines(rows: Sequence[Any], formulas: bool, room: float = math.inf) -> Iterator[str]:
    """The table as plain lines, names wrapped where there is not the room; with `formulas`, what states each layer under its row."""
    lines = [HEADER, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    first = int(max(min(NARROWEST, widths[0]), min(widths[0], room - sum(widths[1:]) - 8)))
    for position, line in enumerate(lines):
        numbers = "  ".join(f"{cell:>{width}}" for cell, width in zip(line[1:4], widths[1:4], strict=True))
        name, *rest = textwrap.wrap(line[0], first, subsequent_indent="  ", break_long_words=False)
        yield f"{name:<{first}}  {numbers}  {line[4]}".rstrip()
        yield from rest
        if formulas and position:
            yield f"    {rows[position - 1].formula}"


def conclusion(rows: Sequence[Any]) -> str:
    """The last line."""
    wrong = [row.name for row in rows if not row.holds]
    heard = "three witnesses" if rows and rows[0].torch is not None else "two witnesses (PyTorch is not installed)"
    said = f"{len(wrong)} disagree: {', '.join(wrong)}" if wrong else "all agree"
    return f"{len(rows)} layers, losses and networks before {heard}: {said}"


def show_witnesses(rows: Sequence[Any], notation: str, formulas: bool) -> None:
    """The whole table on stdout: text or JSON."""
    if notation == "json":
        fields = ("name", "formula", "symbolic", "differences", "torch", "holds")
        layers = [{name: finite(getattr(row, name)) for name in fields} for row in rows]
        told = {"version": 1, "layers": layers, "ok": all(row.holds for row in rows)}
        print(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    if not sys.stdout.isatty():
        print("\n".join(table_lines(rows, formulas)))
        print(conclusion(rows))
        return
    from rich.text import Text

    from derive.report.terminal import drawing_board

    console = drawing_board()
    for position, line in enumerate(table_lines(rows, formulas, console.width)):
        style = "bold" if position == 0 else "bold red" if line.endswith("DISAGREES") else ""
        console.print(Text(line, style), soft_wrap=True)
    console.print(
        Text(conclusion(rows), "bold green" if all(row.holds for row in rows) else "bold red"), soft_wrap=True
    )


def finite(value: Any) -> Any:
    """JSON has no infinity: null for an error that is no finite number, and `holds` is false beside it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def counting(total: int, what: str) -> Iterator[Callable[[int, str], None]]:
    """A bar on stderr if that is a terminal; call what is given with how many more are done, and what to say beside the bar."""
    if not sys.stderr.isatty():
        yield lambda done, said: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from derive.report.terminal import drawing_board

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=drawing_board(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, said: bar.update(task, advance=done, description=f"{what}  {said}".rstrip())


def epoch_text(epoch: Any) -> str:
    """One epoch beside the bar."""
    said = f"epoch {epoch.number}  loss {epoch.loss:.4f}"
    return said if epoch.score is None else f"{said}  validation {epoch.score:.2%}"


def picture_formats() -> tuple[str, ...]:
    """The endings of pictures that can be drawn. ModuleNotFoundError without matplotlib."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return tuple(sorted(FigureCanvasAgg.get_supported_filetypes()))


def draw_curves(histories: Mapping[str, Sequence[Any]], path: str) -> None:
    """The losses of some networks, epoch by epoch, as a picture in the format that the path ends in, one of `picture_formats()`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)  # no window, no global state
    axes = figure.add_subplot()
    for position, (name, history) in enumerate(histories.items()):
        numbers = [epoch.number for epoch in history]
        style: dict[str, Any] = {
            "color": f"C{position}",
            "marker": "o" if len(history) == 1 else "",
        }  # one point draws no line
        axes.plot(numbers, [epoch.loss for epoch in history], "--", label=f"{name}, training", **style)
        axes.plot(numbers, [epoch.validation_loss for epoch in history], "-", label=f"{name}, validation", **style)
    axes.set(title="cross-entropy", xlabel="epoch", ylabel="mean loss", yscale="log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150)
