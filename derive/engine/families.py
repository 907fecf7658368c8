"""Statements with free indices: `d(X[k,l])/dX[i,j] == delta(i,k)*delta(l,j)` for all i, j, k, l.

One idea: such a statement is an equation of two tensors with one axis for each index, and that is how it is proved: with an index as an axis, a
delta is the identity and an entry is the matrix itself. An index that is used as a number (`eigi(A, i)`) or in a range stays one
symbol, which stands for any of its values. This module proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from derive.sizes import ONE, Size
from derive.term import Symbol, Term, Type

if TYPE_CHECKING:
    from derive.syntax import Declared


def ranges(declared: Sequence[Declared], symbols: Sequence[Symbol] = ()) -> dict[str, Size]:
    """The number of values of every free index: of the declarations, and of undeclared ones as `infer` found them.

    `symbols` are those of the typed statement; an index declared without a size is left out.
    """
    trees = {d.name: d.sizes[0] for d in declared if d.kind == "index" and d.sizes}
    found = {s.name: word[6:-1] for s in symbols for word in s.properties if word.startswith("index(")}
    if not trees and not found:
        return {}
    from derive.infer.context import Context
    from derive.infer.scope import Scope
    from derive.syntax import parse

    trees.update({name: parse(size) for name, size in found.items()})
    scope = Scope(Context(None))
    return {name: scope.size_of(tree, free=True) for name, tree in trees.items()}


def for_all(term: Term, indices: Mapping[str, Size]) -> Term:
    """The term as a tensor with one leading axis for each of these indices, in their order, but for those that stay symbols."""
    numbers = _numbers(term)
    axes = tuple([(name, ONE, size) for name, size in indices.items() if name not in numbers])
    if not axes:
        return term
    shape = tuple([size for _, _, size in axes]) + term.type.shape
    return Term("array", (term,), Type(shape), axes, "", term.span)


def mentioned(indices: Mapping[str, Size], *terms: Term) -> dict[str, Size]:
    """Those of the indices that stand in some term; a claim beside others may have none of them."""
    found: set[str] = set()
    stack: list[object] = [node.data for term in terms for node in term.walk()]
    while stack:
        item = stack.pop()
        if isinstance(item, Size):
            found |= item.names
        elif isinstance(item, Term):
            stack += [node.data for node in item.walk()]
        elif isinstance(item, tuple):
            stack += item
    return {name: size for name, size in indices.items() if name in found}


def _numbers(term: Term) -> set[str]:
    """Index names that stand as a number or in a range."""
    found: set[str] = set()
    for node in term.walk():
        if node.head == "index":
            found |= set(node.data.names)
        elif node.head in ("bigsum", "bigprod"):
            found |= {name for size in node.data[1:] for name in size.names}
        elif node.head == "array":
            found |= {name for _, low, high in node.data for name in (*low.names, *high.names)}
        elif node.head == "derivative":
            found |= _numbers(node.data[1])
    return found
