"""Laws of structured matrices: permutations of positions, triangles, Toeplitz matrices.

One idea: what is declared of a matrix is an equation between its entries, or with an exchange matrix on both sides: `E T' E = T` for Toeplitz T and E the exchange
matrix, for its inverse and for its functions too. Source: Golub & Van Loan 2013, 4.7 and 4.8.
"""

from __future__ import annotations

from derive.engine.expr import Affine, Apply, Node, Prod, Sum
from derive.engine.normal import normalise, transposed
from derive.engine.selectors import MINUS, never_negative
from derive.ops import REGISTRY
from derive.proof.laws.functions import squares_to
from derive.proof.laws.properties import declared, is_real, named
from derive.proof.rewriting import Law
from derive.proof.words import Found, Letters, letter, spelled, with_rule
from derive.sizes import Size

FUNCTIONS = ("inv", "expm", "logm", "sqrtm", "sinm", "cosm", "matpow")


def is_exchange(node: Node) -> bool:
    """Whether a 0/1 tensor is `[u = n - 1 - v]`."""
    if not isinstance(node, Affine) or len(node.shape) != 2 or node.shape[0] != node.shape[1]:
        return False
    return node.coefs == (MINUS, MINUS) and node.offset == node.shape[0] - 1


def persymmetric(node: Node) -> Node | None:
    """`E T' E = T` for Toeplitz T, and for functions of one."""
    return with_rule(node, _persymmetric, is_exchange)


def _persymmetric(letters: Letters) -> Found | None:
    if len(letters) < 3 or not is_exchange(letters[0].node) or not is_exchange(letters[2].node):
        return None
    if not _is_persymmetric(letters[1].node):
        return None
    flipped = letter(letters[1].node, not letters[1].turned)
    return 3, spelled([flipped])


def _is_persymmetric(node: Node) -> bool:
    if declared(node, "toeplitz"):
        return True
    if isinstance(node, Apply) and node.op.name in FUNCTIONS and len(node.shape) == 2:
        return _is_persymmetric(node.args[0])
    if isinstance(node, Sum):
        return all(map(_is_persymmetric, node.terms))
    return (
        isinstance(node, Prod)
        and len(node.out) == 2
        and node.out[0] == node.out[1]
        and not any(at for _, at, _ in node.factors)
    )


def triangles(node: Node) -> Node | None:
    """`tril(A') = triu(A)'`, `tril(tril(A)) = tril(A)`, and `tril(A) = A` of a lower triangular A."""
    if not named(node, "tril", "triu") or len(node.shape) != 2:
        return None
    assert isinstance(node, Apply)
    inner, name = node.args[0], node.op.name
    own = "lower-triangular" if name == "tril" else "upper-triangular"
    if named(inner, name) or declared(inner, own, "diagonal"):
        return inner
    if isinstance(inner, Prod) and inner.out == (0, 0):
        return inner  # a diagonal matrix
    if name == "triu":
        turned = transposed(inner)
        return transposed(normalise(Apply(REGISTRY["tril"], (turned,), turned.shape)))
    return None


def triangular_toeplitz(node: Node) -> Node | None:
    """Lower triangular Toeplitz matrices commute: the one that sorts first stands first."""
    return with_rule(node, _triangular_toeplitz, lambda b: named(b, "tril"))


def _triangular_toeplitz(letters: Letters) -> Found | None:
    first = letters[:2]
    if len(first) < 2 or first[0].turned or first[1].turned or first[0] == first[1]:
        return None
    if not all(named(x.node, "tril") and declared(x.node.children[0], "toeplitz") for x in first):
        return None
    return (2, spelled(first[::-1])) if str(first[0].node) > str(first[1].node) else None


