"""Quadratic forms in tensors that are nonnegative by their Gram matrix, and the inequality of Cauchy and Schwarz.

One idea: a scalar product cut in two is an inner product of its halves, so a sum of them is Σ q_ab ⟨u_a, u_b⟩ for tensors u_a of one shape; it is
nonnegative when the matrix q of numbers is positive semidefinite, which exact elimination decides. And c⟨u, v⟩² is at most c⟨u, u⟩⟨v, v⟩ (cf. Horn &
Johnson 2013, 5.1.4). What is not found here is not denied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from derive.engine.expansion import expanded
from derive.engine.expr import Node, Prod, Sum, is_zero
from derive.engine.normal import normalise, transposed
from derive.engine.sums import collect, scaled
from derive.proof.kernel import Proof
from derive.proof.order import mirrored, positive

if TYPE_CHECKING:
    from derive.engine.expr import Idx

    Factor = tuple[Node, Idx, int | Fraction]

TERMS = 40
FACTORS = 6  # of a product that is cut in two
BY_GRAM = "nonnegative: a quadratic form with a positive semidefinite Gram matrix"
BY_CAUCHY = "the inequality of Cauchy and Schwarz, and what cannot be negative"
Half = Node


def complete_square(gap: Node) -> Proof | None:
    """A proof that a scalar is nonnegative, or None."""
    grown = expanded(gap, TERMS, deep=False)
    if not isinstance(grown, Sum) or len(grown.terms) < 2:
        return None
    terms = [t for t in grown.terms if isinstance(t, Prod)]
    if len(terms) < len(grown.terms):
        return None
    if _by_gram(terms):
        return Proof(BY_GRAM, ())
    return Proof(BY_CAUCHY, ()) if _by_cauchy(terms) else None


# ---------------------------------------------------------------------- Gram matrices


def _by_gram(terms: Sequence[Prod]) -> bool:
    """Squares give the tensors; every other term has to be an inner product of two of them."""
    form: dict[tuple[Half, Half], Fraction] = {}
    rest: list[Prod] = []
    for term in terms:
        half = next((a for a, b in halves(term) if a == b), None) if term.coef > 0 else None
        if half is None:
            rest.append(term)
        else:
            _enter(form, (half, half), Fraction(term.coef))
    tensors = {a for a, _ in form}
    for term in rest:
        pair = next(((a, b) for a, b in halves(term) if a in tensors and b in tensors), None)
        if pair is None:
            return False
        _enter(form, pair, Fraction(term.coef))
    return _semidefinite(list(dict.fromkeys(a for a, _ in form)), form)


def _enter(form: dict[tuple[Half, Half], Fraction], pair: tuple[Half, Half], coef: Fraction) -> None:
    """c⟨a, b⟩; of matrices half of it as ⟨a', b'⟩, for a norm is that of the transpose as well."""
    pairs = [pair]
    if len(pair[0].shape) == 2:
        pairs.append((transposed(pair[0]), transposed(pair[1])))
    for a, b in pairs:
        for key in ((a, b), (b, a)):
            form[key] = form.get(key, Fraction(0)) + coef / (2 * len(pairs))


def _semidefinite(names: Sequence[Half], form: Mapping[tuple[Half, Half], Fraction]) -> bool:
    """Whether a symmetric matrix of fractions is psd, by elimination with diagonal pivots."""
    rows = [[form.get((a, b), Fraction(0)) for b in names] for a in names]
    left = list(range(len(names)))
    while left:
        pivot = next((k for k in left if rows[k][k] != 0), None)
        if pivot is None:
            return all(rows[i][j] == 0 for i in left for j in left)
        if rows[pivot][pivot] < 0:
            return False
        left.remove(pivot)
        for i in left:
            share = rows[i][pivot] / rows[pivot][pivot]
            for j in left:
                rows[i][j] -= share * rows[pivot][j]
    return True


def halves(node: Prod) -> Iterator[tuple[Half, Half]]:
    """The ways to cut a scalar product in two tensors of one shape, whose inner product it is but for the coefficient."""
    factors: list[Factor] = []
    for base, idx, exp in node.factors:
        if not isinstance(exp, int) or exp < 1 or len(factors) + exp > FACTORS:
            return
        factors += [(base, idx, 1)] * exp
    if node.shape:
        return
    places = range(len(factors))
    for count in range(len(factors) // 2 + 1):
        for chosen in combinations(places, count):
            first = [factors[k] for k in chosen]
            second = [factors[k] for k in places if k not in chosen]
            yield from _cut(node, first, second)


def _cut(node: Prod, first: Sequence[Factor], second: Sequence[Factor]) -> Iterator[tuple[Half, Half]]:
    one, two = ({i for _, idx, _ in part for i in idx} for part in (first, second))
    shared = sorted(one & two)
    if len(shared) > 2 or len(one | two) < len(node.dims):
        return
    orders = [tuple(shared)] if len(shared) < 2 else [tuple(shared), tuple(shared[::-1])]
    for out in orders:
        yield _part(node, first, out), _part(node, second, out)


def _part(node: Prod, factors: Sequence[Factor], out: Idx) -> Node:
    """Some factors of a product, with these indices left over; the numbers of the indices made dense."""
    used = sorted({i for _, idx, _ in factors for i in idx} | set(out))
    at = {i: k for k, i in enumerate(used)}
    moved = tuple([(base, tuple([at[i] for i in idx]), exp) for base, idx, exp in factors])
    return normalise(Prod(1, moved, tuple([at[i] for i in out]), tuple([node.dims[i] for i in used])))


# ---------------------------------------------------------------------- Cauchy and Schwarz


def _by_cauchy(terms: Sequence[Prod]) -> bool:
    """Every negative term is below a positive one by the inequality, and the rest is nonnegative."""
    rest: list[Prod] = list(terms)
    for term in [t for t in terms if t.coef < 0]:
        partner = next((t for bound in _bounds(term) for t in rest if _same(t, bound)), None)
        if partner is None:
            return False
        rest.remove(partner)
        rest.remove(term)
    return all(mirrored(t) for t in rest)


def _same(a: Node, b: Node) -> bool:
    grown = expanded(collect([a, scaled(-1, b)], ()), TERMS)
    return grown is not None and is_zero(grown)


def _bounds(term: Prod) -> Iterator[Node]:
    """w⟨u, u⟩⟨v, v⟩ for a negative -w⟨u, v⟩² with a positive number w."""
    found = _root(term)
    if found is None:
        return
    inner, weight = found
    cuts = list(halves(inner))
    if len(inner.factors) == 1:  # Σ u_i is ⟨u, 1⟩
        _, idx, exp = inner.factors[0]
        if exp == 1 and len(set(idx)) == len(idx):
            ones = Prod(1, (), tuple(range(len(idx))), tuple([inner.dims[i] for i in idx]))
            cuts.append((_part(inner, inner.factors, idx), normalise(ones)))
    for u, v in cuts:
        axes = tuple(range(len(u.shape)))
        norms = ((u, axes, 2), (v, tuple([i + len(axes) for i in axes]), 2))
        yield normalise(Prod(-term.coef, (*weight, *norms), (), (*u.shape, *v.shape)))


def _root(node: Prod) -> tuple[Prod, tuple[Factor, ...]] | None:
    """(s, w) for c·w·s², with s a scalar product and w the factors that are positive numbers."""
    weight = tuple([f for f in node.factors if not f[1] and positive(f[0])])
    rest = tuple([f for f in node.factors if f not in weight])
    if len(rest) == 1 and rest[0][2] == 2 and not rest[0][1]:
        base = rest[0][0]
        return (base, weight) if isinstance(base, Prod) else None
    own = Prod(1, rest, (), node.dims)
    half = next((a for a, b in halves(own) if a == b and not a.shape), None)
    return (half, weight) if isinstance(half, Prod) else None
