"""Laws of pseudo-inverses: Penrose's equations as rules on words, and pseudo-inverses of products that have one.

One idea: with A and P = pinv(A), A*P and P*A are symmetric, so each of the four matrices A, A', P, P' may be turned over at its partner; all words of three
that are one letter follow. pinv(A*B) = pinv(B)*pinv(A) holds under conditions only, and those are looked for. Source: Penrose 1955; Petersen
& Pedersen 2012, 3.6.
"""

from __future__ import annotations

from derive.engine.expr import Apply, Node, Prod, Sym, postorder
from derive.engine.normal import normalise, transposed
from derive.engine.symmetry import is_symmetric
from derive.ops import REGISTRY
from derive.proof.kronecker import kron, kron_factors
from derive.proof.laws.properties import is_nonzero, is_orthogonal, is_real, named
from derive.proof.rewriting import Law
from derive.proof.words import Found, Letters, letter, outer, spelled, starts, turned, with_rule, word_of

# A, P and their transposes a, p. What a word of three leaves, and what a word of two is written as.
THREE = {
    "APA": "A", "PAP": "P", "aAP": "a", "PAa": "a", "paA": "A", "Aap": "A",
    "Ppa": "P", "apP": "P", "APp": "p", "pPA": "p", "apa": "a", "pap": "p",
}  # fmt: skip
TWO = {"pa": "AP", "ap": "PA"}


def is_pinv(node: Node) -> bool:
    return isinstance(node, Apply) and node.op.name == "pinv" and len(node.shape) == 2


def is_real_pinv(node: Node) -> bool:
    """Over the complex numbers the equations with transposes say something else."""
    return is_pinv(node) and is_real(node)


def pinv(node: Node) -> Node:
    """The pseudo-inverse of a matrix as a normal node."""
    return normalise(Apply(REGISTRY["pinv"], (node,), node.shape[::-1]))


def penrose(node: Node) -> Node | None:
    """`A P A -> A`, `P A P -> P`, `A' A P -> A'` …, and `P' A' -> A P`."""
    return with_rule(node, _penrose, is_real_pinv)


def _penrose(letters: Letters) -> Found | None:
    tried: list[Node] = []
    for at in letters:
        if not is_real_pinv(at.node) or at.node in tried:
            continue
        tried.append(at.node)
        assert isinstance(at.node, Apply)
        inner = at.node.args[0]
        word = word_of(inner)
        if word is None or word.coef != 1 or word.scalars or not word.letters:
            continue
        plain = letter(at.node), letter(at.node, True)
        forms: dict[str, Letters] = {"A": word.letters, "a": turned(word.letters), "P": plain[:1], "p": plain[1:]}
        doubles = {} if len(word.letters) < 2 else {"PA": "AP"} if is_symmetric(inner) else TWO
        for pattern, left in (THREE | doubles).items():
            length = 0
            for sign in pattern:
                if not starts(letters[length:], forms[sign]):
                    break
                length += len(forms[sign])
            else:
                return length, spelled([x for sign in left for x in forms[sign]])
    return None


# ------------------------------------------------------------------------------------------------ of one matrix


def of_one(node: Node, known: frozenset[Node] = frozenset()) -> Node | None:
    """`pinv(c A) = pinv(A)/c` for c ≠ 0, `pinv(pinv(A)) = A`, `pinv(P) = P`, `pinv(Q) = Q'`, `pinv(A) = inv(A)` of an invertible A."""
    if not is_pinv(node):
        return None
    assert isinstance(node, Apply)
    inner = node.args[0]
    if is_pinv(inner):
        assert isinstance(inner, Apply)
        return inner.args[0]
    if isinstance(inner, Apply) and inner.op.name == "inv":
        return inner.args[0]
    if isinstance(inner, Sym) and is_real(inner):
        words = inner.symbol.properties
        if "projection" in words or ("idempotent" in words and is_symmetric(inner)):
            return inner
        if "orthogonal" in words or "permutation" in words:
            return transposed(inner)
        if "invertible" in words or "pd" in words or "involutory" in words:
            return normalise(Apply(REGISTRY["inv"], (inner,), inner.shape))
    return _without_scalars(inner, known)