def shifted_entries(node: Node) -> Node | None:
    """`T[i+1,j+1] = T[i,j]` of a Toeplitz T: as far up and left as every index that is at least 1 allows."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, _) in enumerate(node.factors):
        if not declared(base, "toeplitz") or len(at) != 2 or at[0] == at[1]:
            continue
        places = [_point(node, i, k) for i in at]
        if any(p is None for p in places):
            continue
        (row, r), (column, c) = [p for p in places if p is not None]
        step = min(_least(r), _least(c))
        if step <= 0:
            continue
        factors = list(node.factors)
        for place, offset in ((row, r), (column, c)):
            old = factors[place][0]
            assert isinstance(old, Affine)
            factors[place] = (Affine(old.coefs, offset - step, old.shape), *factors[place][1:])
        return normalise(Prod(node.coef, tuple(factors), node.out, node.dims))
    return None


def _point(node: Prod, index: int, apart: int) -> tuple[int, Size] | None:
    """The factor that says `index = offset`, where nothing but it and one other uses the index."""
    if index in node.out:
        return None
    uses = [m for m, f in enumerate(node.factors) if index in f[1] and m != apart]
    if len(uses) != 1:
        return None
    base, at, _ = node.factors[uses[0]]
    return (uses[0], base.offset) if isinstance(base, Affine) and len(at) == 1 and base.coefs == (MINUS,) else None


def _least(offset: Size) -> int:
    """The least value of an offset for names that are at least 1; 0 where it is not seen."""
    shifted = offset.substitute({name: Size.of(name) + 1 for name in offset.names})
    if not never_negative(offset):
        return 0
    return max(0, next((c for monomial, c in shifted.terms if not monomial), 0))


def involutions(node: Node) -> Node | None:
    """`λ^2 = 1` for the eigenvalues λ of a symmetric K with K K = I."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if not (named(base, "eig", "eigi", "lmax", "lmin") and type(exp) is int and exp >= 2 and is_real(base)):
            continue
        a = base.children[0]
        if len(a.shape) != 2 or not squares_to(a, 1):
            continue
        rest = node.factors[:k] + node.factors[k + 1 :]
        ones = Prod(1, (), tuple(range(len(at))), tuple([node.dims[i] for i in at]), True)
        return normalise(Prod(node.coef, (*rest, (base, at, exp - 2), (ones, at, 1)), node.out, node.dims))
    return None


def inverse_of_involution(node: Node) -> Node | None:
    """`inv(K) = K` where K K = I by multiplying."""
    if not named(node, "inv") or len(node.shape) != 2:
        return None
    return node.children[0] if squares_to(node.children[0], 1) else None


