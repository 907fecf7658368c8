"""Certificates of order: sums of squares, variances, bounded functions, and matrices that are positive semidefinite by their form.

One idea: a scalar product that a mirror maps to itself is a sum of squares: `x'A'A x` is Σ_k (Σ_i A_ki x_i)², the mirror exchanging the two x. A matrix M
is psd when v'M v is a sum of what is nonnegative for a new vector v. What is not found here is not denied. Laws used:

    Σ_m w_m (Σ_h f_mh)² ≥ 0 for w ≥ 0        v'P v ≥ 0 for psd P
    Σ_k p_k q_k² ≥ (Σ_k p_k q_k)² for p ≥ 0 with Σ p = 1      (a variance is not negative)
    0 ≤ sigmoid, softmax, normcdf ≤ 1,   -1 ≤ tanh, sin, cos, erf ≤ 1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from derive.engine.conjugate import is_complex
from derive.engine.deciding import is_positive_number
from derive.engine.expansion import expanded
from derive.engine.expr import Apply, Atom, Idx, Node, Prod, Sum, Sym, Table, is_zero
from derive.engine.lower import lower
from derive.engine.normal import normalise, transposed
from derive.engine.signs import nonnegative
from derive.engine.simplify import simplify
from derive.engine.sums import collect, scaled, split
from derive.engine.symmetry import is_symmetric
from derive.finding import LanguageError
from derive.proof.kernel import Proof
from derive.proof.skew import opened
from derive.term import Symbol, Term, Type

if TYPE_CHECKING:
    from fractions import Fraction

    Number = int | Fraction
    Factor = tuple[Node, Idx, Number]

TERMS = 60
UNIT = frozenset(("sigmoid", "softmax", "normcdf", "step"))
BETWEEN = frozenset(("tanh", "sin", "cos", "erf", "sign"))
OF_DEFINITE = frozenset(("det", "lmin", "lmax"))
STRICT = frozenset(("exp", "sigmoid", "softmax", "softplus", "cosh", "normpdf", "normcdf"))


def prove_order(op: str, left: Term, right: Term) -> Proof | None:
    """A proof of `left op right` for `<=`, `>=`, `<` and `>`, or None."""
    try:
        low, high = (lower(left), lower(right)) if op[0] == "<" else (lower(right), lower(left))
    except (LanguageError, ZeroDivisionError):
        return None
    if low.shape != high.shape or is_complex(low) or is_complex(high):
        return None
    gap = collect([high, scaled(-1, low)], high.shape)
    if op in ("<", ">"):
        return _proof(not gap.shape and above_zero(gap), "positive: a sum of squares and of what is positive")
    for form in (gap, *opened(gap)[0]):
        if nonneg(form):
            return Proof("nonnegative: a sum of squares and of what cannot be negative", ())
    if gap.shape:
        return None
    from derive.proof.squares import complete_square

    return complete_square(gap)


def prove_definite(matrix: Term, word: str) -> Proof | None:
    """A proof that a matrix is psd (`ispsd`) or pd (`ispd`), or None."""
    try:
        node = lower(matrix)
    except (LanguageError, ZeroDivisionError):
        return None
    if is_complex(node):
        return None
    if word == "ispd":
        return _proof(positive_definite(node), "positive definite by its form")
    return _proof(semidefinite(node), "positive semidefinite: v'M v is a sum of squares and of what cannot be negative")


def _proof(found: bool, method: str) -> Proof | None:
    return Proof(method, ()) if found else None


# ---------------------------------------------------------------------- matrices


def semidefinite(node: Node) -> bool:
    """Whether the form of a square matrix shows that it is symmetric and v'M v ≥ 0 for every v."""
    if len(node.shape) != 2 or node.shape[0] != node.shape[1]:
        return False
    if not (is_symmetric(node) or same(transposed(node), node)):
        return False
    v = Sym(Symbol("?v", Type((node.shape[0],))))
    form = normalise(Prod(1, ((v, (0,), 1), (node, (0, 1), 1), (v, (1,), 1)), (), node.shape))
    return nonneg(form)


def same(a: Node, b: Node) -> bool:
    """Whether two nodes are equal when they are multiplied out."""
    grown = expanded(collect([a, scaled(-1, b)], a.shape), TERMS)
    return grown is not None and is_zero(grown)


def positive_definite(node: Node) -> bool:
    """Whether the form of a matrix shows that it is pd: declared so, an inverse or exponential of such, or such plus a psd one."""
    match node:
        case Sym():
            return "pd" in node.symbol.properties
        case Apply():
            if node.op.name == "expm":
                return is_symmetric(node.args[0])
            return node.op.name in ("inv", "sqrtm") and positive_definite(node.args[0])
        case Prod() if _is_identity(node):
            return node.coef > 0 and all(positive(b) for b, _, _ in node.factors)
        case Prod():
            coef, unit = split(node)
            return coef > 0 and coef != 1 and positive_definite(unit)
        case Sum():
            return any(positive_definite(t) for t in node.terms) and all(
                positive_definite(t) or semidefinite(t) for t in node.terms
            )
    return False