def _without_scalars(inner: Node, known: frozenset[Node]) -> Node | None:
    """The numbers and the scalars that are not zero taken out."""
    if not isinstance(inner, Prod) or not inner.coef:
        return None
    outside = [f for f in inner.factors if not f[1] and (f[2] < 0 or f[0] in known or is_nonzero(f[0]))]
    if inner.coef == 1 and not outside:
        return None
    scalars = tuple([(b, at, -e) for b, at, e in outside])
    rest = tuple([f for f in inner.factors if f not in outside])
    core = normalise(Prod(1, rest, inner.out, inner.dims))
    turned_over = pinv(core) if rest or inner.out != (0, 0) else core  # of a multiple of I
    over = normalise(Prod(inner.coef, (), (), ()))
    return normalise(Prod(1, (*scalars, (over, (), -1), (turned_over, (0, 1), 1)), (0, 1), core.shape[::-1]))


def symmetric_idempotent(node: Node) -> Node | None:
    """`pinv(P) = P` of a product or a sum P with P = P' and P P = P, as `A pinv(A)` and `I - A pinv(A)`."""
    if not is_real_pinv(node):
        return None
    assert isinstance(node, Apply)
    inner = node.args[0]
    if not isinstance(inner, Sym) and is_projection(inner):
        return inner
    return None


def is_projection(node: Node) -> bool:
    """Whether a matrix is `A pinv(A)` or `pinv(A) A` (or the identity without it)."""
    word = word_of(node)
    if word is None or word.coef != 1 or word.scalars or not word.letters:
        return False
    for k in (0, len(word.letters) - 1):
        one = word.letters[k].node
        if is_pinv(one):
            assert isinstance(one, Apply)
            rest = word.letters[1:] if k == 0 else word.letters[:-1]
            other = word_of(one.args[0])
            if other is not None and other.coef == 1 and not other.scalars:
                wanted = turned(other.letters) if word.letters[k].turned else other.letters
                if rest == wanted:
                    return True
    return False


# ------------------------------------------------------------------------------------------------ of products


def of_gram(node: Node) -> Node | None:
    """`pinv(A'A) = pinv(A) pinv(A)'`, `pinv(A A') = pinv(A)' pinv(A)`."""
    halves = _halves(node)
    if halves is None:
        return None
    left, right = halves
    if left != turned(right) or not left:
        return None
    half = spelled(right)
    return spelled([*_pinv_word(half), *turned(_pinv_word(half))])


def _pinv_word(node: Node) -> Letters:
    """pinv(node) as a word."""
    word = word_of(pinv(node))
    assert word is not None
    return word.letters


def _halves(node: Node) -> tuple[Letters, Letters] | None:
    if not is_real_pinv(node):
        return None
    assert isinstance(node, Apply)
    word = word_of(node.args[0]) if isinstance(node.args[0], Prod) else None
    if word is None or word.coef != 1 or word.scalars or len(word.letters) % 2 or len(node.shape) != 2:
        return None
    middle = len(word.letters) // 2
    return word.letters[:middle], word.letters[middle:]


def of_kron(node: Node) -> Node | None:
    """`pinv(kron(A, B)) = kron(pinv(A), pinv(B))`."""
    if not is_pinv(node):
        return None
    assert isinstance(node, Apply)
    parts = kron_factors(node.args[0])
    return None if parts is None else kron(pinv(parts[0]), pinv(parts[1]))


def of_orthogonal_factors(node: Node) -> Node | None:
    """`pinv(Q A) = pinv(A) Q'` and `pinv(A Q) = Q' pinv(A)` of orthogonal Q."""
    if not is_real_pinv(node):
        return None
    assert isinstance(node, Apply)
    word = word_of(node.args[0]) if isinstance(node.args[0], Prod) else None
    if word is None or word.coef != 1 or word.scalars or len(word.letters) < 2 or len(node.shape) != 2:
        return None
    first, last = word.letters[0], word.letters[-1]
    if is_orthogonal(first.node):
        return spelled([*_pinv_word(spelled(word.letters[1:])), *turned([first])])
    if is_orthogonal(last.node):
        return spelled([*turned([last]), *_pinv_word(spelled(word.letters[:-1]))])
    return None


