r"""What an expression looks like, where only the letters tell: a matrix, a vector or a number.

One idea: capitals are matrices, small letters are numbers or columns; this decides between |Σ| and |x| before kinds are known, and
answers "unclear" rather than guess.
"""

from __future__ import annotations

from derive.tree import Tree

_MATRICES = frozenset("inv pinv diag eye expm sqrtm chol adj cof".split())
_SAME = frozenset(("neg", "hpow"))


def shape(tree: Tree) -> str:
    """`matrix`, `column`, `row`, `number`, or `unclear`; `small` is a number or a column."""
    done: list[str] = []
    for node in reversed(list(tree.walk())):
        parts = [done.pop() for _ in node.args]
        done.append(_shape(node, parts))
    return done[0]


def _shape(node: Tree, parts: list[str]) -> str:
    head = node.head
    if head == "name":
        return "matrix" if str(node.data)[0].isupper() else "small"
    if head == "number":
        return "number"
    if head in _SAME or head == "pow":
        return parts[0] if parts[0] != "small" or head != "pow" else "number"
    if head == "transpose":
        return {"small": "row", "row": "small"}.get(parts[0], parts[0])
    if head in ("add", "sub", "hadamard", "hdiv"):
        return _sum(parts[0], parts[1])
    if head == "mul":
        return _product(parts[0], parts[1])
    if head == "div":
        return parts[0]
    if head == "index":
        return "number"
    if head == "call":
        return _call(node, parts)
    return parts[0] if head in ("sum", "prod") else "unclear"


def _sum(a: str, b: str) -> str:
    if a == b:
        return a
    return "small" if {a, b} <= {"number", "small"} else "unclear"


def _product(a: str, b: str) -> str:
    if "unclear" in (a, b):
        return "unclear"
    if a == "row":
        return "number" if b == "small" else "row"
    if b == "row":
        return "matrix" if a in ("small", "matrix") else "row"
    if a == "matrix":
        return {"number": "matrix", "small": "unclear"}.get(b, b)
    return b if a in ("number", "small") else a


def _call(node: Tree, parts: list[str]) -> str:
    name = str(node.data)
    if name in _MATRICES:
        return "matrix"
    if name in ("ct",):
        return {"small": "row", "row": "small"}.get(parts[0], parts[0])
    if name == "kron" and parts == ["matrix", "matrix"]:
        return "matrix"
    if name in ("kron", "hess", "jac", "grad"):
        return "unclear"
    return "small"
