"""Laws of eigenvalues and eigenvectors of symmetric matrices.

One idea: with A = V diag(λ) V', `A V -> V diag(λ)`, and what is left of V and λ is a function of A again: `V diag(f(λ)) V' -> f(A)`,
`Σ f(λ) -> tr f(A)`, `Π f(λ) -> det f(A)`. Eigenvalues stand in ascending order, so an equation between vectors of them holds only for what keeps
the order, and for the rest under `sort`. Source: Magnus & Neudecker 2019, 1.13 to 1.19; Horn & Johnson 2013, 4.1 and 4.2.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.expr import Apply, Idx, Node, Prod, Sum, Table, constant, identity
from derive.engine.lifting import without_batch
from derive.engine.normal import normalise, transposed
from derive.engine.signs import nonnegative
from derive.engine.sums import collect, scaled
from derive.engine.symmetry import is_symmetric
from derive.ops import REGISTRY
from derive.proof.kronecker import kron, kron_factors
from derive.proof.laws.properties import declared, is_orthogonal, is_pd, is_positive, is_psd, is_real, named
from derive.proof.rewriting import Law
from derive.proof.words import Found, Letters, exchanged, letter, outer, spelled, turned, with_rule, word_of

FactorOf = tuple[Node, Idx, "int | Fraction"]
FUNCTIONS = {"exp": "expm", "log": "logm", "sin": "sinm", "cos": "cosm"}  # of λ, and of A
VECTORS = ("evecs", "evec", "vmax", "vmin")
EXTREMES = {"lmax": "lmin", "lmin": "lmax"}


def apply(name: str, *args: Node, shape: tuple | None = None) -> Node:  # type: ignore[type-arg]
    """An operation of a square matrix: a scalar unless the shape is given."""
    return normalise(Apply(REGISTRY[name], args, () if shape is None else shape))


def eig(a: Node) -> Node:
    return apply("eig", a, shape=a.shape[:1])


def argument(node: Node, *names: str) -> Node | None:
    """The symmetric matrix whose eigenvalues or vectors a node is."""
    if not named(node, *names):
        return None
    assert isinstance(node, Apply)
    a = node.args[0]
    return a if len(a.shape) == 2 and is_symmetric(a) and is_real(a) else None


# ------------------------------------------------------------------------------------------------ eigenvectors


def eigenvectors(node: Node) -> Node | None:
    """`A V = V diag(λ)`, `V'V = V V' = I`, `A v_i = λ_i v_i`, `v_i'v_i = 1`."""
    return with_rule(node, _eigenvectors, lambda b: named(b, *VECTORS)) or _unit_length(node)


def _eigenvectors(letters: Letters) -> Found | None:
    first = letters[0]
    if len(letters) > 1 and argument(first.node, "evecs") is not None:
        if letters[1] == letter(first.node, not first.turned):
            return 2, identity(first.node.shape[:1])
    for k, one in enumerate(letters[1:], 1):
        inner = None if one.turned else argument(one.node, *VECTORS)
        word = None if inner is None else word_of(inner)
        if word is not None and word.coef == 1 and not word.scalars and letters[:k] == word.letters:
            assert isinstance(one.node, Apply)
            return k + 1, _stretched(one.node)
    return None


def _stretched(vectors: Apply) -> Node:
    """`V diag(λ)`, `λ_i v_i`."""
    if vectors.op.name == "evecs":
        return normalise(Prod(1, ((vectors, (0, 1), 1), (eig(vectors.args[0]), (1,), 1)), (0, 1), vectors.shape))
    name = {"evec": "eigi", "vmax": "lmax", "vmin": "lmin"}[vectors.op.name]
    return normalise(Prod(1, ((apply(name, *vectors.args), (), 1), (vectors, (0,), 1)), (0,), vectors.shape))


def _unit_length(node: Node) -> Node | None:
    """Σ_i v_i^2 = 1 for an eigenvector, and for every column and row of V."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        if exp != 2 or argument(base, *VECTORS) is None:
            continue
        alone = [i for i in at if i not in node.out and sum(i in f[1] for f in node.factors) == 1]
        if alone and len(set(at)) == len(at):
            rest = tuple([i for i in at if i != alone[0]])
            kept = tuple([f for m, f in enumerate(node.factors) if m != k])
            ones = Prod(1, (), tuple(range(len(rest))), tuple([node.dims[i] for i in rest]), True)
            return _without(Prod(node.coef, (*kept, (ones, rest, 1)), node.out, node.dims), alone[0])
    return None