def _is_identity(node: Prod) -> bool:
    """A scalar times the identity."""
    return len(node.out) == 2 and node.out[0] == node.out[1] and all(not idx for _, idx, _ in node.factors)


def positive(node: Node) -> bool:
    """Whether a scalar is certainly > 0."""
    match node:
        case Sym():
            return "positive" in node.symbol.properties
        case Apply():
            return node.op.name in STRICT or (node.op.name in OF_DEFINITE and positive_definite(node.args[0]))
        case Prod():
            return node.coef > 0 and all(positive(b) for b, _, _ in node.factors) and not node.dims
        case Sum():
            return all(nonneg(t) for t in node.terms) and any(positive(t) for t in node.terms)
    return isinstance(node, Atom) and is_positive_number(node)


def above_zero(node: Node) -> bool:
    """Whether a scalar is certainly > 0, as it is, simplified or multiplied out."""
    forms = (node, simplify(node), expanded(node, TERMS, deep=False))
    return any(form is not None and positive(form) for form in forms)


def is_semidefinite_factor(base: Node) -> bool:
    """Whether a factor that stands across the mirror is psd."""
    if isinstance(base, Sym):
        return any(word in ("pd", "psd", "projection") for word in base.symbol.properties)
    return positive_definite(base)


# ---------------------------------------------------------------------- scalars


def nonneg(node: Node) -> bool:
    """Whether every entry is ≥ 0 by the form of the node, of it simplified, or of it multiplied out."""
    if is_zero(node) or _nonneg(node):
        return True
    for other in (simplify(node), expanded(node, TERMS, deep=False)):
        if other is not None and other != node and (is_zero(other) or _nonneg(other)):
            return True
    return False


def _nonneg(node: Node) -> bool:
    low, _ = bounds(node)
    if low is not None and low >= 0:
        return True
    if isinstance(node, Sum):
        return _nonneg_sum(list(node.terms))
    return nonnegative(node) or (isinstance(node, Prod) and mirrored(node))


def _nonneg_sum(terms: list[Node]) -> bool:
    """Every negative term is a squared mean below the mean square that is another term; the rest is nonnegative."""
    rest = list(terms)
    for term in terms:
        if split(term)[0] >= 0:
            continue
        square = _mean_square(scaled(-1, term))
        partner = next((t for t in rest if square is not None and same(square, t)), None)
        if partner is None:
            return False
        rest.remove(partner)
        rest.remove(term)
    return all(_nonneg(t) for t in rest)


def _mean_square(node: Node) -> Node | None:
    """c·Σ_k p_k q_k² for c·(Σ_k p_k q_k)² with p on the simplex."""
    if not isinstance(node, Prod) or node.shape or len(node.factors) != 1:
        return None
    base, _, exp = node.factors[0]
    if exp != 2 or not isinstance(base, Prod) or base.shape:
        return None
    for k, (p, idx, e) in enumerate(base.factors):
        if e == 1 and len(idx) == 1 and sums_to_one(p):
            rest = tuple([f for m, f in enumerate(base.factors) if m != k])
            q = Prod(base.coef, rest, idx, base.dims)
            return normalise(Prod(node.coef, ((p, (0,), 1), (normalise(q), (0,), 2)), (), (base.dims[idx[0]],)))
    return None


def sums_to_one(node: Node) -> bool:
    if isinstance(node, Apply):
        return node.op.name == "softmax" and len(node.shape) == 1
    return isinstance(node, Sym) and any(w in node.symbol.properties for w in ("simplex", "one-hot"))


def _entrywise(base: Node) -> bool:
    """Whether every entry of a factor is ≥ 0."""
    low, _ = bounds(base)
    if (low is not None and low >= 0) or nonnegative(base):
        return True
    return not base.shape and isinstance(base, Prod | Sum) and _nonneg(base)  # a scalar that is a factor


def bounds(node: Node) -> tuple[Number | None, Number | None]:
    """Numbers between which every entry lies; None where no bound is known."""
    match node:
        case Apply() if node.op.name in UNIT:
            return 0, 1
        case Apply() if node.op.name in BETWEEN:
            return -1, 1
        case Sym() if any(w in node.symbol.properties for w in ("simplex", "one-hot", "one-hot-rows", "stochastic")):
            return 0, 1
        case Prod():
            return _product_bounds(node)
        case Sum():
            ends = [bounds(t) for t in node.terms]
            lows, highs = [low for low, _ in ends], [high for _, high in ends]
            return (
                None if None in lows else sum(x for x in lows if x is not None),
                None if None in highs else sum(x for x in highs if x is not None),
            )
    return (0, None) if nonnegative(node) else (None, None)


