"""Half vectorisation in the written form: `vech(M)`, `Dn(n)'*vec(M)`, `Dnp(n)*kron(A, A)*Dn(n)`, and entries such as `Dn(n)[i + n*(j - 1), p]`.

One idea: where a place p of vech is an output, the pair (i, j) behind it is stacked by vec instead; what that makes is written, and the matrix that leads
from vec to vech put before or behind it. Source: Magnus & Neudecker 2019, 3.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from derive.engine.expr import Node, Prod, Sum, Table, exchangeable
from derive.engine.normal import normalise
from derive.engine.selectors import selector
from derive.engine.tables import PAIRED
from derive.matrixform.part import Chain, Link, NeedsIndices, part_tree, size_tree
from derive.sizes import ONE, Size
from derive.tree import Tree, call, name, number

if TYPE_CHECKING:
    from derive.matrixform.form import FactorOf, Writer

Pair = tuple[Table, tuple[int, ...]]  # a table, and its indices i, j, p
NAMES = {"pair": ("Dn", True), "mean": ("Dnp", False), "below": ("Ln", False)}  # and whether the pairs are its rows


def halves(writer: Writer, p: Prod, rest: list[FactorOf]) -> Chain | None:
    """The chain of a product with places of vech among its output axes, None when it has none or they hang together otherwise."""
    tables = [(b, idx) for b, idx, e in rest if isinstance(b, Table) and b.kind in PAIRED and e == 1]
    others = [f for f in rest if not (isinstance(f[0], Table) and f[0].kind in PAIRED)]
    used = {i for _, idx, _ in others for i in idx} | {i for _, idx in tables for i in idx[:2]}
    at = {idx[2]: (base, idx) for base, idx in tables}
    if not tables or len(at) < len(tables) or len(set(p.out)) < len(p.out) or not at.keys() <= set(p.out) - used:
        return None
    if any(i in p.out for _, idx in tables for i in idx[:2]):
        return None
    if len(p.out) == 1 and tables[0][0].kind == "below":
        return (Link(call("vech", _matrix(writer, p, others, tables[0][1])), "column"),)
    inner = _shortest(writer, p, others, at)
    if inner is None:
        return None
    first = at.get(p.out[0])
    last = at.get(p.out[1]) if len(p.out) == 2 else None
    before = (_link(first[0], rows=True),) if first is not None else ()
    behind = (_link(last[0], rows=False),) if last is not None else ()
    return (*before, *inner, *behind)


def _turns(at: dict[int, Pair]) -> list[dict[int, Pair]]:
    """The pairs in either order, where the table does not tell i, j from j, i."""
    found: list[dict[int, Pair]] = [{}]
    for place, (base, (i, j, p)) in at.items():
        ways = [(base, (i, j, p)), (base, (j, i, p))] if exchangeable(base) and i != j else [(base, (i, j, p))]
        found = [{**known, place: way} for known in found for way in ways]
    return found


def _shortest(writer: Writer, p: Prod, others: list[FactorOf], at: dict[int, Pair]) -> Chain | None:
    """What is shortest of the forms that there are."""
    found = []
    for turned in _turns(at):
        try:
            found.append(_stacked(writer, p, others, turned))
        except NeedsIndices:
            continue
    return min(found, key=_weight, default=None)


def _weight(chain: Chain) -> int:
    """How much there is to read."""
    return sum(1 for link in chain for _ in link.tree.walk())


def _link(base: Table, rows: bool) -> Link:
    """Dn', Dnp or Ln, from vec to vech; transposed where it stands behind."""
    word, pairs_first = NAMES[base.kind]
    tree = call(word, size_tree(base.shape[0]))
    return Link(tree if pairs_first != rows else Tree("transpose", (tree,)))


def _matrix(writer: Writer, p: Prod, others: list[FactorOf], idx: Sequence[int]) -> Tree:
    """What hangs on the pair, as a matrix."""
    return part_tree(writer.part(normalise(_of(p, others, idx[:2]))))


def _stacked(writer: Writer, p: Prod, others: list[FactorOf], at: dict[int, Pair]) -> Chain:
    """The product with every pair stacked by vec. Raises NeedsIndices where that has no form."""
    dims = list(p.dims)
    out: list[int] = []
    factors = list(others)
    for k in p.out:
        if k not in at:
            out.append(k)
            continue
        base, (i, j, _) = at[k]
        n = base.shape[0]
        dims.append(n * n)
        out.append(len(dims) - 1)
        factors.append((selector([n, ONE], Size.of(0), n * n, [n, n]), (len(dims) - 1, j, i), 1))
    if not others and len(out) == 2:
        (i, j), (k, ell) = [at[x][1][:2] for x in p.out]
        if (i, j) == (k, ell):
            return ()
    if len(factors) == 2 and len(at) == 1 and factors[0][0] == factors[1][0] and factors[0][1][1:] == factors[1][1][1:]:
        return ()  # vec and its inverse
    part = writer.part(normalise(_of(Prod(1, (), (), tuple(dims)), factors, out)))
    if part.coef != 1 or part.over or part.under:
        raise NeedsIndices
    return part.chain


def _of(p: Prod, factors: list[FactorOf], out: Sequence[int]) -> Prod:
    """A product of these factors alone."""
    used = list(dict.fromkeys([*out, *[i for _, idx, _ in factors for i in idx]]))
    place = {i: k for k, i in enumerate(used)}
    named = tuple([(b, tuple([place[i] for i in idx]), e) for b, idx, e in factors])
    return Prod(1, named, tuple([place[i] for i in out]), tuple([p.dims[i] for i in used]))


def entry_of(base: Table, at: Sequence[Tree]) -> Tree:
    """One entry of a table, at subscripts that count from 1."""
    if base.kind == "ramp":
        return Tree("sub", (at[0], number(1)))
    word, pairs_first = NAMES[base.kind]
    row, column, place = at
    behind = Tree("mul", (size_tree(base.shape[0]), Tree("sub", (column, number(1)))))
    pair = Tree("add", (row, behind))
    matrix = call(word, size_tree(base.shape[0]))
    return Tree("index", (matrix, pair, place) if pairs_first else (matrix, place, pair))


def ramp(node: Node, taken: frozenset[str]) -> Tree | None:
    """`array(i=1..n, i - 1)`, and with a number added to every entry `array(i=1..n, i)`; None for any other node."""
    first = _first(node)
    if first is None:
        return None
    i = next(x for x in "ijklpqrs" if x not in taken)
    body = name(i) if first == 1 else Tree("add" if first > 1 else "sub", (name(i), number(abs(first - 1))))
    return Tree("array", (body, number(1), size_tree(node.shape[0])), (i,))


def _first(node: Node) -> int | None:
    """The first entry of a vector k, k + 1, k + 2, …; None when the node is none."""
    if isinstance(node, Table):
        return 0 if node.kind == "ramp" else None
    if not isinstance(node, Sum) or len(node.terms) != 2 or len(node.shape) != 1:
        return None
    shift = next((t for t in node.terms if isinstance(t, Prod) and not t.factors), None)
    other = next((t for t in node.terms if isinstance(t, Table)), None)
    if shift is None or other is None or not isinstance(shift.coef, int):
        return None
    return shift.coef
