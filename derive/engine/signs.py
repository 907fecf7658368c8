"""Which tensors have no negative entry, as far as the form shows it.

One idea: even powers, exponentials and what is declared so are ≥ 0 for all real values, and so are their sums and products. No is no
statement.
"""

from __future__ import annotations

from derive.engine.conjugate import is_complex
from derive.engine.expr import Apply, Atom, Node, Prod, Sum, Sym
from derive.sizes import Size


def nonnegative(node: Node) -> bool:
    """Whether every entry is ≥ 0 for all real values, as far as the form shows it."""
    if is_complex(node):
        return False
    match node:
        case Prod():
            return node.coef > 0 and all(
                (type(e) is int and e % 2 == 0) or type(e) is not int or nonnegative(b) for b, _, e in node.factors
            )
        case Sum():
            return all(nonnegative(t) for t in node.terms)
        case Sym():
            return any(
                p in ("positive", "simplex", "nonnegative", "stochastic", "one-hot") for p in node.symbol.properties
            )
        case Apply():
            return node.op.name in (
                "exp",
                "sigmoid",
                "softmax",
                "softplus",
                "cosh",
                "abs",
                "step",
                "relu",
                "normpdf",
                "normcdf",
                "eq",
                "norm2",
            )
        case Atom():
            return (not isinstance(node.value, str | Size) and node.value > 0) or isinstance(node.value, str | Size)
    return False
