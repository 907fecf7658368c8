r"""Environments of entries: `bmatrix`, `pmatrix`, `vmatrix`.

One idea: rows are separated by `\\` and entries by `&`, so an entry is a whole expression. Other environments are refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.source import Span
from derive.syntax.latex.brackets import curly
from derive.syntax.latex.cases import cases
from derive.syntax.latex.commands import CASES, MATRICES
from derive.syntax.latex.scripts import attach
from derive.syntax.lexer import refuse
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.latex.parser import LatexParser


def opened(parser: LatexParser) -> Tree:
    """`\\left\\{ \\begin{array}{ll} x & x > 0 \\\\ … \\end{array} \\right.`: cases; other sets are no expressions."""
    _, value, start, end = parser.tokens[parser.at]
    grouped = curly(parser)
    if grouped is not None:
        return grouped
    following = parser.tokens[parser.at + 1]
    if following[:2] != ("begin", "array"):
        raise refuse("not-yet", f"sets `{value}…` are not read as expressions", parser.source, Span(start, end))
    parser.at += 1
    tree = cases(parser)
    if not parser.took("open"):
        raise parser.expected("`\\right.` behind the cases")
    return attach(parser, tree)


def environment(parser: LatexParser) -> Tree:
    """`\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}`; a `vmatrix` is the determinant of its entries."""
    _, kind, start, end = parser.tokens[parser.at]
    if kind in CASES:
        return attach(parser, cases(parser))
    if kind not in MATRICES:
        message = f"the environment `{kind}` is not read"
        raise refuse("not-yet", message, parser.source, Span(start, end))
    parser.at += 1
    bars, parser.bars = parser.bars, []
    entries: list[Tree] = []
    rows = [0]
    while True:
        parser.expired = set()
        entries.append(parser.expression())
        rows[-1] += 1
        if parser.took("row"):
            if parser.kind() == "finish":
                break
            rows.append(0)
        elif not parser.took("&"):
            break
    _, closed, first, last = parser.tokens[parser.at]
    if parser.kind() != "finish":
        raise parser.expected("`&`, `\\\\` or the end of the environment")
    if closed != kind:
        message = f"`{kind}` is ended by `{closed}`"
        raise refuse("unclosed", message, parser.source, Span(first, last))
    if len(set(rows)) > 1:
        message = f"the rows of this matrix have {', '.join(map(str, rows))} entries"
        raise refuse("ragged", message, parser.source, Span(start, last))
    parser.at += 1
    parser.bars = bars
    tree = Tree("block", tuple(entries), tuple(rows), parser.since(start))
    if MATRICES[kind]:
        tree = Tree("call", (tree,), MATRICES[kind], tree.span)
    return attach(parser, tree)
