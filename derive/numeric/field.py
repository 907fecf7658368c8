"""Whether a term lives over the real or the complex numbers.

One idea: a statement is real unless it mentions a complex variable, the imaginary unit, a matrix made of roots of unity, or eigenvalues, which a
real matrix may have complex ones of; only then are complex balls used, so that real statements cost what they always did.
"""

from __future__ import annotations

from typing import Any

from derive.term import Term

SPECTRAL = frozenset(("eig",))  # complex of a real matrix
CUT = frozenset("log log2 sqrt power arcsin arccos arctan lgamma logm sqrtm softplus logsumexp".split())
LIMIT = 20_000
_complex: dict[Term, bool] = {}


def is_complex(term: Term) -> bool:
    """Whether a term mentions anything that is not real; kept by term."""
    found = _complex.get(term)
    if found is None:
        if len(_complex) >= LIMIT:
            _complex.clear()
        found = _complex[term] = any(map(_mentions, term.walk()))
    return found


def has_cut(term: Term) -> bool:
    """Whether a complex term has roots, logarithms or inverse functions: what holds on one side of a branch cut may fail on the other."""
    return is_complex(term) and any(
        node.name in CUT or (node.head == "power" and not isinstance(node.data, int)) for node in term.walk()
    )


def _mentions(node: Term) -> bool:
    data: Any = node.data
    match node.head:
        case "symbol":
            return bool(data.complex)
        case "constant":
            return data in ("i", "dft")
        case "opaque":
            return data.name in SPECTRAL
        case "derivative":
            return is_complex(data[1])
    return False
