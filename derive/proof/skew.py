"""Skew-symmetric variables as differences: every A with A' = -A is K - K', and every K - K' is skew.

One idea: an equation holds for all skew A exactly when it holds for K - K' with any K, so the property goes, and the normal form decides.
"""

from __future__ import annotations

from derive.engine.conjugate import is_complex
from derive.engine.expr import Node, Sym, postorder
from derive.engine.lifting import lift
from derive.engine.normal import normalise, transposed
from derive.engine.sums import collect, scaled
from derive.term import Symbol

KEPT = frozenset(  # what K = A/2 has when A has it
    "symmetric invertible rank-deficient nilpotent toeplitz circulant normal zero diagonal real".split()
)
LAW = "{0} is skew: {0} = K - K'"


def opened(*roots: Node) -> tuple[tuple[Node, ...], tuple[str, ...]]:
    """The nodes with their skew variables opened, and the names of what was used; no names where there are none."""
    skew = {
        n: None
        for n in postorder(roots)
        if isinstance(n, Sym) and "skew" in n.symbol.properties and len(n.shape) == 2 and not is_complex(n)
    }
    if not skew:
        return roots, ()
    values = {n: _difference(n) for n in skew}
    nodes = tuple([normalise(lift(root, values, ())[0]) for root in roots])
    return nodes, tuple([LAW.format(n.symbol.name) for n in skew])


def _difference(x: Sym) -> Node:
    kept = tuple([p for p in x.symbol.properties if p in KEPT or p.startswith("commutes(")])
    k = Sym(Symbol(f"K of {x.symbol.name}", x.symbol.type, kept))
    return collect([k, scaled(-1, transposed(k))], x.shape)