def same_index(node: Node) -> Node | None:
    """`[u = i][u = j]` says i = j, so that j may be put for i wherever positions are compared in the same product."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if (
            not at and exp == 1 and isinstance(base, Prod)
        ):  # a product of its own: only its value stands beside the others
            pair = _two_points(base)
            if pair is not None and len(base.factors) == 2:
                made = _with_equal(node, (k,), pair)
                if made is not None:
                    return made
    pair = _two_points(node)
    if pair is None or len(node.factors) == 2:
        return _united(node)
    return _apart(node, pair)


def _united(node: Prod) -> Node | None:
    """`[u = i][v = i] f(u, v) = [u = i] f(u, u)`."""
    points: dict[Affine, int] = {}
    for base, at, _ in node.factors:
        if isinstance(base, Affine) and len(at) == 1 and base.coefs == (MINUS,):
            if base in points and points[base] != at[0]:
                kept, gone = points[base], at[0]
                place = {i: kept if i == gone else i for i in range(len(node.dims))}
                new = {i: p for p, i in enumerate(sorted({*place.values()}))}
                factors = tuple([(b, tuple([new[place[i]] for i in t]), e) for b, t, e in node.factors])
                dims = tuple([d for i, d in enumerate(node.dims) if i != gone])
                return normalise(Prod(node.coef, factors, tuple([new[place[i]] for i in node.out]), dims))
            points[base] = at[0]
    return None


def _two_points(node: Prod) -> tuple[int, int] | None:
    """Two factors that put one index at positions that are written differently."""
    points: dict[int, int] = {}
    for k, (base, at, _) in enumerate(node.factors):
        if isinstance(base, Affine) and len(at) == 1 and base.coefs == (MINUS,):
            if at[0] in points:
                return points[at[0]], k
            points[at[0]] = k
    return None


def _apart(node: Prod, pair: tuple[int, int]) -> Node:
    """`[u = i][u = j] f(u) = ([v = i][v = j]) [u = j] f(u)`, the first a scalar by itself."""
    apart = len(node.dims)
    index = node.factors[pair[0]][1][0]
    kept = tuple([(b, (apart,) if m in pair else at, e) for m, (b, at, e) in enumerate(node.factors)])
    here = (node.factors[pair[1]][0], (index,), 1)
    return normalise(Prod(node.coef, (*kept, here), node.out, (*node.dims, node.dims[index])))


def _with_equal(node: Prod, apart: tuple[int, ...], pair: tuple[int, int]) -> Node | None:
    """The product with one name exchanged by the equation that a scalar factor of it says."""
    inner = node.factors[apart[0]][0]
    assert isinstance(inner, Prod)
    first, second = [inner.factors[k][0] for k in pair]
    assert isinstance(first, Affine)
    assert isinstance(second, Affine)
    difference = second.offset - first.offset
    slopes = {m[0]: c for m, c in difference.terms if len(m) == 1 and abs(c) == 1}
    names = [n for n in slopes if sum(n in m for m, _ in difference.terms) == 1]
    if not names:
        return None
    name = max(names)
    value = Size.of(name) - difference * slopes[name]
    factors = tuple([f if m in apart else (_renamed(f[0], name, value), *f[1:]) for m, f in enumerate(node.factors)])
    if all(a[0] is b[0] for a, b in zip(factors, node.factors, strict=True)):
        return None
    return normalise(Prod(node.coef, factors, node.out, node.dims))


def _renamed(node: Node, name: str, value: Size) -> Node:
    """Positions with another number for a name."""
    if isinstance(node, Affine) and name in node.offset.names:
        return Affine(node.coefs, node.offset.substitute({name: value}), node.shape)
    if isinstance(node, Prod):
        factors = tuple([(_renamed(b, name, value), at, e) for b, at, e in node.factors])
        if any(a[0] is not b[0] for a, b in zip(factors, node.factors, strict=True)):
            return Prod(node.coef, factors, node.out, node.dims)
    return node


LAWS = (
    Law(
        "Toeplitz matrices",
        "exch(n)*T'*exch(n) == T; exch(n)*inv(T)*exch(n) == inv(T)'",
        "T: matrix(n, n) toeplitz invertible",
        persymmetric,
    ),
    Law(
        "entries of a Toeplitz matrix",
        "T[i+1,j+1] == T[i,j]",
        "T: matrix(n, n) toeplitz; i: index(k); j: index(k)",
        shifted_entries,
    ),
    Law(
        "triangles",
        "tril(A') == triu(A)'; triu(triu(A)) == triu(A); tril(L) == L",
        "A: matrix(m, n); L: matrix(n, n) lower-triangular",
        triangles,
    ),
    Law(
        "triangular Toeplitz matrices",
        "tril(S)*tril(T) == tril(T)*tril(S)",
        "S: matrix(n, n) toeplitz; T: matrix(n, n) toeplitz",
        triangular_toeplitz,
    ),
    Law(
        "inverse of an involution",
        "inv(exch(n)) == exch(n); inv(Kmn(n,n)) == Kmn(n,n)",
        "A: matrix(n, n)",
        inverse_of_involution,
    ),
    Law(
        "eigenvalues of an involution",
        "eig(Kmn(n,n)).^2 == ones(n^2); eig(R).^2 == ones(n)",
        "R: matrix(n, n) orthogonal symmetric",
        involutions,
    ),
    Law(
        "equal indices",
        "e(i,n)'*e(j,n)*A[i,i] == e(i,n)'*e(j,n)*A[j,j]",
        "A: matrix(n, n); i: index(n); j: index(n)",
        same_index,
    ),
)
