"""Laws of functions of a matrix: exponential, logarithm, square root, sine and cosine, Cholesky factor, powers with a symbolic exponent.

One idea: functions of one matrix commute, so products of them are products of functions of a number; `F(P A inv(P)) = P F(A) inv(P)`, and what commutes by
declaration may be put in order. Source: Higham 2008, theorems 1.13, 1.18 and 10.2.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.expr import Apply, Idx, Node, Prod, Sum, Sym, identity, is_zero, number_of
from derive.engine.functions import commute, with_powers
from derive.engine.normal import normalise
from derive.engine.sums import collect, scaled, split
from derive.engine.symmetry import is_symmetric
from derive.ops import REGISTRY
from derive.proof.kronecker import kron, kron_factors
from derive.proof.laws.properties import declared, is_idempotent, is_orthogonal, is_psd, is_real, named
from derive.proof.rewriting import Law
from derive.proof.whole import at_least, is_whole, modulo
from derive.proof.words import Found, Letter, Letters, letter, outer, spelled, turned, with_rule, word_of

FactorOf = tuple[Node, Idx, "int | Fraction"]
PRIMARY = ("expm", "logm", "sqrtm", "sinm", "cosm", "matpow", "inv")
ENTRYWISE = {"expm": "exp", "logm": "log", "sinm": "sin", "cosm": "cos"}


def function(name: str, *args: Node) -> Node:
    """A function of a square matrix."""
    return normalise(Apply(REGISTRY[name], args, args[0].shape))


def is_function(node: Node, *names: str) -> bool:
    return named(node, *names) and len(node.shape) == 2


# ------------------------------------------------------------------------------------------------ products


def exponentials(node: Node) -> Node | None:
    """`expm(A) expm(B) = expm(A + B)` where A and B commute, `expm(A) expm(-A) = I`."""
    return with_rule(node, _exponentials, lambda b: is_function(b, "expm"))


def _exponentials(letters: Letters) -> Found | None:
    if len(letters) < 2 or not all(is_function(x.node, "expm") for x in letters[:2]):
        return None
    a, b = [_argument(x) for x in letters[:2]]
    if not commuting(a, b):
        return None
    total = collect([a, b], a.shape)
    return 2, identity(a.shape[:1]) if is_zero(total) else function("expm", total)


def _argument(one: Letter) -> Node:
    """A of expm(A), A' of expm(A)'."""
    inner = one.node.children[0]
    return normalise(Prod(1, ((inner, (0, 1), 1),), (1, 0), inner.shape)) if one.turned else inner


def roots(node: Node) -> Node | None:
    """`sqrtm(A) sqrtm(A) = A`, `chol(A) chol(A)' = A`, `cosm(A)^2 = I - sinm(A)^2`."""
    return with_rule(node, _roots, lambda b: is_function(b, "sqrtm", "chol", "cosm"))


def _roots(letters: Letters) -> Found | None:
    if len(letters) < 2:
        return None
    first, second = letters[:2]
    inner = first.node.children[0] if first.node.children else None
    if inner is None or first.node != second.node:
        return None
    if named(first.node, "sqrtm") and first.turned == second.turned:
        return 2, spelled([letter(inner, first.turned)])
    if named(first.node, "chol") and not first.turned and second.turned and is_real(inner):
        return 2, inner
    if named(first.node, "cosm") and first.turned == second.turned:
        sine = letter(function("sinm", inner), first.turned)
        return 2, collect([identity(inner.shape[:1]), scaled(-1, spelled([sine, sine]))], inner.shape)
    return None


def in_order(node: Node) -> Node | None:
    """`A B = B A` where it is declared, or where both are functions of one matrix: the one that sorts first stands first."""
    return with_rule(node, _in_order, lambda b: len(b.shape) == 2 and not isinstance(b, Prod | Sum))


def _in_order(letters: Letters) -> Found | None:
    if len(letters) < 2 or letters[0].turned or letters[1].turned or letters[0] == letters[1]:
        return None
    a, b = letters[0].node, letters[1].node
    if len(a.shape) != 2 or a.shape != b.shape or a.shape[0] != a.shape[1] or str(a) <= str(b) or not commuting(a, b):
        return None
    return 2, spelled([letters[1], letters[0]])


def commuting(a: Node, b: Node) -> bool:
    """Whether a b = b a: by form, or because the variables that they are functions of commute by declaration."""
    of_a, of_b = variables(a), variables(b)
    if of_a is None or of_b is None:
        return commute(a, b)
    return all(x == y or _declared(x, y) for x in of_a for y in of_b)


def _declared(a: Sym, b: Sym) -> bool:
    return (
        any(
            f"{word}({y.symbol.name})" in x.symbol.properties
            for x, y in ((a, b), (b, a))
            for word in ("commutes", "idemcommutes")
        )
        or declared(a, "scalar-multiple-of-identity")
        or declared(b, "scalar-multiple-of-identity")
    )


def variables(node: Node) -> frozenset[Sym] | None:
    """The matrices of which a square matrix is a polynomial or a function, none of them transposed; None where it is not one."""
    if isinstance(node, Sym):
        return frozenset((node,)) if len(node.shape) == 2 and node.shape[0] == node.shape[1] else None
    parts: list[Node]
    if isinstance(node, Sum):
        parts = list(node.terms)
    elif is_function(node, *PRIMARY):
        parts = [node.children[0]]
    else:
        word = word_of(node) if isinstance(node, Prod) else None
        if word is None or any(x.turned or len(x.node.shape) != 2 for x in word.letters):
            return None
        parts = [x.node for x in word.letters]
    found: set[Sym] = set()
    for part in parts:
        inner = variables(part)
        if inner is None:
            return None
        found |= inner
    return frozenset(found)


# ------------------------------------------------------------------------------------------------ values


def values(node: Node) -> Node | None:
    """`expm(0) = I`, `expm(c I) = exp(c) I`, `expm(diag(x)) = diag(exp(x))`, `expm(logm(A)) = A`, `logm(expm(S)) = S` of a symmetric S."""
    if not is_function(node, *PRIMARY):
        return None
    assert isinstance(node, Apply)
    name, a = node.op.name, node.args[0]
    if is_zero(a) and name in ("expm", "cosm", "sinm"):
        return a if name == "sinm" else identity(a.shape[:1])
    if name == "expm" and named(a, "logm"):
        return a.children[0]
    if name == "logm" and named(a, "expm") and is_symmetric(a) and is_real(a):
        return a.children[0]
    if name == "inv" and named(a, "expm"):
        return function("expm", scaled(-1, a.children[0]))
    if name in ("sinm", "cosm") and _is_negative(a):
        return scaled(-1 if name == "sinm" else 1, function(name, scaled(-1, a)))
    if name == "sqrtm":
        made = _square_root(a)
        if made is not None:
            return made
    return _similar(node, a) or _of_diagonal(node, a) or _of_kron(node, a)


def _is_negative(a: Node) -> bool:
    first = a.terms if isinstance(a, Sum) else (a,)
    return min([(str(split(t)[1]), split(t)[0]) for t in first])[1] < 0


def _square_root(a: Node) -> Node | None:
    """`sqrtm(P P) = P` of a semidefinite P, `sqrtm(c A) = sqrt(c) sqrtm(A)` for a number c > 0."""
    word = word_of(a)
    if word is None or word.scalars:
        return None
    if (
        word.coef == 1
        and len(word.letters) == 2
        and word.letters[0] == word.letters[1]
        and is_psd(word.letters[0].node)
    ):
        return word.letters[0].node
    if (
        word.coef == 1
        and len(word.letters) == 1
        and is_idempotent(word.letters[0].node)
        and is_psd(word.letters[0].node)
    ):
        return word.letters[0].node
    if word.coef > 0 and word.coef != 1 and word.letters:
        root = normalise(Prod(1, ((Prod(word.coef, (), (), ()), (), Fraction(1, 2)),), (), ()))
        return normalise(
            Prod(1, ((root, (), 1), (function("sqrtm", spelled(word.letters)), (0, 1), 1)), (0, 1), a.shape)
        )
    return None


def _similar(node: Apply, a: Node) -> Node | None:
    """`F(P A inv(P)) = P F(A) inv(P)`, `F(Q A Q') = Q F(A) Q'`."""
    word = word_of(a) if isinstance(a, Prod) and node.op.name != "inv" else None
    if word is None or len(word.letters) < 3:
        return None
    first, last = word.letters[0], word.letters[-1]
    opposite = is_orthogonal(first.node) and turned([first]) == (last,)
    inverse = first.turned == last.turned and (_is_inverse(first.node, last.node) or _is_inverse(last.node, first.node))
    if not (opposite or inverse):
        return None
    middle = normalise(Prod(word.coef, (*word.scalars, (spelled(word.letters[1:-1]), (0, 1), 1)), (0, 1), a.shape))
    inner = normalise(Apply(node.op, (middle, *node.args[1:]), node.shape))
    return _sandwich(first, inner, last)


def _sandwich(first: Letter, middle: Node, last: Letter) -> Node:
    n = middle.shape[0]
    ends = [((0, 1), (1, 0)), ((2, 3), (3, 2))]
    factors = (
        (first.node, ends[0][first.turned], 1),
        (middle, (1, 2), 1),
        (last.node, ends[1][last.turned], 1),
    )
    return normalise(Prod(1, factors, (0, 3), (n, n, n, n)))


def _is_inverse(a: Node, b: Node) -> bool:
    return named(b, "inv") and b.children[0] == a


def _of_diagonal(node: Apply, a: Node) -> Node | None:
    """F of a diagonal matrix entry by entry; the diagonal is given by its entries."""
    if not isinstance(a, Prod) or len(a.out) != 2 or a.out[0] != a.out[1]:
        return None
    entries = normalise(Prod(a.coef, a.factors, a.out[:1], a.dims))
    name = node.op.name
    if name in ENTRYWISE:
        made: Node = Apply(REGISTRY[ENTRYWISE[name]], (entries,), entries.shape)
    elif name == "inv":
        made = Prod(1, ((entries, (0,), -1),), (0,), entries.shape)
    elif name == "matpow" and not any(at for _, at, _ in a.factors):
        one = normalise(Prod(a.coef, a.factors, (), ()))
        power = number_of(one)
        if power == 1:
            return a
        made = Apply(REGISTRY["power"], (one, node.args[1]), ())
        return normalise(Prod(1, ((made, (), 1),), (0, 0), a.shape[:1]))
    else:
        return None
    return normalise(Prod(1, ((normalise(made), (0,), 1),), (0, 0), a.shape[:1]))


def _of_kron(node: Apply, a: Node) -> Node | None:
    """`expm(kron(A, I) + kron(I, B)) = kron(expm(A), expm(B))`, `kron(A, B)^k = kron(A^k, B^k)`."""
    if node.op.name == "matpow":
        pair = kron_factors(a)
        return None if pair is None else kron(*[function("matpow", p, *node.args[1:]) for p in pair])
    if node.op.name != "expm" or not isinstance(a, Sum) or len(a.terms) != 2:
        return None
    pairs = [kron_factors(t) for t in a.terms]
    for one, other in (pairs, pairs[::-1]):
        if one is not None and other is not None and _is_identity(one[1]) and _is_identity(other[0]):
            if one[0].shape == other[0].shape and one[1] == identity(one[1].shape[:1]):
                left = function("expm", one[0])
                scale = split(other[0])[0]
                return kron(left, function("expm", scaled(scale, other[1])))
    return None


def _is_identity(node: Node) -> bool:
    return split(node)[1] == identity(node.shape[:1])


# ------------------------------------------------------------------------------------------------ powers


def powers(node: Node) -> Node | None:
    """`P^k = P` of an idempotent P (k ≥ 1), `(x y')^k = (y'x)^(k-1) x y'`, `(c A)^k = c^k A^k`, `(A^j)^k = A^(j k)`."""
    if not is_function(node, "matpow"):
        return None
    assert isinstance(node, Apply)
    a, k = node.args
    made = _by_remainder(a, k)
    if made is not None:
        return made
    if at_least(k, 1):
        if is_idempotent(a):
            return a
        word = word_of(a) if isinstance(a, Prod) else None
        pair = outer(a)
        if pair is not None:
            inner = normalise(Prod(1, ((pair[0], (0,), 1), (pair[1], (0,), 1)), (), pair[0].shape))
            less = collect([k, Prod(-1, (), (), (), True)], ())
            factor = Apply(REGISTRY["power"], (inner, less), ())
            return normalise(Prod(1, ((factor, (), 1), (a, (0, 1), 1)), (0, 1), a.shape))
        if word is not None and word.letters and (word.coef != 1 or word.scalars):
            scalar = normalise(Prod(word.coef, word.scalars, (), ()))
            factor = Apply(REGISTRY["power"], (scalar, k), ())
            inner = function("matpow", spelled(word.letters), k)
            return normalise(Prod(1, ((factor, (), 1), (inner, (0, 1), 1)), (0, 1), a.shape))
    if named(a, "inv"):
        return function("matpow", a.children[0], scaled(-1, k))
    if named(a, "matpow"):
        j = a.children[1]
        return function("matpow", a.children[0], normalise(Prod(1, ((j, (), 1), (k, (), 1)), (), ())))
    return None


def _by_remainder(a: Node, k: Node) -> Node | None:
    """`R^(2j + r) = R^r` where R R = I, `Q^(4j + r) = Q^r` where Q Q = -I."""
    period = 2 if squares_to(a, 1) else 4 if squares_to(a, -1) else 0
    if not period or not is_whole(k):
        return None
    number, rest = modulo(k, period)
    if not is_zero(rest):
        less = collect([rest, Prod(number, (), (), ())], ())
        return None if less == k else function("matpow", a, less)
    core = a if int(number) % 2 else identity(a.shape[:1])
    return scaled(-1, core) if period == 4 and int(number) >= 2 else core


def squares_to(a: Node, sign: int) -> bool:
    """Whether a a = I, or -I, by what is declared of a variable or by multiplying."""
    if isinstance(a, Sym):
        if sign > 0:
            return declared(a, "involutory") or (declared(a, "orthogonal") and is_symmetric(a))
        return declared(a, "orthogonal") and declared(a, "skew")
    n = a.shape[0]
    square = normalise(Prod(1, ((a, (0, 1), 1), (a, (1, 2), 1)), (0, 2), (n, n, n)))
    return square == scaled(sign, identity((n,)))


def joined_powers(node: Node) -> Node | None:
    """`A^j A^k = A^(j + k)`."""
    if not isinstance(node, Prod) or not any(named(b, "matpow", "power") for b, _, _ in node.factors):
        return None
    made = with_powers(node)
    return None if made == node else made


LAWS = (
    Law(
        "products of exponentials",
        "expm(A)*expm(B) == expm(A + B); expm(A)*expm(-A) == I; expm(A)*expm(2*A) == expm(3*A)",
        "A: matrix(n, n); B: matrix(n, n) commutes(A)",
        exponentials,
    ),
    Law(
        "squares of roots",
        "sqrtm(P)*sqrtm(P) == P; chol(P)*chol(P)' == P; cosm(A)*cosm(A) + sinm(A)*sinm(A) == I",
        "P: matrix(n, n) pd; A: matrix(n, n)",
        roots,
    ),
    Law(
        "matrices that commute",
        "A*B == B*A; expm(A)*B*inv(A) == inv(A)*B*expm(A)",
        "A: matrix(n, n) invertible; B: matrix(n, n) commutes(A)",
        in_order,
    ),
    Law(
        "functions of a matrix",
        "inv(expm(A)) == expm(-A); expm(logm(P)) == P; logm(expm(S)) == S; expm(S*inv(S)*c) == exp(c)*I; sinm(-A) == -sinm(A); cosm(-A) == cosm(A); "
        "sqrtm(P*P) == P; expm(diag(x)) == diag(exp(x)); expm(B*A*inv(B)) == B*expm(A)*inv(B); expm(Q*S*Q') == Q*expm(S)*Q'; "
        "expm(kron(A, eye(m)) + kron(eye(n), C)) == kron(expm(A), expm(C)); expm(A') == expm(A)'",
        "A: matrix(n, n); B: matrix(n, n) invertible; C: matrix(m, m); P: matrix(n, n) pd; S: matrix(n, n) symmetric invertible; "
        "Q: matrix(n, n) orthogonal; x: vector(n); c: scalar",
        values,
    ),
    Law(
        "powers of a matrix",
        "E^k == E; R^(2*k + 1) == R; R^(2*k) == I; (x*y')^k == (y'*x)^(k - 1)*x*y'; (2*A)^k == 2^k*A^k; (A^k)^j == A^(j*k); kron(A, B)^k == kron(A^k, B^k)",
        "A: matrix(n, n) invertible; B: matrix(m, m) invertible; E: matrix(n, n) idempotent; R: matrix(n, n) involutory; x: vector(n) positive; y: vector(n) positive; "
        "k: integer in 1..4; j: integer in 1..3",
        powers,
    ),
    Law(
        "products of powers",
        "A^j*A^k == A^(j + k); A*A^k == A^(k + 1)",
        "A: matrix(n, n) invertible; j: integer in 1..3; k: integer in 1..4",
        joined_powers,
    ),
)
