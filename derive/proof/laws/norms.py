"""Laws of ranks, singular values, and the norms made of them.

One idea: each of these is a function of X'X alone, so transposes, orthogonal factors and the order of the two halves of a Gram matrix do not matter; what is
left is written by `lmax`, traces and ranks of fewer factors. All matrices are real. Source: Horn & Johnson 2013, 0.4, 2.6 and 5.6.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.expr import Apply, Idx, Node, Prod, identity, is_zero, zero
from derive.engine.normal import normalise, transposed
from derive.engine.subscripts import size_node
from derive.engine.symmetry import is_symmetric
from derive.ops import REGISTRY
from derive.proof.kronecker import kron_factors
from derive.proof.laws.properties import (
    is_idempotent,
    is_invertible,
    is_orthogonal,
    is_pd,
    is_positive,
    is_psd,
    is_real,
    named,
)
from derive.proof.rewriting import Law
from derive.proof.words import (
    Found,
    Letter,
    Letters,
    chains,
    exchanged,
    letter,
    spelled,
    turned,
    with_rule,
    word_of,
)

FactorOf = tuple[Node, Idx, "int | Fraction"]


def scalar(name: str, *args: Node) -> Node:
    """A scalar function of a matrix."""
    return normalise(Apply(REGISTRY[name], args, ()))


def matrix_of(node: Node, *names: str) -> Node | None:
    """The real matrix that a function of one is of."""
    if not named(node, *names) or len(node.children[0].shape) != 2 or not is_real(node):
        return None
    return node.children[0]


def trace(node: Node) -> Node:
    """tr of a square matrix."""
    return normalise(Prod(1, ((node, (0, 0), 1),), (), node.shape[:1]))


def root(node: Node) -> Node:
    """The square root of a scalar that is not negative."""
    return normalise(Prod(1, ((node, (), Fraction(1, 2)),), (), ()))


def gram(node: Node) -> Node:
    """X'X."""
    m, n = node.shape
    return normalise(Prod(1, ((node, (0, 1), 1), (node, (0, 2), 1)), (1, 2), (m, n, n)))


# ------------------------------------------------------------------------------------------------ rank


def ranks(node: Node) -> Node | None:
    """`rank(A'A) = rank(A') = rank(A)`, of products with invertible and definite factors, of idempotent and Kronecker products."""
    a = matrix_of(node, "rank")
    if a is None:
        return None
    if is_zero(a):
        return zero(())
    if a.shape[0] == a.shape[1] and is_invertible(a):
        return size_node(a.shape[0])
    if isinstance(a, Apply) and a.op.name == "pinv":
        return scalar("rank", a.args[0])
    parts = kron_factors(a)
    if parts is not None:
        return normalise(Prod(1, tuple([(scalar("rank", p), (), 1) for p in parts]), (), ()))
    word = word_of(a)
    if word is not None:
        letters = _core(word.letters)
        free = word.coef != 0 and all(is_positive(b) for b, _, _ in word.scalars)
        if letters is not None and free and (letters != word.letters or word.coef != 1 or word.scalars):
            return scalar("rank", spelled(letters, a))
    if is_idempotent(a):
        return trace(a)
    other = transposed(a)
    return scalar("rank", other) if str(other) < str(a) else None


def _core(letters: Letters) -> Letters | None:
    """Fewer factors of the same rank."""
    while letters and is_invertible(letters[0].node):
        letters = letters[1:]
    while letters and is_invertible(letters[-1].node):
        letters = letters[:-1]
    half = len(letters) // 2
    if len(letters) > 1 and letters[:half] == turned(letters[len(letters) - half :]):
        if len(letters) % 2 == 0 or is_pd(letters[half].node):
            return letters[len(letters) - half :]  # B' M B
    for first, rest in ((letters[:1], letters[1:]), (letters[-1:], letters[:-1])):
        if first and rest and named(first[0].node, "pinv"):
            inner = word_of(first[0].node.children[0])
            if inner is not None and rest == (turned(inner.letters) if first[0].turned else inner.letters):
                return rest  # A pinv(A)
    return letters


