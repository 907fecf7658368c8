r"""`\operatorname{diag}(w_1, \dots, w_n)` as the diagonal of the vector that its entries make, which it declares where nothing else does.

One idea: the parser reads a family between the brackets; where the vector has as many entries as the family, it is that vector, or its power entry by entry. Another length is left
as it stands.
"""

from __future__ import annotations

from derive.document.sayings import Teller
from derive.tree import Tree


def of_vector(node: Tree, teller: Teller, at: int) -> Tree:
    """`diag(w)` for the diagonal of w_1, …, w_n; any other node as it is."""
    if node.head != "call" or node.data != "diag" or len(node.args) != 1:
        return node
    family = node.args[0].args[0] if node.args[0].head == "transpose" else node.args[0]
    if family.head != "array" or len(family.args) != 3 or family.args[1].data != 1:
        return node
    entry, exponent = family.args[0], None
    if entry.head == "pow":
        entry, exponent = entry.args
    letter = family.data[0] if isinstance(family.data, tuple) else ""
    if entry.head != "index" or len(entry.args) != 2 or entry.args[0].head != "name" or entry.args[1].data != letter:
        return node
    vector, length = entry.args[0], family.args[2]
    name = str(vector.data)
    known = teller.record.declaration(name)
    if known is None and not teller.record.defines(name):
        teller.declare(name, (length,), at)
    elif known is None or known.kind != "vector" or known.sizes != (length,):
        return node
    inside = vector if exponent is None else Tree("hpow", (vector, exponent), None, vector.span)
    return Tree("call", (inside,), "diag", node.span)