def _without(node: Prod, gone: int) -> Node:
    """A product without an index that stands on nothing."""
    place = {i: i - (i > gone) for i in range(len(node.dims)) if i != gone}
    factors = tuple([(b, tuple([place[i] for i in at]), e) for b, at, e in node.factors])
    return normalise(
        Prod(node.coef, factors, tuple([place[i] for i in node.out]), node.dims[:gone] + node.dims[gone + 1 :])
    )


# ------------------------------------------------------------------------------------------------ functions of A


def functions_of_a(node: Node) -> Node | None:
    """`V diag(f(λ)) V' = f(A)` for sums and powers of λ, exp, log, sin and cos."""
    if not isinstance(node, Prod):
        return None
    for k, (base, at, exp) in enumerate(node.factors):
        a = argument(base, "evecs") if exp == 1 and len(set(at)) == 2 else None
        if a is None or at[1] in node.out:
            continue
        here = [m for m, f in enumerate(node.factors) if at[1] in f[1]]
        others = [m for m in here if m != k and node.factors[m][0] == base and node.factors[m][1][1] == at[1]]
        if len(others) != 1 or node.factors[others[0]][2] != 1 or len(set(node.factors[others[0]][1])) != 2:
            continue
        values = [node.factors[m] for m in here if m not in (k, others[0])]
        made = _product(values, at[1], a)
        if made is not None:
            return exchanged(node, here, (made, (at[0], node.factors[others[0]][1][0]), 1))
    return None


def _product(values: list[FactorOf], index: int, a: Node) -> Node | None:
    """f(A) for a product f of functions of the eigenvalues of A, all on one index."""
    letters: list[FactorOf] = []
    n = a.shape[0]
    count = 0
    for base, at, exp in values:
        made = _matrix(base, a) if at == (index,) else None
        if made is None or (type(exp) is not int and not (exp == Fraction(1, 2) and is_psd(made))):
            return None
        if type(exp) is not int:
            made, exp = apply("sqrtm", made, shape=made.shape), 1
        if abs(exp) > 12:
            return None
        if exp < 0:
            made = apply("inv", made, shape=made.shape)
        for _ in range(abs(exp)):
            letters.append((made, (count, count + 1), 1))
            count += 1
    if not letters:
        return identity((n,))
    return normalise(Prod(1, tuple(letters), (0, count), (n,) * (count + 1)))


def _matrix(values: Node, a: Node) -> Node | None:
    """f(A) of a vector f(λ)."""
    n = a.shape[0]
    if named(values, "eig") and isinstance(values, Apply):
        return a if values.args[0] == a else None
    if isinstance(values, Sum):
        parts = [_matrix(t, a) for t in values.terms]
        return None if any(p is None for p in parts) else collect([p for p in parts if p is not None], a.shape)
    if isinstance(values, Prod) and values.out == (0,) and len(values.dims) == 1:
        scalars = tuple([f for f in values.factors if not f[1]])
        inner = _product([f for f in values.factors if f[1]], 0, a)
        return None if inner is None else normalise(Prod(values.coef, (*scalars, (inner, (0, 1), 1)), (0, 1), (n, n)))
    if isinstance(values, Apply) and values.op.name in FUNCTIONS:
        inner = _matrix(values.args[0], a)
        return None if inner is None else apply(FUNCTIONS[values.op.name], inner, shape=a.shape)
    if isinstance(values, Apply) and values.op.name == "power" and not values.args[1].shape:
        inner = _matrix(values.args[0], a)
        whole = declared(values.args[1], "integer")
        return apply("matpow", inner, values.args[1], shape=a.shape) if inner is not None and whole else None
    return None