def projections(node: Node) -> Node | None:
    """`tr(A pinv(A)) = rank(A)`."""
    if not isinstance(node, Prod) or not any(named(b, "pinv") for b, _, _ in node.factors) or not is_real(node):
        return None
    for chain in chains(node):
        if not chain.cyclic:
            continue
        for k, one in enumerate(chain.letters):
            inner = word_of(one.node.children[0]) if named(one.node, "pinv") and not one.turned else None
            if inner is not None and chain.letters[k + 1 :] + chain.letters[:k] == inner.letters:
                if inner.coef == 1 and not inner.scalars:
                    return exchanged(node, chain.places, (scalar("rank", spelled(inner.letters)), (), 1))
    return None


# ------------------------------------------------------------------------------------------------ singular values


def singular_vectors(node: Node) -> Node | None:
    """`U D V' = A`, `A V = U D`, `U'A = D V'`, `U'U = U U' = V'V = V V' = I`."""
    return with_rule(node, _singular_vectors, lambda b: named(b, "svdU", "svdVt", "svdD") and is_real(b))


def _singular_vectors(letters: Letters) -> Found | None:
    first = letters[0]
    if len(letters) > 1 and named(first.node, "svdU", "svdVt") and letters[1] == letter(first.node, not first.turned):
        return 2, identity((first.node.shape[0],))
    for one in letters[:3]:
        if not named(one.node, "svdU", "svdVt", "svdD"):
            continue
        a = one.node.children[0]
        word = word_of(a)
        if word is None or word.coef != 1 or word.scalars:
            continue
        u, d, v = [_factor(name, a) for name in ("svdU", "svdD", "svdVt")]
        rules: tuple[tuple[Letters, Letters], ...] = (
            ((u, d, v), word.letters),
            ((*word.letters, _turn(v)), (u, d)),
            ((_turn(u), *word.letters), (d, v)),
        )
        for left, right in rules:
            for pattern, made in ((left, right), (turned(left), turned(right))):
                if letters[: len(pattern)] == pattern:
                    return len(pattern), spelled(made)
    return None


def _factor(name: str, a: Node) -> Letter:
    m, n = a.shape
    shape = {"svdU": (m, m), "svdD": (m, n), "svdVt": (n, n)}[name]
    return Letter(normalise(Apply(REGISTRY[name], (a,), shape)))


def _turn(one: Letter) -> Letter:
    return letter(one.node, not one.turned)


def values(node: Node) -> Node | None:
    """`Σ σ = nucnorm(A)`, `Σ σ² = tr(A'A)`, `max σ = opnorm2(A)`, `min σ = sqrt(lmin(A'A))` and `Π σ = |det A|` of a square A."""
    if named(node, "max", "min", "prod") and named(node.children[0], "sv") and len(node.children[0].shape) == 1:
        assert isinstance(node, Apply)
        a = matrix_of(node.args[0], "sv")
        if a is None:
            return None
        square = a.shape[0] == a.shape[1]
        if node.op.name == "max":
            return scalar("opnorm2", a)
        if not square:
            return None
        return root(scalar("lmin", gram(a))) if node.op.name == "min" else scalar("abs", scalar("det", a))
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        a = matrix_of(base, "sv")
        alone = len(at) == 1 and at[0] not in node.out and sum(at[0] in f[1] for f in node.factors) == 1
        if a is not None and alone and exp in (1, 2):
            total = scalar("nucnorm", a) if exp == 1 else trace(gram(a))
            return exchanged(node, (k,), (total, (), 1))
    return None


def spectral_norm(node: Node) -> Node | None:
    """`opnorm2(A) = sqrt(lmax(A'A))`, `opnorm2(A) = lmax(A)` of a semidefinite A."""
    a = matrix_of(node, "opnorm2")
    if a is None:
        return None
    return scalar("lmax", a) if is_psd(a) else root(scalar("lmax", gram(a)))


def invariant(node: Node) -> Node | None:
    """`nucnorm` and `sv` of transposes, of multiples, and of products with orthogonal factors; `nucnorm(A) = tr(A)` of a semidefinite A."""
    a = matrix_of(node, "nucnorm", "sv")
    if a is None:
        return None
    assert isinstance(node, Apply)
    if node.op.name == "nucnorm":
        if is_psd(a):
            return trace(a)
        if is_orthogonal(a):
            return size_node(a.shape[0])
    word = word_of(a) if isinstance(a, Prod) else None
    if word is not None and word.letters:
        letters = word.letters
        while len(letters) > 1 and is_orthogonal(letters[0].node):
            letters = letters[1:]
        while len(letters) > 1 and is_orthogonal(letters[-1].node):
            letters = letters[:-1]
        if letters != word.letters or word.coef != 1 or word.scalars:
            return _multiple(node, word.coef, word.scalars, spelled(letters))
    other = transposed(a)
    return normalise(Apply(node.op, (other,), node.shape)) if str(other) < str(a) else None


