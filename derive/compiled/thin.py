"""Sums of outer products as one product of thin matrices: one pass over the result instead of one for each term.

One idea: terms of a matrix that fall into a column and a row are gathered, those with the same column or the same row being one, and `P'*Q` of the
columns and the rows writes the result once. A term that only broadcasts is a column of ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from derive.compiled.program import Var
from derive.engine.expr import Node, Prod, Sum
from derive.engine.normal import normalise
from derive.sizes import Size

if TYPE_CHECKING:
    from fractions import Fraction

    from derive.compiled.nodes import Planner

    Number = int | Fraction

LEAST = 48  # a smaller matrix is not worth a product of thin ones
MOST = 3  # columns: more cost as much as passes


class Halves(NamedTuple):
    """The factors of an outer product by the side on which they stand."""

    term: Prod
    left: list[tuple[Node, tuple[int, ...], Number]]
    right: list[tuple[Node, tuple[int, ...], Number]]
    scalars: list[tuple[Node, tuple[int, ...], Number]]


class Thin:
    """The sums of one plan."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        self.program = planner.program

    def product(self, node: Sum) -> tuple[Var | None, list[Node]]:
        """Outer products (and what broadcasts) in a matrix as one product of thin matrices: one pass over the result."""
        p = self.program
        if len(node.shape) != 2 or min(p.nominal(s) for s in node.shape) < LEAST:
            return None, list(node.terms)
        split = [(t, self._halves(t)) for t in node.terms]
        outer = [h for _, h in split if h is not None]
        if len(outer) < 2 or not any(h.left and h.right for h in outer):
            return None, list(node.terms)
        columns = self._paired(outer)
        if len(columns) > MOST:
            return None, list(node.terms)
        left, right = zip(*columns, strict=True)
        rest = [t for t, h in split if h is None]
        m, n = node.shape
        if len(columns) == 1:
            return p.dot(p.view(self._line(left[0], m), (0, None)), p.view(self._line(right[0], n), (None, 0))), rest
        u, v = p.stack([self._line(x, m) for x in left]), p.stack([self._line(x, n) for x in right])
        return p.dot(p.view(u, (1, 0)), v), rest

    def _line(self, x: Var, size: Size) -> Var:
        return x if x.shape else self.program.full(x, (size,))

    def _halves(self, term: Node) -> Halves | None:
        """A term as column times row, when no factor holds both axes."""
        if not isinstance(term, Prod) or len(set(term.out)) < 2:
            return None
        i, j = term.out
        group = reach(term, i)
        if j in group:
            return None
        left = [f for f in term.factors if set(f[1]) & group]
        right = [f for f in term.factors if f[1] and not set(f[1]) & group]
        scalars = [f for f in term.factors if not f[1]]
        return Halves(term, left, right, scalars)

    def _paired(self, terms: list[Halves]) -> list[tuple[Var, Var]]:
        """Columns and rows, terms with the same column or the same row being one."""
        p = self.program
        pairs: list[tuple[Var, Var]] = []
        for h in terms:
            i, j = h.term.out
            scalar = self._part(h.term, h.scalars, None)
            left, right = self._part(h.term, h.left, i), self._part(h.term, h.right, j)
            scalar = p.scaled(h.term.coef, scalar)
            if h.left and (not h.right or scalar.op != "number"):
                left = p.entrywise("mul", scalar, left)
            else:
                right = p.entrywise("mul", scalar, right)
            for k, (a, b) in enumerate(pairs):
                if a is left:
                    pairs[k] = (a, p.entrywise("add", b, right))
                    break
                if b is right:
                    pairs[k] = (p.entrywise("add", a, left), b)
                    break
            else:
                pairs.append((left, right))
        return pairs

    def _part(self, term: Prod, factors: Sequence[tuple[Node, tuple[int, ...], Number]], out: int | None) -> Var:
        """Some of the factors of a term, as a vector or scalar."""
        if not factors:
            return self.program.number(1)
        base, idx, exponent = factors[0]
        if len(factors) == 1 and exponent == 1 and idx == (() if out is None else (out,)):
            alone = self.planner.tensor(base)
            if alone.array.labels == alone.out:
                return alone.array.var
        used = dict.fromkeys([*([] if out is None else [out]), *(i for _, idx, _ in factors for i in idx)])
        place = {i: k for k, i in enumerate(used)}
        moved = tuple([(base, tuple([place[i] for i in idx]), e) for base, idx, e in factors])
        node = normalise(Prod(1, moved, () if out is None else (0,), tuple([term.dims[i] for i in used])))
        tensor = self.planner.tensor(node)
        return tensor.array.var


def reach(term: Prod, start: int) -> set[int]:
    """The indices that hang together with one through factors."""
    found = {start}
    while True:
        more = {i for _, idx, _ in term.factors if found & set(idx) for i in idx} - found
        if not more:
            return found
        found |= more