def totals(node: Node) -> Node | None:
    """`Σ f(λ) = tr f(A)`."""
    if not isinstance(node, Prod):
        return None
    for base, at, _ in node.factors:
        values = _eigenvalues_in(base) if len(at) == 1 and at[0] not in node.out else None
        if values is None:
            continue
        here = [m for m, f in enumerate(node.factors) if at[0] in f[1]]
        made = _product([node.factors[m] for m in here], at[0], values)
        if made is not None:
            return exchanged(node, here, (made, (at[0], at[0]), 1))
    return None


def _eigenvalues_in(node: Node) -> Node | None:
    """A of the eigenvalues eig(A) that a vector is made of."""
    if len(node.shape) != 1:
        return None
    if named(node, "eig"):
        assert isinstance(node, Apply)
        return node.args[0] if len(node.args[0].shape) == 2 and is_real(node) else None
    for inner in node.children:
        found = _eigenvalues_in(inner)
        if found is not None:
            return found
    return None


def products(node: Node) -> Node | None:
    """`Π f(λ) = det f(A)`, `max λ = lmax(A)`, `min λ = lmin(A)`."""
    if not named(node, "prod", "max", "min") or len(node.children[0].shape) != 1:
        return None
    assert isinstance(node, Apply)
    values = node.args[0]
    a = _eigenvalues_in(values)
    if a is None:
        return None
    if node.op.name == "prod":
        made = _matrix(values, a)
        return None if made is None else apply("det", made)
    return apply("l" + node.op.name, a) if values == eig(a) and is_symmetric(a) else None


def families(node: Node) -> Node | None:
    """`λ_i for i = 1..n` are the eigenvalues, `v_i` the columns of V."""
    if not named(node, "eigi", "evec") or not is_real(node):
        return None
    assert isinstance(node, Apply)
    a = without_batch(node.args[0], 1) if len(node.args[0].shape) == 3 else None
    if a is None or node.args[1].shape != a.shape[:1]:
        return None
    n = a.shape[:1]
    if node.args[1] != collect([Table("ramp", n), constant(1, n)], n):
        return None
    return eig(a) if node.op.name == "eigi" else transposed(apply("evecs", a, shape=a.shape))


# ------------------------------------------------------------------------------------------------ of other matrices

MONOTONE = {"expm": "exp", "logm": "log"}


def spectrum(node: Node) -> Node | None:
    """Eigenvalues and vectors of `c A + d I` (c ≥ 0), `-A`, `expm(A)`, `Q A Q'`, `inv(A)` of a definite A, and the extreme ones."""
    a = argument(node, "eig", "eigi", "lmax", "lmin")
    if a is None:
        return None
    assert isinstance(node, Apply)
    made = _of_affine(node, a)
    if made is not None:
        return made
    name = node.op.name
    if isinstance(a, Apply) and a.op.name in MONOTONE:
        return apply(MONOTONE[a.op.name], _same(node, a.args[0]), shape=node.shape)
    if named(a, "sqrtm") and isinstance(a, Apply) and is_psd(a.args[0]):
        return _entrywise(_same(node, a.args[0]), Fraction(1, 2))
    if named(a, "inv") and isinstance(a, Apply) and is_pd(a.args[0]) and name in EXTREMES:
        return normalise(Prod(1, ((apply(EXTREMES[name], a.args[0]), (), -1),), (), ()))
    word = word_of(a) if isinstance(a, Prod) else None
    if word is None or len(word.letters) < 2:
        return None
    first, last = word.letters[0].node, word.letters[-1].node
    if word.letters[0] == letter(last, not word.letters[-1].turned) and len(word.letters) > 2 and is_orthogonal(first):
        middle = normalise(Prod(word.coef, (*word.scalars, (spelled(word.letters[1:-1]), (0, 1), 1)), (0, 1), a.shape))
        return _same(node, middle)
    if len(set(word.letters)) == 1 and len(word.letters) == 2 and is_psd(first) and word.coef == 1 and not word.scalars:
        return _entrywise(_same(node, first), 2)  # λ(A A) of a symmetric A
    return None