def rank_one(node: Node, known: frozenset[Node] = frozenset()) -> Node | None:
    """`pinv(x y') = y x'/(x'x y'y)` for x and y that are not zero, by their declarations or because something is divided by x'x."""
    if not is_real_pinv(node):
        return None
    assert isinstance(node, Apply)
    pair = outer(node.args[0])
    if pair is None:
        return None
    lengths = [normalise(Prod(1, ((v, (0,), 2),), (), v.shape)) for v in pair]
    if not all(q in known or is_nonzero(v) for q, v in zip(lengths, pair, strict=True)):
        return None
    squares = tuple([(q, (), -1) for q in lengths])
    return normalise(Prod(1, ((pair[0], (0,), 1), (pair[1], (1,), 1), *squares), (1, 0), node.shape[::-1]))


def laws_dividing(*roots: Node) -> tuple[Law, ...]:
    """The laws that hold for scalars that are not zero, for what these nodes divide by: they have a value only where it is not zero."""
    nodes = postorder(roots)
    if not any(map(is_pinv, nodes)):
        return ()
    known = {b for p in nodes if isinstance(p, Prod) for b, at, e in p.factors if not at and e < 0}
    vectors = [n.children[0] for n in known if _is_length(n)]
    known |= {normalise(Prod(1, ((v, (0,), 2),), (), v.shape)) for v in vectors}
    below = frozenset(known)
    return (
        MULTIPLE._replace(apply=lambda node: of_one(node, below)),
        RANK_ONE._replace(apply=lambda node: rank_one(node, below)),
    )


def _is_length(node: Node) -> bool:
    return named(node, "norm2") and len(node.children[0].shape) == 1


MULTIPLE = Law(
    "pseudo-inverse of a matrix",
    "pinv(pinv(A)) == A; pinv(c*A) == pinv(A)/c; pinv(A') == pinv(A)'; pinv(P) == P; pinv(Q) == Q'; pinv(B) == inv(B)",
    "A: matrix(n, m) rank-deficient; P: matrix(n, n) projection; Q: matrix(n, n) orthogonal; B: matrix(n, n) invertible; c: scalar",
    of_one,
)
RANK_ONE = Law(
    "pseudo-inverse of rank one",
    "pinv(x*y') == y*x'/(x'*x*y'*y)",
    "x: vector(n); y: vector(m)",
    rank_one,
)

LAWS = (
    Law(
        "Penrose's equations",
        "A*pinv(A)*A == A; pinv(A)*A*pinv(A) == pinv(A); (A*pinv(A))' == A*pinv(A); (pinv(A)*A)' == pinv(A)*A; A'*A*pinv(A) == A'",
        "A: matrix(n, m) rank-deficient",
        penrose,
    ),
    MULTIPLE,
    Law(
        "pseudo-inverse of a projection",
        "pinv(A*pinv(A)) == A*pinv(A); pinv(pinv(A)*A) == pinv(A)*A",
        "A: matrix(n, m) rank-deficient",
        symmetric_idempotent,
    ),
    Law(
        "pseudo-inverse of a Gram matrix",
        "pinv(A'*A) == pinv(A)*pinv(A'); pinv(A*A') == pinv(A')*pinv(A)",
        "A: matrix(n, m) rank-deficient",
        of_gram,
    ),
    Law(
        "pseudo-inverse of a Kronecker product",
        "pinv(kron(A,B)) == kron(pinv(A), pinv(B))",
        "A: matrix(n, m) rank-deficient; B: matrix(p, q)",
        of_kron,
    ),
    Law(
        "pseudo-inverse of a product with an orthogonal matrix",
        "pinv(Q*A) == pinv(A)*Q'; pinv(A*R) == R'*pinv(A)",
        "A: matrix(n, m) rank-deficient; Q: matrix(n, n) orthogonal; R: matrix(m, m) orthogonal",
        of_orthogonal_factors,
    ),
    RANK_ONE,
)
