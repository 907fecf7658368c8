"""What is known of a node by its form and the declared properties of its variables: sign, definiteness, order, invertibility.

One idea: each question is answered yes only where the form shows it; no answer is a guess. It knows no law of equality.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.conjugate import is_complex
from derive.engine.deciding import fills, is_positive_number
from derive.engine.expr import Apply, Atom, Node, Prod, Sum, Sym
from derive.engine.signs import nonnegative
from derive.engine.symmetry import is_symmetric
from derive.proof.words import Letters, turned, word_of

INVERTIBLE = frozenset(("invertible", "pd", "orthogonal", "permutation", "involutory"))
POSITIVE = ("exp", "cosh", "sigmoid", "softplus", "softmax", "gauss", "normpdf", "normcdf")


def named(node: Node, *names: str) -> bool:
    """Whether a node is one of these operations."""
    return isinstance(node, Apply) and node.op.name in names


def declared(node: Node, *words: str) -> bool:
    """Whether a node is a variable with one of these properties."""
    return isinstance(node, Sym) and any(w in node.symbol.properties for w in words)


def is_real(*nodes: Node) -> bool:
    """Whether nothing complex occurs."""
    return not any(is_complex(n) for n in nodes)


def is_positive(node: Node) -> bool:
    """Whether every entry is > 0."""
    if is_complex(node):
        return False
    match node:
        case Sym():
            return "positive" in node.symbol.properties
        case Atom():
            return is_positive_number(node)
        case Sum():
            return bool(node.terms) and all(map(nonnegative, node.terms)) and any(map(is_positive, node.terms))
        case Prod():
            return node.coef > 0 and fills(node) and all(is_positive(b) for b, _, _ in node.factors)
        case Apply():
            return node.op.name in POSITIVE or (node.op.name == "det" and is_pd(node.args[0]))
    return False


def is_nonzero(node: Node) -> bool:
    """Whether a scalar is not zero, or a vector not the zero vector, by its form or by what is declared of it."""
    if declared(node, "nonzero", "negative", "positive", "unit-norm", "simplex", "one-hot") and len(node.shape) < 2:
        return node.shape != () or not declared(node, "simplex", "one-hot")
    if isinstance(node, Prod) and not node.shape:
        return node.coef != 0 and not node.dims and all(e < 0 or is_nonzero(b) for b, _, e in node.factors)
    if named(node, "det") and isinstance(node, Apply):
        return is_invertible(node.args[0])
    return not node.shape and (is_positive(node) or (isinstance(node, Atom) and node.value == "i"))


def is_pd(node: Node) -> bool:
    """Whether a matrix is symmetric positive definite."""
    if declared(node, "pd"):
        return is_real(node)
    if named(node, "inv", "sqrtm", "expm"):
        assert isinstance(node, Apply)
        inner = node.args[0]
        return is_symmetric(inner) and is_real(inner) if node.op.name == "expm" else is_pd(inner)
    if isinstance(node, Sum):
        return is_real(node) and all(map(is_psd, node.terms)) and any(map(is_pd, node.terms))
    word = word_of(node) if isinstance(node, Prod) else None
    if word is None or word.coef <= 0 or not all(is_positive(b) for b, _, _ in word.scalars) or not is_real(node):
        return False
    return not word.letters or _sandwich(word.letters, strict=True)


def is_psd(node: Node) -> bool:
    """Whether a matrix is symmetric positive semidefinite."""
    if declared(node, "pd", "psd", "projection"):
        return is_real(node)
    if is_pd(node):
        return True
    if isinstance(node, Sum):
        return is_real(node) and all(map(is_psd, node.terms))
    word = word_of(node) if isinstance(node, Prod) else None
    if word is None or word.coef < 0 or not is_real(node):
        return False
    if not all(nonnegative(b) or (type(e) is int and e % 2 == 0) for b, _, e in word.scalars):
        return False
    return _sandwich(word.letters, strict=False)


def _sandwich(letters: Letters, strict: bool) -> bool:
    """`B' M B` with M psd; pd where M is and B is invertible."""
    while len(letters) > 1 and letters[:1] == turned(letters[-1:]):
        if strict and not is_invertible(letters[0].node):
            return False
        letters = letters[1:-1]
    if not letters:
        return True
    return len(letters) == 1 and len(letters[0].node.shape) == 2 and (is_pd if strict else is_psd)(letters[0].node)


def is_invertible(node: Node) -> bool:
    """Whether a square matrix is invertible by its form or by what is declared of it."""
    if declared(node, *INVERTIBLE):
        return True
    if named(node, "inv", "expm", "chol", "evecs", "svdU", "svdVt"):
        return True
    if isinstance(node, Prod) and len(node.shape) == 2:
        word = word_of(node)
        if word is None or word.coef == 0 or not all(is_positive(b) for b, _, _ in word.scalars):
            return False
        return is_pd(node) or all(len(x.node.shape) == 2 and is_invertible(x.node) for x in word.letters)
    return isinstance(node, Sum) and is_pd(node)


def is_orthogonal(node: Node) -> bool:
    """Whether Q'Q = Q Q' = I is declared of a variable, or known of a factor of a decomposition."""
    if named(node, "evecs", "svdU", "svdVt"):
        return is_real(node)
    return declared(node, "orthogonal", "permutation") and is_real(node)


def is_idempotent(node: Node) -> bool:
    """Whether P P = P, by multiplying."""
    if declared(node, "idempotent", "projection"):
        return True
    if len(node.shape) != 2 or node.shape[0] != node.shape[1] or isinstance(node, Sym):
        return False
    from derive.engine.expansion import expanded
    from derive.engine.normal import normalise

    n = node.shape[0]
    square = normalise(Prod(1, ((node, (0, 1), 1), (node, (1, 2), 1)), (0, 2), (n, n, n)))
    if square == node:
        return True
    grown = expanded(square, 40)
    return grown is not None and grown == expanded(node, 40)


def whole(exponent: object) -> int | None:
    """An exponent that is a whole number."""
    if type(exponent) is int:
        return exponent
    return int(exponent) if isinstance(exponent, Fraction) and exponent.denominator == 1 else None