def _same(node: Apply, a: Node) -> Node:
    return normalise(Apply(node.op, (a, *node.args[1:]), a.shape[: len(node.shape)]))


def _entrywise(node: Node, exp: int | Fraction) -> Node:
    axes = tuple(range(len(node.shape)))
    return normalise(Prod(1, ((node, axes, exp),), axes, node.shape))


def _of_affine(node: Apply, a: Node) -> Node | None:
    """`λ(c A + d I) = c λ(A) + d` for c ≥ 0; `lmax(-A) = -lmin(A)`."""
    terms = a.terms if isinstance(a, Sum) else (a,)
    shifts = [t for t in terms if isinstance(t, Prod) and t.out == (0, 0) and all(not at for _, at, _ in t.factors)]
    rest = [t for t in terms if t not in shifts]
    axes = tuple(range(len(node.shape)))
    added = [normalise(Prod(t.coef, t.factors, axes, t.dims[:1] * len(axes))) for t in shifts if isinstance(t, Prod)]
    if not rest:
        return added[0] if len(added) == 1 else None
    coef, scalars, core = _scalar_parts(rest[0]) if len(rest) == 1 else (1, (), collect(rest, a.shape))
    if not added and coef == 1 and not scalars:
        return None
    factor = normalise(Prod(coef, scalars, (), ()))
    if not nonnegative(factor):
        if node.op.name not in EXTREMES or not nonnegative(scaled(-1, factor)):
            return collect([_same(node, collect(rest, a.shape)), *added], node.shape) if added else None
        values = apply(EXTREMES[node.op.name], core)
    else:
        values = _same(node, core)
    return collect([normalise(Prod(coef, (*scalars, (values, axes, 1)), axes, values.shape)), *added], node.shape)


def _scalar_parts(node: Node) -> tuple[int | Fraction, tuple[FactorOf, ...], Node]:
    """Number, scalar factors and the rest of a matrix."""
    if not isinstance(node, Prod):
        return 1, (), node
    scalars = tuple([f for f in node.factors if not f[1]])
    rest = tuple([f for f in node.factors if f[1]])
    if not rest:
        return 1, (), node
    return node.coef, scalars, normalise(Prod(1, rest, node.out, node.dims))


def same_vectors(node: Node) -> Node | None:
    """The eigenvectors of `c A + d I` (c > 0), and of `expm(A)`, are those of A."""
    a = argument(node, *VECTORS)
    if a is None or not isinstance(a, Sum | Prod):
        return None
    assert isinstance(node, Apply)
    terms = a.terms if isinstance(a, Sum) else (a,)
    rest = [t for t in terms if not (isinstance(t, Prod) and t.out == (0, 0) and all(not at for _, at, _ in t.factors))]
    if len(rest) != 1:
        return None
    coef, scalars, core = _scalar_parts(rest[0])
    if core == a or coef <= 0 or not all(is_positive(b) for b, _, _ in scalars):
        return None
    return normalise(Apply(node.op, (core, *node.args[1:]), node.shape))


def characteristic(node: Node) -> Node | None:
    """`det(A - λ_i I) = 0` for an eigenvalue λ_i of A."""
    if not named(node, "det") or not isinstance(node.children[0], Sum) or len(node.children[0].shape) != 2:
        return None
    terms = node.children[0].terms
    for k, term in enumerate(terms):
        if isinstance(term, Prod) and term.out == (0, 0) and len(term.factors) == 1:
            value, at, exp = term.factors[0]
            a = argument(value, "eigi", "lmax", "lmin") if not at and exp == 1 else None
            rest = collect([*terms[:k], *terms[k + 1 :]], node.children[0].shape)
            if a is not None and rest == scaled(-term.coef, a):
                return constant(0)
    return None


