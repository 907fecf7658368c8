"""Half vectorisation, duplication and elimination, matrices without a row and a column: their terms to nodes.

One idea: all of them are linear with entries 0, 1 and 1/2, so they become products with the constant tensors of `derive.engine.tables`, and no pass after
this knows their names. A minor at a moving place has no such form; its determinant has: det(minor(A, i, j)) = (-1)^(i+j) det(A) inv(A)_ji (Magnus &
Neudecker 2019, 1.11), for every A as a polynomial identity, written here for invertible ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from derive.engine.expr import Node, Prod, Table
from derive.engine.lower import Lowered
from derive.engine.normal import normalise
from derive.engine.selectors import selector
from derive.finding import Finding, Label, LanguageError
from derive.ops import REGISTRY
from derive.sizes import ONE, Size, triangle
from derive.term import Term, Type

if TYPE_CHECKING:
    from derive.engine.lower import Lowering

TIED = "tied"  # of the symbol of a derivative by vech(X): what has the place of one entry has that of its mirror image


def _table(kind: str, n: Size) -> Table:
    return Table(kind, (n, n, triangle(n)))


def half(low: Lowering, term: Term) -> Lowered:
    """vech(A)_p = Σ_ij below_ijp A_ij."""
    inner = low.lower(term.args[0])
    n = term.args[0].type.shape[0]
    tied = term.args[0].head == "symbol" and TIED in low.instead.get(term.args[0].data, term.args[0].data).properties
    axes = tuple(range(len(inner.node.shape) + 1))
    lead = axes[:-3]
    table = _table("pair" if tied else "below", n)
    factors = ((inner.node, axes[:-1], 1), (table, axes[-3:], 1))
    return Lowered(Prod(1, factors, (*lead, axes[-1]), (*inner.node.shape, table.shape[2])), inner.labels)


def halved(node: Node, axes: tuple[int, int]) -> Node:
    """The derivative by vech(X) from that by the independent entries of X, whose two axes become one: `D_..p = Σ_ij pair_ijp G_..ij`.

    Magnus & Neudecker 2019, 3.8: d vec(X) = Dn d vech(X) for symmetric X.
    """
    table = _table("pair", node.shape[axes[0]])
    every = tuple(range(len(node.shape)))
    p = len(every)
    out = (*every[: axes[0]], p, *every[axes[1] + 1 :])
    return normalise(Prod(1, ((node, every, 1), (table, (*axes, p), 1)), out, (*node.shape, table.shape[2])))


def _constant(kind: str, rows_first: bool) -> Callable[[Lowering, Term], Lowered]:
    """A table as a matrix, its pair of axes stacked by vec."""

    def made(low: Lowering, term: Term) -> Lowered:
        n: Size = term.args[0].data
        table = _table(kind, n)
        stack = selector([n, ONE], Size.of(0), n * n, [n, n])
        factors = ((table, (0, 1, 2), 1), (stack, (3, 1, 0), 1))
        return Lowered(Prod(1, factors, (3, 2) if rows_first else (2, 3), (*table.shape, n * n)), ())

    return made


def minor(low: Lowering, term: Term) -> Lowered:
    """The blocks around a row and a column. Raises `not-yet` where they move with an index."""
    base, *at = term.args
    _demand_still(low, term)
    places = [_place(a) for a in at]
    if any(p is None or p.names & low.bound.keys() for p in places):
        message = "a minor whose place moves with an index cannot be differentiated yet; its determinant can"
        raise LanguageError(Finding("not-yet", message, None, (Label(term.span),)))
    ranges = [_around(p, size) for p, size in zip(places, base.type.shape, strict=True) if p is not None]
    cells = [_part(base, rows, columns) for rows in ranges[0] for columns in ranges[1]]
    return low.lower(Term("block", tuple(cells), term.type, (len(ranges[0]), len(ranges[1])), "", term.span))


def _demand_still(low: Lowering, term: Term) -> None:
    """Refuse a derivative by the place itself, which is a whole number."""
    if any(a.head == "symbol" and a.data in low.instead for a in term.args[1:]):
        message = "no derivative of `minor` by its place is known: a place is a whole number"
        raise LanguageError(Finding("no-derivative", message, None, (Label(term.span),)))


def _around(place: Size, size: Size) -> list[tuple[Size, Size]]:
    """The ranges before and after a place, without those that are empty for every size."""
    return [(low, high) for low, high in ((ONE, place - 1), (place + 1, size)) if (high - low + 1).terms]


def _part(base: Term, rows: tuple[Size, Size], columns: tuple[Size, Size]) -> Term:
    type = Type((rows[1] - rows[0] + 1, columns[1] - columns[0] + 1))
    return Term("entry", (base,), type, (("slice", *rows), ("slice", *columns)), "", base.span)


def _place(term: Term) -> Size | None:
    """A scalar term as a size; None for one that is none."""
    match term.head:
        case "number" if isinstance(term.data, int):
            return Size.of(term.data)
        case "size" | "index":
            return Size.of(term.data)
        case "symbol" if "integer" in term.data.properties:
            return Size.of(term.data.name)
        case "add":
            total = Size.of(0)
            for sign, arg in zip(term.data, term.args, strict=True):
                part = _place(arg)
                if part is None:
                    return None
                total = total + part * sign
            return total
    return None


def determinant(low: Lowering, term: Term) -> Lowered | None:
    """det(minor(A, i, j)); None for any other determinant."""
    inner = term.args[0]
    if inner.name != "minor" or inner.args[0].type.shape[0] != inner.args[0].type.shape[1]:
        return None
    base, *at = inner.args
    _demand_still(low, inner)
    places = [_place(a) for a in at]
    if any(p is None for p in places):
        return None
    row, column = [p for p in places if p is not None]
    square = REGISTRY["inv"], REGISTRY["det"]
    inverse = Term("opaque", (base,), base.type, square[0], "inv", term.span)
    chosen = Term("entry", (inverse,), Type(), (("at", column), ("at", row)), "", term.span)
    whole = Term("opaque", (base,), Type(), square[1], "det", term.span)
    sign = Term(
        "map",
        (Term("number", (), data=-1), Term("index", (), data=row + column)),
        Type(),
        REGISTRY["power"],
        "power",
        term.span,
    )
    from derive.term import Pattern

    product = Term("einsum", (whole, chosen), Type(), Pattern(("", ""), (), ()), "scale", term.span)
    return low.lower(Term("einsum", (sign, product), Type(), Pattern(("", ""), (), ()), "scale", term.span))


OPENERS: dict[str, Callable[[Lowering, Term], Lowered | None]] = {
    "vech": half,
    "Dn": _constant("pair", True),
    "Dnp": _constant("mean", False),
    "Ln": _constant("below", False),
    "minor": minor,
    "det": determinant,
}
