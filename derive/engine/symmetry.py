"""Which matrices are their own transposes, by their form and by what is declared of their variables.

One idea: a matrix is symmetric when the normal form of its transpose is its own; most that are not show it at a look, and the answer is remembered
on the node. No is no statement: it says that the form does not show it.
"""

from __future__ import annotations

from derive.engine.expr import Apply, Node, Prod, Sum, Sym, is_skew
from derive.engine.sums import collect

SYMMETRIC = frozenset(("symmetric", "psd", "pd", "diagonal", "projection"))

_symmetric: dict[Node, bool] = {}


def is_symmetric(node: Node) -> bool:
    """Whether a matrix node equals its transpose, by its form and the declared properties of its variables.

    A tensor of moments, of any order, does not change when its axes are exchanged.
    """
    found = node.symmetric
    if found is None:
        found = node.symmetric = _is_symmetric(node)
    return found


def _is_symmetric(node: Node) -> bool:
    if len(node.shape) > 2:
        return isinstance(node, Sym) and "moment" in node.symbol.properties
    if len(node.shape) != 2 or node.shape[0] != node.shape[1]:
        return False
    if type(node) is Sym:
        words = node.symbol.properties
        return bool(words) and not SYMMETRIC.isdisjoint(words) and "hermitian" not in words
    if type(node) is Apply and node.op.meaning != "elementwise":
        return node.op.transposes and is_symmetric(node.args[0])
    if _is_lopsided(node):
        return False
    found = _symmetric.get(node)
    if found is None:
        found = _is_symmetric_form(node)
        if len(_symmetric) > 20_000:
            _symmetric.clear()
        _symmetric[node] = found
    return found


def _is_symmetric_form(node: Node) -> bool:
    from derive.engine.normal import transposed  # which asks for symmetry itself

    match node:
        case Apply():  # entry by entry
            return all(not a.shape or is_symmetric(a) for a in node.args)
        case Prod():
            return transposed(node) == node
        case Sum():
            return collect([transposed(t) for t in node.terms], node.shape) == node
    return False


def _is_lopsided(node: Node) -> bool:
    """Whether a look shows that a square matrix is not symmetric: its rows or a term have no counterpart."""
    if type(node) is Prod:
        row, column = node.out
        rows, columns = [], []
        for base, idx, exp in node.factors:
            if type(base) is not Sym and not (type(base) is Apply and base.op.name == "inv"):
                return False  # there may be laws that put other factors for it
            if row in idx:
                rows.append((base.sig, exp))
            if column in idx:
                columns.append((base.sig, exp))
        return rows != columns and sorted(rows) != sorted(columns)
    if type(node) is Sum:
        return any(type(t) is Sym and not is_symmetric(t) and not _stands_turned(t, node.terms) for t in node.terms)
    return False


def _stands_turned(node: Sym, terms: tuple[Node, ...]) -> bool:
    return any(type(t) is Prod and len(t.factors) == 1 and t.factors[0][0] == node for t in terms)


def untransposed(node: Node) -> Node | None:
    """X of the node X' when that is all that it is, as -K is for a skew K."""
    if isinstance(node, Prod) and node.coef == -1 and len(node.factors) == 1 and node.out == (0, 1):
        base, idx, exp = node.factors[0]
        return base if exp == 1 and idx == (0, 1) and is_skew(base) else None
    if isinstance(node, Prod) and node.coef == 1 and len(node.factors) == 1 and len(node.dims) == len(node.out) == 2:
        base, idx, exp = node.factors[0]
        if exp == 1 and idx == (0, 1) and node.out == (1, 0):
            return base
        if exp == 1 and idx == (1, 0) and node.out == (0, 1):
            return base
    return None
