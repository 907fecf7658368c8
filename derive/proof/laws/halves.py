"""Laws of half vectorisation: determinants of what A does to vech.

One idea: which A it is, is read off a term, and the matrix is made again from it, so nothing is taken for what it only resembles. Source: Magnus &
Neudecker 2019, 3.8 (theorem 3.14).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from derive.engine.expansion import expanded
from derive.engine.expr import Apply, Node, Prod, Sum, Table, number_of
from derive.engine.normal import normalise
from derive.engine.subscripts import size_node
from derive.engine.sums import collect
from derive.ops import REGISTRY
from derive.proof.rewriting import Law
from derive.sizes import triangle

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction


def determinant(node: Node) -> Node | None:
    """`det(c Dn⁺(A ⊗ A)Dn) = cʰ det(A)^(n+1)`, `det(c Dn'(A ⊗ A)Dn) = cʰ 2^(n(n-1)/2) det(A)^(n+1)`, h = n(n + 1)/2."""
    if not (isinstance(node, Apply) and node.op.name == "det" and not node.shape):
        return None
    wanted = node.args[0]
    terms = wanted.terms if isinstance(wanted, Sum) else (wanted,)
    for term in terms:
        for a, table in _candidates(term):
            n = a.shape[0]
            for kind in ("mean", "pair"):
                unit = _square(kind, a, table)
                share = _share(wanted, unit)
                if share is not None:
                    value = _power(normalise(Apply(node.op, (a,), ())), size_node(n + 1))
                    twos = _power(_number(2), size_node(triangle(n) - n)) if kind == "pair" else _number(1)
                    whole = _power(_number(share), size_node(triangle(n))) if share != 1 else _number(1)
                    return normalise(Prod(1, ((whole, (), 1), (twos, (), 1), (value, (), 1)), (), ()))
    return None


def _candidates(term: Node) -> Iterator[tuple[Node, Table]]:
    """Square matrices that stand in a product with tables of their size."""
    if not isinstance(term, Prod):
        return
    tables = [b for b, _, _ in term.factors if isinstance(b, Table) and b.kind in ("pair", "mean")]
    seen: list[Node] = []
    for base, idx, _ in term.factors:
        if tables and len(idx) == 2 and base not in seen and base.shape == tables[0].shape[:2]:
            seen.append(base)
            yield base, tables[0]


def _square(kind: str, a: Node, table: Table) -> Prod:
    """Dn⁺(A ⊗ A)Dn or Dn'(A ⊗ A)Dn."""
    n, _, h = table.shape
    left, right = Table(kind, table.shape), Table("pair", table.shape)
    factors = ((left, (0, 1, 4), 1), (a, (0, 2), 1), (a, (1, 3), 1), (right, (2, 3, 5), 1))
    return Prod(1, factors, (4, 5), (n, n, n, n, h, h))


def _share(wanted: Node, unit: Prod) -> Number | None:
    """c where wanted is c times the unit, or c times its transpose; None when there is no such number."""
    for out in (unit.out, unit.out[::-1]):
        one = expanded(normalise(Prod(1, unit.factors, out, unit.dims)))
        if one is None:
            continue
        ours, theirs = [t.terms[0] if isinstance(t, Sum) else t for t in (one, expanded(wanted) or wanted)]
        if not isinstance(ours, Prod) or not isinstance(theirs, Prod) or not ours.coef:
            continue
        for size in (ours.coef, *[t.coef for t in getattr(one, "terms", ()) if isinstance(t, Prod)]):
            from fractions import Fraction

            share = Fraction(theirs.coef) / size
            axes = (0, 1)
            rest = collect(
                [expanded(wanted) or wanted, normalise(Prod(-share, ((one, axes, 1),), axes, one.shape))], one.shape
            )
            if isinstance(rest, Sum) and not rest.terms:
                return share.numerator if share.denominator == 1 else share
    return None


def _number(value: Number) -> Node:
    return Prod(value, (), (), (), True)


def _power(base: Node, exponent: Node) -> Node:
    known = number_of(exponent)
    if isinstance(known, int):
        return normalise(Prod(1, ((base, (), known),), (), ()))
    return Apply(REGISTRY["power"], (base, exponent), ())


LAWS = (
    Law(
        "determinants of A on half vectors",
        "det(Dnp(n)*kron(A, A)*Dn(n)) == det(A)^(n + 1); det(Dn(n)'*kron(A, A)*Dn(n)) == 2^(n*(n - 1)/2)*det(A)^(n + 1); "
        "det(-(Dnp(n)*kron(A, A)*Dn(n))) == (-1)^(n*(n + 1)/2)*det(A)^(n + 1)",
        "A: matrix(n, n)",
        determinant,
    ),
)
