"""Variables with declared structure: what a derivative by independent entries takes no notice of, and the one by free entries.

One idea: the derivative by the free entries of a structured X is a linear map of the derivative G by independent entries: what is
tied together is added up, what the structure makes zero is dropped. For symmetric X it is `G + G' - diag(diag(G))` (Magnus &
Neudecker 2019, 9.15; cf. Petersen & Pedersen 2012, eq. 138), for Toeplitz X the sum along each diagonal. It does not know
what was differentiated.
"""

from __future__ import annotations

from derive.engine.expr import Apply, Node, Prod
from derive.engine.laws import LAWFUL
from derive.engine.normal import normalise
from derive.engine.selectors import MINUS, NOTHING, selector
from derive.engine.sums import collect, scaled
from derive.engine.symmetry import SYMMETRIC
from derive.ops import REGISTRY
from derive.sizes import ONE
from derive.term import COMPLEX, Symbol

WORDS = {
    "symmetric": "symmetric",
    "psd": "symmetric",
    "pd": "symmetric",
    "skew": "skew",
    "diagonal": "diagonal",
    "lower-triangular": "lower-triangular",
    "upper-triangular": "upper-triangular",
    "toeplitz": "toeplitz",
}


DEPENDENT = SYMMETRIC | LAWFUL | {"zero"}  # entries that are not independent


def structure_of(symbol: Symbol) -> str:
    """The structure whose entries are free, by the declared properties; "" when there is none, or several that have no name together."""
    found = {WORDS[p] for p in symbol.properties if p in WORDS}
    if "diagonal" in found or {"lower-triangular", "upper-triangular"} <= found:
        return "diagonal" if found <= {"diagonal", "symmetric", "lower-triangular", "upper-triangular"} else ""
    return found.pop() if len(found) == 1 else ""


def by_free_entries(g: Node, structure: str) -> Node:
    """The derivative by the free entries of a structured variable, from that by independent entries.

    g: (…, n, n), the last two axes those of the variable; the result has the same shape.
    """
    if structure in ("lower-triangular", "upper-triangular"):
        return Apply(REGISTRY["tril" if structure[0] == "l" else "triu"], (g,), g.shape)
    if structure == "toeplitz":
        return _along_diagonals(g)
    axes = tuple(range(len(g.shape)))
    front, i, j = axes[:-2], axes[-2], axes[-1]
    diagonal = normalise(Prod(1, ((g, (*front, i, i), 1),), (*front, i, i), g.shape[:-1]))
    if structure == "diagonal":
        return diagonal
    other = normalise(Prod(1, ((g, axes, 1),), (*front, j, i), g.shape))
    parts = [g, other, scaled(-1, diagonal)] if structure == "symmetric" else [g, scaled(-1, other)]
    return collect(parts, g.shape)


def _along_diagonals(g: Node) -> Node:
    """`D_ij = Σ_pq [q - p = j - i] G_pq`."""
    lead = len(g.shape) - 2
    n = g.shape[-1]
    front = tuple(range(lead))
    p, q, i, j = range(lead, lead + 4)
    same_diagonal = selector([ONE, ONE, MINUS], NOTHING, n, [n, n, n])
    factors = ((g, (*front, p, q), 1), (same_diagonal, (q, p, j, i), 1))
    return normalise(Prod(1, factors, (*front, i, j), (*g.shape, n, n)))


def free_of(symbol: Symbol) -> Symbol:
    """The variable with all of its entries independent: the derivative is by those, whatever is declared of them.

    What is declared may simplify the result, but `S = S'` must not be used before it is differentiated.
    """
    kept = tuple([p for p in symbol.properties if p not in DEPENDENT | COMPLEX])
    if symbol.complex:
        kept = (*kept, "complex")
    return symbol if kept == symbol.properties else Symbol(symbol.name, symbol.type, kept, symbol.inferred)
