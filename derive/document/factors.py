r"""Names that are values, whatever letter they have: before a bracket they multiply, `C(A^{-1}a + B^{-1}b)`.

One idea: of a definition only the order is asked for, from the orders of what it is made of; where that is not sure, the name stays what its letter says. Nothing is typed here.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.document.story import Record
from derive.syntax import Declared
from derive.tree import Tree

SCALAR, VECTOR, ROW, MATRIX = "scalar", "vector", "row", "matrix"
_TURNED = {SCALAR: SCALAR, VECTOR: ROW, ROW: VECTOR, MATRIX: MATRIX}
_PRODUCTS = {
    (MATRIX, MATRIX): MATRIX,
    (MATRIX, VECTOR): VECTOR,
    (ROW, MATRIX): ROW,
    (VECTOR, ROW): MATRIX,
    (ROW, VECTOR): SCALAR,
}
_SIGNS = frozenset(("positive", "nonnegative", "negative", "nonzero"))
_MAKING = frozenset(("eye", "diag", "inv", "pinv", "kron"))  # functions that make matrices


def factors(record: Record) -> frozenset[str]:
    """The names that are surely matrices, or numbers of which a sign is said, and are no functions."""
    called = {s.name for s in (*record.functions, *record.curves)}
    called |= {
        s.name for s in record.declared if isinstance(s.value, Declared) and s.value.kind in ("function", "elementwise")
    }
    orders = dict.fromkeys(record.of_order(2), MATRIX) | dict.fromkeys(record.of_order(1), VECTOR)
    declared = {s.name for s in record.declared if isinstance(s.value, Declared)}
    signed = {s.name for s in record.properties if s.value in _SIGNS and s.name in declared}
    orders |= {name: SCALAR for name in signed if name not in orders}
    matrices = {name for name, order in orders.items() if order == MATRIX}
    for said in record.definitions:
        if not isinstance(said.value, Tree) or said.name in called:
            continue
        orders[said.name] = _order(said.value, orders)
        if orders[said.name] == MATRIX:
            matrices.add(said.name)
    return frozenset((matrices | signed) - called)


def _order(tree: Tree, orders: Mapping[str, str]) -> str:
    """What a tree is by what it is made of, "" where that is not sure; bottom up, without recursion."""
    done: list[str] = []
    for node in reversed(list(tree.walk())):
        args = [done.pop() for _ in node.args]
        done.append(_order_of(node, args, orders))
    return done[0]


def _order_of(node: Tree, args: list[str], orders: Mapping[str, str]) -> str:
    if node.head == "name":
        return MATRIX if node.data == "I" else orders.get(str(node.data), "")
    if node.head == "number":
        return SCALAR
    if node.head in ("neg", "pow", "hpow"):
        return args[0]
    if node.head == "transpose":
        return _TURNED.get(args[0], "")
    if node.head in ("add", "sub", "hadamard"):
        return args[0] if args[0] == args[1] else ""
    if node.head == "div":
        return args[0] if args[1] == SCALAR else ""
    if node.head == "mul":
        if SCALAR in args:
            return args[1] if args[0] == SCALAR else args[0]
        return _PRODUCTS.get((args[0], args[1]), "")
    return MATRIX if node.head == "call" and node.data in _MAKING else ""
