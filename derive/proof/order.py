"""Certificates of order: sums of squares, and matrices that are positive semidefinite by their form.

One idea: a node is nonnegative when it is built of what cannot be negative; a matrix is psd when it is a sum of congruences `B D B'` of what is
psd. What is not found here is not denied.
"""

from __future__ import annotations

from derive.expr import Apply, Node, Prod, Sum, Sym, is_zero
from derive.finding import LanguageError
from derive.lower import lower
from derive.normal import collect, nonnegative, scaled
from derive.proof.kernel import Proof
from derive.term import Term


def prove_order(op: str, left: Term, right: Term) -> Proof | None:
    """A proof of `left op right` for `<=` and `>=`, or None."""
    if op not in ("<=", ">="):
        return None
    try:
        low, high = (lower(left), lower(right)) if op == "<=" else (lower(right), lower(left))
    except (LanguageError, ZeroDivisionError):
        return None
    if low.shape != high.shape:
        return None
    gap = collect([high, scaled(-1, low)], high.shape)
    if is_zero(gap) or nonnegative(gap):
        return Proof("nonnegative by its form", ())
    return None


def prove_definite(matrix: Term, word: str) -> Proof | None:
    """A proof that a matrix is psd (`ispsd`) or pd (`ispd`), or None."""
    try:
        node = lower(matrix)
    except (LanguageError, ZeroDivisionError):
        return None
    found = definite(node, word == "ispd")
    return (
        Proof("positive definite by its form" if word == "ispd" else "positive semidefinite by its form", ())
        if found
        else None
    )


def definite(node: Node, strict: bool) -> bool:
    """Whether the form of a matrix shows that it is pd (strict) or psd."""
    match node:
        case Sym():
            words = ("pd",) if strict else ("pd", "psd", "projection")
            return any(p in words for p in node.symbol.properties)
        case Apply():
            return node.op.name in ("inv", "expm", "sqrtm") and definite(node.args[0], True)
        case Sum():
            parts = [definite(t, False) for t in node.terms]
            return bool(parts) and all(parts) and (not strict or any(definite(t, True) for t in node.terms))
        case Prod():
            return False
    return False
