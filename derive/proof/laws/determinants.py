"""Laws of determinants: products, multiples, Kronecker products, blocks, Sylvester's identity and the matrix determinant lemma.

One idea: a determinant is taken apart into powers of scalars and determinants of matrices that are no products, and `det(I + X Y)` is written for that
of the two orders, X Y or Y X, that sorts first (a column times a row gives a scalar). log|det| is the logarithm of the same parts.
Source: Magnus & Neudecker 2019, 1.9 to 1.11; Harville 1997, 18.1; Sylvester 1851.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.expansion import expanded
from derive.engine.expr import Apply, Idx, Node, Prod, Sum, constant, identity, number_of, permuted
from derive.engine.normal import normalise
from derive.engine.signs import nonnegative
from derive.engine.subscripts import size_node
from derive.engine.sums import collect, scaled
from derive.ops import REGISTRY
from derive.proof.kronecker import kron_matrices
from derive.proof.laws.blocks import product, schur_complement
from derive.proof.laws.inverses import INVERTIBLE, entry, permutes, simplest_inverse, square_parts
from derive.proof.laws.powers import power
from derive.proof.laws.properties import declared, is_invertible, is_orthogonal, is_positive, is_real, named
from derive.proof.polynomials import Alphabet, Poly, Word, times
from derive.proof.rewriting import Law
from derive.proof.words import Word as Chain
from derive.proof.words import spelled, word_of
from derive.sizes import ONE, Size

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    FactorOf = tuple[Node, Idx, Number]

Parts = list[tuple[Node, "Number | Node"]]  # scalars with exponents, the product of which is a determinant

TRIANGULAR = ("lower-triangular", "upper-triangular", "diagonal", "triangular")


def det(node: Node) -> Node:
    """The determinant of a matrix as a normal node."""
    return normalise(Apply(REGISTRY["det"], (node,), ()))


def determinant(node: Node, invertible: frozenset[Node] = frozenset()) -> Node | None:
    """A determinant taken apart once."""
    if not named(node, "det") or len(node.children[0].shape) != 2:
        return None
    parts = _parts(node.children[0], invertible)
    return None if parts is None else _multiplied(parts)


def logarithm(node: Node, invertible: frozenset[Node] = frozenset()) -> Node | None:
    """log |det| of the same parts."""
    if not named(node, "logdet") or len(node.children[0].shape) != 2:
        return None
    parts = _parts(node.children[0], invertible)
    if parts is None:
        return None
    terms = []
    for base, exp in parts:
        factor = exp if isinstance(exp, Node) else constant(exp)
        terms.append(normalise(Prod(1, ((factor, (), 1), (_log(base), (), 1)), (), ())))
    return collect(terms, ())


def _log(base: Node) -> Node:
    if named(base, "det"):
        assert isinstance(base, Apply)
        return normalise(Apply(REGISTRY["logdet"], base.args, ()))
    value = number_of(base)
    if named(base, "prod"):
        return _log_of_entries(base.children[0])
    if value is not None:
        base = constant(_unsigned(value))
    elif not is_positive(base):
        base = normalise(Apply(REGISTRY["abs"], (base,), ()))
    return normalise(Apply(REGISTRY["log"], (base,), ()))


def _log_of_entries(x: Node) -> Node:
    """log |prod(x)| = sum(log |x|)."""
    inner = x if is_positive(x) else normalise(Apply(REGISTRY["abs"], (x,), x.shape))
    axes = tuple(range(len(x.shape)))
    return normalise(Prod(1, ((Apply(REGISTRY["log"], (inner,), x.shape), axes, 1),), (), x.shape))


def _unsigned(value: Number) -> Number:
    return -value if value < 0 else value


def _multiplied(parts: Parts) -> Node:
    factors: list[FactorOf] = []
    for base, exp in parts:
        factors.append((power(base, exp), (), 1) if isinstance(exp, Node) else (base, (), exp))
    return normalise(Prod(1, tuple(factors), (), ()))


def _parts(matrix: Node, invertible: frozenset[Node]) -> Parts | None:
    if matrix.shape == (ONE, ONE):
        return [(entry(matrix), 1)]
    if named(matrix, "inv", "expm", "chol"):
        assert isinstance(matrix, Apply)
        inner = matrix.args[0]
        if matrix.op.name == "inv":
            return [(det(inner), -1)]
        if matrix.op.name == "chol":
            from fractions import Fraction

            return [(det(inner), Fraction(1, 2))]
        return [(normalise(Apply(REGISTRY["exp"], (_trace(inner),), ())), 1)]
    if declared(matrix, *TRIANGULAR) or named(matrix, "tril", "triu"):
        inner = matrix.args[0] if isinstance(matrix, Apply) else matrix
        diagonal = normalise(Prod(1, ((inner, (0, 0), 1),), (0,), inner.shape[:1]))
        return [(normalise(Apply(REGISTRY["prod"], (diagonal,), ())), 1)]
    if isinstance(matrix, Prod):
        return _of_product(matrix)
    return _of_sum(matrix, invertible) if isinstance(matrix, Sum) else None


def _trace(node: Node) -> Node:
    terms = node.terms if isinstance(node, Sum) else (node,)
    return collect([normalise(Prod(1, ((t, (0, 0), 1),), (), node.shape[:1])) for t in terms], ())


def _of_product(matrix: Prod) -> Parts | None:
    """`det(c A B) = c^n det(A) det(B)`, `det(kron(A, B)) = det(A)^m det(B)^n`, `det(diag(x)) = prod(x)`."""
    if matrix.out[0] == matrix.out[1] and len(matrix.dims) == 1 and any(at for _, at, _ in matrix.factors):
        return [
            (
                normalise(
                    Apply(REGISTRY["prod"], (normalise(Prod(matrix.coef, matrix.factors, (0,), matrix.dims)),), ())
                ),
                1,
            )
        ]
    if permutes(matrix):
        return _of_commutation(matrix)
    word = word_of(matrix)
    if word is not None:
        return _of_word(word, matrix.shape[0])
    parts = kron_matrices(matrix)
    if parts is None or any(p.shape[0] != p.shape[1] for p in parts):
        return None
    made: Parts = []
    for k, part in enumerate(parts):
        others = [size_node(p.shape[0]) for m, p in enumerate(parts) if m != k]
        made.append((det(part), normalise(Prod(1, tuple([(n, (), 1) for n in others]), (), ()))))
    return made


def _of_word(word: Chain, size: Size) -> Parts | None:
    parts = square_parts(word.letters, size)
    if parts is None or (word.coef == 1 and not word.scalars and len(parts) == 1):
        return None
    made: Parts = [(det(spelled(p)), 1) for p in parts]
    made += _raised(word.coef, size_node(size))
    for base, _, exp in word.scalars:
        whole = normalise(Prod(exp, ((size_node(size), (), 1),), (), ()))
        made.append((base, whole))
    return made


def _raised(coef: Number, size: Node) -> Parts:
    """The size-th power of a number, by sign, numerator and denominator."""
    made: Parts = [(constant(-1), size)] if coef < 0 else []
    plain = _unsigned(coef)
    for value, sign in ((plain.numerator, 1), (plain.denominator, -1)):
        if value != 1:
            made.append((constant(value), scaled(sign, size)))
    return made


def _of_commutation(matrix: Prod) -> Parts | None:
    """`det(Kmn(m, n)) = (-1)^(m(m-1)n(n-1)/4)`."""
    (first, at, _), (_, there, _) = matrix.factors
    if len(at) != 3 or at[1:] != there[:0:-1]:
        return None
    m, n = [_pairs(size) for size in first.shape[1:]]
    return [(constant(-1), m if m == n else normalise(Prod(1, ((m, (), 1), (n, (), 1)), (), ())))]


def _pairs(size: Size) -> Node:
    """n(n - 1)/2, a whole number: its square is odd when it is."""
    n = size_node(size)
    whole = Prod(1, ((constant(2), (), -1), (n, (), 1), (Sum((n, constant(-1)), ()), (), 1)), (), ())
    return expanded(normalise(whole)) or normalise(whole)


# ------------------------------------------------------------------------------------------------ sums


def _of_sum(matrix: Sum, invertible: frozenset[Node]) -> Parts | None:
    schur = schur_complement(matrix, invertible)
    if schur is not None:
        return [(det(schur[0]), 1), (det(schur[1]), 1)]
    grown = expanded(matrix, 60)
    if not isinstance(grown, Sum):
        return None
    swaps = False
    for k, term in enumerate(grown.terms):
        if not _known(term, invertible):
            continue
        alphabet = Alphabet()
        rest = alphabet.read(collect([*grown.terms[:k], *grown.terms[k + 1 :]], grown.shape))
        made = _swapped(term, rest, alphabet, matrix)
        if made is not None:
            return made
        swaps = swaps or any(size != matrix.shape[0] for _, _, size in _splits(rest, alphabet))
    return None if swaps else _without_inverses(grown)


def _without_inverses(matrix: Sum) -> Parts | None:
    """`det(inv(A) + M) = det(I + A M) / det(A)` where that has fewer inverses, from the left or from the right."""
    count = _inverses(matrix)
    for term in matrix.terms if count else ():
        word = word_of(term)
        letters = word.letters if word is not None else ()
        for at, left in ((letters[:1], True), (letters[-1:], False)):
            if not at or not named(at[0].node, "inv"):
                continue
            (inner,) = at[0].node.children
            a = normalise(permuted(inner, (1, 0))) if at[0].turned else inner
            other = expanded(product(a, matrix) if left else product(matrix, a), 60)
            if other is not None and _inverses(other) < count:
                return [(det(inner), -1), (det(other), 1)]
    return None


def _inverses(node: Node) -> int:
    """How often an inverse stands in a sum of products."""
    terms = node.terms if isinstance(node, Sum) else (node,)
    return sum([named(b, "inv") for t in terms for b in (t.children if isinstance(t, Prod) else (t,))])


def _known(term: Node, invertible: frozenset[Node]) -> bool:
    """Whether a term is a product of matrices and scalars that are known to be invertible."""
    if is_invertible(term) or term in invertible:
        return True
    word = word_of(term) if isinstance(term, Prod) else None
    if word is None:
        return False
    return all(
        len(x.node.shape) == 2 and (is_invertible(x.node) or x.node in invertible) for x in word.letters
    ) and all(is_positive(b) or e < 0 or declared(b, "nonzero") for b, _, e in word.scalars)


def _swapped(term: Node, rest: Poly, alphabet: Alphabet, matrix: Node) -> Parts | None:
    """`det(P + X Y) = det(P) det(I + Y inv(P) X)` where that is smaller or sorts first."""
    plain = term == identity(term.shape[:1])
    p: Poly = {((), ()): 1} if plain else alphabet.read(simplest_inverse(term))
    best: tuple[tuple[bool, str, str], Node] | None = None
    here = (_is_column(matrix.shape[0]), str(matrix.shape[0]), repr(matrix))
    for x, y, size in _splits(rest, alphabet):
        value = _inner(x, y, p, alphabet, size)
        key = (_is_column(size), str(size), repr(value))
        fits = key < here if plain else size != matrix.shape[0]
        if fits and (best is None or key < best[0]):
            best = (key, value)
    if best is None:
        return None
    inner = best[1] if not best[1].shape else det(best[1])
    return [(inner, 1)] if plain else [(det(term), 1), (inner, 1)]


def _is_column(size: Size) -> bool:
    """Columns come first: False sorts before True."""
    return size != ONE


def _columns(x: int, alphabet: Alphabet) -> Size:
    node, flipped = alphabet.letters[x]
    if len(node.shape) == 1:
        return ONE
    return node.shape[0] if flipped else node.shape[1]


def _splits(rest: Poly, alphabet: Alphabet) -> list[tuple[Poly, Poly, Size]]:
    """X, Y and the number of columns of X, of a sum that is X Y: all terms begin, or all end, with the same letters."""
    words = [w for w, _ in rest]
    first, made = words[0], list[tuple[Poly, Poly, Size]]()
    for k in range(1, min(map(len, words))):
        if all(w[:k] == first[:k] for w in words):
            after: Poly = {(w[k:], s): c for (w, s), c in rest.items()}
            made.append(({(first[:k], ()): 1}, after, _columns(first[k - 1], alphabet)))
        if len(words) > 1 and all(w[-k:] == first[-k:] for w in words):
            before: Poly = {(w[:-k], s): c for (w, s), c in rest.items()}
            made.append((before, {(first[-k:], ()): 1}, _columns(first[-k - 1], alphabet)))
    return made


def _inner(x: Poly, y: Poly, p: Poly, alphabet: Alphabet, size: Size) -> Node:
    """I + Y inv(P) X; a scalar where X is a column."""
    total: Poly = {}
    for left, c in y.items():
        for right, d in x.items():
            times(left, p, right, c * d, total, alphabet)
    if size == ONE:
        return collect([constant(1), *[_closed(w, s, c, alphabet) for (w, s), c in total.items()]], ())
    total[((), ())] = total.get(((), ()), 0) + 1
    return alphabet.spelled(total, (size, size))


def _closed(word: Word, scalars: tuple[tuple[int, Number], ...], coef: Number, alphabet: Alphabet) -> Node:
    inner = alphabet.scalars[alphabet.closed(word)]
    factors = [(alphabet.scalars[s], (), e) for s, e in scalars]
    return normalise(Prod(coef, ((inner, (), 1), *factors), (), ()))


# ------------------------------------------------------------------------------------------------ orthogonal


def of_orthogonal(node: Node) -> Node | None:
    """`|det(Q)| = 1` and `det(Q)^2 = 1` for orthogonal Q, `det(R)^2 = 1` for involutory R."""
    if named(node, "abs"):
        return constant(1) if _is_unit(node.children[0]) else None
    if named(node, "logdet") and _is_unit(det(node.children[0])):
        return constant(0)
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if _is_unit(base) and type(exp) is int and exp not in (0, 1):
            kept: list[FactorOf] = [*node.factors[:k], *node.factors[k + 1 :], (base, at, exp % 2)]
            return normalise(Prod(node.coef, tuple(kept), node.out, node.dims))
    return None


def of_skew(node: Node) -> Node | None:
    """`(-1)^n det(S) = det(S)` for a skew S of order n, as det(S) = det(S') = det(-S)."""
    if not isinstance(node, Prod):
        return None
    for base, _, _ in node.factors:
        if not (named(base, "det") and declared(base.children[0], "skew")):
            continue
        sign = power(constant(-1), size_node(base.children[0].shape[0]))
        for k, (other, at, exp) in enumerate(node.factors):
            if other == sign and exp == 1 and not at:
                kept = node.factors[:k] + node.factors[k + 1 :]
                return normalise(Prod(node.coef, kept, node.out, node.dims))
    return None


def _is_unit(node: Node) -> bool:
    if not named(node, "det") or not is_real(node):
        return False
    matrix = node.children[0]
    return is_orthogonal(matrix) or declared(matrix, "involutory")


def absolute(node: Node) -> Node | None:
    """`|x y| = |x| |y|`, `|x^k| = |x|^k`, `|x| = x` for x ≥ 0."""
    if not named(node, "abs") or node.shape or not is_real(node):
        return None
    inner = node.children[0]
    if nonnegative(inner) or is_positive(inner):
        return inner
    if named(inner, "power"):
        assert isinstance(inner, Apply)
        return power(_absolute(inner.args[0]), inner.args[1])
    if not isinstance(inner, Prod) or inner.dims:
        return None
    factors = tuple([(b if type(e) is not int else _absolute(b), (), e) for b, _, e in inner.factors])
    return normalise(Prod(_unsigned(inner.coef), factors, (), ()))


def _absolute(node: Node) -> Node:
    value = number_of(node)
    return constant(_unsigned(value)) if value is not None else normalise(Apply(REGISTRY["abs"], (node,), ()))


LAWS = (
    Law(
        "determinant of a product",
        "det(A*B) == det(A)*det(B); det(c*A) == c^n*det(A); det(-A) == (-1)^n*det(A); det(inv(A)) == 1/det(A); det(A') == det(A); "
        "det(kron(A, D)) == det(A)^m*det(D)^n; det(diag(x)) == prod(x); det(expm(A)) == exp(tr(A)); det(T) == prod(diag(T)); "
        "det([A, zeros(n, m); C, D]) == det(A)*det(D); det(eye(n) + E*C) == det(eye(m) + C*E)",
        f"{INVERTIBLE}; C: matrix(m, n); E: matrix(n, m); c: scalar positive; x: vector(n) positive; T: matrix(n, n) upper-triangular",
        determinant,
    ),
    Law(
        "log-determinant of a product",
        "logdet(A*B) == logdet(A) + logdet(B); logdet(c*A) == n*log(c) + logdet(A); logdet(inv(A)) == -logdet(A); logdet(expm(A)) == tr(A)",
        f"{INVERTIBLE}; c: scalar positive",
        logarithm,
    ),
    Law(
        "determinant of an orthogonal matrix",
        "abs(det(Q)) == 1; det(Q)^2 == 1; det(R)^2 == 1; logdet(Q) == 0",
        "Q: matrix(n, n) orthogonal; R: matrix(n, n) involutory",
        of_orthogonal,
    ),
    Law("determinant of a skew matrix", "det(-S) == det(S); (-1)^n*det(S) == det(S)", "S: matrix(n, n) skew", of_skew),
    Law(
        "absolute value of a product",
        "abs(x*y) == abs(x)*abs(y); abs(det(P)) == det(P)",
        "x: scalar; y: scalar; P: matrix(n, n) pd",
        absolute,
    ),
)