def _multiple(node: Apply, coef: int | Fraction, scalars: tuple[FactorOf, ...], core: Node) -> Node:
    """`|c| · F(core)`."""
    size = tuple([(normalise(Apply(REGISTRY["abs"], (b,), ())), (), e) for b, _, e in scalars])
    axes = tuple(range(len(node.shape)))
    return normalise(Prod(max(coef, -coef), (*size, (Apply(node.op, (core,), node.shape), axes, 1)), axes, node.shape))


def of_inverse(node: Node) -> Node | None:
    """`lmax(inv(A)'inv(A)) = 1/lmin(A A')`, and `lmin(A A') = lmin(A'A)` of a square A."""
    a = matrix_of(node, "lmax", "lmin")
    word = word_of(a) if a is not None and isinstance(a, Prod) else None
    if a is None or word is None or word.coef != 1 or word.scalars or len(word.letters) % 2 or not word.letters:
        return None
    half = len(word.letters) // 2
    left, right = word.letters[:half], word.letters[half:]
    if left != turned(right):
        return None
    assert isinstance(node, Apply)
    if half == 1 and named(right[0].node, "inv"):
        inner = letter(right[0].node.children[0], right[0].turned)
        opposite = {"lmax": "lmin", "lmin": "lmax"}[node.op.name]
        return normalise(Prod(1, ((scalar(opposite, spelled([inner, *turned([inner])])), (), -1),), (), ()))
    other = spelled([*right, *left])
    square = right[0].node.shape[0] == right[0].node.shape[-1] and len(other.shape) == 2 and other.shape == a.shape
    return scalar(node.op.name, other) if square and str(other) < str(a) and is_symmetric(other) else None


LAWS = (
    Law(
        "rank of a product",
        "rank(A'*A) == rank(A); rank(A') == rank(A); rank(B*P*B') == rank(B); rank(C*A) == rank(A); rank(pinv(A)) == rank(A); rank(P) == n; "
        "rank(A*pinv(A)) == rank(A); rank(kron(A, B)) == rank(A)*rank(B); rank(E) == tr(E)",
        "A: matrix(n, m) rank-deficient; B: matrix(p, n); P: matrix(n, n) pd; C: matrix(n, n) invertible; E: matrix(n, n) idempotent",
        ranks,
    ),
    Law("trace of a projection", "tr(A*pinv(A)) == rank(A)", "A: matrix(n, m) rank-deficient", projections),
    Law(
        "singular value decomposition",
        "A == svdU(A)*svdD(A)*svdVt(A); svdU(A)'*svdU(A) == I; svdVt(A)*svdVt(A)' == I; A*svdVt(A)' == svdU(A)*svdD(A)",
        "A: matrix(n, m)",
        singular_vectors,
    ),
    Law(
        "sums and products of singular values",
        "nucnorm(A) == sum(sv(A)); sum(sv(A).^2) == tr(A'*A); max(sv(A)) == opnorm2(A); prod(sv(B)) == abs(det(B))",
        "A: matrix(n, m); B: matrix(n, n)",
        values,
    ),
    Law(
        "spectral norm",
        "opnorm2(A) == sqrt(lmax(A'*A)); opnorm2(A') == opnorm2(A); opnorm2(P) == lmax(P)",
        "A: matrix(n, m); P: matrix(n, n) psd",
        spectral_norm,
    ),
    Law(
        "norms that orthogonal factors leave",
        "nucnorm(Q*A) == nucnorm(A); nucnorm(A') == nucnorm(A); nucnorm(c*A) == abs(c)*nucnorm(A); nucnorm(P) == tr(P); "
        "nucnorm(Q) == n; sv(Q*A) == sv(A)",
        "A: matrix(n, m); Q: matrix(n, n) orthogonal; P: matrix(n, n) pd; c: scalar",
        invariant,
    ),
    Law(
        "singular values of an inverse",
        "max(sv(A))/min(sv(A)) == opnorm2(A)*opnorm2(inv(A)); lmin(A*A') == lmin(A'*A)",
        "A: matrix(n, n) invertible",
        of_inverse,
    ),
)
