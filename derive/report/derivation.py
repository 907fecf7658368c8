"""A derivation as text, as a LaTeX `aligned` block, and as Markdown.

One idea: lines that share their left side are one chain; each line carries its rule. Lines that only rearrange (sum rule,
linearity) can be folded away. It draws what it is given and checks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any


def kept(steps: Sequence[Any], fold: bool) -> list[Any]:
    """All steps, or without those that only rearrange; the last line of a chain always stays."""
    if not fold:
        return list(steps)
    chains = [list(chain) for _, chain in groupby(steps, lambda s: s.left)]
    return [s for chain in chains for k, s in enumerate(chain) if not s.minor or k == len(chain) - 1]


def text_lines(steps: Sequence[Any], fold: bool = False) -> Iterator[str]:
    """The left side once, then `= right    [rule]`."""
    for left, chain in groupby(kept(steps, fold), lambda s: s.left):
        lines = list(chain)
        yield left
        width = max(len(s.right) for s in lines)
        for s in lines:
            yield f"  = {s.right.ljust(min(width, 60))}    [{s.rule}: {s.formula}]"


def latex_block(steps: Sequence[Any], fold: bool = False) -> str:
    """One `aligned` block; the rules stand in a third column."""
    rows = []
    for _, chain in groupby(kept(steps, fold), lambda s: s.left):
        for k, s in enumerate(chain):
            left = s.left_latex if k == 0 else ""
            rows.append(f"{left} &= {s.right_latex} && \\text{{({s.rule})}}")
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def markdown(result: Any, fold: bool = False) -> str:
    """Declarations, then the block in display mathematics: a document that can be checked."""
    given = "; ".join(declaration(g) for g in result.given)
    return f"<!-- derive: {given} -->\n\n$$\n{latex_block(result.steps, fold)}\n$$"


def declaration(given: Any) -> str:
    """`A: matrix(n, n) symmetric`."""
    kind = ("scalar", "vector", "matrix")[len(given.shape)] if len(given.shape) < 3 else "tensor"
    size = f"({', '.join(given.shape)})" if given.shape else ""
    return " ".join([f"{given.name}: {kind}{size}", *given.properties])