def of_kron(node: Node) -> Node | None:
    """`λ(kron(A, B)) = sort(kron(λ(A), λ(B)))`, `λ(kron(A, I) + kron(I, B)) = sort(kron(λ(A), 1) + kron(1, λ(B)))`."""
    a = argument(node, "eig")
    if a is None:
        return None
    terms = a.terms if isinstance(a, Sum) else (a,)
    parts = [kron_factors(t) for t in terms]
    if any(p is None for p in parts) or not parts:
        return None
    pairs = [p for p in parts if p is not None]
    left, right = _one_matrix([p[0] for p in pairs]), _one_matrix([p[1] for p in pairs])
    if left is None or right is None or any(p[0].shape != pairs[0][0].shape for p in pairs):
        return None
    made = collect([kron(_values(p, left), _values(q, right)) for p, q in pairs], node.shape)
    return apply("sort", made, shape=node.shape)


def _one_matrix(nodes: list[Node]) -> Node | None:
    """The one matrix of which all are multiples, or multiples of the identity; None when there are two."""
    cores = [c for c in dict.fromkeys(_scalar_parts(n)[2] for n in nodes) if not _is_identity(c)]
    if len(cores) > 1:
        return None
    core = cores[0] if cores else identity(nodes[0].shape[:1])
    return core if is_symmetric(core) else None


def _is_identity(node: Node) -> bool:
    return isinstance(node, Prod) and node.out == (0, 0) and all(not at for _, at, _ in node.factors)


def _values(node: Node, core: Node) -> Node:
    """Eigenvalues of a multiple of the core or of the identity, in the order of those of the core."""
    if _is_identity(node):
        assert isinstance(node, Prod)
        return normalise(Prod(node.coef, node.factors, (0,), node.dims))
    coef, scalars, _ = _scalar_parts(node)
    return normalise(Prod(coef, (*scalars, (eig(core), (0,), 1)), (0,), core.shape[:1]))


def sorted_values(node: Node) -> Node | None:
    """`sort(u)` does not depend on the order of u: `kron(a, b)` as `kron(b, a)`; `sort(λ) = λ`."""
    if not named(node, "sort") or len(node.shape) != 1:
        return None
    assert isinstance(node, Apply)
    inner = node.args[0]
    if named(inner, "eig", "sort"):
        return inner
    terms = inner.terms if isinstance(inner, Sum) else (inner,)
    pairs = [kron_factors(t) for t in terms]
    if any(p is None for p in pairs):
        return None
    sizes = {(p[0].shape, p[1].shape) for p in pairs if p is not None}
    if len(sizes) != 1:
        return None
    swapped = collect([kron(p[1], p[0]) for p in pairs if p is not None], inner.shape)
    return apply("sort", swapped, shape=node.shape) if (str(swapped) < str(inner)) else None


def of_gram(node: Node) -> Node | None:
    """`lmax(A A') = lmax(A'A)`: the one that sorts first; `lmax(x x') = x'x`."""
    if not named(node, "lmax") or not is_real(node) or len(node.children[0].shape) != 2:
        return None
    inner = node.children[0]
    pair = outer(inner)
    if pair is not None and pair[0] == pair[1]:
        return normalise(Prod(1, ((pair[0], (0,), 2),), (), pair[0].shape))
    word = word_of(inner) if isinstance(inner, Prod) else None
    if word is None or word.coef != 1 or word.scalars or len(word.letters) < 2 or len(word.letters) % 2:
        return None
    middle = len(word.letters) // 2
    left, right = word.letters[:middle], word.letters[middle:]
    other = spelled([*right, *left])
    return apply("lmax", other) if left == turned(right) and str(other) < str(inner) else None