def _product_bounds(node: Prod) -> tuple[Number | None, Number | None]:
    """Of products without a summed index, and of one sum over what is nonnegative."""
    if len(set(node.out)) < len(node.dims):
        return (0, None) if nonnegative(node) else (None, None)
    low: Number | None = 1
    high: Number | None = 1
    for base, _, exp in node.factors:
        a, b = bounds(base)
        if type(exp) is int and exp > 0 and exp % 2 == 0:
            top: Number | None = None if a is None or b is None else max(-a, a, -b, b) ** exp
            a, b = 0, top  # an even power of what lies between two numbers
        elif exp != 1:
            a, b = (0, None) if nonnegative(base) else (None, None)
        low, high = _times(low, high, a, b)
    ends = (low, high) if node.coef > 0 else (high, low)
    return tuple([None if x is None else node.coef * x for x in ends])  # type: ignore[return-value]


def _times(
    a: Number | None, b: Number | None, c: Number | None, d: Number | None
) -> tuple[Number | None, Number | None]:
    if a is None or c is None:
        return None, None
    if b is None or d is None:
        return (0, None) if a >= 0 and c >= 0 else (None, None)
    corners = [a * c, a * d, b * c, b * d]
    return min(corners), max(corners)


# ---------------------------------------------------------------------- mirrors


def mirrored(node: Prod) -> bool:
    """Whether a scalar product is Σ_m w_m (Σ_h f_mh)², or a quadratic form in a psd matrix: a mirror maps it to itself.

    The mirror is an involution of the summed indices; factors go to equal factors, and the indices that move fall in two halves, each factor that
    moves in one of them: of `B_ij B_ji` both indices would be in both. A factor that the mirror leaves in place stands on fixed indices and is
    nonnegative, or across the mirror and is psd.
    """
    if node.coef <= 0:
        return False
    factors: list[Factor] = []
    for base, idx, exp in node.factors:
        if type(exp) is int and exp % 2 == 0:
            continue  # a square, whatever it stands on, must stay on fixed indices: see `_fixed`
        factors.append((base, idx, exp))
    even = {i for base, idx, exp in node.factors if type(exp) is int and exp % 2 == 0 for i in idx}
    return _mirror(factors, {i: i for i in (*even, *node.out)}, [])


def _mirror(left: list[Factor], image: dict[int, int], moved: list[Idx]) -> bool:
    """Whether the images of indices that are known extend to a mirror of the factors that are left; `moved` are the indices of those that go elsewhere."""
    if not left:
        return _in_halves(image, moved)
    (base, idx, exp), rest = left[0], left[1:]
    alone = _joined(image, idx, idx)
    if alone is not None and _entrywise(base) and all(alone[i] == i for i in idx) and _mirror(rest, alone, moved):
        return True
    if exp == 1 and len(idx) == 2 and is_semidefinite_factor(base):
        across = _joined(image, idx, idx[::-1])
        if across is not None and _mirror(rest, across, moved):
            return True
    for k, (other, at, power) in enumerate(rest):
        if power == exp and other == base:
            for way in _ways(base, at):
                joined = _joined(image, idx, way)
                if joined is not None and _mirror(rest[:k] + rest[k + 1 :], joined, [*moved, idx, at]):
                    return True
    return False


def _ways(base: Node, at: Idx) -> list[Idx]:
    """The orders of indices in which a factor is the same."""
    if len(at) == 2 and is_symmetric(base):
        return [at, at[::-1]]
    if isinstance(base, Table) and base.kind == "pair":  # of the pair {i, j}, see `derive.engine.tables`
        return [at, (at[1], at[0], at[2])]
    return [at]


def _in_halves(image: Mapping[int, int], moved: Sequence[Idx]) -> bool:
    """Whether the indices that move fall in two halves that the mirror exchanges, all of a factor that moves in one of them."""
    side: dict[int, int] = {}
    for start in (i for i, j in image.items() if i != j):
        if start in side:
            continue
        side[start] = 1
        stack = [start]
        while stack:
            i = stack.pop()
            beside = {j for idx in moved if i in idx for j in idx if image.get(j, j) != j}
            for j, wanted in ((image[i], -side[i]), *((j, side[i]) for j in beside)):
                if j not in side:
                    side[j] = wanted
                    stack.append(j)
                elif side[j] != wanted:
                    return False
    return True


def _joined(image: dict[int, int], idx: Idx, at: Idx) -> dict[int, int] | None:
    """The mirror that also exchanges these indices pairwise; None when that contradicts it."""
    made = dict(image)
    for i, j in zip(idx, at, strict=True):
        if made.setdefault(i, j) != j or made.setdefault(j, i) != i:
            return None
    return made
