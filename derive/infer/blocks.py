"""Block notation `[A, B; C, D]`: explicit vectors, matrices, and matrices of blocks.

One idea: what the brackets mean follows from the orders of the entries. Scalars alone, in one row or one column, are a vector;
a table of scalars is a matrix; vectors under each other are a longer vector, side by side the columns of a matrix; anything
else is a matrix of blocks whose heights agree along rows and whose widths agree down columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.infer.constants import filled
from derive.sizes import ONE, Size
from derive.term import Term, Type
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.infer.elaborate import Elaborator


def block(e: Elaborator, tree: Tree) -> Term:
    """The Term of a block tree; raises `ragged-block`, `size-mismatch` or `kind-mismatch`."""
    lengths: tuple[int, ...] = tree.data  # type: ignore[assignment]
    if len(set(lengths)) > 1:
        e.fail("ragged-block", f"the rows of these brackets have {', '.join(map(str, lengths))} entries", tree)
    rows, columns = len(lengths), lengths[0]
    entries = list(map(e.term, tree.args))
    orders = {len(t.type.shape) for t in entries}
    if orders == {0}:
        shape = (Size.of(rows), Size.of(columns)) if rows > 1 and columns > 1 else (Size.of(rows * columns),)
        return Term("block", tuple(entries), Type(shape), (rows, columns), "", tree.span)
    if columns == 1 and orders <= {0, 1} and not any(t.type.row for t in entries):
        return _stacked(e, tree, entries)
    return _table(e, tree, entries, rows, columns)


def _stacked(e: Elaborator, tree: Tree, entries: list[Term]) -> Term:
    """Vectors (and scalars) under each other."""
    total = Size.of(0)
    for entry in entries:
        total = total + (entry.type.shape[0] if entry.type.shape else ONE)
    return Term("block", tuple(entries), Type((total,)), (len(entries), 1), "", tree.span)


def _table(e: Elaborator, tree: Tree, entries: list[Term], rows: int, columns: int) -> Term:
    heights = [e.context.solver.fresh() for _ in range(rows)]
    widths = [e.context.solver.fresh() for _ in range(columns)]
    for place, entry in enumerate(entries):
        if _fits_any(entry):
            continue
        height, width = _extent(e, entry, tree)
        _agree(e, entry, heights[place // columns], height, "heights along a row")
        _agree(e, entry, widths[place % columns], width, "widths down a column")
    for place, entry in enumerate(entries):
        if _fits_any(entry):
            entries[place] = _fitted(e, entry, heights[place // columns], widths[place % columns])
    resolve = e.context.solver.resolve
    height = sum((resolve(h) for h in heights[1:]), resolve(heights[0]))
    width = sum((resolve(w) for w in widths[1:]), resolve(widths[0]))
    thin = rows == 1 and all(t.type.row or not t.type.shape for t in entries)
    type = Type((width,), True) if thin else Type((height, width))
    return Term("block", tuple(entries), type, (rows, columns), "", tree.span)


def _fits_any(entry: Term) -> bool:
    """The number 0 stands for a block of zeros."""
    return entry.head == "number" and entry.data == 0


def _fitted(e: Elaborator, entry: Term, height: Size, width: Size) -> Term:
    height, width = e.context.solver.resolve(height), e.context.solver.resolve(width)
    if height == ONE == width:
        return entry
    return filled("zeros", entry, Type((height, width)), entry.span)


def _extent(e: Elaborator, entry: Term, tree: Tree) -> tuple[Size, Size]:
    shape = entry.type.shape
    if len(shape) == 0:
        return ONE, ONE
    if len(shape) == 1:
        return (ONE, shape[0]) if entry.type.row else (shape[0], ONE)
    if len(shape) > 2:
        e.fail(
            "kind-mismatch", f"brackets hold scalars, vectors and matrices, not a {e.context.show(entry.type)}", tree
        )
    return shape[0], shape[1]


def _agree(e: Elaborator, entry: Term, known: Size, size: Size, what: str) -> None:
    if not e.context.equal(known, size):
        known, size = e.context.solver.resolve(known), e.context.solver.resolve(size)
        e.context.fail(
            "size-mismatch", f"the {what} of brackets must be equal: {known} and {size}", e.context.label(entry)
        )