LAWS = (
    Law(
        "eigenvectors",
        "A*evecs(A) == evecs(A)*diag(eig(A)); A*evec(A,i) == eigi(A,i)*evec(A,i); evecs(A)*evecs(A)' == I; evecs(A)'*evecs(A) == I; "
        "evec(A,i)'*evec(A,i) == 1",
        "A: matrix(n, n) symmetric; i: index(n)",
        eigenvectors,
    ),
    Law(
        "function of a symmetric matrix by its spectrum",
        "A == evecs(A)*diag(eig(A))*evecs(A)'; expm(A) == evecs(A)*diag(exp(eig(A)))*evecs(A)'; inv(A) == evecs(A)*diag(1./eig(A))*evecs(A)'; "
        "inv(A - c*I) == evecs(A)*diag(1./(eig(A) - c))*evecs(A)'",
        "A: matrix(n, n) symmetric; c: scalar",
        functions_of_a,
    ),
    Law(
        "sum of eigenvalues",
        "tr(A) == sum(eig(A)); tr(A*A) == sum(eig(A).^2); tr(expm(A)) == sum(exp(eig(A)))",
        "A: matrix(n, n) symmetric",
        totals,
    ),
    Law(
        "product of eigenvalues",
        "det(A) == prod(eig(A)); det(A - c*I) == prod(eig(A) - c); lmax(A) == max(eig(A)); lmin(A) == min(eig(A))",
        "A: matrix(n, n) symmetric; c: scalar",
        products,
    ),
    Law(
        "eigenvalues one by one",
        "sum(i=1..n, eigi(A,i)) == tr(A); sum(i=1..n, eigi(A,i)*evec(A,i)*evec(A,i)') == A; tr(A^k) == sum(i=1..n, eigi(A,i)^k)",
        "A: matrix(n, n) symmetric; k: integer in 1..4",
        families,
    ),
    Law(
        "eigenvalues of functions of a matrix",
        "eig(c*A + d*I) == c*eig(A) + d; lmax(-A) == -lmin(A); eig(expm(A)) == exp(eig(A)); eig(Q*A*Q') == eig(A); lmax(inv(P)) == 1/lmin(P); "
        "eigi(A - d*I, i) == eigi(A, i) - d; eig(P*P) == eig(P).^2",
        "A: matrix(n, n) symmetric; P: matrix(n, n) pd; Q: matrix(n, n) orthogonal; c: scalar positive; d: scalar; i: index(n)",
        spectrum,
    ),
    Law(
        "eigenvectors of a shifted matrix",
        "evecs(c*A + d*I) == evecs(A); evec(A - d*I, i) == evec(A, i)",
        "A: matrix(n, n) symmetric; c: scalar positive; d: scalar; i: index(n)",
        same_vectors,
    ),
    Law(
        "eigenvalue as a root of the characteristic polynomial",
        "det(A - eigi(A,i)*eye(n)) == 0; det(lmax(A)*I - A) == 0",
        "A: matrix(n, n) symmetric; i: index(n)",
        characteristic,
    ),
    Law(
        "eigenvalues of a Kronecker product",
        "eig(kron(A,B)) == sort(kron(eig(A), eig(B))); eig(kron(A,eye(m)) + kron(eye(n),B)) == sort(kron(eig(A),ones(m)) + kron(ones(n),eig(B)))",
        "A: matrix(n, n) symmetric; B: matrix(m, m) symmetric",
        of_kron,
    ),
    Law(
        "sorting does not depend on the order",
        "sort(kron(x, y)) == sort(kron(y, x)); sort(eig(A)) == eig(A)",
        "A: matrix(n, n) symmetric; x: vector(n); y: vector(m)",
        sorted_values,
    ),
    Law(
        "largest eigenvalue of a Gram matrix",
        "lmax(X*X') == lmax(X'*X); lmax(x*x') == x'*x",
        "X: matrix(n, m); x: vector(n)",
        of_gram,
    ),
)
