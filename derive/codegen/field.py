"""Whether values of a term may be complex, and what NumPy calls what is another thing then.

One idea: sources of real terms are what they always were; in a complex one, variables that are declared so are complex arrays. It
knows nothing of the arithmetic of either.
"""

from __future__ import annotations

from derive.term import Term

SYMMETRIC = frozenset(("symmetric", "psd", "pd", "diagonal", "projection"))
OVER_COMPLEX = {
    "norm2": "np.sqrt(np.sum(np.abs(x)**2))",
    "sqrtm": "linalg.sqrtm(X)",
    "logm": "linalg.logm(X)",
    "eig": "_eig(X)",
}


def is_complex(term: Term) -> bool:
    """Whether a term mentions a complex variable, a complex constant, or eigenvalues of a matrix that is not declared symmetric."""
    return any(map(_mentions, term.walk()))


def _mentions(node: Term) -> bool:
    if node.head == "symbol":
        return bool(node.data.complex)
    if node.head == "constant":
        return node.data in ("i", "dft")
    if node.name != "eig":
        return False
    (matrix,) = node.args
    return matrix.head != "symbol" or SYMMETRIC.isdisjoint(matrix.data.properties)
