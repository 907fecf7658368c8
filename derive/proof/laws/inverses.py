"""Laws of inverses: of products, multiples, diagonal matrices, Kronecker products, permutations, powers, sums with one column times one row.

One idea: the inverse of what is built by products is built of inverses, so that only the inverses of sums and of single matrices stay. A factor
counts as a square part of a product wherever its size returns. `inv` in a claim says that its argument is invertible.
Source: Petersen & Pedersen 2012, 3.1 and 3.2; Magnus & Neudecker 2019, 2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expr import Affine, Apply, Idx, Node, Prod, Sum, constant, permuted
from derive.engine.normal import normalise
from derive.engine.sums import collect
from derive.ops import REGISTRY
from derive.proof.kronecker import fills, kron_matrices, krons
from derive.proof.laws.properties import named
from derive.proof.rewriting import Law
from derive.proof.words import Letter, Letters, outer, spelled, word_of
from derive.sizes import ONE, Size

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]


def inv(node: Node) -> Node:
    """The inverse of a matrix as a normal node."""
    return normalise(Apply(REGISTRY["inv"], (node,), node.shape))


def inverted(node: Node) -> Node | None:
    """The matrix of which a node is the inverse."""
    return node.args[0] if isinstance(node, Apply) and node.op.name == "inv" and len(node.shape) == 2 else None


def rows(at: Letter) -> Size:
    return at.node.shape[-1 if at.turned else 0]


def square_parts(letters: Letters, size: Size) -> list[Letters] | None:
    """The word cut wherever its size is that of the whole; None where a vector is a letter."""
    if any(len(x.node.shape) != 2 for x in letters):
        return None
    if not letters:
        return []
    cuts = [k for k, x in enumerate(letters) if rows(x) == size]
    return [letters[a:b] for a, b in zip(cuts, [*cuts[1:], len(letters)], strict=True)]


def of_product(node: Node) -> Node | None:
    """`inv(c A B) = inv(B) inv(A) / c` for square A and B."""
    a = inverted(node)
    word = word_of(a) if isinstance(a, Prod) else None
    if a is None or word is None:
        return None
    parts = square_parts(word.letters, a.shape[0])
    if parts is None or (word.coef == 1 and not word.scalars and len(parts) < 2):
        return None
    coef = normalise(Prod(1, ((constant(word.coef), (), -1),), (), ()))
    factors: list[FactorOf] = [(coef, (), 1), *[(b, (), -e) for b, _, e in word.scalars]]
    count = len(parts)
    for k, part in enumerate(reversed(parts)):
        factors.append((inv(spelled(part)), (k, k + 1), 1))
    return normalise(Prod(1, tuple(factors), (0, count), (a.shape[0],) * (count + 1)))


def entry(node: Node) -> Node:
    """The one entry of a matrix of one row and one column."""
    terms = node.terms if isinstance(node, Sum) else (node,)
    return collect([normalise(Prod(1, ((t, (0, 1), 1),), (), (ONE, ONE))) for t in terms], ())


def of_entry(node: Node) -> Node | None:
    """The inverse of a matrix of one row and one column."""
    a = inverted(node)
    if a is None or a.shape != (ONE, ONE):
        return None
    return normalise(Prod(1, ((entry(a), (), -1),), (0, 1), (ONE, ONE)))


def of_diagonal(node: Node) -> Node | None:
    """`inv(diag(x)) = diag(1./x)`."""
    a = inverted(node)
    if not isinstance(a, Prod) or a.out[0] != a.out[1] or any(at not in ((), (a.out[0],)) for _, at, _ in a.factors):
        return None
    if len(a.dims) > 1 or not a.factors:
        return None
    factors = tuple([(b, at, -e) for b, at, e in a.factors])
    return normalise(Prod(1, ((constant(a.coef), (), -1), *factors), a.out, a.dims))


def of_kron(node: Node) -> Node | None:
    """`inv(kron(A, B)) = kron(inv(A), inv(B))` for square A and B."""
    a = inverted(node)
    parts = kron_matrices(a) if isinstance(a, Prod) else None
    if parts is None or any(p.shape[0] != p.shape[1] for p in parts):
        return None
    return krons([inv(p) for p in parts])


def permutes(node: Node) -> bool:
    """Whether a matrix only puts entries in another order, as the commutation matrix does."""
    if not isinstance(node, Prod) or len(node.factors) != 2 or node.coef != 1 or len(node.out) != 2:
        return False
    parts = []
    for base, at, exp in node.factors:
        if not isinstance(base, Affine) or exp != 1 or at[0] not in node.out or not fills(base):
            return False
        parts.append(at)
    return {parts[0][0], parts[1][0]} == set(node.out) and sorted(parts[0][1:]) == sorted(parts[1][1:])


def of_permutation(node: Node) -> Node | None:
    """`inv(Kmn(m, n)) = Kmn(m, n)'`."""
    a = inverted(node)
    return normalise(permuted(a, (1, 0))) if a is not None and permutes(a) else None


def of_power(node: Node) -> Node | None:
    """`inv(A^k) = A^(-k)`."""
    a = inverted(node)
    if a is None or not named(a, "matpow"):
        return None
    assert isinstance(a, Apply)
    return Apply(a.op, (a.args[0], normalise(Prod(-1, ((a.args[1], (), 1),), (), ()))), a.shape)


def of_rank_one(node: Node, invertible: frozenset[Node]) -> Node | None:
    """`inv(A + c x y') = inv(A) - c inv(A) x y' inv(A) / (1 + c y' inv(A) x)` where A is known to be invertible."""
    a = inverted(node)
    if not isinstance(a, Sum):
        return None
    for k, term in enumerate(a.terms):
        if not isinstance(term, Prod):
            continue
        coef = [f for f in term.factors if not f[1]]
        plain = normalise(Prod(1, tuple([f for f in term.factors if f[1]]), term.out, term.dims))
        pair = outer(plain)
        if pair is None:
            continue
        rest = collect([*a.terms[:k], *a.terms[k + 1 :]], a.shape)
        if rest in invertible or _is_multiple_of_identity(rest):
            return _updated(simplest_inverse(rest), pair, normalise(Prod(term.coef, tuple(coef), (), ())))
    return None


def _is_multiple_of_identity(node: Node) -> bool:
    return isinstance(node, Prod) and node.out == (0, 0) and all(not at for _, at, _ in node.factors)


def simplest_inverse(node: Node) -> Node:
    """The inverse, with the laws of products and of diagonal matrices applied once."""
    made = inv(node)
    if isinstance(node, Prod) and node.out == (0, 0) and not node.factors:
        return normalise(Prod(1, ((constant(node.coef), (), -1),), (0, 0), node.dims))
    return of_product(made) or of_diagonal(made) or made


def _updated(a: Node, pair: tuple[Node, Node], c: Node) -> Node:
    x, y = pair
    n = a.shape[0]
    inner = Prod(1, ((c, (), 1), (y, (0,), 1), (a, (0, 1), 1), (x, (1,), 1)), (), (n, n))
    below = normalise(Sum((constant(1), inner), ()))
    product = ((c, (), 1), (a, (0, 2), 1), (x, (2,), 1), (y, (3,), 1), (a, (3, 1), 1), (below, (), -1))
    return collect([a, normalise(Prod(-1, product, (0, 1), (n,) * 4))], a.shape)


INVERTIBLE = "A: matrix(n, n) invertible; B: matrix(n, n) invertible; D: matrix(m, m) invertible"

LAWS = (
    Law(
        "inverse of a product",
        "inv(A*B) == inv(B)*inv(A); inv(c*A) == inv(A)/c",
        f"{INVERTIBLE}; c: scalar positive",
        of_product,
    ),
    Law("inverse of one entry", "inv(x*ones(1)*ones(1)') == ones(1)*ones(1)'/x", "x: scalar positive", of_entry),
    Law("inverse of a diagonal matrix", "inv(diag(x)) == diag(1./x)", "x: vector(n) positive", of_diagonal),
    Law("inverse of a Kronecker product", "inv(kron(A, D)) == kron(inv(A), inv(D))", INVERTIBLE, of_kron),
    Law("inverse of a permutation", "inv(Kmn(m, n)) == Kmn(m, n)'", "A: matrix(m, n)", of_permutation),
    Law("inverse of a power", "inv(A^k) == inv(A)^k", f"{INVERTIBLE}; k: integer in 1..3", of_power),
)
