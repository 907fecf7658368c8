"""Times of a compiled derivative and of its peers, as lines of text.

One idea: a contender a line, ours first, how many times as long the others take; a few lines for each where the terminal is narrow. It
measures nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WIDE = 60  # columns that the table needs
HEADS = ("a call", "times ours", "until the first", "difference")


def timings(found: Any, width: int = 80) -> str:
    """The derivative, the sizes, and the times, for a terminal of so many columns."""
    sizes = ", ".join(f"{n} = {k}" for n, k in found.sizes.items())
    lines = [f"{found.result.kind} by {found.result.wrt}: {found.result}", *([f"sizes: {sizes}"] if sizes else []), ""]
    rows = [(t.name, cells(t, found.timings[0].seconds)) for t in found.timings]
    lines += table(rows) if width >= WIDE else blocks(rows)
    missing = [n for n in ("JAX", "PyTorch") if n in found.missing]
    if missing:
        lines += ["", f"not installed: {', '.join(missing)}"]
    if found.refused:
        lines += ["", f"not timed, having no source for this expression: {', '.join(found.refused)}"]
    return "\n".join(lines)


def cells(timing: Any, ours: float) -> tuple[str, ...]:
    difference = "" if timing.name == "derive" else f"{timing.difference:.0e}"
    return duration(timing.seconds), f"{timing.seconds / ours:.2f}", duration(timing.first), difference


def table(rows: list[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """A contender a line."""
    for name, values in [("", HEADS), *rows]:
        yield f"{name:8} {values[0]:>10} {values[1]:>11} {values[2]:>16} {values[3]:>11}".rstrip()


def blocks(rows: list[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """A number a line, under the name of the contender."""
    for name, values in rows:
        yield name
        yield from (f"  {head:16} {value:>10}" for head, value in zip(HEADS, values, strict=True) if value)


def duration(seconds: float) -> str:
    """`3.2 µs`, `14.1 ms`, `2.05 s`."""
    if seconds < 1e-3:
        return f"{1e6 * seconds:.1f} µs"
    return f"{1e3 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
