"""What deserves a remark in what was inferred: readings that are right by the rules, and perhaps not what was meant.

One idea: a remark changes nothing; it names what was read and how the other thing is written. Only the user's own statement has remarks,
never the bodies of operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from derive.infer.scope import Scope
from derive.term import Symbol
from derive.tree import Tree

if TYPE_CHECKING:
    from derive.syntax.declarations import Declared

_DOTTED = r"(?<![\w.])(?:np|numpy|jnp|scipy|torch|math)\.[a-z]|\.[a-z]\w+\s*\("
LETTERED = {
    "Kmn": "the commutation matrix Kmn",
    "Nn": "the symmetriser Nn",
    "Dn": "the duplication matrix Dn",
    "Dnp": "the pseudo-inverse Dnp of the duplication matrix",
    "Ln": "the elimination matrix Ln",
    "J": "the matrix with a single entry 1",
    "e": "a unit vector",
}
Nodes = Mapping[str, list[Tree]]

_REDUCING = frozenset("sum mean norm2 norm1 max min prod".split())


def remarks(nodes: Nodes, declared: Sequence[Declared], scope: Scope) -> list[str]:
    """Remarks on one statement, of which these are the nodes by head; in a fixed order."""
    found = [
        *_numpy(scope),
        *_lettered(nodes, scope),
        *_euler(nodes, scope),
        *_products(nodes, scope),
        *_unused(nodes, declared, scope),
    ]
    return list(dict.fromkeys(found))


def capitals(symbols: Sequence[Symbol]) -> tuple[str, ...]:
    """What to say of undeclared capitals where a scalar was needed: each is read as a matrix."""
    names = [s.name for s in symbols if s.inferred and s.name[0].isupper() and len(s.type.shape) == 2]
    return tuple(
        [
            f"{name} is not declared and read as a matrix, being a capital; a scalar is declared `{name}: scalar`"
            for name in names
        ]
    )


def _numpy(scope: Scope) -> Iterator[str]:
    source = scope.context.source
    text = source.text if source is not None else ""
    if "." in text and ("*" in text or "/" in text) and re.search(_DOTTED, text):
        yield "read as NumPy: * / ** are entry by entry, @ is the product"


def _lettered(nodes: Nodes, scope: Scope) -> Iterator[str]:
    """Matrices that LaTeX writes with a letter of their own, which nothing declares."""
    source = scope.context.source
    if source is None or "\\" not in source.text:
        return
    for node in nodes.get("call", ()):
        if node.data in LETTERED:
            written = scope.context.text(node.span)
            if written[1:2] in ("_", "^"):
                yield f"{written} is read as {LETTERED[str(node.data)]}"


def _euler(nodes: Nodes, scope: Scope) -> Iterator[str]:
    symbol = scope.symbols.get("e")
    if symbol is None or not symbol.inferred:
        return
    for node in (*nodes.get("pow", ()), *nodes.get("hpow", ())):
        if node.args[0].head == "name" and node.args[0].data == "e":
            yield "e is read as a variable; the exponential function is written exp(x)"


def _products(nodes: Nodes, scope: Scope) -> Iterator[str]:
    """`sum(x*y)`, where one of x and y is read as a scalar because only one factor can be a vector."""
    for node in nodes.get("call", ()):
        if node.data not in _REDUCING or len(node.args) != 1:
            continue
        product = node.args[0]
        if product.head != "mul" or product.data is not None or any(a.head != "name" for a in product.args):
            continue
        symbols = [scope.symbols.get(str(a.data)) for a in product.args]
        if any(s is None or not s.inferred for s in symbols):
            continue
        x, y = [s for s in symbols if s is not None]
        if {len(x.type.shape), len(y.type.shape)} == {0, 1}:
            scalar = x if not x.type.shape else y
            yield f"{scalar.name} is read as a scalar; the sum of products of entries is written {x.name}'*{y.name} or sum({x.name}.*{y.name})"


def _unused(nodes: Nodes, declared: Sequence[Declared], scope: Scope) -> Iterator[str]:
    """Variables that are declared and occur nowhere: a misspelt name, perhaps."""
    if not any(one.name not in scope.seen for one in declared):
        return
    named = {str(node.data) for node in nodes.get("name", ())}
    for one in declared:
        known = scope.symbols.get(one.name)
        of = one.name[1:] if one.name[0] == "d" else ""
        if known is None or known.inferred or one.name in scope.seen or one.name in named or of in named:
            continue
        if not any(one.name in word for other in declared for word in other.properties):
            yield f"{one.name} is declared and does not occur"
